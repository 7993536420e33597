//! The settings of a target group.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::TargetState;

use crate::algorithm::is_token;
use crate::algorithm::maglev::is_prime;
use crate::stickiness::STICKINESS_RANGE;
use crate::{
    Algorithm, AnomalyMitigation, GroupError, HashKey, HealthCheck, Maglev, PassiveHealth,
    Stickiness, Threshold,
};

/// A target of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where its traffic goes.
    pub address: SocketAddr,
    /// Its share under the algorithms that know weights; 1 by default, 0 for none but the clients that are bound to
    /// it. Of weight 0 it does not count for a [`Threshold`].
    pub weight: u16,
    /// The availability zone it stands in; `None`, the default, for all of them.
    pub zone: Option<Arc<str>>,
    /// The state it begins in whenever the group comes into use, and why; by default what the group makes of it.
    /// Health checks go on from there; a target that begins `unused` or `unavailable` stays so.
    pub seed: Option<(TargetState, Cow<'static, str>)>,
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            weight: 1,
            zone: None,
            seed: None,
        }
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
    /// What is hashed, if the algorithm lets it be chosen; by default [`Algorithm::default_key`].
    pub hash_key: Option<HashKey>,
    /// How far above the mean a target may be under [`Algorithm::BoundedLoad`], in percent; 125 by
    /// default, 101 at least.
    pub balance_factor: u16,
    /// How many slots a [`Maglev`](crate::Maglev) table has, a prime of [`Maglev::SIZES`](crate::Maglev::SIZES); by
    /// default [`Algorithm::default_slots`].
    pub slots: Option<u32>,
    /// How targets are checked; `None` takes all for healthy.
    pub health_check: Option<HealthCheck>,
    /// What real traffic tells of targets; `None`, the default, for nothing.
    pub passive_health: Option<PassiveHealth>,
    /// Whether targets that fail more often than others get less; `None`, the default, for not. With
    /// [`Algorithm::WeightedRandom`] alone.
    pub anomaly_mitigation: Option<AnomalyMitigation>,
    /// How long a target that becomes healthy takes to get its whole share; `None`, the default, for no
    /// time. Any span is taken; ELB has 30 s to 900 s.
    ///
    /// The share grows evenly from one part in the number of targets. A target begins slowly if another
    /// healthy one does not; those registered at first, or into an empty group, have their share at once.
    pub slow_start: Option<Duration>,
    /// How long a target that was deregistered may go on with what is under way; 300 s by default.
    pub deregistration_delay: Duration,
    /// When this is breached all targets in scope take part, healthy or not (fail-open). The number is 1 at
    /// least.
    pub routing: Threshold,
    /// When this is breached the balancer's node leaves DNS; as high as `routing` at least.
    pub dns: Threshold,
    /// What binds clients to their targets; `None`, the default, for nothing.
    pub stickiness: Option<Stickiness>,
    /// Whether the balancer's node sends traffic to targets in other zones than its own; true by default.
    pub cross_zone: bool,
    /// The zone the balancer's node stands in; `None`, the default, if there are no zones.
    pub zone: Option<Arc<str>>,
    /// The zones the balancer is enabled in; targets in others are `unused`. None, the default, for all.
    pub zones: Vec<Arc<str>>,
    /// Whether anybody sends traffic here: the targets of a group that no rule names are not probed.
    pub in_use: bool,
    /// Where random draws come from, together with the group's name; 0 by default.
    pub seed: u64,
}

impl GroupConfig {
    /// A group with the default settings.
    pub fn new(name: &str, targets: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self {
            name: name.into(),
            targets: targets.into_iter().map(Target::from).collect(),
            algorithm: Algorithm::default(),
            hash_key: None,
            balance_factor: 125,
            slots: None,
            health_check: Some(HealthCheck::default()),
            passive_health: None,
            anomaly_mitigation: None,
            slow_start: None,
            deregistration_delay: Duration::from_secs(300),
            routing: Threshold::default(),
            dns: Threshold::default(),
            stickiness: None,
            cross_zone: true,
            zone: None,
            zones: Vec::new(),
            in_use: true,
            seed: 0,
        }
    }

    /// All that is not right with these settings.
    #[must_use]
    pub fn errors(&self) -> Vec<GroupError> {
        let mut errors = Vec::new();
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
        self.judge_algorithm(&mut errors);
        self.judge_thresholds(&mut errors);
        if let Some(check) = &self.health_check {
            judge_check(check, &mut errors);
        }
        if let Some(passive) = &self.passive_health {
            judge_passive(passive, &mut errors);
        }
        if let Some(stickiness) = &self.stickiness {
            self.judge_stickiness(stickiness, &mut errors);
        }
        errors
    }

