//! The routes of a router: those of its addresses, those of its administrator, and what they lead to.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};
use switchlab_core::Table;
use switchlab_wire::FlowKey;

use crate::config::{EcmpHash, L3Config, L3ConfigError, Path, Route, RouteAction};
use crate::{Attachment, Fib};

/// The place of an interface in the list of interfaces.
pub(crate) type InterfaceIndex = usize;

/// One way to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) interface: InterfaceIndex,
    /// The next router; `None` if destinations are on the link.
    pub(crate) via: Option<Ipv4Addr>,
    /// The address of the router to speak from on this way; `None` to judge by the destination.
    pub(crate) from: Option<Ipv4Addr>,
    /// Whether packets are for everybody on the link.
    pub(crate) is_broadcast: bool,
    /// Sum of the weights up to and including this way's.
    up_to: u32,
}

impl Way {
    /// The way to whoever is on the link of this interface.
    pub(crate) const fn on_link(interface: InterfaceIndex) -> Self {
        Self {
            interface,
            via: None,
            from: None,
            is_broadcast: false,
            up_to: 1,
        }
    }

    /// The way to everybody on the link of this interface.
    pub(crate) const fn to_everybody(interface: InterfaceIndex) -> Self {
        Self {
            is_broadcast: true,
            ..Self::on_link(interface)
        }
    }
}

/// What a route does with a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// The packet is for the router itself.
    Local,
    /// The packet is for everybody on the net of this interface.
    Broadcast(InterfaceIndex),
    /// By one of these ways, with packets at most this long if the route says so.
    Forward {
        ways: Vec<Way>,
        mtu: Option<u16>,
    },
    Unreachable,
    Prohibit,
    Blackhole,
    Throw,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) to: IpNet,
    pub(crate) action: Action,
    metric: u32,
    origin: &'static str,
}

/// The routes, and the base that finds the one for an address.
#[derive(Debug)]
pub(crate) struct Routes {
    entries: Vec<Entry>,
    fib: Fib<u32>,
    hash: EcmpHash,
    /// The router's own addresses, ascending.
    own: Vec<u32>,
}

impl Routes {
    pub(crate) fn new(config: &L3Config) -> Result<Self, L3ConfigError> {
        let mut entries = Vec::new();
        for (interface, settings) in config.interfaces.iter().enumerate() {
            for net in settings.addresses.iter().filter_map(v4) {
                own(interface, net, &mut entries);
            }
        }
        for route in &config.routes {
            let action = action(config, route)?;
            entries.push(Entry {
                to: route.to,
                action,
                metric: route.metric,
                origin: "static",
            });
        }
        let fib = Fib::new(
            (0..)
                .zip(&entries)
                .map(|(index, entry)| (entry.to, entry.metric, index)),
        );
        let addresses = config.interfaces.iter().flat_map(|it| &it.addresses);
        let mut own: Vec<u32> = addresses
            .filter_map(v4)
            .map(|net| net.addr().to_bits())
            .collect();
        own.sort_unstable();
        Ok(Self {
            entries,
            fib,
            hash: config.ecmp_hash,
            own,
        })
    }

    /// Whether an address is one of the router's.
    #[inline]
    pub(crate) fn is_own(&self, address: Ipv4Addr) -> bool {
        self.own.binary_search(&address.to_bits()).is_ok()
    }

    /// The route that an address takes.
    #[inline]
    pub(crate) fn find(&self, destination: Ipv4Addr) -> Option<&Entry> {
        let index = self.fib.lookup(IpAddr::V4(destination))?;
        Some(&self.entries[index as usize])
    }

    /// The way that a packet takes, of those its route has. Each flow keeps to one (RFC 2992).
    #[inline]
    pub(crate) fn choose<'w>(&self, ways: &'w [Way], packet: &[u8]) -> &'w Way {
        match ways {
            [only] => only,
            _ => self.choose_by_hash(ways, packet),
        }
    }

    /// The flows are spread over the hash, and each way holds a part of it as large as its weight.
    fn choose_by_hash<'w>(&self, ways: &'w [Way], packet: &[u8]) -> &'w Way {
        let total = ways.last().map_or(0, |way| way.up_to);
        let hash = flow_hash(packet, self.hash);
        let place = ((u128::from(hash) * u128::from(total)) >> 64) as u32;
        let chosen = ways.partition_point(|way| way.up_to <= place);
        &ways[chosen]
    }

    /// The routes as a person would look at them, in the order of their destinations.
    pub(crate) fn table(&self, attachments: &[Attachment]) -> Table {
        let mut sorted: Vec<&Entry> = self.entries.iter().collect();
        sorted.sort_by_key(|entry| (entry.to, entry.metric));
        let row = |entry: &Entry| {
            let (what, leads) = match &entry.action {
                Action::Local => ("local", String::new()),
                Action::Broadcast(interface) => ("broadcast", attachments[*interface].to_string()),
                Action::Forward { ways, .. } => {
                    let ways = ways.iter().map(|way| match way.via {
                        Some(via) => format!("via {via} at {}", attachments[way.interface]),
                        None => attachments[way.interface].to_string(),
                    });
                    ("forward", ways.collect::<Vec<_>>().join(", "))
                }
                Action::Unreachable => ("unreachable", String::new()),
                Action::Prohibit => ("prohibit", String::new()),
                Action::Blackhole => ("blackhole", String::new()),
                Action::Throw => ("throw", String::new()),
            };
            vec![
                entry.to.to_string(),
                what.to_owned(),
                leads,
                entry.metric.to_string(),
                entry.origin.to_owned(),
            ]
        };
        Table {
            title: "routes",
            columns: vec!["to", "action", "leads to", "metric", "origin"],
            rows: sorted.into_iter().map(row).collect(),
        }
    }
}

