//! Elements become a network.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use switchlab_scenario::{Problem, ScenarioErrors};

use super::elements::{Element, Elements, Part, problem};
use super::{Edge, Network, Node, Place};

/// Reads a file of GraphML; `name` is what the file is called.
///
/// # Errors
/// What is no XML or no GraphML, nodes without an id or with one that is taken, edges to nodes that are not there: each
/// with its place and what would be right.
///
/// ```
/// let text = r#"<graphml><graph edgedefault="undirected">
///     <node id="a"/> <node id="b"/>
///     <edge source="a" target="b"/> <edge source="b" target="a"/>
/// </graph></graphml>"#;
/// let network = switchlab_import::graphml::read(text, "two.graphml")?;
/// assert_eq!(network.nodes.len(), 2);
/// assert_eq!(network.edges.iter().map(|edge| edge.ends).collect::<Vec<_>>(), [[0, 1], [1, 0]]);
///
/// let errors = switchlab_import::graphml::read(&text.replace("target=\"b\"", "target=\"c\""), "two.graphml").unwrap_err();
/// let [problem] = errors.problems() else { panic!("one") };
/// assert_eq!((errors.line(problem), &*problem.message), (3, "there is no node \"c\""));
/// # Ok::<(), switchlab_scenario::ScenarioErrors>(())
/// ```
pub fn read(text: &str, name: &str) -> Result<Network, ScenarioErrors> {
    let mut reading = Reading::default();
    if let Err(broken) = reading.all(text) {
        reading.problems.push(broken);
    } else {
        reading.judge();
    }
    match reading.problems.is_empty() {
        true => Ok(reading.network()),
        false => Err(ScenarioErrors::new(name, text, reading.problems)),
    }
}

/// What a key without a domain is for.
const ALL: &str = "all";

/// In what element the reading is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Within {
    Graphml,
    Key,
    Default,
    Graph,
    Node,
    Edge,
    Data,
    /// One whose content is left alone.
    Other,
}

/// What a key declares: of what its data may be, and what they are called.
type Key = (String, String);

/// Whose data something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Graph,
    Node(usize),
    Edge(usize),
}

impl Owner {
    /// What a key calls those like it.
    fn domain(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Node(_) => "node",
            Self::Edge(_) => "edge",
        }
    }
}

/// A file as far as it has been read.
#[derive(Debug, Default)]
struct Reading {
    problems: Vec<Problem>,
    stack: Vec<Within>,
    has_root: bool,
    graphs: usize,
    /// What each key declares.
    keys: BTreeMap<String, Key>,
    /// What holds where nothing is told.
    defaults: BTreeMap<Key, String>,
    /// The key whose data, or default, is being read.
    key: String,
    text: String,
    /// The nodes: their ids, and where they stand.
    nodes: Vec<(String, Range<usize>)>,
    /// The edges: their ends by id, and where they stand.
    edges: Vec<([String; 2], Range<usize>)>,
    /// Data by owner and name.
    data: BTreeMap<(Owner, String), String>,
}

impl Reading {
    fn all(&mut self, text: &str) -> Result<(), Problem> {
        let mut elements = Elements::of(text);
        while let Some(part) = elements.next()? {
            match part {
                Part::Begin(element) => {
                    let within = self.begin(&element)?;
                    self.stack.push(within);
                }
                Part::End => self.end(),
                Part::Text(text) => {
                    if matches!(self.stack.last(), Some(Within::Data | Within::Default)) {
                        self.text += &text;
                    }
                }
            }
        }
        if !self.has_root {
            let help = "GraphML is <graphml> with a <graph> of <node>s and <edge>s";
            return Err(problem(0..1, "there is no element", "nothing", help));
        }
        Ok(())
    }

    fn begin(&mut self, element: &Element<'_>) -> Result<Within, Problem> {
        let span = || element.span.clone();
        Ok(match (self.stack.last(), element.name()) {
            (None, "graphml") if !self.has_root => {
                self.has_root = true;
                Within::Graphml
            }
            (None, other) => {
                let message = format!("<{other}> is no GraphML");
                let help = "the one outermost element is <graphml>";
                return Err(problem(span(), message, "not <graphml>", help));
            }
            (Some(Within::Graphml), "key") => {
                self.key = element.attribute("id")?.unwrap_or_default();
                let domain = element.attribute("for")?;
                let name = element.attribute("attr.name")?.unwrap_or_default();
                let declared = (domain.unwrap_or_else(|| ALL.to_owned()), name);
                self.keys.insert(self.key.clone(), declared);
                Within::Key
            }
            (Some(Within::Key), "default") => Within::Default,
            (Some(Within::Graphml), "graph") => {
                self.graphs += 1;
                if self.graphs > 1 {
                    let help =
                        "a file of one graph would be right: write each into a file of its own";
                    self.problems
                        .push(problem(span(), "there is a second graph", "which?", help));
                }
                Within::Graph
            }
            (Some(Within::Node | Within::Edge), "graph") => {
                let help = "nodes side by side would be right: groups are not read";
                self.problems.push(problem(
                    span(),
                    "there is a graph within another",
                    "nested",
                    help,
                ));
                Within::Other
            }
            (Some(Within::Graph), "hyperedge") => {
                let help =
                    "a node for it, and an edge from there to each of its ends, would be right";
                let message = "an edge with any number of ends is not read";
                self.problems
                    .push(problem(span(), message, "a hyperedge", help));
                Within::Other
            }
            (Some(Within::Graph), "node") => {
                let id = self.required(element, "id", "as in <node id=\"7\">")?;
                self.nodes.push((id, span()));
                Within::Node
            }
            (Some(Within::Graph), "edge") => {
                const HELP: &str = "as in <edge source=\"7\" target=\"8\">";
                let source = self.required(element, "source", HELP)?;
                let target = self.required(element, "target", HELP)?;
                self.edges.push(([source, target], span()));
                Within::Edge
            }
            (Some(Within::Graph | Within::Node | Within::Edge), "data") => {
                self.key = element.attribute("key")?.unwrap_or_default();
                Within::Data
            }
            _ => Within::Other,
        })
    }

