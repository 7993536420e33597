//! What there is to tell when a run is over.

use std::fmt;

use switchlab_core::{ControlError, Counters, DropReason, Instant};

/// Something an administrator asked for and a device refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminFailure {
    /// When it was asked.
    pub at: Instant,
    /// Name of the node.
    pub node: String,
    /// The action's stable name.
    pub action: String,
    /// Why the device refused.
    pub error: ControlError,
}

/// What went over one lane: one direction of a link, or a port without a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneOutcome {
    /// The transmitting end, as `NODE:PORT`.
    pub from: String,
    /// Frames that devices handed over.
    pub offered: u64,
    /// Extra frames made by duplication.
    pub duplicated: u64,
    /// Frames that reached a device.
    pub delivered: u64,
    /// Frames still on their way at the end.
    pub in_flight: u64,
    /// Frames lost outside devices, by reason, in the order of the reasons.
    pub drops: Vec<(DropReason, u64)>,
}

/// What a node did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeOutcome {
    /// Its name.
    pub name: String,
    /// Whether it is switched on in the end.
    pub is_on: bool,
    /// What its devices counted, over all crashes and starts. A crash forgets what a device kept, and
    /// leaves it counted as kept.
    pub counters: Counters,
}

/// What there is to tell when a run is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The instant of the last event, or the end that was asked for.
    pub end: Instant,
    /// How many events happened: frames that arrived, deadlines, and what administrators did.
    pub events: u64,
    /// The nodes, in order of name.
    pub nodes: Vec<NodeOutcome>,
    /// Every port's outgoing lane, in order of node, then port.
    pub lanes: Vec<LaneOutcome>,
    /// What devices refused, in order.
    pub failures: Vec<AdminFailure>,
}

impl Outcome {
    /// What the node of this name counted.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Counters> {
        let node = self.nodes.iter().find(|node| node.name == name)?;
        Some(&node.counters)
    }
}

/// Why a run did not reach its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The event budget is used up.
    #[error(
        "the budget of {budget} events was used up at {at}; the busiest nodes are {}: \
         is there a loop of links, or should the budget be larger?",
        Busiest(busiest)
    )]
    BudgetExhausted {
        /// The budget.
        budget: u64,
        /// When it was used up.
        at: Instant,
        /// The busiest nodes and their events, busiest first.
        busiest: Vec<(String, u64)>,
    },
    /// Frames multiply faster than they arrive.
    #[error(
        "{in_flight} frames are on their way at once at {at}; the busiest nodes are {}: \
         is there a loop of links?",
        Busiest(busiest)
    )]
    Storm {
        /// Frames on their way.
        in_flight: u64,
        /// When there were too many.
        at: Instant,
        /// The busiest nodes and their events, busiest first.
        busiest: Vec<(String, u64)>,
    },
    /// A device wants to be called again and again at one instant.
    #[error(
        "node {node:?} set {turns} deadlines at {at} without letting time pass; its poll_timeout is wrong"
    )]
    Stuck {
        /// The node.
        node: String,
        /// The instant.
        at: Instant,
        /// How often it was called.
        turns: u32,
    },
}

struct Busiest<'a>(&'a [(String, u64)]);

impl fmt::Display for Busiest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (node, events)) in self.0.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{node} ({events} events)")?;
        }
        Ok(())
    }
}
