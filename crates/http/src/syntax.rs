//! The classes of octets that the grammar of HTTP names.

/// `tchar`: RFC 9110 §5.6.2.
pub(crate) const fn is_tchar(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// Whether this is a `token`: at least one `tchar`, as the names of fields, cookies and methods are (RFC 9110 §5.6.2).
#[must_use]
pub fn is_token(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| is_tchar(*octet))
}

/// Whether all octets are visible ASCII: `VCHAR` (RFC 5234 §B.1).
#[must_use]
pub fn is_visible(octets: &[u8]) -> bool {
    const ALL: u64 = u64::MAX / 0xff;
    // Eight at once: the high bit of each says whether it is none. A carry out of an octet comes of none.
    let hidden = |eight: &[u8; 8]| {
        let eight = u64::from_le_bytes(*eight);
        let below = !eight.wrapping_add(ALL * (0x80 - 0x21));
        (eight | below | eight.wrapping_add(ALL)) & (ALL * 0x80)
    };
    match octets.last_chunk() {
        Some(last) => {
            let (chunks, _) = octets.as_chunks();
            chunks
                .iter()
                .fold(hidden(last), |some, eight| some | hidden(eight))
                == 0
        }
        None => octets.iter().all(u8::is_ascii_graphic),
    }
}

/// What a field value may hold: `VCHAR`, `obs-text`, SP and HTAB (RFC 9110 §5.5).
pub(crate) const fn is_field_octet(octet: u8) -> bool {
    matches!(octet, b'\t' | b' '..=b'~' | 0x80..)
}

/// The value without optional white space (SP, HTAB) at its ends.
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The elements of a comma-separated list, trimmed, empty ones included.
pub(crate) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|octet| *octet == b',').map(trim)
}

/// `1*DIGIT`, if the number fits.
pub(crate) fn decimal(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |number, octet| {
        let digit = octet.is_ascii_digit().then(|| u64::from(octet - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
