//! Collecting nodes and links, and judging them as a whole.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{NodeIndex, UnGraph};
use switchlab_core::{NodeId, PortId};

use crate::LinkConfig;
use crate::plan::{End, Link, Node, Topology};

/// Why nodes and links make no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopologyError {
    /// Two nodes have one name.
    #[error("there are two nodes named {name:?}")]
    DuplicateNode {
        /// The name.
        name: String,
    },
    /// A link names a node that is not there.
    #[error("link {link} names the node {name:?}, which does not exist")]
    UnknownNode {
        /// Which link, in order of declaration from 0.
        link: usize,
        /// The name.
        name: String,
    },
    /// A link names a port that the node does not have.
    #[error("link {link} names port {port} of {name:?}, which has {ports} port(s), counted from 0")]
    NoSuchPort {
        /// Which link, in order of declaration from 0.
        link: usize,
        /// The node.
        name: String,
        /// The port as it was written.
        port: String,
        /// How many ports the node has.
        ports: u16,
    },
    /// Two links are plugged into one port.
    #[error("link {link} is plugged into port {port} of {name:?}, which is taken")]
    PortTaken {
        /// Which link, in order of declaration from 0.
        link: usize,
        /// The node.
        name: String,
        /// The port.
        port: u16,
    },
    /// All ports of a node are taken.
    #[error("link {link} needs one more port on {name:?}, which has {ports}, all taken")]
    NoFreePort {
        /// Which link, in order of declaration from 0.
        link: usize,
        /// The node.
        name: String,
        /// How many ports the node has.
        ports: u16,
    },
    /// Several links join the same ends without saying by which ports.
    #[error(
        "link {link} joins {a:?} and {b:?} as another link does; give the port numbers, as in \"{a}:0\""
    )]
    Ambiguous {
        /// Which link, in order of declaration from 0.
        link: usize,
        /// One end as written.
        a: String,
        /// The other end as written.
        b: String,
    },
}

impl TopologyError {
    /// The link the error is about, in order of declaration from 0; `None` if it is about a node.
    #[must_use]
    pub const fn link(&self) -> Option<usize> {
        match self {
            Self::DuplicateNode { .. } => None,
            Self::UnknownNode { link, .. }
            | Self::NoSuchPort { link, .. }
            | Self::PortTaken { link, .. }
            | Self::NoFreePort { link, .. }
            | Self::Ambiguous { link, .. } => Some(*link),
        }
    }
}

/// Nodes and links in any order, on the way to a [`Topology`].
#[derive(Debug, Clone, Default)]
pub struct TopologyBuilder {
    nodes: Vec<Node>,
    links: Vec<(String, String, LinkConfig)>,
}

/// One end of a link as declared: the node's rank, and the port if it was given.
type Declared = (usize, Option<u16>);

impl TopologyBuilder {
    /// Adds a node.
    pub fn node(&mut self, name: impl Into<String>, ports: u16) -> &mut Self {
        self.node_with(name, ports, BTreeMap::new())
    }

    /// Adds a node with notes on it.
    pub fn node_with(
        &mut self,
        name: impl Into<String>,
        ports: u16,
        attributes: BTreeMap<String, String>,
    ) -> &mut Self {
        self.nodes.push(Node {
            name: name.into(),
            ports,
            attributes,
        });
        self
    }

    /// Adds a link between two ends, each written `NODE` or `NODE:PORT`.
    ///
    /// Without a port number it is plugged into the lowest free port, links taken in order of their ends.
    pub fn link(
        &mut self,
        a: impl Into<String>,
        b: impl Into<String>,
        config: LinkConfig,
    ) -> &mut Self {
        self.links.push((a.into(), b.into(), config));
        self
    }

