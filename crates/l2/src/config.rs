//! What can be set on a bridge, and which settings are refused.

use std::collections::BTreeSet;
use std::time::Duration;

use switchlab_core::PortId;
use switchlab_wire::{MacAddr, VlanId};

/// How long a learned address stays valid without being seen again.
///
/// Counted from the last frame that carried the address as its source. IEEE 802.1Q-2022, 8.8.3:
/// from 10 s to 1 000 000 s, 300 s recommended.
pub const DEFAULT_AGEING: Duration = Duration::from_secs(300);

/// How many addresses a filtering database holds unless told otherwise.
pub const DEFAULT_CAPACITY: usize = 8192;

/// The VLANs a port takes part in, IEEE 802.1Q.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VlanMembership {
    /// One VLAN, untagged both ways. Frames that come tagged with that very VLAN are let in too.
    Access(VlanId),
    /// Several VLANs, tagged; the native one, if any, untagged.
    Trunk {
        /// The VLANs carried with a tag.
        tagged: BTreeSet<VlanId>,
        /// The VLAN of untagged frames; without it they are dropped.
        native: Option<VlanId>,
    },
}

/// The settings of one port of a bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortConfig {
    /// The port's own address; frames sent to it are for the device.
    pub mac: Option<MacAddr>,
    /// Largest payload in octets (default 1500). Frames up to this plus 18 octets are let in.
    pub mtu: u16,
    /// Whether the port takes part in bridging at all (default yes). A routed port does not.
    pub bridged: bool,
    /// VLANs of the port. A bridge none of whose ports names any is VLAN-unaware.
    pub vlans: Option<VlanMembership>,
    /// Whether source addresses are learned here (default yes).
    pub learning: bool,
    /// Whether unknown unicast is flooded out of this port (default yes).
    pub unicast_flood: bool,
    /// Whether multicast is flooded out of this port (default yes).
    pub multicast_flood: bool,
    /// Whether broadcast is flooded out of this port (default yes).
    pub broadcast_flood: bool,
    /// Whether frames may leave by the port they came in on (default no). IEEE 802.1Qbg reflective relay.
    pub hairpin: bool,
    /// Whether the port is cut off from the other isolated ports (default no). RFC 5517.
    pub isolated: bool,
    /// Whether only stations with an entry on this port are let in (default no). IEEE 802.1X.
    pub locked: bool,
}

impl Default for PortConfig {
    fn default() -> Self {
        Self {
            mac: None,
            mtu: 1500,
            bridged: true,
            vlans: None,
            learning: true,
            unicast_flood: true,
            multicast_flood: true,
            broadcast_flood: true,
            hairpin: false,
            isolated: false,
            locked: false,
        }
    }
}

/// An entry of the filtering database made by an administrator; it does not age.
///
/// IEEE 802.1Q-2022, 8.8.1. As in Linux, an entry follows its station to another port unless it is sticky.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticEntry {
    /// The station's address.
    pub mac: MacAddr,
    /// The port behind which the station is.
    pub port: PortId,
    /// The VLAN the entry belongs to; `None` on a VLAN-unaware bridge, or for all VLANs of the port.
    pub vlan: Option<VlanId>,
    /// Whether the entry stays where it is when the station shows up elsewhere.
    pub sticky: bool,
}

/// The settings of a bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeConfig {
    /// The bridge's own address.
    pub mac: Option<MacAddr>,
    /// Ageing time (default 300 s). Zero means that nothing is learned.
    pub ageing: Duration,
    /// How many addresses the filtering database holds (default 8192), static ones included.
    ///
    /// When it is full, addresses not yet known are not learned until others age out; frames to them
    /// are flooded. Nobody can push out a known station.
    pub capacity: usize,
    /// Last octets of the reserved group addresses `01:80:c2:00:00:00` to `0f` which are flooded nevertheless.
    pub forward_reserved: Vec<u8>,
    /// The ports, by number.
    pub ports: Vec<PortConfig>,
    /// Entries made by the administrator.
    pub static_entries: Vec<StaticEntry>,
    /// VLANs in which the layer above has an address, so that group frames climb to it.
    /// On a VLAN-unaware bridge, VLAN 1 stands for the only LAN there is.
    pub climbing: BTreeSet<VlanId>,
    /// Addresses of the layer above, each in one VLAN: frames to them climb.
    pub own: BTreeSet<(VlanId, MacAddr)>,
}

