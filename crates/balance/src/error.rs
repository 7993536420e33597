//! Why a target group cannot be as configured.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::Algorithm;

/// Why a target group cannot be as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// A target stands twice.
    #[error("the target {target} is given twice")]
    Duplicate {
        /// The target.
        target: SocketAddr,
    },
    /// A target has no port.
    #[error("the target {target} has port 0; a port from 1 to 65535 would be right")]
    Port {
        /// The target.
        target: SocketAddr,
    },
    /// Nobody would take part when all targets are unhealthy.
    #[error(
        "`minimum_healthy` is 0, so that nobody would take requests when no target is healthy; 1 or more would be right"
    )]
    MinimumHealthy,
    /// A percentage is none.
    #[error("`{key}` is {percentage} %; 1 to 100 would be right")]
    Percentage {
        /// Which key of the group.
        key: &'static str,
        /// The percentage.
        percentage: u8,
    },
    /// A node would leave DNS later than it fails open.
    #[error(
        "the threshold for DNS is lower than the one for fail-open; as high or higher would be right"
    )]
    DnsThreshold,
    /// A probe would still be under way when the next begins.
    #[error(
        "the health check's timeout of {timeout:?} is not less than its interval of {interval:?}"
    )]
    Timeout {
        /// The timeout.
        timeout: Duration,
        /// The interval.
        interval: Duration,
    },
    /// A number or a span that must be more is zero.
    #[error("`{key}` is 0; it must be more")]
    Zero {
        /// Which key of the health check, or of the group.
        key: &'static str,
    },
    /// A table of slots where none is used.
    #[error("`{algorithm}` has no table of slots; leave out `slots`, or take `maglev`")]
    NoSlots {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// A table of a size that some orders of slots would not fill.
    #[error(
        "a table of {slots} slots; a prime from 2 to 5000011 would be right, 65537 for example"
    )]
    Slots {
        /// The number of slots.
        slots: u32,
    },
    /// Nobody can be probed at port 0.
    #[error("the health check's port is 0; a port from 1 to 65535 would be right")]
    CheckPort,
    /// The path is none.
    #[error("the health check's path {path:?} is none; `/health` would be")]
    Path {
        /// The path.
        path: String,
    },
    /// The matcher cannot be read.
    #[error(
        "the matcher {text:?} cannot be read; `200`, `200,202` or `200-299` can, with codes from 200 to 499"
    )]
    Matcher {
        /// The text.
        text: String,
    },
    /// The algorithm has no use for a slow start.
    #[error(
        "slow start does not go with {algorithm}; round-robin, weighted or weighted-least-connections would be right"
    )]
    SlowStart {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// The algorithm does not draw by weight.
    #[error("anomaly mitigation does not go with {algorithm}; weighted-random would be right")]
    AnomalyMitigation {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// The algorithm's key cannot be chosen.
    #[error(
        "`hash_key` does not go with {algorithm}; hash-key, ring, maglev, rendezvous or bounded-load would be right"
    )]
    HashKey {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// What is to be hashed cannot be read.
    #[error(
        "{text:?} cannot be hashed; `source`, `5-tuple`, `uri`, `header:NAME` or `cookie:NAME` can"
    )]
    HashKeyText {
        /// The text.
        text: String,
    },
    /// Nobody could have as much as the mean.
    #[error("`balance_factor` is {percent} %; 101 or more would be right")]
    BalanceFactor {
        /// The factor in percent.
        percent: u16,
    },
    /// Stickiness lasts no time, or longer than ELB allows.
    #[error("`{key}` is {span:?}; 1 s to 604800 s would be right")]
    Stickiness {
        /// Which key of the group.
        key: &'static str,
        /// The duration.
        span: Duration,
    },
    /// The application's cookie has a name it cannot have.
    #[error(
        "{name:?} is no name of an application's cookie; a token that does not begin with AWSALB would be right"
    )]
    CookieName {
        /// The name.
        name: Arc<str>,
    },
    /// A bound client could not reach its target in another zone.
    #[error(
        "stickiness by cookie does not go with `cross_zone = false`; only one of them would be right"
    )]
    StickyZone {
        /// Which key of the group is the stickiness.
        key: &'static str,
    },
    /// An ejection is longer than the longest.
    #[error(
        "the ejection of {ejection:?} is longer than the longest of {longest:?}; no longer would be right"
    )]
    Ejection {
        /// The first ejection.
        ejection: Duration,
        /// The longest.
        longest: Duration,
    },
}

impl GroupError {
    /// Which setting of the group is not right; with a dot, which setting of a table in it.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } | Self::Port { .. } => "targets",
            Self::MinimumHealthy => "minimum_healthy",
            Self::Percentage { key, .. }
            | Self::Zero { key }
            | Self::Stickiness { key, .. }
            | Self::StickyZone { key } => key,
            Self::DnsThreshold => "dns_minimum_healthy",
            Self::Timeout { .. } => "health_check.timeout",
            Self::CheckPort => "health_check.port",
            Self::Path { .. } => "health_check.path",
            Self::Matcher { .. } => "health_check.matcher",
            Self::SlowStart { .. } => "slow_start",
            Self::AnomalyMitigation { .. } => "anomaly_mitigation",
            Self::HashKey { .. } | Self::HashKeyText { .. } => "hash_key",
            Self::NoSlots { .. } | Self::Slots { .. } => "slots",
            Self::BalanceFactor { .. } => "balance_factor",
            Self::CookieName { .. } => "app_cookie",
            Self::Ejection { .. } => "passive_health.ejection",
        }
    }
}
