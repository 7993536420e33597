//! A bare source and sink of frames, for measuring what lies between.

use std::time::Duration;

use switchlab_core::{Counters, Device, Egress, Ingress, Instant, PortId};
use switchlab_wire::Frame;

/// A device of one port that sends one frame over and over and keeps what it receives.
#[derive(Debug)]
pub struct Generator {
    frame: Frame,
    every: Duration,
    left: Option<u64>,
    next: Option<Instant>,
    counters: Counters,
}

impl Generator {
    /// A generator that sends copies of `frame` every so often, `count` times or for ever, beginning when
    /// it is switched on.
    ///
    /// An interval of zero is taken as one nanosecond.
    #[must_use]
    pub fn new(frame: Frame, every: Duration, count: Option<u64>) -> Self {
        let next = (count != Some(0)).then_some(Instant::ZERO);
        Self {
            frame,
            every: every.max(Duration::from_nanos(1)),
            left: count,
            next,
            counters: Counters::new(1),
        }
    }

    /// A generator that only receives.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(Frame::default(), Duration::ZERO, Some(0))
    }
}

impl Device for Generator {
    fn ports(&self) -> u16 {
        1
    }

    fn receive(&mut self, _: Instant, rx: &mut Ingress, _: &mut Egress) {
        while let Some((port, frame)) = rx.next() {
            self.counters.received(port, frame.len());
            self.counters.kept += 1;
        }
    }

    fn handle_timeout(&mut self, now: Instant, tx: &mut Egress) {
        if self.next.is_none_or(|next| next > now) {
            return;
        }
        let port = PortId::new(0);
        self.counters.originated += 1;
        self.counters.sent(port, self.frame.len());
        tx.send(port, Frame::copy_from(self.frame.octets()));
        self.left = self.left.map(|left| left - 1);
        self.next = (self.left != Some(0)).then(|| now + self.every);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    fn counters(&self) -> Counters {
        self.counters.clone()
    }
}
