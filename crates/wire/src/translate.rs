//! Network address translation of one packet: other addresses and ports, checksums kept true.

use std::net::IpAddr;
use std::ops::Range;

use crate::datagram::{Datagram, Extent, Message};
use crate::field::{set_u16_at, u16_at};
use crate::plain::Plain;
use crate::{FlowKey, Icmp, IpProtocol, Ipv4, Ipv6, Layer, ParseError, Sum, checksum};

/// Why a packet cannot be translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranslateError {
    /// The packet cannot be read.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The packet has no place for the new key: another IP version, another protocol, ports where
    /// there are none, or a destination hidden in a routing header.
    #[error("a packet of {from} cannot be turned into one of {to}")]
    Incompatible {
        /// The key of the packet.
        from: FlowKey,
        /// The key asked for.
        to: FlowKey,
    },
}

/// Rewrites an IP packet so that [`FlowKey::of`] it becomes `to`.
///
/// Every checksum is updated incrementally (RFC 1624): a right one stays right, a wrong one stays
/// wrong, a missing one in UDP stays missing. In an ICMP error the quoted packet is rewritten to
/// match, its checksums too as far as they are quoted (RFC 5508 §4), and the outer header gets each
/// address that changes: the error then appears to come from the translated source, whoever on the
/// way to it sent it. Nothing else changes, the time to live included.
///
/// A fragment has no ports in its key and keeps those it has; its addresses can be translated.
///
/// # Errors
/// The packet cannot be read, or has no place for the new key. It is unchanged then.
pub fn translate(packet: &mut [u8], to: FlowKey) -> Result<(), TranslateError> {
    if let Some(plain) = Plain::parse(packet) {
        Part::plain(&plain, &plain.key(), &to)?.rewrite(packet);
        return Ok(());
    }
    let from = FlowKey::of(packet)?;
    let datagram = Datagram::parse(packet, Extent::Whole)?;
    let Message::Error(quoted) = datagram.message(Extent::Whole)? else {
        Part::new(&datagram, Extent::Whole, &from, &to)?.rewrite(packet);
        return Ok(());
    };
    let (outer_from, outer_to) = keys_of_error(&datagram, &from, &to);
    let outer = Part::new(&datagram, Extent::Whole, &outer_from, &outer_to)?;
    let quoted = Datagram::parse(quoted, Extent::Quoted)?;
    let (inner_from, inner_to) = (from.reversed(), to.reversed());
    let inner = Part::new(&quoted, Extent::Quoted, &inner_from, &inner_to)?;
    outer.rewrite_error(packet, &inner);
    Ok(())
}

/// A packet to be rewritten, whole or quoted, judged beforehand: rewriting cannot fail.
struct Part<'a> {
    from: &'a FlowKey,
    to: &'a FlowKey,
    /// What stands behind the IP headers; the key of a fragment may name an extension header.
    protocol: IpProtocol,
    /// Where in the packet that stands, without padding.
    payload: Range<usize>,
    ports: Ports,
    /// Where in the payload the upper layer's checksum stands; `None` if it has none or it is not
    /// in this part.
    checksum_at: Option<usize>,
}

/// Where the ports of the key stand in the payload.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ports {
    /// At its start.
    First,
    /// One of them is the identifier of an echo, the other 0.
    Identifier,
    /// Nowhere.
    None,
}

impl<'a> Part<'a> {
    #[inline]
    fn plain(
        plain: &Plain<'_>,
        from: &'a FlowKey,
        to: &'a FlowKey,
    ) -> Result<Self, TranslateError> {
        if !is_consistent(from, to) {
            return Err(TranslateError::Incompatible {
                from: *from,
                to: *to,
            });
        }
        let (protocol, payload) = (plain.protocol, plain.payload());
        let checksum_at = Some(if protocol == IpProtocol::TCP {
            TCP_CHECKSUM_AT
        } else {
            UDP_CHECKSUM_AT
        });
        Ok(Self {
            from,
            to,
            protocol,
            payload,
            ports: Ports::First,
            checksum_at,
        })
    }

    fn new(
        datagram: &Datagram<'_>,
        extent: Extent,
        from: &'a FlowKey,
        to: &'a FlowKey,
    ) -> Result<Self, TranslateError> {
        let (ports, have_place) = match datagram.message(extent)? {
            Message::Ports(..) => (Ports::First, true),
            Message::EchoRequest(_) => (Ports::Identifier, to.destination_port == 0),
            Message::EchoReply(_) => (Ports::Identifier, to.source_port == 0),
            Message::Error(_) | Message::Other => {
                (Ports::None, to.source_port == 0 && to.destination_port == 0)
            }
        };
        let is_in_reach = from.destination == to.destination || !datagram.is_routed;
        if !(have_place && is_in_reach && is_consistent(from, to)) {
            return Err(TranslateError::Incompatible {
                from: *from,
                to: *to,
            });
        }
        Ok(Self {
            from,
            to,
            protocol: datagram.protocol,
            payload: datagram.payload_at..datagram.payload_at + datagram.payload.len(),
            ports,
            checksum_at: checksum_at(datagram, extent)?,
        })
    }

