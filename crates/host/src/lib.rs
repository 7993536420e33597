//! A virtual host.
#![forbid(unsafe_code)]

mod sockets;

pub use sockets::{
    CongestionControl, ConnectError, ConnectionEvent, ConnectionId, DatagramEnds, ListenError,
    SendError, SocketEvent, Sockets, SocketsConfig, TcpStatistics,
};
