//! One IP interface: addresses, neighbour resolution with a hold queue, ICMP messages, reassembly.
//!
//! Frames carry their whole Ethernet header here. Whoever sends an IP packet hands over a frame whose
//! first 14 octets are room for that header; the [`Interface`] finds out what belongs there.
//!
//! | module | idea |
//! |---|---|
//! | `link` | [`Link`]: where an interface puts its frames |
//! | `neighbour` | who has which MAC address: asking, holding, giving up |
//! | `interface` | [`Interface`]: what comes in for us, and how packets leave |
//! | `header` | [`check`]: may this packet be read at all? |
//! | `icmp` | echo replies and errors, and when an error must not be sent |
//! | `fragment` | cutting packets to an MTU |
//! | `reassembly` | [`Reassembly`]: putting fragments together |
//! | `options` | [`Options`]: routes that packets write down or bring along |
//! | `closed` | [`refuse`]: what is answered to packets that nobody reads |
//! | `local` | [`Local`]: what a machine does with packets to itself |
//!
//! ```
//! use std::net::Ipv4Addr;
//! use switchlab_core::{Counters, Egress, Instant, PortId};
//! use switchlab_ip::{Interface, InterfaceConfig, PortLink};
//! use switchlab_wire::{EthernetBuilder, Ipv4Builder, MacAddr};
//!
//! let config = InterfaceConfig::new(MacAddr::from_name("a"), ["10.0.0.1/24".parse().unwrap()]);
//! let mut interface = Interface::new(config).unwrap();
//! let (mut counters, mut tx) = (Counters::new(1), Egress::default());
//! let packet = Ipv4Builder::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into()).udp(1000, 2000, b"hello");
//! let frame = EthernetBuilder::new(MacAddr::ZERO, MacAddr::ZERO).packet(&packet);
//! let mut link = PortLink { port: PortId::new(0), counters: &mut counters, tx: &mut tx };
//! interface.send(Instant::ZERO, Ipv4Addr::new(10, 0, 0, 2), frame, &mut link);
//! let (_, request) = tx.next().expect("an ARP request goes out, the packet waits");
//! assert_eq!(request.len(), 42);
//! ```
#![forbid(unsafe_code)]

mod closed;
mod fragment;
mod header;
mod icmp;
mod interface;
mod link;
mod local;
mod neighbour;
mod options;
mod reassembly;

pub use closed::{Refusal, refuse};
pub use fragment::{FragmentError, fragment};
pub use header::{Header, check};
pub use icmp::{IcmpError, LONGEST_ERROR, echo_reply, icmp_error, may_draw_error};
pub use interface::{Interface, InterfaceConfig, InterfaceError, Received};
pub use link::{Link, PortLink};
pub use local::{Delivery, Local};
pub use neighbour::{NeighbourConfig, NeighbourState};
pub use options::{Options, ReplyOptions, SourceRoute};
pub use reassembly::{Reassembled, Reassembly};
