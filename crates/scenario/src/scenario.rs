//! What a lab file says, ready to run: [`Scenario`] and its [`Expectation`]s.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Device, Instant};
use switchlab_sim::Lab;
use switchlab_topology::Topology;

use switchlab_host::HostConfig;

use crate::{Balancer, Directory, Switch};

/// A lab as its file describes it: nodes, links, timetable, and what is expected of the run.
#[derive(Debug)]
pub struct Scenario {
    /// What the lab is called in reports: the name its file was read by.
    pub name: String,
    /// Nodes, links and timetable.
    pub lab: Lab,
    /// The plan of nodes and links; its ids are those of the directory.
    pub plan: Topology,
    /// Who is who.
    pub directory: Directory,
    /// The settings of its layer 7 switches, in the order of their names.
    pub balancers: Vec<Balancer>,
    /// The settings of its hosts, in the order of their names.
    pub hosts: Vec<HostConfig>,
    /// The settings of its other nodes, by their names.
    pub switches: BTreeMap<Arc<str>, Switch>,
    /// The lines of the file on which its nodes stand, in the order of their ids.
    pub lines: Vec<usize>,
    /// What should come true, in the order of the file.
    pub expectations: Vec<Expectation>,
    /// Where the run ends, that instant included; without it the run ends when every client with a
    /// count is done and [`rest_after`](Self::rest_after) has passed.
    pub until: Option<Instant>,
    /// When the last entry of the timetable happens.
    pub rest_after: Option<Instant>,
    /// What instant 0 is called in access logs, cookie dates and captures.
    pub epoch: jiff::Timestamp,
    /// Where all random draws come from.
    pub seed: u64,
    /// What a reader should know: settings that are taken, but not simulated as they read.
    pub notes: Vec<String>,
}

/// A device as its file describes it, for replaying a capture through it.
pub struct DeviceFile {
    /// The device, switched off still.
    pub device: Box<dyn Device>,
    /// Until when to replay, after the start: the file's `[compare] run_until`.
    pub run_until: Option<Duration>,
    /// What a reader should know: settings that are taken, but not simulated as they read.
    pub notes: Vec<String>,
}

impl fmt::Debug for DeviceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceFile")
            .field("ports", &self.device.ports())
            .field("run_until", &self.run_until)
            .field("notes", &self.notes)
            .finish()
    }
}

/// Something that should have come true by the end of a run: `NODE.APP.COUNTER OP VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The expectation as the file has it.
    pub that: String,
    /// The line of the file, counted from 1.
    pub line: usize,
    /// The host.
    pub node: Arc<str>,
    /// The application on it.
    pub app: Arc<str>,
    /// What the application counts.
    pub counter: Arc<str>,
    /// How the count compares.
    pub operator: Operator,
    /// To what.
    pub value: u64,
    /// Only what was sent at this instant or later counts.
    pub after: Option<Instant>,
    /// Only what was sent before this instant counts.
    pub before: Option<Instant>,
    /// Only requests count that this node answered, or was the last to be asked for.
    pub by: Option<Arc<str>>,
    /// Only requests count whose client connected to this node, or first tried to.
    pub via: Option<Arc<str>>,
    /// Only requests count that were answered with this status.
    pub status: Option<u16>,
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 6] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::AtMost,
        Self::More,
        Self::AtLeast,
    ];

    /// How the operator is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether `left OP right` holds.
    #[must_use]
    pub const fn holds(self, left: u64, right: u64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}
