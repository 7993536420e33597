//! What concerns a balancer as a whole: quotas nearly used up, spans in the wrong order, one zone.

use std::time::Duration;

use switchlab_l7::{L7Config, Quotas};

use crate::{Finding, Inspector, Kind};

pub(crate) fn inspect(balancer: &L7Config, at: &mut Inspector<'_>) {
    limits(balancer, at);
    timeouts(balancer, at);
    if let [only] = &balancer.load_balancer.zones[..] {
        at.balancer(|it| Finding {
            kind: Kind::SingleZone,
            because: format!(
                "{} is enabled in {} alone, and ends with it",
                balancer.load_balancer.name, only.name
            ),
            remedy: "enable a second zone".to_owned(),
            ..it
        });
    }
}

/// Whether four fifths of a quota are used.
fn is_near(count: usize, most: usize) -> bool {
    count.saturating_mul(5) >= most.saturating_mul(4)
}

fn limits(balancer: &L7Config, at: &mut Inspector<'_>) {
    let quotas = &balancer.quotas;
    let rules = balancer.listeners.iter().map(|it| it.rules.len()).sum();
    let targets = balancer
        .groups
        .iter()
        .map(|it| it.config.targets.len())
        .sum();
    let groups = balancer.groups.iter();
    let groups = groups.filter(|it| balancer.uses(&it.config.name)).count();
    for (name, count, most) in [
        ("listeners", balancer.listeners.len(), quotas.listeners),
        ("rules", rules, quotas.rules),
        ("target_groups", groups, quotas.groups),
        ("targets", targets, quotas.targets),
    ] {
        if is_near(count, most) {
            at.balancer(|it| Finding {
                kind: Kind::Limit,
                because: format!(
                    "{} has {count} of {most} {}",
                    balancer.name,
                    name.replace('_', " ")
                ),
                remedy: match Quotas::RAISED.contains(&name) {
                    true => "divide it between two load balancers, or have the quota raised",
                    false => {
                        "divide it between two load balancers: ELB raises this quota for nobody"
                    }
                }
                .to_owned(),
                ..it
            });
        }
    }
}

fn timeouts(balancer: &L7Config, at: &mut Inspector<'_>) {
    let (idle, keep_alive) = (balancer.idle_timeout, balancer.client_keep_alive);
    if keep_alive <= idle {
        at.balancer(|it| Finding {
            kind: Kind::TimeoutsOutOfOrder,
            because: format!(
                "clients' connections end after {keep_alive:?}, before they can be idle for {idle:?}"
            ),
            remedy: "let `client_keep_alive` be longer than `idle_timeout`".to_owned(),
            ..it
        });
    }
    for group in &balancer.groups {
        let delay = group.config.deregistration_delay;
        if delay < idle && delay > Duration::ZERO {
            at.group(group, |it| Finding {
                kind: Kind::TimeoutsOutOfOrder,
                because: format!(
                    "a target that leaves {} has {delay:?} to answer, and others have {idle:?}: slow requests end in 502",
                    group.config.name
                ),
                remedy: "let `deregistration_delay` be as long as `idle_timeout`".to_owned(),
                ..it
            });
        }
    }
}