    /// What stands behind an attribute that has to be there; if it is not, that has been said.
    fn required(
        &mut self,
        element: &Element<'_>,
        name: &str,
        help: &str,
    ) -> Result<String, Problem> {
        let value = element.attribute(name)?;
        Ok(value.unwrap_or_else(|| {
            let message = format!("<{}> needs the attribute `{name}`", element.name());
            let label = format!("no `{name}` here");
            self.problems
                .push(problem(element.span.clone(), message, &label, help));
            String::new()
        }))
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        match self.stack.pop() {
            Some(Within::Default) => {
                if let Some(key) = self.keys.get(&self.key) {
                    self.defaults.insert(key.clone(), text.trim().to_owned());
                }
            }
            Some(Within::Data) => {
                let owner = match self.stack.last() {
                    Some(Within::Node) => Owner::Node(self.nodes.len() - 1),
                    Some(Within::Edge) => Owner::Edge(self.edges.len() - 1),
                    _ => Owner::Graph,
                };
                // What no key declares has no name, and nobody asks for it.
                if let Some((_, name)) = self.keys.get(&self.key) {
                    self.data
                        .insert((owner, name.clone()), text.trim().to_owned());
                }
            }
            _ => {}
        }
    }

    /// Holds nodes and edges against each other.
    fn judge(&mut self) {
        if self.graphs == 0 {
            let help = "GraphML is <graphml> with a <graph> of <node>s and <edge>s";
            self.problems
                .push(problem(0..1, "there is no graph", "none", help));
        }
        // Ids that are missing have been complained about.
        let mut known = BTreeSet::new();
        for (id, span) in self.nodes.iter().filter(|(id, _)| !id.is_empty()) {
            if !known.insert(id) {
                let message = format!("there is another node {id:?}");
                let help = "each node has an id of its own";
                self.problems
                    .push(problem(span.clone(), message, "taken", help));
            }
        }
        for (ends, span) in &self.edges {
            let missing = ends
                .iter()
                .filter(|end| !end.is_empty() && !known.contains(end));
            for end in missing {
                let message = format!("there is no node {end:?}");
                let help = format!(
                    "the id of a node would be right, or a node with it: <node id={end:?}>"
                );
                self.problems
                    .push(problem(span.clone(), message, "not in this graph", help));
            }
        }
    }

    fn network(self) -> Network {
        let places = self.nodes.iter().enumerate();
        let places: BTreeMap<&str, usize> = places.map(|(at, (id, _))| (&**id, at)).collect();
        let nodes = self.nodes.iter().enumerate().map(|(at, (id, _))| {
            let owner = Owner::Node(at);
            Node {
                id: id.clone(),
                label: self.datum(owner, "label"),
                place: self.place(owner),
            }
        });
        let edges = self.edges.iter().enumerate().map(|(at, (ends, _))| Edge {
            ends: [&ends[0], &ends[1]].map(|end| places[&**end]),
            speed: self.speed(Owner::Edge(at)),
        });
        let name = self.datum(Owner::Graph, "Network");
        Network {
            name: name.or_else(|| self.datum(Owner::Graph, "label")),
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }

    /// What is told of something under this name, or holds of all where nothing is.
    fn datum(&self, owner: Owner, name: &str) -> Option<String> {
        let default = |domain: &str| self.defaults.get(&(domain.to_owned(), name.to_owned()));
        let told = self.data.get(&(owner, name.to_owned()));
        let told = told.or_else(|| default(owner.domain()).or_else(|| default(ALL)));
        told.filter(|text| !text.is_empty()).cloned()
    }

    fn number(&self, owner: Owner, name: &str) -> Option<f64> {
        let number: f64 = self.datum(owner, name)?.parse().ok()?;
        number.is_finite().then_some(number)
    }

    fn place(&self, owner: Owner) -> Option<Place> {
        let within = |name: &str, most: f64| self.number(owner, name).filter(|it| it.abs() <= most);
        Some(Place {
            latitude: within("Latitude", 90.0)?,
            longitude: within("Longitude", 180.0)?,
        })
    }

    fn speed(&self, owner: Owner) -> Option<f64> {
        let with_unit = || {
            let unit = match &*self.datum(owner, "LinkSpeedUnits")? {
                "K" | "k" => 1e3,
                "M" => 1e6,
                "G" => 1e9,
                "T" => 1e12,
                _ => return None,
            };
            Some(self.number(owner, "LinkSpeed")? * unit)
        };
        let speed = self.number(owner, "LinkSpeedRaw").or_else(with_unit);
        speed.filter(|it| *it > 0.0 && it.is_finite())
    }
}
