//! The plan of a lab: nodes, ports and links as a petgraph multigraph.
#![forbid(unsafe_code)]
