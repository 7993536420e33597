//! The loop: take what comes next, let the device have its turn, carry away what it sent.

mod build;
mod deeds;
mod end;
mod told;

use std::collections::VecDeque;

use switchlab_core::{
    Command, Counters, Device, DropReason, Egress, Ingress, Instant, NodeId, PortId, step,
};
use switchlab_topology::{End, Topology};
use switchlab_wire::Frame;

use crate::admin::Deed;
use crate::agenda::{Agenda, Rank};
use crate::lab::Blueprint;
use crate::lane::{Carried, Lane};
use crate::observer::{Arrival, Observer};
use crate::outcome::{AdminFailure, Outcome, RunError};
use told::ChannelState;

/// Turns a node may take at one instant before it counts as stuck.
const MOST_TURNS: u32 = 100_000;

/// Frames on their way at once that count as a storm.
const MOST_IN_FLIGHT: u64 = 1 << 21;

/// What happens at a place in the order of events.
#[derive(Debug, Clone, Copy)]
enum Slot {
    /// The administrator does something to the node.
    Admin(u32),
    /// A frame arrives at the port whose incoming lane leaves by the port with this index.
    Frame { node: u32, port: u16, lane: u32 },
    /// A deadline of the node is due.
    Timer(u32),
}

struct NodeState {
    device: Option<Box<dyn Device>>,
    /// What its devices counted before they were switched off.
    past: Counters,
    blueprint: Blueprint,
    /// Index of the node's first port among all ports.
    first_port: u32,
    ports: u16,
    /// Ranks: admin, then one per port, then the timer.
    first_rank: Rank,
    /// The earliest deadline the agenda knows of.
    scheduled: Instant,
    events: u64,
    turns: u32,
    last_turn: Instant,
    /// What will be done to the node, in order.
    deeds: VecDeque<(Instant, String, Deed)>,
}

impl NodeState {
    const fn timer_rank(&self) -> Rank {
        self.first_rank + 1 + self.ports as Rank
    }
}

/// A port and the lane that leaves by it.
struct PortState {
    lane: Option<Lane>,
    /// The end at the other side.
    peer: Option<End>,
    plugged: bool,
    peer_on: bool,
    offered: u64,
    duplicated: u64,
    delivered: u64,
    drops: Vec<(DropReason, u64)>,
}

impl PortState {
    const fn carrier(&self) -> bool {
        self.lane.is_some() && self.plugged && self.peer_on
    }

    fn count_drop(&mut self, reason: DropReason) {
        match self
            .drops
            .binary_search_by_key(&reason, |(reason, _)| *reason)
        {
            Ok(place) => self.drops[place].1 += 1,
            Err(place) => self.drops.insert(place, (reason, 1)),
        }
    }
}

/// A lab that has been switched on.
pub struct Simulation {
    topology: Topology,
    nodes: Vec<NodeState>,
    ports: Vec<PortState>,
    slots: Vec<Slot>,
    channels: Vec<ChannelState>,
    agenda: Agenda,
    budget: u64,
    events: u64,
    in_flight: u64,
    now: Instant,
    failures: Vec<AdminFailure>,
    rx: Ingress,
    tx: Egress,
}

