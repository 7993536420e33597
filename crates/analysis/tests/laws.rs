//! The answers are those of the definition: take each node and each link away in turn, and count.

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_analysis::{Between, EdgeIndex, NodeIndex, UnGraph, between, cuts};

type Graph = UnGraph<(), ()>;

/// A multigraph of few nodes, so that parallel links, loops and several components all occur.
fn any_graph() -> impl Strategy<Value = Graph> {
    (1..9_u32, vec((0..64_u32, 0..64_u32), 0..14)).prop_map(|(nodes, links)| {
        let mut graph = Graph::with_capacity(nodes as usize, links.len());
        for _ in 0..nodes {
            graph.add_node(());
        }
        for (a, b) in links {
            graph.add_edge((a % nodes).into(), (b % nodes).into(), ());
        }
        graph
    })
}

/// What is gone from a graph.
#[derive(Clone, Copy, PartialEq)]
enum Gone {
    Nothing,
    Node(NodeIndex),
    Link(EdgeIndex),
}

/// For each node the number of its component, by spreading numbers until nothing changes; `None` if it is gone.
fn components(graph: &Graph, gone: Gone, leads: impl Fn(NodeIndex) -> bool) -> Vec<Option<usize>> {
    let is_there = |node: &NodeIndex| gone != Gone::Node(*node);
    let mut of: Vec<_> = graph
        .node_indices()
        .map(|it| is_there(&it).then_some(it.index()))
        .collect();
    for _ in graph.node_indices() {
        for link in graph
            .edge_indices()
            .filter(|link| gone != Gone::Link(*link))
        {
            let (a, b) = graph.edge_endpoints(link).unwrap();
            if leads(a)
                && leads(b)
                && let (Some(x), Some(y)) = (of[a.index()], of[b.index()])
            {
                (of[a.index()], of[b.index()]) = (Some(x.min(y)), Some(x.min(y)));
            }
        }
    }
    of
}

fn count(graph: &Graph, gone: Gone) -> usize {
    let mut numbers: Vec<_> = components(graph, gone, |_| true)
        .into_iter()
        .flatten()
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len()
}

proptest! {
    /// Cut nodes and bridges are what leaves more components when it is gone.
    #[test]
    fn cuts_are_by_definition(graph in any_graph()) {
        let found = cuts(&graph);
        let whole = count(&graph, Gone::Nothing);
        prop_assert_eq!(found.components, whole);
        let nodes: Vec<_> = graph.node_indices().filter(|it| count(&graph, Gone::Node(*it)) > whole).collect();
        prop_assert_eq!(found.nodes, nodes);
        let links: Vec<_> = graph.edge_indices().filter(|it| count(&graph, Gone::Link(*it)) > whole).collect();
        prop_assert_eq!(found.bridges, links);
    }

    /// What lies between is what leaves no source a way to any sink when it is gone.
    #[test]
    fn between_is_by_definition(graph in any_graph(), roles in vec(0..8_u8, 9)) {
        let of = |bit: u8| graph.node_indices().filter(|it| roles[it.index()] & bit != 0).collect::<Vec<_>>();
        let (sources, sinks, passing) = (of(1), of(2), of(4));
        let passes = |node: NodeIndex| passing.contains(&node);
        let leads = |node| passes(node) || sources.contains(&node) || sinks.contains(&node);
        let is_answered = |gone| {
            let of = components(&graph, gone, leads);
            let at = |node: &NodeIndex| of[node.index()];
            sources.iter().any(|source| at(source).is_some() && sinks.iter().any(|sink| at(sink) == at(source)))
        };
        let expected = is_answered(Gone::Nothing).then(|| Between {
            nodes: graph.node_indices().filter(|it| !is_answered(Gone::Node(*it))).collect(),
            links: graph.edge_indices().filter(|it| !is_answered(Gone::Link(*it))).collect(),
        });
        let found = between(&graph, &sources, &sinks, passes).map(|mut it| {
            it.nodes.sort_unstable();
            it.links.sort_unstable();
            it
        });
        prop_assert_eq!(found, expected);
    }
}
