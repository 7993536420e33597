//! Questions to the graph alone: what falls apart when one node or one link is gone.
//!
//! The graph is an undirected multigraph: parallel links stay apart, so that a doubled link is no bridge; a link from
//! a node to itself is none either; each component is a graph of its own. All answers take time in proportion to
//! nodes and links, and no depth of a graph can exhaust the stack.
//!
//! | module | idea |
//! |---|---|
//! | `cuts` | [`cuts`]: components, cut nodes, bridges |
//! | `between` | [`between`]: what alone lies on every path from some nodes to others |
//! | `search` | the depth-first search that both read |
//!
//! ```
//! use switchlab_analysis::cuts;
//! use switchlab_topology::{LinkConfig, TopologyBuilder};
//!
//! let mut plan = TopologyBuilder::default();
//! plan.node("web", 1).node("left", 4).node("right", 4);
//! for (a, b) in [("left:0", "right:0"), ("left:1", "right:1"), ("right:2", "web")] {
//!     plan.link(a, b, LinkConfig::default());
//! }
//! let plan = plan.build().unwrap();
//! let found = cuts(plan.graph());
//! assert_eq!(found.components, 1);
//! assert_eq!(found.nodes.len(), 1, "without right, left and web are apart");
//! assert_eq!(plan.graph()[found.nodes[0]].name, "right");
//! assert_eq!(found.bridges.len(), 1, "left and right are joined twice, web is once");
//! ```
#![forbid(unsafe_code)]

mod between;
mod cuts;
mod search;

pub use between::{Between, between};
pub use cuts::{Cuts, cuts};
/// The graph that is asked, and how its parts are named.
pub use petgraph::graph::{EdgeIndex, NodeIndex, UnGraph};
