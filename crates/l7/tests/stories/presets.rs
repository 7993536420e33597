//! The same failure under each preset: features.md §10 of the products' differences, as stories.

use std::net::SocketAddr;
use std::time::Duration;

use switchlab_balance::{Algorithm, Stickiness, Target};
use switchlab_core::{Command, Event, Instant};
use switchlab_l7::{L7Config, Preset};

use crate::world::{Act, GET, World, ask, body, config, greeter};

const ALL: [Preset; 5] = [
    Preset::Alb,
    Preset::Clb,
    Preset::Haproxy,
    Preset::Nginx,
    Preset::Envoy,
];

fn with(preset: Preset, targets: &[u8]) -> L7Config {
    let mut settings = config(targets);
    settings.preset = preset;
    settings.exchange_limit = preset.exchange_limit();
    settings
}

/// The statuses that five requests get, one second after the other.
fn statuses(world: &mut World, from: u64) -> [String; 5] {
    let lines = [0, 1, 2, 3, 4].map(|second| {
        world.run_to(from + 1000 * second);
        let line = world.open(80);
        world.send(line, GET);
        line
    });
    world.run_to(from + 9000);
    lines.map(|line| world.line(line).text().get(9..12).unwrap_or("-").to_owned())
}

/// The seconds in which answers of 500 and above were told.
fn failures(world: &World) -> Vec<u64> {
    let second = |(at, event): &(Instant, Event)| match event {
        Event::Answered(answer) if answer.status >= 500 => Some(at.as_nanos() / 1_000_000_000),
        _ => None,
    };
    world.events.iter().filter_map(second).collect()
}

#[test]
fn a_target_that_refuses() {
    #[rustfmt::skip]
    let rows = [
        // Until the probes at 10 s and 15 s every second request meets the target that has stopped.
        (Preset::Alb,     ["200", "502", "200", "502", "200"], 0, [6, 8].as_slice(), "whoever meets it is told"),
        (Preset::Clb,     ["200", "502", "200", "502", "200"], 0, &[6, 8],  "as well"),
        (Preset::Haproxy, ["200", "503", "200", "503", "200"], 6, &[9, 11], "the same server is asked three times more, a second apart"),
        (Preset::Nginx,   ["200", "200", "200", "200", "200"], 4, &[],      "the next server is asked, whose turn that takes"),
        (Preset::Envoy,   ["200", "503", "200", "503", "200"], 0, &[6, 8],  "nobody else is asked"),
    ];
    for (preset, expected, retries, told, because) in rows {
        let mut world = World::new(with(preset, &[11, 12]))
            .serve(11, greeter("A"))
            .serve(12, greeter("B"));
        world.run_to(4_500);
        world.machine(12).stop();
        assert_eq!(
            statuses(&mut world, 5_000),
            expected,
            "{preset:?}: {because}"
        );
        assert_eq!(
            world.count("web", "retries"),
            retries,
            "{preset:?}: {because}"
        );
        assert_eq!(failures(&world), told, "{preset:?}: {because}");
        assert_eq!(world.answers().len(), 5, "{preset:?}: one answer each");
        let under_way = world.switch_tables()[0]
            .rows
            .iter()
            .all(|row| row[4] == "0");
        assert!(under_way, "{preset:?}: accounted for");
    }
}

