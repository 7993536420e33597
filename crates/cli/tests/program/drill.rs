//! `switchlab drill`: a page, JSON, and what is refused.

use serde_json::{Value, json};

use crate::Workplace;

const TIMES: [&str; 6] = ["--at", "2s", "--gone", "4s", "--after", "4s"];

#[test]
fn every_part_fails_and_what_is_lost_is_told() {
    let workplace = Workplace::new();
    workplace.write("lab.toml", crate::LAB);
    let page = workplace
        .run(&[&["drill", "lab.toml"], &TIMES[..]].concat())
        .good();
    for part in [
        "lab.toml: each node and link is gone from 2.0 s to 6.0 s; runs end at 10.0 s\n",
        "\nwithout alb\n  client  16 asked, ",
        ", as on paper\n",
        "\nwithout web-a\n",
        "doubled on paper, yet unsteady for ",
        "\nno request was lost without: client",
    ] {
        assert!(page.contains(part), "no {part:?} in {page}");
    }
    let printed = workplace
        .run(&[&["drill", "lab.toml", "--json"], &TIMES[..]].concat())
        .good();
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    let (lab, at, back, end) = (
        &printed["lab"],
        &printed["at"],
        &printed["back"],
        &printed["end"],
    );
    assert_eq!(
        json!([lab, at, back, end]),
        json!([
            "lab.toml",
            2_000_000_000u64,
            6_000_000_000u64,
            10_000_000_000u64
        ])
    );
    let failures = printed["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 5 + 4);
    let members: Vec<_> = failures[0].as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        ["clients", "detected", "links", "nodes", "recovered"]
    );
    let client = failures[0]["clients"][0].as_object().expect("an object");
    let members: Vec<_> = client.keys().collect();
    assert_eq!(
        members,
        [
            "answered", "asked", "because", "client", "first", "last", "lost", "on_paper", "outage"
        ]
    );
}

#[test]
fn what_cannot_be_drilled_is_refused() {
    let workplace = Workplace::new();
    workplace.write("lab.toml", crate::LAB);
    let complaint = workplace
        .run(&["drill", "lab.toml", "--gone", "2 d"])
        .bad(2);
    assert!(
        complaint.contains("up to a day of lab time would be right"),
        "{complaint}"
    );
    workplace.write("busy.toml", format!("budget = 10\n{}", crate::LAB));
    let complaint = workplace.run(&["drill", "busy.toml"]).bad(3);
    assert!(
        complaint.contains("no end was reached, without any failure"),
        "{complaint}"
    );
    workplace.write("none.toml", "[node.x]");
    workplace.run(&["drill", "none.toml"]).bad(2);
}
