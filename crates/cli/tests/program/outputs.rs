//! What a run of a whole lab says: as text, as JSON, as JUnit, and by its exit status.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::{LAB, Workplace};

fn report(place: &Workplace) -> Value {
    let text = place.run(&["run", "lab.toml", "--json"]).good();
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn the_text_tells_the_story() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let text = place.run(&["run", "lab.toml"]).good();
    for part in [
        "client  40 sent, 38 answered well, 2 failed",
        "A web-a   B web-b   x failed",
        "client  A B A B A B A B\n",
        "2.000 s  ■ web-b stopped",
        "client  A x A x A\n",
        "▼ alb sees web-b:80 unhealthy, was healthy",
        "Target.FailedHealthChecks",
        "6.000 s  ■ web-b started",
        "▲ alb sees web-b:80 healthy, was unhealthy",
        "client  750 ms from 2.250 s until well again at 3.000 s",
        "2 × 502 Bad Gateway, web-b tried last",
        "TCP\n  congestion control cubic\n",
        "Expectations  all 3 held",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn json_joins_requests_with_who_answered() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let report = report(&place);
    let requests = report["requests"].as_array().expect("a list");
    assert_eq!(requests.len(), 40);
    let nodes: Vec<_> = requests[..4]
        .iter()
        .map(|request| &request["node"])
        .collect();
    assert_eq!(nodes, ["web-a", "web-b", "web-a", "web-b"]);
    let mut first = requests[0].clone();
    let done = first["done"].take();
    assert!(done.as_u64().is_some_and(|done| done > 0), "{done}");
    let expected = json!({
        "client": "client", "sent": 0, "done": null, "url": "http://10.0.1.10/", "status": 200,
        "error": null, "target": "10.0.1.11:80", "node": "web-a", "server": "10.0.1.10:80", "via": "alb",
    });
    assert_eq!(first, expected);
    let answers = json!([{
        "time": 0, "balancer": "alb", "addresses": ["10.0.1.10"], "ttl": 60_000_000_000_u64, "fail_open": true,
        "because": "No node has told yet that it is in.",
    }]);
    assert_eq!(
        report["answers"], answers,
        "one node, one address, whatever happens"
    );
    let failed = requests.iter().find(|request| request["status"] == 502);
    assert_eq!(
        failed.expect("some fail")["node"],
        "web-b",
        "the target tried"
    );

    let changes = report["target_changes"].as_array().expect("a list");
    let fall = changes.iter().find(|change| change["to"] == "unhealthy");
    let fall = fall.expect("web-b falls");
    for (field, value) in [
        ("balancer", "alb"),
        ("group", "web"),
        ("target", "10.0.1.12:80"),
        ("from", "healthy"),
        ("reason", "Target.FailedHealthChecks"),
        (
            "because",
            "its health checks fail: no connection, or no proper answer",
        ),
    ] {
        assert_eq!(fall[field], value);
    }
    let drops = report["drops"].as_array().expect("a list");
    let refused = drops.iter().find(|drop| drop["reason"] == "l4.port-closed");
    let refused = refused.expect("the stopped server's port is closed");
    assert_eq!(
        (&refused["node"], &refused["port"]),
        (&json!("web-b"), &Value::Null)
    );
    let expected = json!({
        "that": "client.http_client.done == 40", "held": true, "saw": 40, "line": 56,
        "by": null, "via": null, "status": null, "after": null, "before": null,
    });
    assert_eq!(report["expectations"][0], expected);
}

#[test]
fn expectations_agree_with_what_the_client_counted() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let report = report(&place);
    let count = |wanted: &str| {
        let counters = report["counters"].as_array().expect("a list");
        let counter = counters
            .iter()
            .find(|counter| counter["node"] == "client" && counter["counter"] == wanted);
        counter.expect("clients keep it")["value"]
            .as_u64()
            .expect("a count")
    };
    let requests = report["requests"].as_array().expect("a list");
    let failed = requests
        .iter()
        .filter(|request| request["status"] != 200)
        .count() as u64;
    assert_eq!((count("sent"), count("done")), (40, 40));
    assert_eq!((count("ok"), count("failed")), (40 - failed, failed));
}

