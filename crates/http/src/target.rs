//! The forms of a request target, and the authority in it or in `Host`.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use memchr::memchr;

use crate::Refusal;
use crate::syntax::decimal;

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
        if !is_authority(authority.as_bytes()) {
            return Err(Refusal::bad(
                "the request target's authority is not `host` or `host:port`",
            ));
        }
        Ok(Self::Absolute { authority, rest })
    }

    /// This `target` as `path?query` or `*`, and the authority, which becomes `Host` (RFC 9112 §3.2.2).
    pub(crate) fn in_origin_form(
        self,
        method: &str,
        target: &'a str,
    ) -> (Cow<'a, str>, Option<&'a str>) {
        let Self::Absolute { authority, rest } = self else {
            return (Cow::Borrowed(target), None);
        };
        let target = match rest {
            "" if method == "OPTIONS" => Cow::Borrowed("*"),
            rest if rest.starts_with('/') => Cow::Borrowed(rest),
            rest => Cow::Owned(format!("/{rest}")),
        };
        (target, Some(authority))
    }
}

/// A target up to the first `?`.
pub(crate) fn path_of(target: &str) -> &str {
    let end = memchr(b'?', target.as_bytes());
    &target[..end.unwrap_or(target.len())]
}

/// A target behind the first `?`.
pub(crate) fn query_of(target: &str) -> Option<&str> {
    target.split_once('?').map(|(_, query)| query)
}

/// By octet: whether a `reg-name` may hold it (RFC 3986 §3.2.2).
const IS_NAME: [bool; 256] = {
    let mut all = [false; 256];
    let mut octet = b'!';
    while octet <= b'~' {
        all[octet as usize] = octet.is_ascii_alphanumeric()
            || matches!(octet, b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&')
            || matches!(octet, b'\'' | b'(' | b')' | b'*' | b'+' | b';' | b'=');
        octet += 1;
    }
    all
};

/// Whether this is `host` or `host:port` with a host that is not empty and no user information
/// (RFC 3986 §3.2, RFC 9110 §4.2.4).
pub(crate) fn is_authority(text: &[u8]) -> bool {
    let port = match text {
        [b'[', literal @ ..] => {
            let Some(end) = memchr(b']', literal) else {
                return false;
            };
            let address = std::str::from_utf8(&literal[..end]);
            if !address.is_ok_and(|address| address.parse::<Ipv6Addr>().is_ok()) {
                return false;
            }
            &literal[end + 1..]
        }
        _ => {
            let end = text.iter().position(|octet| !IS_NAME[usize::from(*octet)]);
            let (name, port) = text.split_at(end.unwrap_or(text.len()));
            if name.is_empty() {
                return false;
            }
            port
        }
    };
    match port {
        // An empty port is allowed by the grammar and means the default.
        [] | [b':'] => true,
        [b':', digits @ ..] => decimal(digits).is_some_and(|port| port <= u64::from(u16::MAX)),
        _ => false,
    }
}
