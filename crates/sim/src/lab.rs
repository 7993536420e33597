//! What is to be simulated: nodes with their blueprints, links, and what an administrator will do.

use std::collections::BTreeMap;

use switchlab_core::{Device, Instant};
use switchlab_topology::{LinkConfig, Topology, TopologyBuilder, TopologyError};

use crate::admin::Action;
use crate::channel::Channel;
use crate::engine::Simulation;

/// How a node's device is made: at the start of the run, and again when it is started after a crash.
pub type Blueprint = Box<dyn Fn() -> Box<dyn Device> + Send + Sync>;

/// How many events a run may take unless told otherwise: half a thousand million.
pub const DEFAULT_BUDGET: u64 = 500_000_000;

/// A lab: nodes, links and a timetable, in any order.
pub struct Lab {
    seed: u64,
    budget: u64,
    topology: TopologyBuilder,
    blueprints: BTreeMap<String, Blueprint>,
    channels: Vec<Channel>,
    timetable: Vec<(Instant, String, Action)>,
}

/// Why a lab cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// Nodes and links make no plan.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// The timetable names a node that is not there.
    #[error("`{action}` at {at} is for the node {node:?}, which does not exist")]
    UnknownNode {
        /// When.
        at: Instant,
        /// The name.
        node: String,
        /// The action's stable name.
        action: String,
    },
    /// A channel names a node that is not there.
    #[error("a channel is to or from the node {node:?}, which does not exist")]
    NobodyThere {
        /// The name.
        node: String,
    },
    /// The timetable names a port without a link.
    #[error("`{action}` at {at}: no link is plugged into that port of {node:?}")]
    NoLink {
        /// When.
        at: Instant,
        /// The node.
        node: String,
        /// The action's stable name.
        action: String,
    },
    /// A blueprint makes a device with another number of ports than was declared.
    #[error("node {node:?} was declared with {declared} port(s), but its device has {found}")]
    Ports {
        /// The node.
        node: String,
        /// Ports declared.
        declared: u16,
        /// Ports the device has.
        found: u16,
    },
}

impl Lab {
    /// An empty lab whose random draws come from this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            budget: DEFAULT_BUDGET,
            topology: TopologyBuilder::default(),
            blueprints: BTreeMap::new(),
            channels: Vec::new(),
            timetable: Vec::new(),
        }
    }

    /// Lets a run take this many events before it is given up as endless.
    pub fn budget(&mut self, events: u64) -> &mut Self {
        self.budget = events;
        self
    }

    /// Adds a node whose device the blueprint makes, with this many ports.
    pub fn node(
        &mut self,
        name: impl Into<String>,
        ports: u16,
        blueprint: impl Fn() -> Box<dyn Device> + Send + Sync + 'static,
    ) -> &mut Self {
        let name = name.into();
        self.topology.node(name.clone(), ports);
        self.blueprints.insert(name, Box::new(blueprint));
        self
    }

    /// Adds a link between two ends, each written `NODE` or `NODE:PORT`.
    pub fn link(
        &mut self,
        a: impl Into<String>,
        b: impl Into<String>,
        config: LinkConfig,
    ) -> &mut Self {
        self.topology.link(a, b, config);
        self
    }

    /// Adds a way by which one node hears of another outside the network.
    pub fn channel(&mut self, channel: Channel) -> &mut Self {
        self.channels.push(channel);
        self
    }

    /// Adds to the timetable what an administrator does to a node.
    pub fn at(&mut self, at: Instant, node: impl Into<String>, action: Action) -> &mut Self {
        self.timetable.push((at, node.into(), action));
        self
    }

    /// Forgets what an administrator would have done.
    pub fn clear_timetable(&mut self) -> &mut Self {
        self.timetable.clear();
        self
    }

    /// Judges the lab as a whole and switches it on.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first.
    pub fn build(self) -> Result<Simulation, Vec<LabError>> {
        let Self {
            seed,
            budget,
            topology,
            blueprints,
            channels,
            timetable,
        } = self;
        let topology: Topology = topology
            .build()
            .map_err(|errors| errors.into_iter().map(LabError::from).collect::<Vec<_>>())?;
        let blueprints = blueprints.into_values().collect();
        Simulation::new(seed, budget, topology, blueprints, channels, timetable)
    }
}

impl std::fmt::Debug for Lab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lab")
            .field("seed", &self.seed)
            .field("topology", &self.topology)
            .finish_non_exhaustive()
    }
}
