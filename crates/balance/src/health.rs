//! Consecutive results of probes make the state of a target.

use std::borrow::Cow;

use switchlab_core::TargetState;

use crate::HealthCheck;

/// How a probe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeOutcome {
    /// A connection stood: all that a TCP check asks for.
    Connected,
    /// An answer with this status code came.
    Status(u16),
    /// Nothing came in time. The group finds that out by itself.
    Timeout,
    /// The connection was refused or broken, or the answer is malformed.
    Failed,
}

impl ProbeOutcome {
    /// The ELB reason code of a failure.
    fn reason(self) -> Cow<'static, str> {
        match self {
            Self::Status(status) => format!("Target.ResponseCodeMismatch [{status}]").into(),
            Self::Timeout => "Target.Timeout".into(),
            Self::Connected | Self::Failed => "Target.FailedHealthChecks".into(),
        }
    }
}

/// The health of one target: ELB's state machine.
///
/// The first success makes a new target healthy at once, whatever the threshold; failures make it
/// unhealthy by their own threshold. Afterwards only so many contrary results *in a row* change the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    state: TargetState,
    reason: Cow<'static, str>,
    contrary: u32,
    is_seeded: bool,
}

impl Health {
    /// The health of a target nobody has probed yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: TargetState::Initial,
            reason: Cow::Borrowed("Elb.InitialHealthChecking"),
            contrary: 0,
            is_seeded: false,
        }
    }

    /// The health of a target of which this much is known: `Initial`, `Healthy` or `Unhealthy`, and why.
    #[must_use]
    pub(crate) fn seeded(state: TargetState, reason: Cow<'static, str>) -> Self {
        Self {
            state,
            reason: match (state, &*reason) {
                (TargetState::Initial, "") => "Elb.InitialHealthChecking".into(),
                (TargetState::Unhealthy, "") => "Target.FailedHealthChecks".into(),
                _ => reason,
            },
            contrary: 0,
            is_seeded: true,
        }
    }

    /// Whether it was known before any probe.
    pub(crate) const fn is_seeded(&self) -> bool {
        self.is_seeded
    }

    /// The ELB reason code of the state, with details where there are any; empty if it is `Healthy`.
    #[must_use]
    pub const fn reason(&self) -> &Cow<'static, str> {
        &self.reason
    }

    /// `Initial`, `Healthy` or `Unhealthy`.
    #[must_use]
    pub const fn state(&self) -> TargetState {
        self.state
    }

    /// Takes a result, and says whether it changed the state or the reason, which is that of the last failure.
    pub fn observe(&mut self, check: &HealthCheck, outcome: ProbeOutcome) -> bool {
        let is_success = match outcome {
            ProbeOutcome::Connected => true,
            ProbeOutcome::Status(status) => check.matcher.matches(status),
            ProbeOutcome::Timeout | ProbeOutcome::Failed => false,
        };
        let (threshold, next) = match (self.state, is_success) {
            (TargetState::Healthy, true) => {
                self.contrary = 0;
                return false;
            }
            (TargetState::Unhealthy, false) => {
                self.contrary = 0;
                let before = std::mem::replace(&mut self.reason, outcome.reason());
                return before != self.reason;
            }
            (TargetState::Unhealthy, true) => (check.healthy, TargetState::Healthy),
            (_, true) => (1, TargetState::Healthy),
            (_, false) => (check.unhealthy, TargetState::Unhealthy),
        };
        self.contrary += 1;
        if self.contrary < threshold {
            return false;
        }
        self.state = next;
        self.contrary = 0;
        self.reason = match is_success {
            true => "".into(),
            false => outcome.reason(),
        };
        true
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_in_a_row_make_a_state() {
        use ProbeOutcome::{Failed, Status, Timeout};
        let check = HealthCheck {
            healthy: 3,
            unhealthy: 2,
            ..HealthCheck::default()
        };
        let mut health = Health::new();
        #[rustfmt::skip]
        let story = [
            (Timeout,     "initial",   None,                                       "one failure is not two"),
            (Status(200), "healthy",   Some(""),                                   "the first success is enough"),
            (Failed,      "healthy",   None,                                       "one failure is not two"),
            (Status(200), "healthy",   None,                                       "and a success forgets it"),
            (Failed,      "healthy",   None,                                       "one again"),
            (Status(500), "unhealthy", Some("Target.ResponseCodeMismatch [500]"),  "two in a row; the last says why"),
            (Status(200), "unhealthy", None,                                       "one of three"),
            (Status(200), "unhealthy", None,                                       "two of three"),
            (Timeout,     "unhealthy", Some("Target.Timeout"),                     "a failure forgets both, and says why by now"),
            (Timeout,     "unhealthy", None,                                       "which is nothing new"),
            (Status(200), "unhealthy", None,                                       "one of three"),
            (Status(200), "unhealthy", None,                                       "two of three"),
            (Status(200), "healthy",   Some(""),                                   "three in a row"),
        ];
        for (step, (outcome, state, reason, because)) in story.into_iter().enumerate() {
            let changed = health.observe(&check, outcome);
            let changed = changed.then(|| &**health.reason());
            assert_eq!(changed, reason, "step {step}: {because}");
            assert_eq!(health.state().name(), state, "step {step}: {because}");
        }
        let mut health = Health::new();
        health.observe(&check, Failed);
        assert!(health.observe(&check, Timeout), "two failures suffice");
        assert_eq!(health.reason(), "Target.Timeout", "never well");
    }
}