#[test]
fn the_exit_status_is_the_verdict() {
    let place = Workplace::new();
    place.write("held.toml", LAB);
    let failed = LAB.replace("failed >= 1", "failed == 9");
    place.write("failed.toml", failed);
    #[rustfmt::skip]
    let rows: [(&[&str], i32, &str); 4] = [
        (&["run", "held.toml"],                     0, "all held"),
        (&["run", "failed.toml"],                   1, "one did not"),
        (&["run", "missing.toml"],                  2, "no such file"),
        (&["run", "held.toml", "--budget", "1000"], 3, "the event budget is exhausted"),
    ];
    for (arguments, status, because) in rows {
        let ended = place.run(arguments);
        assert_eq!(
            ended.status, status,
            "{because}: {}{}",
            ended.out, ended.complaint
        );
    }
    let text = place.run(&["run", "failed.toml"]).out;
    let verdict = "✗ client.http_client.failed == 9  sent from 2 s before 4 s  saw 2 (line 63)";
    assert!(text.contains(verdict), "{text}");
    let complaint = place.run(&["run", "held.toml", "--budget", "1000"]).bad(3);
    assert!(
        complaint.contains("busiest") && complaint.contains("sw ("),
        "{complaint}"
    );
}

#[test]
fn json_and_junit_can_be_written_beside_the_text() {
    let place = Workplace::new();
    place.write("lab.toml", LAB.replace("failed >= 1", "failed == 9"));
    let ended = place.run(&["run", "lab.toml", "--json=out.json", "--junit", "out.xml"]);
    assert_eq!(ended.status, 1);
    assert!(
        ended.out.contains("Expectations  1 of 3 did not hold"),
        "{}",
        ended.out
    );
    let json: Value = serde_json::from_slice(&place.read("out.json")).expect("it is JSON");
    assert_eq!(json["expectations"][2]["held"], false);

    let junit = String::from_utf8(place.read("out.xml")).expect("it is UTF-8");
    let mut open = Vec::new();
    for tag in junit.split('<').skip(1).filter(|tag| !tag.starts_with('?')) {
        let tag = tag.split('>').next().expect("a tag ends");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "tags are nested"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().expect("a tag has a name")),
        }
    }
    assert!(open.is_empty(), "{open:?} end nowhere");
    assert_eq!(junit.matches("<testcase ").count(), 3);
    assert_eq!(junit.matches("<failure ").count(), 1);
    assert!(junit.contains("tests=\"3\" failures=\"1\""), "{junit}");
    assert!(junit.contains("message=\"saw 2\""), "{junit}");
    assert!(
        junit.contains("failed == 9, sent from 2 s before 4 s"),
        "{junit}"
    );
}

#[test]
fn every_request_of_a_run_stands_in_the_access_log() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    place.run(&["run", "lab.toml", "--access-log", "access.log"]);
    let log = String::from_utf8(place.read("access.log")).expect("it is UTF-8");
    let json = place.run(&["run", "lab.toml", "--json"]).out;
    let report: Value = serde_json::from_str(&json).expect("it is JSON");
    let requests = report["requests"].as_array().expect("a list");
    let statuses = requests.iter().map(|request| request["status"].to_string());
    let logged = log
        .lines()
        .map(|line| line.split(' ').nth(8).expect("a status").to_owned());
    assert_eq!(logged.collect::<Vec<_>>(), statuses.collect::<Vec<_>>());
    assert!(
        log.lines()
            .all(|line| line.starts_with("http 2025-01-01T00:00:")),
        "{log}"
    );
    place.write(
        "silent.toml",
        LAB.replace(
            "kind = \"l7-switch\"",
            "kind = \"l7-switch\"\naccess_log = false",
        ),
    );
    place.run(&["run", "silent.toml", "--access-log", "silent.log"]);
    assert_eq!(place.read("silent.log"), b"");
}

