//! Reading the head of a request as an Application Load Balancer: whatever has a reading is read.
//!
//! What is dangerous about it is for a [`DesyncMode`](crate::DesyncMode) to judge, on the octets as they
//! came, before they are read.
//!
//! The guides tell little of what becomes of requests that are let through. What they do not tell is
//! chosen so that the octets come to mean no more than they say:
//!
//! | in the head | reading |
//! |---|---|
//! | LF alone | ends a line |
//! | white space in the first line | the method ends at the first space, the version begins behind the last; those around the target are left out, those inside stay |
//! | no method, or a target of no form | is answered with 400 as soon as the line is whole |
//! | no version, HTTP/0.9 | HTTP/1.0; behind `GET target` without version, nothing else belongs to the head |
//! | HTTP/1.2 to HTTP/1.9 | HTTP/1.1; other versions are answered with 505 |
//! | a fragment | is left out, with the white space in front of it |
//! | a field line without colon | a field with this name and no value (ELB appends the colon) |
//! | a folded line | a part of the value of the field in front of it, behind a space, with a colon if it has none (ELB appends it) and the field goes on; with no field in front it is left out |
//! | a name that is no token, or ends with white space | goes on as it came |
//! | an empty name; NUL or CR in name or value | the field is left out |
//! | other control characters in the target or a value | go on as they came |
//! | a name that only resembles a framing field | a field like any other |
//! | several lengths | their value once if they agree, else none of them; an empty one is 0 |
//! | a length and chunks | chunks |
//! | codings | `identity` and empty ones do not count, nor do parameters; one other than `chunked` is answered with 501; chunked, then `identity`, with 400 |
//! | Connection naming a field for everybody | does not take it away |

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};

use crate::Framing;
use crate::fields::HOP_BY_HOP;
use crate::request::{
    Refusal, RequestHead, Version, allowed_method, check_expectation, check_host,
};
use crate::scan::{FEW_FIELDS, Fault, HeadProgress, LONGEST_FIELDS, LineRules};
use crate::syntax::{decimal, elements, is_tchar, trim};
use crate::target::Target;
use crate::text::{push_octets, text_of};

/// The lines of a request, leniently: their lengths are judged, and whether the first can begin a request.
struct LenientLines;

/// What comes of a line that is empty or begins with a space.
const NO_METHOD: Refusal = Refusal::bad("the request line begins with no method");

/// A refusal as an ALB has it: too large a head is answered with 400 where others say 431.
struct AlbRefusal(Refusal);

impl From<Fault> for AlbRefusal {
    fn from(fault: Fault) -> Self {
        let refusal = Refusal::from(fault);
        Self(match refusal.status {
            431 => Refusal::bad(refusal.reason),
            _ => refusal,
        })
    }
}

impl LineRules for LenientLines {
    type Refusal = AlbRefusal;
    const IS_STRICT: bool = false;
    const SKIPS_EMPTY_LINE: bool = true;
    const LONGEST_FIELDS: usize = LONGEST_FIELDS;

    fn start_line(&mut self, line: &[u8]) -> Result<bool, AlbRefusal> {
        let line = RequestLine::of(line);
        if line.is_beyond() {
            return Err(AlbRefusal(Refusal::VERSION));
        }
        line.check().map_err(AlbRefusal)?;
        Ok(line.is_simple())
    }

    fn field_line(&mut self, _: &[u8]) -> Result<(), AlbRefusal> {
        Ok(())
    }
}

/// What there is of a head that is to be read leniently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LenientHead<'a> {
    /// Its octets, with the empty line if it has one, and how many octets it takes with an empty line in
    /// front.
    Whole(&'a [u8], usize),
    /// More octets may make it whole.
    Incomplete {
        /// What is there of it.
        octets: &'a [u8],
        /// Whether a CR stands somewhere without LF: no continuation makes it less than severe.
        is_damaged: bool,
    },
}

