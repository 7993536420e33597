//! Requests and answers.

use switchlab_host::HttpServerConfig;

use super::raw::{Heard, RawClient, RawServer, Scribe};

use super::*;

fn serves(body: &'static str) -> HttpServerConfig {
    HttpServerConfig {
        body: body.into(),
        ..HttpServerConfig::default()
    }
}

#[test]
fn requests_are_answered_each_on_its_own_connection() {
    let story = Pair::new(asks(3), serves("hello")).run(1000);
    let whole = (0..3).map(|number| (number, Some(200), None));
    assert!(story.fates().into_iter().eq(whole));
    let exchanges = story.exchanges();
    assert!(exchanges.iter().all(|exchange| exchange.ordinal == 0));
    assert_ne!(exchanges[0].client, exchanges[1].client);
    assert_eq!(story.counter("server", "served"), 3);
    assert_eq!(story.counter("client", "ok"), 3);
}

#[test]
fn a_kept_connection_carries_one_request_after_another() {
    let client = HttpClientConfig {
        keep_alive: true,
        ..asks(3)
    };
    let story = Pair::new(client, serves("hello")).run(1000);
    let exchanges = story.exchanges();
    let ordinals: Vec<_> = exchanges.iter().map(|exchange| exchange.ordinal).collect();
    assert_eq!(ordinals, [0, 1, 2]);
    assert_eq!(exchanges[0].client, exchanges[2].client);
}

#[test]
fn a_stopped_server_refuses_and_a_crashed_host_is_silent() {
    let client = || HttpClientConfig {
        timeout: Duration::from_millis(50),
        ..asks(30)
    };
    let pair = || Pair::new(client(), serves("hello"));
    let stopped = pair().stop(95, "server").start(195, "server").run(1000);
    assert_eq!(stopped.errors(), [RequestError::Refused; 10]);
    assert_eq!(stopped.counter("client", "ok"), 20);
    let crashed = pair().at(95, "server", Action::Crash).run(1000);
    assert_eq!(crashed.errors(), [RequestError::Timeout; 20]);
    let patient = HttpClientConfig {
        timeout: Duration::from_secs(60),
        ..asks(30)
    };
    let pulled = Pair::new(patient, serves("hello"))
        .at(95, "server", Action::Unplug(switchlab_core::PortId::new(0)))
        .run(60_000);
    assert_eq!(
        pulled.errors(),
        [RequestError::Unreachable; 20],
        "no neighbour answers"
    );
}

#[test]
fn what_is_under_way_when_the_run_or_the_client_ends_is_unfinished() {
    let slow = || HttpServerConfig {
        delay: Duration::from_millis(35),
        ..serves("slow")
    };
    let story = Pair::new(asks(8), slow()).run(71);
    let unfinished = story.errors();
    assert_eq!(
        unfinished,
        [RequestError::Unfinished; 4],
        "those of 40 ms to 70 ms"
    );
    let sums = ["sent", "done", "unfinished"].map(|counter| story.counter("client", counter));
    assert_eq!(sums, [8, 4, 4]);
    let story = Pair::new(asks(8), slow())
        .stop(35, "client")
        .start(500, "client")
        .run(1000);
    assert_eq!(
        story.errors(),
        [RequestError::Unfinished; 4],
        "those of 0 ms to 30 ms"
    );
    let numbers: Vec<_> = story.fates().iter().map(|(number, ..)| *number).collect();
    assert_eq!(
        numbers,
        [0, 1, 2, 3, 4, 5, 6, 7],
        "the rest is asked after the start"
    );
    assert_eq!(story.counter("client", "ok"), 4);
}

#[test]
fn a_stop_closes_what_the_server_has_open() {
    let kept = HttpClientConfig {
        keep_alive: true,
        ..asks(2)
    };
    let slow = HttpServerConfig {
        delay: Duration::from_millis(20),
        ..serves("slow")
    };
    let story = Pair::new(kept.clone(), slow).stop(5, "server").run(1000);
    let errors = [RequestError::Closed, RequestError::Refused];
    assert_eq!(
        story.errors(),
        errors,
        "cut off before its answer; then nobody listens"
    );
    let story = Pair::new(kept, serves("quick")).stop(5, "server").run(1000);
    assert_eq!(
        story.errors(),
        [RequestError::Refused],
        "an idle connection is not asked again"
    );
}

