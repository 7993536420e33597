//! The access log and the metrics: what became of every request.

use switchlab_core::Event;
use switchlab_l7::{Action, Condition, FixedResponse, Redirect, Rule};

use crate::world::{Act, World, ask, config};

fn log(world: &World) -> Vec<String> {
    let line = |(_, event): &(_, Event)| match event {
        Event::Logged(line) => Some(line.to_string()),
        _ => None,
    };
    world.events.iter().filter_map(line).collect()
}

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
    let told: String = log(&told())
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(told, include_str!("access.log"));
}

#[test]
fn nothing_is_logged_that_nobody_wants_logged() {
    let mut settings = config(&[]);
    settings.access_log = false;
    let mut world = World::new(settings);
    ask(&mut world, 1_000, crate::world::GET);
    assert_eq!(world.answers(), [(503, None)]);
    assert_eq!(log(&world), [""; 0]);
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
        "web RequestCountPerTarget 6.0",
        "web TargetResponseTime 0.000100",
    ];
    assert_eq!(rows, expected);
    assert_eq!(world.count("alb", "RequestCount"), 6);
    assert_eq!(world.count("web", "HealthyHostCount"), 1);
}
