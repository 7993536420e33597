//! Whole stories of flows: who gets them, how they read on both sides, when they end.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::bed::{ACK, Bed, INSIDE, OUTSIDE, RST, SYN, VIRTUAL, client, config, server, tcp, udp};
use switchlab_balance::Algorithm;
use switchlab_core::{Command, ControlError, Device, DropReason};
use switchlab_l3::Attachment;
use switchlab_l4::{SourceAddress, SourceNat};
use switchlab_wire::{Echo, Ipv4Builder, TcpFlags};

const WEB: (Ipv4Addr, u16) = (VIRTUAL, 80);
const DNS: (Ipv4Addr, u16) = (VIRTUAL, 53);

#[test]
fn two_clients_alternate_over_two_backends_by_connection() {
    let mut bed = Bed::new(config(2));
    let [anna, ben] = [client(2), client(3)];
    let behind = |number| (server(number), 8080);
    let fin = TcpFlags::FIN | ACK;
    #[rustfmt::skip]
    let story = [
        (OUTSIDE, tcp((anna, 4000), WEB, SYN, 100, 0),                     "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 SYN",     "the first gets the first connection"),
        (INSIDE,  tcp(behind(11), (anna, 4000), SYN | ACK, 900, 101),      "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 SYN ACK",  "its answer comes from the virtual address"),
        (OUTSIDE, tcp((ben, 4000), WEB, SYN, 100, 0),                      "1: TCP 10.0.0.3:4000 > 10.0.1.12:8080 SYN",     "the next connection is another backend's"),
        (OUTSIDE, tcp((anna, 4000), WEB, ACK, 101, 901),                   "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 ACK",     "a connection stays where it is"),
        (INSIDE,  tcp(behind(12), (ben, 4000), SYN | ACK, 900, 101),       "0: TCP 192.0.2.10:80 > 10.0.0.3:4000 SYN ACK",  "Ben's answer"),
        (OUTSIDE, tcp((anna, 4001), WEB, SYN, 100, 0),                     "1: TCP 10.0.0.2:4001 > 10.0.1.11:8080 SYN",     "Anna's second connection is the third of all"),
        (OUTSIDE, tcp((anna, 4000), WEB, fin, 101, 901),                   "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 FIN ACK", "Anna hangs up"),
        (INSIDE,  tcp(behind(11), (anna, 4000), fin, 901, 102),            "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 FIN ACK",  "so does the server"),
        (OUTSIDE, tcp((anna, 4000), WEB, ACK, 102, 902),                   "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 ACK",     "the last acknowledgment still gets there"),
        (OUTSIDE, tcp((anna, 4000), WEB, SYN, 9000, 0),                    "1: TCP 10.0.0.2:4000 > 10.0.1.12:8080 SYN",     "the same ends again are a new connection with a turn of its own"),
        (OUTSIDE, tcp((anna, 4002), WEB, RST, 5, 0),                       "nothing",                                       "a reset begins nothing, and draws nothing"),
        (OUTSIDE, tcp((anna, 4002), WEB, SYN | ACK, 5, 5),                 "0: TCP 192.0.2.10:80 > 10.0.0.2:4002 RST",      "an answer to nothing meets the switch itself"),
    ];
    for (step, (port, packet, expected, because)) in story.into_iter().enumerate() {
        assert_eq!(bed.one(port, &packet), expected, "step {step}: {because}");
    }
    let assigned = bed.take_log();
    #[rustfmt::skip]
    assert_eq!(assigned, [
        "0 web 10.0.0.2:4000 assigned to 10.0.1.11:8080",
        "0 web 10.0.0.3:4000 assigned to 10.0.1.12:8080",
        "0 web 10.0.0.2:4001 assigned to 10.0.1.11:8080",
        "0 web 10.0.0.2:4000 assigned to 10.0.1.12:8080",
    ], "each flow is told once");
    let counters = bed.switch.counters();
    let web = counters
        .apps
        .iter()
        .find(|it| (&*it.app, it.counter) == ("web", "assigned"));
    assert_eq!(web.map(|it| it.value), Some(4));
    assert_eq!(
        counters.drops(DropReason::PortClosed),
        2,
        "the reset and the answer to nothing"
    );
}

