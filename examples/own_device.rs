//! A device of your own: a firewall between two switches.
//!
//! ```text
//! browser ─┐                                  ┌─ server
//! telnet  ─┴─ office switch ── firewall ── machine room switch
//! ```
//!
//! All that a lab asks of a device is the trait [`Device`]: frames and time in, frames out, and every
//! frame accounted for. Run it with `cargo run --example own_device`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab::core::{
    Counters, Device, DropReason, Egress, Explain, Explanation, Ingress, Instant, PortId, Silent,
    Step, Table, Verdict, step,
};
use switchlab::l2::{BridgeConfig, L2Switch};
use switchlab::sim::{Digest, Generator, Lab, Outcome};
use switchlab::topology::LinkConfig;
use switchlab::wire::{EthernetBuilder, FlowKey, Frame, Ipv4Builder, MacAddr, TcpFlags, TcpHeader};

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 80);

/// A firewall of two ports that lets nothing through to the ports it was told to close.
///
/// It has no address and no timer; whoever is not turned away does not see it.
struct Firewall {
    /// The closed ports, and how many frames each has turned away.
    closed: BTreeMap<u16, u64>,
    counters: Counters,
}

impl Firewall {
    fn closing(ports: impl IntoIterator<Item = u16>) -> Self {
        Self {
            closed: ports.into_iter().map(|port| (port, 0)).collect(),
            counters: Counters::new(2),
        }
    }

    /// Decides about a frame. Written once: with [`Silent`] nobody listens and nothing is spent on words.
    fn decide<E: Explain>(&mut self, from: PortId, frame: &Frame, explain: &mut E) -> Verdict {
        let key = FlowKey::of_frame(frame).ok().flatten();
        let hit = key.and_then(|key| self.closed.get_mut(&key.destination_port));
        let verdict = if hit.is_some() {
            Verdict::Drop(DropReason::PolicyDenied)
        } else {
            Verdict::Forward(PortId::new(1 - from.number()))
        };
        explain.step(|| Step {
            stage: "firewall.rule",
            asked: key.map_or("may it pass?".to_owned(), |key| format!("may {key} pass?")),
            found: if hit.is_some() { "no" } else { "yes" }.to_owned(),
            because: if hit.is_some() {
                "The administrator has closed the port that it is for."
            } else {
                "What no rule forbids may pass."
            }
            .into(),
        });
        if let Some(count) = hit {
            *count += 1;
        }
        verdict
    }

    /// Does what was decided. Whatever comes in is counted, and so is what becomes of it.
    fn take<E: Explain>(
        &mut self,
        from: PortId,
        frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Verdict {
        self.counters.received(from, frame.len());
        let verdict = self.decide(from, &frame, explain);
        match verdict {
            Verdict::Forward(to) => {
                self.counters.sent(to, frame.len());
                tx.send(to, frame);
            }
            _ => self.counters.dropped(DropReason::PolicyDenied),
        }
        verdict
    }
}

impl Device for Firewall {
    fn ports(&self) -> u16 {
        2
    }

    fn receive(&mut self, _: Instant, rx: &mut Ingress, tx: &mut Egress) {
        while let Some((port, frame)) = rx.next() {
            self.take(port, frame, tx, &mut Silent);
        }
    }

    fn handle_timeout(&mut self, _: Instant, _: &mut Egress) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn receive_explained(
        &mut self,
        _: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
    ) -> Explanation {
        let mut steps = Vec::new();
        let verdict = self.take(port, frame, tx, &mut steps);
        Explanation {
            steps,
            verdict: Some(verdict),
        }
    }

    fn counters(&self) -> Counters {
        self.counters.clone()
    }

