//! Rules: what must hold for a request, and what happens to it then.

use std::fmt;

use ipnet::IpNet;

use crate::condition::Texts;
use crate::{Action, Transforms};

/// A rule of a listener: what must hold, and what happens then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// From 1 to 50000, lowest first; no two of a listener are equal.
    pub priority: u32,
    /// All of them must hold; at least one. `Host`, `Path`, `Method` and `Source` stand once at most.
    pub conditions: Vec<Condition>,
    /// What is rewritten in a request that the rule has taken; nothing by default.
    pub transforms: Transforms,
    /// What happens.
    pub action: Action,
}

impl Rule {
    /// A rule that rewrites nothing.
    #[must_use]
    pub fn new(priority: u32, conditions: Vec<Condition>, action: Action) -> Self {
        Self {
            priority,
            conditions,
            transforms: Transforms::default(),
            action,
        }
    }
}

/// Something that must hold for a request; of its values any one is enough (ELB *User Guide*, "Rule
/// condition types"; API shape `RuleCondition`).
///
/// No text is decoded or normalised first. Only visible ASCII takes part: other octets are passed over,
/// as if they were not there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The host name of the first `Host`, or of an absolute target, matches without its port, in any
    /// case. A pattern has a point, and letters only behind its last one.
    Host(Patterns),
    /// The path, as it came and without the query, matches; case counts.
    Path(Patterns),
    /// The method is one of these, letter by letter: 1 to 40 of `A`–`Z`, `-` and `_`.
    Method(Vec<String>),
    /// A line of this header field matches, in any case; lines are tried in their order.
    Header {
        /// The field's name, a token of at most 40 characters; not `Host`, which has a condition of its own.
        name: String,
        /// Patterns for its value.
        values: Patterns,
    },
    /// A `key=value` pair of the query matches, in any case. The query is what stands between the first
    /// `?` and a `#`, its pairs stand between `&`; a pair without `=` has an empty value.
    Query(Vec<QueryPattern>),
    /// The client's address is in one of these nets: as TCP knows it or, behind a proxy that announces it
    /// (PROXY protocol), as announced. `X-Forwarded-For` is not asked.
    Source(Vec<IpNet>),
}

/// What a text must look like, one way or the other: at least one value, each 1 to 128 characters long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patterns {
    /// The whole text matches one of these: `*` stands for any run of characters, `/` and `.` included,
    /// `?` for exactly one.
    Wildcards(Vec<String>),
    /// One of these regular expressions is found in the text; `^` and `$` hold it to the ends.
    ///
    /// No look-around, back-references, atomic groups, possessive quantifiers, subroutines, recursion or
    /// Unicode classes (ELB *User Guide*, "Listener rules").
    Regexes(Vec<String>),
}

impl Patterns {
    /// The patterns as they are written.
    #[must_use]
    pub fn values(&self) -> &[String] {
        match self {
            Self::Wildcards(values) | Self::Regexes(values) => values,
        }
    }

    /// Whether one of them matches a text; patterns that ELB does not take match none.
    #[must_use]
    pub fn match_any(&self, text: &str, ignore_case: bool) -> bool {
        Texts::new(self, ignore_case).is_ok_and(|texts| texts.match_any(text.as_bytes()))
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Patterns {
    /// Patterns with wildcards.
    fn from(values: [S; N]) -> Self {
        Self::Wildcards(values.map(Into::into).into())
    }
}

/// What a pair of the query must look like; in both parts a backslash takes the meaning from `*` and `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPattern {
    /// A pattern for the key; `None` if any key will do.
    pub key: Option<String>,
    /// A pattern for the value.
    pub value: String,
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

    /// What the condition wants: `/img/* or /css/*`.
    pub(crate) fn wanted(&self) -> String {
        match self {
            Self::Host(values) | Self::Path(values) => values.to_string(),
            Self::Method(values) => any_of(values),
            Self::Header { name, values } => format!("{name}: {values}"),
            Self::Query(pairs) => any_of(pairs),
            Self::Source(nets) => any_of(nets),
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
        write!(f, "{} -> {}", self.transforms, self.action)
    }
}

impl fmt::Display for Condition {
    /// `path-pattern /img/* or /css/*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field(), self.wanted())
    }
}

impl fmt::Display for Patterns {
    /// `/img/* or /css/*`, `matching ^/v[0-9]+/`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self, Self::Regexes(_)) {
            f.write_str("matching ")?;
        }
        f.write_str(&any_of(self.values()))
    }
}

fn any_of(values: &[impl fmt::Display]) -> String {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    values.join(" or ")
}

impl fmt::Display for QueryPattern {
    /// `version=v1`, `any key with the value beta`; `"a=b"="x"` where it could be read in another way.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => f.write_str(&pair(key, &self.value)),
            None if self.value.contains(DIVIDERS) => {
                write!(f, "any key with the value {:?}", self.value)
            }
            None => write!(f, "any key with the value {}", self.value),
        }
    }
}

/// What stands between the parts of what is told of pairs.
const DIVIDERS: [char; 2] = [' ', '"'];

/// A key with its value as people are told of it: both in quotes where it could be unclear which is which.
pub(crate) fn pair(key: &str, value: &str) -> String {
    let is_plain = |part: &str| !part.contains(DIVIDERS) && !part.contains('=');
    match is_plain(key) && is_plain(value) && !key.is_empty() {
        true => format!("{key}={value}"),
        false => format!("{key:?}={value:?}"),
    }
}
