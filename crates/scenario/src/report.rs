//! What there is to tell about a run, and the three ways of telling it: text, JSON, JUnit.

mod deeds;
mod json;
mod junit;
mod reasons;
mod text;

use std::io;

use switchlab_core::DropReason;
use switchlab_sim::{Digest, Outcome};
use switchlab_topology::Topology;

use crate::Directory;
use crate::judge::Judged;
use crate::record::Record;

/// What there is to tell about a run.
///
/// # The JSON
///
/// One object. Times are integer nanoseconds since the start of the run, or null where they do not apply.
///
/// | field | value |
/// |---|---|
/// | `lab` | the name the lab's file was read by |
/// | `seed` | where all random draws came from |
/// | `end` | when the run ended |
/// | `requests` | one entry per HTTP request that a client application began, in order of sending, then client, then number |
/// | `pings` | one entry per ping, in order of sending, then client, then number |
/// | `target_changes` | what became of balancers' targets, in order of time |
/// | `dns_changes` | when nodes of balancers entered DNS and left it, in order of time |
/// | `answers` | what DNS would answer for each load balancer: at the start, and at every change |
/// | `admin` | what administrators did, in order of time |
/// | `drops` | frames that went no further, by node, then port (null first), then reason in the order of the layers |
/// | `counters` | what applications and services counted, in order of node, application, counter |
/// | `expectations` | in the order of the file |
/// | `notes` | sentences a reader should know: what is configured but not simulated |
/// | `digest` | the run's fingerprint: 16 hexadecimal digits |
///
/// | in | field | value |
/// |---|---|---|
/// | `requests` | `client` | the node, or `NODE.APP` where the node has several clients |
/// | | `sent`, `done` | when the client began it and was done with it; `done` is null if it is unfinished |
/// | | `url` | what was asked for |
/// | | `status` | the status code; null if no head of an answer arrived |
/// | | `error` | `refused`, `reset`, `closed`, `timeout`, `unreachable`, `malformed`, `unfinished`; null if the whole answer arrived |
/// | | `target` | `IP:port` of the last target tried, by the balancers' own record; without a balancer the address connected to; else null |
/// | | `node` | the node whose address that is, or null |
/// | | `server`, `via` | `IP:port` that the client connected to, or first tried if no connection stood; the node whose address that is, or null |
/// | `pings` | `client`, `sent` | as above |
/// | | `target` | the address asked |
/// | | `round_trip` | nanoseconds; null if no answer came in time |
/// | `target_changes` | `time` | when |
/// | | `balancer`, `group`, `target` | the node, its target group or service, and `IP:port` |
/// | | `from`, `to` | `initial`, `healthy`, `unhealthy`, `draining`, `unused`, `unavailable` |
/// | | `reason` | the ELB reason code, with details where there are any; empty for a target that became healthy |
/// | | `because` | why, in words |
/// | `dns_changes` | `time`, `node` | when, and which node |
/// | | `balancer`, `zone`, `address` | the load balancer, its node's zone (null without zones) and address |
/// | | `in_dns`, `because` | whether the address is told from then on, and why |
/// | `answers` | `time`, `balancer` | since when, and whose name is asked for |
/// | | `addresses`, `ttl` | what is told, in ascending order, and for how many nanoseconds it may be kept |
/// | | `fail_open`, `because` | whether all addresses are told since no node is in DNS; why the answer changed |
/// | `admin` | `time`, `node`, `action` | when, where, and the action's stable name |
/// | | `refused` | why the device did not do it; null if it did |
/// | `drops` | `node`, `port` | the node; the port if the frame was lost outside the device, on its way out of this port; else null |
/// | | `reason`, `count` | the stable code, and how many frames |
/// | `counters` | `node`, `app`, `counter`, `value` | over all crashes and starts of the node |
/// | `expectations` | `that`, `line` | the expectation as the file has it, and where |
/// | | `held`, `saw` | whether it came true; what the counter read, or null if nobody kept it |
/// | | `by`, `via`, `status`, `after`, `before` | what bounds the count, as the file has it, times in nanoseconds; null where it does not bound it |
#[derive(Debug, Clone)]
pub struct Report {
    /// What the lab is called.
    pub lab: String,
    /// Where all random draws came from.
    pub seed: u64,
    /// Who is who.
    pub directory: Directory,
    /// The plan that was run.
    pub topology: Topology,
    /// Requests, pings, changes, deeds.
    pub record: Record,
    /// What devices and links counted.
    pub outcome: Outcome,
    /// What was expected, and whether it came true; in the order of the file.
    pub expectations: Vec<Judged>,
    /// What a reader should know: what is configured but not simulated.
    pub notes: Vec<String>,
    /// The run's fingerprint.
    pub digest: Digest,
}

/// Frames that went no further, at one place and for one reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drop<'a> {
    /// The node.
    pub node: &'a str,
    /// The port by which they left, if they were lost outside the device.
    pub port: Option<u16>,
    /// Why.
    pub reason: DropReason,
    /// How many.
    pub count: u64,
}

impl Report {
    /// Whether all expectations came true.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.expectations.iter().all(Judged::held)
    }

    /// The report as a person reads it; with colours as ANSI escape sequences, if wanted.
    #[must_use]
    pub fn to_text(&self, in_colour: bool) -> String {
        text::render(self, in_colour)
    }

    /// Writes the report as JSON, as documented [here](Report#the-json), without holding all of it in memory.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }

    /// The expectations as JUnit XML, one test case each, for continuous integration.
    ///
    /// Labs take no time of the wall clock worth telling, so times are those of the lab.
    #[must_use]
    pub fn to_junit(&self) -> String {
        junit::render(self)
    }

    /// All frames that went no further, in order of node, then port (none first), then reason.
    #[must_use]
    pub fn drops(&self) -> Vec<Drop<'_>> {
        let in_devices = self.outcome.nodes.iter().flat_map(|node| {
            let drops = node.counters.all_drops();
            drops.map(|(reason, count)| Drop {
                node: &node.name,
                port: None,
                reason,
                count,
            })
        });
        let outside = self.outcome.lanes.iter().flat_map(|lane| {
            let (node, port) = lane
                .from
                .rsplit_once(':')
                .expect("a lane begins at NODE:PORT");
            let port = Some(port.parse().expect("ports are numbers"));
            lane.drops.iter().map(move |(reason, count)| Drop {
                node,
                port,
                reason: *reason,
                count: *count,
            })
        });
        let mut drops: Vec<_> = in_devices.chain(outside).collect();
        drops.sort();
        drops
    }
}
