//! What goes wrong between client, switch and target, and what the client is told, to the nanosecond.

use std::time::Duration;

use switchlab_core::{Event, Instant};
use switchlab_host::ConnectionEvent;

use crate::world::{Act, DELAY, GET, World, ask, config, greeter};

/// Whether the head of a request is whole.
fn is_whole(received: &[u8]) -> bool {
    received.windows(4).any(|window| window == b"\r\n\r\n")
}

#[test]
fn every_way_in_which_a_target_can_fail() {
    type Script = fn(&[u8]) -> Act;
    let close: Script = |_| Act::AnswerAndClose(Vec::new());
    let reset: Script = |_| Act::AnswerAndReset(Vec::new());
    let one_octet: Script = |_| Act::AnswerAndReset(b"H".to_vec());
    let half_head: Script = |_| Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\nContent-".to_vec());
    let no_http: Script = |_| Act::Answer(b"SSH-2.0-OpenSSH\r\n".to_vec());
    let two_lengths: Script = |_| {
        Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec())
    };
    let split: Script = |_| Act::Answer(b"HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: c\r\n\r\n".to_vec());
    let switched: Script = |_| Act::Answer(b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec());
    let huge: Script = |_| {
        let field = format!("X: {}\r\n", "y".repeat(15_000));
        Act::Answer(
            format!(
                "HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n",
                field.repeat(3)
            )
            .into(),
        )
    };
    #[rustfmt::skip]
    let rows: [(Script, u16, &str); 9] = [
        (close,       502, "closed the connection before"),
        (reset,       502, "reset the connection before"),
        (one_octet,   502, "reset the connection before"),
        (half_head,   502, "closed the connection before"),
        (no_http,     502, "is refused: the response is malformed"),
        (two_lengths, 502, "more than one Content-Length"),
        (split,       502, "CR stands without LF"),
        (switched,    502, "switched protocols"),
        (huge,        502, "longer than 32 KiB"),
    ];
    for (script, status, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, script);
        let answer = ask(&mut world, 1000, GET);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{because}: {answer}"
        );
        let (_, told) = world.last_answer();
        assert!(told.contains(because), "{told} <- {because}");
        assert_eq!(world.answers(), [(status, None)], "{because}");
        assert_eq!(world.count("listener-80", "own_5xx"), 1, "{because}");
    }
}

#[test]
fn an_answer_that_breaks_off_resets_the_client() {
    let length = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n".to_vec();
    let bad_chunk =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n1234567\r\n".to_vec();
    let rows = [
        (
            Act::AnswerAndClose as fn(Vec<u8>) -> Act,
            length.clone(),
            "closed inside of the length",
        ),
        (Act::AnswerAndReset, length, "reset inside of the length"),
        (
            Act::AnswerAndClose,
            chunked.clone(),
            "closed before the last chunk",
        ),
        (Act::AnswerAndReset, chunked, "reset before the last chunk"),
        (Act::Answer, bad_chunk, "chunks that are none"),
    ];
    for (act, octets, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, move |_| act(octets.clone()));
        world.run_to(1000);
        let line = world.open(80);
        world.send(line, GET);
        world.run_to(2000);
        assert_eq!(
            world.line(line).end(),
            Some(ConnectionEvent::Reset),
            "{because}"
        );
        assert_eq!(
            world.answers(),
            [(200, Some(11))],
            "{because}: what was told first"
        );
    }
}

#[test]
fn a_silent_target_is_given_up_to_the_nanosecond() {
    let mut world = World::new(config(&[11])).serve(11, |_| Act::Wait);
    world.run_to(1000);
    let line = world.open(80);
    world.send(line, GET);
    world.run_to(70_000);
    let assigned = world
        .events
        .iter()
        .find_map(|(at, event)| matches!(event, Event::Assigned(_)).then_some(*at));
    // SYN there and back; then the request is out, and patience begins.
    let patience = Duration::from_secs(60);
    let expected = assigned.unwrap() + DELAY + DELAY + patience;
    assert_eq!(
        world.last_answer(),
        (
            expected,
            "The target did not answer within the idle timeout.".to_owned()
        )
    );
    assert!(
        world
            .line(line)
            .text()
            .starts_with("HTTP/1.1 504 Gateway Timeout\r\n")
    );
    // The request was whole, so the client may ask again.
    world.send(line, GET);
    world.run_to(140_000);
    assert_eq!(world.answers(), [(504, None), (504, None)]);
}

#[test]
fn a_crashed_target_takes_no_connection() {
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.run_to(4000);
    world.machine(11).is_crashed = true;
    let line = world.open(80);
    world.send(line, GET);
    world.run_to(30_000);
    let assigned = world
        .events
        .iter()
        .find_map(|(at, event)| matches!(event, Event::Assigned(_)).then_some(*at));
    let expected = assigned.unwrap() + Duration::from_secs(10);
    let because = "The target did not take the connection within the connect timeout.";
    assert_eq!(world.last_answer(), (expected, because.to_owned()));
    assert_eq!(world.answers(), [(504, None)]);
}

#[test]
fn nobody_there_is_503_and_refused_is_502() {
    let mut world = World::new(config(&[]));
    assert!(ask(&mut world, 1000, GET).starts_with("HTTP/1.1 503 "));
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.machine(11).stop();
    assert!(
        ask(&mut world, 1000, GET).starts_with("HTTP/1.1 502 "),
        "fail-open: all are unhealthy, still one is tried"
    );
    assert_eq!(world.last_answer().1, "The target refused the connection.");
    // The address of nobody: ARP is not answered.
    let mut world = World::new(config(&[99]));
    world.run_to(1000);
    let line = world.open(80);
    world.send(line, GET);
    world.run_to(15_000);
    assert!(
        world.line(line).text().starts_with("HTTP/1.1 502 "),
        "{}",
        world.line(line).text()
    );
}

