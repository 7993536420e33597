//! Which frames must take the same way through a multipath route.

use pnet_packet::Packet as _;
use pnet_packet::ip::{IpNextHeaderProtocol, IpNextHeaderProtocols};
use pnet_packet::ipv4::Ipv4Packet;
use pnet_packet::ipv6::Ipv6Packet;
use serde::Deserialize;
use std::net::IpAddr;

/// What the choice of the way depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Hash {
    /// The addresses.
    #[default]
    L3,
    /// Protocol and ports as well.
    L4,
}

/// A flow, as far as the hash can tell flows apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Flow {
    source: IpAddr,
    destination: IpAddr,
    /// Protocol and, where it has them, the octets of both ports.
    transport: Option<(u8, Vec<u8>)>,
}

impl Flow {
    /// The flow of an IP packet that leaves on a leg.
    pub(crate) fn of(packet: &[u8], is_ipv6: bool, hash: Hash) -> Self {
        let (source, destination, protocol, payload): (IpAddr, IpAddr, _, _) = if is_ipv6 {
            let packet = Ipv6Packet::new(packet).expect("an IPv6 header");
            (
                packet.get_source().into(),
                packet.get_destination().into(),
                packet.get_next_header(),
                packet.payload().to_vec(),
            )
        } else {
            let packet = Ipv4Packet::new(packet).expect("an IPv4 header");
            (
                packet.get_source().into(),
                packet.get_destination().into(),
                packet.get_next_level_protocol(),
                packet.payload().to_vec(),
            )
        };
        Self {
            source,
            destination,
            transport: (hash == Hash::L4).then(|| (protocol.0, ports(protocol, &payload))),
        }
    }
}

fn ports(protocol: IpNextHeaderProtocol, payload: &[u8]) -> Vec<u8> {
    let has_ports =
        protocol == IpNextHeaderProtocols::Tcp || protocol == IpNextHeaderProtocols::Udp;
    payload
        .get(..4)
        .filter(|_| has_ports)
        .unwrap_or_default()
        .to_vec()
}
