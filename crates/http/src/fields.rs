//! Header fields, in the order in which they came.

use std::fmt;

use crate::syntax::{elements, is_field_octet, is_token, trim};
use crate::text::{push_octets, write_text};

/// Fields that speak to the next hop alone: RFC 9110 §7.6.1.
pub(crate) const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields that an option of `Connection` may not take away: without them the next hop would read
/// another message.
pub(crate) const END_TO_END: [&str; 6] = [
    "content-length",
    "host",
    "transfer-encoding",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
];

/// Why a field cannot be part of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// The name is not a token.
    #[error("{name:?} is no field name; letters, digits and `-` would be right")]
    Name {
        /// The name.
        name: String,
    },
    /// The value holds an octet that would end the line or hide something.
    #[error("the value of {name} holds a control character; visible characters would be right")]
    Value {
        /// The field's name.
        name: String,
    },
}

/// Header fields in order. Names are compared without regard to case; values are octets.
///
/// A name that came with octets above ASCII, which only [`RequestHead::read_leniently`] lets through, has
/// the characters of the same numbers (ISO 8859-1) in their place, and is written as it came.
///
/// [`RequestHead::read_leniently`]: crate::RequestHead::read_leniently
#[derive(Clone, Default)]
pub struct Fields {
    octets: Vec<u8>,
    lines: Vec<Line>,
}

/// Where name and value of a field stand, each with its length.
#[derive(Clone, Copy)]
struct Line {
    name: (usize, usize),
    value: (usize, usize),
}

impl Line {
    fn name<'a>(&self, octets: &'a [u8]) -> &'a [u8] {
        let (start, length) = self.name;
        &octets[start..start + length]
    }

    fn value<'a>(&self, octets: &'a [u8]) -> &'a [u8] {
        let (start, length) = self.value;
        &octets[start..start + length]
    }
}

/// Where a part of some octets begins; nowhere in particular if it is empty.
pub(crate) fn place_of(part: &[u8], octets: &[u8]) -> usize {
    match part {
        [] => 0,
        part => part.as_ptr().addr() - octets.as_ptr().addr(),
    }
}

