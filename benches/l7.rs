//! What does it cost to decide about a request, from the octets of its head to the action?

use std::hint::black_box;
use std::net::IpAddr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use switchlab::core::Silent;
use switchlab::http::RequestHead;
use switchlab::l7::{Action, Condition, ListenerConfig, Rule};

/// Octets of the head, as a browser sends them.
const HEAD: usize = 700;

fn head() -> Vec<u8> {
    let mut head =
        String::from("GET /static/img/logo.svg?version=7 HTTP/1.1\r\nHost: shop.example\r\n");
    for line in [
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        "Accept-Language: en-GB,en;q=0.8,de;q=0.5,fr;q=0.3",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Referer: http://shop.example/catalogue/chairs?page=3",
        "Connection: keep-alive",
        "Priority: u=5, i",
        "Cache-Control: no-cache",
    ] {
        head += line;
        head += "\r\n";
    }
    let cookie = "Cookie: session=";
    let padding = HEAD - head.len() - cookie.len() - "\r\n\r\n".len();
    let head = head + cookie + &"x".repeat(padding) + "\r\n\r\n";
    head.into_bytes()
}

/// Five rules, of which the last takes the request.
fn listener() -> ListenerConfig {
    let texts = |text: &str| vec![text.to_owned()];
    let conditions = [
        vec![Condition::Host(texts("api.*"))],
        vec![
            Condition::Path(texts("/admin/*")),
            Condition::Method(texts("POST")),
        ],
        vec![Condition::Header {
            name: "X-Canary".to_owned(),
            values: texts("1"),
        }],
        vec![Condition::Path(texts("/static/*.js"))],
        vec![
            Condition::Host(texts("shop.*")),
            Condition::Path(texts("/static/img/*")),
        ],
    ];
    let mut listener = ListenerConfig::new(80, Action::forward("default"));
    for (priority, conditions) in (1..).zip(conditions) {
        listener.rules.push(Rule {
            priority,
            conditions,
            action: Action::forward("static"),
        });
    }
    listener
}

fn decide(c: &mut Criterion) {
    let (octets, listener) = (head(), listener());
    assert_eq!(octets.len(), HEAD);
    let source = IpAddr::from([10, 0, 0, 2]);
    let decision = |octets: &[u8]| {
        let (head, taken) = RequestHead::parse(octets).ok().flatten()?;
        let (rule, action) = listener.route(&head, source, &mut Silent);
        black_box(action);
        Some((taken, rule?.priority))
    };
    let decision = |octets: &[u8]| decision(octets).expect("a rule takes the request");
    assert_eq!(decision(&octets), (HEAD, 5), "what is measured");

    let mut group = c.benchmark_group("l7");
    group.throughput(Throughput::Elements(1));
    group.bench_function("head_to_decision", |b| {
        b.iter(|| decision(black_box(&octets)));
    });
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
