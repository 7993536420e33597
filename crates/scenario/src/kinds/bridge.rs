//! The keys of a bridge: ports and their flags, VLANs, static entries.

use std::collections::BTreeSet;

use switchlab_l2::{BridgeConfig, PortConfig, StaticEntry, VlanMembership};
use switchlab_wire::{MacAddr, VlanId};

use super::{Context, port, ports};
use crate::read::{Located, Problems, Section};

/// Reads the bridge inside a switch; `None` if not even the number of its ports is known.
pub(super) fn bridge(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<BridgeConfig> {
    let count = ports(section, context.problems);
    // Without a number the rest is still looked at, for its own mistakes.
    let mut config = BridgeConfig::with_ports(count.unwrap_or(u16::MAX));
    let problems = &mut *context.problems;
    config.mac = individual(section, "mac", problems);
    config.ageing = section.or("ageing", config.ageing, problems);
    config.capacity = section.or("capacity", config.capacity, problems);
    let mtu = section.or("mtu", PortConfig::default().mtu, problems);
    config.ports.iter_mut().for_each(|port| port.mtu = mtu);
    config.forward_reserved = forward_reserved(section, problems);
    read_ports(section, &mut config, problems);
    config.static_entries = static_entries(section, config.ports.len() as u16, problems);
    multicast(section, context);
    spanning_tree(section, context);
    count.map(|_| config)
}

/// A MAC address that can be a single station's.
pub(super) fn individual(
    section: &mut Section<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<MacAddr> {
    let mac = section.value::<MacAddr>(key, problems)?;
    if !mac.value.is_individual() {
        problems.helped(
            &mac.span,
            format!("{} is not the address of a single station", mac.value),
            "a group, or nobody",
            "the first octet of a station's address is even, as in \"02:00:00:00:00:01\"",
        );
        return None;
    }
    Some(mac.value)
}

fn forward_reserved(section: &mut Section<'_>, problems: &mut Problems) -> Vec<u8> {
    let octets = section.list::<u8>("forward_reserved", problems);
    let mut fine = Vec::new();
    for Located { value, span } in octets.unwrap_or_default() {
        if value > 15 {
            problems.helped(
                &span,
                format!("there is no reserved address that ends in {value}"),
                "out of range",
                "the last octets of the reserved addresses are 0 to 15",
            );
        } else {
            fine.push(value);
        }
    }
    fine
}

fn read_ports(section: &mut Section<'_>, config: &mut BridgeConfig, problems: &mut Problems) {
    let count = config.ports.len() as u16;
    let mut seen = BTreeSet::new();
    for mut table in section.sections("port", problems) {
        table.require("id", "the number of the port", problems);
        let id = port(&mut table, "id", count, problems);
        if let Some(id) = &id
            && !seen.insert(id.value)
        {
            problems.helped(
                &id.span,
                format!("port {} is described twice", id.value),
                "for the second time",
                "put all its keys into one table",
            );
        }
        let mut settings = PortConfig::default();
        if let Some(id) = &id {
            settings.mtu = config.ports[id.value.index()].mtu;
        }
        read_port(&mut table, &mut settings, problems);
        table.finish(problems);
        if let Some(id) = id {
            config.ports[id.value.index()] = settings;
        }
    }
}

fn read_port(table: &mut Section<'_>, settings: &mut PortConfig, problems: &mut Problems) {
    settings.mac = individual(table, "mac", problems);
    settings.mtu = table.or("mtu", settings.mtu, problems);
    settings.vlans = vlans(table, problems);
    let flags = [
        ("learning", &mut settings.learning),
        ("unicast_flood", &mut settings.unicast_flood),
        ("multicast_flood", &mut settings.multicast_flood),
        ("broadcast_flood", &mut settings.broadcast_flood),
        ("hairpin", &mut settings.hairpin),
        ("isolated", &mut settings.isolated),
        ("locked", &mut settings.locked),
    ];
    for (key, flag) in flags {
        *flag = table.or(key, *flag, problems);
    }
    // What snooping and the spanning tree would look at.
    let routers = [("never", ()), ("auto", ()), ("always", ())];
    table.choice("multicast_router", &routers, problems);
    table.value::<u32>("stp_cost", problems);
    table.value::<u8>("stp_priority", problems);
    for key in ["fast_leave", "bpdu_guard", "root_guard"] {
        table.value::<bool>(key, problems);
    }
}

fn vlans(table: &mut Section<'_>, problems: &mut Problems) -> Option<VlanMembership> {
    let access = table.value::<VlanId>("vlan", problems);
    let trunk = table.list::<VlanId>("trunk", problems);
    let native = table.value::<VlanId>("native", problems);
    match (access, trunk, native) {
        (None, None, None) => None,
        (Some(access), None, None) => Some(VlanMembership::Access(access.value)),
        (None, Some(tagged), None) if tagged.is_empty() => {
            problems.helped(
                &table.place("trunk"),
                "the trunk carries no VLAN",
                "empty",
                "give it some, as in `trunk = [10, 20]`, or a `native` VLAN",
            );
            None
        }
        (None, Some(tagged), native) => Some(VlanMembership::Trunk {
            tagged: tagged.into_iter().map(|vlan| vlan.value).collect(),
            native: native.map(|vlan| vlan.value),
        }),
        (None, None, Some(native)) => {
            problems.helped(
                &native.span,
                "`native` is the untagged VLAN of a trunk, and there is no `trunk`",
                "without a trunk",
                format!("`vlan = {}` makes an access port", native.value),
            );
            None
        }
        (Some(access), ..) => {
            problems.helped(
                &access.span,
                "a port is either an access port or a trunk",
                "makes an access port",
                "leave out `vlan`, or else `trunk` and `native`",
            );
            None
        }
    }
}

fn static_entries(
    section: &mut Section<'_>,
    ports: u16,
    problems: &mut Problems,
) -> Vec<StaticEntry> {
    let mut entries = Vec::new();
    for mut table in section.sections("static", problems) {
        table.require("mac", "the address of a station", problems);
        table.require("port", "the number of the port it is behind", problems);
        let mac = individual(&mut table, "mac", problems);
        let port = port(&mut table, "port", ports, problems);
        let vlan = table.value::<VlanId>("vlan", problems);
        let sticky = table.or("sticky", false, problems);
        table.finish(problems);
        if let (Some(mac), Some(port)) = (mac, port) {
            entries.push(StaticEntry {
                mac,
                port: port.value,
                vlan: vlan.map(|vlan| vlan.value),
                sticky,
            });
        }
    }
    entries
}

fn multicast(section: &mut Section<'_>, context: &mut Context<'_>) {
    let Some(mut table) = section.section("multicast", context.problems) else {
        return;
    };
    let problems = &mut *context.problems;
    let snooping = table.or("snooping", false, problems);
    table.value::<bool>("querier", problems);
    table.value::<u8>("igmp_version", problems);
    table.value::<u32>("last_member_count", problems);
    for key in [
        "last_member_interval",
        "membership_interval",
        "querier_interval",
    ] {
        table.value::<std::time::Duration>(key, problems);
    }
    table.finish(problems);
    if snooping {
        context.note("IGMP snooping is not simulated yet: multicast goes to all ports");
    }
}

fn spanning_tree(section: &mut Section<'_>, context: &mut Context<'_>) {
    let Some(mut table) = section.section("stp", context.problems) else {
        return;
    };
    let problems = &mut *context.problems;
    let enabled = table.or("enabled", false, problems);
    table.value::<u16>("priority", problems);
    for key in ["hello", "forward_delay", "max_age"] {
        table.value::<std::time::Duration>(key, problems);
    }
    table.finish(problems);
    if enabled {
        context
            .note("the spanning tree is not simulated yet: every port forwards, and a loop is one");
    }
}
