//! Who hears whom: bridged ports, VLANs and links as one graph.
//!
//! A node of this graph is a *spot*: a VLAN of a bridge, or the port of a station or router. Links join spots as their
//! tags say. Frames pass through bridges and end everywhere else. That is more than forwarding allows: what isolates
//! ports, or keeps a frame from being flooded, is not asked. So where there is no way here, there is none.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use switchlab_analysis::{EdgeIndex, NodeIndex, UnGraph, cuts};
use switchlab_core::PortId;
use switchlab_l2::{BridgeConfig, VlanMembership};
use switchlab_l3::Attachment;
use switchlab_scenario::{Scenario, Switch};
use switchlab_wire::VlanId;

/// A node or a link of a lab, by its place in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Node(usize),
    Link(usize),
}

/// Where in a node frames are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Where {
    /// In a VLAN of a bridge; `None` for untagged frames of one that knows no VLANs.
    Bridge(Option<VlanId>),
    /// At a port that is nobody's bridge.
    Port(PortId),
}

/// A place of a lab in which frames are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) node: usize,
    pub(crate) at: Where,
}

/// How a node takes frames in.
enum Port<'a> {
    /// Whatever the tag, into the bridge.
    Unaware,
    /// As a port of a bridge that tells VLANs apart says.
    Aware(Option<&'a VlanMembership>),
    /// As nobody's bridge.
    Own,
}

/// Who hears whom in a lab.
pub(crate) struct Fabric {
    /// Spots, and the places of the links that join them.
    graph: UnGraph<Spot, usize>,
    spots: BTreeMap<(usize, Where), NodeIndex>,
}

impl Fabric {
    pub(crate) fn of(lab: &Scenario) -> Self {
        let bridges: BTreeMap<usize, Option<&BridgeConfig>> = lab
            .plan
            .nodes()
            .filter_map(|(id, node)| match lab.switches.get(&*node.name)? {
                Switch::Hub => Some((id.index(), None)),
                Switch::L2(config) => Some((id.index(), Some(config))),
                Switch::L3(config) => Some((id.index(), Some(&config.bridge))),
                Switch::L4(config) => Some((id.index(), Some(&config.l3.bridge))),
            })
            .collect();
        let routed = routed_ports(lab);
        let ports = bridges.values().flatten().flat_map(|it| &it.ports);
        let tags: BTreeSet<_> = ports
            .filter_map(|port| match &port.vlans {
                Some(VlanMembership::Trunk { tagged, .. }) => Some(tagged),
                _ => None,
            })
            .flatten()
            .copied()
            .collect();
        let tags: Vec<_> = std::iter::once(None)
            .chain(tags.into_iter().map(Some))
            .collect();
        let mut fabric = Self {
            graph: UnGraph::default(),
            spots: BTreeMap::new(),
        };
        for (at, link) in lab.plan.links().enumerate() {
            for tag in &tags {
                let ends = link.ends.map(|end| {
                    let node = end.node.index();
                    let port = match bridges.get(&node) {
                        _ if routed.contains(&(node, end.port)) => Port::Own,
                        None => Port::Own,
                        Some(Some(config)) if config.is_vlan_aware() => {
                            Port::Aware(config.ports[end.port.index()].vlans.as_ref())
                        }
                        Some(_) => Port::Unaware,
                    };
                    port.takes(*tag, end.port).map(|at| fabric.spot(node, at))
                });
                if let [Some(a), Some(b)] = ends {
                    fabric.graph.add_edge(a, b, at);
                }
            }
        }
        fabric
    }

    /// The spot, made if it is new.
    pub(crate) fn spot(&mut self, node: usize, at: Where) -> NodeIndex {
        let graph = &mut self.graph;
        *self
            .spots
            .entry((node, at))
            .or_insert_with(|| graph.add_node(Spot { node, at }))
    }

