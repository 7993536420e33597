//! Whose ways the switch has where products differ: what a failed target means, and who is asked then.

use std::time::Duration;

use switchlab_balance::{GroupConfig, Target};
use switchlab_core::TargetState;

use crate::{Action, FixedResponse, ListenerConfig};

/// A product whose ways the switch has where products differ.
///
/// | question | `Alb` | `Clb` | `Haproxy` | `Nginx` | `Envoy` |
/// |---|---|---|---|---|---|
/// | a new target before its first probe | no traffic | no traffic | traffic | traffic | no traffic |
/// | no target is healthy | all take part | 503 | 503 | all take part | all take part |
/// | fewer than half are healthy | the rest shares | the rest shares | the rest shares | the rest shares | all take part |
/// | the target of a session is unhealthy | another one | another one | 503 | another one | another one |
/// | the target of a session is no longer registered | another one | another one | another one | another one | another one |
/// | nobody is registered, or has a weight | 503 | 503 | 503 | 502 | 503 |
/// | the target refuses, or cannot be reached | 502 | 502 | three times more, 1 s apart, then 503 | the next one, then 502 | 503 |
/// | it does not take the connection in time | 504 | 504 | three times more, 1 s apart, then 503 | the next one, then 504 | 503 |
/// | it closes or resets before it has answered | 502 | 502 | 502 | the next one if the method is idempotent, then 502 | 503 |
/// | it is silent for too long | 504 | 504 | 504 | as above, then 504 | 504 |
/// | its answer is malformed | 502 | 502 | 502 | 502 | 502 |
/// | the client closes its side while it waits | it is gone | it is gone | it gets its answer | it is gone | it is gone |
/// | no rule takes a request, and there is no default | an error | an error | 503 | an error | 404 |
/// | an exchange takes at most | an hour | an hour | an hour | an hour | 15 s |
///
/// Whatever the preset, a request is sent once more whose idle connection to a target was closed while it was
/// on its way, so that the target never had it, and requests are read by the parser that is set. Only `Alb` and `Clb` write `Server: awselb/2.0`, only `Alb`
/// names requests in `X-Amzn-Trace-Id`, and `Clb` knows neither rules nor WebSocket and calls its cookie `AWSELB`.
/// What the products do with `Transfer-Encoding` beside `Content-Length` is up to the parser: `strict` refuses
/// such requests, as nginx and Envoy do; HAProxy drops the length and closes the connection behind the answer.
///
/// Sources: user guides of ELB; the documentation of HAProxy 3.3 (`retries`, `retry-on`, `option
/// redispatch` being off), nginx 1.29 (`proxy_next_upstream`) and Envoy 1.30 (panic threshold, route
/// timeout), as far as they say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// AWS Application Load Balancer.
    #[default]
    Alb,
    /// AWS Classic Load Balancer: what an ALB is without rules, target groups to choose from, redirects,
    /// fixed responses and WebSocket.
    Clb,
    /// HAProxy.
    Haproxy,
    /// nginx.
    Nginx,
    /// Envoy.
    Envoy,
}

/// What a target did in place of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It refused the connection, or the network says that it cannot be reached.
    Refused,
    /// It did not take the connection in time.
    Unconnected,
    /// It closed or reset the connection.
    Broken,
    /// It said nothing for too long.
    Silent,
    /// What it said is no HTTP.
    Malformed,
}

/// Who is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Nobody,
    TheSame,
    Another,
}

/// The share of healthy targets in percent below which Envoy panics, and lets all take part.
const PANIC: u8 = 50;
/// How often HAProxy asks the same server again (`retries`).
const RETRIES: usize = 3;

impl Preset {
    /// The status that tells a client of a failure.
    pub(crate) const fn status(self, failure: Failure) -> u16 {
        match (self, failure) {
            (_, Failure::Malformed) => 502,
            (_, Failure::Silent) => 504,
            (Self::Haproxy | Self::Envoy, Failure::Refused | Failure::Unconnected)
            | (Self::Envoy, Failure::Broken) => 503,
            (_, Failure::Unconnected) => 504,
            (_, Failure::Refused | Failure::Broken) => 502,
        }
    }

    /// The status that tells a client that there is nobody to ask.
    pub(crate) const fn nobody(self) -> u16 {
        match self {
            Self::Nginx => 502,
            _ => 503,
        }
    }

