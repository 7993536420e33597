//! A virtual host.
#![forbid(unsafe_code)]

mod sockets;
mod station;

pub use sockets::{
    CongestionControl, ConnectError, ConnectionEvent, ConnectionId, DatagramEnds, ListenError,
    SendError, SocketEvent, Sockets, SocketsConfig, TcpStatistics,
};
pub use station::{Station, StationConfig, StationError};
pub use switchlab_ip::{InterfaceConfig, InterfaceError, NeighbourConfig};
