//! What happens to a group in time: probes and their results, draining, ejections, looks at anomalies.

use std::sync::Arc;
use switchlab_core::{Instant, TargetChange, TargetState};

use super::{Member, Membership, ProbeStep, TargetGroup, TargetId};
use crate::ProbeOutcome;
use crate::anomaly::look;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// Before `Probe`: a probe that is late has failed when the next begins.
    Late(TargetId),
    Probe(TargetId),
    Drained(TargetId),
    /// An ejection is over.
    Return(TargetId),
    /// Time to look for anomalies.
    Look,
}

impl TargetGroup {
    /// The next thing to do about probes.
    pub fn poll_probe(&mut self, now: Instant) -> Option<ProbeStep> {
        self.handle_timeout(now);
        self.probes.pop_front()
    }

    /// Tells how the probe of a target ended; of no meaning if none is under way, or if its timeout is over at
    /// `now`: what comes at that very instant is late.
    pub fn probed(&mut self, now: Instant, target: TargetId, outcome: ProbeOutcome) {
        let late = Alarm::Late(target);
        if self.alarms.get(late).is_some_and(|due| now < due) {
            self.alarms.cancel(late);
            self.judge(now, target, outcome);
        }
    }

    /// Tells whether a target served what was sent to it: `false` for an answer with 5xx, and if there was
    /// none.
    pub fn observe(&mut self, now: Instant, target: TargetId, is_served: bool) {
        if let Some(mitigation) = &self.mitigation {
            self.members[target.index()].window.observe(is_served);
            if self.alarms.get(Alarm::Look).is_none() {
                self.alarms.set(Alarm::Look, now + mitigation.interval);
            }
        }
        let Some(passive) = &self.passive else { return };
        let member = &mut self.members[target.index()];
        let may_be_ejected = member.is_well() && member.takes_probes();
        if !may_be_ejected || !member.record.observe(passive, is_served) {
            return;
        }
        let ejected = self.members.iter().filter(|it| it.record.is_ejected);
        let registered = self.members.iter().filter(|it| it.is_registered());
        if ejected.count() < passive.most(registered.count()) {
            let record = &mut self.members[target.index()].record;
            let until = record.eject(now, passive);
            self.alarms.set(Alarm::Return(target), until);
            self.settle(now, target);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) next has work.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.alarms.next()
    }

    /// Does what is due: begins probes, fails late ones, ends draining and ejections, looks for anomalies.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, alarm)) = self.alarms.pop_due(now) {
            match alarm {
                Alarm::Probe(target) => self.begin_probe(at, target),
                Alarm::Late(target) => {
                    self.probes.push_back(ProbeStep::Abandon(target));
                    self.judge(at, target, ProbeOutcome::Timeout);
                }
                Alarm::Drained(target) => {
                    self.drained.push_back(target);
                    self.members[target.index()].membership = Membership::Gone;
                    self.settle(at, target);
                }
                Alarm::Return(target) => {
                    self.members[target.index()].record.take_back(at);
                    self.settle(at, target);
                }
                Alarm::Look => self.look(at),
            }
        }
    }

    fn begin_probe(&mut self, at: Instant, target: TargetId) {
        let Some(check) = &self.check else { return };
        self.alarms.set(Alarm::Probe(target), at + check.interval);
        self.alarms.set(Alarm::Late(target), at + check.timeout);
        self.probes.push_back(ProbeStep::Begin(target));
    }

    fn judge(&mut self, now: Instant, target: TargetId, outcome: ProbeOutcome) {
        let Some(check) = &self.check else { return };
        if self.members[target.index()].health.observe(check, outcome) {
            self.settle(now, target);
        }
    }

    fn look(&mut self, at: Instant) {
        let Some(mitigation) = &self.mitigation else {
            return;
        };
        let members = self.members.iter_mut();
        let (well, others): (Vec<_>, Vec<_>) = members.partition(|member| member.is_well());
        for member in others {
            member.window.begin();
        }
        let well = well.into_iter();
        let mut windows: Vec<_> = well.map(|member| &mut member.window).collect();
        if look(mitigation, &mut windows) {
            self.alarms.set(Alarm::Look, at + mitigation.interval);
        }
    }

    /// Brings a member into the state that follows from what is known, and tells if that is a change.
    pub(super) fn settle(&mut self, now: Instant, target: TargetId) {
        let is_used = self.is_used(&self.members[target.index()]);
        let is_steady = |(place, other): (usize, &Member)| {
            place != target.index()
                && other.state == TargetState::Healthy
                && !other.is_slow(now, self.slow_start)
        };
        let has_steady_peer = self.members.iter().enumerate().any(is_steady);
        let member = &mut self.members[target.index()];
        let (to, reason) = member.standing(is_used, self.check.is_some());
        let from = std::mem::replace(&mut member.state, to);
        member.reason = reason.clone();
        if from != to {
            member.record.interrupt();
            let is_first = to == TargetState::Healthy && std::mem::take(&mut member.is_first);
            let begins = to == TargetState::Healthy && has_steady_peer && !is_first;
            member.slow_since = begins.then_some(now);
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
}
