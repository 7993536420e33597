//! A bridge as a device of its own: the layer 2 switch.

use switchlab_core::{
    AppCounter, Counters, Device, Egress, Explain, Explanation, Ingress, Instant, PortId, Silent,
    Table, Verdict,
};
use switchlab_wire::Frame;

use crate::bridge::Bridge;
use crate::config::{BridgeConfig, BridgeConfigError};

/// A layer 2 switch: forwards frames by MAC address and touches nothing else in them.
///
/// Frames to its own addresses, and to reserved group addresses, are kept: it has no protocol that
/// would answer them. It needs no timer, since entries are judged when they are looked at.
#[derive(Debug)]
pub struct L2Switch {
    bridge: Bridge,
    counters: Counters,
    now: Instant,
}

impl L2Switch {
    /// Makes a switch.
    ///
    /// # Errors
    /// [`BridgeConfigError`] if the settings contradict each other or the standard.
    pub fn new(config: BridgeConfig) -> Result<Self, BridgeConfigError> {
        let bridge = Bridge::new(config)?;
        Ok(Self {
            counters: Counters::new(bridge.ports()),
            bridge,
            now: Instant::ZERO,
        })
    }

    #[inline]
    fn forward<E: Explain>(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Verdict {
        self.now = now;
        self.counters.received(port, frame.len());
        let (verdict, climbing) =
            self.bridge
                .forward_explained(now, port, frame, &mut self.counters, tx, explain);
        self.counters.kept += u64::from(climbing.is_some());
        verdict
    }
}

impl Device for L2Switch {
    fn ports(&self) -> u16 {
        self.bridge.ports()
    }

    fn receive(&mut self, now: Instant, rx: &mut Ingress, tx: &mut Egress) {
        while let Some((port, frame)) = rx.next() {
            self.forward(now, port, frame, tx, &mut Silent);
        }
    }

    fn handle_timeout(&mut self, _: Instant, _: &mut Egress) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn link_changed(&mut self, now: Instant, port: PortId, up: bool, _: &mut Egress) {
        self.now = now;
        self.bridge.link_changed(port, up);
    }

    fn receive_explained(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
    ) -> Explanation {
        Explanation::of(|steps| self.forward(now, port, frame, tx, steps))
    }

    fn counters(&self) -> Counters {
        let mut counters = self.counters.clone();
        let value = self.bridge.unlearned();
        let unlearned = AppCounter::total(&"bridge".into(), "unlearned", value);
        counters.apps.push(unlearned);
        counters
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.bridge.table(self.now)]
    }
}
