//! An HTTP/1.1 client that sends requests by the clock, or one behind the other.
//!
//! | file | idea |
//! |---|---|
//! | `prepared` | the octets of a request |
//! | `names` | where the hosts of URLs are |
//! | `channel` | one connection, and reading the answer |
//! | here | when requests begin, which connection takes one, and what becomes of it |

mod channel;
mod names;
mod prepared;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Deadlines, Event, Instant, RequestDone, RequestError, RequestSent};
use switchlab_http::{CookieJar, ResponseHead, SetCookie};

use crate::apps::HttpClientConfig;
use crate::apps::error::AppError;
use crate::apps::octets::push;
use crate::apps::stub::Outcome;
use crate::{App, ConnectionEvent, ConnectionId, Kernel};
use channel::{Channel, Progress, Request};
use names::{Known, Names, Servers};
use prepared::Prepared;

/// How long a client without a clock of its own waits after a request that failed. Without it, a server
/// that cannot be reached would be asked for ever at one instant.
const PAUSE: Duration = Duration::from_millis(10);

/// How a request ends that nobody knows an address for.
const UNRESOLVED: Option<RequestError> = Some(RequestError::Unresolved);

/// Methods that may be sent twice: RFC 9110 §9.2.2.
const IDEMPOTENT: [&str; 5] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

pub(super) struct HttpClient {
    config: HttpClientConfig,
    urls: Vec<Prepared>,
    names: Names,
    limit: usize,
    jar: CookieJar,
    is_running: bool,
    /// When the next request may begin.
    next: Instant,
    begun: u64,
    under_way: usize,
    /// By [`ConnectionId::index`].
    channels: Vec<Channel>,
    /// Requests whose connections have ended, and had their places taken by others before it was told.
    displaced: Vec<(ConnectionId, Request)>,
    /// Connections that wait for a request; the one used last is used next.
    idle: BTreeMap<SocketAddr, Vec<ConnectionId>>,
    /// When patience with a connection's request ends.
    deadlines: Deadlines<usize>,
    /// The head that is being read, and its memory.
    head: ResponseHead,
    ok: u64,
    failed: u64,
    unfinished: u64,
}

impl HttpClient {
    pub(super) fn new(config: HttpClientConfig) -> Result<Self, AppError> {
        if config.urls.is_empty() {
            return Err(AppError::NoUrl);
        }
        let limit = match (config.concurrency, config.every) {
            (Some(0), _) => return Err(AppError::NoConcurrency),
            (Some(limit), _) => limit,
            (None, None) => 1,
            (None, Some(every)) if every.is_zero() && config.count.is_none() => {
                return Err(AppError::Endless);
            }
            (None, Some(_)) => usize::MAX,
        };
        let urls = config.urls.iter().map(|url| Prepared::new(url, &config));
        Ok(Self {
            urls: urls.collect::<Result<_, _>>()?,
            names: Names::new(config.resolvers.clone()),
            config,
            limit,
            jar: CookieJar::default(),
            is_running: false,
            next: Instant::ZERO,
            begun: 0,
            under_way: 0,
            channels: Vec::new(),
            displaced: Vec::new(),
            idle: BTreeMap::new(),
            deadlines: Deadlines::default(),
            head: ResponseHead::new(200),
            ok: 0,
            failed: 0,
            unfinished: 0,
        })
    }

    /// When the next request begins, if nothing else has to happen first.
    fn next_begins(&self) -> Option<Instant> {
        let is_left = self.config.count.is_none_or(|count| self.begun < count);
        let may_begin = self.is_running && is_left && self.under_way < self.limit;
        may_begin.then_some(self.next)
    }

