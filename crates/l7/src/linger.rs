//! Connections that we have closed, whose peers may still send.
//!
//! Closing for good with something unread would reset the connection, and take from the peer an
//! answer that it has not read yet (RFC 9112 §9.6). So what comes is thrown away for a while.

use std::time::Duration;

use switchlab_core::Instant;
use switchlab_host::ConnectionEvent;

use crate::connections::Role;
use crate::pipe::Pipe;
use crate::switch::L7Switch;

/// How long a peer may go on sending after we have closed, before the connection is reset.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection whose our side is closed.
#[derive(Debug)]
pub(crate) struct Lingering {
    pub(crate) pipe: Pipe,
    pub(crate) until: Instant,
}

impl L7Switch {
    /// Closes our side of a connection.
    pub(crate) fn linger(&mut self, now: Instant, pipe: Pipe) {
        self.station.sockets_mut().shutdown(pipe.id);
        let until = now + PATIENCE;
        self.listen_on(Box::new(Lingering { pipe, until }));
    }

    /// Something happened to a connection that lingers.
    pub(crate) fn linger_event(&mut self, mut lingering: Box<Lingering>, event: ConnectionEvent) {
        if event.is_final() {
            return self.pipes.recycle(lingering.pipe);
        }
        lingering.pipe.peer_closed |= event == ConnectionEvent::PeerClosed;
        self.listen_on(lingering);
    }

    /// Lets go of a connection for good.
    pub(crate) fn linger_late(&mut self, lingering: Lingering) {
        self.station.sockets_mut().close(lingering.pipe.id);
        self.pipes.recycle(lingering.pipe);
    }

    fn listen_on(&mut self, mut lingering: Box<Lingering>) {
        let Lingering { pipe, until } = &mut *lingering;
        let (id, until) = (pipe.id, *until);
        pipe.discard(self.station.sockets_mut());
        if pipe.peer_closed {
            return self.linger_late(*lingering);
        }
        self.connections
            .put(id, Role::Linger(lingering), Some(until));
    }
}
