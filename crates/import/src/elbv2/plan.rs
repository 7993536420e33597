//! The balancers of a lab: what each comes to at layer 7, and what layer 7 has against it.

use switchlab_l7::{L7Error, ListenerConfig, Protocol, Rule};

use super::account::{Account, Balancer, Group, Listening, Ruling};
use super::actions::action;
use super::conditions::{conditions, transforms};
use super::quotas::{self, Quota};
use super::refusal::{Court, Refusal, Refusals};
use super::targets::Addresses;

/// An application load balancer that will be a node.
pub(super) struct Plan<'a> {
    pub(super) balancer: &'a Balancer,
    /// Its listeners, each with what it does.
    pub(super) listeners: Vec<(&'a Listening, ListenerConfig)>,
    /// The groups that it has, in the order of their names.
    pub(super) groups: Vec<&'a Group>,
}

/// Plans a node for every application load balancer.
pub(super) fn plans<'a>(
    account: &'a Account,
    addresses: &Addresses,
    raised: &[Quota],
    refusals: &mut Refusals,
) -> Vec<Plan<'a>> {
    let mut plans = Vec::new();
    for balancer in account.applications() {
        let groups = account.groups.iter();
        let plan = Plan {
            balancer,
            listeners: balancer
                .listeners
                .iter()
                .filter_map(|it| Some((it, listener(it, account, refusals)?)))
                .collect(),
            groups: groups
                .filter(|group| account.has(balancer, group))
                .collect(),
        };
        plan.judge(addresses, raised, refusals);
        plans.push(plan);
    }
    plans
}

impl Account {
    pub(super) fn applications(&self) -> impl Iterator<Item = &Balancer> {
        self.balancers.iter().filter(|it| it.is_application())
    }

    /// Whether a group stands at this balancer: where it is used. One that nobody uses stands where
    /// its reply says, else at the first.
    fn has(&self, balancer: &Balancer, group: &Group) -> bool {
        if self.applications().any(|it| it.uses(group)) {
            return balancer.uses(group);
        }
        if !group.is_for_applications() {
            return false;
        }
        let owner = self
            .named_owner(group)
            .or_else(|| self.applications().next());
        owner.is_some_and(|owner| owner.resource == balancer.resource)
    }

    /// The balancer that the reply of a group names.
    fn named_owner(&self, group: &Group) -> Option<&Balancer> {
        let named = group.shape.load_balancer_arns.iter().flatten();
        let mut named = named.filter_map(|arn| self.applications().find(|it| it.resource == *arn));
        named.next()
    }

    /// Whether neither a listener nor its own reply tells where a group stands.
    pub(super) fn is_homeless(&self, group: &Group) -> bool {
        group.is_for_applications()
            && !self.applications().any(|it| it.uses(group))
            && self.named_owner(group).is_none()
    }
}

fn listener(
    listening: &Listening,
    account: &Account,
    refusals: &mut Refusals,
) -> Option<ListenerConfig> {
    let is_secure = listening.shape.protocol.as_deref() == Some("HTTPS");
    let mut court = refusals.of(&listening.resource);
    // The default action is told twice: by the listener, and as its last rule.
    let own = listening.shape.default_actions.as_deref();
    let last = listening.rules.iter().find(|rule| rule.is_default());
    let told = own
        .or_else(|| last?.shape.actions.as_deref())
        .unwrap_or_default();
    let default = action(told, is_secure, account, &mut court);
    let mut rules = Vec::new();
    for ruling in &listening.rules {
        let mut court = refusals.of(&ruling.resource);
        if ruling.is_default() {
            default_rule(ruling, &mut court);
        } else {
            rules.extend(rule(ruling, is_secure, account, &mut court));
        }
    }
    let port = u16::try_from(listening.shape.port?.0).ok()?;
    let mut listener = ListenerConfig::new(port, default?);
    if is_secure {
        listener.protocol = Protocol::Https;
        listener.certificates = certificates(listening);
    }
    listener.rules = rules;
    listener.responses = listening.responses();
    Some(listener)
}

/// The certificates of a listener, the default one first.
fn certificates(listening: &Listening) -> Vec<String> {
    let mut certificates: Vec<_> = listening.shape.certificates.iter().flatten().collect();
    certificates.sort_by_key(|it| it.is_default.map(|flag| !flag.0));
    certificates
        .into_iter()
        .filter_map(|it| it.certificate_arn.clone())
        .collect()
}

