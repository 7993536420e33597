//! Laws: every frame is accounted for, a batch is its frames one by one, and explaining changes nothing.

use std::time::Duration;

use proptest::prelude::*;
use switchlab_balance::Algorithm;
use switchlab_balance::HealthCheck;
use switchlab_core::{Counters, Device, Egress, Event, Ingress, Instant, PortId, step};
use switchlab_l3::Attachment;
use switchlab_l4::{L4Config, L4Switch, SourceAddress, SourceNat};
use switchlab_wire::{Echo, Frame, IcmpType, IpProtocol, Ipv4Builder, TcpFlags};

use crate::bed::{
    Answer, INSIDE, OUTSIDE, VIRTUAL, answer, client, config, frame, server, tcp, udp,
};

/// What happens at one moment: how long after the last one, and which frames come.
type Moment = (u64, Vec<(PortId, Vec<u8>)>);

/// A switch in which everything is on, and everything is scarce.
fn busy() -> L4Config {
    let mut settings = config(2);
    settings.flow_limit = 4;
    settings.services[0].health_check = Some(HealthCheck {
        interval: Duration::from_secs(3),
        timeout: Duration::from_secs(1),
        ..HealthCheck::default()
    });
    settings.services[1].scheduler = Algorithm::FiveTuple;
    settings.source_nat.push(SourceNat {
        attachment: Attachment::Port(OUTSIDE),
        from: None,
        address: SourceAddress::Interface,
    });
    settings
}

fn end() -> impl Strategy<Value = (std::net::Ipv4Addr, u16)> {
    let address = prop_oneof![
        Just(VIRTUAL),
        Just(client(1)),
        (2..4_u8).prop_map(client),
        (11..13_u8).prop_map(server),
        Just(std::net::Ipv4Addr::new(203, 0, 113, 9)),
    ];
    let port = prop::sample::select(vec![53, 80, 4000, 4001, 8053, 8080]);
    (address, port)
}

fn packet() -> impl Strategy<Value = Vec<u8>> {
    let number = prop::sample::select(vec![0, 1, 100, 101, 900, 901, 0x8000_0000]);
    let flags = prop::sample::select(vec![0x02, 0x12, 0x10, 0x11, 0x04, 0x14, 0x00, 0x3f]);
    let segment = (end(), end(), flags, number.clone(), number).prop_map(
        |(from, to, flags, sequence, acknowledgment)| {
            tcp(from, to, TcpFlags(flags), sequence, acknowledgment)
        },
    );
    let datagram = (end(), end()).prop_map(|(from, to)| udp(from, to));
    let echo = (end(), end(), any::<bool>()).prop_map(|(from, to, asks)| {
        let (builder, echo) = (
            Ipv4Builder::new(from.0, to.0),
            Echo {
                identifier: from.1,
                sequence: 1,
            },
        );
        if asks {
            builder.echo_request(echo, b"ping")
        } else {
            builder.echo_reply(echo, b"ping")
        }
    });
    let other = (end(), end(), any::<u8>()).prop_map(|(from, to, number)| {
        Ipv4Builder::new(from.0, to.0).payload(IpProtocol(number), &[0; 12])
    });
    let whole = prop_oneof![4 => segment, 4 => datagram, 1 => echo, 1 => other].boxed();
    let error = (whole.clone(), end(), end(), 8..60_usize).prop_map(|(about, from, to, length)| {
        let quoted = &about[..length.min(about.len())];
        Ipv4Builder::new(from.0, to.0).icmp(IcmpType::DESTINATION_UNREACHABLE, 3, [0; 4], quoted)
    });
    let piece = (end(), end(), 0..3_usize, any::<bool>()).prop_map(|(from, to, place, more)| {
        Ipv4Builder::new(from.0, to.0)
            .identification(7)
            .fragment(8 * place, more)
            .payload(IpProtocol::UDP, &[0; 8])
    });
    prop_oneof![6 => whole, 1 => error, 1 => piece]
}

