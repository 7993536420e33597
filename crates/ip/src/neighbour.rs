//! Who has which MAC address: asking, holding packets meanwhile, giving up.
//!
//! RFC 826 and RFC 1122, 2.3.2, with the rules by which Linux believes an answer. What is asked and
//! how belongs to the interface; this table holds the states and the time.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_core::{Counters, Deadlines, DropReason, FixedMap, Instant};
use switchlab_wire::{Frame, MacAddr};

/// How patiently neighbours are asked, and how much waits for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeighbourConfig {
    /// How often a neighbour is asked before it counts as gone. Default 3.
    pub requests: u32,
    /// Time between two requests to one neighbour. Default 1 s (RFC 1122, 2.3.2.1: at most one a second).
    pub interval: Duration,
    /// Packets that may wait for one neighbour; the oldest gives way. Default 256: as many small ones
    /// as Linux has room for (`unres_qlen_bytes`), so that a burst of connections loses none.
    pub hold: usize,
    /// Neighbours remembered at a time; when there are more, the one unused for longest is forgotten
    /// if none waits for it. Default 4096.
    pub capacity: usize,
    /// How long an address just changed is protected against other claims. Default 1 s, as in Linux.
    pub lock: Duration,
}

impl Default for NeighbourConfig {
    fn default() -> Self {
        Self {
            requests: 3,
            interval: Duration::from_secs(1),
            hold: 256,
            capacity: 4096,
            lock: Duration::from_secs(1),
        }
    }
}

/// What is known of a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NeighbourState {
    /// It was asked and has not answered yet.
    Incomplete,
    /// It answered.
    Reachable,
    /// It was heard of by other means.
    Stale,
    /// The administrator says where it is.
    Permanent,
}

impl NeighbourState {
    /// The state's name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Reachable => "reachable",
            Self::Stale => "stale",
            Self::Permanent => "permanent",
        }
    }
}

/// How an address became known, which decides whether it is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The neighbour asked us something: it is believed, and becomes known if it was not.
    Asked,
    /// An announcement of its own address to everybody: believed if the neighbour is known.
    Gratuitous,
    /// An answer sent to us.
    Answered,
    /// Anything else heard by the way.
    Overheard,
}

#[derive(Debug)]
struct Neighbour {
    mac: MacAddr,
    state: NeighbourState,
    updated: Instant,
    used: Instant,
    asked: u32,
    held: VecDeque<Frame>,
}

/// What is to be done now for a neighbour.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Ask it (again), on behalf of the first packet that waits.
    Ask(Ipv4Addr),
    /// It is gone; these waited for it.
    GiveUp(VecDeque<Frame>),
}

/// The neighbours of one interface.
#[derive(Debug)]
pub(crate) struct Neighbours {
    config: NeighbourConfig,
    /// By address as a number, which is hashed in one step.
    entries: FixedMap<u32, Neighbour>,
    deadlines: Deadlines<Ipv4Addr>,
}

impl Neighbours {
    pub(crate) fn new(config: NeighbourConfig) -> Self {
        Self {
            config,
            entries: FixedMap::default(),
            deadlines: Deadlines::default(),
        }
    }

    pub(crate) fn fix(&mut self, address: Ipv4Addr, mac: MacAddr) {
        let (updated, used, held) = (Instant::ZERO, Instant::ZERO, VecDeque::new());
        self.entries.insert(
            address.to_bits(),
            Neighbour {
                mac,
                state: NeighbourState::Permanent,
                updated,
                used,
                asked: 0,
                held,
            },
        );
    }

    /// The MAC address of a neighbour, if it is known.
    #[inline]
    pub(crate) fn resolve(&mut self, now: Instant, address: Ipv4Addr) -> Option<MacAddr> {
        let neighbour = self.entries.get_mut(&address.to_bits())?;
        if neighbour.state == NeighbourState::Incomplete {
            return None;
        }
        neighbour.used = now;
        Some(neighbour.mac)
    }

    /// Holds a packet for a neighbour that is not known; whether the neighbour has to be asked now.
    ///
    /// # Errors
    /// Why there is no room for it; it has been counted as dropped.
    pub(crate) fn hold(
        &mut self,
        now: Instant,
        address: Ipv4Addr,
        frame: Frame,
        counters: &mut Counters,
    ) -> Result<bool, DropReason> {
        let is_new = !self.entries.contains_key(&address.to_bits());
        if is_new {
            if !self.make_room() {
                counters.dropped(DropReason::ArpQueueFull);
                return Err(DropReason::ArpQueueFull);
            }
            let (mac, state, held) = (MacAddr::ZERO, NeighbourState::Incomplete, VecDeque::new());
            self.entries.insert(
                address.to_bits(),
                Neighbour {
                    mac,
                    state,
                    updated: now,
                    used: now,
                    asked: 1,
                    held,
                },
            );
            self.deadlines.set(address, now + self.config.interval);
        }
        let neighbour = self
            .entries
            .get_mut(&address.to_bits())
            .expect("it was there or has just been put in");
        counters.kept += 1;
        neighbour.held.push_back(frame);
        if neighbour.held.len() > self.config.hold {
            neighbour.held.pop_front();
            counters.kept -= 1;
            counters.dropped(DropReason::ArpQueueFull);
        }
        Ok(is_new)
    }

