//! A target group: who belongs to it, who is well, whom to probe, who has what under way.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use switchlab_core::{Deadlines, Instant, Table, TargetChange, TargetState};
use switchlab_wire::FlowKey;

use crate::choose::{Chooser, mix};
use crate::{Algorithm, GroupConfig, GroupError, Health, HealthCheck, ProbeOutcome, Target};

/// A target of one group; good for the life of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(u32);

impl TargetId {
    pub(crate) fn at(place: usize) -> Self {
        Self(u32::try_from(place).expect("a group has at most 2^32 targets"))
    }

    /// Its place among all targets the group has ever had, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the owner of a group has to do about a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeStep {
    /// Begin one now.
    Begin(TargetId),
    /// Give up the one under way: its result is known, or nobody wants it any more.
    Abandon(TargetId),
}

/// Why a target cannot be registered or deregistered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// It is in the group already.
    #[error("{target} is registered already")]
    Registered {
        /// The target.
        target: SocketAddr,
    },
    /// It has been deregistered and may still be busy.
    #[error("{target} is still draining; register it again when that is over")]
    Draining {
        /// The target.
        target: SocketAddr,
    },
    /// It is not in the group.
    #[error("{target} is not registered")]
    Unknown {
        /// The target.
        target: SocketAddr,
    },
    /// No traffic can go there.
    #[error("{target} has port 0; a port from 1 to 65535 would be right")]
    Port {
        /// The target.
        target: SocketAddr,
    },
}

/// What the group knows of a target.
#[derive(Debug)]
pub(crate) struct Member {
    address: SocketAddr,
    pub(crate) weight: u16,
    /// A number made from its address, for hashing.
    pub(crate) identity: u64,
    pub(crate) outstanding: u64,
    health: Health,
    /// Whether it belongs to the group; it does until it has drained.
    is_registered: bool,
    state: TargetState,
    reason: Cow<'static, str>,
}

