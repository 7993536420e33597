//! Real hosts before and behind the switch: TCP from end to end, a server that is stopped and started.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchlab_balance::HealthCheck;
use switchlab_core::{Command, Event, Instant, NodeId, PortId, RequestError};
use switchlab_host::{
    AppConfig, Host, HostConfig, HttpClientConfig, HttpServerConfig, HttpUrl,
    InterfaceConfig as Nic, SocketsConfig, StationConfig,
};
use switchlab_l3::{Attachment, InterfaceConfig, L3Config};
use switchlab_l4::{L4Config, L4Switch, ServiceConfig, ServiceProtocol};
use switchlab_sim::{Action, Digest, Lab, Observer, Outcome};
use switchlab_topology::LinkConfig;
use switchlab_wire::{MacAddr, VlanId};

/// What is remembered of a run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Notes {
    assigned: Vec<(Instant, SocketAddr)>,
    changes: Vec<String>,
    failed: Vec<(Instant, RequestError)>,
    done: usize,
}

impl Observer for Notes {
    fn event(&mut self, at: Instant, _: NodeId, event: Event) {
        match event {
            Event::Assigned(it) => self.assigned.push((at, it.target)),
            Event::TargetChanged(it) => {
                let millis = at.as_micros() / 1000;
                let (from, to) = (it.from, it.to);
                self.changes
                    .push(format!("{millis} ms {} {from} > {to}", it.target));
            }
            Event::RequestDone(it) => {
                self.done += 1;
                self.failed.extend(it.error.map(|error| (at, error)));
            }
            _ => {}
        }
    }
}

fn host(name: &str, address: &str, gateway: &str, app: AppConfig) -> HostConfig {
    let nic = Nic::new(MacAddr::from_name(name), [address.parse().unwrap()]);
    let station = StationConfig {
        interfaces: vec![nic],
        gateway: Some(gateway.parse().unwrap()),
        sockets: SocketsConfig::default(),
    };
    HostConfig::new(name, station).with_app(app)
}

/// A client at port 0; the servers in the VLAN of the other ports.
fn switch() -> L4Config {
    let mut l3 = L3Config::with_ports(3);
    for (attachment, name, net) in [
        (Attachment::Port(PortId::new(0)), "front", "10.0.0.1/24"),
        (Attachment::Vlan(VlanId::DEFAULT), "back", "10.0.1.1/24"),
    ] {
        let mac = MacAddr::from_name(name);
        let interface = InterfaceConfig::new(attachment, mac, [net.parse().unwrap()]);
        l3.interfaces.push(interface);
    }
    let backends = ["10.0.1.11:8080", "10.0.1.12:8080"].map(|it| it.parse().unwrap());
    let address = "10.0.0.1:80".parse().unwrap();
    let mut service = ServiceConfig::new("web", ServiceProtocol::Tcp, address, backends);
    service.health_check = Some(HealthCheck {
        interval: Duration::from_secs(1),
        timeout: Duration::from_millis(500),
        healthy: 2,
        unhealthy: 2,
        ..HealthCheck::default()
    });
    let mut config = L4Config::new("lb", l3);
    config.services.push(service);
    config
}

fn run() -> (Notes, Digest, Outcome) {
    let mut lab = Lab::new(7);
    lab.node("lb", 3, || {
        Box::new(L4Switch::new(switch()).expect("the settings are sound"))
    });
    let client = HttpClientConfig {
        every: Some(Duration::from_millis(100)),
        count: Some(120),
        start: Duration::from_millis(50),
        ..HttpClientConfig::new(HttpUrl::new("10.0.0.1:80".parse().unwrap(), "/"))
    };
    let server = HttpServerConfig {
        port: 8080,
        body: vec![b'x'; 10_000].into(),
        ..HttpServerConfig::default()
    };
    for (name, address, gateway, app) in [
        ("client", "10.0.0.2/24", "10.0.0.1", AppConfig::new(client)),
        (
            "web-a",
            "10.0.1.11/24",
            "10.0.1.1",
            AppConfig::new(server.clone()),
        ),
        ("web-b", "10.0.1.12/24", "10.0.1.1", AppConfig::new(server)),
    ] {
        let config = Arc::new(host(name, address, gateway, app));
        lab.node(name, 1, move || {
            Box::new(Host::new((*config).clone()).expect("the settings are sound"))
        });
    }
    for (one, other) in [("client", "lb:0"), ("web-a", "lb:1"), ("web-b", "lb:2")] {
        lab.link(one, other, LinkConfig::default());
    }
    let at = |millis| Instant::from_millis(millis);
    lab.at(at(3020), "web-b", Action::Command(Command::Stop));
    lab.at(at(7020), "web-b", Action::Start);
    let mut watching = (Notes::default(), Digest::default());
    let simulation = lab.build().expect("the plan has no gaps");
    let outcome = simulation.run(Some(at(13_000)), &mut watching).unwrap();
    (watching.0, watching.1, outcome)
}

#[test]
fn a_server_is_stopped_and_comes_back() {
    let (notes, digest, outcome) = run();
    let expected = [
        "0 ms 10.0.1.11:8080 initial > healthy",
        "0 ms 10.0.1.12:8080 initial > healthy",
        "5000 ms 10.0.1.12:8080 healthy > unhealthy",
        "9000 ms 10.0.1.12:8080 unhealthy > healthy",
    ];
    assert_eq!(
        notes.changes, expected,
        "refused at 4 s and 5 s, well at 8 s and 9 s"
    );

    assert_eq!(notes.done, 120);
    assert_eq!(
        notes.assigned.len(),
        120,
        "each request has a connection of its own"
    );
    let servers = |from: u64, to: u64| -> String {
        let within =
            |at: &Instant| (Instant::from_millis(from)..Instant::from_millis(to)).contains(at);
        let those = notes.assigned.iter().filter(|(at, _)| within(at));
        those
            .map(|(_, target)| {
                if target.to_string() == "10.0.1.11:8080" {
                    'A'
                } else {
                    'B'
                }
            })
            .collect()
    };
    assert_eq!(servers(0, 1000), "ABABABABAB", "they alternate");
    assert_eq!(servers(5050, 9000), "A".repeat(40), "one alone");
    assert!(servers(9050, 10_050).contains("BABABAB"), "and both again");

    let window = Instant::from_millis(3020)..Instant::from_millis(5001);
    for (at, error) in &notes.failed {
        assert_eq!(
            *error,
            RequestError::Refused,
            "a stopped server's port refuses"
        );
        assert!(
            window.contains(at),
            "only until the checks have found it out: {at}"
        );
    }
    assert_eq!(notes.failed.len(), 10, "every other request of two seconds");
    for node in &outcome.nodes {
        let balanced = node.counters.is_balanced();
        assert!(balanced, "{} accounts for every frame", node.name);
    }
    let (again, same, _) = run();
    assert_eq!(
        (again, same),
        (notes, digest),
        "equal seeds, equal histories"
    );
}
