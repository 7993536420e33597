//! The places where a layer above sees the packets of the router.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use switchlab_core::{DropReason, Explain, Instant};
use switchlab_ip::IcmpError;
use switchlab_wire::Frame;

use crate::Attachment;

/// Why a layer above lets a packet go no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denial {
    /// What is counted.
    pub reason: DropReason,
    /// What the sender is told, as far as he may be told anything; `None` for silence.
    pub error: Option<IcmpError>,
    /// Whether a segment of TCP is reset (RFC 9293 §3.10.7.1), as by its receiver.
    pub resets: bool,
}

impl From<DropReason> for Denial {
    fn from(reason: DropReason) -> Self {
        Self {
            reason,
            error: None,
            resets: false,
        }
    }
}

/// A layer above the router, which sees every packet pass and may rewrite it in place.
///
/// A packet is handed over from its IP header on, whole and checked; its length stays. By default
/// nothing happens, and `()` is a passage through which everything passes untouched.
///
/// While the router works on a packet that came in it may make others, errors about it for instance.
/// So what the layer finds out about a packet goes along with it, as a [`Mark`](Self::Mark).
pub trait Passage {
    /// What the layer remembers of a packet on its way through; by default nothing.
    type Mark: Copy + Default + fmt::Debug;

    /// Whether fragments that pass through are put together before [`arriving`](Self::arriving), and
    /// cut again, to the longest piece that came, after [`leaving`](Self::leaving).
    const WHOLE_DATAGRAMS: bool = false;

    /// These frames came in together, and are about to be handed over one after the other, as far as they
    /// hold packets for the router. What will have to be looked up then may be fetched from memory now;
    /// nothing that anybody could notice may change.
    #[inline]
    fn foresee<'f>(&self, now: Instant, frames: impl Iterator<Item = &'f Frame>) {
        let _ = (now, frames);
    }

    /// A packet came in, and nothing has been decided about it yet.
    ///
    /// # Errors
    /// The reason to drop it.
    #[inline]
    fn arriving<E: Explain>(
        &mut self,
        now: Instant,
        from: Attachment,
        packet: &mut [u8],
        explain: &mut E,
    ) -> Result<Self::Mark, Denial> {
        let _ = (now, from, packet, explain);
        Ok(Self::Mark::default())
    }

    /// Where a packet goes, if not to the destination in its header, which stays as it is.
    #[inline]
    fn heading(&self, mark: Self::Mark) -> Option<Heading> {
        let _ = mark;
        None
    }

    /// A packet, forwarded or the router's own, is about to leave: its route is known, its time to live
    /// is counted down. `exit` is the way it takes.
    ///
    /// # Errors
    /// The reason to drop it in silence.
    #[inline]
    fn leaving<E: Explain>(
        &mut self,
        now: Instant,
        exit: Exit,
        mark: Self::Mark,
        packet: &mut [u8],
        explain: &mut E,
    ) -> Result<(), DropReason> {
        let _ = (now, exit, mark, packet, explain);
        Ok(())
    }

    /// A whole packet came for the router itself: TCP, UDP, or an ICMP message other than an echo request.
    ///
    /// `true` takes it; `false` leaves it to the router, which knows no application. The mark is the
    /// default one if the packet had to be put together here.
    #[inline]
    fn deliver(&mut self, now: Instant, mark: Self::Mark, packet: &[u8]) -> bool {
        let _ = (now, mark, packet);
        false
    }

    /// The router made a packet itself and is about to look for its route. If it is an error about
    /// another packet, `about` is that one's mark.
    #[inline]
    fn originating(
        &mut self,
        now: Instant,
        about: Option<Self::Mark>,
        packet: &mut [u8],
    ) -> Self::Mark {
        let _ = (now, about, packet);
        Self::Mark::default()
    }

    /// A packet that had left has waited in vain for its next hop. It should now read as before
    /// [`leaving`](Self::leaving), so that its sender can be told; its mark is asked for again.
    #[inline]
    fn returning(&mut self, now: Instant, packet: &mut [u8]) -> Self::Mark {
        let _ = (now, packet);
        Self::Mark::default()
    }
}

/// Where a packet goes that was sent elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// To this neighbour, as it is.
    Direct(Ipv4Addr),
    /// Inside a packet to this address (RFC 2003). It has 20 octets less room on the way; what may not be fragmented
    /// and is longer is refused, and its sender told so.
    Tunnel(Ipv4Addr),
}

impl Heading {
    /// The address by which its route is found.
    #[must_use]
    pub const fn address(self) -> Ipv4Addr {
        match self {
            Self::Direct(address) | Self::Tunnel(address) => address,
        }
    }
}

/// The way that a packet leaves by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// The place.
    pub to: Attachment,
    /// The router's address on the way to the next hop.
    pub address: IpAddr,
}

impl Passage for () {
    type Mark = ();
}

#[cfg(test)]
mod tests {
    use switchlab_core::{Device, Egress, Ingress, PortId, step};
    use switchlab_wire::{
        Ethernet, EthernetBuilder, FlowKey, Icmp, IcmpType, Ipv4, Ipv4Builder, MacAddr,
    };

    use super::*;
    use crate::{InterfaceConfig, L3Config, L3Switch, Neighbour};

