//! TCP segments, RFC 9293.

use std::fmt;
use std::net::IpAddr;
use std::ops::BitOr;

use crate::field::{set_u16_at, u16_at, u32_at};
use crate::{IpProtocol, Layer, ParseError, Sum};

/// The control bits of a TCP segment, RFC 9293 §3.1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No flag at all.
    pub const NONE: Self = Self(0);
    /// The sender is done sending.
    pub const FIN: Self = Self(0x01);
    /// Opens a connection.
    pub const SYN: Self = Self(0x02);
    /// Resets the connection.
    pub const RST: Self = Self(0x04);
    /// Push to the application now.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgment number counts.
    pub const ACK: Self = Self(0x10);
    /// The urgent pointer counts.
    pub const URG: Self = Self(0x20);
    /// Congestion was experienced (RFC 3168 §6.1).
    pub const ECE: Self = Self(0x40);
    /// The congestion window was reduced (RFC 3168 §6.1).
    pub const CWR: Self = Self(0x80);

    /// Whether all of `flags` are set.
    #[must_use]
    #[inline]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether one of `flags` at least is set.
    #[must_use]
    #[inline]
    pub const fn intersects(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }
}

impl BitOr for TcpFlags {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
        let mut between = "";
        for (bit, name) in names.iter().enumerate() {
            if self.0 & 1 << bit != 0 {
                write!(f, "{between}{name}")?;
                between = " ";
            }
        }
        if between.is_empty() {
            f.write_str("no flags")
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A checked view of a TCP segment.
///
/// [`parse`](Self::parse) proves the data offset; nothing read later can fail.
#[derive(Debug, Clone, Copy)]
pub struct Tcp<'a> {
    header: &'a [u8; Tcp::MIN_HEADER_LEN],
    segment: &'a [u8],
}

impl<'a> Tcp<'a> {
    /// Octets of a header without options.
    pub const MIN_HEADER_LEN: usize = 20;

    /// Checks the header.
    ///
    /// # Errors
    /// The segment ends before its header does, or the data offset is below 20 octets.
    #[inline]
    pub fn parse(segment: &'a [u8]) -> Result<Self, ParseError> {
        let truncated = |needed| ParseError::Truncated {
            layer: Layer::Tcp,
            needed,
            got: segment.len(),
        };
        let header = segment
            .first_chunk()
            .ok_or_else(|| truncated(Self::MIN_HEADER_LEN))?;
        let view = Self { header, segment };
        let header_len = view.header_len();
        if header_len < Self::MIN_HEADER_LEN {
            let value = u32::from(header[12] >> 4);
            return Err(ParseError::Field {
                layer: Layer::Tcp,
                field: "data offset",
                value,
            });
        }
        if segment.len() < header_len {
            return Err(truncated(header_len));
        }
        Ok(view)
    }

    /// The port of the sender.
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

    /// The number of the first octet of the payload, or of the SYN in front of it.
    #[must_use]
    #[inline]
    pub fn sequence(&self) -> u32 {
        u32_at(self.header, 4)
    }

    /// The number of the octet expected next, if [`TcpFlags::ACK`] is set.
    #[must_use]
    #[inline]
    pub fn acknowledgment(&self) -> u32 {
        u32_at(self.header, 8)
    }

    /// Octets of the header with its options, 20 to 60.
    #[must_use]
    #[inline]
    pub fn header_len(&self) -> usize {
        usize::from(self.header[12] >> 4) * 4
    }

    /// The control bits.
    #[must_use]
    #[inline]
    pub fn flags(&self) -> TcpFlags {
        TcpFlags(self.header[13])
    }

    /// Octets the sender is ready to take, before window scaling.
    #[must_use]
    #[inline]
    pub fn window(&self) -> u16 {
        u16_at(self.header, 14)
    }

    /// The checksum as it stands there.
    #[must_use]
    #[inline]
    pub fn checksum(&self) -> u16 {
        u16_at(self.header, 16)
    }

    /// Where urgent data end, if [`TcpFlags::URG`] is set.
    #[must_use]
    #[inline]
    pub fn urgent_pointer(&self) -> u16 {
        u16_at(self.header, 18)
    }

    /// Whether the checksum is right between these addresses.
    #[must_use]
    pub fn verify_checksum(&self, source: IpAddr, destination: IpAddr) -> bool {
        let length = self.segment.len() as u32;
        Sum::pseudo_header(source, destination, IpProtocol::TCP, length)
            .add(self.segment)
            .finish()
            == 0
    }

    /// The options with their padding, a multiple of 4 octets.
    #[must_use]
    #[inline]
    pub fn options(&self) -> &'a [u8] {
        &self.segment[Self::MIN_HEADER_LEN..self.header_len()]
    }

    /// What stands behind the header.
    #[must_use]
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        &self.segment[self.header_len()..]
    }

    /// Writes both ports and keeps the checksum true to them.
    ///
    /// # Panics
    /// If `segment` is too short to be parsed.
    #[inline]
    pub fn set_ports(segment: &mut [u8], source: u16, destination: u16) {
        let (old_source, old_destination) = (u16_at(segment, 0), u16_at(segment, 2));
        set_u16_at(segment, 0, source);
        set_u16_at(segment, 2, destination);
        Self::amend_checksum(segment, |sum| {
            sum.remove_u16(old_source)
                .remove_u16(old_destination)
                .add_u16(source)
                .add_u16(destination)
        });
    }

    /// Keeps the checksum true to an address that changed in the IP header.
    ///
    /// # Panics
    /// If `segment` is too short to be parsed.
    #[inline]
    pub fn address_changed(segment: &mut [u8], old: IpAddr, new: IpAddr) {
        Self::amend_checksum(segment, |sum| sum.remove_address(old).add_address(new));
    }

    #[inline]
    fn amend_checksum(segment: &mut [u8], amend: impl FnOnce(Sum) -> Sum) {
        let checksum = amend(Sum::of_checksum(u16_at(segment, 16))).finish();
        set_u16_at(segment, 16, checksum);
    }
}
