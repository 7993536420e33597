//! Clients and targets that never come to an end, and ten thousand clients that do nothing: memory has its bounds.

mod memory;

use std::net::{Ipv4Addr, SocketAddr};

use switchlab::balance::GroupConfig;
use switchlab::core::{Counters, Instant};
use switchlab::host::{
    App, AppConfig, AppKind, ConnectionEvent, ConnectionId, Host, HostConfig, InterfaceConfig,
    Kernel, SocketsConfig, StationConfig,
};
use switchlab::l2::{BridgeConfig, L2Switch};
use switchlab::l7::{Action, L7Config, L7Switch, ListenerConfig};
use switchlab::sim::{Lab, Outcome};
use switchlab::topology::LinkConfig;
use switchlab::wire::MacAddr;

const ALB: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 10);
const WEB: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 11);
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// Says its beginning on every connection, then the same piece over and over, so many octets in all.
#[derive(Clone)]
struct Talker {
    /// How many connections it opens; with none it answers those that are opened to it.
    opens: usize,
    start: &'static str,
    piece: &'static str,
    octets: usize,
    lines: Vec<(ConnectionId, usize)>,
    opened: usize,
}

impl Talker {
    fn new(opens: usize, start: &'static str, piece: &'static str, octets: usize) -> Self {
        Self {
            opens,
            start,
            piece,
            octets,
            lines: Vec::new(),
            opened: 0,
        }
    }

    /// Opens the next connection; one behind the other, so that no SYN is lost.
    fn open(&mut self, kernel: &mut Kernel<'_>) {
        if self.opened < self.opens {
            self.opened += 1;
            let alb = SocketAddr::from((ALB, 80));
            kernel.connect(alb).expect("there is room for it");
        }
    }

    /// Says as much as the connection takes.
    fn talk(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        let Some((_, said)) = self.lines.iter_mut().rfind(|(other, _)| *other == id) else {
            return;
        };
        while *said < self.octets {
            let rest = match said.checked_sub(self.start.len()) {
                None => &self.start[*said..],
                Some(behind) => &self.piece[behind % self.piece.len()..],
            };
            let taken = kernel.send(id, rest.as_bytes());
            *said += taken;
            if taken < rest.len() {
                return;
            }
        }
    }
}

impl App for Talker {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        if self.opens == 0 {
            kernel.listen(80).expect("nobody else listens");
        }
        self.open(kernel);
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Connected => {
                self.lines.push((id, 0));
                self.talk(kernel, id);
                self.open(kernel);
            }
            ConnectionEvent::Readable => {
                kernel.consume(id, usize::MAX);
                // A target says nothing before it is asked.
                if self.opens == 0 && self.lines.iter().all(|(other, _)| *other != id) {
                    self.lines.push((id, 0));
                }
                self.talk(kernel, id);
            }
            ConnectionEvent::Writable => self.talk(kernel, id),
            // Whatever the other side does, it goes on until it is reset.
            _ => {}
        }
    }
}

fn station(name: &str, address: Ipv4Addr, buffer: usize) -> StationConfig {
    let net = format!("{address}/24").parse().expect("a net");
    StationConfig {
        interfaces: vec![InterfaceConfig::new(MacAddr::from_name(name), [net])],
        gateway: None,
        sockets: SocketsConfig {
            send_buffer: buffer,
            receive_buffer: buffer,
            ..SocketsConfig::default()
        },
    }
}

