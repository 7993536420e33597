//! Rules of a listener: conditions, and an action.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use switchlab_l7::{
    Action, Condition, FixedResponse, Forward, Patterns, QueryPattern, Redirect, Rewrite, Rule,
    Share, Transforms,
};

use crate::read::{Located, Problems, Section, one_of};

const ACTIONS: [&str; 3] = ["forward", "fixed_response", "redirect"];
/// What ELB can do besides, and what it would need.
const LEFT_OUT: [(&str, &str); 3] = [
    ("authenticate_cognito", "a user pool"),
    ("authenticate_oidc", "an identity provider"),
    ("jwt_validation", "the keys of an issuer"),
];

/// Reads a rule: `priority`, conditions, and an action.
pub(crate) fn rule(table: &mut Section<'_>, problems: &mut Problems) -> Option<Rule> {
    let priority = table.required::<u32>("priority", problems);
    let conditions = conditions(table, problems);
    let transforms = Transforms {
        host: rewrite(table, "host_rewrite", problems),
        url: rewrite(table, "url_rewrite", problems),
    };
    let action = action(table, problems);
    Some(Rule {
        priority: priority?.value,
        conditions: conditions?,
        transforms,
        action: action?,
    })
}

/// `{ regex, replace }`.
fn rewrite(table: &mut Section<'_>, key: &'static str, problems: &mut Problems) -> Option<Rewrite> {
    let mut rewrite = table.section(key, problems)?;
    let regex = rewrite.required::<String>("regex", problems);
    let replace = rewrite.required::<String>("replace", problems);
    rewrite.finish(problems);
    Some(Rewrite {
        regex: regex?.value,
        replace: replace?.value,
    })
}

/// The conditions; `None` if one cannot be read.
fn conditions(table: &mut Section<'_>, problems: &mut Problems) -> Option<Vec<Condition>> {
    let mut conditions = Vec::new();
    let before = problems.len();
    let mut texts = |key| table.list::<String>(key, problems).map(plain);
    let mut patterns = |wildcards, regexes| {
        let wildcards = texts(wildcards).map(Patterns::Wildcards);
        wildcards
            .into_iter()
            .chain(texts(regexes).map(Patterns::Regexes))
    };
    conditions.extend(patterns("host", "host_regex").map(Condition::Host));
    conditions.extend(patterns("path", "path_regex").map(Condition::Path));
    conditions.extend(texts("method").map(Condition::Method));
    for mut header in table.tables("header", problems) {
        if !["name", "values", "regex"]
            .iter()
            .any(|key| header.has(key))
        {
            problems.helped(
                &header.span,
                "this does not say which header field is meant",
                "no `name`",
                "a condition is `header = { name = \"X-Version\", values = [\"2\"] }`, or with `regex`",
            );
            continue;
        }
        let name = header.required::<String>("name", problems);
        let values = header.list::<String>("values", problems).map(plain);
        let regexes = header.list::<String>("regex", problems).map(plain);
        let values = match (values, regexes) {
            (Some(values), None) => Patterns::Wildcards(values),
            (None, Some(regexes)) => Patterns::Regexes(regexes),
            (values, _) => {
                problems.helped(
                    &header.span,
                    "a value is described one way or the other",
                    if values.is_some() { "both" } else { "neither" },
                    "write `values`, patterns with `*` and `?`, or `regex`, regular expressions",
                );
                Patterns::Wildcards(Vec::new())
            }
        };
        header.finish(problems);
        conditions.extend(name.map(|name| Condition::Header {
            name: name.value,
            values,
        }));
    }
    conditions.extend(queries(table, problems).map(Condition::Query));
    if let Some(nets) = table.list::<IpNet>("source", problems) {
        conditions.push(Condition::Source(plain(nets)));
    }
    (problems.len() == before).then_some(conditions)
}

/// The conditions of `query`: one of all patterns in the list, and one of each `{ any = … }` there.
fn queries(
    table: &mut Section<'_>,
    problems: &mut Problems,
) -> impl Iterator<Item = Vec<QueryPattern>> + use<> {
    let (mut together, mut apart) = (Vec::new(), Vec::new());
    let is_there = table.has("query");
    for item in table.values_or_sections::<String>("query", problems) {
        match item {
            Err(mut all) if all.has("any") => {
                let items = all.values_or_sections::<String>("any", problems);
                let patterns = items.into_iter().filter_map(|it| query(it, problems));
                apart.push(patterns.collect());
                all.finish(problems);
            }
            item => together.extend(query(item, problems)),
        }
    }
    let together = (is_there && (apart.is_empty() || !together.is_empty())).then_some(together);
    together.into_iter().chain(apart)
}

/// `"key=value"`, `"value"`, or `{ key, value }`.
fn query(
    item: Result<Located<String>, Section<'_>>,
    problems: &mut Problems,
) -> Option<QueryPattern> {
    match item {
        Ok(Located { value, .. }) => Some(match value.split_once('=') {
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
            let value = value?.value;
            Some(QueryPattern { key, value })
        }
    }
}

/// Reads an action: one of `forward`, `fixed_response` and `redirect`.
pub(super) fn action(table: &mut Section<'_>, problems: &mut Problems) -> Option<Action> {
    for (key, need) in LEFT_OUT {
        if table.has(key) {
            table.ignore(key);
            problems.helped(
                &table.place(key),
                format!("`{key}` is left out of the lab: it would need {need}"),
                "not done here",
                "write what happens to those who are let in",
            );
        }
    }
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
    let stickiness = table.value::<Duration>("stickiness", problems);
    if let Some(stickiness) = &stickiness
        && !table.has("forward")
    {
        problems.helped(
            &stickiness.span,
            "only what is forwarded can be sticky",
            "nothing is forwarded",
            "`stickiness` stands beside `forward`",
        );
    }
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
        ["forward"] => Some(Action::Forward(Forward {
            shares,
            stickiness: stickiness.map(|span| span.value),
        })),
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
                weight: None,
            }),
            Err(mut table) => {
                let group = table.required::<String>("group", problems);
                let weight = table.value("weight", problems).map(|weight| weight.value);
                table.finish(problems);
                let group = group.map(|group| Arc::from(group.value));
                shares.extend(group.map(|group| Share { group, weight }));
            }
        }
    }
    shares
}

pub(super) fn plain<T>(values: Vec<Located<T>>) -> Vec<T> {
    values.into_iter().map(|value| value.value).collect()
}
