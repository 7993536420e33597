//! IPv6 headers and the chain of extension headers behind them, RFC 8200.

use std::net::Ipv6Addr;

use crate::field::{array_at, u16_at, u32_at};
use crate::{IpProtocol, Layer, ParseError};

/// A checked view of an IPv6 packet.
///
/// [`parse`](Self::parse) proves version and length, which is all a router needs. The extension
/// headers are walked by [`upper_layer`](Self::upper_layer), which can fail.
#[derive(Debug, Clone, Copy)]
pub struct Ipv6<'a> {
    header: &'a [u8; Ipv6::HEADER_LEN],
    /// The packet from its header on, without padding.
    packet: &'a [u8],
}

/// What stands at the end of a chain of extension headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpperLayer<'a> {
    /// The first protocol that is not an extension header.
    ///
    /// In a fragment other than the first it is the next header of the [fragment](Self::fragment)
    /// header, whatever that is.
    pub protocol: IpProtocol,
    /// Where in the packet the payload begins.
    pub offset: usize,
    /// What stands there.
    pub payload: &'a [u8],
    /// The fragment header, unless the packet is whole.
    pub fragment: Option<Ipv6Fragment>,
    /// Where the packet finally goes: past all segments of a routing header, if it has one.
    pub final_destination: Ipv6Addr,
}

/// The fragment header of a packet that is a fragment, RFC 8200 §4.5.
///
/// A packet with offset 0 and nothing to follow is an atomic fragment and whole (RFC 6946).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ipv6Fragment {
    /// What stands behind the fragment header of the first fragment: the same in all fragments of
    /// a packet, and perhaps an extension header.
    pub next_header: IpProtocol,
    /// Where in the fragmented part this fragment's piece begins, in octets.
    pub offset: usize,
    /// Whether fragments follow this one.
    pub more: bool,
    /// What the fragments of one packet have in common.
    pub identification: u32,
}

impl<'a> Ipv6<'a> {
    /// Octets of the header without extension headers.
    pub const HEADER_LEN: usize = 40;

    /// How many extension headers are walked before the packet is refused.
    ///
    /// RFC 8504 §5.3 lets a node set such limits, and names 8 as the default for options.
    pub const MAX_EXTENSION_HEADERS: usize = 8;