#[test]
fn weights_are_turns_in_a_row() {
    let mut settings = config(2);
    settings.services[1].backends[0].weight = 2;
    let mut bed = Bed::new(settings);
    let got: Vec<_> = (4000..4006)
        .map(|port| bed.assigned(&udp((client(2), port), DNS)).unwrap())
        .collect();
    let [first, second] = ["10.0.1.11:8053", "10.0.1.12:8053"];
    assert_eq!(got, [first, first, second, first, first, second]);
}

#[test]
fn a_hash_keeps_a_flow_with_its_backend_and_spreads_flows() {
    let mut settings = config(4);
    settings.services[1].scheduler = Algorithm::FiveTuple;
    let again = |bed: &mut Bed| -> Vec<_> {
        (4000..4200)
            .map(|port| bed.assigned(&udp((client(2), port), DNS)).unwrap())
            .collect()
    };
    let mut bed = Bed::new(settings);
    let before = again(&mut bed);
    bed.wait(Duration::from_secs(30));
    assert_eq!(
        again(&mut bed),
        before,
        "forgotten and come again: the same backend"
    );
    for backend in ["10.0.1.11", "10.0.1.12", "10.0.1.13", "10.0.1.14"] {
        let share = before
            .iter()
            .filter(|target| target.starts_with(backend))
            .count();
        assert!((25..=75).contains(&share), "{backend} has {share} of 200");
    }
    bed.wait(Duration::from_secs(30));
    let gone = Command::Deregister {
        group: "dns".into(),
        target: (server(12), 8053).into(),
    };
    bed.control(&gone).unwrap();
    for (before, after) in before.iter().zip(again(&mut bed)) {
        let is_his = before.starts_with("10.0.1.12");
        assert_eq!(
            *before != after,
            is_his,
            "only his flows move: {before} to {after}"
        );
    }
}

#[test]
fn a_flow_is_forgotten_exactly_at_its_limit() {
    let instant = Duration::from_nanos(1);
    let second = Duration::from_secs(1);
    #[rustfmt::skip]
    let rows = [
        (second * 30 - instant, false, "a nanosecond before, it is still known"),
        (second * 30,           true,  "at its limit it is forgotten"),
    ];
    for (silence, is_forgotten, because) in rows {
        let mut bed = Bed::new(config(2));
        let question = udp((client(2), 4000), DNS);
        assert!(bed.assigned(&question).is_some());
        bed.wait(silence);
        assert_eq!(bed.assigned(&question).is_some(), is_forgotten, "{because}");
        // Each packet begins the time anew, an answer too.
        bed.wait(second * 20);
        let answer = udp(
            (server(if is_forgotten { 12 } else { 11 }), 8053),
            (client(2), 4000),
        );
        assert_eq!(
            bed.one(INSIDE, &answer),
            "0: UDP 192.0.2.10:53 > 10.0.0.2:4000"
        );
        bed.wait(second * 29);
        assert_eq!(
            bed.assigned(&question),
            None,
            "{because}: the answer renewed it"
        );
    }
}

