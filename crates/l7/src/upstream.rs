//! Connections to targets: opened or taken from the idle ones, and what becomes of an exchange on them.

use std::borrow::Cow;
use std::net::SocketAddr;

use switchlab_balance::TargetId;
use switchlab_core::{Assignment, Event, Instant};
use switchlab_host::{ConnectionEvent, ConnectionId};
use switchlab_http::{BodyError, Framing, Version};

use crate::client::{Client, Next, Phase};
use crate::connections::Role;
use crate::exchange::{Exchange, Leg};
use crate::headers::{framing_for, towards_client, towards_target};
use crate::pipe::Pipe;
use crate::reply::{Connection, Reply};
use crate::sticky::set_cookies;
use crate::switch::L7Switch;
use crate::tally::Count;

/// The longest head of an answer in octets, as ELB has it; a longer one is answered with 502.
pub(crate) const LONGEST_ANSWER_HEAD: usize = 32 << 10;

/// A connection to a target.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) pipe: Pipe,
    group: usize,
    target: TargetId,
    /// Whose request it carries; `None` while it is idle.
    client: Option<ConnectionId>,
    pub(crate) is_connected: bool,
    /// Whether it has carried another request before.
    is_reused: bool,
    /// What [`Pipe::received`] was when this request began.
    received_before: u64,
}

/// What ends an exchange before its time.
enum Fault {
    /// The client's body is malformed or cut off.
    Client(BodyError),
    /// The target's answer is malformed or cut off.
    Target(Cow<'static, str>),
}

impl L7Switch {
    /// Sends the request in `self.head` to a target of the group.
    pub(crate) fn forward(&mut self, now: Instant, client: &mut Client, group: usize) -> Next {
        let pool = &mut self.groups[group];
        let ends = (client.address, client.server);
        let steps = self.explained.as_mut();
        let Some(target) = pool.choose(&self.head.fields, &self.tokens, now, ends, steps) else {
            let because = format!(
                "No target is registered in the group {}.",
                pool.targets.name()
            );
            return self.answer(now, client, &Reply::page(503), because.into());
        };
        pool.tally.add(Count::Requests);
        self.tell_assigned(client, group, target);
        let mut upstream = match self.reach(client.pipe.id, group, target) {
            Ok(upstream) => upstream,
            Err(because) => return self.answer(now, client, &Reply::page(502), because),
        };
        let id = upstream.pipe.id;
        let mut exchange = Exchange::new(&self.head, group, target, id);
        if exchange.keeps_client {
            let connection = self.connection_after(now, client, true, exchange.version);
            exchange.keeps_client = connection != Connection::Closed;
        }
        if self.head.expects_continue()
            && !exchange.request.is_done()
            && client.pipe.input().is_empty()
        {
            client
                .pipe
                .output()
                .extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        towards_target(
            &mut self.head,
            client.address,
            client.server,
            &mut self.scratch,
        );
        self.head.write(upstream.pipe.output());
        if upstream.is_reused && exchange.is_idempotent {
            upstream.pipe.hold();
        }
        self.groups[group].targets.begin(target);
        self.connections.put(id, Role::Upstream(upstream), None);
        client.since = now;
        client.phase = Phase::Exchange(exchange);
        Next::Again
    }

    fn tell_assigned(&mut self, client: &Client, group: usize, target: TargetId) {
        let targets = &self.groups[group].targets;
        self.events.push_back(Event::Assigned(Assignment {
            group: targets.name().clone(),
            client: client.address,
            server: client.server,
            ordinal: Some(client.ordinal),
            target: targets.address(target),
        }));
    }

    /// An idle connection to a target, or a fresh one.
    fn reach(
        &mut self,
        client: ConnectionId,
        group: usize,
        target: TargetId,
    ) -> Result<Box<Upstream>, Cow<'static, str>> {
        while let Some(id) = self.groups[group].pop_idle(target) {
            if let Some(Role::Upstream(mut upstream)) = self.connections.take(id) {
                upstream.is_reused = true;
                upstream.received_before = upstream.pipe.received;
                upstream.client = Some(client);
                return Ok(upstream);
            }
        }
        self.reach_anew(client, group, target)
    }

    fn reach_anew(
        &mut self,
        client: ConnectionId,
        group: usize,
        target: TargetId,
    ) -> Result<Box<Upstream>, Cow<'static, str>> {
        let pool = &mut self.groups[group];
        pool.tally.add(Count::Connections);
        let address = pool.targets.address(target);
        let pipe = self
            .connect(address)
            .inspect_err(|_| self.groups[group].tally.add(Count::ConnectionErrors))?;
        Ok(Box::new(Upstream {
            pipe,
            group,
            target,
            client: Some(client),
            is_connected: false,
            is_reused: false,
            received_before: 0,
        }))
    }