impl Member {
    fn new(target: Target) -> Self {
        let address = match target.address.ip() {
            IpAddr::V4(v4) => u64::from(v4.to_bits()),
            IpAddr::V6(v6) => {
                let bits = v6.to_bits();
                mix(bits as u64) ^ (bits >> 64) as u64
            }
        };
        Self {
            address: target.address,
            weight: target.weight,
            identity: address << 16 ^ u64::from(target.address.port()),
            outstanding: 0,
            health: Health::new(),
            is_registered: true,
            state: TargetState::Unused,
            reason: "Target.NotRegistered".into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    /// Before `Probe`: a probe that is late has failed when the next begins.
    Late(TargetId),
    Probe(TargetId),
    Drained(TargetId),
}

/// A target group.
///
/// 1. The owner calls [`poll_probe`](Self::poll_probe) until it gives `None`, after `new`, after
///    [`handle_timeout`](Self::handle_timeout) and after a registration, and does what it says.
/// 2. It tells [`probed`](Self::probed) how a probe ended. Being late is the group's own matter.
/// 3. It asks [`choose`](Self::choose), and tells [`begin`](Self::begin) and [`finish`](Self::finish)
///    of whatever it sends to the target.
/// 4. It takes [`poll_change`](Self::poll_change) and [`poll_drained`](Self::poll_drained) after every call.
#[derive(Debug)]
pub struct TargetGroup {
    name: Arc<str>,
    algorithm: Algorithm,
    check: Option<HealthCheck>,
    deregistration_delay: std::time::Duration,
    minimum_healthy: u32,
    in_use: bool,
    members: Vec<Member>,
    /// Places of those that take part, in ascending order.
    eligible: Vec<usize>,
    is_fail_open: bool,
    chooser: Chooser,
    alarms: Deadlines<Alarm>,
    probes: VecDeque<ProbeStep>,
    changes: VecDeque<TargetChange>,
    drained: VecDeque<TargetId>,
}

impl TargetGroup {
    /// A group whose first probes begin at `now`.
    ///
    /// # Errors
    /// The first of [`GroupConfig::errors`].
    pub fn new(now: Instant, config: GroupConfig) -> Result<Self, GroupError> {
        if let Some(error) = config.errors().into_iter().next() {
            return Err(error);
        }
        let GroupConfig {
            name,
            targets,
            algorithm,
            health_check,
            deregistration_delay,
            minimum_healthy,
            in_use,
        } = config;
        let mut group = Self {
            name,
            algorithm,
            check: health_check,
            deregistration_delay,
            minimum_healthy,
            in_use,
            members: targets.into_iter().map(Member::new).collect(),
            eligible: Vec::new(),
            is_fail_open: false,
            chooser: Chooser::default(),
            alarms: Deadlines::default(),
            probes: VecDeque::new(),
            changes: VecDeque::new(),
            drained: VecDeque::new(),
        };
        for place in 0..group.members.len() {
            group.admit(now, TargetId::at(place));
        }
        // What was so from the beginning is no change.
        group.changes.clear();
        Ok(group)
    }

    /// The group's name.
    #[must_use]
    pub const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// How targets are checked.
    #[must_use]
    pub const fn health_check(&self) -> Option<&HealthCheck> {
        self.check.as_ref()
    }

    /// Where a target's traffic goes.
    #[must_use]
    pub fn address(&self, target: TargetId) -> SocketAddr {
        self.members[target.index()].address
    }

    /// Where a target is probed.
    #[must_use]
    pub fn probe_address(&self, target: TargetId) -> SocketAddr {
        let mut address = self.address(target);
        if let Some(port) = self.check.as_ref().and_then(|check| check.port) {
            address.set_port(port);
        }
        address
    }

    /// A target's state.
    #[must_use]
    pub fn state(&self, target: TargetId) -> TargetState {
        self.members[target.index()].state
    }

    /// The target at this address, if the group ever had one.
    #[must_use]
    pub fn find(&self, address: SocketAddr) -> Option<TargetId> {
        let place = self
            .members
            .iter()
            .position(|member| member.address == address)?;
        Some(TargetId::at(place))
    }

    /// Whether new traffic may go to a target now.
    #[must_use]
    pub fn is_eligible(&self, target: TargetId) -> bool {
        self.eligible.binary_search(&target.index()).is_ok()
    }

    /// Whether there are too few healthy targets, so that all take part.
    #[must_use]
    pub const fn is_fail_open(&self) -> bool {
        self.is_fail_open
    }

    /// How many targets are healthy.
    #[must_use]
    pub fn healthy(&self) -> usize {
        let is_healthy = |member: &&Member| member.state == TargetState::Healthy;
        self.members.iter().filter(is_healthy).count()
    }

    /// The target for the next request or flow; `None` if nobody is registered.
    ///
    /// `flow` matters to [`Algorithm::FiveTuple`] alone, which takes turns without it.
    pub fn choose(&mut self, flow: Option<&FlowKey>) -> Option<TargetId> {
        self.chooser
            .choose(self.algorithm, &self.members, &self.eligible, flow)
    }

    /// Something for a target is under way.
    pub fn begin(&mut self, target: TargetId) {
        self.members[target.index()].outstanding += 1;
    }

    /// Something for a target is done with.
    ///
    /// # Panics
    /// If more ends than has begun.
    pub fn finish(&mut self, target: TargetId) {
        let outstanding = &mut self.members[target.index()].outstanding;
        *outstanding = outstanding
            .checked_sub(1)
            .expect("each begin has one finish");
    }

    /// The next thing to do about probes.
    pub fn poll_probe(&mut self, now: Instant) -> Option<ProbeStep> {
        self.handle_timeout(now);
        self.probes.pop_front()
    }

    /// Tells how the probe of a target ended; of no meaning if none is under way.
    pub fn probed(&mut self, target: TargetId, outcome: ProbeOutcome) {
        if self.alarms.cancel(Alarm::Late(target)).is_some() {
            self.judge(target, outcome);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) next has work.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.alarms.next()
    }

    /// Begins the probes that are due, fails those that are late, ends draining that is over.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, alarm)) = self.alarms.pop_due(now) {
            match alarm {
                Alarm::Probe(target) => self.begin_probe(at, target),
                Alarm::Late(target) => {
                    self.probes.push_back(ProbeStep::Abandon(target));
                    self.judge(target, ProbeOutcome::Timeout);
                }
                Alarm::Drained(target) => {
                    self.drained.push_back(target);
                    self.members[target.index()].is_registered = false;
                    self.change(target, TargetState::Unused, "Target.NotRegistered".into());
                }
            }
        }
    }