#[test]
fn a_server_whose_port_is_taken_says_so() {
    use switchlab_host::UdpEchoConfig;
    /// Takes the ports of others.
    struct Squatter;
    impl switchlab_host::App for Squatter {
        fn start(&mut self, kernel: &mut switchlab_host::Kernel<'_>) {
            kernel.listen(80).expect("nobody came before");
            kernel.bind(7).expect("nobody came before");
        }
    }
    let server = || {
        [
            AppConfig::new(serves("hello")),
            AppConfig::new(UdpEchoConfig::default()),
        ]
    };
    let first = || AppConfig::new(AppKind::own(|| Squatter));
    #[rustfmt::skip]
    let rows = [
        (server().to_vec(),                           0, "the ports are free"),
        ([&[first()][..], &server()].concat(),        1, "somebody was quicker"),
    ];
    for (apps, expected, because) in rows {
        let mut config = host("server", SERVER);
        config.apps = apps;
        let story = Pair::of(host("client", CLIENT), config).run(100);
        let counters = &story.outcome.node("server").expect("the node is on").apps;
        let counts = counters
            .iter()
            .filter(|count| count.counter == "port_taken");
        let counts: Vec<_> = counts.map(|count| (&*count.app, count.value)).collect();
        assert_eq!(
            counts,
            [("http_server", expected), ("udp_echo", expected)],
            "{because}"
        );
    }
}

#[test]
fn a_burst_at_one_instant_loses_none() {
    let client = HttpClientConfig {
        every: Some(Duration::ZERO),
        ..asks(256)
    };
    let story = Pair::new(client, serves("hello")).run(900);
    assert_eq!(
        story.counter("client", "ok"),
        256,
        "not one SYN had to be repeated"
    );
    assert_eq!(story.counter("server", "served"), 256);
    let begun = story
        .events
        .iter()
        .filter(|(at, _, event)| *at == Instant::ZERO && matches!(event, Event::RequestSent(_)));
    assert_eq!(begun.count(), 256);
}

#[test]
fn without_a_clock_one_request_begins_when_another_is_done() {
    let client = HttpClientConfig {
        every: None,
        concurrency: Some(2),
        ..asks(10)
    };
    let server = HttpServerConfig {
        delay: Duration::from_millis(100),
        ..serves("hello")
    };
    let story = Pair::new(client, server).run(10_000);
    assert_eq!(story.counter("client", "ok"), 10);
    let sent = story.events.iter().filter_map(|(at, _, event)| {
        matches!(event, Event::RequestSent(_)).then_some(at.as_nanos() / 100_000_000)
    });
    assert_eq!(
        sent.collect::<Vec<_>>(),
        [0, 0, 1, 1, 2, 2, 3, 3, 4, 4],
        "two at a time, 100 ms each"
    );
}

#[test]
fn a_client_whose_server_is_nowhere_does_not_spin() {
    let nowhere = HttpUrl::new("192.0.2.1:80".parse().unwrap(), "/");
    let client = HttpClientConfig::new(nowhere);
    let story = Pair::new(client, serves("hello")).run(1000);
    assert_eq!(
        story.errors(),
        [RequestError::Unreachable; 101],
        "one every 10 ms"
    );
}

#[test]
fn health_checks_have_a_path_and_a_status_of_their_own() {
    let client = HttpClientConfig {
        urls: vec![url("/"), url("/health?deep")],
        ..asks(4)
    };
    let server = HttpServerConfig {
        health_path: Some("/health".to_owned()),
        health_status: 503,
        ..serves("hello")
    };
    let story = Pair::new(client, server).run(1000);
    let statuses: Vec<_> = story.fates().iter().map(|(_, status, _)| *status).collect();
    assert_eq!(statuses, [Some(200), Some(503), Some(200), Some(503)]);
    let counts = ["served", "health"].map(|counter| story.counter("server", counter));
    assert_eq!(counts, [2, 2]);
    assert_eq!(story.counter("client", "failed"), 2);
}

/// The statuses in what a raw client heard.
pub(crate) fn statuses(heard: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(heard);
    let answers = text.split("HTTP/1.1 ").skip(1);
    // The words of an answer may name the version, too.
    answers
        .filter_map(|answer| answer.get(..3)?.parse().ok())
        .collect()
}

