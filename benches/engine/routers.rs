//! A chain of routers: net `n`, 10.0.n.0/24, lies in front of router `n`, which is .2 in it and .1 in the next.

use std::net::Ipv4Addr;
use std::time::Duration;

use criterion::Criterion;
use ipnet::IpNet;
use switchlab::core::PortId;
use switchlab::l3::{Attachment, InterfaceConfig, L3Config, L3Switch, Neighbour, Route};
use switchlab::sim::{Generator, Lab, Simulation};
use switchlab::topology::LinkConfig;
use switchlab::wire::{EthernetBuilder, Ipv4Builder, MacAddr};

use crate::{measure, on, run};

const ROUTERS: u8 = 4;
const FRAMES: u64 = 20_000;
const EVERY: Duration = Duration::from_micros(1);

fn mac(router: u8, port: u16) -> MacAddr {
    MacAddr::from_name(&format!("router {router} port {port}"))
}

/// Router `number` of a chain of `count`.
pub(crate) fn router(number: u8, count: u8) -> L3Config {
    let mut config = L3Config::with_ports(2);
    for (port, net, host) in [(0, number, 2), (1, number + 1, 1)] {
        let attachment = Attachment::Port(PortId::new(port));
        let address = IpNet::new(Ipv4Addr::new(10, 0, net, host).into(), 24).expect("a net");
        let interface = InterfaceConfig::new(attachment, mac(number, port), [address]);
        config.interfaces.push(interface);
    }
    let mut route = |net, via: Ipv4Addr| {
        let to = IpNet::new(Ipv4Addr::new(10, 0, net, 0).into(), 24).expect("a net");
        config.routes.push(Route::via(to, via.into()));
    };
    if number > 0 {
        route(0, Ipv4Addr::new(10, 0, number, 1));
    }
    if number + 1 < count {
        route(count, Ipv4Addr::new(10, 0, number + 1, 2));
    }
    config
}

/// Adds a chain of routers between two nodes.
pub(crate) fn chain(lab: &mut Lab, left: &str, right: &str, routers: Vec<L3Config>) {
    let mut before = left.to_owned();
    for (number, config) in routers.into_iter().enumerate() {
        let name = format!("router {number}");
        lab.node(&name, 2, move || {
            Box::new(L3Switch::new(config.clone()).expect("a sound configuration"))
        });
        lab.link(before, format!("{name}:0"), LinkConfig::default());
        before = format!("{name}:1");
    }
    lab.link(before, right, LinkConfig::default());
}

fn bare() -> Simulation {
    let mut lab = Lab::new(1);
    let far = Ipv4Addr::new(10, 0, ROUTERS, 2);
    lab.node("source", 1, move || {
        let packet = Ipv4Builder::new(Ipv4Addr::new(10, 0, 0, 1), far).udp(5000, 9, &[0; 18]);
        let header = EthernetBuilder::new(MacAddr::from_name("source"), mac(0, 0));
        Box::new(Generator::new(header.packet(&packet), EVERY, Some(FRAMES)))
    });
    lab.node("sink", 1, || Box::new(Generator::silent()));
    let mut routers: Vec<_> = (0..ROUTERS).map(|number| router(number, ROUTERS)).collect();
    // The sink does not answer, so its address is given; routers find each other by ARP.
    routers[usize::from(ROUTERS) - 1]
        .neighbours
        .push(Neighbour {
            ip: far.into(),
            mac: MacAddr::from_name("sink"),
            attachment: Attachment::Port(PortId::new(1)),
        });
    chain(&mut lab, "source", "sink", routers);
    on(lab)
}

pub(crate) fn routed(c: &mut Criterion) {
    let outcome = run(bare(), None);
    let received = outcome.node("sink").expect("it is on").ports[0].received_frames;
    assert_eq!(received, FRAMES, "all frames reach the end of the chain");
    measure(c, "routed", FRAMES * u64::from(ROUTERS), None, bare);
}
