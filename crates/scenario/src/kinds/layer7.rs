//! `kind = "l7-switch"`: listeners, rules, target groups.

use std::ops::Range;
use std::sync::Arc;

use ipnet::IpNet;
use switchlab_l7::{
    L7Config, L7Error, L7Switch, ListenerConfig, LoadBalancer, Protocol, ProtocolVersion, Zone,
};

use super::attributes::{headers, intake, preset, responses};
use super::group::{GroupTables, PROTOCOLS, target_group};
use super::rule::{action, plain, rule};
use super::station::station;
use super::{Context, Machine, Role};
use crate::read::{Problems, Section};
use crate::settings::{NodeSettings, Spans};

/// The tables that a configuration came from.
#[derive(Default)]
struct Tables<'a> {
    listeners: Vec<(Section<'a>, Vec<Section<'a>>)>,
    groups: Vec<GroupTables<'a>>,
}

pub(super) fn switch(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    let mut config = L7Config::new(&context.name, Vec::new());
    let station = station(section, config.station.sockets.clone(), context);
    let mut tables = Tables::default();
    config.preset = preset(section, context.problems);
    config.exchange_limit = config.preset.exchange_limit();
    for table in section.sections("listener", context.problems) {
        listener(table, &mut config, &mut tables, context);
    }
    let problems = &mut *context.problems;
    for (name, table) in section.named("target_group", problems) {
        let (group, read) = target_group(&name.value, table, problems);
        config.groups.push(group);
        tables.groups.push(read);
    }
    config.idle_timeout = section.or("idle_timeout", config.idle_timeout, problems);
    config.client_keep_alive = section.or("client_keep_alive", config.client_keep_alive, problems);
    config.exchange_limit = section.or("exchange_limit", config.exchange_limit, problems);
    config.idle_connections = section.or("idle_connections", config.idle_connections, problems);
    config.proxy_protocol = section.or("proxy_protocol", config.proxy_protocol, problems);
    config.access_log = section.or("access_log", config.access_log, problems);
    config.headers = headers(section, problems);
    config.intake = intake(section, &config.headers, problems);
    config.load_balancer = load_balancer(section, config.load_balancer, problems);
    for group in &config.groups {
        let (name, version) = (&group.config.name, group.protocol_version);
        if version != ProtocolVersion::Http1 {
            context.notes.push(format!(
                "{}: the target group {name} speaks {version}; in the lab clients speak HTTP/1.1, and are answered 464 there",
                context.name
            ));
        }
    }
    config.epoch = u64::try_from(context.epoch.as_second()).unwrap_or(0);
    config.seed = context.seed;
    let station = station?;
    config.station = station.config;

    let mut errors = config.errors();
    if errors.is_empty() {
        errors.extend(L7Switch::new(config.clone()).err());
    }
    for error in &errors {
        let place = tables.place(error, &config, section);
        context.refused(&place.unwrap_or_else(|| section.span.clone()), error);
    }
    if !errors.is_empty() {
        return None;
    }
    let groups = config
        .groups
        .iter()
        .map(|group| Arc::clone(&group.config.name))
        .collect();
    let rules = Some(Box::new(config.clone()));
    let congestion_control = Some(config.station.sockets.congestion_control);
    let settings = Some(NodeSettings::Balancer(
        Box::new(config.clone()),
        tables.spans(section),
    ));
    let make = move || L7Switch::new(config.clone()).expect("one was made when the file was read");
    Some(Machine {
        addresses: station.addresses,
        congestion_control,
        role: Role::Balancer { groups, rules },
        settings,
        ..Machine::new(make)
    })
}

/// Reads `load_balancer`, `zone` and `zones`.
fn load_balancer(
    section: &mut Section<'_>,
    default: LoadBalancer,
    problems: &mut Problems,
) -> LoadBalancer {
    let name = section.value::<String>("load_balancer", problems);
    let zone = section.value::<String>("zone", problems);
    let mut zones = Vec::new();
    for mut table in section.tables("zones", problems) {
        let name = table.required::<String>("name", problems);
        let subnet = table.value::<IpNet>("subnet", problems);
        table.finish(problems);
        zones.extend(name.map(|name| Zone {
            name: name.value.into(),
            subnet: subnet.map(|subnet| subnet.value.trunc()),
        }));
    }
    LoadBalancer {
        name: name.map_or(default.name, |name| name.value.into()),
        zone: zone.map(|zone| zone.value.into()),
        zones,
    }
}

