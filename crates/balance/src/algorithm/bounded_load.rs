//! Consistent hashing with bounded loads: nobody has much more than the mean.

/// The first of `walk` that has room; `None` if nobody has a weight.
///
/// Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016; HAProxy's
/// `hash-balance-factor`, Envoy's `hash_balance_factor`. With the new request there are `total` under way, and a
/// server of weight w among weights that sum to s may have ⌈factor · total · w / s⌉ of them.
/// `walk` gives server after server as a ring of hashes has them; `load` and `weight` know them.
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

    proptest! {
        /// Whatever the order in which servers are met, there is room for everybody, and nobody ever has
        /// more than factor times its share.
        #[test]
        fn nobody_is_beyond_the_bound(
            weights in prop::collection::vec(1..5_u32, 1..8),
            percent in 101..300_u16,
            seeds in prop::collection::vec(any::<usize>(), 1..60),
        ) {
            let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
            let mut loads = vec![0_u64; weights.len()];
            for (before, seed) in seeds.iter().enumerate() {
                let total = before as u64 + 1;
                let first = seed % weights.len();
                let walk = (first..weights.len()).chain(0..first);
                let place = bounded_load(walk, total, sum, percent, |place| (loads[place], weights[place]));
                let place = place.expect("the bounds together are more than what is under way");
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