impl Default for BridgeConfig {
    fn default() -> Self {
        Self {
            mac: None,
            ageing: DEFAULT_AGEING,
            capacity: DEFAULT_CAPACITY,
            forward_reserved: Vec::new(),
            ports: Vec::new(),
            static_entries: Vec::new(),
            climbing: BTreeSet::new(),
            own: BTreeSet::new(),
        }
    }
}

/// Why a bridge cannot be made as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeConfigError {
    /// No port at all.
    #[error("a bridge needs at least one port")]
    NoPorts,
    /// More ports than there are numbers.
    #[error("a bridge has at most 65535 ports, not {ports}")]
    TooManyPorts {
        /// How many were asked for.
        ports: usize,
    },
    /// A static entry names a port that is not there.
    #[error("static entry {mac} names port {port}, but the ports are 0 to {last}")]
    UnknownPort {
        /// The entry's address.
        mac: MacAddr,
        /// The port it names.
        port: PortId,
        /// The highest port number there is.
        last: usize,
    },
    /// A static entry for an address that can be nobody's.
    #[error("static entry {mac} is not the address of a single station")]
    NotIndividual {
        /// The entry's address.
        mac: MacAddr,
    },
    /// More static entries than the database holds.
    #[error("{entries} static entries do not fit into a filtering database of {capacity}")]
    Capacity {
        /// Entries asked for.
        entries: usize,
        /// What the database holds.
        capacity: usize,
    },
    /// A reserved address that does not exist.
    #[error(
        "forward_reserved holds {octet}, but the last octets of reserved addresses are 0 to 15"
    )]
    Reserved {
        /// The octet given.
        octet: u8,
    },
    /// A trunk that carries nothing.
    #[error("port {port} is a trunk without any VLAN; give it `trunk = [10, 20]` or a native VLAN")]
    EmptyTrunk {
        /// The port.
        port: PortId,
    },
}

impl BridgeConfig {
    /// The default settings with this many ports.
    #[must_use]
    pub fn with_ports(ports: u16) -> Self {
        Self {
            ports: vec![PortConfig::default(); usize::from(ports)],
            ..Self::default()
        }
    }

    /// Whether the bridge tells VLANs apart: it does once any port names one.
    #[must_use]
    pub fn is_vlan_aware(&self) -> bool {
        self.ports.iter().any(|port| port.vlans.is_some())
    }

    /// Judges the settings as a whole.
    ///
    /// # Errors
    /// The first setting that cannot be.
    pub fn check(&self) -> Result<(), BridgeConfigError> {
        let Self {
            ports,
            capacity,
            forward_reserved,
            static_entries,
            mac: _,
            ageing: _,
            climbing: _,
            own: _,
        } = self;
        if ports.is_empty() {
            return Err(BridgeConfigError::NoPorts);
        }
        if ports.len() > usize::from(u16::MAX) {
            return Err(BridgeConfigError::TooManyPorts { ports: ports.len() });
        }
        if let Some(&octet) = forward_reserved.iter().find(|octet| **octet > 15) {
            return Err(BridgeConfigError::Reserved { octet });
        }
        for (port, number) in ports.iter().zip(0..) {
            if let Some(VlanMembership::Trunk {
                tagged,
                native: None,
            }) = &port.vlans
                && tagged.is_empty()
            {
                return Err(BridgeConfigError::EmptyTrunk {
                    port: PortId::new(number),
                });
            }
        }
        for entry in static_entries {
            if entry.port.index() >= ports.len() {
                let (mac, port, last) = (entry.mac, entry.port, ports.len() - 1);
                return Err(BridgeConfigError::UnknownPort { mac, port, last });
            }
            if !entry.mac.is_individual() {
                return Err(BridgeConfigError::NotIndividual { mac: entry.mac });
            }
        }
        if static_entries.len() > *capacity {
            return Err(BridgeConfigError::Capacity {
                entries: static_entries.len(),
                capacity: *capacity,
            });
        }
        Ok(())
    }
}
