//! What can be set on a layer 3 switch, and what is refused.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use switchlab_core::PortId;
use switchlab_ip::{InterfaceError, Reassembly};
use switchlab_l2::{BridgeConfig, BridgeConfigError};
use switchlab_wire::{MacAddr, VlanId};

use crate::{L3Switch, RouteCacheConfig};

/// Where an interface of the router is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attachment {
    /// To a port of its own, which takes no part in bridging.
    Port(PortId),
    /// To a VLAN of the bridge: a switched virtual interface.
    Vlan(VlanId),
}

impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(port) => write!(f, "port {port}"),
            Self::Vlan(vlan) => write!(f, "VLAN {vlan}"),
        }
    }
}

/// Whether a packet has to come from where its source would be answered. RFC 3704.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReversePath {
    /// Not checked.
    #[default]
    Off,
    /// The best route back must leave by the interface the packet came in on (RFC 3704, 2.2).
    Strict,
    /// Some route back must exist (RFC 3704, 2.4).
    Loose,
}

/// An interface of the router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceConfig {
    /// Where it is attached.
    pub attachment: Attachment,
    /// Its MAC address.
    pub mac: MacAddr,
    /// Its addresses with the prefix lengths of their nets.
    pub addresses: Vec<IpNet>,
    /// Longest IP packet in octets. Default 1500.
    pub mtu: u16,
    /// Whether senders are told of a better first hop in their own net. Default no.
    pub redirects: bool,
    /// Whether packets may bring a route of their own (RFC 791, 3.1). Default no.
    pub source_route: bool,
    /// Whether sources are checked. Default off.
    pub reverse_path: ReversePath,
    /// Whether ARP requests are answered for addresses to which a route leads elsewhere (RFC 1027). Default no.
    pub proxy_arp: bool,
    /// Whether packets that come in here may be broadcast on another net (RFC 2644). Default no.
    pub directed_broadcast: bool,
}

impl InterfaceConfig {
    /// The default settings, attached here, with this MAC address and these addresses.
    #[must_use]
    pub fn new(
        attachment: Attachment,
        mac: MacAddr,
        addresses: impl IntoIterator<Item = IpNet>,
    ) -> Self {
        Self {
            attachment,
            mac,
            addresses: addresses.into_iter().collect(),
            mtu: 1500,
            redirects: false,
            source_route: false,
            reverse_path: ReversePath::Off,
            proxy_arp: false,
            directed_broadcast: false,
        }
    }
}

/// One way of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The next router; `None` if the destinations are on the link themselves.
    pub via: Option<IpAddr>,
    /// The interface to leave by; `None` for the one in whose net `via` lies.
    pub attachment: Option<Attachment>,
    /// Share of the flows, relative to the other ways. Default 1.
    pub weight: u16,
}

impl Path {
    /// The way through this router.
    #[must_use]
    pub const fn via(router: IpAddr) -> Self {
        Self {
            via: Some(router),
            attachment: None,
            weight: 1,
        }
    }
}

/// What a route does with a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteAction {
    /// Sends it on by one of these ways. Each flow keeps to its way.
    Forward(Vec<Path>),
    /// Tells the sender that the host is unreachable.
    Unreachable,
    /// Tells the sender that the administrator forbids it.
    Prohibit,
    /// Swallows it.
    Blackhole,
    /// Behaves as if no route led there, not even a shorter one.
    Throw,
}

/// A route made by the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The destinations.
    pub to: IpNet,
    /// What is done with packets to them.
    pub action: RouteAction,
    /// Of routes to the same destinations the one with the lowest metric counts. Default 0.
    pub metric: u32,
    /// Longest packet, if shorter than the interface allows.
    pub mtu: Option<u16>,
}

impl Route {
    /// A route through a router.
    #[must_use]
    pub fn via(to: IpNet, router: IpAddr) -> Self {
        Self {
            to,
            action: RouteAction::Forward(vec![Path::via(router)]),
            metric: 0,
            mtu: None,
        }
    }
}

/// A neighbour that need not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbour {
    /// Its IP address.
    pub ip: IpAddr,
    /// Its MAC address.
    pub mac: MacAddr,
    /// Where it is.
    pub attachment: Attachment,
}

/// What makes up a flow when a route has several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EcmpHash {
    /// Source and destination address.
    #[default]
    Addresses,
    /// Addresses, protocol and ports.
    FiveTuple,
}

/// The settings of a layer 3 switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct L3Config {
    /// The bridge inside, with all ports of the switch. Ports with an interface of their own are
    /// taken out of it, and VLANs with an interface climb, without being told.
    pub bridge: BridgeConfig,
    /// The interfaces of the router.
    pub interfaces: Vec<InterfaceConfig>,
    /// Routes beside those that the addresses make.
    pub routes: Vec<Route>,
    /// Neighbours that need not be asked.
    pub neighbours: Vec<Neighbour>,
    /// What makes up a flow when a route has several ways.
    pub ecmp_hash: EcmpHash,
    /// How long fragments to an own address wait for the rest. Default 30 s.
    pub reassembly_timeout: Duration,
    /// A route cache in front of a slow processor. Default none: every packet is looked up at once.
    pub route_cache: Option<RouteCacheConfig>,
}

