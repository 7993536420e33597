//! Ethernet II and IEEE 802.3 length frames, with the tags of IEEE 802.1Q in front of their payload.

use std::fmt;

use crate::field::{array_at, u16_at};
use crate::{Frame, Layer, MacAddr, ParseError, VlanTag};

/// What an Ethernet frame carries: the two octets after the addresses, or after the last tag.
///
/// Below 0x0600 the number is not a type but the length of the payload (IEEE 802.3-2018, 3.2.6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EtherType(pub u16);

impl EtherType {
    /// IPv4.
    pub const IPV4: Self = Self(0x0800);
    /// Address resolution.
    pub const ARP: Self = Self(0x0806);
    /// A customer VLAN tag (C-TAG), IEEE 802.1Q-2018, 9.5.
    pub const VLAN: Self = Self(0x8100);
    /// IPv6.
    pub const IPV6: Self = Self(0x86dd);
    /// A service VLAN tag (S-TAG), IEEE 802.1Q-2018, 9.5.
    pub const SERVICE_VLAN: Self = Self(0x88a8);

    /// Whether a VLAN tag follows.
    #[must_use]
    #[inline]
    pub const fn is_vlan_tag(self) -> bool {
        matches!(self, Self::VLAN | Self::SERVICE_VLAN)
    }

    /// Whether this is the length of an IEEE 802.3 payload instead of a type.
    #[must_use]
    #[inline]
    pub const fn is_length(self) -> bool {
        self.0 < 0x0600
    }
}

impl fmt::Display for EtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::IPV4 => f.write_str("IPv4"),
            Self::ARP => f.write_str("ARP"),
            Self::VLAN => f.write_str("VLAN"),
            Self::IPV6 => f.write_str("IPv6"),
            Self::SERVICE_VLAN => f.write_str("service VLAN"),
            length if length.is_length() => write!(f, "length {}", length.0),
            Self(value) => write!(f, "type 0x{value:04x}"),
        }
    }
}

impl fmt::Debug for EtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A checked view of an Ethernet frame.
///
/// [`parse`](Self::parse) proves that the addresses, the type and every tag are there; nothing
/// read later can fail.
#[derive(Debug, Clone, Copy)]
pub struct Ethernet<'a> {
    header: &'a [u8; Ethernet::HEADER_LEN],
    octets: &'a [u8],
    /// Where the payload begins: behind the type that follows the last tag.
    payload_at: usize,
}

impl<'a> Ethernet<'a> {
    /// Octets of the header without tags.
    pub const HEADER_LEN: usize = 14;

    /// How many tags are read. One more is taken for the payload, like any type nobody knows.
    pub const MAX_TAGS: usize = 4;

    /// Checks the header.
    ///
    /// # Errors
    /// [`ParseError::Truncated`] if the frame ends inside the header or inside a tag.
    #[inline]
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let header = octets.first_chunk().ok_or(ParseError::Truncated {
            layer: Layer::Ethernet,
            needed: Self::HEADER_LEN,
            got: octets.len(),
        })?;
        let mut view = Self {
            header,
            octets,
            payload_at: Self::HEADER_LEN,
        };
        while view.payload_type().is_vlan_tag() && view.tag_count() < Self::MAX_TAGS {
            view.payload_at += VlanTag::LEN;
            if octets.len() < view.payload_at {
                return Err(ParseError::Truncated {
                    layer: Layer::Vlan,
                    needed: view.payload_at,
                    got: octets.len(),
                });
            }
        }
        Ok(view)
    }

    /// The station or group the frame is for.
    #[must_use]
    #[inline]
    pub fn destination(&self) -> MacAddr {
        MacAddr::new(array_at(self.header, 0))
    }

    /// The station that sent the frame.
    #[must_use]
    #[inline]
    pub fn source(&self) -> MacAddr {
        MacAddr::new(array_at(self.header, 6))
    }

    /// The type or length right after the addresses: in a tagged frame that of the outer tag.
    #[must_use]
    #[inline]
    pub fn ether_type(&self) -> EtherType {
        EtherType(u16_at(self.header, 12))
    }

    /// How many tags there are, at most [`MAX_TAGS`](Self::MAX_TAGS).
    #[must_use]
    #[inline]
    pub fn tag_count(&self) -> usize {
        (self.payload_at - Self::HEADER_LEN) / VlanTag::LEN
    }

    /// The tags, outer first.
    pub fn tags(&self) -> impl ExactSizeIterator<Item = VlanTag> + use<'a> {
        let tags = &self.octets[12..self.payload_at - 2];
        tags.as_chunks::<{ VlanTag::LEN }>()
            .0
            .iter()
            .map(|tag| VlanTag::from_octets(*tag))
    }

    /// The outermost tag.
    #[must_use]
    #[inline]
    pub fn outer_tag(&self) -> Option<VlanTag> {
        (self.payload_at > Self::HEADER_LEN)
            .then(|| VlanTag::from_octets(array_at(self.octets, 12)))
    }

    /// The type or length after all tags.
    #[must_use]
    #[inline]
    pub fn payload_type(&self) -> EtherType {
        EtherType(u16_at(self.octets, self.payload_at - 2))
    }

    /// Whether this is an IEEE 802.3 frame: a length where others have a type, and LLC behind it.
    #[must_use]
    #[inline]
    pub fn is_length(&self) -> bool {
        self.payload_type().is_length()
    }

    /// What stands behind the header and all tags.
    ///
    /// Padding is trimmed where this header says how much there is, that is behind a
    /// [length](Self::is_length). A length greater than what there is trims nothing: forwarding
    /// does not care, and who reads the LLC payload will find it short.
    #[must_use]
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        let payload = &self.octets[self.payload_at..];
        if self.is_length() {
            let length = usize::from(self.payload_type().0);
            &payload[..length.min(payload.len())]
        } else {
            payload
        }
    }

    /// Where in the frame the [payload](Self::payload) begins, for rewriting it.
    #[must_use]
    #[inline]
    pub fn payload_at(&self) -> usize {
        self.payload_at
    }

    /// Writes the destination address.
    ///
    /// # Panics
    /// If `frame` is too short to be parsed.
    #[inline]
    pub fn set_destination(frame: &mut [u8], destination: MacAddr) {
        frame[..6].copy_from_slice(&destination.octets());
    }

    /// Writes the source address.
    ///
    /// # Panics
    /// If `frame` is too short to be parsed.
    #[inline]
    pub fn set_source(frame: &mut [u8], source: MacAddr) {
        frame[6..12].copy_from_slice(&source.octets());
    }
}

impl Frame {
    /// Puts a tag in front of all others.
    ///
    /// # Panics
    /// If the frame is too short to hold two addresses.
    pub fn push_tag(&mut self, tag: VlanTag) {
        self.insert(12, &tag.to_octets());
    }

    /// Takes the outermost tag off; `None`, and no change, if there is none or not all of it.
    pub fn pop_tag(&mut self) -> Option<VlanTag> {
        let tag = Ethernet::parse(self.octets()).ok()?.outer_tag()?;
        self.remove(12, VlanTag::LEN);
        Some(tag)
    }
}
