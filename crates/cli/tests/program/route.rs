//! `switchlab route`: every verdict, the JSON's shape, many questions at once, questions without sense.

use std::io::Write as _;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::{Ended, Workplace};

/// A balancer with a rule of every kind; `empty` has no target, and `half` one that is well.
const LAB: &str = r#"
[node.alb]
kind = "l7-switch"
address = "10.0.1.10/24"
parser = "alb"

[[node.alb.listener]]
port = 80
default = { forward = "web" }
rule = [
  { priority = 10, host = "admin.example", forward = "empty", host_rewrite = { regex = "^admin", replace = "in" }, url_rewrite = { regex = "^/", replace = "/admin/" } },
  { priority = 20, path = "/old/*", redirect = { path = "/new", status = 301 } },
  { priority = 30, path = "/cart*", forward = [{ group = "web", weight = 1 }, { group = "half", weight = 3 }], url_rewrite = { regex = "^/cart", replace = "/basket" } },
  { priority = 40, path = "/ping", fixed_response = { body = "pong" } },
  { priority = 50, path = "/broken", url_rewrite = { regex = "^/", replace = "" }, forward = "web" },
  { priority = 60, header = { name = "X-Beta", regex = "^on$" }, source = "198.51.100.0/24", forward = "half" },
]

[[node.alb.listener]]
name = "secure"
port = 443
protocol = "HTTPS"
certificates = ["shop"]
default = { redirect = { host = "www.#{host}" } }
rule = [{ priority = 1, path = "/grpc", forward = "grpc" }, { priority = 2, path = "/web", forward = "web" }]

[node.alb.target_group.web]
targets = ["10.0.1.11:80", "10.0.1.12:80"]
[node.alb.target_group.half]
targets = [{ address = "10.0.1.12:80", state = "unhealthy", reason = "Target.Timeout" }, "10.0.1.13:80"]
[node.alb.target_group.empty]
[node.alb.target_group.grpc]
protocol_version = "GRPC"
targets = ["10.0.1.14:80"]
"#;

fn workplace() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("lab.toml", LAB);
    workplace
}

/// Runs the program with this on its standard input.
fn fed(workplace: &Workplace, arguments: &[&str], input: &[u8]) -> Ended {
    let mut command = workplace.command(arguments);
    let pipes = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("the program starts");
    let mut to = child.stdin.take().expect("it is piped");
    to.write_all(input).expect("the program listens");
    drop(to);
    Ended::new(child.wait_with_output().expect("the program ends"))
}

/// The answer to the octets on standard input, as JSON.
fn raw(listener: &str, octets: &[u8]) -> Value {
    let arguments = [
        "route",
        "lab.toml",
        "--listener",
        listener,
        "--raw",
        "-",
        "--json",
    ];
    let printed = fed(&workplace(), &arguments, octets).good();
    serde_json::from_str(&printed).expect("it is JSON")
}

/// Questions come on standard input, one a line.
const MANY: [&str; 6] = [
    "route",
    "lab.toml",
    "--listener",
    "alb:80",
    "--requests",
    "-",
];

