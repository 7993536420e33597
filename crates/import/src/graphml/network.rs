//! A network as its graph tells of it.

/// A network: nodes, and edges between them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Network {
    /// What it is called, if the file says so.
    pub name: Option<String>,
    /// The nodes, in the order of the file; each id is there once.
    pub nodes: Vec<Node>,
    /// The edges, in the order of the file.
    pub edges: Vec<Edge>,
}

/// A node of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its id: any text.
    pub id: String,
    /// What people call it.
    pub label: Option<String>,
    /// Where it stands.
    pub place: Option<Place>,
}

/// An edge of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The nodes that it joins, by their places in [`Network::nodes`]; they may be one.
    pub ends: [usize; 2],
    /// How fast it is, in bits a second; more than 0.
    pub speed: Option<f64>,
}

/// A place on Earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north of the equator, from -90 to 90.
    pub latitude: f64,
    /// Degrees east of Greenwich, from -180 to 180.
    pub longitude: f64,
}
