//! Slow start: the share of a target that becomes healthy grows evenly.

use switchlab_balance::{Algorithm, GroupConfig, Target};
use switchlab_core::{Instant, TargetState};

use crate::bed::{Bed, Manner, address, addresses, check, second, seconds, unchecked};

fn config(count: u8) -> GroupConfig {
    GroupConfig {
        slow_start: Some(seconds(100)),
        ..unchecked(count)
    }
}

/// The share of a target, in percent of a whole one.
fn percent(bed: &Bed, at: Instant, number: u8) -> u32 {
    let candidates = bed.group.candidates(at);
    let mut its = candidates.iter().filter(|it| it.address == address(number));
    (its.next().expect("it is registered").share * 100.0).round() as u32
}

#[test]
fn a_share_grows_evenly_with_time() {
    for algorithm in [Algorithm::RoundRobin, Algorithm::Weighted] {
        let mut bed = Bed::new(GroupConfig {
            algorithm,
            ..config(1)
        });
        bed.run(second(1000));
        bed.group
            .register(second(1000), Target::from(address(2)))
            .unwrap();
        #[rustfmt::skip]
        let story = [
            // after  of whole  requests  first  second  because
            (0,       50,       300,      200,   100,    "one part in the number of targets at least"),
            (30,      50,       300,      200,   100,    "30 % is still less than that"),
            (75,      75,       700,      400,   300,    "three quarters of a share"),
            (100,     100,      200,      100,   100,    "the whole"),
        ];
        for (after, whole, requests, first, other, because) in story {
            let now = second(1000 + after);
            bed.run(now);
            assert_eq!(
                percent(&bed, now, 2),
                whole,
                "{algorithm}, {after} s: {because}"
            );
            let shares = bed.shares(requests, 2);
            let exact = [first, other];
            let is_near = shares
                .iter()
                .zip(exact)
                .all(|(share, due)| share.abs_diff(due) <= 1);
            assert!(
                is_near,
                "{algorithm}, {after} s: {shares:?} is not {exact:?}: {because}"
            );
        }
    }
}

#[test]
fn least_connections_weigh_a_slow_target_less() {
    let algorithm = Algorithm::WeightedLeastConnections;
    let mut bed = Bed::new(GroupConfig {
        algorithm,
        ..config(1)
    });
    bed.group
        .register(second(1), Target::from(address(2)))
        .unwrap();
    bed.run(second(51));
    for _ in 0..30 {
        let target = bed.group.choose(second(51), None).unwrap();
        bed.group.begin(target);
    }
    let under_way: Vec<_> = bed
        .group
        .candidates(second(51))
        .iter()
        .map(|it| it.outstanding)
        .collect();
    assert_eq!(under_way, [20, 10], "half a share is half as many");
}

#[test]
fn who_begins_slowly() {
    let now = second(10);
    let mut bed = Bed::new(config(3));
    assert_eq!(
        percent(&bed, now, 3),
        100,
        "those registered at first have their share at once"
    );
    for number in 1..=3 {
        bed.group.deregister(now, address(number)).unwrap();
    }
    bed.run(second(1000));
    let now = second(1000);
    bed.group.register(now, Target::from(address(4))).unwrap();
    assert_eq!(percent(&bed, now, 4), 100, "nobody else is there");
    bed.group.register(now, Target::from(address(5))).unwrap();
    assert_eq!(percent(&bed, now, 5), 100, "it is of the same first batch");
    let now = second(1001);
    bed.group.register(now, Target::from(address(6))).unwrap();
    assert!(percent(&bed, now, 6) < 100, "others have their whole share");
    bed.group.deregister(now, address(4)).unwrap();
    bed.group.deregister(now, address(5)).unwrap();
    bed.group.register(now, Target::from(address(7))).unwrap();
    assert_eq!(
        percent(&bed, now, 7),
        100,
        "the only other one begins slowly itself"
    );
}

#[test]
fn who_is_known_to_be_ill_comes_back_slowly() {
    let target = |number, state| Target {
        seed: Some((state, "".into())),
        ..Target::from(address(number))
    };
    let mut bed = Bed::new(GroupConfig {
        slow_start: Some(seconds(100)),
        health_check: Some(check(10, 5, 2, 2)),
        targets: vec![
            target(1, TargetState::Healthy),
            target(2, TargetState::Unhealthy),
            target(3, TargetState::Initial),
        ],
        ..GroupConfig::new("web", [])
    });
    bed.run(second(40));
    #[rustfmt::skip]
    let rows = [
        (1, 100, "healthy all the time"),
        (2,  33, "it has come back beside a healthy one; at least one part of three"),
        (3, 100, "of the first batch, and never ill"),
    ];
    for (number, share, because) in rows {
        assert_eq!(percent(&bed, second(40), number), share, "{because}");
    }
}

#[test]
fn who_falls_ill_begins_anew() {
    let mut config = GroupConfig {
        slow_start: Some(seconds(100)),
        ..GroupConfig::new("web", addresses(2))
    };
    config.health_check = Some(check(10, 5, 2, 2));
    let mut bed = Bed::new(config)
        .behaves(second(15), 2, Manner::Refuses)
        .behaves(second(45), 2, Manner::Answers(200))
        .behaves(second(85), 2, Manner::Refuses)
        .behaves(second(115), 2, Manner::Answers(200));
    #[rustfmt::skip]
    let story = [
        // at  share  because
        (0,    100,   "both were there at first"),
        (60,   50,    "healthy again: at least one part of two"),
        (130,  50,    "healthy again, and at the beginning again"),
        (205,  75,    "75 s later"),
        (230,  100,   "100 s later"),
    ];
    for (at, share, because) in story {
        bed.run(second(at));
        assert_eq!(percent(&bed, second(at), 2), share, "at {at} s: {because}");
    }
    let healthy: Vec<_> = bed
        .changes
        .iter()
        .filter(|(_, number, state, _)| *number == 2 && state.name() == "healthy")
        .map(|(at, ..)| *at)
        .collect();
    assert_eq!(healthy, [0, 60, 130].map(second));
}
