//! What does each layer add to the cost of forwarding one frame?
//!
//! The same UDP datagram from a client to a server goes through each device, in batches of 32, at both
//! ends of the Ethernet size range (without FCS): bridged by a known address, routed to a known
//! neighbour, and translated as a flow that is under way. Freeing the frames that left is part of the cost.

use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use switchlab::core::{Device, Egress, Ingress, Instant, PortId};
use switchlab::scenario::device_from_toml;
use switchlab::wire::{EthernetBuilder, Frame, Ipv4Builder, MacAddr};

const BATCH: usize = 32;
/// Ethernet, IPv4 and UDP.
const HEADERS: usize = 14 + 20 + 8;

/// Each knows that the frame's destination is behind port 1.
const BRIDGE: &str = r#"
    kind = "l2-switch"
    ports = 4
    static = [{ mac = "02:00:00:00:00:01", port = 1 }]
"#;
const ROUTER: &str = r#"
    kind = "l3-switch"
    ports = 4
    interface = [
        { port = 0, mac = "02:00:00:00:00:01", addresses = ["10.0.0.1/24"] },
        { port = 1, mac = "02:00:00:00:00:02", addresses = ["10.0.1.1/24"] },
    ]
    neighbor = [{ ip = "10.0.1.2", mac = "02:00:00:00:00:03", port = 1 }]
"#;
const BALANCER: &str = r#"
    kind = "l4-switch"
    ports = 4
    interface = [
        { port = 0, mac = "02:00:00:00:00:01", addresses = ["10.0.0.1/24"] },
        { port = 1, mac = "02:00:00:00:00:02", addresses = ["10.0.1.1/24"] },
    ]
    neighbor = [{ ip = "10.0.1.3", mac = "02:00:00:00:00:03", port = 1 }]
    [[service]]
    name = "echo"
    protocol = "udp"
    address = "10.0.1.2"
    port = 9
    backend = [{ address = "10.0.1.3", port = 7 }]
"#;

/// The datagram in a frame of this many octets.
fn frame(octets: usize) -> Frame {
    let (client, server) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 1, 2));
    let packet = Ipv4Builder::new(client, server).udp(5000, 9, &vec![0; octets - HEADERS]);
    let mac = |last| MacAddr::new([2, 0, 0, 0, 0, last]);
    EthernetBuilder::new(mac(0xc), mac(1)).packet(&packet)
}

/// A device that has forwarded the frame once.
fn warmed_up(file: &str, octets: usize) -> Box<dyn Device> {
    let mut device = device_from_toml(file, "bench.toml")
        .unwrap_or_else(|errors| panic!("{errors}"))
        .device;
    let (mut rx, mut tx) = (Ingress::default(), Egress::default());
    for port in 0..device.ports() {
        device.link_changed(Instant::ZERO, PortId::new(port), true, &mut tx);
    }
    tx.clear();
    rx.push(PortId::new(0), frame(octets));
    device.receive(Instant::ZERO, &mut rx, &mut tx);
    let left_by: Vec<_> = tx.iter().map(|(port, _)| port).collect();
    assert_eq!(left_by, [PortId::new(1)], "the frame is forwarded");
    device
}

fn forward(c: &mut Criterion) {
    let mut group = c.benchmark_group("forward");
    group.throughput(Throughput::Elements(BATCH as u64));
    for octets in [60, 1514] {
        for (layer, file) in [("l2", BRIDGE), ("l3", ROUTER), ("l4", BALANCER)] {
            let mut device = warmed_up(file, octets);
            let mut tx = Egress::default();
            group.bench_function(BenchmarkId::new(layer, octets), |b| {
                b.iter_batched_ref(
                    || {
                        let mut rx = Ingress::default();
                        for _ in 0..BATCH {
                            rx.push(PortId::new(0), frame(octets));
                        }
                        rx
                    },
                    |rx| {
                        device.receive(Instant::ZERO, rx, &mut tx);
                        black_box(&mut tx).clear();
                    },
                    // Few batches at a time, so that their octets are still in the cache.
                    BatchSize::NumIterations(8),
                );
            });
            assert_eq!(
                device.counters().all_drops().next(),
                None,
                "nothing that is measured is dropped"
            );
        }
    }
    group.finish();
}

criterion_group!(benches, forward);
criterion_main!(benches);