#[test]
fn every_verdict_has_its_status_rule_and_target() {
    #[rustfmt::skip]
    let rows = [
        ("alb:80", "GET http://a.example/",         json!(["forward", null, "default", "web", "10.0.1.11:80", null, "a.example", "/"]),   "no rule takes it"),
        ("alb:80", "GET http://a.example/cart?x=1", json!(["forward", null, 30, "half", "10.0.1.13:80", null, "a.example", "/basket?x=1"]),         "the heavier group, and whom of it is well"),
        ("alb:80", "GET http://ADMIN.example:80/",  json!(["forward", 503, 10, "empty", null, null, "in.example", "/admin/"]),                   "nobody is registered"),
        ("alb:80", "GET http://a.example/broken",   json!(["forward", 500, 50, null, null, null, null, null]),                      "what comes of the rewrite is no URL"),
        ("alb:80", "GET http://a.example/old/x?y",  json!(["redirect", 301, 20, null, null, "http://a.example:80/new?y", null, null]), "sent elsewhere"),
        ("alb:80", "GET http://a.example/ping",     json!(["fixed-response", 200, 40, null, null, null, null, null]),               "answered by the rule"),
        ("alb:80", "TRACE http://a.example/",       json!(["reject", 405, null, null, null, null, null, null]),                     "refused before any rule"),
        ("secure", "GET https://a.example/x",       json!(["redirect", 302, "default", null, null, "https://www.a.example:443/x", null, null]), "in the protocol of the listener"),
        ("secure", "GET https://a.example/grpc",    json!(["forward", 464, 1, "grpc", null, null, "a.example", "/grpc"]),                     "HTTP/1.1 to a group that speaks gRPC"),
    ];
    let workplace = workplace();
    for (listener, request, expected, because) in rows {
        let arguments = [
            "route",
            "lab.toml",
            "--listener",
            listener,
            "--request",
            request,
        ];
        let json = workplace
            .run(&[&arguments[..], &["--json"]].concat())
            .good();
        let answer: Value = serde_json::from_str(&json).expect("it is JSON");
        let keys = [
            "verdict",
            "status",
            "rule",
            "target_group",
            "target",
            "location",
            "host",
            "path",
        ];
        let seen: Vec<_> = keys.iter().map(|key| &answer[key]).collect();
        assert_eq!(json!(seen), expected, "{because}: {json}");
        assert!(
            answer["why"].as_array().is_some_and(|why| !why.is_empty()),
            "{because}"
        );
        let is_whole = answer["verdict"] != "reject";
        assert_eq!(answer["consumed"].is_u64(), is_whole, "{because}");
        assert_eq!(
            answer["forwarded"].is_string(),
            answer["target"].is_string(),
            "{because}"
        );
        let page = workplace.run(&arguments).good();
        assert!(
            page.starts_with(&format!("{listener}, asked from 192.0.2.1: ")),
            "{page}"
        );
        if let (Some(host), Some(path)) = (answer["host"].as_str(), answer["path"].as_str()) {
            let wish = match answer["target"].is_null() {
                true => format!("A target would be asked for {path} at {host}\n"),
                false => format!("  | GET {path} HTTP/1.1\n  | Host: {host}\n"),
            };
            assert!(page.contains(&wish), "{because}: {page}");
        }
    }
}

/// The fields of the JSON, in their order, and of what kind they are: an interface.
#[test]
fn the_json_has_the_fields_that_are_documented() {
    let workplace = workplace();
    let base = [
        "route",
        "lab.toml",
        "--listener",
        "alb:80",
        "--json",
        "--request",
    ];
    let expected = [
        "verdict",
        "status",
        "location",
        "rule",
        "target_group",
        "target",
        "desync",
        "reason",
        "close",
        "consumed",
        "forwarded",
        "why",
        "host",
        "path",
        "passed_over",
        "candidates",
    ];
    for request in [
        "GET http://a.example/cart",
        "TRACE http://a/",
        "GET http://a/ping",
    ] {
        let printed = workplace.run(&[&base[..], &[request]].concat()).good();
        let top = printed.lines().filter_map(|line| line.strip_prefix("  \""));
        let keys: Vec<_> = top.filter_map(|line| line.split('"').next()).collect();
        assert_eq!(keys, expected, "{request}");
    }
    let printed = workplace
        .run(&[&base[..], &["GET http://a.example/cart?x"]].concat())
        .good();
    let answer: Value = serde_json::from_str(&printed).expect("it is JSON");
    assert_eq!(answer["host"], "a.example");
    assert_eq!(answer["path"], "/basket?x");
    assert_eq!(
        answer["passed_over"],
        json!([
            { "rule": 10, "field": "host-header", "wanted": "admin.example", "got": "a.example" },
            { "rule": 20, "field": "path-pattern", "wanted": "/old/*", "got": "/cart" },
        ])
    );
    let candidates = &answer["candidates"];
    let kept = |key: &str| json!([candidates[0][key], candidates[1][key]]);
    assert_eq!(kept("target"), json!(["10.0.1.12:80", "10.0.1.13:80"]));
    assert_eq!(kept("state"), json!(["unhealthy", "healthy"]));
    assert_eq!(kept("reason"), json!(["Target.Timeout", null]));
    assert_eq!(kept("eligible"), json!([false, true]));
    for step in answer["why"].as_array().expect("a list") {
        let step = step.as_object().expect("of objects");
        assert_eq!(
            step.keys().collect::<Vec<_>>(),
            ["asked", "because", "found", "stage"]
        );
    }
}

