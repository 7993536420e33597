//! Which target is chosen: each algorithm at work in a group, against an obvious model.

use std::collections::BTreeMap;

use proptest::prelude::*;
use switchlab_balance::{
    Algorithm, GroupConfig, HashKey, KeyOctets, Target, TargetGroup, TargetId,
};
use switchlab_core::Instant;

use crate::bed::{Bed, address, unchecked};

const NOW: Instant = Instant::ZERO;

fn group(algorithm: Algorithm, weights: &[u16]) -> TargetGroup {
    let target = |(number, weight): (u8, &u16)| Target {
        weight: *weight,
        ..Target::from(address(number))
    };
    let config = GroupConfig {
        algorithm,
        targets: (1..).zip(weights).map(target).collect(),
        ..unchecked(0)
    };
    TargetGroup::new(NOW, config).expect("the settings are right")
}

fn algorithms() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(&Algorithm::ALL[..])
}

fn hashing() -> impl Strategy<Value = Algorithm> {
    algorithms().prop_filter("it hashes", |algorithm| algorithm.default_key().is_some())
}

#[test]
fn turns_go_on_behind_the_last_one() {
    let mut bed = Bed::new(unchecked(3));
    let turns: Vec<_> = (0..5).map(|_| bed.next()).collect();
    assert_eq!(turns, [1, 2, 3, 1, 2]);
    bed.group.deregister(NOW, address(3)).unwrap();
    let turns: Vec<_> = (0..3).map(|_| bed.next()).collect();
    assert_eq!(turns, [1, 2, 1], "the third is out");
    bed.group.register(NOW, Target::from(address(4))).unwrap();
    let turns: Vec<_> = (0..4).map(|_| bed.next()).collect();
    assert_eq!(turns, [2, 4, 1, 2], "the fourth is in");
}

#[test]
fn without_a_key_hashes_take_turns() {
    for algorithm in Algorithm::ALL
        .into_iter()
        .filter(|it| it.default_key().is_some())
    {
        let mut group = group(algorithm, &[1, 1]);
        let turns: Vec<_> = (0..3)
            .map(|_| group.choose(NOW, None).unwrap().index())
            .collect();
        assert_eq!(turns, [0, 1, 0], "{algorithm}");
    }
}

#[test]
fn a_group_says_what_it_hashes() {
    #[rustfmt::skip]
    let rows = [
        (Algorithm::RoundRobin, None,                              None,                              "nothing"),
        (Algorithm::SourceHash, None,                              Some(HashKey::Source),             "its name says so"),
        (Algorithm::Maglev,     None,                              Some(HashKey::FiveTuple),          "the default of consistent hashes"),
        (Algorithm::KeyHash,    None,                              Some(HashKey::Uri),                "the default of the key hash"),
        (Algorithm::Ring,       Some(HashKey::Header("X".into())), Some(HashKey::Header("X".into())), "as configured"),
    ];
    for (algorithm, hash_key, expected, because) in rows {
        let config = GroupConfig {
            algorithm,
            hash_key,
            ..unchecked(2)
        };
        let group = TargetGroup::new(NOW, config).unwrap();
        assert_eq!(
            group.hash_key(),
            expected.as_ref(),
            "{algorithm}: {because}"
        );
    }
}

