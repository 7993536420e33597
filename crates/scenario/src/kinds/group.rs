//! `[target_group.NAME]`: where the requests of an `l7-switch` go.

use std::net::SocketAddr;
use std::ops::Range;

use switchlab_balance::{Algorithm, GroupConfig, GroupError, Target};
use switchlab_l7::Group;

use super::health::{group_place, health_check};
use crate::read::{Located, Problems, Section};

/// The tables that a target group came from.
pub(super) struct GroupTables<'a> {
    pub(super) table: Section<'a>,
    check: Option<Section<'a>>,
}

impl GroupTables<'_> {
    /// The place of what is wrong with the group.
    pub(super) fn place(&self, error: &GroupError) -> Range<usize> {
        group_place(&self.table, "targets", self.check.as_ref(), error)
    }
}

/// Reads a target group.
pub(super) fn target_group<'a>(
    name: &str,
    mut table: Section<'a>,
    problems: &mut Problems,
) -> (Group, GroupTables<'a>) {
    let mut config = GroupConfig::new(name, []);
    let algorithms = [
        ("round-robin", Algorithm::RoundRobin),
        ("weighted", Algorithm::Weighted),
        ("least-outstanding-requests", Algorithm::LeastOutstanding),
        ("least-outstanding", Algorithm::LeastOutstanding),
        ("hash-5-tuple", Algorithm::FiveTuple),
    ];
    if let Some(algorithm) = table.choice("algorithm", &algorithms, problems) {
        config.algorithm = algorithm.value;
    }
    config.targets = targets(&mut table, problems);
    let mut check = table.section("health_check", problems);
    if let Some(check) = &mut check {
        let default = config.health_check.take().unwrap_or_default();
        config.health_check = health_check(check, default, true, problems);
    }
    config.deregistration_delay = table.or(
        "deregistration_delay",
        config.deregistration_delay,
        problems,
    );
    config.minimum_healthy = table.or("minimum_healthy", config.minimum_healthy, problems);
    let lb_cookie = table.value("lb_cookie", problems).map(|span| span.value);
    table.finish(problems);
    (Group { config, lb_cookie }, GroupTables { table, check })
}

/// Targets are addresses with a port, or tables with a weight besides.
fn targets(table: &mut Section<'_>, problems: &mut Problems) -> Vec<Target> {
    let mut targets = Vec::new();
    for item in table.values_or_sections::<SocketAddr>("targets", problems) {
        match item {
            Ok(Located { value, .. }) => targets.push(Target::from(value)),
            Err(mut table) => {
                let address = table.required::<SocketAddr>("address", problems);
                let weight = table.or("weight", 1, problems);
                table.finish(problems);
                targets.extend(address.map(|address| Target {
                    address: address.value,
                    weight,
                }));
            }
        }
    }
    targets
}
