//! Rewriting in place equals building anew.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use switchlab_wire::*;

use crate::packets::*;

/// The key that `from` becomes when it has room for these addresses and ports.
fn translated(from: &FlowKey, addresses: (u128, u128), ports: (u16, u16)) -> FlowKey {
    let address = |old: IpAddr, bits: u128| match old {
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::from(bits as u32)),
        IpAddr::V6(_) => IpAddr::from(Ipv6Addr::from(bits)),
    };
    let has_ports = matches!(from.protocol, IpProtocol::TCP | IpProtocol::UDP);
    FlowKey {
        source: address(from.source, addresses.0),
        destination: address(from.destination, addresses.1),
        source_port: if has_ports || from.source_port != 0 {
            ports.0
        } else {
            0
        },
        destination_port: if has_ports || from.destination_port != 0 {
            ports.1
        } else {
            0
        },
        ..*from
    }
}

/// The same upper layer with the ports of `to`.
fn with_ports(upper: &Upper, to: &FlowKey) -> Upper {
    let ports = (to.source_port, to.destination_port);
    match upper.clone() {
        Upper::Udp { payload, .. } => Upper::Udp { ports, payload },
        Upper::Tcp {
            sequence,
            flags,
            options,
            payload,
            ..
        } => Upper::Tcp {
            ports,
            sequence,
            flags,
            options,
            payload,
        },
        Upper::EchoRequest(echo, payload) => Upper::EchoRequest(
            Echo {
                identifier: ports.0,
                ..echo
            },
            payload,
        ),
        Upper::EchoReply(echo, payload) => Upper::EchoReply(
            Echo {
                identifier: ports.1,
                ..echo
            },
            payload,
        ),
        other @ Upper::Other(..) => other,
    }
}

/// Whether every checksum in the packet is right, those of a quoted packet too if it is whole.
fn is_right(packet: &[u8]) -> bool {
    let (header_is_right, protocol, source, destination, payload) = match Ipv4::parse(packet) {
        Ok(ip) => (
            ip.verify_checksum(),
            ip.protocol(),
            ip.source().into(),
            ip.destination().into(),
            ip.payload(),
        ),
        Err(_) => {
            let ip = Ipv6::parse(packet).unwrap();
            let upper = ip.upper_layer().unwrap();
            (
                true,
                upper.protocol,
                ip.source().into(),
                upper.final_destination.into(),
                upper.payload,
            )
        }
    };
    header_is_right
        && match (protocol, source, destination) {
            (IpProtocol::UDP, ..) => Udp::parse(payload)
                .unwrap()
                .verify_checksum(source, destination),
            (IpProtocol::TCP, ..) => Tcp::parse(payload)
                .unwrap()
                .verify_checksum(source, destination),
            (IpProtocol::ICMP, ..) => {
                let icmp = Icmp::parse(payload).unwrap();
                let quoted = icmp.quoted().is_none_or(|quoted| {
                    let quoted = quoted.unwrap();
                    let is_whole = quoted.octets().len() == usize::from(quoted.total_len());
                    quoted.verify_checksum() && (!is_whole || is_right(quoted.octets()))
                });
                icmp.verify_checksum() && quoted
            }
            (IpProtocol::ICMPV6, IpAddr::V6(source), IpAddr::V6(destination)) => {
                let icmp = Icmpv6::parse(payload).unwrap();
                let quoted = icmp
                    .quoted()
                    .is_none_or(|quoted| is_right(quoted.unwrap().octets()));
                icmp.verify_checksum(source, destination) && quoted
            }
            _ => true,
        }
}

