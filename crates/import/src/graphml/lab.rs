//! A network becomes a lab: a layer 3 switch for each node, and routes by which any two can talk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::paths::{Edges, Tree};
use super::{Network, Place};

/// How many nodes a lab may have: routes are from each to each.
pub const MOST_NODES: usize = 2000;

/// How far light gets in fibre, in kilometres a second.
pub const FIBRE_KM_PER_S: f64 = 200_000.0;

/// Mean radius of the Earth in kilometres (IUGG).
const EARTH_KM: f64 = 6371.0088;

/// The delay of a link whose ends stand nowhere, in nanoseconds: the default of lab files.
const UNKNOWN_DELAY: u64 = 5_000;

/// The delay of a link whose ends stand together, in nanoseconds.
const LEAST_DELAY: u64 = 1_000;

/// Routers that a packet may pass beside its ends; less than the time to live of hosts.
const MOST_HOPS: usize = 50;

/// A lab made from a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The lab file.
    pub lab: String,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Why a network makes no lab.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// There is no node.
    #[error("there is no node in the graph; one at least would be right")]
    Empty,
    /// There are too many.
    #[error(
        "there are {nodes} nodes in the graph; up to {MOST_NODES} would be right, since each has a route to each"
    )]
    TooLarge {
        /// How many there are.
        nodes: usize,
    },
}

/// Makes a lab of a network.
///
/// Each node becomes an `l3-switch`, named by its label where that is a name of its own, with an own net 10.x.y.0/24 at port 0
/// and a /31 of 172.16.0.0/12 on each link. Routes are static: shortest by delay, many destinations put together where the
/// numbers allow. A link's delay is the distance of its ends over ground at 200,000 km/s, its rate the speed that the
/// graph gives. Two hosts, at the two nodes that are farthest apart in the largest component, ping each other's way.
///
/// # Errors
/// [`LabError`] of a network without nodes, or with more than [`MOST_NODES`].
///
/// ```
/// let text = r#"<graphml><graph><node id="a"/><node id="b"/><edge source="a" target="b"/></graph></graphml>"#;
/// let network = switchlab_import::graphml::read(text, "two.graphml")?;
/// let imported = switchlab_import::graphml::lab(&network)?;
/// let lab = switchlab_scenario::lab_from_toml(&imported.lab, "two.toml", None)?;
/// let report = lab.run(&mut ())?;
/// assert!(report.has_passed(), "the hosts at a and b have an answer to each ping");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lab(network: &Network) -> Result<Imported, LabError> {
    let count = network.nodes.len();
    if count == 0 {
        return Err(LabError::Empty);
    }
    if count > MOST_NODES {
        return Err(LabError::TooLarge { nodes: count });
    }
    let plan = Plan::of(network);
    Ok(Imported {
        lab: plan.write(),
        notes: plan.notes(),
    })
}

/// What is written.
struct Plan<'a> {
    network: &'a Network,
    names: Vec<String>,
    /// The number of each node's net: nodes that are next to each other have numbers that are.
    numbers: Vec<usize>,
    /// For each edge that becomes a link: its place in the graph, its ports, its delay.
    links: Vec<(usize, [usize; 2], u64)>,
    trees: Vec<Tree>,
}