    /// Begins every request that may begin.
    fn begin_due(&mut self, kernel: &mut Kernel<'_>) {
        while self.next_begins().is_some_and(|at| at <= kernel.now()) {
            let number = self.begun;
            let count = self.urls.len() as u64;
            let url = (number % count) as usize;
            let mut request = Request {
                number,
                url,
                servers: Arc::default(),
                address: 0,
                others: 0,
                patience_ends: kernel.now() + self.config.timeout,
            };
            let servers = &self.urls[url].servers;
            let known = self.names.find(kernel.now(), servers);
            if let Known::At(found) = &known {
                // What a resolver says is in order already.
                let first = match servers {
                    Servers::At(all) => (number / count % all.len() as u64) as usize,
                    Servers::Named(..) => 0,
                };
                request = request.at(Arc::clone(found), first);
            }
            self.begun += 1;
            self.under_way += 1;
            if let Some(every) = self.config.every {
                self.next += every;
            }
            kernel.report(Event::RequestSent(RequestSent {
                app: kernel.name().clone(),
                number,
                url: self.urls[url].url.clone(),
                server: request.server(),
            }));
            match known {
                Known::At(_) => self.ask(kernel, request),
                Known::Nowhere => self.done(kernel, &request, None, UNRESOLVED),
                Known::NotYet(question) => {
                    let mut outcomes = Vec::new();
                    self.names.wait(kernel, question, request, &mut outcomes);
                    self.resolved(kernel, outcomes);
                }
            }
        }
    }

