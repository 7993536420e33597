//! The router: what happens to a packet from the moment it came in until it leaves or stays.
//!
//! RFC 1812, 5.2. The order of the stages is that of Linux, since it shows: a route's refusal comes
//! before an expired time to live, which comes before a packet too long.

mod attached;
mod source_route;
mod upkeep;

use std::net::{IpAddr, Ipv4Addr};

use switchlab_core::{DropReason, Explain, Step, Verdict};
use switchlab_ip::{
    Header, IcmpError, Local, Options, Reassembled, Reassembly, Received, check, fragment,
};
use switchlab_wire::{Ethernet, Frame, IpProtocol, Ipv4, Ipv4Builder, MacAddr};

use self::attached::Attached;
use crate::config::{L3Config, L3ConfigError};
use crate::decide::{Fate, decide};
use crate::routes::{Action, InterfaceIndex, Routes, Way, find};
use crate::ways::Ways;
use crate::{Attachment, Denial, Exit, Heading, Passage};

/// The router of a layer 3 switch, between its interfaces.
#[derive(Debug)]
pub(crate) struct Router<P> {
    interfaces: Vec<Attached>,
    attachments: Vec<Attachment>,
    pub(crate) routes: Routes,
    pub(crate) local: Local,
    /// Fragments on their way through, when a layer above wants whole datagrams.
    transit: Reassembly,
    pub(crate) passage: P,
}

/// What a packet on its way through brought along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<M> {
    interface: InterfaceIndex,
    /// Whether the frame was sent to this station alone; others are not forwarded and draw no answer.
    pub(crate) to_us_alone: bool,
    pub(crate) options: Options,
    /// Octets of the longest piece that it came in, if it came in pieces.
    longest_piece: Option<u16>,
    /// What the layer above remembers of it; `None` until it has seen the packet.
    pub(crate) mark: Option<M>,
}

/// Where a packet leaves, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Departure<M> {
    pub(crate) way: Way,
    pub(crate) next_hop: Ipv4Addr,
    /// Longest packet on the way.
    pub(crate) mtu: u16,
    /// What the layer above remembers of it.
    pub(crate) mark: M,
}

/// How a packet goes onwards.
#[derive(Debug, Clone, Copy)]
struct Onwards {
    way: Way,
    /// Longest packet, if the route says so.
    mtu: Option<u16>,
    /// Whether the sender could have reached the next hop by itself.
    is_detour: bool,
    /// Whether it goes inside another packet.
    tunnel: bool,
}

impl<P: Passage> Router<P> {
    /// Makes a router.
    pub(crate) fn new(config: &L3Config, passage: P) -> Result<Self, L3ConfigError> {
        let mut interfaces = Vec::with_capacity(config.interfaces.len());
        for (index, settings) in config.interfaces.iter().enumerate() {
            interfaces.push(Attached::new(config, index, settings)?);
        }
        for neighbour in &config.neighbours {
            find(config, neighbour.attachment, || {
                format!("neighbour {}", neighbour.ip)
            })?;
        }
        Ok(Self {
            attachments: interfaces
                .iter()
                .map(|attached| attached.attachment)
                .collect(),
            interfaces,
            routes: Routes::new(config)?,
            local: Local::new(config.reassembly_timeout),
            transit: Reassembly::new(config.reassembly_timeout, Reassembly::DEFAULT_CAPACITY),
            passage,
        })
    }

    /// Takes a frame that came in at an interface; it has been counted as received.
    #[inline]
    pub(crate) fn receive<E: Explain>(
        &mut self,
        interface: InterfaceIndex,
        mut frame: Frame,
        ways: &mut Ways<'_>,
        explain: &mut E,
    ) -> Verdict {
        let to_us_alone = match self.accept(interface, &mut frame, ways) {
            Received::Packet { to_us_alone } => to_us_alone,
            Received::Kept => return Verdict::Climb,
            Received::Dropped(reason) => {
                explain
                    .step(|| Step::refused("l3.ingress", "is the frame for the router?", reason));
                return Verdict::Drop(reason);
            }
        };
        if let Err(reason) = check(&mut frame) {
            explain.step(|| Step::refused("l3.header", "is the IP header sound?", reason));
            return drop_packet(reason, ways);
        }
        let mut arrival = Arrival {
            interface,
            to_us_alone,
            options: Options::NONE,
            longest_piece: None,
            mark: None,
        };
        if P::WHOLE_DATAGRAMS && view(&frame).is_fragment() {
            match self.transit.add(ways.now, frame, ways.counters) {
                Reassembled::Whole {
                    frame: whole,
                    longest,
                } => {
                    frame = whole;
                    arrival.longest_piece = Some(longest);
                }
                Reassembled::Held => return Verdict::Climb,
                Reassembled::Failed => return Verdict::Drop(DropReason::ReassemblyFailed),
            }
        }
        let from = self.attachments[interface];
        match self
            .passage
            .arriving(ways.now, from, packet_mut(&mut frame), explain)
        {
            Ok(mark) => {
                arrival.mark = Some(mark);
                self.route(frame, &mut arrival, ways, explain)
            }
            Err(Denial {
                reason,
                error,
                resets,
            }) => {
                explain.step(|| Step::refused("l4.arriving", "may the packet come in?", reason));
                if let Some(error) = error {
                    let asked = view(&frame).destination();
                    let own = Some(asked).filter(|asked| self.routes.is_own(*asked));
                    self.tell(error, own, &frame, &arrival, ways);
                }
                if resets {
                    self.reset(&frame, &arrival, ways);
                }
                drop_packet(reason, ways)
            }
        }
    }