/// The routes that an address makes: to itself, to its net, and to everybody on it.
///
/// Nets of 31 and 32 bits have no broadcast address (RFC 3021).
fn own(interface: InterfaceIndex, net: Ipv4Net, entries: &mut Vec<Entry>) {
    let mut add = |to: Ipv4Net, action| {
        entries.push(Entry {
            to: to.into(),
            action,
            metric: 0,
            origin: "connected",
        });
    };
    add(Ipv4Net::from(net.addr()), Action::Local);
    if net.prefix_len() < 31 {
        add(Ipv4Net::from(net.broadcast()), Action::Broadcast(interface));
    }
    if net.prefix_len() < 32 {
        let way = Way {
            from: Some(net.addr()),
            ..Way::on_link(interface)
        };
        add(
            net.trunc(),
            Action::Forward {
                ways: vec![way],
                mtu: None,
            },
        );
    }
}

fn action(config: &L3Config, route: &Route) -> Result<Action, L3ConfigError> {
    let to = route.to;
    if let Some(mtu) = route.mtu.filter(|mtu| *mtu < 68) {
        return Err(L3ConfigError::Mtu { to, mtu });
    }
    Ok(match &route.action {
        RouteAction::Forward(paths) if paths.is_empty() => {
            return Err(L3ConfigError::Nowhere { to });
        }
        RouteAction::Forward(paths) => {
            let mut ways: Vec<Way> = Vec::with_capacity(paths.len());
            for path in paths {
                let before = ways.last().map_or(0, |way| way.up_to);
                ways.push(way(config, to, path, before)?);
            }
            Action::Forward {
                ways,
                mtu: route.mtu,
            }
        }
        RouteAction::Unreachable => Action::Unreachable,
        RouteAction::Prohibit => Action::Prohibit,
        RouteAction::Blackhole => Action::Blackhole,
        RouteAction::Throw => Action::Throw,
    })
}

fn way(config: &L3Config, to: IpNet, path: &Path, before: u32) -> Result<Way, L3ConfigError> {
    if path.weight == 0 {
        return Err(L3ConfigError::Weight { to });
    }
    let via = match (path.via, to) {
        (None, _) => None,
        (Some(IpAddr::V4(via)), IpNet::V4(_)) => Some(via),
        (Some(via), _) => return Err(L3ConfigError::Family { to, via }),
    };
    let nets =
        |interface: InterfaceIndex| config.interfaces[interface].addresses.iter().filter_map(v4);
    let all = 0..config.interfaces.len();
    if let Some(via) = via
        && all
            .clone()
            .any(|interface| nets(interface).any(|net| net.addr() == via))
    {
        return Err(L3ConfigError::Own {
            to,
            via: via.into(),
        });
    }
    let interface = match (path.attachment, via) {
        (Some(attachment), _) => find(config, attachment, || format!("route to {to}"))?,
        (None, Some(via)) => {
            let holding = all.filter_map(|interface| {
                let near = nets(interface).filter(|net| net.contains(&via));
                near.map(|net| net.prefix_len())
                    .max()
                    .map(|length| (length, interface))
            });
            // Of equally long prefixes the first interface wins, as it does for connected routes.
            let best =
                holding.min_by_key(|(length, interface)| (std::cmp::Reverse(*length), *interface));
            best.ok_or(L3ConfigError::Unconnected {
                to,
                via: via.into(),
            })?
            .1
        }
        (None, None) => return Err(L3ConfigError::Nowhere { to }),
    };
    let near = nets(interface).find(|net| via.is_some_and(|via| net.contains(&via)));
    let from = near
        .or_else(|| nets(interface).next())
        .map(|net| net.addr());
    Ok(Way {
        via,
        from,
        up_to: before + u32::from(path.weight),
        ..Way::on_link(interface)
    })
}

/// The interface at a place.
pub(crate) fn find(
    config: &L3Config,
    attachment: Attachment,
    of: impl FnOnce() -> String,
) -> Result<InterfaceIndex, L3ConfigError> {
    let place = config
        .interfaces
        .iter()
        .position(|interface| interface.attachment == attachment);
    place.ok_or_else(|| L3ConfigError::NoInterface {
        of: of(),
        attachment,
    })
}

fn v4(net: &IpNet) -> Option<Ipv4Net> {
    match net {
        IpNet::V4(net) => Some(*net),
        IpNet::V6(_) => None,
    }
}

/// A hash of a packet's flow. The same in every run, and part of its history.
fn flow_hash(packet: &[u8], hash: EcmpHash) -> u64 {
    let mut state = 0_u64;
    let mut mix = |value: u64| {
        // The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
        state = (state ^ value).wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    };
    let Ok(key) = FlowKey::of(packet) else {
        // A packet that hides its ports still has addresses.
        packet
            .get(12..20)
            .unwrap_or(&[])
            .chunks(4)
            .for_each(|address| {
                mix(address
                    .iter()
                    .fold(0, |bits, octet| bits << 8 | u64::from(*octet)));
            });
        return state;
    };
    for address in [key.source, key.destination] {
        match address {
            IpAddr::V4(address) => mix(address.to_bits().into()),
            IpAddr::V6(address) => {
                mix((address.to_bits() >> 64) as u64);
                mix(address.to_bits() as u64);
            }
        }
    }
    if hash == EcmpHash::FiveTuple {
        mix(u64::from(key.protocol.0) << 32
            | u64::from(key.source_port) << 16
            | u64::from(key.destination_port));
    }
    state
}
