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

/// The health of one target: ELB's state machine.
///
/// The first success makes a new target healthy at once, whatever the threshold; failures make it
/// unhealthy by their own threshold. Afterwards only so many contrary results *in a row* change the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    state: TargetState,
    contrary: u32,
}

impl Health {
    /// The health of a target nobody has probed yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: TargetState::Initial,
            contrary: 0,
        }
    }

    /// `Initial`, `Healthy` or `Unhealthy`.
    #[must_use]
    pub const fn state(&self) -> TargetState {
        self.state
    }

    /// Takes a result, and says why if it changed the state.
    pub fn observe(
        &mut self,
        check: &HealthCheck,
        outcome: ProbeOutcome,
    ) -> Option<Cow<'static, str>> {
        let is_success = match outcome {
            ProbeOutcome::Connected => true,
            ProbeOutcome::Status(status) => check.matcher.matches(status),
            ProbeOutcome::Timeout | ProbeOutcome::Failed => false,
        };
        let (threshold, next) = match (self.state, is_success) {
            (TargetState::Healthy, true) | (TargetState::Unhealthy, false) => {
                self.contrary = 0;
                return None;
            }
            (TargetState::Unhealthy, true) => (check.healthy, TargetState::Healthy),
            (_, true) => (1, TargetState::Healthy),
            (_, false) => (check.unhealthy, TargetState::Unhealthy),
        };
        self.contrary += 1;
        if self.contrary < threshold {
            return None;
        }
        *self = Self {
            state: next,
            contrary: 0,
        };
        Some(match outcome {
            _ if is_success => "".into(),
            ProbeOutcome::Status(status) => {
                format!("Target.ResponseCodeMismatch [{status}]").into()
            }
            ProbeOutcome::Timeout => "Target.Timeout".into(),
            _ => "Target.FailedHealthChecks".into(),
        })
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
            (Timeout,     "unhealthy", None,                                       "a failure forgets both"),
            (Status(200), "unhealthy", None,                                       "one of three"),
            (Status(200), "unhealthy", None,                                       "two of three"),
            (Status(200), "healthy",   Some(""),                                   "three in a row"),
        ];
        for (step, (outcome, state, reason, because)) in story.into_iter().enumerate() {
            let changed = health.observe(&check, outcome);
            assert_eq!(changed.as_deref(), reason, "step {step}: {because}");
            assert_eq!(health.state().name(), state, "step {step}: {because}");
        }
        let mut health = Health::new();
        health.observe(&check, Failed);
        let reason = health.observe(&check, Timeout);
        assert_eq!(
            reason.as_deref(),
            Some("Target.Timeout"),
            "never well: two failures suffice"
        );
    }
}
