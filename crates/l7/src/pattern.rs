//! Patterns with `*` and `?`, as rules use them.

/// A pattern for a whole text: `*` stands for any run of characters, `?` for exactly one.
///
/// Any text is a pattern. Rules read theirs so (ELB *User Guide*, "Rule condition types"): those of paths heed
/// case, all others ignore it.
///
/// ```
/// use switchlab_l7::{Wildcard, WildcardToken::{Many, Octet, One}};
///
/// let pattern = Wildcard::new("A?*", true);
/// assert_eq!(pattern.tokens(), [Octet(b'a'), One, Many]);
/// assert!(pattern.matches(b"ab") && !pattern.matches(b"a"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard {
    tokens: Box<[WildcardToken]>,
    ignore_case: bool,
}

/// A part of a [`Wildcard`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WildcardToken {
    /// This octet; a small letter if case is ignored.
    Octet(u8),
    /// `?`: any one octet.
    One,
    /// `*`: any run of octets, be it empty.
    Many,
}

impl Wildcard {
    /// Reads a pattern; a backslash is a character like others.
    #[must_use]
    pub fn new(text: &str, ignore_case: bool) -> Self {
        let tokens = text.bytes().map(WildcardToken::read).collect();
        Self {
            tokens,
            ignore_case,
        }
        .folded()
    }

    /// Reads a pattern in which `\*` and `\?` are the characters themselves, as a query condition has it.
    #[must_use]
    pub fn with_escapes(text: &str, ignore_case: bool) -> Self {
        let mut octets = text.bytes().peekable();
        let mut tokens = Vec::new();
        while let Some(octet) = octets.next() {
            let escaped = match octet {
                b'\\' => octets.next_if(|next| matches!(next, b'*' | b'?')),
                _ => None,
            };
            tokens.push(escaped.map_or_else(|| WildcardToken::read(octet), WildcardToken::Octet));
        }
        Self {
            tokens: tokens.into(),
            ignore_case,
        }
        .folded()
    }

    fn folded(mut self) -> Self {
        for token in &mut self.tokens {
            if let WildcardToken::Octet(octet) = token
                && self.ignore_case
            {
                octet.make_ascii_lowercase();
            }
        }
        self
    }

    /// What it consists of, in the order of the text.
    #[must_use]
    pub fn tokens(&self) -> &[WildcardToken] {
        &self.tokens
    }

    /// How many `*` and `?` there are.
    pub(crate) fn wildcards(&self) -> usize {
        let is_wild = |token: &&WildcardToken| !matches!(token, WildcardToken::Octet(_));
        self.tokens.iter().filter(is_wild).count()
    }

    /// The octets with which every text that matches begins; and whether whatever follows matches too.
    pub(crate) fn prefix(&self) -> (Vec<u8>, bool) {
        let octets = literal(self.tokens.iter());
        let is_all = matches!(self.tokens[octets.len()..], [WildcardToken::Many]);
        (octets, is_all)
    }

    /// The octets with which every text that matches ends, the last one first; and whether whatever
    /// comes before them matches too.
    pub(crate) fn reversed_suffix(&self) -> (Vec<u8>, bool) {
        let octets = literal(self.tokens.iter().rev());
        let before = self.tokens.len() - octets.len();
        let is_all = matches!(self.tokens[..before], [WildcardToken::Many]);
        (octets, is_all)
    }

    /// Whether the whole text matches.
    ///
    /// Takes time proportional to the product of both lengths at worst, and no memory.
    #[must_use]
    pub fn matches(&self, text: &[u8]) -> bool {
        let same = |a: u8, b: u8| a == b || self.ignore_case && a == b.to_ascii_lowercase();
        let (mut at, mut seen) = (0, 0);
        // Where the last star was, and how much of the text it is tried with.
        let mut star: Option<(usize, usize)> = None;
        loop {
            let fits = match self.tokens.get(at) {
                Some(WildcardToken::Many) => {
                    star = Some((at, seen));
                    at += 1;
                    continue;
                }
                Some(WildcardToken::One) => seen < text.len(),
                Some(WildcardToken::Octet(octet)) => seen < text.len() && same(*octet, text[seen]),
                None if seen == text.len() => return true,
                None => false,
            };
            match star {
                _ if fits => {
                    at += 1;
                    seen += 1;
                }
                Some((place, tried)) if tried < text.len() => {
                    star = Some((place, tried + 1));
                    (at, seen) = (place + 1, tried + 1);
                }
                _ => return false,
            }
        }
    }
}