#[test]
fn no_route_leads_to_a_target() {
    let (near, far, farther) = ("10.0.0.11:80", "10.1.0.11:80", "10.2.0.11:80");
    let all: &[&str] = &[far, farther, near];
    #[rustfmt::skip]
    let rows = [
        // of three requests, one a second: status, second and last target; how often one was asked once more
        (Preset::Alb,     all,             [("502", 1, far),     ("502", 2, farther), ("200", 3, near)],    0, "whoever meets it is told"),
        (Preset::Clb,     all,             [("502", 1, far),     ("502", 2, farther), ("200", 3, near)],    0, "as well"),
        (Preset::Haproxy, all,             [("503", 4, far),     ("503", 5, farther), ("200", 3, near)],    6, "the same server is asked three times more, a second apart"),
        (Preset::Nginx,   all,             [("200", 1, near),    ("200", 2, near),    ("200", 3, near)],    6, "the next server, and the next"),
        (Preset::Nginx,   &[far, farther], [("502", 1, farther), ("502", 2, farther), ("502", 3, farther)], 3, "each once, then there is nobody"),
        (Preset::Envoy,   all,             [("503", 1, far),     ("503", 2, farther), ("200", 3, near)],    0, "nobody else is asked"),
    ];
    let post = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n\r\n\r\n";
    for (request, octets) in [GET, post].into_iter().enumerate() {
        for (preset, targets, expected, retries, because) in &rows {
            let mut settings = with(*preset, &[]);
            settings.access_log = true;
            let group = &mut settings.groups[0].config;
            group.health_check = None;
            group.targets = targets
                .iter()
                .map(|target| target.parse::<SocketAddr>().unwrap().into())
                .collect();
            let mut world = World::new(settings).serve(11, greeter("A"));
            for second in 1..=3 {
                world.run_to(1_000 * second);
                let line = world.open(80);
                world.send(line, octets);
            }
            world.run_to(20_000);
            let log = world.log();
            let mut told: Vec<_> = log
                .iter()
                .map(|line| line.split(' ').collect::<Vec<_>>())
                .map(|fields| (fields[3], fields[8], fields[1], fields[4]))
                .collect();
            // Clients take one port after the other.
            told.sort_unstable();
            let told: Vec<_> = told
                .iter()
                .map(|(_, status, at, target)| (*status, at[17..19].parse().unwrap(), *target))
                .collect();
            let case = format!("{preset:?}, request {request}: {because}");
            assert_eq!(told, expected, "{case}");
            assert_eq!(world.count("web", "retries"), *retries, "{case}");
            let failed = expected.iter().filter(|(status, ..)| *status != "200");
            let errors = retries + failed.count() as u64;
            assert_eq!(world.count("web", "connection_errors"), errors, "{case}");
            assert_eq!(
                world.count("web", "TargetConnectionErrorCount"),
                errors,
                "{case}"
            );
            assert_eq!(world.count("web", "requests"), 3, "{case}");
            let tables = world.switch_tables();
            assert!(
                tables[0].rows.iter().all(|row| row[4] == "0"),
                "{case}: accounted for"
            );
        }
    }
}

/// Answers at once, but for what is to be held, which waits for ever.
fn holder(received: &[u8]) -> Act {
    match received.starts_with(b"GET /hold") {
        true => Act::Wait,
        false => greeter("A")(received),
    }
}

