//! The law of odd octets: whatever stands in a request, before a question and before a running switch,
//! under every way to read, write and answer, nothing breaks, and nothing ends a line that was none.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use switchlab_balance::Stickiness;
use switchlab_core::Event;
use switchlab_http::{DesyncMode, Parser};
use switchlab_l7::{
    Action, Advisor, Condition, FixedResponse, ForwardedFor, Judged, L7Config, Preset, Redirect,
    Rewrite, Rule, judge,
};

use crate::world::{World, config, greeter};

/// One octet, a control character more often than not.
fn any_octet() -> impl Strategy<Value = u8> {
    prop_oneof![3 => 0..=0x20_u8, 1 => Just(0x7f), 1 => 0x80..=0xff_u8, 3 => b'!'..=b'~']
}

/// The fields that the balancer writes or reads itself, and some more.
const NAMES: [&str; 14] = [
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Amzn-Trace-Id",
    "Cookie",
    "Connection",
    "Upgrade",
    "User-Agent",
    "Host",
    "TE",
    "Trailer",
    "Expect",
    "Content-Length",
    "X-\x01Odd\u{e9}",
];

fn any_field() -> impl Strategy<Value = Vec<u8>> {
    let usual = select(vec![
        "",
        "a",
        "Root=1-2-3;",
        "Self=1;",
        "AWSALB=",
        "AWSALBTG=",
        "s=",
        "close",
        "0",
    ]);
    let parts = (select(&NAMES[..]), usual, vec(any_octet(), 0..6));
    parts.prop_map(|(name, usual, odd)| {
        [name.as_bytes(), b": ", usual.as_bytes(), &odd, b"\r\n"].concat()
    })
}

/// A request for one of the actions, odd in method, target and fields.
fn any_request() -> impl Strategy<Value = Vec<u8>> {
    let method = prop_oneof![4 => Just(b"GET".to_vec()), 1 => vec(any_octet(), 1..6)];
    let target = prop_oneof![
        4 => select(vec!["/redirect", "/fixed", "/rewrite", "/"]),
        1 => select(vec!["http://dns.name/redirect", "https://dns.name/rewrite", "*", "x"]),
    ];
    let odd = prop_oneof![2 => Just(Vec::new()), 3 => vec(any_octet(), 1..6)];
    let version = select(vec![
        "HTTP/1.1\r\nHost: h\r\n",
        "HTTP/1.1\r\nHost: h\n",
        "HTTP/1.0\r\n",
    ]);
    let parts = (method, target, odd, version, vec(any_field(), 0..6));
    parts.prop_map(|(method, target, odd, version, fields)| {
        let head = [
            &method,
            b" " as &[u8],
            target.as_bytes(),
            &odd,
            b" ",
            version.as_bytes(),
        ];
        [&head.concat(), &fields.concat(), b"\r\n" as &[u8]].concat()
    })
}

/// A balancer of any kind: every action has its rule where the product knows rules.
fn any_config() -> impl Strategy<Value = L7Config> {
    let presets = vec![
        Preset::Alb,
        Preset::Clb,
        Preset::Haproxy,
        Preset::Nginx,
        Preset::Envoy,
    ];
    let modes = vec![
        ForwardedFor::Append,
        ForwardedFor::Preserve,
        ForwardedFor::Remove,
    ];
    let parsers = vec![
        Parser::Strict,
        Parser::Alb(DesyncMode::Monitor),
        Parser::Alb(DesyncMode::Monitor),
        Parser::Alb(DesyncMode::Defensive),
        Parser::Alb(DesyncMode::Strictest),
    ];
    let choices = (select(presets), select(modes), select(parsers));
    (choices, any::<[bool; 5]>()).prop_map(|((preset, mode, parser), flags)| {
        let [port, preserves, drops, is_named, is_sticky] = flags;
        let mut settings = config(&[11]);
        settings.preset = preset;
        settings.intake.parser = parser;
        settings.intake.several_hosts = preserves;
        settings.headers.x_forwarded_for = mode;
        settings.headers.xff_client_port = port;
        settings.headers.preserve_host_header = preserves;
        settings.headers.drop_invalid_header_fields = drops;
        settings.headers.dns_name = is_named.then(|| "lab.elb.example".into());
        let duration = Duration::from_secs(60);
        settings.groups[0].config.stickiness =
            is_sticky.then_some(Stickiness::LbCookie { duration });
        if preset != Preset::Clb {
            settings.listeners[0].rules = rules(is_sticky.then_some(duration));
        }
        settings
    })
}