impl WildcardToken {
    const fn read(octet: u8) -> Self {
        match octet {
            b'*' => Self::Many,
            b'?' => Self::One,
            octet => Self::Octet(octet),
        }
    }
}

/// The octets before the first wildcard.
fn literal<'a>(tokens: impl Iterator<Item = &'a WildcardToken>) -> Vec<u8> {
    let octet = |token: &WildcardToken| match token {
        WildcardToken::Octet(octet) => Some(*octet),
        _ => None,
    };
    tokens.map_while(octet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match() {
        #[rustfmt::skip]
        let rows = [
            ("/img/*",        "/img/a/b.png",     false, true,  "a star takes slashes and dots"),
            ("/img/*",        "/img",             false, false, "the slash is part of the pattern"),
            ("/img/*",        "/img/",            false, true,  "a star may stand for nothing"),
            ("*.example.com", "test.EXAMPLE.com", true,  true,  "hosts know no case"),
            ("*.EXAMPLE.com", "test.example.com", true,  true,  "nor do patterns for them"),
            ("*.example.com", "example.com",      true,  false, "the dot is part of the pattern"),
            ("/A",            "/a",               false, false, "paths know case"),
            ("/?",            "/",                false, false, "one character, not none"),
            ("a*b*c",         "aXbYbZc",          false, true,  "stars try again"),
            ("a*b*c",         "aXbYbZ",           false, false, "and give up"),
            (r"\*",           r"\x",              false, true,  "a backslash is a character"),
            ("*",             "",                 false, true,  "anything, even nothing"),
            ("",              "x",                false, false, "nothing is not everything"),
        ];
        for (pattern, text, ignore_case, expected, because) in rows {
            let seen = Wildcard::new(pattern, ignore_case).matches(text.as_bytes());
            assert_eq!(seen, expected, "{pattern:?} on {text:?}: {because}");
        }
    }

    #[test]
    fn a_backslash_takes_the_meaning_from_a_wildcard() {
        #[rustfmt::skip]
        let rows = [
            (r"\*",  "*",    true,  0, "the star itself"),
            (r"\*",  "x",    false, 0, "and nothing else"),
            (r"\?*", "?yes", true,  1, "only the next character is meant"),
            (r"\a",  r"\a",  true,  0, "before anything else it is a character"),
            (r"a\",  r"a\",  true,  0, "as at the end"),
        ];
        for (pattern, text, expected, wildcards, because) in rows {
            let pattern = Wildcard::with_escapes(pattern, true);
            assert_eq!(pattern.matches(text.as_bytes()), expected, "{because}");
            assert_eq!(pattern.wildcards(), wildcards, "{because}");
        }
    }

    #[test]
    fn the_ends_that_every_match_has_are_known() {
        #[rustfmt::skip]
        let rows = [
            ("/img/*",  "/img/", true,  "",      false, "the star takes the rest"),
            ("/img",    "/img",  false, "gmi/",  false, "no star at all"),
            ("*.jpg",   "",      false, "gpj.",  true,  "and here what comes before"),
            ("/a*b?",   "/a",    false, "",      false, "more must hold behind it"),
            ("*",       "",      true,  "",      true,  "everything"),
        ];
        for (pattern, prefix, prefix_is_all, suffix, suffix_is_all, because) in rows {
            let pattern = Wildcard::new(pattern, false);
            let expected = (prefix.as_bytes().to_vec(), prefix_is_all);
            assert_eq!(pattern.prefix(), expected, "{because}");
            let expected = (suffix.as_bytes().to_vec(), suffix_is_all);
            assert_eq!(pattern.reversed_suffix(), expected, "{because}");
        }
    }
}
