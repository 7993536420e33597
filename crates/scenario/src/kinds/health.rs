//! `health_check`, and where in it a mistake of a target group is.

use std::ops::Range;

use switchlab_balance::{GroupError, HealthCheck};

use super::group::PROTOCOLS;
use crate::read::{Problems, Section};

/// Reads a health check; what is not there is as in `default`. `enabled = false` makes none.
///
/// Path, matcher and protocol are for checks by HTTP only; HTTPS is plain HTTP in a lab.
pub(super) fn health_check(
    table: &mut Section<'_>,
    default: HealthCheck,
    by_http: bool,
    problems: &mut Problems,
) -> Option<HealthCheck> {
    let enabled = table.or("enabled", true, problems);
    let mut check = default;
    check.interval = table.or("interval", check.interval, problems);
    check.timeout = table.or("timeout", check.timeout, problems);
    check.healthy = table.or("healthy", check.healthy, problems);
    check.unhealthy = table.or("unhealthy", check.unhealthy, problems);
    check.port = table
        .value("port", problems)
        .map(|port| port.value)
        .or(check.port);
    if by_http {
        check.matcher = table.or("matcher", check.matcher, problems);
        if let Some(path) = table.value::<String>("path", problems) {
            check.path = path.value.into();
        }
        if !table.asked().contains(&"protocol") {
            table.choice("protocol", &PROTOCOLS, problems);
        }
    }
    table.finish(problems);
    enabled.then_some(check)
}

/// The place of what is wrong with a group, with the tables inside it by their key.
pub(super) fn group_place(
    group: &Section<'_>,
    inner: &[(&'static str, Section<'_>)],
    error: &GroupError,
) -> Range<usize> {
    let Some((table, key)) = error.key().split_once('.') else {
        return group.place(error.key());
    };
    match inner.iter().find(|(name, _)| *name == table) {
        Some((_, section)) => section.place(key),
        None => group.place(table),
    }
}
