//! Whether what was expected of a run came true.

use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_core::Instant;
use switchlab_sim::Outcome;

use crate::record::Record;
use crate::{Directory, Expectation};

/// An expectation, and what was seen instead of supposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What was expected.
    pub expectation: Expectation,
    /// What the counter read; `None` if nobody kept it: the node is switched off in the end, keeps no
    /// such counter, or does not keep it by the time of sending and by who answered.
    pub saw: Option<u64>,
}

impl Judged {
    /// Looks for the counter, first among what clients told (who sent when is known of them alone),
    /// then among what devices counted.
    pub(crate) fn new(
        expectation: Expectation,
        directory: &Directory,
        record: &Record,
        outcome: &Outcome,
    ) -> Self {
        let saw = told(&expectation, directory, record).or_else(|| counted(&expectation, outcome));
        Self { expectation, saw }
    }

    /// Whether it came true.
    #[must_use]
    pub fn held(&self) -> bool {
        let Expectation {
            operator, value, ..
        } = self.expectation;
        self.saw.is_some_and(|saw| operator.holds(saw, value))
    }

    /// What bounds the count as text: `sent from 18 s before 28 s, by web-b, with 502`; empty without bounds.
    #[must_use]
    pub fn bounds(&self) -> String {
        let Expectation {
            after,
            before,
            by,
            via,
            status,
            ..
        } = &self.expectation;
        let sent = match (after, before) {
            (None, None) => None,
            (Some(after), None) => Some(format!("sent from {after}")),
            (None, Some(before)) => Some(format!("sent before {before}")),
            (Some(after), Some(before)) => Some(format!("sent from {after} before {before}")),
        };
        let by = by.as_ref().map(|by| format!("by {by}"));
        let status = status.map(|status| format!("with {status}"));
        let via = via.as_ref().map(|via| format!("via {via}"));
        let bounds: Vec<_> = [sent, by, via, status].into_iter().flatten().collect();
        bounds.join(", ")
    }
}

/// What the requests or pings of a client add up to.
fn told(expectation: &Expectation, directory: &Directory, record: &Record) -> Option<u64> {
    let Expectation {
        node,
        app,
        counter,
        after,
        before,
        by,
        via,
        status,
        ..
    } = expectation;
    let client = record
        .clients
        .iter()
        .position(|client| client.node == *node && client.app == *app)?;
    let is_within = |sent: Instant| {
        after.is_none_or(|after| sent >= after) && before.is_none_or(|before| sent < before)
    };
    let is_at = |address: Option<SocketAddr>, wanted: &Option<Arc<str>>| {
        wanted.as_ref().is_none_or(|wanted| {
            let node = address.and_then(|address| directory.owner(address.ip()));
            node.is_some_and(|node| directory.node(node) == wanted)
        })
    };
    let requests = record.requests.iter().filter(|request| {
        request.client as usize == client
            && is_within(request.sent)
            && is_at(record.target(request), by)
            && is_at(record.server(request), via)
            && status.is_none_or(|status| request.status == Some(status))
    });
    let pings = record
        .pings
        .iter()
        .filter(|(pinger, ping)| *pinger as usize == client && is_within(ping.sent));
    let count = match &**counter {
        "sent" => requests.count() + pings.count(),
        "done" => requests.filter(|request| request.is_done()).count(),
        "ok" => requests.filter(|request| !request.has_failed()).count(),
        "failed" => requests
            .filter(|request| request.is_done() && request.has_failed())
            .count(),
        "unfinished" => requests.filter(|request| !request.is_done()).count(),
        "answered" => pings.filter(|(_, ping)| ping.round_trip.is_some()).count(),
        "lost" => pings.filter(|(_, ping)| ping.round_trip.is_none()).count(),
        _ => return None,
    };
    Some(count as u64)
}

/// What the device counted. It does not know when what it counted was sent, or who answered what.
fn counted(expectation: &Expectation, outcome: &Outcome) -> Option<u64> {
    let Expectation {
        after,
        before,
        by,
        via,
        status,
        ..
    } = expectation;
    if after.is_some() || before.is_some() || by.is_some() || via.is_some() || status.is_some() {
        return None;
    }
    let counters = outcome.node(&expectation.node)?;
    let counter = counters.apps.iter().find(|counter| {
        counter.app == expectation.app && *counter.counter == *expectation.counter
    })?;
    Some(counter.value)
}

#[cfg(test)]
mod tests;
