//! `kind = "l3-switch"`: a bridge, and a router with interfaces, routes and neighbours.

use std::net::IpAddr;
use std::ops::Range;

use ipnet::IpNet;
use switchlab_core::PortId;
use switchlab_l3::{
    Attachment, EcmpHash, InterfaceConfig, L3Config, L3ConfigError, L3Switch, Neighbour, Path,
    ReversePath, Route, RouteAction, RouteCacheConfig,
};
use switchlab_wire::{MacAddr, VlanId};

use super::bridge::{bridge, individual};
use super::station::{check, interface_place};
use super::{Context, Machine, port};
use crate::read::{Located, Problems, Section};
use crate::settings::{NodeSettings, Switch};

/// A router as read, with the tables its parts came from.
pub(super) struct Router<'a> {
    pub(super) config: L3Config,
    pub(super) addresses: Vec<Located<IpAddr>>,
    interfaces: Vec<Section<'a>>,
    routes: Vec<Section<'a>>,
    neighbours: Vec<Section<'a>>,
}

pub(super) fn switch(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    let router = router(section, context)?;
    let errors = router.config.errors();
    for error in &errors {
        context.refused(&router.place(error, section), error);
    }
    if !errors.is_empty() {
        return None;
    }
    let config = router.config;
    let settings = Some(NodeSettings::Switch(Switch::L3(Box::new(config.clone()))));
    let make = move || L3Switch::new(config.clone()).expect("one was made when the file was read");
    Some(Machine {
        addresses: router.addresses,
        settings,
        ..Machine::new(make)
    })
}

/// Reads the bridge and the router of a switch.
pub(super) fn router<'a>(
    section: &mut Section<'a>,
    context: &mut Context<'_>,
) -> Option<Router<'a>> {
    let bridge = bridge(section, context);
    let ports = bridge
        .as_ref()
        .map_or(u16::MAX, |bridge| bridge.ports.len() as u16);
    let mtu = section.or("mtu", 1500, context.problems);
    let mut router = Router {
        config: L3Config::with_ports(1),
        addresses: Vec::new(),
        interfaces: Vec::new(),
        routes: Vec::new(),
        neighbours: Vec::new(),
    };
    for mut table in section.sections("interface", context.problems) {
        if let Some(config) = interface(&mut table, ports, mtu, &mut router.addresses, context) {
            router.config.interfaces.push(config);
            router.interfaces.push(table);
        }
    }
    let problems = &mut *context.problems;
    for mut table in section.sections("route", problems) {
        if let Some(route) = route(&mut table, ports, problems)
            && !is_of_version_6(&route)
        {
            router.config.routes.push(route);
            router.routes.push(table);
        }
    }
    for mut table in section.sections("neighbor", problems) {
        if let Some(neighbour) = neighbour(&mut table, ports, problems) {
            router.config.neighbours.push(neighbour);
            router.neighbours.push(table);
        }
    }
    let hashes = [("l3", EcmpHash::Addresses), ("l4", EcmpHash::FiveTuple)];
    let hash = section.choice("ecmp_hash", &hashes, problems);
    router.config.ecmp_hash = hash.map_or(EcmpHash::default(), |hash| hash.value);
    let timeout = router.config.reassembly_timeout;
    router.config.reassembly_timeout = section.or("reassembly_timeout", timeout, problems);
    router.config.route_cache = section.section("route_cache", problems).map(|mut table| {
        let default = RouteCacheConfig::default();
        let cache = RouteCacheConfig {
            entries: table.or("entries", default.entries, problems),
            lookup: table.or("lookup", default.lookup, problems),
            queue: table.or("queue", default.queue, problems),
        };
        table.finish(problems);
        cache
    });
    if router
        .addresses
        .iter()
        .any(|address| address.value.is_ipv6())
    {
        context.note("IPv6 is not simulated yet: its packets are dropped");
    }
    router.config.bridge = bridge?;
    Some(router)
}

/// Whether a route is one of IPv6, which is not simulated yet.
fn is_of_version_6(route: &Route) -> bool {
    let ways = match &route.action {
        RouteAction::Forward(ways) => ways.as_slice(),
        _ => &[],
    };
    matches!(route.to, IpNet::V6(_))
        && ways
            .iter()
            .all(|way| way.via.is_none_or(|via| via.is_ipv6()))
}

