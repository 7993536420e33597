//! What alone lies on every path from some nodes to others.

use petgraph::graph::{EdgeIndex, NodeIndex, UnGraph};

use crate::search::{Search, Step};

/// What alone lies on every path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Between {
    /// The nodes, in the order in which paths take them. The only source and the only sink are among them.
    pub nodes: Vec<NodeIndex>,
    /// The links, in the order in which paths take them.
    pub links: Vec<EdgeIndex>,
}

/// Finds the nodes and links each of which, when it is gone, leaves no path from any source to any sink; `None` if
/// there is no path as it is.
///
/// Paths lead through nodes that pass on what is not theirs, as `passes` says; sources and sinks are asked only if
/// paths lead through them. A node that is both is a path by itself.
///
/// ```
/// use switchlab_analysis::{UnGraph, between};
///
/// // A client at a switch, and two servers, one of them behind a second switch.
/// let [client, switch, near, second, far] = [0, 1, 2, 3, 4];
/// let links = [(client, switch), (switch, near), (switch, second), (second, far)];
/// let graph = UnGraph::<(), ()>::from_edges(links);
/// let [client, switch, near, second, far] = [client, switch, near, second, far].map(|it| it.into());
///
/// let all = between(&graph, &[client], &[near, far], |_| true).unwrap();
/// assert_eq!(all.nodes, [client, switch], "each server has another beside it");
/// let one = between(&graph, &[client], &[far], |_| true).unwrap();
/// assert_eq!(one.nodes, [client, switch, second, far]);
/// assert_eq!(between(&graph, &[near], &[far], |node| node != switch), None);
/// ```
#[must_use]
pub fn between<N, E>(
    graph: &UnGraph<N, E>,
    sources: &[NodeIndex],
    sinks: &[NodeIndex],
    passes: impl Fn(NodeIndex) -> bool,
) -> Option<Between> {
    let mut is_end = vec![false; graph.node_count()];
    for end in sources.iter().chain(sinks) {
        is_end[end.index()] = true;
    }
    let mut joined = UnGraph::<(), Option<EdgeIndex>>::with_capacity(
        graph.node_count() + 2,
        graph.edge_count() + sources.len() + sinks.len(),
    );
    for _ in graph.node_indices() {
        joined.add_node(());
    }
    let leads = |node: NodeIndex| is_end[node.index()] || passes(node);
    for (edge, ends) in graph.edge_indices().zip(graph.raw_edges()) {
        let (a, b) = (ends.source(), ends.target());
        if leads(a) && leads(b) {
            joined.add_edge(a, b, Some(edge));
        }
    }
    // One before all sources, one behind all sinks. A path that leads through an end can begin or stop there.
    let (first, last) = (joined.add_node(()), joined.add_node(()));
    for source in sources {
        joined.add_edge(first, *source, None);
    }
    for sink in sinks {
        joined.add_edge(*sink, last, None);
    }

    let mut came: Vec<Option<Step>> = vec![None; joined.node_count()];
    let mut search = Search::new(&joined);
    search.from(first, |_, step| came[step.to.index()] = Some(step));
    let mut between = Between::default();
    let mut at = came[last.index()]?;
    loop {
        if let Some(edge) = joined[at.edge]
            && search.hangs_on_edge(at)
        {
            between.links.push(edge);
        }
        if at.from == first {
            break;
        }
        if search.hangs_on_node(at) {
            between.nodes.push(at.from);
        }
        at = came[at.from.index()].expect("the path begins at the first");
    }
    between.nodes.reverse();
    between.links.reverse();
    Some(between)
}