impl<'a> Plan<'a> {
    fn of(network: &'a Network) -> Self {
        let count = network.nodes.len();
        let mut links = Vec::new();
        let mut edges = Edges(vec![Vec::new(); count]);
        let mut ports = vec![1; count];
        for (at, edge) in network.edges.iter().enumerate() {
            let [a, b] = edge.ends;
            if a == b {
                continue;
            }
            let places = edge.ends.map(|end| network.nodes[end].place);
            let delay = match places {
                [Some(a), Some(b)] => {
                    LEAST_DELAY.max((kilometres(a, b) / FIBRE_KM_PER_S * 1e9) as u64)
                }
                _ => UNKNOWN_DELAY,
            };
            edges.0[a].push((links.len(), b, delay));
            edges.0[b].push((links.len(), a, delay));
            links.push((at, [ports[a], ports[b]], delay));
            (ports[a], ports[b]) = (ports[a] + 1, ports[b] + 1);
        }
        let mut numbers = vec![usize::MAX; count];
        let mut next = 0;
        for root in 0..count {
            let mut open = vec![root];
            while let Some(node) = open.pop() {
                if numbers[node] == usize::MAX {
                    numbers[node] = next;
                    next += 1;
                    open.extend(edges.0[node].iter().rev().map(|(_, to, _)| *to));
                }
            }
        }
        Self {
            names: names(network),
            numbers,
            links,
            trees: (0..count).map(|node| edges.paths(node)).collect(),
            network,
        }
    }

    /// The net of a node: an address of it.
    fn address(&self, node: usize, last: u8) -> Ipv4Addr {
        let [.., high, low] = (self.numbers[node] as u32).to_be_bytes();
        Ipv4Addr::new(10, high, low, last)
    }

    /// The address of an end of a link.
    fn end(link: usize, second: bool) -> Ipv4Addr {
        Ipv4Addr::from(0xac10_0000 + 2 * link as u32 + u32::from(second))
    }

    /// The two nodes that are farthest apart, of those that packets get between, in the largest component.
    fn farthest(&self) -> [usize; 2] {
        let size = |node: &usize| self.trees[*node].iter().flatten().count();
        let nodes = 0..self.trees.len();
        let most = nodes.clone().map(|node| size(&node)).max().unwrap_or(0);
        let mut farthest = (0, [0, 0]);
        let mut is_first = true;
        for from in nodes.filter(|node| size(node) == most) {
            for (to, path) in self.trees[from].iter().enumerate() {
                if let Some(path) = path
                    && path.hops <= MOST_HOPS
                    && (is_first || path.delay > farthest.0)
                {
                    farthest = (path.delay, [from, to]);
                    is_first = false;
                }
            }
        }
        farthest.1
    }

    fn write(&self) -> String {
        let mut text = String::from(
            "# A network as its graph has it: a layer 3 switch for each node, static routes by the shortest delay.\n",
        );
        if let Some(name) = &self.network.name {
            let _ = writeln!(text, "# {}", printable(name));
        }
        text += "# Port 0 of each node is for hosts of its net, 10.x.y.0/24, where the node has the address 1.\n";
        for node in 0..self.names.len() {
            self.write_node(node, &mut text);
        }
        for (at, [p, q], delay) in &self.links {
            let edge = &self.network.edges[*at];
            let [a, b] = edge.ends.map(|end| &self.names[end]);
            let _ = write!(text, "\n[[link]]\nbetween = [\"{a}:{p}\", \"{b}:{q}\"]\n");
            let _ = writeln!(text, "delay = \"{delay} ns\"");
            if let Some(speed) = self.network.edges[*at].speed {
                let _ = writeln!(
                    text,
                    "rate = \"{} bit/s\"",
                    speed.clamp(1.0, 1e15).round() as u64
                );
            }
        }
        self.write_hosts(&mut text);
        text
    }

    fn write_node(&self, node: usize, text: &mut String) {
        let name = key(&self.names[node]);
        let own: Vec<_> = self
            .links
            .iter()
            .enumerate()
            .filter_map(|(link, (at, ports, _))| {
                let [a, b] = self.network.edges[*at].ends;
                match node {
                    it if it == a => Some((link, ports[0], false)),
                    it if it == b => Some((link, ports[1], true)),
                    _ => None,
                }
            })
            .collect();
        let id = printable(&self.network.nodes[node].id);
        let _ = write!(
            text,
            "\n[node.{name}] # {id}\nkind = \"l3-switch\"\nports = {}\n",
            own.len() + 1
        );
        let _ = write!(
            text,
            "interface = [\n  {{ port = 0, addresses = [\"{}/24\"] }},\n",
            self.address(node, 1)
        );
        for (link, port, second) in &own {
            let _ = writeln!(
                text,
                "  {{ port = {port}, addresses = [\"{}/31\"] }},",
                Self::end(*link, *second)
            );
        }
        text.push_str("]\n");
        let routes = Routes::of(&self.numbers, &self.trees[node], node);
        if routes.0.is_empty() {
            return;
        }
        text.push_str("route = [\n");
        for (first, length, link) in &routes.0 {
            let to = Ipv4Addr::from((10 << 24) + ((*first as u32) << 8));
            let at = self.links[*link].0;
            let via = Self::end(*link, self.network.edges[at].ends[0] == node);
            let _ = writeln!(text, "  {{ to = \"{to}/{length}\", via = \"{via}\" }},");
        }
        text.push_str("]\n");
    }

