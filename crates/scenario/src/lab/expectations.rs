//! `[[expect]]`: what should have come true by the end.

use std::collections::BTreeSet;
use std::time::Duration;

use switchlab_core::Instant;

use super::{Node, instead, no_such_node};
use crate::kinds::Machine;
use crate::read::{Located, Problems, Section};
use crate::{Expectation, Operator};

const FORM: &str = "write NODE.APP.COUNTER OP NUMBER, as in \"client.http_client.failed == 0\"";

/// Reads what is expected, in the order of the file.
pub(super) fn expectations(
    file: &mut Section<'_>,
    text: &str,
    nodes: &[Node],
    problems: &mut Problems,
) -> Vec<Expectation> {
    let mut expectations = Vec::new();
    for mut table in file.sections("expect", problems) {
        table.require(
            "that",
            "what should hold, as in \"client.http_client.failed == 0\"",
            problems,
        );
        let that = table.value::<String>("that", problems);
        let after = table.value::<Duration>("after", problems);
        let before = table.value::<Duration>("before", problems);
        let by = table.value::<String>("by", problems);
        let via = table.value::<String>("via", problems);
        let status = table.value::<u16>("status", problems);
        table.finish(problems);
        if let (Some(after), Some(before)) = (&after, &before)
            && after.value >= before.value
        {
            problems.helped(
                &before.span,
                "`before` is not later than `after`",
                "nothing is between",
                "requests count that were sent at `after` or later, and earlier than `before`",
            );
        }
        if let Some(status) = &status
            && !(100..=599).contains(&status.value)
        {
            problems.helped(
                &status.span,
                format!("{} is out of range", status.value),
                "nobody answers with it",
                "`status` is a status code from 100 to 599",
            );
        }
        if let Some(before) = before.as_ref().filter(|before| before.value.is_zero()) {
            problems.helped(
                &before.span,
                "nothing is sent before the run begins",
                "nothing is between",
                "requests count that were sent earlier than `before`",
            );
        }
        for named in by.iter().chain(&via) {
            if nodes.iter().all(|node| *node.name != *named.value) {
                let message = format!("there is no node {:?}", named.value);
                let help = no_such_node(&named.value, nodes);
                problems.helped(&named.span, message, "not in this lab", help);
            }
        }
        let Some(that) = that else { continue };
        let Some((path, operator, value)) = parse(&that, problems) else {
            continue;
        };
        let [node, app, counter] = path;
        if let Some(found) = app_of(&node, &app, &that, nodes, problems) {
            let known = || found.counters.iter().filter(|other| *other.app == *app);
            if known().all(|known| known.counter != counter) {
                let message = format!("{app:?} on {node:?} does not count {counter:?}");
                let known: Vec<&str> = known().map(|known| known.counter).collect();
                let help = instead(&counter, "it counts", known.into_iter());
                problems.helped(&that.span, message, "unknown counter", help);
            }
            if let Some(span) = by
                .as_ref()
                .or(via.as_ref())
                .map(|named| &named.span)
                .or(status.as_ref().map(|status| &status.span))
                && known().all(|known| known.counter != "ok")
            {
                problems.helped(
                    span,
                    format!("{app:?} on {node:?} asks for nothing by HTTP"),
                    "bounds requests",
                    "leave out `by`, `via` and `status`, or name a counter of an HTTP client",
                );
            }
            if let Some(bound) = after.as_ref().or(before.as_ref())
                && let Some(wrong) = not_by_time(&node, &app, &counter, found)
            {
                problems.helped(
                    &bound.span,
                    wrong,
                    "bounds the time of sending",
                    "leave out `after` and `before`, or name another counter of a client",
                );
            }
        }
        let line = text[..that.span.start].matches('\n').count() + 1;
        let instant = |span: Option<Located<Duration>>| span.map(|span| Instant::ZERO + span.value);
        expectations.push(Expectation {
            that: that.value,
            line,
            node: node.into(),
            app: app.into(),
            counter: counter.into(),
            operator,
            value,
            after: instant(after),
            before: instant(before),
            by: by.map(|by| by.value.into()),
            via: via.map(|via| via.value.into()),
            status: status.map(|status| status.value),
        });
    }
    expectations
}

/// Why a counter is not kept by the time of sending, if it is not.
fn not_by_time(node: &str, app: &str, counter: &str, machine: &Machine) -> Option<String> {
    match counter {
        _ if machine.clients.iter().all(|(client, _)| **client != *app) => {
            Some(format!("{app:?} on {node:?} sends nothing by itself"))
        }
        "unfinished" => Some(format!("{counter:?} is counted at the end only")),
        _ => None,
    }
}

/// Takes an expectation apart.
fn parse(that: &Located<String>, problems: &mut Problems) -> Option<([String; 3], Operator, u64)> {
    let text = that.value.as_str();
    let mut wrong = |message: &str, label: &str| {
        problems.helped(&that.span, message, label, FORM);
    };
    let Some(at) = text.find(['=', '!', '<', '>']) else {
        wrong("the expectation compares nothing", "no operator");
        return None;
    };
    let (path, rest) = text.split_at(at);
    let longest_first = |operator: &&Operator| std::cmp::Reverse(operator.symbol().len());
    let mut operators: Vec<_> = Operator::ALL.iter().collect();
    operators.sort_by_key(longest_first);
    let Some(operator) = operators
        .into_iter()
        .find(|operator| rest.starts_with(operator.symbol()))
    else {
        wrong(
            "the operators are ==, !=, <, <=, > and >=",
            "not an operator",
        );
        return None;
    };
    let Ok(value) = rest[operator.symbol().len()..].trim().parse() else {
        wrong("counters are compared with whole numbers", "not a number");
        return None;
    };
    let certain = match (operator, value) {
        (Operator::AtLeast, 0) => Some("holds"),
        (Operator::Less, 0) => Some("fails"),
        _ => None,
    };
    if let Some(certain) = certain {
        let message = format!("no counter is below 0, so this {certain} whatever happens");
        wrong(&message, "says nothing");
        return None;
    }
    let parts: Vec<String> = path.trim().split('.').map(str::to_owned).collect();
    let Ok(parts) = <[String; 3]>::try_from(parts) else {
        wrong("a counter has a name of three parts", "not three parts");
        return None;
    };
    Some((parts, *operator, value))
}

/// The machine on which an expectation's application runs; if there is none, it has been said.
fn app_of<'n>(
    node: &str,
    app: &str,
    that: &Located<String>,
    nodes: &'n [Node],
    problems: &mut Problems,
) -> Option<&'n Machine> {
    let Some(found) = nodes.iter().find(|other| *other.name == *node) else {
        let message = format!("there is no node {node:?}");
        problems.helped(
            &that.span,
            message,
            "not in this lab",
            no_such_node(node, nodes),
        );
        return None;
    };
    // What could not be read has been complained about already.
    let machine = found.machine.as_ref()?;
    let apps: BTreeSet<&str> = machine
        .counters
        .iter()
        .map(|counter| &*counter.app)
        .collect();
    if apps.contains(app) {
        return Some(machine);
    }
    let message = format!("nothing on {node:?} is called {app:?}");
    let help = if apps.is_empty() {
        "nothing runs there".to_owned()
    } else {
        instead(app, "there is", apps.iter().copied())
    };
    problems.helped(&that.span, message, "not on this node", help);
    None
}