impl Simulation {
    /// The plan that is being simulated.
    #[must_use]
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Lets everything happen up to and including `until`, or until nothing is left to happen or the
    /// observer has seen enough.
    ///
    /// At the end every device is told to conclude, so that what is unfinished is reported.
    ///
    /// # Errors
    /// [`RunError`] if the event budget is used up or a device is stuck. A lab never hangs.
    pub fn run<O: Observer>(
        mut self,
        until: Option<Instant>,
        observer: &mut O,
    ) -> Result<Outcome, RunError> {
        for node in 0..self.nodes.len() as u32 {
            self.switch_on(node, observer);
        }
        let last = until.unwrap_or(Instant::MAX);
        while let Some((at, rank)) = self.agenda.peek() {
            if at > last || (at > self.now && observer.is_finished()) {
                break;
            }
            self.now = at;
            self.events += 1;
            if self.events > self.budget {
                return Err(self.exhausted());
            }
            if self.in_flight > MOST_IN_FLIGHT {
                return Err(self.storm());
            }
            match self.slots[rank as usize] {
                Slot::Frame { node, .. } => self.frames(node, observer),
                Slot::Timer(node) => self.timer(node, observer)?,
                Slot::Admin(node) => self.admin(node, observer),
            }
        }
        if let Some(until) = until
            && !observer.is_finished()
        {
            self.now = until;
        }
        for node in 0..self.nodes.len() as u32 {
            // A device that has nothing to conclude may say so.
            let _ = self.control(node, &Command::Conclude, observer);
        }
        observer.ended(self.now);
        Ok(self.outcome())
    }

    /// All frames that reach a node at this instant are one batch, in the order of port and number.
    fn frames<O: Observer>(&mut self, node: u32, observer: &mut O) {
        let at = self.now;
        while let Some((next, rank)) = self.agenda.peek() {
            let Slot::Frame {
                node: receiver,
                port,
                lane,
            } = self.slots[rank as usize]
            else {
                break;
            };
            if next != at || receiver != node {
                break;
            }
            let is_on = self.nodes[node as usize].device.is_some();
            let (id, port) = (NodeId::new(node), PortId::new(port));
            let sender = &mut self.ports[lane as usize];
            let lane = sender.lane.as_mut().expect("frames arrive over lanes only");
            if lane.armed != at {
                // Something overtook the frame that this entry was made for, and made one of its own.
                self.agenda.pop();
                continue;
            }
            let mut lost = 0;
            while let Some(arriving) = lane.arrive(at) {
                self.in_flight -= 1;
                if is_on {
                    observer.delivered(
                        Arrival {
                            at,
                            node: id,
                            port,
                            number: arriving.number,
                        },
                        arriving.frame.octets(),
                    );
                    self.rx.push(port, arriving.frame);
                    sender.delivered += 1;
                } else {
                    observer.dropped(at, id, port, DropReason::NodeDown, arriving.frame.octets());
                    lost += 1;
                }
            }
            lane.armed = lane.head().unwrap_or(Instant::MAX);
            match lane.head() {
                Some(head) => self.agenda.put_off(head),
                None => self.agenda.pop(),
            }
            for _ in 0..lost {
                sender.count_drop(DropReason::NodeDown);
            }
        }
        if !self.rx.is_empty() {
            self.events += self.rx.len() as u64 - 1;
            let due = self.turn(node, observer);
            self.reschedule(node, due);
        }
    }

    fn timer<O: Observer>(&mut self, node: u32, observer: &mut O) -> Result<(), RunError> {
        let state = &mut self.nodes[node as usize];
        let due = state
            .device
            .as_ref()
            .and_then(|device| device.poll_timeout());
        if due.is_none_or(|due| due > self.now) {
            self.next_deadline(node, due);
            return Ok(());
        }
        if state.last_turn == self.now {
            state.turns += 1;
        } else {
            (state.turns, state.last_turn) = (1, self.now);
        }
        if state.turns > MOST_TURNS {
            let turns = state.turns;
            return Err(RunError::Stuck {
                node: self.name(node),
                at: self.now,
                turns,
            });
        }
        let due = self.turn(node, observer);
        self.next_deadline(node, due);
        Ok(())
    }

    /// Puts the deadline that has just been seen to off until the node's next one.
    ///
    /// It still is the first entry of the agenda: whatever was put in meanwhile happens later.
    fn next_deadline(&mut self, node: u32, due: Option<Instant>) {
        let state = &mut self.nodes[node as usize];
        if state.scheduled == self.now {
            state.scheduled = Instant::MAX;
        }
        match due.map(|due| due.max(self.now)) {
            Some(due) if due < state.scheduled => {
                state.scheduled = due;
                self.agenda.put_off(due);
            }
            _ => self.agenda.pop(),
        }
    }

