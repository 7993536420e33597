//! The report as JSON: an interface, documented at [`Report`].

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use switchlab_balance::DNS_TTL;
use switchlab_core::{Instant, RequestError};

use super::{Report, deeds, reasons};

/// Writes the JSON of a report, entry by entry.
pub(super) fn write(report: &Report, mut to: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut to, report)?;
    to.write_all(b"\n")
}

#[derive(serde::Serialize)]
struct Request<'a> {
    client: &'a str,
    sent: u64,
    done: Option<u64>,
    url: &'a str,
    status: Option<u16>,
    error: Option<&'static str>,
    target: Option<SocketAddr>,
    node: Option<&'a str>,
    server: Option<SocketAddr>,
    via: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct Ping<'a> {
    client: &'a str,
    sent: u64,
    target: IpAddr,
    round_trip: Option<u64>,
}

#[derive(serde::Serialize)]
struct TargetChange<'a> {
    time: u64,
    balancer: &'a str,
    group: &'a str,
    target: SocketAddr,
    from: &'static str,
    to: &'static str,
    reason: &'a str,
    because: String,
}

#[derive(serde::Serialize)]
struct DnsChange<'a> {
    time: u64,
    node: &'a str,
    balancer: &'a str,
    zone: Option<&'a str>,
    address: IpAddr,
    in_dns: bool,
    because: &'a str,
}

#[derive(serde::Serialize)]
struct AnswerChange<'a> {
    time: u64,
    balancer: &'a str,
    addresses: &'a [IpAddr],
    ttl: u64,
    fail_open: bool,
    because: &'a str,
}

#[derive(serde::Serialize)]
struct Admin<'a> {
    time: u64,
    node: &'a str,
    action: &'a str,
    refused: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct Drop<'a> {
    node: &'a str,
    port: Option<u16>,
    reason: &'static str,
    count: u64,
}

#[derive(serde::Serialize)]
struct Counter<'a> {
    node: &'a str,
    app: &'a str,
    counter: &'static str,
    value: u64,
}

#[derive(serde::Serialize)]
struct Expectation<'a> {
    that: &'a str,
    held: bool,
    saw: Option<u64>,
    line: usize,
    by: Option<&'a str>,
    via: Option<&'a str>,
    status: Option<u16>,
    after: Option<u64>,
    before: Option<u64>,
}

/// A list whose entries are made while they are written.
struct List<F>(F);

impl<F, I> Serialize for List<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_struct("Report", 14)?;
        object.serialize_field("lab", &self.lab)?;
        object.serialize_field("seed", &self.seed)?;
        object.serialize_field("end", &self.outcome.end.as_nanos())?;
        object.serialize_field("requests", &List(|| self.json_requests()))?;
        object.serialize_field("pings", &List(|| self.json_pings()))?;
        object.serialize_field("target_changes", &List(|| self.json_changes()))?;
        object.serialize_field("dns_changes", &List(|| self.json_dns_changes()))?;
        object.serialize_field("answers", &List(|| self.json_answers()))?;
        let deeds = deeds::deeds(self);
        let admin = || {
            deeds.iter().map(|deed| Admin {
                time: deed.at.as_nanos(),
                node: deed.node,
                action: deed.action,
                refused: deed.refused.as_deref(),
            })
        };
        object.serialize_field("admin", &List(admin))?;
        let drops = || {
            self.drops().into_iter().map(|drop| Drop {
                node: drop.node,
                port: drop.port,
                reason: drop.reason.code(),
                count: drop.count,
            })
        };
        object.serialize_field("drops", &List(drops))?;
        object.serialize_field("counters", &List(|| self.json_counters()))?;
        let expectations = || {
            self.expectations.iter().map(|judged| {
                let expectation = &judged.expectation;
                Expectation {
                    that: &expectation.that,
                    held: judged.held(),
                    saw: judged.saw,
                    line: expectation.line,
                    by: expectation.by.as_deref(),
                    via: expectation.via.as_deref(),
                    status: expectation.status,
                    after: expectation.after.map(Instant::as_nanos),
                    before: expectation.before.map(Instant::as_nanos),
                }
            })
        };
        object.serialize_field("expectations", &List(expectations))?;
        object.serialize_field("notes", &self.notes)?;
        object.serialize_field("digest", &self.digest.to_string())?;
        object.end()
    }
}

impl Report {
    fn json_requests(&self) -> impl Iterator<Item = Request<'_>> {
        self.record.requests.iter().map(|request| {
            let target = self.record.target(request);
            let server = self.record.server(request);
            let owner = |address: SocketAddr| {
                let node = self.directory.owner(address.ip())?;
                Some(&**self.directory.node(node))
            };
            Request {
                client: &self.record.client(request).shown,
                sent: request.sent.as_nanos(),
                done: request.done.map(Instant::as_nanos),
                url: &request.url,
                status: request.status,
                error: request.error.map(RequestError::name),
                target,
                node: target.and_then(owner),
                server,
                via: server.and_then(owner),
            }
        })
    }

    fn json_pings(&self) -> impl Iterator<Item = Ping<'_>> {
        self.record.pings.iter().map(|(client, ping)| Ping {
            client: &self.record.clients[*client as usize].shown,
            sent: ping.sent.as_nanos(),
            target: ping.target,
            round_trip: ping
                .round_trip
                .map(|span| (Instant::ZERO + span).as_nanos()),
        })
    }

    fn json_changes(&self) -> impl Iterator<Item = TargetChange<'_>> {
        let changes = reasons::reasons(&self.record.changes);
        changes.map(|(at, balancer, change, because)| TargetChange {
            time: at.as_nanos(),
            balancer: self.directory.node(balancer),
            group: &change.group,
            target: change.target,
            from: change.from.name(),
            to: change.to.name(),
            reason: &change.reason,
            because,
        })
    }

    fn json_dns_changes(&self) -> impl Iterator<Item = DnsChange<'_>> {
        let changes = self.record.dns_changes.iter();
        changes.map(|(at, node, change)| DnsChange {
            time: at.as_nanos(),
            node: self.directory.node(*node),
            balancer: &change.balancer,
            zone: change.zone.as_deref(),
            address: change.address,
            in_dns: change.is_in,
            because: &change.because,
        })
    }

    fn json_answers(&self) -> impl Iterator<Item = AnswerChange<'_>> {
        let answers = self.record.answers.iter();
        answers.map(|change| AnswerChange {
            time: change.at.as_nanos(),
            balancer: &change.balancer,
            addresses: &change.addresses,
            ttl: (Instant::ZERO + DNS_TTL).as_nanos(),
            fail_open: change.is_fail_open,
            because: &change.because,
        })
    }

    fn json_counters(&self) -> impl Iterator<Item = Counter<'_>> {
        self.outcome.nodes.iter().flat_map(|node| {
            node.counters.apps.iter().map(|counter| Counter {
                node: &node.name,
                app: &counter.app,
                counter: counter.counter,
                value: counter.value,
            })
        })
    }
}
