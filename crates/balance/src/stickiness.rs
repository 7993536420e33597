//! Stickiness: what binds a client to its target, and for how long.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Deadlines, FixedMap, Instant};

use crate::TargetId;

/// How long a client may be bound, as ELB has it: 1 s to 7 days.
pub const STICKINESS_RANGE: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(604_800);

/// What binds a client to its target, each with how long it does so from the client's last request on.
///
/// ELB *User Guide*, "Sticky sessions": 1 s to 604 800 s, 86 400 s by default there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stickiness {
    /// A cookie of the balancer, from the first answer on: `AWSALB`.
    LbCookie {
        /// How long it binds.
        duration: Duration,
    },
    /// A cookie of the balancer beside one of the application, from the answer on that sets the latter:
    /// `AWSALBAPP-0`. It binds while the client returns both.
    AppCookie {
        /// The name of the application's cookie; none of the balancer's own names.
        name: Arc<str>,
        /// How long it binds.
        duration: Duration,
    },
    /// The client's address.
    SourceIp {
        /// How long it binds.
        duration: Duration,
    },
}

impl Stickiness {
    /// How long it binds from the last request on.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        match self {
            Self::LbCookie { duration }
            | Self::AppCookie { duration, .. }
            | Self::SourceIp { duration } => *duration,
        }
    }

    /// Its key in files.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::LbCookie { .. } => "lb_cookie",
            Self::AppCookie { .. } => "app_cookie",
            Self::SourceIp { .. } => "source_ip",
        }
    }
}

/// How many addresses a group remembers; of more the one bound the least is forgotten.
const MOST_SOURCES: usize = 65_536;

/// Which client addresses are bound to which target.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    bound: FixedMap<IpAddr, TargetId>,
    until: Deadlines<IpAddr>,
}

impl Sources {
    /// The target an address is bound to.
    pub(crate) fn get(&self, now: Instant, source: IpAddr) -> Option<TargetId> {
        self.until.get(source).filter(|until| now < *until)?;
        self.bound.get(&source).copied()
    }

    /// Binds an address to a target until then.
    pub(crate) fn bind(&mut self, now: Instant, source: IpAddr, target: TargetId, until: Instant) {
        while let Some((_, old)) = self.until.pop_due(now) {
            self.bound.remove(&old);
        }
        if self.bound.len() == MOST_SOURCES
            && !self.bound.contains_key(&source)
            && let Some(at) = self.until.next()
            && let Some((_, first)) = self.until.pop_due(at)
        {
            self.bound.remove(&first);
        }
        self.bound.insert(source, target);
        self.until.set(source, until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_bound_from_its_last_request_on() {
        let second = Instant::from_secs;
        let source: IpAddr = [10, 0, 0, 2].into();
        let target = TargetId::at(3);
        let mut sources = Sources::default();
        assert_eq!(sources.get(second(0), source), None);
        sources.bind(second(0), source, target, second(10));
        assert_eq!(sources.get(second(9), source), Some(target));
        sources.bind(second(9), source, target, second(19));
        assert_eq!(
            sources.get(second(18), source),
            Some(target),
            "the span began anew"
        );
        assert_eq!(sources.get(second(19), source), None, "and is over");
    }

    #[test]
    fn memory_is_bounded() {
        let mut sources = Sources::default();
        let address = |number: usize| IpAddr::from((number as u32).to_be_bytes());
        for number in 0..=MOST_SOURCES {
            let until = Instant::from_secs(100 + number as u64);
            sources.bind(Instant::ZERO, address(number), TargetId::at(0), until);
        }
        assert_eq!(sources.bound.len(), MOST_SOURCES);
        assert_eq!(sources.until.len(), MOST_SOURCES);
        assert_eq!(
            sources.get(Instant::ZERO, address(0)),
            None,
            "bound the least"
        );
        assert!(sources.get(Instant::ZERO, address(1)).is_some());
    }
}