    /// Who is asked after `asked` targets have failed, the last one like this, with a request that may be
    /// sent twice or may not.
    pub(crate) const fn again(self, failure: Failure, asked: usize, is_idempotent: bool) -> Again {
        match (self, failure) {
            (Self::Haproxy, Failure::Refused | Failure::Unconnected) if asked <= RETRIES => {
                Again::TheSame
            }
            (Self::Nginx, Failure::Refused | Failure::Unconnected) => Again::Another,
            (Self::Nginx, Failure::Broken | Failure::Silent) if is_idempotent => Again::Another,
            _ => Again::Nobody,
        }
    }

    /// How long it waits before it asks the same target again that did not take the connection.
    pub(crate) const fn pause(self) -> Duration {
        match self {
            Self::Haproxy => Duration::from_secs(1),
            _ => Duration::ZERO,
        }
    }

    /// Whether requests may be sent again, so that what was sent is held.
    pub(crate) const fn holds(self) -> bool {
        matches!(self, Self::Nginx)
    }

    /// A target as it is registered: some products send traffic before the first health check.
    pub(crate) fn target(self, mut target: Target) -> Target {
        if matches!(self, Self::Haproxy | Self::Nginx) {
            let because = "Nothing is known against it.";
            target
                .seed
                .get_or_insert_with(|| (TargetState::Healthy, because.into()));
        }
        target
    }

    /// Makes a group one of this product: its targets, and when unhealthy ones take part.
    pub(crate) fn shape(self, group: &mut GroupConfig) {
        for target in &mut group.targets {
            *target = self.target(target.clone());
        }
        if self == Self::Envoy && group.routing.percentage.is_none() {
            group.routing.percentage = Some(PANIC);
            group.dns.percentage = group.dns.percentage.max(Some(PANIC));
        }
    }

    /// How long an exchange may take in all, where nothing else is set.
    #[must_use]
    pub const fn exchange_limit(self) -> Duration {
        match self {
            Self::Envoy => Duration::from_secs(15),
            _ => Duration::from_secs(3600),
        }
    }

    /// Whether a client that closes its side while it waits for an answer is gone, as one that gives up
    /// does; nobody can tell it from a client that closes one side only. HAProxy does otherwise unless
    /// `option abortonclose` is set.
    pub(crate) const fn takes_closed_for_gone(self) -> bool {
        !matches!(self, Self::Haproxy)
    }

    /// What becomes of a request that no rule takes, at a listener without a default action; `None` where
    /// there must be one.
    #[must_use]
    pub fn unmatched(self) -> Option<Action> {
        let status = match self {
            Self::Haproxy => 503,
            Self::Envoy => 404,
            _ => return None,
        };
        Some(Action::FixedResponse(FixedResponse {
            status,
            ..FixedResponse::default()
        }))
    }

    /// Whether a listener has only what this product knows.
    pub(crate) fn takes(self, listener: &ListenerConfig) -> bool {
        let has_one_group =
            matches!(&listener.default, Action::Forward(forward) if forward.shares.len() == 1);
        self != Self::Clb || listener.rules.is_empty() && has_one_group
    }

    /// Whether unhealthy targets take part when nobody is healthy.
    pub(crate) const fn fails_open(self) -> bool {
        !matches!(self, Self::Clb | Self::Haproxy)
    }

    /// Whether a session whose target is unhealthy goes on with another one.
    pub(crate) const fn moves_sessions(self) -> bool {
        !matches!(self, Self::Haproxy)
    }

    /// What the switch calls itself in answers of its own.
    pub(crate) const fn server(self) -> Option<&'static str> {
        match self {
            Self::Alb | Self::Clb => Some("awselb/2.0"),
            Self::Haproxy => None,
            Self::Nginx => Some("nginx"),
            Self::Envoy => Some("envoy"),
        }
    }

    /// Whether requests are named in `X-Amzn-Trace-Id`.
    pub(crate) const fn names_requests(self) -> bool {
        matches!(self, Self::Alb)
    }

    /// What the cookies of sticky sessions are called: the balancer's own, its twin that comes along with
    /// requests from foreign pages, and the one beside an application's.
    pub(crate) const fn cookies(self) -> [&'static str; 3] {
        match self {
            Self::Clb => ["AWSELB", "AWSELBCORS", "AWSELB"],
            _ => ["AWSALB", "AWSALBCORS", "AWSALBAPP-0"],
        }
    }

    /// Whether WebSockets are passed on.
    pub(crate) const fn knows_websocket(self) -> bool {
        !matches!(self, Self::Clb)
    }
}
