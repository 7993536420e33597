//! The labs of the application load balancer, each a lesson: who answers whom, act by act.

use std::time::Duration;

use switchlab::core::Instant;
use switchlab::scenario::{Report, Request};

use crate::{node_of, run};

/// A client from one moment on (in milliseconds) until another; who answers in turn, one of several if
/// they stand with `|` between them; why.
type Act = (&'static str, u64, u64, &'static str, &'static str);

/// Who answered, with the port unless it is 80 and the status unless it is 200; `-` of answers that nobody but the
/// balancer gave.
fn mark(report: &Report, request: &Request) -> String {
    let mut mark = node_of(report, request).to_owned();
    if let Some(target) = report
        .record
        .target(request)
        .filter(|target| target.port() != 80)
    {
        mark += &format!(":{}", target.port());
    }
    match request.status {
        Some(200) => mark,
        Some(status) => format!("{mark}/{status}"),
        None => format!("{mark}/lost"),
    }
}

/// What a client has sent between two moments.
fn sent<'a>(
    report: &'a Report,
    client: &'a str,
    from: u64,
    until: u64,
) -> impl Iterator<Item = &'a Request> {
    let moments = Instant::from_millis(from)..Instant::from_millis(until);
    let requests = report.record.requests.iter();
    requests.filter(move |request| {
        *report.record.client(request).shown == *client && moments.contains(&request.sent)
    })
}

/// Runs a lab, whose own expectations must hold, and compares it act by act; no request is left out.
fn play(lab: &str, acts: &[Act]) -> Report {
    let report = run(lab);
    assert!(report.has_passed(), "the lab's own expectations hold");
    let mut seen = 0;
    for (client, from, until, turns, because) in acts {
        let marks: Vec<String> = sent(&report, client, *from, *until)
            .map(|request| mark(&report, request))
            .collect();
        assert!(
            !marks.is_empty(),
            "{client} asks from {from} ms to {until} ms"
        );
        let expected: Vec<&str> = turns.split(' ').cycle().take(marks.len()).collect();
        let is_so = |(mark, turn): (&String, &&str)| turn.split('|').any(|one| one == mark);
        assert!(
            marks.iter().zip(&expected).all(is_so),
            "{client} from {from} ms to {until} ms: {because}: {marks:?} instead of {turns}"
        );
        seen += marks.len();
    }
    assert_eq!(
        seen,
        report.record.requests.len(),
        "every request belongs to an act"
    );
    report
}

const END: u64 = 1_000_000;

#[test]
fn rules() {
    #[rustfmt::skip]
    let acts = [
        ("by-path.api",       0, END, "web:81",  "paths below /api"),
        ("by-path.others",    0, END, "web",     "paths are told apart by case, and /api/* is not /api"),
        ("by-host.images",    0, END, "web:82",  "hosts are not told apart by case"),
        ("by-host.seoul",     0, END, "web:83",  "two conditions of one rule, both hold"),
        ("tester",            0, END, "web:84",  "a field and an address"),
        ("stranger",          0, END, "web",     "the field alone is not enough"),
        ("by-method.deletes", 0, END, "-/405"  , "a fixed response comes first"),
        ("by-method.moved",   0, END, "-/301"  , "a redirect asks nobody"),
    ];
    play(include_str!("../../examples/rules.toml"), &acts);
}

#[test]
fn canary() {
    #[rustfmt::skip]
    let acts = [
        ("client", 0,      60_000, "old old old old old broken/500 old old old old", "a tenth sees the new version, which is broken"),
        ("client", 60_000, 90_000, "old",                                            "its weight is 0, whoever is registered there"),
        ("client", 90_000, END,    "old mended",                                     "mended, it takes half"),
    ];
    play(include_str!("../../examples/canary.toml"), &acts);
}

#[test]
fn sticky_ways() {
    #[rustfmt::skip]
    let acts = [
        ("often.lb-cookie",   0, END, "a",             "each request begins the five seconds anew"),
        ("often.app-cookie",  0, END, "a",             "likewise"),
        ("often.source",      0, END, "a",             "likewise, without a cookie"),
        ("often.group",       0, END, "a|b",           "bound to the old group, not to one of its servers"),
        ("seldom.lb-cookie",  0, END, "b a",           "8 s later nothing binds"),
        ("seldom.app-cookie", 0, END, "b a",           "likewise"),
        ("seldom.source",     0, END, "b a",           "likewise"),
        ("seldom.group",      0, END, "new a|b",         "a group is chosen for each request"),
    ];
    play(include_str!("../../examples/sticky_ways.toml"), &acts);
}

#[test]
fn draining() {
    #[rustfmt::skip]
    let acts = [
        ("patient", 0,      10_000, "web-a web-b",     "what was sent before 10 s ends well, 4 s later"),
        ("patient", 10_000, 42_000, "web-a",           "web-b drains for 30 s, and is registered again at 42 s"),
        ("patient", 42_000, END,    "web-a web-b",     "healthy after a single good check"),
        ("hasty",   0,      8_000,  "web-a web-b",     "answered before 12 s"),
        ("hasty",   8_000,  10_000, "web-a web-b/502", "after 2 s what is under way is cut"),
        ("hasty",   10_000, 20_000, "web-a",           "nothing new goes there"),
        ("hasty",   20_000, END,    "web-a web-b",     "the delay was over, so it may come back"),
    ];
    play(include_str!("../../examples/draining.toml"), &acts);
}

