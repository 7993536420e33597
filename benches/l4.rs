//! What does the layer 4 switch pay for a frame of a flow that it knows, and for one that it does not?
//!
//! Frames of 60 octets (without FCS) from as many ends as there are flows, in random order, alone or
//! 32 at once. Making them is not part of the cost; freeing those that left is, and has a row of its own.
//!
//! | row | what happens to a frame |
//! |---|---|
//! | `map-hit`, `map-miss` | nothing, but its key is looked up in a bare hash map of so many keys |
//! | `free` | it is thrown away unread |
//! | `l3` | a router forwards it to a known neighbour |
//! | `udp`, `tcp` | it belongs to a flow that goes both ways, is translated and forwarded to its backend |
//! | `miss` | it belongs to no flow and begins none: a reset, looked up in vain and forwarded as it is |
//! | `new` | it begins a flow, for which the full table forgets the oldest |

use std::cell::LazyCell;
use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use switchlab::core::{Counters, Device, Egress, FixedMap, Ingress, Instant, PortId, Stream};
use switchlab::l3::{Attachment, InterfaceConfig, L3Config, L3Switch, Neighbour};
use switchlab::l4::{L4Config, L4Switch, ServiceConfig, ServiceProtocol};
use switchlab::wire::{
    EthernetBuilder, FlowKey, Frame, Ipv4Builder, MacAddr, TcpFlags, TcpHeader, translate,
};

const SIZES: [(&str, u32); 2] = [("10k", 10_000), ("1M", 1_000_000)];
const BATCHES: [usize; 2] = [1, 32];
/// How many flows may pass before one comes again that was forgotten.
const MANY: u32 = 4_000_000;

const OUTSIDE: PortId = PortId::new(0);
const INSIDE: PortId = PortId::new(1);
const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 2);
const BACKEND: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 3);
/// The ends of flows per client, one at each of these ports and above.
const ENDS: u32 = 50_000;
const FIRST_PORT: u16 = 10_000;

/// Before and after flows that go both ways have lived long enough to be conversations.
const BEGINNING: Instant = Instant::ZERO;
const LATER: Instant = Instant::from_millis(3_000);

const fn client(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0a00_0002 + number)
}

const fn mac(last: u8) -> MacAddr {
    MacAddr::new([2, 0, 0, 0, 0, last])
}

fn tcp(flags: TcpFlags, sequence: u32) -> TcpHeader<'static> {
    TcpHeader {
        source_port: FIRST_PORT,
        destination_port: 80,
        sequence,
        acknowledgment: 1,
        flags,
        ..TcpHeader::default()
    }
}

/// A frame from the first end, of which those from all the others are made.
struct Pattern {
    octets: Vec<u8>,
    key: FlowKey,
}

impl Pattern {
    fn udp() -> Self {
        Self::of(
            &Ipv4Builder::new(client(0), SERVICE).udp(FIRST_PORT, 80, &[0; 18]),
            mac(0),
        )
    }

    fn tcp(flags: TcpFlags, sequence: u32) -> Self {
        let segment = tcp(flags, sequence);
        let payload: &[u8] = if flags == TcpFlags::SYN { &[] } else { &[0; 6] };
        Self::of(
            &Ipv4Builder::new(client(0), SERVICE).tcp(&segment, payload),
            mac(0),
        )
    }

    fn of(packet: &[u8], to: MacAddr) -> Self {
        Self {
            octets: EthernetBuilder::new(mac(9), to)
                .packet(packet)
                .octets()
                .to_vec(),
            key: FlowKey::of(packet).expect("a whole packet"),
        }
    }

    fn key(&self, end: u32) -> FlowKey {
        FlowKey {
            source: client(end / ENDS).into(),
            source_port: FIRST_PORT + (end % ENDS) as u16,
            ..self.key
        }
    }

    fn from(&self, end: u32) -> Frame {
        self.with(self.key(end))
    }

