//! What a proxy changes in heads: hop-by-hop fields, framing, Host, X-Forwarded-*, Connection.

use std::borrow::Cow;
use std::io::Write;
use std::net::SocketAddr;

use switchlab_http::{Framing, RequestHead, ResponseHead, Version};

use crate::reply::Connection;
use crate::route::name_of;

/// The most addresses of `X-Forwarded-For`, as ELB has it; a request with more is answered with 463.
pub(crate) const MOST_FORWARDERS: usize = 30;

/// How many addresses `X-Forwarded-For` names.
pub(crate) fn forwarders(head: &RequestHead) -> usize {
    let lines = head.fields.get_all("x-forwarded-for");
    lines
        .flat_map(|line| line.split(|octet| *octet == b','))
        .filter(|element| !element.trim_ascii().is_empty())
        .count()
}

/// Makes the head of a client's request one to send to a target.
///
/// `Expect` goes, for the switch has answered it; `Host` is written as an ALB writes it: in lower case,
/// without port on port 80 and 443, with the listener's port on others.
pub(crate) fn towards_target(
    head: &mut RequestHead,
    client: SocketAddr,
    server: SocketAddr,
    scratch: &mut Vec<u8>,
) {
    const SOUND: &str = "made of addresses, numbers and values that were read from fields";
    let host = match head.host() {
        None => Some(host_on("", server).into_owned()),
        Some(host) => match host_on(host, server) {
            Cow::Borrowed(_) => None,
            Cow::Owned(host) => Some(host),
        },
    };
    if let Some(host) = host {
        head.fields.set("Host", host).expect(SOUND);
    }
    scratch.clear();
    for line in head.fields.get_all("x-forwarded-for") {
        scratch.extend_from_slice(line);
        scratch.extend_from_slice(b", ");
    }
    write!(scratch, "{}", client.ip()).expect("writing to memory cannot fail");
    let framing = head.framing();
    let fields = &mut head.fields;
    fields.remove_hop_by_hop();
    fields.remove("expect");
    fields.set("X-Forwarded-For", &*scratch).expect(SOUND);
    fields.set("X-Forwarded-Proto", "http").expect(SOUND);
    scratch.clear();
    write!(scratch, "{}", server.port()).expect("writing to memory cannot fail");
    fields.set("X-Forwarded-Port", &*scratch).expect(SOUND);
    framing.declare(fields);
    head.speak_http11();
}

/// The host as a target sees it; borrowed if it stays as it is.
fn host_on(host: &str, server: SocketAddr) -> Cow<'_, str> {
    let name = name_of(host);
    let has_port = name.len() < host.len();
    let port = server.port();
    let is_lower = !host.bytes().any(|octet| octet.is_ascii_uppercase());
    let lower = |text: &str| text.to_ascii_lowercase();
    match (host.is_empty(), port) {
        (true, 80 | 443) => Cow::Owned(server.ip().to_string()),
        (true, _) => Cow::Owned(server.to_string()),
        (false, 80 | 443) if is_lower && !has_port => Cow::Borrowed(host),
        (false, 80 | 443) => Cow::Owned(lower(name)),
        (false, _) if has_port && is_lower => Cow::Borrowed(host),
        (false, _) if has_port => Cow::Owned(lower(host)),
        (false, _) => Cow::Owned(format!("{}:{port}", lower(name))),
    }
}

/// How the body of a target's answer goes on to a client.
///
/// What ends with the target's connection goes in chunks to a client of HTTP/1.1. A client of HTTP/1.0
/// knows no chunks: for it such a body ends with its own connection.
pub(crate) const fn framing_for(incoming: Framing, client: Version) -> Framing {
    match (incoming, client) {
        (Framing::UntilClose | Framing::Chunked, Version::Http11) => Framing::Chunked,
        (Framing::UntilClose | Framing::Chunked, Version::Http10) => Framing::UntilClose,
        (same, _) => same,
    }
}

