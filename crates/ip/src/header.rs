//! May this packet be read at all? The checks every IPv4 packet has to pass first.

use std::net::Ipv4Addr;

use switchlab_core::DropReason;
use switchlab_wire::{Ethernet, Frame, Ipv4};

/// What a router reads of a packet, copied out once so that the frame is free for rewriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The address of the sender.
    pub source: Ipv4Addr,
    /// The address of the receiver.
    pub destination: Ipv4Addr,
    /// Octets of header and payload together.
    pub total_len: u16,
    /// How many more routers the packet may pass, this one included.
    pub ttl: u8,
    /// Whether no router may fragment the packet.
    pub dont_fragment: bool,
    /// Whether the header is longer than 20 octets.
    pub has_options: bool,
}

impl Header {
    /// The header of a packet that passed [`check`].
    ///
    /// # Panics
    /// If there is no room for it behind the Ethernet header.
    #[must_use]
    #[inline]
    pub fn of(frame: &Frame) -> Self {
        let header =
            frame.octets()[Ethernet::HEADER_LEN..].first_chunk::<{ Ipv4::MIN_HEADER_LEN }>();
        let header = header.expect("a checked packet has its header");
        let address =
            |at: usize| Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]);
        Self {
            source: address(12),
            destination: address(16),
            total_len: u16::from_be_bytes([header[2], header[3]]),
            ttl: header[8],
            dont_fragment: header[6] & 0x40 != 0,
            has_options: header[0] & 0x0f > 5,
        }
    }
}

/// Checks the IPv4 header behind the Ethernet header, and cuts off padding behind the packet.
///
/// RFC 1812, 5.2.2: length, version, header length, total length and header checksum.
///
/// # Errors
/// The reason to drop the packet in silence.
#[inline]
pub fn check(frame: &mut Frame) -> Result<(), DropReason> {
    let packet = frame
        .octets()
        .get(Ethernet::HEADER_LEN..)
        .ok_or(DropReason::Malformed)?;
    let view = Ipv4::parse(packet).map_err(|_| DropReason::HeaderMalformed)?;
    if !view.verify_checksum() {
        return Err(DropReason::HeaderChecksum);
    }
    let end = Ethernet::HEADER_LEN + usize::from(view.total_len());
    if end < frame.len() {
        frame.truncate(end);
    }
    Ok(())
}