#[test]
fn a_request_is_incomplete_until_its_last_octet_and_framed_anew_for_its_target() {
    let octets = b"POST /x HTTP/1.1\r\nHost: A.Example\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for end in [0, 1, 20, 66, 70, octets.len() - 1] {
        let answer = raw("alb:80", &octets[..end]);
        assert_eq!(answer["verdict"], "incomplete", "at {end}");
        assert_eq!(answer["consumed"], Value::Null, "at {end}");
    }
    let answer = raw("alb:80", &[&octets[..], b"GET / HTTP/1.1\r\n"].concat());
    assert_eq!(answer["verdict"], "forward");
    assert_eq!(answer["consumed"], octets.len());
    let forwarded = answer["forwarded"].as_str().expect("base64");
    let forwarded = String::from_utf8(STANDARD.decode(forwarded).expect("base64")).expect("text");
    let (head, body) = forwarded.split_once("\r\n\r\n").expect("a head");
    assert!(
        head.starts_with("POST /x HTTP/1.1\r\nHost: a.example\r\n"),
        "{head}"
    );
    assert!(head.ends_with("\r\nTransfer-Encoding: chunked"), "{head}");
    assert_eq!(body, "5\r\nabcde\r\n0\r\n\r\n", "in chunks of our own");

    let bad = raw(
        "alb:80",
        b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nX\r\n",
    );
    assert_eq!(bad["verdict"], "reject", "a bad chunk is no half forward");
    assert_eq!(bad["close"], true);
    let twice = raw(
        "alb:80",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    );
    let seen = json!([
        twice["verdict"],
        twice["desync"],
        twice["reason"],
        twice["close"]
    ]);
    assert_eq!(
        seen,
        json!(["forward", "ambiguous", "DuplicateContentLength", true])
    );
}

#[test]
fn a_version_that_nobody_speaks_is_refused() {
    let answer = raw("alb:80", b"GET / HTTP/9.9\r\nHost: a\r\n\r\n");
    let seen = json!([answer["verdict"], answer["status"], answer["rule"]]);
    assert_eq!(seen, json!(["reject", 505, null]));
}

/// A note stands before all other steps, and on the page.
#[test]
fn a_url_of_the_other_protocol_is_noted() {
    let workplace = workplace();
    for (listener, url, note) in [
        ("alb:80", "https://a/", Some("is one of HTTP;")),
        ("secure", "http://a/", Some("is one of HTTPS;")),
        ("alb:80", "http://a/", None),
        ("secure", "/", None),
    ] {
        let request = format!("GET {url}");
        let arguments = [
            "route",
            "lab.toml",
            "--listener",
            listener,
            "--request",
            &request,
        ];
        let page = workplace.run(&arguments).good();
        let json = workplace
            .run(&[&arguments[..], &["--json"]].concat())
            .good();
        let answer: Value = serde_json::from_str(&json).expect("it is JSON");
        let first = &answer["why"][0];
        assert_eq!(first["stage"] == "l7.listener", note.is_some(), "{json}");
        let note = note.unwrap_or_default();
        assert!(page.contains(note), "{page}");
        assert!(
            note.is_empty() || first["because"].as_str().expect("text").contains(note),
            "{json}"
        );
    }
}

/// The nodes of a balancer have the same rules: its own name means the first of them.
#[test]
fn a_balancer_is_asked_by_its_own_name() {
    let workplace = Workplace::new();
    workplace.write(
        "lab.toml",
        r#"
[load_balancer.shop]
listener = [{ port = 80, default = { fixed_response = { status = 404 } } }, { name = "admin", port = 81, default = { fixed_response = { status = 403 } } }]
[node.b]
kind = "l7-switch"
load_balancer = "shop"
zone = "b"
address = "10.0.1.2/24"
[node.a]
kind = "l7-switch"
load_balancer = "shop"
zone = "a"
address = "10.0.1.1/24"
"#,
    );
    let request = ["--request", "GET http://x/"];
    for (listener, status) in [
        ("shop:80", "404"),
        ("a:80", "404"),
        ("b:80", "404"),
        ("admin", "403"),
    ] {
        let arguments = ["route", "lab.toml", "--listener", listener];
        let page = workplace.run(&[&arguments[..], &request].concat()).good();
        assert!(page.starts_with(&format!("{listener}, asked")), "{page}");
        assert!(page.contains(status), "{page}");
    }
    let arguments = ["route", "lab.toml", "--listener", "shop:81"];
    let complaint = workplace.run(&[&arguments[..], &request].concat()).bad(2);
    assert!(
        complaint.contains("there is a:80, admin, b:80, shop:80"),
        "{complaint}"
    );
}