    /// Frame level: is it for us, and is it IP? ARP is seen to on the way.
    #[inline]
    fn accept(
        &mut self,
        interface: InterfaceIndex,
        frame: &mut Frame,
        ways: &mut Ways<'_>,
    ) -> Received {
        let routes = &self.routes;
        let attached = &mut self.interfaces[interface];
        let proxy = attached.proxy_arp;
        let answers = |target: Ipv4Addr| match routes.find(target).map(|entry| &entry.action) {
            Some(Action::Local) => true,
            Some(Action::Forward { ways, .. }) => {
                proxy && ways.iter().all(|way| way.interface != interface)
            }
            _ => false,
        };
        attached
            .ip
            .receive(ways.now, frame, answers, &mut ways.at(attached.attachment))
    }

    /// Finds out where a packet goes, and sends it there.
    #[inline]
    fn route<E: Explain>(
        &mut self,
        mut frame: Frame,
        arrival: &mut Arrival<P::Mark>,
        ways: &mut Ways<'_>,
        explain: &mut E,
    ) -> Verdict {
        let ingress = self.interfaces[arrival.interface].ingress;
        let mut header = Header::of(&frame);
        let heading = arrival.mark.and_then(|mark| self.passage.heading(mark));
        if let Some(heading) = heading {
            header.destination = heading.address();
        }
        let decided = decide(
            &self.routes,
            ingress,
            packet(&frame),
            header.source,
            header.destination,
            explain,
        );
        let mut fate = match decided {
            Ok(fate) => fate,
            Err(reason) => return drop_packet(reason, ways),
        };
        if header.has_options {
            match self.obey_options(&mut frame, arrival, fate, ways, explain) {
                Ok(next) => fate = next,
                Err(reason) => return drop_packet(reason, ways),
            }
        }
        match fate {
            Fate::Forward {
                way,
                mtu,
                is_detour,
            } => {
                let tunnel = matches!(heading, Some(Heading::Tunnel(_)));
                let onwards = Onwards {
                    way,
                    mtu,
                    // A sender whose packet was sent elsewhere on purpose is not told of a shorter way.
                    is_detour: is_detour && heading.is_none(),
                    tunnel,
                };
                self.forward(frame, &header, arrival, onwards, ways, explain)
            }
            Fate::Local => self.deliver(frame, arrival, ways, explain),
            Fate::Broadcast(interface) => {
                self.broadcast(frame, &header, arrival, interface, ways, explain)
            }
            Fate::Refused(reason, error) => {
                if let Some(error) = error {
                    self.tell(error, None, &frame, arrival, ways);
                }
                drop_packet(reason, ways)
            }
        }
    }

    /// Sends a packet onwards. RFC 1812, 5.3.1 and 5.2.6.
    #[inline]
    fn forward<E: Explain>(
        &mut self,
        mut frame: Frame,
        header: &Header,
        arrival: &Arrival<P::Mark>,
        onwards: Onwards,
        ways: &mut Ways<'_>,
        explain: &mut E,
    ) -> Verdict {
        let Onwards {
            way,
            mtu,
            is_detour,
            tunnel,
        } = onwards;
        let mtu = mtu.unwrap_or_else(|| self.interfaces[way.interface].ip.mtu());
        let outer = if tunnel {
            Ipv4::MIN_HEADER_LEN as u16
        } else {
            0
        };
        let room = mtu.saturating_sub(outer);
        if let Err((reason, error)) = may_be_forwarded(header, arrival, way, room, explain) {
            if let Some(error) = error {
                self.tell(error, None, &frame, arrival, ways);
            }
            return drop_packet(reason, ways);
        }
        if header.total_len > u16::MAX - outer {
            return drop_packet(DropReason::FragmentationNeeded, ways);
        }
        let next_hop = way
            .via
            .or(arrival.options.followed())
            .unwrap_or(header.destination);
        Ipv4::decrement_ttl(packet_mut(&mut frame));
        if is_detour && arrival.options.source_route().is_none() {
            self.tell(
                IcmpError::Redirect { gateway: next_hop },
                None,
                &frame,
                arrival,
                ways,
            );
        }
        if header.has_options {
            let own = self.leaving_address(way, next_hop);
            arrival.options.forward(packet_mut(&mut frame), own);
        }
        if tunnel {
            self.wrap(&mut frame, way, next_hop, header.destination);
        }
        let departure = Departure {
            way,
            next_hop,
            mtu: arrival.longest_piece.map_or(mtu, |piece| piece.min(mtu)),
            mark: arrival.mark.unwrap_or_default(),
        };
        self.leave(frame, departure, ways, explain)
    }