    /// Judges nodes and links as a whole and puts them in order.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first.
    pub fn build(mut self) -> Result<Topology, Vec<TopologyError>> {
        let mut errors = Vec::new();
        self.nodes.sort_by(|a, b| a.name.cmp(&b.name));
        for pair in self
            .nodes
            .windows(2)
            .filter(|pair| pair[0].name == pair[1].name)
        {
            errors.push(TopologyError::DuplicateNode {
                name: pair[0].name.clone(),
            });
        }
        let mut declared = Vec::new();
        for (link, (a, b, config)) in self.links.iter().enumerate() {
            let ends = (
                self.resolve(link, a, &mut errors),
                self.resolve(link, b, &mut errors),
            );
            if let (Some(a), Some(b)) = ends {
                declared.push((a.min(b), a.max(b), link, config));
            }
        }
        declared.sort_by_key(|(a, b, link, _)| (*a, *b, *link));
        for pair in declared.windows(2) {
            let ((a, b, ..), (c, d, link, _)) = (&pair[0], &pair[1]);
            if (a, b) == (c, d) && (a.1.is_none() || b.1.is_none()) {
                let (a, b, _) = self.links[*link].clone();
                errors.push(TopologyError::Ambiguous { link: *link, a, b });
            }
        }
        let ends = self.number(&declared, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut links: Vec<_> = ends
            .into_iter()
            .zip(&declared)
            .map(|([a, b], (.., config))| Link {
                ends: [a.min(b), a.max(b)],
                config: (*config).clone(),
            })
            .collect();
        links.sort_by_key(|link| link.ends);
        let mut graph = UnGraph::with_capacity(self.nodes.len(), links.len());
        for node in self.nodes {
            graph.add_node(node);
        }
        for link in links {
            let [a, b] = link.ends.map(|end| NodeIndex::new(end.node.index()));
            graph.add_edge(a, b, link);
        }
        Ok(Topology { graph })
    }

    fn resolve(&self, link: usize, end: &str, errors: &mut Vec<TopologyError>) -> Option<Declared> {
        let find = |name: &str| {
            self.nodes
                .binary_search_by(|node| node.name.as_str().cmp(name))
                .ok()
        };
        if let Some(node) = find(end) {
            return Some((node, None));
        }
        let Some((name, port)) = end.rsplit_once(':') else {
            errors.push(TopologyError::UnknownNode {
                link,
                name: end.to_owned(),
            });
            return None;
        };
        let Some(node) = find(name) else {
            errors.push(TopologyError::UnknownNode {
                link,
                name: name.to_owned(),
            });
            return None;
        };
        let ports = self.nodes[node].ports;
        match port.parse::<u16>() {
            Ok(number) if number < ports => Some((node, Some(number))),
            _ => {
                let (name, port) = (name.to_owned(), port.to_owned());
                errors.push(TopologyError::NoSuchPort {
                    link,
                    name,
                    port,
                    ports,
                });
                None
            }
        }
    }

    /// Gives every end its port: first those that name one, then the others the lowest free.
    fn number(
        &self,
        declared: &[(Declared, Declared, usize, &LinkConfig)],
        errors: &mut Vec<TopologyError>,
    ) -> Vec<[End; 2]> {
        let mut taken: BTreeSet<(usize, u16)> = BTreeSet::new();
        for (a, b, link, _) in declared {
            for (node, port) in [a, b] {
                if let Some(port) = *port
                    && !taken.insert((*node, port))
                {
                    let name = self.nodes[*node].name.clone();
                    errors.push(TopologyError::PortTaken {
                        link: *link,
                        name,
                        port,
                    });
                }
            }
        }
        let mut next_free = vec![0; self.nodes.len()];
        let mut place = |(node, port): Declared, link: usize| {
            let port = port.unwrap_or_else(|| {
                let free: &mut u16 = &mut next_free[node];
                while taken.contains(&(node, *free)) {
                    *free += 1;
                }
                let Node { name, ports, .. } = &self.nodes[node];
                if *free >= *ports {
                    errors.push(TopologyError::NoFreePort {
                        link,
                        name: name.clone(),
                        ports: *ports,
                    });
                } else {
                    taken.insert((node, *free));
                }
                *free
            });
            End {
                node: NodeId::new(node as u32),
                port: PortId::new(port),
            }
        };
        declared
            .iter()
            .map(|(a, b, link, _)| [place(*a, *link), place(*b, *link)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(links: &[(&str, &str)]) -> Result<Vec<String>, Vec<TopologyError>> {
        let mut builder = TopologyBuilder::default();
        builder.node("b", 2).node("a", 2).node("sw", 3);
        for (a, b) in links {
            builder.link(*a, *b, LinkConfig::default());
        }
        let topology = builder.build()?;
        let name = |link: &Link| link.ends.map(|end| topology.end_name(end)).join(" - ");
        Ok(topology.links().map(name).collect())
    }

    #[test]
    fn ports_are_numbered_by_the_order_of_names() {
        #[rustfmt::skip]
        let rows = [
            ([("b", "sw"), ("sw", "a")],     ["a:0 - sw:0", "b:0 - sw:1"], "a comes before b, whatever was declared first"),
            ([("b", "sw:0"), ("sw", "a")],   ["a:0 - sw:1", "b:0 - sw:0"], "a given number is kept, the others go round it"),
            ([("a", "sw:2"), ("a", "sw:1")], ["a:0 - sw:1", "a:1 - sw:2"], "parallel links are told apart by one numbered end"),
        ];
        for (links, expected, because) in rows {
            assert_eq!(plan(&links).expect(because), expected, "{because}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let wrong = plan(&[
            ("a", "nobody"),
            ("a:7", "b"),
            ("a:1", "sw"),
            ("b", "a:1"),
            ("b", "sw"),
            ("sw", "b"),
        ]);
        let texts: Vec<_> = wrong
            .expect_err("five mistakes")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            texts,
            [
                "link 0 names the node \"nobody\", which does not exist",
                "link 1 names port 7 of \"a\", which has 2 port(s), counted from 0",
                "link 5 joins \"sw\" and \"b\" as another link does; give the port numbers, as in \"sw:0\"",
                "link 2 is plugged into port 1 of \"a\", which is taken",
                "link 5 needs one more port on \"b\", which has 2, all taken",
            ]
        );
    }

    proptest! {
        /// The order of declaration never shows.
        #[test]
        fn declaration_order_never_shows(order in Just([("b", "sw:2"), ("a", "sw"), ("a", "b")].to_vec()).prop_shuffle(),
                                         swap in any::<[bool; 3]>()) {
            let links: Vec<_> = order.into_iter().zip(swap).map(|((a, b), swap)| if swap { (b, a) } else { (a, b) }).collect();
            prop_assert_eq!(plan(&links).unwrap(), ["a:0 - b:0", "a:1 - sw:0", "b:1 - sw:2"]);
        }
    }
}