#[test]
fn fail_open() {
    #[rustfmt::skip]
    let acts = [
        ("misjudged", 0,      END,    "c",           "nobody is healthy, so all take part; this one is well"),
        ("nobody",    0,      END,    "-/503",       "nobody is registered, so nobody can take part"),
        ("web",       0,      10_200, "a b",         "both are well"),
        ("web",       10_200, 20_001, "b/502 a",     "b is down, and two checks have not failed yet"),
        ("web",       20_001, 30_200, "a",           "now it is known"),
        ("web",       30_200, 40_000, "a/502",       "a is down too, and the only one that counts as healthy"),
        ("web",       40_000, 50_200, "b/502 a/502", "nobody is healthy: all take part, 502 and not 503"),
        ("web",       50_200, 60_001, "a b/502",     "a is back: half is well before any check says so"),
        ("web",       60_001, END,    "a",           "a is healthy, and b is left out"),
        ("cautious",  0,      10_200, "a b",         "both are well"),
        ("cautious",  10_200, 30_200, "b/502 a",     "one healthy target is too few: b goes on taking part"),
        ("cautious",  30_200, 50_200, "b/502 a/502", "both are down"),
        ("cautious",  50_200, END,    "b/502 a",     "one is too few again"),
    ];
    play(include_str!("../../examples/fail_open.toml"), &acts);
}

/// At its age t a server in slow start has the weight t / 30 s, one part in the number of targets at
/// least, beside three of weight 1.
#[test]
fn slow_start() {
    let report = run(include_str!("../../examples/slow_start.toml"));
    assert!(report.has_passed(), "the lab's own expectations hold");
    let new = |client: &str, from: u64, until: u64| {
        let requests = sent(&report, client, from, until);
        requests
            .filter(|request| node_of(&report, request) == "new")
            .count() as f64
    };
    for from in (10_000..50_000).step_by(2_500) {
        let share = |millis: u64| {
            let weight = ((millis - 10_000) as f64 / 30_000.0).clamp(0.25, 1.0);
            weight / (3.0 + weight)
        };
        let expected: f64 = (from..from + 2_500).step_by(50).map(share).sum();
        let got = new("gently", from, from + 2_500);
        assert!(
            (got - expected).abs() <= 1.0,
            "from {from} ms: {got} instead of {expected:.1}"
        );
        let at_once = new("at-once", from, from + 2_500);
        assert!(
            (at_once - 12.5).abs() <= 1.0,
            "a quarter of 50 at once: {at_once}"
        );
    }
}

/// What befalls a client in one act: how often which status.
fn statuses(report: &Report, client: &str, from: u64, until: u64) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for request in sent(report, client, from, until).filter(|request| request.has_failed()) {
        *counts.entry(request.status).or_insert(0) += 1;
    }
    let counts = counts.into_iter();
    let told: Vec<String> = counts
        .map(|(status, count)| format!("{count} x {}", status.unwrap_or(0)))
        .collect();
    told.join(", ")
}

/// How long nothing but failures was seen, at most.
fn outage(report: &Report, client: &str) -> Duration {
    let mut longest = Duration::ZERO;
    let mut since = None;
    for request in sent(report, client, 0, END) {
        match request.has_failed() {
            true => {
                let since = *since.get_or_insert(request.sent);
                longest = longest.max(request.sent.since(since) + Duration::from_millis(500));
            }
            false => since = None,
        }
    }
    longest
}

#[test]
fn outage_under_each_preset() {
    let report = run(include_str!("../../examples/outage.toml"));
    assert!(report.has_passed(), "the lab's own expectations hold");
    #[rustfmt::skip]
    let rows = [
        // product    b is down   both are down          both are back  retries outage, s  because
        ("alb",     ["10 x 502", "40 x 502",             ""],           0,      20, "who meets a dead server is told; nobody healthy: all are tried"),
        ("clb",     ["10 x 502", "19 x 502, 21 x 503",   "20 x 503"],   0,      30, "nobody healthy: nobody is tried, until checks are good again"),
        ("haproxy", ["10 x 503", "40 x 503",             "20 x 503"],   87,     30, "29 refused connections are tried three times more; then as above"),
        ("nginx",   ["",         "40 x 502",             ""],           40,     20, "the other server is asked, so one death is seen by nobody"),
        ("envoy",   ["10 x 503", "40 x 503",             ""],           0,      20, "its word for a refused connection; half healthy is no panic, none is"),
    ];
    for (product, acts, retries, seconds, because) in rows {
        let client = format!("to-{product}");
        let seen = [(0, 30_200), (30_200, 50_200), (50_200, END)]
            .map(|(from, until)| statuses(&report, &client, from, until));
        assert_eq!(seen, acts, "{product}: {because}");
        let counters = &report
            .outcome
            .node(product)
            .expect("it is there in the end")
            .apps;
        let mut retried = counters
            .iter()
            .filter(|app| &*app.app == "web" && app.counter == "retries");
        assert_eq!(
            retried.next().map(|app| app.value),
            Some(retries),
            "{product}: {because}"
        );
        assert_eq!(
            outage(&report, &client),
            Duration::from_secs(seconds),
            "{product}: {because}"
        );
        let failed = sent(&report, &client, 0, END).filter(|request| request.has_failed());
        let counted: u64 = counters
            .iter()
            .filter(|app| &*app.app == product && matches!(app.counter, "4xx" | "5xx"))
            .map(|app| app.value)
            .sum();
        assert_eq!(
            failed.count() as u64,
            counted,
            "{product}: the balancer and its client count alike"
        );
    }
}