    fn to(&self, end: u32) -> Frame {
        let (ip, port) = (client(end / ENDS), FIRST_PORT + (end % ENDS) as u16);
        self.with(FlowKey {
            destination: ip.into(),
            destination_port: port,
            ..self.key
        })
    }

    fn with(&self, key: FlowKey) -> Frame {
        let mut frame = Frame::copy_from(&self.octets);
        translate(&mut frame.octets_mut()[14..], key).expect("it has room for any end");
        frame
    }
}

/// Two nets, in which everybody's MAC address is known.
fn l3() -> L3Config {
    let mut config = L3Config::with_ports(2);
    let ports = [OUTSIDE, INSIDE].map(Attachment::Port);
    for ((attachment, net), last) in ports
        .into_iter()
        .zip(["10.0.0.1/16", "10.1.0.1/16"])
        .zip(0..)
    {
        let net = net.parse().expect("a net");
        config
            .interfaces
            .push(InterfaceConfig::new(attachment, mac(last), [net]));
    }
    let clients = (0..=MANY / ENDS).map(|number| (client(number), ports[0]));
    for (ip, attachment) in clients.chain([SERVICE, BACKEND].map(|ip| (ip, ports[1]))) {
        let (ip, mac) = (ip.into(), mac(9));
        config.neighbours.push(Neighbour {
            ip,
            mac,
            attachment,
        });
    }
    config
}

fn balancer(flows: u32) -> L4Switch {
    let mut config = L4Config::new("bench", l3());
    config.flow_limit = flows as usize;
    for protocol in [ServiceProtocol::Udp, ServiceProtocol::Tcp] {
        let end = |address: Ipv4Addr, port| (address, port).into();
        let (service, backend) = (end(SERVICE, 80), end(BACKEND, 8080));
        config.services.push(ServiceConfig::new(
            protocol.name(),
            protocol,
            service,
            [backend],
        ));
    }
    L4Switch::new(config).expect("sound settings")
}

/// Lets a device forward a frame, and gives back what leaves.
fn forwarded(device: &mut impl Device, now: Instant, port: PortId, frame: Frame) -> Frame {
    let (mut rx, mut tx) = (Ingress::default(), Egress::default());
    rx.push(port, frame);
    device.receive(now, &mut rx, &mut tx);
    while device.poll_event().is_some() {}
    tx.next().expect("it is forwarded").1
}

/// A switch with flows that go both ways.
fn conversing(flows: u32, first: &Pattern, answer: &[u8], next: &Pattern) -> L4Switch {
    let mut switch = balancer(flows);
    let answer = Pattern::of(answer, mac(1));
    for end in 0..flows {
        forwarded(&mut switch, BEGINNING, OUTSIDE, first.from(end));
        forwarded(&mut switch, BEGINNING, INSIDE, answer.to(end));
        forwarded(&mut switch, LATER, OUTSIDE, next.from(end));
    }
    switch
}

fn udp(flows: u32) -> L4Switch {
    let answer = Ipv4Builder::new(BACKEND, client(0)).udp(8080, FIRST_PORT, &[0; 18]);
    let datagram = Pattern::udp();
    conversing(flows, &datagram, &answer, &datagram)
}

fn established(flows: u32) -> L4Switch {
    let answer = TcpHeader {
        source_port: 8080,
        destination_port: FIRST_PORT,
        ..tcp(TcpFlags::SYN | TcpFlags::ACK, 0)
    };
    let answer = Ipv4Builder::new(BACKEND, client(0)).tcp(&answer, &[]);
    let (syn, data) = (
        Pattern::tcp(TcpFlags::SYN, 0),
        Pattern::tcp(TcpFlags::ACK, 1),
    );
    conversing(flows, &syn, &answer, &data)
}

