//! Deadlines of many connections, armed lazily.
//!
//! A connection's deadline moves with nearly every segment, mostly backwards in importance: an entry
//! is pushed only if it is earlier than the one already armed, and judged again when it comes up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use switchlab_core::Instant;

use super::ConnectionId;

#[derive(Debug, Default)]
pub(super) struct Alarms {
    heap: BinaryHeap<Reverse<(Instant, ConnectionId)>>,
}

impl Alarms {
    /// Sees to it that `id` comes up at `at` at the latest; `armed` is when it will come up so far.
    pub(super) fn arm(&mut self, id: ConnectionId, at: Instant, armed: &mut Option<Instant>) {
        if armed.is_none_or(|before| at < before) {
            *armed = Some(at);
            self.heap.push(Reverse((at, id)));
        }
    }

    /// The next connection to be judged at `now`, and the moment it was armed for.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, ConnectionId)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }

    /// When there is something to be judged again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}
