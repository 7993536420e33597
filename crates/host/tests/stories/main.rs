//! Whole stories: hosts at the two ends of a wire, and what their applications tell of it.

mod addresses;
mod garbage;
mod http;
mod machine;
mod names;
mod raw;
mod settings;
mod small_apps;
mod told;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use switchlab_core::{Command, Device, Event, Exchange, Instant, NodeId, RequestError};
use switchlab_host::{
    AppConfig, AppKind, Host, HostConfig, HttpClientConfig, HttpUrl, InterfaceConfig,
    SocketsConfig, StationConfig,
};
use switchlab_sim::{Action, Lab, Observer, Outcome};
use switchlab_topology::LinkConfig;
use switchlab_wire::MacAddr;

const CLIENT: &str = "10.0.0.1/24";
const SERVER: &str = "10.0.0.2/24";

/// A host with one interface.
fn host(name: &str, address: &str) -> HostConfig {
    let interface = InterfaceConfig::new(MacAddr::from_name(name), [address.parse().unwrap()]);
    let station = StationConfig {
        interfaces: vec![interface],
        gateway: None,
        sockets: SocketsConfig::default(),
    };
    HostConfig::new(name, station)
}

/// The URL of a path on the server.
fn url(target: &str) -> HttpUrl {
    HttpUrl::new(SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 2), 80), target)
}

/// A client that asks `count` times, every 10 ms, for `/`.
fn asks(count: u64) -> HttpClientConfig {
    HttpClientConfig {
        count: Some(count),
        every: Some(Duration::from_millis(10)),
        ..HttpClientConfig::new(url("/"))
    }
}

/// Two hosts, `client` and `server`, on one wire.
struct Pair {
    lab: Lab,
}

/// What happened between them.
struct Story {
    outcome: Outcome,
    events: Vec<(Instant, NodeId, Event)>,
}

#[derive(Default)]
struct Ear(Vec<(Instant, NodeId, Event)>);

impl Observer for Ear {
    fn event(&mut self, at: Instant, node: NodeId, event: Event) {
        self.0.push((at, node, event));
    }
}

impl Pair {
    fn new(client: impl Into<AppKind>, server: impl Into<AppKind>) -> Self {
        let client = host("client", CLIENT).with_app(AppConfig::new(client));
        let server = host("server", SERVER).with_app(AppConfig::new(server));
        Self::of(client, server)
    }

    fn of(client: HostConfig, server: HostConfig) -> Self {
        let mut lab = Lab::new(7);
        for config in [client, server] {
            let name = config.name.to_string();
            lab.node(name, 1, move || {
                Box::new(Host::new(config.clone()).expect("settings that can be"))
                    as Box<dyn Device>
            });
        }
        lab.link("client", "server", LinkConfig::default());
        Self { lab }
    }

    fn at(mut self, millis: u64, node: &str, action: Action) -> Self {
        self.lab.at(Instant::from_millis(millis), node, action);
        self
    }

    fn stop(self, millis: u64, node: &str) -> Self {
        self.at(millis, node, Action::Command(Command::Stop))
    }

    fn start(self, millis: u64, node: &str) -> Self {
        self.at(millis, node, Action::Command(Command::Start))
    }

    #[track_caller]
    fn run(self, until_millis: u64) -> Story {
        let mut ear = Ear::default();
        let simulation = self.lab.build().expect("a good plan");
        let until = Instant::from_millis(until_millis);
        let outcome = simulation.run(Some(until), &mut ear).expect("it ends");
        for node in &outcome.nodes {
            let balanced = node.counters.is_balanced();
            assert!(balanced, "{} accounts for every frame", node.name);
        }
        Story {
            outcome,
            events: ear.0,
        }
    }
}

impl Story {
    /// A counter of an application, by the name of its node, its own and the counter's.
    #[track_caller]
    fn counter(&self, node: &str, counter: &str) -> u64 {
        let counters = self.outcome.node(node).expect("the node is on");
        let found = counters.apps.iter().find(|count| count.counter == counter);
        found.expect("the application counts it").value
    }

    /// What became of each request, in the order in which they were done.
    fn fates(&self) -> Vec<(u64, Option<u16>, Option<RequestError>)> {
        let done = self.events.iter().filter_map(|(_, _, event)| match event {
            Event::RequestDone(done) => Some((done.number, done.status, done.error)),
            _ => None,
        });
        done.collect()
    }

    fn errors(&self) -> Vec<RequestError> {
        self.fates()
            .into_iter()
            .filter_map(|(_, _, error)| error)
            .collect()
    }

    /// The exchanges of the requests that are done.
    fn exchanges(&self) -> Vec<Exchange> {
        let done = self.events.iter().filter_map(|(_, _, event)| match event {
            Event::RequestDone(done) => done.exchange,
            _ => None,
        });
        done.collect()
    }
}
