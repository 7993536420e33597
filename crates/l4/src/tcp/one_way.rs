//! The state of a TCP connection of which only the client's segments pass by.

use super::segment::{Kind, Segment};
use super::state::Judgement;
use crate::idle::Idle;

/// Where a connection stands, as far as its client's segments tell: the answers take another way.
///
/// IPVS knows the same states where it sees one direction only. A server that closes or resets goes unseen, so the
/// flow stays until the client does the same, or has been silent for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OneWay {
    /// The client has sent its SYN.
    Opening,
    /// It has acknowledged the answer.
    Established,
    /// It was first seen in the middle of the connection.
    PickedUp,
    /// The client has sent its FIN.
    Closing,
    /// It has sent a reset.
    Closed,
}

impl OneWay {
    /// A connection whose first segment was just seen; `None` if no connection begins like that.
    pub(crate) fn begin(segment: &Segment<'_>) -> Option<Self> {
        match segment.kind {
            Kind::Syn => Some(Self::Opening),
            Kind::Ack => Some(Self::PickedUp),
            Kind::SynAck | Kind::Fin | Kind::Rst => None,
        }
    }

    /// Judges a segment of the client and moves the connection on.
    pub(crate) fn follow(&mut self, segment: &Segment<'_>) -> Judgement {
        let next = match (*self, segment.kind) {
            (_, Kind::SynAck) => return Judgement::Stray,
            (Self::Closing | Self::Closed, Kind::Syn) => return Judgement::Reopens,
            (Self::Established | Self::PickedUp, Kind::Syn) => return Judgement::Tolerated,
            (state, Kind::Syn) => state,
            (_, Kind::Rst) => Self::Closed,
            (Self::Closed, _) => return Judgement::Tolerated,
            (_, Kind::Fin) => Self::Closing,
            (Self::Opening, Kind::Ack) => Self::Established,
            (state, Kind::Ack) => state,
        };
        *self = next;
        Judgement::Follows
    }

    /// How long it may be silent.
    pub(crate) const fn idle(self) -> Idle {
        match self {
            Self::Opening => Idle::TcpSynSent,
            Self::Established => Idle::TcpEstablished,
            Self::PickedUp => Idle::TcpPickedUp,
            Self::Closing => Idle::TcpFinWait,
            Self::Closed => Idle::TcpClosed,
        }
    }

    /// Its name in the tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Opening => "SYN-SENT",
            Self::Established => "ESTABLISHED",
            Self::PickedUp => "picked up",
            Self::Closing => "FIN-WAIT",
            Self::Closed => "CLOSED",
        }
    }
}