#[test]
fn established_connections_are_never_given_up_for_newcomers() {
    let mut settings = config(1);
    settings.flow_limit = 2;
    let mut bed = Bed::new(settings);
    let connect = |bed: &mut Bed, port| {
        let (here, there) = ((client(2), port), (server(11), 8080));
        bed.give(OUTSIDE, &tcp(here, WEB, SYN, 100, 0));
        bed.give(INSIDE, &tcp(there, here, SYN | ACK, 900, 101));
        bed.give(OUTSIDE, &tcp(here, WEB, ACK, 101, 901));
        bed.one(INSIDE, &tcp(there, here, ACK, 901, 101))
    };
    assert_eq!(
        connect(&mut bed, 4000),
        "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 ACK"
    );
    bed.give(OUTSIDE, &udp((client(3), 1), DNS));
    assert!(
        bed.assigned(&udp((client(3), 2), DNS)).is_some(),
        "a question without an answer makes room"
    );
    let evicted = |bed: &Bed| {
        let counters = bed.switch.counters();
        let apps = counters.apps.into_iter();
        let evicted = apps.filter(|it| it.counter.starts_with("evicted_"));
        evicted.map(|it| (it.counter, it.value)).collect::<Vec<_>>()
    };
    let expected = [("evicted_embryonic", 1), ("evicted_over", 0)];
    assert_eq!(evicted(&bed), expected);
    assert_eq!(
        connect(&mut bed, 4001),
        "0: TCP 192.0.2.10:80 > 10.0.0.2:4001 ACK"
    );
    let expected = [("evicted_embryonic", 2), ("evicted_over", 0)];
    assert_eq!(evicted(&bed), expected);

    let full = bed.one(OUTSIDE, &tcp((client(3), 4000), WEB, SYN, 100, 0));
    assert_eq!(
        full, "nothing",
        "two connections stand, and none is given up"
    );
    assert_eq!(bed.switch.counters().drops(DropReason::FlowTableFull), 1);
    let here = (client(2), 4000);
    assert_eq!(
        bed.one(OUTSIDE, &tcp(here, WEB, ACK, 101, 901)),
        "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 ACK"
    );
    bed.give(OUTSIDE, &tcp(here, WEB, RST, 101, 0));
    let next = bed.one(OUTSIDE, &tcp((client(3), 4000), WEB, SYN, 100, 0));
    assert_eq!(
        next, "1: TCP 10.0.0.3:4000 > 10.0.1.11:8080 SYN",
        "one was reset: now there is room"
    );
}

#[test]
fn icmp_errors_follow_the_flow_they_are_about() {
    let mut bed = Bed::new(config(1));
    let here = (client(2), 4000);
    let question = udp(here, DNS);
    bed.give(OUTSIDE, &question);
    let seen = udp(here, (server(11), 8053));
    let answer = udp((VIRTUAL, 53), here);
    bed.give(INSIDE, &udp((server(11), 8053), here));
    let too_long = udp(here, (server(12), 9));
    let unreachable = |from, to, quoted: &[u8]| {
        Ipv4Builder::new(from, to).icmp(
            switchlab_wire::IcmpType::DESTINATION_UNREACHABLE,
            3,
            [0; 4],
            quoted,
        )
    };
    #[rustfmt::skip]
    let rows = [
        (INSIDE,  unreachable(server(11), client(2), &seen),     "0: 192.0.2.10 > 10.0.0.2 ICMP 3/3 about UDP 10.0.0.2:4000 > 192.0.2.10:53",  "the backend's refusal reads as the virtual address's"),
        (INSIDE,  unreachable(server(19), client(2), &seen),     "0: 192.0.2.10 > 10.0.0.2 ICMP 3/3 about UDP 10.0.0.2:4000 > 192.0.2.10:53",  "so does that of a router behind"),
        (OUTSIDE, unreachable(client(2), VIRTUAL, &answer),      "1: 10.0.0.2 > 10.0.1.11 ICMP 3/3 about UDP 10.0.1.11:8053 > 10.0.0.2:4000",  "the client's reaches the backend, in its own words"),
        (INSIDE,  unreachable(server(12), client(2), &too_long), "0: 10.0.1.12 > 10.0.0.2 ICMP 3/3 about UDP 10.0.0.2:4000 > 10.0.1.12:9",     "an error about no known flow passes as it is"),
    ];
    for (port, packet, expected, because) in rows {
        assert_eq!(bed.one(port, &packet), expected, "{because}");
    }
    let mut last_hop = Ipv4Builder::new(client(2), VIRTUAL).ttl(1);
    let expired = bed.one(OUTSIDE, &last_hop.udp(4000, 53, b"hello"));
    let expected = "0: 192.0.2.10 > 10.0.0.2 ICMP 11/0 about UDP 10.0.0.2:4000 > 192.0.2.10:53";
    assert_eq!(
        expired, expected,
        "the switch's own error quotes what the client sent"
    );
    last_hop = Ipv4Builder::new(client(2), VIRTUAL).ttl(1);
    let expired = bed.one(OUTSIDE, &last_hop.udp(4001, 53, b"hello"));
    assert_eq!(
        expired,
        expected.replace("4000", "4001"),
        "also about the first packet of a flow"
    );
}

