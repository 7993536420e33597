//! What does it cost to decide about a request, from the octets of its head to the action?

use std::hint::black_box;
use std::net::IpAddr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use switchlab::core::Silent;
use switchlab::http::RequestHead;
use switchlab::l7::{Action, Condition, ListenerConfig, Rule, RuleTable};

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

/// A hundred rules, as ELB allows them, of which the last takes the request: three of each of twenty
/// services by host and path, and forty by what a service is asked for besides.
fn rules() -> RuleTable {
    let header = |name: &str, value: &str| Condition::Header {
        name: name.to_owned(),
        values: [value].into(),
    };
    let mut conditions = Vec::new();
    for service in 0..20 {
        let host = || Condition::Host([format!("service-{service}.example")].into());
        let path = |path: &str| Condition::Path([path].into());
        conditions.push(vec![host(), path("/static/*")]);
        conditions.push(vec![
            host(),
            path("/api/*"),
            Condition::Method(vec!["POST".to_owned()]),
        ]);
        conditions.push(vec![Condition::Host(
            [format!("*.service-{service}.example")].into(),
        )]);
        conditions.push(vec![Condition::Path(
            [format!("/service-{service}/*")].into(),
        )]);
        conditions.push(vec![
            path(&format!("/canary/{service}")),
            header("X-Canary", "1"),
        ]);
    }
    conditions.pop();
    conditions.push(vec![
        Condition::Host(["shop.*.example", "shop.example"].into()),
        Condition::Path(["/static/img/*"].into()),
    ]);
    let mut listener = ListenerConfig::new(80, Action::forward("default"));
    for (priority, conditions) in (1..).zip(conditions) {
        let rule = Rule::new(priority, conditions, Action::forward("static"));
        listener.rules.push(rule);
    }
    RuleTable::new(&listener).expect("there is no regular expression")
}

fn decide(c: &mut Criterion) {
    let (octets, rules) = (head(), rules());
    assert_eq!(octets.len(), HEAD);
    let source = IpAddr::from([10, 0, 0, 2]);
    let decision = |octets: &[u8]| {
        let (head, taken) = RequestHead::parse(octets).ok().flatten()?;
        let (rule, action) = rules.decide(&head, source, &mut Silent);
        black_box(action);
        Some((taken, rule?.priority))
    };
    let decision = |octets: &[u8]| decision(octets).expect("a rule takes the request");
    assert_eq!(decision(&octets), (HEAD, 100), "what is measured");

    let mut group = c.benchmark_group("l7");
    group.throughput(Throughput::Elements(1));
    group.bench_function("head_to_decision", |b| {
        b.iter(|| decision(black_box(&octets)));
    });
    group.bench_function("httparse", |b| b.iter(|| {
        let mut storage = [httparse::EMPTY_HEADER; 32];
        let mut r = httparse::Request::new(&mut storage);
        let s = r.parse(black_box(&octets)).unwrap();
        black_box(&r.headers.len()); s
    }));
    group.bench_function("parse", |b| b.iter(|| black_box(RequestHead::parse(black_box(&octets)))));
    let mut kept = RequestHead::default();
    group.bench_function("read", |b| b.iter(|| kept.read(black_box(&octets))));
    let (h, _) = RequestHead::parse(&octets).unwrap().unwrap();
    group.bench_function("decide", |b| b.iter(|| rules.decide(black_box(&h), source, &mut Silent).0.is_some()));
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
