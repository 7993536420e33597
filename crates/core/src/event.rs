//! What a device reports besides frames: requests begun and done, targets that changed, flows assigned.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::Instant;

/// Something that happened inside a device. Whoever drives the device knows where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A client application began an HTTP request.
    RequestSent(RequestSent),
    /// A client application is done with a request, one way or another.
    RequestDone(RequestDone),
    /// A ping was answered or given up.
    Ping(Ping),
    /// A target of a balancer changed its state.
    TargetChanged(TargetChange),
    /// A balancer chose a target for a request or a flow; a later choice for the same replaces it.
    Assigned(Assignment),
    /// A node of a balancer entered DNS or left it.
    DnsChanged(DnsChange),
    /// A balancer answered a client: with a target's answer, or with one of its own.
    Answered(Answer),
    /// A device has a line for its log, such as the access log of a balancer.
    Logged(LogLine),
}

/// A line of a log, without the line's end. It is written out only if somebody reads it.
#[derive(Clone)]
pub struct LogLine(Arc<dyn fmt::Display + Send + Sync>);

impl LogLine {
    /// The line that `entry` displays: one line, the same every time.
    #[must_use]
    pub fn new(entry: impl fmt::Display + Send + Sync + 'static) -> Self {
        Self(Arc::new(entry))
    }
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

/// Lines are equal if they read equal.
impl PartialEq for LogLine {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for LogLine {}

/// One exchange of a request and its answer on a connection, as both of its ends can name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exchange {
    /// Address and port of the client's end.
    pub client: SocketAddr,
    /// Address and port the client connected to.
    pub server: SocketAddr,
    /// Which exchange on this connection, from 0.
    pub ordinal: u32,
}

/// A client application began a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSent {
    /// The application's name on its host.
    pub app: Arc<str>,
    /// The request's number within the application, from 0.
    pub number: u64,
    /// The URL asked for.
    pub url: Arc<str>,
    /// The address the application connects to; `None` as long as it has yet to be resolved.
    pub server: Option<SocketAddr>,
}

/// A client application is done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestDone {
    /// The application's name on its host.
    pub app: Arc<str>,
    /// The request's number within the application, from 0.
    pub number: u64,
    /// The address that was to be connected to first; `None` if nobody could say which that is.
    pub server: Option<SocketAddr>,
    /// The exchange that carried the request last; `None` if no connection ever stood.
    pub exchange: Option<Exchange>,
    /// The status code of the answer, if its head arrived.
    pub status: Option<u16>,
    /// Why the request failed; `None` if the whole answer arrived, whatever its status.
    pub error: Option<RequestError>,
    /// Octets of the answer's body.
    pub octets: u64,
}

/// Why a client got no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RequestError {
    /// No server of names could or would say where the URL's host is, or there is no such name.
    Unresolved,
    /// The connection was refused: RST in answer to SYN.
    Refused,
    /// The connection was reset after it stood.
    Reset,
    /// The connection was closed before the whole answer had come.
    Closed,
    /// Nothing came within the client's patience.
    Timeout,
    /// The network said that the server cannot be reached (ICMP, or no neighbour answered).
    Unreachable,
    /// The answer is not HTTP.
    Malformed,
    /// The run ended, or the client was stopped, first.
    Unfinished,
}

impl RequestError {
    /// The error's stable name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Malformed => "malformed",
            Self::Unfinished => "unfinished",
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The fate of one ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// The application's name on its host.
    pub app: Arc<str>,
    /// The ping's number within the application, from 0.
    pub number: u64,
    /// Who was asked.
    pub target: IpAddr,
    /// When the echo request was sent.
    pub sent: Instant,
    /// Round-trip time; `None` if no reply came in time.
    pub round_trip: Option<Duration>,
}

/// The state of a target in a target group.
///
/// ELBv2 API, `TargetHealthStateEnum`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TargetState {
    /// Registered, first health checks under way.
    Initial,
    /// Answering its health checks.
    Healthy,
    /// Failing its health checks.
    Unhealthy,
    /// Deregistered; requests under way may finish.
    Draining,
    /// Not in use: no rule names its group, or it is not registered.
    Unused,
    /// Health checks are switched off.
    Unavailable,
}

impl TargetState {
    /// The state's name in the ELBv2 API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Draining => "draining",
            Self::Unused => "unused",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for TargetState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A target of a balancer changed its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetChange {
    /// Name of the target group or service.
    pub group: Arc<str>,
    /// Address and port of the target.
    pub target: SocketAddr,
    /// The state it had.
    pub from: TargetState,
    /// The state it has.
    pub to: TargetState,
    /// The ELB reason code, with details where there are any: `Target.ResponseCodeMismatch [500]`.
    pub reason: Cow<'static, str>,
}

/// A node of a balancer entered DNS or left it: whoever asks for the balancer's name is told its address, or
/// is not. When all nodes have left, all addresses are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsChange {
    /// The name of the load balancer.
    pub balancer: Arc<str>,
    /// The availability zone of the node, if there are zones.
    pub zone: Option<Arc<str>>,
    /// The node's address.
    pub address: IpAddr,
    /// Whether it is in DNS now.
    pub is_in: bool,
    /// Why, as a sentence for a learner.
    pub because: Cow<'static, str>,
}

/// A balancer chose a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Name of the target group or service.
    pub group: Arc<str>,
    /// The client's end of the connection or flow.
    pub client: SocketAddr,
    /// The balancer's address and port that the client used.
    pub server: SocketAddr,
    /// Which exchange on the connection, from 0; `None` if the choice holds for the whole flow.
    pub ordinal: Option<u32>,
    /// The target chosen.
    pub target: SocketAddr,
}

/// A balancer answered a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The exchange that was answered.
    pub exchange: Exchange,
    /// The status code sent to the client.
    pub status: u16,
    /// The target whose answer it was; `None` if the balancer made it itself.
    pub target: Option<SocketAddr>,
    /// Why the answer is as it is, as a sentence for a learner.
    pub because: Cow<'static, str>,
}
