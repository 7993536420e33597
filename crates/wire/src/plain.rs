//! The short way through nearly every packet there is.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::field::{array_at, u16_at};
use crate::{FlowKey, IpProtocol, Ipv4, Ipv6, Tcp, Udp};

/// A whole packet with TCP or UDP right behind an IP header without options.
///
/// It knows nothing that [`Datagram`](crate::datagram::Datagram) does not, but sooner.
#[derive(Clone, Copy)]
pub(crate) struct Plain<'a> {
    header: Header<'a>,
    pub(crate) protocol: IpProtocol,
    message: &'a [u8],
}

#[derive(Clone, Copy)]
enum Header<'a> {
    V4(&'a [u8; Ipv4::MIN_HEADER_LEN]),
    V6(&'a [u8; Ipv6::HEADER_LEN]),
}

impl<'a> Plain<'a> {
    /// `None` says only that the packet must go the long way.
    #[inline]
    pub(crate) fn parse(packet: &'a [u8]) -> Option<Self> {
        let (header, protocol, payload) = if *packet.first()? == 0x45 {
            let header: &[u8; Ipv4::MIN_HEADER_LEN] = packet.first_chunk()?;
            let is_fragment = u16_at(header, 6) & 0x3fff != 0;
            if is_fragment {
                return None;
            }
            (
                Header::V4(header),
                header[9],
                Ipv4::MIN_HEADER_LEN..u16_at(header, 2).into(),
            )
        } else {
            let header: &[u8; Ipv6::HEADER_LEN] = packet.first_chunk()?;
            if header[0] >> 4 != 6 {
                return None;
            }
            let end = Ipv6::HEADER_LEN + usize::from(u16_at(header, 4));
            (Header::V6(header), header[6], Ipv6::HEADER_LEN..end)
        };
        let (protocol, message) = (IpProtocol(protocol), packet.get(payload)?);
        let is_plain = match protocol {
            IpProtocol::TCP => Tcp::parse(message).is_ok(),
            IpProtocol::UDP => Udp::parse(message).is_ok(),
            _ => false,
        };
        is_plain.then_some(Self {
            header,
            protocol,
            message,
        })
    }

    /// The key of the packet.
    ///
    /// Made in one go from the octets: a key that is passed on half made costs more than all else.
    #[inline]
    pub(crate) fn key(&self) -> FlowKey {
        let Self {
            header,
            protocol,
            message,
        } = *self;
        let (source_port, destination_port) = (u16_at(message, 0), u16_at(message, 2));
        match header {
            Header::V4(header) => FlowKey {
                source: Ipv4Addr::from(array_at::<4>(header, 12)).into(),
                destination: Ipv4Addr::from(array_at::<4>(header, 16)).into(),
                protocol,
                source_port,
                destination_port,
            },
            Header::V6(header) => FlowKey {
                source: Ipv6Addr::from(array_at::<16>(header, 8)).into(),
                destination: Ipv6Addr::from(array_at::<16>(header, 24)).into(),
                protocol,
                source_port,
                destination_port,
            },
        }
    }

    /// Where in the packet its payload stands.
    #[inline]
    pub(crate) fn payload(&self) -> std::ops::Range<usize> {
        let start = match self.header {
            Header::V4(header) => header.len(),
            Header::V6(header) => header.len(),
        };
        start..start + self.message.len()
    }
}
