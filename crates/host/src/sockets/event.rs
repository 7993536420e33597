//! What sockets tell their owner, and what they refuse to do.

use std::net::SocketAddr;

use super::ConnectionId;

/// What happened to a connection.
///
/// The last five are *final*: they are told once, nothing follows, and the id is dead from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// The connection asked for by [`connect`](super::Sockets::connect) stands.
    Connected,
    /// A peer opened this connection to a port that is listened on; the handshake is done.
    Accepted,
    /// Octets wait to be read. Told once; again when more come after something was read.
    Readable,
    /// After [`send`](super::Sockets::send) took less than it was given: half of the buffer is free.
    Writable,
    /// The peer will send no more than what already waits to be read.
    PeerClosed,
    /// Both sides are done and everything is read and acknowledged.
    Closed,
    /// The peer answered the SYN with RST: nobody listens there.
    Refused,
    /// The peer reset the connection after it stood. What was not read is lost.
    Reset,
    /// The peer has been silent for too long.
    TimedOut,
    /// While the connection was being opened, the network said that the peer cannot be reached.
    Unreachable,
}

impl ConnectionEvent {
    /// Whether the connection's id is dead from now on.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Closed | Self::Refused | Self::Reset | Self::TimedOut | Self::Unreachable
        )
    }
}

/// Something that the owner of sockets should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketEvent {
    /// Something happened to a connection.
    Connection(ConnectionId, ConnectionEvent),
    /// Datagrams wait at this UDP port. Told once; again when more come after something was read.
    Datagrams(u16),
}

/// Why a port cannot be listened on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// Port 0 names no port.
    #[error("port 0 cannot be listened on; choose one from 1 to 65535")]
    PortZero,
    /// Somebody listens there already.
    #[error("port {port} is in use already; choose another, or stop what listens there")]
    InUse {
        /// The port.
        port: u16,
    },
}

/// Why a connection cannot even be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// One end is no IPv4 address and port that a connection can have.
    #[error(
        "no TCP connection leads to {remote}; an IPv4 unicast address and a port from 1 to 65535 would be right"
    )]
    Address {
        /// Where the connection should have led.
        remote: SocketAddr,
    },
    /// No route leads there, so there is no address to speak from.
    #[error("no route leads to {remote}; an address next door, or a gateway, would be right")]
    NoRoute {
        /// Where the connection should have led.
        remote: SocketAddr,
    },
    /// All local ports are taken by connections to the same peer.
    #[error("all {PORTS} local ports are taken by connections to {remote}; close some of them", PORTS = super::ports::EPHEMERAL.len())]
    PortsExhausted {
        /// Where the connection should have led.
        remote: SocketAddr,
    },
    /// There are as many connections as there may be.
    #[error(
        "there are {limit} connections already, and no more are allowed; raise `connection_limit`"
    )]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// Why a datagram was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The port is not bound.
    #[error("UDP port {port} is not bound; bind it first")]
    NotBound {
        /// The port.
        port: u16,
    },
    /// One end is no IPv4 address and port that a datagram can have.
    #[error(
        "no datagram leads to {remote}; an IPv4 address and a port from 1 to 65535 would be right"
    )]
    Address {
        /// Where the datagram should have gone.
        remote: SocketAddr,
    },
    /// No route leads there, so there is no address to speak from.
    #[error("no route leads to {remote}; an address next door, or a gateway, would be right")]
    NoRoute {
        /// Where the datagram should have gone.
        remote: SocketAddr,
    },
    /// The datagram is longer than one packet holds; hosts do not fragment.
    #[error("a datagram of {octets} octets does not fit into a packet; at most {limit} do")]
    TooLong {
        /// Octets of payload.
        octets: usize,
        /// The most that fit.
        limit: usize,
    },
    /// Too many datagrams were given before [`poll_transmit`](super::Sockets::poll_transmit) was called.
    #[error("the send buffer of UDP port {port} is full")]
    Full {
        /// The port.
        port: u16,
    },
}
