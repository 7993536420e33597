//! How fast does a whole lab run on one core, counters on, digest and observers off?
//!
//! | row | what an element is |
//! |---|---|
//! | `bridged` | a frame of 60 octets from one of 8 bare generators through a learning switch to another |
//! | `routed` | one hop of such a frame along a chain of 4 routers |

use std::net::Ipv4Addr;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use switchlab::core::{Counters, PortId};
use switchlab::l2::{BridgeConfig, L2Switch};
use switchlab::l3::{Attachment, InterfaceConfig, L3Config, L3Switch, Neighbour, Route};
use switchlab::sim::{Generator, Lab, Simulation};
use switchlab::topology::LinkConfig;
use switchlab::wire::{EtherType, EthernetBuilder, Ipv4Builder, MacAddr};

/// Frames that each generator sends.
const FRAMES: u64 = 20_000;
/// A little more than 60 octets take at 1 Gbit/s.
const EVERY: Duration = Duration::from_micros(1);

/// Switches a lab on.
fn on(lab: Lab) -> Simulation {
    lab.build().expect("a sound lab")
}

/// Runs a lab to its end and returns what one of its nodes counted.
fn counted(simulation: Simulation, node: &str) -> Counters {
    let outcome = simulation.run(None, &mut ()).expect("an end");
    outcome.node(node).expect("the node is on").clone()
}

const STATIONS: u16 = 8;

/// Each station sends to the next one.
fn star() -> Simulation {
    let mut lab = Lab::new(1);
    lab.node("switch", STATIONS, || {
        let switch = L2Switch::new(BridgeConfig::with_ports(STATIONS));
        Box::new(switch.expect("a sound configuration"))
    });
    let mac = |number: u16| MacAddr::from_name(&format!("station {number}"));
    for number in 0..STATIONS {
        let header = EthernetBuilder::new(mac(number), mac((number + 1) % STATIONS));
        let name = format!("station {number}");
        lab.node(&name, 1, move || {
            let frame = header.payload(EtherType(0x88b5), &[0; 46]);
            Box::new(Generator::new(frame, EVERY, Some(FRAMES)))
        });
        lab.link(name, format!("switch:{number}"), LinkConfig::default());
    }
    on(lab)
}

fn bridged(c: &mut Criterion) {
    let all = u64::from(STATIONS) * FRAMES;
    let counters = counted(star(), "switch");
    let forwarded: u64 = counters.ports.iter().map(|port| port.received_frames).sum();
    assert_eq!(forwarded, all, "all frames go through the switch");
    assert!(
        counters.copies < 100,
        "and nearly all to one station only: {counters:?}"
    );

    let mut group = c.benchmark_group("engine");
    group.throughput(Throughput::Elements(all)).sample_size(20);
    group.bench_function("bridged", |b| {
        b.iter_batched(star, |lab| lab.run(None, &mut ()), BatchSize::PerIteration);
    });
    group.finish();
}

const ROUTERS: u8 = 4;

fn router_mac(router: u8, port: u16) -> MacAddr {
    MacAddr::from_name(&format!("router {router} port {port}"))
}

/// Net `n` joins router `n` (its last address but one) to router `n - 1`, or to the source.
fn router(number: u8) -> L3Switch {
    let mut config = L3Config::with_ports(2);
    let sink = MacAddr::from_name("sink");
    for (port, net, own, peer, peer_mac) in [
        (0, number, 2, 1, router_mac(number.wrapping_sub(1), 1)),
        (1, number + 1, 1, 2, router_mac(number + 1, 0)),
    ] {
        let attachment = Attachment::Port(PortId::new(port));
        let address = format!("10.0.{net}.{own}/24").parse().expect("a net");
        let interface = InterfaceConfig::new(attachment, router_mac(number, port), [address]);
        config.interfaces.push(interface);
        let is_last = net == ROUTERS;
        config.neighbours.push(Neighbour {
            ip: Ipv4Addr::new(10, 0, net, peer).into(),
            mac: if is_last { sink } else { peer_mac },
            attachment,
        });
    }
    if number + 1 < ROUTERS {
        let next = Ipv4Addr::new(10, 0, number + 1, 2);
        let far = format!("10.0.{ROUTERS}.0/24").parse().expect("a net");
        config.routes.push(Route::via(far, next.into()));
    }
    L3Switch::new(config).expect("a sound configuration")
}

fn chain() -> Simulation {
    let mut lab = Lab::new(1);
    lab.node("source", 1, || {
        let far = Ipv4Addr::new(10, 0, ROUTERS, 2);
        let packet = Ipv4Builder::new(Ipv4Addr::new(10, 0, 0, 1), far).udp(5000, 9, &[0; 18]);
        let header = EthernetBuilder::new(MacAddr::from_name("source"), router_mac(0, 0));
        Box::new(Generator::new(header.packet(&packet), EVERY, Some(FRAMES)))
    });
    lab.node("sink", 1, || Box::new(Generator::silent()));
    let mut before = "source".to_owned();
    for number in 0..ROUTERS {
        let name = format!("router {number}");
        lab.node(&name, 2, move || Box::new(router(number)));
        lab.link(before, format!("{name}:0"), LinkConfig::default());
        before = format!("{name}:1");
    }
    lab.link(before, "sink", LinkConfig::default());
    on(lab)
}

fn routed(c: &mut Criterion) {
    let received = counted(chain(), "sink").ports[0].received_frames;
    assert_eq!(received, FRAMES, "all frames reach the end of the chain");

    let mut group = c.benchmark_group("engine");
    group
        .throughput(Throughput::Elements(FRAMES * u64::from(ROUTERS)))
        .sample_size(20);
    group.bench_function("routed", |b| {
        b.iter_batched(chain, |lab| lab.run(None, &mut ()), BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, bridged, routed);
criterion_main!(benches);
