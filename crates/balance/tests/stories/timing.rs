//! How long it takes to notice: ELB's formulas, to the probe.

use std::time::Duration;

use proptest::prelude::*;
use switchlab_balance::{GroupConfig, ProbeOutcome, ProbeStep, TargetGroup};
use switchlab_core::{Instant, TargetState};

use crate::bed::{Bed, Manner, addresses, check, second};

/// When a change to this state came, if one did.
fn changed(bed: &Bed, to: TargetState, after: Instant) -> Option<Instant> {
    let mut changes = bed.changes.iter();
    changes
        .find(|(at, _, state, _)| *state == to && *at > after)
        .map(|(at, ..)| *at)
}

#[test]
fn the_defaults_take_as_long_as_the_guide_says() {
    #[rustfmt::skip]
    let rows = [
        // dies at  manner              notices at  because
        (91,        Manner::Refuses,     150,       "refused: the probes of 120 s and 150 s fail at once, 59 s after its death"),
        (119,       Manner::Refuses,     150,       "refused: just before a probe, 31 s"),
        (91,        Manner::IsSilent,    155,       "silent: and 5 s until the second is late, 64 s"),
        (119,       Manner::IsSilent,    155,       "silent: 36 s"),
        (91,        Manner::Answers(500), 150,      "a wrong answer is as quick as a refusal"),
    ];
    for (dies, manner, notices, because) in rows {
        let config = GroupConfig::new("web", addresses(2));
        let mut bed = Bed::new(config).behaves(second(dies), 1, manner);
        bed.run(second(400));
        let noticed = changed(&bed, TargetState::Unhealthy, Instant::ZERO);
        assert_eq!(noticed, Some(second(notices)), "{because}");
    }
}

#[test]
fn a_target_is_back_after_the_healthy_threshold() {
    let config = GroupConfig::new("web", addresses(2));
    let mut bed = Bed::new(config)
        .behaves(second(10), 1, Manner::Refuses)
        .behaves(second(100), 1, Manner::Answers(200));
    bed.run(second(400));
    let back = changed(&bed, TargetState::Healthy, second(60));
    assert_eq!(
        back,
        Some(second(240)),
        "the probes of 120, 150, 180, 210 and 240 s succeed"
    );
}

#[test]
fn an_answer_at_the_very_end_of_the_timeout_is_late() {
    for (after, expected) in [
        (Duration::from_nanos(4_999_999_999), TargetState::Healthy),
        (Duration::from_secs(5), TargetState::Initial),
    ] {
        let mut group =
            TargetGroup::new(Instant::ZERO, GroupConfig::new("web", addresses(1))).unwrap();
        let Some(ProbeStep::Begin(target)) = group.poll_probe(Instant::ZERO) else {
            panic!("the first probe begins at once")
        };
        // Whether the owner tells of the time first makes no difference.
        group.probed(Instant::ZERO + after, target, ProbeOutcome::Status(200));
        assert_eq!(group.state(target), expected, "after {after:?}");
        let step = group.poll_probe(Instant::ZERO + after);
        let is_late = step == Some(ProbeStep::Abandon(target));
        assert_eq!(is_late, expected == TargetState::Initial);
    }
}

#[test]
fn the_schedule_does_not_shift() {
    let mut config = GroupConfig::new("web", addresses(1));
    config.health_check = Some(check(10, 9, 2, 2));
    let mut bed = Bed::new(config).behaves(second(15), 1, Manner::IsSilent);
    bed.run(second(50));
    let moments: Vec<_> = bed.probes.iter().map(|(at, _)| *at).collect();
    assert_eq!(
        moments,
        [0, 10, 20, 30, 40, 50].map(second),
        "every 10 s, answered or not"
    );
}

#[test]
fn reasons_are_elbs() {
    let mut config = GroupConfig::new("web", addresses(1));
    config.health_check = Some(check(10, 5, 1, 1));
    let mut bed = Bed::new(config)
        .behaves(second(5), 1, Manner::Answers(404))
        .behaves(second(15), 1, Manner::Answers(200))
        .behaves(second(25), 1, Manner::IsSilent)
        .behaves(second(35), 1, Manner::Answers(200))
        .behaves(second(45), 1, Manner::Refuses);
    bed.run(second(60));
    let story: Vec<_> = bed
        .changes
        .iter()
        .map(|(at, _, state, reason)| format!("{at} {state} {reason}").trim_end().to_owned())
        .collect();
    assert_eq!(
        story,
        [
            "0 s healthy",
            "10 s unhealthy Target.ResponseCodeMismatch [404]",
            "20 s healthy",
            "35 s unhealthy Target.Timeout",
            "40 s healthy",
            "50 s unhealthy Target.FailedHealthChecks",
        ]
    );
}

proptest! {
    /// A target that dies at d, with the first probe behind that at d + p, is unhealthy at d + p + (n − 1)·I if it
    /// refuses, and a timeout later if it is silent; when it is back, with the first probe q later, it is healthy
    /// after q + (m − 1)·I.
    #[test]
    fn the_formulas_hold(
        interval in 5..60_u64, timeout in 2..60_u64, healthy in 2..10_u32, unhealthy in 2..10_u32,
        dies in 1..500_u64, is_silent: bool,
    ) {
        let timeout = timeout.min(interval - 1);
        let next_probe = |at: u64| at.next_multiple_of(interval);
        let manner = if is_silent { Manner::IsSilent } else { Manner::Refuses };
        let notices = next_probe(dies) + u64::from(unhealthy - 1) * interval + if is_silent { timeout } else { 0 };
        let back = notices + 1;
        let healed = next_probe(back) + u64::from(healthy - 1) * interval;

        let mut config = GroupConfig::new("web", addresses(1));
        config.health_check = Some(check(interval, timeout, healthy, unhealthy));
        let mut bed = Bed::new(config)
            .behaves(second(dies), 1, manner)
            .behaves(second(back), 1, Manner::Answers(200));
        bed.run(second(5000));
        let moments: Vec<_> = bed.changes.iter().map(|(at, _, state, _)| (*at, *state)).collect();
        prop_assert_eq!(moments, [
            (second(0), TargetState::Healthy),
            (second(notices), TargetState::Unhealthy),
            (second(healed), TargetState::Healthy),
        ]);
    }
}
