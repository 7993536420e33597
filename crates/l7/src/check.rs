//! The settings held against what ELB allows: everything that is wrong, at once.

mod action;
mod condition;

use std::sync::Arc;

use switchlab_balance::Stickiness;

use crate::config::{Group, Protocol, ProtocolVersion, TargetType};
use crate::transform::Rewriter;
use crate::{
    Action, Code, Forward, L7Config, L7Error, ListenerConfig, LoadBalancer, Preset, Rewrite, Rule,
};

/// The longest name of a target group.
const LONGEST_NAME: usize = 32;
/// The longest regular expression and replacement of a transform, in characters.
const LONGEST_REWRITE: usize = 1024;

/// What is not right with a rule or an action: what ELB calls it, what it is, and what would be right.
pub(crate) struct Wrong {
    pub(crate) code: Code,
    pub(crate) because: String,
}

impl Wrong {
    /// A value that ELB's API does not take.
    fn value(because: impl Into<String>) -> Self {
        Self {
            code: Code::ValidationError,
            because: because.into(),
        }
    }

    /// An action that ELB does not do.
    fn action(because: impl Into<String>) -> Self {
        Self {
            code: Code::InvalidLoadBalancerAction,
            because: because.into(),
        }
    }
}

impl L7Config {
    /// All that is not right with these settings, save what only [`L7Error::Station`] tells.
    #[must_use]
    pub fn errors(&self) -> Vec<L7Error> {
        let mut errors = Vec::new();
        for (place, group) in self.groups.iter().enumerate() {
            let name = &group.config.name;
            let mut before = self.groups[..place].iter();
            if before.any(|other| other.config.name == *name) {
                let group = Arc::clone(name);
                errors.push(L7Error::GroupTwice { group });
            }
            self.group_errors(group, &mut errors);
        }
        for (place, listener) in self.listeners.iter().enumerate() {
            let port = listener.port;
            let mut before = self.listeners[..place].iter();
            if port == 0 || before.any(|other| other.port == port) {
                let listener = place;
                errors.push(L7Error::ListenerPort { listener, port });
            }
            if !self.preset.takes(listener) {
                errors.push(L7Error::Classic { listener: place });
            }
            let responses = listener.responses.errors().into_iter();
            errors.extend(responses.map(|because| L7Error::Responses {
                listener: place,
                because,
            }));
            self.listener_errors(listener, &mut errors);
        }
        self.quota_errors(&mut errors);
        if let Some(name) = &self.headers.dns_name
            && !is_host_name(name)
        {
            let name = Arc::clone(name);
            errors.push(L7Error::DnsName { name });
        }
        let LoadBalancer { zone, zones, .. } = &self.load_balancer;
        let is_enabled = |zone: &Arc<str>| zones.iter().any(|it| it.name == *zone);
        if let Some(zone) = zone.as_ref().filter(|zone| !is_enabled(zone))
            && !zones.is_empty()
        {
            let names: Vec<_> = zones
                .iter()
                .map(|zone| format!("{:?}", zone.name))
                .collect();
            errors.push(L7Error::Zone {
                zone: Arc::clone(zone),
                known: names.join(" or "),
            });
        }
        for (key, span) in [
            ("idle_timeout", self.idle_timeout),
            ("client_keep_alive", self.client_keep_alive),
            ("exchange_limit", self.exchange_limit),
        ] {
            if span.is_zero() {
                errors.push(L7Error::Zero { key });
            }
        }
        errors
    }

