//! ICMP messages, RFC 792.

use std::fmt;

use crate::field::{array_at, u16_at};
use crate::{Ipv4, Layer, ParseError, checksum};

/// The kind of an ICMP message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IcmpType(pub u8);

impl IcmpType {
    /// Answer to an echo request.
    pub const ECHO_REPLY: Self = Self(0);
    /// The packet could not be delivered; the code says why.
    pub const DESTINATION_UNREACHABLE: Self = Self(3);
    /// Please send more slowly; deprecated by RFC 6633.
    pub const SOURCE_QUENCH: Self = Self(4);
    /// There is a better next hop.
    pub const REDIRECT: Self = Self(5);
    /// Are you there?
    pub const ECHO_REQUEST: Self = Self(8);
    /// The time to live, or the time for reassembly, ran out.
    pub const TIME_EXCEEDED: Self = Self(11);
    /// The header of the packet made no sense.
    pub const PARAMETER_PROBLEM: Self = Self(12);

    /// Whether messages of this kind quote the packet they are about (RFC 1122 §3.2.2).
    #[must_use]
    #[inline]
    pub const fn is_error(self) -> bool {
        matches!(
            self,
            Self::DESTINATION_UNREACHABLE
                | Self::SOURCE_QUENCH
                | Self::REDIRECT
                | Self::TIME_EXCEEDED
                | Self::PARAMETER_PROBLEM
        )
    }
}

impl fmt::Display for IcmpType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::ECHO_REPLY => "echo reply",
            Self::DESTINATION_UNREACHABLE => "destination unreachable",
            Self::SOURCE_QUENCH => "source quench",
            Self::REDIRECT => "redirect",
            Self::ECHO_REQUEST => "echo request",
            Self::TIME_EXCEEDED => "time exceeded",
            Self::PARAMETER_PROBLEM => "parameter problem",
            Self(number) => return write!(f, "ICMP type {number}"),
        })
    }
}

impl fmt::Debug for IcmpType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What tells one echo from another, in ICMP and ICMPv6 alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Echo {
    /// The same for all requests of one sender.
    pub identifier: u16,
    /// Counts the requests.
    pub sequence: u16,
}

impl Echo {
    /// Reads the rest of an echo's header.
    #[must_use]
    #[inline]
    pub fn from_octets(rest: [u8; 4]) -> Self {
        Self {
            identifier: u16_at(&rest, 0),
            sequence: u16_at(&rest, 2),
        }
    }

    /// The rest of an echo's header.
    #[must_use]
    #[inline]
    pub const fn to_octets(self) -> [u8; 4] {
        ((self.identifier as u32) << 16 | self.sequence as u32).to_be_bytes()
    }
}

/// A checked view of an ICMP message.
#[derive(Debug, Clone, Copy)]
pub struct Icmp<'a> {
    header: &'a [u8; Icmp::HEADER_LEN],
    message: &'a [u8],
}

impl<'a> Icmp<'a> {
    /// Octets in front of the payload.
    pub const HEADER_LEN: usize = 8;

    /// Checks that the header is there.
    ///
    /// # Errors
    /// [`ParseError::Truncated`] if it is not.
    #[inline]
    pub fn parse(message: &'a [u8]) -> Result<Self, ParseError> {
        let header = message.first_chunk().ok_or(ParseError::Truncated {
            layer: Layer::Icmp,
            needed: Self::HEADER_LEN,
            got: message.len(),
        })?;
        Ok(Self { header, message })
    }

    /// The kind of message.
    #[must_use]
    #[inline]
    pub fn icmp_type(&self) -> IcmpType {
        IcmpType(self.header[0])
    }

    /// What the kind leaves open.
    #[must_use]
    #[inline]
    pub fn code(&self) -> u8 {
        self.header[1]
    }

    /// The checksum as it stands there.
    #[must_use]
    #[inline]
    pub fn checksum(&self) -> u16 {
        u16_at(self.header, 2)
    }

    /// Whether the checksum is right. Meaningless in a fragment.
    #[must_use]
    #[inline]
    pub fn verify_checksum(&self) -> bool {
        checksum(self.message) == 0
    }

    /// The four octets whose meaning depends on the type.
    #[must_use]
    #[inline]
    pub fn rest_of_header(&self) -> [u8; 4] {
        array_at(self.header, 4)
    }

    /// What stands behind the header.
    #[must_use]
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        &self.message[Self::HEADER_LEN..]
    }

    /// Whether this is an error message, which quotes a packet.
    #[must_use]
    #[inline]
    pub fn is_error(&self) -> bool {
        self.icmp_type().is_error()
    }

    /// Identifier and sequence number, in an echo request or reply.
    #[must_use]
    #[inline]
    pub fn echo(&self) -> Option<Echo> {
        matches!(
            self.icmp_type(),
            IcmpType::ECHO_REQUEST | IcmpType::ECHO_REPLY
        )
        .then(|| Echo::from_octets(self.rest_of_header()))
    }

    /// The start of the packet an error message is about; `None` in other messages.
    ///
    /// # Errors
    /// As [`Ipv4::parse_quoted`].
    pub fn quoted(&self) -> Option<Result<Ipv4<'a>, ParseError>> {
        self.is_error().then(|| Ipv4::parse_quoted(self.payload()))
    }

    /// The largest packet the next hop takes, in a destination unreachable of code 4 (RFC 1191
    /// §4); 0 from routers that do not tell.
    #[must_use]
    pub fn next_hop_mtu(&self) -> Option<u16> {
        let fragmentation_needed =
            self.icmp_type() == IcmpType::DESTINATION_UNREACHABLE && self.code() == 4;
        fragmentation_needed.then(|| u16_at(self.header, 6))
    }
}
