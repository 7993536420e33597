//! Rules that never get a request, or take what was meant for others.

use switchlab_l7::{Action, Condition, L7Config, ListenerConfig, Patterns, ProtocolVersion, Rule};

use crate::implication::{alone, covering, is_catch_all, names_path};
use crate::never::never_holds;
use crate::{Finding, Inspector, Kind};

pub(crate) fn inspect(listener: &ListenerConfig, at: &mut Inspector<'_>) {
    if has_no_weight(&listener.default) {
        at.listener(listener, |it| Finding {
            because: weightless("the default action"),
            ..without_weight(it)
        });
    }
    let mut rules: Vec<&Rule> = listener.rules.iter().collect();
    rules.sort_by_key(|rule| rule.priority);
    for (place, rule) in rules.iter().enumerate() {
        let (earlier, later) = (&rules[..place], &rules[place + 1..]);
        if let Some(because) = never_holds(rule) {
            at.rule(listener, rule, |it| Finding {
                kind: Kind::UnreachableRule,
                because,
                remedy: "mend the condition, or take the rule out".to_owned(),
                ..it
            });
        } else if let by @ [first, ..] = &covering(rule, earlier)[..] {
            at.rule(listener, rule, |it| Finding {
                kind: Kind::ShadowedRule,
                by: Some(first.priority),
                because: shadowed(rule, by),
                remedy: ahead(rule, first, earlier),
                ..it
            });
        }
        if is_catch_all(rule) && !later.is_empty() {
            let behind: Vec<_> = later.iter().map(|it| it.priority.to_string()).collect();
            at.rule(listener, rule, |it| Finding {
                kind: Kind::CatchAllBeforeSpecific,
                because: format!(
                    "rule {} takes every path, and stands before {}",
                    rule.priority,
                    behind.join(", ")
                ),
                remedy: "let its action be the listener's default one, or give it the highest priority number"
                    .to_owned(),
                ..it
            });
        }
        if has_no_weight(&rule.action) {
            at.rule(listener, rule, |it| Finding {
                because: weightless(&format!("rule {}", rule.priority)),
                ..without_weight(it)
            });
        }
        let prefix = prefix_alone(rule, &rules).filter(|_| !is_for_grpc(rule, &at.balancer.config));
        if let Some(prefix) = prefix {
            at.rule(listener, rule, |it| Finding {
                kind: Kind::PrefixWithoutExact,
                because: format!(
                    "{prefix}/* does not match {prefix} itself, which no path names: {}",
                    instead(rule, prefix, &rules)
                ),
                remedy: format!("add {prefix} to the paths of rule {}", rule.priority),
                ..it
            });
        }
    }
}

/// Whether all groups of an action have weight 0.
fn has_no_weight(action: &Action) -> bool {
    match action {
        Action::Forward(forward) => forward.shares.iter().all(|share| share.weight() == 0),
        _ => false,
    }
}

fn weightless(who: &str) -> String {
    format!("every target group of {who} has weight 0: what it takes is answered 503")
}

fn without_weight(it: Finding) -> Finding {
    Finding {
        kind: Kind::NoWeight,
        remedy: "give one of them a weight from 1 to 999".to_owned(),
        ..it
    }
}

/// Whether all that a rule takes is for gRPC, where a path is /package.Service/Method and never less.
fn is_for_grpc(rule: &Rule, balancer: &L7Config) -> bool {
    let Action::Forward(forward) = &rule.action else {
        return false;
    };
    forward.shares.iter().all(|share| {
        let mut groups = balancer.groups.iter();
        let group = groups.find(|group| group.config.name == share.group);
        group.is_some_and(|group| group.protocol_version == ProtocolVersion::Grpc)
    })
}

/// Who takes a path that a rule does not, though all else is as the rule wants it.
fn instead(rule: &Rule, path: &str, rules: &[&Rule]) -> String {
    let others = rule.conditions.iter();
    let mut given: Vec<Condition> = others
        .filter(|condition| !matches!(condition, Condition::Path(_)))
        .cloned()
        .collect();
    given.push(Condition::Path([path].into()));
    match alone(&given, rules) {
        Some(taker) => format!("it goes to rule {} at the latest", taker.priority),
        None => "it may come to the default action".to_owned(),
    }
}

/// Why these rules leave nothing to a later one.
fn shadowed(rule: &Rule, by: &[&Rule]) -> String {
    if let [by] = by {
        return format!(
            "rule {} takes every request that rule {} would: {by}",
            by.priority, rule.priority
        );
    }
    let numbers: Vec<_> = by.iter().map(|by| by.priority.to_string()).collect();
    let rules: Vec<_> = by.iter().map(ToString::to_string).collect();
    format!(
        "rules {} together take every request that rule {} would: {}",
        numbers.join(", "),
        rule.priority,
        rules.join("; ")
    )
}

/// How a rule comes before the one that leaves nothing to it.
fn ahead(rule: &Rule, first: &Rule, earlier: &[&Rule]) -> String {
    let (rule, first) = (rule.priority, first.priority);
    let numbers = earlier.iter().map(|it| it.priority);
    let taken = numbers.filter(|number| *number < first).count();
    match (1..first).len() > taken {
        true => format!("give rule {rule} a priority lower than {first}, or take it out"),
        false => format!(
            "no priority lower than {first} is free: renumber the rules so that rule {rule} comes before rule {first}, or take it out"
        ),
    }
}

/// The `/x` of a path `/x/*` of this rule that no path of a rule names, those for everything left aside.
fn prefix_alone<'a>(rule: &'a Rule, rules: &[&Rule]) -> Option<&'a str> {
    let conditions = rules.iter().flat_map(|rule| &rule.conditions);
    let values: Vec<&Patterns> = conditions
        .filter_map(|condition| match condition {
            Condition::Path(values) => Some(values),
            _ => None,
        })
        .collect();
    let prefixes = paths(rule).filter_map(|value| value.strip_suffix("/*"));
    let mut plain = prefixes.filter(|prefix| !prefix.is_empty() && !prefix.contains(['*', '?']));
    plain.find(|prefix| !values.iter().any(|values| names_path(values, prefix)))
}

/// The path patterns of a rule.
fn paths(rule: &Rule) -> impl Iterator<Item = &String> {
    rule.conditions
        .iter()
        .flat_map(|condition| match condition {
            Condition::Path(Patterns::Wildcards(values)) => values.as_slice(),
            _ => &[],
        })
}
