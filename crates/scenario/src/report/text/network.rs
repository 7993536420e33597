//! What went over the network: pings, what applications counted, frames, drops.

use std::collections::BTreeMap;
use std::net::IpAddr;

use switchlab_sim::NodeOutcome;

use super::page::Page;
use super::requests::latency;
use super::words::{grouped, share};
use crate::report::Report;

/// Lines of a section.
const MOST_LINES: usize = 40;

pub(super) fn tell(report: &Report, page: &mut Page) {
    pings(report, page);
    applications(report, page);
    frames(report, page);
    drops(report, page);
    tcp(report, page);
}

/// What a reader should know about the TCP of hosts and layer 7 switches before believing in times.
fn tcp(report: &Report, page: &mut Page) {
    let mut ways: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for (node, way) in &report.directory.congestion_control {
        let nodes = ways.entry(*way).or_default();
        nodes.push(report.directory.node(*node));
    }
    let ways: Vec<_> = match ways.len() {
        0 => return,
        1 => ways.keys().map(|way| way.name().to_owned()).collect(),
        _ => ways
            .iter()
            .map(|(way, nodes)| format!("{} at {}", way.name(), nodes.join(", ")))
            .collect(),
    };
    page.title("TCP", "");
    let ways = ways.join("; ");
    page.line(2, &format!("congestion control {ways}"));
    let limits = "a retransmission timer waits at least 1 s; there is no selective acknowledgment";
    let limits = page.faint(limits);
    page.line(2, &limits);
}

fn pings(report: &Report, page: &mut Page) {
    let mut by_client: BTreeMap<(&str, IpAddr), (u64, Vec<u64>)> = BTreeMap::new();
    for (client, ping) in &report.record.pings {
        let client = &*report.record.clients[*client as usize].shown;
        let (sent, times) = by_client.entry((client, ping.target)).or_default();
        *sent += 1;
        let nanos = ping.round_trip.map(|time| time.as_nanos());
        times.extend(nanos.map(|nanos| u64::try_from(nanos).unwrap_or(u64::MAX)));
    }
    if by_client.is_empty() {
        return;
    }
    page.title("Pings", "");
    let lines: Vec<_> = by_client
        .into_iter()
        .map(|((client, target), (sent, mut times))| {
            let lost = sent - times.len() as u64;
            let lost = match lost {
                0 => "all answered".to_owned(),
                lost => page.bad(&format!("{} lost ({})", grouped(lost), share(lost, sent))),
            };
            let spread = match times.is_empty() {
                true => String::new(),
                false => format!(", round trip {}", latency(&mut times)),
            };
            let sent = grouped(sent);
            format!(
                "{}  to {target}: {sent} sent, {lost}{spread}",
                page.strong(client)
            )
        })
        .collect();
    list(lines, page);
}

/// What applications and services counted, one line each; clients have been told of, and what never
/// happened needs no telling.
fn applications(report: &Report, page: &mut Page) {
    let mut lines = Vec::new();
    for NodeOutcome {
        name: node,
        is_on,
        counters,
    } in &report.outcome.nodes
    {
        if !is_on {
            lines.push(format!("{}  switched off in the end", page.strong(node)));
        }
        for counters in counters.apps.chunk_by(|a, b| a.app == b.app) {
            let app = &counters[0].app;
            let mut clients = report.record.clients.iter();
            if clients.any(|client| *client.node == **node && client.app == *app) {
                continue;
            }
            let counts: Vec<_> = counters
                .iter()
                .filter(|counter| counter.value > 0)
                .map(|counter| format!("{} {}", counter.counter, grouped(counter.value)))
                .collect();
            if !counts.is_empty() {
                let name = page.strong(&format!("{node}.{app}"));
                lines.push(format!("{name}  {}", counts.join(", ")));
            }
        }
    }
    if !lines.is_empty() {
        page.title("Counters", "");
        list(lines, page);
    }
}

/// Frames by node.
fn frames(report: &Report, page: &mut Page) {
    page.title("Frames", "");
    let nodes = &report.outcome.nodes;
    let width = nodes.iter().map(|node| node.name.chars().count()).max();
    let width = width.unwrap_or(0).max(4);
    let heading = format!(
        "{:<width$} {:>12} {:>12} {:>12}",
        "node", "received", "sent", "dropped"
    );
    let mut lines = vec![page.faint(&heading)];
    for NodeOutcome { name, counters, .. } in nodes {
        let received = counters.ports.iter().map(|port| port.received_frames).sum();
        let sent = counters.ports.iter().map(|port| port.sent_frames).sum();
        let dropped = counters.all_drops().map(|(_, count)| count).sum();
        let [received, sent, dropped] = [received, sent, dropped].map(grouped);
        lines.push(format!(
            "{name:<width$} {received:>12} {sent:>12} {dropped:>12}"
        ));
    }
    list(lines, page);
}

fn drops(report: &Report, page: &mut Page) {
    let drops = report.drops();
    if drops.is_empty() {
        return;
    }
    page.title("Frames dropped", "by device, or by the link at a port");
    let place = |node: &str, port: Option<u16>| match port {
        Some(port) => format!("{node}:{port}"),
        None => node.to_owned(),
    };
    let places: Vec<_> = drops
        .iter()
        .map(|drop| place(drop.node, drop.port))
        .collect();
    let width = places.iter().map(|place| place.chars().count()).max();
    let width = width.unwrap_or(0);
    let lines = places
        .iter()
        .zip(&drops)
        .map(|(place, drop)| {
            let count = grouped(drop.count);
            let code = drop.reason.code();
            let sentence = page.faint(drop.reason.sentence());
            format!("{place:<width$} {count:>12}  {code:<20}  {sentence}")
        })
        .collect();
    list(lines, page);
}

/// The lines, or the first of them.
fn list(lines: Vec<String>, page: &mut Page) {
    let left_out = lines.len().saturating_sub(MOST_LINES);
    for line in lines.into_iter().take(MOST_LINES) {
        page.line(2, &line);
    }
    if left_out > 0 {
        page.line(2, &format!("… {left_out} more, see --json"));
    }
}