    /// Two hosts that ping, or one that pings its router where there is but one node to talk to.
    fn write_hosts(&self, text: &mut String) {
        let [from, to] = self.farthest();
        let taken: BTreeSet<_> = self.names.iter().collect();
        let host = |node: usize| {
            let mut name = format!("host-{}", self.names[node]);
            while taken.contains(&name) {
                name.insert_str(0, "host-");
            }
            name
        };
        let target = if from == to {
            self.address(to, 1)
        } else {
            self.address(to, 2)
        };
        let asker = host(from);
        for (node, app) in [
            (
                from,
                format!("app = [{{ ping = {{ target = \"{target}\", count = 5 }} }}]\n"),
            ),
            (to, String::new()),
        ] {
            if node == to && from == to && app.is_empty() {
                continue;
            }
            let _ = write!(
                text,
                "\n[node.{}]\nkind = \"host\"\naddress = \"{}/24\"\ngateway = \"{}\"\n{app}\n[[link]]\nbetween = [\"{}\", \"{}:0\"]\n",
                key(&host(node)),
                self.address(node, 2),
                self.address(node, 1),
                host(node),
                self.names[node]
            );
        }
        let _ = write!(
            text,
            "\n[[expect]]\nthat = \"{asker}.ping.answered == 5\"\n"
        );
    }

    fn notes(&self) -> Vec<String> {
        let edges = &self.network.edges;
        let mut notes = Vec::new();
        let mut note = |count: usize, what: &str| {
            if count > 0 {
                notes.push(format!("{what}: {count}"));
            }
        };
        note(
            edges.len() - self.links.len(),
            "edges from a node to itself are left out",
        );
        let nowhere = |end: &usize| self.network.nodes[*end].place.is_none();
        let unknown = edges
            .iter()
            .filter(|it| it.ends[0] != it.ends[1] && it.ends.iter().any(nowhere))
            .count();
        note(
            unknown,
            "links have a delay of 5 us, since the graph does not say where their ends stand",
        );
        let slow = self
            .links
            .iter()
            .filter(|(at, ..)| edges[*at].speed.is_none())
            .count();
        note(
            slow,
            "links have the rate that links have, 1 Gbit/s, since the graph gives none",
        );
        let reached = self
            .trees
            .first()
            .map_or(0, |tree| tree.iter().flatten().count());
        if reached < self.names.len() {
            notes.push(
                "the graph has several components: nodes of one have no route to those of another"
                    .to_owned(),
            );
        }
        notes
    }
}

/// The routes of a node, put together: first number, length of the prefix, link.
struct Routes(Vec<(usize, u8, usize)>);

impl Routes {
    fn of(numbers: &[usize], tree: &Tree, own: usize) -> Self {
        let mut by = vec![None; numbers.len().next_power_of_two()];
        for (node, path) in tree.iter().enumerate().filter(|(node, _)| *node != own) {
            by[numbers[node]] = path.and_then(|path| path.by);
        }
        let mut routes = Self(Vec::new());
        let bits = by.len().trailing_zeros() as u8;
        routes.cover(&by, 0, 24 - bits);
        routes
    }

