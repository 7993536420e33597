//! TCP and UDP for whoever has IP packets: events and packets in and out, no network interfaces.
//!
//! | file | idea |
//! |---|---|
//! | `core` | [`Sockets`]: the contract, and who gets a packet |
//! | `calls` | what an owner may do with a connection |
//! | `segments` | segments in and out, what they change, when patience ends |
//! | `errors` | ICMP errors and packets that never left |
//! | `udp` | datagrams by local port |
//! | `connection`, `slab` | one connection; all of them by id |
//! | `stack` | the one door to smoltcp |
//! | `alarms`, `time_wait`, `ports` | lazily armed deadlines; what answers after the end; local ports |
//! | `config`, `event` | settings; what is told and what is refused |

mod alarms;
mod calls;
mod config;
mod connection;
mod core;
mod errors;
mod event;
mod ports;
mod segments;
mod slab;
mod stack;
mod time_wait;
mod udp;

#[cfg(test)]
mod tests;

pub use config::{CongestionControl, SocketsConfig};
pub use connection::ConnectionId;
pub use core::{Sockets, TcpStatistics};
pub use event::{ConnectError, ConnectionEvent, ListenError, SendError, SocketEvent};
pub use udp::DatagramEnds;
