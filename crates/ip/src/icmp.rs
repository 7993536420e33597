//! ICMP messages a machine makes itself: echo replies and errors, and when an error must not be sent.

use std::net::Ipv4Addr;

use switchlab_wire::{
    EthernetBuilder, Frame, Icmp, IcmpType, IpProtocol, Ipv4, Ipv4Builder, MacAddr,
};

/// An ICMP error and what it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IcmpError {
    /// No route leads to the network (type 3, code 0).
    NetUnreachable,
    /// The host does not answer, or the route says so (type 3, code 1).
    HostUnreachable,
    /// Nobody reads this protocol (type 3, code 2).
    ProtocolUnreachable,
    /// Nobody listens on the port (type 3, code 3).
    PortUnreachable,
    /// The next address of a strict source route is not next door (type 3, code 5).
    SourceRouteFailed,
    /// The packet would have to be cut and may not (type 3, code 4). RFC 1191.
    FragmentationNeeded {
        /// MTU of the next hop.
        mtu: u16,
    },
    /// The administrator forbids it (type 3, code 13).
    Prohibited,
    /// There is a better first hop (type 5, code 1).
    Redirect {
        /// The better hop.
        gateway: Ipv4Addr,
    },
    /// The packet made too many hops (type 11, code 0).
    TtlExpired,
    /// Fragments did not come in time (type 11, code 1).
    ReassemblyTimeout,
    /// An octet of the header makes no sense (type 12, code 0).
    ParameterProblem {
        /// Which octet.
        pointer: u8,
    },
}

impl IcmpError {
    /// Type, code and the second word of the message.
    #[must_use]
    pub const fn parts(self) -> (IcmpType, u8, [u8; 4]) {
        let unreachable = IcmpType::DESTINATION_UNREACHABLE;
        match self {
            Self::NetUnreachable => (unreachable, 0, [0; 4]),
            Self::HostUnreachable => (unreachable, 1, [0; 4]),
            Self::ProtocolUnreachable => (unreachable, 2, [0; 4]),
            Self::PortUnreachable => (unreachable, 3, [0; 4]),
            Self::FragmentationNeeded { mtu } => {
                let [high, low] = mtu.to_be_bytes();
                (unreachable, 4, [0, 0, high, low])
            }
            Self::SourceRouteFailed => (unreachable, 5, [0; 4]),
            Self::Prohibited => (unreachable, 13, [0; 4]),
            Self::Redirect { gateway } => (IcmpType::REDIRECT, 1, gateway.octets()),
            Self::TtlExpired => (IcmpType::TIME_EXCEEDED, 0, [0; 4]),
            Self::ReassemblyTimeout => (IcmpType::TIME_EXCEEDED, 1, [0; 4]),
            Self::ParameterProblem { pointer } => {
                (IcmpType::PARAMETER_PROBLEM, 0, [pointer, 0, 0, 0])
            }
        }
    }
}

/// An ICMP error is at most this long, IP header included. RFC 1812, 4.3.2.3.
pub const LONGEST_ERROR: usize = 576;
/// Internetwork control: the precedence of errors. RFC 1812, 4.3.2.5.
const ERROR_PRECEDENCE: u8 = 0xc0;
/// The highest ICMP type that Linux knows; what lies beyond draws no error.
const HIGHEST_TYPE: u8 = 18;

/// Whether an error may be sent about a packet at all. RFC 1122, 3.2.2; RFC 1812, 4.3.2.7.
///
/// Not about an ICMP error or an ICMP message of unknown type, not about a fragment other than the
/// first, not to or about a group, broadcast, loopback or unset address. (The caller knows which
/// broadcast addresses belong to its own nets.)
#[must_use]
pub fn may_draw_error(packet: &Ipv4<'_>) -> bool {
    let source = packet.source();
    if source.is_multicast()
        || source.is_broadcast()
        || source.is_unspecified()
        || source.is_loopback()
    {
        return false;
    }
    if packet.destination().is_multicast()
        || packet.destination().is_broadcast()
        || packet.fragment_offset() > 0
    {
        return false;
    }
    if packet.protocol() != IpProtocol::ICMP {
        return true;
    }
    // The type is the first octet; a message cut short before it tells nothing.
    packet
        .payload()
        .first()
        .is_some_and(|kind| !IcmpType(*kind).is_error() && *kind <= HIGHEST_TYPE)
}

/// Makes an ICMP error about a packet, as a frame with room for its Ethernet header.
///
/// It goes to the packet's source, and quotes as much of the packet as fits into `longest` octets of
/// IP packet, at most [`LONGEST_ERROR`].
#[must_use]
pub fn icmp_error(
    error: IcmpError,
    from: Ipv4Addr,
    identification: u16,
    about: &Ipv4<'_>,
    longest: usize,
) -> Frame {
    const HEADERS: usize = Ipv4::MIN_HEADER_LEN + Icmp::HEADER_LEN;
    let (icmp_type, code, rest) = error.parts();
    let quoted = about.octets();
    let room = longest.min(LONGEST_ERROR).saturating_sub(HEADERS);
    let packet = Ipv4Builder::new(from, about.source())
        .tos(about.tos() & 0x1e | ERROR_PRECEDENCE)
        .identification(identification)
        .icmp(icmp_type, code, rest, &quoted[..quoted.len().min(room)]);
    EthernetBuilder::new(MacAddr::ZERO, MacAddr::ZERO).packet(&packet)
}

/// Makes the reply to an echo request, as a frame with room for its Ethernet header; `None` if the
/// message is no sound echo request. RFC 1122, 3.2.2.6.
#[must_use]
pub fn echo_reply(request: &Ipv4<'_>, identification: u16) -> Option<Frame> {
    let icmp = Icmp::parse(request.payload()).ok()?;
    if icmp.icmp_type() != IcmpType::ECHO_REQUEST || !icmp.verify_checksum() {
        return None;
    }
    let packet = Ipv4Builder::new(request.destination(), request.source())
        .tos(request.tos())
        .identification(identification)
        .icmp(
            IcmpType::ECHO_REPLY,
            icmp.code(),
            icmp.rest_of_header(),
            icmp.payload(),
        );
    Some(EthernetBuilder::new(MacAddr::ZERO, MacAddr::ZERO).packet(&packet))
}
