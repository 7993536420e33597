//! Whose an answer is that does not say so itself: by ARNs beside it, names around it, or because there
//! is but one whose it can be.

use super::account::Listening;
use super::answers::Hints;
use super::join::{Builder, arn_above};
use super::refusal::{MISSING, Refusals, UNNAMED};
use super::shapes::{Attribute, TargetGroup};

impl Builder {
    pub(super) fn balancer_of(&mut self, hints: &Hints) -> Option<usize> {
        let mut arns = hints
            .arns
            .iter()
            .filter(|arn| arn.contains(Kind::Balancer.part()));
        if let Some(arn) = arns.next() {
            return self.balancer_at(arn);
        }
        let balancers = &self.account.balancers;
        let named = |name: &str| {
            balancers
                .iter()
                .position(|it| it.name == name || it.resource == name)
        };
        hints
            .candidates(Kind::Balancer)
            .find_map(named)
            .or_else(|| only(hints, Kind::Balancer, balancers))
    }

    pub(super) fn group_of(&mut self, hints: &Hints) -> Option<usize> {
        let groups = &self.account.groups;
        if let Some(arn) = hints
            .arns
            .iter()
            .find(|arn| arn.contains(Kind::Group.part()))
        {
            let at = groups.iter().position(|it| it.resource == *arn);
            if at.is_none() && !self.account.asked_for.groups.are_whole() {
                let shape = TargetGroup {
                    target_group_arn: Some(arn.clone()),
                    ..TargetGroup::default()
                };
                self.group(shape, false);
                return self.account.groups.len().checked_sub(1);
            }
            return at;
        }
        let named = |name: &str| {
            groups
                .iter()
                .position(|it| it.name == name || it.resource == name)
        };
        hints
            .candidates(Kind::Group)
            .find_map(named)
            .or_else(|| only(hints, Kind::Group, groups))
    }

    pub(super) fn listener_of(&self, hints: &Hints) -> Option<(usize, usize)> {
        let listeners: Vec<_> = (self.account.balancers.iter().enumerate())
            .flat_map(|(at, it)| {
                it.listeners
                    .iter()
                    .enumerate()
                    .map(move |(place, it)| ((at, place), it))
            })
            .collect();
        let mut arns = hints
            .arns
            .iter()
            .filter(|arn| arn.contains(Kind::Listener.part()))
            .peekable();
        if arns.peek().is_some() {
            let mut found =
                arns.filter_map(|arn| listeners.iter().find(|(_, it)| it.resource == *arn));
            return found.next().map(|(place, _)| *place);
        }
        let named = |name: &str| {
            let dashed = |it: &Listening| it.name.replace(':', "-");
            let is_it =
                |it: &Listening| it.name == name || it.resource == name || dashed(it) == name;
            listeners
                .iter()
                .find(|(_, it)| is_it(it))
                .map(|(place, _)| *place)
        };
        let places: Vec<_> = listeners.iter().map(|(place, _)| *place).collect();
        let only = || only(hints, Kind::Listener, &places).map(|at| places[at]);
        hints
            .candidates(Kind::Listener)
            .find_map(named)
            .or_else(only)
    }

    /// Whether a listener may be there though no reply lists it: none lists any of its balancer.
    fn is_untold(&self, listener: &str) -> bool {
        let Some(owner) = arn_above(listener, "listener", "loadbalancer") else {
            return false;
        };
        let mut balancers = self.account.balancers.iter();
        match balancers.find(|it| it.resource == owner) {
            Some(balancer) => balancer.listeners.is_empty(),
            None => !self.account.asked_for.balancers.are_whole(),
        }
    }

