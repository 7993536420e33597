//! Reading the head of a request to the letter of RFC 9112: what two parsers could read in two ways is
//! refused.

use std::mem::MaybeUninit;

use http_desync_guardian::http_token_utils::{CL, TE, TokenSimilarity, determine_similarity};
use httparse::{EMPTY_HEADER, Header, Request, Status, parse_headers};
use memchr::memchr;

use crate::Framing;
use crate::fields::{END_TO_END, place_of};
use crate::framing::Declared;
use crate::request::{
    Refusal, RequestHead, Version, allowed_method, check_expectation, check_host,
};
use crate::scan::{
    FEW_FIELDS, Fault, HeadProgress, LONGEST_FIELDS, LONGEST_START_LINE, Layout, LineRules,
    MOST_FIELDS,
};
use crate::syntax::{elements, is_field_octet, is_token, trim};
use crate::target::Target;

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

/// Where the parts of a whole head are in which httparse has nothing to find fault with, if each of its
/// lines ends with CRLF and no white space stands in front of that. Others are judged line by line.
fn plain_layout(octets: &[u8], request: &Request<'_, '_>, end: usize) -> Option<Layout> {
    let (method, target) = (request.method?, request.path?);
    let start = if octets.starts_with(b"\r\n") { 2 } else { 0 };
    let line_end = start + method.len() + " ".len() + target.len() + " HTTP/1.1".len();
    let ends_at = |at: usize| octets.get(at..at + 2) == Some(b"\r\n");
    let mut is_plain = place_of(method.as_bytes(), octets) == start && ends_at(line_end);
    let mut next = line_end + 2;
    let fields_at = next;
    for field in &*request.headers {
        let behind = place_of(field.value, octets) + field.value.len();
        is_plain &= !field.value.is_empty() && ends_at(behind);
        next = behind + 2;
    }
    // No line of a short head is too long.
    is_plain &= ends_at(next) && next + 2 == end && end <= LONGEST_START_LINE;
    is_plain.then_some(Layout {
        start,
        fields_at,
        end,
    })
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
            let mut storage = [const { MaybeUninit::uninit() }; FEW_FIELDS];
            let mut request = Request::new(&mut []);
            if let Ok(Status::Complete(end)) =
                request.parse_with_uninit_headers(octets, &mut storage)
                && let Some(layout) = plain_layout(octets, &request, end)
            {
                let (method, target) = (request.method, request.path);
                let [method, target] = [method, target].map(Option::unwrap_or_default);
                let version = &octets[..layout.fields_at - "\r\n".len()];
                let version = &version[version.len() - "HTTP/1.1".len()..];
                let line = RequestLine::of(method, target, version)?;
                return self.build(octets, layout, &line, request.headers).map(Some);
            }
        }
        let Some(layout) = progress.advance_strictly(octets)? else {
            return Ok(None);
        };
        let line = &octets[layout.start..layout.fields_at];
        let line = RequestLine::read(line.strip_suffix(b"\r\n").unwrap_or(line))?;
        let mut storage = [EMPTY_HEADER; MOST_FIELDS];
        match parse_headers(&octets[layout.fields_at..layout.end], &mut storage) {
            Ok(Status::Complete((_, fields))) => {
                self.build(octets, layout, &line, fields).map(Some)
            }
            _ => Err(Fault::Field.into()),
        }
    }

    /// Makes the head of its lines, and judges what they say together.
    fn build(
        &mut self,
        octets: &[u8],
        layout: Layout,
        line: &RequestLine<'_>,
        fields: &[Header<'_>],
    ) -> Result<usize, Refusal> {
        let octets = &octets[..layout.end];
        self.version = line.version;
        self.method.push_str(line.method);
        let mut said = Said::by(line.version);
        self.fields.keep(octets, fields.len());
        for field in fields {
            said.add(field.name, field.value)?;
            self.fields
                .push_kept(octets, field.name.as_bytes(), field.value);
        }
        self.framing = said.finish()?;
        self.take_target(line.target, line.form);
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
        // What is no text is refused as nothing is.
        let text = |octets| std::str::from_utf8(octets).unwrap_or_default();
        Self::of(text(method), text(target), version)
    }

    fn of(method: &'a str, target: &'a str, version: &[u8]) -> Result<Self, Refusal> {
        check_method(method)?;
        let version = read_version(version)?;
        let form = check_target(method, target)?;
        Ok(Self {
            method,
            target,
            form,
            version,
        })
    }
}

/// Whether this is a method that goes on.
pub(crate) fn check_method(method: &str) -> Result<(), Refusal> {
    if !is_token(method.as_bytes()) {
        return Err(Refusal::bad("the method is not a token"));
    }
    allowed_method(method)
}

/// The form of a target, if it has one.
pub(crate) fn check_target<'a>(method: &str, target: &'a str) -> Result<Target<'a>, Refusal> {
    // Without a branch for each octet, for nearly every target is visible to its end.
    let is_visible = |all, octet: u8| all & octet.is_ascii_graphic();
    if target.is_empty() || !target.bytes().fold(true, is_visible) {
        return Err(Refusal::bad(
            "the request target is empty or holds something other than visible ASCII characters",
        ));
    }
    if memchr(b'#', target.as_bytes()).is_some() {
        return Err(Refusal::bad("the request target has a fragment"));
    }
    Target::of(method, target)
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
