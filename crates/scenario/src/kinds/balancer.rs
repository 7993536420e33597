//! What the nodes of a layer 7 load balancer have in common: listeners, rules, target groups, zones.

use std::ops::Range;

use ipnet::IpNet;
use switchlab_l7::{L7Config, L7Error, ListenerConfig, Protocol, ProtocolVersion, Zone};

use super::Context;
use super::attributes::{headers, intake, preset, quotas, responses};
use super::group::{GroupTables, PROTOCOLS, target_group};
use super::rule::{action, plain, rule};
use crate::read::{Located, Problems, Section, all_of};
use crate::settings::Spans;

/// What nodes have in common, as read.
pub(crate) struct Shared<'a> {
    /// The settings, but for the node's own: its name, its interfaces, its zone.
    pub(crate) config: L7Config,
    /// Where they came from.
    pub(super) tables: Tables<'a>,
    /// Whether nothing is wrong with them.
    pub(super) is_right: bool,
    /// The keys that stand here, and not in a node's table.
    keys: Vec<&'static str>,
}

/// The tables that a configuration came from.
#[derive(Default)]
pub(super) struct Tables<'a> {
    listeners: Vec<(Section<'a>, Vec<Section<'a>>)>,
    groups: Vec<GroupTables<'a>>,
}

/// Reads what nodes have in common; the context's name is the load balancer's.
pub(super) fn balancer<'a>(section: &mut Section<'a>, context: &mut Context<'_>) -> Shared<'a> {
    let mut config = L7Config::new(&context.name, Vec::new());
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
    if section.or("tls_version_and_cipher_headers", false, problems) {
        context.notes.push(format!(
            "{}: there is no TLS in the lab, so no target is told its version and cipher suite",
            context.name
        ));
    }
    config.intake = intake(section, &config.headers, problems);
    config.load_balancer.zones = zones(section, problems);
    config.quotas = quotas(section, problems);
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
    Shared {
        config,
        tables,
        is_right: true,
        keys: section.asked().to_vec(),
    }
}

/// Reads `[load_balancer.NAME]`, and says what is wrong with it by itself.
pub(crate) fn shared<'a>(section: &mut Section<'a>, context: &mut Context<'_>) -> Shared<'a> {
    let mut shared = balancer(section, context);
    section.finish(context.problems);
    let errors = shared.config.errors();
    for error in &errors {
        let place = shared.tables.place(error, &shared.config, section);
        context.refused(&place.unwrap_or_else(|| section.span.clone()), error);
    }
    shared.is_right = errors.is_empty();
    shared
}

impl Shared<'_> {
    /// Refuses what stands in a node's table too: two truths would be one too many.
    pub(super) fn refuse_again(&self, section: &mut Section<'_>, problems: &mut Problems) {
        let again: Vec<_> = self.keys.iter().filter(|key| section.has(key)).collect();
        let Some(first) = again.first() else { return };
        let name = &self.config.load_balancer.name;
        problems.helped(
            &section.place(first),
            format!(
                "{} is a node of {name:?}, and has {} of its own",
                section.title(),
                all_of(again.iter().map(|key| **key))
            ),
            "not here",
            format!("what all nodes have in common stands in `[load_balancer.{name}]`"),
        );
        again.into_iter().for_each(|key| section.ignore(key));
    }
}

/// Reads `zones`.
fn zones(section: &mut Section<'_>, problems: &mut Problems) -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    for mut table in section.tables("zones", problems) {
        let name = table.required::<String>("name", problems);
        let subnet = table.value::<IpNet>("subnet", problems);
        table.finish(problems);
        let Some(Located { value: name, span }) = name else {
            continue;
        };
        if zones.iter().any(|zone| *zone.name == *name) {
            problems.helped(
                &span,
                format!("the zone {name:?} is given twice"),
                "given before",
                "each zone stands once, with its one subnet",
            );
            continue;
        }
        zones.push(Zone {
            name: name.into(),
            subnet: subnet.map(|subnet| subnet.value.trunc()),
        });
    }
    zones
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
    pub(super) fn spans(&self, section: &Section<'_>) -> Spans {
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
    pub(super) fn place(
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
            L7Error::Zone { .. } => Some(section.place("zone")),
            L7Error::Zero { key } => Some(section.place(key)),
            _ => None,
        }
    }
}
