//! What administrators did, each deed once: the engine tells both ends of a link, and all nodes of a balancer.

use switchlab_core::{Instant, NodeId, PortId};
use switchlab_topology::End;

use super::Report;
use crate::BalancerNode;

/// Something an administrator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed<'a> {
    pub(super) at: Instant,
    pub(super) node: &'a str,
    /// The action's stable name.
    pub(super) action: &'a str,
    /// Why the device did not do it.
    pub(super) refused: Option<String>,
    /// The deed as a person tells it.
    pub(super) story: String,
}

/// Everything that administrators did, in order.
pub(super) fn deeds(report: &Report) -> Vec<Deed<'_>> {
    let mut deeds: Vec<Deed<'_>> = Vec::new();
    for (at, node, action) in &report.record.deeds {
        let name = &**report.directory.node(*node);
        let Some(story) = story(report, *node, name, action) else {
            continue;
        };
        // A deed that is done twice to one node is told twice: something may be amiss.
        let is_told = deeds
            .iter()
            .rev()
            .take_while(|deed| deed.at == *at)
            .any(|deed| deed.story == story && (is_about_link(action) || deed.node != name));
        if is_told {
            continue;
        }
        let mut failures = report.outcome.failures.iter();
        let failure = failures.find(|failure| {
            failure.at == *at && failure.node == name && *failure.action == **action
        });
        deeds.push(Deed {
            at: *at,
            node: name,
            action,
            refused: failure.map(|failure| failure.error.to_string()),
            story,
        });
    }
    deeds
}

fn is_about_link(action: &str) -> bool {
    let verb = action.split(' ').next();
    matches!(verb, Some("plug" | "unplug" | "set_link"))
}

/// The deed in words; `None` if it is only what another deed means here.
fn story(report: &Report, node: NodeId, name: &str, action: &str) -> Option<String> {
    let (verb, object) = action.split_once(' ').unwrap_or((action, ""));
    let first = object.split(' ').next().unwrap_or_default();
    Some(match verb {
        // What nodes hear of each other is no deed of anybody.
        "peer-on" | "peer-off" | "tell" | "announce" => return None,
        "stop" => format!("{name} stopped"),
        "start" => format!("{name} started"),
        "crash" => format!("{name} crashed"),
        "plug" => format!("{} plugged in", link(report, node, first)),
        "unplug" => format!("{} unplugged", link(report, node, first)),
        "set_link" => format!("{} changed", link(report, node, first)),
        "register" | "deregister" => {
            let (group, target) = object.split_once(' ').unwrap_or((object, ""));
            let target = match target.parse() {
                Ok(address) => report.place_name(address),
                Err(_) => target.to_owned(),
            };
            format!(
                "{target} {verb}ed at {}, group {group}",
                balancer(report, node)
            )
        }
        _ => format!("{}: {action}", balancer(report, node)),
    })
}

/// The load balancer, if it has several nodes and this is one of them; else the node.
fn balancer(report: &Report, node: NodeId) -> &str {
    let mut balancers = report.directory.load_balancers.iter();
    let is_its =
        |nodes: &Vec<BalancerNode>| nodes.len() > 1 && nodes.iter().any(|it| it.node == node);
    let found = balancers.find(|(_, nodes)| is_its(nodes));
    found.map_or(report.directory.node(node), |(name, _)| name)
}

/// Both ends of the link at a port.
fn link(report: &Report, node: NodeId, port: &str) -> String {
    let port = PortId::new(port.parse().expect("the engine writes port numbers"));
    let end = End { node, port };
    let own = report.topology.end_name(end);
    match report.topology.peer(end) {
        // The lower end first, whichever of them was named.
        Some((peer, _)) => {
            let [a, b] = if peer < end { [peer, end] } else { [end, peer] };
            let names = [a, b].map(|end| report.topology.end_name(end));
            format!("the link {} – {}", names[0], names[1])
        }
        None => own,
    }
}
