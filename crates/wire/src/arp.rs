//! Address resolution for IPv4 over Ethernet, RFC 826.

use std::net::Ipv4Addr;

use pnet_packet::arp::{ArpHardwareType, ArpOperation as Opcode, MutableArpPacket};
use pnet_packet::ethernet::EtherType as PnetEtherType;

use crate::field::{array_at, u16_at};
use crate::{EtherType, Layer, MacAddr, ParseError};

/// Whether an ARP packet asks or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArpOperation {
    /// Who has the target address?
    Request,
    /// The sender has the sender address.
    Reply,
}

/// An ARP packet for IPv4 over Ethernet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Arp {
    /// Request or reply.
    pub operation: ArpOperation,
    /// Ethernet address of the sender.
    pub sender_mac: MacAddr,
    /// IPv4 address of the sender; 0.0.0.0 in a probe (RFC 5227 §1.1).
    pub sender_ip: Ipv4Addr,
    /// Ethernet address of the target; meaningless in a request.
    pub target_mac: MacAddr,
    /// IPv4 address of the target: the one asked for, in a request.
    pub target_ip: Ipv4Addr,
}

impl Arp {
    /// Octets of an ARP packet for IPv4 over Ethernet.
    pub const LEN: usize = 28;

    /// Hardware type of Ethernet.
    const ETHERNET: u16 = 1;
    /// Hardware type of IEEE 802 networks, whose packets are read like Ethernet's (RFC 1122 §2.3.3).
    const IEEE_802: u16 = 6;

    /// A request for the Ethernet address of `target_ip`.
    #[must_use]
    pub const fn request(sender_mac: MacAddr, sender_ip: Ipv4Addr, target_ip: Ipv4Addr) -> Self {
        Self {
            operation: ArpOperation::Request,
            sender_mac,
            sender_ip,
            target_mac: MacAddr::ZERO,
            target_ip,
        }
    }

    /// The answer to this request: that its target address is at `mac`.
    #[must_use]
    pub const fn reply(&self, mac: MacAddr) -> Self {
        Self {
            operation: ArpOperation::Reply,
            sender_mac: mac,
            sender_ip: self.target_ip,
            target_mac: self.sender_mac,
            target_ip: self.sender_ip,
        }
    }

    /// Reads an ARP packet; octets behind it are padding.
    ///
    /// # Errors
    /// The octets end too early, or the packet is not for IPv4 over Ethernet, or its operation is
    /// neither request nor reply (RFC 826, "Packet Reception").
    pub fn parse(octets: &[u8]) -> Result<Self, ParseError> {
        let packet: &[u8; Self::LEN] = octets.first_chunk().ok_or(ParseError::Truncated {
            layer: Layer::Arp,
            needed: Self::LEN,
            got: octets.len(),
        })?;
        let must = |field, value: u16, right: u16| {
            if value == right {
                return Ok(());
            }
            Err(ParseError::Field {
                layer: Layer::Arp,
                field,
                value: value.into(),
            })
        };
        if u16_at(packet, 0) != Self::IEEE_802 {
            must("hardware type", u16_at(packet, 0), Self::ETHERNET)?;
        }
        must("protocol type", u16_at(packet, 2), EtherType::IPV4.0)?;
        must("hardware address length", packet[4].into(), 6)?;
        must("protocol address length", packet[5].into(), 4)?;
        let operation = match u16_at(packet, 6) {
            1 => ArpOperation::Request,
            2 => ArpOperation::Reply,
            value => {
                return Err(ParseError::Field {
                    layer: Layer::Arp,
                    field: "operation",
                    value: value.into(),
                });
            }
        };
        Ok(Self {
            operation,
            sender_mac: MacAddr::new(array_at(packet, 8)),
            sender_ip: Ipv4Addr::from(array_at::<4>(packet, 14)),
            target_mac: MacAddr::new(array_at(packet, 18)),
            target_ip: Ipv4Addr::from(array_at::<4>(packet, 24)),
        })
    }

    /// The packet on the wire.
    #[must_use]
    pub fn to_octets(&self) -> [u8; Self::LEN] {
        let Self {
            operation,
            sender_mac,
            sender_ip,
            target_mac,
            target_ip,
        } = *self;
        let mut octets = [0; Self::LEN];
        let mut packet =
            MutableArpPacket::new(&mut octets).expect("the array has the length of a packet");
        packet.set_hardware_type(ArpHardwareType(Self::ETHERNET));
        packet.set_protocol_type(PnetEtherType(EtherType::IPV4.0));
        packet.set_hw_addr_len(6);
        packet.set_proto_addr_len(4);
        packet.set_operation(Opcode(match operation {
            ArpOperation::Request => 1,
            ArpOperation::Reply => 2,
        }));
        packet.set_sender_hw_addr(sender_mac.octets().into());
        packet.set_sender_proto_addr(sender_ip);
        packet.set_target_hw_addr(target_mac.octets().into());
        packet.set_target_proto_addr(target_ip);
        octets
    }
}
