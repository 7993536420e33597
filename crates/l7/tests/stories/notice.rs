//! How long a node takes to notice, over real connections, to the probe; and what a target's return brings.

use std::time::Duration;

use switchlab_balance::{Algorithm, HealthCheck};
use switchlab_core::{Event, Instant, TargetState};

use crate::world::{Act, GET, World, config, greeter};

/// What a round trip and the work of a machine may take.
const ROUND_TRIP: Duration = Duration::from_millis(1);

/// What a target does from one moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Its port refuses.
    Stops,
    /// It answers health checks with another status.
    SaysNo,
    /// The machine is switched off.
    Crashes,
    /// It takes connections, and says nothing.
    IsMute,
}

impl Manner {
    fn begin(self, world: &mut World) {
        let machine = world.machine(11);
        match self {
            Self::Stops => machine.stop(),
            Self::SaysNo => machine.health = Some("503 Service Unavailable"),
            Self::Crashes => machine.is_crashed = true,
            Self::IsMute => machine.health = None,
        }
    }

    fn end(self, world: &mut World) {
        let machine = world.machine(11);
        machine.health = Some("200 OK");
        machine.is_crashed = false;
        if self == Self::Stops {
            machine.station.sockets_mut().listen(80).unwrap();
        }
    }

    /// Whether a probe has to wait for its timeout before it has failed, and what the reason is called.
    const fn fails(self) -> (bool, &'static str) {
        match self {
            Self::Stops => (false, "Target.FailedHealthChecks"),
            Self::SaysNo => (false, "Target.ResponseCodeMismatch [503]"),
            Self::Crashes | Self::IsMute => (true, "Target.Timeout"),
        }
    }
}

/// The moments, states and reasons of the target's changes.
fn changes(world: &World) -> Vec<(Instant, TargetState, String)> {
    let change = |(at, event): &(Instant, Event)| match event {
        Event::TargetChanged(change) => Some((*at, change.to, change.reason.to_string())),
        _ => None,
    };
    world.events.iter().filter_map(change).collect()
}

/// Dies at d, with the first probe behind that at d + p: unhealthy at d + p + (n − 1)·I, and T later if a
/// probe must wait for its timeout. Back, with the next probe q later: healthy at q + (m − 1)·I.
#[test]
fn the_formulas_hold_over_connections() {
    let checks = [
        // interval, timeout, healthy, unhealthy
        (5, 2, 2, 2),
        (5, 4, 10, 2),
        (10, 3, 2, 5),
        (30, 5, 5, 2),
        (30, 29, 3, 3),
    ];
    // When it dies, in thousandths of an interval behind a probe.
    let phases = [1, 500, 999];
    let manners = [
        Manner::Stops,
        Manner::SaysNo,
        Manner::Crashes,
        Manner::IsMute,
    ];
    for ((interval, timeout, healthy, unhealthy), phase, manner) in
        checks.into_iter().flat_map(|check| {
            phases
                .into_iter()
                .flat_map(move |phase| manners.map(|manner| (check, phase, manner)))
        })
    {
        let case = format!(
            "{manner:?} {phase}/1000 behind a probe, every {interval} s, {timeout} s, {unhealthy} and {healthy} in a row"
        );
        let (is_silent, reason) = manner.fails();
        let dies = 2000 * interval + phase * interval;
        let next_probe = |millis: u64| millis.next_multiple_of(1000 * interval);
        let waits = if is_silent { 1000 * timeout } else { 0 };
        let noticed = next_probe(dies) + (unhealthy - 1) * 1000 * interval + waits;
        let back = noticed + 100;
        let healed = next_probe(back) + (healthy - 1) * 1000 * interval;

        let mut settings = config(&[11]);
        settings.groups[0].config.health_check = Some(HealthCheck {
            interval: Duration::from_secs(interval),
            timeout: Duration::from_secs(timeout),
            healthy: healthy as u32,
            unhealthy: unhealthy as u32,
            ..HealthCheck::default()
        });
        let mut world = World::new(settings).serve(11, greeter("A"));
        world.run_to(dies);
        manner.begin(&mut world);
        world.run_to(back);
        manner.end(&mut world);
        world.run_to(healed + 1000);
        let seen = changes(&world);
        let expected = [
            (0, TargetState::Healthy, ""),
            (noticed, TargetState::Unhealthy, reason),
            (healed, TargetState::Healthy, ""),
        ];
        assert_eq!(seen.len(), expected.len(), "{case}: {seen:?}");
        for ((at, state, said), (millis, to, because)) in seen.iter().zip(expected) {
            let due = Instant::from_millis(millis);
            assert!(
                *at >= due && *at < due + ROUND_TRIP,
                "{case}: {state:?} at {at}, due {due}"
            );
            assert_eq!((state, &**said), (&to, because), "{case}");
        }
    }
}

#[test]
fn a_probe_is_a_request_on_a_connection_of_its_own() {
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.run_to(21_000);
    let machine = world.machine(11);
    let probe = "GET /health HTTP/1.1\r\nHost: 10.0.0.11:80\r\nUser-Agent: ELB-HealthChecker/2.0\r\nConnection: close\r\n\r\n";
    assert_eq!(machine.probes, [probe; 5], "at 0, 5, 10, 15 and 20 s");
    assert_eq!(machine.lines.len(), 5, "each on its own connection");
    assert!(
        machine.lines.iter().all(|line| line.end().is_some()),
        "closed afterwards"
    );
    assert_eq!(world.log(), [""; 0], "none of it in the access log");
    assert_eq!(world.count("alb", "RequestCount"), 0);
}

#[test]
fn the_surge_at_a_targets_return() {
    #[rustfmt::skip]
    let rows = [
        (Algorithm::RoundRobin,               0,  "BABABABA", "it takes its turn, no more"),
        (Algorithm::LeastOutstanding, 0,  "BBBBBBAB", "it has nothing under way: all go there until it has as much as the other"),
        (Algorithm::RoundRobin,               30, "ABAABAAB", "a slow start: half a share at first, for that is one part in the number of targets"),
    ];
    for (algorithm, slow_start, expected, because) in rows {
        let mut settings = config(&[11, 12]);
        settings.groups[0].config.algorithm = algorithm;
        settings.groups[0].config.slow_start =
            (slow_start > 0).then(|| Duration::from_secs(slow_start));
        let mut world = World::new(settings)
            .serve(11, |_| Act::Wait)
            .serve(12, |_| Act::Wait);
        world.run_to(1_000);
        world.machine(12).stop();
        // Probes of 5 s and 10 s fail: from then on A has six requests under way.
        world.run_to(11_000);
        for _ in 0..6 {
            let line = world.open(80);
            world.send(line, GET);
        }
        world.run_to(12_000);
        world.machine(12).station.sockets_mut().listen(80).unwrap();
        // Those of 15 s and 20 s succeed.
        world.run_to(20_100);
        let before = world.events.len();
        for _ in expected.chars() {
            let line = world.open(80);
            world.send(line, GET);
            let next = world.now.as_nanos() / 1_000_000 + 10;
            world.run_to(next);
        }
        let letter = |(_, event): &(Instant, Event)| match event {
            Event::Assigned(assigned) if assigned.target.ip().to_string() == "10.0.0.11" => {
                Some('A')
            }
            Event::Assigned(_) => Some('B'),
            _ => None,
        };
        let took: String = world.events[before..].iter().filter_map(letter).collect();
        assert_eq!(took, expected, "{because}");
    }
}
