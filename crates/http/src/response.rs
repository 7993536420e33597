//! The head of a response.

use httparse::{EMPTY_HEADER, Status, parse_headers};

use crate::framing::Declared;
use crate::scan::{Fault, HeadProgress, LONGEST_RESPONSE_FIELDS, LineRules, MOST_FIELDS};
use crate::strict::split_field_line;
use crate::syntax::is_field_octet;
use crate::{Fields, Framing, Refusal, Version, reason_phrase};

/// Why a response is no HTTP that could be passed on. A proxy answers 502 in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the response is malformed: {reason}")]
pub struct MalformedResponse {
    /// What is wrong, as a part of a sentence.
    pub reason: &'static str,
}

impl MalformedResponse {
    const fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

impl From<Fault> for MalformedResponse {
    fn from(fault: Fault) -> Self {
        Self::new(match fault {
            Fault::FieldsTooLong => "the header fields are longer than 32 KiB together",
            _ => fault.sentence(),
        })
    }
}

impl From<Refusal> for MalformedResponse {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.reason)
    }
}

/// The lines of a response, strictly.
struct ResponseLines;

impl LineRules for ResponseLines {
    type Refusal = MalformedResponse;
    const IS_STRICT: bool = true;
    const SKIPS_EMPTY_LINE: bool = false;
    const LONGEST_FIELDS: usize = LONGEST_RESPONSE_FIELDS;

    fn start_line(&mut self, line: &[u8]) -> Result<bool, MalformedResponse> {
        StatusLine::read(line).map(|_| false)
    }

    fn field_line(&mut self, line: &[u8]) -> Result<(), MalformedResponse> {
        split_field_line(line)?;
        Ok(())
    }
}

/// The head of a response that can be read in one way only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    status: u16,
    version: Version,
    reason: Vec<u8>,
    declared: Option<Framing>,
    /// The header fields. A change of the framing fields does not change [`framing`](Self::framing).
    pub fields: Fields,
}

impl ResponseHead {
    /// A response to be sent, in HTTP/1.1, with the phrase of its status and without fields.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            version: Version::Http11,
            reason: reason_phrase(status).into(),
            declared: None,
            fields: Fields::new(),
        }
    }

    /// Reads a head at the beginning of `octets`, and says how many of them it takes.
    ///
    /// `None` if it is not whole yet. More octets never change a verdict once given.
    ///
    /// # Errors
    /// [`MalformedResponse`] if no continuation could make a good head of it.
    pub fn parse(octets: &[u8]) -> Result<Option<(Self, usize)>, MalformedResponse> {
        let mut head = Self::new(0);
        let taken = head.read(octets)?;
        Ok(taken.map(|taken| (head, taken)))
    }

    /// As [`parse`](Self::parse), into this head and its memory. What it held is lost in any case.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn read(&mut self, octets: &[u8]) -> Result<Option<usize>, MalformedResponse> {
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
    ) -> Result<Option<usize>, MalformedResponse> {
        self.fields.clear();
        self.reason.clear();
        self.declared = None;
        let Some(layout) = progress.advance(octets, &mut ResponseLines)? else {
            return Ok(None);
        };
        let line = octets[..layout.fields_at].strip_suffix(b"\r\n");
        let line = StatusLine::read(line.expect("strict lines end with CRLF"))?;
        self.version = line.version;
        self.status = line.status;
        self.reason.extend_from_slice(line.reason);
        let mut storage = [EMPTY_HEADER; MOST_FIELDS];
        let fields = parse_headers(&octets[layout.fields_at..layout.end], &mut storage);
        let Ok(Status::Complete((_, fields))) = fields else {
            return Err(Fault::Field.into());
        };
        let mut declared = Declared::default();
        self.fields.keep(&octets[..layout.end], fields.len());
        for field in fields {
            if field.name.eq_ignore_ascii_case("content-length") {
                declared.add_length(field.value)?;
            } else if field.name.eq_ignore_ascii_case("transfer-encoding") {
                declared.add_coding(field.value, self.version)?;
            }
            self.fields
                .push_part(octets, field.name.as_bytes(), field.value);
        }
        self.declared = declared.framing();
        Ok(Some(layout.end))
    }

    /// The status code, from 100 to 599.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether another response to the same request follows this one: RFC 9110 §15.2.
    #[must_use]
    pub const fn is_interim(&self) -> bool {
        self.status < 200
    }

    /// The version the server speaks.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Speaks HTTP/1.1 from here on: a proxy sends its own version (RFC 9110 §2.5).
    pub fn speak_http11(&mut self) {
        self.version = Version::Http11;
    }

    /// Where the body ends, of a response to a request with this method: RFC 9112 §6.3.
    #[must_use]
    pub fn framing(&self, method: &str) -> Framing {
        if method == "HEAD" || self.is_interim() || matches!(self.status, 204 | 304) {
            return Framing::None;
        }
        self.declared.unwrap_or(Framing::UntilClose)
    }

    /// Whether the server will keep the connection after this response: RFC 9112 §9.3.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        !self.fields.lists("connection", "close")
            && (self.version == Version::Http11 || self.fields.lists("connection", "keep-alive"))
    }

    /// Writes the head as it goes over the wire.
    pub fn write(&self, out: &mut Vec<u8>) {
        let digit = |unit: u16| b'0' + (self.status / unit % 10) as u8;
        out.extend_from_slice(self.version.name().as_bytes());
        out.extend_from_slice(&[b' ', digit(100), digit(10), digit(1), b' ']);
        out.extend_from_slice(&self.reason);
        out.extend_from_slice(b"\r\n");
        self.fields.write(out);
        out.extend_from_slice(b"\r\n");
    }
}

/// The first line of a response.
struct StatusLine<'a> {
    version: Version,
    status: u16,
    reason: &'a [u8],
}

impl<'a> StatusLine<'a> {
    fn read(line: &'a [u8]) -> Result<Self, MalformedResponse> {
        let malformed = MalformedResponse::new;
        let Some((version, rest)) = line.split_at_checked(9) else {
            return Err(malformed("the status line is too short"));
        };
        let version = match version {
            b"HTTP/1.1 " => Version::Http11,
            b"HTTP/1.0 " => Version::Http10,
            _ => return Err(malformed("the version is neither HTTP/1.0 nor HTTP/1.1")),
        };
        let (digits, reason) = rest.split_at(rest.len().min(3));
        if digits.len() < 3 || !digits.iter().all(u8::is_ascii_digit) {
            return Err(malformed("the status code does not have three digits"));
        }
        let status = digits
            .iter()
            .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
        if !(100..=599).contains(&status) {
            return Err(malformed("no status code is below 100 or above 599"));
        }
        // The space behind the code is often forgotten when there is no phrase.
        let reason = match reason {
            [] => reason,
            [b' ', reason @ ..] => reason,
            _ => return Err(malformed("the status code does not have three digits")),
        };
        if !reason.iter().all(|octet| is_field_octet(*octet)) {
            return Err(malformed("the reason phrase holds a control character"));
        }
        Ok(Self {
            version,
            status,
            reason,
        })
    }
}
