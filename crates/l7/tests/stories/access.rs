//! The access log and the metrics: what became of every request.

use switchlab_http::{DesyncMode, Parser};
use switchlab_l7::{
    Action, Condition, FixedResponse, Protocol, ProtocolVersion, Redirect, Rewrite, Rule,
    TargetType,
};

use crate::world::{Act, World, ask, config, greeter};

/// A world in which everything happens that has a line of its own.
fn told() -> World {
    let mut settings = config(&[11]);
    let rule = |priority, path: &str, action| {
        Rule::new(priority, vec![Condition::Path([path].into())], action)
    };
    let redirect = Redirect {
        host: "new.example".into(),
        ..Redirect::default()
    };
    settings.listeners[0].rules = vec![
        rule(
            10,
            "/fixed",
            Action::FixedResponse(FixedResponse::default()),
        ),
        rule(20, "/old/*", Action::Redirect(redirect)),
    ];
    let mut world = World::new(settings).serve(11, |received| {
        let text = String::from_utf8_lossy(received);
        match text.split(' ').nth(1) {
            _ if !text.contains("\r\n\r\n") => Act::Wait,
            Some("/socket") => Act::Answer(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_vec(),
            ),
            Some("/slow") => Act::Wait,
            Some("/cut") => {
                Act::AnswerAndReset(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec())
            }
            Some("/bad") => Act::Answer(b"SSH-2.0\r\n".to_vec()),
            Some("/no") => {
                Act::Answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec())
            }
            _ => Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()),
        }
    });
    let get = |path: &str, fields: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: Shop.example:80\r\n{fields}\r\n").into_bytes()
    };
    ask(
        &mut world,
        1_000,
        &get("/a?b=\"c\\", "User-Agent: curl/8 \"x\"\r\n"),
    );
    ask(
        &mut world,
        2_000,
        &get("/no", "X-Amzn-Trace-Id: Root=1-5-6\r\n"),
    );
    ask(&mut world, 3_000, &get("/fixed", ""));
    ask(&mut world, 4_000, &get("/old/x", ""));
    ask(&mut world, 5_000, &get("/bad", ""));
    ask(&mut world, 6_000, &get("/cut", ""));
    ask(&mut world, 7_000, b"GET / HTTP/1.1\r\n\r\n");
    world.run_to(8_000);
    let gone = world.open(80);
    world.send(gone, &get("/slow", ""));
    world.run_to(8_500);
    world.abort(gone);
    world.run_to(9_000);
    let socket = world.open(80);
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    world.send(socket, &get("/socket", upgrade));
    world.run_to(9_500);
    world.send(socket, b"twelve octets");
    world.run_to(11_250);
    world.close(socket);
    world.run_to(12_000);
    world
}

#[test]
fn every_request_has_its_line() {
    let told: String = told()
        .log()
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(told, include_str!("access.log"));
}