impl Fields {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            octets: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Forgets all fields but keeps the memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.lines.clear();
    }

    /// How many field lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.lines.iter().map(|line| {
            let name = std::str::from_utf8(line.name(&self.octets));
            (
                name.expect("names are made of characters"),
                line.value(&self.octets),
            )
        })
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.get_all(name).next()
    }

    /// The values of all fields of this name, in order.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.lines
            .iter()
            .filter(move |line| {
                line.name(&self.octets)
                    .eq_ignore_ascii_case(name.as_bytes())
            })
            .map(|line| line.value(&self.octets))
    }

    /// Whether there is a field of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether a field whose value is a comma-separated list names `element`, in any case.
    #[must_use]
    pub fn lists(&self, name: &str, element: &str) -> bool {
        self.get_all(name)
            .flat_map(elements)
            .any(|listed| listed.eq_ignore_ascii_case(element.as_bytes()))
    }

    /// Adds a field behind the others; white space around the value is left out.
    ///
    /// # Errors
    /// If the name is no token or the value could not stand on one line.
    pub fn append(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), FieldError> {
        let value = trim(value.as_ref());
        if !is_token(name.as_bytes()) {
            let name = name.to_owned();
            return Err(FieldError::Name { name });
        }
        if !value.iter().all(|octet| is_field_octet(*octet)) {
            let name = name.to_owned();
            return Err(FieldError::Value { name });
        }
        self.push(name, value);
        Ok(())
    }

    /// Puts a field behind the others in place of all of its name.
    ///
    /// # Errors
    /// As [`append`](Self::append); the fields are then as they were.
    pub fn set(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), FieldError> {
        let before = self.lines.len();
        self.append(name, value)?;
        let added = self.lines.remove(before);
        self.remove(name);
        self.lines.push(added);
        Ok(())
    }

    /// Adds a field of ours behind the others whose value was made of what came over the wire; white space
    /// around it is left out.
    ///
    /// NUL, CR and LF, which would end the line or hide what follows, are left out of the value. Other
    /// control characters, which only a lenient reader lets through, pass as they came.
    ///
    /// # Panics
    /// If the name is no token.
    pub fn add(&mut self, name: &'static str, value: impl AsRef<[u8]>) {
        assert!(is_token(name.as_bytes()), "{name:?} is a field name");
        let value = value.as_ref();
        let is_dangerous = |octet: &u8| matches!(octet, b'\0' | b'\r' | b'\n');
        if value.iter().any(is_dangerous) {
            let rest = value.iter().copied().filter(|octet| !is_dangerous(octet));
            self.push(name, trim(&rest.collect::<Vec<u8>>()));
        } else {
            self.push(name, trim(value));
        }
    }

    /// Puts a field as [`add`](Self::add) makes it behind the others in place of all of its name.
    ///
    /// # Panics
    /// If the name is no token.
    pub fn put(&mut self, name: &'static str, value: impl AsRef<[u8]>) {
        self.remove(name);
        self.add(name, value);
    }

    /// Puts a field as [`put`](Self::put) does, but where the first of its name stood, or in front of all if there
    /// was none.
    ///
    /// # Panics
    /// If the name is no token.
    pub fn put_in_place(&mut self, name: &'static str, value: impl AsRef<[u8]>) {
        let mut names = self.lines.iter().map(|line| line.name(&self.octets));
        let place = names.position(|other| other.eq_ignore_ascii_case(name.as_bytes()));
        self.put(name, value);
        let last = self.lines.len() - 1;
        self.lines[place.unwrap_or(0)..=last].rotate_right(1);
    }

    /// Takes all fields of this name away.
    pub fn remove(&mut self, name: &str) {
        let octets = &self.octets;
        self.lines
            .retain(|line| !line.name(octets).eq_ignore_ascii_case(name.as_bytes()));
    }

    /// Keeps the fields whose name is `kept`; the others are taken away.
    pub fn retain(&mut self, mut kept: impl FnMut(&str) -> bool) {
        let octets = &self.octets;
        self.lines.retain(|line| {
            let name = std::str::from_utf8(line.name(octets));
            kept(name.expect("names are made of characters"))
        });
    }

    /// Takes away what speaks to the next hop alone: `Connection`, whatever it names, `Keep-Alive`,
    /// `Proxy-Connection`, `TE`, `Trailer`, `Transfer-Encoding` and `Upgrade` (RFC 9110 §7.6.1).
    pub fn remove_hop_by_hop(&mut self) {
        let octets = &self.octets;
        let is = |name: &[u8], other: &[u8]| name.eq_ignore_ascii_case(other);
        let connection: Vec<Line> = self
            .lines
            .iter()
            .filter(|line| is(line.name(octets), b"connection"))
            .copied()
            .collect();
        self.lines.retain(|line| {
            let name = line.name(octets);
            if HOP_BY_HOP.iter().any(|hop| is(name, hop.as_bytes())) {
                return false;
            }
            let is_named = connection
                .iter()
                .flat_map(|line| elements(line.value(octets)))
                .any(|option| is(name, option));
            !is_named || END_TO_END.iter().any(|end| is(name, end.as_bytes()))
        });
    }

    /// Cookies of all `Cookie` fields, in order (RFC 6265 §4.2.1). What is no pair is passed over.
    pub fn cookies(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.get_all("cookie")
            .flat_map(|value| value.split(|octet| *octet == b';'))
            .filter_map(|pair| {
                let equals = pair.iter().position(|octet| *octet == b'=')?;
                Some((trim(&pair[..equals]), trim(&pair[equals + 1..])))
            })
    }

    /// Writes the field lines, without the empty line behind them.
    pub fn write(&self, out: &mut Vec<u8>) {
        for (line, (name, _)) in self.lines.iter().zip(self.iter()) {
            write_text(out, name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(line.value(&self.octets));
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Adds a field whose name may be no token: one that only a lenient reader lets through.
    pub(crate) fn push_octets(&mut self, name: &[u8], value: &[u8]) {
        let mut text = String::new();
        push_octets(&mut text, name);
        self.push(&text, value);
    }

    /// Adds a field that is known to be well formed.
    pub(crate) fn push(&mut self, name: &str, value: &[u8]) {
        let start = self.octets.len();
        self.octets.extend_from_slice(name.as_bytes());
        self.octets.extend_from_slice(value);
        self.lines.push(Line {
            name: (start, name.len()),
            value: (start + name.len(), value.len()),
        });
    }

    /// Takes the octets of a head over, in place of all there is, in which so many fields stand.
    pub(crate) fn keep(&mut self, octets: &[u8], count: usize) {
        self.clear();
        self.octets.extend_from_slice(octets);
        self.lines.reserve(count);
    }

    /// Adds a field whose name, in ASCII, and value are parts of `octets`, which were taken over.
    #[inline]
    pub(crate) fn push_part(&mut self, octets: &[u8], name: &[u8], value: &[u8]) {
        let place = |part: &[u8]| (place_of(part, octets), part.len());
        self.lines.push(Line {
            name: place(name),
            value: place(value),
        });
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        f.debug_map()
            .entries(self.iter().map(|(name, value)| (name, text(value))))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(lines: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in lines {
            fields.append(name, value).unwrap();
        }
        fields
    }

    #[test]
    fn names_know_no_case_and_order_stays() {
        let mut some = fields(&[("A", "1"), ("b", "2"), ("a", " 3\t")]);
        let values: Vec<_> = some.get_all("a").collect();
        assert_eq!(values, [&b"1"[..], b"3"], "both, trimmed, in order");
        some.set("a", "4").unwrap();
        assert_eq!(some, fields(&[("b", "2"), ("a", "4")]));
        assert!(
            some.set("a", "x\r\ny").is_err(),
            "nothing can split the head"
        );
        assert_eq!(some.get("A"), Some(&b"4"[..]), "and the old value stays");
    }

    #[test]
    fn a_field_is_put_where_the_first_of_its_name_stood() {
        #[rustfmt::skip]
        let rows: [(&[_], &[_], &str); 5] = [
            (&[("a", "1"), ("x", "2"), ("b", "3")],  &[("a", "1"), ("X", "new"), ("b", "3")], "in the middle"),
            (&[("x", "1"), ("a", "2"), ("X", "3")],  &[("X", "new"), ("a", "2")],             "of two only one is left"),
            (&[("a", "1"), ("x", "2")],              &[("a", "1"), ("X", "new")],             "at the end"),
            (&[("a", "1"), ("b", "2")],              &[("X", "new"), ("a", "1"), ("b", "2")], "missing: in front"),
            (&[],                                    &[("X", "new")],                         "nothing else is there"),
        ];
        for (before, after, because) in rows {
            let mut some = fields(before);
            some.put_in_place("X", "new");
            assert_eq!(some, fields(after), "{because}");
        }
    }

    #[test]
    fn what_came_over_the_wire_cannot_split_a_head() {
        #[rustfmt::skip]
        let rows: [(&[u8], &[u8], &str); 4] = [
            (b" a, b\t",          b"a, b",       "as any value"),
            (b"a\x01\x7f\xe9",     b"a\x01\x7f\xe9", "odd, but on one line"),
            (b"a\r\nb: c\0d",     b"ab: cd",     "not the end of the line"),
            (b"\0 \n",            b"",           "nothing is left"),
        ];
        for (value, expected, because) in rows {
            let mut some = fields(&[("x", "1"), ("y", "2")]);
            some.put("X", value);
            let lines: Vec<_> = some.iter().collect();
            assert_eq!(lines, [("y", &b"2"[..]), ("X", expected)], "{because}");
        }
    }

    #[test]
    fn only_what_is_meant_for_us_is_taken_away() {
        #[rustfmt::skip]
        let rows = [
            ("close, X-A",        false, true,  "an option takes its field along"),
            ("keep-alive",        true,  true,  "no field of that name: nothing else goes"),
            ("Host, x-a",         false, true,  "fields for everybody stay, whatever Connection says"),
        ];
        for (connection, keeps_a, keeps_host, because) in rows {
            let mut some = fields(&[
                ("Host", "h"),
                ("Connection", connection),
                ("X-A", "1"),
                ("TE", "trailers"),
                ("Upgrade", "h2c"),
            ]);
            some.remove_hop_by_hop();
            assert_eq!(some.contains("x-a"), keeps_a, "{because}");
            assert_eq!(some.contains("host"), keeps_host, "{because}");
            assert!(
                !some.contains("te") && !some.contains("upgrade") && !some.contains("connection")
            );
        }
    }

    #[test]
    fn cookies_are_read_from_every_line() {
        let some = fields(&[("Cookie", "a=1; b=x=y; nonsense"), ("cookie", "c=\"3\"")]);
        let cookies: Vec<_> = some.cookies().collect();
        let expected: [(&[u8], &[u8]); 3] = [(b"a", b"1"), (b"b", b"x=y"), (b"c", b"\"3\"")];
        assert_eq!(cookies, expected);
    }
}
