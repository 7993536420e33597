//! An answer as a page for a person: what happens, and every reason.

use switchlab_core::Step;
use switchlab_http::DesyncClass;
use switchlab_l7::{Route, Taker, Verdict};

use super::RouteAnswer;

pub(super) fn render(answer: &RouteAnswer) -> String {
    let RouteAnswer {
        listener,
        from,
        is_secure,
        route,
    } = answer;
    let mut page = format!("{listener}, asked from {from}: {}\n", outcome(route));
    if *is_secure {
        page += "note: the listener is HTTPS; in the lab its octets are plain HTTP\n";
    }
    for step in route.why.iter().filter(|step| step.stage == "l7.listener") {
        page += &format!("note: {}\n", step.because);
    }
    // A request that is not whole looks worse than it may turn out to be.
    if route.verdict != Verdict::Incomplete && route.desync.class != DesyncClass::Compliant {
        let close = match route.close {
            true => "; client and target are disconnected after it",
            false => "",
        };
        let (class, reason) = (route.desync.class.name(), route.desync.reason);
        page += &format!("The request is {class} ({reason}){close}.\n");
    }
    rules(route, &mut page);
    target(route, &mut page);
    if let Some(octets) = &route.forwarded {
        page += "\nThe target gets\n";
        for line in String::from_utf8_lossy(octets).lines() {
            page += format!("  | {}", shown(line)).trim_end();
            page += "\n";
        }
    } else if let Some(path) = &route.path {
        let host = route.host.as_ref();
        let at = host.map_or(String::new(), |host| format!(" at {host}"));
        let wish = shown(&format!("{path}{at}"));
        page += &format!("\nA target would be asked for {wish}\n");
    }
    page
}

/// What happens, in one line.
fn outcome(route: &Route) -> String {
    let by = match route.rule {
        Some(Taker::Rule(priority)) => format!(" by rule {priority}"),
        Some(Taker::Default) => " by the default action".to_owned(),
        None => String::new(),
    };
    let status = route
        .status
        .map_or(String::new(), |status| status.to_string());
    match (route.verdict, route.target) {
        (Verdict::Forward, Some(target)) => {
            let group = route.target_group.as_deref().unwrap_or_default();
            format!("forwarded to {target} of {group}{by}")
        }
        (Verdict::Forward, None) => format!("to be forwarded{by}, but answered {status}"),
        (Verdict::Redirect, _) => {
            let location = route
                .location
                .as_deref()
                .unwrap_or("a URL too long to be sent");
            format!("redirected with {status}{by} to {location}")
        }
        (Verdict::FixedResponse, _) => format!("answered {status}{by}"),
        (Verdict::Reject, _) => format!("rejected with {status}"),
        (Verdict::Incomplete, _) => "incomplete: more is needed to tell".to_owned(),
    }
}

/// The rules that were asked, and what they said.
fn rules(route: &Route, page: &mut String) {
    let steps = |stage| {
        route
            .why
            .iter()
            .filter(move |step: &&Step| step.stage == stage)
    };
    if route.rule.is_some() {
        *page +=
            "\nRules, lowest number first: the first whose conditions all hold takes the request\n";
    }
    for (rule, mismatch) in &route.passed_over {
        *page += &format!(
            "  {rule:>7}  no: {} should be {}, and is {}\n",
            mismatch.field, mismatch.wanted, mismatch.got
        );
    }
    // The last one told of is the one that took it.
    let taken = route
        .rule
        .and_then(|taker| Some((taker, steps("l7.rule").next_back()?)));
    match taken {
        Some((Taker::Rule(rule), step)) => {
            let what = step.found.strip_prefix("yes: ").unwrap_or(&step.found);
            let what = what.split_once(": ").map_or(what, |(_, what)| what);
            *page += &format!("  {rule:>7}  yes: {what}\n");
        }
        Some((Taker::Default, step)) => {
            let what = step.found.strip_prefix("the default action: ");
            *page += &format!("  default  {}\n", what.unwrap_or(&step.found));
        }
        None => {}
    }
    for step in steps("l7.intake").chain(steps("l7.answer")) {
        *page += &format!("\n{}\n", step.because);
    }
}

/// The group, its targets, and who was chosen.
fn target(route: &Route, page: &mut String) {
    let step = |stage: &str| route.why.iter().find(|step| step.stage == stage);
    if let Some(step) = step("l7.group") {
        *page += &format!("\nTarget group {}: {}\n", step.found, step.because);
    }
    for candidate in &route.candidates {
        let mark = match candidate.is_eligible {
            _ if route.target == Some(candidate.address) => "->",
            true => "  ",
            false => " x",
        };
        let reason = match &*candidate.reason {
            "" => String::new(),
            reason => format!(" ({reason})"),
        };
        *page += &format!(
            "  {mark} {}  {}{reason}: {}\n",
            candidate.address,
            candidate.state.name(),
            candidate.because
        );
    }
    if let (Some(step), Some(_)) = (step("l7.target"), route.target) {
        *page += &format!("  {}\n", step.because);
    }
}

/// A text as it may be shown on a terminal.
fn shown(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}
