//! Asking others for ICMP echoes: RFC 792.

use std::net::Ipv4Addr;

use switchlab_core::{Egress, Instant};
use switchlab_wire::{Echo, EthernetBuilder, Frame, Icmp, IcmpType, Ipv4Builder, MacAddr};

use super::{Station, view};

/// The most octets of data in one echo request: what an IP packet holds behind both headers.
pub(crate) const LONGEST_ECHO: usize = 65_535 - 20 - 8;

/// An ICMP echo reply that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EchoReply {
    /// Who answered.
    pub from: Ipv4Addr,
    /// Identifier and sequence number, as they stood in the request.
    pub echo: Echo,
    /// Octets of data behind the ICMP header.
    pub octets: usize,
}

/// Why an echo request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PingError {
    /// No route leads there.
    #[error("no route leads to {target}; an address next door, or a gateway, would be right")]
    NoRoute {
        /// Who should have been asked.
        target: Ipv4Addr,
    },
    /// The data does not fit into a packet.
    #[error("an echo of {octets} octets does not fit into a packet; at most {LONGEST_ECHO} do")]
    TooLong {
        /// Octets of data.
        octets: usize,
    },
}

impl Station {
    /// Sends an ICMP echo request; [`receive`](Self::receive) tells of the answer.
    ///
    /// What is longer than the MTU leaves in fragments.
    ///
    /// # Errors
    /// If no route leads there, or `payload` has more than 65 507 octets.
    pub fn ping(
        &mut self,
        now: Instant,
        target: Ipv4Addr,
        echo: Echo,
        payload: &[u8],
        tx: &mut Egress,
    ) -> Result<(), PingError> {
        let octets = payload.len();
        if octets > LONGEST_ECHO {
            return Err(PingError::TooLong { octets });
        }
        let from = self.own_address_towards(target);
        let from = from.ok_or(PingError::NoRoute { target })?;
        let packet = Ipv4Builder::new(from, target)
            .identification(self.local.next_identification())
            .echo_request(echo, payload);
        let frame = EthernetBuilder::new(MacAddr::ZERO, MacAddr::ZERO).packet(&packet);
        self.counters.originated += 1;
        self.send(now, frame, tx);
        Ok(())
    }
}

/// The echo reply in a frame, if it is one.
pub(super) fn echo_reply(frame: &Frame) -> Option<EchoReply> {
    let ip = view(frame);
    let icmp = Icmp::parse(ip.payload()).ok()?;
    let is_reply = icmp.icmp_type() == IcmpType::ECHO_REPLY;
    Some(EchoReply {
        from: ip.source(),
        echo: icmp.echo().filter(|_| is_reply)?,
        octets: icmp.payload().len(),
    })
}