    fn group_errors(&self, group: &Group, errors: &mut Vec<L7Error>) {
        let (config, name) = (&group.config, &group.config.name);
        let mut wrong = |key, code, because: String| {
            let group = Arc::clone(name);
            errors.push(L7Error::GroupSetting {
                group,
                key,
                code,
                because,
            });
        };
        let is_name = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        let is_right = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_name);
        if !is_right || name.starts_with('-') || name.ends_with('-') {
            let because = format!(
                "that is no name; 1 to {LONGEST_NAME} letters, digits and hyphens, with no hyphen at either end, would be right"
            );
            wrong("name", Code::ValidationError, because);
        }
        if group.target_type == TargetType::Alb {
            let because = "only a network load balancer has targets of type alb; instance, ip or lambda would be right";
            wrong(
                "target_type",
                Code::InvalidConfigurationRequest,
                because.to_owned(),
            );
        }
        if group.target_type == TargetType::Lambda && config.targets.len() > 1 {
            let because = "a group of type lambda has one target, its function";
            wrong("targets", Code::TooManyTargets, because.to_owned());
        }
        let most = self.quotas.targets_per_group;
        if config.targets.len() > most {
            let because = format!(
                "{} targets are registered; {most} at most would be right",
                config.targets.len()
            );
            wrong("targets", Code::TooManyTargets, because);
        }
        for target in config.targets.iter().filter(|it| !it.address.is_ipv4()) {
            let (group, target) = (Arc::clone(name), target.address);
            errors.push(L7Error::TargetAddress { group, target });
        }
        errors.extend(config.errors().into_iter().map(|source| L7Error::Group {
            group: Arc::clone(name),
            source,
        }));
    }

    fn listener_errors(&self, listener: &ListenerConfig, errors: &mut Vec<L7Error>) {
        let port = listener.port;
        let is_secure = listener.protocol == Protocol::Https;
        let most = self.quotas.certificates;
        let mut wrong = |code, because: String| {
            errors.push(L7Error::Listener {
                listener: port,
                key: "certificates",
                code,
                because,
            });
        };
        match listener.certificates.len() {
            0 if is_secure => wrong(
                Code::ValidationError,
                "a listener that speaks HTTPS needs a certificate, its default".to_owned(),
            ),
            1.. if !is_secure => wrong(
                Code::InvalidConfigurationRequest,
                "only a listener that speaks HTTPS has certificates".to_owned(),
            ),
            count if count > most + 1 => wrong(
                Code::TooManyCertificates,
                format!(
                    "there are {count} certificates; a default one and {most} more at most would be right"
                ),
            ),
            _ => {}
        }
        let mut wrong = |priority, all: Vec<Wrong>| {
            errors.extend(
                all.into_iter()
                    .map(|Wrong { code, because }| L7Error::Rule {
                        listener: port,
                        priority,
                        code,
                        because,
                    }),
            );
        };
        wrong(None, self.action_errors(listener, &listener.default));
        for (at, rule) in listener.rules.iter().enumerate() {
            let mut all = self.rule_errors(listener, rule);
            let mut before = listener.rules[..at].iter();
            if before.any(|other| other.priority == rule.priority) {
                all.push(Wrong {
                    code: Code::PriorityInUse,
                    because: "another rule has the same priority; each needs its own".to_owned(),
                });
            }
            wrong(Some(rule.priority), all);
        }
    }

    /// What there is too much of.
    fn quota_errors(&self, errors: &mut Vec<L7Error>) {
        let quotas = &self.quotas;
        let rules = self.listeners.iter().map(|listener| listener.rules.len());
        let groups = self.groups.iter().map(|group| &group.config);
        let targets = groups.clone().map(|group| group.targets.len());
        let used = groups.filter(|group| self.uses(&group.name));
        #[rustfmt::skip]
        let counts = [
            ("listeners",            self.listeners.len(), quotas.listeners, Code::TooManyListeners),
            ("rules",                rules.sum(),          quotas.rules,     Code::TooManyRules),
            ("target groups in use", used.count(),         quotas.groups,    Code::TooManyUniqueTargetGroupsPerLoadBalancer),
            ("targets",              targets.sum(),        quotas.targets,   Code::TooManyTargets),
        ];
        for (what, count, most, code) in counts {
            if count > most {
                errors.push(L7Error::TooMany {
                    what,
                    count,
                    most,
                    code,
                });
            }
        }
    }

    /// All that is not right with a rule of a listener.
    pub(crate) fn rule_errors(&self, listener: &ListenerConfig, rule: &Rule) -> Vec<Wrong> {
        let mut errors = Vec::new();
        if !(1..=50_000).contains(&rule.priority) {
            errors.push(Wrong::value(format!(
                "the priority is {}; 1 to 50000 would be right",
                rule.priority
            )));
        }
        condition::errors(&rule.conditions, &self.quotas, &mut errors);
        let transforms = &rule.transforms;
        for (what, rewrite) in [("host", &transforms.host), ("url", &transforms.url)] {
            let Some(Rewrite { regex, replace }) = rewrite else {
                continue;
            };
            for (part, text, least) in [("regex", regex, 1), ("replacement", replace, 0)] {
                if !(least..=LONGEST_REWRITE).contains(&text.chars().count()) {
                    errors.push(Wrong::value(format!(
                        "the {part} of the {what} rewrite has {} characters; {least} to {LONGEST_REWRITE} would be right",
                        text.chars().count()
                    )));
                }
            }
        }
        if let Err(because) = Rewriter::new(transforms) {
            errors.push(Wrong::value(format!("the regex of a rewrite {because}")));
        }
        errors.extend(self.action_errors(listener, &rule.action));
        errors
    }

    /// All that is not right with an action of a listener.
    fn action_errors(&self, listener: &ListenerConfig, action: &Action) -> Vec<Wrong> {
        let mut errors = Vec::new();
        match action {
            Action::Forward(forward) => {
                forward.errors(&mut errors);
                if self.preset == Preset::Alb {
                    errors.extend(self.stays_in_group(forward));
                }
                for share in &forward.shares {
                    match self.group(&share.group) {
                        Some(group) => errors.extend(fits(listener, group)),
                        None => {
                            let known = self.groups.iter().map(|group| &*group.config.name);
                            let known: Vec<&str> = known.collect();
                            errors.push(Wrong {
                                code: Code::TargetGroupNotFound,
                                because: format!(
                                    "there is no target group {:?}; there is {}",
                                    share.group,
                                    known.join(", ")
                                ),
                            });
                        }
                    }
                }
            }
            Action::FixedResponse(fixed) => fixed.errors(&mut errors),
            Action::Redirect(redirect) => redirect.errors(listener, &mut errors),
        }
        errors
    }
}

