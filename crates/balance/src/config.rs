//! The settings of a target group.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How the next target is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Algorithm {
    /// Each in turn.
    #[default]
    RoundRobin,
    /// Each in turn, as often as its weight says.
    Weighted,
    /// Whoever has the fewest requests under way; among equals, each in turn.
    LeastOutstanding,
    /// Whoever the addresses, ports and protocol of the flow point to. The loss of a target moves its
    /// own flows only.
    FiveTuple,
}

impl Algorithm {
    /// The algorithm's name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Weighted => "weighted",
            Self::LeastOutstanding => "least-outstanding-requests",
            Self::FiveTuple => "hash-5-tuple",
        }
    }
}

/// Which status codes of a health check count as success: `200`, `200,202`, `200-299`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher(Vec<RangeInclusive<u16>>);

impl Matcher {
    /// Whether a status code counts as success.
    #[must_use]
    pub fn matches(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl Default for Matcher {
    fn default() -> Self {
        Self(vec![200..=200])
    }
}

impl FromStr for Matcher {
    type Err = GroupError;

    fn from_str(text: &str) -> Result<Self, GroupError> {
        let code = |text: &str| {
            let code = text.trim().parse().ok();
            code.filter(|code| (200..=499).contains(code))
        };
        let range = |part: &str| match part.split_once('-') {
            None => code(part).map(|code| code..=code),
            Some((first, last)) => {
                Some(code(first)?..=code(last)?).filter(|range| !range.is_empty())
            }
        };
        let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
        ranges.map(Self).ok_or(GroupError::Matcher {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, range) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            write!(f, "{}", range.start())?;
            if range.start() != range.end() {
                write!(f, "-{}", range.end())?;
            }
        }
        Ok(())
    }
}

/// How targets are checked. The defaults are those of an ALB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// From the start of one probe to the start of the next; 30 s by default. Any span is taken;
    /// ELB has 5 s to 300 s.
    pub interval: Duration,
    /// How long a target may take to answer; 5 s by default, always less than the interval.
    pub timeout: Duration,
    /// Successes in a row that make an unhealthy target healthy; 5 by default, 1 at least.
    pub healthy: u32,
    /// Failures in a row that make a target unhealthy; 2 by default, 1 at least.
    pub unhealthy: u32,
    /// Which status codes are successes; 200 by default. Of no meaning for TCP checks.
    pub matcher: Matcher,
    /// The path asked for; `/` by default. Of no meaning for TCP checks.
    pub path: Arc<str>,
    /// The port probed; by default the one that gets the traffic.
    pub port: Option<u16>,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            healthy: 5,
            unhealthy: 2,
            matcher: Matcher::default(),
            path: "/".into(),
            port: None,
        }
    }
}

/// A target of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Where its traffic goes.
    pub address: SocketAddr,
    /// Its share under [`Algorithm::Weighted`]; 1 by default, 0 for none.
    pub weight: u16,
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self { address, weight: 1 }
    }
}

/// The settings of a target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupConfig {
    /// The group's name.
    pub name: Arc<str>,
    /// The targets registered at first.
    pub targets: Vec<Target>,
    /// How the next target is found.
    pub algorithm: Algorithm,
    /// How targets are checked; `None` takes all for healthy.
    pub health_check: Option<HealthCheck>,
    /// How long a target that was deregistered may go on with what is under way; 300 s by default.
    pub deregistration_delay: Duration,
    /// Below this number of healthy targets all take part, healthy or not (fail-open); 1 by default,
    /// 1 at least.
    pub minimum_healthy: u32,
    /// Whether anybody sends traffic here: the targets of a group that no rule names are not probed.
    pub in_use: bool,
}

impl GroupConfig {
    /// A group with the default settings.
    pub fn new(name: &str, targets: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self {
            name: name.into(),
            targets: targets.into_iter().map(Target::from).collect(),
            algorithm: Algorithm::default(),
            health_check: Some(HealthCheck::default()),
            deregistration_delay: Duration::from_secs(300),
            minimum_healthy: 1,
            in_use: true,
        }
    }

    /// All that is not right with these settings.
    #[must_use]
    pub fn errors(&self) -> Vec<GroupError> {
        let mut errors = Vec::new();
        if self.minimum_healthy == 0 {
            errors.push(GroupError::MinimumHealthy);
        }
        for (place, target) in self.targets.iter().enumerate() {
            let is_same = |other: &Target| other.address == target.address;
            if self.targets[..place].iter().any(is_same) {
                errors.push(GroupError::Duplicate {
                    target: target.address,
                });
            }
            if target.address.port() == 0 {
                errors.push(GroupError::Port {
                    target: target.address,
                });
            }
        }
        if let Some(check) = &self.health_check {
            if check.timeout >= check.interval {
                errors.push(GroupError::Timeout {
                    timeout: check.timeout,
                    interval: check.interval,
                });
            }
            if check.timeout.is_zero() {
                errors.push(GroupError::Zero { key: "timeout" });
            }
            if check.healthy == 0 {
                errors.push(GroupError::Zero { key: "healthy" });
            }
            if check.unhealthy == 0 {
                errors.push(GroupError::Zero { key: "unhealthy" });
            }
            if !check.path.starts_with('/')
                || !check.path.bytes().all(|octet| octet.is_ascii_graphic())
            {
                errors.push(GroupError::Path {
                    path: check.path.to_string(),
                });
            }
        }
        errors
    }
}

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
    /// A number that must be at least one is zero.
    #[error("the health check's `{key}` is 0; it must be more")]
    Zero {
        /// Which key of the health check.
        key: &'static str,
    },
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
}
