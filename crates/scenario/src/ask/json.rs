//! An answer as JSON: an interface, documented at [`RouteAnswer`].

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;
use switchlab_core::Step;
use switchlab_l7::{Mismatch, Taker};

use super::RouteAnswer;

#[derive(Serialize)]
pub(super) struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    verdict: &'static str,
    status: Option<u16>,
    location: Option<&'a str>,
    rule: Option<Rule>,
    target_group: Option<&'a str>,
    target: Option<SocketAddr>,
    desync: &'static str,
    reason: &'static str,
    close: bool,
    consumed: Option<usize>,
    forwarded: Option<String>,
    why: Vec<Reason<'a>>,
    host: Option<&'a str>,
    path: Option<&'a str>,
    passed_over: Vec<PassedOver<'a>>,
    candidates: Vec<Candidate<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Rule {
    Priority(u32),
    Default(&'static str),
}

#[derive(Serialize)]
struct Reason<'a> {
    stage: &'static str,
    asked: &'a str,
    found: &'a str,
    because: &'a str,
}

#[derive(Serialize)]
struct PassedOver<'a> {
    rule: u32,
    field: &'static str,
    wanted: &'a str,
    got: &'a str,
}

#[derive(Serialize)]
struct Candidate<'a> {
    target: SocketAddr,
    state: &'static str,
    reason: Option<&'a str>,
    eligible: bool,
    because: &'a str,
}

pub(super) fn of<'a>(answer: &'a RouteAnswer, id: Option<&'a RawValue>) -> Answer<'a> {
    let route = &answer.route;
    let reason = |step: &'a Step| Reason {
        stage: step.stage,
        asked: &step.asked,
        found: &step.found,
        because: &step.because,
    };
    let passed_over = |(rule, mismatch): &'a (u32, Mismatch)| PassedOver {
        rule: *rule,
        field: mismatch.field,
        wanted: &mismatch.wanted,
        got: &mismatch.got,
    };
    let candidate = |candidate: &'a switchlab_balance::Candidate| Candidate {
        target: candidate.address,
        state: candidate.state.name(),
        reason: Some(&*candidate.reason).filter(|reason| !reason.is_empty()),
        eligible: candidate.is_eligible,
        because: &candidate.because,
    };
    Answer {
        id,
        verdict: route.verdict.name(),
        status: route.status,
        location: route.location.as_deref(),
        rule: route.rule.map(|taker| match taker {
            Taker::Rule(priority) => Rule::Priority(priority),
            Taker::Default => Rule::Default("default"),
        }),
        target_group: route.target_group.as_deref(),
        target: route.target,
        desync: route.desync.class.name(),
        reason: route.desync.reason,
        close: route.close,
        consumed: route.consumed,
        forwarded: route
            .forwarded
            .as_ref()
            .map(|octets| STANDARD.encode(octets)),
        why: route.why.iter().map(reason).collect(),
        host: route.host.as_deref(),
        path: route.path.as_deref(),
        passed_over: route.passed_over.iter().map(passed_over).collect(),
        candidates: route.candidates.iter().map(candidate).collect(),
    }
}
