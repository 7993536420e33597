//! Requests and answers.

use switchlab_host::HttpServerConfig;

use super::*;

fn serves(body: &'static str) -> HttpServerConfig {
    HttpServerConfig {
        body: body.into(),
        ..HttpServerConfig::default()
    }
}

#[test]
fn requests_are_answered_each_on_its_own_connection() {
    let story = Pair::new(asks(3), serves("hello")).run(1000);
    let whole = (0..3).map(|number| (number, Some(200), None));
    assert!(story.fates().into_iter().eq(whole));
    let exchanges = story.exchanges();
    assert!(exchanges.iter().all(|exchange| exchange.ordinal == 0));
    assert_ne!(exchanges[0].client, exchanges[1].client);
    assert_eq!(story.counter("server", "served"), 3);
    assert_eq!(story.counter("client", "ok"), 3);
}

#[test]
fn a_kept_connection_carries_one_request_after_another() {
    let client = HttpClientConfig {
        keep_alive: true,
        ..asks(3)
    };
    let story = Pair::new(client, serves("hello")).run(1000);
    let exchanges = story.exchanges();
    let ordinals: Vec<_> = exchanges.iter().map(|exchange| exchange.ordinal).collect();
    assert_eq!(ordinals, [0, 1, 2]);
    assert_eq!(exchanges[0].client, exchanges[2].client);
}

#[test]
fn a_stopped_server_refuses_and_a_crashed_host_is_silent() {
    let client = || HttpClientConfig {
        timeout: Duration::from_millis(50),
        ..asks(30)
    };
    let pair = || Pair::new(client(), serves("hello"));
    let stopped = pair().stop(95, "server").start(195, "server").run(1000);
    assert_eq!(stopped.errors(), [RequestError::Refused; 10]);
    assert_eq!(stopped.counter("client", "ok"), 20);
    let crashed = pair().at(95, "server", Action::Crash).run(1000);
    assert_eq!(crashed.errors(), [RequestError::Timeout; 20]);
    let patient = HttpClientConfig {
        timeout: Duration::from_secs(60),
        ..asks(30)
    };
    let pulled = Pair::new(patient, serves("hello"))
        .at(95, "server", Action::Unplug(switchlab_core::PortId::new(0)))
        .run(60_000);
    assert_eq!(
        pulled.errors(),
        [RequestError::Unreachable; 20],
        "no neighbour answers"
    );
}
