//! An HTTP/1.1 server that gives everybody the same answer.
//!
//! | file | idea |
//! |---|---|
//! | `answer` | the answers, made once |
//! | here | reading requests, and when each is answered |

mod answer;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use switchlab_core::Instant;
use switchlab_http::{BodyReader, Framing, Refusal, RequestHead, Version, reason_phrase};

use crate::apps::HttpServerConfig;
use crate::apps::error::AppError;
use crate::apps::octets::{Inbox, push};
use crate::{App, ConnectionEvent, ConnectionId, Kernel};
use answer::{Answer, Persistence, Reply, Which};

/// How long it listens, after an answer that ends a connection, to what the client still has to say:
/// closing at once would reset the connection and could destroy the answer (RFC 9112 §9.6).
const LINGERING: Duration = Duration::from_secs(5);

pub(super) struct HttpServer {
    port: u16,
    delay: Duration,
    health_path: Option<String>,
    main: Answer,
    health: Answer,
    /// Answers to requests that are none, by status and reason, made when first needed.
    refusals: BTreeMap<(u16, &'static str), Answer>,
    /// By [`ConnectionId::index`].
    connections: Vec<Connection>,
    /// Who is to be answered when, and who is listened to until when; both in order of time.
    due: VecDeque<(Instant, ConnectionId)>,
    lingering: VecDeque<(Instant, ConnectionId)>,
    /// The head that is being read, and its memory.
    head: RequestHead,
    served: u64,
    health_served: u64,
    refused: u64,
    port_taken: u64,
}

/// One connection, or the memory of one for the next.
#[derive(Default)]
struct Connection {
    id: Option<ConnectionId>,
    inbox: Inbox,
    phase: Phase,
    peer_closed: bool,
}

#[derive(Default)]
enum Phase {
    #[default]
    Head,
    Body(BodyReader, Reply),
    /// The answer is due later.
    Waiting(Reply),
    /// So many octets of the answer are gone.
    Answering(Reply, usize),
    /// All is said; what still comes is thrown away.
    Lingering,
}

impl HttpServer {
    pub(super) fn new(config: HttpServerConfig) -> Result<Self, AppError> {
        if config.port == 0 {
            return Err(AppError::PortZero);
        }
        Ok(Self {
            port: config.port,
            delay: config.delay,
            main: Answer::new(
                config.status,
                &config.content_type,
                &config.headers,
                &config.body,
            )?,
            health: Answer::new(config.health_status, "text/plain", &[], &Bytes::new())?,
            health_path: config.health_path,
            refusals: BTreeMap::new(),
            connections: Vec::new(),
            due: VecDeque::new(),
            lingering: VecDeque::new(),
            head: RequestHead::default(),
            served: 0,
            health_served: 0,
            refused: 0,
            port_taken: 0,
        })
    }

    fn accept(&mut self, id: ConnectionId) {
        if self.connections.len() <= id.index() {
            self.connections
                .resize_with(id.index() + 1, Connection::default);
        }
        self.connections[id.index()].id = Some(id);
    }

    fn connection_of(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        let connection = self.connections.get_mut(id.index())?;
        (connection.id == Some(id)).then_some(connection)
    }

    /// Makes the connection's memory ready for the next.
    fn forget(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connection_of(id) {
            connection.id = None;
            connection.inbox.clear();
            connection.phase = Phase::Head;
            connection.peer_closed = false;
        }
    }

    fn close(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        kernel.close(id);
        self.forget(id);
    }

