//! An exchange as it goes on: the request to the target, the answer to the client, and its end.

use std::borrow::Cow;

use switchlab_core::Instant;
use switchlab_http::{BodyError, Framing, Version};

use crate::client::{Client, Next, Phase};
use crate::connections::Role;
use crate::exchange::{Exchange, Leg, WebSocket};
use crate::headers::{framing_for, towards_client};
use crate::preset::Failure;
use crate::reply::{Connection, Reply};
use crate::switch::L7Switch;
use crate::tally::Count;
use crate::trailers::TrailerRule;
use crate::upstream::Upstream;

/// What ends an exchange before its time.
enum Fault {
    /// The client's body is malformed or cut off.
    Client(BodyError),
    /// The target's answer is malformed or cut off.
    Target(Failure, Cow<'static, str>),
}

impl L7Switch {
    /// Moves what can be moved between a client and its target.
    pub(crate) fn relay(&mut self, now: Instant, client: &mut Client) -> Next {
        let Phase::Exchange(exchange) = &client.phase else {
            return Next::Wait;
        };
        if exchange.pause.is_some() {
            return self.resume(now, client);
        }
        let upstream = exchange.upstream.and_then(|id| self.connections.take(id));
        let Some(Role::Upstream(mut upstream)) = upstream else {
            let because = "The connection to the target is gone.";
            return self.fail(now, client, 502, because.into());
        };
        let before = client.pipe.moved + upstream.pipe.moved;
        let outcome = self.carry(now, client, &mut upstream);
        if client.pipe.moved + upstream.pipe.moved > before {
            client.since = now;
        }
        match outcome {
            Ok(false) => {
                self.connections
                    .put(upstream.pipe.id, Role::Upstream(upstream), None);
                Next::Wait
            }
            Ok(true) => self.finish(now, client, upstream),
            Err(Fault::Client(error)) => {
                self.station.sockets_mut().abort(upstream.pipe.id);
                self.pipes.recycle(upstream.pipe);
                let because = format!("The request's body is malformed: {error}.");
                self.fail(now, client, 400, because.into())
            }
            Err(Fault::Target(failure, because)) => {
                self.station.sockets_mut().abort(upstream.pipe.id);
                self.lose(now, client, *upstream, failure, because)
            }
        }
    }

    /// Moves the request's body on, then the answer's; says whether the answer is whole.
    fn carry(
        &mut self,
        now: Instant,
        client: &mut Client,
        upstream: &mut Upstream,
    ) -> Result<bool, Fault> {
        let Phase::Exchange(exchange) = &mut client.phase else {
            return Ok(false);
        };
        let sockets = self.station.sockets_mut();
        exchange
            .request
            .relay(&mut client.pipe, &mut upstream.pipe, sockets)
            .map_err(Fault::Client)?;
        if client.pipe.pending() > 0 {
            client.pipe.flush(sockets);
        }
        if exchange.answer.is_none() && !self.read_answer(now, client, upstream)? {
            return Ok(false);
        }
        let Phase::Exchange(exchange) = &mut client.phase else {
            return Ok(false);
        };
        let Exchange {
            answer: Some(answer),
            request,
            websocket,
            ..
        } = &mut **exchange
        else {
            return Ok(false);
        };
        let sockets = self.station.sockets_mut();
        let relayed = answer.relay(&mut upstream.pipe, &mut client.pipe, sockets);
        relayed.map_err(|error| {
            let because = format!("The body of the target's answer is malformed: {error}.");
            Fault::Target(Failure::Malformed, because.into())
        })?;
        if *websocket != WebSocket::Open {
            return Ok(answer.is_done());
        }
        // Each side is told when the other has ended, and may still say what it has to say.
        for (leg, to) in [
            (&*request, &mut upstream.pipe),
            (&*answer, &mut client.pipe),
        ] {
            if leg.is_done() && to.flush(sockets) {
                sockets.shutdown(to.id);
            }
        }
        Ok(request.is_done() && answer.is_done())
    }

