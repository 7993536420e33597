//! The ways out of the router: a port of its own, or a VLAN of the bridge.

use switchlab_core::{Counters, Egress, Instant};
use switchlab_ip::{Link, PortLink};
use switchlab_l2::Bridge;
use switchlab_wire::Frame;

use crate::Attachment;

/// What the router is lent for one call.
#[derive(Debug)]
pub(crate) struct Ways<'a> {
    pub(crate) now: Instant,
    pub(crate) bridge: &'a mut Bridge,
    pub(crate) counters: &'a mut Counters,
    pub(crate) tx: &'a mut Egress,
}

impl Ways<'_> {
    /// The way out at one place.
    #[inline]
    pub(crate) fn at(&mut self, attachment: Attachment) -> Way<'_> {
        Way {
            attachment,
            now: self.now,
            bridge: self.bridge,
            counters: self.counters,
            tx: self.tx,
        }
    }
}

/// One way out.
#[derive(Debug)]
pub(crate) struct Way<'a> {
    attachment: Attachment,
    now: Instant,
    bridge: &'a mut Bridge,
    counters: &'a mut Counters,
    tx: &'a mut Egress,
}

impl Link for Way<'_> {
    #[inline]
    fn transmit(&mut self, frame: Frame) {
        match self.attachment {
            Attachment::Port(port) => {
                PortLink {
                    port,
                    counters: self.counters,
                    tx: self.tx,
                }
                .transmit(frame);
            }
            Attachment::Vlan(vlan) => {
                self.bridge
                    .originate(self.now, vlan, frame, self.counters, self.tx);
            }
        }
    }

    #[inline]
    fn counters(&mut self) -> &mut Counters {
        self.counters
    }
}
