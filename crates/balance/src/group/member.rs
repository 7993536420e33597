//! What a group knows of one target.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Instant, TargetState};

use crate::anomaly::{WHOLE, Window};
use crate::hash::identity;
use crate::passive::Record;
use crate::{Health, Target};

/// How far a target belongs to its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Membership {
    Registered,
    /// Deregistered, and the delay is not over.
    Draining,
    Gone,
}

/// A target of a group.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) address: SocketAddr,
    /// The address as text: its name in hashes that need one.
    pub(crate) name: String,
    pub(crate) weight: u16,
    /// A number made from its address, for hashing.
    pub(crate) identity: u64,
    pub(crate) zone: Option<Arc<str>>,
    pub(crate) outstanding: u64,
    pub(super) membership: Membership,
    pub(super) health: Health,
    /// The health it begins with, whenever somebody begins to send traffic to the group.
    beginning: Health,
    /// The state it was given and keeps, `unused` or `unavailable`.
    fixed: Option<(TargetState, Cow<'static, str>)>,
    pub(super) record: Record,
    pub(crate) window: Window,
    /// Whether it was among the first of its group, and nobody has known yet whether it is healthy.
    pub(super) is_first: bool,
    /// When its slow start began, if it has one that may not be over.
    pub(super) slow_since: Option<Instant>,
    pub(crate) state: TargetState,
    pub(super) reason: Cow<'static, str>,
}

impl Member {
    pub(super) fn new(target: Target, is_first: bool) -> Self {
        let mut member = Self {
            address: target.address,
            name: target.address.to_string(),
            weight: target.weight,
            identity: identity(target.address),
            zone: target.zone,
            outstanding: 0,
            membership: Membership::Registered,
            health: Health::new(),
            beginning: Health::new(),
            fixed: None,
            record: Record::default(),
            window: Window::default(),
            is_first,
            slow_since: None,
            state: TargetState::Unused,
            reason: "Target.NotRegistered".into(),
        };
        match target.seed {
            Some((TargetState::Draining, _)) => member.membership = Membership::Draining,
            Some((state @ (TargetState::Unused | TargetState::Unavailable), reason)) => {
                member.fixed = Some((state, reason));
            }
            Some((state, reason)) => {
                // It comes back, whenever that is.
                member.is_first &= state != TargetState::Unhealthy;
                member.beginning = Health::seeded(state, reason);
            }
            None => {}
        }
        member.forget();
        member
    }

    /// Registers it once more, after it was gone.
    pub(super) fn again(&mut self, target: Target, is_first: bool) {
        let outstanding = self.outstanding;
        let (state, reason) = (self.state, self.reason.clone());
        *self = Self::new(target, is_first);
        (self.outstanding, self.state, self.reason) = (outstanding, state, reason);
    }

    /// Forgets what probes and traffic have told: it is as it was in the beginning.
    pub(super) fn forget(&mut self) {
        self.health = self.beginning.clone();
        self.record = Record::default();
        self.window = Window::default();
    }

    /// Whether it is in the group, and not on its way out.
    pub(super) fn is_registered(&self) -> bool {
        self.membership == Membership::Registered
    }

    /// Whether it is to be probed as far as it is concerned.
    pub(super) fn takes_probes(&self) -> bool {
        self.is_registered() && self.fixed.is_none()
    }

    /// The state that follows from all this, and the ELB reason code.
    pub(super) fn standing(
        &self,
        is_in_use: bool,
        is_checked: bool,
    ) -> (TargetState, Cow<'static, str>) {
        match self.membership {
            Membership::Gone => (TargetState::Unused, "Target.NotRegistered".into()),
            Membership::Draining => (
                TargetState::Draining,
                "Target.DeregistrationInProgress".into(),
            ),
            Membership::Registered if !is_in_use => (TargetState::Unused, "Target.NotInUse".into()),
            Membership::Registered => match &self.fixed {
                Some((state, reason)) => (*state, reason.clone()),
                None if self.record.is_ejected => {
                    (TargetState::Unhealthy, "Passive.ConsecutiveFailures".into())
                }
                None if is_checked || self.health.is_seeded() => {
                    (self.health.state(), self.health.reason().clone())
                }
                None => (TargetState::Healthy, "".into()),
            },
        }
    }

    /// Whether it answers, as far as anybody knows.
    pub(crate) const fn is_well(&self) -> bool {
        matches!(self.state, TargetState::Healthy | TargetState::Unavailable)
    }

    /// Whether a slow start leaves it less than its share.
    pub(crate) fn is_slow(&self, now: Instant, span: Option<Duration>) -> bool {
        let is_under_way = |(since, span)| now.since(since) < span;
        self.slow_since.zip(span).is_some_and(is_under_way)
    }

    /// The part of its share that a slow start leaves it, in parts of [`WHOLE`], among `count` targets.
    pub(crate) fn slow_share(&self, now: Instant, span: Option<Duration>, count: usize) -> u32 {
        let (Some(since), Some(span)) = (self.slow_since, span) else {
            return WHOLE;
        };
        let elapsed = now.since(since);
        if elapsed >= span {
            return WHOLE;
        }
        let least = WHOLE / u32::try_from(count.max(1)).unwrap_or(WHOLE);
        let grown = elapsed.as_nanos() * u128::from(WHOLE) / span.as_nanos();
        u32::try_from(grown).unwrap_or(WHOLE).max(least).max(1)
    }
}
