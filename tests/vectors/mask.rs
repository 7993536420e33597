//! What does not count: the fields in which an implementation is free, and frames left out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use pnet_packet::ethernet::EtherTypes;
use pnet_packet::ip::IpNextHeaderProtocols;
use pnet_packet::ipv4::{self, Ipv4Packet};
use pnet_packet::tcp::{self, TcpPacket};
use pnet_packet::udp::{self, UdpPacket};

use crate::capture::Seen;
use crate::case::{Bpdu, Case, Ignored, Mask, Rules};

/// Where the packet of an untagged frame begins.
const PACKET: usize = 14;

/// Makes frames comparable, in the order in which they left.
pub(crate) struct Masker<'a> {
    masks: &'a BTreeSet<Mask>,
    own: BTreeMap<u16, BTreeSet<IpAddr>>,
    /// Source ports of the packets put in, which no translation chose.
    ports_put_in: BTreeSet<u16>,
    /// Ports that the device chose, by protocol, with their order of appearance.
    ports_chosen: BTreeMap<(u8, u16), u16>,
}

impl<'a> Masker<'a> {
    pub(crate) fn new(case: &'a Case) -> Self {
        let source_port = |stimulus: &Seen| {
            let (_, transport) = transport(&stimulus.octets)?;
            Some(port_at(&stimulus.octets, transport))
        };
        Self {
            masks: &case.device.compare.masks,
            own: case.own_addresses(),
            ports_put_in: case.stimuli.iter().filter_map(source_port).collect(),
            ports_chosen: BTreeMap::new(),
        }
    }

    /// The octets of a frame that count; those that do not are zero.
    pub(crate) fn masked(&mut self, seen: &Seen) -> Vec<u8> {
        let mut octets = seen.octets.clone();
        for mask in self.masks {
            match mask {
                Mask::NatPort => self.mask_chosen_port(seen.port, &mut octets),
                Mask::OwnIpId => self.mask_identification(&mut octets),
                Mask::OwnFrag6Id => self.mask_fragment_identification(&mut octets),
                Mask::BpduAge => mask_message_age(&mut octets),
            }
        }
        octets
    }

    fn is_own(&self, address: impl Into<IpAddr>) -> bool {
        let address = address.into();
        self.own
            .values()
            .any(|addresses| addresses.contains(&address))
    }

    /// Own IPv4 packets with a right checksum: identification and checksum.
    fn mask_identification(&self, octets: &mut [u8]) {
        let Some(at) = ipv4_header(octets) else {
            return;
        };
        let header = Ipv4Packet::new(&octets[at..]).expect("its length was looked at");
        if self.is_own(header.get_source()) && ipv4::checksum(&header) == header.get_checksum() {
            octets[at + 4..at + 6].fill(0);
            octets[at + 10..at + 12].fill(0);
        }
    }

    /// Own IPv6 packets that begin with a fragment header: its identification.
    fn mask_fragment_identification(&self, octets: &mut [u8]) {
        let is_fragment = octets.len() >= PACKET + 48
            && ether_type(octets) == EtherTypes::Ipv6.0
            && octets[PACKET + 6] == IpNextHeaderProtocols::Ipv6Frag.0;
        if is_fragment {
            let source: [u8; 16] = octets[PACKET + 8..PACKET + 24]
                .try_into()
                .expect("16 octets");
            if self.is_own(source) {
                octets[PACKET + 44..PACKET + 48].fill(0);
            }
        }
    }

    /// A source port that the device chose counts as its order of appearance, and a right checksum as zero.
    fn mask_chosen_port(&mut self, out_of: u16, octets: &mut [u8]) {
        let Some((at, transport)) = transport(octets) else {
            return;
        };
        let header = Ipv4Packet::new(&octets[at..]).expect("its length was looked at");
        let source = header.get_source();
        let is_from_here = self
            .own
            .get(&out_of)
            .is_some_and(|own| own.contains(&IpAddr::from(source)));
        let port = port_at(octets, transport);
        if !is_from_here || port < 1024 || self.ports_put_in.contains(&port) {
            return;
        }
        let protocol = header.get_next_level_protocol();
        let Some(checksum) = right_checksum(
            &octets[transport..],
            protocol.0,
            source,
            header.get_destination(),
        ) else {
            return;
        };
        let appearance = self.ports_chosen.len() as u16;
        let appearance = *self
            .ports_chosen
            .entry((protocol.0, port))
            .or_insert(appearance);
        octets[transport..transport + 2].copy_from_slice(&appearance.to_be_bytes());
        octets[transport + checksum..transport + checksum + 2].fill(0);
    }
}

