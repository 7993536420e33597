//! What real traffic tells: ejections, and shares that fall and rise.

use switchlab_balance::{Algorithm, AnomalyMitigation, GroupConfig, PassiveHealth};
use switchlab_core::TargetState;

use crate::bed::{Bed, Manner, address, addresses, check, second, unchecked};

/// Tells of outcomes of a target, `x` for a failure.
fn observe(bed: &mut Bed, at: u64, number: u8, outcomes: &str) {
    let target = bed.group.find(address(number)).unwrap();
    for outcome in outcomes.chars() {
        bed.group.observe(second(at), target, outcome != 'x');
    }
    bed.settle();
}

#[test]
fn failures_in_a_row_eject_a_target_for_a_while() {
    let mut bed = Bed::new(GroupConfig {
        passive_health: Some(PassiveHealth {
            failures: 3,
            ..PassiveHealth::default()
        }),
        ..unchecked(3)
    });
    let state = |bed: &Bed, number| bed.group.state(bed.group.find(address(number)).unwrap());
    observe(&mut bed, 0, 1, "xx.xx");
    assert_eq!(state(&bed, 1), TargetState::Healthy, "never three in a row");
    observe(&mut bed, 0, 1, "x");
    assert_eq!(state(&bed, 1), TargetState::Unhealthy);
    let because = &bed.group.candidates(second(0))[0].because;
    assert_eq!(
        because,
        "It failed real requests several times in a row and is ejected for a while."
    );
    observe(&mut bed, 1, 2, "xxx");
    assert_eq!(
        state(&bed, 2),
        TargetState::Healthy,
        "one of three is the most that may be ejected"
    );
    assert_eq!(bed.shares(10, 3), [0, 5, 5]);
    bed.run(second(40));
    observe(&mut bed, 40, 1, "xxx");
    bed.run(second(200));
    let story: Vec<_> = bed
        .changes
        .iter()
        .map(|(at, number, state, reason)| {
            format!("{at} {number} {state} {reason}")
                .trim_end()
                .to_owned()
        })
        .collect();
    assert_eq!(
        story,
        [
            "0 s 1 unhealthy Passive.ConsecutiveFailures",
            "30 s 1 healthy",
            "40 s 1 unhealthy Passive.ConsecutiveFailures",
            "100 s 1 healthy",
        ],
        "30 s, then twice as long"
    );
}

#[test]
fn who_leaves_takes_no_place_among_the_ejected() {
    let passive = PassiveHealth {
        failures: 3,
        ..PassiveHealth::default()
    };
    let mut bed = Bed::new(GroupConfig {
        passive_health: Some(passive),
        deregistration_delay: std::time::Duration::from_secs(20),
        ..unchecked(3)
    });
    let state = |bed: &Bed, number| bed.group.state(bed.group.find(address(number)).unwrap());
    observe(&mut bed, 0, 1, "xxx");
    observe(&mut bed, 0, 2, "xxx");
    let most = "one of three is the most";
    assert_eq!(state(&bed, 2), TargetState::Healthy, "{most}");
    bed.group.deregister(second(1), address(1)).unwrap();
    observe(&mut bed, 2, 2, "x");
    assert_eq!(state(&bed, 2), TargetState::Unhealthy, "it drains");
    bed.run(second(60));
    assert_eq!(state(&bed, 2), TargetState::Healthy, "taken back");
    observe(&mut bed, 60, 2, "xxx");
    assert_eq!(state(&bed, 2), TargetState::Unhealthy, "it is gone");
    bed.group.register(second(61), address(1).into()).unwrap();
    assert_eq!(state(&bed, 1), TargetState::Healthy, "it begins anew");
    observe(&mut bed, 61, 1, "xxx");
    assert_eq!(state(&bed, 1), TargetState::Healthy, "{most}");
}

#[test]
fn probes_go_on_and_do_not_end_an_ejection() {
    let mut bed = Bed::new(GroupConfig {
        passive_health: Some(PassiveHealth {
            failures: 1,
            ..PassiveHealth::default()
        }),
        ..GroupConfig::new("web", [1, 2].map(address))
    });
    bed.run(second(35));
    observe(&mut bed, 35, 1, "x");
    bed.run(second(64));
    let target = bed.group.find(address(1)).unwrap();
    assert_eq!(
        bed.group.state(target),
        TargetState::Unhealthy,
        "the probe of 60 s was good, the ejection goes on"
    );
    bed.run(second(65));
    assert_eq!(bed.group.state(target), TargetState::Healthy);
    assert_eq!(
        bed.probes.iter().filter(|(_, number)| *number == 1).count(),
        3,
        "every 30 s"
    );
}

