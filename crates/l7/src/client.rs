//! A client's connection: head, exchange, and on to the next head, until one of us has enough.

use std::net::SocketAddr;

use switchlab_core::{Exchange as ExchangeName, Instant, Silent};
use switchlab_host::{ConnectionEvent, ConnectionId};
use switchlab_http::{BodyReader, Desync, HeadProgress};

use crate::Action;
use crate::access::Entry;
use crate::connections::Role;
use crate::exchange::{Exchange, WebSocket};
use crate::headers::name_host;
use crate::pipe::Pipe;
use crate::reply::Reply;
use crate::sticky::{COOKIE_INVALID, GroupSession};
use crate::switch::L7Switch;
use crate::tally::Count;

/// The status under which a client is logged that went before it was answered; nobody is sent it.
const CLIENT_CLOSED: u16 = 460;

/// A connection that a client opened.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) pipe: Pipe,
    /// The place of the listener.
    pub(crate) listener: usize,
    /// The client's end.
    pub(crate) address: SocketAddr,
    /// Whom the requests come from: the client, or whom a proxy in front announced.
    pub(crate) source: SocketAddr,
    /// Our end.
    pub(crate) server: SocketAddr,
    /// Which exchange this is, from 0.
    pub(crate) ordinal: u32,
    pub(crate) born: Instant,
    /// When patience began: with the wait for a head and with its first octet; with every octet that
    /// moved later on.
    pub(crate) since: Instant,
    /// When the head of the request at hand was read.
    pub(crate) asked: Instant,
    /// When it was out to its target.
    pub(crate) dispatched: Option<Instant>,
    /// The connection's name in access logs.
    pub(crate) connection: u64,
    /// What there is to log of the request at hand.
    pub(crate) entry: Option<Box<Entry>>,
    /// What [`Pipe::totals`] was when the request at hand began.
    pub(crate) counted: (u64, u64),
    pub(crate) phase: Phase,
    /// How far the head that is awaited has been looked at.
    pub(crate) progress: HeadProgress,
    /// The class of the request at hand, if the parser asks for it or refuses it.
    pub(crate) desync: Option<Desync>,
    /// Whether that class closes the connections behind the answer.
    pub(crate) closes: bool,
}

/// What a client's connection is at.
#[derive(Debug)]
pub(crate) enum Phase {
    /// A proxy in front is to announce whom it speaks for.
    Announcement,
    /// A head is awaited.
    Head,
    /// A target is asked.
    Exchange(Box<Exchange>),
    /// We have answered ourselves; the request's body is read and thrown away.
    Drain(BodyReader),
    /// The last answer is on its way.
    Close,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The next phase, at once.
    Again,
    /// Nothing until something comes.
    Wait,
    /// Everything is sent: our side is closed.
    Close,
    /// The connection was reset.
    Gone,
}

impl Client {
    /// The exchange's name in events.
    pub(crate) fn exchange_name(&self) -> ExchangeName {
        ExchangeName {
            client: self.address,
            server: self.server,
            ordinal: self.ordinal,
        }
    }

    /// Whether a request or its answer is under way, and not a WebSocket, which lasts as long as it is used.
    fn has_asked(&self) -> bool {
        match &self.phase {
            Phase::Announcement => false,
            Phase::Head => self.pipe.pending() > 0,
            Phase::Exchange(exchange) => exchange.websocket != WebSocket::Open,
            Phase::Drain(_) | Phase::Close => true,
        }
    }

    fn awaits_first_octet(&self) -> bool {
        matches!(self.phase, Phase::Head) && self.pipe.input().is_empty() && self.ordinal > 0
    }
}

