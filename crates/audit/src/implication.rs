//! Whether a request that one rule would take is always one that earlier rules take, alone or together.
//!
//! What is claimed is so; what is not claimed may be so all the same. Of regular expressions that are no plain
//! patterns is known what they make of a text without wildcards, and that they imply themselves.

use ipnet::IpNet;
use switchlab_l7::{Condition, Patterns, QueryPattern, Rule};

use crate::language::Pattern;

/// A rule of more cases than these is compared as a whole only.
const PATIENCE: usize = 64;

/// The earlier rules that take every request that fulfils the conditions of `later`: one that does so
/// alone, or else several that do it together; empty if there are none.
pub(crate) fn covering<'a>(later: &Rule, earlier: &[&'a Rule]) -> Vec<&'a Rule> {
    if let Some(alone) = alone(&later.conditions, earlier) {
        return vec![alone];
    }
    let mut covering: Vec<&Rule> = Vec::new();
    for case in cases(&later.conditions) {
        match alone(&case, earlier) {
            Some(rule) => covering.push(rule),
            None => match together(&case, earlier) {
                rules if rules.is_empty() => return rules,
                rules => covering.extend(rules),
            },
        }
    }
    covering.sort_by_key(|rule| rule.priority);
    covering.dedup_by_key(|rule| rule.priority);
    covering
}

/// Whether a rule takes all requests, or all that name a path as requests do.
pub(crate) fn is_catch_all(rule: &Rule) -> bool {
    let holds_always = |condition: &Condition| match condition {
        Condition::Path(values) => Pattern::new("/*", false).is_within(&plain(values, false)),
        condition => follows(condition, &[]),
    };
    rule.conditions.iter().all(holds_always)
}

/// Whether one of these values, and not because it takes every path, takes this one.
pub(crate) fn names_path(values: &Patterns, path: &str) -> bool {
    one_by_one(values).any(|value| {
        let plain = plain(&value, false);
        !Pattern::new("/*", false).is_within(&plain) && value.match_any(path, false)
    })
}

/// The first rule whose conditions all hold wherever the given ones do.
pub(crate) fn alone<'a>(given: &[Condition], rules: &[&'a Rule]) -> Option<&'a Rule> {
    let takes_all = |rule: &&&Rule| rule.conditions.iter().all(|wanted| follows(wanted, given));
    rules.iter().copied().find(|rule| takes_all(&rule))
}

/// Conditions with one value each, of which one case holds wherever the given conditions do. Conditions
/// that would come to too many are a case of their own.
fn cases(given: &[Condition]) -> Vec<Vec<Condition>> {
    let mut cases = vec![Vec::new()];
    for condition in given {
        let values = values(condition);
        if cases.len() * values.len() > PATIENCE {
            return vec![given.to_vec()];
        }
        let with =
            |case: &[Condition], value: &Condition| [case, std::slice::from_ref(value)].concat();
        cases = cases
            .iter()
            .flat_map(|case| values.iter().map(move |value| with(case, value)))
            .collect();
    }
    cases
}

/// A condition for each value of this one.
fn values(condition: &Condition) -> Vec<Condition> {
    match condition {
        Condition::Host(all) => one_by_one(all).map(Condition::Host).collect(),
        Condition::Path(all) => one_by_one(all).map(Condition::Path).collect(),
        Condition::Header { name, values } => {
            let name = || name.clone();
            let all = one_by_one(values);
            all.map(|values| Condition::Header {
                name: name(),
                values,
            })
            .collect()
        }
        Condition::Method(all) => all
            .iter()
            .map(|it| Condition::Method(vec![it.clone()]))
            .collect(),
        Condition::Query(all) => all
            .iter()
            .map(|it| Condition::Query(vec![it.clone()]))
            .collect(),
        Condition::Source(all) => all.iter().map(|it| Condition::Source(vec![*it])).collect(),
        other => vec![other.clone()],
    }
}

