//! The finished plan.

use std::collections::BTreeMap;

use petgraph::graph::{EdgeReference, NodeIndex, UnGraph};
use switchlab_core::{NodeId, PortId};

use crate::LinkConfig;

/// A node of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The node's name, unique in the plan.
    pub name: String,
    /// How many ports it has.
    pub ports: u16,
    /// Free notes on the node: its kind, zone, region, …
    pub attributes: BTreeMap<String, String>,
}

/// One end of a link: a port of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// The node.
    pub node: NodeId,
    /// Its port.
    pub port: PortId,
}

/// A link of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The two ends, the lower one first.
    pub ends: [End; 2],
    /// What the link does to frames.
    pub config: LinkConfig,
}

/// A plan: nodes in byte order of their names, links in order of their ends.
#[derive(Debug, Clone)]
pub struct Topology {
    pub(crate) graph: UnGraph<Node, Link>,
}

impl Topology {
    /// The plan as a petgraph multigraph, for whatever graph algorithms can tell.
    ///
    /// The index of a node is its [`NodeId::rank`].
    #[must_use]
    pub const fn graph(&self) -> &UnGraph<Node, Link> {
        &self.graph
    }

    /// The nodes, in the order of their ids.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (NodeId, &Node)> {
        (0..)
            .map(NodeId::new)
            .zip(self.graph.node_weights())
            .take(self.graph.node_count())
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The node with this id.
    ///
    /// # Panics
    /// If the id is of another plan.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.graph[NodeIndex::new(id.index())]
    }

    /// The node with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<NodeId> {
        let nodes = self.graph.raw_nodes();
        let rank = nodes
            .binary_search_by(|node| node.weight.name.as_str().cmp(name))
            .ok()?;
        Some(NodeId::new(rank as u32))
    }

    /// The links, in the order of their ends.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.graph.edge_weights()
    }

    /// The end at the other side of the link that is plugged into `end`, and the link.
    #[must_use]
    pub fn peer(&self, end: End) -> Option<(End, &Link)> {
        let links = self
            .graph
            .edges(NodeIndex::new(end.node.index()))
            .map(|edge: EdgeReference<'_, Link>| edge.weight());
        links.into_iter().find_map(|link| match link.ends {
            [a, b] if a == end => Some((b, link)),
            [a, b] if b == end => Some((a, link)),
            _ => None,
        })
    }

    /// An end as a person writes it: `NODE:PORT`.
    #[must_use]
    pub fn end_name(&self, end: End) -> String {
        format!("{}:{}", self.node(end.node).name, end.port)
    }
}