proptest! {
    /// Only those who take part are chosen, somebody always is, and equal histories make equal choices.
    #[test]
    fn somebody_who_takes_part_is_chosen(
        algorithm in algorithms(),
        count in 1..9_u8,
        gone in prop::collection::btree_set(1..9_u8, 0..8),
        keys in prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..9)), 1..40),
    ) {
        let run = || {
            let mut group = group(algorithm, &vec![1; usize::from(count)]);
            for number in gone.iter().filter(|number| **number <= count) {
                group.deregister(NOW, address(*number)).expect("it is there");
            }
            let choose = |key: &Option<Vec<u8>>| {
                let target = group.choose(NOW, key.as_deref());
                if let Some(target) = target {
                    assert!(group.is_eligible(target));
                    group.begin(target);
                }
                target
            };
            keys.iter().map(choose).collect::<Vec<_>>()
        };
        let choices = run();
        let left = (1..=count).filter(|number| !gone.contains(number)).count();
        prop_assert!(choices.iter().all(|choice| choice.is_some() == (left > 0)));
        prop_assert_eq!(choices, run());
    }

    /// Nobody has fewer requests under way than the one chosen, for its weight.
    #[test]
    fn the_least_busy_is_chosen(
        weights in prop::collection::vec(1..5_u16, 1..7),
        is_weighted: bool,
        // What ends before each choice, by age.
        ends in prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), 1..60),
    ) {
        let algorithm = match is_weighted {
            true => Algorithm::WeightedLeastConnections,
            false => Algorithm::LeastOutstanding,
        };
        let mut group = group(algorithm, &weights);
        let mut under_way: Vec<TargetId> = Vec::new();
        for end in ends {
            if let Some(end) = end.filter(|_| !under_way.is_empty()) {
                let target = under_way.swap_remove(end.index(under_way.len()));
                group.finish(target);
            }
            let load = |place: usize| under_way.iter().filter(|target| target.index() == place).count();
            let weight = |place: usize| if is_weighted { usize::from(weights[place]) } else { 1 };
            let chosen = group.choose(NOW, None).expect("all take part");
            let place = chosen.index();
            for other in 0..weights.len() {
                prop_assert!(load(place) * weight(other) <= load(other) * weight(place));
            }
            group.begin(chosen);
            under_way.push(chosen);
        }
    }

    /// A key stays where it is while the targets stay; with consistent hashes, also while others leave.
    #[test]
    fn keys_stay_where_they_are(
        algorithm in hashing(), count in 2..9_u8, gone: prop::sample::Index,
        keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..9), 1..30),
    ) {
        let mut group = group(algorithm, &vec![1; usize::from(count)]);
        let mut places = BTreeMap::new();
        for _ in 0..2 {
            for key in &keys {
                let place = group.choose(NOW, Some(key)).expect("all take part");
                let before = *places.entry(key.clone()).or_insert(place);
                prop_assert_eq!(before, place);
            }
        }
        let gone = TargetId::index(places[&keys[0]]).wrapping_add(gone.index(usize::from(count))) % usize::from(count);
        group.deregister(NOW, address(gone as u8 + 1)).expect("it is there");
        let is_minimal = matches!(algorithm, Algorithm::FiveTuple | Algorithm::Ring | Algorithm::Rendezvous | Algorithm::BoundedLoad);
        for (key, before) in &places {
            let after = group.choose(NOW, Some(key)).expect("the others take part");
            prop_assert_ne!(after.index(), gone);
            if is_minimal && before.index() != gone {
                prop_assert_eq!(after, *before, "only its own keys move");
            }
        }
        group.set_in_use(NOW, false);
        prop_assert_eq!(group.choose(NOW, Some(&keys[0])), None);
    }

    /// Under bounded load somebody has room whatever the weights, and nobody has more than the factor times its
    /// share, rounded up, whatever the keys are.
    #[test]
    fn loads_are_bounded(
        weights in prop::collection::vec(prop_oneof![1..4_u16, 1..u16::MAX], 1..9),
        factor in 101..200_u16,
        keys in prop::collection::vec(0..4_u8, 1..80),
    ) {
        let target = |(number, weight): (u8, &u16)| Target {
            weight: *weight,
            ..Target::from(address(number))
        };
        let config = GroupConfig {
            algorithm: Algorithm::BoundedLoad,
            targets: (1..).zip(&weights).map(target).collect(),
            balance_factor: factor,
            ..unchecked(0)
        };
        let mut group = TargetGroup::new(NOW, config).expect("the settings are right");
        let mut loads = vec![0_u64; weights.len()];
        let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        for (total, key) in (1_u64..).zip(&keys) {
            let chosen = group.choose(NOW, Some(&[*key])).expect("there is always room");
            group.begin(chosen);
            loads[chosen.index()] += 1;
            let share = total * u64::from(factor) * u64::from(weights[chosen.index()]);
            prop_assert!(loads[chosen.index()] <= share.div_ceil(100 * sum), "{loads:?}");
        }
    }

    /// Of an address everything counts.
    #[test]
    fn sources_are_told_apart(one: std::net::IpAddr, other: std::net::IpAddr) {
        prop_assert_eq!(one == other, *KeyOctets::source(one) == *KeyOctets::source(other));
    }
}