/// Where in a TCP or UDP header the checksum stands, if there is one and it is right.
fn right_checksum(octets: &[u8], protocol: u8, from: Ipv4Addr, to: Ipv4Addr) -> Option<usize> {
    if protocol == IpNextHeaderProtocols::Tcp.0 {
        let segment = TcpPacket::new(octets)?;
        (tcp::ipv4_checksum(&segment, &from, &to) == segment.get_checksum()).then_some(16)
    } else {
        let datagram = UdpPacket::new(octets)?;
        let checksum = datagram.get_checksum();
        // RFC 768: a sum that comes out as zero is sent as all ones; zero means none.
        let right = match udp::ipv4_checksum(&datagram, &from, &to) {
            0 => 0xffff,
            sum => sum,
        };
        (checksum != 0 && checksum == right).then_some(6)
    }
}

/// Spanning tree BPDUs: the message age.
fn mask_message_age(octets: &mut [u8]) {
    if is_bpdu(octets) && octets.len() >= 46 {
        octets[44..46].fill(0);
    }
}

/// Whether the frame is of a kind that the rules leave out of the comparison.
pub(crate) fn is_left_out(rules: &Rules, octets: &[u8]) -> bool {
    let is_redirect = octets.get(12..14) == Some(&EtherTypes::Ipv6.0.to_be_bytes()[..])
        && octets.get(PACKET + 6) == Some(&IpNextHeaderProtocols::Icmpv6.0)
        && octets.get(PACKET + 40) == Some(&137);
    rules.bpdu == Some(Bpdu::Set) && is_bpdu(octets)
        || rules.ignore.contains(&Ignored::Icmpv6Redirect) && is_redirect
}

/// IEEE 802.1D-2004, 7.12.3 and 9.2: the group address and the LLC header of spanning tree.
pub(crate) fn is_bpdu(octets: &[u8]) -> bool {
    octets.starts_with(&[0x01, 0x80, 0xc2, 0, 0, 0])
        && octets.get(14..17) == Some(&[0x42, 0x42, 0x03])
}

fn ether_type(octets: &[u8]) -> u16 {
    u16::from_be_bytes([octets[12], octets[13]])
}

fn port_at(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([octets[at], octets[at + 1]])
}

/// Where the IPv4 header of a frame begins, behind any tags, if all of it is there.
fn ipv4_header(octets: &[u8]) -> Option<usize> {
    let mut at = 12;
    loop {
        let ether_type = u16::from_be_bytes(octets.get(at..at + 2)?.try_into().ok()?);
        at += 2;
        if ether_type == EtherTypes::Ipv4.0 {
            break;
        }
        if ether_type != EtherTypes::Vlan.0 && ether_type != EtherTypes::PBridge.0 {
            return None;
        }
        at += 2;
    }
    let header = Ipv4Packet::new(octets.get(at..)?)?;
    let len = usize::from(header.get_header_length()) * 4;
    (header.get_version() == 4 && len >= 20 && octets.len() >= at + len).then_some(at)
}

/// Where the IPv4 and the TCP or UDP header of an unfragmented packet begin.
fn transport(octets: &[u8]) -> Option<(usize, usize)> {
    let at = ipv4_header(octets)?;
    let header = Ipv4Packet::new(&octets[at..])?;
    let protocol = header.get_next_level_protocol();
    let is_whole = header.get_fragment_offset() == 0
        && header.get_flags() & ipv4::Ipv4Flags::MoreFragments == 0;
    let transport = at + usize::from(header.get_header_length()) * 4;
    let is_ours = protocol == IpNextHeaderProtocols::Tcp || protocol == IpNextHeaderProtocols::Udp;
    (is_ours && is_whole && octets.len() >= transport + 8).then_some((at, transport))
}
