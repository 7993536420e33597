//! A target group: the contract with its owner.

mod candidates;
mod events;
mod member;
mod membership;
mod scope;
#[cfg(test)]
mod tests;

pub use candidates::Candidate;
pub(crate) use member::Member;
pub use membership::RegisterError;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Deadlines, Instant, Stream, Table, TargetChange, TargetState};

use self::events::Alarm;
use self::member::Membership;
use crate::choose::{Choice, Chooser};
use crate::stickiness::Sources;
use crate::{
    AnomalyMitigation, GroupConfig, GroupError, HashKey, HealthCheck, Load, PassiveHealth,
    Stickiness, Target, Threshold,
};

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

/// A target group.
///
/// 1. The owner calls [`poll_probe`](Self::poll_probe) until it gives `None`, after `new`, after
///    [`handle_timeout`](Self::handle_timeout) and after a registration, and does what it says.
/// 2. It tells [`probed`](Self::probed) how a probe ended. Being late is the group's own matter.
/// 3. It asks [`choose`](Self::choose), and tells [`begin`](Self::begin) and [`finish`](Self::finish)
///    of whatever it sends to the target, and [`observe`](Self::observe) how it was served.
/// 4. It takes [`poll_change`](Self::poll_change) and [`poll_drained`](Self::poll_drained) after every call.
#[derive(Debug)]
pub struct TargetGroup {
    name: Arc<str>,
    hash_key: Option<HashKey>,
    /// Whether weights count.
    weighs: bool,
    check: Option<HealthCheck>,
    passive: Option<PassiveHealth>,
    mitigation: Option<AnomalyMitigation>,
    slow_start: Option<Duration>,
    deregistration_delay: Duration,
    routing: Threshold,
    dns: Threshold,
    stickiness: Option<Stickiness>,
    cross_zone: bool,
    zone: Option<Arc<str>>,
    zones: Vec<Arc<str>>,
    in_use: bool,
    /// When the first of its targets came, or came after all had gone.
    first_batch: Instant,
    members: Vec<Member>,
    /// Places of those that take part, in ascending order.
    eligible: Vec<usize>,
    is_fail_open: bool,
    chooser: Chooser,
    sources: Sources,
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
            hash_key,
            balance_factor,
            slots,
            health_check,
            passive_health,
            anomaly_mitigation,
            slow_start,
            deregistration_delay,
            routing,
            dns,
            stickiness,
            cross_zone,
            zone,
            zones,
            in_use,
            seed,
        } = config;
        let member = |target: Target| Member::new(target, true);
        let stream = Stream::of(seed, &name);
        let mut group = Self {
            name,
            hash_key: hash_key.or(algorithm.default_key()),
            weighs: algorithm.weighs(),
            check: health_check,
            passive: passive_health,
            mitigation: anomaly_mitigation,
            slow_start,
            deregistration_delay,
            routing,
            dns,
            stickiness,
            cross_zone,
            zone,
            zones,
            in_use,
            first_batch: now,
            members: targets.into_iter().map(member).collect(),
            eligible: Vec::new(),
            is_fail_open: false,
            chooser: Chooser::new(algorithm, balance_factor, slots, stream),
            sources: Sources::default(),
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

    /// Whether anybody sends traffic here.
    #[must_use]
    pub const fn is_in_use(&self) -> bool {
        self.in_use
    }

    /// How targets are checked.
    #[must_use]
    pub const fn health_check(&self) -> Option<&HealthCheck> {
        self.check.as_ref()
    }

    /// What binds clients to targets.
    #[must_use]
    pub const fn stickiness(&self) -> Option<&Stickiness> {
        self.stickiness.as_ref()
    }

    /// What of a request [`choose`](Self::choose) wants to hash; `None` if nothing.
    #[must_use]
    pub const fn hash_key(&self) -> Option<&HashKey> {
        self.hash_key.as_ref()
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

    /// The target for the next request or flow; `None` if nobody may have it: [`why_nobody`](Self::why_nobody).
    ///
    /// `key` are the octets that [`hash_key`](Self::hash_key) asks for; without them targets take turns.
    pub fn choose(&mut self, now: Instant, key: Option<&[u8]>) -> Option<TargetId> {
        self.choose_among(now, None, key, None)
    }

    /// The same where somebody else counts what is under way: `loads` by the [place](TargetId::index) of targets;
    /// who is not in there has nothing.
    pub fn choose_loaded(
        &mut self,
        now: Instant,
        key: Option<&[u8]>,
        loads: &[Load],
    ) -> Option<TargetId> {
        self.choose_among(now, None, key, Some(loads))
    }

    /// The target for a request that these have failed already: one choice among all others who may have it;
    /// `None` if there is nobody else.
    ///
    /// Where a key says whose a request is, that one has failed: the others take turns, which is nginx's last
    /// resort too.
    pub fn choose_another(&mut self, now: Instant, failed: &[TargetId]) -> Option<TargetId> {
        let has_failed = |place: &usize| failed.contains(&TargetId::at(*place));
        let others: Vec<_> = self
            .eligible
            .iter()
            .copied()
            .filter(|it| !has_failed(it))
            .collect();
        self.choose_among(now, Some(&others), None, None)
    }

    fn choose_among(
        &mut self,
        now: Instant,
        some: Option<&[usize]>,
        key: Option<&[u8]>,
        loads: Option<&[Load]>,
    ) -> Option<TargetId> {
        let (members, span) = (&self.members, self.slow_start);
        let count = self.eligible.len();
        let slow = |place: usize| members[place].slow_share(now, span, count);
        let is_slow = span.is_some() && self.is_any_slow(now);
        self.chooser.choose(&Choice {
            members,
            eligible: some.unwrap_or(&self.eligible),
            slow: is_slow.then_some(&slow),
            loads,
            key,
        })
    }

    fn is_any_slow(&self, now: Instant) -> bool {
        let is_slow = |place: &usize| self.members[*place].is_slow(now, self.slow_start);
        self.eligible.iter().any(is_slow)
    }

    /// The target a client's address is bound to, if it may have traffic now.
    #[must_use]
    pub fn bound(&self, now: Instant, source: IpAddr) -> Option<TargetId> {
        let target = self.sources.get(now, source)?;
        self.is_eligible(target).then_some(target)
    }

    /// Binds a client's address to a target from now on, if that is how this group is sticky.
    pub fn bind(&mut self, now: Instant, source: IpAddr, target: TargetId) {
        if let Some(Stickiness::SourceIp { duration }) = self.stickiness {
            self.sources.bind(now, source, target, now + duration);
        }
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
}
