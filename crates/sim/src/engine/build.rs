//! From a plan and a timetable to a lab that is switched on: ranks, lanes, and what will be done to whom.

use std::collections::VecDeque;

use switchlab_core::{Counters, Egress, Ingress, Instant, NodeId, PortId, Stream};
use switchlab_topology::{End, Topology};

use super::{ChannelState, NodeState, PortState, Simulation, Slot};
use crate::admin::{Action, Deed};
use crate::agenda::{Agenda, Rank};
use crate::channel::Channel;
use crate::lab::{Blueprint, LabError};
use crate::lane::Lane;

impl Simulation {
    pub(crate) fn new(
        seed: u64,
        budget: u64,
        topology: Topology,
        blueprints: Vec<Blueprint>,
        channels: Vec<Channel>,
        timetable: Vec<(Instant, String, Action)>,
    ) -> Result<Self, Vec<LabError>> {
        let mut errors = Vec::new();
        let (mut nodes, mut slots, mut ports) = (Vec::new(), Vec::new(), Vec::new());
        for ((id, node), blueprint) in topology.nodes().zip(blueprints) {
            let device = blueprint();
            if device.ports() != node.ports {
                let (declared, found) = (node.ports, device.ports());
                errors.push(LabError::Ports {
                    node: node.name.clone(),
                    declared,
                    found,
                });
            }
            nodes.push(NodeState {
                device: Some(device),
                past: Counters::new(node.ports),
                blueprint,
                first_port: ports.len() as u32,
                ports: node.ports,
                first_rank: slots.len() as Rank,
                scheduled: Instant::MAX,
                events: 0,
                turns: 0,
                last_turn: Instant::ZERO,
                deeds: VecDeque::new(),
            });
            slots.push(Slot::Admin(id.rank()));
            for port in 0..node.ports {
                slots.push(Slot::Frame {
                    node: id.rank(),
                    port,
                    lane: u32::MAX,
                });
                ports.push(PortState {
                    lane: None,
                    peer: None,
                    plugged: true,
                    peer_on: true,
                    offered: 0,
                    duplicated: 0,
                    delivered: 0,
                    drops: Vec::new(),
                });
            }
            slots.push(Slot::Timer(id.rank()));
        }
        for link in topology.links() {
            let [a, b] = link.ends;
            for (from, to) in [(a, b), (b, a)] {
                let out = nodes[from.node.index()].first_port + u32::from(from.port.number());
                let rank = nodes[to.node.index()].first_rank + 1 + Rank::from(to.port.number());
                let name = format!(
                    "lane {} > {}",
                    topology.end_name(from),
                    topology.end_name(to)
                );
                let port = &mut ports[out as usize];
                port.lane = Some(Lane::new(&link.config, rank, Stream::of(seed, &name)));
                port.peer = Some(to);
                slots[rank as usize] = Slot::Frame {
                    node: to.node.rank(),
                    port: to.port.number(),
                    lane: out,
                };
            }
        }
        let mut simulation = Self {
            topology,
            nodes,
            ports,
            slots,
            channels: Vec::new(),
            agenda: Agenda::default(),
            budget,
            events: 0,
            in_flight: 0,
            now: Instant::ZERO,
            failures: Vec::new(),
            rx: Ingress::default(),
            tx: Egress::default(),
        };
        simulation.connect(channels, &mut errors);
        simulation.schedule(timetable, &mut errors);
        if errors.is_empty() {
            Ok(simulation)
        } else {
            Err(errors)
        }
    }

    /// Finds the two nodes of each channel.
    fn connect(&mut self, channels: Vec<Channel>, errors: &mut Vec<LabError>) {
        for channel in channels {
            let mut find = |name: &str| {
                let found = self.topology.find(name);
                if found.is_none() {
                    let node = name.to_owned();
                    errors.push(LabError::NobodyThere { node });
                }
                found
            };
            let ends = (find(&channel.speaker), find(&channel.listener));
            if let (Some(speaker), Some(listener)) = ends {
                self.channels.push(ChannelState {
                    speaker: speaker.rank(),
                    listener: listener.rank(),
                    channel,
                });
            }
        }
    }

    /// Translates the timetable into what happens at each node, and puts it in order.
    fn schedule(&mut self, timetable: Vec<(Instant, String, Action)>, errors: &mut Vec<LabError>) {
        let mut deeds: Vec<(Instant, NodeId, Deed)> = Vec::new();
        for (at, name, action) in timetable {
            let Some(node) = self.topology.find(&name) else {
                errors.push(LabError::UnknownNode {
                    at,
                    node: name,
                    action: action.to_string(),
                });
                continue;
            };
            let mut both_ends = |port: PortId, deed: &dyn Fn(PortId) -> Deed| {
                let own = End { node, port };
                let Some((peer, _)) = self.topology.peer(own) else {
                    errors.push(LabError::NoLink {
                        at,
                        node: name.clone(),
                        action: action.to_string(),
                    });
                    return;
                };
                deeds.extend([own, peer].map(|end| (at, end.node, deed(end.port))));
            };
            match &action {
                Action::Crash | Action::Start => {
                    let on = matches!(action, Action::Start);
                    deeds.push((at, node, if on { Deed::Start } else { Deed::Crash }));
                    let links = self
                        .topology
                        .links()
                        .flat_map(|link| [link.ends, [link.ends[1], link.ends[0]]]);
                    let peers = links
                        .filter(|[own, _]| own.node == node)
                        .map(|[_, peer]| peer);
                    deeds
                        .extend(peers.map(|end| (at, end.node, Deed::Peer { port: end.port, on })));
                }
                Action::Unplug(port) => both_ends(*port, &|port| Deed::Cable {
                    port,
                    plugged: false,
                }),
                Action::Plug(port) => both_ends(*port, &|port| Deed::Cable {
                    port,
                    plugged: true,
                }),
                Action::SetLink(port, config) => {
                    both_ends(*port, &|port| Deed::Lane {
                        port,
                        config: config.clone(),
                    });
                }
                Action::Command(command) => deeds.push((at, node, Deed::Command(command.clone()))),
            }
        }
        for (at, node, deed) in deeds {
            self.nodes[node.index()]
                .deeds
                .push_back((at, deed.name(), deed));
        }
        for node in &mut self.nodes {
            node.deeds
                .make_contiguous()
                .sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            for (at, ..) in &node.deeds {
                self.agenda.push(*at, node.first_rank);
            }
        }
    }
}
