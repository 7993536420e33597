//! The flow table: found by either key, bounded, forgotten in time, with nothing to scan.

mod index;
mod queues;

use std::net::SocketAddr;
use std::time::Duration;

use switchlab_core::{FixedMap, Instant, Stream};
use switchlab_l3::Heading;
use switchlab_wire::IpProtocol;

use self::index::Index;
use self::queues::Queues;
use crate::Timeouts;
use crate::flow::{Direction, Flow};
use crate::idle::Idle;
use crate::loads::Loads;
use crate::tuple::{End, Tuple};

/// The flows that pass through the device.
///
/// Flows that may be silent equally long stand in one queue in the order in which they were heard
/// last; so the first of each queue is always the next to go, and finding it costs nothing. An entry is
/// valid until exactly its limit after it was heard last, whenever its place is cleared. Hearing a flow
/// only takes note of it: the queues are put in order when somebody asks who is the first.
///
/// A full table first forgets what is due. Then a newcomer takes the place of the flow heard longest ago among
/// those that are over ([`Idle::OVER`]), or, if there is none, among those that are embryonic
/// ([`Idle::EMBRYONIC`]). Flows that go both ways are never given up for it: then the newcomer is refused. The
/// switch's own flows, its probes, do not count, are taken in always, and stay.
#[derive(Debug)]
pub(crate) struct FlowTable {
    index: Index,
    places: Vec<Place>,
    /// The flow in each place; `None` if the place is free.
    flows: Vec<Option<Flow>>,
    free: Vec<FlowId>,
    queues: Queues,
    /// The flows heard since the queues were in order.
    heard: Vec<FlowId>,
    /// How often any flow has been heard.
    hearings: u64,
    /// How long a flow of each kind may be silent, in nanoseconds.
    limits: [u64; Idle::ALL.len()],
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

impl FlowId {
    /// No flow: as many flows there never are.
    const NOBODY: Self = Self(u32::MAX >> 1);

    #[inline]
    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What every packet of a flow has to know, in one line of the cache.
#[derive(Debug)]
#[repr(align(64))]
struct Place {
    /// How packets read when they come in, by direction.
    keys: [Tuple; 2],
    heard: Instant,
    /// The number of that hearing.
    hearing: u64,
    heading: Option<Heading>,
    idle: Idle,
    /// Whether it was heard since the queues were in order.
    has_moved: bool,
}

/// An end whose source is translated.
type Inside = (SocketAddr, IpProtocol);

/// What an inside end seems to be from outside, as long as flows say so.
#[derive(Debug)]
struct Mapping {
    outside: SocketAddr,
    flows: usize,
}

/// The table is full, and nobody may be sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl FlowTable {
    /// An empty table; the hashes of its keys come from the stream.
    pub(crate) fn new(capacity: usize, timeouts: &Timeouts, stream: Stream) -> Self {
        let nanos = |limit: Duration| (Instant::ZERO + limit).as_nanos();
        Self {
            index: Index::new(stream),
            places: Vec::new(),
            flows: Vec::new(),
            free: Vec::new(),
            queues: Queues::new(),
            heard: Vec::new(),
            hearings: 0,
            limits: Idle::ALL.map(|idle| nanos(idle.limit(timeouts))),
            mappings: FixedMap::default(),
            capacity: capacity.min(FlowId::NOBODY.index()),
            own: 0,
            loads: Loads::default(),
            evicted: Evicted::default(),
        }
    }

    /// The flow that a packet with this key belongs to, if it is not due to be forgotten.
    #[inline]
    pub(crate) fn find(&self, now: Instant, key: Tuple) -> Option<(FlowId, Direction)> {
        let found = self.index.find(&self.places, key)?;
        (!self.is_due(now, found.0)).then_some(found)
    }

    /// Reads what a packet with this key will ask for, so that it is at hand then.
    #[inline]
    pub(crate) fn glimpse(&self, now: Instant, key: Tuple) -> Option<Idle> {
        let (id, _) = self.index.find(&self.places, key)?;
        if self.is_stream(id) {
            return Some(Idle::UdpStream);
        }
        self.get(id).map(|flow| flow.idle(now))
    }

    /// Whether no live flow answers to this key.
    pub(crate) fn is_free(&self, now: Instant, key: Tuple) -> bool {
        self.find(now, key).is_none()
    }

    /// A flow, if it has not been forgotten.
    #[inline]
    pub(crate) fn get(&self, id: FlowId) -> Option<&Flow> {
        self.flows[id.index()].as_ref()
    }

    /// A flow, if it has not been forgotten, for changing anything but its keys.
    #[inline]
    pub(crate) fn get_mut(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.flows[id.index()].as_mut()
    }

    /// Whether a flow is one of datagrams that go both ways, which it stays whoever is heard.
    #[inline]
    pub(crate) fn is_stream(&self, id: FlowId) -> bool {
        self.places[id.index()].idle == Idle::UdpStream
    }

    /// Where packets of a flow go that are not translated, if anywhere else than their route leads.
    #[inline]
    pub(crate) fn heading(&self, id: FlowId) -> Option<Heading> {
        self.places[id.index()].heading
    }

    /// Where packets going this way are sent instead of where they were sent to, if elsewhere.
    #[inline]
    pub(crate) fn new_destination(&self, id: FlowId, direction: Direction) -> Option<End> {
        let keys = &self.places[id.index()].keys;
        let (came, answered) = (keys[direction as usize], keys[direction.other() as usize]);
        let to = answered.source();
        (to != came.destination()).then_some(to)
    }

