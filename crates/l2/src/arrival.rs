//! What a frame says at the door: its addresses, its VLAN, and whether it may come in.

use switchlab_core::{DropReason, PortId};
use switchlab_wire::{EtherType, Ethernet, Frame, MacAddr, VlanId, VlanTag};

use crate::config::{BridgeConfig, PortConfig, VlanMembership};

/// The VLAN in which everything happens on a bridge that knows no VLANs.
pub(crate) const ONLY_LAN: u16 = 1;

/// A frame longer than the MTU by more than this is dropped: Ethernet header, and room for one tag.
const OVERHEAD: usize = Ethernet::HEADER_LEN + VlanTag::LEN;

/// A tagged frame shorter than this is dropped, by a bridge that knows no VLANs as well: behind the type
/// stand two octets at least. As in Linux, which reads them to tell a type from a bare IPX packet.
const SHORTEST_TAGGED: usize = Ethernet::HEADER_LEN + VlanTag::LEN + 2;

/// What the bridge needs to know of a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) destination: MacAddr,
    pub(crate) source: MacAddr,
    pub(crate) vlan: u16,
    /// The customer tag the frame carries as it stands, on a VLAN-aware bridge.
    pub(crate) tag: Option<VlanTag>,
}

/// The VLANs of one port, ready for use.
#[derive(Debug)]
pub(crate) struct Membership {
    /// VLAN of untagged frames, both ways; 0 if there is none.
    untagged: u16,
    /// VLANs that leave with a tag, one bit each.
    tagged: Box<[u64; 64]>,
}

impl Membership {
    /// A port that names no VLAN on a VLAN-aware bridge is an access port of VLAN 1.
    pub(crate) fn new(config: &PortConfig) -> Self {
        let mut tagged = Box::new([0; 64]);
        let untagged = match &config.vlans {
            None => ONLY_LAN,
            Some(VlanMembership::Access(vlan)) => vlan.get(),
            Some(VlanMembership::Trunk {
                tagged: vlans,
                native,
            }) => {
                for vlan in vlans {
                    tagged[usize::from(vlan.get() / 64)] |= 1 << (vlan.get() % 64);
                }
                native.map_or(0, VlanId::get)
            }
        };
        Self { untagged, tagged }
    }

    /// Whether frames of this VLAN leave with a tag, without one, or not at all.
    pub(crate) fn leaves_tagged(&self, vlan: u16) -> Option<bool> {
        if vlan == self.untagged {
            Some(false)
        } else {
            (self.tagged[usize::from(vlan / 64)] >> (vlan % 64) & 1 == 1).then_some(true)
        }
    }
}

/// Which VLANs exist on a VLAN-aware bridge, in order.
pub(crate) fn vlans_of(config: &BridgeConfig) -> Vec<u16> {
    if !config.is_vlan_aware() {
        return vec![ONLY_LAN];
    }
    let mut vlans: Vec<u16> = config.climbing.iter().map(|vlan| vlan.get()).collect();
    for port in &config.ports {
        match &port.vlans {
            None => vlans.push(ONLY_LAN),
            Some(VlanMembership::Access(vlan)) => vlans.push(vlan.get()),
            Some(VlanMembership::Trunk { tagged, native }) => {
                vlans.extend(tagged.iter().chain(native).map(|vlan| vlan.get()));
            }
        }
    }
    vlans.sort_unstable();
    vlans.dedup();
    vlans
}

/// Whether a frame may leave by a port of this MTU; one outer tag does not count.
pub(crate) fn fits(mtu: u16, octets: &[u8]) -> bool {
    let limit = usize::from(mtu) + OVERHEAD;
    octets.len() <= limit
        || (octets.len() <= limit + VlanTag::LEN && outer_type(octets).is_vlan_tag())
}

/// The type field behind the addresses. The caller knows that the frame holds it.
fn outer_type(octets: &[u8]) -> EtherType {
    EtherType(u16::from_be_bytes([octets[12], octets[13]]))
}

