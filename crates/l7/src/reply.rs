//! Answers that the switch makes itself: errors, fixed responses, redirects.

use std::borrow::Cow;
use std::net::SocketAddr;

use switchlab_http::{RequestHead, ResponseHead, octets_of, reason_phrase};

use crate::route::name_of;
use crate::{FixedResponse, HeaderAttributes, Protocol, Redirect, ResponseAttributes};

/// The longest `Location` in octets, as ELB has it.
const LONGEST_LOCATION: usize = 8 << 10;

/// An answer that needs no target.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    content_type: Cow<'static, str>,
    body: String,
    /// As the parts of a head: a character for each octet.
    location: Option<String>,
}

impl Reply {
    /// A page that names the status, as ELB writes it.
    pub(crate) fn page(status: u16) -> Self {
        let title = format!("{status} {}", reason_phrase(status));
        let title = title.trim_end();
        Self {
            status,
            content_type: "text/html".into(),
            body: format!(
                "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n\
                 <center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
            ),
            location: None,
        }
    }

    /// A fixed response.
    pub(crate) fn fixed(fixed: &FixedResponse) -> Self {
        Self {
            status: fixed.status,
            content_type: fixed.content_type.clone().into(),
            body: fixed.body.clone(),
            location: None,
        }
    }

    /// A redirect of a request that came to `server`, of which it names the host or else asks ours.
    ///
    /// 507 if the URL would be longer than 8 KiB.
    pub(crate) fn redirect(
        redirect: &Redirect,
        head: &RequestHead,
        protocol: Protocol,
        server: SocketAddr,
        attributes: &HeaderAttributes,
    ) -> Self {
        let own_host = attributes.own_host(server);
        let asked = Asked {
            protocol,
            host: name_of(head.host().unwrap_or(&own_host)),
            port: server.port(),
            path: head.path().strip_prefix('/').unwrap_or(head.path()),
            query: head.query().unwrap_or_default(),
        };
        let location = redirect.location(&asked);
        if location.chars().count() > LONGEST_LOCATION {
            return Self::page(507);
        }
        Self {
            location: Some(location),
            ..Self::page(redirect.status)
        }
    }

    /// Where a redirect leads.
    pub(crate) fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// Writes the whole answer; the body is left out of an answer to HEAD, and where there can be none.
    pub(crate) fn write(
        &self,
        out: &mut Vec<u8>,
        is_head: bool,
        connection: Connection,
        (attributes, server): (&ResponseAttributes, Option<&'static str>),
        date: &str,
    ) {
        let mut head = ResponseHead::new(self.status);
        let has_body = !matches!(self.status, 204 | 304);
        let length = self.body.len().to_string();
        let fields = [
            server.map(|server| ("Server", server)),
            Some(("Date", date)),
            has_body.then_some(("Content-Type", &*self.content_type)),
            has_body.then_some(("Content-Length", &*length)),
            self.location
                .as_deref()
                .map(|location| ("Location", location)),
            connection.field(),
        ];
        for (name, value) in fields.into_iter().flatten() {
            head.fields.add(name, octets_of(value));
        }
        attributes.apply(&mut head.fields);
        head.write(out);
        if has_body && !is_head {
            out.extend_from_slice(self.body.as_bytes());
        }
    }
}

/// What becomes of the client's connection behind an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// It is kept, as HTTP/1.1 has it without a word.
    Kept,
    /// It is kept, which a client of HTTP/1.0 must be told.
    KeptAloud,
    /// It is closed.
    Closed,
    /// It goes on with WebSocket.
    Upgraded,
}

impl Connection {
    /// The field that says so.
    pub(crate) const fn field(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Kept => None,
            Self::KeptAloud => Some(("Connection", "keep-alive")),
            Self::Closed => Some(("Connection", "close")),
            Self::Upgraded => Some(("Connection", "Upgrade")),
        }
    }
}

