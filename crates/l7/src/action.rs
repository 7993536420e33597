//! Actions: what happens to a request that a rule takes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use switchlab_balance::SmoothWeights;

use crate::sticky::GroupSession;

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// A target answers.
    Forward(Forward),
    /// The switch answers.
    FixedResponse(FixedResponse),
    /// The client is sent elsewhere.
    Redirect(Redirect),
}

/// Where requests go.
///
/// A group is chosen by cookie or by weight before anybody looks at its health; the others are no
/// substitute (ELB *User Guide*, "Forward actions").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// 1 to 5 groups.
    pub shares: Vec<Share>,
    /// How long a client's `AWSALBTG` cookie binds it to its group, from its last request on; `None`,
    /// the default, for not at all. A cookie that is no token is answered with 400. ELB takes 1 s to 604 800 s, in whole seconds.
    pub stickiness: Option<Duration>,
}

/// A group's part in a forward action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The group's name.
    pub group: Arc<str>,
    /// Its part of the sum of all weights, 0 to 999; where there is but one group, it needs none.
    pub weight: Option<u16>,
}

impl Forward {
    /// The group that a client is bound to, else the one whose turn it is; `None` if none has a weight.
    pub(crate) fn choose(
        &self,
        session: Option<GroupSession>,
        turns: &mut SmoothWeights,
    ) -> Option<&Share> {
        let weights = self.shares.iter().map(Share::weight).enumerate();
        match (&*self.shares, session.and_then(|session| session.bound)) {
            (shares, Some(bound)) => Some(&shares[bound]),
            ([only], None) => Some(only).filter(|only| only.weight() > 0),
            (shares, None) => turns.next(weights).map(|place| &shares[place]),
        }
    }
}

impl Share {
    /// The weight: 1 where none is needed.
    #[must_use]
    pub fn weight(&self) -> u16 {
        self.weight.unwrap_or(1)
    }
}

/// An answer that needs no target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedResponse {
    /// 2xx, 4xx or 5xx.
    pub status: u16,
    /// The media type of the body: `text/plain`, the default, `text/css`, `text/html`,
    /// `application/javascript` or `application/json`.
    pub content_type: String,
    /// At most 1024 octets; empty by default.
    pub body: String,
}

impl Default for FixedResponse {
    fn default() -> Self {
        Self {
            status: 200,
            content_type: "text/plain".to_owned(),
            body: String::new(),
        }
    }
}

/// Where a client is sent.
///
/// `#{protocol}`, `#{host}`, `#{port}`, `#{path}` (without its first `/`) and `#{query}` stand for the
/// parts of what was asked for; the defaults change nothing, which is refused as a loop. A keyword may
/// stand in its own part; those of host and port in path and query too, that of the path in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// 301 or 302; 302 by default.
    pub status: u16,
    /// `HTTP`, `HTTPS` or `#{protocol}`.
    pub protocol: String,
    /// The host.
    pub host: String,
    /// The port.
    pub port: String,
    /// The path, with its first `/`.
    pub path: String,
    /// The query, without `?`.
    pub query: String,
}

impl Default for Redirect {
    fn default() -> Self {
        Self {
            status: 302,
            protocol: "#{protocol}".to_owned(),
            host: "#{host}".to_owned(),
            port: "#{port}".to_owned(),
            path: "/#{path}".to_owned(),
            query: "#{query}".to_owned(),
        }
    }
}

impl Action {
    /// Forwards everything to one group.
    #[must_use]
    pub fn forward(group: &str) -> Self {
        Self::Forward(Forward {
            shares: vec![Share {
                group: group.into(),
                weight: None,
            }],
            stickiness: None,
        })
    }

    /// Whether requests may go to this group.
    pub(crate) fn uses(&self, group: &str) -> bool {
        let is_it = |share: &Share| &*share.group == group;
        matches!(self, Self::Forward(forward) if forward.shares.iter().any(is_it))
    }
}

impl fmt::Display for Action {
    /// `forward blue:1 green:3`, `fixed-response 503`, `redirect 301 HTTPS://#{host}:443/#{path}?#{query}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forward(Forward { shares, stickiness }) => {
                f.write_str("forward")?;
                for share in shares {
                    write!(f, " {}", share.group)?;
                    if shares.len() > 1 {
                        write!(f, ":{}", share.weight())?;
                    }
                }
                match stickiness {
                    Some(span) => write!(f, " sticky for {span:?}"),
                    None => Ok(()),
                }
            }
            Self::FixedResponse(fixed) => {
                let FixedResponse {
                    status,
                    content_type,
                    body,
                } = fixed;
                write!(f, "fixed-response {status}")?;
                if !body.is_empty() {
                    write!(f, " {content_type} {body:?}")?;
                }
                Ok(())
            }
            Self::Redirect(redirect) => {
                let Redirect {
                    status,
                    protocol,
                    host,
                    port,
                    path,
                    query,
                } = redirect;
                write!(f, "redirect {status} {protocol}://{host}:{port}{path}")?;
                if !query.is_empty() {
                    write!(f, "?{query}")?;
                }
                Ok(())
            }
        }
    }
}
