//! The router's own packets: what it does with those for itself, and the answers and errors it sends.

use std::net::Ipv4Addr;

use switchlab_core::{DropReason, Explain, Silent, Step, Verdict};
use switchlab_ip::{
    Delivery, IcmpError, LONGEST_ERROR, Options, Refusal, ReplyOptions, icmp_error, may_draw_error,
    refuse,
};
use switchlab_wire::Frame;

use crate::Passage;
use crate::router::{Arrival, Departure, Router, drop_packet, packet, packet_mut, view};
use crate::routes::{Action, Way};
use crate::ways::Ways;

impl<P: Passage> Router<P> {
    /// Takes a packet for the router itself.
    pub(crate) fn deliver<E: Explain>(
        &mut self,
        frame: Frame,
        arrival: &Arrival<P::Mark>,
        ways: &mut Ways<'_>,
        explain: &mut E,
    ) -> Verdict {
        let mut arrival = *arrival;
        if view(&frame).is_fragment() {
            // The options of a whole datagram are those of its first fragment, which may not be this one.
            arrival.options = Options::NONE;
            arrival.mark = None;
        }
        let own = view(&frame).destination();
        let reply_options = arrival.options.reply(packet(&frame), own);
        let mark = arrival.mark.unwrap_or_default();
        let delivery = self.local.deliver(ways.now, frame, true, ways.counters);
        explain.step(|| Step {
            stage: "l3.local",
            asked: "what does the router do with a packet for itself?".to_owned(),
            found: delivery.to_string(),
            because: "A router is a host too: it can be pinged, and says so when nobody listens at a port.".into(),
        });
        match delivery {
            Delivery::Reply(reply) => {
                self.answer(reply, reply_options, ways);
                Verdict::Climb
            }
            Delivery::Transport(frame) if !self.passage.deliver(ways.now, mark, packet(&frame)) => {
                self.refuse(&frame, &arrival, reply_options, ways)
            }
            Delivery::Icmp(frame) => {
                // Nobody here has asked anything that a message could answer, unless the layer above has.
                self.passage.deliver(ways.now, mark, packet(&frame));
                ways.counters.kept += 1;
                Verdict::Climb
            }
            Delivery::Transport(_) => {
                ways.counters.kept += 1;
                Verdict::Climb
            }
            Delivery::Held => Verdict::Climb,
            Delivery::Dropped(reason) => Verdict::Drop(reason),
        }
    }

    /// Answers a packet that nobody reads.
    fn refuse(
        &mut self,
        frame: &Frame,
        arrival: &Arrival<P::Mark>,
        reply_options: Option<ReplyOptions>,
        ways: &mut Ways<'_>,
    ) -> Verdict {
        let own = view(frame).destination();
        let reason = match refuse(&view(frame)) {
            Refusal::Reset(reset) => {
                if arrival.to_us_alone {
                    ways.counters.originated += 1;
                    self.answer(reset, reply_options, ways);
                }
                DropReason::PortClosed
            }
            Refusal::Error(error) => {
                self.tell(error, Some(own), frame, arrival, ways);
                if error == IcmpError::PortUnreachable {
                    DropReason::PortClosed
                } else {
                    DropReason::UnknownProtocol
                }
            }
            Refusal::Silent(reason) => reason,
        };
        drop_packet(reason, ways)
    }

    /// Resets the connection of a segment in the name of its receiver.
    pub(crate) fn reset(&mut self, frame: &Frame, arrival: &Arrival<P::Mark>, ways: &mut Ways<'_>) {
        if let Refusal::Reset(reset) = refuse(&view(frame))
            && arrival.to_us_alone
        {
            let own = view(frame).destination();
            let options = arrival.options.reply(packet(frame), own);
            ways.counters.originated += 1;
            self.answer(reset, options, ways);
        }
    }

    /// Sends an answer that has been counted as originated, with the options of what it answers.
    fn answer(&mut self, mut answer: Frame, options: Option<ReplyOptions>, ways: &mut Ways<'_>) {
        match options {
            Some(options) => {
                options.attach(&mut answer);
                self.originate(answer, None, ways);
            }
            None => {
                drop_packet(DropReason::SourceRoute, ways);
            }
        }
    }

    /// Tells the sender of a packet what became of it, if he may be told and a route leads back.
    ///
    /// The message comes from `own`, else from the address of the interface it leaves by (RFC 1812, 4.3.2.4).
    pub(crate) fn tell(
        &mut self,
        error: IcmpError,
        own: Option<Ipv4Addr>,
        about: &Frame,
        arrival: &Arrival<P::Mark>,
        ways: &mut Ways<'_>,
    ) {
        let about = view(about);
        if !arrival.to_us_alone || !may_draw_error(&about) {
            return;
        }
        let Some((way, next_hop, mtu)) = self.way_to(about.source(), &[]) else {
            return;
        };
        let from = own.unwrap_or_else(|| self.leaving_address(way, next_hop));
        let Some(options) = arrival.options.reply(about.octets(), from) else {
            return;
        };
        let longest = usize::from(mtu).min(LONGEST_ERROR) - options.len();
        let identification = self.local.next_identification();
        let mut message = icmp_error(error, from, identification, &about, longest);
        options.attach(&mut message);
        ways.counters.originated += 1;
        self.originate(message, arrival.mark, ways);
    }

    /// Sends a packet of the router's own, which has been counted as originated; `about` is the mark of
    /// the packet that it is an error about.
    pub(crate) fn originate(
        &mut self,
        mut frame: Frame,
        about: Option<P::Mark>,
        ways: &mut Ways<'_>,
    ) {
        let mark = self
            .passage
            .originating(ways.now, about, packet_mut(&mut frame));
        let view = view(&frame);
        match self.way_to(view.destination(), view.octets()) {
            Some((_, _, mtu)) if view.dont_fragment() && view.total_len() > mtu => {
                drop_packet(DropReason::FragmentationNeeded, ways);
            }
            Some((way, next_hop, mtu)) => {
                let departure = Departure {
                    way,
                    next_hop,
                    mtu,
                    mark,
                };
                self.leave(frame, departure, ways, &mut Silent);
            }
            None => {
                drop_packet(DropReason::NoRoute, ways);
            }
        }
    }

    /// The address that packets of the router's own to somebody have as their source.
    pub(crate) fn leaving_address_to(&self, destination: Ipv4Addr) -> Option<Ipv4Addr> {
        let (way, next_hop, _) = self.way_to(destination, &[])?;
        Some(self.leaving_address(way, next_hop)).filter(|address| !address.is_unspecified())
    }

    /// The way to somebody outside, the next hop on it, and the longest packet it carries.
    ///
    /// A sender who claims the broadcast address of a net is answered there, against RFC 1122, 3.2.2:
    /// as in Linux, for which that is the address of a route like others.
    fn way_to(&self, destination: Ipv4Addr, packet: &[u8]) -> Option<(Way, Ipv4Addr, u16)> {
        match &self.routes.find(destination)?.action {
            Action::Forward { ways, mtu } => {
                let way = *self.routes.choose(ways, packet);
                let mtu = mtu.unwrap_or_else(|| self.mtu(way.interface));
                Some((way, way.via.unwrap_or(destination), mtu))
            }
            Action::Broadcast(interface) => Some((
                Way::to_everybody(*interface),
                destination,
                self.mtu(*interface),
            )),
            _ => None,
        }
    }
}
