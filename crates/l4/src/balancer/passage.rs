//! The stations of a packet on its way through the router, where it is looked at and rewritten.

use std::hint::black_box;

use switchlab_core::{DropReason, Explain, Instant};
use switchlab_l3::{Attachment, Denial, Exit, Heading, Passage};
use switchlab_wire::{FlowKey, Frame, Side, redirect, translate};

use super::{Balancer, Mark, Standing, first_of};
use crate::explain;
use crate::flow::{Direction, Flow};
use crate::flow_table::FlowId;
use crate::parcel::{Kind, Parcel};
use crate::tuple::{End, Tuple};

impl Passage for Balancer {
    type Mark = Mark;

    const WHOLE_DATAGRAMS: bool = true;

    #[inline]
    fn foresee<'f>(&self, now: Instant, frames: impl Iterator<Item = &'f Frame>) {
        for frame in frames {
            if let Some(tuple) = Tuple::glimpse(frame.octets()) {
                black_box(self.flows.glimpse(now, tuple));
            }
        }
    }

    #[inline]
    fn arriving<E: Explain>(
        &mut self,
        now: Instant,
        _: Attachment,
        packet: &mut [u8],
        explain: &mut E,
    ) -> Result<Mark, Denial> {
        if let Some(ended) = self.ending.take() {
            self.flows.forget(ended);
        }
        let Some(parcel) = Parcel::of(packet) else {
            explain.step(explain::unreadable);
            return Ok(Mark::Untracked);
        };
        if let Some((id, direction)) = self.flows.find(now, parcel.tuple) {
            let standing = self.follow(now, id, direction, &parcel.kind);
            explain.step(|| {
                let is_member = matches!(standing, Standing::Member);
                explain::known(self.flows.get(id), &self.services, direction, is_member)
            });
            match standing {
                Standing::Member => {
                    if let Some(end) = self.flows.new_destination(id, direction) {
                        let routed_as = |flow: &Flow| flow.routed_as(direction);
                        self.rewrite_end(id, packet, Side::Destination, end, routed_as)?;
                    }
                    return Ok(Mark::Of(id, direction));
                }
                Standing::Stray => return Ok(Mark::Untracked),
                Standing::Successor => self.flows.forget(id),
            }
        }
        let Some(flow) = self.begin(now, &parcel, explain)? else {
            self.answer = self.answer_of(now, &parcel);
            let Some(leaves_as) = self.answer else {
                return Ok(Mark::Untracked);
            };
            explain.step(|| explain::answer(&leaves_as));
            return Ok(Mark::Answer);
        };
        if flow.changes_destination(Direction::Original) {
            rewrite(packet, flow.routed_as(Direction::Original))?;
        }
        self.newcomer = Some(flow);
        Ok(Mark::New)
    }

    #[inline]
    fn heading(&self, mark: Mark) -> Option<Heading> {
        match mark {
            Mark::Of(id, Direction::Original) => self.flows.heading(id),
            Mark::New => self.newcomer.as_ref()?.heading,
            _ => None,
        }
    }

    #[inline]
    fn leaving<E: Explain>(
        &mut self,
        now: Instant,
        exit: Exit,
        mark: Mark,
        packet: &mut [u8],
        explain: &mut E,
    ) -> Result<(), DropReason> {
        match mark {
            Mark::Untracked => Ok(()),
            Mark::Of(id, direction) => {
                let rewritten = match self.flows.new_source(id, direction) {
                    Some(end) => {
                        let leaves_as = |flow: &Flow| flow.leaves_as(direction);
                        self.rewrite_end(id, packet, Side::Source, end, leaves_as)
                    }
                    None => Ok(()),
                };
                if let Some(ended) = self.ending.take() {
                    self.flows.forget(ended);
                }
                rewritten
            }
            Mark::Answer => rewrite_if(packet, self.answer.take()),
            Mark::New => match self.newcomer.take() {
                Some(flow) => rewrite_if(packet, self.admit(now, exit, flow, explain)?),
                None => Ok(()),
            },
        }
    }

    fn deliver(&mut self, now: Instant, mark: Mark, packet: &[u8]) -> bool {
        let Mark::Of(id, Direction::Reply) = mark else {
            return false;
        };
        let is_own = self.flows.get(id).is_some_and(|flow| flow.is_own);
        if is_own {
            self.probes.receive(now, packet);
            self.is_stirred = true;
        }
        is_own
    }

    fn originating(&mut self, now: Instant, about: Option<Mark>, packet: &mut [u8]) -> Mark {
        let Some(parcel) = Parcel::of(packet) else {
            return Mark::Untracked;
        };
        let key = parcel.tuple;
        if matches!(parcel.kind, Kind::Error) {
            // The sender is told about the packet as it sent it, by the one it sent it to; an error that
            // has no place for that goes out as it is.
            if let Some(came_as) = self.about(now, about, key) {
                rewrite(packet, came_as.reversed()).ok();
            }
            return Mark::Untracked;
        }
        if let Some((id, direction)) = self.flows.find(now, key) {
            match self.follow(now, id, direction, &parcel.kind) {
                Standing::Member => return Mark::Of(id, direction),
                Standing::Stray => return Mark::Untracked,
                Standing::Successor => self.flows.forget(id),
            }
        }
        match first_of(now, &parcel.kind) {
            Some(protocol) => {
                let flow = Flow::new(key, protocol);
                self.newcomer = Some(Flow {
                    is_own: true,
                    ..flow
                });
                Mark::New
            }
            None => Mark::Untracked,
        }
    }

    fn returning(&mut self, now: Instant, packet: &mut [u8]) -> Mark {
        let key = FlowKey::of(packet).ok();
        let Some(tuple) = key.as_ref().and_then(Tuple::of) else {
            return Mark::Untracked;
        };
        // It reads as it left, so the flow is found by the key of the answers that it would have had.
        let Some((id, back)) = self.flows.find(now, tuple.reversed()) else {
            return Mark::Untracked;
        };
        let direction = back.other();
        let Some(flow) = self.flows.get(id) else {
            return Mark::Untracked;
        };
        if flow.is_own {
            self.probes.undeliverable(packet);
            self.is_stirred = true;
            return Mark::Untracked;
        }
        match rewrite(packet, flow.routed_as(direction)) {
            Ok(()) => Mark::Of(id, direction),
            Err(_) => Mark::Untracked,
        }
    }
}

impl Balancer {
    /// Gives one end of a packet of a flow another address and port; only what is no plain packet, such as an
    /// error about the flow, has to be told in full how it must read.
    #[inline]
    fn rewrite_end(
        &self,
        id: FlowId,
        packet: &mut [u8],
        side: Side,
        end: End,
        must_read: impl FnOnce(&Flow) -> FlowKey,
    ) -> Result<(), DropReason> {
        if redirect(packet, side, end.address, end.port) {
            return Ok(());
        }
        rewrite_if(packet, self.flows.get(id).map(must_read))
    }
}

/// Makes a packet read like this, or names the packet for what it is: it has no place for that.
#[inline]
fn rewrite(packet: &mut [u8], to: FlowKey) -> Result<(), DropReason> {
    translate(packet, to).map_err(|_| DropReason::TransportMalformed)
}

/// The same, if anything is to change.
fn rewrite_if(packet: &mut [u8], to: Option<FlowKey>) -> Result<(), DropReason> {
    to.map_or(Ok(()), |to| rewrite(packet, to))
}
