//! `[target_group.NAME]`: where the requests of an `l7-switch` go.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use switchlab_balance::{
    Algorithm, AnomalyMitigation, GroupConfig, GroupError, PassiveHealth, Stickiness, Target,
    Threshold,
};
use switchlab_core::TargetState;
use switchlab_l7::{Group, Protocol, ProtocolVersion, TargetType};

use super::health::{group_place, health_check};
use crate::read::{Located, OrOff, Problems, Section};

/// What is spoken with targets, and at listeners.
pub(super) const PROTOCOLS: [(&str, Protocol); 2] =
    [("http", Protocol::Http), ("https", Protocol::Https)];

/// The tables that a target group came from.
pub(super) struct GroupTables<'a> {
    pub(super) table: Section<'a>,
    /// Those inside it, by their key.
    inner: Vec<(&'static str, Section<'a>)>,
}

impl GroupTables<'_> {
    /// The place of what is wrong with the group.
    pub(super) fn place(&self, error: &GroupError) -> Range<usize> {
        group_place(&self.table, &self.inner, error)
    }
}

/// Reads a target group.
pub(super) fn target_group<'a>(
    name: &str,
    mut table: Section<'a>,
    problems: &mut Problems,
) -> (Group, GroupTables<'a>) {
    let mut inner = Vec::new();
    let mut config = GroupConfig::new(name, []);
    config.targets = targets(&mut table, problems);
    algorithm(&mut table, &mut config, problems);
    if let Some(mut check) = table.section("health_check", problems) {
        let default = config.health_check.take().unwrap_or_default();
        config.health_check = health_check(&mut check, default, true, problems);
        inner.push(("health_check", check));
    }
    if let Some(mut passive) = table.section("passive_health", problems) {
        config.passive_health = Some(passive_health(&mut passive, problems));
        inner.push(("passive_health", passive));
    }
    config.slow_start = table
        .value::<Duration>("slow_start", problems)
        .map(|span| span.value)
        .filter(|span| !span.is_zero());
    config.deregistration_delay = table.or(
        "deregistration_delay",
        config.deregistration_delay,
        problems,
    );
    thresholds(&mut table, &mut config, problems);
    config.stickiness = stickiness(&mut table, problems);
    config.cross_zone = table.or("cross_zone", config.cross_zone, problems);
    let types = [
        ("instance", TargetType::Instance),
        ("ip", TargetType::Ip),
        ("lambda", TargetType::Lambda),
        ("alb", TargetType::Alb),
    ];
    let versions = [
        ("http1", ProtocolVersion::Http1),
        ("http2", ProtocolVersion::Http2),
        ("grpc", ProtocolVersion::Grpc),
    ];
    let target_type = table.choice("target_type", &types, problems);
    let protocol = table.choice("protocol", &PROTOCOLS, problems);
    let version = table.choice("protocol_version", &versions, problems);
    table.finish(problems);
    let default = Group::from(config);
    let group = Group {
        target_type: target_type.map_or(default.target_type, |it| it.value),
        protocol: protocol.map_or(default.protocol, |it| it.value),
        protocol_version: version.map_or(default.protocol_version, |it| it.value),
        ..default
    };
    (group, GroupTables { table, inner })
}

fn algorithm(table: &mut Section<'_>, config: &mut GroupConfig, problems: &mut Problems) {
    let mut algorithms: Vec<_> = Algorithm::ALL.map(|it| (it.name(), it)).into();
    algorithms.push(("least-outstanding", Algorithm::LeastOutstanding));
    if let Some(algorithm) = table.choice("algorithm", &algorithms, problems) {
        config.algorithm = algorithm.value;
    }
    config.hash_key = table.value("hash_key", problems).map(|key| key.value);
    config.balance_factor = table.or("balance_factor", config.balance_factor, problems);
    if table.or("anomaly_mitigation", false, problems) {
        config.anomaly_mitigation = Some(AnomalyMitigation::default());
    }
}

