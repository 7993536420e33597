//! Building IPv4 packets.

use std::net::Ipv4Addr;

use pnet_packet::ip::IpNextHeaderProtocol;
use pnet_packet::ipv4::MutableIpv4Packet;

use super::TcpHeader;
use super::upper::{self, Between};
use crate::{Echo, IcmpType, IpProtocol, Ipv4, checksum};

/// Builds IPv4 packets.
///
/// ```
/// use std::net::Ipv4Addr;
/// use switchlab_wire::{Ipv4, Ipv4Builder, Udp};
///
/// let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
/// let packet = Ipv4Builder::new(a, b).ttl(1).udp(40_000, 7, b"hello");
///
/// let view = Ipv4::parse(&packet).unwrap();
/// assert_eq!((view.ttl(), view.verify_checksum()), (1, true));
/// assert_eq!(Udp::parse(view.payload()).unwrap().payload(), b"hello");
/// ```
///
/// # Panics
/// Whatever gives a packet panics if it would be longer than 65 535 octets.
#[derive(Debug, Clone, Copy)]
#[must_use = "a builder builds nothing until it is given a payload"]
pub struct Ipv4Builder<'a> {
    source: Ipv4Addr,
    destination: Ipv4Addr,
    tos: u8,
    identification: u16,
    dont_fragment: bool,
    more_fragments: bool,
    fragment_offset: usize,
    ttl: u8,
    options: &'a [u8],
}

impl<'a> Ipv4Builder<'a> {
    /// Packets from `source` to `destination`, with a time to live of 64 and nothing special.
    pub const fn new(source: Ipv4Addr, destination: Ipv4Addr) -> Self {
        Self {
            source,
            destination,
            tos: 0,
            identification: 0,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset: 0,
            ttl: 64,
            options: &[],
        }
    }

    /// Sets the type of service; 0 by default.
    pub const fn tos(mut self, tos: u8) -> Self {
        self.tos = tos;
        self
    }

    /// Sets the identification; 0 by default.
    pub const fn identification(mut self, identification: u16) -> Self {
        self.identification = identification;
        self
    }

    /// Forbids to fragment the packet.
    pub const fn dont_fragment(mut self) -> Self {
        self.dont_fragment = true;
        self
    }

    /// Makes the packet a fragment whose piece begins at `offset`, in octets.
    ///
    /// The octets of the piece are given as [`payload`](Self::payload).
    ///
    /// # Panics
    /// If the offset is not a multiple of 8 below 65 536.
    pub fn fragment(mut self, offset: usize, more: bool) -> Self {
        assert!(
            offset.is_multiple_of(8) && offset < 1 << 16,
            "no fragment begins at octet {offset}"
        );
        self.fragment_offset = offset;
        self.more_fragments = more;
        self
    }

    /// Sets the time to live; 64 by default.
    pub const fn ttl(mut self, ttl: u8) -> Self {
        self.ttl = ttl;
        self
    }

    /// Sets the options, at most 40 octets, which are padded with zeros to a multiple of 4.
    pub const fn options(mut self, options: &'a [u8]) -> Self {
        self.options = options;
        self
    }

    /// A packet with this protocol and payload.
    #[must_use]
    pub fn payload(&self, protocol: IpProtocol, payload: &[u8]) -> Vec<u8> {
        let Self {
            source,
            destination,
            tos,
            identification,
            dont_fragment,
            more_fragments,
            fragment_offset,
            ttl,
            options,
        } = *self;
        let header_len = Ipv4::MIN_HEADER_LEN + upper::padded(options);
        let mut octets = vec![0; header_len + payload.len()];
        let total_len =
            u16::try_from(octets.len()).expect("an IPv4 packet holds no more than 65535 octets");
        octets[Ipv4::MIN_HEADER_LEN..][..options.len()].copy_from_slice(options);
        octets[header_len..].copy_from_slice(payload);
        let mut ip = MutableIpv4Packet::new(&mut octets).expect("there is room for the header");
        ip.set_version(4);
        ip.set_header_length((header_len / 4) as u8);
        ip.set_dscp(tos >> 2);
        ip.set_ecn(tos & 0b11);
        ip.set_total_length(total_len);
        ip.set_identification(identification);
        ip.set_flags(u8::from(dont_fragment) << 1 | u8::from(more_fragments));
        ip.set_fragment_offset((fragment_offset / 8) as u16);
        ip.set_ttl(ttl);
        ip.set_next_level_protocol(IpNextHeaderProtocol(protocol.0));
        ip.set_source(source);
        ip.set_destination(destination);
        let checksum = checksum(&octets[..header_len]);
        let mut ip = MutableIpv4Packet::new(&mut octets).expect("there is room for the header");
        ip.set_checksum(checksum);
        octets
    }

    /// A packet with a UDP datagram.
    #[must_use]
    pub fn udp(&self, source_port: u16, destination_port: u16, payload: &[u8]) -> Vec<u8> {
        let datagram = upper::udp(self.between(), source_port, destination_port, payload);
        self.payload(IpProtocol::UDP, &datagram)
    }

    /// A packet with a TCP segment.
    #[must_use]
    pub fn tcp(&self, header: &TcpHeader<'_>, payload: &[u8]) -> Vec<u8> {
        self.payload(
            IpProtocol::TCP,
            &upper::tcp(self.between(), header, payload),
        )
    }

    /// A packet with an ICMP message, `rest` being the last four octets of its header.
    #[must_use]
    pub fn icmp(&self, icmp_type: IcmpType, code: u8, rest: [u8; 4], payload: &[u8]) -> Vec<u8> {
        self.payload(
            IpProtocol::ICMP,
            &upper::icmp(None, icmp_type.0, code, rest, payload),
        )
    }

    /// A packet with an echo request.
    #[must_use]
    pub fn echo_request(&self, echo: Echo, payload: &[u8]) -> Vec<u8> {
        self.icmp(IcmpType::ECHO_REQUEST, 0, echo.to_octets(), payload)
    }

    /// A packet with an echo reply.
    #[must_use]
    pub fn echo_reply(&self, echo: Echo, payload: &[u8]) -> Vec<u8> {
        self.icmp(IcmpType::ECHO_REPLY, 0, echo.to_octets(), payload)
    }

    fn between(&self) -> Between {
        Between {
            source: self.source.into(),
            destination: self.destination.into(),
        }
    }
}
