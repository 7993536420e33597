//! What a machine answers to a packet for itself that nobody there reads.

use std::net::IpAddr;

use switchlab_core::DropReason;
use switchlab_wire::{
    EthernetBuilder, Frame, IpProtocol, Ipv4, Ipv4Builder, MacAddr, Tcp, TcpFlags, TcpHeader, Udp,
};

use crate::icmp::IcmpError;

/// How a packet that nobody reads is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// With a TCP reset: a frame with room for its Ethernet header.
    Reset(Frame),
    /// With an ICMP error.
    Error(IcmpError),
    /// In silence, for this reason.
    Silent(DropReason),
}

/// Refuses a whole packet other than ICMP: a reset for TCP (RFC 9293, 3.10.7.1), port unreachable for
/// UDP, protocol unreachable for anything else (RFC 1122, 3.2.2.1). What is broken is refused in silence.
#[must_use]
pub fn refuse(packet: &Ipv4<'_>) -> Refusal {
    let (source, destination) = (
        IpAddr::V4(packet.source()),
        IpAddr::V4(packet.destination()),
    );
    match packet.protocol() {
        IpProtocol::TCP => match Tcp::parse(packet.payload()) {
            Err(_) => Refusal::Silent(DropReason::TransportMalformed),
            Ok(tcp) if !tcp.verify_checksum(source, destination) => {
                Refusal::Silent(DropReason::TransportChecksum)
            }
            Ok(tcp) if tcp.flags().contains(TcpFlags::RST) => {
                Refusal::Silent(DropReason::PortClosed)
            }
            Ok(tcp) => Refusal::Reset(reset(packet, &tcp)),
        },
        IpProtocol::UDP => match Udp::parse(packet.payload()) {
            Err(_) => Refusal::Silent(DropReason::TransportMalformed),
            Ok(udp) if !udp.verify_checksum(source, destination) => {
                Refusal::Silent(DropReason::TransportChecksum)
            }
            Ok(_) => Refusal::Error(IcmpError::PortUnreachable),
        },
        // Group membership is every machine's business, even if it does not care.
        IpProtocol::IGMP => Refusal::Silent(DropReason::UnknownProtocol),
        _ => Refusal::Error(IcmpError::ProtocolUnreachable),
    }
}

fn reset(packet: &Ipv4<'_>, tcp: &Tcp<'_>) -> Frame {
    /// Explicit congestion notification is not for a reset.
    const SERVICE: u8 = !0b11;

    let flags = tcp.flags();
    let ends = [TcpFlags::SYN, TcpFlags::FIN].map(|flag| u32::from(flags.contains(flag)));
    let length = tcp.payload().len() as u32 + ends[0] + ends[1];
    let (sequence, acknowledgment, flags) = if flags.contains(TcpFlags::ACK) {
        (tcp.acknowledgment(), 0, TcpFlags::RST)
    } else {
        (
            0,
            tcp.sequence().wrapping_add(length),
            TcpFlags::RST | TcpFlags::ACK,
        )
    };
    let header = TcpHeader {
        source_port: tcp.destination_port(),
        destination_port: tcp.source_port(),
        sequence,
        acknowledgment,
        flags,
        window: 0,
        ..TcpHeader::default()
    };
    let answer = Ipv4Builder::new(packet.destination(), packet.source())
        .tos(packet.tos() & SERVICE)
        .dont_fragment()
        .tcp(&header, &[]);
    EthernetBuilder::new(MacAddr::ZERO, MacAddr::ZERO).packet(&answer)
}
