//! Who answers: turns, failover, stickiness, registration.

use std::sync::Arc;
use std::time::Duration;

use switchlab_balance::Stickiness;
use switchlab_core::{Command, ControlError, Event, TargetState};
use switchlab_l7::{Action, Condition, FixedResponse, Forward, Redirect, Rule, SetRule, Share};

use crate::world::{Act, GET, World, ask, body, config, greeter};

#[test]
fn targets_take_turns_and_a_stopped_one_is_left_out() {
    let mut world = World::new(config(&[11, 12]))
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    let bodies: Vec<String> = (1..5)
        .map(|second| body(&ask(&mut world, second * 1000, GET)).to_owned())
        .collect();
    assert_eq!(bodies, ["A", "B", "A", "B"]);

    world.run_to(6_000);
    world.machine(12).stop();
    let statuses: Vec<String> = (7..20)
        .map(|second| ask(&mut world, second * 1000, GET)[9..12].to_owned())
        .collect();
    // Probes at 10 s and 15 s fail; until then every second request goes to the stopped one.
    assert_eq!(
        statuses.iter().filter(|status| *status == "502").count(),
        4,
        "{statuses:?}"
    );
    assert!(
        statuses[9..].iter().all(|status| status == "200"),
        "from 16 s on only A: {statuses:?}"
    );
    let changes: Vec<(u64, TargetState)> = world
        .events
        .iter()
        .filter_map(|(at, event)| match event {
            Event::TargetChanged(change) => Some((at.as_nanos() / 1_000_000_000, change.to)),
            _ => None,
        })
        .collect();
    assert_eq!(
        changes,
        [
            (0, TargetState::Healthy),
            (0, TargetState::Healthy),
            (15, TargetState::Unhealthy)
        ]
    );

    world.machine(12).station.sockets_mut().listen(80).unwrap();
    // Good probes at 20 s and 25 s bring it back.
    let bodies: Vec<String> = (26..30)
        .map(|second| body(&ask(&mut world, second * 1000, GET)).to_owned())
        .collect();
    assert_eq!(
        bodies.iter().filter(|body| *body == "B").count(),
        2,
        "{bodies:?}"
    );
    assert_eq!(world.count("web", "4xx"), 0);
}

#[test]
fn a_cookie_binds_a_client_to_its_target_while_that_is_well() {
    let mut settings = config(&[11, 12]);
    settings.groups[0].config.stickiness = Some(Stickiness::LbCookie {
        duration: Duration::from_secs(60),
    });
    let mut world = World::new(settings)
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    let token = |answer: &str| {
        let (_, behind) = answer.split_once("Set-Cookie: AWSALB=").unwrap();
        behind.split(';').next().unwrap().to_owned()
    };
    let with = |token: &str| {
        format!("GET / HTTP/1.1\r\nHost: h\r\nCookie: x=1; AWSALB={token}\r\n\r\n").into_bytes()
    };
    let first = ask(&mut world, 1000, GET);
    assert_eq!(body(&first), "A");
    let twin = "; Expires=Wed, 08 Jan 2025 00:00:01 GMT; Path=/; SameSite=None; Secure\r\n";
    assert!(
        first.contains(&format!("Set-Cookie: AWSALBCORS={}{twin}", token(&first))),
        "{first}"
    );

    let mut cookie = token(&first);
    for second in 2..5 {
        let answer = ask(&mut world, second * 1000, &with(&cookie));
        assert_eq!(body(&answer), "A", "bound, and the time starts anew");
        assert_ne!(token(&answer), cookie, "each answer brings a new one");
        cookie = token(&answer);
    }
    let mut altered = cookie.clone();
    altered.replace_range(3..4, if &cookie[3..4] == "0" { "1" } else { "0" });
    assert_eq!(
        body(&ask(&mut world, 5000, &with(&altered))),
        "B",
        "an altered one binds to nothing"
    );

    world.machine(11).stop();
    world.run_to(16_000);
    let answer = ask(&mut world, 17_000, &with(&cookie));
    assert_eq!(body(&answer), "B", "its target is unhealthy");
    cookie = token(&answer);
    world.machine(11).station.sockets_mut().listen(80).unwrap();
    assert_eq!(
        body(&ask(&mut world, 40_000, &with(&cookie))),
        "B",
        "it stays when the old one is back"
    );
    assert_eq!(
        body(&ask(&mut world, 101_000, &with(&cookie))),
        "A",
        "60 s without a request: no longer bound"
    );
}

#[test]
fn who_is_deregistered_may_finish_for_a_while() {
    let mut settings = config(&[11]);
    settings.groups[0].config.deregistration_delay = Duration::from_secs(5);
    let mut world = World::new(settings)
        .serve(11, |_| Act::Wait)
        .serve(12, greeter("B"));
    world.run_to(1000);
    let line = world.open(80);
    world.send(line, GET);
    world.run_to(2000);
    let group: Arc<str> = "web".into();
    let [old, new] = ["10.0.0.11:80", "10.0.0.12:80"].map(|target| target.parse().unwrap());
    let register = |target| Command::Register {
        group: Arc::clone(&group),
        target,
    };
    let deregister = |target| Command::Deregister {
        group: Arc::clone(&group),
        target,
    };
    world.control(&register(new)).unwrap();
    world.control(&deregister(old)).unwrap();
    let refused = world.control(&register(old)).unwrap_err();
    assert!(refused.to_string().contains("still draining"), "{refused}");
    let unknown = Command::Register {
        group: "wbe".into(),
        target: new,
    };
    let known = vec!["web".to_owned()];
    assert_eq!(
        world.control(&unknown),
        Err(ControlError::Unknown {
            kind: "target group",
            name: "wbe".to_owned(),
            known
        })
    );

    assert_eq!(
        body(&ask(&mut world, 3000, GET)),
        "B",
        "nothing new goes to the old one"
    );
    world.run_to(6_999);
    assert_eq!(world.line(line).text(), "", "it may still answer");
    world.run_to(7_001);
    assert!(
        world.line(line).text().starts_with("HTTP/1.1 502 "),
        "the delay is over"
    );
    world.run_to(8000);
    world.control(&register(old)).unwrap();
}

