//! A million SYNs from nowhere against a layer 4 switch: who is established stays so, who is honest is served, and
//! memory has its bounds.
//!
//! The defence is the hash of the service, not SYN cookies, which only a host can make that ends connections itself:
//! see `L4Switch`. Builds without optimization send a tenth of the SYNs.

mod memory;

use std::net::{Ipv4Addr, SocketAddr};

use switchlab::balance::Algorithm;
use switchlab::core::{Device, DropReason, Egress, Ingress, Instant, PortId, step};
use switchlab::l3::{Attachment, InterfaceConfig, L3Config, Neighbour};
use switchlab::l4::{L4Config, L4Switch, ServiceConfig, ServiceProtocol};
use switchlab::wire::{EthernetBuilder, FlowKey, Frame, Ipv4Builder, MacAddr, TcpFlags, TcpHeader};

const SYNS: u32 = if cfg!(debug_assertions) {
    100_000
} else {
    1_000_000
};
const ESTABLISHED: u16 = 1_000;
const LIMIT: usize = 16_384;
/// What the long flood may take beyond a short one that fills the table, in octets.
const MOST: u64 = 1 << 20;

const OUTSIDE: PortId = PortId::new(0);
const INSIDE: PortId = PortId::new(1);
const WEB: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 0, 0, 1), 80);
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// A switch in front of three servers, and what was sent to it.
struct Bed {
    switch: L4Switch,
    rx: Ingress,
    tx: Egress,
    /// SYNs that came from nowhere.
    spoofed: u32,
    /// Honest connections that were opened.
    opened: u16,
}

impl Bed {
    fn new() -> Self {
        let mut l3 = L3Config::with_ports(2);
        for (port, net) in [(OUTSIDE, "10.0.0.1/24"), (INSIDE, "10.0.1.1/24")] {
            let mac = MacAddr::from_name(net);
            let net = net.parse().expect("a net");
            let attachment = Attachment::Port(port);
            l3.interfaces
                .push(InterfaceConfig::new(attachment, mac, [net]));
        }
        let servers = (11..14).map(|host| Ipv4Addr::new(10, 0, 1, host));
        for (ip, port) in servers
            .clone()
            .map(|it| (it, INSIDE))
            .chain([(CLIENT, OUTSIDE)])
        {
            l3.neighbours.push(Neighbour {
                ip: ip.into(),
                mac: MacAddr::from_name("somebody"),
                attachment: Attachment::Port(port),
            });
        }
        let mut config = L4Config::new("lb", l3);
        let backends = servers.map(|server| SocketAddr::from((server, 8080)));
        let address = SocketAddr::from(WEB);
        let mut web = ServiceConfig::new("web", ServiceProtocol::Tcp, address, backends);
        web.scheduler = Algorithm::Maglev;
        config.services.push(web);
        config.flow_limit = LIMIT;
        Self {
            switch: L4Switch::new(config).expect("a sound configuration"),
            rx: Ingress::default(),
            tx: Egress::default(),
            spoofed: 0,
            opened: 0,
        }
    }

    /// Sends a segment, and says between whom it leaves.
    fn send(
        &mut self,
        port: PortId,
        from: (Ipv4Addr, u16),
        to: (Ipv4Addr, u16),
        flags: TcpFlags,
    ) -> Option<FlowKey> {
        let net = if port == OUTSIDE {
            "10.0.0.1/24"
        } else {
            "10.0.1.1/24"
        };
        let header = TcpHeader {
            source_port: from.1,
            destination_port: to.1,
            sequence: 1,
            acknowledgment: 2,
            flags,
            window: 8192,
            ..TcpHeader::default()
        };
        let packet = Ipv4Builder::new(from.0, to.0).tcp(&header, b"");
        let frame: Frame =
            EthernetBuilder::new(MacAddr::from_name("somebody"), MacAddr::from_name(net))
                .packet(&packet);
        self.rx.push(port, frame);
        step(&mut self.switch, Instant::ZERO, &mut self.rx, &mut self.tx);
        while self.switch.poll_event().is_some() {}
        let left = self.tx.next().map(|(_, frame)| FlowKey::of_frame(&frame));
        left.and_then(|key| key.expect("it is whole"))
    }

    fn flood(&mut self, count: u32) {
        for _ in 0..count {
            let source = Ipv4Addr::from_bits(0xac10_0000 + self.spoofed);
            self.spoofed += 1;
            self.send(OUTSIDE, (source, 1024), WEB, TcpFlags::SYN);
        }
    }

    /// Opens a connection from the next port, with so many SYNs from nowhere before each segment; its port and who
    /// has it.
    fn connect(&mut self, between: u32) -> (u16, SocketAddr) {
        let here = (CLIENT, 2_000 + self.opened);
        self.opened += 1;
        self.flood(between);
        let asked = self
            .send(OUTSIDE, here, WEB, TcpFlags::SYN)
            .expect("it leaves");
        let server = asked.destination_socket();
        let SocketAddr::V4(back) = server else {
            panic!("{server} is no server")
        };
        let back = (*back.ip(), back.port());
        #[rustfmt::skip]
        let rest = [
            (INSIDE,  back, here, TcpFlags::SYN | TcpFlags::ACK),
            (OUTSIDE, here, WEB,  TcpFlags::ACK),
            (INSIDE,  back, here, TcpFlags::ACK),
        ];
        for (port, from, to, flags) in rest {
            self.flood(between);
            let left = self.send(port, from, to, flags).expect("it leaves");
            match port {
                OUTSIDE => assert_eq!(
                    left.destination_socket(),
                    server,
                    "the server that was asked"
                ),
                _ => assert_eq!(
                    left.source_socket(),
                    SocketAddr::from(WEB),
                    "translated back"
                ),
            }
        }
        (here.1, server)
    }
}

#[test]
fn a_million_syns_from_nowhere() {
    let mut bed = Bed::new();
    let mut stand: Vec<_> = (0..ESTABLISHED).map(|_| bed.connect(0)).collect();
    bed.flood(2 * LIMIT as u32);
    let ((), grown) = memory::growth(|| {
        while bed.spoofed < SYNS {
            // More SYNs come between the segments of a handshake than the table has room.
            stand.push(bed.connect(LIMIT as u32 + 1));
        }
    });
    for (port, server) in &stand {
        let left = bed
            .send(OUTSIDE, (CLIENT, *port), WEB, TcpFlags::ACK)
            .expect("it leaves");
        assert_eq!(
            left.destination_socket(),
            *server,
            "port {port} stays where it was"
        );
    }
    let counters = bed.switch.counters();
    assert_eq!(counters.drops(DropReason::FlowTableFull), 0);
    let mut apps = counters.apps.iter();
    let evicted = apps
        .find(|it| it.counter == "evicted_embryonic")
        .expect("it is counted");
    assert!(
        evicted.value >= u64::from(bed.spoofed) - LIMIT as u64,
        "{evicted:?}"
    );
    assert!(
        grown.is_none_or(|grown| grown < MOST),
        "{grown:?} octets more for {} SYNs",
        bed.spoofed
    );
}
