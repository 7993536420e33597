//! The head of a request, and why one is refused.

use crate::fields::END_TO_END;
use crate::framing::declared;
use crate::scan::{Fault, MOST_FIELDS, scan};
use crate::syntax::{elements, is_token};
use crate::target::{Target, is_authority};
use crate::{Fields, Framing};

/// The longest method in octets, as ELB's rules have it.
const LONGEST_METHOD: usize = 40;

/// The version of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Version {
    /// HTTP/1.0: one exchange per connection unless both ask for more.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

impl Version {
    /// The version as it stands in a start line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

/// Why a request is refused. The answer is this status, and the connection is closed after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {reason}")]
pub struct Refusal {
    /// The status code of the answer.
    pub status: u16,
    /// What is wrong, as a part of a sentence.
    pub reason: &'static str,
}

impl Refusal {
    pub(crate) const fn bad(reason: &'static str) -> Self {
        Self {
            status: 400,
            reason,
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let status = match fault {
            Fault::StartLineTooLong => 414,
            Fault::FieldTooLong | Fault::FieldsTooLong | Fault::TooManyFields => 431,
            _ => 400,
        };
        Self {
            status,
            reason: fault.sentence(),
        }
    }
}

/// The head of a request that can be read in one way only.
///
/// A target in absolute form has become `path?query`, its authority the `Host` (RFC 9112 §3.2.2).
/// Nothing else of the target is changed, ever. `Host` stands once in HTTP/1.1, at most once in HTTP/1.0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestHead {
    method: String,
    target: String,
    version: Version,
    framing: Framing,
    /// The header fields. A change of the framing fields does not change [`framing`](Self::framing).
    pub fields: Fields,
}

impl RequestHead {
    /// A request to be sent, in HTTP/1.1 and without fields.
    ///
    /// # Errors
    /// If the method is no token or the target is not a path, a URL or `*`.
    pub fn new(method: &str, target: &str) -> Result<Self, Refusal> {
        let head = Self {
            method: method.to_owned(),
            target: target.to_owned(),
            ..Self::default()
        };
        check_method(method.as_bytes())?;
        check_target(method, target.as_bytes())?;
        Ok(head)
    }

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
        self.clear();
        // One empty line in front is left over from careless clients: RFC 9112 §2.2.
        let skipped = if octets.starts_with(b"\r\n") { 2 } else { 0 };
        let octets = &octets[skipped..];
        if skipped == 0 && octets == b"\r" {
            return Ok(None);
        }
        let lines = scan(octets)?;
        let authority = match lines.first {
            Some(first) => self.read_request_line(&octets[..first])?,
            None => None,
        };
        let mut storage = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let mut request = httparse::Request::new(&mut storage);
        match (
            request.parse(&octets[..lines.end.unwrap_or(octets.len())]),
            lines.first,
        ) {
            (Ok(_), _) => {}
            // Judged when the line is whole, when the version is known in full.
            (Err(httparse::Error::Version | httparse::Error::NewLine), None) => return Ok(None),
            (Err(_), None) => return Err(Refusal::bad("the request line is malformed")),
            (Err(_), Some(_)) => return Err(Refusal::bad("a header field is malformed")),
        }
        let Some(end) = lines.end else {
            return Ok(None);
        };
        for header in request.headers.iter() {
            self.fields.push(header.name, header.value);
        }
        self.check_fields()?;
        if let Some(authority) = authority {
            self.fields.remove("host");
            self.fields.push("Host", authority.as_bytes());
        }
        self.framing = declared(&self.fields, self.version)?.unwrap_or_default();
        Ok(Some(skipped + end))
    }