#[test]
fn rules_decide_and_can_be_set_while_requests_come() {
    let mut settings = config(&[11]);
    let rule = |priority, path: &str, action| {
        Rule::new(priority, vec![Condition::Path([path].into())], action)
    };
    let fixed = |status, body: &str| {
        Action::FixedResponse(FixedResponse {
            status,
            body: body.to_owned(),
            ..FixedResponse::default()
        })
    };
    let redirect = Redirect {
        status: 301,
        protocol: "HTTPS".into(),
        port: "443".into(),
        ..Redirect::default()
    };
    settings.listeners[0].rules = vec![
        rule(20, "/f*", fixed(404, "nothing here")),
        rule(10, "/f?r", fixed(200, "far")),
        rule(30, "/old/*", Action::Redirect(redirect)),
    ];
    let mut world = World::new(settings).serve(11, greeter("A"));
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: Shop.Example:80\r\n\r\n").into_bytes();
    let far = ask(&mut world, 1000, &get("/far"));
    assert!(
        far.starts_with("HTTP/1.1 200 OK\r\n") && far.ends_with("\r\n\r\nfar"),
        "the lowest number first: {far}"
    );
    let fixed_answer = ask(&mut world, 2000, &get("/foo"));
    assert!(
        fixed_answer.starts_with("HTTP/1.1 404 Not Found\r\n")
            && fixed_answer.ends_with("nothing here")
    );
    let moved = ask(&mut world, 3000, &get("/old/x?y=1"));
    assert!(moved.starts_with("HTTP/1.1 301 "), "{moved}");
    assert!(
        moved.contains("\r\nLocation: https://Shop.Example:443/old/x?y=1\r\n"),
        "{moved}"
    );
    assert_eq!(body(&ask(&mut world, 4000, &get("/else"))), "A");

    let set = |rule| Command::Configure(Arc::new(SetRule { listener: 80, rule }));
    world
        .control(&set(rule(10, "/f?r", fixed(503, "closed"))))
        .unwrap();
    world
        .control(&set(rule(5, "/else", fixed(200, "changed"))))
        .unwrap();
    assert!(
        ask(&mut world, 5000, &get("/far")).starts_with("HTTP/1.1 503 "),
        "replaced"
    );
    assert_eq!(
        body(&ask(&mut world, 6000, &get("/else"))),
        "changed",
        "added in front"
    );
    let wrong = set(rule(0, "/", Action::forward("wbe")));
    let error = world.control(&wrong).unwrap_err().to_string();
    assert!(
        error.contains("1 to 50000") && error.contains("there is web"),
        "{error}"
    );
    assert_eq!(world.count("listener-80", "fixed_responses"), 4);
    assert_eq!(world.count("alb", "redirects"), 1);
    assert_eq!(world.count("alb", "requests"), 6);
}

#[test]
fn weights_share_requests_between_groups_and_nobody_steps_in() {
    let mut settings = config(&[11]);
    let mut other = settings.groups[0].clone();
    other.config.name = "green".into();
    other.config.targets.clear();
    settings.groups.push(other);
    let share = |group: &str, weight| Share {
        group: group.into(),
        weight: Some(weight),
    };
    settings.listeners[0].default = Action::Forward(Forward {
        shares: vec![share("web", 2), share("green", 1)],
        stickiness: None,
    });
    let mut world = World::new(settings).serve(11, greeter("A"));
    let statuses: Vec<String> = (1..7)
        .map(|second| ask(&mut world, second * 1000, GET)[9..12].to_owned())
        .collect();
    assert_eq!(
        statuses.iter().filter(|status| *status == "503").count(),
        2,
        "{statuses:?}"
    );
    assert_eq!(world.count("web", "requests"), 4);
}

#[test]
fn a_request_can_be_explained_and_nothing_changes_by_it() {
    let run = |explain: bool| {
        let mut settings = config(&[11]);
        settings.listeners[0].rules = vec![Rule::new(
            7,
            vec![Condition::Method(vec!["PUT".to_owned()])],
            Action::FixedResponse(FixedResponse::default()),
        )];
        let mut world = World::new(settings).serve(11, greeter("A"));
        world.explains = explain;
        let answer = ask(&mut world, 1000, GET);
        assert_eq!(body(&answer), "A");
        (world.events.clone(), world.steps.clone())
    };
    let (silent, none) = run(false);
    let (explained, steps) = run(true);
    assert_eq!(silent, explained, "the same events at the same moments");
    assert!(none.is_empty());
    let above = steps.iter().filter(|step| step.stage.starts_with("l7."));
    let told: Vec<String> = above
        .map(|step| format!("{}: {}", step.stage, step.found))
        .collect();
    assert_eq!(
        told,
        [
            "l7.rule: no: http-request-method should be PUT, and is GET",
            "l7.rule: the default action: forward web",
            "l7.candidate: yes",
            "l7.target: 10.0.0.11:80",
            "l7.answer: 200",
        ]
    );
    let assigned = explained.iter().filter_map(|(_, event)| match event {
        Event::Assigned(assigned) => Some((assigned.ordinal, assigned.target.to_string())),
        _ => None,
    });
    assert_eq!(
        assigned.collect::<Vec<_>>(),
        [(Some(0), "10.0.0.11:80".to_owned())]
    );
}
