//! Sticky sessions beside the plain cookie, and what traffic and health say of a group.

use std::time::Duration;

use switchlab_balance::{GroupConfig, PassiveHealth, Stickiness, Tokens};
use switchlab_core::{Event, Instant, TargetState};
use switchlab_l7::{Action, Advisor, Forward, Share};

use crate::world::{Act, GET, World, ask, body, config, greeter};

/// The value of a cookie that an answer sets.
fn cookie(answer: &str, name: &str) -> Option<String> {
    let (_, behind) = answer.split_once(&format!("Set-Cookie: {name}="))?;
    Some(behind.split(';').next().unwrap_or_default().to_owned())
}

/// A request with these cookies.
fn with(path: &str, cookies: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\nCookie: {cookies}\r\n\r\n").into_bytes()
}

/// A server whose `/login` sets the cookie `session`.
fn application(name: &'static str) -> impl FnMut(&[u8]) -> Act {
    move |received| {
        if !received.ends_with(b"\r\n\r\n") {
            return Act::Wait;
        }
        let login = match received.starts_with(b"GET /login ") {
            true => "Set-Cookie: session=1; Path=/\r\n",
            false => "",
        };
        Act::Answer(format!("HTTP/1.1 200 OK\r\n{login}Content-Length: 1\r\n\r\n{name}").into())
    }
}

#[test]
fn a_session_of_the_application_binds_while_both_cookies_come() {
    let mut settings = config(&[11, 12]);
    settings.groups[0].config.stickiness = Some(Stickiness::AppCookie {
        name: "session".into(),
        duration: Duration::from_secs(60),
    });
    let mut world = World::new(settings)
        .serve(11, application("A"))
        .serve(12, application("B"));
    let before = ask(&mut world, 1000, GET);
    assert_eq!(
        (body(&before), cookie(&before, "AWSALBAPP-0")),
        ("A", None),
        "no session yet"
    );
    let login = ask(&mut world, 2000, &with("/login", "x=1"));
    assert_eq!(body(&login), "B");
    let token = cookie(&login, "AWSALBAPP-0").expect("the application's cookie begins a session");
    assert_eq!(cookie(&login, "AWSALBAPP-0CORS"), None, "it has no twin");
    let both = format!("session=1; AWSALBAPP-0={token}");
    #[rustfmt::skip]
    let story = [
        // at     cookies                          by   renewed  because
        (3_000,   both.clone(),                    "B", true,    "bound, where it would be A's turn"),
        (4_000,   both.clone(),                    "B", true,    "and again"),
        (5_000,   format!("AWSALBAPP-0={token}"),  "A", false,   "the application's own cookie is missing"),
        (6_000,   "session=1".to_owned(),          "B", false,   "ours is missing, and it is B's turn"),
        (70_000,  both,                            "A", true,    "60 s after it was issued it no longer binds; a new one comes"),
    ];
    for (at, cookies, by, is_renewed, because) in story {
        let answer = ask(&mut world, at, &with("/", &cookies));
        assert_eq!(body(&answer), by, "at {at} ms: {because}");
        assert_eq!(
            cookie(&answer, "AWSALBAPP-0").is_some(),
            is_renewed,
            "at {at} ms: {because}"
        );
    }
    let afresh = world.count("alb", "NonStickyRequestCount");
    assert_eq!(afresh, 5, "all but the two that were bound");
}

/// Requests with whatever cookie came last, 950 ms apart from 900 ms on; who answered each.
fn in_a_row(world: &mut World, name: &str) -> String {
    let mut token = None;
    let mut bodies = String::new();
    for number in 0..20 {
        let asked = match &token {
            Some(token) => with("/", &format!("{name}={token}")),
            None => GET.to_vec(),
        };
        let answer = ask(world, 900 + 950 * number, &asked);
        bodies.push_str(body(&answer));
        token = cookie(&answer, name);
    }
    bodies
}

