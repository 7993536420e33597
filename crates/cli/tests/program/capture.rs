//! `switchlab run --pcapng`: what this crate's own reader and tshark make of it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use switchlab::capture::{Direction, Reader};

use crate::{LAB, Workplace};

/// The names of the interfaces on which frames were sent, and the number of frames.
fn senders(capture: &[u8]) -> (BTreeSet<String>, usize) {
    let mut reader = Reader::new(capture).expect("a good capture");
    let (mut senders, mut frames, mut last) = (BTreeSet::new(), 0, None);
    while let Some(captured) = reader.next() {
        let captured = captured.expect("a good capture");
        assert_eq!(captured.direction, Some(Direction::Outbound));
        assert!(last <= Some(captured.at), "in the order of time");
        last = Some(captured.at);
        let interface = &reader.interfaces()[captured.interface.index()];
        senders.extend(interface.name.clone());
        frames += 1;
    }
    (senders, frames)
}

#[test]
fn a_capture_holds_every_port_or_those_asked_for() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    place
        .run(&["run", "lab.toml", "--pcapng", "all.pcapng"])
        .good();
    let (all, all_frames) = senders(&place.read("all.pcapng"));
    let expected = [
        "alb:0", "client:0", "sw:0", "sw:1", "sw:2", "sw:3", "web-a:0", "web-b:0",
    ];
    assert!(all.iter().eq(expected), "{all:?}");

    let one = [
        "run",
        "lab.toml",
        "--pcapng",
        "one.pcapng",
        "--port",
        "client:0",
    ];
    place.run(&one).good();
    let (one, one_frames) = senders(&place.read("one.pcapng"));
    assert!(
        one.iter().eq(["client:0", "sw:0"]),
        "both directions: {one:?}"
    );
    assert!(one_frames < all_frames);

    let two = [
        "run",
        "lab.toml",
        "--pcapng",
        "two.pcapng",
        "--port",
        "client:0",
        "--port",
        "sw:3",
    ];
    place.run(&two).good();
    let (two, _) = senders(&place.read("two.pcapng"));
    assert!(
        two.iter().eq(["alb:0", "client:0", "sw:0", "sw:3"]),
        "{two:?}"
    );
}

#[test]
fn a_run_that_is_given_up_is_captured_to_its_last_frame() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    // Everybody begins at 0 and sends, and the budget ends before any frame has arrived.
    place
        .run(&["run", "lab.toml", "--budget=4", "--pcapng=out.pcapng"])
        .bad(3);
    let (senders, frames) = senders(&place.read("out.pcapng"));
    assert!(frames > 0 && senders.contains("client:0"), "{senders:?}");
}

#[test]
fn watching_changes_nothing() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let alone = place.run(&["run", "lab.toml", "--digest"]).good();
    let watched = ["run", "lab.toml", "--digest", "--pcapng", "all.pcapng"];
    assert_eq!(alone, place.run(&watched).good());
}

/// What tshark prints of a capture, with these arguments.
fn tshark(place: &Workplace, arguments: &[&str]) -> Option<Vec<String>> {
    let mut command = Command::new("tshark");
    command.args(["-r", "out.pcapng"]).args(arguments);
    let output = command.current_dir(place.path(".")).output().ok()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "tshark reads the capture: {complaint}"
    );
    let text = String::from_utf8(output.stdout).expect("tshark speaks UTF-8");
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
fn tshark_agrees() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let all = ["run", "lab.toml", "--pcapng", "out.pcapng"];
    place.run(&all).good();
    let bad = "_ws.malformed || ip.checksum.status == \"Bad\" || tcp.checksum.status == \"Bad\" || \
               udp.checksum.status == \"Bad\" || icmp.checksum.status == \"Bad\"";
    let validate = [
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "udp.check_checksum:TRUE",
    ];
    let Some(complaints) = tshark(&place, &[&validate[..], &["-Y", bad]].concat()) else {
        // A machine without tshark is no failure, except where `SWITCHLAB_NO_SKIP` is set, as in CI.
        assert!(
            std::env::var_os("SWITCHLAB_NO_SKIP").is_none(),
            "tshark is not installed"
        );
        return eprintln!("SKIPPED: there is no tshark here to read the capture");
    };
    assert!(complaints.is_empty(), "{complaints:#?}");

    // At one port each frame passes once, so that no answer looks like a repeated one.
    let one = [&all[..], &["--json=out.json", "--port", "client:0"]].concat();
    place.run(&one).good();
    let fields = [
        "-T",
        "fields",
        "-e",
        "http.request.full_uri",
        "-e",
        "http.response.code",
    ];
    let seen = tshark(&place, &[&["-Y", "http"], &fields[..]].concat()).expect("it ran just now");
    let report: Value = serde_json::from_slice(&place.read("out.json")).expect("it is JSON");
    let requests = report["requests"].as_array().expect("a list");
    let told = requests.iter().flat_map(|request| {
        let url = request["url"].as_str().expect("a URL");
        [format!("{url}\t"), format!("\t{}", request["status"])]
    });
    assert_eq!(
        seen,
        told.collect::<Vec<_>>(),
        "the same requests, the same answers"
    );
}
