//! ICMPv6 messages, RFC 4443.

use std::fmt;
use std::net::Ipv6Addr;

use crate::field::{array_at, u16_at, u32_at};
use crate::{Echo, IpProtocol, Ipv6, Layer, ParseError, Sum};

/// The kind of an ICMPv6 message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmpv6Type(pub u8);

impl Icmpv6Type {
    /// The packet could not be delivered; the code says why.
    pub const DESTINATION_UNREACHABLE: Self = Self(1);
    /// The packet is larger than the next link takes.
    pub const PACKET_TOO_BIG: Self = Self(2);
    /// The hop limit, or the time for reassembly, ran out.
    pub const TIME_EXCEEDED: Self = Self(3);
    /// A header of the packet made no sense.
    pub const PARAMETER_PROBLEM: Self = Self(4);
    /// Are you there?
    pub const ECHO_REQUEST: Self = Self(128);
    /// Answer to an echo request.
    pub const ECHO_REPLY: Self = Self(129);
    /// Which routers are here? RFC 4861 §4.1.
    pub const ROUTER_SOLICITATION: Self = Self(133);
    /// I am a router. RFC 4861 §4.2.
    pub const ROUTER_ADVERTISEMENT: Self = Self(134);
    /// Who has this address? RFC 4861 §4.3.
    pub const NEIGHBOR_SOLICITATION: Self = Self(135);
    /// I have this address. RFC 4861 §4.4.
    pub const NEIGHBOR_ADVERTISEMENT: Self = Self(136);

    /// Whether messages of this kind are errors, which quote a packet: all below 128.
    #[must_use]
    #[inline]
    pub const fn is_error(self) -> bool {
        self.0 < 128
    }
}

impl fmt::Display for Icmpv6Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::DESTINATION_UNREACHABLE => "destination unreachable",
            Self::PACKET_TOO_BIG => "packet too big",
            Self::TIME_EXCEEDED => "time exceeded",
            Self::PARAMETER_PROBLEM => "parameter problem",
            Self::ECHO_REQUEST => "echo request",
            Self::ECHO_REPLY => "echo reply",
            Self::ROUTER_SOLICITATION => "router solicitation",
            Self::ROUTER_ADVERTISEMENT => "router advertisement",
            Self::NEIGHBOR_SOLICITATION => "neighbor solicitation",
            Self::NEIGHBOR_ADVERTISEMENT => "neighbor advertisement",
            Self(number) => return write!(f, "ICMPv6 type {number}"),
        })
    }
}

impl fmt::Debug for Icmpv6Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A checked view of an ICMPv6 message.
#[derive(Debug, Clone, Copy)]
pub struct Icmpv6<'a> {
    header: &'a [u8; Icmpv6::HEADER_LEN],
    message: &'a [u8],
}

impl<'a> Icmpv6<'a> {
    /// Octets in front of the payload.
    pub const HEADER_LEN: usize = 8;

    /// Checks that the header is there.
    ///
    /// # Errors
    /// [`ParseError::Truncated`] if it is not.
    #[inline]
    pub fn parse(message: &'a [u8]) -> Result<Self, ParseError> {
        let header = message.first_chunk().ok_or(ParseError::Truncated {
            layer: Layer::Icmpv6,
            needed: Self::HEADER_LEN,
            got: message.len(),
        })?;
        Ok(Self { header, message })
    }

    /// The kind of message.
    #[must_use]
    #[inline]
    pub fn icmp_type(&self) -> Icmpv6Type {
        Icmpv6Type(self.header[0])
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

    /// Whether the checksum, which covers both addresses, is right. Meaningless in a fragment.
    #[must_use]
    pub fn verify_checksum(&self, source: Ipv6Addr, destination: Ipv6Addr) -> bool {
        let length = self.message.len() as u32;
        Sum::pseudo_header(
            source.into(),
            destination.into(),
            IpProtocol::ICMPV6,
            length,
        )
        .add(self.message)
        .finish()
            == 0
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
            Icmpv6Type::ECHO_REQUEST | Icmpv6Type::ECHO_REPLY
        )
        .then(|| Echo::from_octets(self.rest_of_header()))
    }

    /// The start of the packet an error message is about; `None` in other messages.
    ///
    /// # Errors
    /// As [`Ipv6::parse_quoted`].
    pub fn quoted(&self) -> Option<Result<Ipv6<'a>, ParseError>> {
        self.is_error().then(|| Ipv6::parse_quoted(self.payload()))
    }

    /// The largest packet the next link takes, in a packet too big (RFC 4443 §3.2).
    #[must_use]
    pub fn mtu(&self) -> Option<u32> {
        (self.icmp_type() == Icmpv6Type::PACKET_TOO_BIG).then(|| u32_at(self.header, 4))
    }
}
