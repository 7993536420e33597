//! Patterns as languages, be they written with wildcards or as plain regular expressions: whether all that one
//! matches is matched by others.

use std::collections::BTreeSet;

use switchlab_l7::{Wildcard, WildcardToken as Token};

/// More states than these are not looked at: then nothing is claimed.
const PATIENCE: usize = 4_000;

/// What texts consist of: visible ASCII (ELB *User Guide*, "Rule condition types").
const VISIBLE: std::ops::RangeInclusive<u8> = b' '..=b'~';

/// A pattern, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Token>);

impl Pattern {
    /// A pattern in which `*` and `?` are wildcards; a backslash is none but itself.
    pub(crate) fn new(text: &str, ignore_case: bool) -> Self {
        Self::from_tokens(Wildcard::new(text, ignore_case).tokens().to_vec())
    }

    /// A pattern in which a backslash takes the meaning from `*` and `?`, and else is itself.
    pub(crate) fn with_escapes(text: &str, ignore_case: bool) -> Self {
        Self::from_tokens(Wildcard::with_escapes(text, ignore_case).tokens().to_vec())
    }

    /// What a regular expression matches, if it is made of characters, `.`, `.*`, `.+`, `^` in front and `$` at
    /// the end.
    pub(crate) fn of_regex(regex: &str, ignore_case: bool) -> Option<Self> {
        let (from_start, rest) = match regex.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, regex),
        };
        let octet = |character: char| {
            let octet = character as u8;
            Token::Octet(match ignore_case {
                true => octet.to_ascii_lowercase(),
                false => octet,
            })
        };
        let mut tokens = Vec::new();
        tokens.extend((!from_start).then_some(Token::Many));
        let mut characters = rest.chars().peekable();
        let mut to_end = false;
        while let Some(character) = characters.next() {
            let is_alone = !matches!(characters.peek(), Some('*' | '+' | '?' | '{'));
            match character {
                '$' if characters.peek().is_none() => to_end = true,
                '.' => match characters.next_if(|next| matches!(next, '*' | '+')) {
                    // Behind a repetition stands what makes it a lazy one, or nothing that there is.
                    Some(_) if matches!(characters.peek(), Some('*' | '+' | '?' | '{')) => {
                        return None;
                    }
                    Some('*') => tokens.push(Token::Many),
                    Some(_) => tokens.extend([Token::One, Token::Many]),
                    None if is_alone => tokens.push(Token::One),
                    None => return None,
                },
                '\\' => match characters.next() {
                    Some(mark)
                        if mark.is_ascii_punctuation()
                            && !matches!(mark, '<' | '>')
                            && !matches!(characters.peek(), Some('*' | '+' | '?' | '{')) =>
                    {
                        tokens.push(octet(mark));
                    }
                    _ => return None,
                },
                '^' | '$' | '|' | '(' | ')' | '[' | ']' | '{' | '}' | '*' | '+' | '?' => {
                    return None;
                }
                character if is_alone && matches!(character, ' '..='~') => {
                    tokens.push(octet(character));
                }
                _ => return None,
            }
        }
        tokens.extend((!to_end).then_some(Token::Many));
        Some(Self::from_tokens(tokens))
    }

    fn from_tokens(mut tokens: Vec<Token>) -> Self {
        tokens.dedup_by(|a, b| *a == Token::Many && *b == Token::Many);
        Self(tokens)
    }

    /// Whether it matches whatever stands there.
    pub(crate) fn is_everything(&self) -> bool {
        self.0 == [Token::Many]
    }

    /// Whether it matches texts that begin with one of these characters.
    pub(crate) fn can_begin_with(&self, octets: &[u8]) -> bool {
        match self.0.first() {
            Some(Token::Octet(octet)) => octets.contains(octet),
            Some(Token::One | Token::Many) => true,
            None => false,
        }
    }

    /// Whether it matches nothing without this character.
    pub(crate) fn needs(&self, octet: u8) -> bool {
        self.0.contains(&Token::Octet(octet))
    }

    /// A text that it matches: `a` for what can be anything.
    pub(crate) fn example(&self) -> String {
        let character = |token: &Token| match token {
            Token::Octet(octet) => char::from(*octet),
            Token::One | Token::Many => 'a',
        };
        self.0.iter().map(character).collect()
    }

    /// The only text that it matches, if there is no other.
    pub(crate) fn text(&self) -> Option<String> {
        let literal = |token: &Token| match token {
            Token::Octet(octet) => Some(*octet),
            Token::One | Token::Many => None,
        };
        let octets: Option<Vec<u8>> = self.0.iter().map(literal).collect();
        String::from_utf8(octets?).ok()
    }

    /// Whether everything that it matches is matched by one of the others.
    pub(crate) fn is_within(&self, others: &[Self]) -> bool {
        let (letters, rest) = alphabet(self, others);
        let start: BTreeSet<Place> = (0..others.len()).map(|pattern| (pattern, 0)).collect();
        let mut open = vec![(0, closed(start, others))];
        let mut seen: BTreeSet<(usize, BTreeSet<Place>)> = open.iter().cloned().collect();
        while let Some((at, places)) = open.pop() {
            let is_over = at == self.0.len();
            let is_matched = |(pattern, at): &Place| *at == others[*pattern].0.len();
            if is_over && !places.iter().any(is_matched) {
                return false;
            }
            if seen.len() > PATIENCE {
                return false;
            }
            let mut go = |at: usize, places: BTreeSet<Place>| {
                let state = (at, places);
                if seen.insert(state.clone()) {
                    open.push(state);
                }
            };
            match self.0.get(at) {
                None => {}
                Some(Token::Octet(octet)) => go(at + 1, after(*octet, &places, others)),
                // What goes last is looked at first: nobody expects the character that nobody names.
                Some(Token::One) => {
                    for octet in letters.iter().copied().chain(rest) {
                        go(at + 1, after(octet, &places, others));
                    }
                }
                Some(Token::Many) => {
                    for octet in &letters {
                        go(at, after(*octet, &places, others));
                    }
                    let rest = rest.map(|octet| after(octet, &places, others));
                    go(at + 1, places);
                    rest.into_iter().for_each(|places| go(at, places));
                }
            }
        }
        true
    }
}

