//! Names: asked for, kept for their time, and what becomes of requests whose names lead nowhere.

use std::net::IpAddr;

use switchlab_dns::DnsName;
use switchlab_host::{
    DnsResolverConfig, DnsServerConfig, HttpServerConfig, RecordSet, UrlServers, Values, ZoneConfig,
};

use super::*;

const CLIENT_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const SERVER_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
/// Nobody is there.
const SILENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);

fn name(text: &str) -> DnsName {
    text.parse().expect("a name")
}

/// A client that asks for a name, every second.
fn asks_for(host: &str, resolvers: &[Ipv4Addr], count: u64) -> HttpClientConfig {
    let url = HttpUrl {
        servers: UrlServers::Named(name(host), 80),
        host: host.to_owned(),
        ..url("/")
    };
    HttpClientConfig {
        resolvers: resolvers.to_vec(),
        every: Some(Duration::from_secs(1)),
        urls: vec![url],
        ..asks(count)
    }
}

/// A server of names that knows where the server is, for so many seconds.
fn knows(ttl: u32) -> DnsServerConfig {
    let address = |text, address: IpAddr| RecordSet {
        ttl,
        ..RecordSet::new(name(text), Values::Addresses(vec![address]))
    };
    DnsServerConfig {
        zones: vec![ZoneConfig::new(name("example"))],
        records: vec![
            address("shop.example", SERVER_ADDRESS.into()),
            address("six.example", "2001:db8::1".parse().unwrap()),
        ],
        ..DnsServerConfig::default()
    }
}

/// A client at one end, a web server and a server of names at the other.
fn pair(client: HttpClientConfig, names: impl Into<AppKind>) -> Pair {
    let client = host("client", CLIENT).with_app(AppConfig::new(client));
    let server = host("server", SERVER)
        .with_app(AppConfig::new(HttpServerConfig::default()))
        .with_app(AppConfig::new(names));
    Pair::of(client, server)
}

#[test]
fn an_answer_is_kept_for_its_time() {
    #[rustfmt::skip]
    let rows = [
        (60, 1,  "it is kept for all ten seconds"),
        (2,  4,  "asked at 0 s, 3 s, 6 s and 9 s: at 2 s it may be kept for an instant more"),
        (0,  10, "it may not be kept at all"),
    ];
    for (ttl, queries, because) in rows {
        let client = asks_for("Shop.example", &[SERVER_ADDRESS], 10);
        let story = pair(client, knows(ttl)).run(12_000);
        assert_eq!(story.counter("client", "ok"), 10, "{because}");
        assert_eq!(story.counter("server", "queries"), queries, "{because}");
    }
}

#[test]
fn names_that_lead_nowhere_end_requests() {
    let (ask, none) = ([SERVER_ADDRESS], [SILENT]);
    #[rustfmt::skip]
    let rows = [
        ("none.example", &ask[..],           0, "there is no such name"),
        ("six.example",  &ask[..],           0, "it has no IPv4 address"),
        ("shop.test",    &ask[..],           0, "nobody here answers for it"),
        ("shop.example", &none[..],          5, "nobody answers, for as long as the request may take"),
        ("shop.example", &[CLIENT_ADDRESS],  5, "nor does the client itself"),
    ];
    for (host, resolvers, seconds, because) in rows {
        let client = asks_for(host, resolvers, 1);
        let story = pair(client, knows(60)).run(30_000);
        let unresolved = [(0, None, Some(RequestError::Unresolved))];
        assert_eq!(story.fates(), unresolved, "{because}");
        let mut done = story.events.iter();
        let done = done.find(|(_, _, event)| matches!(event, Event::RequestDone(_)));
        let at = done.map(|(at, ..)| at.as_nanos() / 1_000_000_000);
        assert_eq!(at, Some(seconds), "{because}");
        let Some((.., Event::RequestDone(done))) = story.events.last() else {
            panic!("{because}");
        };
        assert_eq!((done.server, done.exchange), (None, None), "{because}");
    }
}

