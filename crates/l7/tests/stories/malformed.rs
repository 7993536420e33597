//! Requests that are none, over real TCP: each gets its status and the end of the connection.

use switchlab_host::ConnectionEvent;
use switchlab_http::{LONGEST_FIELD, LONGEST_FIELDS, LONGEST_START_LINE, MOST_FIELDS};

use crate::world::{Act, World, config, greeter};

#[test]
fn malformed_requests_get_their_status_and_the_end() {
    let long = |len: usize| "x".repeat(len);
    let forwarded = format!("X-Forwarded-For: {}1.1.1.1\r\n", "1.1.1.1, ".repeat(30));
    let get = |fields: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let post =
        |fields: &str, body: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}");
    let field = |len: usize| format!("X: {}\r\n", long(len - 3));
    #[rustfmt::skip]
    let rows = [
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),                 400, "two spaces"),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n".into(),                   400, "a raw space in the target"),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n".into(),                     400, "a space behind the version"),
        ("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n".into(),                    400, "tabs"),
        ("GE(T / HTTP/1.1\r\nHost: a\r\n\r\n".into(),                     400, "a method that is no token"),
        ("G\0T / HTTP/1.1\r\nHost: a\r\n\r\n".into(),                     400, "NUL"),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n".into(),                      505, "another version"),
        ("GET / HTTP/1.10\r\nHost: a\r\n\r\n".into(),                     400, "no version"),
        ("GET /\r\n\r\n".into(),                                          400, "HTTP/0.9"),
        ("GET / HTTP/1.1\r\n\r\n".into(),                                 400, "no Host"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n".into(),           400, "two Hosts"),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n".into(),                    400, "no host"),
        ("GET http://u@x/ HTTP/1.1\r\nHost: y\r\n\r\n".into(),            400, "user information"),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n".into(),                      400, "only OPTIONS"),
        ("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n".into(),                    400, "a fragment"),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n".into(),          405, "no tunnel here"),
        ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n".into(),                    405, "ELB refuses TRACE"),
        (format!("GET /{} HTTP/1.1\r\n", long(LONGEST_START_LINE)),       414, "too long a line"),
        (format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", long(41)),           501, "too long a method"),
        (get("Name : v\r\n"),                                             400, "a space before the colon"),
        (get(": v\r\n"),                                                  400, "no name"),
        (get("Name\r\n"),                                                 400, "no colon"),
        (get("A: b\r\n c\r\n"),                                           400, "a folded line"),
        (get("A: b\rc: d\r\n"),                                           400, "CR alone"),
        (get("A: b\nc: d\r\n"),                                           400, "LF alone"),
        (get("A: b\0c\r\n"),                                              400, "NUL in a value"),
        ("GET / HTTP/1.1\nHost: a\n\n".into(),                            400, "LF for CRLF"),
        (get(&field(LONGEST_FIELD + 1)),                                  431, "too long a field"),
        (get(&field(LONGEST_FIELDS / 8).repeat(9)),                       431, "too much together"),
        (get(&"A: b\r\n".repeat(MOST_FIELDS)),                            431, "too many fields"),
        (get("Connection: Host\r\n"),                                     400, "takes away what is for everybody"),
        (get("Expect: x\r\n"),                                            417, "no such expectation"),
        (get(&forwarded),                                                 463, "more than 30 addresses"),
        (post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", ""), 400, "CL.TE"),
        (post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),     400, "two lengths"),
        (post("Content-Length: 5, 5\r\n", "hello"),                       400, "a list of lengths"),
        (post("Content-Length: +5\r\n", "hello"),                         400, "a sign"),
        (post("Content-Length:\r\n", ""),                                 400, "an empty length"),
        (post("Content-Length: 18446744073709551616\r\n", ""),            400, "more than 64 bits"),
        (post("Transfer-Encoding: gzip, chunked\r\n", ""),                501, "a coding we do not have"),
        (post("Transfer-Encoding: chunked, chunked\r\n", ""),             400, "twice"),
        (post("Transfer-Encoding: xchunked\r\n", ""),                     400, "no `chunked` at its end"),
        (post("Transfer-Encoding: identity\r\n", ""),                     400, "no coding"),
        (post("Transfer_Encoding: chunked\r\n", "0\r\n\r\n"),             400, "looks like a framing field"),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".into(),  400, "HTTP/1.0 has no chunks"),
        (post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n"),      400, "a size that is none"),
        (post("Transfer-Encoding: chunked\r\n", "5\r\nhelloXX0\r\n"),     400, "no CRLF behind the data"),
        (post("Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n"),       400, "LF alone in chunks"),
        (post("Transfer-Encoding: chunked\r\n", "10000000000000005\r\n"), 400, "17 digits"),
        (post("Transfer-Encoding: chunked\r\n", &format!("5;{}\r\nhello\r\n0\r\n\r\n", long(20_000))), 400, "too long an extension"),
        ("\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03\r\n".into(),         400, "TLS to a plain port"),
        ("\r\n\r\n\r\n".into(),                                           400, "empty lines"),
    ];
    let count = rows.len();
    let mut world = World::new(config(&[11])).serve(11, |received| {
        let text = String::from_utf8_lossy(received);
        let end = if text.contains("chunked") {
            "0\r\n\r\n"
        } else {
            "\r\n\r\n"
        };
        if text.ends_with(end) {
            Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec())
        } else {
            Act::Wait
        }
    });
    world.run_to(1000);
    let mut lines = Vec::new();
    for (octets, status, because) in rows {
        let line = world.open(80);
        world.send(line, octets.as_bytes());
        lines.push((line, status, because));
    }
    world.run_to(3000);
    for (line, status, because) in lines {
        let line = world.line(line);
        let text = line.text();
        assert_eq!(
            text.get(9..12),
            Some(&*format!("{status}")),
            "{because}: {text:?}"
        );
        assert_eq!(
            text.matches("HTTP/1.1 ").count(),
            1,
            "{because}: one answer, not more"
        );
        assert!(text.contains("\r\nConnection: close\r\n"), "{because}");
        assert!(
            line.events.contains(&ConnectionEvent::PeerClosed),
            "{because}: and the end"
        );
    }
    assert_eq!(world.answers().len(), count);
    for line in 0..count {
        world.close(line);
    }
    world.run_to(4_000);
    assert!(world.switch_is_empty(), "nothing is left behind");
    assert!(
        world.machine(11).seen.is_empty(),
        "no target has got a whole one"
    );
}

