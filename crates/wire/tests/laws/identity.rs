//! Reading what was built gives back what it was built from.

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_wire::*;

use crate::packets::*;

proptest! {
    #[test]
    fn ethernet(
        source in any_mac(),
        destination in any_mac(),
        tags in vec(any_tag(), 0..=Ethernet::MAX_TAGS),
        ether_type in 0x0600u16..,
        payload in any_payload(),
    ) {
        prop_assume!(!EtherType(ether_type).is_vlan_tag());
        let builder = tags.iter().fold(EthernetBuilder::new(source, destination), |builder, tag| builder.tag(*tag));
        let frame = builder.payload(EtherType(ether_type), &payload);
        let view = Ethernet::parse(frame.octets()).unwrap();
        prop_assert_eq!((view.source(), view.destination()), (source, destination));
        prop_assert_eq!(view.tags().collect::<Vec<_>>(), tags.clone());
        prop_assert_eq!(view.payload_type(), EtherType(ether_type));
        prop_assert_eq!(view.ether_type(), tags.first().map_or(EtherType(ether_type), |tag| tag.tpid));
        prop_assert_eq!(view.payload(), &payload);
    }

    #[test]
    fn length_frames(payload in vec(any::<u8>(), 0..=1500), padding in 0usize..60) {
        let frame = EthernetBuilder::new(MacAddr::ZERO, MacAddr::BROADCAST).llc(&payload);
        let padded = [frame.octets(), &vec![0; padding]].concat();
        let view = Ethernet::parse(&padded).unwrap();
        prop_assert!(view.is_length());
        prop_assert_eq!(view.payload(), &payload, "padding is no payload");
    }

    #[test]
    fn tags_come_off_in_reverse(frame in vec(any::<u8>(), 14..64), tags in vec(any_tag(), 0..6)) {
        let untagged = [&frame[..12], &[0x08, 0x00], &frame[14..]].concat();
        let mut frame = Frame::copy_from(&untagged);
        tags.iter().for_each(|tag| frame.push_tag(*tag));
        for tag in tags.iter().rev() {
            prop_assert_eq!(frame.pop_tag(), Some(*tag));
        }
        prop_assert_eq!(frame.pop_tag(), None);
        prop_assert_eq!(frame.octets(), &untagged);
    }

    #[test]
    fn vlan_tags(tag in any_tag(), octets: [u8; 4]) {
        prop_assert_eq!(VlanTag::from_octets(tag.to_octets()), tag);
        prop_assert_eq!(VlanTag::from_octets(octets).to_octets(), octets);
    }

    #[test]
    fn arp(sender_mac in any_mac(), target_mac in any_mac(), ips: (u32, u32), asks: bool, padding in 0usize..20) {
        let operation = if asks { ArpOperation::Request } else { ArpOperation::Reply };
        let (sender_ip, target_ip) = (ips.0.into(), ips.1.into());
        let arp = Arp { operation, sender_mac, sender_ip, target_mac, target_ip };
        let padded = [&arp.to_octets()[..], &vec![0; padding]].concat();
        prop_assert_eq!(Arp::parse(&padded), Ok(arp));
    }

    #[test]
    fn ipv4(
        addresses: (u32, u32),
        tos: u8,
        identification: u16,
        dont_fragment: bool,
        offset in 0usize..0x2000,
        more: bool,
        ttl: u8,
        protocol: u8,
        options in any_options(),
        payload in any_payload(),
        padding in 0usize..40,
    ) {
        let mut ip = Ipv4Builder::new(addresses.0.into(), addresses.1.into())
            .tos(tos)
            .identification(identification)
            .fragment(offset * 8, more)
            .ttl(ttl)
            .options(&options);
        if dont_fragment {
            ip = ip.dont_fragment();
        }
        let packet = ip.payload(IpProtocol(protocol), &payload);
        let padded = [&packet[..], &vec![0; padding]].concat();
        let view = Ipv4::parse(&padded).unwrap();
        prop_assert_eq!((view.source(), view.destination()), (addresses.0.into(), addresses.1.into()));
        prop_assert_eq!((view.tos(), view.identification()), (tos, identification));
        prop_assert_eq!((view.dont_fragment(), view.more_fragments()), (dont_fragment, more));
        prop_assert_eq!(view.fragment_offset(), offset * 8);
        prop_assert_eq!(view.is_fragment(), offset > 0 || more);
        prop_assert_eq!((view.ttl(), view.protocol()), (ttl, IpProtocol(protocol)));
        prop_assert_eq!(usize::from(view.total_len()), packet.len());
        prop_assert_eq!((view.options(), view.payload()), (&options[..], &payload[..]));
        prop_assert!(view.verify_checksum());
        prop_assert_eq!(view.octets(), &packet, "padding is no payload");
    }

    #[test]
    fn ipv6(
        addresses: (u128, u128),
        traffic_class: u8,
        flow_label in 0u32..1 << 20,
        hop_limit: u8,
        payload in any_payload(),
        padding in 0usize..40,
    ) {
        let packet = Ipv6Builder::new(addresses.0.into(), addresses.1.into())
            .traffic_class(traffic_class)
            .flow_label(flow_label)
            .hop_limit(hop_limit)
            .payload(IpProtocol::VRRP, &payload);
        let padded = [&packet[..], &vec![0; padding]].concat();
        let view = Ipv6::parse(&padded).unwrap();
        prop_assert_eq!((view.source(), view.destination()), (addresses.0.into(), addresses.1.into()));
        prop_assert_eq!((view.traffic_class(), view.flow_label()), (traffic_class, flow_label));
        prop_assert_eq!((view.hop_limit(), view.next_header()), (hop_limit, IpProtocol::VRRP));
        prop_assert_eq!((view.payload(), view.octets()), (&payload[..], &packet[..]));
        prop_assert_eq!(view.upper_layer().unwrap().payload, &payload);
    }

    #[test]
    fn ipv6_fragments(offset in 0usize..0x2000, more: bool, identification: u32, payload in any_payload()) {
        let packet = Ipv6Builder::new(A6, B6)
            .extension(IpProtocol::HOP_BY_HOP, &PADDING)
            .fragment(offset * 8, more, identification)
            .payload(IpProtocol::VRRP, &payload);
        let upper = Ipv6::parse(&packet).unwrap().upper_layer().unwrap();
        let fragment = Ipv6Fragment { next_header: IpProtocol::VRRP, offset: offset * 8, more, identification };
        let is_atomic = offset == 0 && !more;
        prop_assert_eq!(upper.fragment, (!is_atomic).then_some(fragment));
        prop_assert_eq!((upper.protocol, upper.offset, upper.payload), (IpProtocol::VRRP, 56, &payload[..]));
    }

    #[test]
    fn udp(addresses: (u32, u32), ports: (u16, u16), payload in any_payload(), padding in 0usize..40) {
        let (source, destination) = (addresses.0.into(), addresses.1.into());
        let packet = Ipv4Builder::new(source, destination).udp(ports.0, ports.1, &payload);
        let padded = [&packet[20..], &vec![0; padding]].concat();
        let view = Udp::parse(&padded).unwrap();
        prop_assert_eq!((view.source_port(), view.destination_port()), ports);
        prop_assert_eq!(usize::from(view.length()), payload.len() + 8);
        prop_assert_eq!(view.payload(), &payload);
        prop_assert!(view.checksum() != 0 && view.verify_checksum(source.into(), destination.into()));
    }

    #[test]
    fn tcp(
        addresses: (u128, u128),
        ports: (u16, u16),
        numbers: (u32, u32),
        fields: (u8, u16, u16),
        options in any_options(),
        payload in any_payload(),
    ) {
        let (source, destination) = (addresses.0.into(), addresses.1.into());
        let header = TcpHeader {
            source_port: ports.0,
            destination_port: ports.1,
            sequence: numbers.0,
            acknowledgment: numbers.1,
            flags: TcpFlags(fields.0),
            window: fields.1,
            urgent_pointer: fields.2,
            options: &options,
        };
        let packet = Ipv6Builder::new(source, destination).tcp(&header, &payload);
        let view = Tcp::parse(&packet[40..]).unwrap();
        let read = TcpHeader {
            source_port: view.source_port(),
            destination_port: view.destination_port(),
            sequence: view.sequence(),
            acknowledgment: view.acknowledgment(),
            flags: view.flags(),
            window: view.window(),
            urgent_pointer: view.urgent_pointer(),
            options: view.options(),
        };
        prop_assert_eq!(read, header);
        prop_assert_eq!(view.payload(), &payload);
        prop_assert!(view.verify_checksum(source.into(), destination.into()));
    }

    #[test]
    fn icmp(kind: u8, code: u8, rest: [u8; 4], payload in any_payload()) {
        let packet = Ipv4Builder::new(A, B).icmp(IcmpType(kind), code, rest, &payload);
        let view = Icmp::parse(&packet[20..]).unwrap();
        prop_assert_eq!((view.icmp_type(), view.code(), view.rest_of_header()), (IcmpType(kind), code, rest));
        prop_assert_eq!(view.payload(), &payload);
        prop_assert!(view.verify_checksum());
    }

    #[test]
    fn icmpv6(kind: u8, code: u8, rest: [u8; 4], payload in any_payload()) {
        let packet = Ipv6Builder::new(A6, B6).icmpv6(Icmpv6Type(kind), code, rest, &payload);
        let view = Icmpv6::parse(&packet[40..]).unwrap();
        prop_assert_eq!((view.icmp_type(), view.code(), view.rest_of_header()), (Icmpv6Type(kind), code, rest));
        prop_assert_eq!(view.payload(), &payload);
        prop_assert!(view.verify_checksum(A6, B6));
    }

    /// One wrong bit anywhere and no checksum is right any more.
    #[test]
    fn checksums_find_a_wrong_bit(upper in any_with_checksum(), at: prop::sample::Index, bit in 0u8..8) {
        let mut packet = upper.v4(Ipv4Builder::new(A, B));
        let at = 20 + at.index(packet.len() - 20);
        // Another length covers other octets, and one of 65 536 such sums is right.
        prop_assume!(!(matches!(upper, Upper::Udp { .. }) && (24..26).contains(&at)));
        packet[at] ^= 1 << bit;
        let view = Ipv4::parse(&packet).unwrap();
        prop_assert!(view.verify_checksum(), "the header is as it was");
        let is_right = match view.protocol() {
            IpProtocol::UDP => Udp::parse(view.payload()).is_ok_and(|udp| udp.checksum() != 0 && udp.verify_checksum(A.into(), B.into())),
            IpProtocol::TCP => Tcp::parse(view.payload()).is_ok_and(|tcp| tcp.verify_checksum(A.into(), B.into())),
            _ => Icmp::parse(view.payload()).unwrap().verify_checksum(),
        };
        prop_assert!(!is_right);
    }
}

