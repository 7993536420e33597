//! One flow: how its packets read when they come in, and how they are to read when they leave.

use std::time::Duration;

use switchlab_balance::TargetId;
use switchlab_core::Instant;
use switchlab_l3::Heading;
use switchlab_wire::FlowKey;

use crate::idle::Idle;
use crate::tcp::{Connection, OneWay};
use crate::tuple::Tuple;

/// Which way a packet of a flow goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// As the first packet went.
    Original,
    /// Back.
    Reply,
}

impl Direction {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Original => Self::Reply,
            Self::Reply => Self::Original,
        }
    }
}

/// One flow that passes through the device.
///
/// A packet that comes in with the key `original` leaves with the key `reply` reversed, and a packet
/// that comes in with the key `reply` leaves with the key `original` reversed. Where one is the
/// other's reverse nothing is translated.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) original: Tuple,
    pub(crate) reply: Tuple,
    pub(crate) backend: Option<Assigned>,
    /// Where its packets go without being translated; the answers take another way.
    pub(crate) heading: Option<Heading>,
    pub(crate) protocol: Protocol,
    /// Whether a packet ever came back.
    pub(crate) replied: bool,
    /// Whether the switch itself is the client.
    pub(crate) is_own: bool,
}

/// The backend that a flow goes to, by place in the list of services and in the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub(crate) service: usize,
    pub(crate) backend: TargetId,
}

/// What is known of a flow by its protocol.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Protocol {
    Tcp(Connection),
    /// TCP of which only the client's segments pass by.
    OneWay(OneWay),
    /// Datagrams, and when the first one came.
    Udp(Instant),
    Icmp,
    Other,
}

/// A UDP flow that still goes both ways when it is older than this is a conversation.
const UDP_STREAM_AGE: Duration = Duration::from_secs(2);

impl Flow {
    /// A flow that nothing translates, whose first packet was just seen.
    pub(crate) const fn new(original: Tuple, protocol: Protocol) -> Self {
        Self {
            original,
            reply: original.reversed(),
            backend: None,
            heading: None,
            protocol,
            replied: false,
            is_own: false,
        }
    }

    /// How a packet going this way reads when it comes in.
    pub(crate) fn came_as(&self, direction: Direction) -> FlowKey {
        match direction {
            Direction::Original => self.original.key(),
            Direction::Reply => self.reply.key(),
        }
    }

    /// How a packet going this way must read when it leaves.
    pub(crate) fn leaves_as(&self, direction: Direction) -> FlowKey {
        self.came_as(direction.other()).reversed()
    }

    /// How a packet going this way must read while it is routed: on its way to the right destination,
    /// still from where it came.
    pub(crate) fn routed_as(&self, direction: Direction) -> FlowKey {
        let came_as = self.came_as(direction);
        let leaves_as = self.leaves_as(direction);
        FlowKey {
            source: came_as.source,
            source_port: came_as.source_port,
            ..leaves_as
        }
    }

    /// Whether packets going this way are sent elsewhere than where they were sent to.
    pub(crate) fn changes_destination(&self, direction: Direction) -> bool {
        // What is the destination one way is the source the other way.
        self.changes_source(direction.other())
    }

    /// Whether packets going this way leave with another source than they came with.
    pub(crate) fn changes_source(&self, direction: Direction) -> bool {
        let (came, answered) = match direction {
            Direction::Original => (&self.original, &self.reply),
            Direction::Reply => (&self.reply, &self.original),
        };
        came.source() != answered.destination()
    }

    /// How long it may be silent from `now` on.
    #[inline]
    pub(crate) fn idle(&self, now: Instant) -> Idle {
        match &self.protocol {
            Protocol::Tcp(connection) => connection.idle(self.replied),
            Protocol::OneWay(connection) => connection.idle(),
            // Where no answer passes by, none is missed.
            Protocol::Udp(since)
                if (self.replied || self.heading.is_some())
                    && now.since(*since) > UDP_STREAM_AGE =>
            {
                Idle::UdpStream
            }
            Protocol::Udp(_) => Idle::Udp,
            Protocol::Icmp => Idle::Icmp,
            Protocol::Other => Idle::Other,
        }
    }

    /// Its state, for a person to read.
    pub(crate) fn state(&self) -> &'static str {
        match &self.protocol {
            Protocol::Tcp(connection) => connection.state().name(),
            Protocol::OneWay(connection) => connection.name(),
            _ if self.replied => "answered",
            _ => "unanswered",
        }
    }
}
