//! Faults under load: what a crash, a pulled cable and a storm do to frames that are already on their way.

use std::time::Duration;

use switchlab_core::{Counters, Device, DropReason, Egress, Ingress, Instant, NodeId, PortId};
use switchlab_sim::{Action, Arrival, Generator, Lab, Observer, Outcome, RunError};
use switchlab_topology::LinkConfig;
use switchlab_wire::Frame;

/// A frame of 60 octets takes a millisecond, and 5 ms more to the other end.
fn slow() -> LinkConfig {
    LinkConfig {
        rate: Some(672_000),
        delay: Duration::from_millis(5),
        ..LinkConfig::default()
    }
}

fn unlimited() -> LinkConfig {
    LinkConfig {
        rate: None,
        ..LinkConfig::default()
    }
}

/// `a` sends this many frames to `b`, all but at once.
fn backlog(count: u64, link: LinkConfig) -> Lab {
    let mut lab = Lab::new(1);
    let every = Duration::from_nanos(1);
    lab.node("a", 1, move || {
        let frame = Frame::copy_from(&[0; 60]);
        Box::new(Generator::new(frame, every, Some(count)))
    });
    lab.node("b", 1, || Box::new(Generator::silent()));
    lab.link("a", "b", link);
    lab
}

/// Writes down what is told of frames.
#[derive(Default)]
struct Witness {
    begun: Vec<Instant>,
    arrived: Vec<Instant>,
}

impl Observer for Witness {
    fn transmitted(&mut self, start: Instant, _: NodeId, _: PortId, _: &[u8]) {
        self.begun.push(start);
    }

    fn withdrawn(&mut self, at: Instant, _: NodeId, _: PortId) {
        self.begun.retain(|start| *start <= at);
    }

    fn ended(&mut self, at: Instant) {
        self.begun.retain(|start| *start <= at);
    }

    fn delivered(&mut self, arrival: Arrival, _: &[u8]) {
        self.arrived.push(arrival.at);
    }
}

/// The drops of a lane, whose numbers have to add up.
fn dropped(outcome: &Outcome, from: &str) -> Vec<(DropReason, u64)> {
    let lane = outcome.lanes.iter().find(|lane| lane.from == from);
    let lane = lane.expect("a lane of the lab");
    let drops: u64 = lane.drops.iter().map(|(_, count)| count).sum();
    assert_eq!(
        lane.offered + lane.duplicated,
        lane.delivered + lane.in_flight + drops,
        "{from}: every frame is accounted for"
    );
    lane.drops.clone()
}

#[test]
fn a_crashed_node_says_nothing_more() {
    let mut lab = backlog(100, slow());
    lab.at(Instant::from_micros(10_500), "a", Action::Crash);
    let mut witness = Witness::default();
    let outcome = lab.build().unwrap().run(None, &mut witness).unwrap();
    assert_eq!(witness.arrived.len(), 10, "what had left whole arrives");
    let last = witness.arrived.last().copied();
    let latest = Instant::from_micros(15_001);
    assert!(last <= Some(latest), "and nothing later: {last:?}");
    assert_eq!(witness.begun.len(), 11, "the eleventh was broken off");
    assert_eq!(dropped(&outcome, "a:0"), [(DropReason::NodeDown, 90)]);
    let a = outcome.nodes.iter().find(|node| node.name == "a").unwrap();
    assert!(!a.is_on, "it was not started again");
    assert_eq!(
        a.counters.originated, 100,
        "what it counted is not forgotten"
    );
    assert!(a.counters.is_balanced());
}

#[test]
fn counters_outlive_a_crash() {
    let mut lab = backlog(100, slow());
    lab.at(Instant::from_millis(1), "a", Action::Crash);
    lab.at(Instant::from_secs(1), "a", Action::Start);
    let outcome = lab.build().unwrap().run(None, &mut ()).unwrap();
    let originated = outcome.node("a").unwrap().originated;
    assert_eq!(originated, 200, "both lives are counted");
}

#[test]
fn a_cable_put_back_begins_with_an_idle_line() {
    let mut lab = backlog(100, slow());
    let port = PortId::new(0);
    lab.at(Instant::from_micros(10_500), "a", Action::Unplug(port));
    lab.at(Instant::from_micros(11_000), "a", Action::Plug(port));
    lab.at(Instant::from_micros(12_000), "a", Action::Crash);
    lab.at(Instant::from_micros(20_000), "a", Action::Start);
    let mut witness = Witness::default();
    let outcome = lab.build().unwrap().run(None, &mut witness).unwrap();
    let mut late = witness
        .arrived
        .iter()
        .skip_while(|at| **at <= Instant::from_millis(20));
    let first = late.next().copied().expect("frames of the second life");
    assert_eq!(
        first.as_micros(),
        26_000,
        "1 ms to send and 5 ms of way: nobody waits for frames that are gone"
    );
    assert_eq!(
        dropped(&outcome, "a:0"),
        [(DropReason::LaneDown, 95)],
        "five had arrived; the others were on the line or waiting for it"
    );
}

#[test]
fn overtaking_costs_no_more_than_an_entry_each() {
    let config = LinkConfig {
        delay: Duration::from_millis(10),
        reorder: 0.2,
        ..LinkConfig::default()
    };
    let outcome = backlog(20_000, config)
        .build()
        .unwrap()
        .run(None, &mut ())
        .unwrap();
    let drops = dropped(&outcome, "a:0");
    let lost: u64 = drops.iter().map(|(_, count)| count).sum();
    let received = outcome.node("b").unwrap().ports[0].received_frames;
    assert_eq!(received + lost, 20_000, "all that the queue took arrive");
    // A deadline for each frame sent, an arrival for each received, and one entry for each that overtook.
    let most = 20_000 + 2 * received;
    assert!(
        outcome.events < most,
        "{} events, {most} at most",
        outcome.events
    );
}

/// Sends everything that comes in back twice, and begins with one frame if it is told to.
struct Echoes {
    begins: bool,
    counters: Counters,
}

impl Device for Echoes {
    fn ports(&self) -> u16 {
        1
    }

    fn receive(&mut self, _: Instant, rx: &mut Ingress, tx: &mut Egress) {
        while let Some((port, mut frame)) = rx.next() {
            self.counters.received(port, frame.len());
            self.counters.copies += 1;
            for _ in 0..2 {
                self.counters.sent(port, frame.len());
                tx.send(port, frame.share());
            }
        }
    }

    fn handle_timeout(&mut self, _: Instant, tx: &mut Egress) {
        if std::mem::take(&mut self.begins) {
            self.counters.originated += 1;
            self.counters.sent(PortId::new(0), 60);
            tx.send(PortId::new(0), Frame::copy_from(&[0; 60]));
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.begins.then_some(Instant::ZERO)
    }

    fn counters(&self) -> Counters {
        self.counters.clone()
    }
}

#[test]
fn a_storm_is_an_error_before_it_fills_the_memory() {
    let mut lab = Lab::new(1);
    for (name, begins) in [("a", true), ("b", false)] {
        lab.node(name, 1, move || {
            let counters = Counters::new(1);
            Box::new(Echoes { begins, counters })
        });
    }
    lab.link("a", "b", unlimited());
    let ended = lab.build().unwrap().run(None, &mut ());
    let Err(RunError::Storm {
        in_flight, busiest, ..
    }) = ended
    else {
        panic!("frames that double each time end in a storm: {ended:?}");
    };
    assert!(in_flight < 1 << 23, "{in_flight} frames are bearable");
    assert_eq!(busiest.len(), 2, "both take part in it");
}
