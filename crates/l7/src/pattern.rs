//! Patterns with `*` and `?`, as rules use them.

/// A pattern for a whole text: `*` stands for any run of characters, `?` for exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wildcard {
    tokens: Box<[Token]>,
    ignore_case: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// This octet; a small letter if case is ignored.
    Octet(u8),
    /// `?`
    One,
    /// `*`
    Many,
}

impl Wildcard {
    /// Reads a pattern.
    pub(crate) fn new(text: &str, ignore_case: bool) -> Self {
        let tokens = text.bytes().map(Token::read).collect();
        Self {
            tokens,
            ignore_case,
        }
        .folded()
    }

    /// Reads a pattern in which `\*` and `\?` are the characters themselves, as a query condition has it.
    pub(crate) fn with_escapes(text: &str, ignore_case: bool) -> Self {
        let mut octets = text.bytes().peekable();
        let mut tokens = Vec::new();
        while let Some(octet) = octets.next() {
            let escaped = match octet {
                b'\\' => octets.next_if(|next| matches!(next, b'*' | b'?')),
                _ => None,
            };
            tokens.push(escaped.map_or_else(|| Token::read(octet), Token::Octet));
        }
        Self {
            tokens: tokens.into(),
            ignore_case,
        }
        .folded()
    }

    fn folded(mut self) -> Self {
        for token in &mut self.tokens {
            if let Token::Octet(octet) = token
                && self.ignore_case
            {
                octet.make_ascii_lowercase();
            }
        }
        self
    }

    /// How many `*` and `?` there are.
    pub(crate) fn wildcards(&self) -> usize {
        let is_wild = |token: &&Token| !matches!(token, Token::Octet(_));
        self.tokens.iter().filter(is_wild).count()
    }

    /// The octets with which every text that matches begins; and whether whatever follows matches too.
    pub(crate) fn prefix(&self) -> (Vec<u8>, bool) {
        let octets = literal(self.tokens.iter());
        let is_all = matches!(self.tokens[octets.len()..], [Token::Many]);
        (octets, is_all)
    }

    /// The octets with which every text that matches ends, the last one first; and whether whatever
    /// comes before them matches too.
    pub(crate) fn reversed_suffix(&self) -> (Vec<u8>, bool) {
        let octets = literal(self.tokens.iter().rev());
        let before = self.tokens.len() - octets.len();
        let is_all = matches!(self.tokens[..before], [Token::Many]);
        (octets, is_all)
    }

    /// Whether the whole text matches.
    ///
    /// Takes time proportional to the product of both lengths at worst, and no memory.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let same = |a: u8, b: u8| a == b || self.ignore_case && a == b.to_ascii_lowercase();
        let (mut at, mut seen) = (0, 0);
        // Where the last star was, and how much of the text it is tried with.
        let mut star: Option<(usize, usize)> = None;
        loop {
            let fits = match self.tokens.get(at) {
                Some(Token::Many) => {
                    star = Some((at, seen));
                    at += 1;
                    continue;
                }
                Some(Token::One) => seen < text.len(),
                Some(Token::Octet(octet)) => seen < text.len() && same(*octet, text[seen]),
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

impl Token {
    const fn read(octet: u8) -> Self {
        match octet {
            b'*' => Self::Many,
            b'?' => Self::One,
            octet => Self::Octet(octet),
        }
    }
}

/// The octets before the first wildcard.
fn literal<'a>(tokens: impl Iterator<Item = &'a Token>) -> Vec<u8> {
    let octet = |token: &Token| match token {
        Token::Octet(octet) => Some(*octet),
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
