//! Why targets changed their states, in words.

use std::collections::BTreeMap;

use switchlab_core::{Instant, NodeId, TargetChange, TargetState};

/// Every change of a target, and a sentence that says why.
pub(super) fn reasons(
    changes: &[(Instant, NodeId, TargetChange)],
) -> impl Iterator<Item = (Instant, NodeId, &TargetChange, String)> {
    let mut before = BTreeMap::new();
    changes.iter().map(move |(at, balancer, change)| {
        let target = (*balancer, &*change.group, change.target);
        let before = before.insert(target, &*change.reason).unwrap_or_default();
        let because = match change.to {
            TargetState::Healthy if change.reason.is_empty() => healed(change.from, before),
            _ => words(&change.reason),
        };
        (*at, *balancer, change, because)
    })
}

/// Why a target is healthy that was not for this reason: ELB has no code for it.
fn healed(from: TargetState, before: &str) -> String {
    match from {
        _ if before == "Passive.ConsecutiveFailures" => {
            "the time for which it was taken out is over".to_owned()
        }
        TargetState::Unused => "it is registered, and its group checks no health".to_owned(),
        _ => "it passes its health checks".to_owned(),
    }
}

/// A reason code in words (ELBv2 API, `TargetHealth.Reason`); of a code that is not known, itself.
fn words(reason: &str) -> String {
    let (code, details) = reason.split_once(' ').unwrap_or((reason, ""));
    let details = details.trim_matches(['[', ']']);
    match code {
        "Elb.RegistrationInProgress" => "it is being registered".to_owned(),
        "Elb.InitialHealthChecking" => "its first health checks are under way".to_owned(),
        "Elb.InternalError" => "the balancer is in trouble itself".to_owned(),
        "Passive.ConsecutiveFailures" => {
            "it failed too many requests in a row, and is taken out for a time".to_owned()
        }
        "Target.ResponseCodeMismatch" => {
            format!(
                "it answers health checks with {details}, which its group does not count as healthy"
            )
        }
        "Target.Timeout" => "it does not answer health checks in time".to_owned(),
        "Target.FailedHealthChecks" => {
            "its health checks fail: no connection, or no proper answer".to_owned()
        }
        "Target.NotRegistered" => "it is not registered".to_owned(),
        "Target.NotInUse" => "no rule forwards to its group".to_owned(),
        "Target.InvalidState" => "it is stopped".to_owned(),
        "Target.IpUnusable" => "its address is the balancer's own".to_owned(),
        "Target.DeregistrationInProgress" => {
            "it was deregistered; what is under way may finish".to_owned()
        }
        "Target.HealthCheckDisabled" => "its group checks no health".to_owned(),
        _ => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_has_a_sentence() {
        use TargetState::{Healthy, Initial, Unhealthy, Unused};
        #[rustfmt::skip]
        let rows = [
            (0, 1, Unused,    Initial,   "Elb.InitialHealthChecking",          "its first health checks are under way"),
            (0, 1, Initial,   Healthy,   "",                                   "it passes its health checks"),
            (0, 2, Unused,    Healthy,   "",                                   "it is registered, and its group checks no health"),
            (0, 1, Healthy,   Unhealthy, "Passive.ConsecutiveFailures",        "it failed too many requests in a row, and is taken out for a time"),
            (1, 1, Unhealthy, Healthy,   "",                                   "it passes its health checks"),
            (0, 1, Unhealthy, Healthy,   "",                                   "the time for which it was taken out is over"),
            (0, 1, Healthy,   Unhealthy, "Target.ResponseCodeMismatch [500]",  "it answers health checks with 500, which its group does not count as healthy"),
            (0, 1, Unhealthy, Healthy,   "",                                   "it passes its health checks"),
            (0, 1, Healthy,   Unhealthy, "Target.Unheard [of]",                "Target.Unheard [of]"),
        ];
        let changes: Vec<_> = rows
            .iter()
            .map(|(node, target, from, to, reason, _)| {
                let change = TargetChange {
                    group: "web".into(),
                    target: ([10, 0, 1, *target], 80).into(),
                    from: *from,
                    to: *to,
                    reason: (*reason).into(),
                };
                (Instant::ZERO, NodeId::new(*node), change)
            })
            .collect();
        let told = reasons(&changes).map(|(.., because)| because);
        let expected = rows.iter().map(|(.., because)| (*because).to_owned());
        assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
}
