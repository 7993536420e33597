//! `switchlab run`.

use serde_json::Value;

use crate::Workplace;

/// A hub and a switch, and a cable that is pulled out.
const QUIET: &str = r#"
until = "1 s"

[node.hub]
kind = "hub"
ports = 3

[node.sw]
kind = "l2-switch"
ports = 3

[[link]]
between = ["hub:0", "sw:0"]

[[at]]
time = "500 ms"
unplug = "sw:0"
"#;

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn a_lab_without_hosts_runs() {
    let place = Workplace::new();
    place.write("quiet.toml", QUIET);
    let text = place.run(&["run", "quiet.toml", "--digest"]).good();
    for part in [
        "quiet.toml\nran for 1.000 s",
        "0.500 s  ■ the link hub:0 – sw:0 unplugged",
        "\ndigest ",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert!(!text.contains('\u{1b}'), "a pipe gets no colours");
}

#[test]
fn json_has_every_field() {
    let place = Workplace::new();
    place.write("quiet.toml", QUIET);
    let report = json(&place.run(&["run", "quiet.toml", "--json"]).good());
    let fields: Vec<_> = report.as_object().expect("an object").keys().collect();
    let expected = [
        "admin",
        "answers",
        "counters",
        "digest",
        "dns_changes",
        "drops",
        "end",
        "expectations",
        "lab",
        "notes",
        "pings",
        "requests",
        "seed",
        "target_changes",
    ];
    assert_eq!(fields, expected);
    assert_eq!(report["end"], 1_000_000_000);
    assert_eq!(report["admin"][0]["time"], 500_000_000);
    assert_eq!(report["digest"].as_str().map(str::len), Some(16));
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let place = Workplace::new();
    let bad = QUIET
        .replace("kind = \"hub\"", "kind = \"hubb\"")
        .replace("ports = 3", "ports = \"three\"")
        .replace("\"500 ms\"", "\"500 msec\"");
    place.write("bad.toml", bad);
    let complaint = place.run(&["run", "bad.toml"]).bad(2);
    for part in ["bad.toml:5:8", "bad.toml:10:9", "bad.toml:16:8", "\"hub\""] {
        assert!(complaint.contains(part), "no {part:?} in {complaint}");
    }
}

#[test]
fn ports_to_capture_must_be_there() {
    let place = Workplace::new();
    place.write("quiet.toml", QUIET);
    #[rustfmt::skip]
    let rows = [
        ("hub",   "NODE:PORT",              "no port named"),
        ("hut:0", "there is hub, sw",       "no such node"),
        ("hub:3", "has the ports 0 to 2",   "no such port"),
        ("hub:x", "has the ports 0 to 2",   "no number"),
        ("hub:2", "no link is plugged in",  "nothing to capture"),
    ];
    for (port, part, because) in rows {
        let arguments = [
            "run",
            "quiet.toml",
            "--pcapng",
            "out.pcapng",
            "--port",
            port,
        ];
        let complaint = place.run(&arguments).bad(2);
        assert!(complaint.contains(part), "{because}: {complaint}");
    }
    assert!(!place.path("out.pcapng").exists(), "nothing was written");
}

#[test]
fn a_file_named_twice_is_not_written_over() {
    let place = Workplace::new();
    place.write("quiet.toml", QUIET);
    for arguments in [
        ["run", "quiet.toml", "--json=out", "--junit=out"],
        ["run", "quiet.toml", "--seed=1", "--pcapng=quiet.toml"],
        ["run", "quiet.toml", "--seed=1", "--pcapng=./quiet.toml"],
        ["run", "quiet.toml", "--json=out", "--junit=./out"],
    ] {
        let complaint = place.run(&arguments).bad(2);
        assert!(complaint.contains("is named twice"), "{complaint}");
    }
    assert_eq!(place.read("quiet.toml"), QUIET.as_bytes());
}
