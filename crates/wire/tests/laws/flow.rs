//! Which key a packet has: every trap a row.

use std::net::Ipv4Addr;

use proptest::prelude::*;
use switchlab_wire::*;

use crate::packets::*;

fn udp(source: (Ipv4Addr, u16), destination: (Ipv4Addr, u16)) -> Vec<u8> {
    Ipv4Builder::new(source.0, destination.0).udp(source.1, destination.1, b"payload")
}

fn tcp_header() -> TcpHeader<'static> {
    TcpHeader {
        source_port: 1000,
        destination_port: 80,
        ..TcpHeader::default()
    }
}

fn key_of(packet: &[u8]) -> String {
    FlowKey::of(packet).map_or_else(|error| format!("{error}"), |key| key.to_string())
}

/// `packet` with the octet at `at` replaced.
fn with(packet: &[u8], at: usize, octet: u8) -> Vec<u8> {
    let mut packet = packet.to_vec();
    packet[at] = octet;
    packet
}

#[test]
fn ipv4() {
    let v4 = Ipv4Builder::new(A, B);
    let plain = v4.udp(1000, 53, b"payload");
    let segment = v4.tcp(&tcp_header(), b"payload");
    let router_alert = [0x94, 4, 0, 0];
    #[rustfmt::skip]
    let rows = [
        // packet, key, because
        (plain.clone(), "UDP 10.0.0.1:1000 > 10.0.0.2:53", "the plain case"),
        (segment.clone(), "TCP 10.0.0.1:1000 > 10.0.0.2:80", "the other plain case"),
        ([&plain[..], &[0xee; 11]].concat(), "UDP 10.0.0.1:1000 > 10.0.0.2:53", "padding is no payload"),
        (v4.options(&router_alert).udp(1000, 53, b""), "UDP 10.0.0.1:1000 > 10.0.0.2:53", "ports stand behind the options"),
        (v4.options(&[0; 40]).tcp(&tcp_header(), b""), "TCP 10.0.0.1:1000 > 10.0.0.2:80", "behind the most options there can be"),

        (with(&plain, 0, 0x44), "IPv4 header length is 4, which the standard rules out", "a header has 20 octets at least"),
        (with(&plain, 3, 19), "IPv4 total length is 19, which the standard rules out", "a packet holds its header"),
        (with(&plain, 3, 36), "IPv4 header needs 36 octets, 35 left", "the packet goes on beyond the frame"),
        (with(&plain, 0, 0x4f), "IPv4 total length is 35, which the standard rules out", "the header goes on beyond the packet"),
        (with(&plain, 0, 0x55), "IPv4 version is 5, which the standard rules out", "there is no version 5"),
        (Vec::new(), "IPv4 header needs 20 octets, 0 left", "there is nothing at all"),

        (v4.fragment(1480, false).payload(IpProtocol::UDP, &plain[20..]), "UDP 10.0.0.1 > 10.0.0.2", "a later fragment has no ports"),
        (v4.fragment(1480, true).payload(IpProtocol::UDP, &plain[20..]), "UDP 10.0.0.1 > 10.0.0.2", "nor one in the middle"),
        (v4.fragment(0, true).payload(IpProtocol::UDP, &plain[20..]), "UDP 10.0.0.1 > 10.0.0.2", "so the first may not use its own"),
        (v4.fragment(0, true).payload(IpProtocol::TCP, &segment[20..44]), "TCP 10.0.0.1 > 10.0.0.2", "for TCP alike"),
        (v4.fragment(0, true).payload(IpProtocol::TCP, &segment[20..28]), "TCP header needs 16 octets, 8 left", "a tiny fragment hides the flags"),
        (v4.fragment(0, true).payload(IpProtocol::UDP, &[]), "UDP header needs 8 octets, 0 left", "and here the ports"),
        (v4.fragment(8, false).payload(IpProtocol::TCP, &segment[28..]), "TCP fragment offset is 8, which the standard rules out", "it would overwrite the flags"),
        (v4.fragment(8, false).payload(IpProtocol::UDP, b"rest"), "UDP 10.0.0.1 > 10.0.0.2", "UDP has no flags to overwrite"),
        (v4.fragment(0, true).payload(IpProtocol::ICMP, &[8, 0, 0, 0, 0, 1, 0, 1]), "ICMP 10.0.0.1 > 10.0.0.2", "identifiers count as ports"),
        (v4.dont_fragment().udp(1000, 53, b""), "UDP 10.0.0.1:1000 > 10.0.0.2:53", "what may not be fragmented is whole"),

        (v4.payload(IpProtocol::ESP, &[0; 16]), "ESP 10.0.0.1 > 10.0.0.2", "ESP hides the ports"),
        (v4.payload(IpProtocol::IPIP, &plain), "IPIP 10.0.0.1 > 10.0.0.2", "tunnels are not entered"),
        (v4.payload(IpProtocol(132), &[0; 16]), "protocol 132 10.0.0.1 > 10.0.0.2", "protocols unknown here have no ports"),
        (v4.payload(IpProtocol::ICMPV6, &[128, 0, 0, 0, 0, 1, 0, 1]), "ICMPv6 10.0.0.1 > 10.0.0.2", "ICMPv6 means nothing in IPv4"),

        (v4.echo_request(Echo { identifier: 77, sequence: 1 }, b""), "ICMP 10.0.0.1:77 > 10.0.0.2:0", "a request comes from its identifier"),
        (v4.echo_reply(Echo { identifier: 77, sequence: 1 }, b""), "ICMP 10.0.0.1:0 > 10.0.0.2:77", "and the reply goes there"),
        (v4.icmp(IcmpType(13), 0, [0, 77, 0, 1], b""), "ICMP 10.0.0.1 > 10.0.0.2", "other messages have no ports"),

        (with(&plain, 25, 7), "UDP length is 7, which the standard rules out", "UDP counts its header"),
        (with(&plain, 25, 16), "UDP header needs 16 octets, 15 left", "UDP goes on beyond the packet"),
        (with(&plain, 25, 8), "UDP 10.0.0.1:1000 > 10.0.0.2:53", "UDP may be shorter than the packet"),
        (with(&with(&plain, 26, 0), 27, 0), "UDP 10.0.0.1:1000 > 10.0.0.2:53", "UDP needs no checksum"),
        (with(&segment, 32, 0x40), "TCP data offset is 4, which the standard rules out", "a header has 20 octets at least"),
        (with(&segment, 32, 0xf0), "TCP header needs 60 octets, 27 left", "the header goes on beyond the packet"),
    ];
    for (packet, key, because) in rows {
        assert_eq!(key_of(&packet), key, "{because}");
    }
}

