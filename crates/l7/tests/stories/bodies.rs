//! Bodies in both directions, and what the connections on both sides go through for them.

use std::time::Duration;

use switchlab_host::ConnectionEvent;

use crate::world::{Act, GET, Line, World, ask, body, config, greeter};

/// Much more than all buffers on the way hold.
const LARGE: usize = 200_000;

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| b'a' + (at * 7 % 26) as u8).collect()
}

/// The same in chunks of odd sizes.
fn chunked(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, piece) in octets.chunks(1777).enumerate() {
        let extension = if at % 2 == 0 { ";x=y" } else { "" };
        out.extend(format!("{:x}{extension}\r\n", piece.len()).bytes());
        out.extend(piece);
        out.extend(b"\r\n");
    }
    out.extend(b"0\r\nTrailer: 1\r\n\r\n");
    out
}

/// The octets of a chunked body.
fn joined(mut octets: &[u8]) -> Vec<u8> {
    let mut decoder = switchlab_http::ChunkedDecoder::new();
    let mut out = Vec::new();
    while !decoder.is_done() && !octets.is_empty() {
        let piece = decoder.read(octets).unwrap();
        out.extend(&octets[piece.data]);
        octets = &octets[piece.consumed..];
    }
    assert!(decoder.is_done(), "the last chunk is there");
    out
}

fn split(message: &[u8]) -> (String, &[u8]) {
    let end = message
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("a head")
        + 4;
    (
        String::from_utf8(message[..end].to_vec()).unwrap(),
        &message[end..],
    )
}

/// Takes every body, answers with the same octets: in chunks, with a length, or until it closes.
fn echo(how: &'static str) -> impl FnMut(&[u8]) -> Act {
    move |received| {
        if received.len() < LARGE {
            return Act::Wait;
        }
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Act::Wait;
        };
        let (head, body) = received.split_at(end + 4);
        let is_chunked = head.windows(7).any(|window| window == b"chunked");
        let body = match is_chunked {
            true if body.ends_with(b"0\r\n\r\n") => joined(body),
            false if body.len() == LARGE => body.to_vec(),
            _ => return Act::Wait,
        };
        let head = |fields: String| format!("HTTP/1.1 200 OK\r\n{fields}\r\n").into_bytes();
        match how {
            "length" => {
                Act::Answer([head(format!("Content-Length: {}\r\n", body.len())), body].concat())
            }
            "chunked" => Act::Answer(
                [
                    head("Transfer-Encoding: chunked\r\n".into()),
                    chunked(&body),
                ]
                .concat(),
            ),
            _ => Act::AnswerAndClose([head(String::new()), body].concat()),
        }
    }
}

#[test]
fn large_bodies_go_both_ways_in_every_framing() {
    #[rustfmt::skip]
    let rows = [
        // target, client sends, version, the client gets
        ("length",  "length",  "1.1", "length",  "as it came"),
        ("chunked", "chunked", "1.1", "chunked", "chunks of our own"),
        ("close",   "chunked", "1.1", "chunked", "what ends with the connection goes in chunks"),
        ("length",  "chunked", "1.1", "length",  "each side has its framing"),
        ("chunked", "length",  "1.0", "close",   "HTTP/1.0 knows no chunks"),
        ("close",   "length",  "1.0", "close",   "nor needs them"),
        ("length",  "length",  "1.0", "length",  "a length it knows"),
    ];
    let octets = pattern(LARGE);
    for (target, client, version, expected, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, echo(target));
        world.run_to(1000);
        let line = world.open(80);
        let (framing, wire) = match client {
            "length" => (format!("Content-Length: {LARGE}"), octets.clone()),
            _ => ("Transfer-Encoding: chunked".to_owned(), chunked(&octets)),
        };
        world.send(
            line,
            format!("POST /x HTTP/{version}\r\nHost: h\r\n{framing}\r\n\r\n").as_bytes(),
        );
        world.send(line, &wire);
        world.run_to(20_000);
        let (head, body) = split(&world.line(line).received);
        let body = match expected {
            "chunked" => joined(body),
            _ => body.to_vec(),
        };
        assert!(body == octets, "{because}: {} octets came back", body.len());
        assert_eq!(
            head.contains("chunked"),
            expected == "chunked",
            "{because}: {head}"
        );
        assert_eq!(
            head.contains("Content-Length"),
            expected == "length",
            "{because}: {head}"
        );
        assert_eq!(
            head.contains("Connection: close"),
            version == "1.0",
            "{because}: {head}"
        );
    }
}

