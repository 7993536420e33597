//! An account as one finds it: three load balancers, pages, files named by resource. It is imported, asked,
//! checked and run.
//!
//! The shapes are those of ELBv2 2015-12-01 as the AWS CLI prints them; the account is made up.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Workplace;

/// A workplace with the account's lab, and what the import told.
fn imported() -> (Workplace, String) {
    let workplace = Workplace::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/account");
    fs::create_dir(workplace.path("account")).expect("a folder");
    for file in fs::read_dir(folder).expect("the account is there") {
        let file = file.expect("a file");
        let name = file.file_name().into_string().expect("a name");
        let octets = fs::read(file.path()).expect("it can be read");
        workplace.write(&format!("account/{name}"), octets);
    }
    let told = workplace
        .run(&["import", "elbv2", "account", "-o", "lab.toml"])
        .good();
    (workplace, told)
}

#[test]
fn what_is_left_out_is_told() {
    let expected = "wrote lab.toml\n\
                    listener intranet:8080\nlistener shop:80\nlistener shop:443\n\
                    note: edge is a network load balancer and left out\n\
                    note: the target group postgres with TCP protocol is left out\n\
                    note: intranet:8080, shop:80: the replies tell no rule, ";
    let told = imported().1;
    assert!(told.starts_with(expected), "{told}");
    let not_told = told
        .lines()
        .filter(|line| line.contains("not told is not none"));
    assert_eq!(not_told.count(), 4, "rules and attributes:\n{told}");
}