#[test]
fn ipv6() {
    let v6 = Ipv6Builder::new(A6, B6);
    let plain = v6.udp(1000, 53, b"payload");
    let segment = v6.tcp(&tcp_header(), b"payload");
    let chained = |kinds: &[IpProtocol]| {
        // The second four octets are padding in options, and in a routing header no segment left.
        let header = [0, 0, 1, 0, 1, 2, 0, 0];
        kinds
            .iter()
            .fold(v6.clone(), |v6, kind| v6.extension(*kind, &header))
            .udp(1000, 53, b"")
    };
    let key = "UDP [2001:db8::1]:1000 > [2001:db8::2]:53";
    let (hop_by_hop, routing, options) = (
        IpProtocol::HOP_BY_HOP,
        IpProtocol::ROUTING,
        IpProtocol::DESTINATION_OPTIONS,
    );
    let type_0 = [&[0, 2, 0, 1, 0, 0, 0, 0], &B6.octets()[..]].concat();
    let type_2 = [&[0, 2, 2, 1, 0, 0, 0, 0], &ROUTER6.octets()[..]].concat();
    #[rustfmt::skip]
    let rows = [
        (plain.clone(), key, "the plain case"),
        (segment.clone(), "TCP [2001:db8::1]:1000 > [2001:db8::2]:80", "the other plain case"),
        ([&plain[..], &[0xee; 11]].concat(), key, "padding is no payload"),
        (with(&plain, 5, 16), "IPv6 header needs 56 octets, 55 left", "the packet goes on beyond the frame"),
        (with(&plain, 0, 0x75), "IPv4 version is 7, which the standard rules out", "there is no version 7"),

        (chained(&[hop_by_hop, routing, options, IpProtocol::MOBILITY]), key, "the chain is walked"),
        (v6.clone().extension(IpProtocol::AUTHENTICATION, &[0; 8]).udp(1000, 53, b""), key, "AH counts words of 4 octets"),
        (v6.clone().extension(IpProtocol::AUTHENTICATION, &[&[0, 4], &[0; 22][..]].concat()).udp(1000, 53, b""), key, "AH counts without the first two"),
        (chained(&[options; 8]), key, "eight are walked"),
        (chained(&[options; 9]), "IPv6 number of extension headers is 9, which the standard rules out", "nine are not"),
        (chained(&[options, hop_by_hop]), "IPv6 next header is 0, which the standard rules out", "hop-by-hop options come first"),
        (v6.clone().extension(options, &with(&PADDING, 1, 2)).payload(IpProtocol::UDP, &[]), "IPv6 header needs 64 octets, 48 left", "options go on beyond the packet"),

        (v6.clone().fragment(0, false, 9).udp(1000, 53, b""), key, "an atomic fragment is whole"),
        (v6.clone().fragment(1448, false, 9).payload(IpProtocol::UDP, &plain[40..]), "UDP 2001:db8::1 > 2001:db8::2", "a later fragment has no ports"),
        (v6.clone().fragment(0, true, 9).payload(IpProtocol::UDP, &plain[40..]), "UDP 2001:db8::1 > 2001:db8::2", "so the first may not use its own"),
        (v6.clone().fragment(0, true, 9).extension(options, &PADDING).payload(IpProtocol::UDP, &plain[40..]), "protocol 60 2001:db8::1 > 2001:db8::2", "all fragments know only what follows the fragment header"),
        (v6.clone().fragment(1448, false, 9).payload(options, b"rest"), "protocol 60 2001:db8::1 > 2001:db8::2", "as this one does"),
        (v6.clone().fragment(0, true, 9).payload(IpProtocol::TCP, &segment[40..48]), "TCP header needs 16 octets, 8 left", "a tiny fragment hides the flags"),
        (v6.clone().fragment(0, true, 9).payload(options, &[]), "IPv6 header needs 56 octets, 48 left", "the first fragment holds the whole chain"),
        (v6.clone().fragment(8, false, 9).payload(IpProtocol::TCP, &segment[48..]), "TCP fragment offset is 8, which the standard rules out", "it would overwrite the flags"),

        (v6.clone().segments(&[ROUTER6, A6]).udp(1000, 53, b""), "UDP [2001:db8::1]:1000 > [2001:db8::1]:53", "the last segment is where it goes"),
        (v6.clone().extension(routing, &type_2).udp(1000, 53, b""), "UDP [2001:db8::1]:1000 > [2001:db8:1::1]:53", "so is the home address"),
        (v6.clone().extension(routing, &with(&type_2, 3, 0)).udp(1000, 53, b""), key, "without segments left it is where it goes"),
        (v6.clone().extension(routing, &with(&type_2, 3, 2)).udp(1000, 53, b""), "IPv6 segments left is 2, which the standard rules out", "there is one address only"),
        (v6.clone().extension(routing, &type_0).udp(1000, 53, b""), "IPv6 routing type is 0, which the standard rules out", "type 0 is deprecated"),
        (v6.clone().extension(routing, &with(&type_0, 3, 0)).udp(1000, 53, b""), key, "and ignored when it is done"),

        (v6.payload(IpProtocol::NO_NEXT_HEADER, &plain[40..]), "protocol 59 2001:db8::1 > 2001:db8::2", "there is no upper layer"),
        (v6.payload(IpProtocol::ESP, &[0; 16]), "ESP 2001:db8::1 > 2001:db8::2", "ESP hides the ports"),
        (v6.payload(IpProtocol::IPIP, &[0; 20]), "IPIP 2001:db8::1 > 2001:db8::2", "tunnels are not entered"),
        (v6.payload(IpProtocol::ICMP, &[8, 0, 0, 0, 0, 1, 0, 1]), "ICMP 2001:db8::1 > 2001:db8::2", "ICMP means nothing in IPv6"),
        (v6.echo_request(Echo { identifier: 77, sequence: 1 }, b""), "ICMPv6 [2001:db8::1]:77 > [2001:db8::2]:0", "a request comes from its identifier"),
        (v6.echo_reply(Echo { identifier: 77, sequence: 1 }, b""), "ICMPv6 [2001:db8::1]:0 > [2001:db8::2]:77", "and the reply goes there"),
        (v6.icmpv6(Icmpv6Type::NEIGHBOR_SOLICITATION, 0, [0; 4], &B6.octets()), "ICMPv6 2001:db8::1 > 2001:db8::2", "other messages have no ports"),
        (with(&plain, 45, 7), "UDP length is 7, which the standard rules out", "UDP counts its header"),
        (with(&plain, 45, 16), "UDP header needs 16 octets, 15 left", "UDP goes on beyond the packet"),
        (with(&with(&plain, 46, 0), 47, 0), key, "tunnels leave the checksum out"),
    ];
    for (packet, key, because) in rows {
        assert_eq!(key_of(&packet), key, "{because}");
    }
}

