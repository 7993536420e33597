//! The flow table: found by either key, bounded, forgotten in time, with nothing to scan.

use std::net::SocketAddr;
use std::time::Duration;

use switchlab_core::{FixedMap, Instant};
use switchlab_wire::{FlowKey, IpProtocol};

use crate::Timeouts;
use crate::flow::{Direction, Flow};
use crate::idle::Idle;
use crate::loads::Loads;

/// The flows that pass through the device.
///
/// Flows that may be silent equally long stand in one queue in the order in which they were heard
/// last; so the first of each queue is always the next to go, and finding it costs nothing. An entry is
/// valid until exactly its limit after it was heard last, whenever its place is cleared.
///
/// A full table first forgets what is due. Then a newcomer takes the place of the flow heard longest ago among
/// those that are over ([`Idle::OVER`]), or, if there is none, among those that are embryonic
/// ([`Idle::EMBRYONIC`]). Flows that go both ways are never given up for it: then the newcomer is refused. The
/// switch's own flows, its probes, do not count, are taken in always, and stay.
#[derive(Debug)]
pub(crate) struct FlowTable {
    /// Where the flow with a key stands, and which way a packet with that key goes.
    by_key: FixedMap<FlowKey, (FlowId, Direction)>,
    places: Vec<Place>,
    free: Vec<FlowId>,
    queues: [Queue; Idle::ALL.len()],
    limits: [Duration; Idle::ALL.len()],
    /// The outside end that stands for an inside end whose source is translated.
    mappings: FixedMap<Inside, Mapping>,
    capacity: usize,
    /// Flows of the switch itself, which do not count.
    own: usize,
    loads: Loads,
    evicted: Evicted,
}

/// How many flows have been sent away before their time to make room for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Evicted {
    /// Those that were over.
    pub(crate) over: u64,
    /// Those that were embryonic.
    pub(crate) embryonic: u64,
}

/// Where a flow stands in the table; it means nothing once the flow is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlowId(u32);

#[derive(Debug)]
struct Place {
    /// `None` if the place is free.
    flow: Option<Flow>,
    idle: Idle,
    heard: Instant,
    before: FlowId,
    after: FlowId,
}

/// An end whose source is translated.
type Inside = (SocketAddr, IpProtocol);

/// What an inside end seems to be from outside, as long as flows say so.
#[derive(Debug)]
struct Mapping {
    outside: SocketAddr,
    flows: usize,
}

#[derive(Debug, Clone, Copy)]
struct Queue {
    first: FlowId,
    last: FlowId,
}

const NOBODY: FlowId = FlowId(u32::MAX);

