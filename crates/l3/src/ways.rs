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

impl<'w> Ways<'w> {
    /// The way out at one place.
    #[inline]
    pub(crate) const fn at(&mut self, attachment: Attachment) -> Way<'_, 'w> {
        Way {
            attachment,
            ways: self,
        }
    }
}

/// One way out.
#[derive(Debug)]
pub(crate) struct Way<'a, 'w> {
    attachment: Attachment,
    ways: &'a mut Ways<'w>,
}

impl Link for Way<'_, '_> {
    #[inline]
    fn transmit(&mut self, frame: Frame) {
        let Ways {
            now,
            bridge,
            counters,
            tx,
        } = &mut *self.ways;
        match self.attachment {
            Attachment::Port(port) => PortLink { port, counters, tx }.transmit(frame),
            Attachment::Vlan(vlan) => {
                bridge.originate(*now, vlan, frame, counters, tx);
            }
        }
    }

    #[inline]
    fn counters(&mut self) -> &mut Counters {
        self.ways.counters
    }
}