#[test]
fn errors_belong_to_the_flow_they_are_about() {
    let about = |kind, quoted: &[u8]| Ipv4Builder::new(ROUTER, A).icmp(kind, 0, [0; 4], quoted);
    let exceeded = |quoted: &[u8]| about(IcmpType::TIME_EXCEEDED, quoted);
    let too_big = |quoted: &[u8]| {
        Ipv6Builder::new(ROUTER6, A6).icmpv6(Icmpv6Type::PACKET_TOO_BIG, 0, [0; 4], quoted)
    };
    let v4 = Ipv4Builder::new(A, B);
    let v6 = Ipv6Builder::new(A6, B6);
    let udp4 = v4.udp(1000, 53, b"payload");
    let udp6 = v6.udp(1000, 53, b"payload");
    let back = "UDP 10.0.0.2:53 > 10.0.0.1:1000";
    let back6 = "UDP [2001:db8::2]:53 > [2001:db8::1]:1000";
    #[rustfmt::skip]
    let rows = [
        (exceeded(&udp4), back, "it goes the way of the answers"),
        (about(IcmpType::DESTINATION_UNREACHABLE, &udp4), back, "type 3 quotes"),
        (about(IcmpType::SOURCE_QUENCH, &udp4), back, "type 4 quotes"),
        (about(IcmpType::REDIRECT, &udp4), back, "type 5 quotes"),
        (about(IcmpType::PARAMETER_PROBLEM, &udp4), back, "type 12 quotes"),
        (exceeded(&udp4[..28]), back, "8 octets hold the ports"),
        (exceeded(&v4.tcp(&tcp_header(), b"payload")[..28]), "TCP 10.0.0.2:80 > 10.0.0.1:1000", "but not the flags of TCP"),
        (exceeded(&udp4[..23]), "UDP header needs 4 octets, 3 left", "3 octets do not"),
        (exceeded(&udp4[..19]), "IPv4 header needs 20 octets, 19 left", "nothing useful is quoted"),
        (exceeded(&v4.options(&[0; 12]).udp(1000, 53, b"")[..40]), back, "the quoted packet has options"),
        (exceeded(&v4.fragment(1480, true).payload(IpProtocol::UDP, &[0; 8])), "UDP 10.0.0.2 > 10.0.0.1", "the quoted packet is a fragment"),
        (exceeded(&v4.fragment(0, true).payload(IpProtocol::TCP, &[0; 8])), "TCP 10.0.0.2 > 10.0.0.1", "a quote cut short is no tiny fragment"),
        (exceeded(&v4.payload(IpProtocol::ESP, &[0; 8])), "ESP 10.0.0.2 > 10.0.0.1", "the quoted packet has no ports"),
        (exceeded(&v4.echo_request(Echo { identifier: 77, sequence: 1 }, b"")), "ICMP 10.0.0.2:0 > 10.0.0.1:77", "the quoted packet is an echo request: this goes the way of the reply"),
        (exceeded(&exceeded(&udp4)), "ICMP 10.0.0.1 > 192.0.2.1", "errors about errors do not exist, and are not followed"),
        (exceeded(&udp6), "ICMP version of the quoted packet is 6, which the standard rules out", "ICMP is about IPv4"),

        (too_big(&udp6), back6, "it goes the way of the answers"),
        (too_big(&udp6[..44]), back6, "the ports are enough"),
        (too_big(&v6.clone().extension(IpProtocol::HOP_BY_HOP, &PADDING).udp(1000, 53, b"")), back6, "the quoted packet has extension headers"),
        (too_big(&v6.clone().fragment(1448, true, 9).payload(IpProtocol::UDP, &[0; 8])), "UDP 2001:db8::2 > 2001:db8::1", "the quoted packet is a fragment"),
        (too_big(&v6.clone().fragment(0, false, 9).udp(1000, 53, b"")), back6, "the quoted packet is an atomic fragment"),
        (too_big(&v6.clone().segments(&[ROUTER6]).udp(1000, 53, b"")), "UDP [2001:db8:1::1]:53 > [2001:db8::1]:1000", "the quoted packet is under way"),
        (too_big(&udp4), "ICMPv6 version of the quoted packet is 4, which the standard rules out", "ICMPv6 is about IPv6"),
    ];
    for (packet, key, because) in rows {
        assert_eq!(key_of(&packet), key, "{because}");
    }
    for kind in 1..=4 {
        let error = Ipv6Builder::new(ROUTER6, A6).icmpv6(Icmpv6Type(kind), 0, [0; 4], &udp6);
        assert_eq!(key_of(&error), back6, "ICMPv6 type {kind} quotes");
    }
}