/// A request, the verdict with status, rule, group and target, and why.
type Row = (&'static str, &'static str, Value, &'static str);

#[test]
fn every_request_goes_where_its_rule_sends_it() {
    let from_inside = "10.2.3.4 ";
    #[rustfmt::skip]
    let rows: Vec<Row> = vec![
        ("shop:80",       "GET http://shop.example/a?b",            json!(["redirect", 301, "default", null, "https://shop.example:443/a?b"]), "everybody is sent to HTTPS"),
        ("intranet:8080", "GET http://intranet.example/",           json!(["fixed-response", 404, "default", null, null]),   "nothing has a rule there"),
        ("shop:443", "GET https://shop.example/",                   json!(["forward", null, "default", "web", null]),        "no rule takes it"),
        ("shop:443", "GET https://admin.shop.example/",             json!(["fixed-response", 403, 11, null, null]),          "rule 10 wants a client from inside"),
        ("shop:443", "10.2.3.4 GET https://admin.shop.example/",    json!(["forward", 503, 10, "admin", null]),              "nobody is registered in the group"),
        ("shop:443", "10.2.3.4 GET https://ADMIN.shop.example:443/", json!(["forward", 503, 10, "admin", null]),             "a host has neither case nor port"),
        ("shop:443", "11.2.3.4 GET https://admin.shop.example/",    json!(["fixed-response", 403, 11, null, null]),          "next to the net is not in it"),
        ("shop:443", "GET https://shop.example/api/v2/x",           json!(["forward", null, 20, "api", null]),               "the lower number comes first, though it stands later"),
        ("shop:443", "GET https://shop.example/api/",               json!(["forward", null, 20, "api", null]),               "a star may stand for nothing"),
        ("shop:443", "GET https://shop.example/api",                json!(["forward", null, "default", "web", null]),        "but the slash is part of the pattern"),
        ("shop:443", "GET https://shop.example/API/x",              json!(["forward", null, "default", "web", null]),        "a path has case"),
        ("shop:443", "GET https://shop.example/x?/api/y",           json!(["forward", null, "default", "web", null]),        "a query is no path"),
        ("shop:443", "Chrome GET https://shop.example/?BETA=1",     json!(["forward", null, 30, "web-canary", null]),        "a query has no case; the heavier group fails open"),
        ("shop:443", "Chrome GET https://shop.example/?x=canary-7", json!(["forward", null, 30, "web-canary", null]),        "any key will do"),
        ("shop:443", "Chrome GET https://shop.example/?beta=10",    json!(["forward", null, "default", "web", null]),        "the whole value counts"),
        ("shop:443", "GET https://shop.example/?beta=1",            json!(["forward", null, "default", "web", null]),        "another browser"),
        ("shop:443", "DELETE https://shop.example/static/a",        json!(["fixed-response", 405, 40, null, null]),          "one of the methods"),
        ("shop:443", "GET https://shop.example/static/a",           json!(["forward", null, "default", "web", null]),        "none of them"),
        ("shop:443", "delete https://shop.example/static/a",        json!(["forward", null, "default", "web", null]),        "a method has case"),
        ("shop:443", "GET https://shop.example/item/12",            json!(["forward", null, 50, "web", null]),               "the expression matches"),
        ("shop:443", "GET https://shop.example/item/12x",           json!(["forward", null, "default", "web", null]),        "it holds the end"),
        ("shop:443", "GET https://shop.example/images/a.png?x",     json!(["redirect", 302, 60, null, "https://cdn.shop.example:443/images/a.png?x"]), "another host, all else as it was"),
        ("shop:443", "GET https://de.shop.example/legacy/a",        json!(["forward", 503, 70, "legacy", null]),             "its only target is draining"),
        ("shop:443", "GET https://shop.example/legacy/a",           json!(["forward", null, "default", "web", null]),        "the host has nothing before the point"),
        ("shop:443", "GET https://shop.example/lambda",             json!(["forward", null, 100, "thumbs", null]),           "a function without health checks takes requests"),
        ("shop:443", "TRACE https://shop.example/",                 json!(["reject", 405, null, null, null]),                "no rule is asked"),
        ("shop:443", "Empty GET https://shop.example/",             json!(["reject", 400, null, null, null]),                "the strictest mode blocks what is acceptable"),
    ];
    let (workplace, _) = imported();
    for listener in ["shop:80", "intranet:8080", "shop:443"] {
        let rows: Vec<_> = rows.iter().filter(|row| row.0 == listener).collect();
        let question = |(_, told, ..): &&Row| {
            let request = told.strip_prefix(from_inside);
            let (from, told) = match (request, told.strip_prefix("11.2.3.4 ")) {
                (Some(told), _) => ("10.2.3.4", told),
                (None, Some(told)) => ("11.2.3.4", told),
                (None, None) => ("192.0.2.1", *told),
            };
            let (headers, told) = match told.split_once(' ') {
                Some(("Chrome", told)) => {
                    (json!([["user-agent", "Mozilla/5.0 chrome/120 x"]]), told)
                }
                Some(("Empty", told)) => (json!([["Content-Length", "0"]]), told),
                _ => (json!([]), told),
            };
            let (method, url) = told.split_once(' ').expect("a method and a URL");
            let line = json!({ "method": method, "url": url, "from": from, "headers": headers });
            format!("{line}\n")
        };
        let questions: String = rows.iter().map(question).collect();
        workplace.write("questions.jsonl", questions);
        let arguments = ["route", "lab.toml", "--listener", listener];
        let arguments = [&arguments[..], &["--requests", "questions.jsonl"]].concat();
        let answers = workplace.run(&arguments).good();
        assert_eq!(answers.lines().count(), rows.len());
        for ((_, told, expected, because), answer) in rows.into_iter().zip(answers.lines()) {
            let answer: Value = serde_json::from_str(answer).expect("JSON");
            let keys = ["verdict", "status", "rule", "target_group", "location"];
            let seen: Vec<_> = keys.iter().map(|key| &answer[key]).collect();
            assert_eq!(json!(seen), *expected, "{told}: {because}");
        }
    }
}

#[test]
fn the_account_is_checked() {
    let (workplace, _) = imported();
    let printed = workplace.run(&["check", "lab.toml", "--json"]).good();
    let audit: Value = serde_json::from_str(&printed).expect("JSON");
    let findings = audit["findings"].as_array().expect("a list");
    let seen: Vec<Value> = findings
        .iter()
        .map(|it| json!([it["kind"], it["rule"], it["by"], it["group"]]))
        .collect();
    #[rustfmt::skip]
    let expected = json!([
        ["unused-group", null, null, "spare"],
        ["prefix-without-exact", 20, null, null],
        ["prefix-without-exact", 40, null, null],
        ["prefix-without-exact", 60, null, null],
        ["prefix-without-exact", 70, null, null],
        ["shadowed-rule", 90, 20, null],
        ["empty-group", null, null, "admin"],
        ["single-zone", null, null, "legacy"],
        ["timeouts-out-of-order", null, null, "web"],
    ]);
    assert_eq!(json!(seen), expected, "{printed}");
    let page = workplace.run(&["run", "lab.toml"]).good();
    assert!(
        page.contains("ran for 60.000 s"),
        "an import is a lab that runs: {page}"
    );
}
