//! What hosts and layer 7 switches have in common: interfaces, a gateway, TCP.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;
use std::time::Duration;

use ipnet::IpNet;
use switchlab_host::{
    CongestionControl, InterfaceConfig, InterfaceError, SocketsConfig, StationConfig,
};
use switchlab_ip::Interface;
use switchlab_wire::MacAddr;

use super::Context;
use super::bridge::individual;
use crate::read::{Located, Problems, Section, Size, one_of};

/// A station as read.
pub(super) struct Station {
    pub(super) config: StationConfig,
    pub(super) addresses: Vec<Located<IpAddr>>,
}

/// Reads the keys of a station; `sockets` is what holds unless the file says otherwise.
pub(super) fn station(
    section: &mut Section<'_>,
    sockets: SocketsConfig,
    context: &mut Context<'_>,
) -> Option<Station> {
    let mut addresses = Vec::new();
    let interfaces = interfaces(section, &mut addresses, context);
    let problems = &mut *context.problems;
    let gateway = section.value::<Ipv4Addr>("gateway", problems);
    let sockets = tcp(section, sockets, problems);
    let neighbours = section.sections("neighbor", problems);
    let mut interfaces = interfaces?;
    for mut table in neighbours {
        neighbour(&mut table, &mut interfaces, problems);
    }
    if addresses.iter().any(|address| address.value.is_ipv6()) {
        context.note("IPv6 is not simulated yet: its packets are dropped");
    }
    let gateway = gateway.and_then(|gateway| next_door(&gateway, &interfaces, context.problems));
    let config = StationConfig {
        interfaces,
        gateway,
        sockets,
    };
    Some(Station { config, addresses })
}

/// A gateway that can be reached, or `None` once it has been said why it cannot.
fn next_door(
    gateway: &Located<Ipv4Addr>,
    interfaces: &[InterfaceConfig],
    problems: &mut Problems,
) -> Option<Ipv4Addr> {
    let address = IpAddr::V4(gateway.value);
    let nets = || interfaces.iter().flat_map(|nic| &nic.addresses);
    let wrong = if nets().any(|net| net.addr() == address) {
        "an address of this node itself"
    } else if nets().any(|net| net.contains(&address)) {
        return Some(gateway.value);
    } else {
        "in no net of this node"
    };
    let nets: Vec<_> = nets().map(|net| net.trunc().to_string()).collect();
    let nets = one_of(nets.iter().map(String::as_str));
    problems.helped(
        &gateway.span,
        format!("the gateway {address} is {wrong}"),
        "leads nowhere",
        format!("a gateway is somebody else's address in {nets}"),
    );
    None
}

/// `address` is short for one interface; `[[interface]]` names each.
fn interfaces(
    section: &mut Section<'_>,
    addresses: &mut Vec<Located<IpAddr>>,
    context: &mut Context<'_>,
) -> Option<Vec<InterfaceConfig>> {
    if section.has("address") && section.has("interface") {
        context.problems.helped(
            &section.place("address"),
            "`address` is short for one `[[interface]]`, and there are both",
            "one interface",
            "leave out one of the two",
        );
    }
    if !section.has("address") && !section.has("interface") {
        context.problems.helped(
            &section.span,
            format!("{} needs the key `address`", section.title()),
            "no `address` here",
            "write `address = \"10.0.1.2/24\"`, or one `[[interface]]` for each port",
        );
    }
    let tables = section.sections("interface", context.problems);
    if tables.is_empty() && !section.has("interface") {
        return interface(section, "address", 0, addresses, context).map(|only| vec![only]);
    }
    ["address", "mac", "mtu", "silent"]
        .into_iter()
        .for_each(|key| section.ignore(key));
    let count = tables.len();
    if count == 0 {
        context.problems.helped(
            &section.place("interface"),
            "there is no interface",
            "none",
            "one at least would be right, as in `interface = [{ addresses = [\"10.0.1.2/24\"] }]`",
        );
        return None;
    }
    let mut interfaces: Vec<Option<InterfaceConfig>> = vec![None; count];
    for (place, mut table) in tables.into_iter().enumerate() {
        let port = table.value::<u16>("port", context.problems);
        let at = port.as_ref().map_or(place, |port| usize::from(port.value));
        let config = interface(&mut table, "addresses", at, addresses, context);
        table.finish(context.problems);
        match interfaces.get_mut(at) {
            Some(free @ None) => *free = config,
            taken => {
                let message = match taken {
                    Some(_) => format!("port {at} has an interface already"),
                    None => format!("there is no port {at}"),
                };
                let ports = "the interfaces have the ports 0, 1, 2 and so on, each its own";
                context
                    .problems
                    .helped(&table.place("port"), message, "not this port", ports);
            }
        }
    }
    // Whatever is missing has been complained about.
    interfaces.into_iter().collect()
}

