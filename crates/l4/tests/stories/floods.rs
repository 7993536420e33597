//! Floods: SYNs from nowhere, acknowledgments from nowhere, and more flows than there are ports.

use std::net::Ipv4Addr;

use switchlab_balance::{Algorithm, Ipvs};
use switchlab_core::{Device, DropReason, Egress, Ingress, step};
use switchlab_l3::Attachment;
use switchlab_l4::{L4Config, SourceAddress, SourceNat};
use switchlab_wire::TcpFlags;

use crate::bed::{ACK, Bed, INSIDE, OUTSIDE, SYN, VIRTUAL, client, config, push, server, tcp, udp};

const LIMIT: usize = 256;
const WEB: (Ipv4Addr, u16) = (VIRTUAL, 80);

fn small(scheduler: Algorithm) -> L4Config {
    let mut settings = config(3);
    settings.flow_limit = LIMIT;
    settings.services[0].scheduler = scheduler;
    settings
}

/// Sends segments with spoofed sources, none twice.
#[derive(Default)]
struct Attacker {
    sent: u32,
}

impl Attacker {
    fn flood(&mut self, bed: &mut Bed, flags: TcpFlags, count: u32) {
        let (mut rx, mut tx) = (Ingress::default(), Egress::default());
        for number in self.sent..self.sent + count {
            let source = Ipv4Addr::from_bits(0xac10_0000 + number);
            let segment = tcp((source, 1024), WEB, flags, number, 1);
            push(&mut rx, OUTSIDE, &segment);
            step(&mut bed.switch, bed.now, &mut rx, &mut tx);
            while tx.next().is_some() {}
            while bed.switch.poll_event().is_some() {}
        }
        self.sent += count;
    }

    /// Lets somebody else open a connection, floods before each of its segments, and says where it went.
    fn disturb(
        &mut self,
        bed: &mut Bed,
        from: (Ipv4Addr, u16),
        count: u32,
    ) -> Result<Ipv4Addr, String> {
        self.flood(bed, SYN, count);
        let syn = bed.one(OUTSIDE, &tcp(from, WEB, SYN, 100, 0));
        let mut servers = (11..14).map(server);
        let asked = servers.find(|it| syn.contains(&format!("> {it}:8080")));
        let backend = asked.ok_or(syn)?;
        let there = format!("> {backend}:8080");
        let back = (backend, 8080);
        #[rustfmt::skip]
        let rest = [
            (INSIDE,  tcp(back, from, SYN | ACK, 900, 101), "0: TCP 192.0.2.10:80 >"),
            (OUTSIDE, tcp(from, WEB, ACK, 101, 901),        &*there),
            (INSIDE,  tcp(back, from, ACK, 901, 101),       "0: TCP 192.0.2.10:80 >"),
        ];
        for (port, segment, expected) in rest {
            self.flood(bed, SYN, count);
            let left = bed.one(port, &segment);
            if !left.contains(expected) {
                return Err(left);
            }
        }
        Ok(backend)
    }
}

/// Opens a connection in peace.
fn connect(bed: &mut Bed, from: (Ipv4Addr, u16)) -> Result<Ipv4Addr, String> {
    Attacker::default().disturb(bed, from, 0)
}

fn flows(bed: &Bed) -> usize {
    bed.switch
        .tables()
        .into_iter()
        .find(|it| it.title == "flows")
        .unwrap()
        .rows
        .len()
}

#[test]
fn a_flood_of_syns_takes_no_established_flow_and_stops_no_honest_client() {
    for scheduler in [
        Algorithm::Maglev,
        Algorithm::FiveTuple,
        Algorithm::Ipvs(Ipvs::Mh),
    ] {
        let mut bed = Bed::new(small(scheduler));
        let mut attacker = Attacker::default();
        let old = connect(&mut bed, (client(2), 4000)).expect("nobody floods yet");
        for port in 4001..4008 {
            let between = 2 * LIMIT as u32;
            let honest = attacker.disturb(&mut bed, (client(3), port), between);
            assert!(
                honest.is_ok(),
                "{scheduler}: an honest client, but {honest:?}"
            );
        }
        let there = bed.one(OUTSIDE, &tcp((client(2), 4000), WEB, ACK, 101, 901));
        assert!(
            there.contains(&format!("> {old}:8080")),
            "{scheduler}: {there}"
        );
        assert_eq!(
            flows(&bed),
            LIMIT,
            "{scheduler}: the table is full, and no fuller"
        );
        assert_eq!(bed.switch.counters().drops(DropReason::FlowTableFull), 0);
    }
}

#[test]
fn turns_need_the_table_so_a_handshake_must_be_faster_than_the_flood_goes_round() {
    let mut bed = Bed::new(small(Algorithm::InRows));
    let mut attacker = Attacker::default();
    let quick = attacker.disturb(&mut bed, (client(2), 4000), LIMIT as u32 / 2);
    assert!(quick.is_ok(), "{quick:?}");
    let slow = attacker.disturb(&mut bed, (client(2), 4001), LIMIT as u32);
    assert!(
        slow.is_err(),
        "its SYN was the oldest when its answer came: {slow:?}"
    );
}