    fn rewrite(&self, packet: &mut [u8]) {
        self.rewrite_addresses(packet);
        let (from, to) = (self.from, self.to);
        let payload = &mut packet[self.payload.clone()];
        match self.ports {
            Ports::First => {
                set_u16_at(payload, 0, to.source_port);
                set_u16_at(payload, 2, to.destination_port);
            }
            Ports::Identifier => set_u16_at(payload, 4, to.source_port | to.destination_port),
            Ports::None => {}
        }
        self.amend_checksum(payload, |sum| {
            sum.remove_u16(from.source_port)
                .remove_u16(from.destination_port)
                .add_u16(to.source_port)
                .add_u16(to.destination_port)
        });
    }

    /// Rewrites an ICMP error and the packet it quotes.
    fn rewrite_error(&self, packet: &mut [u8], inner: &Self) {
        self.rewrite_addresses(packet);
        let message = &mut packet[self.payload.clone()];
        let quoted = &mut message[Icmp::HEADER_LEN..];
        let before = checksum(quoted);
        inner.rewrite(quoted);
        let after = checksum(quoted);
        // A checksum is the complement of what its octets add to the sum.
        self.amend_checksum(message, |sum| sum.add_u16(before).remove_u16(after));
    }

    fn rewrite_addresses(&self, packet: &mut [u8]) {
        if self.from.source != self.to.source {
            match self.to.source {
                IpAddr::V4(source) => Ipv4::set_source(packet, source),
                IpAddr::V6(source) => Ipv6::set_source(packet, source),
            }
        }
        if self.from.destination != self.to.destination {
            match self.to.destination {
                IpAddr::V4(destination) => Ipv4::set_destination(packet, destination),
                IpAddr::V6(destination) => Ipv6::set_destination(packet, destination),
            }
        }
    }

    fn amend_checksum(&self, payload: &mut [u8], amend: impl FnOnce(Sum) -> Sum) {
        let Some(at) = self.checksum_at else { return };
        let old = u16_at(payload, at);
        if self.protocol == IpProtocol::UDP && old == 0 {
            return;
        }
        let mut sum = amend(Sum::of_checksum(old));
        if self.protocol != IpProtocol::ICMP {
            sum = sum
                .remove_address(self.from.source)
                .remove_address(self.from.destination)
                .add_address(self.to.source)
                .add_address(self.to.destination);
        }
        set_u16_at(payload, at, sum.finish());
        // Of the two zeros, UDP sends the one that does not mean "none". And where nothing but
        // zeros is left, as in an echo reply, incremental updating gives the wrong one (RFC 1624 §3).
        let is_udp = self.protocol == IpProtocol::UDP;
        if sum.finish() == 0 && (is_udp || payload.iter().all(|octet| *octet == 0)) {
            set_u16_at(payload, at, 0xffff);
        }
    }
}

const TCP_CHECKSUM_AT: usize = 16;
const UDP_CHECKSUM_AT: usize = 6;
const ICMP_CHECKSUM_AT: usize = 2;

/// Whether both keys are of one IP version and one protocol.
#[inline]
fn is_consistent(from: &FlowKey, to: &FlowKey) -> bool {
    from.protocol == to.protocol
        && from.source.is_ipv4() == to.source.is_ipv4()
        && from.destination.is_ipv4() == to.destination.is_ipv4()
}

/// What the packet of an ICMP error about the answers to the flow `from` is itself, before and
/// after translation: it has the addresses that change in the flow.
fn keys_of_error(error: &Datagram<'_>, from: &FlowKey, to: &FlowKey) -> (FlowKey, FlowKey) {
    let pick = |own, old, new| if old == new { own } else { new };
    let key = |source, destination| FlowKey {
        source,
        destination,
        protocol: error.protocol,
        source_port: 0,
        destination_port: 0,
    };
    let source = pick(error.source, from.source, to.source);
    let destination = pick(error.destination, from.destination, to.destination);
    (
        key(error.source, error.destination),
        key(source, destination),
    )
}

fn checksum_at(datagram: &Datagram<'_>, extent: Extent) -> Result<Option<usize>, ParseError> {
    let (layer, at) = match datagram.protocol {
        _ if datagram.fragment.is_some_and(|piece| piece.offset > 0) => return Ok(None),
        IpProtocol::TCP => (Layer::Tcp, TCP_CHECKSUM_AT),
        IpProtocol::UDP => (Layer::Udp, UDP_CHECKSUM_AT),
        // The ICMP checksum covers no address, and of a fragment only addresses can change.
        IpProtocol::ICMP if datagram.source.is_ipv4() && datagram.fragment.is_none() => {
            (Layer::Icmp, ICMP_CHECKSUM_AT)
        }
        IpProtocol::ICMPV6 if datagram.source.is_ipv6() => (Layer::Icmpv6, ICMP_CHECKSUM_AT),
        _ => return Ok(None),
    };
    let (needed, got) = (at + 2, datagram.payload.len());
    match extent {
        _ if needed <= got => Ok(Some(at)),
        Extent::Quoted => Ok(None),
        // A first fragment may end right before the checksum, which is then out of reach.
        Extent::Whole => Err(ParseError::Truncated { layer, needed, got }),
    }
}
