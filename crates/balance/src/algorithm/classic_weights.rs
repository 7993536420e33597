//! The classic weighted rotation: round after round for those of the greatest weight first, then for more and more.

/// Whose turn it is in the weighted rotation of IPVS (`wrr`).
///
/// A bar goes down from the greatest weight in steps of the greatest common divisor of all, and begins again below
/// one step; each time all servers are gone through in order, and whoever reaches the bar has a turn. Weights 4, 3, 2
/// give `A A B A B C A B C`: heavy servers get bursts, unlike with [`SmoothWeights`](crate::SmoothWeights).
#[derive(Debug, Default, Clone, Copy)]
pub struct ClassicWeights {
    /// The place behind the one that was served last.
    place: usize,
    bar: u32,
}

impl ClassicWeights {
    /// The next of `count` places that has a weight; `None` if nobody has.
    pub fn next(&mut self, count: usize, weight: impl Fn(usize) -> u32) -> Option<usize> {
        let greatest = (0..count).map(&weight).max().unwrap_or(0);
        if greatest == 0 {
            return None;
        }
        let step = (0..count).map(&weight).fold(0, common_divisor);
        if self.bar == 0 || self.bar > greatest {
            *self = Self {
                place: 0,
                bar: greatest,
            };
        }
        loop {
            if self.place >= count {
                self.place = 0;
                self.bar = self.bar.saturating_sub(step);
                if self.bar == 0 {
                    self.bar = greatest;
                }
            }
            let place = self.place;
            self.place += 1;
            // The bar is never above the greatest weight, so somebody reaches it.
            if weight(place) >= self.bar {
                return Some(place);
            }
        }
    }
}

/// Euclid's.
pub(crate) const fn common_divisor(one: u32, other: u32) -> u32 {
    let (mut one, mut other) = (one, other);
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn turns(weights: &[u32], count: usize) -> String {
        let mut rotation = ClassicWeights::default();
        let mut next = || rotation.next(weights.len(), |place| weights[place]);
        let letter = |place: Option<usize>| place.map_or('-', |place| (b'A' + place as u8) as char);
        (0..count).map(|_| letter(next())).collect()
    }

    #[test]
    fn the_bar_goes_down() {
        #[rustfmt::skip]
        let rows: [(&[u32], &str, &str); 5] = [
            (&[4, 3, 2],       "AABABCABCAABABCABC", "the example of the Linux Virtual Server project"),
            (&[1, 1, 1],       "ABCABC",             "equal weights are plain turns"),
            (&[200, 100],      "AABAAB",             "steps are of the greatest common divisor"),
            (&[0, 2, 1],       "BBCBBC",             "weight 0 gets nothing"),
            (&[0, 0],          "--",                 "nobody has a weight"),
        ];
        for (weights, expected, because) in rows {
            assert_eq!(turns(weights, expected.len()), expected, "{because}");
        }
    }

    proptest! {
        /// In one cycle everybody has turns as his weight says, and changes of weights never stop it.
        #[test]
        fn a_cycle_is_fair(weights in prop::collection::vec(0..7_u32, 1..6), others in prop::collection::vec(0..7_u32, 6)) {
            let sum: u32 = weights.iter().sum();
            let divisor = weights.iter().copied().fold(0, common_divisor).max(1);
            let cycle = turns(&weights, (sum / divisor) as usize);
            for (place, weight) in weights.iter().enumerate() {
                let had = cycle.chars().filter(|it| *it == (b'A' + place as u8) as char).count();
                prop_assert_eq!(had as u32, weight / divisor);
            }
            let mut rotation = ClassicWeights::default();
            for of in [&weights[..], &others[..weights.len()], &weights[..]] {
                let next = rotation.next(of.len(), |place| of[place]);
                prop_assert_eq!(next.is_some(), of.iter().any(|it| *it > 0));
                prop_assert!(next.is_none_or(|place| of[place] > 0));
            }
        }
    }
}
