//! `switchlab check`: what is wrong with a lab, and where its graph, or one in GraphML, falls apart.

use std::process::ExitCode;

use switchlab::audit::{Audit, Finding, Kind, Outline, Picture, audit, audit_graph};
use switchlab::import::graphml::{self, Network};
use switchlab::scenario;

use crate::args::Check;
use crate::failure::Failure;
use crate::{files, terminal};

/// What the program ends with if something denied was found.
const DENIED: u8 = 1;

/// How many names of a list are told on the page.
const MOST_NAMES: usize = 100;

/// A file that has been looked at.
struct Checked {
    audit: Audit,
    graph: Outline,
    /// What else nodes are called, and where they stand, in the order of the graph.
    labels: Vec<String>,
    places: Vec<Option<(f64, f64)>>,
    /// Whether there is no more to it than the graph.
    is_graph: bool,
}

pub(crate) fn check(args: &Check) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.file)?;
    let (svg, dot) = (args.svg.as_deref(), args.dot.as_deref());
    files::are_different(&[Some(&*args.file), svg, dot])?;
    let name = args.file.to_string_lossy();
    let checked = match graphml::is_xml(&text) {
        true => Checked::graph(&graphml::read(&text, &name)?),
        false => {
            let mut lab = scenario::settings_from_toml(&text, &name)?;
            // Where the file lies is nobody's business.
            lab.name = files::name(&args.file);
            Checked {
                audit: audit(&lab),
                graph: Outline::from(&lab.plan),
                labels: Vec::new(),
                places: Vec::new(),
                is_graph: false,
            }
        }
    };
    let picture = checked.picture();
    if let Some(path) = svg {
        files::write(path, picture.to_svg().as_bytes())?;
    }
    if let Some(path) = dot {
        files::write(path, picture.to_dot().as_bytes())?;
    }
    if args.json {
        terminal::print_as_json(&checked.audit)?;
    } else {
        terminal::print(&checked.page())?;
    }
    let is_denied = |finding: &Finding| args.deny.contains(&finding.kind);
    Ok(match checked.audit.findings.iter().any(is_denied) {
        true => ExitCode::from(DENIED),
        false => ExitCode::SUCCESS,
    })
}

impl Checked {
    fn graph(network: &Network) -> Self {
        let nodes = &network.nodes;
        let graph = Outline {
            nodes: nodes.iter().map(|node| node.id.clone()).collect(),
            links: network.edges.iter().map(|edge| edge.ends).collect(),
        };
        let label = |node: &graphml::Node| match &node.label {
            Some(label) if *label != node.id => format!("{} {label}", node.id),
            _ => node.id.clone(),
        };
        let place = |node: &graphml::Node| node.place.map(|it| (it.longitude, it.latitude));
        Self {
            audit: audit_graph(&graph),
            labels: nodes.iter().map(label).collect(),
            places: nodes.iter().map(place).collect(),
            graph,
            is_graph: true,
        }
    }

    fn picture(&self) -> Picture<'_> {
        Picture {
            graph: &self.graph,
            shape: &self.audit.shape,
            labels: &self.labels,
            places: &self.places,
        }
    }

    /// The graph in a few lines, then the findings, each with its place, its reason and its remedy.
    fn page(&self) -> String {
        let shape = &self.audit.shape;
        let mut text = format!(
            "{}, {}, {}\n",
            counted(shape.nodes, "node"),
            counted(shape.edges, "link"),
            counted(shape.components, "component")
        );
        let label = |name: &String| {
            let at = self.graph.nodes.iter().position(|node| node == name);
            at.and_then(|at| self.labels.get(at))
                .unwrap_or(name)
                .clone()
        };
        text += &listed("cut node", shape.cut_nodes.iter().map(label));
        text += &listed("bridge", shape.bridges.iter().map(|pair| pair.join(" - ")));
        // Of a graph that is all there is to be told of these.
        let is_told = |it: &&Finding| self.is_graph && it.kind == Kind::SinglePointOfFailure;
        let findings = self.audit.findings.iter().filter(|it| !is_told(it));
        for finding in findings {
            let place = finding.place.as_deref().unwrap_or(&finding.node);
            let Finding {
                kind,
                because,
                remedy,
                ..
            } = finding;
            text += &format!("{place}: {kind}: {because}\n    {remedy}\n");
        }
        if !self.audit.services.is_empty() {
            text += "\nWhere there is another way, whether it is taken, and how soon, no graph can tell: `switchlab drill` measures it.\n";
        }
        text
    }
}

/// A number of things, as people write it.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// How many there are, and which.
fn listed(what: &str, names: impl ExactSizeIterator<Item = String>) -> String {
    let count = names.len();
    let mut text = match count {
        0 => format!("no {what}"),
        _ => format!("{}: ", counted(count, what)),
    };
    text += &names.take(MOST_NAMES).collect::<Vec<_>>().join(", ");
    if count > MOST_NAMES {
        text += &format!(", and {} more", count - MOST_NAMES);
    }
    text + "\n"
}
