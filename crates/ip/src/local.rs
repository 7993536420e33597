//! What a machine does with packets to itself: put them together, answer echo requests, hand on the rest.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_core::{Counters, DropReason, Instant};
use switchlab_wire::{Ethernet, Frame, Icmp, IcmpType, IpProtocol, Ipv4};

use crate::icmp::{IcmpError, LONGEST_ERROR, echo_reply, icmp_error, may_draw_error};
use crate::reassembly::{Reassembled, Reassembly};

/// What came of a packet to the machine itself.
#[derive(Debug)]
pub enum Delivery {
    /// A whole packet for whoever reads its protocol; the owner has to account for the frame.
    Transport(Frame),
    /// An ICMP message other than an echo request: an echo reply, or an error about a packet of ours.
    /// The owner has to account for the frame.
    Icmp(Frame),
    /// The reply to an echo request, to be sent to its destination. The request has been counted as kept,
    /// the reply as originated.
    Reply(Frame),
    /// It waits for the other fragments of its datagram; it has been counted as kept.
    Held,
    /// It goes no further; it has been counted as dropped.
    Dropped(DropReason),
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transport(_) => "it is for a transport protocol",
            Self::Icmp(_) => "it is an ICMP message about something sent from here",
            Self::Reply(_) => "it is an echo request, and is answered",
            Self::Held => "it waits for the other fragments of its datagram",
            Self::Dropped(reason) => reason.code(),
        })
    }
}

/// The part of a machine that takes packets to itself.
#[derive(Debug)]
pub struct Local {
    reassembly: Reassembly,
    identification: u16,
}

impl Local {
    /// A machine that waits so long for fragments.
    #[must_use]
    pub fn new(reassembly_timeout: Duration) -> Self {
        let reassembly = Reassembly::new(reassembly_timeout, Reassembly::DEFAULT_CAPACITY);
        Self {
            reassembly,
            identification: 0,
        }
    }

    /// Takes a packet that passed [`check`](crate::check) and is for this machine.
    ///
    /// `to_own_address` says that it was sent to an address of the machine, not to a group or everybody;
    /// only then is an echo request answered.
    pub fn deliver(
        &mut self,
        now: Instant,
        mut frame: Frame,
        to_own_address: bool,
        counters: &mut Counters,
    ) -> Delivery {
        if packet(&frame).is_fragment() {
            match self.reassembly.add(now, frame, counters) {
                Reassembled::Whole { frame: whole, .. } => frame = whole,
                Reassembled::Held => return Delivery::Held,
                Reassembled::Failed => return Delivery::Dropped(DropReason::ReassemblyFailed),
            }
        }
        let view = packet(&frame);
        if view.protocol() != IpProtocol::ICMP {
            return Delivery::Transport(frame);
        }
        let reason = match Icmp::parse(view.payload()) {
            Err(_) => DropReason::TransportMalformed,
            Ok(icmp) if !icmp.verify_checksum() => DropReason::TransportChecksum,
            Ok(icmp) if icmp.icmp_type() == IcmpType::ECHO_REPLY || icmp.is_error() => {
                return Delivery::Icmp(frame);
            }
            Ok(icmp) if icmp.icmp_type() != IcmpType::ECHO_REQUEST => DropReason::UnknownProtocol,
            Ok(_) if !to_own_address => DropReason::IcmpSuppressed,
            Ok(_) => {
                self.identification = self.identification.wrapping_add(1);
                let reply = echo_reply(&view, self.identification)
                    .expect("a sound echo request was seen just above");
                counters.kept += 1;
                counters.originated += 1;
                return Delivery::Reply(reply);
            }
        };
        counters.dropped(reason);
        Delivery::Dropped(reason)
    }

    /// Makes an ICMP error from this address about a packet that passed [`check`](crate::check), and
    /// counts it as originated; `None` if no error may be sent about it.
    pub fn error(
        &mut self,
        error: IcmpError,
        from: Ipv4Addr,
        about: &Frame,
        counters: &mut Counters,
    ) -> Option<Frame> {
        let about = packet(about);
        if !may_draw_error(&about) {
            return None;
        }
        counters.originated += 1;
        let identification = self.next_identification();
        Some(icmp_error(
            error,
            from,
            identification,
            &about,
            LONGEST_ERROR,
        ))
    }

    /// An identification for a packet the machine makes itself.
    pub const fn next_identification(&mut self) -> u16 {
        self.identification = self.identification.wrapping_add(1);
        self.identification
    }

    /// When [`expire`](Self::expire) next has work.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.reassembly.poll_timeout()
    }

    /// Gives up the next incomplete datagram whose time is up, and returns its first fragment, about
    /// which [`IcmpError::ReassemblyTimeout`] is to be told. To be asked until there is nothing more.
    pub fn expire(&mut self, now: Instant, counters: &mut Counters) -> Option<Frame> {
        self.reassembly.expire(now, counters)
    }
}

fn packet(frame: &Frame) -> Ipv4<'_> {
    Ipv4::parse(&frame.octets()[Ethernet::HEADER_LEN..])
        .expect("the packet was checked when it came in")
}