    /// Puts a target into the group.
    ///
    /// # Errors
    /// If it is there already, or has not yet drained.
    pub fn register(&mut self, now: Instant, target: Target) -> Result<(), RegisterError> {
        let address = target.address;
        if address.port() == 0 {
            return Err(RegisterError::Port { target: address });
        }
        let id = match self.find(address) {
            None => {
                self.members.push(Member::new(target));
                TargetId::at(self.members.len() - 1)
            }
            Some(id) if self.alarms.get(Alarm::Drained(id)).is_some() => {
                return Err(RegisterError::Draining { target: address });
            }
            Some(id) if !self.is_gone(id) => {
                return Err(RegisterError::Registered { target: address });
            }
            Some(id) => {
                let member = &mut self.members[id.index()];
                member.health = Health::new();
                member.weight = target.weight;
                member.is_registered = true;
                id
            }
        };
        self.admit(now, id);
        Ok(())
    }

    /// Takes a target out of the group: nothing new goes there, and when the deregistration delay is
    /// over it is gone.
    ///
    /// # Errors
    /// If it is not in the group.
    pub fn deregister(&mut self, now: Instant, target: SocketAddr) -> Result<(), RegisterError> {
        let id = self
            .find(target)
            .filter(|id| !self.is_gone(*id) && self.alarms.get(Alarm::Drained(*id)).is_none());
        let Some(id) = id else {
            return Err(RegisterError::Unknown { target });
        };
        self.alarms.cancel(Alarm::Probe(id));
        if self.alarms.cancel(Alarm::Late(id)).is_some() {
            self.probes.push_back(ProbeStep::Abandon(id));
        }
        self.alarms
            .set(Alarm::Drained(id), now + self.deregistration_delay);
        let reason = "Target.DeregistrationInProgress".into();
        self.change(id, TargetState::Draining, reason);
        self.handle_timeout(now);
        Ok(())
    }

    /// Tells whether anybody sends traffic here: probes begin at `now`, or end.
    pub fn set_in_use(&mut self, now: Instant, in_use: bool) {
        if std::mem::replace(&mut self.in_use, in_use) == in_use {
            return;
        }
        for place in 0..self.members.len() {
            let id = TargetId::at(place);
            if self.is_gone(id) || self.alarms.get(Alarm::Drained(id)).is_some() {
                continue;
            }
            self.alarms.cancel(Alarm::Probe(id));
            if self.alarms.cancel(Alarm::Late(id)).is_some() {
                self.probes.push_back(ProbeStep::Abandon(id));
            }
            self.members[place].health = Health::new();
            self.admit(now, id);
        }
    }

    /// The next change of a target's state.
    pub fn poll_change(&mut self) -> Option<TargetChange> {
        self.changes.pop_front()
    }

    /// The next target whose deregistration delay is over: what it still has under way is to be cut.
    pub fn poll_drained(&mut self) -> Option<TargetId> {
        self.drained.pop_front()
    }

    /// The targets as a person would look at them, in the order of their registration.
    #[must_use]
    pub fn table(&self) -> Table {
        let row = |member: &Member| {
            vec![
                self.name.to_string(),
                member.address.to_string(),
                member.state.name().to_owned(),
                member.reason.to_string(),
                member.outstanding.to_string(),
            ]
        };
        Table {
            title: "targets",
            columns: vec!["group", "target", "state", "reason", "under way"],
            rows: self.members.iter().map(row).collect(),
        }
    }

    fn is_gone(&self, target: TargetId) -> bool {
        !self.members[target.index()].is_registered
    }

    fn admit(&mut self, now: Instant, target: TargetId) {
        if !self.in_use {
            return self.change(target, TargetState::Unused, "Target.NotInUse".into());
        }
        if self.check.is_none() {
            return self.change(target, TargetState::Healthy, "".into());
        }
        self.change(
            target,
            TargetState::Initial,
            "Elb.InitialHealthChecking".into(),
        );
        self.alarms.set(Alarm::Probe(target), now);
    }

    fn begin_probe(&mut self, at: Instant, target: TargetId) {
        let Some(check) = &self.check else { return };
        self.alarms.set(Alarm::Probe(target), at + check.interval);
        self.alarms.set(Alarm::Late(target), at + check.timeout);
        self.probes.push_back(ProbeStep::Begin(target));
    }

