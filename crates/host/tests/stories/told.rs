//! What a host tells of a frame: how far it got, and why no further.

use switchlab_core::{DropReason, Egress, PortId, Verdict};
use switchlab_host::{HttpServerConfig, UdpEchoConfig};
use switchlab_wire::{Arp, Echo, EthernetBuilder, Frame, Ipv4Builder, TcpFlags, TcpHeader};

use super::*;

const ASKER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 9);

fn mac(name: &str) -> MacAddr {
    MacAddr::from_name(name)
}

/// A host that serves HTTP at port 80 and echoes at UDP port 7.
fn server() -> Host {
    let echo = UdpEchoConfig { port: 7 };
    let config = host("server", SERVER)
        .with_app(AppConfig::new(HttpServerConfig::default()))
        .with_app(AppConfig::new(echo));
    Host::new(config).unwrap()
}

fn frame(packet: &[u8]) -> Frame {
    EthernetBuilder::new(mac("client"), mac("server")).packet(packet)
}

fn segment(destination_port: u16, flags: TcpFlags) -> Frame {
    let header = TcpHeader {
        source_port: 4000,
        destination_port,
        flags,
        sequence: 1,
        window: 1000,
        ..TcpHeader::default()
    };
    frame(&Ipv4Builder::new(ASKER, OWN).tcp(&header, b""))
}

fn damaged(mut frame: Frame, at: usize) -> Frame {
    frame.octets_mut()[at] ^= 0xff;
    frame
}

#[test]
fn the_way_of_a_frame_is_explained_up_to_its_end() {
    let mut server = server();
    let udp = |to, port| frame(&Ipv4Builder::new(ASKER, to).udp(4000, port, b"hello"));
    let echo = Echo {
        identifier: 1,
        sequence: 1,
    };
    let ping = Ipv4Builder::new(ASKER, OWN).echo_request(echo, b"");
    let stranger = EthernetBuilder::new(mac("client"), mac("stranger")).packet(&ping);
    let question = EthernetBuilder::new(mac("client"), MacAddr::BROADCAST).arp(&Arp::request(
        mac("client"),
        ASKER,
        OWN,
    ));
    let dropped = |reason| Verdict::Drop(reason);
    let kept = Verdict::Climb;
    #[rustfmt::skip]
    let story = [
        // frame                             verdict                                  last stage     what it found
        (stranger,                           dropped(DropReason::NotForMe),           "l2.station",  "l2.not-for-me"),
        (question,                           kept,                                    "arp.message", "an own address is asked for"),
        (damaged(udp(OWN, 7), 22),           dropped(DropReason::HeaderChecksum),     "l3.header",   "l3.checksum"),
        (udp(ELSEWHERE, 7),                  dropped(DropReason::NotForMe),           "l3.address",  "l2.not-for-me"),
        (frame(&ping),                       kept,                                    "l3.local",    "it is an echo request, and is answered"),
        (damaged(frame(&ping), 36),          dropped(DropReason::TransportChecksum),  "l3.local",    "l4.checksum"),
        (udp(OWN, 7),                        kept,                                    "l4.ingress",  "yes"),
        (udp(OWN, 8),                        dropped(DropReason::PortClosed),         "l4.ingress",  "l4.port-closed"),
        (segment(80, TcpFlags::SYN),         kept,                                    "l4.ingress",  "yes"),
        (segment(81, TcpFlags::SYN),         dropped(DropReason::PortClosed),         "l4.ingress",  "l4.port-closed"),
        (segment(81, TcpFlags::ACK),         dropped(DropReason::FlowState),          "l4.ingress",  "l4.flow-state"),
    ];
    let mut tx = Egress::default();
    for (frame, verdict, stage, found) in story {
        let told = server.receive_explained(Instant::ZERO, PortId::new(0), frame, &mut tx);
        let last = told.steps.last().expect("a reason");
        assert_eq!(
            (told.verdict, last.stage, last.found.as_str()),
            (Some(verdict), stage, found),
            "{:#?}",
            told.steps
        );
        for step in &told.steps {
            assert!(step.because.ends_with('.'), "a sentence: {step:?}");
        }
    }
}

#[test]
fn the_socket_that_takes_a_packet_is_named() {
    let mut server = server();
    let udp = |port| frame(&Ipv4Builder::new(ASKER, OWN).udp(4000, port, b""));
    let story = [
        (udp(7), "the socket bound to UDP port 7"),
        (udp(8), "nobody"),
        (segment(81, TcpFlags::SYN), "nobody"),
        (segment(80, TcpFlags::ACK), "nobody"),
        (segment(80, TcpFlags::SYN), "the listener at TCP port 80"),
        (
            segment(80, TcpFlags::SYN),
            "the connection with 10.0.0.1:4000, SYN-RECEIVED",
        ),
    ];
    let mut tx = Egress::default();
    for (frame, taker) in story {
        let told = server.receive_explained(Instant::ZERO, PortId::new(0), frame, &mut tx);
        let mut steps = told.steps.iter();
        let step = steps.find(|step| step.stage == "l4.socket").unwrap();
        assert_eq!(step.found, taker, "{}", step.asked);
    }
}