    /// Tells of an answer whose resource is not there, or is not named.
    pub(super) fn lost(
        &mut self,
        hints: &Hints,
        what: &str,
        name: &str,
        kind: Kind,
        refusals: &mut Refusals,
    ) {
        let account = &self.account;
        let listeners = account.balancers.iter().flat_map(|it| &it.listeners);
        let asked_for = &account.asked_for;
        let known: Vec<&str> = match kind {
            Kind::Group => account.groups.iter().map(|it| &*it.name).collect(),
            Kind::Balancer => account.balancers.iter().map(|it| &*it.name).collect(),
            Kind::Listener => listeners.map(|it| &*it.name).collect(),
        };
        let Words {
            code,
            thing,
            member,
            command,
        } = kind.words();
        if let Some(arn) = hints.arns.iter().find(|arn| arn.contains(kind.part())) {
            if self.is_untold(arn) {
                let message = "no reply tells of the listeners of its load balancer; `aws elbv2 describe-listeners` tells them";
                self.fail(MISSING, arn, message);
            } else if !refusals.concern(arn) {
                let message = format!("One or more {thing}s not found");
                refusals.of(arn).refuse(code, message);
            }
            return;
        }
        let is_told = match kind {
            Kind::Group => asked_for.groups.are_whole(),
            Kind::Balancer => asked_for.balancers.are_whole(),
            Kind::Listener => !known.is_empty(),
        };
        let all = match known.is_empty() {
            true => "none".to_owned(),
            false => known.join(", "),
        };
        let file = &hints.file;
        match hints.name_of(kind) {
            Some(resource) if is_told => refusals.of(resource).refuse(
                code,
                format!("there is no {thing} '{resource}', of which {file} speaks (there is {all})"),
            ),
            Some(resource) => {
                let message = format!("{file} speaks of this {thing}, and no reply tells of it; `aws elbv2 {command}` tells it");
                self.fail(MISSING, resource, &message);
            }
            None => self.fail(
                UNNAMED,
                file,
                &format!("{what}; a file named {name} would tell, or a `{member}` at the top (there is {all})"),
            ),
        }
    }
}

/// What has answers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Balancer,
    Group,
    Listener,
}

/// How one speaks of a kind.
struct Words {
    /// That of ELB for what is not there.
    code: &'static str,
    thing: &'static str,
    /// The member that names it.
    member: &'static str,
    /// What lists it.
    command: &'static str,
}

impl Kind {
    /// What stands in its ARNs, and in no others.
    pub(super) const fn part(self) -> &'static str {
        match self {
            Self::Balancer => ":loadbalancer/",
            Self::Group => ":targetgroup/",
            Self::Listener => ":listener/",
        }
    }

    const fn words(self) -> Words {
        match self {
            Self::Balancer => Words {
                code: "LoadBalancerNotFound",
                thing: "load balancer",
                member: "LoadBalancerArn",
                command: "describe-load-balancers",
            },
            Self::Group => Words {
                code: "TargetGroupNotFound",
                thing: "target group",
                member: "TargetGroupArn",
                command: "describe-target-groups",
            },
            Self::Listener => Words {
                code: "ListenerNotFound",
                thing: "listener",
                member: "ListenerArn",
                command: "describe-listeners",
            },
        }
    }
}

pub(super) fn kind_of(hints: &Hints, attributes: &[Attribute]) -> Option<Kind> {
    for arn in &hints.arns {
        let mut kinds = [Kind::Group, Kind::Balancer, Kind::Listener].into_iter();
        if let Some(kind) = kinds.find(|kind| arn.contains(kind.part())) {
            return Some(kind);
        }
    }
    if let Some(kind) = hints.kinds().next() {
        return Some(kind);
    }
    for (name, kind) in [
        ("target-group-attributes", Kind::Group),
        ("load-balancer-attributes", Kind::Balancer),
        ("listener-attributes", Kind::Listener),
    ] {
        if hints.speak_of(name) {
            return Some(kind);
        }
    }
    let has = |starts: &[&str]| {
        attributes.iter().any(|attribute| {
            let key = attribute.key.as_deref().unwrap_or_default();
            starts.iter().any(|start| key.starts_with(start))
        })
    };
    if has(&["routing.http.request.", "routing.http.response.", "tcp."]) {
        Some(Kind::Listener)
    } else if has(&[
        "stickiness.",
        "deregistration_delay.",
        "slow_start.",
        "target_",
        "lambda.",
    ]) {
        Some(Kind::Group)
    } else if has(&[
        "idle_timeout.",
        "access_logs.",
        "routing.",
        "deletion_protection.",
    ]) {
        Some(Kind::Balancer)
    } else {
        None
    }
}

/// The only one there is, unless the answer names another.
fn only<T>(hints: &Hints, kind: Kind, items: &[T]) -> Option<usize> {
    (items.len() == 1 && hints.name_of(kind).is_none()).then_some(0)
}
