//! `kind = "l4-switch"`: a layer 3 switch, services, source translation.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;

use ipnet::IpNet;
use switchlab_balance::Target;
use switchlab_l3::Attachment;
use switchlab_l4::{
    L4Config, L4Error, L4Switch, Mode, Persistence, SCHEDULERS, ServiceConfig, ServiceProtocol,
    SourceAddress, SourceNat, Timeouts,
};

use super::health::{group_place, health_check};
use super::layer3::{Router, router};
use super::{Context, Machine, Role, port};
use crate::names;
use crate::read::{Located, Problems, Section};
use crate::settings::{NodeSettings, Switch};

/// A service as read, with the tables it came from.
struct Service<'a> {
    table: Section<'a>,
    backends: Vec<Section<'a>>,
    check: Vec<(&'static str, Section<'a>)>,
}

pub(super) fn switch(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    let router = router(section, context);
    let ports = router.as_ref().map_or(u16::MAX, Router::ports);
    let problems = &mut *context.problems;
    let preset = section.choice(
        "preset",
        &[("ipvs", Preset::Ipvs), ("nlb", Preset::Nlb)],
        problems,
    );
    let preset = preset.map_or(Preset::Ipvs, |preset| preset.value);
    let zone = section.value::<String>("zone", problems);
    let zone: Option<Arc<str>> = zone.map(|zone| zone.value.into());
    let cross_zone = section.or("cross_zone", preset != Preset::Nlb, problems);
    let (mut configs, mut services) = (Vec::new(), Vec::new());
    for table in section.sections("service", problems) {
        if let Some((mut config, service)) = service(table, preset, problems) {
            config.zone = zone.clone();
            config.cross_zone = cross_zone;
            configs.push(config);
            services.push(service);
        }
    }
    let (mut rules, mut rule_tables) = (Vec::new(), Vec::new());
    for mut table in section.sections("source_nat", problems) {
        if let Some(rule) = source_nat(&mut table, ports, problems) {
            rules.push(rule);
            rule_tables.push(table);
        }
    }
    let timeouts = timeouts(section, preset, problems);
    let flow_limit = section.value::<usize>("flow_limit", problems);
    let router = router?;
    let mut config = L4Config::new(&context.name, router.config.clone());
    config.services = configs;
    config.source_nat = rules;
    config.timeouts = timeouts;
    config.flow_limit = flow_limit.map_or(config.flow_limit, |limit| limit.value);
    config.seed = context.seed;

    let mut errors = config.errors();
    errors.extend(config.l3.errors().into_iter().map(L4Error::L3));
    if errors.is_empty() {
        errors.extend(L4Switch::new(config.clone()).err());
    }
    for error in &errors {
        let place = match error {
            L4Error::L3(error) => router.place(error, section),
            L4Error::NoInterface { attachment } => {
                let is_meant = |rule: &SourceNat| rule.attachment == *attachment;
                rule_place(&config, &rule_tables, "port", &is_meant)
            }
            L4Error::SourceAddress { address } => {
                let is_meant = |rule: &SourceNat| rule.address == SourceAddress::Fixed(*address);
                rule_place(&config, &rule_tables, "address", &is_meant)
            }
            L4Error::FlowLimit => section.place("flow_limit"),
            error => {
                service_place(error, &config, &services).unwrap_or_else(|| section.span.clone())
            }
        };
        context.refused(&place, error);
    }
    if !errors.is_empty() {
        return None;
    }
    let groups = config
        .services
        .iter()
        .map(|service| Arc::clone(&service.name))
        .collect();
    let mut addresses = router.addresses;
    for (service, read) in config.services.iter().zip(&services) {
        let value = service.address.ip();
        if addresses.iter().all(|own| own.value != value) {
            addresses.push(Located {
                value,
                span: read.table.place("address"),
            });
        }
    }
    let settings = Some(NodeSettings::Switch(Switch::L4(Box::new(config.clone()))));
    let make = move || L4Switch::new(config.clone()).expect("one was made when the file was read");
    Some(Machine {
        addresses,
        role: Role::Balancer {
            groups,
            rules: None,
        },
        settings,
        ..Machine::new(make)
    })
}

/// Whose defaults hold where the file says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preset {
    /// A switch with Linux's connection tracking and IPVS's schedulers.
    Ipvs,
    /// A node of a Network Load Balancer.
    Nlb,
}

