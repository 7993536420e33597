//! Who is chosen when others have failed, and why nobody is.

use std::collections::BTreeSet;

use proptest::prelude::*;
use switchlab_balance::{Algorithm, GroupConfig, Target, TargetGroup, TargetId, Threshold};
use switchlab_core::{Instant, TargetState};

use crate::bed::{address, second};

const NOW: Instant = Instant::ZERO;

fn target(number: u8, weight: u16, state: TargetState) -> Target {
    Target {
        weight,
        seed: Some((state, "".into())),
        ..Target::from(address(number))
    }
}

fn group(algorithm: Algorithm, targets: Vec<Target>) -> TargetGroup {
    let config = GroupConfig {
        algorithm,
        targets,
        ..GroupConfig::new("web", [])
    };
    TargetGroup::new(NOW, config).expect("the settings are right")
}

fn healthy(algorithm: Algorithm, weights: &[u16]) -> TargetGroup {
    let targets = (1..).zip(weights);
    let well = |(number, weight): (u8, &u16)| target(number, *weight, TargetState::Healthy);
    group(algorithm, targets.map(well).collect())
}

#[test]
fn the_idlest_target_that_has_failed_is_not_named_again() {
    for algorithm in Algorithm::ALL {
        let mut group = healthy(algorithm, &[100, 1, 1]);
        let [first, second, third] =
            [1, 2, 3].map(|number| group.find(address(number)).expect("it is there"));
        for _ in 0..5 {
            group.begin(second);
            group.begin(third);
        }
        let next = group.choose_another(NOW, &[first]).expect("two are left");
        let last = group.choose_another(NOW, &[first, next]);
        let left = if next == second { third } else { second };
        assert_eq!(
            last,
            Some(left),
            "{algorithm}: each failed target is left out"
        );
        let nobody = group.choose_another(NOW, &[first, next, left]);
        assert_eq!(nobody, None, "{algorithm}: all have failed");
    }
}

#[test]
fn asking_another_costs_the_others_one_turn() {
    let mut group = healthy(Algorithm::RoundRobin, &[1; 4]);
    let first = group.choose(NOW, None).expect("all are well");
    let next = group.choose_another(NOW, &[first]);
    let then = group.choose(NOW, None);
    let seen = [Some(first), next, then].map(|it| it.map(TargetId::index));
    assert_eq!(seen, [Some(0), Some(1), Some(2)]);
}

proptest! {
    /// Whoever may have a request and has not failed is found, whatever the algorithm; failed ones are not, nor are
    /// those of weight 0 where weights count.
    #[test]
    fn another_is_found_if_there_is_one(
        algorithm in prop::sample::select(&Algorithm::ALL[..]),
        weights in prop::collection::vec(0..4_u16, 1..8),
        loads in prop::collection::vec(0..5_u8, 8),
    ) {
        let mut group = healthy(algorithm, &weights);
        let ids: Vec<_> = (1..=weights.len() as u8).filter_map(|number| group.find(address(number))).collect();
        for (id, load) in ids.iter().zip(loads) {
            for _ in 0..load {
                group.begin(*id);
            }
        }
        let mut failed = Vec::new();
        while let Some(next) = group.choose_another(NOW, &failed) {
            prop_assert!(!failed.contains(&next));
            failed.push(next);
        }
        let found: BTreeSet<_> = failed.iter().map(|id| id.index()).collect();
        let expected = (0..weights.len()).filter(|place| weights[*place] > 0 || !algorithm.weighs());
        prop_assert_eq!(found, expected.collect());
    }
}

#[test]
fn a_group_says_why_nobody_may_have_a_request() {
    type Given = &'static [(u16, TargetState)];
    use TargetState::{Draining, Healthy, Unhealthy, Unused};
    let off = Threshold {
        count: None,
        percentage: None,
    };
    #[rustfmt::skip]
    let rows: [(Given, Algorithm, Threshold, &str); 7] = [
        (&[],                             Algorithm::Weighted,   Threshold::default(), "No target is registered in the group web."),
        (&[(1, Draining)],                Algorithm::Weighted,   Threshold::default(), "All targets of the group web are deregistered and draining."),
        (&[(1, Unused), (1, Draining)],   Algorithm::RoundRobin, Threshold::default(), "All targets of the group web are unused."),
        (&[(0, Healthy), (0, Unhealthy)], Algorithm::Weighted,   Threshold::default(), "All targets of the group web have weight 0."),
        (&[(0, Healthy)],                 Algorithm::Maglev,     Threshold::default(), "All targets of the group web have weight 0."),
        (&[(1, Unhealthy)],               Algorithm::RoundRobin, off,                  "No target of the group web is healthy."),
        (&[(0, Healthy), (1, Unhealthy)], Algorithm::Ring,       off,                  "No target of the group web that has a weight is healthy."),
    ];
    for (given, algorithm, routing, because) in rows {
        let targets = (1..).zip(given);
        let targets = targets.map(|(number, (weight, state))| target(number, *weight, *state));
        let config = GroupConfig {
            algorithm,
            targets: targets.collect(),
            routing,
            dns: off,
            ..GroupConfig::new("web", [])
        };
        let mut group = TargetGroup::new(NOW, config).expect("the settings are right");
        for key in [None, Some(&b"key"[..])] {
            assert_eq!(group.choose(NOW, key), None, "{because}");
        }
        assert_eq!(group.why_nobody(), because);
    }
}

#[test]
fn a_target_of_weight_0_is_not_enough_to_be_well() {
    let targets = || {
        vec![
            target(1, 0, TargetState::Healthy),
            target(2, 1, TargetState::Unhealthy),
        ]
    };
    let mut weighted = group(Algorithm::Weighted, targets());
    let chosen = weighted.choose(NOW, None).map(TargetId::index);
    assert_eq!(
        chosen,
        Some(1),
        "nobody who gets requests is healthy: fail-open"
    );
    assert!(weighted.is_fail_open());
    let told: Vec<_> = weighted.candidates(NOW).into_iter().collect();
    assert_eq!(
        told.iter()
            .map(|it| (it.is_eligible, &*it.because))
            .collect::<Vec<_>>(),
        [
            (
                false,
                "It is healthy, but has weight 0: it keeps the clients that are bound to it, and gets no other."
            ),
            (
                true,
                "It is not healthy, but too few targets are: all take part (fail-open)."
            ),
        ]
    );
    let bound = weighted.find(address(1)).expect("it is there");
    assert!(
        weighted.is_eligible(bound),
        "for those that are bound to it"
    );
    assert_eq!(
        weighted.dns_failure().as_deref(),
        Some("0 of 1 targets of the group web are healthy")
    );

    let mut alike = group(Algorithm::RoundRobin, targets());
    let chosen = alike.choose(NOW, None).map(TargetId::index);
    assert_eq!(
        chosen,
        Some(0),
        "where weights do not count it is one like others"
    );

    let idle = group(
        Algorithm::Weighted,
        vec![target(1, 0, TargetState::Healthy)],
    );
    assert_eq!(
        idle.dns_failure().as_deref(),
        Some("no target of the group web has a weight and is in use")
    );
}

#[test]
fn without_a_key_weight_0_gets_nothing_either() {
    for algorithm in Algorithm::ALL.into_iter().filter(|it| it.weighs()) {
        let mut group = healthy(algorithm, &[0, 1, 1]);
        let all = (0..20).filter_map(|_| group.choose(second(1), None));
        let seen: BTreeSet<_> = all.map(TargetId::index).collect();
        assert_eq!(seen, BTreeSet::from([1, 2]), "{algorithm}");
    }
}