#[test]
fn a_session_of_a_second_lasts_a_whole_second_from_any_moment_on() {
    let second = Duration::from_secs(1);
    let mut settings = config(&[11, 12]);
    settings.groups[0].config.stickiness = Some(Stickiness::LbCookie { duration: second });
    let mut world = World::new(settings)
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    assert_eq!(
        in_a_row(&mut world, "AWSALB"),
        "A".repeat(20),
        "to a target"
    );

    let mut settings = config(&[11]);
    let other = GroupConfig::new("other", ["10.0.0.12:80".parse().unwrap()]);
    settings.groups.push(other.into());
    let share = |group: &str| Share {
        group: group.into(),
        weight: Some(1),
    };
    settings.listeners[0].default = Action::Forward(Forward {
        shares: vec![share("web"), share("other")],
        stickiness: Some(second),
    });
    let mut world = World::new(settings)
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    assert_eq!(
        in_a_row(&mut world, "AWSALBTG"),
        "A".repeat(20),
        "to a group"
    );
}

#[test]
fn an_address_binds_without_any_cookie() {
    let mut settings = config(&[11, 12]);
    settings.groups[0].config.stickiness = Some(Stickiness::SourceIp {
        duration: Duration::from_secs(10),
    });
    let mut world = World::new(settings)
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    let mut by = |at| body(&ask(&mut world, at, GET)).to_owned();
    assert_eq!(
        [by(1000), by(2000), by(11_000)],
        ["A", "A", "A"],
        "each request binds anew"
    );
    assert_eq!(
        by(25_000),
        "B",
        "after 10 s of silence it is the next one's turn"
    );
}

#[test]
fn a_group_cookie_binds_to_a_group() {
    let mut settings = config(&[11]);
    let green = GroupConfig::new("green", ["10.0.0.12:80".parse().unwrap()]);
    settings.groups.push(green.into());
    let share = |group: &str, weight| Share {
        group: group.into(),
        weight: Some(weight),
    };
    settings.listeners[0].default = Action::Forward(Forward {
        shares: vec![share("web", 1), share("green", 1)],
        stickiness: Some(Duration::from_secs(60)),
    });
    let advisor = Advisor::new(settings.clone()).unwrap();
    let mut world = World::new(settings)
        .serve(11, greeter("blue"))
        .serve(12, greeter("green"));
    let first = ask(&mut world, 1000, GET);
    let token = cookie(&first, "AWSALBTG").expect("the first answer binds");
    let twin = cookie(&first, "AWSALBTGCORS");
    assert_eq!(twin.as_ref(), Some(&token));
    let encoded = token.replace('=', "%3D");
    let bound = body(&first).to_owned();
    for second in 2..5 {
        let cookies = format!("AWSALBTG={token}");
        let answer = ask(&mut world, second * 1000, &with("/", &cookies));
        assert_eq!(
            body(&answer),
            bound,
            "bound, where the groups would take turns"
        );
        assert!(
            cookie(&answer, "AWSALBTG").is_some(),
            "and from now on anew"
        );
    }
    let stale = Tokens::new(0, "another").bind_group("80/0", "web", Instant::ZERO);
    for (at, token, because) in [
        (6_000, &stale, "one of another balancer binds to nothing"),
        (
            80_000,
            &token,
            "nor does one that is older than its duration",
        ),
    ] {
        let cookies = format!("AWSALBTG={token}");
        let mut bodies = [0, 1000]
            .map(|later| body(&ask(&mut world, at + later, &with("/", &cookies))).to_owned());
        bodies.sort();
        assert_eq!(bodies, ["blue", "green"], "{because}");
    }
    #[rustfmt::skip]
    let rows = [
        (format!("AWSALBTG={encoded}"),                        "400", "was URL-encoded",      "AWSALBTGCookieInvalid"),
        ("AWSALBTG=".to_owned(),                               "400", "is empty",             "AWSALBTGCookieInvalid"),
        ("AWSALBTG=abc".to_owned(),                            "400", "is no token",          "AWSALBTGCookieInvalid"),
        (format!("AWSALBTG={encoded}; AWSALBTG={token}"),      "200", "a good one is with it", "binds it"),
        (format!("AWSALBTG={stale}"),                          "200", "is another balancer's", "does not count"),
        ("AWSALBTGCORS=abc".to_owned(),                        "200", "is another cookie",    "the heaviest group"),
    ];
    for (second, (cookies, status, because, why)) in (90..).zip(rows) {
        let request = with("/", &cookies);
        let answer = ask(&mut world, second * 1000, &request);
        assert_eq!(&answer[9..12], status, "{because}");
        let logged = world.log().pop().unwrap();
        let is_told = logged.contains("\"forward\" \"-\" \"AWSALBTGCookieInvalid\"");
        assert_eq!(is_told, status == "400", "{because}: {logged}");
        let route = advisor.route(80, [10, 0, 0, 2].into(), &request).unwrap();
        let is_said = route.why.iter().any(|step| step.because.contains(why));
        assert!(is_said, "{because}: {:?}", route.why);
        assert_eq!(route.status, (status == "400").then_some(400), "{because}");
    }
}

