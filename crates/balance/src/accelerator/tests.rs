//! The rows of the guide, and laws of the shares.

use std::collections::BTreeMap;

use proptest::prelude::*;
use switchlab_wire::IpProtocol;

use super::*;

/// Groups by region, dial and weights.
fn accelerator(groups: &[(&str, u8, &[u8])]) -> Accelerator {
    let group = |(region, traffic_dial, weights): &(&str, u8, &[u8])| EndpointGroup {
        region: (*region).into(),
        traffic_dial: *traffic_dial,
        weights: weights.to_vec(),
    };
    Accelerator::new(groups.iter().map(group).collect()).expect("it can be")
}

/// How many of 100 flows, whose points lie evenly, come to each endpoint.
fn shares(
    accelerator: &Accelerator,
    nearness: &[usize],
    unhealthy: &[(usize, usize)],
) -> BTreeMap<(usize, usize), u32> {
    let mut shares = BTreeMap::new();
    for flow in 0..100_u64 {
        let point = (u64::MAX / 200) * (2 * flow + 1);
        let is_healthy = |id: EndpointId| !unhealthy.contains(&(id.group, id.endpoint));
        if let Some(id) = accelerator.choose(nearness, is_healthy, point) {
            *shares.entry((id.group, id.endpoint)).or_default() += 1;
        }
    }
    shares
}

#[test]
fn two_regions_at_half_share_alike() {
    let both = accelerator(&[("east", 50, &[128]), ("west", 50, &[128])]);
    let east = shares(&both, &[0, 1], &[]);
    let west = shares(&both, &[1, 0], &[]);
    assert_eq!(
        east,
        [((0, 0), 50), ((1, 0), 50)].into(),
        "of 50 requests of the east 25 stay, and 25 cross"
    );
    assert_eq!(west, east, "and so in the west");
}

#[test]
fn who_takes_how_much() {
    type Row<'a> = (
        &'a [(&'a str, u8, &'a [u8])],
        &'a [(usize, usize)],
        &'a [((usize, usize), u32)],
        &'a str,
    );
    let one: &[u8] = &[128];
    #[rustfmt::skip]
    let rows: &[Row<'_>] = &[
        (&[("a", 100, one), ("b", 100, one)], &[], &[((0, 0), 100)], "the nearest"),
        (&[("a", 20, one), ("b", 100, one)],  &[], &[((0, 0), 20), ((1, 0), 80)], "its dial lets it take a fifth"),
        (&[("a", 0, one), ("b", 100, one)],   &[], &[((1, 0), 100)], "or nothing"),
        (&[("a", 50, one), ("b", 50, one), ("c", 50, one)], &[], &[((0, 0), 50), ((1, 0), 25), ((2, 0), 25)], "half of what comes, and the last all that is left"),
        (&[("a", 50, one), ("b", 0, one)],    &[], &[((0, 0), 100)], "nobody else takes the rest"),
        (&[("a", 0, one), ("b", 0, one)],     &[], &[], "nobody takes anything"),
        (&[("a", 100, &[128, 128])],          &[], &[((0, 0), 50), ((0, 1), 50)], "endpoints by weight"),
        (&[("a", 100, &[30, 10])],            &[], &[((0, 0), 75), ((0, 1), 25)], "of the sum"),
        (&[("a", 100, &[30, 0])],             &[], &[((0, 0), 100)], "0 is none"),
        (&[("a", 100, &[30, 10])],            &[(0, 0)], &[((0, 1), 100)], "of the healthy"),
        (&[("a", 100, one), ("b", 100, one)], &[(0, 0)], &[((1, 0), 100)], "nobody is healthy there: the next group"),
        (&[("a", 100, &[10, 0]), ("b", 100, one)], &[(0, 0)], &[((1, 0), 100)], "nobody with a weight is"),
        (&[("a", 100, one), ("b", 0, one)],   &[(0, 0)], &[((1, 0), 100)], "even if its dial is at 0"),
        (&[("a", 50, one), ("b", 50, one)],   &[(0, 0)], &[((1, 0), 100)], "and whatever it is"),
        (&[("a", 100, &[10, 10]), ("b", 100, one)], &[(0, 0), (0, 1), (1, 0)], &[((0, 0), 50), ((0, 1), 50)], "nobody is healthy: any of the nearest"),
    ];
    for (groups, unhealthy, expected, because) in rows {
        let nearness: Vec<_> = (0..groups.len()).collect();
        let shares = shares(&accelerator(groups), &nearness, unhealthy);
        assert_eq!(shares, expected.iter().copied().collect(), "{because}");
    }
}