fn rules(stickiness: Option<Duration>) -> Vec<Rule> {
    let rule = |priority, path: &str, action| {
        Rule::new(priority, vec![Condition::Path([path].into())], action)
    };
    let redirect = Redirect {
        host: "#{host}".into(),
        port: "8080".into(),
        path: "/to/#{path}".into(),
        query: "#{query}&#{path}".into(),
        ..Redirect::default()
    };
    let mut forward = Action::forward("web");
    if let Action::Forward(forward) = &mut forward {
        forward.stickiness = stickiness;
    }
    let mut rewriting = rule(3, "/rewrite*", forward);
    rewriting.transforms.url = Some(Rewrite {
        regex: "^/rewrite(.?)".to_owned(),
        replace: "/new$1".to_owned(),
    });
    rewriting.transforms.host = Some(Rewrite {
        regex: "^(.*)$".to_owned(),
        replace: "in.$1".to_owned(),
    });
    vec![
        rule(1, "/redirect*", Action::Redirect(redirect)),
        rule(
            2,
            "/fixed*",
            Action::FixedResponse(FixedResponse::default()),
        ),
        rewriting,
    ]
}

/// Whether every line of a head ends with CRLF, and nothing else looks like an end.
fn has_sound_lines(head: &[u8]) -> bool {
    let text: String = head.iter().copied().map(char::from).collect();
    !text.replace("\r\n", "").contains(['\r', '\n', '\0'])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Asked or at work, the switch says the same, and what it writes is one message of sound lines.
    #[test]
    fn odd_octets_break_nothing(settings in any_config(), request in any_request()) {
        let advisor = Advisor::new(settings.clone()).unwrap();
        let route = advisor.route(80, [10, 0, 0, 2].into(), &request).unwrap();
        if let Some(forwarded) = &route.forwarded {
            // A target that reads as leniently sees the one request that was meant.
            let Judged::Request(seen) = judge(forwarded, &settings.intake) else {
                return Err(TestCaseError::fail(format!("{}", forwarded.escape_ascii())));
            };
            prop_assert_eq!(seen.consumed, forwarded.len(), "{}", forwarded.escape_ascii());
            prop_assert_eq!(Some(seen.head.target()), route.path.as_deref());
        }
        let mut world = World::new(settings).serve(11, greeter("A"));
        world.run_to(1000);
        let line = world.open(80);
        world.send(line, &request);
        world.run_to(2000);
        let received = world.line(line).received.clone();
        let head = received.windows(4).position(|end| end == b"\r\n\r\n").map(|end| &received[..end]);
        if let Some(head) = head {
            prop_assert!(has_sound_lines(head), "{}", head.escape_ascii());
        }
        if let Some(status) = route.status {
            let told = world.answers().first().map(|(told, _)| *told);
            prop_assert_eq!(told, Some(status), "{}", request.escape_ascii());
        }
        world.close(line);
        world.run_to(3000);
        for (_, event) in &world.events {
            if let Event::Logged(entry) = event {
                let entry = entry.to_string();
                prop_assert!(entry.bytes().all(|octet| matches!(octet, b' '..=b'~')), "{entry:?}");
                prop_assert_eq!(entry.matches('"').count() % 2, 0, "{}", entry);
            }
        }
    }
}

#[test]
fn white_space_in_front_of_a_fragment_goes_with_it() {
    let mut settings = config(&[11]);
    settings.intake.parser = Parser::Alb(DesyncMode::Monitor);
    let advisor = Advisor::new(settings).unwrap();
    let octets = b"GET /a\t# HTTP/1.1\r\nHost: h\r\n\r\n";
    let route = advisor.route(80, [10, 0, 0, 2].into(), octets).unwrap();
    assert_eq!(route.path.as_deref(), Some("/a"));
}

#[test]
fn an_octet_is_the_same_in_an_answer_and_in_the_log() {
    let mut settings = config(&[11]);
    settings.intake.parser = Parser::Alb(DesyncMode::Monitor);
    settings.listeners[0].rules = rules(None);
    let mut world = World::new(settings).serve(11, greeter("A"));
    world.run_to(1000);
    let line = world.open(80);
    let asked = b"G\"T /redirect\xe9\x01 HTTP/1.1\r\nHost: h\r\nUser-Agent: \xff\x7f\r\n\r\n";
    world.send(line, asked);
    world.run_to(2000);
    let answer = world.line(line).received.escape_ascii().to_string();
    let location = r"Location: http://h:8080/to/redirect\xe9\x01?&redirect\xe9\x01\r\n";
    assert!(answer.contains(location), "{answer}");
    let entry = world.log().pop().unwrap();
    for part in [
        r#""G\x22T http://h:80/redirect\xE9\x01 HTTP/1.1""#,
        r#""\xFF\x7F""#,
        r#""http://h:8080/to/redirect\xE9\x01?&redirect\xE9\x01""#,
    ] {
        assert!(entry.contains(part), "{part} in {entry}");
    }
}