fn service<'a>(
    mut table: Section<'a>,
    preset: Preset,
    problems: &mut Problems,
) -> Option<(ServiceConfig, Service<'a>)> {
    let name = table.required::<String>("name", problems);
    if let Some(name) = &name {
        names::judge(&name.value, &name.span, problems);
    }
    let protocols = [ServiceProtocol::Tcp, ServiceProtocol::Udp];
    let protocols = protocols.map(|protocol| (protocol.name(), protocol));
    table.require("protocol", "\"tcp\" or \"udp\"", problems);
    let protocol = table.choice("protocol", &protocols, problems);
    let address = table.required::<IpAddr>("address", problems);
    let port = table.required::<u16>("port", problems);
    let scheduler = table.choice("scheduler", &SCHEDULERS, problems);
    let hash_port = table.or("hash_port", false, problems);
    let slots = table.value("slots", problems).map(|slots| slots.value);
    let persistence = persistence(&mut table, problems);
    let mode = table.choice("mode", &Mode::NAMES, problems);
    let delay = table.value("deregistration_delay", problems);
    let (mut targets, mut backends) = (Vec::new(), Vec::new());
    for mut backend in table.sections("backend", problems) {
        let address = backend.required::<IpAddr>("address", problems);
        let port = backend.required::<u16>("port", problems);
        let weight = backend.or("weight", 1, problems);
        let zone = backend.value::<String>("zone", problems);
        backend.finish(problems);
        if let (Some(address), Some(port)) = (address, port) {
            let address = SocketAddr::new(address.value, port.value);
            targets.push(Target {
                weight,
                zone: zone.map(|zone| zone.value.into()),
                ..Target::from(address)
            });
            backends.push(backend);
        }
    }
    let mut check = table.section("health_check", problems);
    let is_http = check.as_mut().is_some_and(|check| {
        let protocols = [("tcp", false), ("http", true)];
        let protocol = check.choice("protocol", &protocols, problems);
        protocol.is_some_and(|protocol| protocol.value)
    });
    let given = check.as_mut().map(|check| {
        let default = match is_http {
            true => ServiceConfig::default_http_check(),
            false => ServiceConfig::default_health_check(),
        };
        health_check(check, default, is_http, problems)
    });
    let flags = [
        "hash_sequence",
        "preserve_client_ip",
        "reset_unknown",
        "terminate_deregistered",
        "terminate_unhealthy",
    ];
    let [
        hash_sequence,
        preserve_client,
        resets_unknown,
        terminates_deregistered,
        terminates_unhealthy,
    ] = flags.map(|key| table.value::<bool>(key, problems).map(|flag| flag.value));
    table.finish(problems);
    let address = SocketAddr::new(address?.value, port?.value);
    let (name, protocol) = (name?.value, protocol?.value);
    let mut config = match preset {
        Preset::Ipvs => ServiceConfig::new(&name, protocol, address, []),
        Preset::Nlb => ServiceConfig::nlb(&name, protocol, address, []),
    };
    if let Some(scheduler) = scheduler {
        config.scheduler = scheduler.value;
        config.hash_sequence &=
            scheduler.value == ServiceConfig::nlb(&name, protocol, address, []).scheduler;
    }
    config.hash_sequence = hash_sequence.unwrap_or(config.hash_sequence);
    config.preserve_client = preserve_client.unwrap_or(config.preserve_client);
    config.resets_unknown = resets_unknown.unwrap_or(config.resets_unknown);
    config.terminates_deregistered =
        terminates_deregistered.unwrap_or(config.terminates_deregistered);
    config.terminates_unhealthy = terminates_unhealthy.unwrap_or(config.terminates_unhealthy);
    config.check_by_http = is_http;
    config.backends = targets;
    config.mode = mode.map_or(config.mode, |mode| mode.value);
    config.hash_port = hash_port;
    config.slots = slots;
    config.persistence = persistence;
    config.health_check = given.unwrap_or(config.health_check);
    config.deregistration_delay = delay.map_or(config.deregistration_delay, |delay| delay.value);
    Some((
        config,
        Service {
            table,
            backends,
            check: check
                .map(|check| ("health_check", check))
                .into_iter()
                .collect(),
        },
    ))
}

/// What keeps the flows of a client together.
fn persistence(table: &mut Section<'_>, problems: &mut Problems) -> Option<Persistence> {
    let mut inner = table.section("persistence", problems)?;
    let default = Persistence::default();
    let persistence = Persistence {
        timeout: inner.or("timeout", default.timeout, problems),
        prefix: inner.or("prefix", default.prefix, problems),
    };
    inner.finish(problems);
    Some(persistence)
}

