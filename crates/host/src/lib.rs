//! A virtual host.
#![forbid(unsafe_code)]

mod app;
mod apps;
mod config;
mod host;
mod kernel;
mod owners;
mod sockets;
mod station;

pub use app::App;
pub use apps::{
    AppError, HttpClientConfig, HttpServerConfig, HttpUrl, PingConfig, UdpEchoConfig,
    UdpSourceConfig,
};
pub use config::{AppConfig, AppKind, HostConfig};
pub use host::{Host, HostError};
pub use kernel::Kernel;
pub use sockets::{
    CongestionControl, ConnectError, ConnectionEvent, ConnectionId, DatagramEnds, ListenError,
    SendError, SocketEvent, Sockets, SocketsConfig, TcpStatistics,
};
pub use station::{EchoReply, PingError, Station, StationConfig, StationError};
pub use switchlab_ip::{InterfaceConfig, InterfaceError, NeighbourConfig};
