//! Targets whose state is known from the beginning.

use switchlab_balance::{GroupConfig, Target};
use switchlab_core::TargetState;

use crate::bed::{Bed, Manner, address, second};

fn seeded(states: &[(TargetState, &'static str)]) -> GroupConfig {
    let targets = (1..).zip(states).map(|(number, (state, reason))| Target {
        seed: Some((*state, (*reason).into())),
        ..Target::from(address(number))
    });
    GroupConfig {
        targets: targets.collect(),
        ..GroupConfig::new("web", [])
    }
}

#[test]
fn a_given_state_holds_until_probes_say_otherwise() {
    let mut bed = Bed::new(seeded(&[
        (TargetState::Healthy, ""),
        (TargetState::Unhealthy, "Target.Timeout"),
        (TargetState::Unused, "Target.InvalidState"),
        (TargetState::Draining, ""),
        (TargetState::Unavailable, "Target.HealthCheckDisabled"),
    ]))
    .behaves(second(0), 1, Manner::Refuses);
    let rows = |bed: &Bed| -> Vec<String> {
        let table = bed.group.table();
        table
            .rows
            .iter()
            .map(|row| format!("{} {}", row[2], row[3]).trim_end().to_owned())
            .collect()
    };
    assert_eq!(
        rows(&bed),
        [
            "healthy",
            "unhealthy Target.Timeout",
            "unused Target.InvalidState",
            "draining Target.DeregistrationInProgress",
            "unavailable Target.HealthCheckDisabled",
        ]
    );
    bed.run(second(299));
    assert_eq!(
        rows(&bed)[..3],
        [
            "unhealthy Target.FailedHealthChecks",
            "healthy",
            "unused Target.InvalidState"
        ],
        "two failures, five successes; the third keeps what it has"
    );
    bed.run(second(300));
    assert_eq!(
        rows(&bed)[3],
        "unused Target.NotRegistered",
        "the deregistration delay is over"
    );
    let probed: std::collections::BTreeSet<_> =
        bed.probes.iter().map(|(_, number)| *number).collect();
    assert_eq!(Vec::from_iter(probed), [1, 2], "the others are left alone");
}

#[test]
fn given_states_hold_without_health_checks() {
    let mut config = seeded(&[
        (TargetState::Healthy, ""),
        (TargetState::Unhealthy, "Target.Timeout"),
    ]);
    config.health_check = None;
    let mut bed = Bed::new(config);
    assert_eq!(bed.shares(10, 2), [10, 0]);
    assert_eq!(bed.group.poll_timeout(), None);
}

#[test]
fn a_group_that_nobody_uses_is_unused_whatever_is_given() {
    let mut config = seeded(&[(TargetState::Healthy, ""), (TargetState::Unavailable, "")]);
    config.in_use = false;
    let bed = Bed::new(config);
    let states: Vec<_> = bed
        .group
        .table()
        .rows
        .iter()
        .map(|row| row[2..4].join(" "))
        .collect();
    assert_eq!(states, ["unused Target.NotInUse"; 2]);
}

#[test]
fn a_given_state_is_the_beginning_whenever_a_group_comes_into_use() {
    let mut config = seeded(&[
        (TargetState::Healthy, "Nothing is known against it."),
        (TargetState::Unhealthy, "Target.Timeout"),
        (TargetState::Unavailable, ""),
    ]);
    config.in_use = false;
    let mut bed = Bed::new(config)
        .behaves(second(0), 1, Manner::IsSilent)
        .behaves(second(0), 2, Manner::IsSilent);
    for at in [1, 100] {
        bed.run(second(at));
        bed.group.set_in_use(second(at), true);
        let states: Vec<_> = bed.group.states().map(TargetState::name).collect();
        assert_eq!(states, ["healthy", "unhealthy", "unavailable"], "at {at} s");
        assert_eq!(bed.shares(10, 3), [5, 0, 5], "before any probe");
        bed.run(second(at + 50));
        let target = bed.group.find(address(1)).unwrap();
        let state = bed.group.state(target);
        assert_eq!(state, TargetState::Unhealthy, "two probes were late");
        bed.group.set_in_use(second(at + 50), false);
    }
}
