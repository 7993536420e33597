//! Outages: from when to when, for how long, of what kind.

use std::collections::BTreeMap;

use switchlab_core::Instant;

use super::cast::Cast;
use super::page::Page;
use super::words::{counted, failure, grouped, moment, span};
use crate::record::Request;
use crate::report::Report;

/// So many good answers in a row end an outage.
const GOOD_IN_A_ROW: u64 = 10;

/// How many outages are told; of more, the longest.
const MOST_OUTAGES: usize = 12;

/// How many kinds of failures are told of one outage.
const MOST_KINDS: usize = 6;

/// A time in which a client's requests failed, at least now and then.
struct Outage {
    client: u32,
    first: Instant,
    last: Instant,
    /// When the first good request after the last failed one was sent.
    well_again: Option<Instant>,
    failed: u64,
    /// Requests from the first failed one to the last.
    of: u64,
    /// Most failures in a row.
    in_a_row: u64,
    kinds: BTreeMap<(String, Option<usize>), u64>,
}

/// An outage as it goes on.
struct Open {
    outage: Outage,
    failed_now: u64,
    good_now: u64,
}

impl Open {
    fn new(request: &Request) -> Self {
        Self {
            outage: Outage {
                client: request.client,
                first: request.sent,
                last: request.sent,
                well_again: None,
                failed: 0,
                of: 0,
                in_a_row: 0,
                kinds: BTreeMap::new(),
            },
            failed_now: 0,
            good_now: 0,
        }
    }

    fn failed(&mut self, request: &Request, cast: &Cast) {
        let outage = &mut self.outage;
        self.failed_now += 1;
        outage.in_a_row = outage.in_a_row.max(self.failed_now);
        outage.failed += 1;
        outage.of += 1 + std::mem::take(&mut self.good_now);
        (outage.last, outage.well_again) = (request.sent, None);
        let kind = (failure(request.status, request.error), cast.role(request));
        *outage.kinds.entry(kind).or_default() += 1;
    }

    fn good(&mut self, request: &Request) {
        self.failed_now = 0;
        self.good_now += 1;
        self.outage.well_again.get_or_insert(request.sent);
    }
}

/// All outages, in order of their beginnings.
fn outages(report: &Report, cast: &Cast) -> Vec<Outage> {
    let mut open: BTreeMap<u32, Open> = BTreeMap::new();
    let mut outages = Vec::new();
    for request in &report.record.requests {
        if request.has_failed() {
            open.entry(request.client)
                .or_insert_with(|| Open::new(request))
                .failed(request, cast);
        } else if let Some(now) = open.get_mut(&request.client) {
            now.good(request);
            if now.good_now == GOOD_IN_A_ROW {
                outages.extend(open.remove(&request.client).map(|open| open.outage));
            }
        }
    }
    outages.extend(open.into_values().map(|open| open.outage));
    outages.sort_by_key(|outage| (outage.first, outage.client));
    outages
}

pub(super) fn tell(report: &Report, cast: &Cast, page: &mut Page) {
    let mut outages = outages(report, cast);
    if outages.is_empty() {
        return;
    }
    let failed = outages.iter().map(|outage| outage.failed).sum();
    let remark = format!(
        "{} of {}; ten good answers in a row end an outage",
        grouped(failed),
        counted(report.record.requests.len() as u64, "request")
    );
    page.title("Failures", &remark);
    let end = report.outcome.end;
    let left_out = outages.len().saturating_sub(MOST_OUTAGES);
    if left_out > 0 {
        outages.sort_by_key(|outage| std::cmp::Reverse(length(outage, end)));
        outages.truncate(MOST_OUTAGES);
        outages.sort_by_key(|outage| (outage.first, outage.client));
    }
    for outage in &outages {
        tell_outage(report, cast, outage, page);
    }
    if left_out > 0 {
        let left_out = counted(left_out as u64, "shorter outage");
        page.line(2, &format!("and {left_out}"));
    }
    balancers(report, page);
}

fn length(outage: &Outage, end: Instant) -> std::time::Duration {
    outage.well_again.unwrap_or(end).since(outage.first)
}

fn tell_outage(report: &Report, cast: &Cast, outage: &Outage, page: &mut Page) {
    let client = &report.record.clients[outage.client as usize].shown;
    let lasted = page.bad(&span(length(outage, report.outcome.end)));
    let from = moment(outage.first);
    let until = match outage.well_again {
        Some(well) => format!("from {from} until well again at {}", moment(well)),
        None => format!("from {from}, not well again before the end"),
    };
    page.line(2, &format!("{}  {lasted} {until}", page.strong(client)));
    let count = match (outage.failed, outage.of) {
        (1, 1) => "1 request failed".to_owned(),
        (failed, of) if failed == of => {
            format!(
                "all {} sent until {} failed",
                counted(of, "request"),
                moment(outage.last)
            )
        }
        (failed, of) => format!(
            "{} of {} sent until {} failed, at most {} in a row",
            grouped(failed),
            counted(of, "request"),
            moment(outage.last),
            grouped(outage.in_a_row)
        ),
    };
    page.line(4, &count);
    let mut kinds: Vec<_> = outage.kinds.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let left_out: u64 = kinds
        .iter()
        .skip(MOST_KINDS)
        .map(|(_, count)| **count)
        .sum();
    for ((kind, role), count) in kinds.into_iter().take(MOST_KINDS) {
        let tried = match role {
            Some(role) => format!(", {} tried last", cast.names[*role]),
            None => String::new(),
        };
        page.line(4, &format!("{:>5} × {kind}{tried}", grouped(*count)));
    }
    if left_out > 0 {
        page.line(4, &format!("{:>5} × otherwise", grouped(left_out)));
    }
}

/// Why balancers gave bad answers, in their own words.
fn balancers(report: &Report, page: &mut Page) {
    for (answer, count) in &report.record.bad_answers {
        let balancer = report.directory.node(answer.balancer);
        let story = format!(
            "{balancer} answered {} {} ×: {}",
            answer.status,
            grouped(*count),
            answer.because
        );
        page.line(2, &story);
    }
}