proptest! {
    #[test]
    fn an_ipv4_header(packet in any_ipv4_packet(), addresses: (u32, u32)) {
        let before = Ipv4::parse(&packet).unwrap();
        let mut rewritten = packet.clone();
        prop_assert_eq!(Ipv4::decrement_ttl(&mut rewritten), 63);
        Ipv4::set_source(&mut rewritten, addresses.0.into());
        Ipv4::set_destination(&mut rewritten, addresses.1.into());
        let rebuilt = Ipv4Builder::new(addresses.0.into(), addresses.1.into())
            .ttl(63)
            .options(before.options())
            .payload(before.protocol(), before.payload());
        prop_assert_eq!(rewritten, rebuilt);
    }

    #[test]
    fn an_ipv6_header(addresses: (u128, u128), payload in any_payload()) {
        let mut rewritten = Ipv6Builder::new(A6, B6).payload(IpProtocol::VRRP, &payload);
        prop_assert_eq!(Ipv6::decrement_hop_limit(&mut rewritten), 63);
        Ipv6::set_source(&mut rewritten, addresses.0.into());
        Ipv6::set_destination(&mut rewritten, addresses.1.into());
        let rebuilt = Ipv6Builder::new(addresses.0.into(), addresses.1.into())
            .hop_limit(63)
            .payload(IpProtocol::VRRP, &payload);
        prop_assert_eq!(rewritten, rebuilt);
    }

    #[test]
    fn udp_and_tcp_ports(upper in any_with_ports(), ports: (u16, u16), address: u32) {
        let mut rewritten = upper.v4(Ipv4Builder::new(A, B))[20..].to_vec();
        let (old, new) = (IpAddr::from(B), IpAddr::from(Ipv4Addr::from(address)));
        if matches!(upper, Upper::Udp { .. }) {
            Udp::set_ports(&mut rewritten, ports.0, ports.1);
            Udp::address_changed(&mut rewritten, old, new);
        } else {
            Tcp::set_ports(&mut rewritten, ports.0, ports.1);
            Tcp::address_changed(&mut rewritten, old, new);
        }
        let key = FlowKey { source_port: ports.0, destination_port: ports.1, ..FlowKey::of(&upper.v4(Ipv4Builder::new(A, B))).unwrap() };
        let rebuilt = with_ports(&upper, &key).v4(Ipv4Builder::new(A, address.into()));
        prop_assert_eq!(&rewritten, &rebuilt[20..]);
    }

    #[test]
    fn ethernet_addresses(frame in prop::collection::vec(any::<u8>(), 14..64), source in any_mac(), destination in any_mac()) {
        let mut rewritten = frame.clone();
        Ethernet::set_source(&mut rewritten, source);
        Ethernet::set_destination(&mut rewritten, destination);
        let view = Ethernet::parse(&frame).ok();
        prop_assume!(view.is_some());
        prop_assert_eq!(&rewritten[12..], &frame[12..]);
        let rewritten = Ethernet::parse(&rewritten).unwrap();
        prop_assert_eq!((rewritten.source(), rewritten.destination()), (source, destination));
    }

    /// Translating a packet gives the packet that would have been built for the new key.
    #[test]
    fn a_translated_packet_is_the_one_built_so(
        from: (u128, u128), to: (u128, u128), ports: (u16, u16), upper in any_upper(), is_v6: bool,
    ) {
        let build = |upper: &Upper, key: (u128, u128)| if is_v6 {
            upper.v6(&Ipv6Builder::new(key.0.into(), key.1.into()).extension(IpProtocol::HOP_BY_HOP, &PADDING))
        } else {
            upper.v4(Ipv4Builder::new((key.0 as u32).into(), (key.1 as u32).into()).options(&[1; 4]))
        };
        let mut packet = build(&upper, from);
        let key = translated(&FlowKey::of(&packet).unwrap(), to, ports);
        let rebuilt = build(&with_ports(&upper, &key), to);
        translate(&mut packet, key).unwrap();
        prop_assert_eq!(packet, rebuilt);
    }

    /// The short way leads where the long one does, for wrong checksums too; who cannot take it stays as it is.
    #[test]
    fn an_end_is_redirected_as_it_is_translated(
        from: (u32, u32), upper in any_upper(), has_options: bool, checksums: (Option<u16>, Option<u16>),
        is_source: bool, to: (u32, u16),
    ) {
        let options: &[u8] = if has_options { &[1; 4] } else { &[] };
        let mut packet = upper.v4(Ipv4Builder::new(from.0.into(), from.1.into()).options(options));
        let key = FlowKey::of(&packet).unwrap();
        let is_plain = !has_options && matches!(key.protocol, IpProtocol::TCP | IpProtocol::UDP);
        if let (true, (header, message)) = (is_plain, checksums) {
            let message_at = if key.protocol == IpProtocol::TCP { 36 } else { 26 };
            for (at, checksum) in [(10, header), (message_at, message)] {
                if let Some(checksum) = checksum {
                    packet[at..at + 2].copy_from_slice(&checksum.to_be_bytes());
                }
            }
        }
        let (address, port) = (Ipv4Addr::from(to.0), to.1);
        let (side, key) = if is_source {
            (Side::Source, FlowKey { source: address.into(), source_port: port, ..key })
        } else {
            (Side::Destination, FlowKey { destination: address.into(), destination_port: port, ..key })
        };
        let mut expected = packet.clone();
        if is_plain {
            translate(&mut expected, key).unwrap();
        }
        prop_assert_eq!(redirect(&mut packet, side, address, port), is_plain);
        prop_assert_eq!(packet, expected);
    }

    /// Errors are translated inside and outside, and translating back gives the same key again.
    #[test]
    fn a_translated_error_is_right(error in any_error(), to: (u128, u128), ports: (u16, u16)) {
        let from = FlowKey::of(&error).unwrap();
        let to = translated(&from, to, ports);
        let mut packet = error.clone();
        prop_assert!(is_right(&packet));
        translate(&mut packet, to).unwrap();
        prop_assert_eq!(FlowKey::of(&packet).unwrap(), to);
        prop_assert!(is_right(&packet));
        let outer = FlowKey::of(&packet).unwrap();
        prop_assert!((outer.source, outer.destination) == (to.source, to.destination));
        translate(&mut packet, from).unwrap();
        prop_assert_eq!(FlowKey::of(&packet).unwrap(), from);
        prop_assert!(is_right(&packet));
    }

    /// A wrong checksum stays wrong: a translator is no place to hide damage.
    #[test]
    fn damage_stays_visible(upper in any_with_checksum(), bit in 0usize..8, to: (u128, u128), ports: (u16, u16)) {
        let mut packet = upper.v4(Ipv4Builder::new(A, B));
        let last = packet.len() - 1;
        packet[last] ^= 1 << bit;
        prop_assume!(FlowKey::of(&packet).is_ok() && !is_right(&packet));
        let to = translated(&FlowKey::of(&packet).unwrap(), to, ports);
        translate(&mut packet, to).unwrap();
        prop_assert!(!is_right(&packet));
    }
}

