//! A hub: what came before the switch.

use switchlab_core::{Counters, Device, DropReason, Egress, Ingress, Instant, PortId};

/// A repeater with several ports: everything that comes in goes out of all other ports.
///
/// It looks at no address and learns nothing. IEEE 802.3 clause 27, at the level of frames: all ports
/// are one collision domain, but collisions themselves are not simulated.
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
}

impl Device for Hub {
    fn ports(&self) -> u16 {
        self.up.len() as u16
    }

    fn receive(&mut self, _: Instant, rx: &mut Ingress, tx: &mut Egress) {
        while let Some((from, mut frame)) = rx.next() {
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
            match sent {
                0 => self.counters.dropped(DropReason::NoEgress),
                _ => self.counters.copies += sent - 1,
            }
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

    fn counters(&self) -> Counters {
        self.counters.clone()
    }
}
