//! One connection of a client, and what comes back on it.

use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_core::{Exchange, Instant, RequestError};
use switchlab_http::{BodyReader, Framing, ResponseHead};

use crate::apps::octets::Inbox;
use crate::{ConnectionId, Kernel};

/// A request under way.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) number: u64,
    /// Which of the client's URLs.
    pub(super) url: usize,
    /// Where it can be asked for; nowhere as long as nobody has said.
    pub(super) servers: Arc<[SocketAddr]>,
    /// Which of the addresses, counted on beyond the last of them; and how many are left to be tried.
    pub(super) address: usize,
    pub(super) others: usize,
    /// When patience with it ends.
    pub(super) patience_ends: Instant,
}

impl Request {
    /// These are the addresses, to be tried from this one on.
    pub(super) fn at(mut self, servers: Arc<[SocketAddr]>, first: usize) -> Self {
        self.others = servers.len() - 1;
        self.address = first;
        self.servers = servers;
        self
    }

    /// The address to be tried now; `None` as long as nobody has said.
    pub(super) fn server(&self) -> Option<SocketAddr> {
        let count = self.servers.len();
        (count > 0).then(|| self.servers[self.address % count])
    }

    /// The address that was tried first.
    pub(super) fn first(&self) -> Option<SocketAddr> {
        let count = self.servers.len();
        let tried = count.checked_sub(1 + self.others)?;
        Some(self.servers[(self.address - tried) % count])
    }

    /// Turns to the next address.
    pub(super) const fn go_on(&mut self) {
        self.address += 1;
        self.others -= 1;
    }
}

/// A connection, or the memory of one for the next.
#[derive(Default)]
pub(super) struct Channel {
    pub(super) id: Option<ConnectionId>,
    /// The client's end, once the connection stands.
    pub(super) local: Option<SocketAddr>,
    pub(super) server: Option<SocketAddr>,
    pub(super) request: Option<Request>,
    /// How many exchanges are over on this connection.
    pub(super) ordinal: u32,
    /// The head of the request, and how many octets of head and body are gone.
    pub(super) head: Vec<u8>,
    pub(super) sent: usize,
    inbox: Inbox,
    reading: Reading,
    /// Something of the answer came.
    pub(super) answered: bool,
    pub(super) status: Option<u16>,
    pub(super) octets: u64,
    /// The server will keep the connection after this answer.
    pub(super) keeps_alive: bool,
}

#[derive(Default)]
enum Reading {
    #[default]
    Head,
    Body(BodyReader),
}

/// How far the reading of an answer came.
pub(super) enum Progress {
    /// There is no more for now.
    Waits,
    /// A final head has been read into the one that was lent; there may be more.
    Head,
    /// The answer is whole.
    Done,
    /// It is no HTTP.
    Malformed,
}

impl Channel {
    /// Makes it ready for a request; the connection stays as it is.
    pub(super) fn assign(&mut self, request: Request) {
        self.request = Some(request);
        self.sent = 0;
        self.reading = Reading::Head;
        self.answered = false;
        self.status = None;
        self.octets = 0;
        self.keeps_alive = false;
    }

    /// Makes it ready for another connection.
    pub(super) fn clear(&mut self) {
        self.id = None;
        self.local = None;
        self.server = None;
        self.request = None;
        self.ordinal = 0;
        self.inbox.clear();
    }

    /// The exchange that the request is part of, once the connection stands.
    pub(super) fn exchange(&self) -> Option<Exchange> {
        Some(Exchange {
            client: self.local?,
            server: self.server?,
            ordinal: self.ordinal,
        })
    }

    /// Whether something waits that belongs to no request.
    pub(super) fn has_leftovers(&self, kernel: &Kernel<'_>, id: ConnectionId) -> bool {
        !self.inbox.is_empty() || kernel.unread(id) > 0
    }

    /// Reads on in the answer to a request with this method.
    pub(super) fn read(
        &mut self,
        kernel: &mut Kernel<'_>,
        id: ConnectionId,
        method: &str,
        head: &mut ResponseHead,
    ) -> Progress {
        loop {
            if let Reading::Body(reader) = &self.reading
                && reader.is_done()
            {
                return Progress::Done;
            }
            if self.inbox.is_empty() && !self.inbox.fill(kernel, id) {
                return Progress::Waits;
            }
            self.answered = true;
            match &mut self.reading {
                Reading::Head => match head.read(self.inbox.unread()) {
                    Err(_) => return Progress::Malformed,
                    Ok(None) => {
                        if !self.inbox.fill(kernel, id) {
                            return Progress::Waits;
                        }
                    }
                    Ok(Some(taken)) => {
                        self.inbox.skip(taken);
                        match head.status() {
                            // Nobody asked for another protocol.
                            101 => return Progress::Malformed,
                            100..200 => continue,
                            status => self.status = Some(status),
                        }
                        let framing = head.framing(method);
                        self.keeps_alive = head.keeps_alive() && framing != Framing::UntilClose;
                        self.reading = Reading::Body(BodyReader::new(framing));
                        return Progress::Head;
                    }
                },
                Reading::Body(reader) => match reader.read(self.inbox.unread()) {
                    Err(_) => return Progress::Malformed,
                    Ok(piece) => {
                        self.octets += piece.data.len() as u64;
                        self.inbox.skip(piece.consumed);
                    }
                },
            }
        }
    }

    /// What the end of the connection makes of the answer.
    pub(super) fn finish(&self) -> Result<(), RequestError> {
        match &self.reading {
            Reading::Body(reader) if reader.finish().is_ok() => Ok(()),
            _ => Err(RequestError::Closed),
        }
    }
}