#[test]
fn a_request_is_repeated_once_if_it_misses_an_idle_connection_that_closes() {
    #[rustfmt::skip]
    let rows = [
        // method  on its way  status  retries  because
        ("GET",    true,       "200",  1,       "the target never had it"),
        ("GET",    false,      "502",  0,       "the target has had it, and may have acted on it"),
        ("POST",   true,       "502",  0,       "nobody may send it twice, whatever we think to know"),
    ];
    for (method, is_on_its_way, status, retries, because) in rows {
        let mut requests = 0;
        let script = move |_: &[u8]| {
            requests += 1;
            if requests == 2 && !is_on_its_way {
                Act::AnswerAndReset(Vec::new())
            } else {
                Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec())
            }
        };
        let mut world = World::new(config(&[11])).serve(11, script);
        let request = format!("{method} / HTTP/1.1\r\nHost: h\r\n\r\n");
        let first = ask(&mut world, 1000, request.as_bytes());
        assert!(first.starts_with("HTTP/1.1 200 "), "{first}");
        world.run_to(2000);
        let line = world.open(80);
        world.run_to(2100);
        world.send(line, request.as_bytes());
        if is_on_its_way {
            world.tire(11);
        }
        world.run_to(3000);
        let second = world.line(line).text();
        assert_eq!(&second[9..12], status, "{method}: {because}");
        assert_eq!(
            world.count("web", "retries"),
            retries,
            "{method}: {because}"
        );
    }
}

#[test]
fn slow_clients_have_their_deadlines() {
    let mut world = World::new(config(&[11])).serve(11, |received| {
        if is_whole(received) && received.ends_with(b"0123456789") {
            Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec())
        } else {
            Act::Wait
        }
    });
    world.run_to(1000);
    let mute = world.open(80);
    let loris = world.open(80);
    let slow = world.open(80);
    world.send(
        slow,
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234",
    );
    let second_breath = world.open(80);
    world.send(
        second_breath,
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234",
    );
    for (step, octet) in b"GET / HTTP/1.1".iter().enumerate() {
        world.run_to(2000 + 10_000 * step as u64);
        world.send(loris, &[*octet]);
        if step == 4 {
            world.send(second_breath, b"56789");
        }
    }
    for (line, status, because) in [
        (mute, "408", "nothing ever came"),
        (loris, "408", "60 s after its first octet"),
        (slow, "408", "half a body"),
    ] {
        assert_eq!(&world.line(line).text()[9..12], status, "{because}");
        assert!(
            world
                .line(line)
                .events
                .contains(&ConnectionEvent::PeerClosed),
            "{because}"
        );
    }
    assert_eq!(
        &world.line(second_breath).text()[9..12],
        "200",
        "within its time"
    );
    assert_eq!(
        world.line(second_breath).text().matches("HTTP/1.1").count(),
        1,
        "idle afterwards: closed without a word"
    );
    assert!(
        world
            .line(second_breath)
            .events
            .contains(&ConnectionEvent::PeerClosed)
    );
    let told: Vec<Instant> = world
        .events
        .iter()
        .filter_map(|(at, event)| {
            matches!(event, Event::Answered(answer) if answer.status == 408).then_some(*at)
        })
        .collect();
    assert!(
        told[0] < Instant::from_millis(61_001) && told[2] < Instant::from_millis(62_001),
        "{told:?}"
    );
    for line in [mute, loris, slow, second_breath] {
        world.close(line);
    }
    world.run_to(142_000);
    assert!(world.switch_is_empty(), "nothing is left behind");
}

#[test]
fn clients_that_go_take_their_requests_along() {
    let mut world = World::new(config(&[11])).serve(11, |received| {
        if received.ends_with(b"now") {
            Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec())
        } else {
            Act::Wait
        }
    });
    world.run_to(1000);
    let gone = world.open(80);
    world.send(gone, GET);
    let cut = world.open(80);
    world.send(
        cut,
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234",
    );
    let half = world.open(80);
    world.send(
        half,
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nnow",
    );
    world.close(half);
    world.run_to(2000);
    world.abort(gone);
    world.close(cut);
    world.run_to(3000);
    assert_eq!(
        world.line(half).text(),
        "",
        "nobody can tell that who has closed its side still waits"
    );
    assert!(
        world.line(cut).text().starts_with("HTTP/1.1 400 "),
        "the body never came"
    );
    assert_eq!(world.count("alb", "gone"), 2);
    assert_eq!(world.count("alb", "cut"), 0);
    assert_eq!(world.answers(), [(400, None)]);
    let resets = |line: &&crate::world::Line| line.end() == Some(ConnectionEvent::Reset);
    assert_eq!(
        world.machine(11).lines.iter().filter(resets).count(),
        2,
        "their targets need not go on; the third was not connected yet"
    );
}

#[test]
fn who_goes_behind_the_head_of_its_answer_is_not_gone_but_cut() {
    let begun = |received: &[u8]| match received.ends_with(b"\r\n\r\n") {
        true => Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec()),
        false => Act::Wait,
    };
    let mut world = World::new(config(&[11])).serve(11, begun);
    world.run_to(1000);
    let line = world.open(80);
    world.send(line, GET);
    world.run_to(2000);
    assert!(world.line(line).text().ends_with("abc"));
    world.abort(line);
    world.run_to(3000);
    let counted = ["requests", "2xx", "gone", "cut"].map(|counter| world.count("alb", counter));
    assert_eq!(counted, [1, 1, 0, 1], "answered once, and cut");
}
