//! How targets are checked, and what counts as well.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::GroupError;

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
            let text = text.trim();
            let code = text.parse().ok().filter(|_| !text.starts_with('+'));
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
    /// How long a target may take to answer; 5 s by default, always less than the interval. An answer at the very
    /// end of it is late.
    pub timeout: Duration,
    /// Successes in a row that make an unhealthy target healthy; 5 by default, 1 at least.
    pub healthy: u32,
    /// Failures in a row that make a target unhealthy; 2 by default, 1 at least.
    pub unhealthy: u32,
    /// Which status codes are successes; 200 by default. Of no meaning for TCP checks.
    pub matcher: Matcher,
    /// The path asked for; `/` by default. Of no meaning for TCP checks.
    pub path: Arc<str>,
    /// The port probed, from 1 to 65535; by default the one that gets the traffic.
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