    /// The source that packets going this way leave with instead of the one they came with, if another.
    #[inline]
    pub(crate) fn new_source(&self, id: FlowId, direction: Direction) -> Option<End> {
        let keys = &self.places[id.index()].keys;
        let (came, answered) = (keys[direction as usize], keys[direction.other() as usize]);
        let from = answered.destination();
        (from != came.source()).then_some(from)
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
        let idle = flow.idle(now);
        if let Some(assigned) = flow.backend {
            self.loads.enter(assigned, idle.is_active());
        }
        self.hearings += 1;
        let place = Place {
            keys: [flow.original, flow.reply],
            heard: now,
            hearing: self.hearings,
            heading: flow.heading,
            idle,
            has_moved: false,
        };
        let id = if let Some(id) = self.free.pop() {
            self.places[id.index()] = place;
            self.flows[id.index()] = Some(flow);
            id
        } else {
            self.places.push(place);
            self.flows.push(Some(flow));
            FlowId(self.places.len() as u32 - 1)
        };
        self.index.insert(&self.places, id);
        self.queues.enter(id, idle);
        Ok(id)
    }

    /// Takes note that a flow was heard, in the state that it now has.
    #[inline]
    pub(crate) fn heard(&mut self, now: Instant, id: FlowId) {
        let place = &mut self.places[id.index()];
        // A conversation stays one, whoever speaks.
        if place.idle != Idle::UdpStream {
            let Some(flow) = &self.flows[id.index()] else {
                return;
            };
            let was = std::mem::replace(&mut place.idle, flow.idle(now));
            let is_active = place.idle.is_active();
            if let Some(assigned) = flow.backend
                && was.is_active() != is_active
            {
                self.loads.leave(assigned, was.is_active());
                self.loads.enter(assigned, is_active);
            }
        }
        self.hearings += 1;
        place.heard = now;
        place.hearing = self.hearings;
        if !place.has_moved {
            place.has_moved = true;
            self.heard.push(id);
        }
    }

    /// Puts the queues in order: whoever was heard goes to the end of one, the one heard last at last.
    fn put_in_order(&mut self) {
        let (places, queues) = (&mut self.places, &mut self.queues);
        self.heard
            .sort_unstable_by_key(|id| places[id.index()].hearing);
        for id in self.heard.drain(..) {
            let place = &mut places[id.index()];
            // Who was forgotten meanwhile stands nowhere.
            if std::mem::take(&mut place.has_moved) {
                queues.leave(id);
                queues.enter(id, place.idle);
            }
        }
    }

    /// Forgets a flow, if that has not happened yet.
    pub(crate) fn forget(&mut self, id: FlowId) {
        let Some(flow) = self.flows[id.index()].take() else {
            return;
        };
        let place = &mut self.places[id.index()];
        (place.has_moved, place.heading) = (false, None);
        if let Some(assigned) = flow.backend {
            self.loads.leave(assigned, place.idle.is_active());
        }
        self.queues.leave(id);
        self.index.remove(&self.places, id);
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
        self.put_in_order();
        for idle in Idle::ALL {
            loop {
                let first = self.queues.of(idle).next();
                let Some(due) = first.filter(|first| self.is_due(now, *first)) else {
                    break;
                };
                self.forget(due);
            }
        }
    }

    /// Forgets the flows for which `is_over` holds.
    pub(crate) fn forget_where(&mut self, is_over: impl Fn(&Flow) -> bool) {
        for number in 0..self.flows.len() as u32 {
            if self.flows[number as usize].as_ref().is_some_and(&is_over) {
                self.forget(FlowId(number));
            }
        }
    }

    /// The live flows with the time since they were heard last, in the order of their keys.
    pub(crate) fn sorted(&self, now: Instant) -> Vec<(&Flow, Duration)> {
        let flows = (0..).map(FlowId).zip(&self.flows);
        let mut flows: Vec<_> = flows
            .filter(|(id, _)| !self.is_due(now, *id))
            .filter_map(|(id, flow)| {
                let silent = now.since(self.places[id.index()].heard);
                flow.as_ref().map(|flow| (flow, silent))
            })
            .collect();
        flows.sort_by_key(|(flow, _)| flow.original.key());
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
        let place = &self.places[id.index()];
        let silent = now.as_nanos().saturating_sub(place.heard.as_nanos());
        silent >= self.limits[place.idle as usize]
    }

    /// The flow that goes first when there is no room; `None` if nobody may be sent away. The queues are
    /// in order.
    fn dispensable(&self) -> Option<FlowId> {
        let oldest = |kinds: &[Idle]| {
            let firsts = kinds.iter().filter_map(|idle| self.first_of_others(*idle));
            firsts.min_by_key(|first| self.places[first.index()].heard)
        };
        oldest(Idle::OVER).or_else(|| oldest(Idle::EMBRYONIC))
    }

    /// The flow of a kind that was heard longest ago and is not the switch's own.
    fn first_of_others(&self, idle: Idle) -> Option<FlowId> {
        let is_guest = |id: &FlowId| self.get(*id).is_some_and(|flow| !flow.is_own);
        self.queues.of(idle).find(is_guest)
    }
}

/// The end whose source a flow translates, and what it is turned into.
fn translation(flow: &Flow) -> Option<(Inside, SocketAddr)> {
    let original = flow.original.key();
    let outside = flow.leaves_as(Direction::Original).source_socket();
    flow.changes_source(Direction::Original)
        .then_some(((original.source_socket(), original.protocol), outside))
}

#[cfg(test)]
mod tests;
