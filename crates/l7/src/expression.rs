//! Regular expressions as ELB takes them: no look-around, nothing that refers back, ASCII only.

use regex::bytes::{Regex, RegexBuilder};

/// How much memory a compiled expression may take.
const LARGEST: usize = 1 << 20;

/// Compiles an expression; it matches anywhere in a text unless it is anchored.
///
/// # Errors
/// What is not right with it, as a part of a sentence.
pub(crate) fn compile(text: &str, ignore_case: bool) -> Result<Regex, String> {
    if let Some(what) = left_out(text.as_bytes()) {
        return Err(format!("has {what}, which ELB does not take"));
    }
    let mut builder = RegexBuilder::new(text);
    builder
        .unicode(false)
        .case_insensitive(ignore_case)
        .size_limit(LARGEST);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "would take too much memory".to_owned(),
        // The last line says what, those before show where.
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            let what = last.strip_prefix("error: ").unwrap_or(last);
            format!("cannot be read: {what}")
        }
    })
}

/// The first thing in an expression that ELB leaves out.
fn left_out(text: &[u8]) -> Option<&'static str> {
    let mut at = 0;
    // Whether the last thing was a quantifier, behind which `+` would make it possessive.
    let mut behind_quantifier = false;
    let mut in_class = false;
    while let Some(octet) = text.get(at) {
        let mut is_quantifier = false;
        let mut length = 1;
        match octet {
            b'\\' => {
                length = 2;
                match text.get(at + 1) {
                    Some(b'p' | b'P' | b'X') => return Some("a Unicode class"),
                    Some(b'1'..=b'9' | b'k') if !in_class => return Some("a back-reference"),
                    Some(b'g') if !in_class => return Some("a back-reference or a subroutine"),
                    _ => {}
                }
            }
            _ if in_class => in_class = *octet != b']' || is_first_in_class(text, at),
            b'[' => in_class = true,
            b'(' => {
                if let Some(what) = left_out_group(&text[at + 1..]) {
                    return Some(what);
                }
            }
            b'+' if behind_quantifier => return Some("a possessive quantifier"),
            b'*' | b'+' | b'?' => is_quantifier = !behind_quantifier || *octet != b'?',
            b'}' => is_quantifier = closes_count(&text[..at]),
            _ => {}
        }
        behind_quantifier = is_quantifier;
        at += length;
    }
    None
}

/// The kind of group that begins with this, if ELB leaves it out.
fn left_out_group(text: &[u8]) -> Option<&'static str> {
    match text.strip_prefix(b"?")? {
        [b'=' | b'!', ..] | [b'<', b'=' | b'!', ..] => Some("look-around"),
        [b'>', ..] => Some("an atomic group"),
        [b'R', ..] => Some("recursion"),
        [b'&' | b'0'..=b'9', ..] | [b'P', b'>', ..] | [b'+' | b'-', b'0'..=b'9', ..] => {
            Some("a subroutine")
        }
        [b'(', ..] => Some("a conditional"),
        _ => None,
    }
}

/// Whether `]` at this place is the first character of its class, and so itself.
fn is_first_in_class(text: &[u8], at: usize) -> bool {
    matches!(&text[..at], [.., b'['] | [.., b'[', b'^'])
}

/// Whether a text ends with the beginning of a count: `{2`, `{2,` or `{2,5`.
fn closes_count(text: &[u8]) -> bool {
    let digits = |octet: &&u8| octet.is_ascii_digit() || **octet == b',';
    let count = text.iter().rev().take_while(digits).count();
    count > 0 && text[..text.len() - count].ends_with(b"{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_searches() {
        #[rustfmt::skip]
        let rows = [
            ("^/api/v[0-9]+/",     "/api/v12/x",        false, true,  "the beginning"),
            ("/v2/",               "/api/v2/x",         false, true,  "anywhere, without an anchor"),
            ("^/v2/",              "/api/v2/x",         false, false, "an anchor holds it"),
            ("^[a-z]+$",           "ABC",               true,  true,  "case ignored"),
            ("^[a-z]+$",           "ABC",               false, false, "or not"),
            (r"^\w{2,4}\.com$",    "ab.com",            false, true,  "classes and counts"),
            ("^(?:a|b)+?c",        "abac",              false, true,  "groups, and few as well as many"),
            ("^(?i)X",             "x",                 false, true,  "flags"),
            ("^(?<name>a)(?-i)b",  "ab",                false, true,  "names, and flags taken away"),
            ("[+*?]+",             "x+",                false, true,  "a class of quantifiers has none"),
            (r"a\++",              "a++",               false, true,  "nor has a plus sign"),
            ("[]+]+$",             "]+",                false, true,  "a bracket that comes first is itself"),
            (r"\d",                "\u{0663}",          false, false, "digits of ASCII"),
        ];
        for (text, subject, ignore_case, expected, because) in rows {
            let regex = compile(text, ignore_case).expect(because);
            assert_eq!(
                regex.is_match(subject.as_bytes()),
                expected,
                "{text}: {because}"
            );
        }
    }

    #[test]
    fn what_elb_does_not_take_is_told() {
        #[rustfmt::skip]
        let rows = [
            ("a(?=b)",       "look-around"),
            ("a(?!b)",       "look-around"),
            ("(?<=a)b",      "look-around"),
            ("(?<!a)b",      "look-around"),
            (r"(a)\1",       "back-reference"),
            (r"(?<n>a)\k<n>", "back-reference"),
            (r"(a)\g1",      "back-reference"),
            ("(?>a)b",       "atomic"),
            ("a++",          "possessive"),
            ("a*+",          "possessive"),
            ("a?+",          "possessive"),
            ("a{2}+",        "possessive"),
            ("a{2,}+",       "possessive"),
            ("[ab]++",       "possessive"),
            ("(?R)",         "recursion"),
            ("(a)(?1)",      "subroutine"),
            ("(a)(?-1)",     "subroutine"),
            ("(?<n>a)(?&n)", "subroutine"),
            (r"(?<n>a)\g<n>", "subroutine"),
            (r"\p{L}",       "Unicode"),
            (r"[\p{L}]",     "Unicode"),
            (r"(?u)\PL",     "Unicode"),
            ("(?(1)a)",      "conditional"),
            ("(a",           "cannot be read"),
            ("a**{",         "cannot be read"),
            ("[",            "cannot be read"),
            (r"x\",          "cannot be read"),
            ("((a{100}){100}){100}", "too much memory"),
        ];
        for (text, expected) in rows {
            let because = compile(text, false).expect_err(text);
            assert!(because.contains(expected), "{text}: {because}");
        }
    }
}
