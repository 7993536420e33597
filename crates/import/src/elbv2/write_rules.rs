//! The tables of a lab file for a listener and its rules.

use switchlab_l7::{
    Action, Condition, ListenerConfig, Patterns, Protocol, QueryPattern, Redirect, Rewrite, Rule,
    Share,
};
use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, Value, value};

use super::account::{Listening, Ruling};
use super::write::{comment, seconds};

/// The table of a listener with its rules.
pub(super) fn listener(listening: &Listening, config: &ListenerConfig) -> Table {
    let mut table = Table::new();
    comment(table.decor_mut(), [&*listening.resource]);
    table["port"] = value(i64::from(config.port));
    if config.protocol == Protocol::Https {
        table["protocol"] = value("HTTPS");
        table["certificates"] = value(config.certificates.iter().collect::<Array>());
    }
    let mut default = InlineTable::new();
    action(&config.default, &mut default);
    table["default"] = value(default);
    let responses = &config.responses;
    if !responses.server_header {
        table["server_header"] = value(false);
    }
    if !responses.headers.is_empty() {
        let mut headers = InlineTable::new();
        for (name, text) in &responses.headers {
            headers.insert(name, text.into());
        }
        table["response_headers"] = value(headers);
    }
    let mut rules = ArrayOfTables::new();
    for it in &config.rules {
        let is_it = |ruling: &&Ruling| ruling.priority() == Some(i64::from(it.priority));
        let resource = listening
            .rules
            .iter()
            .find(is_it)
            .map(|ruling| ruling.resource.as_str());
        let mut table = rule(it);
        comment(table.decor_mut(), resource);
        rules.push(table);
    }
    if !rules.is_empty() {
        table.insert("rule", Item::ArrayOfTables(rules));
    }
    table
}

/// The table of a rule.
fn rule(rule: &Rule) -> Table {
    let mut table = Table::new();
    table["priority"] = value(i64::from(rule.priority));
    let (mut headers, mut all_queries) = (Vec::new(), Vec::new());
    for condition in &rule.conditions {
        match condition {
            Condition::Host(patterns) => patterned("host", patterns, &mut table),
            Condition::Path(patterns) => patterned("path", patterns, &mut table),
            Condition::Method(methods) => table["method"] = value(texts(methods)),
            Condition::Header { name, values } => headers.push(header(name, values)),
            Condition::Query(pairs) => all_queries.push(pairs),
            Condition::Source(nets) => {
                let nets: Vec<String> = nets.iter().map(ToString::to_string).collect();
                table["source"] = value(texts(&nets));
            }
            other => unreachable!("import makes no condition {other:?}"),
        }
    }
    listed("header", headers, &mut table);
    queries(&all_queries, &mut table);
    for (key, rewrite) in [
        ("host_rewrite", &rule.transforms.host),
        ("url_rewrite", &rule.transforms.url),
    ] {
        if let Some(Rewrite { regex, replace }) = rewrite {
            let mut rewrite = InlineTable::new();
            rewrite.insert("regex", regex.into());
            rewrite.insert("replace", replace.into());
            table[key] = value(rewrite);
        }
    }
    let mut inline = InlineTable::new();
    action(&rule.action, &mut inline);
    for (key, item) in inline {
        table.insert(&key, Item::Value(item));
    }
    table
}

/// One as itself, several as a list, none not at all.
fn listed(key: &str, mut values: Vec<Value>, table: &mut Table) {
    match values.len() {
        0 => {}
        1 => table[key] = value(values.remove(0)),
        _ => table[key] = value(values.into_iter().collect::<Array>()),
    }
}

fn patterned(key: &str, patterns: &Patterns, table: &mut Table) {
    match patterns {
        Patterns::Wildcards(values) => table[key] = value(texts(values)),
        Patterns::Regexes(values) => table[&format!("{key}_regex")] = value(texts(values)),
    }
}

fn header(name: &str, values: &Patterns) -> Value {
    let mut table = InlineTable::new();
    table.insert("name", name.into());
    match values {
        Patterns::Wildcards(values) => table.insert("values", texts(values)),
        Patterns::Regexes(values) => table.insert("regex", texts(values)),
    };
    Value::InlineTable(table)
}

/// Pairs of which any is enough.
fn pairs(pairs: &[QueryPattern]) -> Vec<Value> {
    let pair = |QueryPattern { key, value }: &QueryPattern| {
        let mut table = InlineTable::new();
        if let Some(key) = key {
            table.insert("key", key.into());
        }
        table.insert("value", value.into());
        Value::InlineTable(table)
    };
    pairs.iter().map(pair).collect()
}

/// Query conditions: the pairs of one, or a table for each of several.
fn queries(all: &[&Vec<QueryPattern>], table: &mut Table) {
    match all {
        [] => {}
        [only] => listed("query", pairs(only), table),
        several => {
            let any = |condition: &&Vec<QueryPattern>| {
                let mut table = InlineTable::new();
                table.insert("any", Value::Array(pairs(condition).into_iter().collect()));
                Value::InlineTable(table)
            };
            table["query"] = value(several.iter().map(any).collect::<Array>());
        }
    }
}

/// The keys of an action.
fn action(action: &Action, table: &mut InlineTable) {
    match action {
        Action::Forward(forward) => {
            let shares = match &forward.shares[..] {
                [only] if only.weight.is_none() => Value::from(&*only.group),
                shares => {
                    let share = |share: &Share| {
                        let mut table = InlineTable::new();
                        table.insert("group", (&*share.group).into());
                        if let Some(weight) = share.weight {
                            table.insert("weight", i64::from(weight).into());
                        }
                        Value::InlineTable(table)
                    };
                    Value::Array(shares.iter().map(share).collect())
                }
            };
            table.insert("forward", shares);
            if let Some(span) = forward.stickiness {
                table.insert("stickiness", seconds(span.as_secs()).into());
            }
        }
        Action::FixedResponse(fixed) => {
            let mut response = InlineTable::new();
            response.insert("status", i64::from(fixed.status).into());
            response.insert("content_type", (&fixed.content_type).into());
            if !fixed.body.is_empty() {
                response.insert("body", (&fixed.body).into());
            }
            table.insert("fixed_response", response.into());
        }
        Action::Redirect(redirect) => {
            let default = Redirect::default();
            let mut target = InlineTable::new();
            target.insert("status", i64::from(redirect.status).into());
            for (key, part, default) in [
                ("protocol", &redirect.protocol, &default.protocol),
                ("host", &redirect.host, &default.host),
                ("port", &redirect.port, &default.port),
                ("path", &redirect.path, &default.path),
                ("query", &redirect.query, &default.query),
            ] {
                if part != default {
                    target.insert(key, part.into());
                }
            }
            table.insert("redirect", target.into());
        }
        other => unreachable!("import makes no action {other:?}"),
    }
}

/// One value as itself, several as a list.
fn texts<'a>(values: impl IntoIterator<Item = &'a String>) -> Value {
    let mut values: Vec<Value> = values.into_iter().map(Value::from).collect();
    match values.len() {
        1 => values.remove(0),
        _ => Value::Array(values.into_iter().collect()),
    }
}