/// Patterns for each value of these.
pub(crate) fn one_by_one(patterns: &Patterns) -> impl Iterator<Item = Patterns> {
    patterns.values().iter().map(move |value| {
        let value = vec![value.clone()];
        match patterns {
            Patterns::Wildcards(_) => Patterns::Wildcards(value),
            Patterns::Regexes(_) => Patterns::Regexes(value),
        }
    })
}

/// Rules that differ in one condition from what follows from the given ones, and whose values there
/// cover all that is given: of those for `GET` and for `HEAD` one takes what is either. Empty if there
/// are none.
fn together<'a>(given: &[Condition], rules: &[&'a Rule]) -> Vec<&'a Rule> {
    let mut groups: Vec<Vec<(&Condition, &'a Rule)>> = Vec::new();
    for rule in rules {
        let mut open = rule.conditions.iter().filter(|it| !follows(it, given));
        let (Some(only), None) = (open.next(), open.next()) else {
            continue;
        };
        let is_alike = |group: &&mut Vec<(&Condition, &Rule)>| merged(group[0].0, only).is_some();
        match groups.iter_mut().find(is_alike) {
            Some(group) => group.push((only, rule)),
            None => groups.push(vec![(only, rule)]),
        }
    }
    let covers = |group: &[(&Condition, &Rule)]| {
        let mut conditions = group.iter().map(|(condition, _)| *condition);
        let first = conditions.next().cloned();
        let union = conditions.fold(first, |union, condition| merged(&union?, condition));
        union.is_some_and(|union| follows(&union, given))
    };
    let Some(mut group) = groups.into_iter().find(|group| covers(group)) else {
        return Vec::new();
    };
    // Those that the others can do without are not named; the latest go first.
    for place in (0..group.len()).rev() {
        let left_out = group.remove(place);
        if !covers(&group) {
            group.insert(place, left_out);
        }
    }
    group.into_iter().map(|(_, rule)| rule).collect()
}

/// The condition that holds where one of these does, if they look at the same.
fn merged(one: &Condition, other: &Condition) -> Option<Condition> {
    let both = |one: &Patterns, other: &Patterns| match (one, other) {
        (Patterns::Wildcards(one), Patterns::Wildcards(other)) => {
            Some(Patterns::Wildcards([&one[..], other].concat()))
        }
        (Patterns::Regexes(one), Patterns::Regexes(other)) => {
            Some(Patterns::Regexes([&one[..], other].concat()))
        }
        _ => None,
    };
    Some(match (one, other) {
        (Condition::Host(one), Condition::Host(other)) => Condition::Host(both(one, other)?),
        (Condition::Path(one), Condition::Path(other)) => Condition::Path(both(one, other)?),
        (Condition::Method(one), Condition::Method(other)) => {
            Condition::Method([&one[..], other].concat())
        }
        (
            Condition::Header { name, values },
            Condition::Header {
                name: same,
                values: other,
            },
        ) if name.eq_ignore_ascii_case(same) => Condition::Header {
            name: name.clone(),
            values: both(values, other)?,
        },
        (Condition::Query(one), Condition::Query(other)) => {
            Condition::Query([&one[..], other].concat())
        }
        (Condition::Source(one), Condition::Source(other)) => {
            Condition::Source([&one[..], other].concat())
        }
        _ => return None,
    })
}

/// Whether a condition holds wherever all of the given ones do.
fn follows(wanted: &Condition, given: &[Condition]) -> bool {
    holds_anyway(wanted) || given.iter().any(|given| implies(given, wanted))
}

/// Whether there is no request for which the condition does not hold: each has a path and a source.
fn holds_anyway(condition: &Condition) -> bool {
    match condition {
        Condition::Path(values) => Pattern::new("*", false).is_within(&plain(values, false)),
        Condition::Source(nets) => {
            let all = ["0.0.0.0/0", "::/0"].map(|net| net.parse().expect("it is a net"));
            are_nets_within(&all, nets)
        }
        _ => false,
    }
}

