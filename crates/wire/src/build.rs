//! Builders: whole packets and frames from their parts, lengths and checksums filled in.

mod ethernet;
mod ipv4;
mod ipv6;
mod upper;

pub use ethernet::EthernetBuilder;
pub use ipv4::Ipv4Builder;
pub use ipv6::Ipv6Builder;
pub use upper::TcpHeader;
