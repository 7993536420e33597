//! Octets as text with one character for each.
//!
//! The strict grammar leaves ASCII in methods, targets and names. A lenient reader lets any octet through;
//! it then stands as the character of the same number (ISO 8859-1), and is written as the octet it was.

use std::borrow::Cow;

/// The text that stands for these octets: a character of the same number for each.
#[must_use]
pub fn text_of(octets: &[u8]) -> String {
    let mut text = String::new();
    push_octets(&mut text, octets);
    text
}

/// The octets that such a text stands for; borrowed if it is ASCII.
#[must_use]
pub fn octets_of(text: &str) -> Cow<'_, [u8]> {
    if text.is_ascii() {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut octets = Vec::with_capacity(text.len());
    write_text(&mut octets, text);
    Cow::Owned(octets)
}

/// Adds octets to a text.
pub(crate) fn push_octets(text: &mut String, octets: &[u8]) {
    match std::str::from_utf8(octets) {
        Ok(ascii) if ascii.is_ascii() => text.push_str(ascii),
        _ => text.extend(octets.iter().copied().map(char::from)),
    }
}

/// Writes a text as the octets it stands for. What stands for none, since it came from nowhere, is `?`.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    if text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
    } else {
        out.extend(
            text.chars()
                .map(|character| u8::try_from(character).unwrap_or(b'?')),
        );
    }
}
