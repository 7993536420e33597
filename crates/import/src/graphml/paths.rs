//! Shortest paths between all nodes of a network, by delay: who sends to whom by way of which edge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The shortest paths from one node: an entry for each node, `None` where none leads.
pub(super) type Tree = Vec<Option<Path>>;

/// The shortest path to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Path {
    /// Its delay in nanoseconds.
    pub(super) delay: u64,
    /// How many edges it takes.
    pub(super) hops: usize,
    /// The edge by which it leaves; the node itself is reached by none.
    pub(super) by: Option<usize>,
}

/// Edges as paths take them: for each node the edges there, each with the node at its other end and its delay.
#[derive(Debug)]
pub(super) struct Edges(pub(super) Vec<Vec<(usize, usize, u64)>>);

impl Edges {
    /// The shortest paths from a node (E. W. Dijkstra, "A note on two problems in connexion with graphs", 1959). Of two of one
    /// delay, that with fewer hops, then that over the node that stands first in the file.
    pub(super) fn paths(&self, from: usize) -> Tree {
        let mut tree: Tree = vec![None; self.0.len()];
        let mut open = BinaryHeap::from([Reverse((0, 0, from, None))]);
        while let Some(Reverse((delay, hops, node, by))) = open.pop() {
            if tree[node].is_some() {
                continue;
            }
            tree[node] = Some(Path { delay, hops, by });
            for (edge, next, more) in &self.0[node] {
                if tree[*next].is_none() {
                    open.push(Reverse((delay + more, hops + 1, *next, by.or(Some(*edge)))));
                }
            }
        }
        tree
    }
}