fn default_rule(ruling: &Ruling, court: &mut Court<'_>) {
    let shape = &ruling.shape;
    for (is_there, what) in [
        (
            shape.conditions.as_ref().is_some_and(|it| !it.is_empty()),
            "conditions",
        ),
        (
            shape.transforms.as_ref().is_some_and(|it| !it.is_empty()),
            "transforms",
        ),
    ] {
        if is_there {
            court.refuse(
                "OperationNotPermitted",
                format!("Default rule '{}' cannot have {what}", ruling.resource),
            );
        }
    }
}

fn rule(
    ruling: &Ruling,
    is_secure: bool,
    account: &Account,
    court: &mut Court<'_>,
) -> Option<Rule> {
    let shape = &ruling.shape;
    let priority = ruling
        .priority()
        .and_then(|priority| u32::try_from(priority).ok());
    if priority.is_none() {
        let priority = shape.priority.as_ref().map_or("", |text| &text.0);
        court.invalid(format!(
            "The priority '{priority}' must be an integer between 1 and 50000"
        ));
    }
    if shape.conditions.as_ref().is_none_or(Vec::is_empty) {
        court.invalid("A condition must be specified");
    }
    let given = shape.conditions.as_ref().map_or(0, Vec::len);
    let conditions = conditions(shape, court);
    let transforms = transforms(shape, court);
    let action = action(
        shape.actions.as_deref().unwrap_or_default(),
        is_secure,
        account,
        court,
    )?;
    // A rule that lacks what could not be read would be judged for something else.
    let is_whole = given > 0 && conditions.len() == given;
    Some(Rule {
        priority: priority.filter(|_| is_whole)?,
        conditions,
        transforms,
        action,
    })
}

impl Plan<'_> {
    /// Refuses what layer 7 refuses, but for what has been said already.
    fn judge(&self, addresses: &Addresses, raised: &[Quota], refusals: &mut Refusals) {
        if refusals
            .iter()
            .any(|it| it.code == "DuplicateTargetGroupName")
        {
            // Then names do not tell what is meant.
            return;
        }
        let mut config = self.balancer.settings();
        raised.iter().for_each(|it| it.raise(&mut config.quotas));
        let groups = self.groups.iter();
        config.groups = groups.map(|group| group.settings(addresses)).collect();
        config.listeners = self
            .listeners
            .iter()
            .map(|(_, listener)| listener.clone())
            .collect();
        for error in config.errors() {
            if let Some(resource) = self.resource(&error) {
                let code = error.code().map_or("ValidationError", |code| code.name());
                let has_been_said = |it: &Refusal| it.code == code && it.resource == resource;
                let is_rule = matches!(error, L7Error::Rule { .. });
                if is_rule || !refusals.iter().any(has_been_said) {
                    refusals.of(&resource).refuse(code, self.words(&error));
                }
            }
        }
    }

    /// What an error is about; `None` if it has been told in ELB's own words.
    fn resource(&self, error: &L7Error) -> Option<String> {
        let by_port = |port: u16| {
            self.listeners
                .iter()
                .find(|(_, it)| it.port == port)
                .map(|(it, _)| *it)
        };
        let group = |name: &str| {
            self.groups
                .iter()
                .find(|it| it.name == name)
                .map(|it| it.resource.clone())
        };
        match error {
            L7Error::Rule {
                listener, priority, ..
            } => {
                let listener = by_port(*listener)?;
                let Some(priority) = priority else {
                    return Some(listener.resource.clone());
                };
                let is_it = |rule: &&Ruling| {
                    rule.priority() == Some(i64::from(*priority)) && !rule.is_default()
                };
                Some(listener.rules.iter().rfind(is_it)?.resource.clone())
            }
            L7Error::Listener { listener, .. } => Some(by_port(*listener)?.resource.clone()),
            L7Error::GroupSetting { key: "name", .. } | L7Error::Group { .. } => None,
            L7Error::GroupSetting { group: name, .. }
            | L7Error::TargetAddress { group: name, .. } => group(name),
            L7Error::Responses { listener, .. } => {
                let (listener, _) = self.listeners.get(*listener)?;
                Some(listener.resource.clone())
            }
            L7Error::TooMany { .. } | L7Error::DnsName { .. } => {
                Some(self.balancer.resource.clone())
            }
            _ => None,
        }
    }

    /// The error without its place, which the resource tells.
    fn words(&self, error: &L7Error) -> String {
        let words = match error {
            L7Error::Rule { because, .. }
            | L7Error::Listener { because, .. }
            | L7Error::Responses { because, .. }
            | L7Error::GroupSetting { because, .. } => because.clone(),
            error => error.to_string(),
        };
        match quotas::of(error) {
            Some(quota) => format!(
                "{words}; if ELB has raised the account's quota, `--quota {quota}=NUMBER` tells how far"
            ),
            None => words,
        }
    }
}
