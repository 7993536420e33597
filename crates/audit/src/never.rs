//! Conditions that no request can fulfil.
//!
//! What is claimed is so. A path begins with `/`, or is the `*` of OPTIONS, and holds no `?`; the pairs of a query
//! are what stands between its `&`, and their keys end before the first `=`.

use switchlab_l7::{Condition, Patterns, QueryPattern, Rule};

use crate::implication::{one_by_one, pattern};
use crate::language::Pattern;

/// Methods that are answered before any rule is asked (ALB guide: 405).
const NEVER_RULED: [&str; 2] = ["CONNECT", "TRACE"];

/// Why no request fulfils the conditions of a rule.
pub(crate) fn never_holds(rule: &Rule) -> Option<String> {
    rule.conditions.iter().find_map(|condition| {
        let (can_hold, why) = match condition {
            Condition::Path(values) => (
                one_by_one(values).any(|value| can_be_path(&value)),
                format!(
                    "a path begins with `/` and holds no `?`, and {condition} takes no such path"
                ),
            ),
            Condition::Query(pairs) => (
                pairs.iter().any(can_be_pair),
                format!(
                    "`&` ends a pair and `=` its key, so that no pair of a query is one of {condition}"
                ),
            ),
            Condition::Method(methods) => (
                methods.iter().any(|it| !NEVER_RULED.contains(&&**it)),
                format!("{condition} is answered before any rule is asked"),
            ),
            _ => return None,
        };
        (!can_hold).then_some(why)
    })
}

/// Whether this value takes a path that there is, as far as one can tell.
fn can_be_path(value: &Patterns) -> bool {
    match (pattern(value, false), value) {
        (Some(pattern), _) => pattern.can_begin_with(b"/*") && !pattern.needs(b'?'),
        (None, Patterns::Regexes(values)) => !values.iter().any(|it| needs_question_mark(it)),
        (None, Patterns::Wildcards(_)) => true,
    }
}

fn can_be_pair(QueryPattern { key, value }: &QueryPattern) -> bool {
    let read = |text: &str| Pattern::with_escapes(text, true);
    let key = key.as_deref().map(read);
    let is_no_key = key.is_some_and(|it| it.needs(b'=') || it.needs(b'&'));
    !is_no_key && !read(value).needs(b'&')
}

/// Whether an expression matches nothing without a `?`: without groups, branches and nested classes each `\?` and
/// `[?]` is needed that no repetition follows.
fn needs_question_mark(regex: &str) -> bool {
    let mut needs = false;
    let mut rest = regex;
    while let Some(first) = rest.chars().next() {
        let (is_mark, length) = match first {
            '|' | '(' => return false,
            '\\' => {
                let escaped = rest[1..].chars().next().map_or(0, char::len_utf8);
                (rest.starts_with("\\?"), 1 + escaped)
            }
            '[' => {
                let inside = rest[1..].find(']').unwrap_or(rest.len() - 1);
                let class = &rest[1..=inside];
                if class.trim_start_matches('^').is_empty() || class.contains(['[', '\\', '&']) {
                    return false;
                }
                (class == "?", inside + 2)
            }
            other => (false, other.len_utf8()),
        };
        rest = rest.get(length..).unwrap_or_default();
        needs |= is_mark && !rest.starts_with(['?', '*', '+', '{']);
    }
    needs
}