#[test]
fn who_is_asked_after_a_failure_is_found_under_every_algorithm() {
    #[rustfmt::skip]
    let rows = [
        (Preset::Haproxy, false, "nobody but the same server is asked"),
        (Preset::Nginx,   true,  "the next server is found, however idle the dead one is"),
        (Preset::Envoy,   false, "nobody else is asked"),
    ];
    for algorithm in Algorithm::ALL {
        for (preset, finds_another, because) in rows {
            let mut settings = with(preset, &[11, 12, 13]);
            settings.groups[0].config.algorithm = algorithm;
            let mut world = World::new(settings)
                .serve(11, holder)
                .serve(12, holder)
                .serve(13, holder);
            world.run_to(2_000);
            for number in 0..9 {
                let line = world.open(80);
                world.send(
                    line,
                    format!("GET /hold{number} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes(),
                );
                world.run_to(2_010 + number);
            }
            world.run_to(5_200);
            world.machine(11).stop();
            world.run_to(5_300);
            let lines: Vec<_> = (0..12)
                .map(|number| {
                    let line = world.open(80);
                    world.send(
                        line,
                        format!("GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes(),
                    );
                    world.run_to(5_310 + 10 * number);
                    line
                })
                .collect();
            world.run_to(9_900);
            let is_answered = |line: &usize| world.line(*line).text().starts_with("HTTP/1.1 ");
            assert!(lines.iter().all(is_answered), "{preset:?}, {algorithm}");
            let is_ok = |line: &usize| world.line(*line).text().starts_with("HTTP/1.1 200");
            let are_ok = lines.iter().all(is_ok);
            if finds_another || algorithm == Algorithm::LeastOutstanding {
                assert_eq!(are_ok, finds_another, "{preset:?}, {algorithm}: {because}");
            }
        }
    }
}

#[test]
fn nobody_has_a_weight() {
    for (preset, status) in [
        (Preset::Alb, 503),
        (Preset::Haproxy, 503),
        (Preset::Nginx, 502),
    ] {
        let mut settings = with(preset, &[]);
        let group = &mut settings.groups[0].config;
        group.algorithm = Algorithm::Weighted;
        group.targets = vec![Target {
            weight: 0,
            ..Target::from(SocketAddr::from(([10, 0, 0, 11], 80)))
        }];
        let mut world = World::new(settings).serve(11, greeter("A"));
        ask(&mut world, 1_000, GET);
        assert_eq!(world.answers(), [(status, None)], "{preset:?}");
        let (_, because) = world.last_answer();
        assert_eq!(because, "All targets of the group web have weight 0.");
    }
}

#[test]
fn a_target_that_breaks_off_is_silent_or_talks_nonsense() {
    type Script = fn(&[u8]) -> Act;
    let close: Script = |_| Act::AnswerAndClose(Vec::new());
    let silent: Script = |_| Act::Wait;
    let nonsense: Script = |_| Act::Answer(b"SSH-2.0-OpenSSH\r\n".to_vec());
    #[rustfmt::skip]
    let rows = [
        // the second target does this; the statuses of GET and POST there, when the first is told
        (Preset::Alb,     close,    "502", "502", 1, "no second try"),
        (Preset::Clb,     close,    "502", "502", 1, "no second try"),
        (Preset::Haproxy, close,    "502", "502", 1, "retries are for connections"),
        (Preset::Nginx,   close,    "200", "502", 1, "the next server, if it may be asked twice"),
        (Preset::Envoy,   close,    "503", "503", 1, "its own word for a broken connection"),
        (Preset::Alb,     silent,   "504", "504", 61, "the idle timeout"),
        (Preset::Clb,     silent,   "504", "504", 61, "the idle timeout"),
        (Preset::Haproxy, silent,   "504", "504", 61, "the server's timeout"),
        (Preset::Nginx,   silent,   "200", "504", 61, "the next server"),
        (Preset::Envoy,   silent,   "504", "504", 16, "the route's timeout"),
        (Preset::Alb,     nonsense, "502", "502", 1, "no HTTP"),
        (Preset::Clb,     nonsense, "502", "502", 1, "no HTTP"),
        (Preset::Haproxy, nonsense, "502", "502", 1, "no HTTP"),
        (Preset::Nginx,   nonsense, "502", "502", 1, "no HTTP"),
        (Preset::Envoy,   nonsense, "502", "502", 1, "no HTTP"),
    ];
    for (preset, script, get, post, second, because) in rows {
        let mut world = World::new(with(preset, &[12, 11]))
            .serve(11, greeter("A"))
            .serve(12, script);
        world.run_to(1000);
        let asked = world.open(80);
        world.send(asked, GET);
        world.run_to(80_000);
        assert_eq!(
            &world.line(asked).text()[9..12],
            get,
            "{preset:?} GET: {because}"
        );
        assert_eq!(
            world.last_answer().0.as_nanos() / 1_000_000_000,
            second,
            "{preset:?}: {because}"
        );
        // Whose turn it is now depends on who was asked: both are asked, one fails.
        let twice = [world.open(80), world.open(80)];
        for line in twice {
            world.send(line, b"POST / HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        world.run_to(160_000);
        let mut told = twice.map(|line| world.line(line).text()[9..12].to_owned());
        told.sort();
        assert_eq!(told, ["200", post], "{preset:?} POST: {because}");
    }
}

#[test]
fn nobody_is_there_or_nobody_is_well() {
    #[rustfmt::skip]
    let rows = [
        // nobody registered, all unhealthy, three of four unhealthy
        (Preset::Alb,     "503", "200", "AAAA", "open when all fail"),
        (Preset::Clb,     "503", "503", "AAAA", "closed when all fail"),
        (Preset::Haproxy, "503", "503", "AAAA", "closed when all fail"),
        (Preset::Nginx,   "502", "200", "AAAA", "open when all fail"),
        (Preset::Envoy,   "503", "200", "ABCD", "open when less than half are well"),
    ];
    for (preset, nobody, all, three, because) in rows {
        let mut world = World::new(with(preset, &[]));
        assert_eq!(
            &ask(&mut world, 1000, GET)[9..12],
            nobody,
            "{preset:?}: {because}"
        );

        let of_four = |unwell: &[u8]| {
            let mut world = World::new(with(preset, &[11, 12, 13, 14]))
                .serve(11, greeter("A"))
                .serve(12, greeter("B"))
                .serve(13, greeter("C"))
                .serve(14, greeter("D"));
            for last in unwell {
                world.machine(*last).health = Some("500 No");
            }
            world.run_to(11_000);
            world
        };
        let mut world = of_four(&[11, 12, 13, 14]);
        assert_eq!(
            &ask(&mut world, 12_000, GET)[9..12],
            all,
            "{preset:?}: {because}"
        );
        let mut world = of_four(&[12, 13, 14]);
        let mut bodies: Vec<_> = (12..16)
            .map(|second| body(&ask(&mut world, second * 1000, GET)).to_owned())
            .collect();
        bodies.sort();
        assert_eq!(bodies.concat(), three, "{preset:?}: {because}");
    }
}

#[test]
fn a_target_that_nobody_has_probed() {
    for preset in ALL {
        let mut settings = with(preset, &[11, 12]);
        let check = settings.groups[0].config.health_check.as_mut().unwrap();
        check.interval = Duration::from_secs(30);
        let mut world = World::new(settings).serve(11, greeter("A"));
        // The second one answers no probe before 2 s, when the first has failed.
        world.run_to(500);
        let [first, second] = [600, 1200].map(|millis| ask(&mut world, millis, GET));
        let asked: Vec<_> = world.answers().iter().map(|(status, _)| *status).collect();
        let (optimistic, because) = match preset {
            Preset::Haproxy | Preset::Nginx => (true, "taken for well"),
            _ => (false, "no traffic before the first success"),
        };
        assert_eq!(body(&first), "A", "{preset:?}: {because}");
        assert_eq!(
            body(&second) != "A",
            optimistic,
            "{preset:?}: {because}: {asked:?}"
        );
        assert!(world.now < Instant::from_secs(3));
    }
}

/// A world of these settings in which a client is bound to `A`, and its next request.
fn bound_to_a(settings: L7Config) -> (World, String) {
    let preset = settings.preset;
    let mut world = World::new(settings)
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    let first = ask(&mut world, 1000, GET);
    let (_, cookie) = first.split_once("Set-Cookie: ").expect("a cookie");
    let cookie = cookie.split(';').next().unwrap_or_default();
    let bound = format!("GET / HTTP/1.1\r\nHost: h\r\nCookie: {cookie}\r\n\r\n");
    let again = ask(&mut world, 2000, bound.as_bytes());
    assert_eq!(body(&again), "A", "{preset:?}");
    (world, bound)
}

#[test]
fn a_session_whose_target_is_unwell() {
    for preset in ALL {
        let mut settings = with(preset, &[11, 12]);
        let duration = Duration::from_secs(3600);
        settings.groups[0].config.stickiness = Some(Stickiness::LbCookie { duration });
        let (mut world, bound) = bound_to_a(settings);
        world.machine(11).health = Some("500 No");
        world.run_to(16_000);
        let answer = ask(&mut world, 17_000, bound.as_bytes());
        match preset {
            Preset::Haproxy => assert_eq!(&answer[9..12], "503", "it is not moved"),
            _ => assert_eq!(body(&answer), "B", "{preset:?}: it is moved"),
        }
    }
}

#[test]
fn a_session_outlives_its_target() {
    for preset in ALL {
        let mut settings = with(preset, &[11, 12]);
        let duration = Duration::from_secs(3600);
        let web = &mut settings.groups[0].config;
        web.stickiness = Some(Stickiness::LbCookie { duration });
        web.deregistration_delay = Duration::from_secs(1);
        let (mut world, bound) = bound_to_a(settings);
        world.run_to(3000);
        let deregister = Command::Deregister {
            group: "web".into(),
            target: "10.0.0.11:80".parse().unwrap(),
        };
        world.control(&deregister).unwrap();
        let answer = ask(&mut world, 6000, bound.as_bytes());
        assert_eq!(body(&answer), "B", "{preset:?}: nobody is named any more");
    }
}

#[test]
fn what_the_switch_calls_itself_and_its_requests() {
    #[rustfmt::skip]
    let rows = [
        (Preset::Alb,     "Server: awselb/2.0\r\n", true),
        (Preset::Clb,     "Server: awselb/2.0\r\n", false),
        (Preset::Haproxy, "",                       false),
        (Preset::Nginx,   "Server: nginx\r\n",      false),
        (Preset::Envoy,   "Server: envoy\r\n",      false),
    ];
    for (preset, server, is_named) in rows {
        let mut world = World::new(with(preset, &[11])).serve(11, greeter("A"));
        let refused = ask(&mut world, 1000, b"GET / HTTP/1.1\r\n\r\n");
        let head = refused.split("Date: ").next().unwrap();
        assert_eq!(
            head,
            format!("HTTP/1.1 400 Bad Request\r\n{server}"),
            "{preset:?}"
        );
        ask(
            &mut world,
            2000,
            b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        );
        let seen = &world.machine(11).seen[0];
        assert_eq!(
            seen.contains("X-Amzn-Trace-Id: "),
            is_named,
            "{preset:?}: {seen}"
        );
        let asks = seen.contains("Upgrade: websocket");
        assert_eq!(asks, preset != Preset::Clb, "{preset:?}: {seen}");
    }
}

#[test]
fn what_the_cookies_of_sessions_are_called() {
    #[rustfmt::skip]
    let rows = [
        (Preset::Alb,   ["AWSALB", "AWSALBCORS"], "the guide's names"),
        (Preset::Clb,   ["AWSELB", "AWSELBCORS"], "the older names"),
        (Preset::Nginx, ["AWSALB", "AWSALBCORS"], "stickiness is ELB's wherever it is set"),
    ];
    for (preset, names, because) in rows {
        let mut settings = with(preset, &[11, 12]);
        settings.groups[0].config.stickiness = Some(Stickiness::LbCookie {
            duration: Duration::from_secs(60),
        });
        let mut world = World::new(settings)
            .serve(11, greeter("A"))
            .serve(12, greeter("B"));
        let first = ask(&mut world, 1000, GET);
        let set: Vec<&str> = first
            .lines()
            .filter_map(|line| line.strip_prefix("Set-Cookie: "))
            .collect();
        let called: Vec<&str> = set
            .iter()
            .filter_map(|cookie| cookie.split('=').next())
            .collect();
        assert_eq!(called, names, "{preset:?}: {because}");
        let cookie = set[0].split(';').next().unwrap_or_default();
        let again = format!("GET / HTTP/1.1\r\nHost: h\r\nCookie: {cookie}\r\n\r\n");
        for second in 2..5 {
            let answer = ask(&mut world, second * 1000, again.as_bytes());
            assert_eq!(body(&answer), body(&first), "{preset:?}: bound by it");
        }
    }
}

#[test]
fn what_waits_for_another_try_may_end_before_it() {
    type End = fn(&mut World, usize);
    let resets: End = |world, line| world.abort(line);
    let comes_back: End = |world, _| {
        world.machine(11).station.sockets_mut().listen(80).unwrap();
    };
    let is_impatient: End = |_, _| {};
    #[rustfmt::skip]
    let rows = [
        // what happens 1.5 s on  may take  is told           because
        (resets,                  60_000,   None,             "the client goes: nobody is answered"),
        (comes_back,              60_000,   Some((200, 2)),   "the server is back for the second try"),
        (is_impatient,            60_000,   Some((503, 3)),   "three tries more"),
        (is_impatient,            2_500,    Some((504, 2)),   "an exchange may not take so long"),
    ];
    for (end, limit, expected, because) in rows {
        let mut settings = with(Preset::Haproxy, &[11]);
        settings.exchange_limit = Duration::from_millis(limit);
        let mut world = World::new(settings).serve(11, greeter("A"));
        world.run_to(1_000);
        world.machine(11).stop();
        world.run_to(2_000);
        let line = world.open(80);
        world.send(line, GET);
        world.run_to(3_500);
        end(&mut world, line);
        world.run_to(10_000);
        let told = world.answers().first().map(|(status, _)| {
            let taken = world.last_answer().0.as_nanos() / 1_000_000_000 - 2;
            (*status, taken)
        });
        assert_eq!(told, expected, "{because}");
        assert_eq!(world.under_way(), 0, "{because}: accounted for");
    }
}
