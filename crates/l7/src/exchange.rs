//! One request on its way to a target, and the answer on its way back.

use switchlab_balance::TargetId;
use switchlab_core::Instant;
use switchlab_host::{ConnectionId, Sockets};
use switchlab_http::{
    BodyError, BodyReader, Framing, RequestHead, Version, write_chunk, write_last_chunk,
};

use crate::pipe::Pipe;
use crate::sticky::{GroupSession, Session};
use crate::trailers::TrailerRule;

/// A body on its way from one connection to another, in a framing of its own on each. Trailers go with
/// it from chunks to chunks, but for those that nobody should believe ([`BodyReader::trailers`]) and
/// those that the head keeps back.
///
/// At most about 32 KiB of it are in our hands; when the reader is slow, no more is taken from the writer.
#[derive(Debug)]
pub(crate) struct Leg {
    reader: BodyReader,
    outgoing: Framing,
    trailers: TrailerRule,
    done: bool,
}

impl Leg {
    pub(crate) fn new(incoming: Framing, outgoing: Framing, trailers: TrailerRule) -> Self {
        let reader = BodyReader::new(incoming);
        Self {
            done: reader.is_done(),
            reader,
            outgoing,
            trailers,
        }
    }

    /// Whether the whole body has been read and written.
    pub(crate) const fn is_done(&self) -> bool {
        self.done
    }

    /// Moves what can be moved now.
    ///
    /// # Errors
    /// If the body contradicts its framing, or ends before its time.
    pub(crate) fn relay(
        &mut self,
        from: &mut Pipe,
        to: &mut Pipe,
        sockets: &mut Sockets,
    ) -> Result<(), BodyError> {
        while !self.done {
            if to.is_full() {
                to.flush(sockets);
                if to.is_full() {
                    return Ok(());
                }
            }
            if from.input().is_empty() && !from.fill(sockets) {
                if from.has_ended(sockets) {
                    self.reader.finish()?;
                    self.end(to);
                }
                break;
            }
            let piece = self.reader.read(from.input())?;
            let data = &from.input()[piece.data];
            match self.outgoing {
                Framing::Chunked => write_chunk(to.output(), data),
                _ => to.output().extend_from_slice(data),
            }
            from.consume(piece.consumed);
            if self.reader.is_done() {
                self.end(to);
            }
        }
        to.flush(sockets);
        Ok(())
    }

    fn end(&mut self, to: &mut Pipe) {
        self.done = true;
        if self.outgoing == Framing::Chunked {
            let trailers = self.reader.trailers();
            let trailers = trailers.map(|trailers| self.trailers.apply(trailers));
            write_last_chunk(to.output(), trailers.as_deref());
        }
    }
}

/// How far client and target are with a change to WebSocket (RFC 6455 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WebSocket {
    /// Nobody asked for it.
    Unasked,
    /// The client asked, and the target has not answered yet.
    Asked,
    /// Both have changed: octets go both ways, and rules are asked no more.
    Open,
}

/// A request that a target is to answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The connection to the target; `None` while there is none.
    pub(crate) upstream: Option<ConnectionId>,
    /// The place of the group.
    pub(crate) group: usize,
    pub(crate) target: TargetId,
    /// What is to be sent to the target once more, and when.
    pub(crate) pause: Option<(Instant, Vec<u8>)>,
    /// The targets that have failed it, one by one.
    pub(crate) failed: Vec<TargetId>,
    /// What bound the client to the target, and will.
    pub(crate) session: Session,
    /// What binds the client to the group, if something does.
    pub(crate) group_session: Option<GroupSession>,
    /// The request's body, from the client to the target.
    pub(crate) request: Leg,
    /// The answer's body, from the target to the client; `None` before the answer's head has come.
    pub(crate) answer: Option<Leg>,
    /// The status that the client was told; `None` before the answer's head has come.
    pub(crate) status: Option<u16>,
    pub(crate) is_head: bool,
    /// How far the two are with a change to WebSocket.
    pub(crate) websocket: WebSocket,
    pub(crate) version: Version,
    /// Whether the request may be sent twice: RFC 9110 §9.2.2.
    pub(crate) is_idempotent: bool,
    /// Whether the client will use its connection again.
    pub(crate) keeps_client: bool,
    /// Whether the target will keep its connection.
    pub(crate) keeps_upstream: bool,
}

impl Exchange {
    pub(crate) fn new(
        head: &RequestHead,
        group: usize,
        (target, session): (TargetId, Session),
        upstream: Option<ConnectionId>,
        trailers: TrailerRule,
    ) -> Self {
        let framing = head.framing();
        Self {
            upstream,
            group,
            target,
            pause: None,
            failed: Vec::new(),
            session,
            group_session: None,
            request: Leg::new(framing, framing, trailers),
            answer: None,
            status: None,
            is_head: head.method() == "HEAD",
            websocket: WebSocket::Unasked,
            version: head.version(),
            is_idempotent: matches!(head.method(), "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE"),
            keeps_client: head.keeps_alive(),
            keeps_upstream: false,
        }
    }

    /// Lets octets go both ways from now on, until both sides have ended.
    pub(crate) fn open_websocket(&mut self) {
        self.websocket = WebSocket::Open;
        let leg = || {
            Leg::new(
                Framing::UntilClose,
                Framing::UntilClose,
                TrailerRule::default(),
            )
        };
        self.request = leg();
        self.answer = Some(leg());
        self.keeps_client = false;
        self.keeps_upstream = false;
    }
}
