//! An independent witness: pnet_packet reads every packet as we do.

use pnet_packet::Packet;
use pnet_packet::arp::ArpPacket;
use pnet_packet::ethernet::EthernetPacket;
use pnet_packet::icmp::{self, IcmpPacket};
use pnet_packet::icmpv6::{self, Icmpv6Packet};
use pnet_packet::ipv4::{self, Ipv4Packet};
use pnet_packet::ipv6::Ipv6Packet;
use pnet_packet::tcp::{self, TcpPacket};
use pnet_packet::udp::{self, UdpPacket};
use pnet_packet::vlan::VlanPacket;
use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_wire::*;

use crate::packets::*;

#[derive(Clone, Copy)]
enum Addresses {
    V4(std::net::Ipv4Addr, std::net::Ipv4Addr),
    V6(std::net::Ipv6Addr, std::net::Ipv6Addr),
}

fn agree_on_packet(packet: &[u8]) {
    if packet[0] >> 4 == 4 {
        let (ours, theirs) = (
            Ipv4::parse(packet).unwrap(),
            Ipv4Packet::new(packet).unwrap(),
        );
        assert_eq!(
            ours.header_len(),
            usize::from(theirs.get_header_length()) * 4
        );
        assert_eq!(ours.tos(), theirs.get_dscp() << 2 | theirs.get_ecn());
        assert_eq!(ours.total_len(), theirs.get_total_length());
        assert_eq!(ours.identification(), theirs.get_identification());
        let flags = u8::from(ours.dont_fragment()) << 1 | u8::from(ours.more_fragments());
        assert_eq!(flags, theirs.get_flags());
        assert_eq!(
            ours.fragment_offset(),
            usize::from(theirs.get_fragment_offset()) * 8
        );
        assert_eq!(
            (ours.ttl(), ours.protocol().0),
            (theirs.get_ttl(), theirs.get_next_level_protocol().0)
        );
        assert_eq!(
            (ours.source(), ours.destination()),
            (theirs.get_source(), theirs.get_destination())
        );
        assert_eq!(ours.options(), theirs.get_options_raw());
        assert_eq!(ours.payload(), theirs.payload());
        assert_eq!(ours.checksum(), ipv4::checksum(&theirs));
        let addresses = Addresses::V4(ours.source(), ours.destination());
        agree_on_upper(ours.protocol(), ours.payload(), addresses);
    } else {
        let (ours, theirs) = (
            Ipv6::parse(packet).unwrap(),
            Ipv6Packet::new(packet).unwrap(),
        );
        assert_eq!(ours.traffic_class(), theirs.get_traffic_class());
        assert_eq!(ours.flow_label(), theirs.get_flow_label());
        assert_eq!(ours.payload_len(), theirs.get_payload_length());
        assert_eq!(
            (ours.hop_limit(), ours.next_header().0),
            (theirs.get_hop_limit(), theirs.get_next_header().0)
        );
        assert_eq!(
            (ours.source(), ours.destination()),
            (theirs.get_source(), theirs.get_destination())
        );
        assert_eq!(ours.payload(), theirs.payload());
        let upper = ours.upper_layer().unwrap();
        agree_on_upper(
            upper.protocol,
            upper.payload,
            Addresses::V6(ours.source(), ours.destination()),
        );
    }
}

