//! Octets as text with one character for each.
//!
//! The strict grammar leaves ASCII in methods, targets and names. A lenient reader lets any octet through;
//! it then stands as the character of the same number (ISO 8859-1), and is written as the octet it was.

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
