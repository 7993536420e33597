//! Which flow of each kind was heard longest ago: one queue per kind, linked through the places.

use super::FlowId;
use crate::idle::Idle;

/// The queues in which flows stand, each flow in one.
#[derive(Debug)]
pub(super) struct Queues {
    links: Vec<Link>,
    queues: [Queue; Idle::ALL.len()],
}

#[derive(Debug, Clone, Copy)]
struct Link {
    idle: Idle,
    before: FlowId,
    after: FlowId,
}

#[derive(Debug, Clone, Copy)]
struct Queue {
    first: FlowId,
    last: FlowId,
}

const NOBODY: FlowId = FlowId::NOBODY;

impl Queues {
    pub(super) const fn new() -> Self {
        let nobody = Queue {
            first: NOBODY,
            last: NOBODY,
        };
        Self {
            links: Vec::new(),
            queues: [nobody; Idle::ALL.len()],
        }
    }

    /// The flows of one kind, heard longest ago first.
    pub(super) fn of(&self, idle: Idle) -> impl Iterator<Item = FlowId> {
        let found = |id: FlowId| (id != NOBODY).then_some(id);
        let first = found(self.queues[idle as usize].first);
        std::iter::successors(first, move |id| found(self.links[id.index()].after))
    }

    /// Puts a flow that stands in no queue at the end of one.
    pub(super) fn enter(&mut self, id: FlowId, idle: Idle) {
        let queue = &mut self.queues[idle as usize];
        let before = std::mem::replace(&mut queue.last, id);
        if before == NOBODY {
            queue.first = id;
        } else {
            self.links[before.index()].after = id;
        }
        let link = Link {
            idle,
            before,
            after: NOBODY,
        };
        if id.index() == self.links.len() {
            self.links.push(link);
        } else {
            self.links[id.index()] = link;
        }
    }

    /// Takes a flow out of its queue.
    pub(super) fn leave(&mut self, id: FlowId) {
        let Link {
            idle,
            before,
            after,
        } = self.links[id.index()];
        let queue = &mut self.queues[idle as usize];
        if before == NOBODY {
            queue.first = after;
        } else {
            self.links[before.index()].after = after;
        }
        if after == NOBODY {
            queue.last = before;
        } else {
            self.links[after.index()].before = before;
        }
    }
}