/// Where something is attached: at a port, or in a VLAN.
fn attachment(table: &mut Section<'_>, ports: u16, problems: &mut Problems) -> Option<Attachment> {
    let port = port(table, "port", ports, problems);
    let vlan = table.value::<VlanId>("vlan", problems);
    if let (Some(_), Some(vlan)) = (&port, &vlan) {
        problems.helped(
            &vlan.span,
            format!("{} names both a port and a VLAN", table.title()),
            "the second place",
            "`port` makes a routed port, `vlan` an interface of the bridge's VLAN: leave out one",
        );
    }
    port.map(|port| Attachment::Port(port.value))
        .or(vlan.map(|vlan| Attachment::Vlan(vlan.value)))
}

fn interface(
    table: &mut Section<'_>,
    ports: u16,
    mtu: u16,
    all: &mut Vec<Located<IpAddr>>,
    context: &mut Context<'_>,
) -> Option<InterfaceConfig> {
    if !table.has("port") && !table.has("vlan") {
        context.problems.helped(
            &table.span,
            format!("{} needs the key `port` or `vlan`", table.title()),
            "attached nowhere",
            "`port = 0` makes a routed port, `vlan = 10` an interface of the bridge's VLAN",
        );
    }
    let attachment = attachment(table, ports, context.problems);
    let given = table.has("mac");
    let mac = individual(table, "mac", context.problems);
    let addresses = table
        .list::<IpNet>("addresses", context.problems)
        .unwrap_or_default();
    all.extend(addresses.iter().map(Located::address));
    let problems = &mut *context.problems;
    let mut config = InterfaceConfig::new(
        attachment.unwrap_or(Attachment::Port(PortId::new(0))),
        mac.unwrap_or(MacAddr::ZERO),
        addresses.into_iter().map(|net| net.value),
    );
    config.mtu = table.or("mtu", mtu, problems);
    config.redirects = table.or("redirects", false, problems);
    config.source_route = table.or("source_route", false, problems);
    let paths = [
        ("off", ReversePath::Off),
        ("strict", ReversePath::Strict),
        ("loose", ReversePath::Loose),
    ];
    let path = table.choice("reverse_path", &paths, problems);
    config.reverse_path = path.map_or(ReversePath::Off, |path| path.value);
    config.proxy_arp = table.or("proxy_arp", false, problems);
    config.directed_broadcast = table.or("directed_broadcast", false, problems);
    table.finish(problems);
    config.attachment = attachment?;
    if !given {
        config.mac = context.addresses.make(&match config.attachment {
            Attachment::Port(port) => format!("{}:{port}", context.name),
            Attachment::Vlan(vlan) => format!("{}:vlan{vlan}", context.name),
        });
    }
    if given && mac.is_none() {
        return None;
    }
    let ip = switchlab_ip::InterfaceConfig {
        mtu: config.mtu,
        ..switchlab_ip::InterfaceConfig::new(config.mac, config.addresses.iter().copied())
    };
    check(
        &ip,
        |error| interface_place(table, "addresses", error),
        context,
    )?;
    Some(config)
}

fn route(table: &mut Section<'_>, ports: u16, problems: &mut Problems) -> Option<Route> {
    let to = table.required::<IpNet>("to", problems);
    let refusals = [
        ("unreachable", RouteAction::Unreachable),
        ("prohibit", RouteAction::Prohibit),
        ("blackhole", RouteAction::Blackhole),
        ("throw", RouteAction::Throw),
    ];
    let refusal = table.choice("type", &refusals, problems);
    let mut ways = Vec::new();
    if table.has("via") || table.has("port") || table.has("vlan") {
        ways.push(way(table, ports, problems));
    }
    for mut table in table.sections("path", problems) {
        let way = way(&mut table, ports, problems);
        let weight = table.or("weight", 1, problems);
        table.finish(problems);
        ways.push(Path { weight, ..way });
    }
    ["via", "port", "vlan"]
        .into_iter()
        .for_each(|key| table.ignore(key));
    let metric = table.or("metric", 0, problems);
    let mtu = table.value::<u16>("mtu", problems).map(|mtu| mtu.value);
    table.finish(problems);
    let action = match refusal {
        Some(refusal) if !ways.is_empty() => {
            problems.helped(
                &refusal.span,
                "a route either leads somewhere or has a type",
                "leads nowhere",
                "leave out `type`, or else `via`, `port` and `path`",
            );
            return None;
        }
        Some(refusal) => refusal.value,
        None => RouteAction::Forward(ways),
    };
    Some(Route {
        to: to?.value,
        action,
        metric,
        mtu,
    })
}