#[test]
fn a_run_without_an_end_leaves_no_empty_report_behind() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    place.write("old.xml", "the report before");
    let arguments = [
        "run",
        "lab.toml",
        "--budget=1000",
        "--json=new.json",
        "--junit=old.xml",
    ];
    place.run(&arguments).bad(3);
    assert!(!place.path("new.json").exists(), "there is nothing to tell");
    assert_eq!(place.read("old.xml"), b"the report before");
    let nowhere = ["run", "lab.toml", "--budget=1000", "--json=no/such.json"];
    let complaint = place.run(&nowhere).bad(2);
    assert!(
        complaint.contains("cannot write no/such.json"),
        "known before the run: {complaint}"
    );
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    for more in [&[][..], &["--json"]] {
        let arguments = [&["run", "lab.toml"], more].concat();
        let mut command = place.command(&arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        drop(child.stdout.take());
        let mut complaint = String::new();
        let mut stderr = child.stderr.take().expect("it is piped");
        stderr
            .read_to_string(&mut complaint)
            .expect("complaints are UTF-8");
        assert_eq!(
            child.wait().expect("it ends").code(),
            Some(0),
            "{complaint}"
        );
        assert_eq!(complaint, "");
    }
}

#[test]
fn time_that_tcp_lost_is_told() {
    let place = Workplace::new();
    let lossy = LAB.replacen(
        "between = [\"client:0\", \"sw:0\"]",
        "between = [\"client:0\", \"sw:0\"]\nloss = 0.2",
        1,
    );
    assert_ne!(lossy, LAB);
    let expected = "\n[[expect]]\nthat = \"client.tcp.timeouts > 0\"\n";
    place.write("lab.toml", lossy + expected);
    let told = place.run(&["run", "lab.toml", "--json=report.json"]).out;
    for part in [
        "client.tcp  retransmissions ",
        "alb.tcp  retransmissions ",
        ", timeouts ",
    ] {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
    let report: Value = serde_json::from_slice(&place.read("report.json")).expect("it is JSON");
    let counters = report["counters"].as_array().expect("a list");
    let counters = counters.iter().filter(|counter| counter["app"] == "tcp");
    let counters: Vec<_> = counters
        .map(|counter| (counter["node"].as_str(), counter["counter"].as_str()))
        .collect();
    let nodes = ["alb", "client", "web-a", "web-b"];
    let all =
        nodes.map(|node| ["retransmissions", "timeouts"].map(|name| (Some(node), Some(name))));
    assert_eq!(counters, all.concat());
    let expectations = report["expectations"].as_array().expect("a list");
    assert_eq!(expectations.last().expect("ours")["held"], true);
}

#[test]
fn a_dash_is_standard_output() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let named = place.run(&["run", "lab.toml", "--json=-"]).good();
    assert_eq!(named, place.run(&["run", "lab.toml", "--json"]).good());
    assert!(!place.path("-").exists(), "no file is called that");
}

#[test]
fn a_budget_lets_something_happen() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let complaint = place.run(&["run", "lab.toml", "--budget", "0"]).bad(2);
    assert!(complaint.contains("0 is not in 1.."), "{complaint}");
}

