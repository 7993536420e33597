//! Connections to targets: opened or taken from the idle ones, and how they end.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_balance::TargetId;
use switchlab_core::{Assignment, Event, Instant};
use switchlab_host::{ConnectionEvent, ConnectionId};
use switchlab_http::{Framing, HeadProgress};

use crate::client::{Client, Next, Phase};
use crate::connections::Role;
use crate::exchange::{Exchange, WebSocket};
use crate::headers::{Arrival, towards_target};
use crate::pipe::Pipe;
use crate::preset::Failure;
use crate::reply::{Connection, Reply};
use crate::sticky::GroupSession;
use crate::switch::L7Switch;
use crate::tally::Count;
use crate::trailers::TrailerRule;

/// A connection to a target.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) pipe: Pipe,
    pub(crate) group: usize,
    pub(crate) target: TargetId,
    /// Whose request it carries; `None` while it is idle.
    pub(crate) client: Option<ConnectionId>,
    pub(crate) is_connected: bool,
    /// Whether it has carried another request before.
    pub(crate) is_reused: bool,
    /// Whether the connection has ended before the target had the whole request.
    pub(crate) is_missed: bool,
    /// What [`Pipe::received`] was when this request began.
    received_before: u64,
    /// How far the head of the answer has been looked at.
    pub(crate) progress: HeadProgress,
}

impl Upstream {
    /// Whether nothing of an answer has come.
    pub(crate) fn has_said_nothing(&self) -> bool {
        self.pipe.received == self.received_before
    }
}

impl L7Switch {
    /// Sends the request in `self.head` to a target of the group.
    pub(crate) fn forward(
        &mut self,
        now: Instant,
        client: &mut Client,
        group: usize,
        group_session: Option<GroupSession>,
    ) -> Next {
        let pool = &mut self.groups[group];
        if let Some(entry) = &mut client.entry {
            entry.action = Some("forward");
            entry.group = Some(Arc::clone(pool.targets.name()));
        }
        let preset = self.config.preset;
        let ends = (client.source, client.server);
        let steps = self.explained.as_mut();
        let body = match self.head.framing() {
            Framing::Length(octets) => Some(octets),
            _ => None,
        };
        if let Some((status, because)) = pool.refusal(&self.head, body) {
            return self.answer(now, client, &Reply::page(status), because);
        }
        let picked = pool.pick(&self.head, &self.tokens, now, ends, preset, steps);
        let (target, session) = match picked {
            Ok(picked) => picked,
            Err((status, because)) => {
                return self.answer(now, client, &Reply::page(status), because);
            }
        };
        pool.tally.add(Count::Requests);
        if pool.targets.is_fail_open() {
            pool.tally.add(Count::FailOpen);
        }
        if pool.targets.stickiness().is_some() && session.bound.is_none() {
            self.listeners[client.listener].tally.add(Count::NonSticky);
        }
        if let Some(entry) = &mut client.entry {
            entry.target = Some(pool.targets.address(target));
        }
        self.tell_assigned(client, group, target);
        let reached = self.reach(client.pipe.id, group, target);
        let id = reached.as_ref().ok().map(|upstream| upstream.pipe.id);
        let drops_invalid = self.config.headers.drop_invalid_header_fields;
        let trailers = TrailerRule::of(&self.head.fields, self.head.framing(), drops_invalid);
        let mut exchange = Exchange::new(&self.head, group, (target, session), id, trailers);
        exchange.group_session = group_session;
        if exchange.keeps_client {
            let connection = self.connection_after(now, client, true, exchange.version);
            exchange.keeps_client = connection != Connection::Closed;
        }
        if self.head.expects_continue()
            && !exchange.request.is_done()
            && client.pipe.input().is_empty()
        {
            let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
            client.pipe.output().extend_from_slice(interim);
        }
        let name = Some(self.tracer.name(self.unix_seconds(now)));
        let arrival = Arrival {
            client: client.source,
            server: client.server,
            protocol: self.listeners[client.listener].config.protocol,
            passes_websocket: preset.knows_websocket(),
            trace: name.filter(|_| preset.names_requests()),
        };
        let headers = &self.config.headers;
        let forwarded = towards_target(&mut self.head, arrival, headers, &mut self.scratch);
        if forwarded.asks_for_websocket {
            exchange.websocket = WebSocket::Asked;
        }
        if forwarded.had_invalid_names {
            let tally = &mut self.listeners[client.listener].tally;
            tally.add(match headers.drop_invalid_header_fields {
                true => Count::InvalidDropped,
                false => Count::InvalidForwarded,
            });
        }
        if let Some(entry) = &mut client.entry {
            entry.name(&self.head);
        }
        let is_idempotent = exchange.is_idempotent;
        self.groups[group].targets.begin(target);
        client.since = now;
        client.phase = Phase::Exchange(Box::new(exchange));
        let mut upstream = match reached {
            Ok(upstream) => upstream,
            Err(because) => {
                client.dispatched = None;
                let mut octets = Vec::new();
                self.head.write(&mut octets);
                return self.ask_again(now, client, octets, Failure::Refused, because);
            }
        };
        client.dispatched = upstream.is_connected.then_some(now);
        self.head.write(upstream.pipe.output());
        if is_idempotent && (upstream.is_reused || preset.holds()) {
            upstream.pipe.hold();
        }
        self.connections
            .put(upstream.pipe.id, Role::Upstream(upstream), None);
        Next::Again
    }

