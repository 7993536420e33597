//! `[[link]]`: cables and what they do to frames.

use std::ops::Range;
use std::time::Duration;

use switchlab_topology::{LinkConfig, Topology, TopologyBuilder, TopologyError};

use super::{Node, no_such_node};
use crate::read::{Located, Probability, Problems, Rate, Section, Size};
use crate::world::World;

/// The links of a lab.
pub(super) struct Links {
    /// The two ends of each as they are written, and what it does to frames.
    pub(super) declared: Vec<([String; 2], LinkConfig)>,
    /// The plan they make with the nodes; `None` if they make none.
    pub(super) plan: Option<Topology>,
}

/// Reads the links and judges them together with the nodes.
pub(super) fn links(
    file: &mut Section<'_>,
    nodes: &[Node],
    world: &World,
    problems: &mut Problems,
) -> Links {
    let mut plan = TopologyBuilder::default();
    for node in nodes {
        plan.node(&*node.name, node.ports());
    }
    let mut declared = Vec::new();
    let mut places = Vec::new();
    for mut table in file.sections("link", problems) {
        let ends = between(&mut table, problems);
        let mut default = LinkConfig::default();
        if let Some(delay) = ends.as_ref().and_then(|ends| distance(ends, world)) {
            default.delay = delay;
        }
        let config = settings(&mut table, default, problems);
        table.finish(problems);
        if let Some(ends) = ends {
            let [a, b] = ends.map(|end| {
                places.push(end.span);
                end.value
            });
            plan.link(&a, &b, config.clone());
            declared.push(([a, b], config));
        }
    }
    let plan = match plan.build() {
        Ok(plan) => Some(plan),
        Err(errors) => {
            let is_ambiguous = |error: &_| matches!(error, TopologyError::Ambiguous { .. });
            let hides = errors.iter().any(is_ambiguous);
            let is_caused = |error: &&_| matches!(error, TopologyError::NoFreePort { .. });
            for error in errors.iter().filter(|error| !(hides && is_caused(error))) {
                refused(error, &declared, &places, nodes, problems);
            }
            None
        }
    };
    Links { declared, plan }
}

/// How long it takes from one end to the other, if they stand in different regions.
fn distance(ends: &[Located<String>; 2], world: &World) -> Option<Duration> {
    let region = |end: &Located<String>| {
        let node = end
            .value
            .rsplit_once(':')
            .map_or(&*end.value, |(node, _)| node);
        world.region(node)
    };
    let (a, b) = (region(&ends[0])?, region(&ends[1])?);
    (a != b).then(|| a.round_trip(b) / 2)
}

fn between(table: &mut Section<'_>, problems: &mut Problems) -> Option<[Located<String>; 2]> {
    const HELP: &str = "`between` is the two ends, as in [\"web-a\", \"sw:1\"]";
    table.require(
        "between",
        "the two ends, as in [\"web-a\", \"sw:1\"]",
        problems,
    );
    let ends = table.list::<String>("between", problems)?;
    let count = ends.len();
    match <[_; 2]>::try_from(ends) {
        Ok(ends) => Some(ends),
        Err(_) => {
            let message = format!("a link has two ends, not {count}");
            problems.helped(&table.place("between"), message, "not two", HELP);
            None
        }
    }
}

/// Reads what a link does to frames; what is not there stays as it is.
pub(super) fn settings(
    table: &mut Section<'_>,
    mut config: LinkConfig,
    problems: &mut Problems,
) -> LinkConfig {
    if let Some(Rate(rate)) = table.value("rate", problems).map(|rate| rate.value) {
        config.rate = rate;
    }
    config.delay = table.or("delay", config.delay, problems);
    config.queue = table.or("queue", Size(config.queue), problems).0;
    config.mtu = table.or("mtu", config.mtu, problems);
    config.jitter = table.or::<Duration>("jitter", config.jitter, problems);
    let chances = [
        ("loss", &mut config.loss),
        ("duplicate", &mut config.duplicate),
        ("reorder", &mut config.reorder),
        ("corrupt", &mut config.corrupt),
    ];
    for (key, chance) in chances {
        *chance = table.or(key, Probability(*chance), problems).0;
    }
    config
}

/// Says what the plan has against a link, at the end that is meant.
fn refused(
    error: &TopologyError,
    declared: &[([String; 2], LinkConfig)],
    places: &[Range<usize>],
    nodes: &[Node],
    problems: &mut Problems,
) {
    let Some(link) = error.link() else {
        return;
    };
    let place = |is_meant: &dyn Fn(&str) -> bool| {
        let second = !is_meant(&declared[link].0[0]) && is_meant(&declared[link].0[1]);
        &places[2 * link + usize::from(second)]
    };
    // Where links are too many, the last of the file is one too many.
    let last = |is_meant: &dyn Fn(&str) -> bool| {
        let ends: Vec<_> = declared.iter().flat_map(|(ends, _)| ends).collect();
        let at = ends.into_iter().rposition(|end| is_meant(end));
        &places[at.unwrap_or(2 * link)]
    };
    let node_of = |end: &str| {
        end.rsplit_once(':')
            .map_or(end, |(node, _)| node)
            .to_owned()
    };
    match error {
        TopologyError::UnknownNode { name, .. } => {
            let place = place(&|end| node_of(end) == *name || end == name);
            let message = format!("there is no node {name:?}");
            problems.helped(place, message, "not in this lab", no_such_node(name, nodes));
        }
        TopologyError::NoSuchPort {
            name, port, ports, ..
        } => {
            let place = place(&|end| end == format!("{name}:{port}"));
            let help = match ports {
                1 => "its only port is 0".to_owned(),
                ports => format!("its ports are 0 to {}", ports - 1),
            };
            problems.helped(
                place,
                format!("{name:?} has no port {port}"),
                "no such port",
                help,
            );
        }
        TopologyError::PortTaken { name, port, .. } => {
            let place = last(&|end| end == format!("{name}:{port}"));
            let message = format!("port {port} of {name:?} is taken by another link");
            problems.helped(place, message, "taken", "a port takes one link");
        }
        TopologyError::NoFreePort { name, ports, .. } => {
            let place = last(&|end| end == name);
            let message = format!("all ports of {name:?} are taken; it has {ports}");
            problems.helped(
                place,
                message,
                "no port is left",
                "give the node more ports",
            );
        }
        TopologyError::Ambiguous { a, .. } => {
            problems.helped(
                &places[2 * link],
                "another link joins the same two nodes",
                "which port?",
                format!("give the port numbers, as in \"{}:0\"", node_of(a)),
            );
        }
        error => {
            problems.add(&places[2 * link], error.to_string(), "refused");
        }
    }
}