#[test]
fn a_client_that_does_not_read_stops_its_target_and_is_given_up() {
    let large = 2_000_000;
    let mut world = World::new(config(&[11])).serve(11, move |_| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {large}\r\n\r\n").into_bytes();
        Act::Answer([head, pattern(large)].concat())
    });
    world.run_to(1000);
    let [patient, stuck] = [world.open(80), world.open(80)];
    for line in [patient, stuck] {
        world.leave(line);
        world.send(line, GET);
    }
    world.run_to(50_000);
    let left: Vec<usize> = world
        .machine(11)
        .lines
        .iter()
        .map(Line::left)
        .filter(|left| *left > 0)
        .collect();
    assert_eq!(left.len(), 2);
    assert!(
        left.iter().all(|left| *left > large - 100_000),
        "at most buffers are on the way: {left:?}"
    );
    world.read(patient);
    world.run_to(59_000);
    assert_eq!(
        split(&world.line(patient).received).1.len(),
        large,
        "it goes on when the client reads"
    );
    world.run_to(70_000);
    assert_eq!(
        world.line(stuck).end(),
        Some(ConnectionEvent::Reset),
        "nothing moved for 60 s"
    );
    assert!(
        world
            .machine(11)
            .lines
            .iter()
            .all(|line| line.left() == 0 || line.end().is_some()),
        "and its target is told"
    );
}

#[test]
fn one_connection_carries_many_requests_on_both_sides() {
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.run_to(1000);
    let line = world.open(80);
    // Three at once: answered in order, never sent to the target before the one in front is done.
    world.send(line, &GET.repeat(3));
    world.run_to(2000);
    world.send(line, b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    world.run_to(3000);
    world.send(
        line,
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    );
    world.run_to(4000);
    let text = world.line(line).text();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 5, "{text}");
    assert_eq!(world.answers(), [(200, Some(11)); 5]);
    let ordinals: Vec<u32> = world
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            switchlab_core::Event::Answered(answer) => Some(answer.exchange.ordinal),
            _ => None,
        })
        .collect();
    assert_eq!(ordinals, [0, 1, 2, 3, 4]);
    assert_eq!(
        world.count("web", "connections"),
        1,
        "one connection to the target for all"
    );
    assert!(text.ends_with("Connection: close\r\n\r\nA"), "{text}");
    assert!(world.line(line).end().is_some(), "closed as asked");
}

#[test]
fn small_print_of_messages() {
    let answer = |text: &'static str| move |_: &[u8]| Act::Answer(text.as_bytes().to_vec());
    #[rustfmt::skip]
    let rows = [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", "no body, no length"),
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 9\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 9\r\n\r\n", "a length without a body"),
        ("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD"),
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "100 is skipped, others go on"),
        ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", "HTTP/1.0 knows no interim answers"),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na", "kept, and told so"),
        ("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "we say 100; who answers early is done"),
    ];
    for (request, given, expected, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, answer(given));
        assert_eq!(
            ask(&mut world, 1000, request.as_bytes()),
            expected,
            "{because}"
        );
    }
}

#[test]
fn the_target_sees_whom_it_answers() {
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    let request = b"GET /a?b HTTP/1.1\r\nHost: Shop:80\r\nX-Forwarded-For: 9.9.9.9\r\nConnection: X-A\r\nX-A: 1\r\nAccept: */*\r\n\r\n";
    assert_eq!(body(&ask(&mut world, 1000, request)), "A");
    assert_eq!(
        world.machine(11).seen,
        [
            "GET /a?b HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\nX-Forwarded-For: 9.9.9.9, 10.0.0.2\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nX-Amzn-Trace-Id: Root=1-67748581-0d154fe9af8a944719ced5c5\r\n\r\n"
        ]
    );
}

#[test]
fn connections_grow_old() {
    let mut settings = config(&[11]);
    settings.client_keep_alive = Duration::from_secs(3);
    settings.idle_connections = 1;
    let mut greet = greeter("A");
    let mut world = World::new(settings).serve(11, move |received| {
        if received.starts_with(b"POST") && !received.ends_with(b"late\r\n\r\n") {
            return Act::Wait;
        }
        greet(received)
    });
    world.run_to(1000);
    let [busy, idle] = [world.open(80), world.open(80)];
    for line in [busy, idle] {
        world.send(line, GET);
    }
    for second in [2, 3, 5] {
        world.run_to(second * 1000);
        world.send(busy, GET);
    }
    world.run_to(6000);
    let ends = |line| {
        world
            .line(line)
            .events
            .contains(&ConnectionEvent::PeerClosed)
    };
    assert!(
        ends(busy) && ends(idle),
        "closed 3 s after they were opened"
    );
    assert_eq!(
        world.line(busy).text().matches("200 OK").count(),
        3,
        "what came later is not read"
    );
    assert_eq!(
        world.count("web", "connections"),
        2,
        "two at once; of two idle ones one is kept"
    );
    let answers = world.line(busy).text();
    assert!(
        !answers.contains("Connection: close"),
        "it was young whenever it answered: {answers}"
    );

    let old = world.open(80);
    world.send(
        old,
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n",
    );
    world.run_to(9_500);
    world.send(old, b"late\r\n\r\n");
    world.run_to(10_000);
    let answer = world.line(old).text();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("\r\nConnection: close\r\n"),
        "too old for another"
    );
}

