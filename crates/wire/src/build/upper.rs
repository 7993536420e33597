//! Building what stands behind IP headers, for both versions of IP.

use std::net::IpAddr;

use pnet_packet::icmp::{IcmpCode, IcmpType as PnetIcmpType, MutableIcmpPacket};
use pnet_packet::tcp::MutableTcpPacket;
use pnet_packet::udp::MutableUdpPacket;

use crate::{IpProtocol, Sum, Tcp, TcpFlags, Udp};

/// The header of a TCP segment to be built.
///
/// ```
/// use switchlab_wire::{TcpFlags, TcpHeader};
///
/// let syn = TcpHeader {
///     source_port: 40_000,
///     destination_port: 80,
///     flags: TcpFlags::SYN,
///     ..TcpHeader::default()
/// };
/// assert_eq!(syn.window, 65_535);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpHeader<'a> {
    /// The port of the sender.
    pub source_port: u16,
    /// The port of the receiver.
    pub destination_port: u16,
    /// The number of the first octet of the payload.
    pub sequence: u32,
    /// The number of the octet expected next.
    pub acknowledgment: u32,
    /// The control bits.
    pub flags: TcpFlags,
    /// Octets the sender is ready to take; 65 535 by default.
    pub window: u16,
    /// Where urgent data end.
    pub urgent_pointer: u16,
    /// At most 40 octets of options, padded with zeros to a multiple of 4.
    pub options: &'a [u8],
}

impl Default for TcpHeader<'_> {
    fn default() -> Self {
        Self {
            source_port: 0,
            destination_port: 0,
            sequence: 0,
            acknowledgment: 0,
            flags: TcpFlags::NONE,
            window: u16::MAX,
            urgent_pointer: 0,
            options: &[],
        }
    }
}

/// The addresses whose pseudo-header a checksum covers.
#[derive(Clone, Copy)]
pub(super) struct Between {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
}

impl Between {
    fn checksum(self, protocol: IpProtocol, octets: &[u8]) -> u16 {
        let length = octets.len() as u32;
        Sum::pseudo_header(self.source, self.destination, protocol, length)
            .add(octets)
            .finish()
    }
}

/// A UDP datagram.
pub(super) fn udp(
    between: Between,
    source_port: u16,
    destination_port: u16,
    payload: &[u8],
) -> Vec<u8> {
    let mut octets = vec![0; Udp::HEADER_LEN + payload.len()];
    let length =
        u16::try_from(octets.len()).expect("a UDP datagram holds no more than 65535 octets");
    let mut udp = MutableUdpPacket::new(&mut octets).expect("there is room for the header");
    udp.set_source(source_port);
    udp.set_destination(destination_port);
    udp.set_length(length);
    udp.set_payload(payload);
    let checksum = between.checksum(IpProtocol::UDP, &octets);
    let mut udp = MutableUdpPacket::new(&mut octets).expect("there is room for the header");
    udp.set_checksum(Udp::on_the_wire(checksum));
    octets
}

/// A TCP segment.
pub(super) fn tcp(between: Between, header: &TcpHeader<'_>, payload: &[u8]) -> Vec<u8> {
    let TcpHeader {
        source_port,
        destination_port,
        sequence,
        acknowledgment,
        flags,
        window,
        urgent_pointer,
        options,
    } = *header;
    let header_len = Tcp::MIN_HEADER_LEN + padded(options);
    let mut octets = vec![0; header_len + payload.len()];
    octets[Tcp::MIN_HEADER_LEN..][..options.len()].copy_from_slice(options);
    octets[header_len..].copy_from_slice(payload);
    let mut tcp = MutableTcpPacket::new(&mut octets).expect("there is room for the header");
    tcp.set_source(source_port);
    tcp.set_destination(destination_port);
    tcp.set_sequence(sequence);
    tcp.set_acknowledgement(acknowledgment);
    tcp.set_data_offset((header_len / 4) as u8);
    tcp.set_flags(flags.0);
    tcp.set_window(window);
    tcp.set_urgent_ptr(urgent_pointer);
    let checksum = between.checksum(IpProtocol::TCP, &octets);
    let mut tcp = MutableTcpPacket::new(&mut octets).expect("there is room for the header");
    tcp.set_checksum(checksum);
    octets
}

/// An ICMP message, or with `between` an ICMPv6 one: they differ in what the checksum covers.
pub(super) fn icmp(
    between: Option<Between>,
    kind: u8,
    code: u8,
    rest: [u8; 4],
    payload: &[u8],
) -> Vec<u8> {
    let mut octets = [&[0; 4], &rest[..], payload].concat();
    let mut icmp = MutableIcmpPacket::new(&mut octets).expect("there is room for the header");
    icmp.set_icmp_type(PnetIcmpType(kind));
    icmp.set_icmp_code(IcmpCode(code));
    let checksum = match between {
        Some(between) => between.checksum(IpProtocol::ICMPV6, &octets),
        None => crate::checksum(&octets),
    };
    let mut icmp = MutableIcmpPacket::new(&mut octets).expect("there is room for the header");
    icmp.set_checksum(checksum);
    octets
}

/// The length of options after padding to a multiple of 4 octets.
///
/// # Panics
/// If there are more than the 40 octets that IPv4 and TCP have room for.
pub(super) fn padded(options: &[u8]) -> usize {
    assert!(
        options.len() <= 40,
        "a header has room for 40 octets of options, not {}",
        options.len()
    );
    options.len().next_multiple_of(4)
}
