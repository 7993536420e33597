//! Requests that servers could read differently, under every desync mitigation mode.

use switchlab_core::Event;
use switchlab_host::ConnectionEvent;
use switchlab_http::{DesyncMode, Parser};

use crate::world::{GET, World, config, greeter};

/// A GET that hides another in a body which the switch does not see, since the name of the length is odd;
/// then another that is good.
const SMUGGLED: &[u8] = b"GET /seen HTTP/1.1\r\nHost: a\r\nContent-Length : 40\r\n\r\n\
    GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// The first lines of the requests that the target got, and how the client's connection fared.
fn sent_as(parser: Parser, octets: &[u8]) -> (Vec<String>, String, bool, World) {
    let mut settings = config(&[11]);
    settings.intake.parser = parser;
    settings.access_log = true;
    let mut world = World::new(settings).serve(11, greeter("ok"));
    world.run_to(1_000);
    let line = world.open(80);
    world.send(line, octets);
    world.run_to(2_000);
    let asked = world.machine(11).seen.iter();
    let asked = asked.filter_map(|seen| Some(seen.lines().next()?.to_owned()));
    let asked = asked.filter(|first| !first.contains("/health"));
    let asked = asked.collect();
    let text = world.line(line).text();
    let is_closed = world.line(line).end() == Some(ConnectionEvent::PeerClosed);
    (asked, text, is_closed, world)
}

#[test]
fn what_is_hidden_reaches_a_target_only_where_nobody_minds() {
    let (seen, hidden) = ("GET /seen HTTP/1.1", "GET /hidden HTTP/1.1");
    #[rustfmt::skip]
    let rows: [(Parser, &[&str], &str, bool, &str); 4] = [
        (Parser::Strict,                      &[],             "400", true,  "the name is no token"),
        (Parser::Alb(DesyncMode::Monitor),    &[seen, hidden], "200", false, "the body is the next request"),
        (Parser::Alb(DesyncMode::Defensive),  &[seen],         "200", true,  "the connections are closed behind the first"),
        (Parser::Alb(DesyncMode::Strictest),  &[],             "400", true,  "blocked"),
    ];
    for (parser, expected, status, closes, because) in rows {
        let (asked, text, is_closed, world) = sent_as(parser, SMUGGLED);
        assert_eq!(asked, expected, "{because}");
        assert_eq!(&text[9..12], status, "{because}");
        assert_eq!(is_closed, closes, "{because}");
        assert_eq!(
            text.contains("\r\nConnection: close\r\n"),
            closes,
            "{because}"
        );
        let logged = |(_, event): &(_, Event)| match event {
            Event::Logged(line) => Some(line.to_string()),
            _ => None,
        };
        let first = world.events.iter().find_map(logged).unwrap();
        assert!(
            first.contains(" \"Ambiguous\" \"SuspiciousHeader\" "),
            "{first}"
        );
        let counted = world.count("alb", "DesyncMitigationMode_NonCompliant_Request_Count");
        assert_eq!(counted, 1, "{because}");
    }
}

/// The connection to a target that carried an ambiguous request carries no other.
#[test]
fn a_target_is_asked_anew_behind_an_ambiguous_request() {
    #[rustfmt::skip]
    let rows = [
        (&b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"[..],    1, "acceptable: the connection is kept"),
        (&b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"[..],        2, "ambiguous"),
    ];
    for (octets, connections, because) in rows {
        let parser = Parser::Alb(DesyncMode::Defensive);
        let (_, _, _, mut world) = sent_as(parser, octets);
        let line = world.open(80);
        world.send(line, GET);
        world.run_to(3_000);
        assert_eq!(world.count("web", "connections"), connections, "{because}");
    }
}
