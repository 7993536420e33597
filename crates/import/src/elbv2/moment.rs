//! What the account is in at the moment of the replies, and no lab has: balancers that are not active, targets
//! in states of their own, kept out by a zonal shift, or spared as anomalous.

use std::collections::BTreeMap;

use super::account::{Account, Balancer, Group};
use super::shapes::TargetHealthDescription;

/// The state of a load balancer in which nothing is the matter.
const ACTIVE: &str = "active";

/// States of an administrative override in which there is none (API shape `AdministrativeOverride`).
const NO_OVERRIDES: [&str; 2] = ["no_override", "unknown"];

impl Account {
    /// Notes what is so now, and not in the lab.
    pub(super) fn note_what_is_so_now(&mut self) {
        let balancers = self.applications().filter_map(not_active);
        let groups = self.groups.iter().filter(|it| it.is_for_applications());
        let targets = groups.flat_map(now);
        let notes: Vec<String> = balancers.chain(targets).collect();
        self.notes.extend(notes);
    }
}

fn not_active(balancer: &Balancer) -> Option<String> {
    let state = balancer.shape.state.as_ref()?;
    let code = state.code.as_deref().filter(|code| *code != ACTIVE)?;
    let why = in_brackets(state.reason.as_deref());
    let name = &balancer.name;
    Some(format!(
        "{name} is {code} in the account{why}; in the lab it is {ACTIVE}"
    ))
}

/// What is so with targets of a group, each with those with which it is so.
fn now(group: &Group) -> Vec<String> {
    let mut facts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for target in &group.targets {
        let port = target.port(group).filter(|_| !group.is_lambda());
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let all = [state(target), overridden(target), mitigated(target)];
        for fact in all.into_iter().flatten() {
            let who = format!("{}{port}", target.id());
            facts.entry(fact).or_default().push(who);
        }
    }
    let note = |(fact, who): (String, Vec<String>)| {
        format!("targets of {} ({}): {fact}", group.name, who.join(", "))
    };
    facts.into_iter().map(note).collect()
}

fn state(target: &TargetHealthDescription) -> Option<String> {
    let (told, state) = (target.told_state()?, target.state()?);
    (told != state).then(|| {
        format!(
            "in the account the state is {told}, which no lab has; in the lab it begins as {state}"
        )
    })
}

fn overridden(target: &TargetHealthDescription) -> Option<String> {
    let given = target.administrative_override.as_ref()?;
    let state = given.state.as_deref()?;
    let why = in_brackets(given.reason.as_deref());
    (!NO_OVERRIDES.contains(&state)).then(|| {
        format!("in the account the administrative override is {state}{why}; a lab has none, and goes by the state alone")
    })
}

fn mitigated(target: &TargetHealthDescription) -> Option<String> {
    let detection = target.anomaly_detection.as_ref()?;
    (detection.mitigation_in_effect.as_deref() == Some("yes")).then(|| {
        "in the account anomaly mitigation is in effect; in the lab all begin with a whole share".to_owned()
    })
}

fn in_brackets(why: Option<&str>) -> String {
    let why = why.filter(|why| !why.is_empty());
    why.map(|why| format!(" ({why})")).unwrap_or_default()
}