fn implies(given: &Condition, wanted: &Condition) -> bool {
    match (given, wanted) {
        (Condition::Host(given), Condition::Host(wanted)) => are_within(given, wanted, true),
        (Condition::Path(given), Condition::Path(wanted)) => are_within(given, wanted, false),
        (Condition::Method(given), Condition::Method(wanted)) => {
            given.iter().all(|method| wanted.contains(method))
        }
        (
            Condition::Header { name, values },
            Condition::Header {
                name: wanted_name,
                values: wanted,
            },
        ) => name.eq_ignore_ascii_case(wanted_name) && are_within(values, wanted, true),
        (Condition::Query(given), Condition::Query(wanted)) => {
            given.iter().all(|pair| is_pair_within(pair, wanted))
        }
        (Condition::Source(given), Condition::Source(wanted)) => are_nets_within(given, wanted),
        _ => false,
    }
}

/// Whether every address of the given nets is in one of those wanted, which may be halves of one.
fn are_nets_within(given: &[IpNet], wanted: &[IpNet]) -> bool {
    let wanted = IpNet::aggregate(&wanted.to_vec());
    given
        .iter()
        .all(|net| wanted.iter().any(|wanted| wanted.contains(net)))
}

/// The values that are patterns, be they written so or not.
fn plain(values: &Patterns, ignore_case: bool) -> Vec<Pattern> {
    one_by_one(values)
        .filter_map(|value| pattern(&value, ignore_case))
        .collect()
}

/// The only value of these as a pattern.
pub(crate) fn pattern(value: &Patterns, ignore_case: bool) -> Option<Pattern> {
    match value {
        Patterns::Wildcards(values) => Some(Pattern::new(values.first()?, ignore_case)),
        Patterns::Regexes(values) => Pattern::of_regex(values.first()?, ignore_case),
    }
}

fn are_within(given: &Patterns, wanted: &Patterns, ignore_case: bool) -> bool {
    let patterns = plain(wanted, ignore_case);
    // A value without case stands for several texts, which an expression may tell apart.
    let tells_case = |regex: &String| ignore_case && takes_flags_away(regex);
    let expressions = match wanted {
        Patterns::Regexes(all) if !all.iter().any(tells_case) => Some(wanted),
        _ => None,
    };
    one_by_one(given).all(|value| {
        let is_itself = matches!(
            (&value, wanted),
            (Patterns::Regexes(value), Patterns::Regexes(wanted)) if wanted.contains(&value[0])
        );
        let takes = |pattern: Pattern| {
            let takes_text = |text: String| {
                expressions.is_some_and(|wanted| wanted.match_any(&text, ignore_case))
            };
            pattern.is_within(&patterns) || pattern.text().is_some_and(takes_text)
        };
        is_itself || pattern(&value, ignore_case).is_some_and(takes)
    })
}

/// Whether an expression may take flags away, as `(?-i)` does.
fn takes_flags_away(regex: &str) -> bool {
    let is_flag = |character: char| character.is_ascii_alphabetic() || character == '-';
    let mut flags = regex.split("(?").skip(1);
    flags.any(|behind| {
        behind
            .chars()
            .take_while(|it| is_flag(*it))
            .any(|it| it == '-')
    })
}

/// Whether every pair that one pattern matches is matched by one of the others: by several together
/// where they differ in the value.
fn is_pair_within(given: &QueryPattern, wanted: &[QueryPattern]) -> bool {
    let read = |text: &str| Pattern::with_escapes(text, true);
    let is_key_within = |wanted: &&QueryPattern| match (&given.key, &wanted.key) {
        (_, None) => true,
        (None, Some(wanted)) => read(wanted).is_everything(),
        (Some(given), Some(wanted)) => read(given).is_within(&[read(wanted)]),
    };
    let wanted = wanted.iter().filter(is_key_within);
    let values: Vec<Pattern> = wanted.map(|wanted| read(&wanted.value)).collect();
    read(&given.value).is_within(&values)
}
