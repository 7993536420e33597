//! The access log: what became of each request, in one line of ELB's format.
//!
//! User Guide for Application Load Balancers, "Access logs"; fields 1 to 33 in their order. A request is
//! logged when its answer is written or has failed, a WebSocket when it ends, a client that goes before
//! its answer as status 460. Probes are not logged. Of a request that is refused, the request line is told
//! if it is one, with the host and the user agent as far as they came.
//!
//! What the guide leaves open: the balancer is called `app/BALANCER/NODE`, a target group by its name;
//! in quoted fields, `"`, `\` and each octet that is not visible ASCII is written as `\xHH`.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Event, Instant, LogLine};
use switchlab_http::{Desync, DesyncClass, Glimpse, RequestHead, iso_date, octets_of};

use crate::client::Client;
use crate::route::name_of;
use crate::switch::L7Switch;
use crate::tally::Count;
use crate::trace::TRACE_ID;
use crate::{HeaderAttributes, Protocol};

/// The longest user agent in octets, as the guide has it.
const LONGEST_USER_AGENT: usize = 8 << 10;

/// A part of a message as it came.
type Octets = Box<[u8]>;

/// What there is to tell of one request.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    balancer: Arc<str>,
    node: Arc<str>,
    is_secure: bool,
    epoch: u64,
    client: SocketAddr,
    server: SocketAddr,
    connection: u64,
    pub(crate) is_websocket: bool,
    /// When its first octet came.
    created: Instant,
    /// When it was out to its target.
    dispatched: Option<Instant>,
    /// When the head of the target's answer came.
    pub(crate) answered: Option<Instant>,
    ended: Instant,
    status: u16,
    pub(crate) target_status: Option<u16>,
    received: u64,
    sent: u64,
    /// Method, host, target and version; `None` without a request line.
    request: Option<[Octets; 4]>,
    user_agent: Option<Octets>,
    trace: Option<Octets>,
    pub(crate) group: Option<Arc<str>>,
    pub(crate) target: Option<SocketAddr>,
    /// The priority of the rule that took it, 0 for the default action.
    pub(crate) priority: Option<u32>,
    pub(crate) action: Option<&'static str>,
    redirect: Option<Octets>,
    /// What failed, as ELB calls it.
    pub(crate) error_reason: Option<&'static str>,
    /// The class of the request, unless it is compliant or nobody asked.
    desync: Option<Desync>,
    /// Host and target as a rule has rewritten them, and whether it could.
    transformed: Option<([Octets; 2], bool)>,
}

impl Entry {
    /// Notes what is in the head.
    pub(crate) fn read(&mut self, head: &RequestHead, attributes: &HeaderAttributes) {
        let line = [head.method(), head.target(), head.version().name()];
        self.ask(line, head.host(), head.fields.get("user-agent"), attributes);
    }

    /// Notes what can be told of a head that is refused.
    pub(crate) fn glimpse(&mut self, seen: &Glimpse, attributes: &HeaderAttributes) {
        let line = [&*seen.method, &seen.target, &seen.version];
        let (host, user_agent) = (seen.host.as_deref(), seen.user_agent.as_deref());
        self.ask(line, host, user_agent, attributes);
    }

    fn ask(
        &mut self,
        [method, target, version]: [&str; 3],
        host: Option<&str>,
        user_agent: Option<&[u8]>,
        attributes: &HeaderAttributes,
    ) {
        let own_host = attributes.own_host(self.server);
        let host = name_of(host.unwrap_or(&own_host));
        let parts = [method, host, target, version];
        self.request = Some(parts.map(|part| octets_of(part).into()));
        self.user_agent =
            user_agent.map(|agent| agent[..agent.len().min(LONGEST_USER_AGENT)].into());
    }

    /// Notes the name by which the request goes on.
    pub(crate) fn name(&mut self, head: &RequestHead) {
        let name = head.fields.get(TRACE_ID);
        self.trace = name.map(Into::into);
    }

    /// Notes what the rule's transforms have made of the request.
    pub(crate) fn rewrite(&mut self, head: &RequestHead, has_succeeded: bool) {
        let host = head.host().map(name_of).unwrap_or_default();
        let parts = [host, head.target()].map(|part| octets_of(part).into());
        self.transformed = Some((parts, has_succeeded));
    }

    /// Notes where the client is sent.
    pub(crate) fn redirect(&mut self, location: Option<&str>) {
        self.action = Some("redirect");
        self.redirect = location.map(|location| octets_of(location).into());
    }

    fn date(&self, at: Instant) -> String {
        let nanos = at.as_nanos();
        let second = self.epoch.saturating_add(nanos / 1_000_000_000);
        iso_date(second, (nanos % 1_000_000_000 / 1_000) as u32)
    }
}

/// Something, or `-`.
struct Or<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Or<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("-"),
        }
    }
}

/// What stands between quotes.
struct Quoted<'a>(&'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for octet in self.0 {
            match octet {
                b'"' | b'\\' | 0..=0x1f | 0x7f.. => write!(f, "\\x{octet:02X}")?,
                octet => fmt::Write::write_char(f, char::from(*octet))?,
            }
        }
        Ok(())
    }
}

