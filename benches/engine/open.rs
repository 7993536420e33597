//! Requests in turn over connections that stay open, through an L7 switch.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Watch};

use criterion::{Criterion, Throughput};
use switchlab::core::Instant;
use switchlab::host::{App, AppConfig, AppKind, ConnectionEvent, ConnectionId, Kernel};

use crate::hosts::{BALANCER, proxied};
use crate::{on, run};

const REQUESTS: usize = 20_000;
/// How many requests are under way at once.
const WINDOW: usize = 8;
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";

/// Opens connections, each with a request, then asks them in turn, always the one that is idle for longest.
struct Rotation {
    balancer: Ipv4Addr,
    connections: usize,
    opened: usize,
    answered: usize,
    idle: VecDeque<ConnectionId>,
    received: Vec<u8>,
    begun: Option<Watch>,
    /// How long the requests took on the wall, those that came with their connections left out.
    took: Arc<Mutex<Option<Duration>>>,
}

impl Rotation {
    fn ask(&mut self, kernel: &mut Kernel<'_>) {
        if self.opened < self.connections {
            self.opened += 1;
            let balancer = SocketAddr::from((self.balancer, 80));
            kernel.connect(balancer).expect("there is room for it");
        } else if let Some(id) = self.idle.pop_front() {
            kernel.send(id, GET);
        }
    }

    fn answer(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId) {
        self.idle.push_back(id);
        self.answered += 1;
        if self.answered == self.connections {
            self.begun = Some(Watch::now());
        }
        if self.answered < self.connections + REQUESTS {
            self.ask(kernel);
        } else if let Some(begun) = self.begun.take() {
            *self.took.lock().expect("nobody panicked") = Some(begun.elapsed());
        }
    }
}

impl App for Rotation {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        for _ in 0..WINDOW {
            self.ask(kernel);
        }
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Connected => {
                kernel.send(id, GET);
            }
            ConnectionEvent::Readable => {
                self.received.clear();
                kernel.recv(id, &mut self.received, usize::MAX);
                let is_whole = self.received.starts_with(b"HTTP/1.1 200 ")
                    && self.received.ends_with(b"\r\n\r\nhello");
                assert!(is_whole, "an answer comes in one segment");
                self.answer(kernel, id);
            }
            other => panic!("a connection stays open, but this one is told {other:?}"),
        }
    }
}

/// Runs a lab with so many connections, and tells how long its requests took.
fn requests_over(connections: usize) -> Duration {
    let took = Arc::new(Mutex::new(None));
    let told = Arc::clone(&took);
    let client = AppKind::own(move || Rotation {
        balancer: BALANCER,
        connections,
        opened: 0,
        answered: 0,
        idle: VecDeque::new(),
        received: Vec::new(),
        begun: None,
        took: Arc::clone(&told),
    });
    // Long enough for all of them, and shorter than the idle timeout.
    let until = Some(Instant::from_secs(30));
    run(on(proxied(AppConfig::new(client), 64)), until);
    let took = took.lock().expect("nobody panicked").take();
    took.expect("all are answered")
}

pub(crate) fn open(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine");
    group
        .throughput(Throughput::Elements(REQUESTS as u64))
        .sample_size(10);
    for connections in [10, 1_000, 10_000] {
        group.bench_function(format!("open/{connections}"), |b| {
            b.iter_custom(|runs| (0..runs).map(|_| requests_over(connections)).sum());
        });
    }
    group.finish();
}