fn way(table: &mut Section<'_>, ports: u16, problems: &mut Problems) -> Path {
    Path {
        via: table.value::<IpAddr>("via", problems).map(|via| via.value),
        attachment: attachment(table, ports, problems),
        weight: 1,
    }
}

fn neighbour(table: &mut Section<'_>, ports: u16, problems: &mut Problems) -> Option<Neighbour> {
    let ip = table.required::<IpAddr>("ip", problems);
    table.require("mac", "the neighbour's MAC address", problems);
    let mac = individual(table, "mac", problems);
    let attachment = attachment(table, ports, problems);
    if !table.has("port") && !table.has("vlan") {
        problems.helped(
            &table.span,
            format!("{} needs the key `port` or `vlan`", table.title()),
            "behind no interface",
            "name the interface behind which the neighbour is, as in `port = 0`",
        );
    }
    table.finish(problems);
    Some(Neighbour {
        ip: ip?.value,
        mac: mac?,
        attachment: attachment?,
    })
}

impl Router<'_> {
    /// How many ports the switch has.
    pub(super) fn ports(&self) -> u16 {
        self.config.bridge.ports.len() as u16
    }

    /// The place in the file of what the switch has against its settings.
    pub(super) fn place(&self, error: &L3ConfigError, section: &Section<'_>) -> Range<usize> {
        let interface = |key: &str, is_meant: &dyn Fn(&InterfaceConfig) -> bool| {
            let at = self.config.interfaces.iter().rposition(is_meant)?;
            Some(self.interfaces[at].place(key))
        };
        let route = |key: &str, to: &IpNet| {
            let at = self
                .config
                .routes
                .iter()
                .position(|route| route.to == *to)?;
            Some(self.routes[at].place(key))
        };
        let place = match error {
            L3ConfigError::Bridge(_) => Some(section.place("capacity")),
            L3ConfigError::Interface { attachment, source } => {
                let is_meant = |config: &InterfaceConfig| config.attachment == *attachment;
                let at = self.config.interfaces.iter().position(is_meant);
                at.map(|at| interface_place(&self.interfaces[at], "addresses", source))
            }
            L3ConfigError::UnknownPort { port, .. } => interface("port", &|config| {
                config.attachment == Attachment::Port(*port)
            }),
            L3ConfigError::NoVlans { vlan } => interface("vlan", &|config| {
                config.attachment == Attachment::Vlan(*vlan)
            }),
            L3ConfigError::Attached { attachment } => {
                let key = match attachment {
                    Attachment::Port(_) => "port",
                    Attachment::Vlan(_) => "vlan",
                };
                interface(key, &|config| config.attachment == *attachment)
            }
            L3ConfigError::Duplicate { address } => interface("addresses", &|config| {
                config.addresses.iter().any(|net| net.addr() == *address)
            }),
            L3ConfigError::NoInterface { of, attachment } => self.user(of, *attachment),
            L3ConfigError::Unconnected { to, .. }
            | L3ConfigError::Own { to, .. }
            | L3ConfigError::Family { to, .. } => route("via", to),
            L3ConfigError::Nowhere { to } => route("to", to),
            L3ConfigError::Weight { to } => route("path", to),
            L3ConfigError::Mtu { to, .. } => route("mtu", to),
            _ => None,
        };
        place.unwrap_or_else(|| section.span.clone())
    }

    /// The place of the neighbour or route that names somewhere without an interface.
    fn user(&self, of: &str, attachment: Attachment) -> Option<Range<usize>> {
        let is_meant = |neighbour: &Neighbour| {
            neighbour.attachment == attachment && of.ends_with(&neighbour.ip.to_string())
        };
        if let Some(at) = self.config.neighbours.iter().position(is_meant) {
            return Some(self.neighbours[at].span.clone());
        }
        let is_meant = |route: &Route| of.ends_with(&route.to.to_string());
        let at = self.config.routes.iter().position(is_meant)?;
        Some(self.routes[at].span.clone())
    }
}