#[test]
fn trailers_go_from_chunks_to_chunks() {
    let chunks = |trailers: &str| format!("2\r\nok\r\n0\r\n{trailers}\r\n");
    let answer = |trailers: &str| {
        let head = "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{}", chunks(trailers)).into_bytes()
    };
    let request = |version: &str, trailers: &str| {
        let head = format!(
            "POST / {version}\r\nHost: h\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        format!("{head}{}", chunks(trailers)).into_bytes()
    };
    #[rustfmt::skip]
    let rows = [
        // sent                                       goes on                         because
        ("Digest: abc\r\n",                           "Digest: abc\r\n",              "a field of the content"),
        ("A: 1\r\nB: 2\r\nA: 3\r\n",                  "A: 1\r\nB: 2\r\nA: 3\r\n",     "all of them, in their order"),
        ("Content-Length: 9\r\nHost: evil\r\n",       "",                             "not what says where a message ends or goes"),
        ("X-Forwarded-For: 1.2.3.4\r\nA: 1\r\n",      "A: 1\r\n",                     "not who is believed to have sent it"),
        ("Transfer-Encoding: gzip\r\nTE: trailers\r\n", "",                           "not what speaks to one hop alone"),
        ("A: 1\r\nx-hop: 2\r\n",                      "A: 1\r\n",                     "nor what the head's Connection names"),
        ("",                                          "",                             "none"),
    ];
    for (sent, passed, because) in rows {
        let answered = answer(sent);
        let script = move |received: &[u8]| match received.ends_with(b"\r\n\r\n")
            && received.windows(5).any(|end| end == b"\r\n0\r\n")
        {
            true => Act::Answer(answered.clone()),
            false => Act::Wait,
        };
        let mut world = World::new(config(&[11])).serve(11, script);
        let told = ask(&mut world, 1000, &request("HTTP/1.1", sent));
        assert_eq!(body(&told), chunks(passed), "of an answer: {because}");
        let seen = &world.machine(11).seen[0];
        assert_eq!(body(seen), chunks(passed), "of a request: {because}");
    }
    let trailed = answer("Digest: abc\r\n");
    let mut world = World::new(config(&[11])).serve(11, move |_| Act::Answer(trailed.clone()));
    let told = ask(&mut world, 1000, b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(
        body(&told),
        "ok",
        "HTTP/1.0 knows neither chunks nor trailers"
    );
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let post = |body: &str| {
        let length = body.len();
        format!("POST /{body} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    let get = |path: &str| format!("GET /{path} HTTP/1.1\r\nHost: h\r\n\r\n");
    let last = "GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".to_owned();
    let no_host = "GET /bad HTTP/1.1\r\n\r\n".to_owned();
    let path = |text: &str| text.split([' ', '/']).nth(2).unwrap_or_default().to_owned();
    let echo = move |received: &[u8]| {
        let text = String::from_utf8_lossy(received);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return Act::Wait;
        };
        let path = path(head);
        // The bodies of this story are their paths.
        if head.starts_with("POST") && body != path {
            return Act::Wait;
        }
        let length = path.len();
        Act::Answer(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{path}").into())
    };
    #[rustfmt::skip]
    let rows: [(Vec<String>, bool, &[&str], &str); 6] = [
        // in one piece                           closes  answers                       because
        (vec![get("a"), get("b"), get("c")],      false,  &["200 a", "200 b", "200 c"], "one after the other"),
        (vec![post("body"), get("b")],            false,  &["200 body", "200 b"],       "the next begins behind the body"),
        (vec![get("a"), get("b")],                true,   &["200 a", "200 b"],          "a client that has closed its side gets them all"),
        (vec![get("a"), get("b")[..9].to_owned()], true,  &["200 a", "400"],            "what is not whole is refused behind them"),
        (vec![get("a"), last, get("c")],          false,  &["200 a", "200 end"],        "nothing is read behind the last"),
        (vec![get("a"), no_host, get("c")],       false,  &["200 a", "400"],            "nothing is read behind a bad one"),
    ];
    for (requests, closes, expected, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, echo);
        world.run_to(1000);
        let line = world.open(80);
        world.send(line, requests.concat().as_bytes());
        if closes {
            world.close(line);
        }
        world.run_to(3000);
        let text = world.line(line).text();
        let told: Vec<String> = text
            .split("HTTP/1.1 ")
            .skip(1)
            .map(|answer| match &answer[..3] {
                "200" => format!("200 {}", body(answer)),
                status => status.to_owned(),
            })
            .collect();
        assert_eq!(told, expected, "{because}");
    }
}
