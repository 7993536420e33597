//! Clients of servers with several addresses: which is tried when, and what comes of it.

use std::net::SocketAddr;
use std::time::Duration;

use switchlab_core::{Event, RequestError};
use switchlab_host::{AppConfig, HttpClientConfig, HttpServerConfig, HttpUrl, UrlServers};

use crate::{CLIENT, Pair, SERVER, Story, asks, host, url};

/// The server answers here, and at port 8080.
const WELL: &str = "10.0.0.2:80";
const WELL_TOO: &str = "10.0.0.2:8080";
/// Nobody listens.
const REFUSES: &str = "10.0.0.2:81";
/// Nobody is there.
const SILENT: &str = "10.0.0.3:80";
/// No route leads there.
const NOWHERE: &str = "192.0.2.1:80";

fn at(servers: &[&str]) -> HttpUrl {
    let servers = servers.iter().map(|server| server.parse().unwrap());
    HttpUrl {
        servers: UrlServers::At(servers.collect()),
        host: "shop.example".to_owned(),
        ..url("/")
    }
}

fn run(client: HttpClientConfig) -> Story {
    let server = |name, port| {
        let config = HttpServerConfig {
            port,
            ..HttpServerConfig::default()
        };
        AppConfig::new(config).named(name)
    };
    let server = host("server", SERVER)
        .with_app(server("first", 80))
        .with_app(server("second", 8080));
    let client = host("client", CLIENT).with_app(AppConfig::new(client));
    Pair::of(client, server).run(10_000)
}

/// Of each request, in the order of their ends: its number, who answered or why nobody did, after how many
/// milliseconds.
fn ends(story: &Story) -> Vec<(u64, Result<SocketAddr, RequestError>, u128)> {
    let sent = |number| {
        let is_it =
            |event: &Event| matches!(event, Event::RequestSent(sent) if sent.number == number);
        let mut events = story.events.iter();
        events
            .find(|(.., event)| is_it(event))
            .expect("it was begun")
            .0
    };
    let done = story
        .events
        .iter()
        .filter_map(|(at, _, event)| match event {
            Event::RequestDone(done) => {
                let server = done.exchange.map(|exchange| exchange.server);
                let end = match done.error {
                    Some(error) => Err(error),
                    None => Ok(server.expect("who has answered is known")),
                };
                Some((done.number, end, at.since(sent(done.number)).as_millis()))
            }
            _ => None,
        });
    done.collect()
}

#[test]
fn the_next_address_is_tried_where_no_connection_comes_to_stand() {
    use RequestError::{Refused, Timeout, Unreachable};
    #[rustfmt::skip]
    let rows = [
        // addresses                               patience  end               ms    because
        (&[WELL, REFUSES][..],                     5000,     Ok(WELL),         0,    "the first is well"),
        (&[REFUSES, WELL],                         5000,     Ok(WELL),         0,    "a refusal is known at once"),
        (&[NOWHERE, WELL],                         5000,     Ok(WELL),         0,    "so is that no route leads there"),
        (&[SILENT, WELL],                          5000,     Ok(WELL),         250,  "silence takes its time"),
        (&[SILENT, NOWHERE, SILENT, REFUSES, WELL], 5000,    Ok(WELL),         500,  "each by itself"),
        (&[NOWHERE, REFUSES],                      5000,     Err(Refused),     0,    "nobody: what went wrong last"),
        (&[REFUSES, NOWHERE],                      5000,     Err(Unreachable), 0,    "what went wrong last"),
        (&[REFUSES, SILENT],                       600,      Err(Timeout),     600,  "the last has all the time that is left"),
        (&[SILENT, SILENT, WELL],                  400,      Err(Timeout),     400,  "the second is cut off, the third is not reached"),
        (&[SILENT],                                2000,     Err(Timeout),     2000, "one alone has all the time"),
    ];
    for (servers, patience, end, millis, because) in rows {
        let story = run(HttpClientConfig {
            urls: vec![at(servers)],
            timeout: Duration::from_millis(patience),
            ..asks(1)
        });
        let end = end.map(|server| server.parse().unwrap());
        assert_eq!(ends(&story), [(0, end, millis)], "{because}");
        let counted = ["sent", "done"].map(|counter| story.counter("client", counter));
        assert_eq!(
            counted,
            [1, 1],
            "{because}: one request, however many tries"
        );
    }
}

#[test]
fn an_answer_is_final_whatever_it_says() {
    let refuses = HttpServerConfig {
        status: 503,
        ..HttpServerConfig::default()
    };
    let client = HttpClientConfig {
        urls: vec![at(&[WELL, WELL_TOO])],
        ..asks(1)
    };
    let story = Pair::new(client, refuses).run(10_000);
    assert_eq!(story.fates(), [(0, Some(503), None)]);
}

#[test]
fn each_request_begins_with_the_next_address_of_its_url() {
    let ports = |client: HttpClientConfig| -> Vec<u16> {
        let ends = ends(&run(client));
        ends.iter().map(|(_, end, _)| end.unwrap().port()).collect()
    };
    let both = at(&[WELL, WELL_TOO]);
    let one = |count| HttpClientConfig {
        urls: vec![both.clone()],
        ..asks(count)
    };
    assert_eq!(ports(one(5)), [80, 8080, 80, 8080, 80]);
    let kept = HttpClientConfig {
        keep_alive: true,
        ..one(5)
    };
    assert_eq!(ports(kept), [80, 8080, 80, 8080, 80], "on two connections");
    let two = HttpClientConfig {
        urls: vec![both.clone(), both.clone()],
        ..asks(8)
    };
    let expected = [80, 80, 8080, 8080, 80, 80, 8080, 8080];
    assert_eq!(ports(two), expected, "of two URLs each has its own turn");
    let passing = HttpClientConfig {
        urls: vec![at(&[REFUSES, WELL, WELL_TOO])],
        ..asks(6)
    };
    let expected = [80, 80, 8080, 80, 80, 8080];
    assert_eq!(
        ports(passing),
        expected,
        "what refuses is tried again when its turn comes"
    );
}
