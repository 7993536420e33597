//! A hub: what came before the switch.

use switchlab_core::{
    Counters, Device, DropReason, Egress, Explain, Explanation, Ingress, Instant, PortId, Silent,
    Step, Verdict,
};
use switchlab_wire::Frame;

/// A repeater with several ports: everything that comes in goes out of all other ports.
///
/// It looks at no address and learns nothing. IEEE 802.3 clause 27, at the level of frames and without
/// collisions: those are for the [`HalfDuplexHub`](crate::HalfDuplexHub).
#[derive(Debug)]
pub struct Hub {
    up: Vec<bool>,
    counters: Counters,
}

impl Hub {
    /// Makes a hub with this many ports.
    #[must_use]
    pub fn new(ports: u16) -> Self {
        Self {
            up: vec![false; usize::from(ports)],
            counters: Counters::new(ports),
        }
    }

    fn repeat<E: Explain>(
        &mut self,
        from: PortId,
        mut frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Verdict {
        self.counters.received(from, frame.len());
        let mut sent = 0;
        for (up, number) in self.up.iter().zip(0..) {
            let port = PortId::new(number);
            if *up && port != from {
                self.counters.sent(port, frame.len());
                tx.send(port, frame.share());
                sent += 1;
            }
        }
        let asked = "which other ports are up?";
        if sent == 0 {
            explain.step(|| Step::refused("l1.repeat", asked, DropReason::NoEgress));
            self.counters.dropped(DropReason::NoEgress);
            return Verdict::Drop(DropReason::NoEgress);
        }
        explain.step(|| Step {
            stage: "l1.repeat",
            asked: asked.to_owned(),
            found: format!("{sent} of {}", self.up.len()),
            because: "A hub reads no address: everybody else gets everything.".into(),
        });
        self.counters.copies += sent - 1;
        Verdict::Flood
    }
}

impl Device for Hub {
    fn ports(&self) -> u16 {
        self.up.len() as u16
    }

    fn receive(&mut self, _: Instant, rx: &mut Ingress, tx: &mut Egress) {
        while let Some((from, frame)) = rx.next() {
            self.repeat(from, frame, tx, &mut Silent);
        }
    }

    fn handle_timeout(&mut self, _: Instant, _: &mut Egress) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn link_changed(&mut self, _: Instant, port: PortId, up: bool, _: &mut Egress) {
        if let Some(state) = self.up.get_mut(port.index()) {
            *state = up;
        }
    }

    fn receive_explained(
        &mut self,
        _: Instant,
        from: PortId,
        frame: Frame,
        tx: &mut Egress,
    ) -> Explanation {
        Explanation::of(|steps| self.repeat(from, frame, tx, steps))
    }

    fn counters(&self) -> Counters {
        self.counters.clone()
    }
}
