//! Where the flow with a key stands: one number per key, the keys themselves being in the places.

use hashbrown::HashTable;
use switchlab_core::Stream;

use super::{FlowId, Place};
use crate::flow::Direction;
use crate::tuple::Tuple;

/// Finds flows by either of their keys.
#[derive(Debug)]
pub(super) struct Index {
    slots: HashTable<Slot>,
    secret: [u64; 2],
}

/// A flow, and which way a packet with this key of it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot(u32);

impl Slot {
    #[inline]
    const fn new(id: FlowId, direction: Direction) -> Self {
        Self(id.0 << 1 | direction as u32)
    }

    #[inline]
    const fn id(self) -> FlowId {
        FlowId(self.0 >> 1)
    }

    #[inline]
    const fn direction(self) -> Direction {
        if self.0 & 1 == 0 {
            Direction::Original
        } else {
            Direction::Reply
        }
    }

    #[inline]
    fn key(self, places: &[Place]) -> Tuple {
        places[self.id().index()].keys[self.direction() as usize]
    }
}

impl Index {
    /// An empty index, whose hashes nobody can foresee who does not know the stream.
    pub(super) fn new(mut stream: Stream) -> Self {
        Self {
            slots: HashTable::new(),
            secret: [stream.next_u64(), stream.next_u64()],
        }
    }

    #[inline]
    pub(super) fn find(&self, places: &[Place], key: Tuple) -> Option<(FlowId, Direction)> {
        let is_it = |slot: &Slot| slot.key(places) == key;
        let slot = self.slots.find(key.hash(self.secret), is_it)?;
        Some((slot.id(), slot.direction()))
    }

    /// Takes in both keys of a flow, which may be one.
    pub(super) fn insert(&mut self, places: &[Place], id: FlowId) {
        let secret = self.secret;
        let [original, reply] = places[id.index()].keys;
        let directions = [Direction::Reply, Direction::Original];
        let count = if original == reply { 1 } else { 2 };
        for direction in directions.into_iter().take(count) {
            let slot = Slot::new(id, direction);
            let hash = |slot: &Slot| slot.key(places).hash(secret);
            self.slots.insert_unique(hash(&slot), slot, hash);
        }
    }

    pub(super) fn remove(&mut self, places: &[Place], id: FlowId) {
        for direction in [Direction::Original, Direction::Reply] {
            let slot = Slot::new(id, direction);
            let hash = slot.key(places).hash(self.secret);
            if let Ok(entry) = self.slots.find_entry(hash, |other| *other == slot) {
                entry.remove();
            }
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}