#[test]
fn the_server_reads_strictly_and_answers_in_order() {
    let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let long = "x".repeat(17_000);
    #[rustfmt::skip]
    let rows: [(String, &[u16], bool, &str); 13] = [
        (get.repeat(3), &[200, 200, 200], false, "pipelined requests are answered in order"),
        (format!("\r\n{get}"), &[200], false, "an empty line in front is forgiven"),
        (get.replace("h\r\n", "h\r\nConnection: close\r\n").repeat(2), &[200], true, "nothing is answered behind a close"),
        (get.replace("/1.1", "/1.0"), &[200], true, "HTTP/1.0 ends with the answer"),
        (get.replace("/1.1", "/1.0").replace("h\r\n", "h\r\nConnection: keep-alive\r\n").repeat(2), &[200, 200], false, "unless it asks otherwise"),
        (format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n{}{get}", "x".repeat(200_000)), &[200, 200], false, "a body is read and thrown away"),
        (format!("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n{get}"), &[200, 200], false, "in chunks as well"),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".into(), &[400], true, "bad chunks are refused"),
        ("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx".into(), &[100, 200], false, "who waits is told to go on"),
        ("GET / HTTP/1.1\n\n".into(), &[400], true, "a lone LF ends no line"),
        (format!("GET /{long} HTTP/1.1\r\nHost: h\r\n\r\n{get}"), &[414], true, "the target is too long"),
        (format!("GET / HTTP/1.1\r\nHost: h\r\nX: {long}\r\n\r\n{get}"), &[431], true, "a field is too long"),
        ("GET / HTT".into(), &[], false, "half a request has no answer"),
    ];
    for (says, expected, closes, because) in rows {
        let (heard, closed) = answer_to(says);
        assert_eq!(
            (statuses(&heard), closed),
            (expected.to_vec(), closes),
            "{because}"
        );
    }
}

/// What a server says to these octets, and whether it closes in the end.
fn answer_to(says: impl Into<Vec<u8>>) -> (Vec<u8>, bool) {
    let says = says.into();
    let heard = Heard::default();
    let ours = heard.clone();
    let client = AppKind::own(move || RawClient {
        says: says.clone(),
        heard: ours.clone(),
    });
    Pair::new(client, serves("hello")).run(60_000);
    let heard = heard.lock().expect("nobody panicked");
    heard.clone()
}

#[test]
fn a_refused_head_request_is_answered_without_a_body() {
    let long = "x".repeat(17_000);
    let chunked = "Host: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    #[rustfmt::skip]
    let rows = [
        ("HEAD / HTTP/1.1\r\n\r\n".to_owned(),          400, false, "the head is whole"),
        ("\r\nHEAD /#f HTTP/1.1\r\n\r\n".to_owned(),    400, false, "the method is known"),
        (format!("HEAD / HTTP/1.1\r\nX: {long}"),        431, false, "the head has a beginning"),
        (format!("HEAD / HTTP/1.1\r\n{chunked}"),        400, false, "the head is good, its body is not"),
        ("HEADS / HTTP/1.1\r\n\r\n".to_owned(),         400, true,  "another method"),
    ];
    for (says, status, has_body, because) in rows {
        let (heard, closed) = answer_to(says);
        let text = String::from_utf8_lossy(&heard);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head ends");
        assert_eq!(statuses(&heard), [status], "{because}: {text:?}");
        assert_eq!(!body.is_empty(), has_body, "{because}: {text:?}");
        let length = "Content-Length: 0";
        assert!(!head.contains(length), "{because}: as GET would have it");
        assert!(closed, "{because}");
    }
}

#[test]
fn each_refusal_tells_its_own_reason() {
    let asks = [
        ("GET / HTTP/1.1\r\n\r\n", "Host is missing"),
        (
            "GET * HTTP/1.1\r\nHost: h\r\n\r\n",
            "only OPTIONS asks about `*`",
        ),
    ];
    let heard = asks.map(|_| Heard::default());
    let mut client = host("client", CLIENT);
    for ((says, because), heard) in asks.iter().zip(&heard) {
        let (says, heard) = (*says, heard.clone());
        let kind = AppKind::own(move || RawClient {
            says: says.as_bytes().to_vec(),
            heard: heard.clone(),
        });
        client = client.with_app(AppConfig::new(kind).named(*because));
    }
    let server = host("server", SERVER).with_app(AppConfig::new(serves("hello")));
    Pair::of(client, server).run(1000);
    for ((_, because), heard) in asks.iter().zip(&heard) {
        let heard = heard.lock().unwrap();
        let text = String::from_utf8_lossy(&heard.0);
        let body = format!("400 Bad Request: {because}\n");
        assert!(text.ends_with(&body), "{because}: {text}");
    }
}

#[test]
fn an_answer_to_head_has_no_body_and_a_large_one_arrives_whole() {
    let body: &'static str = "0123456789".repeat(100_000).leak();
    for (method, octets) in [("GET", 1_000_000), ("HEAD", 0)] {
        let client = HttpClientConfig {
            method: method.to_owned(),
            keep_alive: true,
            ..asks(2)
        };
        let story = Pair::new(client, serves(body)).run(10_000);
        let received = story.events.iter().filter_map(|(_, _, event)| match event {
            Event::RequestDone(done) => Some(done.octets),
            _ => None,
        });
        assert!(received.eq([octets; 2]), "{method}");
        assert_eq!(story.counter("client", "ok"), 2, "{method}");
    }
}

/// What the server says, what the client makes of it, and why.
type Answered = (
    &'static [u8],
    Option<u16>,
    Option<RequestError>,
    &'static str,
);

#[test]
fn the_client_reads_every_kind_of_answer() {
    use RequestError::{Closed, Malformed};
    #[rustfmt::skip]
    let rows: [Answered; 11] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",                        Some(200), None,            "by length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", Some(200), None,        "in chunks"),
        (b"HTTP/1.1 200 OK\r\n\r\nhello",                                             Some(200), None,            "until the end of the connection"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", Some(404), None, "interim answers are passed over"),
        (b"HTTP/1.1 204 No Content\r\n\r\n",                                          Some(204), None,            "without a body"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",                   Some(304), None,            "whatever it says of one"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",                        Some(200), Some(Closed),    "the body was cut off"),
        (b"HTTP/1.1 200 OK\r\nConte",                                                 None,      Some(Closed),    "so was the head"),
        (b"",                                                                         None,      Some(Closed),    "nothing came at all"),
        (b"220 mail.example.com ESMTP\r\n\r\n",                                       None,      Some(Malformed), "not HTTP"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n",                                 None,      Some(Malformed), "nobody asked for that"),
    ];
    for (says, status, error, because) in rows {
        let server = AppKind::own(move || RawServer::new(says, true, 1));
        let story = Pair::new(asks(1), server).run(1000);
        assert_eq!(story.fates(), [(0, status, error)], "{because}");
    }
}

#[test]
fn a_request_is_repeated_once_if_the_server_hung_up_between_two() {
    let says = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let ask = |method: &str, hangs_up| {
        let client = HttpClientConfig {
            keep_alive: true,
            method: method.to_owned(),
            ..asks(3)
        };
        let server = AppKind::own(move || RawServer::new(says, hangs_up, 1));
        let story = Pair::new(client, server).run(1000);
        let fates = story.fates().into_iter();
        fates.map(|(.., error)| error.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(
        ask("GET", true),
        [false; 3],
        "it hung up in time to be noticed"
    );
    assert_eq!(
        ask("GET", false),
        [false; 3],
        "it hung up under a request, which is repeated"
    );
    assert_eq!(
        ask("POST", false),
        [false, true, false],
        "which not every method bears"
    );
    let silent = AppKind::own(move || RawServer::new(says, false, 0));
    let story = Pair::new(asks(1), silent).run(1000);
    assert_eq!(
        story.errors(),
        [RequestError::Closed],
        "a new connection gets no second try"
    );
}

#[test]
fn cookies_come_back_to_the_paths_they_are_for() {
    let heads = Heard::default();
    let ours = heard_by_server(heads.clone());
    let client = HttpClientConfig {
        urls: vec![url("/shop/cart"), url("/shop/pay"), url("/")],
        cookies: true,
        ..asks(6)
    };
    let story = Pair::new(client, ours).run(3000);
    assert_eq!(story.counter("client", "ok"), 6);
    let heads = heads.lock().unwrap();
    let text = String::from_utf8_lossy(&heads.0);
    let cookies: Vec<_> = text
        .split("GET ")
        .skip(1)
        .map(|head| {
            head.split_once("Cookie: ")
                .map(|(_, rest)| rest.split("\r\n").next().unwrap())
        })
        .collect();
    #[rustfmt::skip]
    let expected = [
        None,                // nothing is set yet
        Some("a=1; b=2"),    // both are for /shop
        None,                // and for nothing else
        Some("a=1; b=2"),
        Some("a=1; b=2"),
        None,
    ];
    assert_eq!(cookies, expected);
}

/// A server that sets two cookies and writes down what it is asked.
fn heard_by_server(heard: Heard) -> AppKind {
    const SAYS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1; Path=/shop\r\n\
        Set-Cookie: b=2; Path=/shop; Max-Age=60\r\nSet-Cookie: c=3; Path=/shop; Max-Age=0\r\n\r\n";
    AppKind::own(move || Scribe(heard.clone(), SAYS))
}

/// Several requests end at the instant at which another begins: its connection may take the place of one whose
/// end has yet to be told.
#[test]
fn every_request_to_a_dead_server_ends() {
    let client = HttpClientConfig {
        every: Some(Duration::from_secs(1)),
        ..asks(20)
    };
    let dead = Pair::new(client, HttpServerConfig::default()).at(5_000, "server", Action::Crash);
    let story = dead.run(60_000);
    assert_eq!(story.counter("client", "ok"), 5);
    assert_eq!(story.counter("client", "failed"), 15);
}
