//! What is left in a host when its requests are done.

use std::time::Duration;

use switchlab_core::step;
use switchlab_wire::MacAddr;

use super::*;
use crate::{
    AppConfig, HttpClientConfig, HttpServerConfig, HttpUrl, InterfaceConfig, SocketsConfig,
    StationConfig,
};

fn host(name: &str, address: &str, app: AppConfig) -> Host {
    let mac = MacAddr::from_name(name);
    let station = StationConfig {
        interfaces: vec![InterfaceConfig::new(mac, [address.parse().unwrap()])],
        gateway: None,
        sockets: SocketsConfig::default(),
    };
    Host::new(HostConfig::new(name, station).with_app(app)).unwrap()
}

#[test]
fn finished_requests_leave_nothing_behind() {
    let url = HttpUrl::new("10.0.0.2:80".parse().unwrap(), "/");
    let client = HttpClientConfig {
        count: Some(500),
        every: Some(Duration::from_millis(1)),
        ..HttpClientConfig::new(url)
    };
    let mut ends = [
        host("a", "10.0.0.1/24", AppConfig::new(client)),
        host(
            "b",
            "10.0.0.2/24",
            AppConfig::new(HttpServerConfig::default()),
        ),
    ];
    let (mut rx, mut tx) = ([Ingress::default(), Ingress::default()], Egress::default());
    let mut now = Instant::ZERO;
    let mut done = 0;
    while now < Instant::from_millis(510) {
        for at in [0, 1] {
            step(&mut ends[at], now, &mut rx[at], &mut tx);
            while let Some((port, frame)) = tx.next() {
                rx[1 - at].push(port, frame);
            }
            while let Some(event) = ends[at].poll_event() {
                done += usize::from(matches!(event, Event::RequestDone(_)));
            }
        }
        now += Duration::from_micros(100);
    }
    assert_eq!(done, 500);
    for host in &ends {
        assert_eq!(host.station.sockets().len(), 0);
        assert!(
            host.owners.places() <= 2,
            "connections take each other's places"
        );
        assert!(host.events.is_empty());
    }
}