#[test]
fn only_who_is_healthy_is_ejected() {
    for (fails_open, because) in [
        (false, "it gets what it had under way"),
        (true, "all take part"),
    ] {
        let mut bed = Bed::new(GroupConfig {
            passive_health: Some(PassiveHealth {
                failures: 3,
                ..PassiveHealth::default()
            }),
            ..GroupConfig::new("web", [1, 2].map(address))
        });
        for number in if fails_open { 1..=2 } else { 1..=1 } {
            bed = bed.behaves(second(40), number, Manner::Refuses).behaves(
                second(100),
                number,
                Manner::Answers(200),
            );
        }
        bed.run(second(35));
        observe(&mut bed, 35, 1, "xx");
        bed.run(second(91));
        assert_eq!(bed.group.is_fail_open(), fails_open);
        observe(&mut bed, 91, 1, "xxxxx");
        bed.run(second(245));
        observe(&mut bed, 245, 1, "xx");
        bed.run(second(250));
        observe(&mut bed, 250, 1, "x");
        bed.run(second(300));
        let changes = bed.changes.iter().filter(|(_, number, ..)| *number == 1);
        let story: Vec<_> = changes
            .map(|(at, _, state, reason)| format!("{at} {state} {reason}").trim_end().to_owned())
            .collect();
        assert_eq!(
            story,
            [
                "0 s healthy",
                "90 s unhealthy Target.FailedHealthChecks",
                "240 s healthy",
                "250 s unhealthy Passive.ConsecutiveFailures",
                "280 s healthy",
            ],
            "{because}: of ten failures the last three count, and one ejection"
        );
    }
}

#[test]
fn mitigation_moves_traffic_away_and_back() {
    let mut bed = Bed::new(GroupConfig {
        algorithm: Algorithm::WeightedRandom,
        anomaly_mitigation: Some(AnomalyMitigation::default()),
        ..unchecked(4)
    });
    let mut share_of_bad = Vec::new();
    for round in 0..24 {
        let now = second(round * 10);
        bed.run(now);
        let shares = bed.shares(2000, 4);
        share_of_bad.push(shares[3]);
        for (number, share) in (1..).zip(&shares) {
            // It is ill for twelve rounds.
            let outcomes = if number == 4 && round < 12 { "x" } else { "." };
            observe(
                &mut bed,
                round * 10,
                number,
                &outcomes.repeat(*share as usize),
            );
        }
    }
    assert!(
        share_of_bad[0] > 400,
        "a quarter at first: {share_of_bad:?}"
    );
    assert!(share_of_bad[11] < 20, "next to nothing: {share_of_bad:?}");
    assert!(
        share_of_bad[23] > 400,
        "and a quarter again: {share_of_bad:?}"
    );
    assert_eq!(
        bed.group.poll_timeout(),
        Some(second(240)),
        "a last look at the last round"
    );
    bed.run(second(1000));
    assert_eq!(
        bed.group.poll_timeout(),
        None,
        "then nothing until something comes"
    );
}

#[test]
fn who_comes_back_is_not_judged_by_what_it_did_before() {
    let mut bed = Bed::new(GroupConfig {
        algorithm: Algorithm::WeightedRandom,
        anomaly_mitigation: Some(AnomalyMitigation::default()),
        health_check: Some(check(10, 5, 1, 1)),
        ..GroupConfig::new("web", addresses(4))
    })
    .behaves(second(15), 4, Manner::Refuses)
    .behaves(second(35), 4, Manner::Answers(200));
    let share = |bed: &Bed| bed.group.candidates(second(0))[3].share;
    // It fails in the interval in which its probe fails too, and is ill at the look of 20 s.
    for number in 1..=3 {
        observe(&mut bed, 10, number, "..........");
    }
    observe(&mut bed, 10, 4, "xxxxxxxxxxxxxxxxxxxx");
    bed.run(second(41));
    assert_eq!(
        bed.group.state(bed.group.find(address(4)).unwrap()),
        TargetState::Healthy
    );
    for number in 1..=4 {
        observe(&mut bed, 41, number, "..........");
    }
    bed.run(second(60));
    assert!((share(&bed) - 1.0).abs() < 1e-9, "{}", share(&bed));
}