impl L7Config {
    /// Whether a client that is bound to a target of one of several groups is bound to the group too, as ELB
    /// wants it (*User Guide*, "Sticky sessions"): what is wrong if not.
    fn stays_in_group(&self, forward: &Forward) -> Option<Wrong> {
        if forward.shares.len() < 2 || forward.stickiness.is_some() {
            return None;
        }
        let groups = forward.shares.iter();
        let mut groups = groups.filter_map(|share| self.group(&share.group));
        let by_cookie = |group: &&Group| {
            let stickiness = group.config.stickiness.as_ref();
            stickiness.is_some_and(|it| !matches!(it, Stickiness::SourceIp { .. }))
        };
        let group = groups.find(by_cookie)?;
        Some(Wrong {
            code: Code::InvalidConfigurationRequest,
            because: format!(
                "clients are bound to targets of {:?}, but not to the group; group stickiness, `stickiness = \"1 d\"` beside `forward`, would be right",
                group.config.name
            ),
        })
    }
}

/// Whether a name is made of labels of letters, digits and `-` (RFC 1123 §2.1), 253 octets at most.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_good = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(is_good)
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Whether a listener's requests can be sent to a group: what is wrong if not.
fn fits(listener: &ListenerConfig, group: &Group) -> Option<Wrong> {
    let version = group.protocol_version;
    let is_newer = version != ProtocolVersion::Http1;
    (is_newer && listener.protocol == Protocol::Http).then(|| Wrong {
        code: Code::IncompatibleProtocols,
        because: format!(
            "the target group {:?} speaks {version}; a listener of protocol HTTPS would be right",
            group.config.name
        ),
    })
}

#[cfg(test)]
mod tests;