    /// Goes on with the requests that waited for what is known now.
    fn resolved(&mut self, kernel: &mut Kernel<'_>, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            let resolution = outcome.1.clone();
            for request in self.names.settle(kernel.now(), outcome) {
                let port = match self.urls[request.url].servers {
                    Servers::Named(_, port) => port,
                    Servers::At(_) => continue,
                };
                match names::known(&resolution, port) {
                    Known::At(servers) => self.ask(kernel, request.at(servers, 0)),
                    _ => self.done(kernel, &request, None, UNRESOLVED),
                }
            }
        }
    }

    /// Sends a request whose addresses are known, on a connection that is idle or on one of its own.
    fn ask(&mut self, kernel: &mut Kernel<'_>, request: Request) {
        let idle = request
            .server()
            .and_then(|server| self.idle.get_mut(&server));
        match idle.and_then(Vec::pop) {
            Some(id) => {
                let until = request.patience_ends;
                self.assign(kernel, id, request, until);
                self.write(kernel, id);
            }
            None => self.connect(kernel, request),
        }
    }

    /// Gives a request a connection of its own, to the first address from its own on that there is a way to.
    fn connect(&mut self, kernel: &mut Kernel<'_>, mut request: Request) {
        let (server, id) = loop {
            let connected = request
                .server()
                .map(|server| (server, kernel.connect(server)));
            match connected {
                Some((server, Ok(id))) => break (server, id),
                _ if request.others > 0 => request.go_on(),
                _ => return self.done(kernel, &request, None, Some(RequestError::Unreachable)),
            }
        };
        if self.channels.len() <= id.index() {
            self.channels.resize_with(id.index() + 1, Channel::default);
        }
        let channel = &mut self.channels[id.index()];
        if let (Some(old), Some(request)) = (channel.id, channel.request.take()) {
            self.displaced.push((old, request));
        }
        channel.clear();
        channel.id = Some(id);
        channel.server = Some(server);
        let until = match request.others {
            0 => request.patience_ends,
            _ => (kernel.now() + self.config.address_timeout).min(request.patience_ends),
        };
        self.assign(kernel, id, request, until);
    }

    fn assign(&mut self, kernel: &Kernel<'_>, id: ConnectionId, request: Request, until: Instant) {
        let prepared = &self.urls[request.url];
        let channel = &mut self.channels[id.index()];
        channel.assign(request);
        let cookies = match self.config.cookies {
            true => self
                .jar
                .field(age(kernel.now()), &prepared.host, &prepared.path),
            false => None,
        };
        prepared.write(cookies.as_deref(), &mut channel.head);
        self.deadlines.set(id.index(), until);
    }

    /// The connection stands: its request may take the rest of its time.
    fn connected(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        let channel = &mut self.channels[id.index()];
        channel.local = kernel.local(id);
        if let Some(request) = &channel.request {
            self.deadlines.set(id.index(), request.patience_ends);
        }
        self.write(kernel, id);
    }

    fn channel_of(&mut self, id: ConnectionId) -> Option<&mut Channel> {
        let channel = self.channels.get_mut(id.index())?;
        (channel.id == Some(id)).then_some(channel)
    }

    fn write(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        let channel = &mut self.channels[id.index()];
        if channel.request.is_some() {
            let parts = [&*channel.head, &*self.config.body];
            push(kernel, id, parts, &mut channel.sent);
        }
    }

    /// Reads what came.
    fn read(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        if self.channels[id.index()].request.is_none() {
            // Nobody asked: whatever it is, the connection is of no use any more.
            return self.drop_idle(kernel, id);
        }
        loop {
            let channel = &mut self.channels[id.index()];
            match channel.read(kernel, id, &self.config.method, &mut self.head) {
                Progress::Waits => return,
                Progress::Head => self.keep_cookies(kernel.now(), id),
                Progress::Done => return self.answered(kernel, id),
                Progress::Malformed => {
                    return self.lost(kernel, id, RequestError::Malformed);
                }
            }
        }
    }

    /// The server will send no more than what waits.
    fn peer_closed(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        self.read(kernel, id);
        let Some(channel) = self.channel_of(id) else {
            return;
        };
        if channel.request.is_none() {
            return self.drop_idle(kernel, id);
        }
        match channel.finish() {
            Ok(()) => self.answered(kernel, id),
            Err(error) => self.lost(kernel, id, error),
        }
    }

    fn keep_cookies(&mut self, now: Instant, id: ConnectionId) {
        let Some(request) = &self.channels[id.index()].request else {
            return;
        };
        if self.config.cookies {
            let Prepared { host, path, .. } = &self.urls[request.url];
            for field in self.head.fields.get_all("set-cookie") {
                if let Some(cookie) = SetCookie::parse(field) {
                    self.jar.store(age(now), host, path, cookie);
                }
            }
        }
    }

    /// The whole answer is there.
    fn answered(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        let channel = &mut self.channels[id.index()];
        let is_sent = channel.sent == channel.head.len() + self.config.body.len();
        let stays = self.config.keep_alive
            && channel.keeps_alive
            && is_sent
            && !channel.has_leftovers(kernel, id);
        let server = channel.server;
        self.take_request(kernel, id, None);
        let channel = &mut self.channels[id.index()];
        match server {
            Some(server) if stays => {
                channel.ordinal += 1;
                self.idle.entry(server).or_default().push(id);
            }
            _ => {
                channel.clear();
                kernel.consume(id, usize::MAX);
                kernel.close(id);
            }
        }
        self.begin_due(kernel);
    }

    /// The connection came to nothing: so does its request, unless another address is left to be tried, or it
    /// may be sent once more.
    ///
    /// A server may close a connection just when a request is on its way. If the connection had carried
    /// another before, nothing of the answer came and the method is idempotent, the request gets a
    /// new connection, once (RFC 9112 §9.3.1); what goes wrong there is final.
    fn lost(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, error: RequestError) {
        let channel = &mut self.channels[id.index()];
        let Some(mut request) = channel.request.clone() else {
            return self.drop_idle(kernel, id);
        };
        kernel.close(id);
        let may_repeat = channel.ordinal > 0
            && !channel.answered
            && matches!(error, RequestError::Closed | RequestError::Reset)
            && IDEMPOTENT.contains(&&*self.config.method);
        let may_go_on =
            channel.local.is_none() && request.others > 0 && kernel.now() < request.patience_ends;
        if may_repeat || may_go_on {
            if may_go_on {
                request.go_on();
            }
            channel.clear();
            self.deadlines.cancel(id.index());
            return self.connect(kernel, request);
        }
        self.take_request(kernel, id, Some(error));
        self.channels[id.index()].clear();
        self.begin_due(kernel);
    }

    fn drop_idle(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        kernel.close(id);
        let channel = &mut self.channels[id.index()];
        if let Some(server) = channel.server
            && let Some(waiting) = self.idle.get_mut(&server)
        {
            waiting.retain(|other| *other != id);
        }
        channel.clear();
    }

    /// Takes the request off its connection and reports what became of it.
    fn take_request(
        &mut self,
        kernel: &mut Kernel<'_>,
        id: ConnectionId,
        error: Option<RequestError>,
    ) {
        self.deadlines.cancel(id.index());
        if let Some(request) = self.channels[id.index()].request.take() {
            self.done(kernel, &request, Some(id), error);
        }
    }

    fn done(
        &mut self,
        kernel: &mut Kernel<'_>,
        request: &Request,
        id: Option<ConnectionId>,
        error: Option<RequestError>,
    ) {
        let channel = id.map(|id| &self.channels[id.index()]);
        let status = channel.and_then(|channel| channel.status);
        let is_ok = error.is_none() && status.is_some_and(|status| status < 400);
        self.under_way -= 1;
        match error {
            Some(RequestError::Unfinished) => self.unfinished += 1,
            _ if is_ok => self.ok += 1,
            _ => {
                self.failed += 1;
                if self.config.every.is_none_or(|every| every.is_zero()) {
                    self.next = self.next.max(kernel.now() + PAUSE);
                }
            }
        }
        kernel.report(Event::RequestDone(RequestDone {
            app: kernel.name().clone(),
            number: request.number,
            server: request.first(),
            exchange: channel.and_then(Channel::exchange),
            status,
            error,
            octets: channel.map_or(0, |channel| channel.octets),
        }));
    }

    /// Reports all that is under way as unfinished, in order of number, and asks for nothing more.
    fn give_up(&mut self, kernel: &mut Kernel<'_>) {
        self.is_running = false;
        let channels = self.channels.iter();
        let mut open: Vec<_> = channels
            .filter_map(|channel| Some((channel.request.as_ref()?.number, channel.id?)))
            .collect();
        open.sort_unstable();
        for (_, id) in open {
            self.take_request(kernel, id, Some(RequestError::Unfinished));
        }
        let displaced = std::mem::take(&mut self.displaced).into_iter();
        let displaced: Vec<_> = displaced.map(|(_, request)| request).collect();
        for request in self.names.give_up().into_iter().chain(displaced) {
            self.done(kernel, &request, None, Some(RequestError::Unfinished));
        }
    }
}