    /// Goes on with a connection as far as it goes.
    fn advance(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        while let Some(connection) = self.connection_of(id) {
            let goes_on = match connection.phase {
                Phase::Head => self.read_head(kernel, id),
                Phase::Body(..) => self.read_body(kernel, id),
                Phase::Waiting(_) => false,
                Phase::Answering(..) => self.answer(kernel, id),
                Phase::Lingering => {
                    kernel.consume(id, usize::MAX);
                    if connection.peer_closed {
                        self.close(kernel, id);
                    }
                    false
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Each step says whether there may be another.
    fn read_head(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) -> bool {
        let connection = &mut self.connections[id.index()];
        let unread = connection.inbox.unread();
        let taken = if unread.is_empty() {
            Ok(None)
        } else {
            self.head.read(unread)
        };
        match taken {
            Ok(Some(taken)) => connection.inbox.skip(taken),
            Ok(None) => {
                if connection.inbox.fill(kernel, id) {
                    return true;
                }
                if connection.peer_closed {
                    self.close(kernel, id);
                }
                return false;
            }
            Err(refusal) => {
                let head_only = RequestHead::asks_for_head_only(unread);
                return self.refuse(id, refusal, head_only);
            }
        }
        let head = &self.head;
        let framing = head.framing();
        let is_health = self
            .health_path
            .as_deref()
            .is_some_and(|path| path == head.path());
        let reply = Reply {
            which: if is_health {
                Which::Health
            } else {
                Which::Main
            },
            head_only: head.method() == "HEAD",
            persistence: match (head.keeps_alive(), head.version()) {
                (false, _) => Persistence::Close,
                (true, Version::Http10) => Persistence::KeepAlive,
                (true, Version::Http11) => Persistence::Implied,
            },
        };
        if head.expects_continue() && !matches!(framing, Framing::None | Framing::Length(0)) {
            // Without room for it the client goes on by itself after a while: RFC 9110 §10.1.1.
            kernel.send(id, b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        connection.phase = Phase::Body(BodyReader::new(framing), reply);
        true
    }

    /// Reads the request's body and throws it away.
    fn read_body(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) -> bool {
        let connection = &mut self.connections[id.index()];
        let Phase::Body(reader, reply) = &mut connection.phase else {
            return false;
        };
        while !reader.is_done() {
            if connection.inbox.is_empty() && !connection.inbox.fill(kernel, id) {
                if connection.peer_closed {
                    self.close(kernel, id);
                }
                return false;
            }
            match reader.read(connection.inbox.unread()) {
                Ok(piece) => connection.inbox.skip(piece.consumed),
                Err(_) => {
                    let head_only = reply.head_only;
                    let refusal = Refusal {
                        status: 400,
                        reason: "the body contradicts its framing",
                    };
                    return self.refuse(id, refusal, head_only);
                }
            }
        }
        let reply = *reply;
        if self.delay.is_zero() || reply.which == Which::Health {
            connection.phase = Phase::Answering(reply, 0);
            return true;
        }
        connection.phase = Phase::Waiting(reply);
        self.due.push_back((kernel.now() + self.delay, id));
        false
    }

    /// Turns to the answer for something that is no request.
    fn refuse(&mut self, id: ConnectionId, refusal: Refusal, head_only: bool) -> bool {
        let Refusal { status, reason } = refusal;
        self.refusals.entry((status, reason)).or_insert_with(|| {
            let body = format!("{status} {}: {reason}\n", reason_phrase(status));
            Answer::new(status, "text/plain", &[], &body.into())
                .expect("refusals have statuses from 400 up, and text/plain is a value")
        });
        let reply = Reply {
            which: Which::Refusal(status, reason),
            head_only,
            persistence: Persistence::Close,
        };
        self.connections[id.index()].phase = Phase::Answering(reply, 0);
        true
    }

    fn answer(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) -> bool {
        let connection = &mut self.connections[id.index()];
        let Phase::Answering(reply, sent) = &mut connection.phase else {
            return false;
        };
        let (answer, counter) = match reply.which {
            Which::Main => (&self.main, &mut self.served),
            Which::Health => (&self.health, &mut self.health_served),
            Which::Refusal(status, reason) => {
                (&self.refusals[&(status, reason)], &mut self.refused)
            }
        };
        if !push(kernel, id, answer.parts(reply), sent) {
            return false;
        }
        *counter += 1;
        if reply.persistence != Persistence::Close {
            connection.phase = Phase::Head;
            return true;
        }
        let may_have_more = matches!(reply.which, Which::Refusal(..)) || kernel.unread(id) > 0;
        if may_have_more && !connection.peer_closed {
            kernel.shutdown(id);
            connection.phase = Phase::Lingering;
            self.lingering.push_back((kernel.now() + LINGERING, id));
            return true;
        }
        kernel.consume(id, usize::MAX);
        self.close(kernel, id);
        false
    }
}

impl App for HttpServer {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        // Only an application of the user's own can have the port already; then it is that one's.
        self.port_taken += u64::from(kernel.listen(self.port).is_err());
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Accepted => self.accept(id),
            ConnectionEvent::PeerClosed => {
                if let Some(connection) = self.connection_of(id) {
                    connection.peer_closed = true;
                }
            }
            _ if event.is_final() => return self.forget(id),
            _ => {}
        }
        self.advance(kernel, id);
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        while let Some((at, id)) = self.due.front().copied()
            && at <= now
        {
            self.due.pop_front();
            if let Some(connection) = self.connection_of(id)
                && let Phase::Waiting(reply) = connection.phase
            {
                connection.phase = Phase::Answering(reply, 0);
                self.advance(kernel, id);
            }
        }
        while let Some((at, id)) = self.lingering.front().copied()
            && at <= now
        {
            self.lingering.pop_front();
            let lingers =
                |connection: &mut Connection| matches!(connection.phase, Phase::Lingering);
            if self.connection_of(id).is_some_and(lingers) {
                self.close(kernel, id);
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let queues = [&self.due, &self.lingering];
        let heads = queues.iter().filter_map(|queue| queue.front());
        heads.map(|(at, _)| *at).min()
    }

    fn stop(&mut self, _: &mut Kernel<'_>) {
        self.connections.clear();
        self.due.clear();
        self.lingering.clear();
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("health", self.health_served),
            ("port_taken", self.port_taken),
            ("refused", self.refused),
            ("served", self.served),
        ]
    }
}