    /// Puts a packet into another one. RFC 2003 §3.1: the outer header may be fragmented only if the inner one may.
    fn wrap(&mut self, frame: &mut Frame, way: Way, next_hop: Ipv4Addr, end: Ipv4Addr) {
        let inner = view(frame);
        let outer = Ipv4Builder::new(self.leaving_address(way, next_hop), end)
            .identification(self.local.next_identification());
        let outer = if inner.dont_fragment() {
            outer.dont_fragment()
        } else {
            outer
        };
        let whole = outer.payload(IpProtocol::IPIP, inner.octets());
        frame.insert(Ethernet::HEADER_LEN, &whole[..Ipv4::MIN_HEADER_LEN]);
    }

    /// Sends a packet to everybody on a connected net. RFC 1812, 5.3.5.2.
    fn broadcast<E: Explain>(
        &mut self,
        mut frame: Frame,
        header: &Header,
        arrival: &Arrival<P::Mark>,
        interface: InterfaceIndex,
        ways: &mut Ways<'_>,
        explain: &mut E,
    ) -> Verdict {
        let mtu = self.interfaces[interface].ip.mtu();
        let next_hop = header.destination;
        let way = Way::to_everybody(interface);
        if let Err((reason, error)) = may_be_forwarded(header, arrival, way, mtu, explain) {
            if let Some(error) = error {
                self.tell(error, None, &frame, arrival, ways);
            }
            return drop_packet(reason, ways);
        }
        Ipv4::decrement_ttl(packet_mut(&mut frame));
        if header.has_options {
            let own = self.leaving_address(way, next_hop);
            arrival.options.forward(packet_mut(&mut frame), own);
        }
        let departure = Departure {
            way,
            next_hop,
            mtu,
            mark: arrival.mark.unwrap_or_default(),
        };
        self.leave(frame, departure, ways, explain)
    }

    /// The last stage of all packets: hands them to the interface, in pieces if they are too long.
    #[inline(always)] // as are its helpers: what a call would carry from here to there is most of a hop's cost
    pub(crate) fn leave<E: Explain>(
        &mut self,
        mut frame: Frame,
        departure: Departure<P::Mark>,
        ways: &mut Ways<'_>,
        explain: &mut E,
    ) -> Verdict {
        let Departure {
            way,
            next_hop,
            mtu,
            mark,
        } = departure;
        let attachment = self.attachments[way.interface];
        let exit = Exit {
            to: attachment,
            address: IpAddr::V4(self.leaving_address(way, next_hop)),
        };
        let left = self
            .passage
            .leaving(ways.now, exit, mark, packet_mut(&mut frame), explain);
        if let Err(reason) = left {
            explain.step(|| Step::refused("l4.leaving", "may the packet leave?", reason));
            return drop_packet(reason, ways);
        }
        explain.step(|| Step {
            stage: "l3.next-hop",
            asked: format!("how does the packet get to {next_hop}?"),
            found: attachment.to_string(),
            because: "The next hop's MAC address is looked up, or asked for; the IP addresses stay as they are.".into(),
        });
        let sent_before = ways.tx.len();
        let mut refused = None;
        if packet(&frame).len() <= usize::from(mtu) {
            refused = self.send(frame, way, next_hop, ways).err();
        } else {
            let Ok(pieces) = fragment(&frame, mtu) else {
                return drop_packet(DropReason::FragmentationNeeded, ways);
            };
            ways.counters.copies += pieces.len() as u64 - 1;
            for piece in pieces {
                refused = self.send(piece, way, next_hop, ways).err().or(refused);
            }
        }
        let has_sent = ways.tx.len() > sent_before;
        let last = ways.tx.iter().next_back().filter(|_| has_sent);
        match (last, refused) {
            (Some((port, _)), _) => Verdict::Forward(port),
            (None, Some(reason)) => Verdict::Drop(reason),
            // It waits for its next hop.
            (None, None) => Verdict::Climb,
        }
    }

