//! `[load_balancer.NAME]`: what the nodes of a load balancer have in common, and which nodes these are.

use std::collections::BTreeMap;
use std::sync::Arc;

use switchlab_l7::Zone;

use super::Settings;
use crate::kinds::{Context, Shared, shared};
use crate::names::{self, Addresses};
use crate::read::{Located, Problems, Section, all_of};
use crate::world::World;

/// A node as far as its load balancer has to know it.
struct Member<'a> {
    node: String,
    section: Section<'a>,
    zone: Option<Located<String>>,
}

/// Reads the load balancers that are spoken of by themselves, and holds all nodes against each other.
pub(super) fn load_balancers<'a>(
    file: &mut Section<'a>,
    settings: &Settings,
    addresses: &mut Addresses,
    notes: &mut Vec<String>,
    problems: &mut Problems,
) -> BTreeMap<String, Shared<'a>> {
    let mut members = members(file);
    let mut all = BTreeMap::new();
    for (name, mut section) in file.named("load_balancer", problems) {
        names::judge(&name.value, &name.span, problems);
        let mut context = Context {
            name: name.value.as_str().into(),
            seed: settings.seed,
            epoch: settings.epoch,
            shared: &BTreeMap::new(),
            world: &World::default(),
            problems,
            notes,
            addresses,
        };
        let mut shared = shared(&mut section, &mut context);
        let nodes = members.remove(&name.value).unwrap_or_default();
        if nodes.is_empty() {
            problems.helped(
                &name.span,
                format!("no node is one of {:?}", name.value),
                "of no use",
                format!(
                    "a node is `kind = \"l7-switch\"` with `load_balancer = {:?}`",
                    name.value
                ),
            );
        }
        in_zones(&name.value, &nodes, problems);
        if shared.config.load_balancer.zones.is_empty() {
            shared.config.load_balancer.zones = zones(&nodes);
        }
        all.insert(name.value, shared);
    }
    for (name, nodes) in members {
        if let [_, second, ..] = &*nodes {
            problems.helped(
                &second.section.place("load_balancer"),
                format!(
                    "{} are nodes of {name:?}, each with settings of its own",
                    all_of(nodes.iter().map(|it| &*it.node))
                ),
                "another node",
                format!("write what they have in common once, as `[load_balancer.{name}]`"),
            );
        }
    }
    all
}

/// The layer 7 switches by the names of their load balancers. What is wrong with them is told when they are
/// read as nodes.
fn members<'a>(file: &Section<'a>) -> BTreeMap<String, Vec<Member<'a>>> {
    let ignored = &mut Problems::default();
    let mut members: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (node, mut section) in file.clone().named("node", ignored) {
        let kind = section.value::<String>("kind", ignored);
        if kind.is_none_or(|kind| kind.value.replace('_', "-") != "l7-switch") {
            continue;
        }
        let name = section.or("load_balancer", node.value.clone(), ignored);
        let zone = section.value::<String>("zone", ignored);
        members.entry(name).or_default().push(Member {
            node: node.value,
            section,
            zone,
        });
    }
    members
}

/// Of several nodes each stands in a zone, and in one of its own.
fn in_zones(name: &str, nodes: &[Member<'_>], problems: &mut Problems) {
    if nodes.len() < 2 {
        return;
    }
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for Member {
        node,
        section,
        zone,
    } in nodes
    {
        let Some(Located { value: zone, span }) = zone else {
            problems.helped(
                &section.span,
                format!("{name:?} has several nodes, and {node:?} stands in no zone"),
                "no `zone` here",
                "each of several nodes stands in a zone of its own, as in `zone = \"a\"`",
            );
            continue;
        };
        if let Some(other) = taken.insert(zone, node) {
            problems.helped(
                span,
                format!("{other:?} stands in the zone {zone:?} already"),
                "taken",
                "a load balancer has one node in each zone",
            );
        }
    }
}

/// The zones in which nodes stand, in the order of their names.
fn zones(nodes: &[Member<'_>]) -> Vec<Zone> {
    let mut names: Vec<_> = nodes.iter().filter_map(|it| it.zone.as_ref()).collect();
    names.sort_by(|a, b| a.value.cmp(&b.value));
    names.dedup_by(|a, b| a.value == b.value);
    let zone = |name: &Located<String>| Zone {
        name: Arc::from(&*name.value),
        subnet: None,
    };
    names.into_iter().map(zone).collect()
}
