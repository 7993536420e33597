//! Health probes: TCP connections from the switch itself to its backends, and questions of HTTP over them.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use switchlab_balance::{ProbeOutcome, TargetId};
use switchlab_core::{Instant, Stream};
use switchlab_host::{ConnectionEvent, ConnectionId, SocketEvent, Sockets, SocketsConfig};
use switchlab_wire::Frame;

/// Whose health a probe asks for: a backend of a service, by the service's place.
pub(crate) type Asked = (usize, TargetId);

/// The probes under way.
///
/// A probe without a question has done its work when the connection stands, and closes it; the backend sees a client
/// that says nothing. One with a question waits for the status of the answer.
pub(crate) struct Probes {
    sockets: Sockets,
    asked: BTreeMap<ConnectionId, (Asked, Option<String>)>,
    connections: BTreeMap<Asked, ConnectionId>,
}

impl Probes {
    pub(crate) fn new(stream: Stream) -> Self {
        let config = SocketsConfig {
            send_buffer: 4 << 10,
            receive_buffer: 1 << 10,
            ..SocketsConfig::default()
        };
        Self {
            sockets: Sockets::new(config, stream),
            asked: BTreeMap::new(),
            connections: BTreeMap::new(),
        }
    }

    /// Begins a probe from `local`; `false` if it cannot even be tried.
    pub(crate) fn begin(
        &mut self,
        asked: Asked,
        question: Option<String>,
        local: IpAddr,
        remote: SocketAddr,
    ) -> bool {
        let Ok(connection) = self.sockets.connect(local, remote) else {
            return false;
        };
        self.asked.insert(connection, (asked, question));
        self.connections.insert(asked, connection);
        true
    }

    /// Gives up a probe, if it is still under way.
    pub(crate) fn abandon(&mut self, asked: Asked) {
        if let Some(connection) = self.connections.remove(&asked) {
            self.asked.remove(&connection);
            self.sockets.abort(connection);
        }
    }

    /// Takes a packet that belongs to a probe. What is wrong with it is TCP's own matter.
    pub(crate) fn receive(&mut self, now: Instant, packet: &[u8]) {
        // A segment that comes too late draws a reset, which waits among what leaves.
        let _ = self.sockets.receive_packet(now, packet);
    }

    /// Takes back a packet of a probe whose next hop does not answer.
    pub(crate) fn undeliverable(&mut self, packet: &[u8]) {
        self.sockets.undeliverable(packet);
    }

    /// The next probe that came to its end.
    pub(crate) fn poll_outcome(&mut self) -> Option<(Asked, ProbeOutcome)> {
        loop {
            let SocketEvent::Connection(connection, event) = self.sockets.poll_event()? else {
                continue;
            };
            let Some((asked, question)) = self.asked.get(&connection) else {
                continue;
            };
            let outcome = match (event, question) {
                (ConnectionEvent::Connected, None) => ProbeOutcome::Connected,
                (ConnectionEvent::Connected, Some(question)) => {
                    self.sockets.send(connection, question.as_bytes());
                    continue;
                }
                (ConnectionEvent::Readable | ConnectionEvent::PeerClosed, Some(_)) => {
                    let answer = self.sockets.peek(connection);
                    match status(answer) {
                        Some(status) => ProbeOutcome::Status(status),
                        None if event == ConnectionEvent::Readable
                            && answer.len() < STATUS_LINE =>
                        {
                            continue;
                        }
                        None => ProbeOutcome::Failed,
                    }
                }
                (event, _) if event.is_final() => ProbeOutcome::Failed,
                _ => continue,
            };
            let asked = *asked;
            self.sockets.close(connection);
            self.asked.remove(&connection);
            self.connections.remove(&asked);
            return Some((asked, outcome));
        }
    }

    /// The next packet that leaves.
    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<Frame> {
        self.sockets.poll_transmit(now)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.sockets.poll_timeout()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.sockets.handle_timeout(now);
    }
}

/// How many octets of an answer tell its status: `HTTP/1.1 200`.
const STATUS_LINE: usize = 12;

/// The status of an answer, if its beginning is that of one. RFC 9112 §4.
fn status(answer: &[u8]) -> Option<u16> {
    let (line, _) = answer.split_at_checked(STATUS_LINE)?;
    let code = line
        .strip_prefix(b"HTTP/1.")?
        .get(1..)?
        .strip_prefix(b" ")?;
    let code = std::str::from_utf8(code).ok()?;
    code.parse().ok().filter(|code| (100..600).contains(code))
}
