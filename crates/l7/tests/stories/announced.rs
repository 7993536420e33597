//! Clients behind a proxy that speaks the PROXY protocol.

use switchlab_core::Event;
use switchlab_host::ConnectionEvent;
use switchlab_l7::{Action, Condition, FixedResponse, Rule};

use crate::world::{GET, World, body, config, greeter};

#[test]
fn the_announced_client_is_the_one_that_counts() {
    let mut settings = config(&[11]);
    settings.proxy_protocol = true;
    let afar = vec![Condition::Source(vec!["203.0.113.0/24".parse().unwrap()])];
    let action = Action::FixedResponse(FixedResponse {
        body: "from afar".to_owned(),
        ..FixedResponse::default()
    });
    settings.listeners[0].rules = vec![Rule::new(1, afar, action)];
    let mut world = World::new(settings).serve(11, greeter("A"));
    #[rustfmt::skip]
    let rows: [(&[u8], &str, &str); 3] = [
        (b"PROXY TCP4 203.0.113.7 10.0.0.10 40000 80\r\n", "203.0.113.7:40000", "a rule looks at it"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 40000 80\r\n", "[2001:db8::7]:40000", "over another family than ours"),
        (b"PROXY UNKNOWN\r\n",                             "10.0.0.2",          "nobody: the one TCP knows"),
    ];
    for (second, (announcement, client, because)) in (1..).zip(rows) {
        world.run_to(second * 1000);
        let line = world.open(80);
        // In pieces, and with the request behind it.
        let (first, rest) = announcement.split_at(9);
        world.send(line, first);
        world.run_to(second * 1000 + 100);
        world.send(line, &[rest, GET].concat());
        world.run_to(second * 1000 + 500);
        world.send(line, GET);
        world.run_to(second * 1000 + 900);
        let text = world.line(line).text();
        assert_eq!(
            text.matches("HTTP/1.1 200 OK").count(),
            2,
            "{because}: announced once"
        );
        match client.starts_with("203.") {
            true => assert_eq!(&text[text.len() - 9..], "from afar", "{because}"),
            false => {
                assert_eq!(
                    body(&text[text.rfind("HTTP/1.1").unwrap()..]),
                    "A",
                    "{because}"
                );
                let host = client.trim_end_matches(":40000").trim_matches(['[', ']']);
                let seen = world.machine(11).seen.last().unwrap();
                let field = format!("X-Forwarded-For: {host}\r\n");
                assert!(seen.contains(&field), "{because}: {seen}");
            }
        }
        let logged = world
            .events
            .iter()
            .rev()
            .find_map(|(_, event)| match event {
                Event::Logged(line) => line.to_string().split(' ').nth(3).map(str::to_owned),
                _ => None,
            });
        let logged = logged.unwrap();
        assert!(logged.starts_with(client), "{because}: {logged}");
    }
}

#[test]
fn who_announces_nothing_is_reset() {
    let mut settings = config(&[11]);
    settings.proxy_protocol = true;
    let mut world = World::new(settings).serve(11, greeter("A"));
    world.run_to(1000);
    let [request, half, silent] = [world.open(80), world.open(80), world.open(80)];
    world.send(request, GET);
    world.send(half, b"PROXY TCP4 203.");
    world.run_to(2000);
    assert_eq!(
        world.line(request).end(),
        Some(ConnectionEvent::Reset),
        "a request and no announcement"
    );
    world.close(half);
    world.run_to(70_000);
    for (line, because) in [(half, "it ends in the middle"), (silent, "60 s of silence")] {
        assert_eq!(
            world.line(line).end(),
            Some(ConnectionEvent::Reset),
            "{because}"
        );
        assert_eq!(world.line(line).text(), "", "{because}: without a word");
    }
    assert_eq!(world.count("listener-80", "unannounced"), 3);
    assert_eq!(world.answers(), []);
    world.run_to(72_500);
    assert!(world.switch_is_empty(), "nothing is left behind");
}
