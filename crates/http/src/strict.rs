//! Reading the head of a request to the letter of RFC 9112: what two parsers could read in two ways is
//! refused.

use http_desync_guardian::http_token_utils::{CL, TE, TokenSimilarity, determine_similarity};
use httparse::{EMPTY_HEADER, Header, Status, parse_headers};
use memchr::{memchr, memchr_iter};

use crate::Framing;
use crate::fields::END_TO_END;
use crate::framing::Declared;
use crate::request::{
    Refusal, RequestHead, Version, allowed_method, check_expectation, check_host,
};
use crate::scan::{
    Fault, HeadProgress, LONGEST_FIELDS, LONGEST_START_LINE, Layout, LineRules, MOST_FIELDS,
};
use crate::syntax::{elements, is_field_octet, is_token, trim};
use crate::target::Target;

/// How many field lines most heads have at most.
const FEW_FIELDS: usize = 32;

/// The lines of a request, strictly.
struct StrictLines<'a>(&'a mut Said);

impl LineRules for StrictLines<'_> {
    type Refusal = Refusal;
    const IS_STRICT: bool = true;
    const SKIPS_EMPTY_LINE: bool = true;
    const LONGEST_FIELDS: usize = LONGEST_FIELDS;

    fn start_line(&mut self, line: &[u8]) -> Result<bool, Refusal> {
        *self.0 = Said::by(RequestLine::read(line)?.version);
        Ok(false)
    }

    fn field_line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let (name, value) = split_field_line(line)?;
        self.0.add(name, trim(value))
    }
}

/// The name, and the value with the white space around it.
pub(crate) fn split_field_line(line: &[u8]) -> Result<(&str, &[u8]), Fault> {
    let colon = memchr(b':', line).ok_or(Fault::Field)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if !is_token(name) || !value.iter().all(|octet| is_field_octet(*octet)) {
        return Err(Fault::Field);
    }
    Ok((std::str::from_utf8(name).expect("a token is ASCII"), value))
}

/// What the lines of a head have said so far, where one line may not contradict another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    version: Version,
    has_host: bool,
    framing: Declared,
}

impl Said {
    fn by(version: Version) -> Self {
        Self {
            version,
            ..Self::default()
        }
    }

    /// Takes a field in: Host, Connection, Expect and framing have their rules, and names must not be
    /// made to be misread.
    fn add(&mut self, name: &str, value: &[u8]) -> Result<(), Refusal> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match name.len() {
            4 if is("host") => {
                if self.has_host {
                    return Err(Refusal::bad("there is more than one Host"));
                }
                self.has_host = true;
                check_host(value)
            }
            6 if is("expect") => check_expectation(value),
            10 if is("connection") => check_connection(value),
            14 if is("content-length") => self.framing.add_length(value),
            17 if is("transfer-encoding") => self.framing.add_coding(value, self.version),
            14.. if is_look_alike(name) => {
                Err(Refusal::bad("a field is named almost like a framing field"))
            }
            _ => Ok(()),
        }
    }

    /// What is said about the body, if the head ends here.
    fn finish(self) -> Result<Framing, Refusal> {
        if !self.has_host && self.version == Version::Http11 {
            return Err(Refusal::NO_HOST);
        }
        Ok(self.framing.framing().unwrap_or_default())
    }
}

/// The parts of a head that came in one piece, if nothing is wrong with its lines: the usual case, and
/// all that httparse is asked. Everybody else is judged line by line.
pub(crate) fn in_one_piece<'a>(
    octets: &'a [u8],
    storage: &mut [Header<'a>; FEW_FIELDS],
) -> Option<(Layout, usize)> {
    let start = if octets.starts_with(b"\r\n") { 2 } else { 0 };
    let fields_at = start + memchr(b'\n', &octets[start..])? + 1;
    let Ok(Status::Complete((taken, fields))) = parse_headers(&octets[fields_at..], storage) else {
        return None;
    };
    let count = fields.len();
    let end = fields_at + taken;
    // httparse takes a lone LF for the end of a line. No line of a short head is too long.
    let is_lone = |feed: usize| feed == 0 || octets[feed - 1] != b'\r';
    let has_lone_feed = memchr_iter(b'\n', &octets[..end]).any(is_lone);
    (end <= LONGEST_START_LINE && !has_lone_feed).then_some((
        Layout {
            start,
            fields_at,
            end,
        },
        count,
    ))
}

impl HeadProgress {
    fn advance_strictly(&mut self, octets: &[u8]) -> Result<Option<Layout>, Refusal> {
        let mut said = std::mem::take(&mut self.said);
        let layout = self.advance(octets, &mut StrictLines(&mut said))?;
        if layout.is_none() {
            self.said = said;
        }
        Ok(layout)
    }
}

