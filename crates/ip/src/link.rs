//! Where an interface puts its frames: a port, or a VLAN of a bridge.

use switchlab_core::{Counters, Egress, PortId};
use switchlab_wire::Frame;

/// A way out for frames, and the counters of the device they leave.
pub trait Link {
    /// Sends a frame, and counts it as sent.
    fn transmit(&mut self, frame: Frame);

    /// The counters of the device.
    fn counters(&mut self) -> &mut Counters;
}

/// A way out through one port.
#[derive(Debug)]
pub struct PortLink<'a> {
    /// The port.
    pub port: PortId,
    /// The counters of the device.
    pub counters: &'a mut Counters,
    /// Where its frames go.
    pub tx: &'a mut Egress,
}

impl Link for PortLink<'_> {
    #[inline]
    fn transmit(&mut self, frame: Frame) {
        self.counters.sent(self.port, frame.len());
        self.tx.send(self.port, frame);
    }

    #[inline]
    fn counters(&mut self) -> &mut Counters {
        self.counters
    }
}
