//! Questions for `switchlab route`: a request as it is told becomes the octets of one.

use std::net::{IpAddr, Ipv4Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// Who asks unless it is told: an address for documentation (RFC 5737).
pub(crate) const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// A request, and who sends it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// What its asker calls it.
    pub(crate) id: Option<Value>,
    pub(crate) from: IpAddr,
    /// The octets that the balancer gets.
    pub(crate) octets: Vec<u8>,
}

/// A line that is no question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unasked {
    /// What its asker calls it, as far as that can be read.
    pub(crate) id: Option<Value>,
    /// What is not right with it.
    pub(crate) because: String,
}

/// A line of `--requests`, but for its id.
#[derive(Deserialize)]
struct Line {
    method: Option<String>,
    url: Option<String>,
    headers: Option<Vec<(String, String)>>,
    from: Option<IpAddr>,
    body: Option<String>,
    raw: Option<String>,
}

impl Question {
    /// Reads a line of `--requests`.
    ///
    /// # Errors
    /// What is not right with it.
    pub(crate) fn read(line: &[u8]) -> Result<Self, Unasked> {
        let unasked = |id: Option<Value>, because: String| Unasked { id, because };
        let line: Value =
            serde_json::from_slice(line).map_err(|error| unasked(None, error.to_string()))?;
        let id = line.get("id").cloned();
        match Line::deserialize(line).map_err(|error| error.to_string()) {
            Ok(line) => match line.octets() {
                Ok(octets) => Ok(Self {
                    id,
                    from: line.from.unwrap_or(SOMEBODY),
                    octets,
                }),
                Err(because) => Err(unasked(id, because)),
            },
            Err(because) => Err(unasked(id, because)),
        }
    }
}

impl Line {
    /// The octets of the request.
    fn octets(&self) -> Result<Vec<u8>, String> {
        let decode = |key: &str, text: &str| {
            let octets = STANDARD.decode(text);
            octets.map_err(|error| format!("`{key}` is not base64: {error}"))
        };
        match (&self.raw, &self.url) {
            (Some(raw), None) => decode("raw", raw),
            (None, Some(url)) => {
                let body = self.body.as_deref().map(|body| decode("body", body));
                let body = body.transpose()?.unwrap_or_default();
                let method = self.method.as_deref().unwrap_or("GET");
                let headers = self.headers.as_deref().unwrap_or_default();
                Ok(request(method, url, headers, &body))
            }
            _ => Err("it needs `url` or `raw`, one of both".to_owned()),
        }
    }
}

/// Writes a request: a URL becomes path and `Host`, which a given `Host` replaces. Nothing is decoded,
/// resolved or refused; that is for the balancer to judge. Text is sent as UTF-8.
pub(crate) fn request(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Vec<u8> {
    let has = |name: &str| {
        headers
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
    };
    let (host, target) = take_apart(url);
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if let Some(host) = host
        && !has("host")
    {
        head += &format!("Host: {host}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut chunks = Vec::new();
    let body = match has("transfer-encoding") {
        true => {
            if !body.is_empty() {
                chunks.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
                chunks.extend_from_slice(body);
                chunks.extend_from_slice(b"\r\n");
            }
            chunks.extend_from_slice(b"0\r\n\r\n");
            &chunks
        }
        false => {
            if !body.is_empty() && !has("content-length") {
                head += &format!("Content-Length: {}\r\n", body.len());
            }
            body
        }
    };
    let mut octets = head.into_bytes();
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(body);
    octets
}

/// Host and port of a URL, and its path with the query; a fragment is never sent.
fn take_apart(url: &str) -> (Option<&str>, String) {
    let url = url.split('#').next().unwrap_or_default();
    let Some((_, behind)) = url.split_once("://").filter(|(scheme, _)| {
        let is_letter = |octet: u8| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet);
        !scheme.is_empty() && scheme.bytes().all(is_letter)
    }) else {
        return (None, url.to_owned());
    };
    let end = behind.find(['/', '?']).unwrap_or(behind.len());
    let (authority, target) = behind.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let slash = if target.starts_with('/') { "" } else { "/" };
    (Some(host), format!("{slash}{target}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_becomes_path_and_host() {
        let host = |value: &str| vec![("hOST".to_owned(), value.to_owned())];
        let chunked = vec![("Transfer-Encoding".to_owned(), "chunked".to_owned())];
        let length = vec![("Content-Length".to_owned(), "1".to_owned())];
        #[rustfmt::skip]
        let rows = [
            ("http://shop.example/cart?x=1", vec![],        "",   "GET /cart?x=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n",  "the issue's example"),
            ("https://shop.example:8443",    vec![],        "",   "GET / HTTP/1.1\r\nHost: shop.example:8443\r\n\r\n",     "a port goes along, no path is the root"),
            ("http://a?b#c",                 vec![],        "",   "GET /?b HTTP/1.1\r\nHost: a\r\n\r\n",                   "a fragment stays at home"),
            ("http://me@a/../%2e//b c",      vec![],        "",   "GET /../%2e//b c HTTP/1.1\r\nHost: a\r\n\r\n",          "a path is sent as it stands, a name never"),
            ("http://a/",                    host("b"),     "",   "GET / HTTP/1.1\r\nhOST: b\r\n\r\n",                     "a given Host replaces the URL's"),
            ("/x?u=http://b/",               vec![],        "",   "GET /x?u=http://b/ HTTP/1.1\r\n\r\n",                   "a path alone has no host"),
            ("http://a/",                    vec![],        "hi", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "a body has a length"),
            ("http://a/",                    length,        "hi", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nhi", "unless it has one already, right or wrong"),
            ("http://a/",                    chunked,       "hi", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "or comes in chunks"),
        ];
        for (url, headers, body, expected, because) in rows {
            let octets = request("GET", url, &headers, body.as_bytes());
            assert_eq!(String::from_utf8(octets).unwrap(), expected, "{because}");
        }
    }
}
