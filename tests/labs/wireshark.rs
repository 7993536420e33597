//! tshark reads what a run has captured, and finds what the report says.

use std::fs;
use std::path::Path;
use std::process::Command;

use switchlab::core::PortId;
use switchlab::scenario::{Report, Wiretap, lab_from_toml};
use switchlab::topology::End;

use crate::examples;
use crate::quest::QUEST;

/// Everything that tshark calls wrong: malformed, or with a checksum that it does not agree with.
const WRONG: &str = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 \
    || udp.checksum.status == 0 || icmp.checksum.status == 0";

/// Whether tshark is there. Without it these tests say SKIPPED, or fail if the environment variable
/// `SWITCHLAB_NO_SKIP` is set, as in CI.
fn has_tshark() -> bool {
    let found = Command::new("tshark").arg("--version").output().is_ok();
    if !found {
        assert!(
            std::env::var_os("SWITCHLAB_NO_SKIP").is_none(),
            "tshark is not installed"
        );
        eprintln!("SKIPPED: tshark is not installed; nobody else has read the capture");
    }
    found
}

/// Runs a lab and captures it: at one port, if one is named, else everywhere.
fn captured(text: &str, port: Option<&str>, to: &Path) -> Report {
    let scenario = lab_from_toml(text, "lab.toml", None).expect("a sound lab");
    let ready = scenario.build().expect("a sound lab");
    let file = fs::File::create(to).expect("a writable folder");
    let topology = ready.topology();
    let ports: Vec<_> = port
        .map(|node| End {
            node: topology.find(node).expect("a node of the lab"),
            port: PortId::new(0),
        })
        .into_iter()
        .collect();
    let file = std::io::BufWriter::new(file);
    let mut tap = Wiretap::new(file, None, topology, &ports).expect("a head is written");
    let report = ready.run(&mut tap).expect("the run ends");
    tap.finish().expect("the capture is written");
    report
}

/// What tshark prints: a line per frame that passes the filter, its fields between tabs.
fn tshark(file: &Path, filter: &str, fields: &[&str]) -> Vec<String> {
    let mut command = Command::new("tshark");
    command
        .arg("-n")
        .arg("-r")
        .arg(file)
        .args(["-Y", filter, "-T", "fields"]);
    for protocol in ["ip", "tcp", "udp"] {
        command
            .arg("-o")
            .arg(format!("{protocol}.check_checksum:TRUE"));
    }
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output().expect("tshark starts");
    assert!(
        output.status.success(),
        "tshark: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("tshark prints text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn nothing_is_wrong_with_any_capture() {
    if !has_tshark() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in examples() {
        let file = folder.path().join(&name).with_extension("pcapng");
        captured(&text, None, &file);
        let frames = tshark(&file, "frame", &["frame.number"]).len();
        assert!(frames > 100, "{name}: tshark reads {frames} frames");
        let wrong = tshark(
            &file,
            WRONG,
            &["frame.number", "frame.interface_name", "_ws.col.Info"],
        );
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn the_clients_port_shows_the_requests_that_the_report_counts() {
    if !has_tshark() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("quest.pcapng");
    let report = captured(QUEST, Some("client"), &file);
    let at_client = "frame.interface_name == \"client:0\" && http.request";
    let seen = tshark(&file, at_client, &["http.request.full_uri"]);
    let told: Vec<_> = report
        .record
        .requests
        .iter()
        .map(|request| request.url.to_string())
        .collect();
    assert_eq!(seen, told, "every request, in order");

    let to_client = "frame.interface_name == \"sw:0\" && http.response";
    let seen = tshark(&file, to_client, &["http.response.code"]);
    let told: Vec<_> = report
        .record
        .requests
        .iter()
        .filter_map(|request| request.status)
        .map(|status| status.to_string())
        .collect();
    assert_eq!(seen, told, "and every answer");
}
