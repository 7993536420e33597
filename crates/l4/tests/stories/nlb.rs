//! A Network Load Balancer, row by row of what ELB's guide says of it.

use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_balance::HealthCheck;
use switchlab_core::{Command, Device, DropReason, Instant};
use switchlab_l4::{L4Config, ServiceConfig, Timeouts};
use switchlab_wire::TcpFlags;

use crate::bed::{
    ACK, Answer, Bed, INSIDE, OUTSIDE, RST, SYN, VIRTUAL, client, config, server, tcp, udp,
};

const WEB: (Ipv4Addr, u16) = (VIRTUAL, 80);
const DNS: (Ipv4Addr, u16) = (VIRTUAL, 53);
const FIN: TcpFlags = TcpFlags::FIN;
const NANOSECOND: Duration = Duration::from_nanos(1);

/// A node with this many targets behind each listener, without health checks.
fn nlb(targets: u8) -> L4Config {
    let mut settings = config(targets);
    settings.timeouts = Timeouts::nlb();
    for service in &mut settings.services {
        let targets = service.backends.iter().map(|backend| backend.address);
        *service = ServiceConfig {
            health_check: None,
            ..ServiceConfig::nlb(&service.name, service.protocol, service.address, targets)
        };
    }
    settings
}

/// Opens a connection, and says which target has it.
fn connect(bed: &mut Bed, port: u16) -> Ipv4Addr {
    let here = (client(2), port);
    let line = bed.one(OUTSIDE, &tcp(here, WEB, SYN, 100, 0));
    let mut targets = (11..20).map(server);
    let target = targets
        .find(|it| line.contains(&format!("{it}:8080")))
        .expect("a target");
    bed.give(INSIDE, &tcp((target, 8080), here, SYN | ACK, 900, 101));
    bed.give(OUTSIDE, &tcp(here, WEB, ACK, 101, 901));
    bed.give(INSIDE, &tcp((target, 8080), here, ACK, 901, 101));
    target
}

/// What becomes of the client's next segment.
fn goes_on(bed: &mut Bed, port: u16) -> String {
    bed.one(OUTSIDE, &tcp((client(2), port), WEB, ACK, 101, 901))
}

#[test]
fn the_sequence_number_of_a_syn_is_hashed() {
    let mut bed = Bed::new(nlb(4));
    let mut seen = std::collections::BTreeSet::new();
    for sequence in (0..40).map(|number| number * 1_000) {
        let here = (client(2), 4000);
        let target = bed.assigned(&tcp(here, WEB, SYN, sequence, 0)).unwrap();
        seen.insert(target);
        bed.give(OUTSIDE, &tcp(here, WEB, RST, sequence + 1, 0));
        bed.wait(Duration::from_secs(10));
    }
    assert_eq!(
        seen.len(),
        4,
        "one port used again and again reaches all targets: {seen:?}"
    );
    let again = |bed: &mut Bed| {
        bed.wait(Duration::from_secs(120));
        bed.assigned(&udp((client(2), 4000), DNS)).unwrap()
    };
    let first = again(&mut bed);
    assert!(
        (0..8).all(|_| again(&mut bed) == first),
        "UDP has no such number"
    );
}

#[test]
fn whoever_speaks_after_350_seconds_of_silence_is_reset() {
    let reset = "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 RST";
    for (is_target, expected) in [
        (false, reset),
        (true, "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 RST"),
    ] {
        let mut bed = Bed::new(nlb(1));
        connect(&mut bed, 4000);
        bed.wait(Duration::from_secs(350) - NANOSECOND);
        let line = goes_on(&mut bed, 4000);
        assert_eq!(
            line, "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 ACK",
            "just in time"
        );
        bed.wait(Duration::from_secs(350));
        let line = match is_target {
            true => bed.one(
                INSIDE,
                &tcp((server(11), 8080), (client(2), 4000), ACK, 901, 101),
            ),
            false => goes_on(&mut bed, 4000),
        };
        assert_eq!(line, expected, "exactly at the limit it is over");
        assert_eq!(bed.switch.counters().drops(DropReason::NoFlow), 1);
    }
    let mut bed = Bed::new(nlb(1));
    bed.give(OUTSIDE, &udp((client(2), 4000), DNS));
    bed.wait(Duration::from_secs(120) - NANOSECOND);
    assert_eq!(
        bed.assigned(&udp((client(2), 4000), DNS)),
        None,
        "UDP has 120 s, answered or not"
    );
    bed.wait(Duration::from_secs(120));
    assert!(
        bed.assigned(&udp((client(2), 4000), DNS)).is_some(),
        "and then is another flow"
    );
}

#[test]
fn what_neither_opens_a_connection_nor_belongs_to_one_is_reset() {
    let here = (client(2), 4000);
    #[rustfmt::skip]
    let rows = [
        (ACK,       "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 RST",     "the middle of a connection"),
        (FIN | ACK, "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 RST",     "its end"),
        (SYN | ACK, "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 RST",     "an answer to nothing"),
        (RST,       "nothing",                                      "a reset draws none"),
    ];
    for (flags, expected, because) in rows {
        let mut bed = Bed::new(nlb(1));
        let line = bed.one(OUTSIDE, &tcp(here, WEB, flags, 100, 1));
        assert_eq!(line, expected, "{because}");
        assert_eq!(
            bed.switch.counters().drops(DropReason::NoFlow),
            1,
            "{because}"
        );
    }
    let mut bed = Bed::new(nlb(1));
    let through = bed.one(OUTSIDE, &tcp(here, (server(12), 22), ACK, 100, 1));
    assert_eq!(
        through, "1: TCP 10.0.0.2:4000 > 10.0.1.12:22 ACK",
        "no listener is concerned"
    );
}