#[test]
fn acknowledgments_from_nowhere_make_room_again() {
    let mut bed = Bed::new(small(Algorithm::Maglev));
    let old = connect(&mut bed, (client(2), 4000)).expect("nobody floods yet");
    Attacker::default().flood(&mut bed, ACK, 2 * LIMIT as u32);
    assert_eq!(flows(&bed), LIMIT);
    let next = connect(&mut bed, (client(3), 4000));
    assert!(
        next.is_ok(),
        "flows that nobody answered are given up: {next:?}"
    );
    let there = bed.one(OUTSIDE, &tcp((client(2), 4000), WEB, ACK, 101, 901));
    assert!(
        there.contains(&format!("> {old}:8080")),
        "and no other: {there}"
    );
}

#[test]
fn the_answer_of_another_server_is_not_translated() {
    let mut bed = Bed::new(small(Algorithm::Maglev));
    let from = (client(2), 4000);
    let asked = connect(&mut bed, from).unwrap();
    let mut forgotten = Bed::new(small(Algorithm::Maglev));
    for backend in (11..14).map(server) {
        let line = forgotten.one(INSIDE, &tcp((backend, 8080), from, SYN | ACK, 900, 101));
        let expected = match backend == asked {
            true => "0: TCP 192.0.2.10:80 > 10.0.0.2:4000 SYN ACK".to_owned(),
            false => format!("0: TCP {backend}:8080 > 10.0.0.2:4000 SYN ACK"),
        };
        assert_eq!(line, expected);
        assert_eq!(flows(&forgotten), 0, "nothing is remembered");
    }
}

#[test]
fn as_many_flows_to_one_destination_as_there_are_ports() {
    let mut settings = config(1);
    settings.flow_limit = 100_000;
    settings.source_nat.push(SourceNat {
        attachment: Attachment::Port(OUTSIDE),
        from: None,
        address: SourceAddress::Interface,
    });
    let mut bed = Bed::new(settings);
    let (mut rx, mut tx) = (Ingress::default(), Egress::default());
    let mut left = std::collections::BTreeSet::new();
    // Each end has the next port, so that it can keep it and nobody has to search.
    for number in 0..64_512_u32 {
        let from = (server(11 + (number % 9) as u8), 1024 + number as u16);
        push(&mut rx, INSIDE, &udp(from, (client(2), 53)));
        step(&mut bed.switch, bed.now, &mut rx, &mut tx);
        let (_, frame) = tx.next().expect("there is a port left");
        let key = switchlab_wire::FlowKey::of_frame(&frame).unwrap().unwrap();
        left.insert(key.source_port);
    }
    assert_eq!(left.len(), 64_512, "no two leave alike");
    let from = (server(12), 60_999);
    let one_more = bed.one(INSIDE, &udp(from, (client(2), 53)));
    assert_eq!(one_more, "nothing");
    assert_eq!(bed.switch.counters().drops(DropReason::PortsExhausted), 1);
    let elsewhere = bed.one(INSIDE, &udp(from, (client(3), 53)));
    assert_eq!(
        elsewhere, "0: UDP 10.0.0.1:60999 > 10.0.0.3:53",
        "another destination, all ports"
    );
}

#[test]
fn as_many_hidden_clients_of_one_backend_as_there_are_ports() {
    let mut settings = config(2);
    settings.flow_limit = 100_000;
    let dns = &mut settings.services[1];
    dns.preserve_client = false;
    dns.scheduler = Algorithm::Ipvs(Ipvs::Fo);
    let mut bed = Bed::new(settings);
    let (mut rx, mut tx) = (Ingress::default(), Egress::default());
    for number in 0..64_512_u32 {
        let from = (client(2 + (number % 8) as u8), 1024 + number as u16);
        push(&mut rx, OUTSIDE, &udp(from, (VIRTUAL, 53)));
        step(&mut bed.switch, bed.now, &mut rx, &mut tx);
        assert!(tx.next().is_some(), "there is a port left");
        bed.switch.poll_event();
    }
    let from = (client(3), 60_999);
    assert_eq!(bed.one(OUTSIDE, &udp(from, (VIRTUAL, 53))), "nothing");
    assert_eq!(bed.switch.counters().drops(DropReason::PortsExhausted), 1);
    let counters = bed.switch.counters();
    let mut apps = counters.apps.iter();
    let errors = apps.find(|it| it.counter == "port_allocation_errors" && it.value > 0);
    assert_eq!(errors.map(|it| (&*it.app, it.value)), Some(("dns", 1)));
    bed.control(&switchlab_core::Command::Deregister {
        group: "dns".into(),
        target: (server(11), 8053).into(),
    })
    .unwrap();
    let other = bed.one(OUTSIDE, &udp(from, (VIRTUAL, 53)));
    assert_eq!(
        other, "1: UDP 10.0.1.1:60999 > 10.0.1.12:8053",
        "another backend, all ports"
    );
}