#[test]
fn tables_of_single_values() {
    for (number, is_vlan) in [
        (0, false),
        (1, true),
        (10, true),
        (4094, true),
        (4095, false),
        (u16::MAX, false),
    ] {
        let vlan = VlanId::try_from(number);
        assert_eq!(vlan.is_ok(), is_vlan, "VLAN {number}");
        if let Ok(vlan) = vlan {
            assert_eq!((vlan.get(), vlan.to_string()), (number, number.to_string()));
        }
    }
    assert_eq!(
        VlanId::try_from(4095).unwrap_err().to_string(),
        "4095 is not a VLAN: they are numbered from 1 to 4094"
    );
    assert_eq!((TcpFlags::SYN | TcpFlags::ACK).to_string(), "SYN ACK");
    assert_eq!(TcpFlags::NONE.to_string(), "no flags");
    assert_eq!(EtherType(0x0027).to_string(), "length 39");
}

#[test]
fn arp_refuses_what_is_not_ipv4_over_ethernet() {
    let right = Arp::request(MacAddr::from_name("a"), A, B).to_octets();
    #[rustfmt::skip]
    let rows = [
        // octet  value  because
        (  1,     15,    "hardware type 15 is frame relay"),
        (  3,     5,     "protocol type 0x0805 is X.25"),
        (  4,     8,     "an Ethernet address has 6 octets"),
        (  5,     16,    "an IPv4 address has 4 octets"),
        (  7,     3,     "operation 3 is a RARP request"),
    ];
    for (at, value, because) in rows {
        let mut wrong = right;
        wrong[at] = value;
        assert!(
            matches!(
                Arp::parse(&wrong),
                Err(ParseError::Field {
                    layer: Layer::Arp,
                    ..
                })
            ),
            "{because}"
        );
    }
    assert!(Arp::parse(&right).is_ok());
    let mut ieee_802 = right;
    ieee_802[1] = 6;
    assert_eq!(
        Arp::parse(&ieee_802),
        Arp::parse(&right),
        "hardware type 6 is read alike"
    );
}