impl RequestHead {
    /// Reads a head at the beginning of `octets`, and says how many of them it takes.
    ///
    /// `None` if it is not whole yet. More octets never change a verdict once given.
    ///
    /// # Errors
    /// [`Refusal`] if no continuation could make a good head of it.
    pub fn parse(octets: &[u8]) -> Result<Option<(Self, usize)>, Refusal> {
        let mut head = Self::default();
        let taken = head.read(octets)?;
        Ok(taken.map(|taken| (head, taken)))
    }

    /// As [`parse`](Self::parse), into this head and its memory. What it held is lost in any case.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn read(&mut self, octets: &[u8]) -> Result<Option<usize>, Refusal> {
        self.read_on(&mut HeadProgress::default(), octets)
    }

    /// As [`read`](Self::read), of a head that comes in pieces: `octets` are those of the call before and
    /// what has come since. The verdict is the same as of all at once.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn read_on(
        &mut self,
        progress: &mut HeadProgress,
        octets: &[u8],
    ) -> Result<Option<usize>, Refusal> {
        self.clear();
        if progress.is_fresh() {
            let mut storage = [EMPTY_HEADER; FEW_FIELDS];
            if let Some((layout, count)) = in_one_piece(octets, &mut storage) {
                return self.build(octets, layout, &storage[..count]).map(Some);
            }
        }
        let Some(layout) = progress.advance_strictly(octets)? else {
            return Ok(None);
        };
        let mut storage = [EMPTY_HEADER; MOST_FIELDS];
        match parse_headers(&octets[layout.fields_at..layout.end], &mut storage) {
            Ok(Status::Complete((_, fields))) => self.build(octets, layout, fields).map(Some),
            _ => Err(Fault::Field.into()),
        }
    }

    /// Makes the head of its lines, and judges what they say together.
    fn build(
        &mut self,
        octets: &[u8],
        layout: Layout,
        fields: &[Header<'_>],
    ) -> Result<usize, Refusal> {
        let line = &octets[layout.start..layout.fields_at];
        let line = line.strip_suffix(b"\r\n").unwrap_or(line);
        let RequestLine {
            method,
            target,
            form,
            version,
        } = RequestLine::read(line)?;
        self.version = version;
        self.method.push_str(method);
        let mut said = Said::by(version);
        for field in fields {
            said.add(field.name, field.value)?;
            self.fields.push(field.name, field.value);
        }
        self.framing = said.finish()?;
        self.take_target(target, form);
        Ok(layout.end)
    }
}

/// The first line of a request.
pub(crate) struct RequestLine<'a> {
    method: &'a str,
    target: &'a str,
    form: Target<'a>,
    version: Version,
}

impl<'a> RequestLine<'a> {
    fn read(line: &'a [u8]) -> Result<Self, Refusal> {
        let mut parts = line.split(|octet| *octet == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::bad(
                "the request line is not method, target and version with one space between them",
            ));
        };
        let method = check_method(method)?;
        let version = read_version(version)?;
        let (target, form) = check_target(method, target)?;
        Ok(Self {
            method,
            target,
            form,
            version,
        })
    }
}

/// The method, if it is one that goes on.
pub(crate) fn check_method(method: &[u8]) -> Result<&str, Refusal> {
    if !is_token(method) {
        return Err(Refusal::bad("the method is not a token"));
    }
    let method = std::str::from_utf8(method).expect("a token is ASCII");
    allowed_method(method)?;
    Ok(method)
}

pub(crate) fn check_target<'a>(
    method: &str,
    target: &'a [u8],
) -> Result<(&'a str, Target<'a>), Refusal> {
    if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
        return Err(Refusal::bad(
            "the request target is empty or holds something other than visible ASCII characters",
        ));
    }
    let text = std::str::from_utf8(target).expect("visible ASCII");
    if text.contains('#') {
        return Err(Refusal::bad("the request target has a fragment"));
    }
    Ok((text, Target::of(method, text)?))
}

/// A higher minor version is treated as the highest that is known: RFC 9110 §2.5.
fn read_version(version: &[u8]) -> Result<Version, Refusal> {
    match version {
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] if minor.is_ascii_digit() => {
            Ok(Version::Http11)
        }
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Err(Refusal::VERSION)
        }
        _ => Err(Refusal::bad("the version is malformed")),
    }
}

fn check_connection(value: &[u8]) -> Result<(), Refusal> {
    let is_for_all = |option: &[u8]| {
        let mut all = END_TO_END.iter();
        all.any(|end| option.eq_ignore_ascii_case(end.as_bytes()))
    };
    if elements(value).any(is_for_all) {
        return Err(Refusal::bad(
            "Connection would take away a field that is meant for everybody",
        ));
    }
    Ok(())
}

/// Whether somebody careless could take this for a framing field, as the desync classifier sees it.
fn is_look_alike(name: &str) -> bool {
    let resembles = |framing| determine_similarity(framing, name.as_bytes());
    [TE, CL]
        .into_iter()
        .any(|framing| resembles(framing) == TokenSimilarity::SameLetters)
}