/// How a request ends whose connection ends so.
const fn end(event: ConnectionEvent) -> Option<RequestError> {
    match event {
        ConnectionEvent::Refused => Some(RequestError::Refused),
        ConnectionEvent::Reset => Some(RequestError::Reset),
        ConnectionEvent::TimedOut => Some(RequestError::Timeout),
        ConnectionEvent::Unreachable => Some(RequestError::Unreachable),
        ConnectionEvent::Closed => Some(RequestError::Closed),
        _ => None,
    }
}

/// Time as the jar counts it.
fn age(now: Instant) -> Duration {
    now.since(Instant::ZERO)
}

impl App for HttpClient {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        self.is_running = true;
        self.next = kernel.now() + self.config.start;
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        if self.channel_of(id).is_none() {
            let displaced = self.displaced.iter().position(|(old, _)| *old == id);
            if let (Some(place), Some(error)) = (displaced, end(event)) {
                let (_, request) = self.displaced.remove(place);
                self.done(kernel, &request, None, Some(error));
                self.begin_due(kernel);
            }
            return;
        }
        match event {
            ConnectionEvent::Connected => self.connected(kernel, id),
            ConnectionEvent::Writable => self.write(kernel, id),
            ConnectionEvent::Readable => self.read(kernel, id),
            ConnectionEvent::PeerClosed | ConnectionEvent::Closed => self.peer_closed(kernel, id),
            _ => {
                if let Some(error) = end(event) {
                    self.lost(kernel, id, error);
                }
            }
        }
    }

    fn datagrams(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        let mut outcomes = Vec::new();
        self.names.datagrams(kernel, port, &mut outcomes);
        self.resolved(kernel, outcomes);
        self.begin_due(kernel);
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        let mut outcomes = Vec::new();
        self.names.handle_timeout(kernel, &mut outcomes);
        self.resolved(kernel, outcomes);
        for request in self.names.impatient(kernel.now()) {
            self.done(kernel, &request, None, UNRESOLVED);
        }
        while let Some((_, index)) = self.deadlines.pop_due(kernel.now()) {
            if let Some(id) = self.channels[index].id {
                self.lost(kernel, id, RequestError::Timeout);
            }
        }
        self.begin_due(kernel);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let patience_ends = self.deadlines.next();
        let names = self.names.poll_timeout();
        let all = patience_ends.into_iter().chain(self.next_begins());
        all.chain(names).min()
    }

    fn stop(&mut self, kernel: &mut Kernel<'_>) {
        self.give_up(kernel);
        self.channels.clear();
        self.idle.clear();
        self.names.stop();
        self.jar = CookieJar::default();
    }

    fn conclude(&mut self, kernel: &mut Kernel<'_>) {
        self.give_up(kernel);
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("done", self.ok + self.failed),
            ("failed", self.failed),
            ("ok", self.ok),
            ("sent", self.begun),
            ("unfinished", self.unfinished),
        ]
    }
}
