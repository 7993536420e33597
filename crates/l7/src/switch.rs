//! The device: frames to sockets, events of sockets to whoever they concern, commands, deadlines.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use switchlab_balance::{SmoothWeights, TargetId, Tokens};
use switchlab_core::{
    AppCounter, Command, ControlError, Counters, Device, Egress, Event, Explanation, Ingress,
    Instant, PortId, Silent, Step, Stream, Table,
};
use switchlab_host::{ConnectionEvent, ConnectionId, SocketEvent, Station};
use switchlab_http::{RequestHead, ResponseHead};
use switchlab_wire::Frame;

use crate::connections::{Connections, Role};
use crate::dns::NodeInDns;
use crate::groups::Pool;
use crate::pipe::Pipes;
use crate::tally::Tally;
use crate::trace::Tracer;
use crate::{Group, L7Config, L7Error, ListenerConfig, RuleTable};

/// A load balancer at layer 7, after AWS's Application Load Balancer: it ends its clients' TCP
/// connections, reads their requests, and sends each on to a target of a group, or answers it itself.
///
/// # How a request goes
///
/// The head is read, by the [parser](crate::IntakeConfig::parser) that is set: the strict one refuses what is
/// not HTTP/1.0 or HTTP/1.1 to the letter, that of an ALB reads whatever has a reading and its desync mode
/// does not block ([`switchlab_http`]). Rules are asked in order of priority; the action of the first that holds,
/// else the default, is done. A forward action chooses a group by weight, then a target: by cookie if
/// the group is sticky and the target takes requests, else by the group's algorithm. The request goes
/// over an idle connection to the target if there is one, else over a fresh one. Bodies are streamed
/// both ways.
///
/// # Answers of its own
///
/// | status | when |
/// |---|---|
/// | 400 | the request is malformed, its body too, or its client closed before it was whole |
/// | 405 | TRACE and CONNECT |
/// | 408 | no first request, no whole head or no more of a body within the idle timeout |
/// | 414 | a request line that is too long |
/// | 431 | fields that are too long or too many; 400 if read as an ALB |
/// | 417 | an expectation other than `100-continue` |
/// | 463 | more than 30 addresses in `X-Forwarded-For` |
/// | 464 | the group speaks a version of HTTP that the client does not |
/// | 500 | what a transform makes of the request is no host or no URL |
/// | 501 | a method longer than 40 octets, a transfer coding other than `chunked` |
/// | 502 | the target refused, reset or closed, cannot be reached, or its answer is malformed; its deregistration delay is over |
/// | 503 | nobody is registered in the group, or nobody there may take requests |
/// | 504 | no connection within the connect timeout, no answer within the idle timeout |
/// | 505 | another version of HTTP |
/// | 507 | the URL of a redirect is longer than 8 KiB |
///
/// These are the ways of an ALB; other products answer some failures otherwise, or ask another target
/// first: see [`Preset`](crate::Preset). Behind whatever refuses the request itself (4xx of this list but
/// 464, 501, 505) the connection is closed; behind the others it is kept if the request was whole and the
/// client wants it kept.
///
/// When a target fails after the head of its answer was passed on, the client has its status already: its
/// connection is reset, since nothing else could tell that the rest is missing. The access log then has
/// the target's status, and the counter `cut` one more; so it has if the client goes by then. This holds for a body that is shorter than its
/// `Content-Length` too, which the ALB guide names under 504: a switch that streams cannot take the head
/// back.
///
/// A client that closes or resets its connection before it was answered is logged as 460 and counted as
/// `gone`; requests that it had sent behind the one at hand are still answered if it only closed. A request and its answer may take an hour in all
/// ([`L7Config::exchange_limit`]), whatever moves.
///
/// So every request is accounted for: `requests` and `rejected` together are `1xx` (the WebSockets that were
/// opened), `2xx`, `3xx`, `4xx` and `5xx`, each answered request once, `gone`, and what is under way without
/// an answer. What is `cut` has been answered as far as its head.
///
/// # WebSocket
///
/// A target that answers 101 to a client that had asked for WebSocket has the connection from then on:
/// octets are passed on as they are, no rule looks at them, and the exchange lasts until both sides have
/// ended, neither has said anything for the idle timeout, or the target's deregistration delay is over.
///
/// # What passes
///
/// Interim answers of targets but 100, which the switch says itself. Trailers, from chunks to chunks, but
/// for fields that say where a message goes, how it is read or who is believed to send it (RFC 9110
/// §6.5.1); the ALB guide does not mention them. `Max-Forwards` as it is, and no `Via` is added, as with
/// an ALB, though RFC 9110 §7.6 has gateways do more. Of protocols to go on with only WebSocket is known,
/// any other `Upgrade` is taken out of requests.
///
/// # Limits
///
/// HTTP/1.1 and 1.0 over IPv4. Of a body at most about 32 KiB each way are in hand, besides what TCP
/// holds. A request whose target's idle connection ends before anything of an answer came is sent once
/// more, on a fresh connection to the same target, if its method is GET, HEAD, OPTIONS, PUT or DELETE and
/// at most 16 KiB of it had been sent. A peer that goes on sending after a connection was closed is reset
/// after 5 s. A target's answer whose header fields are longer than 32 KiB is a 502. Pipelined requests
/// are answered in their order, one after the other; the next is read when the answer in front is out.
pub struct L7Switch {
    pub(crate) name: Arc<str>,
    pub(crate) station: Station,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) groups: Vec<Pool>,
    pub(crate) connections: Connections,
    pub(crate) pipes: Pipes,
    pub(crate) tokens: Tokens,
    pub(crate) dns: NodeInDns,
    pub(crate) tracer: Tracer,
    pub(crate) events: VecDeque<Event>,
    /// Groups and targets whose deregistration delay is over: what they have under way is cut when no connection
    /// is being looked at.
    pub(crate) drained: VecDeque<(usize, TargetId)>,
    /// Connections to be reset once what they were given has left.
    pub(crate) doomed: Vec<ConnectionId>,
    /// The steps of reasoning, while somebody listens.
    pub(crate) explained: Option<Vec<Step>>,
    /// The request read last; its memory is used again and again.
    pub(crate) head: RequestHead,
    /// The answer read last.
    pub(crate) answer: ResponseHead,
    pub(crate) scratch: Vec<u8>,
    pub(crate) idle_timeout: Duration,
    pub(crate) client_keep_alive: Duration,
    pub(crate) idle_connections: usize,
    pub(crate) epoch: u64,
    pub(crate) config: L7Config,
    /// The moment of the last call; `None` before the first, when no health check has begun.
    now: Option<Instant>,
}

