use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{AppCounter, Counters, Ping, RequestError};
use switchlab_sim::NodeOutcome;

use super::*;
use crate::record::Request;
use crate::{ClientName, Operator};

fn expectation(node: &str, app: &str, counter: &str) -> Expectation {
    Expectation {
        that: format!("{node}.{app}.{counter} == 1"),
        line: 1,
        node: node.into(),
        app: app.into(),
        counter: counter.into(),
        operator: Operator::Equal,
        value: 1,
        after: None,
        before: None,
        by: None,
        via: None,
        status: None,
    }
}

/// Six requests of `a.web`, one each second: two good ones, a 502, a refusal, a good one, an unfinished one;
/// and two pings of `a.ping`, the second lost.
fn record() -> Record {
    let client = |app: &str| ClientName {
        node: "a".into(),
        app: app.into(),
        shown: format!("a.{app}").into(),
    };
    let fates = [
        (Some(200), None),
        (Some(200), None),
        (Some(502), None),
        (None, Some(RequestError::Refused)),
        (Some(200), None),
        (None, Some(RequestError::Unfinished)),
    ];
    let requests = fates.into_iter().zip(0..).map(|((status, error), number)| {
        let sent = Instant::from_secs(number);
        Request {
            client: 0,
            target: None,
            server: Some(0),
            number,
            sent,
            done: (error != Some(RequestError::Unfinished)).then_some(sent),
            url: "http://10.0.0.1/".into(),
            status,
            error,
        }
    });
    let ping = |number, round_trip| {
        let (app, target) = (Arc::from("ping"), "10.0.0.1".parse().expect("an address"));
        let sent = Instant::from_secs(number);
        (
            1,
            Ping {
                app,
                number,
                target,
                sent,
                round_trip,
            },
        )
    };
    Record {
        clients: vec![client("web"), client("ping")],
        servers: vec![SocketAddr::from(([10, 0, 0, 1], 80))],
        requests: requests.collect(),
        pings: vec![ping(0, Some(Duration::from_millis(1))), ping(1, None)],
        ..Record::default()
    }
}

/// The node `b` counted `server.served` 7 and is still there; there is no node `c`.
fn outcome() -> Outcome {
    let mut counters = Counters::new(1);
    let served = AppCounter::total(&"server".into(), "served", 7);
    counters.apps.push(served);
    Outcome {
        end: Instant::from_secs(10),
        events: 0,
        nodes: vec![NodeOutcome {
            name: "b".to_owned(),
            is_on: true,
            counters,
        }],
        lanes: Vec::new(),
        failures: Vec::new(),
    }
}

#[test]
fn counters_are_looked_for_where_they_are_known() {
    #[rustfmt::skip]
    let rows = [
        // node, app, counter         from     before   saw       because
        ("a", "web",    "sent",       None,    None,    Some(6),  "all that were begun"),
        ("a", "web",    "done",       None,    None,    Some(5),  "all that came to an end"),
        ("a", "web",    "ok",         None,    None,    Some(3),  "whole answers that say yes"),
        ("a", "web",    "failed",     None,    None,    Some(2),  "an end, but no good one"),
        ("a", "web",    "unfinished", None,    None,    Some(1),  "the run was over first"),
        ("a", "web",    "unfinished", None,    Some(5), Some(0),  "by the time of sending"),
        ("a", "web",    "failed",     Some(3), None,    Some(1),  "the instant itself counts"),
        ("a", "web",    "failed",     None,    Some(3), Some(1),  "here it does not"),
        ("a", "web",    "sent",       Some(1), Some(3), Some(2),  "from 1 s before 3 s"),
        ("a", "web",    "sent",       Some(9), None,    Some(0),  "nothing was sent then"),
        ("a", "ping",   "answered",   None,    None,    Some(1),  "pings too"),
        ("a", "ping",   "lost",       None,    None,    Some(1),  "pings too"),
        ("a", "ping",   "lost",       None,    Some(1), Some(0),  "by the time of sending"),
        ("b", "server", "served",     None,    None,    Some(7),  "what a device counts"),
        ("b", "server", "served",     Some(1), None,    None,     "without times"),
        ("b", "server", "refused",    None,    None,    None,     "it does not count that"),
        ("c", "server", "served",     None,    None,    None,     "no such node"),
    ];
    let (record, outcome) = (record(), outcome());
    for (node, app, counter, after, before, saw, because) in rows {
        let expectation = Expectation {
            after: after.map(Instant::from_secs),
            before: before.map(Instant::from_secs),
            ..expectation(node, app, counter)
        };
        let judged = Judged::new(expectation, &Directory::default(), &record, &outcome);
        assert_eq!(judged.saw, saw, "{node}.{app}.{counter}: {because}");
        assert_eq!(
            judged.held(),
            saw == Some(1),
            "{node}.{app}.{counter}: {because}"
        );
    }
}

#[test]
fn requests_are_told_apart_by_who_answered_and_how() {
    let (mut record, outcome) = (record(), outcome());
    record.targets = vec!["10.0.0.1:80", "10.0.0.2:80"]
        .into_iter()
        .map(|target| target.parse().expect("an address"))
        .collect();
    // The first two by b, the 502 for want of c, the refusal by nobody, the good one by c.
    for (request, target) in record.requests.iter_mut().zip([0, 0, 1, 9, 1, 9]) {
        request.target = (target < 2).then_some(target);
    }
    let mut directory = Directory {
        nodes: ["a", "b", "c"].map(Arc::from).into(),
        ..Directory::default()
    };
    for (address, node) in [("10.0.0.1", 1), ("10.0.0.2", 2)] {
        let address = address.parse().expect("an address");
        directory
            .owners
            .insert(address, switchlab_core::NodeId::new(node));
    }
    #[rustfmt::skip]
    let rows = [
        // counter   by         status     saw      because
        ("ok",       Some("b"), None,      Some(2), "it answered two"),
        ("ok",       Some("c"), None,      Some(1), "and the other one"),
        ("failed",   Some("c"), None,      Some(1), "the balancer asked it last"),
        ("failed",   None,      Some(502), Some(1), "a refused connection has no status"),
        ("sent",     None,      Some(200), Some(3), "by whomever"),
        ("sent",     Some("b"), Some(502), Some(0), "both bounds hold together"),
        ("answered", Some("b"), None,      Some(0), "there are no pings of this client"),
    ];
    for (counter, by, status, saw, because) in rows {
        let expectation = Expectation {
            by: by.map(Arc::from),
            status,
            ..expectation("a", "web", counter)
        };
        let judged = Judged::new(expectation, &directory, &record, &outcome);
        assert_eq!(judged.saw, saw, "{counter}: {because}");
    }
    let served = Expectation {
        by: Some("b".into()),
        ..expectation("b", "server", "served")
    };
    let judged = Judged::new(served, &directory, &record, &outcome);
    assert_eq!(judged.saw, None, "devices do not tell it");
}

#[test]
fn bounds_read_as_a_sentence() {
    let judged = |after: Option<u64>, before: Option<u64>| Judged {
        expectation: Expectation {
            after: after.map(Instant::from_secs),
            before: before.map(Instant::from_secs),
            ..expectation("a", "web", "sent")
        },
        saw: None,
    };
    assert_eq!(judged(None, None).bounds(), "");
    assert_eq!(
        judged(Some(18), Some(28)).bounds(),
        "sent from 18 s before 28 s"
    );
    let mut judged = judged(Some(18), None);
    judged.expectation.by = Some("web-b".into());
    judged.expectation.status = Some(502);
    assert_eq!(judged.bounds(), "sent from 18 s, by web-b, with 502");
}