/// An id is its asker's: whatever JSON it is, it comes back as it was written.
#[test]
fn ids_are_repeated_as_they_are_written() {
    let ids = [
        "12345678901234567890123",
        "1.10",
        "1e400",
        "-0",
        r#""\u00e9\u0000""#,
        r#"{"b":1, "a" : [2]}"#,
        "null",
    ];
    let good = ids.map(|id| format!(r#"{{"id":{id},"url":"http://x/"}}"#));
    let bad = ids.map(|id| format!(r#"{{"id":{id},"url":5}}"#));
    // Some editors begin a text with a mark.
    let lines = format!("\u{feff}{}\n{}", good.join("\n"), bad.join("\n"));
    let ended = fed(&workplace(), &MANY, lines.as_bytes());
    let mut answers = ended.out.lines();
    for (key, id) in ["verdict", "error"]
        .into_iter()
        .flat_map(|key| ids.map(|id| (key, id)))
    {
        let answer = answers.next().expect("an answer to each");
        let beginning = format!(r#"{{"id":{id},"{key}":"#);
        assert!(answer.starts_with(&beginning), "{beginning}: {answer}");
    }
    assert_eq!(answers.next(), None);
}

#[test]
fn many_questions_are_answered_in_their_order() {
    let questions = [
        json!({ "id": "b", "url": "http://a.example/old/1" }),
        json!({ "id": 7, "method": "PUT", "url": "http://a.example/", "headers": [["X-Beta", "ON"]], "from": "198.51.100.7", "body": "aGk=" }),
        json!({ "raw": "R0VUIC8=" }),
        json!({ "id": { "a": [1] }, "url": "http://x/", "headers": [["host", "admin.example"]] }),
        json!({ "id": null, "url": "http://a.example/ping", "method": null }),
    ];
    let lines: String = questions
        .iter()
        .map(|question| format!("{question}\n\n"))
        .collect();
    let printed = fed(&workplace(), &MANY, lines.as_bytes()).good();
    let answers = printed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let seen: Vec<_> = answers
        .map(|answer| {
            json!([
                answer.get("id"),
                answer["verdict"],
                answer["rule"],
                answer["status"]
            ])
        })
        .collect();
    let expected = json!([
        ["b", "redirect", 20, 301],
        [7, "forward", 60, null],
        [null, "incomplete", null, null],
        [{ "a": [1] }, "forward", 10, 503],
        [null, "fixed-response", 40, 200],
    ]);
    assert_eq!(json!(seen), expected, "{printed}");
}

#[test]
fn questions_without_sense_end_with_2() {
    let workplace = workplace();
    let to = ["--listener", "alb:80"];
    let get = ["--request", "GET http://a/"];
    #[rustfmt::skip]
    let rows: [(&[&[&str]], &str, &str); 10] = [
        (&[&get],                                   "there is alb:80, secure",   "no listener: there is"),
        (&[&["--listener", "alb:81"], &get],        "there is alb:80, secure",   "no such listener"),
        (&[&to],                                    "--request",                 "no question"),
        (&[&to, &get, &["--raw", "x"]],             "cannot be used with",       "two questions"),
        (&[&to, &["--request", "GET"]],             "a method and a URL",        "half a question"),
        (&[&to, &get, &["--header", "X"]],          "a name and a value",        "half a header"),
        (&[&to, &get, &["--header", ": y"]],        "a name before its colon",   "a value without a name"),
        (&[&to, &get, &["--header", "X: a\r\nY: b"]], "the value of X",          "two headers in one"),
        (&[&to, &["--request", "GET ws://a/"]],     "https://",                  "another protocol"),
        (&[&to, &["--requests", "none.jsonl"]],     "cannot read none.jsonl",    "no such file"),
    ];
    for (arguments, complaint, because) in rows {
        let arguments = [&["route", "lab.toml"][..], &arguments.concat()].concat();
        let complained = workplace.run(&arguments).bad(2);
        assert!(complained.contains(complaint), "{because}: {complained}");
    }
}

/// What a line lacks is told in its place, and takes nothing from the others.
#[test]
fn lines_that_are_no_questions_are_told_of_among_the_answers() {
    #[rustfmt::skip]
    let rows = [
        (r#"{"id": 1, "url": "http://a.example/"}"#,                  json!({ "id": 1 }),           None,                    "a question"),
        ("nonsense",                                                  json!({}),                    Some("expected"),        "no JSON"),
        (r#"{"id": "x", "url": "http://a/", "raw": ""}"#,             json!({ "id": "x" }),         Some("`url` stands beside `raw`"), "two questions in one"),
        (r#"{"id": 9, "raw": "", "headers": []}"#,                    json!({ "id": 9 }),           Some("`headers` stands beside"), "headers of what is told octet by octet"),
        (r#"{"id": 10, "url": "http://a/", "header": []}"#,           json!({ "id": 10 }),          Some("there is no key \"header\"; there is method, url, headers"), "a key that there is not"),
        (r#"{"id": 11, "url": "http://a/", "url": "http://b/"}"#,     json!({ "id": 11 }),          Some("`url` stands twice"), "two URLs"),
        (r#"{"id": 12, "url": "http://a/", "headers": [["A", "b\r\nC: d"]]}"#, json!({ "id": 12 }), Some("`headers`: the value of A"), "a field in a field"),
        (r#"{"id": 13, "url": "http://u:p@a/"}"#,                     json!({ "id": 13 }),          Some("Authorization"),   "a user"),
        ("[1]",                                                       json!({}),                    Some("expected an object"), "a list"),
        (r#"{"id": null, "method": "GET"}"#,                          json!({ "id": null }),        Some("`url` or `raw`"),  "no question"),
        (r#"{"id": [2], "raw": "?"}"#,                                json!({ "id": [2] }),         Some("`raw` is not base64"), "octets that are none"),
        (r#"{"id": 5, "url": "http://a/", "from": "nobody"}"#,        json!({ "id": 5 }),           Some("`from` is \"nobody\"; an IP address in quotes"), "nobody asks"),
        (r#"{"id": 6, "url": "http://a/", "headers": {"X": "y"}}"#,   json!({ "id": 6 }),           Some("`headers` is {\"X\": \"y\"}; a list of pairs"), "headers may repeat, and have an order"),
        (r#"{"id": false, "url": "http://a/", "headers": null, "from": null, "body": null, "raw": null}"#, json!({ "id": false }), None, "null is nothing"),
    ];
    let lines: Vec<_> = rows.iter().map(|(line, ..)| *line).collect();
    let ended = fed(&workplace(), &MANY, lines.join("\n").as_bytes());
    assert_eq!(ended.status, 2);
    assert!(
        ended.complaint.contains("line 2 of -"),
        "{}",
        ended.complaint
    );
    assert!(!ended.complaint.contains("line 14"), "{}", ended.complaint);
    let end = "not every line is a question: 12 are none";
    assert!(ended.complaint.contains(end), "{}", ended.complaint);
    assert_eq!(ended.out.lines().count(), rows.len(), "{}", ended.out);
    for ((line, id, error, because), answer) in rows.into_iter().zip(ended.out.lines()) {
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        assert_eq!(answer.get("id"), id.get("id"), "{because}: {line}");
        assert_eq!(
            answer["verdict"] == "forward",
            error.is_none(),
            "{because}: {line}"
        );
        let told = answer["error"].as_str().unwrap_or_default();
        assert!(
            told.contains(error.unwrap_or_default()),
            "{because}: {told}"
        );
    }
}

/// A person is not told that the beginning of a good request looks bad.
#[test]
fn the_page_of_an_incomplete_request_asks_for_more() {
    let arguments = ["route", "lab.toml", "--listener", "alb:80", "--raw", "-"];
    let page = fed(&workplace(), &arguments, b"GET / HT").good();
    assert!(
        page.contains("incomplete: more is needed to tell"),
        "{page}"
    );
    assert!(!page.contains("severe"), "{page}");
}
