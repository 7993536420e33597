//! An application of one's own on a host: the quote of the day (RFC 865), and a client that reads it.
//!
//! `cargo run --example own_app`

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use switchlab::core::{Device, Instant};
use switchlab::host::{
    App, AppConfig, AppKind, ConnectionEvent, ConnectionId, Host, HostConfig, InterfaceConfig,
    Kernel, SocketsConfig, StationConfig,
};
use switchlab::l2::Hub;
use switchlab::sim::Lab;
use switchlab::topology::LinkConfig;
use switchlab::wire::MacAddr;

const QUOTES: [&str; 3] = [
    "A frame climbs only as high as it must.",
    "A device is a pure machine.",
    "Every frame is accounted for.",
];

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// Greets whoever connects with the next quote, and hangs up.
#[derive(Default)]
struct QuoteOfTheDay {
    told: usize,
}

impl App for QuoteOfTheDay {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        kernel.listen(17).expect("nobody else listens there");
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        if event == ConnectionEvent::Accepted {
            kernel.send(id, QUOTES[self.told % QUOTES.len()].as_bytes());
            kernel.close(id);
            self.told += 1;
        }
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![("told", self.told as u64)]
    }
}

/// Connects once, some time after the start, and writes down what it hears and when.
struct Reader {
    at: Instant,
    asked: bool,
    heard: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl App for Reader {
    fn start(&mut self, _: &mut Kernel<'_>) {}

    fn poll_timeout(&self) -> Option<Instant> {
        (!self.asked).then_some(self.at)
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        if !self.asked && self.at <= kernel.now() {
            self.asked = true;
            let server = SocketAddr::from((SERVER, 17));
            kernel.connect(server).expect("the server is next door");
        }
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        if event == ConnectionEvent::PeerClosed {
            let mut quote = Vec::new();
            kernel.recv(id, &mut quote, usize::MAX);
            kernel.close(id);
            let quote = String::from_utf8_lossy(&quote).into_owned();
            let mut heard = self.heard.lock().expect("nobody panicked");
            heard.push((kernel.now(), quote));
        }
    }
}

/// A host with one interface in 10.0.0.0/24 and one application.
fn host(name: &str, last_octet: u8, app: AppKind) -> HostConfig {
    let address = format!("10.0.0.{last_octet}/24");
    let address = address.parse().expect("an address and a prefix length");
    let station = StationConfig {
        interfaces: vec![InterfaceConfig::new(MacAddr::from_name(name), [address])],
        gateway: None,
        sockets: SocketsConfig::default(),
    };
    HostConfig::new(name, station).with_app(AppConfig::new(app))
}

fn main() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut hosts = vec![host("server", 1, AppKind::own(QuoteOfTheDay::default))];
    for number in 1..=4_u8 {
        let heard = heard.clone();
        let reader = AppKind::own(move || Reader {
            at: Instant::from_secs(number.into()),
            asked: false,
            heard: heard.clone(),
        });
        hosts.push(host(&format!("reader-{number}"), 10 + number, reader));
    }

    let mut lab = Lab::new(7);
    lab.node("hub", 5, || Box::new(Hub::new(5)));
    for config in hosts {
        let name = config.name.to_string();
        lab.link(name.clone(), "hub", LinkConfig::default());
        lab.node(name, 1, move || {
            let host = Host::new(config.clone()).expect("settings that can be");
            Box::new(host) as Box<dyn Device>
        });
    }
    let simulation = lab.build().expect("a plan without mistakes");
    let outcome = simulation.run(None, &mut ()).expect("it ends by itself");

    let heard = heard.lock().expect("nobody panicked");
    for (at, quote) in heard.iter() {
        println!("{at}  {quote}");
    }
    let server = outcome.node("server").expect("it is switched on");
    println!("the server told {} quotes", server.apps[0].value);

    let quotes: Vec<_> = heard.iter().map(|(_, quote)| quote.as_str()).collect();
    assert_eq!(quotes, [QUOTES[0], QUOTES[1], QUOTES[2], QUOTES[0]]);
    assert_eq!(server.apps[0].value, 4);
    assert!(server.is_balanced());
}
