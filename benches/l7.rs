//! What does it cost to decide about a request, from the octets of its head to the action?

use std::hint::black_box;
use std::net::{IpAddr, SocketAddr};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use switchlab::balance::{GroupConfig, TargetGroup};
use switchlab::core::{Instant, Silent};
use switchlab::http::{Desync, HeadProgress, LenientHead, RequestHead, RequestParts, RequestView};
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

/// A hundred targets in turn.
fn targets() -> TargetGroup {
    let address = |place| SocketAddr::from(([10, 0, 1, place], 80));
    let config = GroupConfig {
        health_check: None,
        ..GroupConfig::new("static", (1..=100).map(address))
    };
    TargetGroup::new(Instant::ZERO, config).expect("plain settings")
}

/// What stands behind the parser.
struct Front {
    rules: RuleTable,
    targets: TargetGroup,
}

impl Front {
    /// The priority of the rule that takes a request, with a target chosen.
    fn decision(&mut self, request: &impl RequestParts) -> Option<u32> {
        let source = IpAddr::from([10, 0, 0, 2]);
        let (rule, action) = self.rules.decide(request, source, &mut Silent);
        black_box(action);
        black_box(self.targets.choose(Instant::ZERO, None));
        rule.map(|rule| rule.priority)
    }
}

/// The octets of a head become rule, action and target: strictly, where the head lies and with the head kept
/// as in the switch, which sends it on; and as an ALB with the class of the head first. Beside them what two
/// libraries do of it: httparse takes the head apart, the desync guardian finds its class.
fn decide(c: &mut Criterion) {
    let (octets, mut front) = (
        head(),
        Front {
            rules: rules(),
            targets: targets(),
        },
    );
    assert_eq!(octets.len(), HEAD);
    // As in the switch, one head is filled again and again.
    let mut head = RequestHead::default();
    assert_eq!(head.read(&octets), Ok(Some(HEAD)), "what is measured");
    assert_eq!(front.decision(&head), Some(100), "what is measured");

    let mut group = c.benchmark_group("l7");
    group.throughput(Throughput::Elements(1));
    group.bench_function("head_to_decision", |b| {
        b.iter(|| {
            RequestView::read(black_box(&octets), |head| {
                (head.octets(), front.decision(head))
            })
        });
    });
    group.bench_function("head_to_decision_kept", |b| {
        b.iter(|| {
            let taken = head.read(black_box(&octets));
            (taken, front.decision(&head))
        });
    });
    group.bench_function("head_to_decision_as_alb", |b| {
        b.iter(|| {
            let found = HeadProgress::default().find_leniently(black_box(&octets));
            let Ok(LenientHead::Whole(whole, _)) = found else {
                unreachable!("the head is whole")
            };
            black_box(Desync::of(whole));
            (head.read_leniently(whole), front.decision(&head))
        });
    });
    group.bench_function("httparse_alone", |b| {
        b.iter(|| {
            let mut fields = [httparse::EMPTY_HEADER; 32];
            let mut request = httparse::Request::new(&mut fields);
            let status = request.parse(black_box(&octets));
            black_box(&request);
            status
        });
    });
    group.bench_function("desync_guardian_alone", |b| {
        b.iter(|| Desync::of(black_box(&octets)));
    });
    group.bench_function("rules_and_target_alone", |b| {
        b.iter(|| front.decision(black_box(&head)));
    });
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
