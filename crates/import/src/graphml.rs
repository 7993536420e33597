//! Graphs of networks in GraphML: read, and made labs of.
//!
//! [`read`] takes what the GraphML specification (U. Brandes and others, <http://graphml.graphdrawing.org>) calls a
//! graph: one `graph` with `node`s and `edge`s. Elements and attributes are known by their names, whatever prefix
//! and namespace they have. What is in other elements is left alone: `desc`, ports of nodes, pictures of editors.
//!
//! | in the file | here |
//! |---|---|
//! | `node` | a node; its `id` is the text as it stands |
//! | `edge`, directed or not | an edge without a direction; several between two nodes stay several, also when they lead opposite ways |
//! | data named `label` | [`Node::label`] |
//! | data named `Latitude` and `Longitude` | [`Node::place`] |
//! | data named `LinkSpeedRaw`, else `LinkSpeed` with `LinkSpeedUnits` | [`Edge::speed`] |
//! | data named `Network`, else `label`, of the graph | [`Network::name`] |
//! | a `hyperedge`, a graph in a node or an edge, a second graph | refused |
//!
//! Reading takes time and memory in proportion to the file: no entity is declared in it, and no depth exhausts the
//! stack.
//!
//! | module | idea |
//! |---|---|
//! | `network` | [`Network`], its nodes and edges |
//! | `elements` | the elements of a file, with their places and their text |
//! | `reader` | [`read`]: elements become a network |
//! | `paths` | shortest paths between all nodes |
//! | `lab` | [`lab()`]: a network becomes a lab |

mod elements;
mod lab;
mod network;
mod paths;
mod reader;

pub use lab::{FIBRE_KM_PER_S, Imported, LabError, MOST_NODES, lab};
pub use network::{Edge, Network, Node, Place};
pub use reader::read;

/// Whether a file is XML rather than a lab: it begins with a tag.
#[must_use]
pub fn is_xml(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim_start().starts_with('<')
}
