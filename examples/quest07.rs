//! The quest, built by hand: two web servers behind a load balancer, one of which is stopped and started again.
//!
//! The same lab as `quest07.toml` beside it, made of devices instead of a file. Both have the same
//! history, octet for octet: the last line holds one digest against the other.
//!
//! `cargo run --example quest07`

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use switchlab::balance::{GroupConfig, HealthCheck};
use switchlab::core::{Command, Device, Event, Instant, NodeId, RequestDone, TargetChange};
use switchlab::host::{
    AppConfig, Host, HostConfig, HttpClientConfig, HttpServerConfig, HttpUrl, InterfaceConfig,
    SocketsConfig, StationConfig,
};
use switchlab::l2::{BridgeConfig, L2Switch};
use switchlab::l7::{Action as RuleAction, L7Config, L7Switch, ListenerConfig};
use switchlab::sim::{Action, Digest, Lab, Observer};
use switchlab::topology::LinkConfig;
use switchlab::wire::MacAddr;

const SEED: u64 = 7;
const REQUESTS: u64 = 100;

/// The interface of a node, with a MAC address made from its name.
fn interface(node: &str, address: &str) -> InterfaceConfig {
    let address = format!("{address}/24")
        .parse()
        .expect("an address and a prefix length");
    InterfaceConfig::new(MacAddr::from_name(&format!("{node}:0")), [address])
}

fn host(node: &str, address: &str, app: AppConfig) -> HostConfig {
    let station = StationConfig {
        interfaces: vec![interface(node, address)],
        gateway: None,
        sockets: SocketsConfig::default(),
    };
    HostConfig {
        seed: SEED,
        ..HostConfig::new(node, station)
    }
    .with_app(app)
}

fn server(node: &str, address: &str, body: &'static str) -> HostConfig {
    let app = HttpServerConfig {
        body: body.into(),
        ..HttpServerConfig::default()
    };
    host(node, address, AppConfig::new(app))
}

fn client() -> HostConfig {
    let url = HttpUrl::new("10.0.1.10:80".parse().expect("an address and a port"), "/");
    let app = HttpClientConfig {
        every: Some(Duration::from_millis(500)),
        count: Some(REQUESTS),
        ..HttpClientConfig::new(url)
    };
    host("client", "10.0.1.2", AppConfig::new(app))
}

fn balancer() -> L7Config {
    let targets = ["10.0.1.11:80", "10.0.1.12:80"]
        .map(|target| target.parse().expect("an address and a port"));
    let mut group = GroupConfig::new("web", targets);
    group.health_check = Some(HealthCheck {
        interval: Duration::from_secs(5),
        timeout: Duration::from_secs(2),
        healthy: 2,
        unhealthy: 2,
        ..HealthCheck::default()
    });
    let mut config = L7Config::new("alb", vec![interface("alb", "10.0.1.10")]);
    config.seed = SEED;
    config.groups.push(group.into());
    config
        .listeners
        .push(ListenerConfig::new(80, RuleAction::forward("web")));
    config
}

fn lab() -> Lab {
    let mut lab = Lab::new(SEED);
    lab.node("sw", 4, || {
        let switch = L2Switch::new(BridgeConfig::with_ports(4));
        Box::new(switch.expect("four ports are enough"))
    });
    lab.node("alb", 1, || {
        let switch = L7Switch::new(balancer());
        Box::new(switch.expect("a group that exists, and a port"))
    });
    let servers = [
        server("web-a", "10.0.1.11", "hello from A"),
        server("web-b", "10.0.1.12", "hello from B"),
    ];
    for config in servers.into_iter().chain([client()]) {
        lab.node(config.name.to_string(), 1, move || {
            let host = Host::new(config.clone()).expect("settings that can be");
            Box::new(host) as Box<dyn Device>
        });
    }
    let cable = LinkConfig {
        delay: Duration::from_micros(50),
        ..LinkConfig::default()
    };
    for (port, node) in ["client", "web-a", "web-b", "alb"].into_iter().enumerate() {
        lab.link(node, format!("sw:{port}"), cable.clone());
    }
    lab.at(
        Instant::from_secs(18),
        "web-b",
        Action::Command(Command::Stop),
    );
    lab.at(Instant::from_secs(38), "web-b", Action::Start);
    lab
}

/// Writes down what is told, until every request is done and the last deed has been.
#[derive(Default)]
struct Diary {
    now: Instant,
    tried: BTreeMap<(SocketAddr, Option<u32>), SocketAddr>,
    lines: Vec<(Instant, String)>,
    done: u64,
}

impl Diary {
    /// `A`, `B`, or the status of an answer that was none of theirs.
    fn answered(&mut self, at: Instant, done: &RequestDone) {
        let exchange = done.exchange.expect("the balancer takes every connection");
        let target = self
            .tried
            .remove(&(exchange.client, Some(exchange.ordinal)));
        let server = match target.map(|target| target.ip().to_string()).as_deref() {
            Some("10.0.1.11") => "A",
            Some("10.0.1.12") => "B",
            _ => "-",
        };
        let line = match done.status {
            Some(200) => server.to_owned(),
            Some(status) => format!("{server}({status})"),
            None => format!("{server}({})", done.error.map_or("?", |error| error.name())),
        };
        self.lines.push((at, line));
        self.done += 1;
    }

    fn changed(&mut self, at: Instant, change: &TargetChange) {
        let TargetChange {
            target,
            from,
            to,
            reason,
            ..
        } = change;
        self.lines.push((
            at,
            format!(
                "\n{at}: {target} {} -> {} {reason}\n",
                from.name(),
                to.name()
            ),
        ));
    }
}

impl Observer for Diary {
    fn admin(&mut self, at: Instant, _: NodeId, action: &str) {
        self.now = at;
        if matches!(action, "stop" | "start") {
            self.lines.push((at, format!("\n{at}: {action} web-b\n")));
        }
    }

    fn event(&mut self, at: Instant, _: NodeId, event: Event) {
        self.now = at;
        match event {
            Event::Assigned(assigned) => {
                self.tried
                    .insert((assigned.client, assigned.ordinal), assigned.target);
            }
            Event::RequestDone(done) => self.answered(at, &done),
            Event::TargetChanged(change) => self.changed(at, &change),
            _ => {}
        }
    }

    fn is_finished(&self) -> bool {
        self.done == REQUESTS && self.now >= Instant::from_secs(38)
    }
}

fn main() {
    let (mut digest, mut diary) = (Digest::default(), Diary::default());
    let simulation = lab().build().expect("a plan without mistakes");
    simulation
        .run(None, &mut (&mut digest, &mut diary))
        .expect("it ends");
    for (_, line) in &diary.lines {
        print!("{line}{}", if line.ends_with('\n') { "" } else { " " });
    }
    println!("\n");

    let failed = diary
        .lines
        .iter()
        .filter(|(_, line)| line.contains("(502)"));
    println!(
        "{REQUESTS} requests, {} failed, digest {digest}",
        failed.count()
    );

    let file =
        switchlab::scenario::lab_from_toml(include_str!("quest07.toml"), "quest07.toml", None);
    let report = file.expect("a sound file").run(&mut ()).expect("it ends");
    assert_eq!(
        report.digest.to_string(),
        digest.to_string(),
        "the file tells the same history"
    );
    println!("quest07.toml has the same digest.");
}
