//! The same client over a layer 4 and a layer 7 balancer, and what each of them can tell apart.
//!
//! Runs `l4_vs_l7.toml` beside it and puts both into one table.
//!
//! `cargo run --example l4_vs_l7`

use switchlab::scenario::{Report, lab_from_toml};

/// How many requests of a client each server answered, and how often the server changed in between.
fn shares(report: &Report, client: &str) -> (usize, usize, usize) {
    let mut servers = Vec::new();
    for request in &report.record.requests {
        if *report.record.client(request).node == *client {
            let target = report.record.target(request).expect("somebody answered");
            servers.push(target.ip().to_string());
        }
    }
    let of = |address: &str| servers.iter().filter(|server| *server == address).count();
    let changes = servers.windows(2).filter(|pair| pair[0] != pair[1]).count();
    (of("10.0.1.11"), of("10.0.1.12"), changes)
}

fn main() {
    let lab = lab_from_toml(include_str!("l4_vs_l7.toml"), "l4_vs_l7.toml", None);
    let report = lab.expect("a sound file").run(&mut ()).expect("it ends");

    println!(
        "{:<12}{:>8}{:>8}{:>10}   decides on",
        "balancer", "web-a", "web-b", "changes"
    );
    let rows = [
        (
            "client-l4",
            "layer 4",
            "the connection's 5-tuple, once, when its first segment comes",
        ),
        (
            "client-l7",
            "layer 7",
            "each request's head: host, path, method, fields, query",
        ),
    ];
    let mut seen = Vec::new();
    for (client, balancer, decides) in rows {
        let (a, b, changes) = shares(&report, client);
        println!("{balancer:<12}{a:>8}{b:>8}{changes:>10}   {decides}");
        seen.push((a.min(b), changes));
    }
    println!("\nEach client made 60 requests over one lasting connection.");
    assert!(report.has_passed());
    assert_eq!(
        seen,
        [(0, 0), (30, 59)],
        "one server for the connection; both in turn for its requests"
    );
}