/// A listener at work.
pub(crate) struct Listener {
    pub(crate) config: ListenerConfig,
    pub(crate) table: RuleTable,
    /// By rule: whose turn it is among weighted groups.
    pub(crate) turns: Vec<SmoothWeights>,
    pub(crate) default_turns: SmoothWeights,
    pub(crate) tally: Tally,
    app: Arc<str>,
}

impl Listener {
    fn new(config: ListenerConfig) -> Self {
        let table = RuleTable::new(&config).expect("expressions were found to be right");
        Self {
            table,
            turns: vec![SmoothWeights::default(); config.rules.len()],
            default_turns: SmoothWeights::default(),
            tally: Tally::default(),
            app: format!("listener-{}", config.port).into(),
            config,
        }
    }
}

impl L7Switch {
    /// A switch as configured. Its health checks begin with the first call that tells the time.
    ///
    /// # Errors
    /// The first of [`L7Config::errors`], or [`L7Error::Station`].
    pub fn new(config: L7Config) -> Result<Self, L7Error> {
        if let Some(error) = config.errors().into_iter().next() {
            return Err(error);
        }
        let stream = Stream::of(config.seed, &config.name);
        let mut station = Station::new(config.station.clone(), stream)?;
        for listener in &config.listeners {
            let listens = station.sockets_mut().listen(listener.port);
            listens.expect("ports were found to be neither 0 nor shared");
        }
        Ok(Self {
            name: Arc::clone(&config.name),
            station,
            listeners: config
                .listeners
                .iter()
                .cloned()
                .map(Listener::new)
                .collect(),
            groups: pools(Instant::ZERO, &config)?,
            connections: Connections::default(),
            pipes: Pipes::default(),
            tokens: Tokens::new(config.seed, &config.load_balancer.name),
            dns: NodeInDns::new(&config),
            tracer: Tracer::new(config.seed, &config.name),
            events: VecDeque::new(),
            drained: VecDeque::new(),
            doomed: Vec::new(),
            explained: None,
            head: RequestHead::default(),
            answer: ResponseHead::new(200),
            scratch: Vec::new(),
            idle_timeout: config.idle_timeout,
            client_keep_alive: config.client_keep_alive,
            idle_connections: config.idle_connections,
            epoch: config.epoch,
            config,
            now: None,
        })
    }

