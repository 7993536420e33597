//! Components, cut nodes and bridges.

use petgraph::graph::{EdgeIndex, NodeIndex, UnGraph};

use crate::search::Search;

/// Where a graph falls apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cuts {
    /// How many connected components there are; 0 of a graph without nodes.
    pub components: usize,
    /// The nodes without which there are more components, in the order of their indices.
    pub nodes: Vec<NodeIndex>,
    /// The links without which there are more components, in the order of their indices.
    pub bridges: Vec<EdgeIndex>,
}

/// Finds where a graph falls apart.
///
/// A node goes with its links; one that stands alone leaves no more components behind than there were, and is no cut
/// node.
#[must_use]
pub fn cuts<N, E>(graph: &UnGraph<N, E>) -> Cuts {
    let mut cuts = Cuts::default();
    let mut search = Search::new(graph);
    let mut is_cut = vec![false; graph.node_count()];
    for root in graph.node_indices() {
        if search.has_seen(root) {
            continue;
        }
        cuts.components += 1;
        let mut branches = 0;
        search.from(root, |search, step| {
            if search.hangs_on_edge(step) {
                cuts.bridges.push(step.edge);
            }
            // All hangs on the root: it is one if that is two parts.
            branches += usize::from(step.from == root);
            is_cut[step.from.index()] |= match step.from == root {
                true => branches > 1,
                false => search.hangs_on_node(step),
            };
        });
    }
    let nodes = graph.node_indices();
    cuts.nodes = nodes.filter(|node| is_cut[node.index()]).collect();
    cuts.bridges.sort_unstable();
    cuts
}
