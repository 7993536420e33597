//! The filtering database: which station was seen behind which port, and for how long that holds.
//!
//! IEEE 802.1Q-2022, 8.8. Expiry is exact and costs nothing on the way of a frame: an entry carries
//! the moment it was last refreshed and is judged when it is looked at.

use std::time::Duration;

use switchlab_core::{FixedMap, Instant, PortId};
use switchlab_wire::MacAddr;

/// What kind of entry an address has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Learned from a source address; ages.
    Learned,
    /// Made by the administrator; follows its station.
    Static,
    /// Made by the administrator; stays.
    Sticky,
    /// An address of the device itself.
    Own,
}

/// One address of one VLAN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) seen: Instant,
    pub(crate) port: PortId,
    pub(crate) kind: Kind,
}

/// What became of a source address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Learned {
    /// It was new.
    Added,
    /// It was known on this port.
    Refreshed,
    /// It was known on another port.
    Moved { from: PortId },
    /// It has an entry that does not move.
    Fixed,
    /// There is no room.
    Full,
}

/// Addresses by VLAN, with ageing.
#[derive(Debug)]
pub(crate) struct FilteringDatabase {
    entries: FixedMap<u64, Entry>,
    ageing: Duration,
    capacity: usize,
    /// No learned entry expires before this moment, so looking for expired ones earlier is pointless.
    sweep_after: Instant,
    /// How many addresses were not learned because the database was full.
    refused: u64,
}

/// A MAC address has 48 bits and a VLAN identifier 12: both fit into one word.
const fn key(vlan: u16, mac: MacAddr) -> u64 {
    mac.to_u64() | (vlan as u64) << 48
}

impl FilteringDatabase {
    pub(crate) fn new(ageing: Duration, capacity: usize) -> Self {
        let entries = FixedMap::default();
        Self {
            entries,
            ageing,
            capacity,
            sweep_after: Instant::ZERO,
            refused: 0,
        }
    }

    /// Puts in an entry that does not age. Own addresses do not count against the capacity.
    pub(crate) fn fix(&mut self, vlan: u16, mac: MacAddr, port: PortId, kind: Kind) {
        if kind == Kind::Own && !self.entries.contains_key(&key(vlan, mac)) {
            self.capacity = self.capacity.saturating_add(1);
        }
        self.entries.insert(
            key(vlan, mac),
            Entry {
                seen: Instant::ZERO,
                port,
                kind,
            },
        );
    }

    /// The entry of an address, unless it has aged out.
    #[inline]
    pub(crate) fn find(&self, now: Instant, vlan: u16, mac: MacAddr) -> Option<&Entry> {
        let entry = self.entries.get(&key(vlan, mac))?;
        self.is_valid(now, entry).then_some(entry)
    }

    /// Takes note that a station sent a frame through `port`.
    #[inline]
    pub(crate) fn learn(&mut self, now: Instant, vlan: u16, mac: MacAddr, port: PortId) -> Learned {
        let ageing = self.ageing;
        if let Some(entry) = self.entries.get_mut(&key(vlan, mac)) {
            if matches!(entry.kind, Kind::Own | Kind::Sticky) {
                return Learned::Fixed;
            }
            let known = entry.kind == Kind::Static || now.since(entry.seen) < ageing;
            let from = std::mem::replace(&mut entry.port, port);
            entry.seen = now;
            return match known {
                false => Learned::Added,
                true if from == port => Learned::Refreshed,
                true => Learned::Moved { from },
            };
        }
        if self.ageing.is_zero() || !self.has_room(now) {
            return Learned::Full;
        }
        self.entries.insert(
            key(vlan, mac),
            Entry {
                seen: now,
                port,
                kind: Kind::Learned,
            },
        );
        Learned::Added
    }

    /// Forgets what was learned at a port whose link went down.
    pub(crate) fn forget_port(&mut self, port: PortId) {
        self.entries
            .retain(|_, entry| entry.kind != Kind::Learned || entry.port != port);
    }

    /// How many addresses were not learned for want of room.
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
    }

    /// The valid entries in order of VLAN, then address.
    pub(crate) fn sorted(&self, now: Instant) -> Vec<(u16, MacAddr, Entry)> {
        let valid = self
            .entries
            .iter()
            .filter(|(_, entry)| self.is_valid(now, entry));
        let mut sorted: Vec<_> = valid.map(|(key, entry)| (*key, *entry)).collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        let address = |key: u64| {
            let [high, low, octets @ ..] = key.to_be_bytes();
            (u16::from_be_bytes([high, low]), MacAddr::new(octets))
        };
        sorted
            .into_iter()
            .map(|(key, entry)| (address(key).0, address(key).1, entry))
            .collect()
    }

    fn is_valid(&self, now: Instant, entry: &Entry) -> bool {
        entry.kind != Kind::Learned || now.since(entry.seen) < self.ageing
    }

    /// Whether one more address can be learned, after throwing out expired ones if there may be any.
    fn has_room(&mut self, now: Instant) -> bool {
        if self.entries.len() < self.capacity {
            return true;
        }
        if now >= self.sweep_after {
            let ageing = self.ageing;
            let mut oldest = Instant::MAX;
            self.entries.retain(|_, entry| {
                let valid = entry.kind != Kind::Learned || now.since(entry.seen) < ageing;
                if valid && entry.kind == Kind::Learned {
                    oldest = oldest.min(entry.seen);
                }
                valid
            });
            self.sweep_after = oldest + ageing;
        }
        let room = self.entries.len() < self.capacity;
        self.refused += u64::from(!room);
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_database_learns_again_when_something_has_aged_out() {
        let mut database = FilteringDatabase::new(Duration::from_secs(10), 2);
        let mac = |last| MacAddr::new([2, 0, 0, 0, 0, last]);
        let learn = |database: &mut FilteringDatabase, second, last| {
            database.learn(Instant::from_secs(second), 0, mac(last), PortId::new(0))
        };
        #[rustfmt::skip]
        let story = [
            // second address expected          because
            ( 0,      1,      Learned::Added,     "there is room"),
            ( 5,      2,      Learned::Added,     "there is room for two"),
            ( 6,      3,      Learned::Full,      "a known station is not pushed out"),
            ( 9,      1,      Learned::Refreshed, "a known one is refreshed even when full"),
            (14,      3,      Learned::Full,      "2 is valid until second 15"),
            (15,      3,      Learned::Added,     "2 aged out exactly 10 s after second 5"),
        ];
        for (second, last, expected, because) in story {
            assert_eq!(
                learn(&mut database, second, last),
                expected,
                "at {second} s: {because}"
            );
        }
        assert_eq!(database.refused(), 2);
    }
}