#[test]
fn a_refused_head_request_is_answered_without_a_body() {
    let forwarded = format!("X-Forwarded-For: {}1.1.1.1\r\n", "1.1.1.1, ".repeat(30));
    let long = "x".repeat(LONGEST_FIELD + 1);
    #[rustfmt::skip]
    let rows = [
        (format!("HEAD / HTTP/1.1\r\nHost: a\r\n{forwarded}\r\n"),   463, false, "the head is good"),
        ("HEAD / HTTP/1.1\r\n\r\n".into(),                            400, false, "the head is whole"),
        ("\r\nHEAD /#f HTTP/1.1\r\n\r\n".into(),                      400, false, "the method is known"),
        (format!("HEAD / HTTP/1.1\r\nX: {long}"),                     431, false, "the head has a beginning"),
        ("HEAD / HTTP/1.1\r\nHost: a\r\n".into(),                     408, false, "the rest does not come"),
        ("HEADS / HTTP/1.1\r\nHost: a\r\n".into(),                    408, true,  "another method"),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{forwarded}\r\n"),    463, true,  "GET has a body"),
    ];
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.run_to(1000);
    let lines = rows.map(|(octets, status, has_body, because)| {
        let line = world.open(80);
        world.send(line, octets.as_bytes());
        (line, status, has_body, because)
    });
    world.run_to(62_000);
    for (line, status, has_body, because) in lines {
        let text = world.line(line).text();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head ends");
        assert_eq!(
            head.get(9..12),
            Some(&*format!("{status}")),
            "{because}: {text:?}"
        );
        assert_eq!(!body.is_empty(), has_body, "{because}: {text:?}");
        assert!(
            !head.contains("Content-Length: 0"),
            "{because}: as GET would have it"
        );
    }
}

#[test]
fn garbage_behind_a_good_request_is_answered_after_it() {
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.run_to(1000);
    let line = world.open(80);
    world.send(
        line,
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\x01\x02 nonsense\r\n\r\n",
    );
    world.run_to(2000);
    let text = world.line(line).text();
    let (first, second) = (
        text.find("HTTP/1.1 200 OK"),
        text.find("HTTP/1.1 400 Bad Request"),
    );
    assert!(first == Some(0) && second > first, "{text}");
    assert!(world.line(line).end().is_some());
}

#[test]
fn a_prefix_of_a_good_request_waits_and_then_gets_408() {
    let whole = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.run_to(1000);
    let lines: Vec<usize> = (1..whole.len())
        .map(|len| {
            let line = world.open(80);
            world.send(line, &whole[..len]);
            line
        })
        .collect();
    world.run_to(60_500);
    assert!(
        lines
            .iter()
            .all(|line| world.line(*line).received.is_empty()),
        "more could come"
    );
    world.run_to(62_000);
    for line in lines {
        assert_eq!(
            world.line(line).text().get(9..12),
            Some("408"),
            "{line} octets and one"
        );
    }
}