#[test]
fn frames() {
    let (a, b) = (MacAddr::from_name("a"), MacAddr::from_name("b"));
    let ethernet = EthernetBuilder::new(a, b);
    let packet = udp((A, 1000), (B, 53));
    let tag = |tpid, vid| VlanTag {
        tpid,
        pcp: 5,
        dei: false,
        vid,
    };
    let (inner, outer) = (tag(EtherType::VLAN, 10), tag(EtherType::SERVICE_VLAN, 20));
    let key = Some("UDP 10.0.0.1:1000 > 10.0.0.2:53".to_owned());
    #[rustfmt::skip]
    let rows = [
        (ethernet.packet(&packet), key.clone(), "no tag"),
        (ethernet.clone().tag(inner).packet(&packet), key.clone(), "one tag"),
        (ethernet.clone().tag(tag(EtherType::VLAN, 0)).packet(&packet), key.clone(), "a priority tag"),
        (ethernet.clone().tag(outer).tag(inner).packet(&packet), key.clone(), "0x8100 under 0x88a8"),
        (ethernet.clone().tag(outer).tag(outer).tag(inner).packet(&packet), key.clone(), "three tags"),
        ((0..5).fold(ethernet.clone(), |ethernet, _| ethernet.tag(inner)).packet(&packet), None, "more tags than are read"),
        (ethernet.arp(&Arp::request(a, A, B)), None, "ARP carries no packet"),
        (ethernet.llc(&packet), None, "LLC neither"),
        (ethernet.payload(EtherType::IPV4, &[&packet[..], &[0; 18]].concat()), key, "a frame padded to 60 octets"),
    ];
    for (frame, key, because) in rows {
        let read = FlowKey::of_frame(&frame).expect(because);
        assert_eq!(read.map(|key| key.to_string()), key, "{because}");
    }
    let priority = Ethernet::parse(&[0; 14]).unwrap().outer_tag();
    assert_eq!(priority, None);
    assert!(tag(EtherType::VLAN, 0).is_priority() && tag(EtherType::VLAN, 0).vlan().is_none());
}