/// The table is full, and nobody may be sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl FlowTable {
    pub(crate) fn new(capacity: usize, timeouts: &Timeouts) -> Self {
        let nobody = Queue {
            first: NOBODY,
            last: NOBODY,
        };
        Self {
            by_key: FixedMap::default(),
            places: Vec::new(),
            free: Vec::new(),
            queues: [nobody; Idle::ALL.len()],
            limits: Idle::ALL.map(|idle| idle.limit(timeouts)),
            mappings: FixedMap::default(),
            capacity: capacity.min(NOBODY.0 as usize),
            own: 0,
            loads: Loads::default(),
            evicted: Evicted::default(),
        }
    }

    /// The flow that a packet with this key belongs to, if it is not due to be forgotten.
    #[inline]
    pub(crate) fn find(&self, now: Instant, key: &FlowKey) -> Option<(FlowId, Direction)> {
        let found = *self.by_key.get(key)?;
        (!self.is_due(now, found.0)).then_some(found)
    }

    /// Whether no live flow answers to this key.
    pub(crate) fn is_free(&self, now: Instant, key: &FlowKey) -> bool {
        self.find(now, key).is_none()
    }

    /// A flow, if it has not been forgotten.
    #[inline]
    pub(crate) fn get(&self, id: FlowId) -> Option<&Flow> {
        self.places[id.0 as usize].flow.as_ref()
    }

    /// A flow, if it has not been forgotten, for changing anything but its keys.
    #[inline]
    pub(crate) fn get_mut(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.places[id.0 as usize].flow.as_mut()
    }

    /// The outside end that stands at present for this end inside.
    pub(crate) fn outside_of(
        &self,
        inside: SocketAddr,
        protocol: IpProtocol,
    ) -> Option<SocketAddr> {
        let mapping = self.mappings.get(&(inside, protocol))?;
        Some(mapping.outside)
    }

    /// Whether a newcomer would be taken in.
    pub(crate) fn has_room(&mut self, now: Instant) -> bool {
        if self.len() < self.capacity {
            return true;
        }
        self.forget_due(now);
        self.len() < self.capacity || self.dispensable().is_some()
    }

    /// Takes in a flow whose keys are both free.
    pub(crate) fn insert(&mut self, now: Instant, flow: Flow) -> Result<FlowId, Full> {
        self.forget_due(now);
        if self.len() >= self.capacity && !flow.is_own {
            let oldest = self.dispensable().ok_or(Full)?;
            if Idle::OVER.contains(&self.places[oldest.0 as usize].idle) {
                self.evicted.over += 1;
            } else {
                self.evicted.embryonic += 1;
            }
            self.forget(oldest);
        }
        self.own += usize::from(flow.is_own);
        if let Some((inside, outside)) = translation(&flow) {
            let mapping = self
                .mappings
                .entry(inside)
                .or_insert(Mapping { outside, flows: 0 });
            mapping.flows += usize::from(mapping.outside == outside);
        }
        let (original, reply, idle) = (flow.original, flow.reply, flow.idle(now));
        if let Some(assigned) = flow.backend {
            self.loads.enter(assigned, idle.is_active());
        }
        let place = Place {
            flow: Some(flow),
            idle,
            heard: now,
            before: NOBODY,
            after: NOBODY,
        };
        let id = if let Some(id) = self.free.pop() {
            self.places[id.0 as usize] = place;
            id
        } else {
            self.places.push(place);
            FlowId(self.places.len() as u32 - 1)
        };
        self.by_key.insert(original, (id, Direction::Original));
        self.by_key.insert(reply, (id, Direction::Reply));
        self.enqueue(id);
        Ok(id)
    }

    /// Takes note that a flow was heard, in the state that it now has.
    #[inline]
    pub(crate) fn heard(&mut self, now: Instant, id: FlowId) {
        let Some(flow) = self.get(id) else { return };
        let (idle, backend) = (flow.idle(now), flow.backend);
        let was = self.places[id.0 as usize].idle;
        if let Some(assigned) = backend
            && was.is_active() != idle.is_active()
        {
            self.loads.leave(assigned, was.is_active());
            self.loads.enter(assigned, idle.is_active());
        }
        let is_last = self.queues[idle as usize].last == id;
        let place = &mut self.places[id.0 as usize];
        place.heard = now;
        if !is_last {
            self.dequeue(id);
            self.places[id.0 as usize].idle = idle;
            self.enqueue(id);
        }
    }

    /// Forgets a flow, if that has not happened yet.
    pub(crate) fn forget(&mut self, id: FlowId) {
        let Some(flow) = self.places[id.0 as usize].flow.take() else {
            return;
        };
        self.dequeue(id);
        if let Some(assigned) = flow.backend {
            let idle = self.places[id.0 as usize].idle;
            self.loads.leave(assigned, idle.is_active());
        }
        self.by_key.remove(&flow.original);
        self.by_key.remove(&flow.reply);
        self.free.push(id);
        self.own -= usize::from(flow.is_own);
        if let Some((inside, outside)) = translation(&flow)
            && let Some(mapping) = self.mappings.get_mut(&inside)
        {
            mapping.flows -= usize::from(mapping.outside == outside);
            if mapping.flows == 0 {
                self.mappings.remove(&inside);
            }
        }
    }

    /// Forgets the flows that are due.
    pub(crate) fn forget_due(&mut self, now: Instant) {
        for idle in Idle::ALL {
            loop {
                let first = self.queues[idle as usize].first;
                if first == NOBODY || !self.is_due(now, first) {
                    break;
                }
                self.forget(first);
            }
        }
    }

    /// Forgets the flows for which `is_over` holds.
    pub(crate) fn forget_where(&mut self, is_over: impl Fn(&Flow) -> bool) {
        for number in 0..self.places.len() as u32 {
            let place = &self.places[number as usize];
            if place.flow.as_ref().is_some_and(&is_over) {
                self.forget(FlowId(number));
            }
        }
    }

    /// The live flows with the time since they were heard last, in the order of their keys.
    pub(crate) fn sorted(&self, now: Instant) -> Vec<(&Flow, Duration)> {
        let mut flows: Vec<_> = (0..)
            .zip(&self.places)
            .filter(|(number, place)| place.flow.is_some() && !self.is_due(now, FlowId(*number)))
            .filter_map(|(_, place)| Some((place.flow.as_ref()?, now.since(place.heard))))
            .collect();
        flows.sort_by_key(|(flow, _)| flow.original);
        flows
    }

    /// How many flows every backend has.
    pub(crate) const fn loads(&self) -> &Loads {
        &self.loads
    }

    /// How many flows have been sent away before their time to make room for others.
    pub(crate) const fn evicted(&self) -> Evicted {
        self.evicted
    }

    fn len(&self) -> usize {
        self.places.len() - self.free.len() - self.own
    }

    #[inline]
    fn is_due(&self, now: Instant, id: FlowId) -> bool {
        let place = &self.places[id.0 as usize];
        now.since(place.heard) >= self.limits[place.idle as usize]
    }

    /// The flow that goes first when there is no room; `None` if nobody may be sent away.
    fn dispensable(&self) -> Option<FlowId> {
        let oldest = |kinds: &[Idle]| {
            let firsts = kinds.iter().filter_map(|idle| self.first_of_others(*idle));
            firsts.min_by_key(|first| self.places[first.0 as usize].heard)
        };
        oldest(Idle::OVER).or_else(|| oldest(Idle::EMBRYONIC))
    }

    /// The flow of a kind that was heard longest ago and is not the switch's own.
    fn first_of_others(&self, idle: Idle) -> Option<FlowId> {
        let mut next = self.queues[idle as usize].first;
        while next != NOBODY && self.get(next).is_some_and(|flow| flow.is_own) {
            next = self.places[next.0 as usize].after;
        }
        (next != NOBODY).then_some(next)
    }

    #[inline]
    fn enqueue(&mut self, id: FlowId) {
        let queue = &mut self.queues[self.places[id.0 as usize].idle as usize];
        let last = std::mem::replace(&mut queue.last, id);
        if last == NOBODY {
            queue.first = id;
        } else {
            self.places[last.0 as usize].after = id;
        }
        let place = &mut self.places[id.0 as usize];
        (place.before, place.after) = (last, NOBODY);
    }

    #[inline]
    fn dequeue(&mut self, id: FlowId) {
        let Place {
            idle,
            before,
            after,
            ..
        } = self.places[id.0 as usize];
        let queue = &mut self.queues[idle as usize];
        if before == NOBODY {
            queue.first = after;
        } else {
            self.places[before.0 as usize].after = after;
        }
        if after == NOBODY {
            queue.last = before;
        } else {
            self.places[after.0 as usize].before = before;
        }
    }
}

/// The end whose source a flow translates, and what it is turned into.
fn translation(flow: &Flow) -> Option<(Inside, SocketAddr)> {
    let outside = flow.leaves_as(Direction::Original).source_socket();
    let inside = (flow.original.source_socket(), flow.original.protocol);
    flow.changes_source(Direction::Original)
        .then_some((inside, outside))
}

#[cfg(test)]
mod tests;
