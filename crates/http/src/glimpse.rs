//! What can be told of a request that is refused.

use memchr::memrchr;

use crate::lenient::{RequestLine, lines};
use crate::syntax::{is_token, trim};
use crate::target::{Target, is_authority};
use crate::text::text_of;

/// What a log tells of a request that is refused; as it came, a character for each octet ([`text_of`]).
///
/// Nothing of it may be acted upon: the head is not whole, or not good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// The method.
    pub method: String,
    /// The target; without scheme and authority, if it was in absolute form.
    pub target: String,
    /// The version.
    pub version: String,
    /// The authority of the target, else the first `Host`; `None` if there is none, or it is malformed.
    pub host: Option<String>,
    /// The first `User-Agent`, as far as the head came.
    pub user_agent: Option<Vec<u8>>,
}

impl Glimpse {
    /// Looks at the octets from the first of a request on.
    ///
    /// `None` if their first line is not whole, or is not method, target and version in this order.
    #[must_use]
    pub fn of(octets: &[u8]) -> Option<Self> {
        let mut lines = lines(&octets[..memrchr(b'\n', octets)?]);
        let first = lines.next().filter(|line| !line.is_empty());
        let line = RequestLine::of(first.or_else(|| lines.next())?);
        if !is_token(line.method) || !line.version.starts_with(b"HTTP/") {
            return None;
        }
        let [method, mut target, version] = [line.method, line.target, line.version].map(text_of);
        let mut host = None;
        match Target::of(&method, &target) {
            Ok(Target::Absolute { authority, rest }) => {
                host = Some(authority.to_owned());
                target = if rest.is_empty() { "/" } else { rest }.to_owned();
            }
            // The authority form of CONNECT is no URL's.
            Err(_) if method == "CONNECT" && is_authority(line.target) => {
                host = Some(std::mem::take(&mut target));
            }
            Err(_) if target != "*" => return None,
            _ => {}
        }
        let mut user_agent = None;
        for line in lines.take_while(|line| !line.is_empty()) {
            let mut halves = line.splitn(2, |octet| *octet == b':');
            let (Some(name), Some(value)) = (halves.next(), halves.next().map(trim)) else {
                continue;
            };
            if name.eq_ignore_ascii_case(b"user-agent") {
                user_agent.get_or_insert_with(|| value.to_vec());
            } else if name.eq_ignore_ascii_case(b"host") && is_authority(value) {
                host.get_or_insert_with(|| text_of(value));
            }
        }
        Some(Self {
            method,
            target,
            version,
            host,
            user_agent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_is_told_as_it_came() {
        #[rustfmt::skip]
        let rows: [(&str, Option<[&str; 4]>, &str); 16] = [
            ("GET /a?b HTTP/1.1\r\nHost: h:1\r\n\r\n",   Some(["GET", "/a?b", "HTTP/1.1", "h:1"]), "all there is"),
            ("\r\nGET / HTTP/1.1\r\nHost: h\r\n",        Some(["GET", "/", "HTTP/1.1", "h"]), "behind an empty line"),
            ("GET / HTTP/1.1\nhOST:\th \n",               Some(["GET", "/", "HTTP/1.1", "h"]), "however lines end"),
            ("GET / HTTP/1.1\r\nHost: h",                  Some(["GET", "/", "HTTP/1.1", "-"]), "a line that is not whole does not count"),
            ("GET / HTTP/1.1\r\n\r\nHost: h\r\n",        Some(["GET", "/", "HTTP/1.1", "-"]), "nor what is behind the head"),
            ("GET / HTTP/1.1\r\nHost: a b\r\nHost: c\r\n", Some(["GET", "/", "HTTP/1.1", "c"]), "nor a host that is none"),
            ("GET http://u/x HTTP/1.1\r\nHost: h\r\n",     Some(["GET", "/x", "HTTP/1.1", "u"]), "the URL's host goes first"),
            ("GET http://u HTTP/1.1\r\n",                  Some(["GET", "/", "HTTP/1.1", "u"]), "a URL without path"),
            ("CONNECT h:443 HTTP/1.1\r\n",                 Some(["CONNECT", "", "HTTP/1.1", "h:443"]), "an authority has no path"),
            ("PRI * HTTP/2.0\r\n",                         Some(["PRI", "*", "HTTP/2.0", "-"]), "another version, another use of `*`"),
            ("GET /a b HTTP/1.1\r\n",                      Some(["GET", "/a b", "HTTP/1.1", "-"]), "a space is a part of the target"),
            ("GET / HTTP/1.1",                             None, "the first line is not whole"),
            ("SSH-2.0-OpenSSH_9.6\r\n",                    None, "one word is no request line"),
            ("G(T / HTTP/1.1\r\n",                         None, "no method is written so"),
            ("GET h:443 HTTP/1.1\r\n",                     None, "only CONNECT asks for an authority"),
            ("GET ? HTTP/1.1\r\n",                         None, "no target begins so"),
        ];
        for (octets, expected, because) in rows {
            let told = Glimpse::of(octets.as_bytes()).map(|told| {
                let host = told.host.unwrap_or_else(|| "-".to_owned());
                [told.method, told.target, told.version, host]
            });
            let expected = expected.map(|parts| parts.map(str::to_owned));
            assert_eq!(told, expected, "{because}");
        }
        let agents = b"GET / HTTP/1.1\r\nUser-Agent: a/1 \xe9\r\nUser-Agent: b\r\n";
        let told = Glimpse::of(agents).and_then(|told| told.user_agent);
        assert_eq!(told.as_deref(), Some(&b"a/1 \xe9"[..]), "the first");
    }
}