#[test]
fn classes_and_transforms_have_their_fields() {
    let mut settings = config(&[11]);
    settings.intake.parser = Parser::Alb(DesyncMode::Defensive);
    settings.listeners[0].protocol = Protocol::Https;
    settings.listeners[0].certificates = vec!["shop".to_owned()];
    let rewrite = |regex: &str, replace: &str| Rewrite {
        regex: regex.to_owned(),
        replace: replace.to_owned(),
    };
    let rule = |priority, path: &str, url| {
        let conditions = vec![Condition::Path([path].into())];
        let mut rule = Rule::new(priority, conditions, Action::forward("web"));
        rule.transforms.url = Some(url);
        rule
    };
    settings.listeners[0].rules = vec![
        rule(1, "/old/*", rewrite("^/old", "/new")),
        rule(2, "/odd/*", rewrite("^/odd", " ")),
    ];
    let mut world = World::new(settings).serve(11, greeter("A"));
    let last = |world: &mut World, second: u64, octets: &[u8]| {
        ask(world, second * 1000, octets);
        let fields: Vec<String> = world
            .log()
            .pop()
            .unwrap()
            .split(' ')
            .map(str::to_owned)
            .collect();
        // Kind, URL, and from the class on; the name of the connection left out.
        let behind = [
            &fields[fields.len() - 6..fields.len() - 4],
            &fields[fields.len() - 3..],
        ];
        [&fields[..1], &fields[13..14], &behind.concat()]
            .concat()
            .join(" ")
    };
    #[rustfmt::skip]
    let rows: [(&[u8], &str, &str); 4] = [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", r#"https https://h:80/ "-" "-" "-" "-" "-""#, "nothing of the kind"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", r#"https https://h:80/ "Acceptable" "GetHeadZeroContentLength" "-" "-" "-""#, "a class and its reason"),
        (b"GET /old/x HTTP/1.1\r\nHost: h\r\n\r\n", r#"https https://h:80/old/x "-" "-" "h" "/new/x" "TransformSuccess""#, "what a rule has made of it"),
        (b"GET /odd/x HTTP/1.1\r\nHost: h\r\n\r\n", r#"https https://h:80/odd/x "-" "-" "-" "-" "TransformReplaceError""#, "or could not make of it"),
    ];
    for (second, (octets, expected, because)) in (1..).zip(rows) {
        assert_eq!(last(&mut world, second, octets), expected, "{because}");
    }
    assert_eq!(
        world.count("alb", "DesyncMitigationMode_NonCompliant_Request_Count"),
        1
    );
    let seen = &world.machine(11).seen[0];
    assert!(seen.contains("X-Forwarded-Proto: https\r\n"), "{seen}");
}

#[test]
fn a_refused_request_is_told_as_far_as_it_came() {
    let forwarders = ["10.0.0.1"; 31].join(", ");
    let asked = |rest: &str| format!("GET /a?b HTTP/1.1\r\nUser-Agent: u/1\r\nHost: h:8\r\n{rest}");
    let field = "x".repeat(17 << 10);
    let line = r#""GET http://h:80/a?b HTTP/1.1" "u/1""#;
    let (strict, alb) = (Parser::Strict, Parser::Alb(DesyncMode::Strictest));
    #[rustfmt::skip]
    let rows = [
        (strict, asked(&format!("X-Forwarded-For: {forwarders}\r\n\r\n")), "463", line, "too many forwarders"),
        (alb,    asked(&format!("X-Forwarded-For: {forwarders}\r\n\r\n")), "463", line, "for whoever reads"),
        (strict, asked("Expect: x\r\n\r\n"),              "417", line, "an expectation nobody meets"),
        (alb,    asked("Content-Length: 0\r\n\r\n"),      "400", line, "blocked by the mode"),
        (strict, asked(&format!("X: {field}")),             "431", line, "too long a field, not whole"),
        (alb,    asked(&format!("X: {field}")),             "400", line, "as an ALB has it"),
        (strict, asked("Transfer-Encoding: gzip, chunked\r\n\r\n"), "501", line, "a coding that is not known"),
        (strict, "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(), "405", r#""TRACE http://h:80/ HTTP/1.1" "-""#, "a method that is not allowed"),
        (strict, "GET / HTTP/2.0\r\n\r\n".to_owned(),       "505", r#""GET http://10.0.0.10:80/ HTTP/2.0" "-""#, "another version"),
        (strict, format!("GET /{field}"),                   "414", r#""- http://10.0.0.10:80- -" "-""#, "the line has no end"),
        (strict, "SSH-2.0-x\r\n".to_owned(),                "400", r#""- http://10.0.0.10:80- -" "-""#, "no request line"),
    ];
    for (parser, octets, status, told, because) in rows {
        let mut settings = config(&[11]);
        settings.intake.parser = parser;
        let mut world = World::new(settings).serve(11, greeter("A"));
        ask(&mut world, 1000, octets.as_bytes());
        let logged = world.log().pop().unwrap_or_default();
        let fields: Vec<_> = logged.split(' ').collect();
        assert_eq!(fields[8], status, "{because}: {logged}");
        assert!(
            logged.contains(&format!(" {told} - - - ")),
            "{because}: {logged}"
        );
    }
}

#[test]
fn a_function_takes_no_long_body_and_no_websocket() {
    let long =
        |octets: usize| format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {octets}\r\n\r\n");
    let upgrade = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    #[rustfmt::skip]
    let rows = [
        (upgrade.to_owned(),    "400", "a function has no connection to go on with"),
        (long((1 << 20) + 1),   "413", "one octet too many"),
        (long(1 << 20),         "200", "as many as may be"),
    ];
    for (octets, expected, because) in rows {
        let mut settings = config(&[11]);
        settings.groups[0].target_type = TargetType::Lambda;
        let mut world = World::new(settings).serve(11, greeter("A"));
        let answer = ask(&mut world, 1000, octets.as_bytes());
        assert_eq!(answer[9..12], *expected, "{because}");
    }
}

#[test]
fn a_group_of_another_version_is_464() {
    for version in [ProtocolVersion::Http2, ProtocolVersion::Grpc] {
        let mut settings = config(&[11]);
        settings.groups[0].protocol_version = version;
        settings.listeners[0].protocol = Protocol::Https;
        settings.listeners[0].certificates = vec!["shop".to_owned()];
        let mut world = World::new(settings).serve(11, greeter("A"));
        let answer = ask(&mut world, 1000, crate::world::GET);
        assert!(answer.starts_with("HTTP/1.1 464"), "{version}: {answer}");
        let chosen = world.count("alb", "RequestCount");
        assert_eq!(chosen, 0, "{version}: no target was chosen");
    }
}

#[test]
fn nothing_is_logged_that_nobody_wants_logged() {
    let mut settings = config(&[]);
    settings.access_log = false;
    let mut world = World::new(settings);
    ask(&mut world, 1_000, crate::world::GET);
    assert_eq!(world.answers(), [(503, None)]);
    assert_eq!(world.log(), [""; 0]);
}

#[test]
fn the_metrics_are_those_of_cloudwatch() {
    let world = told();
    let tables = world.switch_tables();
    let metrics = tables
        .iter()
        .find(|table| table.title == "metrics")
        .unwrap();
    let rows: Vec<_> = metrics.rows.iter().map(|row| row.join(" ")).collect();
    let expected = [
        // The redirect; a malformed request and a client that went.
        "alb HTTPCode_ELB_3XX_Count 1",
        "alb HTTPCode_ELB_4XX_Count 2",
        "alb HTTPCode_ELB_502_Count 1",
        "alb HTTPCode_ELB_5XX_Count 1",
        "alb HTTP_Fixed_Response_Count 1",
        "alb HTTP_Redirect_Count 1",
        // Nine of clients, four to the target: where one broke, another was opened.
        "alb NewConnectionCount 13",
        "alb ProcessedBytes 1611",
        // Neither the fixed response nor the redirect nor what is malformed.
        "alb RequestCount 6",
        // Two for each request but the one that the first rule took.
        "alb RuleEvaluations 15",
        "web HTTPCode_Target_2XX_Count 2",
        "web HTTPCode_Target_4XX_Count 1",
        "web HealthyHostCount 1",
        "web HealthyStateDNS 1",
        "web HealthyStateRouting 1",
        "web RequestCountPerTarget 6.0",
        "web TargetResponseTime 0.000100",
    ];
    assert_eq!(rows, expected);
    assert_eq!(world.count("alb", "RequestCount"), 6);
    assert_eq!(world.count("web", "HealthyHostCount"), 1);
}
