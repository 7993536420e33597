//! Layer 3: routing by longest prefix match, and a switch that bridges and routes.
//!
//! | module | idea |
//! |---|---|
//! | `config` | [`L3Config`]: what can be set, and what is refused |
//! | `fib`, `ranges` | [`Fib`]: which route an address takes |
//! | `routes` | routes made by addresses and by the administrator, and their ways |
//! | `decide` | where a packet goes |
//! | `router` | what happens to a packet until it leaves or stays |
//! | `own` | the router's own packets: answers and errors |
//! | `ways` | the ways out: a port, or a VLAN of the bridge |
//! | `route_cache` | what a processor has looked up before: the first packet waits, the rest do not |
//! | `passage` | [`Passage`]: where a layer above sees the packets |
//! | `switch` | [`L3Switch`]: bridge and router as a device |
//!
//! ```
//! use std::net::Ipv4Addr;
//! use switchlab_core::{step, Device, Egress, Ingress, Instant, PortId};
//! use switchlab_l3::{Attachment, InterfaceConfig, L3Config, L3Switch, Neighbour};
//! use switchlab_wire::{Ethernet, EthernetBuilder, Ipv4, Ipv4Builder, MacAddr};
//!
//! let [left, right, host] = ["left", "right", "host"].map(MacAddr::from_name);
//! let mut config = L3Config::with_ports(2);
//! for (port, mac, net) in [(0, left, "10.0.0.1/24"), (1, right, "10.0.1.1/24")] {
//!     let attachment = Attachment::Port(PortId::new(port));
//!     config.interfaces.push(InterfaceConfig::new(attachment, mac, [net.parse().unwrap()]));
//! }
//! let ip = Ipv4Addr::new(10, 0, 1, 2);
//! config.neighbours.push(Neighbour { ip: ip.into(), mac: host, attachment: Attachment::Port(PortId::new(1)) });
//! let mut switch = L3Switch::new(config)?;
//!
//! let packet = Ipv4Builder::new(Ipv4Addr::new(10, 0, 0, 2), ip).ttl(64).udp(1000, 2000, b"hello");
//! let (mut rx, mut tx) = (Ingress::default(), Egress::default());
//! rx.push(PortId::new(0), EthernetBuilder::new(host, left).packet(&packet));
//! step(&mut switch, Instant::ZERO, &mut rx, &mut tx);
//!
//! let (port, frame) = tx.next().expect("it is routed");
//! let ethernet = Ethernet::parse(frame.octets()).unwrap();
//! assert_eq!((port, ethernet.source(), ethernet.destination()), (PortId::new(1), right, host));
//! assert_eq!(Ipv4::parse(ethernet.payload()).unwrap().ttl(), 63);
//! # Ok::<(), switchlab_l3::L3ConfigError>(())
//! ```
#![forbid(unsafe_code)]

mod config;
mod decide;
mod fib;
mod own;
mod passage;
mod ranges;
mod route_cache;
mod router;
mod routes;
mod switch;
mod ways;

pub use config::{
    Attachment, EcmpHash, InterfaceConfig, L3Config, L3ConfigError, Neighbour, Path, ReversePath,
    Route, RouteAction,
};
pub use fib::Fib;
pub use passage::{Denial, Exit, Heading, Passage};
pub use route_cache::RouteCacheConfig;
pub use switch::L3Switch;
