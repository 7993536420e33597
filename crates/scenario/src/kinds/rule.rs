//! Rules of a listener: conditions, and an action.

use std::sync::Arc;

use ipnet::IpNet;
use switchlab_l7::{Action, Condition, FixedResponse, QueryPattern, Redirect, Rule, Share};

use crate::read::{Located, Problems, Section, one_of};

const ACTIONS: [&str; 3] = ["forward", "fixed_response", "redirect"];

/// Reads a rule: `priority`, conditions, and an action.
pub(crate) fn rule(table: &mut Section<'_>, problems: &mut Problems) -> Option<Rule> {
    let priority = table.required::<u32>("priority", problems);
    let conditions = conditions(table, problems);
    let action = action(table, problems);
    Some(Rule {
        priority: priority?.value,
        conditions,
        action: action?,
    })
}

fn conditions(table: &mut Section<'_>, problems: &mut Problems) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let mut texts = |key| table.list::<String>(key, problems).map(plain);
    conditions.extend(texts("host").map(Condition::Host));
    conditions.extend(texts("path").map(Condition::Path));
    conditions.extend(texts("method").map(Condition::Method));
    for mut header in table.tables("header", problems) {
        let name = header.required::<String>("name", problems);
        header.require(
            "values",
            "a pattern for its value, or a list of them",
            problems,
        );
        let values = plain(
            header
                .list::<String>("values", problems)
                .unwrap_or_default(),
        );
        header.finish(problems);
        conditions.extend(name.map(|name| Condition::Header {
            name: name.value,
            values,
        }));
    }
    if table.has("query") {
        conditions.push(Condition::Query(query(table, problems)));
    }
    table.ignore("query");
    if let Some(nets) = table.list::<IpNet>("source", problems) {
        conditions.push(Condition::Source(plain(nets)));
    }
    conditions
}

/// `"key=value"`, `"value"`, or `{ key, value }`.
fn query(table: &mut Section<'_>, problems: &mut Problems) -> Vec<QueryPattern> {
    let mut patterns = Vec::new();
    for item in table.values_or_sections::<String>("query", problems) {
        match item {
            Ok(Located { value, .. }) => patterns.push(match value.split_once('=') {
                Some((key, value)) => QueryPattern {
                    key: Some(key.to_owned()),
                    value: value.to_owned(),
                },
                None => QueryPattern { key: None, value },
            }),
            Err(mut table) => {
                let key = table.value::<String>("key", problems).map(|key| key.value);
                let value = table.required::<String>("value", problems);
                table.finish(problems);
                patterns.extend(value.map(|value| QueryPattern {
                    key,
                    value: value.value,
                }));
            }
        }
    }
    patterns
}

/// Reads an action: one of `forward`, `fixed_response` and `redirect`.
pub(super) fn action(table: &mut Section<'_>, problems: &mut Problems) -> Option<Action> {
    let given: Vec<_> = ACTIONS.into_iter().filter(|key| table.has(key)).collect();
    if given.len() != 1 {
        problems.helped(
            &table.span,
            "one thing happens to a request",
            if given.is_empty() {
                "nothing happens"
            } else {
                "several things happen"
            },
            format!("write one of {}", one_of(ACTIONS)),
        );
    }
    let shares = forward(table, problems);
    let fixed = table.section("fixed_response", problems).map(|mut fixed| {
        let default = FixedResponse::default();
        let response = FixedResponse {
            status: fixed.or("status", default.status, problems),
            content_type: fixed.or("content_type", default.content_type, problems),
            body: fixed.or("body", default.body, problems),
        };
        fixed.finish(problems);
        response
    });
    let redirect = table.section("redirect", problems).map(|mut table| {
        let mut redirect = Redirect::default();
        redirect.status = table.or("status", redirect.status, problems);
        for (key, part) in [
            ("protocol", &mut redirect.protocol),
            ("host", &mut redirect.host),
            ("port", &mut redirect.port),
            ("path", &mut redirect.path),
            ("query", &mut redirect.query),
        ] {
            if let Some(text) = table.value::<String>(key, problems) {
                *part = text.value;
            }
        }
        table.finish(problems);
        redirect
    });
    match *given {
        ["forward"] => Some(Action::Forward(shares)),
        ["fixed_response"] => fixed.map(Action::FixedResponse),
        ["redirect"] => redirect.map(Action::Redirect),
        _ => None,
    }
}

/// The name of a group, or tables with a weight besides.
fn forward(table: &mut Section<'_>, problems: &mut Problems) -> Vec<Share> {
    let mut shares = Vec::new();
    for item in table.values_or_sections::<String>("forward", problems) {
        match item {
            Ok(Located { value, .. }) => shares.push(Share {
                group: value.into(),
                weight: 1,
            }),
            Err(mut table) => {
                let group = table.required::<String>("group", problems);
                let weight = table.or("weight", 1, problems);
                table.finish(problems);
                let group = group.map(|group| Arc::from(group.value));
                shares.extend(group.map(|group| Share { group, weight }));
            }
        }
    }
    shares
}

fn plain<T>(values: Vec<Located<T>>) -> Vec<T> {
    values.into_iter().map(|value| value.value).collect()
}
