//! Layer 4: balancing of TCP and UDP flows over servers by address translation.
//!
//! An [`L4Switch`] is a layer 3 switch with services: a flow to a virtual address and port goes to one
//! of the service's backends, and stays there. Connections are followed from the middle as Linux
//! does it.
//!
//! | module | idea |
//! |---|---|
//! | `config` | [`L4Config`], [`ServiceConfig`], [`SourceNat`]: what can be set; [`L4Error`]: what is refused |
//! | `switch` | [`L4Switch`]: router, balancer and probes as a device |
//! | `balancer` | what happens to a packet on its way through the router, station by station |
//! | `parcel` | a packet as connection tracking sees it |
//! | `tuple` | the key of a flow, as small as it can be |
//! | `flow`, `flow_table` | one flow; all of them, by either key, bounded, forgotten in time |
//! | `idle`, `timeouts` | how long a flow may be silent, and who makes room for whom |
//! | `loads` | how many flows every backend has |
//! | `tcp` | what a segment does to a connection that passes by |
//! | `service` | backends, their health, and whose turn it is |
//! | `source_port` | the source that a new flow leaves with |
//! | `probes` | health checks over TCP from the switch itself |
//! | `explain`, `tables` | what a person reads |
//!
//! ```
//! use std::net::Ipv4Addr;
//! use switchlab_core::{Device, Egress, Event, Ingress, Instant, PortId, step};
//! use switchlab_l3::{Attachment, InterfaceConfig, L3Config};
//! use switchlab_l4::{L4Config, L4Switch, ServiceConfig, ServiceProtocol};
//! use switchlab_wire::{EthernetBuilder, Ipv4Builder, MacAddr};
//!
//! let [outside, inside, client] = ["outside", "inside", "client"].map(MacAddr::from_name);
//! let mut l3 = L3Config::with_ports(2);
//! for (port, mac, net) in [(0, outside, "10.0.0.1/24"), (1, inside, "10.0.1.1/24")] {
//!     let attachment = Attachment::Port(PortId::new(port));
//!     l3.interfaces.push(InterfaceConfig::new(attachment, mac, [net.parse().unwrap()]));
//! }
//! let backends = ["10.0.1.11:53", "10.0.1.12:53"].map(|backend| backend.parse().unwrap());
//! let address = "10.0.0.1:53".parse().unwrap();
//! let mut config = L4Config::new("lb", l3);
//! config.services.push(ServiceConfig::new("dns", ServiceProtocol::Udp, address, backends));
//! let mut switch = L4Switch::new(config)?;
//!
//! let (mut rx, mut tx) = (Ingress::default(), Egress::default());
//! for port in [4000, 4001, 4000] {
//!     let question = Ipv4Builder::new(Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1)).udp(port, 53, b"?");
//!     rx.push(PortId::new(0), EthernetBuilder::new(client, outside).packet(&question));
//! }
//! step(&mut switch, Instant::ZERO, &mut rx, &mut tx);
//!
//! let mut assigned = Vec::new();
//! while let Some(Event::Assigned(assignment)) = switch.poll_event() {
//!     assigned.push((assignment.client.port(), assignment.target.to_string()));
//! }
//! let turns = [(4000, "10.0.1.11:53".to_owned()), (4001, "10.0.1.12:53".to_owned())];
//! assert_eq!(assigned, turns, "two flows take turns; the third datagram belongs to the first");
//! # Ok::<(), switchlab_l4::L4Error>(())
//! ```
#![forbid(unsafe_code)]

mod balancer;
mod config;
mod explain;
mod flow;
mod flow_table;
mod idle;
mod loads;
mod parcel;
mod probes;
mod service;
mod source_port;
mod switch;
mod tables;
mod tcp;
mod timeouts;
mod tuple;

pub use config::{
    L4Config, L4Error, Mode, Persistence, SCHEDULERS, ServiceConfig, ServiceProtocol,
    SourceAddress, SourceNat,
};
pub use switch::L4Switch;
pub use timeouts::Timeouts;
