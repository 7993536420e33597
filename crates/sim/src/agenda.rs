//! What comes next: the heads of busy lanes and the deadlines of nodes, in the order of the event key.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use switchlab_core::Instant;

/// The place of *(node, class, port)* in the order of events, dense from 0.
pub(crate) type Rank = u32;

/// A heap of *(instant, rank)*, each packed into one integer whose order is that of the event key.
#[derive(Debug, Default)]
pub(crate) struct Agenda(BinaryHeap<Reverse<u128>>);

fn pack(at: Instant, rank: Rank) -> Reverse<u128> {
    Reverse(u128::from(at.as_nanos()) << 32 | u128::from(rank))
}

fn unpack(Reverse(key): Reverse<u128>) -> (Instant, Rank) {
    (Instant::from_nanos((key >> 32) as u64), key as u32)
}

impl Agenda {
    #[inline]
    pub(crate) fn push(&mut self, at: Instant, rank: Rank) {
        self.0.push(pack(at, rank));
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<(Instant, Rank)> {
        self.0.peek().copied().map(unpack)
    }

    #[inline]
    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// Puts the first entry off until `at`; cheaper than taking it out and putting it in again.
    #[inline]
    pub(crate) fn put_off(&mut self, at: Instant) {
        if let Some(mut first) = self.0.peek_mut() {
            let (_, rank) = unpack(*first);
            *first = pack(at, rank);
            drop::<PeekMut<'_, _>>(first);
        }
    }
}
