//! What a hub and a switch each show to somebody who is not concerned.
//!
//! Runs `hub_vs_switch.toml` beside it and compares the two listeners.
//!
//! `cargo run --example hub_vs_switch`

use switchlab::scenario::lab_from_toml;

fn main() {
    let lab = lab_from_toml(
        include_str!("hub_vs_switch.toml"),
        "hub_vs_switch.toml",
        None,
    );
    let report = lab.expect("a sound file").run(&mut ()).expect("it ends");

    println!(
        "{:<10}{:>20}{:>20}{:>28}",
        "", "frames received", "octets received", "of no concern, dropped"
    );
    let mut overheard = Vec::new();
    for device in ["hub", "sw"] {
        let listener = format!("{device}-listener");
        let counters = report.outcome.node(&listener).expect("it is on");
        let seen = counters.ports[0];
        let dropped: u64 = counters.all_drops().map(|(_, count)| count).sum();
        println!(
            "{device:<10}{:>20}{:>20}{dropped:>28}",
            seen.received_frames, seen.received_octets
        );
        overheard.push(seen.received_frames);
    }
    let requests = report.record.requests.len();
    println!(
        "\n{requests} requests, none of them to a listener. Over the switch only what is for everybody got there: ARP."
    );
    assert!(report.has_passed());
    assert!(
        overheard[0] > 100 * overheard[1].min(1),
        "a hub tells everybody everything"
    );
    assert!(overheard[1] <= 4, "a switch only what it must");
}
