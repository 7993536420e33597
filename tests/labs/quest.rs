//! The quest's story, request by request.

use switchlab::core::{Instant, RequestError, TargetState};
use switchlab::scenario::{Report, Request};

use crate::{node_of, run};

pub(crate) const QUEST: &str = include_str!("../../examples/quest07.toml");

const STOPPED: Instant = Instant::from_secs(18);
const STARTED: Instant = Instant::from_secs(38);

/// When a server changed into this state, after `since`.
fn changed(report: &Report, to: TargetState, since: Instant) -> Instant {
    let changes = report.record.changes.iter();
    let (at, ..) = changes
        .filter(|(at, _, change)| *at > since && change.to == to)
        .find(|(_, _, change)| change.target.ip().to_string() == "10.0.1.12")
        .unwrap_or_else(|| panic!("web-b becomes {} after {since}", to.name()));
    *at
}

/// Who was asked between two moments, in order.
fn asked(report: &Report, from: Instant, until: Instant) -> Vec<(&str, &Request)> {
    let requests = report.record.requests.iter();
    requests
        .filter(|request| (from..until).contains(&request.sent))
        .map(|request| (node_of(report, request), request))
        .collect()
}

#[test]
fn two_answer_in_turn_one_is_stopped_the_other_takes_over_and_the_first_returns() {
    let report = run(QUEST);
    assert!(report.has_passed(), "the lab's own expectations hold");
    assert_eq!(report.record.requests.len(), 100, "every request is told");
    let noticed = changed(&report, TargetState::Unhealthy, STOPPED);
    let returned = changed(&report, TargetState::Healthy, STARTED);
    let two_checks = std::time::Duration::from_secs(10);
    assert!(
        noticed <= STOPPED + two_checks,
        "two failed checks are at most 10 s: {noticed}"
    );
    assert!(
        returned <= STARTED + two_checks,
        "and so are two good ones: {returned}"
    );

    #[rustfmt::skip]
    let acts = [
        // from      until         in turn  because
        (Instant::ZERO, STOPPED,      true,  "both are well"),
        (STOPPED,       noticed,      true,  "the balancer does not know yet, and asks both"),
        (noticed,       returned,     false, "only one is left"),
        (returned,      Instant::MAX, true,  "the other is back"),
    ];
    for (from, until, in_turn, because) in acts {
        let asked = asked(&report, from, until);
        assert!(asked.len() > 8, "from {from}: there is something to see");
        for pair in asked.windows(2) {
            let is_other = pair[0].0 != pair[1].0;
            assert_eq!(is_other, in_turn, "at {}: {because}", pair[1].1.sent);
        }
        for (node, request) in asked {
            let fails = node == "web-b" && request.sent >= STOPPED && request.sent < noticed;
            assert_eq!(
                request.has_failed(),
                fails,
                "at {}: {because}",
                request.sent
            );
            if fails {
                assert_eq!(request.status, Some(502), "its port refuses the balancer");
            }
        }
    }
}

#[test]
fn a_stopped_server_refuses_and_a_crashed_one_is_silent() {
    let crashed = QUEST
        .replace("stop = \"web-b\"", "crash = \"web-b\"")
        .replace("[[expect]]", "[[expect]]\n# as stopped\n");
    let statuses = |text: &str| {
        let report = run(text);
        let requests = report.record.requests.iter();
        let failed = requests.filter(|request| request.has_failed());
        let mut seen: Vec<_> = failed
            .map(|request| (request.status, request.error.map(RequestError::name)))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    };
    assert_eq!(
        statuses(QUEST),
        [(Some(502), None)],
        "RST in answer to the balancer's SYN"
    );
    let silent = statuses(&crashed);
    assert!(
        !silent.is_empty() && !silent.contains(&(Some(502), None)),
        "no RST comes from a machine switched off: {silent:?}"
    );
}