    /// Begins to open a connection.
    ///
    /// # Errors
    /// Why it cannot even be tried, as a sentence.
    pub(crate) fn connect(&mut self, remote: SocketAddr) -> Result<Pipe, Cow<'static, str>> {
        let Some(local) = self.station.address_towards(remote.ip()) else {
            return Err(format!("No route leads to {remote}.").into());
        };
        match self.station.sockets_mut().connect(local, remote) {
            Ok(id) => Ok(self.pipes.open(id)),
            Err(error) => Err(format!("No connection to {remote} can be opened: {error}.").into()),
        }
    }

    /// Something happened to a connection to a target.
    pub(crate) fn upstream_event(
        &mut self,
        now: Instant,
        mut upstream: Box<Upstream>,
        event: ConnectionEvent,
    ) {
        let id = upstream.pipe.id;
        let Some(client) = upstream.client else {
            // An idle target has nothing to say: whatever comes is not for the next request.
            if event.is_final()
                || matches!(
                    event,
                    ConnectionEvent::PeerClosed | ConnectionEvent::Readable
                )
            {
                self.groups[upstream.group].forget_idle(upstream.target, id);
                self.station.sockets_mut().close(id);
                return self.pipes.recycle(upstream.pipe);
            }
            let due = now + self.idle_timeout;
            return self
                .connections
                .put(id, Role::Upstream(upstream), Some(due));
        };
        let Some(Role::Client(mut client)) = self.connections.take(client) else {
            self.station.sockets_mut().abort(id);
            return self.pipes.recycle(upstream.pipe);
        };
        upstream.is_connected |= event == ConnectionEvent::Connected;
        upstream.pipe.peer_closed |= event == ConnectionEvent::PeerClosed;
        if event.is_final() {
            let (status, because) = match event {
                ConnectionEvent::Refused => (502, "The target refused the connection."),
                ConnectionEvent::Unreachable => {
                    (502, "The network says that the target cannot be reached.")
                }
                ConnectionEvent::TimedOut if !upstream.is_connected => (
                    504,
                    "The target did not take the connection within the connect timeout.",
                ),
                ConnectionEvent::TimedOut => {
                    (504, "The target no longer acknowledges what it is sent.")
                }
                _ => (
                    502,
                    "The target reset the connection before it had answered.",
                ),
            };
            self.groups[upstream.group]
                .tally
                .add(Count::ConnectionErrors);
            let next = self.lose(now, &mut client, *upstream, status, because.into());
            return self.proceed(now, client, next);
        }
        self.connections.put(id, Role::Upstream(upstream), None);
        self.drive(now, client);
    }

    /// An idle connection to a target has been idle for long enough.
    pub(crate) fn upstream_late(&mut self, upstream: Upstream) {
        let id = upstream.pipe.id;
        self.groups[upstream.group].forget_idle(upstream.target, id);
        self.station.sockets_mut().close(id);
        self.pipes.recycle(upstream.pipe);
    }

    /// Moves what can be moved between a client and its target.
    pub(crate) fn relay(&mut self, now: Instant, client: &mut Client) -> Next {
        let Phase::Exchange(exchange) = &client.phase else {
            return Next::Wait;
        };
        let Some(Role::Upstream(mut upstream)) = self.connections.take(exchange.upstream) else {
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
            Err(Fault::Target(because)) => {
                self.station.sockets_mut().abort(upstream.pipe.id);
                self.lose(now, client, *upstream, 502, because)
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
        let Phase::Exchange(Exchange {
            answer: Some(answer),
            ..
        }) = &mut client.phase
        else {
            return Ok(false);
        };
        let sockets = self.station.sockets_mut();
        let relayed = answer.relay(&mut upstream.pipe, &mut client.pipe, sockets);
        relayed.map_err(|error| {
            Fault::Target(format!("The body of the target's answer is malformed: {error}.").into())
        })?;
        Ok(answer.is_done())
    }

    /// Reads the head of the answer, and writes ours; says whether it was whole.
    fn read_answer(
        &mut self,
        now: Instant,
        client: &mut Client,
        upstream: &mut Upstream,
    ) -> Result<bool, Fault> {
        let fault = |because: &'static str| Err(Fault::Target(because.into()));
        loop {
            let sockets = self.station.sockets_mut();
            if client.pipe.is_full() && !client.pipe.flush(sockets) {
                return Ok(false);
            }
            let is_empty = upstream.pipe.input().is_empty();
            let read = if is_empty {
                Ok(None)
            } else {
                self.answer.read(upstream.pipe.input())
            };
            let taken = match read {
                Ok(Some(taken)) => taken,
                Ok(None) if upstream.pipe.fill(sockets) => continue,
                Ok(None) if upstream.pipe.has_ended(sockets) => {
                    return fault("The target closed the connection before it had answered.");
                }
                Ok(None) if upstream.pipe.input().len() > LONGEST_ANSWER_HEAD => {
                    return fault("The head of the target's answer is longer than 32 KiB.");
                }
                Ok(None) => return Ok(false),
                Err(malformed) => {
                    return Err(Fault::Target(
                        format!("What the target answered is refused: {malformed}.").into(),
                    ));
                }
            };
            if taken > LONGEST_ANSWER_HEAD {
                return fault("The head of the target's answer is longer than 32 KiB.");
            }
            upstream.pipe.let_go();
            upstream.pipe.consume(taken);
            match self.answer.status() {
                101 => return fault("The target switched protocols, which nobody had asked for."),
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
            towards_client(&mut self.answer, Framing::None, Connection::Kept);
            self.answer.write(client.pipe.output());
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
        let keeps_upstream = self.answer.keeps_alive() && incoming != Framing::UntilClose;
        towards_client(&mut self.answer, outgoing, connection);
        let pool = &mut self.groups[group];
        let address = pool.targets.address(target);
        if pool.lb_cookie.is_some() {
            let second = now.as_nanos() / 1_000_000_000;
            let token = self.tokens.issue(pool.targets.name(), address, second);
            set_cookies(
                &mut self.answer.fields,
                &token,
                self.epoch.saturating_add(second),
            );
        }
        let status = self.answer.status();
        self.answer.write(client.pipe.output());
        pool.tally.add_status(status);
        let because = if upstream.is_reused {
            "The answer is the target's own, on a connection that had carried others before."
        } else {
            "The answer is the target's own, on a fresh connection."
        };
        self.tell_answer(client, status, Some(address), because.into());
        if let Phase::Exchange(exchange) = &mut client.phase {
            exchange.answer = Some(Leg::new(incoming, outgoing));
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
            && exchange.request.is_done()
            && !upstream.pipe.peer_closed
            && upstream.pipe.is_clean(self.station.sockets());
        let keeps_client = exchange.keeps_client;
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

    /// A target's connection has ended with the request under way. It is sent once more if the
    /// connection was not fresh, nothing of an answer had come, the method allows it (RFC 9110 §9.2.2)
    /// and everything sent so far is still held.
    pub(crate) fn lose(
        &mut self,
        now: Instant,
        client: &mut Client,
        upstream: Upstream,
        status: u16,
        because: Cow<'static, str>,
    ) -> Next {
        let mut pipe = upstream.pipe;
        let is_untouched = upstream.is_reused && pipe.received == upstream.received_before;
        let held = pipe.held().filter(|_| is_untouched);
        self.pipes.recycle(pipe);
        let (group, target) = (upstream.group, upstream.target);
        let Some(held) = held else {
            return self.fail(now, client, status, because);
        };
        self.groups[group].tally.add(Count::Retries);
        self.tell_assigned(client, group, target);
        let mut fresh = match self.reach_anew(client.pipe.id, group, target) {
            Ok(fresh) => fresh,
            Err(because) => return self.fail(now, client, 502, because),
        };
        *fresh.pipe.output() = held;
        let id = fresh.pipe.id;
        self.connections.put(id, Role::Upstream(fresh), None);
        if let Phase::Exchange(exchange) = &mut client.phase {
            exchange.upstream = id;
        }
        client.since = now;
        Next::Again
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
        if exchange.answer.is_some() {
            self.station.sockets_mut().abort(client.pipe.id);
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

    /// Lets go of the target of an exchange that has no end of its own.
    pub(crate) fn release(&mut self, exchange: &Exchange) {
        self.groups[exchange.group].targets.finish(exchange.target);
        if let Some(Role::Upstream(upstream)) = self.connections.take(exchange.upstream) {
            self.station.sockets_mut().abort(upstream.pipe.id);
            self.pipes.recycle(upstream.pipe);
        }
    }

    fn discard(&mut self, upstream: Upstream) {
        self.station.sockets_mut().close(upstream.pipe.id);
        self.pipes.recycle(upstream.pipe);
    }

    /// Closes the idle connections to a target.
    pub(crate) fn close_idle(&mut self, group: usize, target: TargetId) {
        while let Some(id) = self.groups[group].pop_idle(target) {
            if let Some(Role::Upstream(upstream)) = self.connections.take(id) {
                self.discard(*upstream);
            }
        }
    }

    /// Cuts what a target whose deregistration delay is over still has under way.
    pub(crate) fn cut(&mut self, now: Instant, group: usize, target: TargetId) {
        let is_its = |client: &Client| matches!(&client.phase, Phase::Exchange(exchange) if exchange.group == group && exchange.target == target);
        let clients: Vec<ConnectionId> = self
            .connections
            .clients()
            .filter(|(_, client)| is_its(client))
            .map(|(id, _)| id)
            .collect();
        for id in clients {
            if let Some(Role::Client(mut client)) = self.connections.take(id) {
                let because = "The target was deregistered, and its deregistration delay is over.";
                let next = self.fail(now, &mut client, 502, because.into());
                self.proceed(now, client, next);
            }
        }
    }
}
