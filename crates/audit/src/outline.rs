//! A graph of names, and where it falls apart: what can be said without knowing what any node does.

use serde::Serialize;
use switchlab_analysis::{UnGraph, cuts};
use switchlab_topology::Topology;

use crate::{Audit, Finding, Kind};

/// A graph of names: nodes, and links between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// The names of the nodes.
    pub nodes: Vec<String>,
    /// The links, by the places of their ends in [`nodes`](Self::nodes); several between two nodes stay several, and both
    /// ends may be one node.
    pub links: Vec<[usize; 2]>,
}

/// Where a graph falls apart, by the names of its nodes.
///
/// Names are in the order of their text, byte by byte, as are the two of a pair and the pairs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Shape {
    /// How many nodes there are.
    pub nodes: usize,
    /// How many links.
    pub edges: usize,
    /// How many connected components.
    pub components: usize,
    /// The nodes without which there are more components.
    pub cut_nodes: Vec<String>,
    /// The links without which there are more components, by their ends.
    pub bridges: Vec<[String; 2]>,
}

impl From<&Topology> for Outline {
    fn from(plan: &Topology) -> Self {
        Self {
            nodes: plan.nodes().map(|(_, node)| node.name.clone()).collect(),
            links: plan
                .links()
                .map(|link| link.ends.map(|end| end.node.index()))
                .collect(),
        }
    }
}

impl Outline {
    /// The two names of a link, in the order of their text.
    pub(crate) fn pair(&self, link: [usize; 2]) -> [String; 2] {
        let mut pair = link.map(|end| self.nodes[end].clone());
        pair.sort();
        pair
    }

    /// Finds where the graph falls apart.
    ///
    /// # Panics
    /// If a link ends at no node.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let mut graph = UnGraph::<(), ()>::with_capacity(self.nodes.len(), self.links.len());
        for _ in &self.nodes {
            graph.add_node(());
        }
        for link in &self.links {
            let [a, b] = link.map(|end| (end as u32).into());
            graph.add_edge(a, b, ());
        }
        let found = cuts(&graph);
        let name = |node: &switchlab_analysis::NodeIndex| self.nodes[node.index()].clone();
        let mut cut_nodes: Vec<_> = found.nodes.iter().map(name).collect();
        cut_nodes.sort();
        let links = found.bridges.iter().map(|it| self.links[it.index()]);
        let mut bridges: Vec<_> = links.map(|link| self.pair(link)).collect();
        bridges.sort();
        Shape {
            nodes: self.nodes.len(),
            edges: self.links.len(),
            components: found.components,
            cut_nodes,
            bridges,
        }
    }

    /// The nodes that no link joins to another, in the order of their text.
    pub(crate) fn unlinked(&self) -> Vec<&str> {
        let mut is_linked = vec![false; self.nodes.len()];
        for [a, b] in self.links.iter().filter(|[a, b]| a != b) {
            (is_linked[*a], is_linked[*b]) = (true, true);
        }
        let alone = is_linked.iter().zip(&self.nodes).filter(|(it, _)| !**it);
        let mut alone: Vec<_> = alone.map(|(_, name)| &**name).collect();
        alone.sort_unstable();
        alone
    }
}

/// Looks at a graph of which nothing else is known.
///
/// ```
/// use switchlab_audit::{Outline, audit_graph};
///
/// let names = ["core", "edge", "far"].map(str::to_owned);
/// let graph = Outline { nodes: names.into(), links: vec![[0, 1], [1, 0], [1, 2]] };
/// let found = audit_graph(&graph);
/// assert_eq!(found.shape.cut_nodes, ["edge"]);
/// assert_eq!(found.shape.bridges, [["edge", "far"]], "core and edge are joined twice");
/// ```
#[must_use]
pub fn audit_graph(graph: &Outline) -> Audit {
    let shape = graph.shape();
    let mut findings: Vec<_> = graph.unlinked().into_iter().map(unlinked).collect();
    for node in &shape.cut_nodes {
        findings.push(Finding {
            because: format!("without {node}, nodes that it joins have no way to each other"),
            remedy: "join its neighbours to each other, or to a second node".to_owned(),
            ..Finding::about(Kind::SinglePointOfFailure, node)
        });
    }
    for link in &shape.bridges {
        let [a, b] = link;
        findings.push(Finding {
            link: Some(link.clone()),
            because: format!("there is no way from {a} to {b} but the link between them"),
            remedy: "lay a second link, or a way round".to_owned(),
            ..Finding::about(Kind::SinglePointOfFailure, a)
        });
    }
    Audit {
        findings,
        shape,
        services: Vec::new(),
    }
}

/// A node that no link joins to another.
pub(crate) fn unlinked(node: &str) -> Finding {
    Finding {
        because: format!("no link joins {node} to another node"),
        remedy: "plug a link in, or take the node out".to_owned(),
        ..Finding::about(Kind::UnlinkedNode, node)
    }
}
