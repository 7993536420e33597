//! Asking without a run: what a switch that was just switched on would do with a request, and why.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use switchlab_balance::{Candidate, SmoothWeights, Tokens};
use switchlab_core::{Instant, Step, TargetState};
use switchlab_http::{Desync, Framing, write_chunk, write_last_chunk};

use crate::groups::Pool;
use crate::headers::{Arrival, name_host, towards_target};
use crate::reply::Reply;
use crate::sticky::{GroupCookie, GroupSession};
use crate::switch::pool;
use crate::trace::Tracer;
use crate::trailers::TrailerRule;
use crate::{Action, Forward, Judged, L7Config, L7Error, Mismatch, Received, RuleTable, judge};

/// The port from which a client asks, which only `xff_client_port` shows: the first dynamic one (RFC 6335 §6).
const CLIENT_PORT: u16 = 49_152;

/// Answers what a switch would do with a request, without connections, time or a run.
///
/// Every request is the first that the switch sees. Targets are as their settings have them, and healthy
/// where those say nothing.
///
/// ```
/// use switchlab_balance::GroupConfig;
/// use switchlab_l7::{Action, Advisor, L7Config, ListenerConfig, Verdict};
///
/// let mut config = L7Config::new("alb", Vec::new());
/// config.groups.push(GroupConfig::new("web", ["10.0.1.11:80".parse().unwrap()]).into());
/// config.listeners.push(ListenerConfig::new(80, Action::forward("web")));
/// let advisor = Advisor::new(config).unwrap();
///
/// let octets = b"GET /cart HTTP/1.1\r\nHost: shop.example\r\n\r\n";
/// let route = advisor.route(80, [192, 0, 2, 1].into(), octets).unwrap();
/// assert_eq!(route.verdict, Verdict::Forward);
/// assert_eq!(route.target, Some("10.0.1.11:80".parse().unwrap()));
/// ```
#[derive(Debug)]
pub struct Advisor {
    config: L7Config,
    /// By listener.
    tables: Vec<RuleTable>,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes to a target, or would if one were there.
    Forward,
    /// The client is sent elsewhere.
    Redirect,
    /// The rule's answer.
    FixedResponse,
    /// It is refused before a rule is asked.
    Reject,
    /// It is the beginning of a request, which may become a good one.
    Incomplete,
}

impl Verdict {
    /// The name in reports: `forward`, `redirect`, `fixed-response`, `reject`, `incomplete`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Redirect => "redirect",
            Self::FixedResponse => "fixed-response",
            Self::Reject => "reject",
            Self::Incomplete => "incomplete",
        }
    }
}

/// Which rule took a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taker {
    /// The rule of this priority.
    Rule(u32),
    /// No rule did: the default action.
    Default,
}

/// What would become of a request, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// What becomes of it.
    pub verdict: Verdict,
    /// The status of the answer that the switch makes itself; `None` if a target answers.
    pub status: Option<u16>,
    /// Where the client is sent.
    pub location: Option<String>,
    /// The rule that took it; `None` if none was asked.
    pub rule: Option<Taker>,
    /// The rules of lower numbers, and of each the first condition that does not hold.
    pub passed_over: Vec<(u32, Mismatch)>,
    /// The group chosen.
    pub target_group: Option<Arc<str>>,
    /// The targets of that group, and why each may or may not be chosen.
    pub candidates: Vec<Candidate>,
    /// The target chosen.
    pub target: Option<SocketAddr>,
    /// The class of its head, and the reason for it.
    pub desync: Desync,
    /// Whether the connections of client and target are closed behind this exchange.
    pub close: bool,
    /// How many octets the request took, of those that were given.
    pub consumed: Option<usize>,
    /// The host that a target sees, after the transforms of the rule; of a request to be forwarded, even if no
    /// target is there.
    pub host: Option<String>,
    /// Path and query, as [`host`](Self::host).
    pub path: Option<String>,
    /// The whole request as the target gets it, body included.
    pub forwarded: Option<Vec<u8>>,
    /// Every step of reasoning.
    pub why: Vec<Step>,
}

