//! Questions for `switchlab route`: a request as it is told becomes the octets of one.

mod line;
mod url;

use std::net::{IpAddr, Ipv4Addr};

pub(crate) use line::{Named, Unasked};
use url::Url;

/// Who asks unless it is told: an address for documentation (RFC 5737).
pub(crate) const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// A request, and who sends it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) from: IpAddr,
    /// Whether its URL says `https`; `None` if it has none, or says nothing of it.
    pub(crate) is_secure: Option<bool>,
    /// The octets that the balancer gets.
    pub(crate) octets: Vec<u8>,
}

impl Question {
    /// A request from its parts. A URL becomes path and `Host`, which a given `Host` replaces. Nothing is
    /// decoded or resolved, and what is wrong is the balancer's to judge, as long as it is still what was
    /// asked. Text is sent as UTF-8.
    ///
    /// # Errors
    /// What could not be sent as it is told, and what would be right.
    pub(crate) fn new(
        from: IpAddr,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Self, String> {
        let is_inside = |it: char| it.is_whitespace() || it.is_control();
        if method.is_empty() || method.contains(is_inside) {
            return Err(format!(
                "`method` is {method:?}; one word such as GET would be right"
            ));
        }
        for (name, value) in headers {
            is_field(name, value).map_err(|because| format!("`headers`: {because}"))?;
        }
        let Url {
            is_secure,
            host,
            target,
        } = Url::read(url, method)?;
        let has = |name: &str| {
            let mut names = headers.iter().map(|(given, _)| given);
            names.any(|given| given.eq_ignore_ascii_case(name))
        };
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        if let Some(host) = host
            && !has("host")
        {
            head += &format!("Host: {host}\r\n");
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let chunks = has("transfer-encoding").then(|| chunks(body));
        if chunks.is_none() && !body.is_empty() && !has("content-length") {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut octets = head.into_bytes();
        octets.extend_from_slice(b"\r\n");
        octets.extend_from_slice(chunks.as_deref().unwrap_or(body));
        Ok(Self {
            from,
            is_secure,
            octets,
        })
    }

    /// A request that is told octet by octet.
    pub(crate) const fn raw(from: IpAddr, octets: Vec<u8>) -> Self {
        Self {
            from,
            is_secure: None,
            octets,
        }
    }
}

/// Whether a header field would be sent as the one field that it is told to be.
///
/// # Errors
/// Why it would not.
pub(crate) fn is_field(name: &str, value: &str) -> Result<(), String> {
    let breaks = ['\r', '\n'];
    if name.is_empty() {
        return Err("a field has a name before its colon, and this one is empty".to_owned());
    }
    if name.contains(breaks) || name.contains(':') {
        return Err(format!(
            "the name {name:?} ends before its end; one without colon and line break would be right"
        ));
    }
    if value.contains(breaks) {
        return Err(format!(
            "the value of {name} is {value:?}, of which a line break makes another field; one line would be right, and `raw` is for all else"
        ));
    }
    Ok(())
}

/// A body as one chunk (RFC 9112 §7.1).
fn chunks(body: &[u8]) -> Vec<u8> {
    let mut chunks = Vec::new();
    if !body.is_empty() {
        chunks.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
        chunks.extend_from_slice(body);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
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
            ("http://a/",                    host("b"),     "",   "GET / HTTP/1.1\r\nhOST: b\r\n\r\n",                     "a given Host replaces the URL's"),
            ("/x?u=http://b/",               vec![],        "",   "GET /x?u=http://b/ HTTP/1.1\r\n\r\n",                   "a path alone has no host"),
            ("http://a/",                    vec![],        "hi", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "a body has a length"),
            ("http://a/",                    length,        "hi", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nhi", "unless it has one already, right or wrong"),
            ("http://a/",                    chunked,       "hi", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "or comes in chunks"),
        ];
        for (url, headers, body, expected, because) in rows {
            let question = Question::new(SOMEBODY, "GET", url, &headers, body.as_bytes()).unwrap();
            let octets = String::from_utf8(question.octets).unwrap();
            assert_eq!(octets, expected, "{because}");
        }
    }

    #[test]
    fn what_would_be_sent_as_something_else_is_refused() {
        #[rustfmt::skip]
        let rows = [
            ("",              "X",      "y",        "`method`",           "no method"),
            ("GET /x",        "X",      "y",        "`method`",           "a method and a target"),
            ("A\r\nB",        "X",      "y",        "`method`",           "a method on two lines"),
            ("GET",           "",       "y",        "empty",              "a value without a name"),
            ("GET",           "X: y\r", "z",        "without colon",      "a name that begins another line"),
            ("GET",           "X: y",   "z",        "without colon",      "a name that holds a value"),
            ("GET",           "X",      "y\r\nZ: 1", "the value of X",    "a value that holds a field"),
            ("GET",           "X",      "y\rz",     "the value of X",     "a line break that only some see"),
        ];
        for (method, name, value, complaint, because) in rows {
            let headers = [(name.to_owned(), value.to_owned())];
            let refused = Question::new(SOMEBODY, method, "http://a/", &headers, b"").unwrap_err();
            assert!(refused.contains(complaint), "{because}: {refused}");
        }
        let odd = [("X ".to_owned(), "\0\t".to_owned())];
        let odd = Question::new(SOMEBODY, "get", "http://a/", &odd, b"").unwrap();
        assert!(
            odd.octets.ends_with(b"X : \0\t\r\n\r\n"),
            "that is the balancer's to judge"
        );
    }
}
