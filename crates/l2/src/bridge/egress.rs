//! The way out: by which ports a frame may leave, and what of it does.

use switchlab_core::{Counters, DropReason, Egress, Explain, PortId, Step, Verdict};
use switchlab_wire::{Frame, VlanId};

use super::{Bridge, Climbing};
use crate::arrival::{Arrival, fits};
use crate::config::PortConfig;

impl Bridge {
    /// Why a frame may not leave by `to`, if it may not. `from` is `None` for frames of the layer above.
    #[inline]
    pub(super) fn refusal(
        &self,
        from: Option<PortId>,
        to: PortId,
        arrival: &Arrival,
        octets: &[u8],
    ) -> Option<DropReason> {
        let egress = &self.ports[to.index()];
        if let Some(from) = from {
            if self.ports[from.index()].config.isolated && egress.config.isolated {
                return Some(DropReason::Isolated);
            }
            if from == to && !egress.config.hairpin {
                return Some(DropReason::SamePort);
            }
        }
        if !egress.up || !egress.config.bridged {
            return Some(DropReason::NoEgress);
        }
        if egress
            .membership
            .as_ref()
            .is_some_and(|vlans| vlans.leaves_tagged(arrival.vlan).is_none())
        {
            return Some(DropReason::NotMember);
        }
        (!fits(egress.config.mtu, octets)).then_some(DropReason::Oversize)
    }

    /// Does what was decided, and tells what came of it.
    #[inline]
    #[expect(
        clippy::too_many_arguments,
        reason = "a stage of one pipeline, called from one place"
    )]
    pub(super) fn send<E: Explain>(
        &self,
        verdict: Verdict,
        port: PortId,
        arrival: &Arrival,
        frame: Frame,
        counters: &mut Counters,
        tx: &mut Egress,
        explain: &mut E,
    ) -> (Verdict, Option<Climbing>) {
        let (verdict, climbing) = match verdict {
            Verdict::Forward(to) => {
                self.send_by(to, arrival, frame, counters, tx);
                return (verdict, None);
            }
            Verdict::Drop(reason) => {
                counters.dropped(reason);
                return (verdict, None);
            }
            Verdict::Climb => (verdict, Some(frame)),
            Verdict::Flood | Verdict::FloodAndClimb => {
                let climbs = verdict == Verdict::FloodAndClimb;
                let flooded = self.flood(Some(port), arrival, frame, climbs, counters, tx);
                if let Verdict::Drop(reason) = flooded.0 {
                    explain
                        .step(|| Step::refused("l2.flood", "which other ports take it?", reason));
                }
                flooded
            }
        };
        let climbing = climbing.map(|mut frame| {
            arrival.dress(&mut frame, false);
            let vlan = VlanId::try_from(arrival.vlan);
            let vlan = vlan.expect("a port takes part in valid VLANs only");
            Climbing { vlan, port, frame }
        });
        (verdict, climbing)
    }

    #[inline]
    pub(super) fn send_by(
        &self,
        port: PortId,
        arrival: &Arrival,
        mut frame: Frame,
        counters: &mut Counters,
        tx: &mut Egress,
    ) {
        if let Some(tagged) = self.ports[port.index()]
            .membership
            .as_ref()
            .and_then(|vlans| vlans.leaves_tagged(arrival.vlan))
        {
            arrival.dress(&mut frame, tagged);
        }
        counters.sent(port, frame.len());
        tx.send(port, frame);
    }

    /// Sends a copy out of every port that takes part, and tells what came of it; gives one handle back if
    /// the frame also climbs.
    pub(super) fn flood(
        &self,
        from: Option<PortId>,
        arrival: &Arrival,
        mut frame: Frame,
        climbs: bool,
        counters: &mut Counters,
        tx: &mut Egress,
    ) -> (Verdict, Option<Frame>) {
        let floods = |config: &PortConfig| {
            if arrival.destination.is_broadcast() {
                config.broadcast_flood
            } else if arrival.destination.is_group() {
                config.multicast_flood
            } else {
                config.unicast_flood
            }
        };
        let mut last: Option<PortId> = None;
        for (egress, number) in self.ports.iter().zip(0..) {
            let to = PortId::new(number);
            if !floods(&egress.config) || self.refusal(from, to, arrival, frame.octets()).is_some()
            {
                continue;
            }
            if let Some(port) = last.replace(to) {
                counters.copies += 1;
                self.send_by(port, arrival, frame.share(), counters, tx);
            }
        }
        match (last, climbs) {
            (Some(port), true) => {
                counters.copies += 1;
                self.send_by(port, arrival, frame.share(), counters, tx);
                (Verdict::FloodAndClimb, Some(frame))
            }
            (Some(port), false) => {
                self.send_by(port, arrival, frame, counters, tx);
                (Verdict::Flood, None)
            }
            (None, true) => (Verdict::Climb, Some(frame)),
            (None, false) => {
                counters.dropped(DropReason::NoEgress);
                (Verdict::Drop(DropReason::NoEgress), None)
            }
        }
    }
}
