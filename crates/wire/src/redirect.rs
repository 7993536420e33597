//! Another address and port for one end of a packet, the short way that nearly every packet can go.

use std::net::Ipv4Addr;

use crate::field::{array_at, set_u16_at, u16_at};
use crate::{IpProtocol, Ipv4, Sum, Udp};

/// One end of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who sends.
    Source,
    /// Who receives.
    Destination,
}

/// Rewrites one end of a TCP or UDP packet over IPv4, as [`translate`](crate::translate) would with a
/// key that differs in nothing else.
///
/// The packet must be one that [`FlowKey::of`](crate::FlowKey::of) can read. `false` says that it has to go
/// that long way, and is unchanged: it has IP options, or is a fragment or of another protocol.
///
/// ```
/// use std::net::Ipv4Addr;
/// use switchlab_wire::{FlowKey, Ipv4Builder, Side, redirect};
///
/// let (client, server) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 80));
/// let mut packet = Ipv4Builder::new(client, server).udp(40_000, 53, b"?");
/// assert!(redirect(&mut packet, Side::Destination, Ipv4Addr::new(10, 0, 0, 81), 5353));
/// assert_eq!(FlowKey::of(&packet).unwrap().to_string(), "UDP 10.0.0.2:40000 > 10.0.0.81:5353");
/// ```
#[inline]
#[must_use]
pub fn redirect(packet: &mut [u8], side: Side, address: Ipv4Addr, port: u16) -> bool {
    const MESSAGE: usize = Ipv4::MIN_HEADER_LEN;

    let Some(header) = packet.first_chunk::<MESSAGE>() else {
        return false;
    };
    let has_options = header[0] != 0x45;
    let is_fragment = u16_at(header, 6) & 0x3fff != 0;
    let is_udp = header[9] == IpProtocol::UDP.0;
    if has_options || is_fragment || !(is_udp || header[9] == IpProtocol::TCP.0) {
        return false;
    }
    let checksum_at = MESSAGE + if is_udp { 6 } else { 16 };
    if packet.len() < checksum_at + 2 {
        return false;
    }
    let (address_at, port_at) = match side {
        Side::Source => (12, MESSAGE),
        Side::Destination => (16, MESSAGE + 2),
    };
    let old = u32::from_be_bytes(array_at(packet, address_at));
    let old_port = u16_at(packet, port_at);
    let readdressed = |sum: Sum| sum.remove_u32(old).add_u32(address.to_bits());
    packet[address_at..address_at + 4].copy_from_slice(&address.octets());
    set_u16_at(packet, port_at, port);
    if old != address.to_bits() {
        let sum = readdressed(Sum::of_checksum(u16_at(packet, 10)));
        set_u16_at(packet, 10, sum.finish());
    }
    let message = u16_at(packet, checksum_at);
    let is_missing = is_udp && message == 0;
    if !is_missing {
        let sum = readdressed(Sum::of_checksum(message))
            .remove_u16(old_port)
            .add_u16(port);
        let sum = if is_udp {
            Udp::on_the_wire(sum.finish())
        } else {
            sum.finish()
        };
        set_u16_at(packet, checksum_at, sum);
    }
    true
}
