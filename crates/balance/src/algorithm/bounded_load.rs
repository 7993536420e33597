//! Consistent hashing with bounded loads: nobody has much more than the mean.

/// The first of `walk` that has room; `None` if nobody is met.
///
/// Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016; HAProxy's
/// `hash-balance-factor`, Envoy's `hash_balance_factor`. With the new request there are `total` under way, and a
/// server of weight w among weights that sum to s may have ⌈factor · total · w / s⌉ of them.
/// `walk` gives server after server as a ring of hashes has them, `server` knows the load and weight of each.
/// `total` covers all loads that are met and `weights` nobody else's, so that the bounds have room for one more.
pub fn bounded_load(
    walk: impl Iterator<Item = usize>,
    total: u64,
    weights: u64,
    percent: u16,
    server: impl Fn(usize) -> (u64, u32),
) -> Option<usize> {
    walk.into_iter().find(|place| {
        let (load, weight) = server(*place);
        load < most(total, weights, percent, weight)
    })
}

/// How many requests a server of this weight may have under way.
fn most(total: u64, weights: u64, percent: u16, weight: u32) -> u64 {
    let share = u128::from(total) * u128::from(weight) * u128::from(percent);
    let most = share.div_ceil(100 * u128::from(weights.max(1)));
    u64::try_from(most).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Ring;

    proptest! {
        /// On a ring with whatever weights there is room for everybody, and nobody ever has more than factor
        /// times its share.
        #[test]
        fn nobody_is_beyond_the_bound(
            weights in prop::collection::vec(prop_oneof![0..5_u32, 0..u32::from(u16::MAX)], 1..12),
            percent in 101..300_u16,
            keys in prop::collection::vec(any::<[u8; 4]>(), 1..60),
        ) {
            let names: Vec<_> = (0..weights.len()).map(|place| format!("s{place}")).collect();
            let ring = Ring::new(names.iter().map(String::as_str).zip(weights.iter().copied()));
            let met = weights.iter().enumerate().filter(|(place, _)| ring.meets(*place));
            let sum: u64 = met.map(|(_, weight)| u64::from(*weight)).sum();
            let mut loads = vec![0_u64; weights.len()];
            for (total, key) in (1_u64..).zip(&keys) {
                let place = bounded_load(ring.walk(key), total, sum, percent, |place| (loads[place], weights[place]));
                prop_assert_eq!(place.is_some(), sum > 0, "the bounds together are more than what is under way");
                let Some(place) = place else { continue };
                loads[place] += 1;
                let bound = (total * u64::from(percent) * u64::from(weights[place])).div_ceil(100 * sum);
                prop_assert!(loads[place] <= bound, "{loads:?}");
            }
        }

        /// While there is room at the first, it is the first.
        #[test]
        fn without_load_it_is_the_plain_ring(first in 0..4_usize) {
            let walk = (first..4).chain(0..first);
            prop_assert_eq!(bounded_load(walk, 1, 4, 125, |_| (0, 1)), Some(first));
        }
    }
}
