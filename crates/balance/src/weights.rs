//! Turns in proportion to weights, spread as evenly as can be.

/// Gives turns to places in proportion to their weights.
///
/// The smooth method of nginx: each turn every place gains its weight, the highest takes the turn and
/// pays the sum. Weights 5, 1, 1 give `a a b a c a a`, not `a a a a a b c`. Equals: the first place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmoothWeights(Vec<i64>);

impl SmoothWeights {
    /// The next of `places`, given as pairs of place and weight in ascending order of place; `None`
    /// if no place has a weight.
    pub fn next(&mut self, places: impl Iterator<Item = (usize, u16)>) -> Option<usize> {
        let (mut best, mut sum) = (None, 0);
        for (place, weight) in places.filter(|(_, weight)| *weight > 0) {
            if self.0.len() <= place {
                self.0.resize(place + 1, 0);
            }
            sum += i64::from(weight);
            self.0[place] += i64::from(weight);
            if best.is_none_or(|best: usize| self.0[place] > self.0[best]) {
                best = Some(place);
            }
        }
        let best = best?;
        self.0[best] -= sum;
        Some(best)
    }

    /// Forgets what the places have gained.
    pub fn reset(&mut self) {
        self.0.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_smooth() {
        let mut weights = SmoothWeights::default();
        let mut turns = |given: &[u16], count| -> String {
            let turn = |_| weights.next(given.iter().copied().enumerate());
            (0..count)
                .map(turn)
                .map(|place| place.map_or('-', |place| (b'a' + place as u8) as char))
                .collect()
        };
        #[rustfmt::skip]
        let rows: [(&[u16], usize, &str, &str); 4] = [
            (&[5, 1, 1], 7, "aabacaa", "the example of nginx"),
            (&[1, 2],    6, "bababb",  "one third and two thirds"),
            (&[0, 3],    3, "bbb",     "weight 0 gets nothing"),
            (&[0, 0],    2, "--",      "nobody has a weight"),
        ];
        for (given, count, expected, because) in rows {
            let seen = turns(given, count);
            let tally = |text: &str| ['a', 'b', 'c'].map(|letter| text.matches(letter).count());
            assert_eq!(tally(&seen), tally(expected), "{because}: {seen}");
            assert!(!seen.contains("aaaa"), "{because}: {seen}");
        }
    }
}
