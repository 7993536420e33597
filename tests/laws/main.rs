//! What every device obeys, whatever comes in.
//!
//! [`devices`] lists the devices, [`life`] is what happens to them: frames of every kind in batches, links
//! that come and go, and time; [`verdict`] holds what a device says against what it counts. The laws are stated once and hold for all.

mod devices;
mod life;
mod verdict;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab::core::{Counters, Device, Egress, Ingress, Instant, PortId, Table};
use switchlab::wire::Frame;

use devices::DEVICES;
use life::{Moment, any_moment};
use verdict::Happened;

/// Deadlines that a device may have at one instant before it counts as stuck.
const MOST_TURNS: u32 = 10_000;

/// How the frames of one moment are handed over.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// In one batch.
    Together,
    /// In one call each.
    Apart,
    /// In one call each, with reasons asked for.
    Explained,
}

/// What a device did with its life.
#[derive(Debug, PartialEq)]
struct Deeds {
    /// What left, by port, in order.
    sent: BTreeMap<PortId, Vec<(Instant, Vec<u8>)>>,
    counters: Counters,
    tables: Vec<Table>,
}

/// A device under observation.
struct Lab {
    device: Box<dyn Device>,
    now: Instant,
    tx: Egress,
    sent: BTreeMap<PortId, Vec<(Instant, Vec<u8>)>>,
}

impl Lab {
    fn new(device: Box<dyn Device>) -> Self {
        let mut lab = Self {
            device,
            now: Instant::ZERO,
            tx: Egress::default(),
            sent: BTreeMap::new(),
        };
        for port in (0..lab.device.ports()).map(PortId::new) {
            lab.device.link_changed(lab.now, port, true, &mut lab.tx);
            lab.settle();
        }
        lab
    }

    /// Looks at the books after a call, and takes out what it sent.
    fn settle(&mut self) {
        while let Some((port, frame)) = self.tx.next() {
            let octets = frame.octets().to_vec();
            self.sent.entry(port).or_default().push((self.now, octets));
        }
        while self.device.poll_event().is_some() {}
        let counters = self.device.counters();
        assert!(
            counters.is_balanced(),
            "a frame went uncounted at {}: {counters:?}",
            self.now
        );
        let left: u64 = self.sent.values().map(|frames| frames.len() as u64).sum();
        let counted: u64 = counters.ports.iter().map(|port| port.sent_frames).sum();
        assert_eq!(counted, left, "frames that left at {}", self.now);
    }

    fn receive(&mut self, frames: impl IntoIterator<Item = (PortId, Frame)>) {
        let mut rx = Ingress::default();
        for (port, frame) in frames {
            rx.push(port, frame);
        }
        self.device.receive(self.now, &mut rx, &mut self.tx);
        assert!(rx.is_empty(), "a device takes every frame it is given");
        self.settle();
    }

    /// Hands over one frame, and holds what is said of it against the books.
    fn explain(&mut self, port: PortId, frame: Frame) {
        let before = self.device.counters();
        let explanation = self
            .device
            .receive_explained(self.now, port, frame, &mut self.tx);
        let verdict = explanation.verdict.expect("every device explains itself");
        let happened = Happened::between(&before, &self.device.counters());
        assert!(
            happened.agrees_with(verdict),
            "{verdict:?} at {}, but {happened:?}, because {:#?}",
            self.now,
            explanation.steps
        );
        self.settle();
    }

    /// Lets time pass: every deadline is met at its own instant.
    fn wait_until(&mut self, until: Instant) {
        let mut turns = 0;
        while let Some(due) = self.device.poll_timeout().filter(|due| *due <= until) {
            turns = if due > self.now { 1 } else { turns + 1 };
            assert!(
                turns < MOST_TURNS,
                "a deadline is never met at {}",
                self.now
            );
            self.now = self.now.max(due);
            self.device.handle_timeout(self.now, &mut self.tx);
            self.settle();
        }
        self.now = until;
    }

    fn live(&mut self, moment: &Moment, manner: Manner) {
        self.wait_until(self.now + moment.after);
        let ports = self.device.ports();
        let at = |port: u16| PortId::new(port % ports);
        if let Some((port, up)) = moment.link {
            self.device
                .link_changed(self.now, at(port), up, &mut self.tx);
            self.settle();
        }
        let frames = moment
            .frames
            .iter()
            .map(|(port, octets)| (at(*port), Frame::copy_from(octets)));
        match manner {
            Manner::Together => self.receive(frames),
            Manner::Apart => frames.for_each(|arrival| self.receive([arrival])),
            Manner::Explained => {
                for (port, frame) in frames {
                    self.explain(port, frame);
                }
            }
        }
    }
}

/// Leads a device through its life, and past every deadline that it leaves.
fn live(device: fn() -> Box<dyn Device>, life: &[Moment], manner: Manner) -> Deeds {
    let mut lab = Lab::new(device());
    for moment in life {
        lab.live(moment, manner);
    }
    lab.wait_until(lab.now + life::LONGEST_MEMORY);
    Deeds {
        counters: lab.device.counters(),
        tables: lab.device.tables(),
        sent: lab.sent,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// No frame makes a device panic or get stuck, and none goes uncounted: after every call,
    /// `in + copies + originated = out + kept + dropped`.
    ///
    /// A batch is an optimisation, never a semantic: the result equals that of its frames one by one. An
    /// explanation never changes it, and its verdict is what became of the frame.
    #[test]
    fn every_frame_is_accounted_for_and_comes_as_if_alone(life in vec(any_moment(), 1..12)) {
        for (name, device) in DEVICES {
            let together = live(device, &life, Manner::Together);
            let apart = live(device, &life, Manner::Apart);
            prop_assert_eq!(&together, &apart, "{}: one by one", name);
            let explained = live(device, &life, Manner::Explained);
            prop_assert_eq!(&together, &explained, "{}: with reasons", name);
        }
    }
}

/// The lives above are worth leading: real frames are answered, forwarded and dropped for many reasons.
#[test]
fn real_frames_bring_devices_to_life() {
    let life = life::recorded();
    for (name, device) in DEVICES {
        let deeds = live(device, &life, Manner::Explained);
        let sent: usize = deeds.sent.values().map(Vec::len).sum();
        assert!(sent > 10, "{name} sends {sent} frames only");
    }
}
