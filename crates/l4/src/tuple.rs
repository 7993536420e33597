//! The key of a flow as the table keeps it: five fields in sixteen octets, compared as two words.

use std::net::{IpAddr, Ipv4Addr};

use switchlab_wire::{Ethernet, FlowKey, IpProtocol, Ipv4};

/// A flow's key over IPv4, the only one that the router inside carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tuple {
    /// Source and destination address.
    addresses: u64,
    /// Protocol, source port and destination port.
    rest: u64,
}

/// An address and port, one end of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) address: Ipv4Addr,
    pub(crate) port: u16,
}

impl Tuple {
    #[inline]
    pub(crate) const fn new(protocol: IpProtocol, source: End, destination: End) -> Self {
        let addresses =
            (source.address.to_bits() as u64) << 32 | destination.address.to_bits() as u64;
        let ports = (source.port as u64) << 16 | destination.port as u64;
        Self {
            addresses,
            rest: (protocol.0 as u64) << 32 | ports,
        }
    }

    /// What the key of an Ethernet frame is in all likelihood, and nothing checked: untagged, IPv4 without
    /// options, and ports. `None` if it cannot be.
    #[inline]
    pub(crate) fn glimpse(frame: &[u8]) -> Option<Self> {
        const IP: usize = Ethernet::HEADER_LEN;
        const MESSAGE: usize = IP + Ipv4::MIN_HEADER_LEN;
        let headers = frame.first_chunk::<{ MESSAGE + 4 }>()?;
        if headers[IP] != 0x45 {
            return None;
        }
        let two = |at: usize| u16::from_be_bytes([headers[at], headers[at + 1]]);
        let end = |at: usize, port| End {
            address: Ipv4Addr::new(
                headers[at],
                headers[at + 1],
                headers[at + 2],
                headers[at + 3],
            ),
            port,
        };
        Some(Self::new(
            IpProtocol(headers[IP + 9]),
            end(IP + 12, two(MESSAGE)),
            end(IP + 16, two(MESSAGE + 2)),
        ))
    }

    /// `None` for a flow over IPv6.
    pub(crate) fn of(key: &FlowKey) -> Option<Self> {
        let (IpAddr::V4(source), IpAddr::V4(destination)) = (key.source, key.destination) else {
            return None;
        };
        let end = |address, port| End { address, port };
        Some(Self::new(
            key.protocol,
            end(source, key.source_port),
            end(destination, key.destination_port),
        ))
    }

    /// The key in full.
    pub(crate) fn key(self) -> FlowKey {
        let (source, destination) = (self.source(), self.destination());
        FlowKey {
            source: source.address.into(),
            destination: destination.address.into(),
            protocol: IpProtocol((self.rest >> 32) as u8),
            source_port: source.port,
            destination_port: destination.port,
        }
    }

    /// The key of the packets that answer.
    pub(crate) const fn reversed(self) -> Self {
        let protocol = IpProtocol((self.rest >> 32) as u8);
        Self::new(protocol, self.destination(), self.source())
    }

    /// The same with another source.
    pub(crate) const fn with_source(self, source: End) -> Self {
        let protocol = IpProtocol((self.rest >> 32) as u8);
        Self::new(protocol, source, self.destination())
    }

    #[inline]
    pub(crate) const fn source(self) -> End {
        End {
            address: Ipv4Addr::from_bits((self.addresses >> 32) as u32),
            port: (self.rest >> 16) as u16,
        }
    }

    #[inline]
    pub(crate) const fn destination(self) -> End {
        End {
            address: Ipv4Addr::from_bits(self.addresses as u32),
            port: self.rest as u16,
        }
    }

    /// A hash in which every bit counts for every other, by one multiplication to twice the width.
    #[inline]
    pub(crate) const fn hash(self, secret: [u64; 2]) -> u64 {
        let product = (self.addresses ^ secret[0]) as u128 * (self.rest ^ secret[1]) as u128;
        product as u64 ^ (product >> 64) as u64
    }
}