impl L7Switch {
    /// Takes a connection that a client has opened.
    pub(crate) fn accept(&mut self, now: Instant, id: ConnectionId) {
        let sockets = self.station.sockets_mut();
        let (Some(address), Some(server)) = (sockets.remote(id), sockets.local(id)) else {
            return;
        };
        let is_its = |port: &u16| *port == server.port();
        let Some(listener) = self
            .listeners
            .iter()
            .position(|other| is_its(&other.config.port))
        else {
            return sockets.abort(id);
        };
        self.listeners[listener].tally.add(Count::Connections);
        let client = Client {
            pipe: self.pipes.open(id),
            listener,
            address,
            source: address,
            server,
            ordinal: 0,
            born: now,
            since: now,
            asked: now,
            dispatched: None,
            connection: self.tracer.connection(),
            entry: None,
            counted: (0, 0),
            phase: match self.config.proxy_protocol {
                true => Phase::Announcement,
                false => Phase::Head,
            },
            progress: HeadProgress::default(),
            desync: None,
            closes: false,
        };
        self.drive(now, Box::new(client));
    }

    /// Something happened to a client's connection.
    pub(crate) fn client_event(
        &mut self,
        now: Instant,
        mut client: Box<Client>,
        event: ConnectionEvent,
    ) {
        if event.is_final() {
            return self.client_gone(now, client);
        }
        let has_closed = event == ConnectionEvent::PeerClosed;
        if has_closed && self.config.preset.takes_closed_for_gone() && self.is_at_end(&client) {
            self.station.sockets_mut().close(client.pipe.id);
            return self.client_gone(now, client);
        }
        client.pipe.peer_closed |= has_closed;
        self.drive(now, client);
    }

    /// Whether a client waits for an answer, and has sent nothing behind the request.
    fn is_at_end(&self, client: &Client) -> bool {
        let Phase::Exchange(exchange) = &client.phase else {
            return false;
        };
        let unread = self.station.sockets().unread(client.pipe.id);
        exchange.request.is_done()
            && exchange.websocket != WebSocket::Open
            && client.pipe.input().is_empty()
            && unread == 0
    }

    /// The client closed or reset its connection, or is silent for too long in the eyes of TCP.
    fn client_gone(&mut self, now: Instant, mut client: Box<Client>) {
        if let Phase::Exchange(exchange) = std::mem::replace(&mut client.phase, Phase::Close) {
            let tally = &mut self.listeners[client.listener].tally;
            match exchange.status {
                Some(_) => tally.add(Count::Cut),
                None => {
                    tally.add(Count::Gone);
                    tally.add_own(CLIENT_CLOSED);
                }
            }
            let status = exchange.status.unwrap_or(CLIENT_CLOSED);
            self.close_entry(now, &mut client, status);
            self.release(&exchange);
        }
        self.pipes.recycle(client.pipe);
    }

    /// Goes on with a client as far as it can.
    pub(crate) fn drive(&mut self, now: Instant, client: Box<Client>) {
        self.proceed(now, client, Next::Again);
    }

    pub(crate) fn proceed(&mut self, now: Instant, mut client: Box<Client>, mut next: Next) {
        while next == Next::Again {
            next = match &client.phase {
                Phase::Announcement => self.read_announcement(now, &mut client),
                Phase::Head => self.read_head(now, &mut client),
                Phase::Exchange(_) => self.relay(now, &mut client),
                Phase::Drain(_) => self.drain(now, &mut client),
                Phase::Close => self.send_rest(now, &mut client),
            };
        }
        match next {
            Next::Close => self.linger(now, client.pipe),
            Next::Gone => self.pipes.recycle(client.pipe),
            _ => {
                let id = client.pipe.id;
                let mut due = client.since + self.idle_timeout;
                if client.awaits_first_octet() {
                    due = due.min(client.born + self.client_keep_alive);
                }
                if let Phase::Exchange(exchange) = &client.phase
                    && let Some((until, _)) = exchange.pause
                {
                    due = due.min(until);
                }
                if client.has_asked() {
                    due = due.min(client.asked + self.config.exchange_limit);
                }
                self.connections.put(id, Role::Client(client), Some(due));
            }
        }
    }

