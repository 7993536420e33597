//! Zones, cross-zone balancing, too few healthy targets, DNS.

use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_balance::{GroupConfig, Target, TargetGroup, Threshold};
use switchlab_core::{Instant, TargetState};

use crate::bed::{Bed, address};

/// Targets in zones, numbered from 1: so many in `a`, so many in `b`, and then the numbers of those that are down.
fn config(node: &str, cross_zone: bool, zones: [u8; 2], down: &[u8]) -> GroupConfig {
    let target = |number: u8| Target {
        zone: Some(if number <= zones[0] { "a" } else { "b" }.into()),
        seed: down
            .contains(&number)
            .then(|| (TargetState::Unhealthy, "Target.Timeout".into())),
        ..Target::from(address(number))
    };
    GroupConfig {
        targets: (1..=zones[0] + zones[1]).map(target).collect(),
        health_check: None,
        cross_zone,
        zone: Some(node.into()),
        zones: vec!["a".into(), "b".into()],
        ..GroupConfig::new("web", [])
    }
}

/// The guide's figures: zones of two and eight targets, DNS halves the clients.
#[test]
fn cross_zone_balancing_evens_out_what_dns_halves() {
    #[rustfmt::skip]
    let rows = [
        // cross-zone  of 800 requests: each in a, each in b  because
        (true,  80,   80, "on: each target has 10 %"),
        (false, 200,  50, "off: 25 % each in the small zone, 6.25 % each in the large one"),
    ];
    for (cross_zone, in_a, in_b, because) in rows {
        let mut sums = vec![0; 10];
        for node in ["a", "b"] {
            let mut bed = Bed::new(config(node, cross_zone, [2, 8], &[]));
            for (sum, share) in sums.iter_mut().zip(bed.shares(400, 10)) {
                *sum += share;
            }
        }
        let expected: Vec<_> = (0..10).map(|at| if at < 2 { in_a } else { in_b }).collect();
        assert_eq!(sums, expected, "{because}");
    }
}

/// The guide's worked example: ten targets in each of two zones, both thresholds 50 %, six targets of b down.
#[test]
fn half_of_a_zone_is_down() {
    let down = [11, 12, 13, 14, 15, 16];
    let half = Threshold {
        count: None,
        percentage: Some(50),
    };
    #[rustfmt::skip]
    let rows = [
        // cross-zone  node  fails open  in DNS  targets  because
        (false,        "a",  false,      true,   10,      "a is as it was"),
        (false,        "b",  true,       false,  10,      "40 % of b: it leaves DNS, and what still comes is spread over all ten"),
        (true,         "a",  false,      true,   14,      "70 % of all: nothing happens, the healthy ones get it"),
        (true,         "b",  false,      true,   14,      "the same for the other node"),
    ];
    for (cross_zone, node, fails_open, in_dns, targets, because) in rows {
        let mut config = config(node, cross_zone, [10, 10], &down);
        (config.routing, config.dns) = (half, half);
        let mut bed = Bed::new(config);
        let because = format!("cross-zone {cross_zone}, node {node}: {because}");
        assert_eq!(bed.group.is_fail_open(), fails_open, "{because}");
        assert_eq!(bed.group.dns_failure().is_none(), in_dns, "{because}");
        let shares = bed.shares(200, 20);
        assert_eq!(
            shares.iter().filter(|share| **share > 0).count(),
            targets,
            "{because}"
        );
    }
}

#[test]
fn thresholds_decide_who_takes_part_and_who_is_told() {
    let threshold = |count, percentage| Threshold { count, percentage };
    #[rustfmt::skip]
    let rows = [
        // healthy of 4  routing                     DNS                        fails open  in DNS  because
        (4,              threshold(Some(1), None),   threshold(Some(1), None),  false,      true,   "all are well"),
        (1,              threshold(Some(1), None),   threshold(Some(1), None),  false,      true,   "one is enough"),
        (0,              threshold(Some(1), None),   threshold(Some(1), None),  true,       false,  "nobody: all take part, and DNS tells of others"),
        (0,              threshold(Some(1), None),   threshold(None, None),     true,       true,   "DNS failover was off in older days"),
        (2,              threshold(Some(1), None),   threshold(Some(3), None),  false,      false,  "DNS first, routing later"),
        (2,              threshold(Some(3), None),   threshold(Some(3), None),  true,       false,  "both"),
        (2,              threshold(None, Some(50)),  threshold(None, Some(75)), false,      false,  "50 % is enough for one, not for the other"),
        (1,              threshold(Some(1), Some(50)), threshold(Some(1), Some(50)), true,  false,  "either breaches"),
    ];
    for (healthy, routing, dns, fails_open, in_dns, because) in rows {
        let down: Vec<_> = (healthy + 1..=4).collect();
        let mut config = config("a", true, [2, 2], &down);
        (config.routing, config.dns) = (routing, dns);
        let group = TargetGroup::new(Instant::ZERO, config).unwrap();
        assert_eq!(group.is_fail_open(), fails_open, "{because}");
        assert_eq!(group.dns_failure().is_none(), in_dns, "{because}");
    }
}