#[test]
fn that_there_is_nothing_is_kept_too() {
    let story = pair(asks_for("none.example", &[SERVER_ADDRESS], 10), knows(60)).run(12_000);
    assert_eq!(story.counter("client", "failed"), 10);
    assert_eq!(story.counter("server", "nxdomain"), 1);
}

#[test]
fn the_next_resolver_is_asked_after_5_s() {
    let client = HttpClientConfig {
        timeout: Duration::from_secs(8),
        ..asks_for("shop.example", &[SILENT, SERVER_ADDRESS], 3)
    };
    let story = pair(client, knows(60)).run(12_000);
    assert_eq!(story.counter("client", "ok"), 3);
    assert_eq!(
        story.counter("server", "queries"),
        1,
        "one question for all who wait"
    );
    let done = story.events.iter();
    let done = done.filter(|(_, _, event)| matches!(event, Event::RequestDone(_)));
    assert!(
        done.into_iter()
            .all(|(at, ..)| at.as_nanos() / 1_000_000_000 == 5)
    );
}

#[test]
fn a_question_without_an_answer_is_unfinished_at_the_end() {
    let story = pair(asks_for("shop.example", &[SILENT], 1), knows(60)).run(2_000);
    assert_eq!(story.fates(), [(0, None, Some(RequestError::Unfinished))]);
    let stopped = pair(asks_for("shop.example", &[SILENT], 2), knows(60));
    let story = stopped.stop(500, "client").start(600, "client").run(2_500);
    assert_eq!(story.errors(), [RequestError::Unfinished; 2]);
}

/// Two clients and the server of names at one end; the web server and a resolver at the other.
fn by_resolver(zone: &str, servers: &[Ipv4Addr]) -> Pair {
    let resolver = DnsResolverConfig {
        zones: vec![(name(zone), servers.to_vec())],
        ..DnsResolverConfig::default()
    };
    let asks = || AppConfig::new(asks_for("shop.example", &[SERVER_ADDRESS], 10));
    let client = host("client", CLIENT)
        .with_app(asks())
        .with_app(asks().named("other"))
        .with_app(AppConfig::new(knows(5)));
    let server = host("server", SERVER)
        .with_app(AppConfig::new(HttpServerConfig::default()))
        .with_app(AppConfig::new(resolver));
    Pair::of(client, server)
}

#[test]
fn a_resolver_asks_once_for_all() {
    let story = by_resolver("example", &[CLIENT_ADDRESS]).run(12_000);
    assert_eq!(story.counter("client", "ok"), 10);
    assert_eq!(
        story.counter("server", "queries"),
        4,
        "each client at 0 s and 6 s"
    );
    assert_eq!(story.counter("server", "asked"), 2, "for both at once");
    assert_eq!(story.counter("client", "queries"), 2);
    assert_eq!(story.counter("client", "answered"), 2);
}

#[test]
fn a_resolver_that_finds_nobody_says_so() {
    #[rustfmt::skip]
    let rows: [(&str, &[Ipv4Addr], _); 3] = [
        ("test",    &[CLIENT_ADDRESS],         "it knows nobody who answers for the name"),
        ("example", &[],                       "nor here"),
        ("example", &[SILENT],                 "who would does not answer: three times 800 ms"),
    ];
    for (zone, servers, because) in rows {
        let story = by_resolver(zone, servers).run(12_000);
        assert_eq!(story.counter("client", "ok"), 0, "{because}");
        let errors = story.errors();
        assert!(
            errors
                .iter()
                .all(|error| *error == RequestError::Unresolved),
            "{because}"
        );
        assert!(story.counter("server", "failed") > 0, "{because}");
    }
}

#[test]
fn a_resolver_turns_to_another_server() {
    let story = by_resolver("example", &[SILENT, CLIENT_ADDRESS]).run(12_000);
    assert_eq!(story.counter("client", "ok"), 10);
}