#[test]
fn what_was_expected_in_vain_is_told_with_what_was_seen_instead() {
    let place = Workplace::new();
    let (lab, _) = LAB.split_once("[[expect]]").expect("it expects something");
    let line = lab.lines().count() + 2;
    #[rustfmt::skip]
    let rows = [
        // that, its bounds                                                   what is printed behind it                          because
        ("client.http_client.ok == 40",     "",                               "  saw 38",                                        "a counter of a client alone"),
        ("client.http_client.ok > 38",      "",                               "  saw 38",                                        "another operator"),
        ("client.http_client.done != 40",   "",                               "  saw 40",                                        "and another"),
        ("client.http_client.failed == 0",  "after = \"2 s\"",                "  sent from 2 s  saw 2",                          "since"),
        ("client.http_client.sent == 9",    "before = \"2 s\"",               "  sent before 2 s  saw 8",                        "until"),
        ("client.http_client.failed == 9",  "by = \"web-b\"",                 "  by web-b  saw 2",                               "who was asked"),
        ("client.http_client.failed <= 1",  "status = 502",                   "  with 502  saw 2",                               "which status"),
        ("client.http_client.failed >= 1",  "status = 503",                   "  with 503  saw 0",                               "a status that did not come"),
        ("client.http_client.ok >= 5",      "by = \"web-b\"\nafter = \"2 s\"\nbefore = \"6 s\"", "  sent from 2 s before 6 s, by web-b  saw 0", "a share of one server"),
        ("client.http_client.failed == 1",  "by = \"web-b\"\nstatus = 502\nafter = \"2 s\"", "  sent from 2 s, by web-b, with 502  saw 2", "all bounds together"),
        ("alb.alb.own_5xx == 0",            "",                               "  saw 2",                                         "a counter of the balancer"),
        ("alb.web.requests < 40",           "",                               "  saw 40",                                        "of a target group"),
        ("alb.alb.HTTPCode_ELB_502_Count == 0", "",                           "  saw 2",                                         "a metric under its own name"),
    ];
    for (that, bounds, printed, because) in rows {
        place.write(
            "lab.toml",
            format!("{lab}[[expect]]\nthat = \"{that}\"\n{bounds}\n"),
        );
        let ended = place.run(&["run", "lab.toml"]);
        assert_eq!(ended.status, 1, "{because}: {}", ended.complaint);
        let verdict = format!("✗ {that}{printed} (line {line})");
        assert!(
            ended.out.contains(&verdict),
            "{because}: no {verdict} in {}",
            ended.out
        );
        let json = place.run(&["run", "lab.toml", "--json"]);
        assert_eq!(json.status, 1, "{because}: as JSON too");
        let report: Value = serde_json::from_str(&json.out).expect("it is JSON");
        let told = &report["expectations"][0];
        assert_eq!(told["held"], false, "{because}");
        let bound = |key: &str| {
            let mut lines = bounds.lines().filter_map(|line| line.split_once(" = "));
            let (_, value) = lines.find(|(name, _)| *name == key)?;
            let value = value.trim_matches('"');
            match value.trim_end_matches(" s").parse::<u64>() {
                Ok(seconds) if value.ends_with(" s") => Some(json!(seconds * 1_000_000_000)),
                Ok(number) => Some(json!(number)),
                Err(_) => Some(json!(value)),
            }
        };
        for key in ["by", "via", "status", "after", "before"] {
            let expected = bound(key).unwrap_or(Value::Null);
            assert_eq!(told[key], expected, "{because}: {key}");
        }
    }
}

/// Who asks first stands first, whatever the name, and behind what
/// happened before; counters are called as an expectation calls them.
#[test]
fn rows_of_a_report_stand_by_time_and_counters_by_their_names() {
    let place = Workplace::new();
    let app = |name: &str, start: &str| {
        let client = "url = \"http://10.0.1.10/\", every = \"1 s\", count = 3";
        format!("{{ name = \"{name}\", http_client = {{ {client}, start = \"{start}\" }} }}")
    };
    place.write(
        "lab.toml",
        format!(
            r#"
until = "10 s"
[node.c]
kind = "host"
address = "10.0.1.2/24"
app = [{}, {}, {}, {{ http_server = {{ body = "" }} }}]
[node.alb]
kind = "l7-switch"
address = "10.0.1.10/24"
listener = [{{ port = 80, default = {{ fixed_response = {{ status = 200 }} }}, rule = [{{ priority = 1, path = "/web", forward = "web" }}] }}]
target_group.web = {{ targets = ["10.0.1.2:80"] }}
[[link]]
between = ["c", "alb"]
"#,
            app("c", "0 s"),
            app("a", "2 s"),
            app("b", "1.5 s")
        ),
    );
    let page = place.run(&["run", "lab.toml"]).good();
    let rows = ["0.000 s  c.c", "▲ alb sees", "1.500 s  c.b", "2.000 s  c.a"];
    let places: Vec<_> = rows.iter().map(|row| page.find(row)).collect();
    assert!(places.iter().all(Option::is_some), "{page}");
    assert!(places.is_sorted(), "{page}");
    for name in ["HTTP_Fixed_Response_Count 9", "fixed_responses 9"] {
        assert!(page.contains(name), "no {name} in {page}");
    }
}
