//! What comes without an end: heads, bodies, answers, and clients in crowds that are in no hurry.
//!
//! Every flood has its outcome by name, in counters and in the access log, and nobody else waits for it.

use std::time::Duration;

use switchlab_core::Event;
use switchlab_host::ConnectionEvent;

use crate::world::{Act, GET, World, ask, body, config, greeter};

/// How many do the same at once.
const CROWD: usize = 30;

/// The status of the balancer and that of the target, of every line of the access log from this one on.
fn logged(world: &World, from: usize) -> Vec<(String, String)> {
    let statuses = |(_, event): &(_, Event)| match event {
        Event::Logged(line) => {
            let line = line.to_string();
            let mut fields = line.split(' ').skip(8).map(str::to_owned);
            fields.next().zip(fields.next())
        }
        _ => None,
    };
    let all = world.events.iter().filter_map(statuses);
    all.skip(from).collect()
}

#[test]
fn a_head_without_end_is_refused_where_its_limit_is() {
    #[rustfmt::skip]
    let rows = [
        // what a request begins with, what follows again and again, status, because
        ("GET / HTTP/1.1\r\nHost: h\r\n",    "A: b\r\n".to_owned(),                 431, "there are more than 100 header fields"),
        ("GET / HTTP/1.1\r\nHost: h\r\n",    format!("X: {}\r\n", "y".repeat(999)), 431, "the header fields are longer than 64 KiB together"),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: ", "y".repeat(999),                       431, "a header field is longer than 16 KiB"),
        ("GET /",                            "a".repeat(999),                       414, "the first line is longer than 16 KiB"),
        ("",                                 "\r\n".to_owned(),                     400, "the request line is not method, target and version with one space between them"),
    ];
    for (start, piece, status, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, greeter("A"));
        world.run_to(1000);
        let flood = [start, &piece.repeat(200_000 / piece.len())].concat();
        let lines: Vec<usize> = (0..CROWD)
            .map(|_| {
                let line = world.open(80);
                world.send(line, flood.as_bytes());
                line
            })
            .collect();
        assert_eq!(
            body(&ask(&mut world, 1001, GET)),
            "A",
            "{because}: who asks meanwhile is answered"
        );
        for line in lines {
            let text = world.line(line).text();
            assert!(
                text.starts_with(&format!("HTTP/1.1 {status} ")),
                "{because}: {text}"
            );
            world.close(line);
        }
        let told = world.events.iter().filter(|(_, event)| {
            matches!(event, Event::Answered(answer)
                if *answer.because == format!("The request is refused: {because}."))
        });
        assert_eq!(told.count(), CROWD, "{because}");
        assert_eq!(world.count("alb", "rejected"), CROWD as u64, "{because}");
        assert_eq!(
            world.count("alb", "HTTPCode_ELB_4XX_Count"),
            CROWD as u64,
            "{because}"
        );
        let refused = (status.to_string(), "-".to_owned());
        let lines = logged(&world, 0);
        let refusals = lines.iter().filter(|line| **line == refused);
        assert_eq!(refusals.count(), CROWD, "{because}");
        assert_eq!(lines.len(), CROWD + 1, "{because}: one line for each");
        world.run_to(8_000);
        assert_eq!(
            world.switch_connections(),
            1,
            "{because}: the idle one to the target is left"
        );
    }
}