    /// The rules of the listener at this port as they stand now.
    #[must_use]
    pub fn rules(&self, port: u16) -> Option<&RuleTable> {
        let is_its = |listener: &&Listener| listener.config.port == port;
        self.listeners
            .iter()
            .find(is_its)
            .map(|listener| &listener.table)
    }

    /// The moment in seconds since 1970, for dates.
    pub(crate) fn unix_seconds(&self, now: Instant) -> u64 {
        self.epoch.saturating_add(now.as_nanos() / 1_000_000_000)
    }

    /// Notes the time; the first time it is told, the groups begin their health checks.
    fn wake(&mut self, now: Instant) {
        if self.now.replace(now).is_none() {
            self.groups = pools(now, &self.config).expect("they could be made before");
            for group in 0..self.groups.len() {
                self.tend(now, group);
            }
            self.events.extend(self.dns.look(&self.groups));
        }
    }

    /// Acts on what happened to sockets, and sends what they have to send, until nothing is left.
    fn settle(&mut self, now: Instant, tx: &mut Egress) {
        loop {
            while let Some((group, target)) = self.drained.pop_front() {
                self.cut(now, group, target);
            }
            let event = self.station.sockets_mut().poll_event().or_else(|| {
                self.station.flush(now, tx);
                self.station.sockets_mut().poll_event()
            });
            match event {
                Some(SocketEvent::Connection(id, event)) => self.connection_event(now, id, event),
                Some(SocketEvent::Datagrams(_)) => {}
                None => match self.doomed.pop() {
                    Some(id) => self.station.sockets_mut().abort(id),
                    None => return,
                },
            }
        }
    }

    fn connection_event(&mut self, now: Instant, id: ConnectionId, event: ConnectionEvent) {
        if event == ConnectionEvent::Accepted {
            return self.accept(now, id);
        }
        match self.connections.take(id) {
            Some(Role::Client(client)) => self.client_event(now, client, event),
            Some(Role::Upstream(upstream)) => self.upstream_event(now, upstream, event),
            Some(Role::Probe(probe)) => self.probe_event(now, probe, event),
            Some(Role::Linger(lingering)) => self.linger_event(lingering, event),
            None => {}
        }
    }
}

/// The groups at the beginning of their work.
fn pools(now: Instant, config: &L7Config) -> Result<Vec<Pool>, L7Error> {
    let groups = config.groups.iter();
    groups.map(|group| pool(now, config, group)).collect()
}

/// A group at the beginning of its work.
pub(crate) fn pool(now: Instant, config: &L7Config, group: &Group) -> Result<Pool, L7Error> {
    let (mut group, balancer) = (group.clone(), &config.load_balancer);
    let name = Arc::clone(&group.config.name);
    group.config.in_use = config.uses(&name);
    group.config.zone = balancer.zone.clone();
    let zones = balancer.zones.iter().map(|zone| Arc::clone(&zone.name));
    group.config.zones = zones.collect();
    config.preset.shape(&mut group.config);
    group.config.seed = Stream::of(config.seed, &config.name).next_u64();
    Pool::new(now, group).map_err(|source| L7Error::Group {
        group: name,
        source,
    })
}

impl Device for L7Switch {
    fn ports(&self) -> u16 {
        self.station.ports()
    }

    fn receive(&mut self, now: Instant, rx: &mut Ingress, tx: &mut Egress) {
        self.wake(now);
        while let Some((port, frame)) = rx.next() {
            self.station.receive(now, port, frame, tx, &mut Silent);
            self.settle(now, tx);
        }
    }