/// Reads an interface, whose addresses stand behind this key.
fn interface(
    table: &mut Section<'_>,
    key: &'static str,
    port: usize,
    all: &mut Vec<Located<IpAddr>>,
    context: &mut Context<'_>,
) -> Option<InterfaceConfig> {
    let given = table.has("mac");
    let mac = individual(table, "mac", context.problems);
    let addresses = table.list::<IpNet>(key, context.problems);
    let addresses = addresses.unwrap_or_default();
    all.extend(addresses.iter().map(Located::address));
    let mac = match mac {
        Some(mac) => mac,
        None if given => MacAddr::ZERO,
        None => context.addresses.make(&format!("{}:{port}", context.name)),
    };
    let mut config = InterfaceConfig::new(mac, addresses.into_iter().map(|net| net.value));
    config.mtu = table.or("mtu", config.mtu, context.problems);
    let silent = table.list::<Ipv4Addr>("silent", context.problems);
    config.silent = silent.into_iter().flatten().map(|it| it.value).collect();
    if given && mac == MacAddr::ZERO {
        return None;
    }
    check(&config, |error| interface_place(table, key, error), context)?;
    Some(config)
}

/// Says what is wrong with the settings of an interface.
pub(super) fn check(
    config: &InterfaceConfig,
    place: impl FnOnce(&InterfaceError) -> Range<usize>,
    context: &mut Context<'_>,
) -> Option<()> {
    let error = Interface::new(config.clone()).err();
    if let Some(error) = &error {
        context.refused(&place(error), error);
    }
    error.is_none().then_some(())
}

/// The place of what is wrong with an interface, whose addresses stand behind this key.
pub(super) fn interface_place(
    table: &Section<'_>,
    addresses: &str,
    error: &InterfaceError,
) -> Range<usize> {
    table.place(match error {
        InterfaceError::Mac { .. } => "mac",
        InterfaceError::Mtu { .. } => "mtu",
        _ => addresses,
    })
}

fn neighbour(table: &mut Section<'_>, interfaces: &mut [InterfaceConfig], problems: &mut Problems) {
    let ip = table.required::<IpAddr>("ip", problems);
    table.require("mac", "the neighbour's MAC address", problems);
    let mac = individual(table, "mac", problems);
    let port = super::port(
        table,
        "port",
        u16::try_from(interfaces.len()).unwrap_or(u16::MAX),
        problems,
    );
    let port = port.map_or(0, |port| port.value.index());
    table.finish(problems);
    if let (Some(ip), Some(mac)) = (ip, mac) {
        interfaces[port].permanent.push((ip.value, mac));
    }
}

/// `[tcp]`: buffers, patience, congestion control.
fn tcp(
    section: &mut Section<'_>,
    mut sockets: SocketsConfig,
    problems: &mut Problems,
) -> SocketsConfig {
    let Some(mut table) = section.section("tcp", problems) else {
        return sockets;
    };
    for (key, buffer) in [
        ("send_buffer", &mut sockets.send_buffer),
        ("receive_buffer", &mut sockets.receive_buffer),
    ] {
        let Some(Located {
            value: Size(size),
            span,
        }) = table.value(key, problems)
        else {
            continue;
        };
        if !(1..=1 << 30).contains(&size) {
            let message = format!("a buffer of {size} octets is not possible");
            problems.helped(
                &span,
                message,
                "out of range",
                format!("`{key}` is 1 B to 1 GiB"),
            );
        }
        *buffer = usize::try_from(size).unwrap_or(usize::MAX);
    }
    let ways = [
        CongestionControl::Off,
        CongestionControl::Reno,
        CongestionControl::Cubic,
    ];
    let ways = ways.map(|way| (way.name(), way));
    if let Some(way) = table.choice("congestion_control", &ways, problems) {
        sockets.congestion_control = way.value;
    }
    let delay = table.value::<Duration>("acknowledgment_delay", problems);
    sockets.acknowledgment_delay = delay
        .map(|delay| delay.value)
        .or(sockets.acknowledgment_delay);
    sockets.connect_timeout = table.or("connect_timeout", sockets.connect_timeout, problems);
    sockets.user_timeout = table.or("user_timeout", sockets.user_timeout, problems);
    sockets.half_open_limit = table.or("half_open_limit", sockets.half_open_limit, problems);
    sockets.connection_limit = table.or("connection_limit", sockets.connection_limit, problems);
    table.finish(problems);
    sockets
}
