//! Draws: one by weight, or the better of two.

use switchlab_core::Stream;

use super::least::least;

/// A place drawn with a chance in proportion to its weight; `None` if nobody has a weight.
///
/// `servers` are pairs of place and weight.
pub fn weighted_random(
    stream: &mut Stream,
    servers: impl Iterator<Item = (usize, u32)> + Clone,
) -> Option<usize> {
    let sum: u64 = servers.clone().map(|(_, weight)| u64::from(weight)).sum();
    let mut rest = stream.below(sum);
    for (place, weight) in servers {
        match rest.checked_sub(u64::from(weight)) {
            Some(less) => rest = less,
            None => return Some(place),
        }
    }
    None
}

/// Of two different places, drawn with equal chances among those with a weight, the one with less to do
/// for its weight; if they are equal, the one drawn first.
///
/// Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001: the longest queue grows as
/// log log n, not as log n. HAProxy's `random`, nginx's `random two`.
/// `servers` are triples of place, load and weight.
pub fn better_of_two(
    stream: &mut Stream,
    servers: impl Iterator<Item = (usize, u64, u32)> + Clone,
) -> Option<usize> {
    let servers = servers.filter(|(.., weight)| *weight > 0);
    let count = servers.clone().count() as u64;
    let first = stream.below(count);
    let second = match count {
        0 | 1 => first,
        _ => (first + 1 + stream.below(count - 1)) % count,
    };
    let drawn = [first, second].into_iter();
    least(drawn.filter_map(|at| servers.clone().nth(at as usize)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chances_follow_weights() {
        let mut stream = Stream::of(7, "draws");
        let mut seen = [0_u32; 4];
        for _ in 0..60_000 {
            let drawn = weighted_random(&mut stream, [(0, 1), (1, 0), (2, 2), (3, 3)].into_iter());
            seen[drawn.unwrap()] += 1;
        }
        for (seen, due) in seen.into_iter().zip([10_000, 0, 20_000, 30_000]) {
            assert!(seen.abs_diff(due) <= 500, "{seen} of {due}");
        }
        assert_eq!(
            weighted_random(&mut stream, [(0, 0)].into_iter()),
            None,
            "nobody has a weight"
        );
    }

    /// The theorem, in small: with as many balls as bins the fullest bin of two choices is emptier.
    #[test]
    fn two_choices_are_better_than_one() {
        let fullest = |choices: u32| {
            let mut stream = Stream::of(7, "bins");
            let mut bins = vec![0_u64; 4096];
            for _ in 0..bins.len() {
                let all = bins.iter().enumerate();
                let bin = match choices {
                    1 => weighted_random(&mut stream, all.map(|(place, _)| (place, 1))),
                    _ => better_of_two(&mut stream, all.map(|(place, load)| (place, *load, 1))),
                };
                bins[bin.unwrap()] += 1;
            }
            bins.into_iter().max().unwrap()
        };
        let (one, two) = (fullest(1), fullest(2));
        assert!(
            two <= 4 && one >= 6,
            "log log n against log n: {two} and {one}"
        );
    }

    proptest! {
        /// The busiest of several is never chosen, unless it is alone.
        #[test]
        fn the_busiest_is_never_chosen(seed: u64, loads in prop::collection::vec(0..9_u64, 2..8), busiest: prop::sample::Index) {
            let busiest = busiest.index(loads.len());
            let servers = loads.iter().enumerate().map(|(place, load)| {
                (place, if place == busiest { 10 } else { *load }, 1)
            });
            let mut stream = Stream::of(seed, "two");
            let chosen = better_of_two(&mut stream, servers).expect("everybody has a weight");
            prop_assert_ne!(chosen, busiest);
        }
    }
}