impl HeadProgress {
    /// Finds the head at the beginning of `octets`: those of the call before and what has come since.
    ///
    /// # Errors
    /// If a line or the head is longer than may be, or if the first line speaks of HTTP/2 or what is beyond,
    /// has no method, or a target of no form: what follows would not make it a request.
    pub fn find_leniently<'a>(&mut self, octets: &'a [u8]) -> Result<LenientHead<'a>, Refusal> {
        match self.advance(octets, &mut LenientLines) {
            Err(AlbRefusal(refusal)) => Err(refusal),
            Ok(Some(layout)) => Ok(LenientHead::Whole(
                &octets[layout.start..layout.end],
                layout.end,
            )),
            Ok(None) => Ok(LenientHead::Incomplete {
                octets: &octets[self.start()..],
                is_damaged: self.is_damaged(),
            }),
        }
    }
}

impl RequestHead {
    /// Reads a whole head as an Application Load Balancer. What this one held is lost in any case.
    ///
    /// # Errors
    /// [`Refusal`] if it has no reading, or one that is not served.
    pub fn read_leniently(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        self.clear();
        let mut lines = lines(octets);
        let line = RequestLine::of(lines.next().unwrap_or_default());
        if line.method.is_empty() {
            return Err(NO_METHOD);
        }
        push_octets(&mut self.method, line.method);
        self.version = line.version()?;
        allowed_method(&self.method)?;
        let mut codings: Vec<Cow<'_, [u8]>> = Vec::new();
        let mut lengths = Lengths::None;
        self.fields.keep(octets, FEW_FIELDS);
        let mut lines = lines.take_while(|line| !line.is_empty()).peekable();
        let is_folded = |line: &&[u8]| matches!(line, [b' ' | b'\t', ..]);
        while lines.next_if(is_folded).is_some() {}
        while let Some(line) = lines.next() {
            let (name, first) = match memchr(b':', line) {
                Some(colon) => (&line[..colon], trim(&line[colon + 1..])),
                None => (line, &b""[..]),
            };
            let mut folds = Vec::new();
            while let Some(fold) = lines.next_if(is_folded) {
                folds.push(trim(fold));
            }
            folds.retain(|fold| !fold.is_empty());
            let value = match folds.is_empty() {
                true => Cow::Borrowed(first),
                false => Cow::Owned(unfolded(first, &folds, goes_on(name))),
            };
            let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
            let is_bad = |octets: &[u8]| memchr2(b'\0', b'\r', octets).is_some();
            if trim(name).is_empty() || is_bad(name) || is_bad(&value) {
                continue;
            } else if is(b"transfer-encoding") {
                codings.push(value);
            } else if is(b"content-length") {
                lengths.add(if value.is_empty() {
                    Some(0)
                } else {
                    decimal(&value)
                });
            } else {
                if is(b"expect") {
                    check_expectation(&value)?;
                }
                match &value {
                    Cow::Borrowed(value) if name.is_ascii() => {
                        self.fields.push_part(octets, name, value);
                    }
                    value => self.fields.push_octets(name, value),
                }
            }
        }
        match self.fields.get("host") {
            None if self.version == Version::Http11 => return Err(Refusal::NO_HOST),
            host => check_host(host.unwrap_or_default())?,
        }
        let target = line.target_text();
        let form = Target::of(&self.method, &target)?;
        let (target, authority) = form.in_origin_form(&self.method, &target);
        self.take_target(&target, authority);
        self.framing = if are_chunked(&codings)? {
            Framing::Chunked
        } else {
            lengths.framing()
        };
        self.framing.declare(&mut self.fields);
        Ok(())
    }
}

/// Whether a field is passed on: what ends with us is read without what is added for others.
fn goes_on(name: &[u8]) -> bool {
    let ours = HOP_BY_HOP.iter().chain(&["content-length", "expect"]);
    !ours
        .into_iter()
        .any(|hop| name.eq_ignore_ascii_case(hop.as_bytes()))
}

/// The value of a field of several lines: RFC 9112 §5.2; with a colon behind each that has none.
fn unfolded(first: &[u8], folds: &[&[u8]], adds_colons: bool) -> Vec<u8> {
    let mut value = first.to_vec();
    for fold in folds {
        if !value.is_empty() {
            value.push(b' ');
        }
        value.extend_from_slice(fold);
        if adds_colons && !fold.contains(&b':') {
            value.push(b':');
        }
    }
    value
}

