//! What a proxy changes in heads: hop-by-hop fields, framing, Host, X-Forwarded-*, Connection.

use std::borrow::Cow;
use std::io::Write;
use std::net::SocketAddr;

use switchlab_http::{Framing, RequestHead, ResponseHead, Version};

use crate::Protocol;
use crate::attributes::{ForwardedFor, HeaderAttributes, ResponseAttributes};
use crate::reply::Connection;
use crate::route::name_of;
use crate::trace::TraceName;

/// The way on which a request came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Who asks.
    pub(crate) client: SocketAddr,
    /// The address and port of ours that was asked.
    pub(crate) server: SocketAddr,
    /// What is spoken at the listener that was asked.
    pub(crate) protocol: Protocol,
    /// Whether WebSocket may be asked for.
    pub(crate) passes_websocket: bool,
    /// What the request is called in `X-Amzn-Trace-Id`, if it is.
    pub(crate) trace: Option<TraceName>,
}

/// What else there is to know of a head that was made ready for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forwarded {
    /// Whether the client asks to go on with WebSocket, and the target is asked for it.
    pub(crate) asks_for_websocket: bool,
    /// Whether there were fields whose names hold anything but letters, digits and `-`.
    pub(crate) had_invalid_names: bool,
}

/// Makes the head of a client's request one to send to a target; a pure function of its arguments.
///
/// What speaks to the next hop alone goes, but for a request to go on with WebSocket; `Expect` goes,
/// for the switch has answered it. `X-Forwarded-*` are as the attributes have them; `Host` stays.
pub(crate) fn towards_target(
    head: &mut RequestHead,
    arrival: Arrival,
    attributes: &HeaderAttributes,
    scratch: &mut Vec<u8>,
) -> Forwarded {
    let Arrival {
        client,
        server,
        protocol,
        passes_websocket,
        trace,
    } = arrival;
    let asks_for_websocket = passes_websocket && asks_for_websocket(head);
    let framing = head.framing();
    let fields = &mut head.fields;
    fields.remove_hop_by_hop();
    fields.remove("expect");
    let mut had_invalid_names = false;
    fields.retain(|name| {
        let is_invalid = !is_plain_name(name);
        had_invalid_names |= is_invalid;
        !(is_invalid && attributes.drop_invalid_header_fields)
    });
    match attributes.x_forwarded_for {
        ForwardedFor::Preserve => {}
        ForwardedFor::Remove => fields.remove("x-forwarded-for"),
        ForwardedFor::Append => {
            scratch.clear();
            for line in fields.get_all("x-forwarded-for") {
                scratch.extend_from_slice(line);
                scratch.extend_from_slice(b", ");
            }
            if attributes.xff_client_port {
                write!(scratch, "{client}")
            } else {
                write!(scratch, "{}", client.ip())
            }
            .expect("writing to memory cannot fail");
            fields.put("X-Forwarded-For", &*scratch);
        }
    }
    fields.put("X-Forwarded-Proto", protocol.scheme());
    scratch.clear();
    write!(scratch, "{}", server.port()).expect("writing to memory cannot fail");
    fields.put("X-Forwarded-Port", &*scratch);
    if let Some(name) = trace {
        name.write(fields, scratch);
    }
    if asks_for_websocket {
        fields.put("Connection", "Upgrade");
        fields.put("Upgrade", "websocket");
    }
    framing.declare(fields);
    head.speak_http11();
    Forwarded {
        asks_for_websocket,
        had_invalid_names,
    }
}