#[test]
fn affinity_is_what_of_a_flow_decides() {
    let flow = |last: u8, source_port| FlowKey {
        source: [10, 0, 0, last].into(),
        destination: [192, 0, 2, 1].into(),
        protocol: IpProtocol::TCP,
        source_port,
        destination_port: 80,
    };
    let alike = |affinity: ClientAffinity, a, b| affinity.point(&a) == affinity.point(&b);
    #[rustfmt::skip]
    let rows = [
        (ClientAffinity::None,     flow(1, 1), flow(1, 1), true,  "the same flow"),
        (ClientAffinity::None,     flow(1, 1), flow(1, 2), false, "another port is another flow"),
        (ClientAffinity::SourceIp, flow(1, 1), flow(1, 2), true,  "but the same client"),
        (ClientAffinity::SourceIp, flow(1, 1), flow(2, 1), false, "another client"),
    ];
    for (affinity, a, b, expected, because) in rows {
        assert_eq!(alike(affinity, a, b), expected, "{because}");
    }
    let groups = accelerator(&[("a", 50, &[128, 128]), ("b", 100, &[128, 128])]);
    let mut counts = BTreeMap::new();
    for (last, port) in (0..100_u8).flat_map(|last| (0..40).map(move |port| (last, port))) {
        let point = ClientAffinity::None.point(&flow(last, port));
        let id = groups.choose(&[0, 1], |_| true, point).expect("somebody");
        *counts.entry(id).or_insert(0_u32) += 1;
    }
    assert!(
        counts.len() == 4 && counts.values().all(|count| count.abs_diff(1000) < 100),
        "{counts:?}"
    );
}

#[test]
fn three_further_groups_are_tried() {
    let one: &[u8] = &[128];
    let groups = accelerator(&[
        ("a", 100, one),
        ("b", 100, one),
        ("c", 100, one),
        ("d", 100, one),
        ("e", 100, one),
    ]);
    let near = [0, 1, 2, 3, 4];
    let fail = |count: usize| (0..count).map(|group| (group, 0)).collect::<Vec<_>>();
    assert_eq!(
        shares(&groups, &near, &fail(3)),
        [((3, 0), 100)].into(),
        "the third of the others"
    );
    assert_eq!(
        shares(&groups, &near, &fail(4)),
        [((0, 0), 100)].into(),
        "not the fourth: the nearest opens"
    );
}

#[test]
fn some_accelerators_cannot_be() {
    let group = |region: &str, traffic_dial, endpoints| EndpointGroup {
        traffic_dial,
        ..EndpointGroup::new(region, endpoints)
    };
    #[rustfmt::skip]
    let rows = [
        (vec![group("a", 100, 1), group("b", 0, 10)],   None, "as it should be"),
        (vec![group("a", 100, 1), group("a", 100, 1)],  Some("there are two endpoint groups for \"a\"; one for each region would be right"), "one group for each region"),
        (vec![group("a", 101, 1)],                      Some("the traffic dial of \"a\" is at 101 %; 0 to 100 would be right"), "beyond its end"),
        (vec![group("a", 100, 0)],                      Some("the endpoint group of \"a\" has 0 endpoint(s); 1 to 10 would be right"), "nobody"),
        (vec![group("a", 100, 11)],                     Some("the endpoint group of \"a\" has 11 endpoint(s); 1 to 10 would be right"), "too many"),
    ];
    for (groups, expected, because) in rows {
        let error = Accelerator::new(groups)
            .err()
            .map(|error| error.to_string());
        assert_eq!(error.as_deref(), expected, "{because}");
    }
}

proptest! {
    /// Every group whose dial takes it gets its share of evenly drawn points, and its endpoints theirs of it.
    #[test]
    fn shares_are_those_of_dials_and_weights(
        dials in prop::collection::vec(0_u8..=100, 1..5),
        weights in prop::collection::vec(1_u8.., 1..4),
    ) {
        let names: Vec<_> = (0..dials.len()).map(|at| at.to_string()).collect();
        let groups: Vec<_> = names.iter().zip(&dials).map(|(name, dial)| (&**name, *dial, &*weights)).collect();
        let nearness: Vec<_> = (0..dials.len()).collect();
        let accelerator = accelerator(&groups);
        let last = dials.iter().rposition(|dial| *dial > 0);
        let mut left = 1.0;
        let mut expected = BTreeMap::new();
        for (at, dial) in dials.iter().enumerate() {
            let taken = match last == Some(at) {
                true => left,
                false => left * f64::from(*dial) / 100.0,
            };
            if last.is_some() {
                left -= taken;
            }
            let sum: f64 = weights.iter().copied().map(f64::from).sum();
            for (endpoint, weight) in weights.iter().enumerate() {
                expected.insert((at, endpoint), taken * f64::from(*weight) / sum);
            }
        }
        const FLOWS: u64 = 4000;
        let mut counts = BTreeMap::new();
        for flow in 0..FLOWS {
            let point = (u64::MAX / (2 * FLOWS)) * (2 * flow + 1);
            let chosen = accelerator.choose(&nearness, |_| true, point);
            prop_assert_eq!(chosen.is_some(), last.is_some());
            if let Some(id) = chosen {
                *counts.entry((id.group, id.endpoint)).or_insert(0.0) += 1.0;
            }
        }
        if last.is_some() {
            for (id, share) in expected {
                let count = counts.get(&id).copied().unwrap_or(0.0) / FLOWS as f64;
                prop_assert!((count - share).abs() < 0.003, "{:?}: {} is not {}", id, count, share);
            }
        }
    }
}
