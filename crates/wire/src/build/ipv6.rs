//! Building IPv6 packets.

use std::net::Ipv6Addr;

use pnet_packet::ip::IpNextHeaderProtocol;
use pnet_packet::ipv6::MutableIpv6Packet;

use super::TcpHeader;
use super::upper::{self, Between};
use crate::{Echo, Icmpv6Type, IpProtocol, Ipv6};

/// Builds IPv6 packets.
///
/// ```
/// use std::net::Ipv6Addr;
/// use switchlab_wire::{Icmpv6, IpProtocol, Ipv6, Ipv6Builder};
///
/// let (a, b): (Ipv6Addr, Ipv6Addr) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
/// let padding = [0, 0, 1, 4, 0, 0, 0, 0];
/// let packet = Ipv6Builder::new(a, b)
///     .extension(IpProtocol::DESTINATION_OPTIONS, &padding)
///     .echo_request(Default::default(), b"ping");
///
/// let upper = Ipv6::parse(&packet).unwrap().upper_layer().unwrap();
/// assert_eq!((upper.protocol, upper.offset), (IpProtocol::ICMPV6, 48));
/// assert!(Icmpv6::parse(upper.payload).unwrap().verify_checksum(a, b));
/// ```
///
/// # Panics
/// Whatever gives a packet panics if more than 65 535 octets would follow the fixed header.
#[derive(Debug, Clone)]
#[must_use = "a builder builds nothing until it is given a payload"]
pub struct Ipv6Builder {
    source: Ipv6Addr,
    destination: Ipv6Addr,
    final_destination: Ipv6Addr,
    traffic_class: u8,
    flow_label: u32,
    hop_limit: u8,
    extensions: Vec<(IpProtocol, Vec<u8>)>,
}

impl Ipv6Builder {
    /// Packets from `source` to `destination`, with a hop limit of 64 and nothing special.
    pub const fn new(source: Ipv6Addr, destination: Ipv6Addr) -> Self {
        Self {
            source,
            destination,
            final_destination: destination,
            traffic_class: 0,
            flow_label: 0,
            hop_limit: 64,
            extensions: Vec::new(),
        }
    }

    /// Sets the traffic class; 0 by default.
    pub const fn traffic_class(mut self, traffic_class: u8) -> Self {
        self.traffic_class = traffic_class;
        self
    }

    /// Sets the flow label, of which the low 20 bits are used; 0 by default.
    pub const fn flow_label(mut self, flow_label: u32) -> Self {
        self.flow_label = flow_label & 0x000f_ffff;
        self
    }

    /// Sets the hop limit; 64 by default.
    pub const fn hop_limit(mut self, hop_limit: u8) -> Self {
        self.hop_limit = hop_limit;
        self
    }

    /// Appends an extension header, as it stands on the wire but for its first octet, the next
    /// header, which is filled in.
    pub fn extension(mut self, kind: IpProtocol, header: &[u8]) -> Self {
        self.extensions.push((kind, header.to_vec()));
        self
    }

    /// Appends a fragment header: this packet is the piece that begins at `offset`, in octets.
    ///
    /// The octets of the piece are given as [`payload`](Self::payload).
    ///
    /// # Panics
    /// If the offset is not a multiple of 8 below 65 536.
    pub fn fragment(self, offset: usize, more: bool, identification: u32) -> Self {
        assert!(
            offset.is_multiple_of(8) && offset < 1 << 16,
            "no fragment begins at octet {offset}"
        );
        let mut header = [0; 8];
        header[2..4].copy_from_slice(&(offset as u16 | u16::from(more)).to_be_bytes());
        header[4..8].copy_from_slice(&identification.to_be_bytes());
        self.extension(IpProtocol::FRAGMENT, &header)
    }

    /// Appends a segment routing header (RFC 8754 §2): the packet still has to visit `segments`, in
    /// this order, after its destination.
    ///
    /// # Panics
    /// If there are no segments, or more than 127.
    pub fn segments(mut self, segments: &[Ipv6Addr]) -> Self {
        let count = u8::try_from(segments.len())
            .ok()
            .filter(|count| (1..128).contains(count));
        let count = count.expect("a routing header has room for 1 to 127 segments");
        self.final_destination = segments[segments.len() - 1];
        let mut header = vec![0, 2 * count, 4, count, count - 1, 0, 0, 0];
        header.extend(segments.iter().rev().flat_map(Ipv6Addr::octets));
        self.extension(IpProtocol::ROUTING, &header)
    }

    /// A packet with this protocol and payload behind the extension headers.
    #[must_use]
    pub fn payload(&self, protocol: IpProtocol, payload: &[u8]) -> Vec<u8> {
        let mut octets = vec![0; Ipv6::HEADER_LEN];
        // Each header names the kind of the one that follows it.
        let mut next_header_at = 6;
        for (kind, header) in &self.extensions {
            octets[next_header_at] = kind.0;
            next_header_at = octets.len();
            octets.extend_from_slice(header);
        }
        octets[next_header_at] = protocol.0;
        octets.extend_from_slice(payload);
        let first = octets[6];
        let payload_len = u16::try_from(octets.len() - Ipv6::HEADER_LEN)
            .expect("an IPv6 packet holds no more than 65535 octets behind its header");
        let mut ip = MutableIpv6Packet::new(&mut octets).expect("there is room for the header");
        ip.set_version(6);
        ip.set_traffic_class(self.traffic_class);
        ip.set_flow_label(self.flow_label);
        ip.set_payload_length(payload_len);
        ip.set_next_header(IpNextHeaderProtocol(first));
        ip.set_hop_limit(self.hop_limit);
        ip.set_source(self.source);
        ip.set_destination(self.destination);
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

    /// A packet with an ICMPv6 message, `rest` being the last four octets of its header.
    #[must_use]
    pub fn icmpv6(
        &self,
        icmp_type: Icmpv6Type,
        code: u8,
        rest: [u8; 4],
        payload: &[u8],
    ) -> Vec<u8> {
        let message = upper::icmp(Some(self.between()), icmp_type.0, code, rest, payload);
        self.payload(IpProtocol::ICMPV6, &message)
    }

    /// A packet with an echo request.
    #[must_use]
    pub fn echo_request(&self, echo: Echo, payload: &[u8]) -> Vec<u8> {
        self.icmpv6(Icmpv6Type::ECHO_REQUEST, 0, echo.to_octets(), payload)
    }

    /// A packet with an echo reply.
    #[must_use]
    pub fn echo_reply(&self, echo: Echo, payload: &[u8]) -> Vec<u8> {
        self.icmpv6(Icmpv6Type::ECHO_REPLY, 0, echo.to_octets(), payload)
    }

    fn between(&self) -> Between {
        Between {
            source: self.source.into(),
            destination: self.final_destination.into(),
        }
    }
}
