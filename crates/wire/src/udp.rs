//! UDP datagrams, RFC 768.

use std::net::IpAddr;

use crate::field::{set_u16_at, u16_at};
use crate::{IpProtocol, Layer, ParseError, Sum};

/// A checked view of a UDP datagram.
///
/// [`parse`](Self::parse) proves the length; what stands in the buffer behind it is not part of
/// the view.
#[derive(Debug, Clone, Copy)]
pub struct Udp<'a> {
    header: &'a [u8; Udp::HEADER_LEN],
    datagram: &'a [u8],
}

impl<'a> Udp<'a> {
    /// Octets of the header.
    pub const HEADER_LEN: usize = 8;

    /// Checks the header.
    ///
    /// # Errors
    /// The octets end before header or payload do, or the length counts less than the header.
    #[inline]
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let truncated = |needed| ParseError::Truncated {
            layer: Layer::Udp,
            needed,
            got: octets.len(),
        };
        let header: &[u8; Udp::HEADER_LEN] = octets
            .first_chunk()
            .ok_or_else(|| truncated(Self::HEADER_LEN))?;
        let length = u16_at(header, 4);
        if usize::from(length) < Self::HEADER_LEN {
            return Err(ParseError::Field {
                layer: Layer::Udp,
                field: "length",
                value: length.into(),
            });
        }
        let datagram = octets
            .get(..length.into())
            .ok_or_else(|| truncated(length.into()))?;
        Ok(Self { header, datagram })
    }

    /// The port of the sender; 0 if it wants no answer.
    #[must_use]
    #[inline]
    pub fn source_port(&self) -> u16 {
        u16_at(self.header, 0)
    }

    /// The port of the receiver.
    #[must_use]
    #[inline]
    pub fn destination_port(&self) -> u16 {
        u16_at(self.header, 2)
    }

    /// Octets of header and payload together.
    #[must_use]
    #[inline]
    pub fn length(&self) -> u16 {
        u16_at(self.header, 4)
    }

    /// The checksum as it stands there; 0 means that there is none.
    #[must_use]
    #[inline]
    pub fn checksum(&self) -> u16 {
        u16_at(self.header, 6)
    }

    /// Whether the checksum is right between these addresses.
    ///
    /// Without a checksum: yes in IPv4, no in IPv6 (RFC 8200 §8.1), where only tunnels that say so
    /// may leave it out (RFC 6936).
    #[must_use]
    pub fn verify_checksum(&self, source: IpAddr, destination: IpAddr) -> bool {
        if self.checksum() == 0 {
            return source.is_ipv4();
        }
        Sum::pseudo_header(source, destination, IpProtocol::UDP, self.length().into())
            .add(self.datagram)
            .finish()
            == 0
    }

    /// What stands behind the header.
    #[must_use]
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        &self.datagram[Self::HEADER_LEN..]
    }

    /// Writes both ports and keeps the checksum true to them; a missing one stays missing.
    ///
    /// # Panics
    /// If `datagram` is too short to be parsed.
    #[inline]
    pub fn set_ports(datagram: &mut [u8], source: u16, destination: u16) {
        let (old_source, old_destination) = (u16_at(datagram, 0), u16_at(datagram, 2));
        set_u16_at(datagram, 0, source);
        set_u16_at(datagram, 2, destination);
        Self::amend_checksum(datagram, |sum| {
            sum.remove_u16(old_source)
                .remove_u16(old_destination)
                .add_u16(source)
                .add_u16(destination)
        });
    }

    /// Keeps the checksum true to an address that changed in the IP header; a missing checksum
    /// stays missing.
    ///
    /// # Panics
    /// If `datagram` is too short to be parsed.
    #[inline]
    pub fn address_changed(datagram: &mut [u8], old: IpAddr, new: IpAddr) {
        Self::amend_checksum(datagram, |sum| sum.remove_address(old).add_address(new));
    }

    #[inline]
    fn amend_checksum(datagram: &mut [u8], amend: impl FnOnce(Sum) -> Sum) {
        let checksum = u16_at(datagram, 6);
        if checksum != 0 {
            set_u16_at(
                datagram,
                6,
                Self::on_the_wire(amend(Sum::of_checksum(checksum)).finish()),
            );
        }
    }

    /// A computed checksum of 0 is sent as its other representation (RFC 768), for 0 means none.
    #[inline]
    pub(crate) const fn on_the_wire(checksum: u16) -> u16 {
        if checksum == 0 { 0xffff } else { checksum }
    }
}
