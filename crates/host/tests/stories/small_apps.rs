//! Ping, UDP echo and the source of datagrams.

use switchlab_core::PortId;
use switchlab_host::{AppError, HostError, PingConfig, UdpEchoConfig, UdpSourceConfig};

use super::*;

/// From one host to the other and back: two times 98 octets of echo (8 of them ICMP's) and 24 more
/// each on a wire of 1 Gbit/s, and two times 5 µs.
const ROUND_TRIP: Duration = Duration::from_nanos(2 * (98 + 24) * 8 + 2 * 5_000);
/// As long as it takes to ask who has the address: two times 60 octets, and 24, and the delay.
const ARP: Duration = Duration::from_nanos(2 * (60 + 24) * 8 + 2 * 5_000);

const SERVER_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// A ping of the server, every 10 ms, which has 5 ms to answer.
fn pings(count: u64) -> PingConfig {
    PingConfig {
        count: Some(count),
        every: Duration::from_millis(10),
        timeout: Duration::from_millis(5),
        ..PingConfig::new(SERVER_ADDRESS)
    }
}

/// A datagram to the server's echo port, every 10 ms.
fn sends(count: u64) -> UdpSourceConfig {
    UdpSourceConfig {
        count: Some(count),
        every: Duration::from_millis(10),
        ..UdpSourceConfig::new(SocketAddrV4::new(SERVER_ADDRESS, 7))
    }
}

impl Story {
    /// What became of each ping, and when, in the order in which it was known.
    fn pings(&self) -> Vec<(u64, Instant, Option<Duration>)> {
        let pings = self.events.iter().filter_map(|(at, _, event)| match event {
            Event::Ping(ping) => Some((ping.number, *at, ping.round_trip)),
            _ => None,
        });
        pings.collect()
    }

    fn client(&self) -> [u64; 3] {
        ["sent", "answered", "lost"].map(|counter| self.counter("client", counter))
    }
}

#[test]
fn a_ping_takes_as_long_as_the_wire_does() {
    let story = Pair::new(pings(3), UdpEchoConfig::default()).run(1000);
    let fates: Vec<_> = story
        .pings()
        .iter()
        .map(|(n, _, trip)| (*n, *trip))
        .collect();
    let first = Some(ARP + ROUND_TRIP);
    let later = Some(ROUND_TRIP);
    assert_eq!(fates, [(0, first), (1, later), (2, later)]);
    assert_eq!(story.client(), [3, 3, 0]);
}

#[test]
fn a_ping_to_nobody_is_lost_when_its_time_is_up() {
    for target in [Ipv4Addr::new(10, 0, 0, 9), Ipv4Addr::new(192, 0, 2, 1)] {
        let config = PingConfig { target, ..pings(2) };
        let story = Pair::new(config, UdpEchoConfig::default()).run(1000);
        let times = [(0, 5), (1, 15)].map(|(n, at)| (n, Instant::from_millis(at), None));
        assert_eq!(story.pings(), times, "nobody has {target}");
        assert_eq!(story.client(), [2, 0, 2]);
    }
}

#[test]
fn an_answer_that_comes_late_or_twice_counts_for_nothing() {
    let slow = LinkConfig {
        delay: Duration::from_millis(3),
        ..LinkConfig::default()
    };
    let twice = LinkConfig {
        duplicate: 1.0,
        ..LinkConfig::default()
    };
    #[rustfmt::skip]
    let rows = [
        (slow,  [6, 1, 5], "what takes 6 ms is late after 5; only the first was asked before"),
        (twice, [6, 6, 0], "one answer is as good as four"),
    ];
    for (link, counts, because) in rows {
        let pair = Pair::new(pings(6), UdpEchoConfig::default());
        let pair = pair.at(5, "client", Action::SetLink(PortId::new(0), link));
        assert_eq!(pair.run(1000).client(), counts, "{because}");
    }
}

#[test]
fn what_is_under_way_at_a_stop_or_at_the_end_is_lost() {
    let patient = || PingConfig {
        target: Ipv4Addr::new(10, 0, 0, 9),
        timeout: Duration::from_secs(60),
        ..pings(5)
    };
    let pair = || Pair::new(patient(), UdpEchoConfig::default());
    let lost = |(number, millis)| (number, Instant::from_millis(millis), None);
    let ended = pair().run(15);
    assert_eq!(ended.pings(), [(0, 15), (1, 15)].map(lost));
    assert_eq!(ended.client(), [2, 0, 2]);
    let stopped = pair().stop(25, "client").start(100, "client").run(1000);
    let times = [(0, 25), (1, 25), (2, 25), (3, 1000), (4, 1000)];
    assert_eq!(stopped.pings(), times.map(lost), "five over all starts");
    assert_eq!(stopped.client(), [5, 0, 5]);
}

#[test]
fn no_more_is_under_way_than_sequence_numbers_can_tell() {
    let config = PingConfig {
        target: Ipv4Addr::new(192, 0, 2, 1),
        count: Some((1 << 16) + 2),
        every: Duration::from_micros(1),
        timeout: Duration::MAX,
        ..pings(0)
    };
    let story = Pair::new(config, UdpEchoConfig::default()).run(1000);
    let given_up = |number| (number, Instant::from_micros((1 << 16) + number), None);
    assert_eq!(story.pings()[..2], [0, 1].map(given_up), "each by its heir");
    assert_eq!(story.pings().len(), (1 << 16) + 2);
    assert_eq!(story.pings()[2].1, Instant::from_millis(1000), "the end");
}

