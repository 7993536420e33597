//! The plan of a lab: nodes, ports and links as a petgraph multigraph.
//!
//! [`TopologyBuilder`] collects nodes and links in any order; [`Topology`] is the plan in *the* order:
//! nodes by name, links by their ends. So the order in which things were declared never shows later.
//!
//! | module | idea |
//! |---|---|
//! | `link` | [`LinkConfig`]: what a cable does to frames |
//! | `plan` | [`Topology`], its nodes and links |
//! | `builder` | [`TopologyBuilder`] and what it refuses |
//! | `regions` | [`Region`]: where regions are, and how far apart |
//! | `export` | the plan as DOT and Mermaid text |
//!
//! ```
//! use switchlab_topology::{LinkConfig, TopologyBuilder};
//!
//! let mut plan = TopologyBuilder::default();
//! plan.node("web", 1).node("switch", 4).link("web", "switch:3", LinkConfig::default());
//! let topology = plan.build().unwrap();
//! let link = topology.links().next().unwrap();
//! assert_eq!(topology.end_name(link.ends[0]), "switch:3", "ends and links are in byte order of names");
//! assert_eq!(topology.end_name(link.ends[1]), "web:0", "the lowest free port");
//! ```
#![forbid(unsafe_code)]

mod builder;
mod export;
mod link;
mod plan;
mod regions;

pub use builder::{TopologyBuilder, TopologyError};
pub use link::LinkConfig;
pub use plan::{End, Link, Node, Topology};
pub use regions::{REGIONS, Region};