    /// Gives a device its turn with the frames in `rx`, carries away what it sent, and says when it wants
    /// its next turn.
    #[inline]
    fn turn<O: Observer>(&mut self, node: u32, observer: &mut O) -> Option<Instant> {
        let state = &mut self.nodes[node as usize];
        state.events += self.rx.len().max(1) as u64;
        let device = state.device.as_mut()?;
        let due = step(&mut **device, self.now, &mut self.rx, &mut self.tx);
        self.carry_away(node, observer);
        due
    }

    /// Carries away what a device sent outside its turn, and asks for its next deadline.
    fn settle<O: Observer>(&mut self, node: u32, observer: &mut O) {
        self.carry_away(node, observer);
        if let Some(device) = &self.nodes[node as usize].device {
            let due = device.poll_timeout();
            self.reschedule(node, due);
        }
    }

    #[inline]
    fn carry_away<O: Observer>(&mut self, node: u32, observer: &mut O) {
        while let Some((port, frame)) = self.tx.next() {
            self.transmit(node, port, frame, observer);
        }
        let id = NodeId::new(node);
        while let Some(device) = &mut self.nodes[node as usize].device
            && let Some(event) = device.poll_event()
        {
            if !self.channels.is_empty() {
                let mut told = Vec::new();
                self.overheard(node, &event, &mut told);
                self.tell(told);
            }
            observer.event(self.now, id, event);
        }
    }

    #[inline]
    fn reschedule(&mut self, node: u32, due: Option<Instant>) {
        let state = &mut self.nodes[node as usize];
        if let Some(due) = due {
            let due = due.max(self.now);
            if due < state.scheduled {
                state.scheduled = due;
                self.agenda.push(due, state.timer_rank());
            }
        }
    }

    #[inline]
    fn transmit<O: Observer>(&mut self, node: u32, port: PortId, frame: Frame, observer: &mut O) {
        let state = &self.nodes[node as usize];
        assert!(
            port.number() < state.ports,
            "a device sends out of its own ports"
        );
        let out = &mut self.ports[state.first_port as usize + port.index()];
        out.offered += 1;
        let id = NodeId::new(node);
        let carrier = out.carrier();
        let Some(lane) = &mut out.lane else {
            out.count_drop(DropReason::LaneUnconnected);
            return observer.dropped(
                self.now,
                id,
                port,
                DropReason::LaneUnconnected,
                frame.octets(),
            );
        };
        let admitted = if carrier {
            lane.admit(self.now, frame.len())
        } else {
            Err(DropReason::LaneDown)
        };
        let transmission = match admitted {
            Ok(transmission) => transmission,
            Err(reason) => {
                out.count_drop(reason);
                return observer.dropped(self.now, id, port, reason, frame.octets());
            }
        };
        observer.transmitted(transmission.start, id, port, frame.octets());
        let before = lane.in_flight();
        match lane.carry(transmission, frame) {
            Carried::OnItsWay { new_head } => {
                let carried = lane.in_flight() - before;
                out.duplicated += carried - 1;
                self.in_flight += carried;
                if let Some(head) = new_head
                    && head < lane.armed
                {
                    lane.armed = head;
                    self.agenda.push(head, lane.rank);
                }
            }
            Carried::Lost(frame) => {
                out.count_drop(DropReason::LaneLoss);
                observer.dropped(self.now, id, port, DropReason::LaneLoss, frame.octets());
            }
        }
    }

    fn place(&self, node: u32, port: PortId) -> usize {
        self.nodes[node as usize].first_port as usize + port.index()
    }

    fn name(&self, node: u32) -> String {
        self.topology.node(NodeId::new(node)).name.clone()
    }
}

impl std::fmt::Debug for Simulation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulation")
            .field("now", &self.now)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
