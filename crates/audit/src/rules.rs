//! Rules that never get a request, or take what was meant for others.

use switchlab_l7::{Condition, ListenerConfig, Patterns, Rule};

use crate::implication::{covering, is_catch_all};
use crate::language::Pattern;
use crate::{Finding, Inspector, Kind};

/// Methods that are answered before any rule is asked (ALB guide: 405).
const NEVER_RULED: [&str; 2] = ["CONNECT", "TRACE"];

pub(crate) fn inspect(listener: &ListenerConfig, at: &mut Inspector<'_>) {
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
                remedy: format!(
                    "give rule {} a priority lower than {}, or take it out",
                    rule.priority, first.priority
                ),
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
        if let Some(prefix) = prefix_alone(rule, &rules) {
            at.rule(listener, rule, |it| Finding {
                kind: Kind::PrefixWithoutExact,
                because: format!(
                    "{prefix}/* does not match {prefix} itself, and no other rule is for it"
                ),
                remedy: format!("add {prefix} to the paths of rule {}", rule.priority),
                ..it
            });
        }
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

/// Why no request fulfils the conditions of a rule.
fn never_holds(rule: &Rule) -> Option<String> {
    rule.conditions
        .iter()
        .find_map(|condition| match condition {
            Condition::Path(Patterns::Wildcards(values)) => {
                let can_begin = |value: &String| value.starts_with(['/', '*', '?']);
                let none = !values.iter().any(can_begin);
                none.then(|| format!("a path begins with `/`, and {condition} does not"))
            }
            Condition::Method(methods) => {
                let none = methods
                    .iter()
                    .all(|method| NEVER_RULED.contains(&method.as_str()));
                none.then(|| format!("{condition} is answered before any rule is asked"))
            }
            _ => None,
        })
}

/// The `/x` of a path `/x/*` of this rule that no rule is for, those for everything left aside.
fn prefix_alone<'a>(rule: &'a Rule, rules: &[&Rule]) -> Option<&'a str> {
    let others: Vec<Pattern> = rules
        .iter()
        .flat_map(|rule| paths(rule))
        .filter(|value| !matches!(value.as_str(), "*" | "/*"))
        .map(|value| Pattern::new(value, false))
        .collect();
    let conditions = rules.iter().flat_map(|rule| &rule.conditions);
    let expressions: Vec<&Patterns> = conditions
        .filter_map(|condition| match condition {
            Condition::Path(expressions @ Patterns::Regexes(_)) => Some(expressions),
            _ => None,
        })
        .collect();
    let prefixes = paths(rule).filter_map(|value| value.strip_suffix("/*"));
    let mut plain = prefixes.filter(|prefix| !prefix.is_empty() && !prefix.contains(['*', '?']));
    plain.find(|prefix| {
        !Pattern::new(prefix, false).is_within(&others)
            && !expressions.iter().any(|it| it.match_any(prefix, false))
    })
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