    /// Reads the head of the answer, and writes ours; says whether it was whole.
    fn read_answer(
        &mut self,
        now: Instant,
        client: &mut Client,
        upstream: &mut Upstream,
    ) -> Result<bool, Fault> {
        let fault = |because: &'static str| Err(Fault::Target(Failure::Malformed, because.into()));
        loop {
            let sockets = self.station.sockets_mut();
            if client.pipe.is_full() && !client.pipe.flush(sockets) {
                return Ok(false);
            }
            let is_empty = upstream.pipe.input().is_empty();
            let read = if is_empty {
                Ok(None)
            } else {
                let Upstream { pipe, progress, .. } = &mut *upstream;
                self.answer.read_on(progress, pipe.input())
            };
            let taken = match read {
                Ok(Some(taken)) => taken,
                Ok(None) if upstream.pipe.fill(sockets) => continue,
                Ok(None) if upstream.pipe.has_ended(sockets) => {
                    let because = "The target closed the connection before it had answered.";
                    return Err(Fault::Target(Failure::Broken, because.into()));
                }
                Ok(None) => return Ok(false),
                Err(malformed) => {
                    let because = format!("What the target answered is refused: {malformed}.");
                    return Err(Fault::Target(Failure::Malformed, because.into()));
                }
            };
            upstream.pipe.let_go();
            upstream.pipe.consume(taken);
            match self.answer.status() {
                101 => {
                    return match &mut client.phase {
                        Phase::Exchange(exchange)
                            if exchange.websocket == WebSocket::Asked
                                && self.answer.fields.lists("upgrade", "websocket") =>
                        {
                            exchange.open_websocket();
                            self.begin_websocket(now, client);
                            Ok(true)
                        }
                        _ => fault("The target switched protocols, which nobody had asked for."),
                    };
                }
                // We have said so to the client ourselves.
                100 => {}
                102..200 => self.pass_interim(client),
                _ => {
                    self.begin_answer(now, client, upstream);
                    return Ok(true);
                }
            }
        }
    }

    /// Passes an interim answer on, to clients that know such: RFC 9110 §15.2.
    fn pass_interim(&mut self, client: &mut Client) {
        if let Phase::Exchange(exchange) = &client.phase
            && exchange.version == Version::Http11
        {
            let responses = &self.listeners[client.listener].config.responses;
            towards_client(&mut self.answer, Framing::None, Connection::Kept, responses);
            self.answer.write(client.pipe.output());
        }
    }

    /// Tells the client that target and we go on with WebSocket.
    fn begin_websocket(&mut self, now: Instant, client: &mut Client) {
        let Phase::Exchange(exchange) = &client.phase else {
            return;
        };
        let pool = &mut self.groups[exchange.group];
        let address = pool.targets.address(exchange.target);
        let responses = &self.listeners[client.listener].config.responses;
        towards_client(
            &mut self.answer,
            Framing::None,
            Connection::Upgraded,
            responses,
        );
        self.answer.write(client.pipe.output());
        if let Phase::Exchange(exchange) = &mut client.phase {
            exchange.status = Some(101);
        }
        if let Some(entry) = &mut client.entry {
            entry.is_websocket = true;
        }
        self.note_answer(now, client, 101);
        let because =
            "Client and target go on with WebSocket; their octets are passed on as they are.";
        self.tell_answer(client, 101, Some(address), because.into());
    }

    /// Notes when and with what status the target answered.
    fn note_answer(&mut self, now: Instant, client: &mut Client, status: u16) {
        if let Phase::Exchange(exchange) = &client.phase
            && let Some(dispatched) = client.dispatched
            && status >= 200
        {
            let nanos = u64::try_from(now.since(dispatched).as_nanos()).unwrap_or(u64::MAX);
            let tally = &mut self.groups[exchange.group].tally;
            tally.add_many(Count::ResponseNanos, nanos);
        }
        if let Some(entry) = &mut client.entry {
            entry.answered = Some(now);
            entry.target_status = Some(status);
        }
    }

    /// Writes the head of the target's answer to the client.
    fn begin_answer(&mut self, now: Instant, client: &mut Client, upstream: &mut Upstream) {
        let Phase::Exchange(exchange) = &client.phase else {
            return;
        };
        let (group, target) = (exchange.group, exchange.target);
        let incoming = self
            .answer
            .framing(if exchange.is_head { "HEAD" } else { "GET" });
        let outgoing = framing_for(incoming, exchange.version);
        // A request that is not whole would be taken for the next one.
        let keeps =
            exchange.keeps_client && exchange.request.is_done() && outgoing != Framing::UntilClose;
        let connection = self.connection_after(now, client, keeps, exchange.version);
        // Nobody knows whether a target that answers early reads the rest as a body or as a request.
        let is_whole = exchange.request.is_done() && upstream.pipe.pending() == 0;
        let keeps_upstream = is_whole
            && !client.closes
            && self.answer.keeps_alive()
            && incoming != Framing::UntilClose;
        let responses = &self.listeners[client.listener].config.responses;
        let trailers = TrailerRule::of(&self.answer.fields, incoming, false);
        towards_client(&mut self.answer, outgoing, connection, responses);
        let pool = &mut self.groups[group];
        let address = pool.targets.address(target);
        exchange.session.bind(
            &mut self.answer.fields,
            &pool.targets,
            &self.tokens,
            target,
            now,
            self.epoch,
        );
        if let Some(session) = exchange.group_session {
            let fields = &mut self.answer.fields;
            let name = pool.targets.name();
            session.bind(fields, name, &self.tokens, now, self.epoch);
        }
        let status = self.answer.status();
        self.answer.write(client.pipe.output());
        pool.tally.add_status(status);
        self.note_answer(now, client, status);
        let because = if upstream.is_reused {
            "The answer is the target's own, on a connection that had carried others before."
        } else {
            "The answer is the target's own, on a fresh connection."
        };
        self.tell_answer(client, status, Some(address), because.into());
        self.observe(now, group, target, status < 500);
        if let Phase::Exchange(exchange) = &mut client.phase {
            exchange.answer = Some(Leg::new(incoming, outgoing, trailers));
            exchange.status = Some(status);
            exchange.keeps_client = connection != Connection::Closed;
            exchange.keeps_upstream = keeps_upstream;
        }
    }