#[test]
fn a_zone_without_targets_has_nobody_to_ask() {
    let mut group = TargetGroup::new(Instant::ZERO, config("a", false, [0, 3], &[])).unwrap();
    assert_eq!(
        group.choose(Instant::ZERO, None),
        None,
        "503 at the node of a"
    );
    assert_eq!(
        group.dns_failure().as_deref(),
        Some("the group web has no target in this zone"),
        "the node of b can do better"
    );
    let empty = TargetGroup::new(Instant::ZERO, config("a", false, [0, 0], &[])).unwrap();
    assert_eq!(empty.dns_failure(), None, "nobody can");
    let mut group = TargetGroup::new(Instant::ZERO, config("a", true, [0, 3], &[])).unwrap();
    assert!(
        group.choose(Instant::ZERO, None).is_some(),
        "across zones there are three"
    );
}

#[test]
fn targets_in_zones_that_are_not_enabled_are_unused() {
    let mut config = config("a", true, [1, 1], &[]);
    config.zones = vec!["a".into()];
    config.targets.push(Target::from(address(9)));
    let mut bed = Bed::new(config);
    let state = |bed: &Bed, number| bed.group.state(bed.group.find(address(number)).unwrap());
    assert_eq!(state(&bed, 1), TargetState::Healthy);
    assert_eq!(state(&bed, 2), TargetState::Unused, "b is not enabled");
    assert_eq!(
        state(&bed, 9),
        TargetState::Healthy,
        "a target of no zone is one of all"
    );
    assert_eq!(bed.shares(10, 9)[1], 0);
    let because: Vec<_> = bed
        .group
        .candidates(Instant::ZERO)
        .into_iter()
        .map(|it| it.because)
        .collect();
    assert_eq!(because[1], "The balancer is not enabled in its zone.");
}

#[test]
fn everybody_can_say_why() {
    let zone: Arc<str> = "a".into();
    let seeded = |number, state, zone: &Arc<str>| Target {
        zone: Some(Arc::clone(zone)),
        seed: Some((state, "".into())),
        ..Target::from(address(number))
    };
    let mut config = config("a", false, [0, 0], &[]);
    config.targets = vec![
        seeded(1, TargetState::Healthy, &zone),
        seeded(2, TargetState::Unhealthy, &zone),
        seeded(3, TargetState::Initial, &zone),
        seeded(4, TargetState::Draining, &zone),
        seeded(5, TargetState::Unused, &zone),
        seeded(6, TargetState::Unavailable, &zone),
        seeded(7, TargetState::Healthy, &"b".into()),
    ];
    let mut group = TargetGroup::new(Instant::ZERO, config).unwrap();
    let chosen = group.choose(Instant::ZERO, None).unwrap();
    group.begin(chosen);
    let told: Vec<String> = group
        .candidates(Instant::ZERO)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "10.0.1.1:80 healthy, 1 under way: It is healthy.",
            "10.0.1.2:80 unhealthy (Target.FailedHealthChecks), 0 under way: It fails its health checks.",
            "10.0.1.3:80 initial (Elb.InitialHealthChecking), 0 under way: Its first health check has not succeeded yet.",
            "10.0.1.4:80 draining (Target.DeregistrationInProgress), 0 under way: It was deregistered: it may finish what it has, and gets nothing new.",
            "10.0.1.5:80 unused, 0 under way: It is not in use.",
            "10.0.1.6:80 unavailable, 0 under way: Nobody checks its health, so it takes requests.",
            "10.0.1.7:80 healthy, 0 under way: It stands in another zone than this node, and cross-zone balancing is off.",
        ]
    );
    for candidate in group.candidates(Instant::ZERO) {
        let is_eligible = group.is_eligible(candidate.target);
        assert_eq!(candidate.is_eligible, is_eligible, "{candidate}");
        let last = SocketAddr::from(([10, 0, 1, 6], 80));
        let expected = candidate.address == address(1) || candidate.address == last;
        assert_eq!(is_eligible, expected, "{candidate}");
    }
}
