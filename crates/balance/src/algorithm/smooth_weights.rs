//! Turns in proportion to weights, spread as evenly as can be.

/// Gives turns to places in proportion to their weights.
///
/// The smooth method of nginx (*ngx_http_upstream_module*, `weight`): each turn every place gains its
/// weight, the highest takes the turn and pays the sum. Weights 5, 1, 1 give `a a b a c a a`, not
/// `a a a a a b c`. Equals: the first place. In any row of as many turns as the weights' sum, counted
/// from the beginning, every place has as many turns as its weight.
///
/// When other places take part than at the turn before, credit is counted from the mean of those who do now, and
/// nobody keeps more than one turn of it, or owes more: what was earned beside a heavy place that has left
/// does not come as a herd. IPVS (`wrr`) and a reload of nginx begin anew then; so would whoever comes and goes
/// give all turns to the first place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmoothWeights {
    /// By place: its credit, and whether it took part in the last turn.
    places: Vec<(i64, bool)>,
}

impl SmoothWeights {
    /// The next of `places`, given as pairs of place and weight in ascending order of place; `None`
    /// if no place has a weight. Weights may change between turns.
    pub fn next<W: Into<u32>>(
        &mut self,
        places: impl Iterator<Item = (usize, W)> + Clone,
    ) -> Option<usize> {
        let weighed = places
            .map(|(place, weight)| (place, i64::from(weight.into())))
            .filter(|(_, weight)| *weight > 0);
        let sum = weighed.clone().map(|(_, weight)| weight).sum();
        self.admit(weighed.clone().map(|(place, _)| place), sum);
        let mut best = None;
        for (place, weight) in weighed {
            self.places[place].0 += weight;
            if best.is_none_or(|best: usize| self.places[place].0 > self.places[best].0) {
                best = Some(place);
            }
        }
        let best = best?;
        self.places[best].0 -= sum;
        Some(best)
    }

    /// Levels the credit of those who take part, if they are others than before.
    fn admit(&mut self, taking: impl Iterator<Item = usize> + Clone, sum: i64) {
        let most = taking.clone().last().map_or(0, |last| last + 1);
        if self.places.len() < most {
            self.places.resize(most, (0, false));
        }
        let count = taking.clone().count();
        let before = self.places.iter().filter(|(_, took_part)| *took_part);
        if before.count() == count && taking.clone().all(|place| self.places[place].1) {
            return;
        }
        for (_, takes_part) in &mut self.places {
            *takes_part = false;
        }
        let credit: i64 = taking.clone().map(|place| self.places[place].0).sum();
        let mean = credit / i64::try_from(count.max(1)).unwrap_or(i64::MAX);
        for place in taking {
            let own = self.places[place].0 - mean;
            self.places[place] = (own.clamp(1 - sum, sum - 1), true);
        }
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

    /// Two equal places, after any number of turns beside a heavy one.
    #[test]
    fn a_heavy_place_leaves_no_herd_behind() {
        let mut weights = SmoothWeights::default();
        let given: [u16; 3] = [1000, 1, 1];
        for turn in 0..1002 {
            turns(&mut weights, &given, 1);
            let mut left = weights.clone();
            let seen = turns(&mut left, &[0, 1, 1], 9);
            let in_turn = seen
                .windows(3)
                .all(|row| row[0] != row[1] || row[1] != row[2]);
            assert!(in_turn, "after {turn}: {seen:?}");
        }
    }

    /// A place that is passed over in every second turn, as a target that fails: the others share what is its.
    #[test]
    fn who_comes_and_goes_gives_its_turns_to_all() {
        let mut weights = SmoothWeights::default();
        let mut had = [0; 3];
        for _ in 0..30 {
            let first = turns(&mut weights, &[1000, 1, 1], 1);
            assert_eq!(first, [Some(0)], "the heavy one has the turn");
            for place in turns(&mut weights, &[0, 1, 1], 1).into_iter().flatten() {
                had[place] += 1;
            }
        }
        assert_eq!(had, [0, 15, 15]);
    }

    proptest! {
        /// Whatever was before: of those who take part now nobody is more than four turns ahead of its due, or behind.
        #[test]
        fn what_was_is_soon_forgotten(
            before in prop::collection::vec((prop::collection::vec(0..2000_u16, 6), 0..50_usize), 0..6),
            now in prop::collection::vec(0..9_u16, 6),
        ) {
            let mut weights = SmoothWeights::default();
            for (given, count) in &before {
                turns(&mut weights, given, *count);
            }
            // Somebody takes part who did not before.
            turns(&mut weights, &[0, 0, 0, 0, 0, 0, 1], 1);
            let sum: i64 = now.iter().map(|weight| i64::from(*weight)).sum();
            let mut had = [0; 6];
            for (turn, place) in (1..).zip(turns(&mut weights, &now, 60).into_iter().flatten()) {
                had[place] += 1;
                for (weight, had) in now.iter().zip(had) {
                    let ahead: i64 = had * sum - i64::from(*weight) * turn;
                    prop_assert!(ahead.abs() <= 4 * sum, "{had:?} after {turn}");
                }
            }
        }

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