fn listener<'a>(
    mut table: Section<'a>,
    config: &mut L7Config,
    tables: &mut Tables<'a>,
    context: &mut Context<'_>,
) {
    let problems = &mut *context.problems;
    let port = table.required::<u16>("port", problems);
    let name = table.value::<String>("name", problems);
    let protocol = table.choice("protocol", &PROTOCOLS, problems);
    let protocol = protocol.map_or(Protocol::Http, |protocol| protocol.value);
    let certificates = table.list::<String>("certificates", problems);
    let unmatched = config.preset.unmatched();
    if unmatched.is_none() {
        let meaning = "what happens if no rule matches, as in { forward = \"web\" }";
        table.require("default", meaning, problems);
    }
    let default = match table.section("default", problems) {
        None => unmatched,
        Some(mut default) => {
            let action = action(&mut default, problems);
            default.finish(problems);
            action
        }
    };
    let (mut rules, mut rule_tables) = (Vec::new(), Vec::new());
    for mut table in table.sections("rule", problems) {
        let rule = rule(&mut table, problems);
        table.finish(problems);
        if let Some(rule) = rule {
            rules.push(rule);
            rule_tables.push(table);
        }
    }
    let responses = responses(&mut table, problems);
    table.finish(problems);
    let (Some(port), Some(default)) = (port, default) else {
        return;
    };
    if protocol == Protocol::Https {
        let port = port.value;
        context.note(format_args!(
            "the listener at port {port} is HTTPS; in the lab its octets are plain HTTP"
        ));
    }
    config.listeners.push(ListenerConfig {
        name: name.map(|name| name.value.into()),
        protocol,
        certificates: plain(certificates.unwrap_or_default()),
        rules,
        responses,
        ..ListenerConfig::new(port.value, default)
    });
    tables.listeners.push((table, rule_tables));
}

impl Tables<'_> {
    /// Where the node and its parts stand.
    fn spans(&self, section: &Section<'_>) -> Spans {
        let listener = |(table, rules): &(Section<'_>, Vec<Section<'_>>)| {
            let rules = rules.iter().map(|rule| rule.span.clone()).collect();
            (table.span.clone(), rules)
        };
        Spans {
            node: section.span.clone(),
            listeners: self.listeners.iter().map(listener).collect(),
            groups: self.groups.iter().map(|it| it.table.span.clone()).collect(),
        }
    }

    /// The place of what is wrong with a configuration.
    fn place(
        &self,
        error: &L7Error,
        config: &L7Config,
        section: &Section<'_>,
    ) -> Option<Range<usize>> {
        let group = |name: &str| {
            let at = config
                .groups
                .iter()
                .position(|group| &*group.config.name == name)?;
            Some(&self.groups[at])
        };
        match error {
            L7Error::Group {
                group: name,
                source,
            } => Some(group(name)?.place(source)),
            L7Error::GroupSetting {
                group: name, key, ..
            } => Some(group(name)?.table.place(key)),
            L7Error::TargetAddress { group: name, .. } => Some(group(name)?.table.place("targets")),
            L7Error::ListenerPort { listener, .. } => {
                Some(self.listeners.get(*listener)?.0.place("port"))
            }
            L7Error::Rule {
                listener, priority, ..
            } => {
                let at = config
                    .listeners
                    .iter()
                    .position(|other| other.port == *listener)?;
                let (table, rules) = &self.listeners[at];
                let Some(priority) = priority else {
                    return Some(table.place("default"));
                };
                let rule = |rule: &switchlab_l7::Rule| rule.priority == *priority;
                let at = config.listeners[at].rules.iter().rposition(rule)?;
                Some(rules[at].span.clone())
            }
            L7Error::Listener { listener, key, .. } => {
                let its = |other: &ListenerConfig| other.port == *listener;
                let at = config.listeners.iter().position(its)?;
                Some(self.listeners[at].0.place(key))
            }
            L7Error::Responses { listener, .. } => {
                Some(self.listeners.get(*listener)?.0.place("response_headers"))
            }
            L7Error::Classic { listener } => Some(self.listeners.get(*listener)?.0.span.clone()),
            L7Error::DnsName { .. } => Some(section.place("dns_name")),
            L7Error::Zero { key } => Some(section.place(key)),
            _ => None,
        }
    }
}
