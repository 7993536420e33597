//! Whatever the octets, reading them never panics.

use std::hash::{DefaultHasher, Hash};
use std::hint::black_box;
use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_wire::*;

use crate::packets::{A, A6, B, B6, any_error, any_packet, gallery};

/// Reads all there is to read, as a frame and as everything that can stand in one.
fn read_everything(octets: &[u8]) {
    if let Ok(view) = Ethernet::parse(octets) {
        black_box((
            view.destination(),
            view.source(),
            view.ether_type(),
            view.payload_type(),
        ));
        black_box((
            view.tags().collect::<Vec<_>>(),
            view.tag_count(),
            view.is_length(),
            view.payload_at(),
        ));
        assert_eq!(view.tags().next(), view.outer_tag());
        read_packet(view.payload());
    }
    let mut frame = Frame::copy_from(octets);
    black_box(FlowKey::of_frame(&frame).is_ok());
    if frame.pop_tag().is_some() {
        assert_eq!(frame.len() + VlanTag::LEN, octets.len());
    }
    read_packet(octets);
}

fn read_packet(octets: &[u8]) {
    black_box(Arp::parse(octets).is_ok());
    for view in [Ipv4::parse(octets), Ipv4::parse_quoted(octets)]
        .into_iter()
        .flatten()
    {
        black_box((
            view.tos(),
            view.total_len(),
            view.identification(),
            view.dont_fragment(),
        ));
        black_box((
            view.more_fragments(),
            view.fragment_offset(),
            view.is_fragment(),
            view.ttl(),
        ));
        black_box((
            view.protocol(),
            view.checksum(),
            view.verify_checksum(),
            view.source(),
            view.destination(),
        ));
        assert_eq!(
            view.header_len() + view.payload().len(),
            view.octets().len()
        );
        assert_eq!(view.options().len() + 20, view.header_len());
        read_upper(view.payload());
    }
    for view in [Ipv6::parse(octets), Ipv6::parse_quoted(octets)]
        .into_iter()
        .flatten()
    {
        black_box((
            view.traffic_class(),
            view.flow_label(),
            view.next_header(),
            view.hop_limit(),
        ));
        black_box((view.source(), view.destination(), view.payload_len()));
        assert_eq!(view.payload().len() + 40, view.octets().len());
        if let Ok(upper) = view.upper_layer() {
            assert_eq!(&view.octets()[upper.offset..], upper.payload);
            read_upper(upper.payload);
        }
    }
    read_upper(octets);
    if let Ok(key) = FlowKey::of(octets) {
        black_box((
            key.reversed(),
            key.source_socket(),
            key.destination_socket(),
            key.to_string(),
        ));
        key.hash(&mut DefaultHasher::new());
        let mut rewritten = octets.to_vec();
        black_box(translate(&mut rewritten, key.reversed()).is_ok());
    }
}

fn read_upper(octets: &[u8]) {
    let pairs: [(IpAddr, IpAddr); 2] = [(A.into(), B.into()), (A6.into(), B6.into())];
    if let Ok(view) = Udp::parse(octets) {
        black_box((
            view.source_port(),
            view.destination_port(),
            view.length(),
            view.checksum(),
        ));
        black_box(pairs.map(|(source, destination)| view.verify_checksum(source, destination)));
        assert_eq!(view.payload().len() + 8, usize::from(view.length()));
    }
    if let Ok(view) = Tcp::parse(octets) {
        black_box((
            view.source_port(),
            view.destination_port(),
            view.sequence(),
            view.acknowledgment(),
        ));
        black_box((
            view.flags().to_string(),
            view.window(),
            view.checksum(),
            view.urgent_pointer(),
        ));
        black_box(pairs.map(|(source, destination)| view.verify_checksum(source, destination)));
        assert_eq!(view.options().len() + 20, view.header_len());
        assert_eq!(view.payload().len() + view.header_len(), octets.len());
    }
    if let Ok(view) = Icmp::parse(octets) {
        black_box((
            view.icmp_type().to_string(),
            view.code(),
            view.checksum(),
            view.verify_checksum(),
        ));
        black_box((view.rest_of_header(), view.payload(), view.next_hop_mtu()));
        assert!(view.echo().is_none() || !view.is_error());
        assert_eq!(view.quoted().is_some(), view.is_error());
    }
    if let Ok(view) = Icmpv6::parse(octets) {
        black_box((
            view.icmp_type().to_string(),
            view.code(),
            view.checksum(),
            view.verify_checksum(A6, B6),
        ));
        black_box((view.rest_of_header(), view.payload(), view.mtu()));
        assert!(view.echo().is_none() || !view.is_error());
        assert_eq!(view.quoted().is_some(), view.is_error());
    }
}

#[test]
fn a_frame_cut_at_any_octet_is_read_or_refused() {
    for (name, frame) in gallery() {
        let octets = frame.octets();
        for end in 0..octets.len() {
            read_everything(&octets[..end]);
            let cut = Frame::copy_from(&octets[..end]);
            // What no header announces cannot be missed: ARP has no length to say how long it is.
            let is_ip = matches!(
                Ethernet::parse(octets).unwrap().payload_type(),
                EtherType::IPV4 | EtherType::IPV6
            );
            if is_ip {
                assert!(
                    !matches!(FlowKey::of_frame(&cut), Ok(Some(_))),
                    "{name} cut at {end} has lost its end"
                );
            }
        }
        read_everything(octets);
    }
}

#[test]
fn a_frame_with_any_octet_changed_is_read_or_refused() {
    for (_, frame) in gallery() {
        let mut octets = frame.octets().to_vec();
        for at in 0..octets.len() {
            let right = octets[at];
            for wrong in [
                0x00,
                0x01,
                0x0f,
                0x2c,
                0x7f,
                0x80,
                0xf0,
                0xff,
                right ^ 0x01,
                right ^ 0x40,
            ] {
                octets[at] = wrong;
                read_everything(&octets);
            }
            octets[at] = right;
        }
    }
}

proptest! {
    #[test]
    fn random_octets_are_read_or_refused(octets in vec(any::<u8>(), 0..256)) {
        read_everything(&octets);
    }

    /// Random octets that begin like a packet get further.
    #[test]
    fn random_headers_are_read_or_refused(
        start in prop_oneof![Just(0x45u8), Just(0x46), Just(0x60), 0x40u8..0x70],
        octets in vec(prop_oneof![any::<u8>(), 0u8..8, Just(43), Just(44), Just(51), Just(58), Just(60)], 39..200),
    ) {
        let mut octets = [&[start], &octets[..]].concat();
        let length = (octets.len() as u16 - if start >> 4 == 6 { 40 } else { 0 }).to_be_bytes();
        let at = if start >> 4 == 6 { 4 } else { 2 };
        octets[at..at + 2].copy_from_slice(&length);
        read_packet(&octets);
    }

    #[test]
    fn damaged_packets_are_read_or_refused(
        mut octets in prop_oneof![any_packet(), any_error()],
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end: prop::sample::Index,
    ) {
        for (at, octet) in damage {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        octets.truncate(end.index(octets.len() + 1));
        read_packet(&octets);
    }
}