    /// A client's patience, or ours with it, has ended.
    pub(crate) fn client_late(&mut self, now: Instant, mut client: Box<Client>) {
        match &client.phase {
            Phase::Announcement => {
                let tally = &mut self.listeners[client.listener].tally;
                tally.add(Count::Unannounced);
                self.abort_client(*client);
            }
            // The last answer is not read.
            Phase::Head if client.pipe.pending() > 0 => self.abort_client(*client),
            // Nobody is owed an answer between two requests.
            Phase::Head if client.awaits_first_octet() => {
                client.phase = Phase::Close;
                self.drive(now, client);
            }
            Phase::Head => {
                self.reject_unread(
                    now,
                    &mut client,
                    408,
                    "No whole request came within the idle timeout.",
                );
                self.drive(now, client);
            }
            Phase::Exchange(_) => {
                let next = self.exchange_late(now, &mut client);
                self.proceed(now, client, next);
            }
            Phase::Drain(_) | Phase::Close => self.abort_client(*client),
        }
    }

    fn abort_client(&mut self, client: Client) {
        self.station.sockets_mut().abort(client.pipe.id);
        self.pipes.recycle(client.pipe);
    }

    fn read_head(&mut self, now: Instant, client: &mut Client) -> Next {
        let intake = self.config.intake;
        let sockets = self.station.sockets_mut();
        if client.pipe.pending() > 0 {
            let before = client.pipe.moved;
            let is_sent = client.pipe.flush(sockets);
            if client.pipe.moved > before {
                client.since = now;
            }
            if !is_sent {
                return Next::Wait;
            }
        }
        loop {
            if !client.pipe.input().is_empty() {
                let octets = client.pipe.input();
                match intake.read_head(&mut client.progress, octets, &mut self.head) {
                    Ok(Some(taken)) => {
                        client.pipe.consume(taken.octets);
                        client.desync = taken.desync;
                        client.closes = taken.close;
                        return self.serve(now, client);
                    }
                    Ok(None) => {}
                    Err(rejection) => {
                        client.desync = Some(rejection.desync);
                        let because = format!("The request is refused: {}.", rejection.reason);
                        return self.reject_unread(now, client, rejection.status, because);
                    }
                }
            }
            let sockets = self.station.sockets_mut();
            let was_empty = client.pipe.input().is_empty();
            if client.pipe.fill(sockets) {
                if was_empty {
                    client.since = now;
                }
            } else if !client.pipe.has_ended(sockets) {
                return Next::Wait;
            } else if was_empty {
                client.phase = Phase::Close;
                return Next::Again;
            } else {
                return self.reject_unread(
                    now,
                    client,
                    400,
                    "The client closed before its request was whole.",
                );
            }
        }
    }