    /// Hands a packet to its interface; what that drops is counted there.
    #[inline(always)]
    fn send(
        &mut self,
        frame: Frame,
        way: Way,
        next_hop: Ipv4Addr,
        ways: &mut Ways<'_>,
    ) -> Result<(), DropReason> {
        let attached = &mut self.interfaces[way.interface];
        let now = ways.now;
        let link = &mut ways.at(attached.attachment);
        if way.is_broadcast {
            attached.ip.send_to(MacAddr::BROADCAST, frame, link);
            return Ok(());
        }
        attached.ip.send(now, next_hop, frame, link)
    }

    /// The address that a packet leaves from by this way, if it is the router's own.
    #[inline]
    pub(crate) fn leaving_address(&self, way: Way, next_hop: Ipv4Addr) -> Ipv4Addr {
        let judged = || self.interfaces[way.interface].ip.address_towards(next_hop);
        way.from.or_else(judged).unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    /// The router's address for somebody: that of the way to him, else one of the interface he was heard at.
    fn address_towards(&self, peer: Ipv4Addr, interface: InterfaceIndex) -> Ipv4Addr {
        match self.routes.find(peer).map(|entry| &entry.action) {
            Some(Action::Forward { ways, .. }) => {
                self.leaving_address(ways[0], ways[0].via.unwrap_or(peer))
            }
            _ => self.interfaces[interface]
                .ip
                .address_towards(peer)
                .unwrap_or(Ipv4Addr::UNSPECIFIED),
        }
    }

    /// Longest packet that an interface sends.
    pub(crate) fn mtu(&self, interface: InterfaceIndex) -> u16 {
        self.interfaces[interface].ip.mtu()
    }
}

impl<M> Arrival<M> {
    /// A packet that waited, of which no more is known than itself.
    const fn unknown(interface: InterfaceIndex) -> Self {
        Self {
            interface,
            to_us_alone: true,
            options: Options::NONE,
            longest_piece: None,
            mark: None,
        }
    }
}

/// What every packet has to pass before it is forwarded; else the reason and what the sender is told.
#[inline]
fn may_be_forwarded<M, E: Explain>(
    header: &Header,
    arrival: &Arrival<M>,
    way: Way,
    mtu: u16,
    explain: &mut E,
) -> Result<(), (DropReason, Option<IcmpError>)> {
    if !arrival.to_us_alone {
        explain.step(|| {
            Step::refused(
                "l3.forward",
                "was the frame sent to the router alone?",
                DropReason::NotForwarded,
            )
        });
        return Err((DropReason::NotForwarded, None));
    }
    let ttl = header.ttl;
    explain.step(|| Step {
        stage: "l3.ttl",
        asked: "may the packet make another hop?".to_owned(),
        found: format!("time to live {ttl}"),
        because: if ttl > 1 {
            "Every router takes one off, so that no packet goes round for ever."
        } else {
            DropReason::TtlExpired.sentence()
        }
        .into(),
    });
    if ttl <= 1 {
        return Err((DropReason::TtlExpired, Some(IcmpError::TtlExpired)));
    }
    if arrival
        .options
        .source_route()
        .is_some_and(|route| route.is_strict)
        && way.via.is_some()
    {
        return Err((DropReason::SourceRoute, Some(IcmpError::SourceRouteFailed)));
    }
    let longest = arrival.longest_piece.unwrap_or(header.total_len);
    if header.dont_fragment && longest > mtu {
        explain.step(|| {
            Step::refused(
                "l3.mtu",
                "does the next link carry it in one piece?",
                DropReason::FragmentationNeeded,
            )
        });
        return Err((
            DropReason::FragmentationNeeded,
            Some(IcmpError::FragmentationNeeded { mtu }),
        ));
    }
    Ok(())
}

#[inline]
pub(crate) fn drop_packet(reason: DropReason, ways: &mut Ways<'_>) -> Verdict {
    ways.counters.dropped(reason);
    Verdict::Drop(reason)
}

/// The packet behind the Ethernet header.
#[inline]
pub(crate) fn packet(frame: &Frame) -> &[u8] {
    &frame.octets()[Ethernet::HEADER_LEN..]
}

/// The packet behind the Ethernet header, for rewriting.
#[inline]
pub(crate) fn packet_mut(frame: &mut Frame) -> &mut [u8] {
    &mut frame.octets_mut()[Ethernet::HEADER_LEN..]
}

/// The packet behind the Ethernet header, checked.
#[inline]
pub(crate) fn view(frame: &Frame) -> Ipv4<'_> {
    Ipv4::accepted(packet(frame))
}