#[test]
fn a_body_without_end_ends_with_its_exchange() {
    let chunks = "400\r\n".to_owned() + &"x".repeat(1024) + "\r\n";
    let whole = |received: &[u8]| received.windows(4).any(|window| window == b"\r\n\r\n");
    const FLOOD: usize = 4_000_000;
    let flood = chunks.repeat(FLOOD / chunks.len()).into_bytes();
    let limited = || {
        let mut settings = config(&[11]);
        settings.exchange_limit = Duration::from_millis(50);
        settings
    };

    // A request's.
    let mut world = World::new(limited()).serve(11, |_| Act::Wait);
    world.run_to(1000);
    let line = world.open(80);
    world.send(
        line,
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    world.send(line, &flood);
    world.run_to(8000);
    let text = world.line(line).text();
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    assert_eq!(
        world.last_answer().1,
        "The request's body went on longer than an exchange may take."
    );
    assert_eq!(logged(&world, 0), [("408".into(), "-".into())]);
    assert_eq!(world.count("alb", "HTTPCode_ELB_4XX_Count"), 1);
    world.close(line);
    world.run_to(9000);
    assert!(world.switch_is_empty(), "both connections are gone");

    // An answer's.
    let answer = [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
        &flood,
    ]
    .concat();
    let mut world = World::new(limited()).serve(11, move |received| match whole(received) {
        true => Act::Answer(answer.clone()),
        false => Act::Wait,
    });
    world.run_to(1000);
    let line = world.open(80);
    world.send(line, GET);
    world.run_to(8000);
    assert_eq!(
        world.line(line).end(),
        Some(ConnectionEvent::Reset),
        "nothing else could tell that the rest is missing"
    );
    let received = world.line(line).received.len();
    assert!(
        (100_000..FLOOD).contains(&received),
        "it went on until then, but {received} octets came"
    );
    assert_eq!(logged(&world, 0), [("200".into(), "200".into())]);
    assert_eq!(world.answers(), [(200, Some(11))]);
    assert!(world.switch_is_empty(), "both connections are gone");
}

#[test]
fn chunks_that_say_too_much_are_refused() {
    #[rustfmt::skip]
    let rows = [
        ("0".to_owned(),            "0".repeat(999),  "digits of a chunk's length"),
        ("5;".to_owned(),           "x".repeat(999),  "an extension"),
        ("0\r\n".to_owned(),        "A: b\r\n".repeat(99), "trailers"),
        ("0\r\nX: ".to_owned(),     "x".repeat(999),  "one trailer"),
    ];
    for (start, piece, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, |_| Act::Wait);
        world.run_to(1000);
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        let flood = [head, &start, &piece.repeat(300_000 / piece.len())].concat();
        let lines: Vec<usize> = (0..CROWD)
            .map(|_| {
                let line = world.open(80);
                world.send(line, flood.as_bytes());
                line
            })
            .collect();
        world.run_to(2000);
        for line in lines {
            let text = world.line(line).text();
            assert!(text.starts_with("HTTP/1.1 400 "), "{because}: {text}");
            world.close(line);
        }
        assert_eq!(
            logged(&world, 0),
            vec![("400".to_owned(), "-".to_owned()); CROWD],
            "{because}"
        );
        world.run_to(8000);
        assert!(world.switch_is_empty(), "{because}: nothing is left behind");
    }
}

#[test]
fn a_crowd_that_says_an_octet_now_and_then_is_sent_away_together() {
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.run_to(1000);
    let lines: Vec<usize> = (0..CROWD).map(|_| world.open(80)).collect();
    for (step, octet) in GET.iter().take(7).enumerate() {
        world.run_to(2000 + 9_000 * step as u64);
        for line in &lines {
            world.send(*line, &[*octet]);
        }
        let text = ask(&mut world, 2500 + 9_000 * step as u64, GET);
        assert_eq!(body(&text), "A", "others are answered: {text}");
    }
    world.run_to(63_000);
    let late = ("408".to_owned(), "-".to_owned());
    assert_eq!(
        logged(&world, 7),
        vec![late; CROWD],
        "60 s after the first octets"
    );
    for line in lines {
        assert!(world.line(line).text().starts_with("HTTP/1.1 408 "));
        world.close(line);
    }
    assert_eq!(world.count("alb", "rejected"), CROWD as u64);
    assert_eq!(
        world.count("web", "requests"),
        7,
        "no target was troubled by them"
    );
    world.run_to(127_000);
    assert!(world.switch_is_empty(), "nothing is left behind");
}

#[test]
fn a_target_that_never_answers_fails_everybody_who_asks_it() {
    let mut world = World::new(config(&[11])).serve(11, |_| Act::Wait);
    world.run_to(1000);
    let lines: Vec<usize> = (0..CROWD)
        .map(|_| {
            let line = world.open(80);
            world.send(line, GET);
            line
        })
        .collect();
    world.run_to(62_000);
    for line in lines {
        let text = world.line(line).text();
        assert!(text.starts_with("HTTP/1.1 504 "), "{text}");
        world.close(line);
    }
    assert_eq!(world.answers(), vec![(504, None); CROWD]);
    assert_eq!(
        logged(&world, 0),
        vec![("504".to_owned(), "-".to_owned()); CROWD]
    );
    assert_eq!(world.count("alb", "HTTPCode_ELB_504_Count"), CROWD as u64);
    assert_eq!(
        world.count("web", "connections"),
        CROWD as u64,
        "each had one of its own, and"
    );
    world.run_to(72_000);
    assert!(world.switch_is_empty(), "none is used again");
}
