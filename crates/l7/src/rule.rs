//! Rules: what must hold for a request, and what happens to it then.

use std::fmt;
use std::sync::Arc;

use ipnet::IpNet;

/// A rule of a listener: what must hold, and what happens then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// From 1 to 50000, lowest first; no two of a listener are equal.
    pub priority: u32,
    /// All of them must hold; at least one. `Host`, `Path`, `Method` and `Source` stand once at most.
    pub conditions: Vec<Condition>,
    /// What happens.
    pub action: Action,
}

/// Something that must hold for a request; of its values any one is enough.
///
/// A pattern must match the whole text: `*` stands for any run of characters, `?` for exactly one, a
/// backslash takes the meaning from the character behind it. No text is decoded or normalised first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The host name without its port matches, in any case.
    Host(Vec<String>),
    /// The path, as it came and without the query, matches; case counts.
    Path(Vec<String>),
    /// The method is one of these, letter by letter.
    Method(Vec<String>),
    /// A line of this header field matches, in any case.
    Header {
        /// The field's name; not `Host`, which has a condition of its own.
        name: String,
        /// Patterns for its value.
        values: Vec<String>,
    },
    /// A `key=value` pair of the query matches, in any case.
    Query(Vec<QueryPattern>),
    /// The client's address, as TCP knows it, is in one of these nets.
    Source(Vec<IpNet>),
}

/// What a pair of the query must look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPattern {
    /// A pattern for the key; `None` if any key will do.
    pub key: Option<String>,
    /// A pattern for the value.
    pub value: String,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// A target of one of these groups answers, 1 to 5 of them. A group is chosen by weight before
    /// anybody looks at its health; the others are no substitute.
    Forward(Vec<Share>),
    /// The switch answers.
    FixedResponse(FixedResponse),
    /// The client is sent elsewhere.
    Redirect(Redirect),
}

/// A group's part in a forward action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The group's name.
    pub group: Arc<str>,
    /// Its part of the sum of all weights; 0 to 999.
    pub weight: u16,
}

/// An answer that needs no target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedResponse {
    /// 2xx, 4xx or 5xx.
    pub status: u16,
    /// The media type of the body; `text/plain` by default.
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
/// parts of what was asked for; the defaults change nothing, which is refused as a loop.
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
        Self::Forward(vec![Share {
            group: group.into(),
            weight: 1,
        }])
    }

    /// Whether requests may go to this group.
    pub(crate) fn uses(&self, group: &str) -> bool {
        matches!(self, Self::Forward(shares) if shares.iter().any(|share| &*share.group == group))
    }
}

impl Condition {
    /// The name that ELB gives this kind of condition.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Host(_) => "host-header",
            Self::Path(_) => "path-pattern",
            Self::Method(_) => "http-request-method",
            Self::Header { .. } => "http-header",
            Self::Query(_) => "query-string",
            Self::Source(_) => "source-ip",
        }
    }
}

impl fmt::Display for Rule {
    /// `10: path-pattern /img/* -> forward static`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.priority)?;
        for (place, condition) in self.conditions.iter().enumerate() {
            let and = if place > 0 { " and " } else { "" };
            write!(f, "{and}{condition}")?;
        }
        write!(f, " -> {}", self.action)
    }
}

impl fmt::Display for Condition {
    /// `path-pattern /img/* or /css/*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field())?;
        match self {
            Self::Host(values) | Self::Path(values) | Self::Method(values) => any_of(f, values),
            Self::Header { name, values } => {
                write!(f, " {name}:")?;
                any_of(f, values)
            }
            Self::Query(pairs) => any_of(f, pairs),
            Self::Source(nets) => any_of(f, nets),
        }
    }
}

fn any_of(f: &mut fmt::Formatter<'_>, values: &[impl fmt::Display]) -> fmt::Result {
    for (place, value) in values.iter().enumerate() {
        let or = if place > 0 { " or " } else { " " };
        write!(f, "{or}{value}")?;
    }
    Ok(())
}

impl fmt::Display for QueryPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key}=")?;
        }
        f.write_str(&self.value)
    }
}

impl fmt::Display for Action {
    /// `forward blue:1 green:3`, `fixed-response 503`, `redirect 301 HTTPS://#{host}:443/#{path}?#{query}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forward(shares) => match &**shares {
                [Share { group, .. }] => write!(f, "forward {group}"),
                _ => {
                    f.write_str("forward")?;
                    for Share { group, weight } in shares {
                        write!(f, " {group}:{weight}")?;
                    }
                    Ok(())
                }
            },
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