fn source_nat(table: &mut Section<'_>, ports: u16, problems: &mut Problems) -> Option<SourceNat> {
    table.require("port", "the port by which the flows leave", problems);
    let port = port(table, "port", ports, problems);
    let from = table.value::<IpNet>("from", problems);
    let address = table.required::<SourceAddress>("address", problems);
    table.finish(problems);
    Some(SourceNat {
        attachment: Attachment::Port(port?.value),
        from: from.map(|from| from.value),
        address: address?.value,
    })
}

fn timeouts(section: &mut Section<'_>, preset: Preset, problems: &mut Problems) -> Timeouts {
    let mut timeouts = match preset {
        Preset::Ipvs => Timeouts::default(),
        Preset::Nlb => Timeouts::nlb(),
    };
    let Some(mut table) = section.section("timeouts", problems) else {
        return timeouts;
    };
    for (key, timeout) in [
        ("udp", &mut timeouts.udp),
        ("udp_stream", &mut timeouts.udp_stream),
        ("icmp", &mut timeouts.icmp),
        ("tcp_syn_sent", &mut timeouts.tcp_syn_sent),
        ("tcp_established", &mut timeouts.tcp_established),
        ("tcp_unacknowledged", &mut timeouts.tcp_unacknowledged),
        ("tcp_fin_wait", &mut timeouts.tcp_fin_wait),
        ("tcp_time_wait", &mut timeouts.tcp_time_wait),
        ("tcp_close", &mut timeouts.tcp_close),
    ] {
        *timeout = table.or(key, *timeout, problems);
    }
    table.finish(problems);
    timeouts
}

fn rule_place(
    config: &L4Config,
    tables: &[Section<'_>],
    key: &str,
    is_meant: &dyn Fn(&SourceNat) -> bool,
) -> Range<usize> {
    let at = config.source_nat.iter().position(is_meant);
    at.map_or(0..0, |at| tables[at].place(key))
}

/// The place of what is wrong with a service.
fn service_place(
    error: &L4Error,
    config: &L4Config,
    services: &[Service<'_>],
) -> Option<Range<usize>> {
    let (L4Error::Name { service }
    | L4Error::Duplicate { service, .. }
    | L4Error::Address { service, .. }
    | L4Error::Backend { service, .. }
    | L4Error::Weight { service, .. }
    | L4Error::BackendPort { service, .. }
    | L4Error::NotNextDoor { service, .. }
    | L4Error::Scheduler { service, .. }
    | L4Error::HashPort { service, .. }
    | L4Error::HashSequence { service, .. }
    | L4Error::PreserveClient { service, .. }
    | L4Error::Prefix { service, .. }
    | L4Error::Group { service, .. }) = error
    else {
        return None;
    };
    // Of two with one name the later is meant.
    let at = config
        .services
        .iter()
        .rposition(|other| other.name == *service)?;
    let Service {
        table,
        backends,
        check,
    } = &services[at];
    let backend = |address: &SocketAddr| {
        let mut targets = config.services[at].backends.iter();
        targets
            .position(|target| target.address == *address)
            .map(|at| &backends[at])
    };
    match error {
        L4Error::Name { .. } => Some(table.place("name")),
        L4Error::Backend {
            backend: address, ..
        }
        | L4Error::NotNextDoor {
            backend: address, ..
        } => Some(backend(address)?.place("address")),
        L4Error::BackendPort {
            backend: address, ..
        } => Some(backend(address)?.place("port")),
        L4Error::Weight {
            backend: address, ..
        } => Some(backend(address)?.place("weight")),
        L4Error::HashPort { .. } => Some(table.place("hash_port")),
        L4Error::HashSequence { .. } => Some(table.place("hash_sequence")),
        L4Error::PreserveClient { .. } => Some(table.place("preserve_client_ip")),
        L4Error::Prefix { .. } => Some(table.place("persistence")),
        L4Error::Group { source, .. } if source.key() == "source_ip" => {
            Some(table.place("persistence"))
        }
        L4Error::Group { source, .. } if source.key() == "targets" => Some(table.place("backend")),
        L4Error::Group { source, .. } => Some(group_place(table, check, source)),
        _ => Some(table.place("address")),
    }
}
