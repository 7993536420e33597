//! The way up: from a frame to the socket that takes its packet, with a reason for every stage.

use std::net::Ipv4Addr;

use switchlab_core::{DropReason, Egress, Explain, Instant, PortId, Step, Verdict};
use switchlab_ip::{Delivery, IcmpError, PortLink, Received, check};
use switchlab_wire::{Arp, ArpOperation, Ethernet, FlowKey, Frame, IpProtocol, MacAddr};

use super::{EchoReply, Station, echo, packet, view};

/// What became of a frame that a [`Station`] took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// [`Verdict::Climb`] if the frame was consumed or waits for others, else [`Verdict::Drop`].
    pub verdict: Verdict,
    /// The echo reply that it was.
    pub echo: Option<EchoReply>,
}

impl From<Verdict> for Taken {
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            echo: None,
        }
    }
}

impl Station {
    /// Takes a frame that arrived at `port`.
    ///
    /// # Panics
    /// If the station has no such port: its driver is wrong.
    pub fn receive<E: Explain>(
        &mut self,
        now: Instant,
        port: PortId,
        mut frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Taken {
        self.counters.received(port, frame.len());
        let mut link = PortLink {
            port,
            counters: &mut self.counters,
            tx,
        };
        // Whoever asks at another interface is answered too, as in Linux.
        let own = &self.own;
        let answers = |asked| own.contains(&asked);
        let nic = &mut self.interfaces[port.index()];
        let received = nic.receive(now, &mut frame, answers, &mut link);
        explain.step(|| for_us(&frame, nic.mac(), &received));
        match received {
            Received::Packet { .. } => {}
            Received::Kept => {
                explain.step(|| heard(&frame, own));
                return Verdict::Climb.into();
            }
            Received::Dropped(reason) => return Verdict::Drop(reason).into(),
        }
        let sound = check(&mut frame);
        explain.step(|| sound_header(&frame, sound));
        match sound {
            Ok(()) => self.receive_packet(now, port, frame, tx, explain),
            Err(reason) => self.drop_frame(reason).into(),
        }
    }

    fn receive_packet<E: Explain>(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Taken {
        let destination = view(&frame).destination();
        let is_own = self.takes(destination);
        let is_ours = is_own || self.interfaces[port.index()].is_broadcast(destination);
        explain.step(|| own_address(destination, is_own, is_ours));
        if !is_ours {
            // Somebody took us for a router.
            return self.drop_frame(DropReason::NotForMe).into();
        }
        let delivery = self.local.deliver(now, frame, is_own, &mut self.counters);
        explain.step(|| Step {
            stage: "l3.local",
            asked: "what is in the packet?".to_owned(),
            found: delivery.to_string(),
            because: match delivery {
                Delivery::Dropped(reason) => reason.sentence(),
                _ => "Fragments are put together first; echo requests are answered at once, for any machine can be pinged.",
            }
            .into(),
        });
        match delivery {
            Delivery::Held => Verdict::Climb.into(),
            Delivery::Dropped(reason) => Verdict::Drop(reason).into(),
            Delivery::Reply(reply) => {
                self.send(now, reply, tx);
                Verdict::Climb.into()
            }
            Delivery::Icmp(frame) => {
                let echo = echo::echo_reply(&frame);
                let verdict = if echo.is_some() {
                    self.counters.kept += 1;
                    Verdict::Climb
                } else {
                    self.receive_payload(now, &frame, explain)
                };
                Taken { verdict, echo }
            }
            Delivery::Transport(frame)
                if !self.silent.is_empty() && view(&frame).protocol() == IpProtocol::IPIP =>
            {
                match self.unwrap(frame, explain) {
                    Ok(inner) => self.receive_packet(now, port, inner, tx, explain),
                    Err(reason) => self.drop_frame(reason).into(),
                }
            }
            Delivery::Transport(frame) => {
                let verdict = self.receive_transport(now, is_own, &frame, tx, explain);
                verdict.into()
            }
        }
    }

    /// The packet inside another one, which is for a silent address. RFC 2003 §3.
    fn unwrap<E: Explain>(&self, mut frame: Frame, explain: &mut E) -> Result<Frame, DropReason> {
        let outer = view(&frame);
        let header = outer.octets().len() - outer.payload().len();
        frame.remove(Ethernet::HEADER_LEN, header);
        let taken = check(&mut frame).and_then(|()| {
            let inner = view(&frame);
            let is_for_us = self.silent.contains(&inner.destination());
            let is_last = inner.protocol() != IpProtocol::IPIP;
            if is_for_us && is_last {
                Ok(())
            } else {
                Err(DropReason::NotForMe)
            }
        });
        explain.step(|| {
            let asked = "does the tunnel end here?";
            match taken {
                Ok(()) => Step {
                    stage: "l3.tunnel",
                    asked: asked.to_owned(),
                    found: format!("yes: inside is a packet to {}", view(&frame).destination()),
                    because: "The outer header has done its work; the packet inside is taken as if it had come alone.".into(),
                },
                Err(reason) => Step::refused("l3.tunnel", asked, reason),
            }
        });
        taken.map(|()| frame)
    }

    fn receive_transport<E: Explain>(
        &mut self,
        now: Instant,
        is_own: bool,
        frame: &Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Verdict {
        let protocol = view(frame).protocol();
        if !is_own && protocol == IpProtocol::TCP {
            // RFC 1122 §4.2.3.10: nobody opens a connection to everybody.
            explain.step(|| {
                let asked = "may a TCP segment be sent to everybody?";
                Step::refused("l4.socket", asked, DropReason::Martian)
            });
            return self.drop_frame(DropReason::Martian);
        }
        let verdict = self.receive_payload(now, frame, explain);
        let error = match verdict {
            Verdict::Drop(DropReason::PortClosed) if protocol == IpProtocol::UDP => {
                IcmpError::PortUnreachable
            }
            Verdict::Drop(DropReason::UnknownProtocol) => IcmpError::ProtocolUnreachable,
            _ => return verdict,
        };
        self.answer_error(now, error, frame, tx);
        verdict
    }

    /// Hands a packet to the sockets.
    fn receive_payload<E: Explain>(
        &mut self,
        now: Instant,
        frame: &Frame,
        explain: &mut E,
    ) -> Verdict {
        explain.step(|| Step {
            stage: "l4.socket",
            asked: match FlowKey::of(packet(frame)) {
                Ok(flow) => format!("who takes {flow}?"),
                Err(error) => format!("who takes the packet? ({error})"),
            },
            found: self.sockets.taker_of(now, packet(frame)),
            because: "A packet belongs to the connection that has both of its ends; without one, to whoever listens at its port.".into(),
        });
        let taken = self.sockets.receive_packet(now, packet(frame));
        explain.step(|| {
            let asked = "is it of use there?";
            match taken {
                Ok(()) => Step {
                    stage: "l4.ingress",
                    asked: asked.to_owned(),
                    found: "yes".to_owned(),
                    because: "The header is sound; what it says is for the socket to judge.".into(),
                },
                Err(reason) => Step::refused("l4.ingress", asked, reason),
            }
        });
        match taken {
            Ok(()) => {
                self.counters.kept += 1;
                Verdict::Climb
            }
            Err(reason) => self.drop_frame(reason),
        }
    }

    fn drop_frame(&mut self, reason: DropReason) -> Verdict {
        self.counters.dropped(reason);
        Verdict::Drop(reason)
    }
}

/// Frame level: who is it sent to, and what does it hold?
fn for_us(frame: &Frame, mac: MacAddr, received: &Received) -> Step {
    let asked = match Ethernet::parse(frame.octets()) {
        Ok(header) => format!("is a frame to {} for {mac}?", header.destination()),
        Err(_) => format!("is a frame of {} octets for {mac}?", frame.len()),
    };
    let (found, because) = match received {
        Received::Dropped(reason) => return Step::refused("l2.station", asked, *reason),
        Received::Packet { to_us_alone: true } => (
            "an IP packet for this station alone",
            "A station reads what is sent to its own MAC address.",
        ),
        Received::Packet { to_us_alone: false } => (
            "an IP packet for a group of stations",
            "A station reads what is sent to everybody; the IP address tells whether it is meant.",
        ),
        Received::Kept => (
            "an ARP message",
            "Whoever is asked for, or talked about, has to hear it.",
        ),
    };
    Step {
        stage: "l2.station",
        asked,
        found: found.to_owned(),
        because: because.into(),
    }
}

/// What an ARP message said, and whether it asks for an address of ours.
fn heard(frame: &Frame, own: &[Ipv4Addr]) -> Step {
    let arp = Arp::parse(&frame.octets()[Ethernet::HEADER_LEN..]);
    let arp = arp.expect("the interface has just read it");
    let is_own = own.contains(&arp.target_ip);
    let asked = match arp.operation {
        ArpOperation::Request => format!("{} asks: who has {}?", arp.sender_ip, arp.target_ip),
        ArpOperation::Reply => format!("{} is at {}", arp.sender_ip, arp.sender_mac),
    };
    Step {
        stage: "arp.message",
        asked,
        found: match (arp.operation, is_own) {
            (ArpOperation::Request, true) => "an own address is asked for",
            (ArpOperation::Request, false) => "somebody else is asked",
            (ArpOperation::Reply, _) => "an answer, whether it was asked for or not",
        }
        .to_owned(),
        because: "A station answers for its own addresses only, and learns an address if it was asked, or had asked.".into(),
    }
}

fn sound_header(frame: &Frame, sound: Result<(), DropReason>) -> Step {
    let asked = "is the IP header sound?";
    match sound {
        Err(reason) => Step::refused("l3.header", asked, reason),
        Ok(()) => Step {
            stage: "l3.header",
            asked: asked.to_owned(),
            found: format!("{} octets, checksum right", view(frame).header_len()),
            because:
                "Padding behind the packet is cut off; a router or host never repairs a header."
                    .into(),
        },
    }
}

fn own_address(destination: Ipv4Addr, is_own: bool, is_ours: bool) -> Step {
    let asked = format!("is {destination} an address of this station?");
    if !is_ours {
        return Step::refused("l3.address", asked, DropReason::NotForMe);
    }
    Step {
        stage: "l3.address",
        asked,
        found: if is_own {
            "yes"
        } else {
            "it is everybody's on this net"
        }
        .to_owned(),
        because: "A host takes what is sent to one of its addresses, at whichever interface, and forwards nothing.".into(),
    }
}
