//! IPv4 headers, RFC 791.

use std::net::Ipv4Addr;

use crate::field::{array_at, set_u16_at, u16_at};
use crate::{IpProtocol, Layer, ParseError, checksum, checksum_update, checksum_update_u32};

/// A checked view of an IPv4 packet.
///
/// [`parse`](Self::parse) proves version, header length and total length; nothing read later can
/// fail. What stands in the buffer behind the total length is padding and not part of the view.
#[derive(Debug, Clone, Copy)]
pub struct Ipv4<'a> {
    header: &'a [u8; Ipv4::MIN_HEADER_LEN],
    /// The packet from its header on, without padding.
    packet: &'a [u8],
}

impl<'a> Ipv4<'a> {
    /// Octets of a header without options.
    pub const MIN_HEADER_LEN: usize = 20;

    /// Checks everything but the [checksum](Self::verify_checksum).
    ///
    /// # Errors
    /// Another version, a header length below 20 octets, a total length below the header length,
    /// or a buffer that ends before the packet does.
    #[inline]
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let view = Self::parse_quoted(octets)?;
        let needed = usize::from(view.total_len());
        if octets.len() < needed {
            return Err(ParseError::Truncated {
                layer: Layer::Ipv4,
                needed,
                got: octets.len(),
            });
        }
        Ok(view)
    }

    /// The view of a packet that [`parse`](Self::parse) has accepted before: nothing is judged again.
    ///
    /// # Panics
    /// Here or in what is read later, if the packet was never accepted.
    #[must_use]
    #[inline]
    pub fn accepted(octets: &'a [u8]) -> Self {
        let header = octets
            .first_chunk()
            .expect("an accepted packet holds its header");
        let end = usize::from(u16_at(header, 2));
        Self {
            header,
            packet: &octets[..end],
        }
    }

    /// As [`parse`](Self::parse), but the payload may be cut short, as ICMP errors quote it.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), except that the buffer need only hold the header.
    #[inline]
    pub fn parse_quoted(octets: &'a [u8]) -> Result<Self, ParseError> {
        let truncated = |needed| ParseError::Truncated {
            layer: Layer::Ipv4,
            needed,
            got: octets.len(),
        };
        let wrong = |field, value| ParseError::Field {
            layer: Layer::Ipv4,
            field,
            value,
        };
        let header: &[u8; Ipv4::MIN_HEADER_LEN] = octets
            .first_chunk()
            .ok_or_else(|| truncated(Self::MIN_HEADER_LEN))?;
        if header[0] >> 4 != 4 {
            return Err(wrong("version", u32::from(header[0] >> 4)));
        }
        let mut view = Self {
            header,
            packet: octets,
        };
        let (header_len, total_len) = (view.header_len(), usize::from(view.total_len()));
        if header_len < Self::MIN_HEADER_LEN {
            return Err(wrong("header length", u32::from(header[0] & 0x0f)));
        }
        if total_len < header_len {
            return Err(wrong("total length", view.total_len().into()));
        }
        if octets.len() < header_len {
            return Err(truncated(header_len));
        }
        view.packet = &octets[..total_len.min(octets.len())];
        Ok(view)
    }

    /// Octets of the header with its options, 20 to 60.
    #[must_use]
    #[inline]
    pub fn header_len(&self) -> usize {
        usize::from(self.header[0] & 0x0f) * 4
    }

    /// Type of service: differentiated services and congestion notification (RFC 2474, RFC 3168).
    #[must_use]
    #[inline]
    pub fn tos(&self) -> u8 {
        self.header[1]
    }

    /// Octets of header and payload together, as the header says.
    #[must_use]
    #[inline]
    pub fn total_len(&self) -> u16 {
        u16_at(self.header, 2)
    }

    /// What the fragments of one packet have in common.
    #[must_use]
    #[inline]
    pub fn identification(&self) -> u16 {
        u16_at(self.header, 4)
    }

    /// Whether no router may fragment the packet.
    #[must_use]
    #[inline]
    pub fn dont_fragment(&self) -> bool {
        self.header[6] & 0x40 != 0
    }

    /// Whether fragments follow this one.
    #[must_use]
    #[inline]
    pub fn more_fragments(&self) -> bool {
        self.header[6] & 0x20 != 0
    }

    /// Where in the whole payload this fragment's begins, in octets.
    #[must_use]
    #[inline]
    pub fn fragment_offset(&self) -> usize {
        usize::from(u16_at(self.header, 6) & 0x1fff) * 8
    }

    /// Whether this is a fragment, the first one included.
    #[must_use]
    #[inline]
    pub fn is_fragment(&self) -> bool {
        u16_at(self.header, 6) & 0x3fff != 0
    }

    /// How many more routers the packet may pass, this one included.
    #[must_use]
    #[inline]
    pub fn ttl(&self) -> u8 {
        self.header[8]
    }

    /// What the packet carries.
    #[must_use]
    #[inline]
    pub fn protocol(&self) -> IpProtocol {
        IpProtocol(self.header[9])
    }

    /// The header checksum as it stands there.
    #[must_use]
    #[inline]
    pub fn checksum(&self) -> u16 {
        u16_at(self.header, 10)
    }

    /// Whether the header checksum is right.
    #[must_use]
    #[inline]
    pub fn verify_checksum(&self) -> bool {
        match self.header_len() {
            // Nearly always, and then the length is known when this is compiled.
            Self::MIN_HEADER_LEN => checksum(self.header) == 0,
            len => checksum(&self.packet[..len]) == 0,
        }
    }

    /// The address of the sender.
    #[must_use]
    #[inline]
    pub fn source(&self) -> Ipv4Addr {
        Ipv4Addr::from(array_at::<4>(self.header, 12))
    }

    /// The address of the receiver.
    #[must_use]
    #[inline]
    pub fn destination(&self) -> Ipv4Addr {
        Ipv4Addr::from(array_at::<4>(self.header, 16))
    }

    /// The options with their padding, a multiple of 4 octets.
    #[must_use]
    #[inline]
    pub fn options(&self) -> &'a [u8] {
        &self.packet[Self::MIN_HEADER_LEN..self.header_len()]
    }

    /// What stands behind the header, without padding.
    #[must_use]
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        &self.packet[self.header_len()..]
    }

    /// Header and payload, without padding.
    #[must_use]
    #[inline]
    pub fn octets(&self) -> &'a [u8] {
        self.packet
    }

    /// Takes one from the time to live, which stays 0 once it is, and gives what is left.
    ///
    /// # Panics
    /// As do all functions that rewrite: if `packet` is too short to be parsed.
    #[inline]
    pub fn decrement_ttl(packet: &mut [u8]) -> u8 {
        // As one number: reading back an octet just written would stall the processor.
        let old = u16_at(packet, 8);
        let new = old.saturating_sub(0x0100).max(old & 0x00ff);
        set_u16_at(packet, 8, new);
        set_u16_at(packet, 10, checksum_update(u16_at(packet, 10), old, new));
        (new >> 8) as u8
    }

    /// Writes the source address and keeps the header checksum true to it.
    ///
    /// Checksums of upper layers cover the address too: see [`translate`](crate::translate).
    ///
    /// # Panics
    /// If `packet` is too short to be parsed.
    #[inline]
    pub fn set_source(packet: &mut [u8], source: Ipv4Addr) {
        Self::set_address(packet, 12, source);
    }

    /// Writes the destination address and keeps the header checksum true to it.
    ///
    /// Checksums of upper layers cover the address too: see [`translate`](crate::translate).
    ///
    /// # Panics
    /// If `packet` is too short to be parsed.
    #[inline]
    pub fn set_destination(packet: &mut [u8], destination: Ipv4Addr) {
        Self::set_address(packet, 16, destination);
    }

    #[inline]
    fn set_address(packet: &mut [u8], at: usize, address: Ipv4Addr) {
        let old = u32::from_be_bytes(array_at(packet, at));
        packet[at..at + 4].copy_from_slice(&address.octets());
        let checksum = u16_at(packet, 10);
        set_u16_at(
            packet,
            10,
            checksum_update_u32(checksum, old, address.to_bits()),
        );
    }
}