fn passive_health(table: &mut Section<'_>, problems: &mut Problems) -> PassiveHealth {
    let default = PassiveHealth::default();
    let passive = PassiveHealth {
        failures: table.or("failures", default.failures, problems),
        ejection: table.or("ejection", default.ejection, problems),
        longest_ejection: table.or("longest_ejection", default.longest_ejection, problems),
        most_ejected: table.or("most_ejected", default.most_ejected, problems),
    };
    table.finish(problems);
    passive
}

/// The thresholds for fail-open and for DNS; of the latter the number is that of the former by default.
fn thresholds(table: &mut Section<'_>, config: &mut GroupConfig, problems: &mut Problems) {
    let routing = table.or("minimum_healthy", 1, problems);
    let off = OrOff(None);
    config.routing = Threshold {
        count: Some(routing),
        percentage: table.or("minimum_healthy_percentage", off, problems).0,
    };
    let OrOff(dns) = table.or("dns_minimum_healthy", OrOff(Some(routing.max(1))), problems);
    config.dns = Threshold {
        count: dns,
        percentage: table.or("dns_minimum_healthy_percentage", off, problems).0,
    };
}

/// What binds clients to targets: one way at most.
fn stickiness(table: &mut Section<'_>, problems: &mut Problems) -> Option<Stickiness> {
    let lb_cookie = table.value("lb_cookie", problems);
    let source_ip = table.value("source_ip", problems);
    let app_cookie = table.section("app_cookie", problems);
    let ways = [
        lb_cookie.is_some(),
        source_ip.is_some(),
        app_cookie.is_some(),
    ];
    if ways.into_iter().filter(|is_there| *is_there).count() > 1 {
        problems.helped(
            &table.place("app_cookie"),
            "a group is sticky in one way at most",
            "one way too many",
            "one of `lb_cookie`, `app_cookie` and `source_ip` would be right",
        );
    }
    if let Some(Located { value, .. }) = lb_cookie {
        return Some(Stickiness::LbCookie { duration: value });
    }
    if let Some(Located { value, .. }) = source_ip {
        return Some(Stickiness::SourceIp { duration: value });
    }
    let mut cookie = app_cookie?;
    let name = cookie.required::<String>("name", problems);
    let day = Duration::from_secs(86_400);
    let duration = cookie.or("duration", day, problems);
    cookie.finish(problems);
    Some(Stickiness::AppCookie {
        name: name?.value.into(),
        duration,
    })
}

/// Targets are addresses with a port, or tables with weight, zone and state besides.
fn targets(table: &mut Section<'_>, problems: &mut Problems) -> Vec<Target> {
    let mut targets = Vec::new();
    for item in table.values_or_sections::<SocketAddr>("targets", problems) {
        match item {
            Ok(Located { value, .. }) => targets.push(Target::from(value)),
            Err(mut table) => targets.extend(target(&mut table, problems)),
        }
    }
    targets
}

fn target(table: &mut Section<'_>, problems: &mut Problems) -> Option<Target> {
    let states = [
        TargetState::Initial,
        TargetState::Healthy,
        TargetState::Unhealthy,
        TargetState::Draining,
        TargetState::Unused,
        TargetState::Unavailable,
    ];
    let states = states.map(|state| (state.name(), state));
    let address = table.required::<SocketAddr>("address", problems);
    let weight = table.or("weight", 1, problems);
    let zone = table.value::<String>("zone", problems);
    let state = table.choice("state", &states, problems);
    let reason = table.value::<String>("reason", problems);
    table.finish(problems);
    let reason = reason.map_or(Cow::Borrowed(""), |reason| reason.value.into());
    Some(Target {
        weight,
        zone: zone.map(|zone| zone.value.into()),
        seed: state.map(|state| (state.value, reason)),
        ..Target::from(address?.value)
    })
}
