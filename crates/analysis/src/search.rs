//! A depth-first search that notes, for each node, how far back its part of the tree reaches by other ways.
//!
//! This is the search of Hopcroft and Tarjan ("Efficient algorithms for graph manipulation", CACM 16(6), 1973), with
//! two changes. It keeps its own stack. And it knows by which *edge* it came to a node, not only from which node: so
//! a parallel edge leads back as any other does.

use petgraph::Undirected;
use petgraph::graph::{EdgeIndex, Edges, NodeIndex, UnGraph};
use petgraph::visit::EdgeRef as _;

/// The place in the order of a node that was not reached.
const UNSEEN: u32 = u32::MAX;

/// A step of the tree: from a node to one that was new, by an edge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) from: NodeIndex,
    pub(crate) edge: EdgeIndex,
    pub(crate) to: NodeIndex,
}

/// What a search has seen.
#[derive(Debug)]
pub(crate) struct Search<'g, N, E> {
    graph: &'g UnGraph<N, E>,
    /// When a node was first seen, counted from 0.
    order: Vec<u32>,
    /// The earliest node that is next to the node's part of the tree, by its place in the order.
    low: Vec<u32>,
    seen: u32,
}

impl<'g, N, E> Search<'g, N, E> {
    pub(crate) fn new(graph: &'g UnGraph<N, E>) -> Self {
        Self {
            graph,
            order: vec![UNSEEN; graph.node_count()],
            low: vec![UNSEEN; graph.node_count()],
            seen: 0,
        }
    }

    pub(crate) fn has_seen(&self, node: NodeIndex) -> bool {
        self.order[node.index()] != UNSEEN
    }

    /// Whether all that the tree has from this step on is joined to the rest by the node it came from alone.
    pub(crate) fn hangs_on_node(&self, step: Step) -> bool {
        self.low[step.to.index()] >= self.order[step.from.index()]
    }

    /// Whether all that the tree has from this step on is joined to the rest by the step's edge alone.
    pub(crate) fn hangs_on_edge(&self, step: Step) -> bool {
        self.low[step.to.index()] > self.order[step.from.index()]
    }

    /// Sees all that can be reached from a node, and tells each step of the tree when all behind it has been seen.
    pub(crate) fn from(&mut self, root: NodeIndex, mut told: impl FnMut(&Self, Step)) {
        let graph = self.graph;
        let mut path: Vec<(Option<Step>, Edges<'g, E, Undirected, u32>)> = Vec::new();
        self.see(root);
        path.push((None, graph.edges(root)));
        while let Some((step, edges)) = path.last_mut() {
            let step = *step;
            if let Some(edge) = edges.next() {
                let (from, to, edge) = (edge.source(), edge.target(), edge.id());
                if step.is_some_and(|step| step.edge == edge) {
                    continue;
                }
                if self.has_seen(to) {
                    self.reaches(from, self.order[to.index()]);
                } else {
                    self.see(to);
                    path.push((Some(Step { from, edge, to }), graph.edges(to)));
                }
            } else {
                path.pop();
                if let Some(step) = step {
                    self.reaches(step.from, self.low[step.to.index()]);
                    told(self, step);
                }
            }
        }
    }

    fn see(&mut self, node: NodeIndex) {
        self.order[node.index()] = self.seen;
        self.low[node.index()] = self.seen;
        self.seen += 1;
    }

    fn reaches(&mut self, node: NodeIndex, place: u32) {
        let low = &mut self.low[node.index()];
        *low = place.min(*low);
    }
}
