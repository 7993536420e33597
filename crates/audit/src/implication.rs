//! Whether a request that one rule would take is always one that another rule takes.
//!
//! What is claimed is so; what is not claimed may be so all the same: regular expressions imply nothing
//! but themselves.

use ipnet::IpNet;
use switchlab_l7::{Condition, Patterns, QueryPattern, Rule};

use crate::language::Pattern;

/// Whether every request that fulfils the conditions of `later` fulfils those of `earlier`.
pub(crate) fn is_covered(later: &Rule, earlier: &Rule) -> bool {
    let given = &later.conditions;
    earlier
        .conditions
        .iter()
        .all(|wanted| follows(wanted, given))
}

/// Whether a rule takes all requests, or all that name a path as requests do.
pub(crate) fn is_catch_all(rule: &Rule) -> bool {
    let holds_always = |condition: &Condition| match condition {
        Condition::Path(Patterns::Wildcards(values)) => values
            .iter()
            .any(|value| matches!(value.as_str(), "*" | "/*")),
        condition => follows(condition, &[]),
    };
    rule.conditions.iter().all(holds_always)
}

/// Whether a condition holds wherever all of the given ones do.
fn follows(wanted: &Condition, given: &[Condition]) -> bool {
    holds_anyway(wanted) || given.iter().any(|given| implies(given, wanted))
}

/// Whether there is no request for which the condition does not hold: each has a path and a source.
fn holds_anyway(condition: &Condition) -> bool {
    match condition {
        Condition::Path(Patterns::Wildcards(values)) => values
            .iter()
            .any(|value| Pattern::new(value, false).is_everything()),
        Condition::Source(nets) => {
            let has_all = |is_kind: fn(&IpNet) -> bool| {
                nets.iter().any(|net| is_kind(net) && net.prefix_len() == 0)
            };
            has_all(|net| matches!(net, IpNet::V4(_))) && has_all(|net| matches!(net, IpNet::V6(_)))
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
        (Condition::Query(given), Condition::Query(wanted)) => given
            .iter()
            .all(|pair| wanted.iter().any(|wanted| is_pair_within(pair, wanted))),
        (Condition::Source(given), Condition::Source(wanted)) => given
            .iter()
            .all(|net| wanted.iter().any(|wanted| wanted.contains(net))),
        _ => false,
    }
}

fn are_within(given: &Patterns, wanted: &Patterns, ignore_case: bool) -> bool {
    match (given, wanted) {
        (Patterns::Wildcards(given), Patterns::Wildcards(wanted)) => {
            let read = |text: &String| Pattern::new(text, ignore_case);
            let wanted: Vec<Pattern> = wanted.iter().map(read).collect();
            given
                .iter()
                .map(read)
                .all(|pattern| pattern.is_within(&wanted))
        }
        (Patterns::Regexes(given), Patterns::Regexes(wanted)) => {
            given.iter().all(|regex| wanted.contains(regex))
        }
        _ => false,
    }
}

/// Whether every pair that one pattern matches is matched by the other.
fn is_pair_within(given: &QueryPattern, wanted: &QueryPattern) -> bool {
    let read = |text: &str| Pattern::with_escapes(text, true);
    let is_key_within = match (&given.key, &wanted.key) {
        (_, None) => true,
        (None, Some(wanted)) => read(wanted).is_everything(),
        (Some(given), Some(wanted)) => read(given).is_within(&[read(wanted)]),
    };
    is_key_within && read(&given.value).is_within(&[read(&wanted.value)])
}