    /// Decides about the request in `self.head`, and begins to act on it.
    fn serve(&mut self, now: Instant, client: &mut Client) -> Next {
        self.listeners[client.listener].tally.add(Count::Requests);
        client.asked = now;
        client.dispatched = None;
        self.open_entry(client);
        if let Some(entry) = &mut client.entry {
            entry.read(&self.head, &self.config.headers);
        }
        let listener = &mut self.listeners[client.listener];
        let source = client.source.ip();
        let place = match &mut self.explained {
            Some(steps) => listener.table.place_of(&self.head, source, steps),
            None => listener.table.place_of(&self.head, source, &mut Silent),
        };
        let rules = listener.table.rules();
        let evaluated = place.map_or(rules.len(), |place| place + 1);
        listener
            .tally
            .add_many(Count::Evaluations, evaluated as u64);
        if let Some(entry) = &mut client.entry {
            entry.priority = Some(place.map_or(0, |place| rules[place].priority));
        }
        let (action, turns) = match place {
            Some(place) => (
                &listener.table.rules()[place].action,
                &mut listener.turns[place],
            ),
            None => (listener.table.default_action(), &mut listener.default_turns),
        };
        match action {
            Action::Forward(forward) => {
                name_host(&mut self.head, client.server, &self.config.headers);
                if let Some(rewriter) = place.map(|place| &listener.table.rewriters[place]) {
                    let outcome = rewriter.apply(&mut self.head);
                    if let Some(entry) = &mut client.entry
                        && rewriter.rewrites()
                    {
                        entry.rewrite(&self.head, outcome.is_ok());
                    }
                    if let Err(failed) = outcome {
                        return self.answer(now, client, &Reply::page(500), failed.because.into());
                    }
                }
                let name = (
                    listener.config.port,
                    place.map_or(0, |place| rules[place].priority),
                );
                let fields = &self.head.fields;
                let session = GroupSession::of(forward, name, &self.tokens, now, fields);
                if let Some((status, because)) =
                    session.and_then(|session| session.cookie.refusal())
                {
                    if let Some(entry) = &mut client.entry {
                        entry.action = Some("forward");
                        entry.error_reason = Some(COOKIE_INVALID);
                    }
                    return self.answer(now, client, &Reply::page(status), because.into());
                }
                let share = forward.choose(session, turns);
                let group = share.and_then(|share| {
                    self.groups
                        .iter()
                        .position(|group| group.is_named(&share.group))
                });
                match group {
                    Some(group) => self.forward(now, client, group, session),
                    None => {
                        let because = "No target group of the rule has a weight.";
                        self.answer(now, client, &Reply::page(503), because.into())
                    }
                }
            }
            Action::FixedResponse(fixed) => {
                let reply = Reply::fixed(fixed);
                listener.tally.add(Count::Fixed);
                if let Some(entry) = &mut client.entry {
                    entry.action = Some("fixed-response");
                }
                let because = "The rule that took the request gives a fixed response.";
                self.answer(now, client, &reply, because.into())
            }
            Action::Redirect(redirect) => {
                let protocol = listener.config.protocol;
                let reply = Reply::redirect(
                    redirect,
                    &self.head,
                    protocol,
                    client.server,
                    &self.config.headers,
                );
                listener.tally.add(match reply.status {
                    507 => Count::RedirectsTooLong,
                    _ => Count::Redirects,
                });
                if let Some(entry) = &mut client.entry {
                    entry.redirect(reply.location());
                }
                let because = "The rule that took the request sends the client elsewhere.";
                self.answer(now, client, &reply, because.into())
            }
        }
    }

    /// Reads the rest of a request that nobody wants, so that the next can be found behind it.
    fn drain(&mut self, now: Instant, client: &mut Client) -> Next {
        let Phase::Drain(reader) = &mut client.phase else {
            return Next::Wait;
        };
        let sockets = self.station.sockets_mut();
        let before = client.pipe.moved;
        client.pipe.flush(sockets);
        let next = loop {
            if reader.is_done() {
                client.phase = Phase::Head;
                break Next::Again;
            }
            if client.pipe.input().is_empty() && !client.pipe.fill(sockets) {
                if client.pipe.has_ended(sockets) {
                    client.phase = Phase::Close;
                    break Next::Again;
                }
                break Next::Wait;
            }
            match reader.read(client.pipe.input()) {
                Ok(piece) => client.pipe.consume(piece.consumed),
                Err(_) => {
                    client.phase = Phase::Close;
                    break Next::Again;
                }
            }
        };
        if client.pipe.moved > before || next == Next::Again {
            client.since = now;
        }
        next
    }

    /// Sends the rest of the last answer.
    fn send_rest(&mut self, now: Instant, client: &mut Client) -> Next {
        let before = client.pipe.moved;
        let is_sent = client.pipe.flush(self.station.sockets_mut());
        if client.pipe.moved > before {
            client.since = now;
        }
        if is_sent { Next::Close } else { Next::Wait }
    }
}