    /// One route where all numbers from here on leave by one link, else those of either half. Numbers to which none leads
    /// go with the others.
    fn cover(&mut self, by: &[Option<usize>], first: usize, length: u8) {
        let links: BTreeSet<_> = by.iter().flatten().collect();
        let mut links = links.into_iter();
        match (links.next(), links.next()) {
            (None, _) => {}
            (Some(link), None) => self.0.push((first, length, *link)),
            _ => {
                let (left, right) = by.split_at(by.len() / 2);
                self.cover(left, first, length + 1);
                self.cover(right, first + left.len(), length + 1);
            }
        }
    }
}

/// A name for each node: its label, made of letters that names may have, with its id where two are called alike.
fn names(network: &Network) -> Vec<String> {
    let plain = |text: &str| {
        let fine = |it: char| {
            if it.is_alphanumeric() || it == '_' {
                it
            } else {
                '-'
            }
        };
        let text: String = text.chars().map(fine).collect();
        let parts: Vec<_> = text.split('-').filter(|it| !it.is_empty()).collect();
        parts.join("-")
    };
    let label = |node: &super::Node| node.label.as_deref().map(plain).filter(|it| !it.is_empty());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for label in network.nodes.iter().filter_map(label) {
        *counts.entry(label).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let name = |node: &super::Node| {
        let id = plain(&node.id);
        let mut name = match label(node) {
            Some(label) if counts[&label] == 1 => label,
            Some(label) => format!("{label}-{id}"),
            None => format!("node-{id}"),
        };
        while !taken.insert(name.clone()) {
            name.push_str("-2");
        }
        name
    };
    network.nodes.iter().map(name).collect()
}

/// A name as a key of TOML: in quotes unless it is of plain letters.
fn key(name: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    match name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("\"{name}\""),
    }
}

/// Text for a comment: one line of it.
fn printable(text: &str) -> String {
    text.chars()
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect()
}

/// The distance of two places over ground, in kilometres (the haversine formula).
fn kilometres(a: Place, b: Place) -> f64 {
    let [p, q] = [a.latitude, b.latitude].map(f64::to_radians);
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let h =
        half(p, q) + p.cos() * q.cos() * half(a.longitude.to_radians(), b.longitude.to_radians());
    2.0 * EARTH_KM * h.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_over_ground() {
        let at = |latitude, longitude| Place {
            latitude,
            longitude,
        };
        #[rustfmt::skip]
        let rows = [
            (at(0.0, 0.0),      at(0.0, 0.0),       0.0,     "nowhere to go"),
            (at(0.0, 0.0),      at(0.0, 180.0),     20015.0, "half way round"),
            (at(90.0, 0.0),     at(0.0, 77.0),      10008.0, "a quarter, from the pole"),
            (at(0.0, 179.5),    at(0.0, -179.5),    111.0,   "across the line where dates change"),
            (at(37.57, 126.98), at(35.68, 139.77),  1159.6,  "Seoul to Tokyo"),
        ];
        for (a, b, expected, because) in rows {
            assert!(
                (kilometres(a, b) - expected).abs() < 1.0,
                "{because}: {}",
                kilometres(a, b)
            );
        }
    }

    #[test]
    fn routes_are_put_together_where_numbers_allow() {
        let routes = |by: &[Option<usize>]| {
            let mut routes = Routes(Vec::new());
            routes.cover(by, 0, 22);
            routes.0
        };
        let (a, b) = (Some(1), Some(2));
        assert_eq!(routes(&[a, a, a, None]), [(0, 22, 1)], "all by one link");
        assert_eq!(
            routes(&[a, a, b, b]),
            [(0, 23, 1), (2, 23, 2)],
            "each half by one"
        );
        assert_eq!(
            routes(&[a, b, b, None]),
            [(0, 24, 1), (1, 24, 2), (2, 23, 2)],
            "a quarter by itself"
        );
        assert_eq!(routes(&[None; 4]), [], "nobody is there");
    }
}
