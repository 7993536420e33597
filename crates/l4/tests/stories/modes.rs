//! Direct return and tunnels: packets that are not translated, and answers that nobody sees.

use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_balance::Algorithm;
use switchlab_core::{Device, DropReason, Egress, Ingress, step};
use switchlab_l4::{L4Config, L4Error, Mode};
use switchlab_wire::{
    Echo, Ethernet, Icmp, IcmpType, IpProtocol, Ipv4, Ipv4Builder, TcpFlags, TcpHeader,
};

use crate::bed::{
    ACK, Bed, OUTSIDE, RST, SYN, VIRTUAL, client, config, frame, line_of, mac_of, server, tcp, udp,
};

const WEB: (Ipv4Addr, u16) = (VIRTUAL, 80);
const DNS: (Ipv4Addr, u16) = (VIRTUAL, 53);

fn moded(mode: Mode) -> L4Config {
    let mut settings = config(2);
    for service in &mut settings.services {
        service.mode = mode;
        service.scheduler = Algorithm::InRows;
        for backend in &mut service.backends {
            backend.address.set_port(service.address.port());
        }
    }
    settings
}

/// What leaves, with the address that its frame is for.
fn give(bed: &mut Bed, packet: &[u8]) -> Vec<(Ipv4Addr, Vec<u8>)> {
    let (mut rx, mut tx) = (Ingress::default(), Egress::default());
    rx.push(OUTSIDE, frame(OUTSIDE, packet));
    step(&mut bed.switch, bed.now, &mut rx, &mut tx);
    assert!(bed.switch.counters().is_balanced());
    let mut left = Vec::new();
    while let Some((_, frame)) = tx.next() {
        let ethernet = Ethernet::parse(frame.octets()).unwrap();
        let mut all = (2..10).map(client).chain((11..20).map(server));
        let to = all.find(|address| mac_of(*address) == ethernet.destination());
        let packet = Ipv4::parse(ethernet.payload()).unwrap().octets().to_vec();
        left.push((to.expect("somebody known"), packet));
    }
    left
}

/// The one packet that leaves: for whom, and how it reads.
fn one(bed: &mut Bed, packet: &[u8]) -> (Ipv4Addr, String) {
    let left = give(bed, packet);
    assert_eq!(left.len(), 1);
    (left[0].0, line_of(&left[0].1))
}

#[test]
fn direct_changes_where_frames_go_and_nothing_else() {
    let mut bed = Bed::new(moded(Mode::Direct));
    let here = (client(2), 4000);
    let syn = tcp(here, WEB, SYN, 100, 0);
    let (to, mut expected) = (server(11), syn.clone());
    Ipv4::decrement_ttl(&mut expected);
    assert_eq!(
        give(&mut bed, &syn),
        [(to, expected)],
        "only its time to live is less"
    );
    let line = "TCP 10.0.0.2:4000 > 192.0.2.10:80";
    #[rustfmt::skip]
    let story = [
        (tcp((client(3), 4000), WEB, SYN, 1, 0), server(12), "TCP 10.0.0.3:4000 > 192.0.2.10:80 SYN".to_owned(), "the next has the next"),
        (tcp(here, WEB, ACK, 101, 901),          server(11), format!("{line} ACK"),                            "a flow stays"),
        (udp((client(2), 4000), DNS),            server(11), "UDP 10.0.0.2:4000 > 192.0.2.10:53".to_owned(),   "another service"),
        (tcp(here, WEB, TcpFlags::FIN | ACK, 101, 901), server(11), format!("{line} FIN ACK"),                 "it begins to end"),
        (tcp(here, WEB, ACK, 102, 902),          server(11), format!("{line} ACK"),                            "the last acknowledgment goes there too"),
    ];
    for (packet, to, expected, because) in story {
        assert_eq!(one(&mut bed, &packet), (to, expected), "{because}");
    }
    give(&mut bed, &tcp((client(4), 4000), WEB, SYN, 1, 0));
    let again = tcp(here, WEB, SYN, 500, 0);
    assert_eq!(
        one(&mut bed, &again).0,
        server(12),
        "closed, so a SYN begins another"
    );
}

#[test]
fn a_flow_of_one_direction_ends_by_the_client_or_in_time() {
    let fin = TcpFlags::FIN | ACK;
    #[rustfmt::skip]
    let rows: [(&[TcpFlags], u64, &str); 4] = [
        (&[SYN],           120, "never opened"),
        (&[SYN, ACK, fin], 120, "closed by the client"),
        (&[SYN, ACK, RST],  10, "reset by the client"),
        (&[ACK],           300, "seen from the middle"),
    ];
    for (segments, limit, because) in rows {
        let mut bed = Bed::new(moded(Mode::Direct));
        for flags in segments {
            give(&mut bed, &tcp((client(2), 4000), WEB, *flags, 100, 1));
        }
        let flows = |bed: &Bed| {
            bed.switch
                .tables()
                .iter()
                .find(|it| it.title == "flows")
                .unwrap()
                .rows
                .len()
        };
        bed.wait(Duration::from_secs(limit) - Duration::from_nanos(1));
        // The table shows no flow that is due.
        give(&mut bed, &udp((client(9), 1), DNS));
        assert_eq!(flows(&bed), 2, "{because}: still there");
        bed.wait(Duration::from_nanos(1));
        give(&mut bed, &udp((client(9), 1), DNS));
        assert_eq!(flows(&bed), 1, "{because}: gone after {limit} s");
    }
}

