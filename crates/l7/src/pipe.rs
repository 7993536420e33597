//! One connection with what was read and not yet understood, and what was written and not yet taken.

use switchlab_host::{ConnectionId, Sockets};

/// How many octets are read from a connection at a time, and about how many wait to be written at most.
pub(crate) const PIECE: usize = 16 << 10;

/// How many used buffers are kept for later connections.
const SPARE_LIMIT: usize = 256;
/// The largest buffer that is kept, in octets.
const SPARE_CAPACITY: usize = 4 * PIECE;

/// A connection and two bounded buffers.
///
/// New octets are read only when the old ones are used up or are a head that is not whole; whoever
/// writes looks at [`is_full`](Self::is_full) first. So a slow reader slows its writer.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) id: ConnectionId,
    input: Vec<u8>,
    used: usize,
    output: Vec<u8>,
    sent: usize,
    /// What was sent is held, in case it has to be sent again on another connection.
    holds: bool,
    /// Whether the peer has said that it will send no more.
    pub(crate) peer_closed: bool,
    /// Octets read so far.
    pub(crate) received: u64,
    /// Octets read and octets taken by the connection, together.
    pub(crate) moved: u64,
    /// Octets used so far.
    consumed: u64,
}

impl Pipe {
    /// Reads more from the connection, and says whether there was anything.
    pub(crate) fn fill(&mut self, sockets: &mut Sockets) -> bool {
        self.input.drain(..self.used);
        self.used = 0;
        let count = sockets.recv(self.id, &mut self.input, PIECE) as u64;
        self.received += count;
        self.moved += count;
        count > 0
    }

    /// What was read and not yet used.
    pub(crate) fn input(&self) -> &[u8] {
        &self.input[self.used..]
    }

    /// Marks octets of the input as used.
    pub(crate) fn consume(&mut self, count: usize) {
        self.used += count;
        self.consumed += count as u64;
    }

    /// Whether the peer has closed and everything it sent has been read.
    pub(crate) fn has_ended(&self, sockets: &Sockets) -> bool {
        self.peer_closed && sockets.unread(self.id) == 0
    }

    /// Where to write to.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// How many octets have not been taken by the connection yet.
    pub(crate) fn pending(&self) -> usize {
        self.output.len() - self.sent
    }

    /// Whether no more should be written now.
    pub(crate) fn is_full(&self) -> bool {
        self.pending() >= PIECE
    }

    /// Gives the output to the connection, and says whether all of it was taken.
    pub(crate) fn flush(&mut self, sockets: &mut Sockets) -> bool {
        if self.pending() > 0 {
            let taken = sockets.send(self.id, &self.output[self.sent..]);
            self.sent += taken;
            self.moved += taken as u64;
        }
        self.holds &= self.sent < PIECE;
        let is_sent = self.pending() == 0;
        if !self.holds && (is_sent || self.sent >= PIECE) {
            self.output.drain(..self.sent);
            self.sent = 0;
        }
        is_sent
    }

    /// Holds what is sent from now on, until it is more than [`PIECE`] octets.
    pub(crate) fn hold(&mut self) {
        self.holds = true;
    }

    /// Holds nothing any more.
    pub(crate) fn let_go(&mut self) {
        self.holds = false;
        self.output.drain(..self.sent);
        self.sent = 0;
    }

    /// Everything that was written since [`hold`](Self::hold), if it is all there still.
    pub(crate) fn held(&mut self) -> Option<Vec<u8>> {
        self.holds.then(|| std::mem::take(&mut self.output))
    }

    /// Octets used, and octets written, so far.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let taken = self.moved - self.received;
        (self.consumed, taken + self.pending() as u64)
    }

    /// Whether nothing was read that was not used, and nothing written that was not sent.
    pub(crate) fn is_clean(&self, sockets: &Sockets) -> bool {
        self.input().is_empty() && self.pending() == 0 && sockets.unread(self.id) == 0
    }

    /// Throws away everything that has come.
    pub(crate) fn discard(&mut self, sockets: &mut Sockets) {
        sockets.consume(self.id, usize::MAX);
        self.input.clear();
        self.used = 0;
    }
}

/// Pipes for new connections, with the buffers of old ones.
#[derive(Debug, Default)]
pub(crate) struct Pipes {
    spare: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Pipes {
    /// A pipe for a connection.
    pub(crate) fn open(&mut self, id: ConnectionId) -> Pipe {
        let (input, output) = self.spare.pop().unwrap_or_default();
        Pipe {
            id,
            input,
            used: 0,
            output,
            sent: 0,
            holds: false,
            peer_closed: false,
            received: 0,
            moved: 0,
            consumed: 0,
        }
    }

    /// Takes back the buffers of a pipe that is done with.
    pub(crate) fn recycle(&mut self, pipe: Pipe) {
        let Pipe {
            mut input,
            mut output,
            ..
        } = pipe;
        let largest = input.capacity().max(output.capacity());
        if self.spare.len() < SPARE_LIMIT && largest <= SPARE_CAPACITY {
            input.clear();
            output.clear();
            self.spare.push((input, output));
        }
    }
}