fn agree_on_upper(protocol: IpProtocol, octets: &[u8], addresses: Addresses) {
    match (protocol, addresses) {
        (IpProtocol::UDP, _) => {
            let (ours, theirs) = (Udp::parse(octets).unwrap(), UdpPacket::new(octets).unwrap());
            assert_eq!(
                (ours.source_port(), ours.destination_port()),
                (theirs.get_source(), theirs.get_destination())
            );
            assert_eq!(
                (ours.length(), ours.checksum()),
                (theirs.get_length(), theirs.get_checksum())
            );
            assert_eq!(ours.payload(), theirs.payload());
            let checksum = match addresses {
                Addresses::V4(source, destination) => {
                    udp::ipv4_checksum(&theirs, &source, &destination)
                }
                Addresses::V6(source, destination) => {
                    udp::ipv6_checksum(&theirs, &source, &destination)
                }
            };
            // A sum that came out as 0 is sent as its other representation.
            assert_eq!(
                ours.checksum(),
                if checksum == 0 { 0xffff } else { checksum }
            );
        }
        (IpProtocol::TCP, _) => {
            let (ours, theirs) = (Tcp::parse(octets).unwrap(), TcpPacket::new(octets).unwrap());
            assert_eq!(
                (ours.source_port(), ours.destination_port()),
                (theirs.get_source(), theirs.get_destination())
            );
            assert_eq!(
                (ours.sequence(), ours.acknowledgment()),
                (theirs.get_sequence(), theirs.get_acknowledgement())
            );
            assert_eq!(ours.header_len(), usize::from(theirs.get_data_offset()) * 4);
            assert_eq!(
                (ours.flags().0, ours.window()),
                (theirs.get_flags(), theirs.get_window())
            );
            assert_eq!(ours.urgent_pointer(), theirs.get_urgent_ptr());
            assert_eq!(
                (ours.options(), ours.payload()),
                (theirs.get_options_raw(), theirs.payload())
            );
            let checksum = match addresses {
                Addresses::V4(source, destination) => {
                    tcp::ipv4_checksum(&theirs, &source, &destination)
                }
                Addresses::V6(source, destination) => {
                    tcp::ipv6_checksum(&theirs, &source, &destination)
                }
            };
            assert_eq!(ours.checksum(), checksum);
        }
        (IpProtocol::ICMP, _) => {
            let (ours, theirs) = (
                Icmp::parse(octets).unwrap(),
                IcmpPacket::new(octets).unwrap(),
            );
            assert_eq!(
                (ours.icmp_type().0, ours.code()),
                (theirs.get_icmp_type().0, theirs.get_icmp_code().0)
            );
            assert_eq!(
                [&ours.rest_of_header(), ours.payload()].concat(),
                theirs.payload()
            );
            assert_eq!(ours.checksum(), icmp::checksum(&theirs));
        }
        (IpProtocol::ICMPV6, Addresses::V6(source, destination)) => {
            let (ours, theirs) = (
                Icmpv6::parse(octets).unwrap(),
                Icmpv6Packet::new(octets).unwrap(),
            );
            assert_eq!(
                (ours.icmp_type().0, ours.code()),
                (theirs.get_icmpv6_type().0, theirs.get_icmpv6_code().0)
            );
            assert_eq!(
                [&ours.rest_of_header(), ours.payload()].concat(),
                theirs.payload()
            );
            assert_eq!(
                ours.checksum(),
                icmpv6::checksum(&theirs, &source, &destination)
            );
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn on_packets(packet in any_packet()) {
        agree_on_packet(&packet);
    }

    #[test]
    fn on_icmp_errors(packet in any_error()) {
        agree_on_packet(&packet);
    }

    #[test]
    fn on_frames(source in any_mac(), destination in any_mac(), tag in any_tag(), packet in any_packet()) {
        let frame = EthernetBuilder::new(source, destination).tag(tag).packet(&packet);
        let ours = Ethernet::parse(frame.octets()).unwrap();
        let theirs = EthernetPacket::new(frame.octets()).unwrap();
        prop_assert_eq!(ours.source().octets(), theirs.get_source().octets());
        prop_assert_eq!(ours.destination().octets(), theirs.get_destination().octets());
        prop_assert_eq!(ours.ether_type().0, theirs.get_ethertype().0);
        let inner = VlanPacket::new(theirs.payload()).unwrap();
        prop_assert_eq!((tag.pcp, tag.vid), (inner.get_priority_code_point().0, inner.get_vlan_identifier()));
        prop_assert_eq!(u8::from(tag.dei), inner.get_drop_eligible_indicator());
        prop_assert_eq!(ours.payload_type().0, inner.get_ethertype().0);
        prop_assert_eq!(ours.payload(), inner.payload());
    }

    #[test]
    fn on_arp(octets in vec(any::<u8>(), Arp::LEN..40)) {
        let octets = [&[0, 1, 8, 0, 6, 4, 0, 1 + octets[7] % 2], &octets[8..]].concat();
        let (ours, theirs) = (Arp::parse(&octets).unwrap(), ArpPacket::new(&octets).unwrap());
        let operation = match ours.operation {
            ArpOperation::Request => 1,
            ArpOperation::Reply => 2,
        };
        prop_assert_eq!(operation, theirs.get_operation().0);
        prop_assert_eq!(ours.sender_mac.octets(), theirs.get_sender_hw_addr().octets());
        prop_assert_eq!(ours.target_mac.octets(), theirs.get_target_hw_addr().octets());
        prop_assert_eq!((ours.sender_ip, ours.target_ip), (theirs.get_sender_proto_addr(), theirs.get_target_proto_addr()));
    }
}