#[test]
fn a_client_is_told_of_a_backend_that_answers_no_arp() {
    let mut settings = config(1);
    settings
        .l3
        .neighbours
        .retain(|neighbour| neighbour.ip != server(11));
    settings.source_nat.push(SourceNat {
        attachment: Attachment::Port(OUTSIDE),
        from: None,
        address: SourceAddress::Interface,
    });
    let mut bed = Bed::new(settings);
    bed.give(OUTSIDE, &udp((client(2), 4000), DNS));
    bed.give(INSIDE, &udp((server(12), 4000), (client(200), 53)));
    bed.wait(Duration::from_secs(3));
    let told: Vec<_> = bed
        .left
        .iter()
        .filter(|line| line.contains("ICMP"))
        .collect();
    #[rustfmt::skip]
    assert_eq!(told, [
        "1: 10.0.1.1 > 10.0.1.12 ICMP 3/1 about UDP 10.0.1.12:4000 > 10.0.0.200:53",
        "0: 192.0.2.10 > 10.0.0.2 ICMP 3/1 about UDP 10.0.0.2:4000 > 192.0.2.10:53",
    ], "both sides are told about the packets that they sent");
}

#[test]
fn the_rest_of_the_virtual_address_is_the_switch_itself() {
    let mut bed = Bed::new(config(2));
    let here = (client(2), 4000);
    let ping = Ipv4Builder::new(client(2), VIRTUAL).echo_request(
        Echo {
            identifier: 1,
            sequence: 1,
        },
        b"ping",
    );
    let mut unchecked = udp(here, DNS);
    unchecked[26..28].fill(0);
    let mut broken = udp(here, DNS);
    broken[26] ^= 0xff;
    #[rustfmt::skip]
    let rows = [
        (ping,                                    "0: 192.0.2.10 > 10.0.0.2 ICMP 0",                                              "it can be pinged"),
        (tcp(here, (VIRTUAL, 81), SYN, 1, 0),     "0: TCP 192.0.2.10:81 > 10.0.0.2:4000 RST ACK",                                 "no service, nobody listens"),
        (udp(here, (VIRTUAL, 80)),                "0: 192.0.2.10 > 10.0.0.2 ICMP 3/3 about UDP 10.0.0.2:4000 > 192.0.2.10:80",    "port 80 is a service of TCP alone"),
        (udp(here, (server(11), 8053)),           "1: UDP 10.0.0.2:4000 > 10.0.1.11:8053",                                        "a backend can be asked directly"),
        (broken,                                  "nothing",                                                                      "a wrong checksum is no flow's, and dies at the virtual address"),
        (unchecked,                               "1: UDP 10.0.0.2:4000 > 10.0.1.11:8053 unchecked",                              "no checksum stays none"),
    ];
    for (packet, expected, because) in rows {
        // The backend is asked directly from a port of its own, so that the answers can be told apart.
        bed.wait(Duration::from_secs(60));
        assert_eq!(bed.one(OUTSIDE, &packet), expected, "{because}");
    }
    assert_eq!(
        bed.switch.counters().drops(DropReason::TransportChecksum),
        1
    );
}

