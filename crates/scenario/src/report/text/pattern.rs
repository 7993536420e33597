//! Long rows of marks in few: `A B` a hundred times is a pattern, not two hundred letters.

/// A pattern and how often it comes in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeat<'a, T> {
    pub(super) pattern: &'a [T],
    pub(super) times: usize,
}

/// The longest pattern that is looked for.
const LONGEST: usize = 8;

/// How often a pattern must come to be one.
const FEWEST: usize = 3;

/// The row as repeated patterns, or `None` if it would take more than `most` of them.
pub(super) fn fold<T: PartialEq>(row: &[T], most: usize) -> Option<Vec<Repeat<'_, T>>> {
    let mut repeats: Vec<Repeat<'_, T>> = Vec::new();
    let mut rest = row;
    while !rest.is_empty() {
        let (period, times) = longest_repeat(rest);
        let (pattern, after) = (&rest[..period], &rest[period * times..]);
        match repeats.last_mut() {
            // What is no pattern is one piece as long as it goes on.
            Some(last) if times == 1 && last.times == 1 => {
                let begin = row.len() - rest.len() - last.pattern.len();
                last.pattern = &row[begin..row.len() - after.len()];
            }
            _ => repeats.push(Repeat { pattern, times }),
        }
        let is_too_long = repeats
            .last()
            .is_some_and(|last| last.times == 1 && last.pattern.len() > LONGEST);
        if repeats.len() > most || is_too_long {
            return None;
        }
        rest = after;
    }
    Some(repeats)
}

/// The period and the number of repeats that cover most of the row's beginning; of equals the shortest.
fn longest_repeat<T: PartialEq>(row: &[T]) -> (usize, usize) {
    let mut best = (1, 1);
    for period in 1..=LONGEST.min(row.len() / FEWEST) {
        let repeated = row[period..]
            .iter()
            .zip(row)
            .take_while(|(a, b)| a == b)
            .count();
        let times = 1 + repeated / period;
        if times >= FEWEST && times * period > best.0 * best.1 {
            best = (period, times);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(row: &str) -> Option<String> {
        let row: Vec<_> = row.chars().collect();
        let repeats = fold(&row, 4)?;
        let shown = repeats.iter().map(|repeat| {
            let pattern: String = repeat.pattern.iter().collect();
            format!("{}{pattern}", repeat.times)
        });
        Some(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn rows_become_patterns() {
        let long = "AB".repeat(50_000);
        #[rustfmt::skip]
        let rows = [
            ("",                  Some(""),            "nothing"),
            ("AAAAA",             Some("5A"),          "the shortest pattern, not AA"),
            ("ABABABA",           Some("3AB 1A"),      "and what is left of it"),
            ("ABABAAAA",          Some("1ABAB 4A"),    "twice is no pattern"),
            ("AABAABAABBBB",      Some("3AAB 3B"),     "patterns may hold repeats"),
            ("AxAxAxAAAA",        Some("3Ax 4A"),      "one after the other"),
            ("ABCADBEFACB",       None,                "no order at all"),
            ("AAABBBAAABBBCCCDDD", Some("3A 3B 3A 3B"), "as many as are wanted"),
        ];
        for (row, expected, because) in &rows[..7] {
            assert_eq!(folded(row).as_deref(), *expected, "{because}");
        }
        assert_eq!(folded(rows[7].0), None, "more than are wanted");
        assert_eq!(folded(&long).as_deref(), Some("50000AB"), "long rows too");
    }
}