/// A place in one of several patterns.
type Place = (usize, usize);

/// The characters that make a difference, and one that stands for all others.
fn alphabet(pattern: &Pattern, others: &[Pattern]) -> (BTreeSet<u8>, Option<u8>) {
    let tokens = others.iter().chain([pattern]).flat_map(|it| &it.0);
    let letters: BTreeSet<u8> = tokens
        .filter_map(|token| match token {
            Token::Octet(octet) => Some(*octet),
            Token::One | Token::Many => None,
        })
        .collect();
    let rest = VISIBLE.into_iter().find(|octet| !letters.contains(octet));
    (letters, rest)
}

/// The places, and those that a run of no characters leads to.
fn closed(places: BTreeSet<Place>, patterns: &[Pattern]) -> BTreeSet<Place> {
    let mut closed = BTreeSet::new();
    for (pattern, mut at) in places {
        while closed.insert((pattern, at)) && patterns[pattern].0.get(at) == Some(&Token::Many) {
            at += 1;
        }
    }
    closed
}

/// Where one is after this character.
fn after(octet: u8, places: &BTreeSet<Place>, patterns: &[Pattern]) -> BTreeSet<Place> {
    let next = places
        .iter()
        .filter_map(|(pattern, at)| match patterns[*pattern].0.get(*at)? {
            Token::Octet(wanted) => (*wanted == octet).then_some((*pattern, at + 1)),
            Token::One => Some((*pattern, at + 1)),
            Token::Many => Some((*pattern, *at)),
        });
    closed(next.collect(), patterns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_expressions_are_patterns() {
        #[rustfmt::skip]
        let rows = [
            ("^/r/s$",      Some("/r/s"),    "a text"),
            ("^/r/",        Some("/r/*"),    "a beginning"),
            ("s$",          Some("*s"),      "an end"),
            ("s",           Some("*s*"),     "somewhere"),
            ("",            Some("*"),       "anything"),
            ("^",           Some("*"),       "anything from the beginning"),
            ("^$",          Some(""),        "nothing"),
            ("^/a.b$",      Some("/a?b"),    "any character"),
            ("^/a.*b.+$",   Some("/a*b?*"),  "any run"),
            (r"^/a\.b\/c$", Some("/a.b/c"), "characters that would be signs"),
            ("^/a.?$",      None,            "a character that may be missing"),
            ("^/a.*?b",     None,            "a lazy run"),
            ("^/a.{2}",     None,            "a counted one"),
            ("^/ab*",       None,            "a repeated letter"),
            (r"^/a\.*",     None,            "a repeated sign"),
            ("^/a|/b",      None,            "one or the other"),
            ("^/[ab]",      None,            "a class"),
            (r"^/\d",       None,            "a class with a name"),
            ("(?i)^/a",     None,            "flags"),
            ("^/a^b",       None,            "a beginning in the middle"),
            (r"^/a\",       None,            "a backslash before nothing"),
        ];
        for (regex, expected, because) in rows {
            let expected = expected.map(|text| Pattern::new(text, false));
            assert_eq!(
                Pattern::of_regex(regex, false),
                expected,
                "{regex}: {because}"
            );
        }
        assert_eq!(
            Pattern::of_regex("^A$", true),
            Some(Pattern::new("a", true))
        );
    }

    #[test]
    fn a_pattern_is_within_others_or_not() {
        #[rustfmt::skip]
        let rows: [(&str, &[&str], bool, &str); 22] = [
            ("/a",       &["/a"],              true,  "itself"),
            ("/a",       &["/b"],              false, "another"),
            ("/a",       &["/A"],              false, "case counts"),
            ("/api/x",   &["/api/*"],          true,  "a text of a pattern"),
            ("/api",     &["/api/*"],          false, "nothing behind"),
            ("/api/",    &["/api/*"],          true,  "an empty run"),
            ("/api/*",   &["/*"],              true,  "a longer beginning"),
            ("/*",       &["/api/*"],          false, "a shorter one"),
            ("/*",       &["*"],               true,  "everything"),
            ("*",        &["/*"],              false, "not everything has a slash"),
            ("/a?",      &["/a*"],             true,  "one is some"),
            ("/a*",      &["/a?"],             false, "some are not one"),
            ("/a?",      &["/ab"],             false, "any one is not this one"),
            ("/a**b",    &["/a*b"],            true,  "two runs are one"),
            ("/a*b*c",   &["/a*c"],            true,  "something between"),
            ("/a*c",     &["/a*b*c"],          false, "nothing between"),
            ("*a*",      &["*a", "*a?*"],      true,  "two together: at the end, or not"),
            ("*a*",      &["*a", "a*"],        false, "or in the middle"),
            ("/?",       &["/a", "/b"],        false, "other letters"),
            ("*.jpg",    &["*.*"],             true,  "a dot somewhere"),
            ("",         &["*"],               true,  "nothing at all"),
            ("?*",       &["*?"],              true,  "one and some, or some and one"),
        ];
        for (pattern, others, expected, because) in rows {
            let others: Vec<_> = others
                .iter()
                .map(|text| Pattern::new(text, false))
                .collect();
            let is_within = Pattern::new(pattern, false).is_within(&others);
            assert_eq!(is_within, expected, "{pattern} in {others:?}: {because}");
        }
    }
}