/// A frame: sound, cut short, with one octet changed, or not even one.
fn octets() -> impl Strategy<Value = (PortId, Vec<u8>)> {
    let port = prop_oneof![Just(OUTSIDE), Just(INSIDE)];
    let harm = prop_oneof![
        6 => Just(None),
        1 => (any::<prop::sample::Index>(), Just(None)).prop_map(Some),
        1 => (any::<prop::sample::Index>(), any::<u8>().prop_map(Some)).prop_map(Some),
    ];
    let real = (port.clone(), packet(), harm).prop_map(|(port, packet, harm)| {
        let mut octets = frame(port, &packet).octets().to_vec();
        match harm {
            None => {}
            Some((at, None)) => octets.truncate(at.index(octets.len())),
            Some((at, Some(octet))) => {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
        }
        (port, octets)
    });
    let garbage = (port, prop::collection::vec(any::<u8>(), 0..80));
    prop_oneof![9 => real, 1 => garbage]
}

fn history() -> impl Strategy<Value = Vec<Moment>> {
    let wait = prop_oneof![3 => 0..50_u64, 1 => 900..4000_u64, 1 => 29_000..31_000_u64];
    let moment = (wait, prop::collection::vec(octets(), 1..6));
    prop::collection::vec(moment, 1..12)
}

/// How a switch is given its frames.
#[derive(Clone, Copy)]
enum Manner {
    Together,
    OneByOne,
    Explained,
}

/// All that is to be seen of a switch.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    left: Vec<(Instant, PortId, Vec<u8>)>,
    events: Vec<Event>,
    counters: Counters,
}

impl Seen {
    /// Writes down what came of a call, and returns what the servers answer to probes.
    fn note(&mut self, switch: &mut L4Switch, now: Instant, tx: &mut Egress) -> Vec<Frame> {
        self.counters = switch.counters();
        assert!(self.counters.is_balanced(), "{:?}", self.counters);
        self.events
            .extend(std::iter::from_fn(|| switch.poll_event()));
        let moods = [(server(11), Answer::Accepts), (server(12), Answer::Refuses)];
        let mut answers = Vec::new();
        while let Some((port, frame)) = tx.next() {
            answers.extend(answer(&frame, &moods));
            self.left.push((now, port, frame.octets().to_vec()));
        }
        answers
    }
}

/// A switch from its first moment to its last. Probes are answered a moment later, before all else.
fn live(history: &[Moment], manner: Manner) -> Seen {
    let mut switch = L4Switch::new(busy()).expect("the settings are sound");
    let (mut now, mut seen) = (Instant::ZERO, Seen::default());
    let (mut rx, mut tx) = (Ingress::default(), Egress::default());
    let mut answers = Vec::new();
    for (wait, frames) in history {
        let then = now + Duration::from_millis(*wait);
        while let Some(due) = switch.poll_timeout().filter(|due| *due < then) {
            now = due.max(now);
            switch.handle_timeout(now, &mut tx);
            answers.extend(seen.note(&mut switch, now, &mut tx));
        }
        now = then;
        let first = std::mem::take(&mut answers)
            .into_iter()
            .map(|frame| (INSIDE, frame));
        let rest = frames
            .iter()
            .map(|(port, octets)| (*port, Frame::copy_from(octets)));
        for (port, frame) in first.chain(rest) {
            match manner {
                Manner::Together => rx.push(port, frame),
                Manner::OneByOne => {
                    rx.push(port, frame);
                    switch.receive(now, &mut rx, &mut tx);
                }
                Manner::Explained => {
                    switch.receive_explained(now, port, frame, &mut tx);
                }
            }
            answers.extend(seen.note(&mut switch, now, &mut tx));
        }
        step(&mut switch, now, &mut rx, &mut tx);
        answers.extend(seen.note(&mut switch, now, &mut tx));
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_frame_is_accounted_for_however_it_is_given(history in history()) {
        let together = live(&history, Manner::Together);
        prop_assert_eq!(&together, &live(&history, Manner::OneByOne));
        prop_assert_eq!(&together, &live(&history, Manner::Explained));
    }

    /// What a client says to a service reaches one backend, and what that says reaches the client from
    /// the virtual address, whatever else happens in between.
    #[test]
    fn an_answer_comes_from_who_was_asked(port in 1024_u16.., noise in history()) {
        let mut settings = config(2);
        settings.timeouts.udp = Duration::from_secs(600);
        let mut bed = crate::bed::Bed::new(settings);
        bed.answers = vec![(server(11), Answer::Accepts)];
        let here = (client(9), port);
        let line = bed.one(OUTSIDE, &udp(here, (VIRTUAL, 53)));
        let backend = if line.contains("> 10.0.1.11:8053") { server(11) } else { server(12) };
        for (_, frames) in &noise {
            for (at, octets) in frames {
                let (mut rx, mut tx) = (Ingress::default(), Egress::default());
                rx.push(*at, Frame::copy_from(octets));
                step(&mut bed.switch, bed.now, &mut rx, &mut tx);
            }
        }
        prop_assert_eq!(bed.one(OUTSIDE, &udp(here, (VIRTUAL, 53))), line);
        let expected = format!("0: UDP 192.0.2.10:53 > {}:{port}", client(9));
        prop_assert_eq!(bed.one(INSIDE, &udp((backend, 8053), here)), expected);
    }
}