#[test]
fn errors_about_answers_reach_who_answered() {
    for mode in [Mode::Direct, Mode::Tunnel] {
        let mut bed = Bed::new(moded(mode));
        for port in [4000, 4001] {
            give(&mut bed, &tcp((client(2), port), WEB, SYN, 100, 0));
        }
        for (port, backend) in [(4000, server(11)), (4001, server(12))] {
            let answer = tcp(WEB, (client(2), port), SYN | ACK, 900, 101);
            let router = Ipv4Builder::new(client(5), VIRTUAL);
            let error = router.icmp(
                IcmpType::DESTINATION_UNREACHABLE,
                4,
                [0, 0, 5, 120],
                &answer,
            );
            let left = give(&mut bed, &error);
            assert_eq!(left[0].0, backend, "{mode:?}: the flow's own backend");
        }
        let ping = Ipv4Builder::new(client(2), VIRTUAL);
        let echo = Echo {
            identifier: 1,
            sequence: 1,
        };
        let line = one(&mut bed, &ping.echo_request(echo, b"")).1;
        assert_eq!(
            line, "192.0.2.10 > 10.0.0.2 ICMP 0",
            "{mode:?}: the switch answers pings"
        );
    }
}

#[test]
fn pieces_of_a_datagram_go_to_one_backend() {
    for mode in [Mode::Nat, Mode::Direct, Mode::Tunnel] {
        let mut bed = Bed::new(moded(mode));
        for host in [2, 3] {
            let whole = Ipv4Builder::new(client(host), VIRTUAL)
                .identification(7)
                .udp(4000, 53, &[7; 64]);
            let octets = Ipv4::parse(&whole).unwrap().payload().to_vec();
            let piece = |offset: usize, until: usize| {
                let more = until < octets.len();
                let builder = Ipv4Builder::new(client(host), VIRTUAL).identification(7);
                builder
                    .fragment(offset, more)
                    .payload(IpProtocol::UDP, &octets[offset..until])
            };
            // The last piece comes first.
            assert_eq!(give(&mut bed, &piece(40, octets.len())), []);
            let left = give(&mut bed, &piece(0, 40));
            assert!(!left.is_empty());
            assert!(
                left.iter().all(|(to, _)| *to == server(9 + host)),
                "{mode:?}: {left:?}"
            );
        }
    }
}

#[test]
fn a_tunnel_is_a_packet_around_the_packet() {
    let mut bed = Bed::new(moded(Mode::Tunnel));
    let long = |octets: usize, may_be_cut: bool| {
        let builder = Ipv4Builder::new(client(2), VIRTUAL);
        let builder = if may_be_cut {
            builder
        } else {
            builder.dont_fragment()
        };
        let header = TcpHeader {
            source_port: 4000,
            destination_port: 80,
            sequence: 101,
            acknowledgment: 901,
            flags: ACK,
            ..TcpHeader::default()
        };
        builder.tcp(&header, &vec![7; octets - 40])
    };
    let mut inner = long(1480, false);
    let left = give(&mut bed, &inner);
    Ipv4::decrement_ttl(&mut inner);
    let [(to, packet)] = &left[..] else {
        panic!("{left:?}")
    };
    let outer = Ipv4::parse(packet).unwrap();
    assert_eq!(*to, server(11));
    assert_eq!(
        outer.source(),
        Ipv4Addr::new(10, 0, 1, 1),
        "the switch's address there"
    );
    assert_eq!(
        (outer.destination(), outer.protocol()),
        (server(11), IpProtocol::IPIP)
    );
    assert!(outer.verify_checksum() && outer.dont_fragment());
    assert_eq!(outer.payload(), inner, "and inside what came");

    let told = give(&mut bed, &long(1481, false));
    let [(to, packet)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(*to, client(2), "too long by one octet: the sender is told");
    let about = Icmp::parse(Ipv4::parse(packet).unwrap().payload()).unwrap();
    assert_eq!((about.icmp_type().0, about.code()), (3, 4));
    let room = u16::from_be_bytes(packet[26..28].try_into().unwrap());
    assert_eq!(room, 1480, "with the room that there is");

    let pieces = give(&mut bed, &long(1481, true));
    assert_eq!(pieces.len(), 2, "what may be cut is cut");
    assert!(
        pieces
            .iter()
            .all(|(to, it)| *to == server(11) && it.len() <= 1500)
    );

    // Reassembled to the longest packet there is, it has no room for a header around it.
    let drops = bed.switch.counters().drops(DropReason::FragmentationNeeded);
    let whole = long(65_535, true);
    let octets = &whole[20..];
    for offset in (0..octets.len()).step_by(1400) {
        let until = (offset + 1400).min(octets.len());
        let builder = Ipv4Builder::new(client(2), VIRTUAL).identification(9);
        let piece = builder.fragment(offset, until < octets.len());
        give(
            &mut bed,
            &piece.payload(IpProtocol::TCP, &octets[offset..until]),
        );
    }
    let dropped = bed.switch.counters().drops(DropReason::FragmentationNeeded);
    assert_eq!(dropped - drops, 1);
}

#[test]
fn what_is_refused() {
    let mut bed = Bed::new(moded(Mode::Direct));
    let register = switchlab_core::Command::Register {
        group: "web".into(),
        target: (server(13), 8080).into(),
    };
    let refused = bed.control(&register).unwrap_err().to_string();
    assert!(
        refused.ends_with("only `nat` translates ports; 80 would be right"),
        "{refused}"
    );
    let mut settings = moded(Mode::Direct);
    settings.services[0].backends[0].address.set_port(8080);
    settings.services[1].backends[1].address = "10.7.0.1:53".parse().unwrap();
    let errors: Vec<_> = settings.errors().iter().map(L4Error::to_string).collect();
    assert_eq!(
        errors,
        [
            "service \"web\": the backend 10.0.1.11:8080 has another port than the service, but only `nat` translates it; 80 would be right",
            "service \"dns\": the backend 10.7.0.1:53 is in no net of the switch, so `direct` does not reach it; `tunnel` would",
        ]
    );
}