#[test]
fn udp_without_a_checksum_stays_so() {
    let mut packet = Ipv4Builder::new(A, B).udp(1000, 53, b"payload");
    packet[26..28].fill(0);
    let key = FlowKey {
        source_port: 2000,
        destination: ROUTER.into(),
        ..FlowKey::of(&packet).unwrap()
    };
    translate(&mut packet, key).unwrap();
    let ip = Ipv4::parse(&packet).unwrap();
    let udp = Udp::parse(ip.payload()).unwrap();
    assert_eq!((FlowKey::of(&packet), udp.checksum()), (Ok(key), 0));
    assert!(
        udp.verify_checksum(A.into(), ROUTER.into()),
        "IPv4 allows it"
    );
    assert!(!udp.verify_checksum(A6.into(), B6.into()), "IPv6 does not");
}

/// Finds the source port for which the checksum comes out as 0, and translates to it.
#[test]
fn a_udp_checksum_that_comes_out_as_zero_is_sent_as_ffff() {
    let mut packet = Ipv4Builder::new(A, B).udp(0, 53, b"payload");
    let key = FlowKey::of(&packet).unwrap();
    let missing = Udp::parse(&packet[20..]).unwrap().checksum();
    translate(
        &mut packet,
        FlowKey {
            source_port: missing,
            ..key
        },
    )
    .unwrap();
    let udp = Udp::parse(&packet[20..]).unwrap();
    assert_eq!((udp.source_port(), udp.checksum()), (missing, 0xffff));
    assert!(udp.verify_checksum(A.into(), B.into()));
    assert_eq!(packet, Ipv4Builder::new(A, B).udp(missing, 53, b"payload"));
}