/// The parts of what was asked for.
struct Asked<'a> {
    protocol: Protocol,
    host: &'a str,
    port: u16,
    path: &'a str,
    query: &'a str,
}

impl Redirect {
    /// The absolute URL; its port is always there, `?` only before a query that is not empty.
    fn location(&self, asked: &Asked<'_>) -> String {
        let port = asked.port.to_string();
        let fill = |text: &str| {
            let mut filled = String::with_capacity(text.len() + asked.path.len());
            let mut rest = text;
            while let Some(at) = rest.find("#{") {
                filled.push_str(&rest[..at]);
                rest = &rest[at..];
                let end = rest.find('}').map_or(rest.len(), |end| end + 1);
                filled.push_str(match &rest[..end] {
                    "#{host}" => asked.host,
                    "#{port}" => &port,
                    "#{path}" => asked.path,
                    "#{query}" => asked.query,
                    "#{protocol}" => asked.protocol.name(),
                    other => other,
                });
                rest = &rest[end..];
            }
            filled + rest
        };
        let mut url = fill(&self.protocol).to_ascii_lowercase();
        for part in [
            "://",
            &fill(&self.host),
            ":",
            &fill(&self.port),
            &fill(&self.path),
        ] {
            url.push_str(part);
        }
        let query = fill(&self.query);
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_fills_in_what_was_asked_for() {
        let part = |host: &str, port: &str, path: &str, query: &str| Redirect {
            host: host.into(),
            port: port.into(),
            path: path.into(),
            query: query.into(),
            ..Redirect::default()
        };
        let https = Redirect {
            protocol: "HTTPS".into(),
            port: "443".into(),
            ..Redirect::default()
        };
        #[rustfmt::skip]
        let rows = [
            (https.clone(),                                     "/a/b?x=1", "https://shop.example:443/a/b?x=1", "only protocol and port change"),
            (https,                                             "/",        "https://shop.example:443/",        "no query, no question mark"),
            (part("new.#{host}", "#{port}", "/v2/#{path}", ""), "/a?x=1",   "http://new.shop.example:8080/v2/a", "a path without its first slash, no query"),
            (part("#{host}", "#{port}", "/x", "from=#{path}&#{query}"), "/a?b", "http://shop.example:8080/x?from=a&b", "parts in the query"),
            (part("h.x", "1", "/#{what}#{", "#{query}"),        "/",        "http://h.x:1/#{what}#{",           "what is no keyword stays"),
        ];
        for (redirect, target, expected, because) in rows {
            let octets = format!("GET {target} HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n");
            let (head, _) = RequestHead::parse(octets.as_bytes()).unwrap().unwrap();
            let reply = Reply::redirect(
                &redirect,
                &head,
                Protocol::Http,
                "10.0.0.1:8080".parse().unwrap(),
                &HeaderAttributes::default(),
            );
            assert_eq!(reply.location.as_deref(), Some(expected), "{because}");
        }
    }

    #[test]
    fn who_names_no_host_asks_the_balancer() {
        let (head, _) = RequestHead::parse(b"GET /a HTTP/1.0\r\n\r\n")
            .unwrap()
            .unwrap();
        #[rustfmt::skip]
        let rows = [
            (None,                    "http://10.0.0.1:80/b", "by the address it knows"),
            (Some("lab.elb.example"), "http://lab.elb.example:80/b", "by its name if it has one"),
        ];
        for (name, expected, because) in rows {
            let redirect = Redirect {
                path: "/b".into(),
                ..Redirect::default()
            };
            let attributes = HeaderAttributes {
                dns_name: name.map(Into::into),
                ..HeaderAttributes::default()
            };
            let server = "10.0.0.1:80".parse().unwrap();
            let reply = Reply::redirect(&redirect, &head, Protocol::Http, server, &attributes);
            assert_eq!(reply.location(), Some(expected), "{because}");
        }
    }
}