    fn judge_algorithm(&self, errors: &mut Vec<GroupError>) {
        let algorithm = self.algorithm;
        if self.hash_key.is_some() && !algorithm.takes_key() {
            errors.push(GroupError::HashKey { algorithm });
        }
        if let Some(slots) = self.slots {
            if algorithm.default_slots().is_none() {
                errors.push(GroupError::NoSlots { algorithm });
            }
            if !Maglev::SIZES.contains(&slots) || !is_prime(slots) {
                errors.push(GroupError::Slots { slots });
            }
        }
        if self.balance_factor <= 100 {
            errors.push(GroupError::BalanceFactor {
                percent: self.balance_factor,
            });
        }
        match self.slow_start {
            Some(Duration::ZERO) => errors.push(GroupError::Zero { key: "slow_start" }),
            Some(_) if !algorithm.takes_slow_start() => {
                errors.push(GroupError::SlowStart { algorithm });
            }
            _ => {}
        }
        if let Some(mitigation) = &self.anomaly_mitigation {
            if algorithm != Algorithm::WeightedRandom {
                errors.push(GroupError::AnomalyMitigation { algorithm });
            }
            if mitigation.interval.is_zero() || mitigation.floor == 0 {
                let key = "anomaly_mitigation";
                errors.push(GroupError::Zero { key });
            }
        }
    }

    fn judge_thresholds(&self, errors: &mut Vec<GroupError>) {
        let keys = [
            (
                &self.routing,
                "minimum_healthy",
                "minimum_healthy_percentage",
            ),
            (
                &self.dns,
                "dns_minimum_healthy",
                "dns_minimum_healthy_percentage",
            ),
        ];
        for (threshold, count, percentage) in keys {
            if threshold.count == Some(0) {
                errors.push(match count {
                    "minimum_healthy" => GroupError::MinimumHealthy,
                    key => GroupError::Zero { key },
                });
            }
            if let Some(percent) = threshold.percentage.filter(|it| !(1..=100).contains(it)) {
                errors.push(GroupError::Percentage {
                    key: percentage,
                    percentage: percent,
                });
            }
        }
        if !self.dns.covers(&self.routing) {
            errors.push(GroupError::DnsThreshold);
        }
    }

    fn judge_stickiness(&self, stickiness: &Stickiness, errors: &mut Vec<GroupError>) {
        let (key, span) = (stickiness.key(), stickiness.duration());
        if !STICKINESS_RANGE.contains(&span) {
            errors.push(GroupError::Stickiness { key, span });
        }
        if let Stickiness::AppCookie { name, .. } = stickiness
            && (name.starts_with("AWSALB") || !is_token(name))
        {
            let name = Arc::clone(name);
            errors.push(GroupError::CookieName { name });
        }
        if !self.cross_zone && !matches!(stickiness, Stickiness::SourceIp { .. }) {
            errors.push(GroupError::StickyZone { key });
        }
    }
}

fn judge_check(check: &HealthCheck, errors: &mut Vec<GroupError>) {
    if check.timeout >= check.interval {
        errors.push(GroupError::Timeout {
            timeout: check.timeout,
            interval: check.interval,
        });
    }
    for (key, is_zero) in [
        ("health_check.timeout", check.timeout.is_zero()),
        ("health_check.healthy", check.healthy == 0),
        ("health_check.unhealthy", check.unhealthy == 0),
    ] {
        if is_zero {
            errors.push(GroupError::Zero { key });
        }
    }
    if check.port == Some(0) {
        errors.push(GroupError::CheckPort);
    }
    if !check.path.starts_with('/') || !check.path.bytes().all(|octet| octet.is_ascii_graphic()) {
        errors.push(GroupError::Path {
            path: check.path.to_string(),
        });
    }
}