#[test]
fn the_client_s_address_is_kept_or_not() {
    let mut settings = nlb(1);
    let mut kept = Bed::new(settings.clone());
    let line = kept.one(OUTSIDE, &tcp((client(2), 4000), WEB, SYN, 100, 0));
    assert_eq!(line, "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 SYN");
    settings.services[0].preserve_client = false;
    let mut hidden = Bed::new(settings);
    for (host, port) in [(2, 4000), (3, 4001)] {
        let here = (client(host), port);
        let line = hidden.one(OUTSIDE, &tcp(here, WEB, SYN, 100, 0));
        let expected = format!("1: TCP 10.0.1.1:{port} > 10.0.1.11:8080 SYN");
        assert_eq!(line, expected, "the node's own address");
        let answer = tcp(
            (server(11), 8080),
            (Ipv4Addr::new(10, 0, 1, 1), port),
            SYN | ACK,
            900,
            101,
        );
        let expected = format!("0: TCP 192.0.2.10:80 > {}:{port} SYN ACK", here.0);
        assert_eq!(
            hidden.one(INSIDE, &answer),
            expected,
            "and answers find back"
        );
    }
}

#[test]
fn connections_outlast_the_deregistration_of_their_target_unless_told_otherwise() {
    for terminates in [false, true] {
        let mut settings = nlb(1);
        settings.services[0].terminates_deregistered = terminates;
        let mut bed = Bed::new(settings);
        connect(&mut bed, 4000);
        bed.give(OUTSIDE, &udp((client(2), 4000), DNS));
        for (group, port) in [("web", 8080), ("dns", 8053)] {
            let leave = Command::Deregister {
                group: group.into(),
                target: (server(11), port).into(),
            };
            bed.control(&leave).unwrap();
        }
        let refused = bed.one(OUTSIDE, &tcp((client(2), 4001), WEB, SYN, 100, 0));
        assert!(refused.contains("ICMP 3/3"), "nothing new comes: {refused}");
        for second in (60..=600).step_by(60) {
            bed.wait_until(Instant::from_secs(second));
            let line = goes_on(&mut bed, 4000);
            let is_over = terminates && second >= 300;
            let expected = match is_over {
                true => "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 RST",
                false => "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 ACK",
            };
            assert_eq!(line, expected, "after {second} s, termination {terminates}");
            let question = bed.one(OUTSIDE, &udp((client(2), 4000), DNS));
            let is_over = second >= 300;
            assert_eq!(
                question.contains("ICMP 3/3"),
                is_over,
                "UDP ends with the delay: {question}"
            );
        }
    }
}

#[test]
fn connections_of_an_unhealthy_target_are_reset_unless_told_otherwise() {
    for terminates in [true, false] {
        let mut settings = nlb(2);
        settings.services[0].terminates_unhealthy = terminates;
        settings.services[0].health_check = Some(HealthCheck {
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(2),
            ..HealthCheck::default()
        });
        let mut bed = Bed::new(settings);
        let all = |first| vec![(server(11), first), (server(12), Answer::Accepts)];
        bed.answers = all(Answer::Accepts);
        bed.wait_until(Instant::from_secs(1));
        let theirs = (4000..4020)
            .find(|port| connect(&mut bed, *port) == server(11))
            .expect("the hash spreads");
        bed.answers = all(Answer::Silent);
        bed.wait_until(Instant::from_secs(25));
        let expected = match terminates {
            true => format!("0: TCP 192.0.2.10:80 > 10.0.0.2:{theirs} RST"),
            false => format!("1: TCP 10.0.0.2:{theirs} > 10.0.1.11:8080 ACK"),
        };
        assert_eq!(
            goes_on(&mut bed, theirs),
            expected,
            "termination {terminates}"
        );
        assert!(
            (5000..5010).all(|port| connect(&mut bed, port) == server(12)),
            "nothing new comes"
        );
    }
}

#[test]
fn a_node_uses_the_targets_of_its_zone() {
    for cross_zone in [false, true] {
        let mut settings = nlb(4);
        let web = &mut settings.services[0];
        web.zone = Some("a".into());
        web.cross_zone = cross_zone;
        for (backend, zone) in web.backends.iter_mut().zip(["a", "a", "b", "b"]) {
            backend.zone = Some(zone.into());
        }
        let mut bed = Bed::new(settings);
        let seen: std::collections::BTreeSet<_> =
            (4000..4060).map(|port| connect(&mut bed, port)).collect();
        let expected: Vec<_> = (11..if cross_zone { 15 } else { 13 }).map(server).collect();
        assert!(seen.into_iter().eq(expected), "cross-zone {cross_zone}");
    }
}

#[test]
fn checks_have_the_defaults_of_elb() {
    let (tcp, http) = (
        ServiceConfig::default_health_check(),
        ServiceConfig::default_http_check(),
    );
    let seconds = |check: &HealthCheck| (check.interval.as_secs(), check.timeout.as_secs());
    assert_eq!(
        (seconds(&tcp), tcp.healthy, tcp.unhealthy),
        ((30, 10), 5, 2)
    );
    assert_eq!(
        (seconds(&http), http.healthy, http.unhealthy),
        ((30, 6), 5, 2)
    );
    assert_eq!(
        (&*http.path, http.matcher.to_string()),
        ("/", "200-399".to_owned())
    );
}
