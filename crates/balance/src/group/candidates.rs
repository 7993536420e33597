//! Why each target may or may not be chosen.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_core::{Instant, TargetState};

use super::{Member, Membership, TargetGroup, TargetId};
use crate::anomaly::WHOLE;

/// A target as a choice would see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Which target.
    pub target: TargetId,
    /// Where its traffic goes.
    pub address: SocketAddr,
    /// The zone it stands in.
    pub zone: Option<Arc<str>>,
    /// Its state.
    pub state: TargetState,
    /// The ELB reason code of its state; empty if there is none.
    pub reason: Cow<'static, str>,
    /// Its weight.
    pub weight: u16,
    /// What slow start and anomaly mitigation leave of its share, from 0 to 1.
    pub share: f64,
    /// Requests under way.
    pub outstanding: u64,
    /// Whether it may be chosen. A client that is bound to a target of weight 0 stays there nevertheless.
    pub is_eligible: bool,
    /// Why it may or may not be, as a sentence for a learner.
    pub because: Cow<'static, str>,
}

impl fmt::Display for Candidate {
    /// `10.0.1.11:80 healthy, 3 under way: It is healthy.`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            address,
            state,
            reason,
            outstanding,
            because,
            ..
        } = self;
        write!(f, "{address} {state}")?;
        if !reason.is_empty() {
            write!(f, " ({reason})")?;
        }
        write!(f, ", {outstanding} under way: {because}")
    }
}

impl TargetGroup {
    /// Every target the group has, with why it may or may not be chosen now, in the order of registration.
    /// Those that are gone are left out.
    #[must_use]
    pub fn candidates(&self, now: Instant) -> Vec<Candidate> {
        let members = self.members.iter().enumerate();
        members
            .filter(|(_, member)| member.membership != Membership::Gone)
            .map(|(place, member)| self.candidate(now, TargetId::at(place), member))
            .collect()
    }

    fn candidate(&self, now: Instant, target: TargetId, member: &Member) -> Candidate {
        let slow = member.slow_share(now, self.slow_start, self.eligible.len());
        let share =
            f64::from(slow) / f64::from(WHOLE) * f64::from(member.window.share) / f64::from(WHOLE);
        Candidate {
            target,
            address: member.address,
            zone: member.zone.clone(),
            state: member.state,
            reason: member.reason.clone(),
            weight: member.weight,
            share,
            outstanding: member.outstanding,
            is_eligible: self.is_eligible(target) && self.has_weight(member),
            because: self.reasoning(member, slow),
        }
    }

    fn reasoning(&self, member: &Member, slow: u32) -> Cow<'static, str> {
        let percent = |share: u32| (f64::from(share) * 100.0 / f64::from(WHOLE)).round();
        match member.state {
            TargetState::Draining => {
                "It was deregistered: it may finish what it has, and gets nothing new.".into()
            }
            TargetState::Unused if !self.in_use => {
                "No rule sends requests to the group, so nobody uses it.".into()
            }
            TargetState::Unused if !self.is_used(member) => {
                "The balancer is not enabled in its zone.".into()
            }
            TargetState::Unused => "It is not in use.".into(),
            _ if !self.is_in_scope(member) => {
                "It stands in another zone than this node, and cross-zone balancing is off.".into()
            }
            TargetState::Healthy | TargetState::Unavailable if !self.has_weight(member) => {
                "It is healthy, but has weight 0: it keeps the clients that are bound to it, and gets no other."
                    .into()
            }
            TargetState::Healthy | TargetState::Unavailable if slow < WHOLE => format!(
                "It is healthy, and in its slow start: it has {} % of its share.",
                percent(slow)
            )
            .into(),
            TargetState::Healthy | TargetState::Unavailable if member.window.share < WHOLE => {
                format!(
                    "It is healthy, but failed more often than the others: it has {} % of its share.",
                    percent(member.window.share)
                )
                .into()
            }
            TargetState::Healthy => "It is healthy.".into(),
            TargetState::Unavailable => {
                "Nobody checks its health, so it takes requests.".into()
            }
            _ if self.is_fail_open && !self.has_weight(member) => {
                "It is not healthy, and has weight 0.".into()
            }
            _ if self.is_fail_open => {
                "It is not healthy, but too few targets are: all take part (fail-open).".into()
            }
            _ if member.record.is_ejected => {
                "It failed real requests several times in a row and is ejected for a while.".into()
            }
            TargetState::Initial => {
                "Its first health check has not succeeded yet.".into()
            }
            _ => "It fails its health checks.".into(),
        }
    }
}