    /// The answer is whole: the target's connection is kept or closed, the client goes on.
    fn finish(&mut self, now: Instant, client: &mut Client, mut upstream: Box<Upstream>) -> Next {
        let Phase::Exchange(exchange) = &client.phase else {
            return Next::Wait;
        };
        let (group, target) = (exchange.group, exchange.target);
        let id = upstream.pipe.id;
        let is_reusable = exchange.keeps_upstream
            && !upstream.pipe.peer_closed
            && upstream.pipe.is_clean(self.station.sockets());
        let keeps_client = exchange.keeps_client;
        let status = exchange.status.unwrap_or_default();
        self.close_entry(now, client, status);
        self.groups[group].targets.finish(target);
        if is_reusable && self.groups[group].push_idle(target, id, self.idle_connections) {
            upstream.client = None;
            let due = now + self.idle_timeout;
            self.connections
                .put(id, Role::Upstream(upstream), Some(due));
        } else {
            self.discard(*upstream);
        }
        client.ordinal += 1;
        client.since = now;
        client.phase = if keeps_client {
            Phase::Head
        } else {
            Phase::Close
        };
        Next::Again
    }

    /// The exchange takes too long: nothing moves, or it goes on for ever.
    pub(crate) fn exchange_late(&mut self, now: Instant, client: &mut Client) -> Next {
        let Phase::Exchange(exchange) = &client.phase else {
            return Next::Again;
        };
        if exchange
            .pause
            .as_ref()
            .is_some_and(|(until, _)| now >= *until)
        {
            return Next::Again;
        }
        if exchange.websocket == WebSocket::Open {
            let upstream = exchange.upstream.and_then(|id| self.connections.take(id));
            if let Some(Role::Upstream(upstream)) = upstream {
                return self.finish(now, client, upstream);
            }
            let because = "The connection to the target is gone.";
            return self.fail(now, client, 502, because.into());
        }
        let has_sent = |role: &mut Role| matches!(role, Role::Upstream(upstream) if upstream.is_connected && upstream.pipe.pending() == 0);
        let upstream = exchange
            .upstream
            .and_then(|id| self.connections.get_mut(id));
        let waits_for_client = !exchange.request.is_done()
            && client.pipe.input().is_empty()
            && self.station.sockets().unread(client.pipe.id) == 0
            && upstream.is_some_and(has_sent);
        let is_idle = now >= client.since + self.idle_timeout;
        let (status, because) = match (waits_for_client, is_idle) {
            (true, true) => (
                408,
                "The rest of the request's body did not come within the idle timeout.",
            ),
            (true, false) => (
                408,
                "The request's body went on longer than an exchange may take.",
            ),
            (false, true) => (504, "The target did not answer within the idle timeout."),
            (false, false) => (504, "The answer went on longer than an exchange may take."),
        };
        let has_asked = status == 504 && is_idle;
        if has_asked
            && let Some(id) = exchange.upstream
            && let Some(Role::Upstream(upstream)) = self.connections.take(id)
        {
            self.station.sockets_mut().abort(id);
            return self.lose(now, client, *upstream, Failure::Silent, because.into());
        }
        self.fail(now, client, status, because.into())
    }

    /// The exchange has failed: the client is told so if nothing was told yet, else its connection is reset.
    pub(crate) fn fail(
        &mut self,
        now: Instant,
        client: &mut Client,
        status: u16,
        because: Cow<'static, str>,
    ) -> Next {
        let phase = std::mem::replace(&mut client.phase, Phase::Close);
        let Phase::Exchange(exchange) = phase else {
            return Next::Again;
        };
        self.release(&exchange);
        if status >= 500 {
            self.observe(now, exchange.group, exchange.target, false);
        }
        if let Some(status) = exchange.status {
            self.listeners[client.listener].tally.add(Count::Cut);
            self.close_entry(now, client, status);
            // What has come of the answer leaves first.
            client.pipe.flush(self.station.sockets_mut());
            self.doomed.push(client.pipe.id);
            return Next::Gone;
        }
        let keeps = exchange.keeps_client && exchange.request.is_done();
        let connection = self.connection_after(now, client, keeps, exchange.version);
        if connection != Connection::Closed {
            client.phase = Phase::Head;
        }
        self.write_reply(
            now,
            client,
            &Reply::page(status),
            exchange.is_head,
            connection,
            because,
        );
        Next::Again
    }
}