    /// Checks the fixed header. Jumbograms (RFC 2675) are not supported.
    ///
    /// # Errors
    /// Another version, or a buffer that ends before the packet does.
    #[inline]
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let view = Self::parse_quoted(octets)?;
        let needed = Self::HEADER_LEN + usize::from(view.payload_len());
        if octets.len() < needed {
            return Err(ParseError::Truncated {
                layer: Layer::Ipv6,
                needed,
                got: octets.len(),
            });
        }
        Ok(view)
    }

    /// As [`parse`](Self::parse), but the payload may be cut short, as ICMPv6 errors quote it.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), except that the buffer need only hold the header.
    #[inline]
    pub fn parse_quoted(octets: &'a [u8]) -> Result<Self, ParseError> {
        let header: &[u8; Ipv6::HEADER_LEN] =
            octets.first_chunk().ok_or(ParseError::Truncated {
                layer: Layer::Ipv6,
                needed: Self::HEADER_LEN,
                got: octets.len(),
            })?;
        if header[0] >> 4 != 6 {
            return Err(wrong("version", header[0] >> 4));
        }
        let len = Self::HEADER_LEN + usize::from(u16_at(header, 4));
        Ok(Self {
            header,
            packet: &octets[..len.min(octets.len())],
        })
    }

    /// Differentiated services and congestion notification (RFC 2474, RFC 3168).
    #[must_use]
    #[inline]
    pub fn traffic_class(&self) -> u8 {
        (u16_at(self.header, 0) >> 4) as u8
    }

    /// The label the sender gave the flow, below 2^20 (RFC 6437).
    #[must_use]
    #[inline]
    pub fn flow_label(&self) -> u32 {
        u32_at(self.header, 0) & 0x000f_ffff
    }

    /// Octets behind the fixed header, extension headers included, as the header says.
    #[must_use]
    #[inline]
    pub fn payload_len(&self) -> u16 {
        u16_at(self.header, 4)
    }

    /// What stands right behind the fixed header, perhaps an extension header.
    #[must_use]
    #[inline]
    pub fn next_header(&self) -> IpProtocol {
        IpProtocol(self.header[6])
    }

    /// How many more routers the packet may pass, this one included.
    #[must_use]
    #[inline]
    pub fn hop_limit(&self) -> u8 {
        self.header[7]
    }

    /// The address of the sender.
    #[must_use]
    #[inline]
    pub fn source(&self) -> Ipv6Addr {
        Ipv6Addr::from(array_at::<16>(self.header, 8))
    }

    /// The address the packet goes to next; a routing header may name others to follow.
    #[must_use]
    #[inline]
    pub fn destination(&self) -> Ipv6Addr {
        Ipv6Addr::from(array_at::<16>(self.header, 24))
    }

    /// What stands behind the fixed header, without padding.
    #[must_use]
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        &self.packet[Self::HEADER_LEN..]
    }

    /// Header and payload, without padding.
    #[must_use]
    #[inline]
    pub fn octets(&self) -> &'a [u8] {
        self.packet
    }

    /// Walks the extension headers.
    ///
    /// # Errors
    /// An extension header that is cut off; more than
    /// [`MAX_EXTENSION_HEADERS`](Self::MAX_EXTENSION_HEADERS) of them; hop-by-hop options anywhere
    /// but first (RFC 8200 §4.1); a routing header with segments left whose type is deprecated
    /// (RFC 5095) or does not tell the final destination.
    pub fn upper_layer(&self) -> Result<UpperLayer<'a>, ParseError> {
        let mut next = self.next_header();
        let mut offset = Self::HEADER_LEN;
        let mut fragment = None;
        let mut final_destination = self.destination();
        for _ in 0..=Self::MAX_EXTENSION_HEADERS {
            let len = match next {
                IpProtocol::HOP_BY_HOP if offset > Self::HEADER_LEN => {
                    return Err(wrong("next header", next.0));
                }
                IpProtocol::HOP_BY_HOP | IpProtocol::DESTINATION_OPTIONS | IpProtocol::MOBILITY => {
                    self.extension_len(offset, 1, 8)?
                }
                IpProtocol::ROUTING => {
                    let len = self.extension_len(offset, 1, 8)?;
                    if let Some(address) = last_segment(&self.packet[offset..offset + len])? {
                        final_destination = address;
                    }
                    len
                }
                IpProtocol::AUTHENTICATION => self.extension_len(offset, 2, 4)?,
                IpProtocol::FRAGMENT => {
                    let header = self.extension(offset, 8)?;
                    let found = Ipv6Fragment {
                        next_header: IpProtocol(header[0]),
                        offset: usize::from(u16_at(header, 2) & 0xfff8),
                        more: header[3] & 1 == 1,
                        identification: u32_at(header, 4),
                    };
                    if found.offset > 0 {
                        let (protocol, offset) = (found.next_header, offset + header.len());
                        let payload = &self.packet[offset..];
                        let fragment = Some(found);
                        return Ok(UpperLayer {
                            protocol,
                            offset,
                            payload,
                            fragment,
                            final_destination,
                        });
                    }
                    if found.more {
                        fragment = Some(found);
                    }
                    header.len()
                }
                protocol => {
                    let payload = &self.packet[offset..];
                    return Ok(UpperLayer {
                        protocol,
                        offset,
                        payload,
                        fragment,
                        final_destination,
                    });
                }
            };
            next = IpProtocol(self.packet[offset]);
            offset += len;
        }
        Err(wrong(
            "number of extension headers",
            Self::MAX_EXTENSION_HEADERS as u8 + 1,
        ))
    }

    /// Takes one from the hop limit, which stays 0 once it is, and gives what is left.
    ///
    /// # Panics
    /// As do all functions that rewrite: if `packet` is too short to be parsed.
    #[inline]
    pub fn decrement_hop_limit(packet: &mut [u8]) -> u8 {
        packet[7] = packet[7].saturating_sub(1);
        packet[7]
    }

    /// Writes the source address.
    ///
    /// Checksums of upper layers cover the address: see [`translate`](crate::translate).
    ///
    /// # Panics
    /// If `packet` is too short to be parsed.
    #[inline]
    pub fn set_source(packet: &mut [u8], source: Ipv6Addr) {
        packet[8..24].copy_from_slice(&source.octets());
    }

    /// Writes the destination address.
    ///
    /// Checksums of upper layers cover the address: see [`translate`](crate::translate).
    ///
    /// # Panics
    /// If `packet` is too short to be parsed.
    #[inline]
    pub fn set_destination(packet: &mut [u8], destination: Ipv6Addr) {
        packet[24..40].copy_from_slice(&destination.octets());
    }

    /// The `len` octets of the extension header at `offset`.
    fn extension(&self, offset: usize, len: usize) -> Result<&'a [u8], ParseError> {
        self.packet
            .get(offset..offset + len)
            .ok_or(ParseError::Truncated {
                layer: Layer::Ipv6,
                needed: offset + len,
                got: self.packet.len(),
            })
    }

    /// The length of the extension header at `offset`, all of which is there: its second octet
    /// counts units of `unit` octets, of which `uncounted` more come first.
    fn extension_len(
        &self,
        offset: usize,
        uncounted: usize,
        unit: usize,
    ) -> Result<usize, ParseError> {
        let start = self.extension(offset, 8)?;
        let len = (usize::from(start[1]) + uncounted) * unit;
        Ok(self.extension(offset, len)?.len())
    }
}

/// The last address of a routing header that the packet has not yet reached.
fn last_segment(header: &[u8]) -> Result<Option<Ipv6Addr>, ParseError> {
    /// Mobile IPv6, RFC 6275 §6.4: holds one address.
    const TYPE_2: u8 = 2;
    /// Segment routing, RFC 8754 §2: the last segment comes first.
    const SEGMENT_ROUTING: u8 = 4;

    let (kind, segments_left) = (header[2], header[3]);
    // RFC 8200 §4.4: without segments left the header is ignored, whatever its type.
    if segments_left == 0 {
        return Ok(None);
    }
    if !matches!(kind, TYPE_2 | SEGMENT_ROUTING) {
        return Err(wrong("routing type", kind));
    }
    let addresses = (header.len() - 8) / 16;
    if usize::from(segments_left) > addresses {
        return Err(wrong("segments left", segments_left));
    }
    Ok(Some(Ipv6Addr::from(array_at::<16>(header, 8))))
}

fn wrong(field: &'static str, value: u8) -> ParseError {
    ParseError::Field {
        layer: Layer::Ipv6,
        field,
        value: value.into(),
    }
}