/// Makes the head of a target's answer one to send to a client.
pub(crate) fn towards_client(head: &mut ResponseHead, outgoing: Framing, connection: Connection) {
    let status = head.status();
    let fields = &mut head.fields;
    fields.remove_hop_by_hop();
    match outgoing {
        // An answer to HEAD, or a 304, may tell the length of a body that does not follow.
        Framing::None if status >= 200 && status != 204 => {}
        _ => outgoing.declare(fields),
    }
    if let Some((name, value)) = connection.field() {
        fields.append(name, value).expect("a word is a value");
    }
    head.speak_http11();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_written_as_an_alb_writes_it() {
        #[rustfmt::skip]
        let rows = [
            ("Host: example.com",                80,   "example.com",      "the guide's first row"),
            ("Host: example.com:80",             80,   "example.com",      "the port of the listener goes"),
            ("Host: Example.COM:1234",           80,   "example.com",      "any port goes, and case"),
            ("Host: example.com",                8080, "example.com:8080", "another port is added"),
            ("Host: example.com:9",              8080, "example.com:9",    "or left"),
            ("Host: EXAMPLE.com:9",              8080, "example.com:9",    "in lower case"),
        ];
        for (field, port, expected, because) in rows {
            let octets = format!("GET / HTTP/1.1\r\n{field}\r\n\r\n");
            assert_eq!(rewritten(&octets, port).host(), Some(expected), "{because}");
        }
        let old = rewritten("GET / HTTP/1.0\r\n\r\n", 80);
        assert_eq!(old.host(), Some("10.0.0.1"), "HTTP/1.0 may name none");
        let old = rewritten("GET / HTTP/1.0\r\n\r\n", 8080);
        assert_eq!(old.host(), Some("10.0.0.1:8080"), "with the port");
        let absolute = "GET http://dns.name/x HTTP/1.1\r\nHost: example.com\r\n\r\n";
        assert_eq!(
            rewritten(absolute, 80).host(),
            Some("dns.name"),
            "the URL's"
        );
    }

    fn rewritten(octets: &str, port: u16) -> RequestHead {
        let (mut head, _) = RequestHead::parse(octets.as_bytes()).unwrap().unwrap();
        let client = "10.0.0.9:40000".parse().unwrap();
        let server = SocketAddr::new("10.0.0.1".parse().unwrap(), port);
        towards_target(&mut head, client, server, &mut Vec::new());
        head
    }

    #[test]
    fn fields_for_us_go_and_the_client_is_named() {
        let octets = "POST / HTTP/1.1\r\nHost: h\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nTE: trailers\r\n\
                      Upgrade: h2c\r\nExpect: 100-continue\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n\
                      X-Forwarded-Proto: https\r\nTransfer-Encoding: CHUNKED\r\n\r\n";
        let head = rewritten(octets, 80);
        let mut written = Vec::new();
        head.write(&mut written);
        let expected = "POST / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.9\r\n\
                        X-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn an_answer_is_framed_for_its_reader() {
        #[rustfmt::skip]
        let rows = [
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n", Framing::Chunked,    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "our own framing"),
            ("HTTP/1.0 200 OK\r\nKeep-Alive: 5\r\n\r\n",                                   Framing::UntilClose, "HTTP/1.1 200 OK\r\n\r\n",                               "our own version"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 007\r\n\r\n",                             Framing::Length(7),  "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",          "in canonical form"),
            ("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",                     Framing::None,       "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "a length without a body"),
            ("HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",                       Framing::None,       "HTTP/1.1 204 No Content\r\n\r\n",                       "RFC 9110 §8.6"),
        ];
        for (octets, outgoing, expected, because) in rows {
            let (mut head, _) = ResponseHead::parse(octets.as_bytes()).unwrap().unwrap();
            towards_client(&mut head, outgoing, Connection::Kept);
            let mut written = Vec::new();
            head.write(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), expected, "{because}");
        }
    }
}
