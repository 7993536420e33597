//! A virtual host: network interfaces, TCP and UDP on smoltcp, and applications above them.
//!
//! A [`Host`] is a [`Device`](switchlab_core::Device) like any switch; what runs on it is an [`App`],
//! of those that come with the crate or of the user's own. Devices that need sockets without
//! applications take a [`Station`].
//!
//! | module | idea |
//! |---|---|
//! | `host` | [`Host`]: a station with applications on it |
//! | `config` | [`HostConfig`], [`AppConfig`] and the kinds of applications |
//! | `app` | [`App`]: what an application is to its host |
//! | `kernel` | [`Kernel`]: what a host is to its applications, the system calls |
//! | `owners` | which application a port, a connection or an echo belongs to |
//! | `apps` | HTTP server and client, server and resolver of names, ping, UDP echo, sink and source |
//! | `station` | [`Station`]: interfaces, ARP, routes and sockets |
//! | `sockets` | [`Sockets`]: TCP connections and UDP ports, above packets |
//!
//! A frame's way up: `Host::receive`, `Station::receive`, [`Sockets::receive_packet`], an event, and
//! the method of [`App`] that hears of it. The way down: a call to the [`Kernel`],
//! [`Sockets::poll_transmit`], `Station::flush`.
//!
//! ```
//! use switchlab_core::{Device, Egress, Event, Ingress, Instant, step};
//! use switchlab_host::{
//!     AppConfig, Host, HostConfig, HttpClientConfig, HttpServerConfig, HttpUrl, InterfaceConfig,
//!     SocketsConfig, StationConfig,
//! };
//! use switchlab_wire::MacAddr;
//!
//! let host = |name: &str, address: &str, app| {
//!     let mac = MacAddr::from_name(name);
//!     let station = StationConfig {
//!         interfaces: vec![InterfaceConfig::new(mac, [address.parse().unwrap()])],
//!         gateway: None,
//!         sockets: SocketsConfig::default(),
//!     };
//!     Host::new(HostConfig::new(name, station).with_app(app)).unwrap()
//! };
//! let url = HttpUrl::new("10.0.0.2:80".parse().unwrap(), "/");
//! let client = HttpClientConfig { count: Some(1), ..HttpClientConfig::new(url) };
//! let mut ends = [
//!     host("a", "10.0.0.1/24", AppConfig::new(client)),
//!     host("b", "10.0.0.2/24", AppConfig::new(HttpServerConfig::default())),
//! ];
//!
//! // A wire that takes no time: what one end sends, the other gets.
//! let (mut rx, mut tx, mut status) = (Ingress::default(), Egress::default(), None);
//! for turn in 0..40 {
//!     step(&mut ends[turn % 2], Instant::ZERO, &mut rx, &mut tx);
//!     while let Some((port, frame)) = tx.next() {
//!         rx.push(port, frame);
//!     }
//!     while let Some(event) = ends[turn % 2].poll_event() {
//!         if let Event::RequestDone(done) = event {
//!             status = done.status;
//!         }
//!     }
//! }
//! assert_eq!(status, Some(200));
//! ```
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
    AppError, DnsResolverConfig, DnsServerConfig, Geography, HttpClientConfig, HttpServerConfig,
    HttpUrl, PingConfig, RecordCheck, RecordSet, UdpEchoConfig, UdpSinkConfig, UdpSourceConfig,
    UrlServers, Values, ZoneConfig,
};
pub use config::{AppConfig, AppKind, HostConfig};
pub use host::{Host, HostError};
pub use kernel::Kernel;
pub use sockets::{
    CongestionControl, ConnectError, ConnectionEvent, ConnectionId, DatagramEnds, ListenError,
    SendError, SocketEvent, Sockets, SocketsConfig, TcpStatistics,
};
pub use station::{EchoReply, PingError, Station, StationConfig, StationError, Taken};
pub use switchlab_ip::{InterfaceConfig, InterfaceError, NeighbourConfig};
