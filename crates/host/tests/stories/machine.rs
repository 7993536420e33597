//! What a machine does by itself, whatever runs on it.

use switchlab_host::{PingConfig, UdpEchoConfig};

use super::*;

#[test]
fn pings_are_answered_by_the_machine_and_lost_with_it() {
    let ping = PingConfig {
        count: Some(6),
        every: Duration::from_millis(100),
        timeout: Duration::from_millis(50),
        ..PingConfig::new(Ipv4Addr::new(10, 0, 0, 2))
    };
    let pair = || Pair::new(ping.clone(), UdpEchoConfig::default());
    let fates =
        |story: &Story| ["sent", "answered", "lost"].map(|name| story.counter("client", name));
    let stopped = pair().stop(250, "server").run(2000);
    assert_eq!(
        fates(&stopped),
        [6, 6, 0],
        "applications have nothing to do with it"
    );
    let crashed = pair().at(250, "server", Action::Crash).run(2000);
    assert_eq!(fates(&crashed), [6, 3, 3], "a machine that is off has");
}

#[test]
fn a_ping_longer_than_a_frame_goes_in_fragments() {
    let ping = PingConfig {
        count: Some(1),
        size: 10_000,
        ..PingConfig::new(Ipv4Addr::new(10, 0, 0, 2))
    };
    let story = Pair::new(ping, UdpEchoConfig::default()).run(2000);
    assert_eq!(story.counter("client", "answered"), 1);
    assert!(story.outcome.node("client").unwrap().ports[0].sent_frames > 6);
}
