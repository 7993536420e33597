//! What is done to nodes and cables while a lab runs: switched on and off, pulled and put back.

use switchlab_core::{Command, ControlError, DropReason, NodeId, PortId};
use switchlab_topology::End;

use super::{PortState, Simulation};
use crate::admin::Deed;
use crate::lane::InFlight;
use crate::observer::Observer;
use crate::outcome::AdminFailure;

impl Simulation {
    pub(super) fn admin<O: Observer>(&mut self, node: u32, observer: &mut O) {
        self.agenda.pop();
        let id = NodeId::new(node);
        self.nodes[node as usize].events += 1;
        let Some((_, name, deed)) = self.nodes[node as usize].deeds.pop_front() else {
            unreachable!("the agenda holds one entry per deed");
        };
        observer.admin(self.now, id, &name);
        match deed {
            Deed::Crash => self.crash(node, observer),
            Deed::Start if self.nodes[node as usize].device.is_none() => {
                let state = &mut self.nodes[node as usize];
                state.device = Some((state.blueprint)());
                self.switch_on(node, observer);
                self.listens_anew(node);
            }
            Deed::Start => self.try_control(node, &name, &Command::Start, observer),
            Deed::Command(command) => self.try_control(node, &name, &command, observer),
            Deed::Told(command) => {
                if self.nodes[node as usize].device.is_some() {
                    self.try_control(node, &name, &command, observer);
                }
            }
            Deed::Cable { port, plugged } => {
                self.carrier_changes(node, port, observer, |state| state.plugged = plugged);
                if !plugged {
                    self.cut(node, port, observer);
                }
            }
            Deed::Peer { port, on } => {
                self.carrier_changes(node, port, observer, |state| state.peer_on = on);
            }
            Deed::Lane { port, config } => {
                let place = self.place(node, port);
                if let Some(lane) = &mut self.ports[place].lane {
                    lane.set(&config);
                }
            }
        }
    }

    /// Tells a device that has just been made about its links, and asks for its first deadline.
    pub(super) fn switch_on<O: Observer>(&mut self, node: u32, observer: &mut O) {
        for port in (0..self.nodes[node as usize].ports).map(PortId::new) {
            if self.ports[self.place(node, port)].carrier() {
                self.tell_link(node, port, true);
            }
        }
        self.settle(node, observer);
    }

    fn carrier_changes<O: Observer>(
        &mut self,
        node: u32,
        port: PortId,
        observer: &mut O,
        change: impl FnOnce(&mut PortState),
    ) {
        let place = self.place(node, port);
        let before = self.ports[place].carrier();
        change(&mut self.ports[place]);
        let after = self.ports[place].carrier();
        if before != after {
            self.tell_link(node, port, after);
            self.settle(node, observer);
        }
    }

    fn tell_link(&mut self, node: u32, port: PortId, up: bool) {
        if let Some(device) = &mut self.nodes[node as usize].device {
            device.link_changed(self.now, port, up, &mut self.tx);
        }
    }

    /// Frames on their way to a port whose cable is pulled are lost.
    fn cut<O: Observer>(&mut self, node: u32, port: PortId, observer: &mut O) {
        let place = self.place(node, port);
        let Some(peer) = self.ports[place].peer else {
            return;
        };
        let sender = self.place(peer.node.rank(), peer.port);
        if let Some(lane) = &mut self.ports[sender].lane {
            let lost = lane.cut(self.now);
            self.lose(peer, lost, DropReason::LaneDown, observer);
        }
    }

    /// Switches a node off: what it counted is remembered, what has not left it never will.
    fn crash<O: Observer>(&mut self, node: u32, observer: &mut O) {
        let state = &mut self.nodes[node as usize];
        let Some(device) = state.device.take() else {
            return;
        };
        state.past.add(&device.counters());
        for port in (0..state.ports).map(PortId::new) {
            let place = self.place(node, port);
            if let Some(lane) = &mut self.ports[place].lane {
                let lost = lane.fall_silent(self.now);
                let end = End {
                    node: NodeId::new(node),
                    port,
                };
                self.lose(end, lost, DropReason::NodeDown, observer);
            }
        }
        self.fell_silent(node);
    }

    /// Counts frames that were taken off the lane which begins at this end.
    fn lose<O: Observer>(
        &mut self,
        from: End,
        lost: Vec<InFlight>,
        reason: DropReason,
        observer: &mut O,
    ) {
        let End { node, port } = from;
        self.in_flight -= lost.len() as u64;
        let place = self.place(node.rank(), port);
        for frame in lost {
            observer.dropped(self.now, node, port, reason, frame.frame.octets());
            self.ports[place].count_drop(reason);
        }
        observer.withdrawn(self.now, node, port);
    }

    fn try_control<O: Observer>(
        &mut self,
        node: u32,
        name: &str,
        command: &Command,
        observer: &mut O,
    ) {
        if let Err(error) = self.control(node, command, observer) {
            let (node, action) = (self.name(node), name.to_owned());
            self.failures.push(AdminFailure {
                at: self.now,
                node,
                action,
                error,
            });
        }
    }

    pub(super) fn control<O: Observer>(
        &mut self,
        node: u32,
        command: &Command,
        observer: &mut O,
    ) -> Result<(), ControlError> {
        let Some(device) = &mut self.nodes[node as usize].device else {
            let (command, because) = (command.to_string(), "the node is switched off".to_owned());
            return Err(ControlError::Refused { command, because });
        };
        let done = device.control(self.now, command, &mut self.tx);
        self.settle(node, observer);
        done
    }
}