/// A client, the L7 switch, and its only target on one L2 switch.
fn run(client: Talker, target: Talker, until: Instant) -> Outcome {
    let mut lab = Lab::new(1);
    lab.node("switch", 3, || {
        let switch = L2Switch::new(BridgeConfig::with_ports(3));
        Box::new(switch.expect("a sound configuration"))
    });
    // Buffers of hosts are small, so that what grows is the L7 switch's.
    for (name, address, app) in [("client", CLIENT, client), ("web", WEB, target)] {
        let app = AppConfig::new(AppKind::own(move || app.clone()));
        let config = HostConfig::new(name, station(name, address, 2048)).with_app(app);
        lab.node(name, 1, move || {
            Box::new(Host::new(config.clone()).expect("a sound configuration"))
        });
    }
    let mut config = L7Config::new("alb", station("alb", ALB, 0).interfaces);
    config.listeners = vec![ListenerConfig::new(80, Action::forward("web"))];
    let group = GroupConfig {
        health_check: None,
        ..GroupConfig::new("web", [SocketAddr::from((WEB, 80))])
    };
    config.groups = vec![group.into()];
    lab.node("alb", 1, move || {
        Box::new(L7Switch::new(config.clone()).expect("a sound configuration"))
    });
    for (port, node) in ["client", "alb", "web"].into_iter().enumerate() {
        lab.link(node, format!("switch:{port}"), LinkConfig::default());
    }
    let simulation = lab.build().expect("a sound lab");
    simulation
        .run(Some(until), &mut ())
        .expect("no endless run")
}

fn count(counters: &Counters, counter: &str) -> u64 {
    let mut apps = counters.apps.iter();
    let found = apps.find(|other| &*other.app == "alb" && other.counter == counter);
    found.expect("the switch counts this").value
}

/// What a flood may take beyond a short one, in octets, however long it is.
const MOST_PER_FLOOD: u64 = 1 << 20;
/// What an idle connection may take at both of its ends together, in octets: buffers of TCP of 16 KiB here
/// and 4 KiB there, and 4 KiB for everything else.
const MOST_PER_CONNECTION: u64 = 24 << 10;

#[test]
fn neither_a_flood_nor_a_crowd_takes_more_memory_than_it_may() {
    let post = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    let ok = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let chunk = "10\r\n0123456789abcdef\r\n";
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    #[rustfmt::skip]
    let rows = [
        // what clients say once and again and again, what targets do, the counter of the outcome, because
        ("GET / HTTP/1.1\r\n",    "A: b\r\n", "", "",    "rejected", "field lines"),
        ("GET / HTTP/1.1\r\nA: ", "b",        "", "",    "rejected", "one field line"),
        ("GET /",                 "a",        "", "",    "rejected", "a start line"),
        (post,                    chunk,      "", "",    "requests", "a request's body"),
        (get,                     "",         ok, chunk, "2xx",      "an answer's body"),
        (get,                     "",         "", early, "requests", "interim answers"),
    ];
    const CLIENTS: usize = 4;
    let flood = |row: usize, octets: usize| {
        let (start, piece, answer, answers, counter, because) = rows[row];
        let said = |start: &str, piece: &str| {
            if piece.is_empty() {
                start.len()
            } else {
                octets
            }
        };
        let client = Talker::new(CLIENTS, start, piece, said(start, piece));
        let target = Talker::new(0, answer, answers, said(answer, answers));
        let outcome = run(client, target, Instant::from_secs(20));
        let alb = outcome.node("alb").expect("it is on");
        assert_eq!(count(alb, counter), CLIENTS as u64, "{because}");
        alb.ports[0].received_octets
    };
    for (row, (.., because)) in rows.iter().enumerate() {
        flood(row, 100_000);
        let (came, grown) = memory::growth(|| flood(row, 4_000_000));
        assert!(came > 200_000, "{because}: {came} octets came");
        assert!(
            grown.is_none_or(|grown| grown < MOST_PER_FLOOD),
            "{because}: {grown:?} octets more for a flood of 40 times the length"
        );
    }

    let crowd = |connections: usize| {
        let client = Talker::new(connections, "", "", 0);
        let silent = Talker::new(0, "", "", 0);
        let outcome = run(client, silent, Instant::from_secs(30));
        let alb = outcome.node("alb").expect("it is on");
        assert_eq!(
            count(alb, "connections"),
            connections as u64,
            "all are taken"
        );
    };
    const FEW: usize = 1_000;
    const MANY: usize = 10_000;
    crowd(FEW);
    let ((), grown) = memory::growth(|| crowd(MANY));
    if let Some(grown) = grown {
        let each = grown / (MANY - FEW) as u64;
        assert!(
            each <= MOST_PER_CONNECTION,
            "{each} octets for an idle connection, both ends together"
        );
    }
}
