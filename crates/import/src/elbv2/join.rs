//! Answers put together: each finds the resource of which it speaks.
//!
//! Answers stand in any order and may repeat themselves; of two about one thing the later counts.

use super::account::{Account, Attributes, Balancer, Group, Listening, Ruling};
use super::answers::{Answers, Hints, Pages};
use super::refusal::{MALFORMED, Refusals, Unreadable};
use super::shapes::{
    Attribute, Listener, LoadBalancer, Rule, TargetGroup, TargetHealthDescription,
};
use super::whose::{Kind, kind_of};

impl Account {
    /// Puts the answers together.
    ///
    /// # Errors
    /// Every answer of which cannot be told whose it is.
    pub(super) fn of(answers: Answers, refusals: &mut Refusals) -> Result<Self, Vec<Unreadable>> {
        let mut builder = Builder::default();
        builder.account.asked_for = answers.asked_for;
        builder.account.notes = answers.notes;
        for shape in answers.balancers {
            builder.balancer(shape);
        }
        for shape in answers.groups {
            builder.group(shape, true);
        }
        for (hints, listeners) in answers.listeners {
            for shape in listeners {
                builder.listener(shape, hints.goes_on, refusals);
            }
        }
        for (hints, rules) in answers.rules {
            builder.rules(&hints, rules, refusals);
        }
        for (hints, targets) in answers.health {
            builder.health(&hints, targets, refusals);
        }
        for (hints, attributes) in answers.attributes {
            builder.attributes(&hints, attributes, refusals);
        }
        builder.finish()
    }
}

#[derive(Default)]
pub(super) struct Builder {
    pub(super) account: Account,
    errors: Vec<Unreadable>,
}

/// What a resource is called in its ARN: `…:targetgroup/NAME/id`, `…:loadbalancer/app/NAME/id`.
fn name_in(arn: &str) -> Option<&str> {
    let mut parts = arn.rsplit(':').next()?.split('/');
    match parts.next()? {
        "targetgroup" => parts.next(),
        "loadbalancer" | "listener" | "listener-rule" => parts.nth(1),
        _ => None,
    }
}

/// The ARN of what has this listener or rule: the same without its last part.
pub(super) fn arn_above(arn: &str, from: &str, to: &str) -> Option<String> {
    let (start, path) = arn.rsplit_once(&format!(":{from}/"))?;
    let (above, _) = path.rsplit_once('/')?;
    Some(format!("{start}:{to}/{above}"))
}

/// A name or ARN; nothing is none.
fn told(name: &Option<String>) -> Option<String> {
    name.clone().filter(|name| !name.is_empty())
}

/// Takes an item in place of an older one of the same resource, or besides the others.
fn put<T>(items: &mut Vec<T>, item: T, resource: impl Fn(&T) -> &str) -> usize {
    match items
        .iter()
        .position(|old| resource(old) == resource(&item))
    {
        Some(at) => {
            items[at] = item;
            at
        }
        None => {
            items.push(item);
            items.len() - 1
        }
    }
}

/// Takes attributes; what was said of their keys before does not count any more.
fn renew(old: &mut Attributes, new: Vec<Attribute>) {
    let new: Attributes = new.into_iter().map(Attribute::pair).collect();
    old.retain(|(key, _)| new.iter().all(|(other, _)| other != key));
    old.extend(new);
}

impl Builder {
    fn balancer(&mut self, shape: LoadBalancer) {
        let arn = told(&shape.load_balancer_arn);
        let by_arn = arn.as_deref().and_then(name_in).map(str::to_owned);
        let Some(name) = told(&shape.load_balancer_name).or(by_arn) else {
            self.error(
                "LoadBalancers",
                "a load balancer has neither a name nor an ARN",
            );
            return;
        };
        let balancer = Balancer {
            resource: arn.unwrap_or_else(|| name.clone()),
            name,
            shape,
            attributes: Vec::new(),
            listeners: Vec::new(),
            pages: Pages::default(),
        };
        put(&mut self.account.balancers, balancer, |it| &it.resource);
    }

    pub(super) fn group(&mut self, shape: TargetGroup, is_described: bool) {
        let arn = told(&shape.target_group_arn);
        let by_arn = arn.as_deref().and_then(name_in).map(str::to_owned);
        let Some(name) = told(&shape.target_group_name).or(by_arn) else {
            self.error(
                "TargetGroups",
                "a target group has neither a name nor an ARN",
            );
            return;
        };
        let group = Group {
            resource: arn.unwrap_or_else(|| name.clone()),
            name,
            shape,
            attributes: Vec::new(),
            targets: Vec::new(),
            has_health: false,
            is_described,
        };
        put(&mut self.account.groups, group, |it| &it.resource);
    }

    fn listener(&mut self, shape: Listener, goes_on: bool, refusals: &mut Refusals) {
        let arn = told(&shape.listener_arn);
        let above = arn
            .as_deref()
            .and_then(|arn| arn_above(arn, "listener", "loadbalancer"));
        let Some(owner) = told(&shape.load_balancer_arn).or(above) else {
            let what = arn.as_deref().unwrap_or("Listeners");
            self.error(
                what,
                "a listener names no load balancer; a `LoadBalancerArn` would be right",
            );
            return;
        };
        let Some(at) = self.balancer_at(&owner) else {
            let resource = arn.unwrap_or_else(|| owner.clone());
            let message = format!("Load balancer '{owner}' not found");
            refusals
                .of(&resource)
                .refuse("LoadBalancerNotFound", message);
            return;
        };
        let balancer = &mut self.account.balancers[at];
        balancer.pages.take(goes_on);
        let port = shape
            .port
            .map_or_else(String::new, |port| port.0.to_string());
        let name = format!("{}:{port}", balancer.name);
        let listening = Listening {
            resource: arn.unwrap_or_else(|| name.clone()),
            name,
            shape,
            attributes: Vec::new(),
            rules: Vec::new(),
            pages: Pages::default(),
        };
        // A listener without an ARN is told by its place alone: two on one port are two.
        if told(&listening.shape.listener_arn).is_some() {
            put(&mut balancer.listeners, listening, |it| &it.resource);
        } else {
            balancer.listeners.push(listening);
        }
    }

