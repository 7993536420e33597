//! Patterns with `*` and `?`, as rules use them.

/// Whether the whole text matches: `*` stands for any run of characters, `?` for exactly one, a
/// backslash takes the meaning from the character behind it.
///
/// Takes time proportional to the product of both lengths at worst, and no memory.
pub(crate) fn matches(pattern: &[u8], text: &[u8], ignore_case: bool) -> bool {
    let same = |a: u8, b: u8| a == b || ignore_case && a.eq_ignore_ascii_case(&b);
    let (mut at, mut seen) = (0, 0);
    // Where the last star was, and how much of the text it is tried with.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
                continue;
            }
            Some(b'?') if seen < text.len() => Some(1),
            Some(b'\\') if at + 1 < pattern.len() => {
                (seen < text.len() && same(pattern[at + 1], text[seen])).then_some(2)
            }
            Some(literal) => (seen < text.len() && same(*literal, text[seen])).then_some(1),
            None if seen == text.len() => return true,
            None => None,
        };
        match (step, star) {
            (Some(step), _) => {
                at += step;
                seen += 1;
            }
            (None, Some((place, tried))) if tried < text.len() => {
                star = Some((place, tried + 1));
                (at, seen) = (place + 1, tried + 1);
            }
            (None, _) => return false,
        }
    }
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
            ("*.example.com", "example.com",      true,  false, "the dot is part of the pattern"),
            ("/A",            "/a",               false, false, "paths know case"),
            ("/?",            "/",                false, false, "one character, not none"),
            ("a*b*c",         "aXbYbZc",          false, true,  "stars try again"),
            ("a*b*c",         "aXbYbZ",           false, false, "and give up"),
            (r"\*",           "*",                false, true,  "a backslash makes it a character"),
            (r"\*",           "x",                false, false, "and nothing else"),
            ("*",             "",                 false, true,  "anything, even nothing"),
            ("",              "x",                false, false, "nothing is not everything"),
        ];
        for (pattern, text, ignore_case, expected, because) in rows {
            let seen = matches(pattern.as_bytes(), text.as_bytes(), ignore_case);
            assert_eq!(seen, expected, "{pattern:?} on {text:?}: {because}");
        }
    }
}