    fn judge(&mut self, target: TargetId, outcome: ProbeOutcome) {
        let Some(check) = &self.check else { return };
        let health = &mut self.members[target.index()].health;
        if let Some(reason) = health.observe(check, outcome) {
            let state = health.state();
            self.change(target, state, reason);
        }
    }

    fn change(&mut self, target: TargetId, to: TargetState, reason: Cow<'static, str>) {
        let member = &mut self.members[target.index()];
        let from = std::mem::replace(&mut member.state, to);
        member.reason = reason.clone();
        if from != to {
            self.changes.push_back(TargetChange {
                group: Arc::clone(&self.name),
                target: member.address,
                from,
                to,
                reason,
            });
        }
        self.find_eligible();
    }

    fn find_eligible(&mut self) {
        let healthy = self.healthy();
        self.is_fail_open = healthy < self.minimum_healthy as usize;
        let takes_part = |member: &Member| match member.state {
            TargetState::Healthy => true,
            TargetState::Initial | TargetState::Unhealthy => self.is_fail_open,
            _ => false,
        };
        self.eligible.clear();
        for (place, member) in self.members.iter().enumerate() {
            if takes_part(member) {
                self.eligible.push(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_gone_when_it_has_drained_and_not_before() {
        let address: SocketAddr = "10.0.1.11:80".parse().unwrap();
        let second = Instant::from_secs;
        let mut config = GroupConfig::new("web", [address]);
        config.deregistration_delay = std::time::Duration::from_secs(10);
        let mut group = TargetGroup::new(second(0), config).unwrap();
        let again = |group: &mut TargetGroup, at| group.register(second(at), address.into());
        let registered = Err(RegisterError::Registered { target: address });
        let draining = Err(RegisterError::Draining { target: address });

        assert_eq!(
            again(&mut group, 1),
            registered,
            "it is there from the beginning"
        );
        group.set_in_use(second(2), false);
        assert_eq!(again(&mut group, 3), registered, "unused is not gone");
        group.deregister(second(4), address).unwrap();
        assert_eq!(again(&mut group, 5), draining, "until 14 s");
        group.handle_timeout(second(14));
        group.set_in_use(second(15), true);
        let target = group.find(address).unwrap();
        assert_eq!(
            group.state(target),
            TargetState::Unused,
            "use brings nobody back"
        );
        let unknown = Err(RegisterError::Unknown { target: address });
        assert_eq!(group.deregister(second(15), address), unknown);
        assert_eq!(again(&mut group, 16), Ok(()));
        assert_eq!(again(&mut group, 17), registered);
    }

    #[test]
    fn targets_are_probed_while_somebody_sends_traffic() {
        let address: SocketAddr = "10.0.1.11:80".parse().unwrap();
        let mut config = GroupConfig::new("web", [address]);
        config.in_use = false;
        let second = Instant::from_secs;
        let mut group = TargetGroup::new(second(0), config).unwrap();
        assert_eq!(group.poll_timeout(), None, "nobody asks for it");

        group.set_in_use(second(1), true);
        let target = group.find(address).unwrap();
        assert_eq!(
            group.poll_probe(second(1)),
            Some(ProbeStep::Begin(target)),
            "at once"
        );
        group.probed(target, ProbeOutcome::Status(200));
        group.set_in_use(second(2), true);
        assert_eq!(
            group.state(target),
            TargetState::Healthy,
            "nothing has changed"
        );

        assert_eq!(
            group.poll_probe(second(31)),
            Some(ProbeStep::Begin(target)),
            "30 s later"
        );
        group.set_in_use(second(32), false);
        assert_eq!(
            group.poll_probe(second(99)),
            Some(ProbeStep::Abandon(target)),
            "nobody waits for it any more"
        );
        assert_eq!(group.poll_timeout(), None, "and no other follows");
        let story = std::iter::from_fn(|| group.poll_change())
            .map(|change| format!("{} {}", change.to, change.reason))
            .collect::<Vec<_>>();
        assert_eq!(
            story,
            [
                "initial Elb.InitialHealthChecking",
                "healthy ",
                "unused Target.NotInUse"
            ]
        );
    }
}