    /// Numbers the packets that come in, writes down what becomes of them, and turns away port 9.
    #[derive(Debug, Default)]
    struct Doorkeeper {
        seen: u32,
        book: Vec<(&'static str, u32)>,
    }

    impl Passage for Doorkeeper {
        type Mark = u32;

        fn arriving<E: Explain>(
            &mut self,
            _: Instant,
            _: Attachment,
            packet: &mut [u8],
            _: &mut E,
        ) -> Result<u32, Denial> {
            self.seen += 1;
            if FlowKey::of(packet).is_ok_and(|key| key.destination_port == 9) {
                return Err(Denial {
                    reason: DropReason::PolicyDenied,
                    error: Some(IcmpError::Prohibited),
                    resets: false,
                });
            }
            Ok(self.seen)
        }

        fn leaving<E: Explain>(
            &mut self,
            _: Instant,
            _: Exit,
            mark: u32,
            _: &mut [u8],
            _: &mut E,
        ) -> Result<(), DropReason> {
            self.book.push(("leaves", mark));
            Ok(())
        }

        fn deliver(&mut self, _: Instant, mark: u32, _: &[u8]) -> bool {
            self.book.push(("stays", mark));
            true
        }

        fn originating(&mut self, _: Instant, about: Option<u32>, _: &mut [u8]) -> u32 {
            self.book.push(("draws", about.unwrap_or(0)));
            100
        }

        fn returning(&mut self, _: Instant, _: &mut [u8]) -> u32 {
            self.book.push(("returns", 7));
            7
        }
    }

    type Book<'a> = &'a [(&'static str, u32)];

    #[test]
    fn marks_go_along_with_their_packets() {
        let host = MacAddr::from_name("host");
        let mut config = L3Config::with_ports(2);
        for (port, name, net) in [(0, "left", "10.0.0.1/24"), (1, "right", "10.0.1.1/24")] {
            let attachment = Attachment::Port(PortId::new(port));
            let mac = MacAddr::from_name(name);
            let interface = InterfaceConfig::new(attachment, mac, [net.parse().unwrap()]);
            config.interfaces.push(interface);
            config.neighbours.push(Neighbour {
                ip: Ipv4Addr::new(10, 0, port as u8, 2).into(),
                mac: host,
                attachment,
            });
        }
        let mut switch = L3Switch::with_passage(config, Doorkeeper::default()).unwrap();
        let client = Ipv4Addr::new(10, 0, 0, 2);
        #[rustfmt::skip]
        let rows: [([u8; 4], u16, u8, Book<'_>, &str); 4] = [
            ([10, 0, 1, 2], 80, 64, &[("leaves", 1)],                  "it is routed"),
            ([10, 0, 1, 2], 80, 1,  &[("draws", 2), ("leaves", 100)],  "its time is up; the error leaves in its place"),
            ([10, 0, 1, 2], 9,  64, &[("draws", 0), ("leaves", 100)],  "it is turned away before it has a mark"),
            ([10, 0, 0, 1], 80, 64, &[("stays", 4)],                   "it is for the router, and taken"),
        ];
        for (destination, port, ttl, book, because) in rows {
            let packet = Ipv4Builder::new(client, destination.into()).ttl(ttl);
            let frame = EthernetBuilder::new(host, MacAddr::from_name("left"))
                .packet(&packet.udp(4000, port, b"hello"));
            let (mut rx, mut tx) = (Ingress::default(), Egress::default());
            rx.push(PortId::new(0), frame);
            step(&mut switch, Instant::ZERO, &mut rx, &mut tx);
            assert_eq!(
                std::mem::take(&mut switch.passage_mut().book),
                book,
                "{because}"
            );
            assert!(switch.counters().is_balanced(), "{because}");
            if port == 9 {
                let (_, frame) = tx.next().expect("the sender is told");
                let ip = Ipv4::parse(&frame.octets()[Ethernet::HEADER_LEN..]).unwrap();
                let icmp = Icmp::parse(ip.payload()).unwrap();
                let said = (ip.source(), icmp.icmp_type(), icmp.code());
                let expected = ([10, 0, 0, 1].into(), IcmpType::DESTINATION_UNREACHABLE, 13);
                assert_eq!(said, expected);
            }
        }
        assert_eq!(switch.counters().drops(DropReason::PolicyDenied), 1);

        let packet = Ipv4Builder::new(client, [10, 0, 1, 3].into()).udp(4000, 80, b"hello");
        let (mut rx, mut tx) = (Ingress::default(), Egress::default());
        rx.push(
            PortId::new(0),
            EthernetBuilder::new(host, MacAddr::from_name("left")).packet(&packet),
        );
        step(&mut switch, Instant::ZERO, &mut rx, &mut tx);
        while let Some(due) = switch.poll_timeout() {
            switch.handle_timeout(due, &mut tx);
        }
        let expected = [("leaves", 5), ("returns", 7), ("draws", 7), ("leaves", 100)];
        assert_eq!(
            switch.passage().book,
            expected,
            "nobody answers for the next hop"
        );
        assert_eq!(
            switch.address_towards(Ipv4Addr::new(10, 0, 1, 7)),
            Some(Ipv4Addr::new(10, 0, 1, 1))
        );
        assert_eq!(switch.address_towards(Ipv4Addr::new(10, 9, 9, 9)), None);
    }
}