    /// The balancer of this ARN or name. If nobody asked for load balancers, an ARN says enough.
    pub(super) fn balancer_at(&mut self, reference: &str) -> Option<usize> {
        let is_it = |it: &Balancer| it.resource == reference || it.name == reference;
        if let Some(at) = self.account.balancers.iter().position(is_it) {
            return Some(at);
        }
        if self.account.asked_for.balancers.are_whole() || name_in(reference).is_none() {
            return None;
        }
        self.account.notes.push(format!(
            "{reference} is known by its listeners alone: zones and attributes are not; \
             `aws elbv2 describe-load-balancers` tells them"
        ));
        self.balancer(LoadBalancer {
            load_balancer_arn: Some(reference.to_owned()),
            ..LoadBalancer::default()
        });
        Some(self.account.balancers.len() - 1)
    }

    fn rules(&mut self, hints: &Hints, rules: Vec<Rule>, refusals: &mut Refusals) {
        for shape in rules {
            let above = |arn: &str| arn_above(arn, "listener-rule", "listener");
            let own = shape.rule_arn.as_deref().and_then(above);
            let mut hints = hints.clone();
            for arn in own.iter().chain(&shape.listener_arn) {
                hints.say(Kind::Listener, arn);
            }
            let Some((balancer, listener)) = self.listener_of(&hints) else {
                let what = "it cannot be told whose rules these are";
                self.lost(
                    &hints,
                    what,
                    "rules--BALANCER:PORT.json",
                    Kind::Listener,
                    refusals,
                );
                continue;
            };
            let listener = &mut self.account.balancers[balancer].listeners[listener];
            listener.pages.take(hints.goes_on);
            let priority = shape.priority.as_ref().map_or("?", |text| &text.0);
            let resource = told(&shape.rule_arn);
            let resource = resource.unwrap_or_else(|| format!("{} rule {priority}", listener.name));
            let ruling = Ruling { resource, shape };
            if told(&ruling.shape.rule_arn).is_some() {
                put(&mut listener.rules, ruling, |it| &it.resource);
            } else {
                listener.rules.push(ruling);
            }
        }
    }

    fn health(
        &mut self,
        hints: &Hints,
        targets: Vec<TargetHealthDescription>,
        refusals: &mut Refusals,
    ) {
        let Some(at) = self.group_of(hints) else {
            let what = "it cannot be told whose target health this is";
            self.lost(
                hints,
                what,
                "target-health--NAME.json",
                Kind::Group,
                refusals,
            );
            return;
        };
        let group = &mut self.account.groups[at];
        group.has_health = true;
        for target in targets {
            let is_it = |old: &&mut TargetHealthDescription| {
                old.target.id == target.target.id && old.target.port == target.target.port
            };
            match group.targets.iter_mut().find(is_it) {
                Some(old) => *old = target,
                None => group.targets.push(target),
            }
        }
    }

    fn attributes(&mut self, hints: &Hints, attributes: Vec<Attribute>, refusals: &mut Refusals) {
        let lost = match kind_of(hints, &attributes) {
            Some(Kind::Balancer) => match self.balancer_of(hints) {
                Some(at) => return renew(&mut self.account.balancers[at].attributes, attributes),
                None => ("load-balancer-attributes--NAME.json", Kind::Balancer),
            },
            Some(Kind::Group) => match self.group_of(hints) {
                Some(at) => return renew(&mut self.account.groups[at].attributes, attributes),
                None => ("target-group-attributes--NAME.json", Kind::Group),
            },
            Some(Kind::Listener) => match self.listener_of(hints) {
                Some((balancer, at)) => {
                    let listener = &mut self.account.balancers[balancer].listeners[at];
                    return renew(&mut listener.attributes, attributes);
                }
                None => ("listener-attributes--BALANCER:PORT.json", Kind::Listener),
            },
            None => ("target-group-attributes--NAME.json", Kind::Group),
        };
        let what = "it cannot be told whose attributes these are";
        self.lost(hints, what, lost.0, lost.1, refusals);
    }

    fn error(&mut self, what: &str, because: &str) {
        self.fail(MALFORMED, what, because);
    }

    pub(super) fn fail(&mut self, code: &'static str, resource: &str, message: &str) {
        self.errors.push(Unreadable {
            code,
            resource: resource.to_owned(),
            message: message.to_owned(),
        });
    }

    fn finish(mut self) -> Result<Account, Vec<Unreadable>> {
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        self.account
            .balancers
            .sort_by(|a, b| (&a.name, &a.resource).cmp(&(&b.name, &b.resource)));
        self.account
            .groups
            .sort_by(|a, b| (&a.name, &a.resource).cmp(&(&b.name, &b.resource)));
        for group in &mut self.account.groups {
            group.targets.sort_by_cached_key(|it| {
                let port = it.target.port.map(|port| port.0);
                (it.address(), it.id().to_owned(), port)
            });
        }
        for balancer in &mut self.account.balancers {
            balancer
                .listeners
                .sort_by_key(|it| (it.shape.port.map(|port| port.0), it.resource.clone()));
            for listener in &mut balancer.listeners {
                listener
                    .rules
                    .sort_by_key(|it| (it.is_default(), it.priority(), it.resource.clone()));
            }
        }
        Ok(self.account)
    }
}
