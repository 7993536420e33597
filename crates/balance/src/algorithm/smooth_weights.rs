//! Turns in proportion to weights, spread as evenly as can be.

/// Gives turns to places in proportion to their weights.
///
/// The smooth method of nginx (*ngx_http_upstream_module*, `weight`): each turn every place gains its
/// weight, the highest takes the turn and pays the sum. Weights 5, 1, 1 give `a a b a c a a`, not
/// `a a a a a b c`. Equals: the first place. In any row of as many turns as the weights' sum, counted
/// from the beginning, every place has as many turns as its weight.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmoothWeights(Vec<i64>);

impl SmoothWeights {
    /// The next of `places`, given as pairs of place and weight in ascending order of place; `None`
    /// if no place has a weight. Weights may change between turns.
    pub fn next<W: Into<u32>>(
        &mut self,
        places: impl Iterator<Item = (usize, W)>,
    ) -> Option<usize> {
        let (mut best, mut sum) = (None, 0);
        for (place, weight) in places {
            let weight = i64::from(weight.into());
            if weight == 0 {
                continue;
            }
            if self.0.len() <= place {
                self.0.resize(place + 1, 0);
            }
            sum += weight;
            self.0[place] += weight;
            if best.is_none_or(|best: usize| self.0[place] > self.0[best]) {
                best = Some(place);
            }
        }
        let best = best?;
        self.0[best] -= sum;
        Some(best)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn turns(weights: &mut SmoothWeights, given: &[u16], count: usize) -> Vec<Option<usize>> {
        let turn = |_| weights.next(given.iter().copied().enumerate());
        (0..count).map(turn).collect()
    }

    #[test]
    fn turns_are_smooth() {
        #[rustfmt::skip]
        let rows: [(&[u16], usize, &str, &str); 4] = [
            (&[5, 1, 1], 7, "aabacaa", "the example of nginx"),
            (&[1, 2],    6, "babbab",  "one third and two thirds"),
            (&[0, 3],    3, "bbb",     "weight 0 gets nothing"),
            (&[0, 0],    2, "--",      "nobody has a weight"),
        ];
        for (given, count, expected, because) in rows {
            let letter =
                |place: Option<usize>| place.map_or('-', |place| (b'a' + place as u8) as char);
            let seen = turns(&mut SmoothWeights::default(), given, count);
            let seen: String = seen.into_iter().map(letter).collect();
            assert_eq!(seen, expected, "{because}");
        }
    }

    proptest! {
        /// After as many turns as the weights' sum, everybody has had exactly as many as its weight,
        /// and on the way nobody was ever a whole turn ahead of its due.
        #[test]
        fn a_round_is_shared_by_weight(given in prop::collection::vec(0..20_u16, 1..8)) {
            let sum: usize = given.iter().map(|weight| usize::from(*weight)).sum();
            let mut weights = SmoothWeights::default();
            let mut had = vec![0; given.len()];
            for (turn, place) in turns(&mut weights, &given, sum).into_iter().enumerate() {
                let place = place.expect("somebody has a weight, for the sum is not zero");
                had[place] += 1;
                let due = usize::from(given[place]) * (turn + 1);
                prop_assert!(had[place] * sum < due + sum, "{had:?} after {turn}");
            }
            let due: Vec<usize> = given.iter().map(|weight| usize::from(*weight)).collect();
            prop_assert_eq!(had, due);
        }
    }
}