impl Route {
    fn new(verdict: Verdict, desync: Desync, close: bool) -> Self {
        Self {
            verdict,
            status: None,
            location: None,
            rule: None,
            passed_over: Vec::new(),
            target_group: None,
            candidates: Vec::new(),
            target: None,
            desync,
            close,
            consumed: None,
            host: None,
            path: None,
            forwarded: None,
            why: Vec::new(),
        }
    }

    /// The switch answers itself.
    fn answered(&mut self, status: u16, because: impl Into<Cow<'static, str>>) {
        self.status = Some(status);
        self.why.push(Step {
            stage: "l7.answer",
            asked: "what is the client answered?".to_owned(),
            found: status.to_string(),
            because: because.into(),
        });
    }
}

impl Advisor {
    /// Takes the settings of a switch.
    ///
    /// # Errors
    /// The first of [`L7Config::errors`].
    pub fn new(mut config: L7Config) -> Result<Self, L7Error> {
        if let Some(error) = config.errors().into_iter().next() {
            return Err(error);
        }
        let targets = config.groups.iter_mut();
        for target in targets.flat_map(|group| &mut group.config.targets) {
            target.seed.get_or_insert((TargetState::Healthy, "".into()));
        }
        let tables = config.listeners.iter().map(RuleTable::new);
        let tables = tables.collect::<Result<_, _>>();
        Ok(Self {
            tables: tables.expect("expressions were found to be right"),
            config,
        })
    }

    /// The settings, every target with its state.
    #[must_use]
    pub const fn config(&self) -> &L7Config {
        &self.config
    }

    /// What becomes of the first request in these octets, which a client at `from` sends to the listener
    /// at this port; `None` if there is no such listener.
    #[must_use]
    pub fn route(&self, port: u16, from: IpAddr, octets: &[u8]) -> Option<Route> {
        let mut listeners = self.config.listeners.iter();
        let listener = listeners.position(|listener| listener.port == port)?;
        Some(match judge(octets, &self.config.intake) {
            Judged::Incomplete(desync) => {
                let mut route = Route::new(Verdict::Incomplete, desync, false);
                route.why.push(Step {
                    stage: "l7.intake",
                    asked: "is the request whole?".to_owned(),
                    found: "not yet".to_owned(),
                    because: "The switch decides when head and body can be told to their ends."
                        .into(),
                });
                route
            }
            Judged::Reject(rejection) => {
                let mut route = Route::new(Verdict::Reject, rejection.desync, true);
                let because = format!("The request is refused: {}.", rejection.reason);
                route.answered(rejection.status, because);
                route
            }
            Judged::Request(request) => self.decide(listener, from, *request),
        })
    }

    /// What becomes of a whole request.
    fn decide(&self, listener: usize, from: IpAddr, mut request: Received) -> Route {
        let table = &self.tables[listener];
        let mut route = Route::new(Verdict::Forward, request.desync, request.close);
        route.consumed = Some(request.consumed);
        let walk = table.walk(&request.head, from);
        let passed_over = walk.map_while(|(rule, mismatch)| Some((rule.priority, mismatch?)));
        route.passed_over = passed_over.collect();
        let place = table.place_of(&request.head, from, &mut route.why);
        let (taker, action) = match place {
            Some(place) => {
                let rule = &table.rules()[place];
                (Taker::Rule(rule.priority), &rule.action)
            }
            None => (Taker::Default, table.default_action()),
        };
        route.rule = Some(taker);
        let server = self.server(listener);
        match action {
            Action::FixedResponse(fixed) => {
                route.verdict = Verdict::FixedResponse;
                route.answered(fixed.status, "The rule gives a fixed response.");
            }
            Action::Redirect(redirect) => {
                route.verdict = Verdict::Redirect;
                let protocol = self.config.listeners[listener].protocol;
                let reply = Reply::redirect(
                    redirect,
                    &request.head,
                    protocol,
                    server,
                    &self.config.headers,
                );
                route.location = reply.location().map(str::to_owned);
                let because = match route.location {
                    Some(_) => "The rule sends the client elsewhere.",
                    None => "The rule sends the client elsewhere, with a URL longer than 8 KiB.",
                };
                route.answered(reply.status, because);
            }
            Action::Forward(forward) => {
                name_host(&mut request.head, server, &self.config.headers);
                if let Some(place) = place
                    && let Err(failed) = table.rewriters[place].apply(&mut request.head)
                {
                    route.answered(500, failed.because);
                    return route;
                }
                route.host = request.head.host().map(str::to_owned);
                route.path = Some(request.head.target().to_owned());
                let client = SocketAddr::new(from, CLIENT_PORT);
                self.forward(forward, listener, (client, server), request, &mut route);
            }
        }
        route
    }