impl L3Config {
    /// The default settings with this many ports, and no interface.
    #[must_use]
    pub fn with_ports(ports: u16) -> Self {
        Self {
            bridge: BridgeConfig::with_ports(ports),
            interfaces: Vec::new(),
            routes: Vec::new(),
            neighbours: Vec::new(),
            ecmp_hash: EcmpHash::default(),
            reassembly_timeout: Reassembly::DEFAULT_TIMEOUT,
            route_cache: None,
        }
    }
}

impl L3Config {
    /// All that is not right with these settings: each interface is judged among those before it that are
    /// right, then each route and neighbour by itself.
    #[must_use]
    pub fn errors(&self) -> Vec<L3ConfigError> {
        let judged = |config: &Self| L3Switch::new(config.clone()).err();
        if judged(self).is_none() {
            return Vec::new();
        }
        let mut sound = Self {
            interfaces: Vec::new(),
            routes: Vec::new(),
            neighbours: Vec::new(),
            ..self.clone()
        };
        if let Some(bridge) = judged(&sound) {
            return vec![bridge];
        }
        let mut errors = Vec::new();
        for interface in &self.interfaces {
            sound.interfaces.push(interface.clone());
            if let Some(error) = judged(&sound) {
                errors.push(error);
                sound.interfaces.pop();
            }
        }
        // Whoever relies on a wrong interface may be right.
        let all_stand = errors.is_empty();
        let relies = |error: &L3ConfigError| {
            matches!(
                error,
                L3ConfigError::NoInterface { .. } | L3ConfigError::Unconnected { .. }
            )
        };
        let routes = self.routes.iter().map(|route| Self {
            routes: vec![route.clone()],
            ..sound.clone()
        });
        let neighbours = self.neighbours.iter().map(|neighbour| Self {
            neighbours: vec![*neighbour],
            ..sound.clone()
        });
        let others = routes
            .chain(neighbours)
            .filter_map(|config| judged(&config));
        errors.extend(others.filter(|error| all_stand || !relies(error)));
        errors
    }
}

/// Why a layer 3 switch cannot be made as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum L3ConfigError {
    /// The bridge inside is refused.
    #[error("the bridge: {0}")]
    Bridge(#[from] BridgeConfigError),
    /// An interface is refused.
    #[error("the interface at {attachment}: {source}")]
    Interface {
        /// Where it is attached.
        attachment: Attachment,
        /// What is wrong with it.
        #[source]
        source: InterfaceError,
    },
    /// An interface is attached to a port that is not there.
    #[error("an interface is attached to port {port}; the last port is {}", ports.saturating_sub(1))]
    UnknownPort {
        /// The port.
        port: PortId,
        /// How many there are.
        ports: usize,
    },
    /// An interface in a VLAN of a bridge that tells no VLANs apart.
    #[error(
        "an interface is in VLAN {vlan}, but no port names a VLAN; such a bridge is all VLAN 1"
    )]
    NoVlans {
        /// The VLAN.
        vlan: VlanId,
    },
    /// Two interfaces share a place.
    #[error("two interfaces are attached to {attachment}; give one of them both addresses")]
    Attached {
        /// The place.
        attachment: Attachment,
    },
    /// Two interfaces share an address.
    #[error("two interfaces have the address {address}")]
    Duplicate {
        /// The address.
        address: IpAddr,
    },
    /// A route or neighbour names a place without an interface.
    #[error("{of} names {attachment}, which has no interface")]
    NoInterface {
        /// What names it.
        of: String,
        /// The place.
        attachment: Attachment,
    },
    /// The next router of a route is not on any net of the switch.
    #[error("route to {to}: no interface has {via} in its net; name the port, or another router")]
    Unconnected {
        /// The route's destinations.
        to: IpNet,
        /// The router.
        via: IpAddr,
    },
    /// The next router of a route is the switch itself.
    #[error("route to {to}: {via} is an address of the switch itself")]
    Own {
        /// The route's destinations.
        to: IpNet,
        /// The router.
        via: IpAddr,
    },
    /// A route whose destinations and router are not of the same version of IP.
    #[error("route to {to}: {via} is of another version of IP")]
    Family {
        /// The route's destinations.
        to: IpNet,
        /// The router.
        via: IpAddr,
    },
    /// A way with neither router nor interface, or a route without any way.
    #[error("route to {to} leads nowhere; it needs `via`, `port`, or a type")]
    Nowhere {
        /// The route's destinations.
        to: IpNet,
    },
    /// A way that no flow could take.
    #[error("route to {to}: a weight is at least 1")]
    Weight {
        /// The route's destinations.
        to: IpNet,
    },
    /// IPv4 needs an MTU of at least 68 octets (RFC 791).
    #[error("route to {to}: an MTU of {mtu} is too small; IPv4 needs at least 68 octets")]
    Mtu {
        /// The route's destinations.
        to: IpNet,
        /// The MTU.
        mtu: u16,
    },
}
