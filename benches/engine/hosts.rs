//! Hosts with TCP: one bulk flow, and many short requests through an L7 switch.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use criterion::Criterion;
use ipnet::IpNet;
use switchlab::balance::GroupConfig;
use switchlab::core::Instant;
use switchlab::host::{
    AppConfig, Host, HostConfig, HttpClientConfig, HttpServerConfig, HttpUrl, InterfaceConfig,
    SocketsConfig, StationConfig,
};
use switchlab::l2::{BridgeConfig, L2Switch};
use switchlab::l7::{Action, L7Config, L7Switch, ListenerConfig};
use switchlab::sim::{Lab, Outcome, Simulation};
use switchlab::topology::LinkConfig;
use switchlab::wire::MacAddr;

use crate::{measure, on, routers, run};

fn interface(name: &str, address: Ipv4Addr) -> InterfaceConfig {
    let net = IpNet::new(address.into(), 24).expect("a net");
    InterfaceConfig::new(MacAddr::from_name(name), [net])
}

/// Adds a host with one interface and one application.
fn host(lab: &mut Lab, name: &str, station: StationConfig, app: AppConfig) {
    let config = HostConfig::new(name, station).with_app(app);
    lab.node(name, 1, move || {
        Box::new(Host::new(config.clone()).expect("a sound configuration"))
    });
}

fn counter(outcome: &Outcome, node: &str, counter: &str) -> u64 {
    let counters = outcome.node(node).expect("it is on");
    let found = counters.apps.iter().find(|app| app.counter == counter);
    found.expect("the application counts this").value
}

/// How much of the flow is simulated; the body lasts for longer.
const BULK: Duration = Duration::from_millis(200);
static BODY: LazyLock<Bytes> = LazyLock::new(|| vec![b'x'; 64 << 20].into());

/// A client fetches one large body from a server behind two routers.
fn flow() -> Simulation {
    let mut lab = Lab::new(1);
    let station = |name, address, gateway| StationConfig {
        interfaces: vec![interface(name, address)],
        gateway: Some(gateway),
        sockets: SocketsConfig {
            send_buffer: 256 << 10,
            receive_buffer: 256 << 10,
            ..SocketsConfig::default()
        },
    };
    let server = Ipv4Addr::new(10, 0, 2, 2);
    let client = HttpClientConfig {
        count: Some(1),
        ..HttpClientConfig::new(HttpUrl::new(SocketAddrV4::new(server, 80), "/"))
    };
    let left = station(
        "client",
        Ipv4Addr::new(10, 0, 0, 1),
        Ipv4Addr::new(10, 0, 0, 2),
    );
    host(&mut lab, "client", left, AppConfig::new(client));
    let right = station("server", server, Ipv4Addr::new(10, 0, 2, 1));
    let body = BODY.clone();
    let web = HttpServerConfig {
        body,
        ..HttpServerConfig::default()
    };
    host(&mut lab, "server", right, AppConfig::new(web));
    let two = (0..2).map(|number| routers::router(number, 2)).collect();
    routers::chain(&mut lab, "client", "server", two);
    on(lab)
}

pub(crate) fn bulk(c: &mut Criterion) {
    let until = Instant::ZERO + BULK;
    let outcome = run(flow(), Some(until));
    let octets = outcome.node("client").expect("it is on").ports[0].received_octets;
    let rate = octets as f64 * 8.0 / BULK.as_secs_f64();
    assert!(rate > 9e8, "the flow fills its link, but has {rate} bit/s");
    measure(c, "bulk", BULK.as_nanos() as u64, Some(until), flow);
}

/// The address of the L7 switch of [`proxied`].
pub(crate) const BALANCER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 10);

/// A client and an L7 switch in front of two servers, all on one L2 switch. The L7 switch keeps so many
/// idle connections to each server.
pub(crate) fn proxied(client: AppConfig, idle_connections: usize) -> Lab {
    let mut lab = Lab::new(1);
    lab.node("switch", 4, || {
        let switch = L2Switch::new(BridgeConfig::with_ports(4));
        Box::new(switch.expect("a sound configuration"))
    });
    let servers =
        [("web a", 11), ("web b", 12)].map(|(name, last)| (name, Ipv4Addr::new(10, 0, 0, last)));
    let station = |name, address| StationConfig {
        interfaces: vec![interface(name, address)],
        gateway: None,
        sockets: SocketsConfig {
            send_buffer: 8 << 10,
            receive_buffer: 8 << 10,
            ..SocketsConfig::default()
        },
    };
    for (name, address) in servers {
        let web = HttpServerConfig {
            body: Bytes::from_static(b"hello"),
            ..HttpServerConfig::default()
        };
        host(&mut lab, name, station(name, address), AppConfig::new(web));
    }
    let address = Ipv4Addr::new(10, 0, 0, 2);
    host(&mut lab, "client", station("client", address), client);

    let targets = servers.map(|(_, address)| SocketAddr::new(address.into(), 80));
    let mut config = L7Config::new("alb", vec![interface("alb", BALANCER)]);
    config.listeners = vec![ListenerConfig::new(80, Action::forward("web"))];
    config.groups = vec![
        GroupConfig {
            health_check: None,
            ..GroupConfig::new("web", targets)
        }
        .into(),
    ];
    config.idle_connections = idle_connections;
    lab.node("alb", 1, move || {
        Box::new(L7Switch::new(config.clone()).expect("a sound configuration"))
    });
    for (port, node) in ["client", "alb", "web a", "web b"].into_iter().enumerate() {
        lab.link(node, format!("switch:{port}"), LinkConfig::default());
    }
    lab
}

const REQUESTS: u64 = 5_000;

/// A client sends requests by the clock, each on a connection of its own.
fn asked() -> Simulation {
    let client = HttpClientConfig {
        count: Some(REQUESTS),
        every: Some(Duration::from_micros(20)),
        ..HttpClientConfig::new(HttpUrl::new(SocketAddrV4::new(BALANCER, 80), "/"))
    };
    on(proxied(AppConfig::new(client), 0))
}

pub(crate) fn requests(c: &mut Criterion) {
    // The last request has a second for its answer.
    let until = Some(Instant::from_millis(1_000 + REQUESTS / 50));
    let outcome = run(asked(), until);
    assert_eq!(
        counter(&outcome, "client", "ok"),
        REQUESTS,
        "all are answered"
    );
    measure(c, "requests", REQUESTS, until, asked);
}