    /// Chooses a group and a target, and makes the request ready for it.
    fn forward(
        &self,
        forward: &Forward,
        listener: usize,
        (client, server): (SocketAddr, SocketAddr),
        mut request: Received,
        route: &mut Route,
    ) {
        let config = &self.config;
        let tokens = Tokens::new(config.seed, &config.load_balancer.name);
        let priority = match route.rule {
            Some(Taker::Rule(priority)) => priority,
            _ => 0,
        };
        let action = (server.port(), priority);
        let fields = &request.head.fields;
        let session = GroupSession::of(forward, action, &tokens, Instant::ZERO, fields);
        let cookie = session.map_or(GroupCookie::Absent, |session| session.cookie);
        if let Some((status, because)) = cookie.refusal() {
            return route.answered(status, because);
        }
        let share = forward.choose(session, &mut SmoothWeights::default());
        let group = share.and_then(|share| config.group(&share.group));
        let Some(group) = group else {
            return route.answered(503, "No target group of the rule has a weight.");
        };
        let name = &group.config.name;
        route.target_group = Some(Arc::clone(name));
        route.why.push(Step {
            stage: "l7.group",
            asked: "which target group takes it?".to_owned(),
            found: name.to_string(),
            because: match forward.shares.len() {
                _ if cookie == GroupCookie::Good => "The client's cookie binds it to this group.",
                _ if cookie == GroupCookie::Stale => "The client's cookie does not count: it has expired, is of another rule or balancer, or names a group that gets nothing. A group is chosen as for a first request.",
                1 => "The action names no other.",
                _ => "The first request goes to the heaviest group, the first of those if there are several; health is not asked.",
            }
            .into(),
        });
        let mut pool = pool(Instant::ZERO, config, group).expect("the group was found to be right");
        route.candidates = pool.targets.candidates(Instant::ZERO);
        let body = request.body.len() as u64;
        if let Some((status, because)) = pool.refusal(&request.head, Some(body)) {
            return route.answered(status, because);
        }
        let ends = (client, server);
        let steps = Some(&mut route.why);
        let picked = Pool::pick(
            &mut pool,
            &request.head,
            &tokens,
            Instant::ZERO,
            ends,
            config.preset,
            steps,
        );
        let target = match picked {
            Ok((target, _)) => target,
            Err((status, because)) => return route.answered(status, because),
        };
        route.target = Some(pool.targets.address(target));
        let mut tracer = Tracer::new(config.seed, &config.name);
        let arrival = Arrival {
            client,
            server,
            protocol: config.listeners[listener].protocol,
            passes_websocket: config.preset.knows_websocket(),
            trace: config
                .preset
                .names_requests()
                .then(|| tracer.name(config.epoch)),
        };
        let head = &mut request.head;
        let drops_invalid = config.headers.drop_invalid_header_fields;
        let trailers = TrailerRule::of(&head.fields, head.framing(), drops_invalid);
        towards_target(head, arrival, &config.headers, &mut Vec::new());
        let mut octets = Vec::new();
        head.write(&mut octets);
        if head.framing() == Framing::Chunked {
            write_chunk(&mut octets, &request.body);
            write_last_chunk(&mut octets, Some(&trailers.apply(&request.trailers)));
        } else {
            octets.extend_from_slice(&request.body);
        }
        route.forwarded = Some(octets);
    }

    /// The address at which a listener is asked.
    fn server(&self, listener: usize) -> SocketAddr {
        let interfaces = &self.config.station.interfaces;
        let mut addresses = interfaces.iter().flat_map(|interface| &interface.addresses);
        let address = addresses.next().map(IpNet::addr);
        let nowhere = Ipv4Addr::UNSPECIFIED.into();
        SocketAddr::new(
            address.unwrap_or(nowhere),
            self.config.listeners[listener].port,
        )
    }
}
