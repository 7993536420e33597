//! May this packet be read at all? The checks every IPv4 packet has to pass first.

use switchlab_core::DropReason;
use switchlab_wire::{Ethernet, Frame, Ipv4};

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
