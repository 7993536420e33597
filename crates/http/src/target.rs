//! The forms of a request target, and the authority in it or in `Host`.

use crate::Refusal;

/// A request target: RFC 9112 §3.2. Authority form belongs to CONNECT, which is refused before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// `/path?query`.
    Origin,
    /// `http://authority/path?query`, cut behind the authority.
    Absolute { authority: &'a str, rest: &'a str },
    /// `*`.
    Asterisk,
}

impl<'a> Target<'a> {
    /// The form of a target without fragment, of a request with this method.
    pub(crate) fn of(method: &str, target: &'a str) -> Result<Self, Refusal> {
        if target.starts_with('/') {
            return Ok(Self::Origin);
        }
        if target == "*" {
            if method != "OPTIONS" {
                return Err(Refusal::bad("only OPTIONS asks about `*`"));
            }
            return Ok(Self::Asterisk);
        }
        let Some((scheme, behind)) = target.split_once("://") else {
            return Err(Refusal::bad(
                "the request target is neither a path nor a URL",
            ));
        };
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(Refusal::bad("the request target's scheme is not http"));
        }
        let end = behind.find(['/', '?']).unwrap_or(behind.len());
        let (authority, rest) = behind.split_at(end);
        if !is_authority(authority) {
            return Err(Refusal::bad(
                "the request target's authority is not `host` or `host:port`",
            ));
        }
        Ok(Self::Absolute { authority, rest })
    }
}

/// Whether this is `host` or `host:port` with a host that is not empty and no user information
/// (RFC 3986 §3.2, RFC 9110 §4.2.4).
pub(crate) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(literal) => {
            let Some((address, behind)) = literal.split_once(']') else {
                return false;
            };
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            (address, behind)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_port = match port.strip_prefix(':') {
        None => port.is_empty(),
        // An empty port is allowed by the grammar and means the default.
        Some(digits) => digits.is_empty() || is_number(digits),
    };
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=".contains(&octet);
    is_port && !host.is_empty() && (text.starts_with('[') || host.bytes().all(is_name))
}

fn is_number(digits: &str) -> bool {
    digits.bytes().all(|octet| octet.is_ascii_digit()) && digits.parse::<u16>().is_ok()
}