impl Arrival {
    /// Reads a frame at the door of a port.
    #[inline]
    pub(crate) fn read(
        frame: &Frame,
        mtu: u16,
        membership: Option<&Membership>,
    ) -> Result<Self, DropReason> {
        let octets = frame.octets();
        if octets.len() < Ethernet::HEADER_LEN {
            return Err(DropReason::Malformed);
        }
        if octets.len() > usize::from(mtu) + OVERHEAD {
            return Err(DropReason::Oversize);
        }
        let outer = outer_type(octets);
        if outer.is_vlan_tag() && octets.len() < SHORTEST_TAGGED {
            return Err(DropReason::Malformed);
        }
        let address = |at: usize| {
            MacAddr::new(
                octets[at..at + 6]
                    .try_into()
                    .expect("the header is all there"),
            )
        };
        let (destination, source) = (address(0), address(6));
        if !source.is_individual() {
            return Err(DropReason::BadSource);
        }
        let Some(membership) = membership else {
            return Ok(Self {
                destination,
                source,
                vlan: ONLY_LAN,
                tag: None,
            });
        };
        let tag = (outer == EtherType::VLAN).then(|| {
            VlanTag::from_octets(octets[12..16].try_into().expect("the tag is all there"))
        });
        // A priority tag (VLAN 0) says nothing about the VLAN: IEEE 802.1Q-2022, 6.9.1.
        let vlan = tag
            .filter(|tag| !tag.is_priority())
            .map_or(membership.untagged, |tag| tag.vid);
        if vlan == 0 || membership.leaves_tagged(vlan).is_none() {
            return Err(DropReason::NotMember);
        }
        Ok(Self {
            destination,
            source,
            vlan,
            tag,
        })
    }

    /// Gives the frame the tag, or takes it off, for leaving by a port.
    pub(crate) fn dress(&self, frame: &mut Frame, tagged: bool) {
        match (self.tag, tagged) {
            (None, false) => {}
            (Some(tag), true) if tag.vlan().is_some() => {}
            (Some(_), false) => {
                frame.pop_tag();
            }
            (before, true) => {
                let vlan =
                    VlanId::try_from(self.vlan).expect("a port takes part in valid VLANs only");
                let mut tag = VlanTag::customer(vlan);
                if before.is_some_and(|tag| tag.is_priority())
                    && let Some(priority) = frame.pop_tag()
                {
                    (tag.pcp, tag.dei) = (priority.pcp, priority.dei);
                }
                frame.push_tag(tag);
            }
        }
    }
}

/// The last octet of a reserved group address `01:80:c2:00:00:0x`. IEEE 802.1Q-2022, table 8-1.
#[inline]
pub(crate) fn reserved_octet(destination: MacAddr) -> Option<u8> {
    const FIRST: u64 = 0x0180_c200_0000;
    let distance = destination.to_u64().wrapping_sub(FIRST);
    (distance < 16).then_some(distance as u8)
}

/// The port as an explanation names it.
pub(crate) fn port_name(port: PortId) -> String {
    format!("port {port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_in_whole_or_not_at_all() {
        const PLAIN: [u8; 2] = [0x88, 0xb5];
        const TAG: [u8; 2] = [0x81, 0x00];
        const SERVICE_TAG: [u8; 2] = [0x88, 0xa8];
        #[rustfmt::skip]
        let rows = [
            // type       octets expected                      because
            (PLAIN,       13,    Err(DropReason::Malformed),   "the type is not all there"),
            (PLAIN,       14,    Ok(()),                       "a bare header is a frame"),
            (TAG,         19,    Err(DropReason::Malformed),   "two octets stand behind the type"),
            (TAG,         20,    Ok(()),                       "and two are enough"),
            (SERVICE_TAG, 19,    Err(DropReason::Malformed),   "with a service tag as well"),
            (PLAIN,       1518,  Ok(()),                       "there is room for a tag, used or not"),
            (TAG,         1519,  Err(DropReason::Oversize),    "and for no more"),
        ];
        for (ether_type, len, expected, because) in rows {
            let mut octets = vec![2; len];
            for (octet, value) in octets.iter_mut().skip(12).zip(ether_type) {
                *octet = value;
            }
            let read = Arrival::read(&Frame::copy_from(&octets), 1500, None);
            assert_eq!(read.map(|_| ()), expected, "{len} octets: {because}");
        }
    }
}
