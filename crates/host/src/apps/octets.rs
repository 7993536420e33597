//! Octets between an application and its connection: what came and is not read yet, what is to go and
//! has not gone yet.

use switchlab_http::{LONGEST_FIELDS, LONGEST_START_LINE};

use crate::{ConnectionId, Kernel};

/// The most octets that wait for one another here: a head of the longest kind, and a little more, so
/// that a head that is too long is seen to be.
const LIMIT: usize = LONGEST_START_LINE + LONGEST_FIELDS + 1024;
/// What is left of the memory when a connection is over.
const KEPT: usize = 4096;

/// What came and is not read yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    octets: Vec<u8>,
    read: usize,
}

impl Inbox {
    /// Takes what waits at the connection, as far as there is room, and says whether there was any.
    pub(super) fn fill(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) -> bool {
        if self.read > 0 {
            self.octets.drain(..self.read);
            self.read = 0;
        }
        let room = LIMIT.saturating_sub(self.octets.len());
        kernel.recv(id, &mut self.octets, room) > 0
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.octets[self.read..]
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.read += count;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.read == self.octets.len()
    }

    /// Makes it as good as new.
    pub(super) fn clear(&mut self) {
        self.octets.clear();
        self.octets.shrink_to(KEPT);
        self.read = 0;
    }
}

/// Sends what is left of a message in two parts, `sent` octets being gone already, and says whether all
/// of it is gone now. If not, `Writable` tells when to go on.
pub(super) fn push(
    kernel: &mut Kernel<'_>,
    id: ConnectionId,
    parts: [&[u8]; 2],
    sent: &mut usize,
) -> bool {
    let mut before = 0;
    for part in parts {
        let left = &part[sent.saturating_sub(before).min(part.len())..];
        if !left.is_empty() {
            let taken = kernel.send(id, left);
            *sent += taken;
            if taken < left.len() {
                return false;
            }
        }
        before += part.len();
    }
    true
}