    /// The spots that hear a frame from this one when a part is gone, each with the nodes and links on one way there.
    pub(crate) fn heard(&self, from: NodeIndex, gone: Option<Part>) -> Heard<'_> {
        let mut came = BTreeMap::from([(from, None)]);
        let mut open = VecDeque::from([from]);
        while let Some(spot) = open.pop_front() {
            if spot != from && !matches!(self.graph[spot].at, Where::Bridge(_)) {
                continue;
            }
            let mut walk = self.graph.neighbors(spot).detach();
            while let Some((edge, next)) = walk.next(&self.graph) {
                let is_gone = gone == Some(Part::Link(self.graph[edge]))
                    || gone == Some(Part::Node(self.graph[next].node));
                if !is_gone && !came.contains_key(&next) {
                    came.insert(next, Some((edge, spot)));
                    open.push_back(next);
                }
            }
        }
        Heard { fabric: self, came }
    }

    /// The nodes of each ring of bridges, by their places in the plan.
    pub(crate) fn rings(&self) -> Vec<BTreeSet<usize>> {
        let is_bridge = |spot: &NodeIndex| matches!(self.graph[*spot].at, Where::Bridge(_));
        let mut bridged = self.graph.filter_map(
            |spot, it| is_bridge(&spot).then_some(it.node),
            |_, link| Some(*link),
        );
        // What is left without bridges, in the graph's sense, is rings.
        let falls = cuts(&bridged).bridges;
        bridged.retain_edges(|_, edge| falls.binary_search(&edge).is_err());
        let mut rings = Vec::new();
        let mut seen = BTreeSet::new();
        for spot in bridged.node_indices() {
            if bridged.neighbors(spot).next().is_none() || !seen.insert(spot) {
                continue;
            }
            let (mut ring, mut open) = (BTreeSet::new(), vec![spot]);
            while let Some(spot) = open.pop() {
                ring.insert(bridged[spot]);
                open.extend(bridged.neighbors(spot).filter(|next| seen.insert(*next)));
            }
            rings.push(ring);
        }
        rings
    }
}

/// The ports with an interface of their own, and those that are no part of a bridge.
fn routed_ports(lab: &Scenario) -> BTreeSet<(usize, PortId)> {
    let mut routed = BTreeSet::new();
    for (id, node) in lab.plan.nodes() {
        let config = match lab.switches.get(&*node.name) {
            Some(Switch::L3(config)) => config,
            Some(Switch::L4(config)) => &config.l3,
            _ => continue,
        };
        let own = config
            .interfaces
            .iter()
            .filter_map(|it| match it.attachment {
                Attachment::Port(port) => Some(port),
                Attachment::Vlan(_) => None,
            });
        let ports = (0..).map(PortId::new).zip(&config.bridge.ports);
        let unbridged = ports.filter(|(_, it)| !it.bridged).map(|(port, _)| port);
        routed.extend(own.chain(unbridged).map(|port| (id.index(), port)));
    }
    routed
}

impl Port<'_> {
    /// Where a frame with this tag gets to by the port.
    fn takes(&self, tag: Option<VlanId>, port: PortId) -> Option<Where> {
        match (self, tag) {
            (Self::Own, None) => Some(Where::Port(port)),
            (Self::Own, Some(_)) => None,
            (Self::Unaware, tag) => Some(Where::Bridge(tag)),
            (Self::Aware(None), None) => Some(Where::Bridge(None)),
            (Self::Aware(Some(VlanMembership::Access(vlan))), None) => {
                Some(Where::Bridge(Some(*vlan)))
            }
            (Self::Aware(Some(VlanMembership::Trunk { native, .. })), None) => {
                native.map(|it| Where::Bridge(Some(it)))
            }
            (Self::Aware(Some(VlanMembership::Trunk { tagged, .. })), Some(tag)) => {
                tagged.contains(&tag).then_some(Where::Bridge(Some(tag)))
            }
            (Self::Aware(_), Some(_)) => None,
        }
    }
}

/// The spots that hear a frame.
pub(crate) struct Heard<'f> {
    fabric: &'f Fabric,
    came: BTreeMap<NodeIndex, Option<(EdgeIndex, NodeIndex)>>,
}

impl Heard<'_> {
    pub(crate) fn spots(&self) -> impl Iterator<Item = NodeIndex> {
        self.came.keys().copied()
    }

    /// The parts on one way to a spot, its own node among them; `None` if it does not hear.
    pub(crate) fn way(&self, to: NodeIndex) -> Option<BTreeSet<Part>> {
        let graph = &self.fabric.graph;
        let mut parts = BTreeSet::new();
        let mut at = to;
        loop {
            parts.insert(Part::Node(graph[at].node));
            let Some((edge, before)) = self.came.get(&at)? else {
                return Some(parts);
            };
            parts.insert(Part::Link(graph[*edge]));
            at = *before;
        }
    }
}