    /// Takes note of a claim to an address; returns the packets that waited for it.
    pub(crate) fn claim(
        &mut self,
        now: Instant,
        address: Ipv4Addr,
        mac: MacAddr,
        claim: Claim,
    ) -> VecDeque<Frame> {
        let new_state = if claim == Claim::Answered {
            NeighbourState::Reachable
        } else {
            NeighbourState::Stale
        };
        let Some(neighbour) = self.entries.get_mut(&address.to_bits()) else {
            if claim == Claim::Asked && self.make_room() {
                let held = VecDeque::new();
                let neighbour = Neighbour {
                    mac,
                    state: new_state,
                    updated: now,
                    used: now,
                    asked: 0,
                    held,
                };
                self.entries.insert(address.to_bits(), neighbour);
            }
            return VecDeque::new();
        };
        match neighbour.state {
            NeighbourState::Permanent => return VecDeque::new(),
            NeighbourState::Incomplete => {}
            NeighbourState::Reachable | NeighbourState::Stale => {
                let overrides = matches!(claim, Claim::Asked | Claim::Gratuitous)
                    || now.since(neighbour.updated) > self.config.lock;
                if mac != neighbour.mac && !overrides {
                    return VecDeque::new();
                }
                // What is known well does not become doubtful by being said again.
                if mac == neighbour.mac
                    && (new_state == NeighbourState::Stale || neighbour.state == new_state)
                {
                    return VecDeque::new();
                }
            }
        }
        (neighbour.mac, neighbour.state, neighbour.updated) = (mac, new_state, now);
        self.deadlines.cancel(address);
        std::mem::take(&mut neighbour.held)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// What is due at `now`; to be asked until there is nothing more.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Due> {
        let (at, address) = self.deadlines.pop_due(now)?;
        let neighbour = self
            .entries
            .get_mut(&address.to_bits())
            .expect("only neighbours in the table have deadlines");
        if neighbour.asked < self.config.requests {
            neighbour.asked += 1;
            self.deadlines.set(address, at + self.config.interval);
            return Some(Due::Ask(address));
        }
        let held = self
            .entries
            .remove(&address.to_bits())
            .expect("it was found just above")
            .held;
        Some(Due::GiveUp(held))
    }

    /// The first packet that waits for a neighbour.
    pub(crate) fn waiting(&self, address: Ipv4Addr) -> Option<&Frame> {
        self.entries.get(&address.to_bits())?.held.front()
    }

    /// The neighbours in order of address.
    pub(crate) fn sorted(&self) -> Vec<(Ipv4Addr, MacAddr, NeighbourState, usize)> {
        let rows = self.entries.iter().map(|(address, known)| {
            (
                Ipv4Addr::from_bits(*address),
                known.mac,
                known.state,
                known.held.len(),
            )
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_unstable_by_key(|(address, ..)| *address);
        rows
    }

    /// Forgets everything that was learned; returns what waited.
    pub(crate) fn forget(&mut self) -> Vec<Frame> {
        let incomplete: Vec<Ipv4Addr> = std::iter::from_fn(|| self.deadlines.pop_due(Instant::MAX))
            .map(|(_, key)| key)
            .collect();
        let held = incomplete
            .into_iter()
            .filter_map(|address| self.entries.remove(&address.to_bits()));
        let held = held.flat_map(|neighbour| neighbour.held).collect();
        self.entries
            .retain(|_, neighbour| neighbour.state == NeighbourState::Permanent);
        held
    }

    fn make_room(&mut self) -> bool {
        if self.entries.len() < self.config.capacity {
            return true;
        }
        let removable = |known: &Neighbour| {
            matches!(
                known.state,
                NeighbourState::Reachable | NeighbourState::Stale
            )
        };
        let oldest = self.entries.iter().filter(|(_, known)| removable(known));
        let oldest = oldest.map(|(address, known)| (known.used, *address)).min();
        oldest.is_some_and(|(_, address)| self.entries.remove(&address).is_some())
    }
}