/// Whether the name of a field holds letters, digits and `-` alone.
pub(crate) fn is_plain_name(name: &str) -> bool {
    name.bytes()
        .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

/// Puts `Host` as the attributes have it, before a rule rewrites it: what the rewrite makes of it stays.
pub(crate) fn name_host(head: &mut RequestHead, server: SocketAddr, attributes: &HeaderAttributes) {
    let host = match head.host() {
        None if !head.fields.contains("host") => {
            Some(host_on(&attributes.own_host(server), server).into_owned())
        }
        // An empty one is right where the target has no authority: RFC 9112 §3.2.
        None => None,
        Some(_) if attributes.preserve_host_header => {
            head.restore_host();
            None
        }
        Some(host) => match host_on(host, server) {
            Cow::Borrowed(_) => None,
            Cow::Owned(host) => Some(host),
        },
    };
    if let Some(host) = host {
        head.fields.put_in_place("Host", host);
    }
}

/// Whether a request asks to go on with WebSocket: RFC 6455 §4.1. No other protocol is passed on, and
/// not in a request with a body, behind which nobody could tell where the other protocol begins.
pub(crate) fn asks_for_websocket(head: &RequestHead) -> bool {
    head.method() == "GET"
        && head.version() == Version::Http11
        && matches!(head.framing(), Framing::None | Framing::Length(0))
        && head.fields.lists("connection", "upgrade")
        && head.fields.lists("upgrade", "websocket")
}

/// The host as a target sees it; borrowed if it stays as it is.
fn host_on(host: &str, server: SocketAddr) -> Cow<'_, str> {
    let name = name_of(host);
    let has_port = name.len() < host.len();
    let port = server.port();
    let is_lower = !host.bytes().any(|octet| octet.is_ascii_uppercase());
    let lower = |text: &str| text.to_ascii_lowercase();
    match port {
        80 | 443 if is_lower && !has_port => Cow::Borrowed(host),
        80 | 443 => Cow::Owned(lower(name)),
        _ if has_port && is_lower => Cow::Borrowed(host),
        _ if has_port => Cow::Owned(lower(host)),
        _ => Cow::Owned(format!("{}:{port}", lower(name))),
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
pub(crate) fn towards_client(
    head: &mut ResponseHead,
    outgoing: Framing,
    connection: Connection,
    attributes: &ResponseAttributes,
) {
    let status = head.status();
    let fields = &mut head.fields;
    fields.remove_hop_by_hop();
    if status >= 200 {
        attributes.apply(fields);
    }
    match outgoing {
        // An answer to HEAD, or a 304, may tell the length of a body that does not follow.
        Framing::None if status >= 200 && status != 204 => {}
        _ => outgoing.declare(fields),
    }
    if let Some((name, value)) = connection.field() {
        fields.add(name, value);
    }
    if connection == Connection::Upgraded {
        fields.add("Upgrade", "websocket");
    }
    head.speak_http11();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Tracer;

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
            let preserving = HeaderAttributes {
                preserve_host_header: true,
                ..HeaderAttributes::default()
            };
            let (head, _) = forwarded(&octets, port, &preserving);
            let sent = field.strip_prefix("Host: ");
            assert_eq!(head.host(), sent, "preserved: as sent");
        }
        for preserve_host_header in [false, true] {
            let attributes = HeaderAttributes {
                preserve_host_header,
                ..HeaderAttributes::default()
            };
            for port in [80, 8080] {
                let octets = "GET / HTTP/1.1\r\nHost:\r\n\r\n";
                let (head, _) = forwarded(octets, port, &attributes);
                let hosts: Vec<_> = head.fields.get_all("host").collect();
                assert_eq!(hosts, [b""], "an empty one stays, on port {port}");
            }
        }
        let named = HeaderAttributes {
            dns_name: Some("lab.elb.example".into()),
            ..HeaderAttributes::default()
        };
        let (old, _) = forwarded("GET / HTTP/1.0\r\n\r\n", 80, &named);
        assert_eq!(old.host(), Some("lab.elb.example"), "the balancer's name");
        let old = rewritten("GET / HTTP/1.0\r\n\r\n", 80);
        assert_eq!(old.host(), Some("10.0.0.1"), "HTTP/1.0 may name none");
        let old = rewritten("GET / HTTP/1.0\r\n\r\n", 8080);
        assert_eq!(old.host(), Some("10.0.0.1:8080"), "with the port");
    }

    #[test]
    fn the_host_stays_at_its_place() {
        // What comes, preserved or not, and the first fields of what goes on.
        #[rustfmt::skip]
        let rows = [
            ("GET / HTTP/1.1\r\nHost: A.com\r\nX: 1",             false, "Host: a.com\r\nX: 1\r\n",          "written anew, in front"),
            ("GET / HTTP/1.1\r\nX: 1\r\nHost: A.com\r\nY: 2",   false, "X: 1\r\nHost: a.com\r\nY: 2\r\n", "and in the middle"),
            ("GET / HTTP/1.0\r\nX: 1",                            false, "Host: 10.0.0.1\r\nX: 1\r\n",       "added in front"),
            ("GET http://u.com/ HTTP/1.1\r\nHost: A.com\r\nX: 1", false, "Host: u.com\r\nX: 1\r\n",          "that of the URL"),
            ("GET http://u.com/ HTTP/1.1\r\nHost: A.com\r\nX: 1", true,  "Host: A.com\r\nX: 1\r\n",          "that of the client, put back"),
        ];
        for (octets, preserve_host_header, expected, because) in rows {
            let attributes = HeaderAttributes {
                preserve_host_header,
                ..HeaderAttributes::default()
            };
            let (head, _) = forwarded(&format!("{octets}\r\n\r\n"), 80, &attributes);
            let mut written = Vec::new();
            head.fields.write(&mut written);
            let written = String::from_utf8(written).unwrap();
            assert!(written.starts_with(expected), "{because}: {written}");
        }
    }

    #[test]
    fn the_host_in_a_url_goes_before_that_in_a_field() {
        // Preserved or not, what the target gets, and why.
        #[rustfmt::skip]
        let rows = [
            ("GET https://dns_name/ HTTP/1.1\r\nHost: example.com",    false, "dns_name",    "the guide's row: the URL's"),
            ("GET https://dns_name/ HTTP/1.1\r\nHost: example.com",    true,  "example.com", "and as sent, preserved"),
            ("GET https://dns_name/ HTTP/1.1\r\nHost: Example.com:80", true,  "Example.com:80", "to the letter"),
            ("GET https://dns_name/ HTTP/1.0",                         true,  "dns_name",    "nothing was sent"),
        ];
        for (octets, preserve_host_header, expected, because) in rows {
            let attributes = HeaderAttributes {
                preserve_host_header,
                ..HeaderAttributes::default()
            };
            let (head, _) = forwarded(&format!("{octets}\r\n\r\n"), 443, &attributes);
            assert_eq!(head.host(), Some(expected), "{because}");
        }
    }

    fn rewritten(octets: &str, port: u16) -> RequestHead {
        forwarded(octets, port, &HeaderAttributes::default()).0
    }

    fn forwarded(
        octets: &str,
        port: u16,
        attributes: &HeaderAttributes,
    ) -> (RequestHead, Forwarded) {
        let (mut head, _) = RequestHead::parse(octets.as_bytes()).unwrap().unwrap();
        let forwarded = sent(&mut head, port, attributes);
        (head, forwarded)
    }

    fn sent(head: &mut RequestHead, port: u16, attributes: &HeaderAttributes) -> Forwarded {
        let arrival = Arrival {
            client: "10.0.0.9:40000".parse().unwrap(),
            server: SocketAddr::new("10.0.0.1".parse().unwrap(), port),
            protocol: Protocol::Http,
            passes_websocket: true,
            trace: Some(Tracer::new(1, "alb").name(0)),
        };
        name_host(head, arrival.server, attributes);
        towards_target(head, arrival, attributes, &mut Vec::new())
    }

    fn written(head: &RequestHead) -> String {
        let mut octets = Vec::new();
        head.write(&mut octets);
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn the_attributes_decide_about_forwarded_for() {
        let attributes = |x_forwarded_for, xff_client_port| HeaderAttributes {
            x_forwarded_for,
            xff_client_port,
            ..HeaderAttributes::default()
        };
        use ForwardedFor::{Append, Preserve, Remove};
        #[rustfmt::skip]
        let rows = [
            ("",                         attributes(Append, false),   vec!["10.0.0.9"],                 "nobody was there before"),
            ("X-Forwarded-For: a\r\n", attributes(Append, false),   vec!["a, 10.0.0.9"],              "behind who was"),
            ("X-Forwarded-For: a\r\n", attributes(Append, true),    vec!["a, 10.0.0.9:40000"],        "with the port"),
            ("X-Forwarded-For: a\r\nX-Forwarded-For: b\r\n", attributes(Append, false), vec!["a, b, 10.0.0.9"], "one list of both lines"),
            ("X-Forwarded-For: a\r\nX-Forwarded-For: b\r\n", attributes(Preserve, true), vec!["a", "b"], "untouched, whatever the port option says"),
            ("",                         attributes(Preserve, false), vec![],                           "not added either"),
            ("X-Forwarded-For: a\r\n", attributes(Remove, true),    vec![],                           "gone"),
        ];
        for (given, attributes, expected, because) in rows {
            let octets = format!("GET / HTTP/1.1\r\nHost: h\r\n{given}\r\n");
            let (head, _) = forwarded(&octets, 80, &attributes);
            let lines = head.fields.get_all("x-forwarded-for");
            let lines: Vec<_> = lines
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            assert_eq!(lines, expected, "{because}");
        }
    }

    #[test]
    fn a_field_goes_with_its_folded_lines() {
        let replacing = HeaderAttributes {
            drop_invalid_header_fields: true,
            ..HeaderAttributes::default()
        };
        #[rustfmt::skip]
        let rows = [
            ("Connection: close\r\n .evil",           None,                                  "whose field goes"),
            ("Connection: close,\r\n X-A\r\nX-A: 1\r\n b", None,                             "and what it names"),
            ("Keep-Alive: 1\r\n\tb",                  None,                                  "for the next hop alone"),
            ("Expect: 100-continue\r\n ",            None,                                  "answered already"),
            ("X_A: 1\r\n b",                         None,                                  "dropped for its name"),
            ("X-Forwarded-Proto: https\r\n b",       Some(("x-forwarded-proto", "http")),   "replaced"),
            ("X-Forwarded-Port:\r\n 443",            Some(("x-forwarded-port", "80")),      "replaced"),
            ("X-Forwarded-For: 1.1.1.1,\r\n 2.2.2.2", Some(("x-forwarded-for", "1.1.1.1, 2.2.2.2:, 10.0.0.9")), "moved as one, with the colon"),
            ("X: y\r\n z",                           Some(("x", "y z:")),                    "what goes on is one, with the colon that ELB adds"),
        ];
        for (field, expected, because) in rows {
            let octets = format!("GET / HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n");
            let mut head = RequestHead::default();
            head.read_leniently(octets.as_bytes()).unwrap();
            sent(&mut head, 80, &replacing);
            let heads = [
                "host",
                "x-forwarded-for",
                "x-forwarded-proto",
                "x-forwarded-port",
                "x-amzn-trace-id",
            ];
            if let Some((name, value)) = expected {
                assert_eq!(head.fields.get(name), Some(value.as_bytes()), "{because}");
            }
            let others = head
                .fields
                .iter()
                .filter(|(name, _)| !heads.contains(&&*name.to_ascii_lowercase()));
            let others: Vec<_> = others.map(|(name, _)| name).collect();
            let kept = expected
                .map(|(name, _)| name)
                .filter(|name| !heads.contains(name));
            assert!(
                others.iter().map(|name| name.to_ascii_lowercase()).eq(kept),
                "{because}: {others:?}"
            );
            assert!(
                written(&head)
                    .lines()
                    .all(|line| !line.starts_with([' ', '\t'])),
                "{because}"
            );
        }
        let mut head = RequestHead::default();
        let folded = b"GET / HTTP/1.1\r\nHost: a\r\n .evil\r\n\r\n";
        assert_eq!(
            head.read_leniently(folded).unwrap_err().status,
            400,
            "no host has a space"
        );
        head.read_leniently(b"GET / HTTP/1.1\r\nHost:\r\n a:9\r\n\r\n")
            .unwrap();
        sent(&mut head, 80, &replacing);
        assert_eq!(
            head.host(),
            Some("a"),
            "what we read is what the target reads"
        );
        let mut head = RequestHead::default();
        let names = b"GET / HTTP/1.1\r\nHost: h\r\nX-Amzn-Trace-Id: Self=1;\r\n a=b\r\n\r\n";
        head.read_leniently(names).unwrap();
        sent(&mut head, 80, &replacing);
        assert_eq!(
            written(&head).matches("a=b").count(),
            1,
            "the rest of a trace stays in it"
        );
    }

    #[test]
    fn names_that_are_not_letters_digits_and_hyphens_can_be_dropped() {
        let octets = "GET / HTTP/1.1\r\nHost: h\r\nX-Good: 1\r\nX_Odd: 2\r\n\r\n";
        for (drops, expected) in [(false, Some(&b"2"[..])), (true, None)] {
            let attributes = HeaderAttributes {
                drop_invalid_header_fields: drops,
                ..HeaderAttributes::default()
            };
            let (head, forwarded) = forwarded(octets, 80, &attributes);
            assert_eq!(head.fields.get("x_odd"), expected);
            assert_eq!(head.fields.get("x-good"), Some(&b"1"[..]));
            assert!(forwarded.had_invalid_names);
        }
    }

    #[test]
    fn only_websocket_is_asked_for() {
        let upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n";
        #[rustfmt::skip]
        let rows = [
            ("GET / HTTP/1.1",  upgrade.to_owned(),                                   true,  "as browsers ask"),
            ("GET / HTTP/1.1",  "connection: upgrade\r\nupgrade: WebSocket\r\n".to_owned(), true, "in any case"),
            ("GET / HTTP/1.1",  format!("{upgrade}Content-Length: 0\r\n"),          true,  "a body of no octets is none"),
            ("GET / HTTP/1.1",  format!("{upgrade}Content-Length: 5\r\n"),          false, "not behind a body"),
            ("POST / HTTP/1.1", upgrade.to_owned(),                                   false, "another method"),
            ("GET / HTTP/1.0",  upgrade.to_owned(),                                   false, "HTTP/1.0 knows no upgrade"),
            ("GET / HTTP/1.1",  "Upgrade: websocket\r\n".to_owned(),                false, "not without Connection"),
            ("GET / HTTP/1.1",  "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n".to_owned(), false, "HTTP/2 without TLS"),
        ];
        for (line, fields, expected, because) in rows {
            let octets = format!("{line}\r\nHost: h\r\n{fields}\r\n");
            let (head, forwarded) = forwarded(&octets, 80, &HeaderAttributes::default());
            assert_eq!(forwarded.asks_for_websocket, expected, "{because}");
            let text = written(&head);
            let is_asked = text.contains("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
            assert_eq!(is_asked, expected, "{because}: {text}");
            assert!(
                !text.contains("h2c") && !text.contains("HTTP2"),
                "{because}: {text}"
            );
        }
    }

    #[test]
    fn fields_for_us_go_and_the_client_is_named() {
        let octets = "POST / HTTP/1.1\r\nHost: h\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nTE: trailers\r\n\
                      Upgrade: h2c\r\nExpect: 100-continue\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n\
                      X-Forwarded-Proto: https\r\nTransfer-Encoding: CHUNKED\r\n\r\n";
        let head = rewritten(octets, 80);
        let expected = "POST / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.9\r\n\
                        X-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\n\
                        X-Amzn-Trace-Id: Root=1-00000000-6387d18edcfc6736ede04bd7\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(written(&head), expected);
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
            let attributes = ResponseAttributes::default();
            towards_client(&mut head, outgoing, Connection::Kept, &attributes);
            let mut written = Vec::new();
            head.write(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), expected, "{because}");
        }
    }
}