fn judge_passive(passive: &PassiveHealth, errors: &mut Vec<GroupError>) {
    for (key, is_zero) in [
        ("passive_health.failures", passive.failures == 0),
        ("passive_health.ejection", passive.ejection.is_zero()),
    ] {
        if is_zero {
            errors.push(GroupError::Zero { key });
        }
    }
    if passive.ejection > passive.longest_ejection {
        errors.push(GroupError::Ejection {
            ejection: passive.ejection,
            longest: passive.longest_ejection,
        });
    }
    if passive.most_ejected > 100 {
        errors.push(GroupError::Percentage {
            key: "passive_health.most_ejected",
            percentage: passive.most_ejected,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused() {
        type Change = fn(&mut GroupConfig);
        let seconds = Duration::from_secs;
        assert_eq!(
            GroupConfig::new("web", []).errors(),
            [],
            "the defaults are right"
        );
        #[rustfmt::skip]
        let rows: [(Change, &str, &str); 27] = [
            (|it| it.targets = vec![Target::from(SocketAddr::from(([10, 0, 0, 1], 0)))], "targets", "port 0"),
            (|it| it.targets = vec![Target::from(SocketAddr::from(([10, 0, 0, 1], 1))); 2], "targets", "one twice"),
            (|it| it.routing.count = Some(0), "minimum_healthy", "nobody is not enough"),
            (|it| it.dns.percentage = Some(101), "dns_minimum_healthy_percentage", "more than all"),
            (|it| it.routing.percentage = Some(0), "minimum_healthy_percentage", "off is written by leaving it out"),
            (|it| it.routing.count = Some(2), "dns_minimum_healthy", "fails open before it leaves DNS"),
            (|it| it.health_check.as_mut().unwrap().timeout = Duration::from_secs(30), "health_check.timeout", "as long as the interval"),
            (|it| it.health_check.as_mut().unwrap().healthy = 0, "health_check.healthy", "zero"),
            (|it| it.health_check.as_mut().unwrap().port = Some(0), "health_check.port", "no port can be probed there"),
            (|it| it.health_check.as_mut().unwrap().path = "health".into(), "health_check.path", "no slash"),
            (|it| { it.slow_start = Some(Duration::from_secs(30)); it.algorithm = Algorithm::LeastOutstanding }, "slow_start", "ELB excludes it"),
            (|it| { it.slow_start = Some(Duration::from_secs(30)); it.algorithm = Algorithm::WeightedRandom }, "slow_start", "ELB excludes it"),
            (|it| it.slow_start = Some(Duration::ZERO), "slow_start", "no time is left out"),
            (|it| it.anomaly_mitigation = Some(AnomalyMitigation::default()), "anomaly_mitigation", "round robin has no weights"),
            (|it| it.hash_key = Some(HashKey::Uri), "hash_key", "round robin hashes nothing"),
            (|it| { it.hash_key = Some(HashKey::Uri); it.algorithm = Algorithm::FiveTuple }, "hash_key", "it says what it hashes"),
            (|it| it.slots = Some(65_537), "slots", "round robin has no table"),
            (|it| { it.slots = Some(65_536); it.algorithm = Algorithm::Maglev }, "slots", "no prime"),
            (|it| { it.slots = Some(5_000_077); it.algorithm = Algorithm::Maglev }, "slots", "a prime, but larger than any table of Envoy's"),
            (|it| it.balance_factor = 100, "balance_factor", "everybody exactly at the mean cannot be"),
            (|it| it.stickiness = Some(Stickiness::LbCookie { duration: Duration::ZERO }), "lb_cookie", "no time"),
            (|it| it.stickiness = Some(Stickiness::SourceIp { duration: Duration::from_secs(604_801) }), "source_ip", "longer than 7 days"),
            (|it| it.stickiness = Some(Stickiness::AppCookie { name: "AWSALBX".into(), duration: Duration::from_secs(1) }), "app_cookie", "the balancer's own names"),
            (|it| it.stickiness = Some(Stickiness::AppCookie { name: "a b".into(), duration: Duration::from_secs(1) }), "app_cookie", "no token"),
            (|it| { it.cross_zone = false; it.stickiness = Some(Stickiness::LbCookie { duration: Duration::from_secs(1) }) }, "lb_cookie", "ELB excludes it"),
            (|it| it.passive_health = Some(PassiveHealth { failures: 0, ..PassiveHealth::default() }), "passive_health.failures", "zero"),
            (|it| it.passive_health = Some(PassiveHealth { longest_ejection: Duration::from_secs(1), ..PassiveHealth::default() }), "passive_health.ejection", "longer than the longest"),
        ];
        for (change, key, because) in rows {
            let mut config = GroupConfig::new("web", []);
            change(&mut config);
            let keys: Vec<_> = config.errors().iter().map(GroupError::key).collect();
            assert_eq!(keys, [key], "{because}");
        }
        let mut allowed = GroupConfig::new("web", []);
        allowed.slow_start = Some(seconds(30));
        allowed.routing.count = Some(2);
        allowed.dns.count = None;
        assert_eq!(
            allowed.errors(),
            [],
            "without a number for DNS there is nothing to compare"
        );
    }
}