#[test]
fn an_echo_reply_of_nothing_but_zeros_keeps_a_right_checksum() {
    let mut packet = Ipv4Builder::new(A, B).echo_reply(
        Echo {
            identifier: 7,
            sequence: 0,
        },
        &[0; 4],
    );
    let key = FlowKey {
        destination_port: 0,
        ..FlowKey::of(&packet).unwrap()
    };
    translate(&mut packet, key).unwrap();
    assert_eq!(
        packet,
        Ipv4Builder::new(A, B).echo_reply(Echo::default(), &[0; 4])
    );
}

#[test]
fn fragments_keep_their_ports_and_their_sum() {
    let whole = Ipv4Builder::new(A, B).udp(1000, 53, &[7; 40]);
    let piece = |source, whole: &[u8], range: std::ops::Range<usize>| {
        let more = range.end < whole.len() - 20;
        let payload = &whole[20..][range.clone()];
        Ipv4Builder::new(source, B)
            .fragment(range.start, more)
            .payload(IpProtocol::UDP, payload)
    };
    let rebuilt = Ipv4Builder::new(ROUTER, B).udp(1000, 53, &[7; 40]);
    for range in [0..24, 24..48] {
        let mut fragment = piece(A, &whole, range.clone());
        let key = FlowKey {
            source: ROUTER.into(),
            ..FlowKey::of(&fragment).unwrap()
        };
        translate(&mut fragment, key).unwrap();
        assert_eq!(
            fragment,
            piece(ROUTER, &rebuilt, range),
            "reassembled, the datagram has a right checksum"
        );
    }
}

#[test]
fn what_has_no_place_is_refused_and_left_alone() {
    let udp = Ipv4Builder::new(A, B).udp(1000, 53, b"");
    let fragment = Ipv4Builder::new(A, B)
        .fragment(8, false)
        .payload(IpProtocol::UDP, b"rest");
    let tiny = Ipv4Builder::new(A, B)
        .fragment(0, true)
        .payload(IpProtocol::TCP, &[0; 16]);
    let echo = Ipv4Builder::new(A, B).echo_request(
        Echo {
            identifier: 7,
            sequence: 0,
        },
        b"",
    );
    let error = Ipv4Builder::new(ROUTER, A).icmp(IcmpType::TIME_EXCEEDED, 0, [0; 4], &udp);
    let routed = Ipv6Builder::new(A6, B6)
        .segments(&[ROUTER6])
        .udp(1000, 53, b"");
    let change = |packet: &[u8], change: fn(&mut FlowKey)| {
        let mut key = FlowKey::of(packet).unwrap();
        change(&mut key);
        key
    };
    #[rustfmt::skip]
    let rows = [
        (&udp, change(&udp, |key| key.protocol = IpProtocol::TCP), "UDP cannot become TCP"),
        (&udp, change(&udp, |key| key.source = A6.into()), "IPv4 cannot become IPv6"),
        (&fragment, change(&fragment, |key| key.source_port = 1), "a fragment has no ports"),
        (&tiny, change(&tiny, |key| key.source = ROUTER.into()), "the checksum is in another fragment"),
        (&echo, change(&echo, |key| key.destination_port = 1), "an echo has one identifier"),
        (&error, change(&error, |key| key.protocol = IpProtocol::TCP), "nor can a quoted packet change protocol"),
        (&routed, change(&routed, |key| key.destination = A6.into()), "the final destination is in the routing header"),
    ];
    for (packet, key, because) in rows {
        let mut rewritten = packet.clone();
        assert!(translate(&mut rewritten, key).is_err(), "{because}");
        assert_eq!(&rewritten, packet, "{because}");
    }
}

#[test]
fn a_hop_count_of_zero_stays() {
    let mut v4 = Ipv4Builder::new(A, B).ttl(0).udp(1, 2, b"");
    let mut v6 = Ipv6Builder::new(A6, B6).hop_limit(0).udp(1, 2, b"");
    let before = (v4.clone(), v6.clone());
    assert_eq!(
        (
            Ipv4::decrement_ttl(&mut v4),
            Ipv6::decrement_hop_limit(&mut v6)
        ),
        (0, 0)
    );
    assert_eq!((v4, v6), before);
}