/// A span in seconds with three decimals, or -1 where there was none.
struct Seconds(Option<Duration>);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(span) => write!(f, "{}.{:03}", span.as_secs(), span.subsec_millis()),
            None => f.write_str("-1"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            balancer,
            node,
            client,
            server,
            connection,
            is_websocket,
            created,
            ended,
            status,
            received,
            sent,
            is_secure,
            ..
        } = self;
        let (kind, scheme) = match (is_websocket, is_secure) {
            (false, false) => ("http", "http"),
            (false, true) => ("https", "https"),
            (true, false) => ("ws", "http"),
            (true, true) => ("wss", "https"),
        };
        let [waited, asked, told] = match (self.dispatched, self.answered) {
            (None, _) => [None; 3],
            (Some(at), None) => [Some(at.since(*created)), None, None],
            (Some(at), Some(answered)) => [
                Some(at.since(*created)),
                Some(answered.since(at)),
                Some(Duration::ZERO),
            ],
        };
        write!(
            f,
            "{kind} {} app/{balancer}/{node} {client} {} {} {} {} {status} {} {received} {sent}",
            self.date(*ended),
            Or(self.target),
            Seconds(waited),
            Seconds(asked),
            Seconds(told),
            Or(self.target_status),
        )?;
        let port = server.port();
        match &self.request {
            Some([method, host, target, version]) => write!(
                f,
                " \"{} {scheme}://{}:{port}{} {}\"",
                Quoted(method),
                Quoted(host),
                Quoted(target),
                Quoted(version)
            )?,
            None => write!(f, " \"- {scheme}://{server}- -\"")?,
        }
        let agent = Or(self.user_agent.as_deref().map(Quoted));
        let trace = Or(self.trace.as_deref().map(Quoted));
        let group = Or(self.group.as_deref());
        write!(f, " \"{agent}\" - - {group} \"{trace}\" \"-\" \"-\"")?;
        let (priority, action) = (Or(self.priority), Or(self.action));
        let redirect = Or(self.redirect.as_deref().map(Quoted));
        let created = self.date(*created);
        let failed = Or(self.error_reason);
        write!(
            f,
            " {priority} {created} \"{action}\" \"{redirect}\" \"{failed}\""
        )?;
        let (target, status) = (Or(self.target), Or(self.target_status));
        let class = Or(self.desync.map(|desync| desync.class));
        let reason = Or(self.desync.map(|desync| desync.reason));
        write!(f, " \"{target}\" \"{status}\" \"{class}\" \"{reason}\"")?;
        write!(f, " TID_{connection:016x}")?;
        match &self.transformed {
            None => f.write_str(" \"-\" \"-\" \"-\""),
            Some((_, false)) => f.write_str(" \"-\" \"-\" \"TransformReplaceError\""),
            Some(([host, target], true)) => {
                let (host, target) = (Quoted(host), Quoted(target));
                write!(f, " \"{host}\" \"{target}\" \"TransformSuccess\"")
            }
        }
    }
}

impl L7Switch {
    /// Begins to tell of a request, of which nothing is noted yet.
    pub(crate) fn open_entry(&mut self, client: &mut Client) {
        if !self.config.access_log {
            return;
        }
        client.entry = Some(Box::new(Entry {
            balancer: Arc::clone(&self.config.load_balancer.name),
            is_secure: self.listeners[client.listener].config.protocol == Protocol::Https,
            node: Arc::clone(&self.name),
            epoch: self.epoch,
            client: client.source,
            server: client.server,
            connection: client.connection,
            is_websocket: false,
            created: client.since,
            dispatched: None,
            answered: None,
            ended: client.since,
            status: 0,
            target_status: None,
            received: 0,
            sent: 0,
            request: None,
            user_agent: None,
            trace: None,
            group: None,
            target: None,
            priority: None,
            action: None,
            redirect: None,
            error_reason: None,
            desync: None,
            transformed: None,
        }));
    }

    /// The request has come to an end with this status: counts its octets, and logs it.
    pub(crate) fn close_entry(&mut self, now: Instant, client: &mut Client, status: u16) {
        let (received, sent) = client.pipe.totals();
        let (received_before, sent_before) =
            std::mem::replace(&mut client.counted, (received, sent));
        let (received, sent) = (received - received_before, sent - sent_before);
        let desync = client.desync.take();
        let desync = desync.filter(|desync| desync.class != DesyncClass::Compliant);
        let tally = &mut self.listeners[client.listener].tally;
        tally.add_many(Count::Octets, received + sent);
        tally.add_many(Count::NonCompliant, u64::from(desync.is_some()));
        if let Some(mut entry) = client.entry.take() {
            entry.ended = now;
            entry.dispatched = client.dispatched;
            entry.status = status;
            entry.desync = desync;
            entry.received = received;
            entry.sent = sent;
            self.events.push_back(Event::Logged(LogLine::new(entry)));
        }
    }
}