    fn handle_timeout(&mut self, now: Instant, tx: &mut Egress) {
        self.wake(now);
        self.station.handle_timeout(now, tx);
        self.settle(now, tx);
        for group in 0..self.groups.len() {
            if self.groups[group]
                .targets
                .poll_timeout()
                .is_some_and(|due| due <= now)
            {
                self.tend(now, group);
            }
        }
        while let Some(id) = self.connections.pop_due(now) {
            match self.connections.take(id) {
                Some(Role::Client(client)) => self.client_late(now, client),
                Some(Role::Upstream(upstream)) => self.upstream_late(*upstream),
                Some(Role::Linger(lingering)) => self.linger_late(*lingering),
                // Its group tells when it is late.
                Some(Role::Probe(probe)) => self.connections.put(id, Role::Probe(probe), None),
                None => {}
            }
        }
        self.settle(now, tx);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.now.is_none() {
            return Some(Instant::ZERO);
        }
        let groups = self
            .groups
            .iter()
            .filter_map(|group| group.targets.poll_timeout());
        groups
            .chain(self.station.poll_timeout())
            .chain(self.connections.next_due())
            .min()
    }

    fn link_changed(&mut self, now: Instant, port: PortId, up: bool, tx: &mut Egress) {
        self.wake(now);
        self.station.link_changed(port, up);
        self.settle(now, tx);
    }

    /// `Register`, `Deregister`, `Conclude`, and `Configure` with a [`SetRule`](crate::SetRule).
    fn control(
        &mut self,
        now: Instant,
        command: &Command,
        tx: &mut Egress,
    ) -> Result<(), ControlError> {
        self.wake(now);
        self.obey(now, command)?;
        self.settle(now, tx);
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Tells of the frame's way to its socket, then about rules, targets and answers, if it brought a
    /// request to its end.
    fn receive_explained(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
    ) -> Explanation {
        self.wake(now);
        Explanation::of(|steps| {
            let taken = self.station.receive(now, port, frame, tx, steps);
            self.explained = Some(Vec::new());
            self.settle(now, tx);
            steps.extend(self.explained.take().into_iter().flatten());
            taken.verdict
        })
    }

    /// Besides frames: under the device's name the numbers of all listeners, under `listener-PORT`
    /// those of one (`requests`, `rejected`, `1xx`, `2xx`, …), under a group's name those of its targets, and
    /// [what TCP lost time by](Station::tcp_counters), under `dns` how often the node entered and left.
    /// Under the names of device and groups there are also the metrics of `AWS/ApplicationELB`, as far as
    /// they are whole numbers.
    fn counters(&self) -> Counters {
        let mut counters = self.station.counters().clone();
        let mut all = Tally::default();
        for listener in &self.listeners {
            all.absorb(&listener.tally);
            counters
                .apps
                .extend(listener.tally.of_listener(&listener.app));
        }
        counters.apps.extend(all.of_listener(&self.name));
        for group in &self.groups {
            counters
                .apps
                .extend(group.tally.of_group(group.targets.name()));
        }
        counters.apps.extend(self.station.tcp_counters());
        counters.apps.extend(self.metrics());
        counters.apps.extend(self.dns.counters());
        let key = |counter: &AppCounter| (Arc::clone(&counter.app), counter.counter);
        counters.apps.sort_by_key(key);
        counters
    }

    /// Targets of all groups, rules of all listeners, metrics, the node's standing in DNS, neighbours, connections.
    fn tables(&self) -> Vec<Table> {
        let mut targets = Table {
            title: "targets",
            columns: vec!["group", "target", "state", "reason", "under way"],
            rows: Vec::new(),
        };
        for group in &self.groups {
            targets.rows.extend(group.targets.table().rows);
        }
        let mut rules = Table {
            title: "rules",
            columns: vec!["listener", "rule"],
            rows: Vec::new(),
        };
        for Listener { config, table, .. } in &self.listeners {
            let row = |rule: String| vec![config.port.to_string(), rule];
            let own = table.rules().iter().map(|rule| row(rule.to_string()));
            rules.rows.extend(own);
            rules
                .rows
                .push(row(format!("default -> {}", table.default_action())));
        }
        let mut tables = vec![targets, rules, self.metrics_table(), self.dns.table()];
        tables.extend(self.station.tables(self.now.unwrap_or_default()));
        tables
    }
}