/// The lines of a head, without their ends.
pub(crate) fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr_iter(b'\n', octets).chain([octets.len()]);
    ends.map(move |end| {
        let line = &octets[start..end];
        start = end + 1;
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

/// The first line of a request, as it falls apart.
pub(crate) struct RequestLine<'a> {
    pub(crate) method: &'a [u8],
    pub(crate) target: &'a [u8],
    /// Without the white space around it; empty if there is none.
    pub(crate) version: &'a [u8],
}

impl<'a> RequestLine<'a> {
    /// The parts of a line, with its end or without.
    pub(crate) fn of(line: &'a [u8]) -> Self {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (method, rest) = match memchr(b' ', line) {
            Some(space) => (&line[..space], &line[space + 1..]),
            None => (line, &b""[..]),
        };
        // White space and the like at the end belong to the version.
        let visible = rest.iter().rposition(|octet| is_tchar(*octet)).unwrap_or(0);
        let space = rest[..visible].iter().rposition(|octet| *octet == b' ');
        let (target, version) = match space {
            Some(space) => (&rest[..space], &rest[space + 1..]),
            None => (rest, &b""[..]),
        };
        Self {
            method,
            target: trim(target),
            version: trim(version),
        }
    }

    /// The target without its fragment.
    fn target_text(&self) -> String {
        let fragment = memchr(b'#', self.target).unwrap_or(self.target.len());
        text_of(trim(&self.target[..fragment]))
    }

    /// Refuses a line that no field lines make a request, in any mode. Where others answer for the method,
    /// they do so when the head is whole.
    fn check(&self) -> Result<(), Refusal> {
        if self.method.is_empty() {
            return Err(NO_METHOD);
        }
        if self.target.starts_with(b"/") {
            return Ok(());
        }
        let method = text_of(self.method);
        if allowed_method(&method).is_err() {
            return Ok(());
        }
        Target::of(&method, &self.target_text()).map(drop)
    }

    /// Whether the version is none that the desync classifier looks at.
    fn is_beyond(&self) -> bool {
        self.version >= b"HTTP/2".as_slice()
    }

    /// The simple request of HTTP/0.9: RFC 1945 §4.1.
    pub(crate) fn is_simple(&self) -> bool {
        self.method == b"GET" && self.version.is_empty() && !self.target.starts_with(b"HTTP/1.")
    }

    fn version(&self) -> Result<Version, Refusal> {
        match self.version {
            b"" | b"HTTP/0.9" | b"HTTP/1.0" => Ok(Version::Http10),
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] if minor.is_ascii_digit() => {
                Ok(Version::Http11)
            }
            _ => Err(Refusal::VERSION),
        }
    }
}

/// Whether the codings of all lines, in order, end with `chunked`.
fn are_chunked(codings: &[Cow<'_, [u8]>]) -> Result<bool, Refusal> {
    let (mut is_chunked, mut is_last) = (false, false);
    for coding in codings.iter().flat_map(|value| elements(value)) {
        let name = coding
            .split(|octet| *octet == b';')
            .next()
            .map_or(coding, trim);
        if name.is_empty() {
            continue;
        }
        is_last = name.eq_ignore_ascii_case(b"chunked");
        is_chunked |= is_last;
        if !is_last && !name.eq_ignore_ascii_case(b"identity") {
            return Err(Refusal::CODING);
        }
    }
    if is_chunked && !is_last {
        return Err(Refusal::bad(
            "Transfer-Encoding does not end with `chunked`",
        ));
    }
    Ok(is_chunked)
}

/// What the lines of Content-Length say together.
enum Lengths {
    None,
    Agreed(u64),
    /// One is no number, or two differ.
    Contradictory,
}

impl Lengths {
    fn add(&mut self, length: Option<u64>) {
        *self = match (&self, length) {
            (Self::None, Some(length)) => Self::Agreed(length),
            (Self::Agreed(before), Some(length)) if *before == length => Self::Agreed(length),
            _ => Self::Contradictory,
        };
    }

    fn framing(&self) -> Framing {
        match self {
            Self::Agreed(length) => Framing::Length(*length),
            Self::None | Self::Contradictory => Framing::None,
        }
    }
}