    fn tables(&self) -> Vec<Table> {
        let row = |(port, count): (&u16, &u64)| vec![port.to_string(), count.to_string()];
        vec![Table {
            title: "closed ports",
            columns: vec!["port", "turned away"],
            rows: self.closed.iter().map(row).collect(),
        }]
    }
}

/// A frame with which somebody begins a TCP connection to the server.
fn knock(from: u8, port: u16) -> Frame {
    let header = TcpHeader {
        source_port: 40_000,
        destination_port: port,
        flags: TcpFlags::SYN,
        window: 65_535,
        ..TcpHeader::default()
    };
    let packet = Ipv4Builder::new(Ipv4Addr::new(10, 0, 0, from), SERVER).tcp(&header, b"");
    let from = MacAddr::from_name(&format!("client {from}"));
    EthernetBuilder::new(from, MacAddr::from_name("server")).packet(&packet)
}

/// The lab of the picture. `browser` knocks 50 times at port 80, `telnet` 20 times at port 23.
fn lab() -> Lab {
    let switch = || -> Box<dyn Device> {
        let config = BridgeConfig::with_ports(3);
        Box::new(L2Switch::new(config).expect("three ports and nothing else make a bridge"))
    };
    let client = |from, port, count| {
        move || -> Box<dyn Device> {
            let every = Duration::from_millis(10);
            Box::new(Generator::new(knock(from, port), every, Some(count)))
        }
    };
    let mut lab = Lab::new(7);
    lab.node("browser", 1, client(2, 80, 50))
        .node("telnet", 1, client(3, 23, 20))
        .node("office", 3, switch)
        .node("firewall", 2, || Box::new(Firewall::closing([23, 445])))
        .node("machine room", 3, switch)
        .node("server", 1, || Box::new(Generator::silent()));
    for (one, other) in [
        ("browser", "office"),
        ("telnet", "office"),
        ("office", "firewall:0"),
        ("firewall:1", "machine room"),
        ("machine room", "server"),
    ] {
        lab.link(one, other, LinkConfig::default());
    }
    lab
}

fn run() -> (Outcome, Digest) {
    let mut digest = Digest::default();
    let simulation = lab().build().expect("the plan has no gaps");
    let outcome = simulation.run(None, &mut digest);
    (outcome.expect("the clients stop by themselves"), digest)
}

fn main() {
    let (outcome, digest) = run();
    let count = |node: &str| outcome.node(node).expect("no node has crashed");
    let arrived = count("server").ports[0].received_frames;
    let denied = count("firewall").drops(DropReason::PolicyDenied);
    println!("50 frames to port 80, 20 to port 23; port 23 is closed");
    println!("  reached the server:            {arrived}");
    println!(
        "  turned away by the firewall:   {denied}  ({})",
        DropReason::PolicyDenied
    );
    assert_eq!((arrived, denied), (50, 20));
    for node in &outcome.nodes {
        let balanced = node.counters.is_balanced();
        assert!(balanced, "{} lost a frame without saying so", node.name);
    }
    println!(
        "  every frame is accounted for at all {} nodes",
        outcome.nodes.len()
    );

    let (_, again) = run();
    assert_eq!(digest, again);
    println!("  run again: the same digest, {digest}");

    println!("\nwhy, in the firewall's own words:");
    let mut firewall = Firewall::closing([23, 445]);
    let mut tx = Egress::default();
    for port in [80, 23] {
        let (from, frame) = (PortId::new(0), knock(2, port));
        let explained = firewall.receive_explained(Instant::ZERO, from, frame, &mut tx);
        for step in explained.steps {
            println!("  {} {}: {}", step.asked, step.found, step.because);
        }
    }
    // The same device without a lab: a driver is a clock and some wires.
    let mut rx = Ingress::default();
    rx.push(PortId::new(1), knock(9, 445));
    step(&mut firewall, Instant::ZERO, &mut rx, &mut tx);
    assert_eq!(tx.len(), 1, "of three frames one got through");
    let table = &firewall.tables()[0];
    println!("\n{}: {}", table.title, table.columns.join(", "));
    for row in &table.rows {
        println!("  {}", row.join(", "));
    }
    assert_eq!(table.rows, [["23", "1"], ["445", "1"]]);
}
