//! Building Ethernet frames.

use pnet_packet::ethernet::{EtherType as PnetEtherType, MutableEthernetPacket};

use crate::{Arp, EtherType, Ethernet, Frame, MacAddr, VlanTag};

/// Builds Ethernet frames.
///
/// ```
/// use std::net::Ipv4Addr;
/// use switchlab_wire::{Ethernet, EthernetBuilder, Ipv4Builder, MacAddr, VlanId, VlanTag};
///
/// let (a, b) = (MacAddr::from_name("a"), MacAddr::from_name("b"));
/// let packet = Ipv4Builder::new(Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2)).udp(9, 9, b"hello");
/// let frame = EthernetBuilder::new(a, b).tag(VlanTag::customer(VlanId::DEFAULT)).packet(&packet);
///
/// let view = Ethernet::parse(frame.octets()).unwrap();
/// assert_eq!((view.source(), view.destination()), (a, b));
/// assert_eq!(view.payload(), packet);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder builds nothing until it is given a payload"]
pub struct EthernetBuilder {
    source: MacAddr,
    destination: MacAddr,
    tags: Vec<VlanTag>,
}

impl EthernetBuilder {
    /// The longest payload of a length frame (IEEE 802.3-2018, 3.2.6).
    pub const MAX_LENGTH: usize = 1500;

    /// Frames from `source` to `destination`.
    pub const fn new(source: MacAddr, destination: MacAddr) -> Self {
        Self {
            source,
            destination,
            tags: Vec::new(),
        }
    }

    /// Puts a tag behind those there are: the outer one is given first.
    pub fn tag(mut self, tag: VlanTag) -> Self {
        self.tags.push(tag);
        self
    }

    /// A frame with this type and payload. Nothing is padded.
    #[must_use]
    pub fn payload(&self, ether_type: EtherType, payload: &[u8]) -> Frame {
        let payload_at = Ethernet::HEADER_LEN + self.tags.len() * VlanTag::LEN;
        let mut octets = vec![0; payload_at + payload.len()];
        let mut header =
            MutableEthernetPacket::new(&mut octets).expect("there is room for the header");
        header.set_source(self.source.octets().into());
        header.set_destination(self.destination.octets().into());
        header.set_ethertype(PnetEtherType(ether_type.0));
        // The type moves behind the tags, each of which begins where the type was.
        let mut at = Ethernet::HEADER_LEN - 2;
        for tag in &self.tags {
            octets[at..at + VlanTag::LEN].copy_from_slice(&tag.to_octets());
            at += VlanTag::LEN;
        }
        octets[at..payload_at].copy_from_slice(&ether_type.0.to_be_bytes());
        octets[payload_at..].copy_from_slice(payload);
        Frame::from(octets)
    }

    /// A frame with an IP packet of either version, as the packet's first four bits say.
    #[must_use]
    pub fn packet(&self, packet: &[u8]) -> Frame {
        let is_v6 = packet.first().is_some_and(|octet| octet >> 4 == 6);
        self.payload(
            if is_v6 {
                EtherType::IPV6
            } else {
                EtherType::IPV4
            },
            packet,
        )
    }

    /// A frame with an ARP packet.
    #[must_use]
    pub fn arp(&self, arp: &Arp) -> Frame {
        self.payload(EtherType::ARP, &arp.to_octets())
    }

    /// An IEEE 802.3 frame: the length where others have a type, then this LLC payload.
    ///
    /// # Panics
    /// If the payload is longer than [`MAX_LENGTH`](Self::MAX_LENGTH).
    #[must_use]
    pub fn llc(&self, payload: &[u8]) -> Frame {
        assert!(
            payload.len() <= Self::MAX_LENGTH,
            "a length frame holds no {} octets",
            payload.len()
        );
        self.payload(EtherType(payload.len() as u16), payload)
    }
}