#[test]
fn all_fragments_of_a_packet_have_one_key() {
    let whole = Ipv4Builder::new(A, B).udp(1000, 53, &[7; 100]);
    let pieces = whole[20..].chunks(24).enumerate().map(|(number, piece)| {
        Ipv4Builder::new(A, B)
            .fragment(number * 24, number < 4)
            .payload(IpProtocol::UDP, piece)
    });
    let keys: Vec<_> = pieces.map(|piece| FlowKey::of(&piece).unwrap()).collect();
    assert_eq!(keys.len(), 5);
    assert!(
        keys.iter()
            .all(|key| *key == keys[0] && key.source_port == 0),
        "{keys:?}"
    );
}

proptest! {
    #[test]
    fn reversing_twice_is_nothing(packet in any_packet()) {
        let key = FlowKey::of(&packet).unwrap();
        prop_assert_eq!(key.reversed().reversed(), key);
        prop_assert_eq!(key.reversed().source_socket(), key.destination_socket());
    }

    /// An error has the key of an answer to the packet that caused it.
    #[test]
    fn an_error_goes_the_way_of_the_answer(packet in any_packet()) {
        let key = FlowKey::of(&packet).unwrap();
        let error = match (key.source, key.destination) {
            (std::net::IpAddr::V4(source), _) => Ipv4Builder::new(ROUTER, source).icmp(IcmpType::TIME_EXCEEDED, 0, [0; 4], &packet),
            (std::net::IpAddr::V6(source), _) => Ipv6Builder::new(ROUTER6, source).icmpv6(Icmpv6Type::TIME_EXCEEDED, 0, [0; 4], &packet),
        };
        prop_assert_eq!(FlowKey::of(&error).unwrap(), key.reversed());
    }

    /// The short way through plain packets and the long way through all others agree: options that
    /// mean nothing send a packet the long way.
    #[test]
    fn options_do_not_change_the_key(addresses: (u32, u32), upper in any_upper()) {
        let ip = Ipv4Builder::new(addresses.0.into(), addresses.1.into());
        prop_assert_eq!(FlowKey::of(&upper.v4(ip)), FlowKey::of(&upper.v4(ip.options(&[1, 1, 1, 0]))));
    }
}
