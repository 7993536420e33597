//! Two subnets, the router between them, and a cable that is out for two seconds.
//!
//! Runs `two_subnets.toml` beside it and tells what a packet meets on its way.
//!
//! `cargo run --example two_subnets`

use switchlab::core::Instant;
use switchlab::scenario::lab_from_toml;

fn main() {
    let lab = lab_from_toml(include_str!("two_subnets.toml"), "two_subnets.toml", None);
    let report = lab.expect("a sound file").run(&mut ()).expect("it ends");
    let requests = &report.record.requests;

    let router = report.outcome.node("router").expect("it is on");
    for (port, counters) in router.ports.iter().enumerate() {
        println!(
            "router:{port}   {:>5} frames in   {:>5} frames out",
            counters.received_frames, counters.sent_frames
        );
    }
    let times = requests.iter().filter(|request| !request.has_failed());
    let times = times.filter_map(|request| request.done.map(|done| done.since(request.sent)));
    let (first, fastest) = (times.clone().next(), times.min());
    let (first, fastest) = (
        first.expect("the first is answered"),
        fastest.expect("some are"),
    );
    println!("\nfirst request {first:?} (ARP on both sides first), the fastest {fastest:?}");

    let failed: Vec<_> = requests
        .iter()
        .filter(|request| request.has_failed())
        .collect();
    let (from, until) = (failed[0].sent, failed[failed.len() - 1].sent);
    println!(
        "{} of {} requests failed, sent from {from} to {until}: the cable was out from 4 s to 6 s",
        failed.len(),
        requests.len()
    );
    assert!(report.has_passed());
    assert!(first > fastest, "ARP takes its time once");
    assert!(
        from >= Instant::from_secs(3) && until < Instant::from_secs(7),
        "only while the cable is out, or in flight"
    );
}
