//! Octets on the wire: frames, checked header views, builders, checksums and flow keys.
#![forbid(unsafe_code)]

mod arp;
mod checksum;
mod error;
mod ethernet;
mod field;
mod frame;
mod icmp;
mod icmpv6;
mod ipv4;
mod ipv6;
mod mac;
mod protocol;
mod tcp;
mod udp;
mod vlan;

pub use arp::{Arp, ArpOperation};
pub use checksum::{Sum, checksum, checksum_update, checksum_update_u32};
pub use error::{Layer, ParseError};
pub use ethernet::{EtherType, Ethernet};
pub use frame::Frame;
pub use icmp::{Echo, Icmp, IcmpType};
pub use icmpv6::{Icmpv6, Icmpv6Type};
pub use ipv4::Ipv4;
pub use ipv6::{Ipv6, Ipv6Fragment, UpperLayer};
pub use mac::{MacAddr, MacAddrError};
pub use protocol::IpProtocol;
pub use tcp::{Tcp, TcpFlags};
pub use udp::Udp;
pub use vlan::{VlanId, VlanIdError, VlanTag};