    /// The method. Methods are told apart by case; unknown ones are none of our business.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Path and query as they came, or `*`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The target up to the first `?`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(&*self.target, |(path, _)| path)
    }

    /// The target behind the first `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The version the client speaks.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Speaks HTTP/1.1 from here on: a proxy sends its own version (RFC 9110 §2.5).
    pub fn speak_http11(&mut self) {
        self.version = Version::Http11;
    }

    /// Where the body ends.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// `Host`, with its port if it has one.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let host = self.fields.get("host")?;
        std::str::from_utf8(host).ok()
    }

    /// Whether the client will use the connection again after this request: RFC 9112 §9.3.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        !self.fields.lists("connection", "close")
            && (self.version == Version::Http11 || self.fields.lists("connection", "keep-alive"))
    }

    /// Whether the client waits for `100 Continue` before it sends the body: RFC 9110 §10.1.1.
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.version == Version::Http11 && self.fields.contains("expect")
    }

    /// Writes the head as it goes over the wire.
    pub fn write(&self, out: &mut Vec<u8>) {
        for part in [
            &*self.method,
            " ",
            &self.target,
            " ",
            self.version.name(),
            "\r\n",
        ] {
            out.extend_from_slice(part.as_bytes());
        }
        self.fields.write(out);
        out.extend_from_slice(b"\r\n");
    }

    fn clear(&mut self) {
        self.method.clear();
        self.target.clear();
        self.fields.clear();
        self.version = Version::default();
        self.framing = Framing::default();
    }

    /// Reads the first line; the authority is that of a target in absolute form.
    fn read_request_line<'a>(&mut self, line: &'a [u8]) -> Result<Option<&'a str>, Refusal> {
        let mut parts = line.split(|octet| *octet == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::bad(
                "the request line is not method, target and version with one space between them",
            ));
        };
        let method = check_method(method)?;
        self.version = read_version(version)?;
        self.method.push_str(method);
        match check_target(method, target)? {
            (_, Target::Absolute { authority, rest }) => {
                match rest.chars().next() {
                    Some('/') => {}
                    None if method == "OPTIONS" => self.target.push('*'),
                    _ => self.target.push('/'),
                }
                self.target.push_str(rest);
                Ok(Some(authority))
            }
            (text, Target::Origin | Target::Asterisk) => {
                self.target.push_str(text);
                Ok(None)
            }
        }
    }

    /// The rules that concern single fields: Host, Connection, Expect, and names made to be misread.
    fn check_fields(&self) -> Result<(), Refusal> {
        let mut hosts = self.fields.get_all("host");
        let (host, another) = (hosts.next(), hosts.next());
        if another.is_some() {
            return Err(Refusal::bad("there is more than one Host"));
        }
        match host {
            None if self.version == Version::Http11 => {
                return Err(Refusal::bad("Host is missing"));
            }
            Some(host) if !std::str::from_utf8(host).is_ok_and(is_authority) => {
                return Err(Refusal::bad("Host is not `host` or `host:port`"));
            }
            _ => {}
        }
        for (name, value) in self.fields.iter() {
            if is_look_alike(name) {
                return Err(Refusal::bad("a field is named almost like a framing field"));
            }
            if name.eq_ignore_ascii_case("connection") {
                let names_ours = |option: &[u8]| {
                    END_TO_END
                        .iter()
                        .any(|end| option.eq_ignore_ascii_case(end.as_bytes()))
                };
                if elements(value).any(names_ours) {
                    return Err(Refusal::bad(
                        "Connection would take away a field that is meant for everybody",
                    ));
                }
            }
            if name.eq_ignore_ascii_case("expect") && !value.eq_ignore_ascii_case(b"100-continue") {
                return Err(Refusal {
                    status: 417,
                    reason: "Expect asks for something other than 100-continue",
                });
            }
        }
        Ok(())
    }
}

/// The method, if it is one that goes on.
fn check_method(method: &[u8]) -> Result<&str, Refusal> {
    if !is_token(method) {
        return Err(Refusal::bad("the method is not a token"));
    }
    if method.len() > LONGEST_METHOD {
        return Err(Refusal {
            status: 501,
            reason: "no method has more than 40 characters",
        });
    }
    match std::str::from_utf8(method).expect("a token is ASCII") {
        "TRACE" | "CONNECT" => Err(Refusal {
            status: 405,
            reason: "TRACE and CONNECT are not allowed here",
        }),
        method => Ok(method),
    }
}

fn check_target<'a>(method: &str, target: &'a [u8]) -> Result<(&'a str, Target<'a>), Refusal> {
    if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
        return Err(Refusal::bad(
            "the request target is empty or holds something other than visible ASCII characters",
        ));
    }
    let text = std::str::from_utf8(target).expect("visible ASCII");
    let form = Target::read(text).map_err(Refusal::bad)?;
    if form == Target::Asterisk && method != "OPTIONS" {
        return Err(Refusal::bad("only OPTIONS asks about `*`"));
    }
    Ok((text, form))
}

fn read_version(version: &[u8]) -> Result<Version, Refusal> {
    match version {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Err(Refusal {
                status: 505,
                reason: "only HTTP/1.0 and HTTP/1.1 are spoken here",
            })
        }
        _ => Err(Refusal::bad("the version is malformed")),
    }
}

/// Whether somebody careless could take this for a framing field: `_` for `-`.
fn is_look_alike(name: &str) -> bool {
    let normal = |name: u8| {
        if name == b'_' {
            b'-'
        } else {
            name.to_ascii_lowercase()
        }
    };
    name.contains('_')
        && ["transfer-encoding", "content-length"]
            .iter()
            .any(|framing| name.bytes().map(normal).eq(framing.bytes()))
}
