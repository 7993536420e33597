//! Reading the head of a request to the letter of RFC 9112: what two parsers could read in two ways is
//! refused.

use http_desync_guardian::http_token_utils::{CL, TE, TokenSimilarity, determine_similarity};
use memchr::memchr;

use crate::Framing;
use crate::fields::END_TO_END;
use crate::framing::Declared;
use crate::request::{
    Refusal, RequestHead, Version, allowed_method, check_expectation, check_host,
};
use crate::scan::{Fault, HeadProgress, LONGEST_FIELDS, Layout, LineRules};
use crate::syntax::{elements, is_field_octet, is_token, is_visible, trim};
use crate::target::Target;
use crate::view::RequestView;

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

/// By the first octet of a field's name: which lengths a name that has a rule may have, one bit each, that of 14
/// and more the last.
const JUDGED: [u16; 256] = {
    let mut all = [0; 256];
    let mut octet = 0;
    while octet < all.len() {
        all[octet] = match (octet as u8).to_ascii_lowercase() {
            b'h' => 1 << 4,
            b'e' => 1 << 6,
            b'c' => 1 << 10 | 1 << 14,
            b'a'..=b'b' | b'd' | b'f'..=b'g' | b'i'..=b's' | b'u'..=b'z' => 0,
            _ => 1 << 14,
        };
        octet += 1;
    }
    all
};

impl Said {
    pub(crate) fn by(version: Version) -> Self {
        Self {
            version,
            ..Self::default()
        }
    }

    /// Takes a field in: Host, Connection, Expect and framing have their rules, and names must not be
    /// made to be misread.
    #[inline]
    pub(crate) fn add(&mut self, name: &str, value: &[u8]) -> Result<(), Refusal> {
        // Length and first letter tell nearly every field from those.
        let first = name
            .as_bytes()
            .first()
            .map_or(0, |first| JUDGED[usize::from(*first)]);
        if first >> name.len().min(14) & 1 == 0 {
            return Ok(());
        }
        self.judge(name, value)
    }

    fn judge(&mut self, name: &str, value: &[u8]) -> Result<(), Refusal> {
        let name = name.as_bytes();
        match name.len() {
            4 if is(name, b"host") => {
                if self.has_host {
                    return Err(Refusal::bad("there is more than one Host"));
                }
                self.has_host = true;
                check_host(value)
            }
            6 if is(name, b"expect") => check_expectation(value),
            10 if is(name, b"connection") => check_connection(value),
            14 if is(name, b"content-length") => self.framing.add_length(value),
            17 if is(name, b"transfer-encoding") => self.framing.add_coding(value, self.version),
            14.. if is_look_alike(name) => {
                Err(Refusal::bad("a field is named almost like a framing field"))
            }
            _ => Ok(()),
        }
    }

    /// What is said about the body, if the head ends here.
    pub(crate) fn finish(self) -> Result<Framing, Refusal> {
        if !self.has_host && self.version == Version::Http11 {
            return Err(Refusal::NO_HOST);
        }
        Ok(self.framing.framing().unwrap_or_default())
    }
}

impl HeadProgress {
    pub(crate) fn advance_strictly(&mut self, octets: &[u8]) -> Result<Option<Layout>, Refusal> {
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
        RequestView::read_on(progress, octets, |view| {
            self.keep(view);
            view.octets()
        })
    }

    /// Takes over what a head says that lies elsewhere.
    fn keep(&mut self, view: &RequestView<'_>) {
        self.version = view.version;
        self.framing = view.framing;
        self.method.push_str(view.method);
        self.fields.keep(view.octets, view.fields.len());
        for field in view.fields {
            self.fields
                .push_part(view.octets, field.name.as_bytes(), field.value);
        }
        self.take_target(&view.target, view.authority);
    }
}

/// The first line of a request.
pub(crate) struct RequestLine<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) form: Target<'a>,
    pub(crate) version: Version,
}

impl<'a> RequestLine<'a> {
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, Refusal> {
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

    #[inline]
    pub(crate) fn of(method: &'a str, target: &'a str, version: &[u8]) -> Result<Self, Refusal> {
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
    if target.is_empty() || !is_visible(target.as_bytes()) {
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
    if is(value, b"keep-alive") || is(value, b"close") {
        return Ok(());
    }
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

/// Whether a token is this one, of small letters and `-`, but for case: one bit of each letter.
#[inline]
fn is<const N: usize>(token: &[u8], other: &[u8; N]) -> bool {
    let Ok(token) = <&[u8; N]>::try_from(token) else {
        return false;
    };
    let pairs = token.iter().zip(other);
    pairs.fold(0, |differing, (a, b)| differing | (a ^ b)) & !0x20 == 0
}

/// Whether somebody careless could take this for a framing field, as the desync classifier sees it.
pub(crate) fn is_look_alike(name: &[u8]) -> bool {
    // Both begin with one of two letters, and it sees letters and digits alone.
    let first = name.iter().find(|octet| octet.is_ascii_alphanumeric());
    if !matches!(first, Some(b'c' | b'C' | b't' | b'T')) {
        return false;
    }
    let resembles = |framing| determine_similarity(framing, name);
    [TE, CL]
        .into_iter()
        .any(|framing| resembles(framing) == TokenSimilarity::SameLetters)
}
