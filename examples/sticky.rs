//! Who keeps a cookie keeps its server, until the server is gone.
//!
//! Runs `sticky.toml` beside it and writes down who answered each client.
//!
//! `cargo run --example sticky`

use switchlab::scenario::{Report, lab_from_toml};

/// Who answered a client's requests, a letter each: `a`, `b`, or `!` where nobody did.
fn answers(report: &Report, client: &str) -> String {
    let requests = report.record.requests.iter();
    let own = requests.filter(|request| *report.record.client(request).node == *client);
    own.map(|request| match report.record.target(request) {
        _ if request.has_failed() => '!',
        Some(target) if target.ip().to_string() == "10.0.1.11" => 'a',
        _ => 'b',
    })
    .collect()
}

fn main() {
    let lab = lab_from_toml(include_str!("sticky.toml"), "sticky.toml", None);
    let report = lab.expect("a sound file").run(&mut ()).expect("it ends");

    let with_cookie = answers(&report, "with-cookie");
    let without = answers(&report, "without");
    println!("web-a is stopped at 13 s, after 26 requests, and started again at 28 s, after 56.\n");
    println!("with cookie     {with_cookie}");
    println!("without         {without}");

    assert!(report.has_passed());
    let turns = |answers: &str| {
        answers
            .as_bytes()
            .windows(2)
            .filter(|pair| pair[0] != pair[1])
            .count()
    };
    let before = |answers: &str| answers[..26].to_owned();
    assert_eq!(
        turns(&before(&with_cookie)),
        0,
        "a client with a cookie stays"
    );
    assert_eq!(turns(&before(&without)), 25, "one without takes turns");
    assert!(
        with_cookie.ends_with(&"b".repeat(24)),
        "it stays where it went, though its first server is back"
    );
}