#[test]
fn a_node_tells_when_it_leaves_dns_and_when_it_is_back() {
    let mut world = World::new(config(&[11])).serve(11, greeter("A"));
    world.run_to(1000);
    world.machine(11).stop();
    world.run_to(20_000);
    world.machine(11).station.sockets_mut().listen(80).unwrap();
    world.run_to(60_000);
    let told: Vec<_> = world
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::DnsChanged(change) => Some((
                change.address.to_string(),
                change.is_in,
                change.because.to_string(),
            )),
            _ => None,
        })
        .collect();
    let row = |is_in, because: &str| ("10.0.0.10".to_owned(), is_in, because.to_owned());
    assert_eq!(
        told,
        [
            row(true, "Enough targets of every group are healthy."),
            row(
                false,
                "Too few targets: 0 of 1 targets of the group web are healthy."
            ),
            row(true, "Enough targets of every group are healthy."),
        ]
    );
    let tables = world.switch_tables();
    let dns = tables
        .iter()
        .find(|table| table.title == "dns")
        .expect("it stands in a table");
    assert_eq!(dns.rows, [["alb", "-", "10.0.0.10", "in", "-"]]);
    let zones = [
        "HealthyStateDNS",
        "UnhealthyStateDNS",
        "HealthyStateRouting",
        "UnhealthyStateRouting",
    ];
    assert_eq!(zones.map(|name| world.count("web", name)), [1, 0, 1, 0]);
}

#[test]
fn real_failures_eject_a_target_that_passes_its_checks() {
    let mut settings = config(&[11, 12]);
    settings.groups[0].config.passive_health = Some(PassiveHealth {
        failures: 2,
        ..PassiveHealth::default()
    });
    let broken = |received: &[u8]| match received {
        _ if !received.ends_with(b"\r\n\r\n") => Act::Wait,
        _ if received.starts_with(b"GET /health ") => {
            Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..].into())
        }
        _ => Act::Answer(b"HTTP/1.1 500 Oh\r\nContent-Length: 1\r\n\r\nB"[..].into()),
    };
    let mut world = World::new(settings)
        .serve(11, greeter("A"))
        .serve(12, broken);
    let bodies: String = (1..8)
        .map(|second| body(&ask(&mut world, second * 1000, GET)).to_owned())
        .collect();
    assert_eq!(bodies, "ABABAAA", "two answers of 500 in a row are enough");
    let changes: Vec<_> = world
        .events
        .iter()
        .filter_map(|(at, event)| match event {
            Event::TargetChanged(change) if change.reason.starts_with("Passive") => Some((
                at.as_nanos() / 1_000_000_000,
                change.to,
                change.target.to_string(),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(
        changes,
        [(4, TargetState::Unhealthy, "10.0.0.12:80".to_owned())]
    );
}
