//! A packet as connection tracking sees it: which flow it names, and what it says to it.

use switchlab_wire::{FlowKey, Icmp, IcmpType, IpProtocol, Ipv4, Tcp, Udp};

use crate::tcp::Segment;
use crate::tuple::{End, Tuple};

/// A packet that can be told to belong to a flow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parcel<'a> {
    pub(crate) tuple: Tuple,
    pub(crate) kind: Kind<'a>,
}

/// What a packet says to its flow.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'a> {
    /// A TCP segment.
    Segment(Segment<'a>),
    /// A UDP datagram.
    Datagram,
    /// An echo request, which may begin a flow.
    Query,
    /// An echo reply, which may not.
    Answer,
    /// An ICMP error about a packet that went the other way.
    Error,
    /// Any other protocol.
    Other,
}

const GRE: IpProtocol = IpProtocol(47);
/// Enhanced GRE (RFC 2637 §4.1) is read by its call identifier, which nobody here knows.
const ENHANCED_GRE: u8 = 1;

impl<'a> Parcel<'a> {
    /// Reads a packet that begins with a sound IPv4 header.
    ///
    /// `None` if no flow should take it for its own: a fragment, a header that contradicts itself, a
    /// wrong checksum, control bits that make no sense, an ICMP message that is neither echo nor error.
    #[inline]
    pub(crate) fn of(packet: &'a [u8]) -> Option<Self> {
        let ip = Ipv4::parse(packet).ok()?;
        if ip.is_fragment() {
            return None;
        }
        let (source, destination) = (ip.source(), ip.destination());
        let between = |protocol, source_port, destination_port| {
            let end = |address, port| End { address, port };
            let (source, destination) =
                (end(source, source_port), end(destination, destination_port));
            Tuple::new(protocol, source, destination)
        };
        match ip.protocol() {
            IpProtocol::TCP => {
                let tcp = Tcp::parse(ip.payload()).ok()?;
                if !tcp.verify_checksum(source.into(), destination.into()) {
                    return None;
                }
                Some(Self {
                    tuple: between(IpProtocol::TCP, tcp.source_port(), tcp.destination_port()),
                    kind: Kind::Segment(Segment::of(&tcp)?),
                })
            }
            IpProtocol::UDP => {
                let udp = Udp::parse(ip.payload()).ok()?;
                if !udp.verify_checksum(source.into(), destination.into()) {
                    return None;
                }
                Some(Self {
                    tuple: between(IpProtocol::UDP, udp.source_port(), udp.destination_port()),
                    kind: Kind::Datagram,
                })
            }
            _ => Self::of_others(packet, &ip),
        }
    }

    #[inline(never)]
    fn of_others(packet: &'a [u8], ip: &Ipv4<'a>) -> Option<Self> {
        let kind = match ip.protocol() {
            IpProtocol::ICMP => Self::icmp(ip)?,
            GRE if ip.payload().get(1)? & 7 == ENHANCED_GRE => return None,
            _ => Kind::Other,
        };
        let tuple = Tuple::of(&FlowKey::of(packet).ok()?)?;
        Some(Self { tuple, kind })
    }

    fn icmp(ip: &Ipv4<'a>) -> Option<Kind<'a>> {
        let icmp = Icmp::parse(ip.payload()).ok()?;
        if !icmp.verify_checksum() {
            return None;
        }
        match icmp.icmp_type() {
            IcmpType::ECHO_REQUEST => Some(Kind::Query),
            IcmpType::ECHO_REPLY => Some(Kind::Answer),
            _ if icmp.is_error() => Some(Kind::Error),
            _ => None,
        }
    }
}
