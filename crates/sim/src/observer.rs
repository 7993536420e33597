//! Those who watch a run.

use switchlab_core::{DropReason, Event, Instant, NodeId, PortId};

/// The key of a frame's arrival, unique in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arrival {
    /// When it arrived.
    pub at: Instant,
    /// The node it arrived at.
    pub node: NodeId,
    /// The port it arrived at.
    pub port: PortId,
    /// Its number among the frames of the lane.
    pub number: u64,
}

/// Somebody who watches a run. Watching never changes it.
///
/// The engine is compiled for its observer: `()` watches nothing and costs nothing, and a pair of
/// observers is an observer.
pub trait Observer {
    /// A node began to send a frame at `start`, which lies at or after the instant of the event.
    fn transmitted(&mut self, start: Instant, node: NodeId, port: PortId, octets: &[u8]) {
        let _ = (start, node, port, octets);
    }

    /// What a node was to begin to send by this port after `at` was never sent: the cable was pulled, or
    /// the node switched off.
    fn withdrawn(&mut self, at: Instant, node: NodeId, port: PortId) {
        let _ = (at, node, port);
    }

    /// A frame arrived at a node that is switched on.
    fn delivered(&mut self, arrival: Arrival, octets: &[u8]) {
        let _ = (arrival, octets);
    }

    /// A frame was lost outside any device: at a node's port on the way out, on a lane, or at a node switched off.
    fn dropped(
        &mut self,
        at: Instant,
        node: NodeId,
        port: PortId,
        reason: DropReason,
        octets: &[u8],
    ) {
        let _ = (at, node, port, reason, octets);
    }

    /// An administrator did something to a node; `action` is its stable name.
    fn admin(&mut self, at: Instant, node: NodeId, action: &str) {
        let _ = (at, node, action);
    }

    /// A device reported something.
    fn event(&mut self, at: Instant, node: NodeId, event: Event) {
        let _ = (at, node, event);
    }

    /// The run is over; what was to begin after `at` never did.
    fn ended(&mut self, at: Instant) {
        let _ = at;
    }

    /// Whether all that was to be seen has been seen, so that the run may end. Asked between two instants.
    fn is_finished(&self) -> bool {
        false
    }
}

impl Observer for () {}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn transmitted(&mut self, start: Instant, node: NodeId, port: PortId, octets: &[u8]) {
        self.0.transmitted(start, node, port, octets);
        self.1.transmitted(start, node, port, octets);
    }

    fn withdrawn(&mut self, at: Instant, node: NodeId, port: PortId) {
        self.0.withdrawn(at, node, port);
        self.1.withdrawn(at, node, port);
    }

    fn ended(&mut self, at: Instant) {
        self.0.ended(at);
        self.1.ended(at);
    }

    fn delivered(&mut self, arrival: Arrival, octets: &[u8]) {
        self.0.delivered(arrival, octets);
        self.1.delivered(arrival, octets);
    }

    fn dropped(
        &mut self,
        at: Instant,
        node: NodeId,
        port: PortId,
        reason: DropReason,
        octets: &[u8],
    ) {
        self.0.dropped(at, node, port, reason, octets);
        self.1.dropped(at, node, port, reason, octets);
    }

    fn admin(&mut self, at: Instant, node: NodeId, action: &str) {
        self.0.admin(at, node, action);
        self.1.admin(at, node, action);
    }

    fn event(&mut self, at: Instant, node: NodeId, event: Event) {
        self.0.event(at, node, event.clone());
        self.1.event(at, node, event);
    }

    fn is_finished(&self) -> bool {
        self.0.is_finished() || self.1.is_finished()
    }
}

impl<O: Observer> Observer for &mut O {
    fn transmitted(&mut self, start: Instant, node: NodeId, port: PortId, octets: &[u8]) {
        (**self).transmitted(start, node, port, octets);
    }

    fn withdrawn(&mut self, at: Instant, node: NodeId, port: PortId) {
        (**self).withdrawn(at, node, port);
    }

    fn ended(&mut self, at: Instant) {
        (**self).ended(at);
    }

    fn delivered(&mut self, arrival: Arrival, octets: &[u8]) {
        (**self).delivered(arrival, octets);
    }

    fn dropped(
        &mut self,
        at: Instant,
        node: NodeId,
        port: PortId,
        reason: DropReason,
        octets: &[u8],
    ) {
        (**self).dropped(at, node, port, reason, octets);
    }

    fn admin(&mut self, at: Instant, node: NodeId, action: &str) {
        (**self).admin(at, node, action);
    }

    fn event(&mut self, at: Instant, node: NodeId, event: Event) {
        (**self).event(at, node, event);
    }

    fn is_finished(&self) -> bool {
        (**self).is_finished()
    }
}

impl<O: Observer> Observer for Option<O> {
    fn transmitted(&mut self, start: Instant, node: NodeId, port: PortId, octets: &[u8]) {
        if let Some(observer) = self {
            observer.transmitted(start, node, port, octets);
        }
    }

    fn delivered(&mut self, arrival: Arrival, octets: &[u8]) {
        if let Some(observer) = self {
            observer.delivered(arrival, octets);
        }
    }

    fn dropped(
        &mut self,
        at: Instant,
        node: NodeId,
        port: PortId,
        reason: DropReason,
        octets: &[u8],
    ) {
        if let Some(observer) = self {
            observer.dropped(at, node, port, reason, octets);
        }
    }

    fn admin(&mut self, at: Instant, node: NodeId, action: &str) {
        if let Some(observer) = self {
            observer.admin(at, node, action);
        }
    }

    fn event(&mut self, at: Instant, node: NodeId, event: Event) {
        if let Some(observer) = self {
            observer.event(at, node, event);
        }
    }

    fn is_finished(&self) -> bool {
        self.as_ref().is_some_and(Observer::is_finished)
    }
}