#[test]
fn fragments_are_put_together_and_cut_again() {
    let mut bed = Bed::new(config(1));
    let whole = Ipv4Builder::new(client(2), VIRTUAL)
        .identification(7)
        .udp(4000, 53, &[1; 100]);
    let piece = |range: std::ops::Range<usize>, more| {
        Ipv4Builder::new(client(2), VIRTUAL)
            .identification(7)
            .fragment(range.start, more)
            .payload(switchlab_wire::IpProtocol::UDP, &whole[20..][range])
    };
    assert!(
        bed.give(OUTSIDE, &piece(64..108, false)).is_empty(),
        "the last piece waits for the first"
    );
    let out = bed.give(OUTSIDE, &piece(0..64, true));
    let expected = [
        "1: 10.0.0.2 > 10.0.1.11 piece at 0 of 64 octets",
        "1: 10.0.0.2 > 10.0.1.11 piece at 64 of 44 octets",
    ];
    assert_eq!(out, expected, "both go to the backend of the flow");
}

#[test]
fn without_a_backend_the_client_is_told() {
    let mut bed = Bed::new(config(0));
    let refused = bed.one(OUTSIDE, &tcp((client(2), 4000), WEB, SYN, 1, 0));
    assert_eq!(
        refused,
        "0: 192.0.2.10 > 10.0.0.2 ICMP 3/3 about TCP 10.0.0.2:4000 > 192.0.2.10:80"
    );
    assert_eq!(bed.switch.counters().drops(DropReason::NoHealthyTarget), 1);
    let command = |name: &str, host| Command::Register {
        group: name.into(),
        target: (host, 8080).into(),
    };
    bed.control(&command("web", server(11))).unwrap();
    let taken = bed.one(OUTSIDE, &tcp((client(2), 4000), WEB, SYN, 1, 0));
    assert_eq!(
        taken, "1: TCP 10.0.0.2:4000 > 10.0.1.11:8080 SYN",
        "now somebody is there"
    );

    let unknown = bed.control(&command("wep", server(11))).unwrap_err();
    let expected = ControlError::Unknown {
        kind: "service",
        name: "wep".to_owned(),
        known: vec!["web".to_owned(), "dns".to_owned()],
    };
    assert_eq!(unknown, expected);
    for (host, because) in [
        (server(11), "it is there already"),
        (Ipv4Addr::BROADCAST, "that is no one's address"),
    ] {
        let refused = bed.control(&command("web", host));
        assert!(
            matches!(refused, Err(ControlError::Refused { .. })),
            "{because}: {refused:?}"
        );
    }
}

#[test]
fn a_deregistered_backend_keeps_its_flows_for_a_while() {
    let mut settings = config(2);
    settings.services[1].deregistration_delay = Duration::from_secs(10);
    let mut bed = Bed::new(settings);
    let [old, new] = [4000, 4001].map(|port| udp((client(2), port), DNS));
    assert_eq!(bed.assigned(&old).as_deref(), Some("10.0.1.11:8053"));
    let gone = Command::Deregister {
        group: "dns".into(),
        target: (server(11), 8053).into(),
    };
    bed.control(&gone).unwrap();
    for _ in 0..2 {
        bed.wait(Duration::from_secs(5) - Duration::from_nanos(1));
        assert_eq!(
            bed.one(OUTSIDE, &old),
            "1: UDP 10.0.0.2:4000 > 10.0.1.11:8053",
            "it stays"
        );
    }
    assert_eq!(
        bed.assigned(&new).as_deref(),
        Some("10.0.1.12:8053"),
        "but nothing new goes there"
    );
    bed.wait(Duration::from_nanos(2));
    let changes = bed.take_log();
    assert_eq!(
        changes,
        ["10 dns 10.0.1.11:8053 draining > unused Target.NotRegistered"]
    );
    assert_eq!(
        bed.one(OUTSIDE, &old),
        "1: UDP 10.0.0.2:4000 > 10.0.1.12:8053",
        "then it moves"
    );
}
