//! From HTTP to WebSocket, and what becomes of those who ask for it in vain.

use std::sync::Arc;
use std::time::Duration;

use switchlab_core::Command;
use switchlab_host::ConnectionEvent;

use crate::world::{Act, GET, World, config};

/// The known key and accept value of RFC 6455 §1.3.
const ASK: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const SWITCHED: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Changes to WebSocket, then sends back what comes; closes behind `bye`, resets behind `die`.
fn echo(received: &[u8]) -> Act {
    let asks = received
        .windows(17)
        .any(|window| window == b"Sec-WebSocket-Key");
    match received {
        b"bye" => Act::AnswerAndClose(b"farewell".to_vec()),
        b"die" => Act::AnswerAndReset(Vec::new()),
        _ if asks => Act::Answer(SWITCHED.to_vec()),
        _ => Act::Answer(received.to_vec()),
    }
}

fn opened() -> (World, usize) {
    let mut settings = config(&[11]);
    settings.groups[0].config.deregistration_delay = Duration::from_secs(5);
    let mut world = World::new(settings).serve(11, echo);
    world.run_to(1000);
    let line = world.open(80);
    world.send(line, ASK);
    world.run_to(1500);
    let head = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
                Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(world.line(line).text(), head);
    (world, line)
}

#[test]
fn octets_go_both_ways_whatever_they_look_like() {
    let (mut world, line) = opened();
    assert!(
        world.machine(11).seen[0].contains("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"),
        "the target was asked"
    );
    // No rule looks at this, and nobody takes it for a request.
    for (millis, octets) in [(2000, GET), (3000, b"\0\xff0\r\n\r\n")] {
        world.run_to(millis);
        world.send(line, octets);
        world.run_to(millis + 500);
        assert!(world.line(line).received.ends_with(octets));
    }
    assert_eq!(world.answers(), [(101, Some(11))], "one exchange");
    assert_eq!(world.count("alb", "requests"), 1);
    let under_way = &world.switch_tables()[0].rows[0][4];
    assert_eq!(under_way, "1", "it counts as long as it lasts");

    world.send(line, b"bye");
    world.run_to(5000);
    assert!(world.line(line).text().ends_with("farewell"));
    assert_eq!(world.line(line).end(), Some(ConnectionEvent::PeerClosed));
    world.close(line);
    world.run_to(11_000);
    assert!(
        world.switch_is_empty(),
        "the target closed: nothing is left"
    );
}

#[test]
fn every_way_in_which_a_websocket_ends() {
    type Deed = fn(&mut World, usize);
    let client_closes: Deed = |world, line| {
        world.send(line, b"last words");
        world.close(line);
    };
    let client_resets: Deed = |world, line| world.abort(line);
    let target_resets: Deed = |world, line| world.send(line, b"die");
    let nobody_speaks: Deed = |world, _| world.run_to(62_000);
    let deregistered: Deed = |world, _| {
        let deregister = Command::Deregister {
            group: Arc::from("web"),
            target: "10.0.0.11:80".parse().unwrap(),
        };
        world.control(&deregister).unwrap();
        world.run_to(7_100);
    };
    use ConnectionEvent::{Closed, PeerClosed, Reset};
    #[rustfmt::skip]
    let rows: [(Deed, Option<ConnectionEvent>, Option<ConnectionEvent>, &str); 5] = [
        // what the client is told, what the target is told
        (client_closes, Some(Closed),     Some(Closed),     "both have said what they had to say"),
        (client_resets, None,             Some(Reset),      "the client did it itself"),
        (target_resets, Some(Reset),      None,             "the target did it itself"),
        (nobody_speaks, Some(PeerClosed), Some(Closed),     "60 s of silence"),
        (deregistered,  Some(Reset),      Some(Reset),      "the deregistration delay is over"),
    ];
    for (deed, client, target, because) in rows {
        let (mut world, line) = opened();
        world.run_to(2000);
        deed(&mut world, line);
        world.run_to(world.now.as_nanos() / 1_000_000 + 1000);
        assert_eq!(world.line(line).end(), client, "{because}: the client");
        // Its first connection was that of a health check.
        let end = world.machine(11).lines[1].end();
        assert_eq!(end, target, "{because}: the target");
        let under_way = &world.switch_tables()[0].rows[0][4];
        assert_eq!(under_way, "0", "{because}: accounted for");
    }
    let (mut world, line) = opened();
    client_closes(&mut world, line);
    world.run_to(3000);
    assert!(
        world.line(line).text().ends_with("last words"),
        "the echo of what it said last"
    );
}

#[test]
fn who_asks_in_vain_stays_in_http() {
    let no = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n";
    let odd = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n";
    let nameless = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
    #[rustfmt::skip]
    let rows: [(&[u8], &str, &str); 3] = [
        (no,       "426", "an answer like any other"),
        (odd,      "502", "another protocol than was asked for: RFC 9110 §7.8"),
        (nameless, "502", "no protocol at all"),
    ];
    for (answer, status, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, move |_| Act::Answer(answer.to_vec()));
        world.run_to(1000);
        let line = world.open(80);
        // What stands behind the head is the next request, not the first octets of a WebSocket.
        world.send(line, &[ASK, GET].concat());
        world.run_to(2000);
        let text = world.line(line).text();
        assert_eq!(&text[9..12], status, "{because}");
        assert_eq!(text.matches("HTTP/1.1 ").count(), 2, "{because}: {text}");
    }
}
