//! A route cache: the first packet to a destination is looked up by a slow processor, the rest go by its answer.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_core::{FixedMap, Instant};
use switchlab_wire::{EtherType, Ethernet, Frame, Ipv4};

use crate::routes::InterfaceIndex;

/// The settings of a route cache, as layer 3 switches had it before they kept all routes in hardware.
///
/// Packets to a destination in the cache are forwarded at once. All others wait for a processor, which takes one
/// after the other, and puts the destination into the cache. When the cache is full, the destination that was
/// not used for the longest time goes; when a link goes down, all go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteCacheConfig {
    /// How many destinations it holds; 4096 by default. With 0 each packet is looked up.
    pub entries: usize,
    /// How long the processor takes for a packet; 50 µs by default.
    pub lookup: Duration,
    /// How many packets may wait for the processor; 1000 by default. More are dropped
    /// (`l3.processor-busy`).
    pub queue: usize,
}

impl Default for RouteCacheConfig {
    fn default() -> Self {
        Self {
            entries: 4096,
            lookup: Duration::from_micros(50),
            queue: 1000,
        }
    }
}

/// The cache of a router and the packets that wait for its processor.
#[derive(Debug)]
pub(crate) struct RouteCache {
    config: RouteCacheConfig,
    /// By destination: when it was last used, as a number of uses.
    known: FixedMap<Ipv4Addr, u64>,
    /// The destinations by their last use.
    by_use: BTreeMap<u64, Ipv4Addr>,
    uses: u64,
    waiting: VecDeque<Waiting>,
    /// When the processor is through with all that waits.
    idle: Instant,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

#[derive(Debug)]
struct Waiting {
    due: Instant,
    interface: InterfaceIndex,
    destination: Ipv4Addr,
    frame: Frame,
}

/// What the cache says of a frame.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// It may go on at once.
    Goes(Frame),
    /// It waits for the processor, behind so many others.
    Waits(usize),
    /// There is no room left to wait.
    Full,
}

impl RouteCache {
    pub(crate) fn new(config: RouteCacheConfig) -> Self {
        Self {
            config,
            known: FixedMap::default(),
            by_use: BTreeMap::new(),
            uses: 0,
            waiting: VecDeque::new(),
            idle: Instant::ZERO,
            hits: 0,
            misses: 0,
        }
    }

    /// Looks a frame up; what is no IPv4 packet, or one to a group, is none of the cache's business.
    pub(crate) fn look_up(
        &mut self,
        now: Instant,
        interface: InterfaceIndex,
        frame: Frame,
    ) -> Lookup {
        let Some(destination) = destination(&frame) else {
            return Lookup::Goes(frame);
        };
        let is_known = self.known.contains_key(&destination);
        // Nobody overtakes a packet to the same destination.
        let is_awaited = || {
            self.waiting
                .iter()
                .any(|other| other.destination == destination)
        };
        if is_known && !is_awaited() {
            self.hits += 1;
            self.used(destination);
            return Lookup::Goes(frame);
        }
        if self.waiting.len() >= self.config.queue {
            return Lookup::Full;
        }
        self.misses += 1;
        self.idle = self.idle.max(now) + self.config.lookup;
        let before = self.waiting.len();
        self.waiting.push_back(Waiting {
            due: self.idle,
            interface,
            destination,
            frame,
        });
        Lookup::Waits(before)
    }

    /// When the processor is next through with a packet.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.waiting.front().map(|first| first.due)
    }

    /// A packet that the processor is through with, and the interface that it came in by.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(InterfaceIndex, Frame)> {
        let first = self.waiting.pop_front_if(|first| first.due <= now)?;
        self.used(first.destination);
        Some((first.interface, first.frame))
    }

    /// Forgets all destinations: the routes to them may have changed.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.by_use.clear();
    }

    fn used(&mut self, destination: Ipv4Addr) {
        self.uses += 1;
        if let Some(before) = self.known.insert(destination, self.uses) {
            self.by_use.remove(&before);
        }
        self.by_use.insert(self.uses, destination);
        if self.known.len() > self.config.entries
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.known.remove(&oldest);
        }
    }
}

/// The single destination of an IPv4 packet.
fn destination(frame: &Frame) -> Option<Ipv4Addr> {
    let ethernet = Ethernet::parse(frame.octets()).ok()?;
    if ethernet.payload_type() != EtherType::IPV4 {
        return None;
    }
    let destination = Ipv4::parse(ethernet.payload()).ok()?.destination();
    (!destination.is_multicast() && !destination.is_broadcast()).then_some(destination)
}