    pub(crate) fn tell_assigned(&mut self, client: &Client, group: usize, target: TargetId) {
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
                // It said something, of which we are about to be told: that is not our answer.
                if !upstream.pipe.is_clean(self.station.sockets()) {
                    self.discard(*upstream);
                    continue;
                }
                upstream.is_reused = true;
                upstream.received_before = upstream.pipe.received;
                upstream.client = Some(client);
                return Ok(upstream);
            }
        }
        self.reach_anew(client, group, target)
    }

    pub(crate) fn reach_anew(
        &mut self,
        client: ConnectionId,
        group: usize,
        target: TargetId,
    ) -> Result<Box<Upstream>, Cow<'static, str>> {
        let pool = &mut self.groups[group];
        pool.tally.add(Count::Connections);
        let address = pool.targets.address(target);
        let pipe = self.connect(address).inspect_err(|_| {
            let tally = &mut self.groups[group].tally;
            tally.add(Count::ConnectionErrors);
            tally.add(Count::Unconnected);
        })?;
        Ok(Box::new(Upstream {
            pipe,
            group,
            target,
            client: Some(client),
            is_connected: false,
            is_reused: false,
            is_missed: false,
            received_before: 0,
            progress: HeadProgress::default(),
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
        if event == ConnectionEvent::Connected {
            upstream.is_connected = true;
            client.dispatched = Some(now);
        }
        if event.is_final() || event == ConnectionEvent::PeerClosed {
            let unsent = upstream.pipe.pending() + self.station.sockets().unacknowledged(id);
            upstream.is_missed |= unsent > 0;
        }
        upstream.pipe.peer_closed |= event == ConnectionEvent::PeerClosed;
        if event.is_final() {
            let (failure, because) = match event {
                ConnectionEvent::Refused => {
                    (Failure::Refused, "The target refused the connection.")
                }
                ConnectionEvent::Unreachable => (
                    Failure::Refused,
                    "The network says that the target cannot be reached.",
                ),
                ConnectionEvent::TimedOut if !upstream.is_connected => (
                    Failure::Unconnected,
                    "The target did not take the connection within the connect timeout.",
                ),
                ConnectionEvent::TimedOut => (
                    Failure::Silent,
                    "The target no longer acknowledges what it is sent.",
                ),
                _ => (
                    Failure::Broken,
                    "The target reset the connection before it had answered.",
                ),
            };
            let tally = &mut self.groups[upstream.group].tally;
            tally.add(Count::ConnectionErrors);
            if !upstream.is_connected {
                tally.add(Count::Unconnected);
            }
            let next = self.lose(now, &mut client, *upstream, failure, because.into());
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

    /// Lets go of the target of an exchange that has no end of its own.
    pub(crate) fn release(&mut self, exchange: &Exchange) {
        self.groups[exchange.group].targets.finish(exchange.target);
        let upstream = exchange.upstream.and_then(|id| self.connections.take(id));
        if let Some(Role::Upstream(upstream)) = upstream {
            self.station.sockets_mut().abort(upstream.pipe.id);
            self.pipes.recycle(upstream.pipe);
        }
    }

    pub(crate) fn discard(&mut self, upstream: Upstream) {
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