#[test]
fn numbers_of_pings_go_on_when_sequence_numbers_begin_again() {
    let config = PingConfig {
        every: Duration::from_micros(50),
        size: 0,
        ..pings((1 << 16) + 10)
    };
    let story = Pair::new(config, UdpEchoConfig::default()).run(10_000);
    assert_eq!(story.client(), [(1 << 16) + 10, (1 << 16) + 10, 0]);
    let numbers = story.pings().into_iter().map(|(number, ..)| number);
    assert!(numbers.eq(0..(1 << 16) + 10));
}

#[test]
fn datagrams_come_back_from_where_they_are_echoed() {
    for size in [0, 3, 64, 1472] {
        let config = UdpSourceConfig { size, ..sends(5) };
        let story = Pair::new(config, UdpEchoConfig::default()).run(1000);
        assert_eq!(story.counter("client", "sent"), 5, "{size} octets");
        assert_eq!(story.counter("server", "echoed"), 5, "{size} octets");
        assert_eq!(story.counter("client", "received"), 5, "{size} octets");
    }
}

#[test]
fn a_source_counts_only_what_its_target_says() {
    let everybody = UdpSourceConfig {
        target: "10.0.0.255:7".parse().unwrap(),
        ..sends(3)
    };
    let story = Pair::new(everybody, UdpEchoConfig::default()).run(1000);
    assert_eq!(story.counter("server", "echoed"), 3);
    assert_eq!(story.counter("client", "received"), 0, "a machine said it");
    let drops = story.outcome.node("client").unwrap().all_drops().count();
    assert_eq!(drops, 0, "the answers came from the machine's own address");
}

#[test]
fn a_stopped_service_echoes_nothing_and_a_stopped_source_sends_nothing() {
    let pair = || Pair::new(sends(10), UdpEchoConfig::default());
    let counts = |story: &Story| {
        let client = ["sent", "received"].map(|counter| story.counter("client", counter));
        (client, story.counter("server", "echoed"))
    };
    let service = pair().stop(25, "server").start(55, "server").run(1000);
    assert_eq!(counts(&service), ([10, 7], 7), "three found nobody");
    let source = pair().stop(25, "client").start(500, "client").run(1000);
    assert_eq!(counts(&source), ([10, 10], 10), "ten over both starts");
    let stopped = pair().stop(25, "client").run(1000);
    assert_eq!(counts(&stopped), ([3, 3], 3), "and never again");
}

#[test]
fn a_source_takes_a_port_that_is_free() {
    let source = || AppConfig::new(sends(2));
    let client = host("client", CLIENT)
        .with_app(source())
        .with_app(source().named("second"));
    let story = Pair::of(
        client,
        host("server", SERVER).with_app(AppConfig::new(UdpEchoConfig::default())),
    )
    .run(1000);
    assert_eq!(story.counter("server", "echoed"), 4);
    let counters = story.outcome.node("client").unwrap();
    let sources = counters.apps.iter().filter(|count| &*count.app != "tcp");
    let numbers = sources.map(|count| count.value);
    assert!(numbers.eq([2; 4]), "each hears its own");
}

#[test]
fn a_source_leaves_a_port_to_a_later_application_that_wants_it() {
    let echo = || UdpEchoConfig { port: 49_152 };
    let both = host("client", CLIENT)
        .with_app(AppConfig::new(sends(2)))
        .with_app(AppConfig::new(echo()));
    let answers = host("server", SERVER).with_app(AppConfig::new(UdpEchoConfig::default()));
    let story = Pair::of(both, answers).run(1000);
    assert_eq!(story.counter("client", "port_taken"), 0);
    assert_eq!(story.counter("client", "received"), 2);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    #[rustfmt::skip]
    let rows: [(AppKind, AppError, &str); 8] = [
        (PingConfig { every: Duration::ZERO, ..pings(1) }.into(), AppError::NoInterval, "time must pass between pings"),
        (PingConfig { size: 65_508, ..pings(1) }.into(), AppError::TooLong { octets: 65_508, limit: 65_507 }, "an IP packet has 65535 octets"),
        (UdpEchoConfig { port: 0 }.into(), AppError::PortZero, "nothing can be sent to port 0"),
        (UdpSourceConfig { port: Some(0), ..sends(1) }.into(), AppError::PortZero, "nor from it"),
        (UdpSourceConfig::new(SocketAddrV4::new(SERVER_ADDRESS, 0)).into(), AppError::PortZero, "nor to it by a source"),
        (UdpSourceConfig { every: Duration::ZERO, ..sends(1) }.into(), AppError::NoInterval, "time must pass between datagrams"),
        (UdpSourceConfig { size: 1473, ..sends(1) }.into(), AppError::TooLong { octets: 1473, limit: 1472 }, "28 octets of headers in a packet of 1500"),
        (UdpSourceConfig { size: usize::MAX, ..sends(1) }.into(), AppError::TooLong { octets: usize::MAX, limit: 1472 }, "and no memory is taken for what is refused"),
    ];
    for (kind, expected, because) in rows {
        let config = host("client", CLIENT).with_app(AppConfig::new(kind));
        let Err(HostError::App { source, .. }) = Host::new(config) else {
            panic!("{because}");
        };
        assert_eq!(source, expected, "{because}");
    }
}
