//! An IP packet of either version, cut open as far as flows need it.

use std::net::IpAddr;

use crate::field::u16_at;
use crate::{
    Icmp, IcmpType, Icmpv6, Icmpv6Type, IpProtocol, Ipv4, Ipv6, Ipv6Fragment, Layer, ParseError,
    Tcp, Udp,
};

/// How much of a packet must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole packet.
    Whole,
    /// What an ICMP error quotes of it: the headers, perhaps no more than 8 octets behind them.
    Quoted,
}

/// What the IP headers say, whatever their version.
pub(crate) struct Datagram<'a> {
    pub(crate) source: IpAddr,
    /// Where the packet finally goes, past all segments of a routing header.
    pub(crate) destination: IpAddr,
    pub(crate) protocol: IpProtocol,
    /// What stands behind the IP headers.
    pub(crate) payload: &'a [u8],
    /// Where in the packet that begins.
    pub(crate) payload_at: usize,
    /// Which piece of a packet this is; `None` if it is whole.
    pub(crate) fragment: Option<Piece>,
    /// Whether the destination address in the header is not the final one.
    pub(crate) is_routed: bool,
}

/// The piece of a packet that a fragment holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where in the fragmented part it begins, in octets.
    pub(crate) offset: usize,
    /// The protocol that all fragments of the packet name, unlike [`Datagram::protocol`], which the
    /// first fragment alone may know.
    pub(crate) protocol: IpProtocol,
}

/// What a message says about its flow.
pub(crate) enum Message<'a> {
    /// Source and destination port.
    Ports(u16, u16),
    /// The identifier of an echo request.
    EchoRequest(u16),
    /// The identifier of an echo reply.
    EchoReply(u16),
    /// An ICMP error about a packet, which is quoted.
    Error(&'a [u8]),
    /// Nothing.
    Other,
}

impl<'a> Datagram<'a> {
    /// Reads the IP headers.
    #[inline]
    pub(crate) fn parse(packet: &'a [u8], extent: Extent) -> Result<Self, ParseError> {
        match packet.first().map_or(4, |octet| octet >> 4) {
            4 => Self::parse_v4(packet, extent),
            6 => Self::parse_v6(packet, extent),
            version => Err(ParseError::Field {
                layer: Layer::Ipv4,
                field: "version",
                value: version.into(),
            }),
        }
    }

    fn parse_v4(packet: &'a [u8], extent: Extent) -> Result<Self, ParseError> {
        let ip = match extent {
            Extent::Whole => Ipv4::parse(packet)?,
            Extent::Quoted => Ipv4::parse_quoted(packet)?,
        };
        let piece = Piece {
            offset: ip.fragment_offset(),
            protocol: ip.protocol(),
        };
        Ok(Self {
            source: ip.source().into(),
            destination: ip.destination().into(),
            protocol: ip.protocol(),
            payload: ip.payload(),
            payload_at: ip.header_len(),
            fragment: ip.is_fragment().then_some(piece),
            is_routed: false,
        })
    }

    fn parse_v6(packet: &'a [u8], extent: Extent) -> Result<Self, ParseError> {
        let ip = match extent {
            Extent::Whole => Ipv6::parse(packet)?,
            Extent::Quoted => Ipv6::parse_quoted(packet)?,
        };
        let upper = ip.upper_layer()?;
        let piece = |fragment: Ipv6Fragment| Piece {
            offset: fragment.offset,
            protocol: fragment.next_header,
        };
        Ok(Self {
            source: ip.source().into(),
            destination: upper.final_destination.into(),
            protocol: upper.protocol,
            payload: upper.payload,
            payload_at: upper.offset,
            fragment: upper.fragment.map(piece),
            is_routed: upper.final_destination != ip.destination(),
        })
    }

    /// Whether a fragment's cut hides the header that filters and balancers read.
    ///
    /// # Errors
    /// A first fragment without the whole start of that header, or a second one that would
    /// overwrite it (RFC 1858 §3 and §4, RFC 3128).
    pub(crate) fn check_cut(&self, piece: Piece) -> Result<(), ParseError> {
        /// Ports, numbers, data offset and flags of TCP: the minimum RFC 1858 §3.2.1 names.
        const TCP_START: usize = 16;

        if self.protocol == IpProtocol::TCP && (1..TCP_START).contains(&piece.offset) {
            let value = piece.offset as u32;
            return Err(ParseError::Field {
                layer: Layer::Tcp,
                field: "fragment offset",
                value,
            });
        }
        let (layer, needed) = match self.protocol {
            IpProtocol::TCP => (Layer::Tcp, TCP_START),
            IpProtocol::UDP => (Layer::Udp, Udp::HEADER_LEN),
            _ => return Ok(()),
        };
        if piece.offset == 0 && self.payload.len() < needed {
            return Err(ParseError::Truncated {
                layer,
                needed,
                got: self.payload.len(),
            });
        }
        Ok(())
    }

    /// Reads what stands behind the IP headers; a fragment says nothing.
    #[inline]
    pub(crate) fn message(&self, extent: Extent) -> Result<Message<'a>, ParseError> {
        match (self.protocol, extent) {
            _ if self.fragment.is_some() => Ok(Message::Other),
            (IpProtocol::TCP, Extent::Whole) => {
                let tcp = Tcp::parse(self.payload)?;
                Ok(Message::Ports(tcp.source_port(), tcp.destination_port()))
            }
            (IpProtocol::UDP, Extent::Whole) => {
                let udp = Udp::parse(self.payload)?;
                Ok(Message::Ports(udp.source_port(), udp.destination_port()))
            }
            (IpProtocol::TCP, Extent::Quoted) => self.quoted_ports(Layer::Tcp),
            (IpProtocol::UDP, Extent::Quoted) => self.quoted_ports(Layer::Udp),
            (IpProtocol::ICMP, _) if self.source.is_ipv4() => self.icmp(extent),
            (IpProtocol::ICMPV6, _) if self.source.is_ipv6() => self.icmpv6(extent),
            _ => Ok(Message::Other),
        }
    }

    fn icmp(&self, extent: Extent) -> Result<Message<'a>, ParseError> {
        let icmp = Icmp::parse(self.payload)?;
        Ok(match (icmp.icmp_type(), icmp.echo()) {
            (IcmpType::ECHO_REQUEST, Some(echo)) => Message::EchoRequest(echo.identifier),
            (_, Some(echo)) => Message::EchoReply(echo.identifier),
            // Errors are never about errors (RFC 1122 §3.2.2), so a quoted one is not read on.
            (kind, _) if kind.is_error() && extent == Extent::Whole => {
                Message::Error(icmp.payload())
            }
            _ => Message::Other,
        })
    }

    fn icmpv6(&self, extent: Extent) -> Result<Message<'a>, ParseError> {
        let icmp = Icmpv6::parse(self.payload)?;
        Ok(match (icmp.icmp_type(), icmp.echo()) {
            (Icmpv6Type::ECHO_REQUEST, Some(echo)) => Message::EchoRequest(echo.identifier),
            (_, Some(echo)) => Message::EchoReply(echo.identifier),
            (kind, _) if kind.is_error() && extent == Extent::Whole => {
                Message::Error(icmp.payload())
            }
            _ => Message::Other,
        })
    }

    fn quoted_ports(&self, layer: Layer) -> Result<Message<'a>, ParseError> {
        let ports = self.payload.get(..4);
        let ports = ports.ok_or(ParseError::Truncated {
            layer,
            needed: 4,
            got: self.payload.len(),
        })?;
        Ok(Message::Ports(u16_at(ports, 0), u16_at(ports, 2)))
    }
}
