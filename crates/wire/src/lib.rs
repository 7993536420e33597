//! Octets on the wire: frames, checked header views, builders, checksums and flow keys.
//!
//! Everything above this crate sees a network as frames with headers in them. A *view* proves once
//! that a header is all there ([`Ethernet::parse`], [`Ipv4::parse`], …); reading from it can then no
//! longer fail. A *builder* makes the octets. Rewriting happens in place and keeps checksums true.
//!
//! | module | what it knows |
//! |---|---|
//! | `frame` | [`Frame`]: octets that are rewritten in place or shared without copying |
//! | `mac`, `vlan`, `protocol` | addresses and numbers: [`MacAddr`], [`VlanId`], [`VlanTag`], [`IpProtocol`] |
//! | `error` | [`ParseError`]: why octets could not be read |
//! | `checksum` | the Internet checksum, and [`Sum`] to keep it true |
//! | `ethernet`, `arp` | [`Ethernet`] with its tags, [`Arp`] |
//! | `ipv4`, `ipv6` | [`Ipv4`]; [`Ipv6`] with its extension headers |
//! | `icmp`, `icmpv6`, `udp`, `tcp` | [`Icmp`], [`Icmpv6`], [`Udp`], [`Tcp`] |
//! | `flow` | [`FlowKey`]: the five-tuple, with the traps of fragments, tunnels and ICMP errors |
//! | `translate` | [`translate`]: other addresses and ports for one packet |
//! | `redirect` | [`redirect`]: another address and port for one end of a plain packet |
//! | `build` | [`EthernetBuilder`], [`Ipv4Builder`], [`Ipv6Builder`] |
//!
//! ```
//! use std::net::Ipv4Addr;
//! use switchlab_wire::*;
//!
//! let (client, server) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 80));
//! let packet = Ipv4Builder::new(client, server).udp(40_000, 53, b"a question");
//! let mut frame = EthernetBuilder::new(MacAddr::from_name("client"), MacAddr::from_name("server")).packet(&packet);
//!
//! // A balancer sends it to another server.
//! let mut key = FlowKey::of_frame(&frame).unwrap().expect("it carries an IP packet");
//! key.destination = Ipv4Addr::new(10, 0, 0, 81).into();
//! translate(&mut frame.octets_mut()[Ethernet::HEADER_LEN..], key).unwrap();
//!
//! let ethernet = Ethernet::parse(frame.octets()).unwrap();
//! let ip = Ipv4::parse(ethernet.payload()).unwrap();
//! let udp = Udp::parse(ip.payload()).unwrap();
//! assert_eq!(ip.destination(), Ipv4Addr::new(10, 0, 0, 81));
//! assert!(ip.verify_checksum() && udp.verify_checksum(key.source, key.destination));
//! ```
#![forbid(unsafe_code)]

mod arp;
mod build;
mod checksum;
mod datagram;
mod error;
mod ethernet;
mod field;
mod flow;
mod frame;
mod icmp;
mod icmpv6;
mod ipv4;
mod ipv6;
mod mac;
mod plain;
mod protocol;
mod redirect;
mod tcp;
mod translate;
mod udp;
mod vlan;

pub use arp::{Arp, ArpOperation};
pub use build::{EthernetBuilder, Ipv4Builder, Ipv6Builder, TcpHeader};
pub use checksum::{Sum, checksum, checksum_update, checksum_update_u32};
pub use error::{Layer, ParseError};
pub use ethernet::{EtherType, Ethernet};
pub use flow::FlowKey;
pub use frame::Frame;
pub use icmp::{Echo, Icmp, IcmpType};
pub use icmpv6::{Icmpv6, Icmpv6Type};
pub use ipv4::Ipv4;
pub use ipv6::{Ipv6, Ipv6Fragment, UpperLayer};
pub use mac::{MacAddr, MacAddrError};
pub use protocol::IpProtocol;
pub use redirect::{Side, redirect};
pub use tcp::{Tcp, TcpFlags};
pub use translate::{TranslateError, translate};
pub use udp::Udp;
pub use vlan::{VlanId, VlanIdError, VlanTag};
