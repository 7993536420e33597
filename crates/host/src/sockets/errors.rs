//! What the network says of connections that are being opened: ICMP errors, and packets that never left.

use switchlab_core::DropReason;
use switchlab_wire::{FlowKey, Icmp, IcmpType, Ipv4};

use super::connection::{Key, Phase};
use super::{ConnectionEvent, SocketEvent, Sockets};

/// The code of "fragmentation needed", which says nothing of the peer.
const FRAGMENTATION_NEEDED: u8 = 4;

impl Sockets {
    /// Tells that a packet from [`poll_transmit`](Self::poll_transmit) could not be sent, because
    /// there is no route or no neighbour answers. `packet` begins with the IPv4 header.
    ///
    /// A connection being opened by it ends as `Unreachable`; one that stands goes on trying.
    pub fn undeliverable(&mut self, packet: &[u8]) {
        if let Ok(flow) = FlowKey::of(packet) {
            self.unreachable(&flow, None);
        }
    }

    /// Reads an ICMP error; only "destination unreachable" changes anything, and that only while a
    /// connection is being opened (RFC 5461 §2.2, RFC 5927 §4 for the sequence number).
    pub(super) fn receive_error(&mut self, ip: &Ipv4<'_>) -> Result<(), DropReason> {
        let icmp = Icmp::parse(ip.payload()).map_err(|_| DropReason::TransportMalformed)?;
        if !icmp.verify_checksum() {
            return Err(DropReason::TransportChecksum);
        }
        let quoted = icmp.quoted().ok_or(DropReason::UnknownProtocol)?;
        let quoted = quoted.map_err(|_| DropReason::TransportMalformed)?;
        let flow = FlowKey::of(ip.octets()).map_err(|_| DropReason::TransportMalformed)?;
        let says_unreachable = icmp.icmp_type() == IcmpType::DESTINATION_UNREACHABLE
            && icmp.code() != FRAGMENTATION_NEEDED;
        let sequence = quoted.payload().get(4..8);
        let sequence = sequence.and_then(|octets| octets.first_chunk().copied());
        if says_unreachable && let Some(sequence) = sequence {
            // The key of an ICMP error is turned round: it travels against the packet it quotes.
            self.unreachable(&flow.reversed(), Some(u32::from_be_bytes(sequence)));
        }
        Ok(())
    }

    fn unreachable(&mut self, flow: &FlowKey, sequence: Option<u32>) {
        let Some(id) = Key::of_leaving(flow).and_then(|key| self.by_key.get(&key).copied()) else {
            return;
        };
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let is_syn =
            sequence.is_none_or(|sequence| connection.sent_until == Some(sequence.wrapping_add(1)));
        if connection.phase == Phase::Opening && is_syn {
            let event = SocketEvent::Connection(id, ConnectionEvent::Unreachable);
            self.events.push_back(event);
            self.forget(id);
        }
    }
}
