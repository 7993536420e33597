//! Target groups that nobody uses, that have nobody, or whose targets cannot be reached or be well.

use std::collections::BTreeSet;

use switchlab_balance::{HealthCheck, Target};
use switchlab_core::TargetState;
use switchlab_host::{AppKind, HostConfig, HttpServerConfig};
use switchlab_l7::{Group, L7Config};

use crate::{Finding, Inspector, Kind};

pub(crate) fn inspect(balancer: &L7Config, at: &mut Inspector<'_>) {
    for group in &balancer.groups {
        if !balancer.uses(&group.config.name) {
            at.group(group, |it| Finding {
                kind: Kind::UnusedGroup,
                because: format!(
                    "no listener sends requests to {}: its targets are `unused`",
                    group.config.name
                ),
                remedy: "name it in an action, or take it out".to_owned(),
                ..it
            });
            continue;
        }
        if group.config.targets.is_empty() {
            at.group(group, |it| Finding {
                kind: Kind::EmptyGroup,
                because: format!(
                    "{} has no target: its requests are answered 503",
                    group.config.name
                ),
                remedy: "register a target, or name another group".to_owned(),
                ..it
            });
            continue;
        }
        subnets(balancer, group, at);
        health(group, at);
        zones(balancer, group, at);
    }
}

/// Targets must be in a subnet of a zone, where zones tell theirs, and else in one of the lab.
fn subnets(balancer: &L7Config, group: &Group, at: &mut Inspector<'_>) {
    let zones = &balancer.load_balancer.zones;
    let nets: Vec<_> = zones.iter().filter_map(|zone| zone.subnet).collect();
    for target in &group.config.targets {
        let address = target.address;
        let is_there = match nets.is_empty() {
            true => at.is_reachable(address.ip()),
            false => nets.iter().any(|net| net.contains(&address.ip())),
        };
        if !is_there {
            at.target(group, address, |it| Finding {
                kind: Kind::TargetInNoSubnet,
                because: format!("{} is in no subnet that there is", address.ip()),
                remedy: "mend the address, or give a node or a zone its subnet".to_owned(),
                ..it
            });
        }
    }
}

/// A target that is a host of the lab can be asked what it would answer; but one that is down by its given state
/// has nobody who answers, and that is of the moment.
fn health(group: &Group, at: &mut Inspector<'_>) {
    let Some(check) = &group.config.health_check else {
        return;
    };
    for target in &group.config.targets {
        let address = target.address;
        let host = at.host(address.ip());
        let port = check.port.unwrap_or(address.port());
        let is_asked = |host: &&HostConfig| !is_down(target, host, port);
        if let Some(because) = host
            .filter(is_asked)
            .and_then(|host| never_passes(check, host, port))
        {
            at.target(group, address, |it| Finding {
                kind: Kind::HealthCheckNeverPasses,
                because,
                remedy:
                    "let the health check ask for what is there: port, path, matcher and timeout"
                        .to_owned(),
                ..it
            });
        }
    }
}

/// Whether a target is said to be unhealthy, and its host has nobody at its port nor at that of the health check.
fn is_down(target: &Target, host: &HostConfig, port: u16) -> bool {
    let state = target.seed.as_ref().map(|(state, _)| *state);
    let is_served = [target.address.port(), port].map(|port| server(host, port).is_some());
    state == Some(TargetState::Unhealthy) && is_served == [false, false]
}

/// Why a host cannot pass a health check at this port, if it cannot.
fn never_passes(check: &HealthCheck, host: &HostConfig, port: u16) -> Option<String> {
    let name = &host.name;
    let Some(server) = server(host, port) else {
        return Some(format!("{name} has no HTTP server at port {port}"));
    };
    let path = check.path.split('?').next().unwrap_or_default();
    let is_own = server.health_path.as_deref() == Some(path);
    let status = if is_own {
        server.health_status
    } else {
        server.status
    };
    if !check.matcher.matches(status) {
        let wanted = &check.matcher;
        return Some(format!(
            "{name} answers {path} with {status}, and {wanted} would pass"
        ));
    }
    let (delay, timeout) = (server.delay, check.timeout);
    // What comes at the end of the timeout is late, and it cannot come sooner than it is sent.
    (delay >= timeout && !is_own).then(|| {
        format!("{name} answers after {delay:?}, and the health check waits for {timeout:?}")
    })
}

fn server(host: &HostConfig, port: u16) -> Option<&HttpServerConfig> {
    host.apps.iter().find_map(|app| match &app.kind {
        AppKind::HttpServer(server) if server.port == port => Some(server),
        _ => None,
    })
}

/// All targets in one zone end with it; so does a balancer that is enabled in one. A node that keeps to a zone
/// without targets has nobody to ask.
fn zones(balancer: &L7Config, group: &Group, at: &mut Inspector<'_>) {
    let zones: Option<BTreeSet<&str>> = group
        .config
        .targets
        .iter()
        .map(|it| it.zone.as_deref())
        .collect();
    let Some(zones) = zones else {
        return;
    };
    let enabled = &balancer.load_balancer.zones;
    let empty = enabled.iter().filter(|zone| !zones.contains(&*zone.name));
    for zone in empty.filter(|_| !group.config.cross_zone) {
        let (name, zone) = (&group.config.name, &zone.name);
        at.group(group, |it| Finding {
            kind: Kind::EmptyGroup,
            because: format!(
                "{name} has no target in {zone} and keeps to zones: what comes by way of {zone} is answered 503"
            ),
            remedy: format!("register a target in {zone}, or switch cross-zone balancing on"),
            ..it
        });
    }
    if let Some(only) = zones.first().filter(|_| zones.len() == 1) {
        at.group(group, |it| Finding {
            kind: Kind::SingleZone,
            because: format!(
                "all targets of {} are in {only}: the service ends with that zone",
                group.config.name
            ),
            remedy: match enabled.iter().find(|zone| &*zone.name != *only) {
                Some(other) => format!("register a target in {}", other.name),
                None => "enable a second zone, and register a target there".to_owned(),
            },
            ..it
        });
    }
}
