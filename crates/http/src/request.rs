//! The head of a request, and why one is refused.

use crate::scan::{Fault, LONGEST_START_LINE};
use crate::strict::{check_method, check_target};
use crate::target::{Target, is_authority, path_of, query_of};
use crate::text::write_text;
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
    pub(crate) const VERSION: Self = Self {
        status: 505,
        reason: "only HTTP/1.0 and HTTP/1.1 are spoken here",
    };
    pub(crate) const NO_HOST: Self = Self::bad("Host is missing");
    pub(crate) const CONTRADICTION: Self =
        Self::bad("Content-Length and Transfer-Encoding contradict each other");
    pub(crate) const CODING: Self = Self {
        status: 501,
        reason: "only the transfer coding `chunked` is implemented",
    };

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

/// The head of a request.
///
/// A target in absolute form has become `path?query`, its authority the `Host` (RFC 9112 §3.2.2).
/// Read strictly ([`parse`](Self::parse), [`read`](Self::read), [`read_on`](Self::read_on)), it can be
/// read in one way only, and nothing else of the target is changed, ever. `Host` stands once in HTTP/1.1,
/// at most once in HTTP/1.0; it may be empty.
///
/// [`read_leniently`](Self::read_leniently) lets octets above ASCII and others through; in method, target
/// and names of fields they stand as the characters of the same numbers (ISO 8859-1), and are written as
/// they came.
///
/// Heads are equal if they say the same to whoever they are sent to; a `Host` that the authority of the
/// target has replaced is not asked.
#[derive(Debug, Clone, Default)]
pub struct RequestHead {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: Version,
    pub(crate) framing: Framing,
    /// The header fields. A change of the framing fields does not change [`framing`](Self::framing).
    pub fields: Fields,
    /// The values of `Host` that the authority of a target in absolute form has replaced.
    replaced_hosts: Vec<Box<[u8]>>,
}

impl PartialEq for RequestHead {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            method,
            target,
            version,
            framing,
            fields,
            replaced_hosts: _,
        } = self;
        *method == other.method
            && *target == other.target
            && *version == other.version
            && *framing == other.framing
            && *fields == other.fields
    }
}

impl Eq for RequestHead {}

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
        check_method(method)?;
        check_target(method, target)?;
        Ok(head)
    }

    /// Whether octets that could not be read as a head, or not to its end, ask with `HEAD` all the same: then
    /// no body follows an answer (RFC 9110 §9.3.2).
    #[must_use]
    pub fn asks_for_head_only(unread: &[u8]) -> bool {
        let line = unread.strip_prefix(b"\r\n").unwrap_or(unread);
        line.starts_with(b"HEAD ")
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
        path_of(&self.target)
    }

    /// The target behind the first `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        query_of(&self.target)
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

    /// `Host`, with its port if it has one; `None` if it is missing or empty.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let host = self.fields.get("host").filter(|host| !host.is_empty())?;
        std::str::from_utf8(host).ok()
    }

    /// Puts another `Host` in place of all there are, and of what was [replaced](Self::restore_host): where the
    /// first stood, or in front of all fields.
    ///
    /// # Errors
    /// If it is not `host` or `host:port`; the head is then as it was.
    pub fn set_host(&mut self, host: &str) -> Result<(), Refusal> {
        if !is_authority(host.as_bytes()) {
            return Err(Refusal::bad("Host is not `host` or `host:port`"));
        }
        self.replaced_hosts.clear();
        self.fields.put_in_place("Host", host);
        Ok(())
    }

    /// Puts `Host` back as it came, where the authority of a target in absolute form has replaced it. Of
    /// several, which only a lenient reader lets through, all but the first stand behind the other fields.
    pub fn restore_host(&mut self) {
        let mut hosts = self.replaced_hosts.drain(..);
        if let Some(first) = hosts.next() {
            self.fields.put_in_place("Host", first);
        }
        for host in hosts {
            self.fields.push("Host", &host);
        }
    }

    /// Puts another path with its query in place of the target. What is not visible ASCII passes if the
    /// target holds it already, since a lenient reader let it through.
    ///
    /// # Errors
    /// If it is no such path that begins with `/`, or does not fit into a request line; the head is then
    /// as it was.
    pub fn set_target(&mut self, target: &str) -> Result<(), Refusal> {
        if target.chars().count() > LONGEST_START_LINE {
            return Err(Fault::StartLineTooLong.into());
        }
        let came = |sign: char| !sign.is_ascii_graphic() && self.target.contains(sign);
        let ours: String = target.chars().filter(|sign| !came(*sign)).collect();
        match check_target(&self.method, &ours)? {
            Target::Origin if target.starts_with('/') => self.target.replace_range(.., target),
            _ => return Err(Refusal::bad("the request target does not begin with `/`")),
        }
        Ok(())
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
            write_text(out, part);
        }
        self.fields.write(out);
        out.extend_from_slice(b"\r\n");
    }

    pub(crate) fn clear(&mut self) {
        self.method.clear();
        self.target.clear();
        self.fields.clear();
        self.replaced_hosts.clear();
        self.version = Version::default();
        self.framing = Framing::default();
    }

    /// Sets the target; an authority that stood in it becomes `Host`.
    pub(crate) fn take_target(&mut self, target: &str, authority: Option<&str>) {
        self.target.push_str(target);
        if let Some(authority) = authority {
            let hosts = self.fields.get_all("host").map(Box::from);
            self.replaced_hosts = hosts.collect();
            self.fields.put_in_place("Host", authority);
        }
    }
}

/// Whether a method goes on.
pub(crate) fn allowed_method(method: &str) -> Result<(), Refusal> {
    if method.len() > LONGEST_METHOD {
        return Err(Refusal {
            status: 501,
            reason: "no method has more than 40 characters",
        });
    }
    if matches!(method, "TRACE" | "CONNECT") {
        return Err(Refusal {
            status: 405,
            reason: "TRACE and CONNECT are not allowed here",
        });
    }
    Ok(())
}

/// Whether the one expectation there is, is expected.
pub(crate) fn check_expectation(value: &[u8]) -> Result<(), Refusal> {
    if value.eq_ignore_ascii_case(b"100-continue") {
        return Ok(());
    }
    Err(Refusal {
        status: 417,
        reason: "Expect asks for something other than 100-continue",
    })
}

/// Whether this can be a `Host`.
pub(crate) fn check_host(host: &[u8]) -> Result<(), Refusal> {
    if host.is_empty() || is_authority(host) {
        return Ok(());
    }
    Err(Refusal::bad("Host is not `host` or `host:port`"))
}
