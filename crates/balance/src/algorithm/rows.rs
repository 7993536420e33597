//! Turns in rows: a server of weight w stands w times in a row.

/// Whose turn it is, in rows: the plain way to give weights to turns, as by nftables with `numgen inc` and a map.
///
/// Weights 2, 1 give `a a b`. Whoever may not be chosen when his turn comes is passed over, and that turn is lost.
#[derive(Debug, Default, Clone, Copy)]
pub struct Rows {
    place: usize,
    /// How many turns the one at that place has had in a row.
    given: u32,
}

impl Rows {
    /// The next of `count` places that has a weight; `None` if nobody has.
    pub fn next(&mut self, count: usize, weight: impl Fn(usize) -> u32) -> Option<usize> {
        if count == 0 {
            return None;
        }
        // Once round, and back to where it began.
        for _ in 0..=count {
            if self.given < weight(self.place) {
                self.given += 1;
                return Some(self.place);
            }
            *self = Self {
                place: (self.place + 1) % count,
                given: 0,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_go_round_in_rows() {
        #[rustfmt::skip]
        let rows: [(Vec<&[u32]>, &str, &str); 6] = [
            (vec![&[1, 1, 1]; 7],                             "abcabca",  "each in turn, the first first"),
            (vec![&[3, 1]; 8],                                "aaabaaab", "a weight is turns in a row"),
            (vec![&[0, 2, 0]; 4],                             "bbbb",     "weight 0 gets nothing"),
            (vec![&[0, 0]; 2],                                "--",       "nobody has a weight"),
            (vec![&[]; 2],                                    "--",       "nobody is there"),
            (vec![&[2, 2], &[0, 2], &[2, 2], &[2, 2], &[2, 2]], "abbaa",  "who may not is passed over, and his turn is lost"),
        ];
        for (weights, expected, because) in rows {
            let mut turn = Rows::default();
            let letter =
                |place: Option<usize>| place.map_or('-', |place| (b'a' + place as u8) as char);
            let seen: String = weights
                .iter()
                .map(|weights| letter(turn.next(weights.len(), |place| weights[place])))
                .collect();
            assert_eq!(seen, expected, "{because}");
        }
    }
}