/// A switch whose flows all go one way, and fill it.
fn full(flows: u32) -> L4Switch {
    let mut switch = balancer(flows);
    for end in 0..flows {
        forwarded(&mut switch, LATER, OUTSIDE, Pattern::udp().from(end));
    }
    switch
}

/// Measures what a device does with frames from the ends that `draw` gives. It is made when it is needed.
fn forward<D: Device>(
    c: &mut Criterion,
    row: &str,
    make: impl FnOnce() -> D,
    pattern: &Pattern,
    mut draw: impl FnMut() -> u32,
) {
    let mut device = LazyCell::new(make);
    let mut group = c.benchmark_group("l4");
    let mut tx = Egress::default();
    for batch in BATCHES {
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new(row, batch), |b| {
            let device = &mut *device;
            b.iter_batched_ref(
                || {
                    let mut rx = Ingress::default();
                    for _ in 0..batch {
                        rx.push(OUTSIDE, pattern.from(draw()));
                    }
                    rx
                },
                |rx| {
                    device.receive(LATER, rx, &mut tx);
                    black_box(&mut tx).clear();
                    while device.poll_event().is_some() {}
                },
                // Few batches at a time, so that their octets are still in the cache.
                BatchSize::NumIterations(256 / batch as u64),
            );
            let dropped = device.counters().all_drops().next();
            assert_eq!(dropped, None, "nothing that is measured is dropped");
        });
    }
    group.finish();
}

/// Measures a bare map with keys of UDP flows.
fn look_up(c: &mut Criterion, row: &str, size: u32, mut draw: impl FnMut() -> u32) {
    let pattern = Pattern::udp();
    let mut map = LazyCell::new(|| -> FixedMap<FlowKey, u32> {
        (0..size).map(|end| (pattern.key(end), end)).collect()
    });
    let mut group = c.benchmark_group("l4");
    for batch in BATCHES {
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new(row, batch), |b| {
            let map = &mut *map;
            b.iter_batched_ref(
                || (0..batch).map(|_| pattern.key(draw())).collect::<Vec<_>>(),
                |keys| {
                    keys.iter()
                        .filter_map(|key| map.get(key))
                        .fold(0, |sum, at| sum ^ at)
                },
                BatchSize::NumIterations(256 / batch as u64),
            );
        });
    }
    group.finish();
}

/// A device that throws everything away.
struct Sink;

impl Device for Sink {
    fn ports(&self) -> u16 {
        2
    }

    fn receive(&mut self, _: Instant, rx: &mut Ingress, _: &mut Egress) {
        while rx.next().is_some() {}
    }

    fn handle_timeout(&mut self, _: Instant, _: &mut Egress) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn counters(&self) -> Counters {
        Counters::default()
    }
}

fn rows(c: &mut Criterion) {
    for (size, flows) in SIZES {
        let name = |row: &str| format!("{row}/{size}");
        let mut stream = Stream::of(1, "order");
        let mut any = || stream.below(flows.into()) as u32;
        let (datagram, segment) = (Pattern::udp(), Pattern::tcp(TcpFlags::ACK, 1));
        let reset = Pattern::tcp(TcpFlags::RST, 1);

        look_up(c, &name("map-hit"), flows, &mut any);
        look_up(c, &name("map-miss"), flows, || MANY - 1 - any());
        forward(c, &name("free"), || Sink, &datagram, &mut any);
        let router = || L3Switch::new(l3()).expect("sound settings");
        forward(c, &name("l3"), router, &datagram, &mut any);
        forward(c, &name("udp"), || udp(flows), &datagram, &mut any);
        forward(c, &name("tcp"), || established(flows), &segment, &mut any);
        forward(c, &name("miss"), || udp(flows), &reset, || MANY - 1 - any());
        let mut next = (flows..MANY).cycle();
        let new = || next.next().expect("it goes round");
        forward(c, &name("new"), || full(flows), &datagram, new);
    }
}

criterion_group!(benches, rows);
criterion_main!(benches);
