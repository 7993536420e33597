//! Which flow a packet belongs to: the key that balancers, address translation and ECMP go by.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use crate::datagram::{Datagram, Extent, Message};
use crate::plain::Plain;
use crate::{EtherType, Ethernet, Frame, IpProtocol, Layer, ParseError};

/// The five-tuple of a flow, in the direction of the packet it was read from.
///
/// | packet | key |
/// |---|---|
/// | TCP, UDP | addresses, protocol, ports |
/// | any fragment, the first one too | ports are 0, for the others do not have them; the protocol is the one that all fragments name |
/// | ICMP error | the key of the quoted packet [`reversed`](Self::reversed): that packet travelled the other way |
/// | echo request | source port is the identifier, destination port is 0 |
/// | echo reply | source port is 0, destination port is the identifier: the request's key reversed |
/// | anything else, tunnels included | ports are 0 |
///
/// IPv6 extension headers are walked; behind a routing header with segments left the destination
/// is the final one. VLANs are not part of the key: where tenants' addresses overlap, put the VLAN
/// beside it.
///
/// ```
/// use std::net::Ipv4Addr;
/// use switchlab_wire::{FlowKey, Ipv4Builder};
///
/// let [client, server] = [Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 80)];
/// let query = FlowKey::of(&Ipv4Builder::new(client, server).udp(40_000, 53, b"?")).unwrap();
/// let answer = FlowKey::of(&Ipv4Builder::new(server, client).udp(53, 40_000, b"!")).unwrap();
///
/// assert_eq!(query.to_string(), "UDP 10.0.0.2:40000 > 10.0.0.80:53");
/// assert_eq!(query.reversed(), answer);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowKey {
    /// Who sends.
    pub source: IpAddr,
    /// Who receives; always of the same family as the source in a key that was read.
    pub destination: IpAddr,
    /// The protocol above IP.
    pub protocol: IpProtocol,
    /// The port it is sent from, or 0.
    pub source_port: u16,
    /// The port it is sent to, or 0.
    pub destination_port: u16,
}

impl FlowKey {
    /// Reads the key of an IP packet; `packet` begins with the IP header and may end in padding.
    ///
    /// # Errors
    /// What stands in the way of reading the headers: they are cut off or contradict themselves,
    /// or fragments are cut to hide them (RFC 1858). Checksums are not looked at.
    #[inline]
    pub fn of(packet: &[u8]) -> Result<Self, ParseError> {
        match Plain::parse(packet) {
            Some(plain) => Ok(plain.key()),
            None => Self::of_any(packet),
        }
    }

    /// Reads the key of the IP packet in a frame, behind any tags; `None` if it carries none.
    ///
    /// # Errors
    /// Those of [`of`](Self::of) and [`Ethernet::parse`].
    #[inline]
    pub fn of_frame(frame: &Frame) -> Result<Option<Self>, ParseError> {
        let ethernet = Ethernet::parse(frame.octets())?;
        match ethernet.payload_type() {
            EtherType::IPV4 | EtherType::IPV6 => Self::of(ethernet.payload()).map(Some),
            _ => Ok(None),
        }
    }

    /// The key of the packets that answer this flow's.
    #[must_use]
    #[inline]
    pub const fn reversed(&self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
            protocol: self.protocol,
            source_port: self.destination_port,
            destination_port: self.source_port,
        }
    }

    /// Source address and port.
    #[must_use]
    #[inline]
    pub const fn source_socket(&self) -> SocketAddr {
        SocketAddr::new(self.source, self.source_port)
    }

    /// Destination address and port.
    #[must_use]
    #[inline]
    pub const fn destination_socket(&self) -> SocketAddr {
        SocketAddr::new(self.destination, self.destination_port)
    }

    #[inline(never)]
    fn of_any(packet: &[u8]) -> Result<Self, ParseError> {
        let datagram = Datagram::parse(packet, Extent::Whole)?;
        if let Some(piece) = datagram.fragment {
            datagram.check_cut(piece)?;
        }
        Self::of_datagram(&datagram, Extent::Whole)
    }

    fn of_datagram(datagram: &Datagram<'_>, extent: Extent) -> Result<Self, ParseError> {
        let (source, destination) = (datagram.source, datagram.destination);
        let key = |protocol, (source_port, destination_port)| Self {
            source,
            destination,
            protocol,
            source_port,
            destination_port,
        };
        if let Some(piece) = datagram.fragment {
            return Ok(key(piece.protocol, (0, 0)));
        }
        let ports = match datagram.message(extent)? {
            Message::Ports(source_port, destination_port) => (source_port, destination_port),
            Message::EchoRequest(identifier) => (identifier, 0),
            Message::EchoReply(identifier) => (0, identifier),
            Message::Error(quoted) => {
                return Self::of_quoted(quoted, source).map(|key| key.reversed());
            }
            Message::Other => (0, 0),
        };
        Ok(key(datagram.protocol, ports))
    }

    /// The key of the packet that an ICMP error from `reporter` quotes.
    fn of_quoted(quoted: &[u8], reporter: IpAddr) -> Result<Self, ParseError> {
        let datagram = Datagram::parse(quoted, Extent::Quoted)?;
        if datagram.source.is_ipv4() != reporter.is_ipv4() {
            let (layer, value) = if reporter.is_ipv4() {
                (Layer::Icmp, 6)
            } else {
                (Layer::Icmpv6, 4)
            };
            return Err(ParseError::Field {
                layer,
                field: "version of the quoted packet",
                value,
            });
        }
        Self::of_datagram(&datagram, Extent::Quoted)
    }
}

/// Hashed as few whole words, where the derived code would feed a hasher octet counts and tags.
impl Hash for FlowKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            source,
            destination,
            protocol,
            source_port,
            destination_port,
        } = *self;
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                state.write_u64(
                    u64::from(source.to_bits()) << 32 | u64::from(destination.to_bits()),
                );
            }
            _ => {
                for address in [source, destination] {
                    let bits = match address {
                        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
                        IpAddr::V6(address) => address.to_bits(),
                    };
                    state.write_u64((bits >> 64) as u64);
                    state.write_u64(bits as u64);
                }
            }
        }
        let ports = u64::from(source_port) << 16 | u64::from(destination_port);
        state.write_u64(ports << 8 | u64::from(protocol.0));
    }
}

impl fmt::Display for FlowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source_port == 0 && self.destination_port == 0 {
            return write!(
                f,
                "{} {} > {}",
                self.protocol, self.source, self.destination
            );
        }
        write!(
            f,
            "{} {} > {}",
            self.protocol,
            self.source_socket(),
            self.destination_socket()
        )
    }
}
