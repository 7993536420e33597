//! Whoever has the least to do, for its weight.

use std::cmp::Ordering;

/// The first of `servers` with the least load for its weight; `None` if nobody has a weight.
///
/// IPVS's `wlc` counts connections over weight, ELB's `least_outstanding_requests` requests with all weights
/// equal; among equals the first, so whoever asks gives them in turn. `servers` are triples of place, load and weight.
pub fn least(servers: impl Iterator<Item = (usize, u64, u32)>) -> Option<usize> {
    let with_weight = servers.filter(|(.., weight)| *weight > 0);
    with_weight.min_by(less_to_do).map(|(place, ..)| place)
}

/// Compares load/weight without dividing.
fn less_to_do(one: &(usize, u64, u32), other: &(usize, u64, u32)) -> Ordering {
    let cross = |load: u64, weight: u32| u128::from(load) * u128::from(weight);
    cross(one.1, other.2).cmp(&cross(other.1, one.2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Servers = &'static [(usize, u64, u32)];

    #[test]
    fn load_counts_for_its_weight() {
        #[rustfmt::skip]
        let rows: [(Servers, Option<usize>, &str); 5] = [
            (&[(0, 2, 1), (1, 1, 1)],            Some(1), "fewer"),
            (&[(1, 3, 1), (0, 3, 1)],            Some(1), "equals: the first given"),
            (&[(0, 3, 2), (1, 2, 1)],            Some(0), "one and a half is less than two"),
            (&[(0, 0, 0), (1, 9, 1)],            Some(1), "weight 0 gets nothing"),
            (&[(0, 0, 0)],                       None,    "nobody has a weight"),
        ];
        for (servers, expected, because) in rows {
            assert_eq!(least(servers.iter().copied()), expected, "{because}");
        }
    }

    proptest! {
        /// Nobody has less to do than the one chosen.
        #[test]
        fn nobody_has_less(servers in prop::collection::vec((any::<u64>(), 1..=u32::MAX), 1..9)) {
            let triples = servers.iter().enumerate().map(|(place, (load, weight))| (place, *load, *weight));
            let chosen = least(triples).unwrap();
            let (load, weight) = servers[chosen];
            for (other, its) in &servers {
                prop_assert!(u128::from(load) * u128::from(*its) <= u128::from(*other) * u128::from(weight));
            }
        }
    }
}
