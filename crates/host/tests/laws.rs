//! What holds for every host, whatever comes over the wire.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_core::{Command, Device, Egress, Ingress, Instant, PortId, step};
use switchlab_host::{
    AppConfig, Host, HostConfig, HttpClientConfig, HttpServerConfig, HttpUrl, InterfaceConfig,
    PingConfig, SocketsConfig, StationConfig, UdpEchoConfig, UdpSourceConfig,
};
use switchlab_wire::{
    Arp, ArpOperation, Echo, EthernetBuilder, Frame, IcmpType, Ipv4Builder, MacAddr, TcpFlags,
    TcpHeader,
};

const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// A host with one application of every kind, all of them busy with a peer.
fn host() -> Host {
    let mac = MacAddr::from_name("host");
    let mut interface = InterfaceConfig::new(mac, ["10.0.0.1/24".parse().unwrap()]);
    interface.permanent = vec![(PEER.into(), MacAddr::from_name("peer"))];
    let station = StationConfig {
        interfaces: vec![interface],
        gateway: None,
        sockets: SocketsConfig::default(),
    };
    let at = |port| SocketAddrV4::new(PEER, port);
    let client = HttpClientConfig {
        every: Some(Duration::from_millis(7)),
        keep_alive: true,
        cookies: true,
        concurrency: Some(8),
        timeout: Duration::from_millis(500),
        ..HttpClientConfig::new(HttpUrl::new(at(80), "/"))
    };
    let server = HttpServerConfig {
        body: "hello".into(),
        ..HttpServerConfig::default()
    };
    let config = HostConfig::new("host", station)
        .with_app(AppConfig::new(server))
        .with_app(AppConfig::new(client))
        .with_app(AppConfig::new(PingConfig::new(PEER)))
        .with_app(AppConfig::new(UdpEchoConfig::default()))
        .with_app(AppConfig::new(UdpSourceConfig::new(at(7))));
    Host::new(config).expect("settings that can be")
}

/// A frame that a host may well get.
fn real_frame(kind: usize, source_port: u16, number: u32, flags: u8, payload: &[u8]) -> Frame {
    let ip = Ipv4Builder::new(PEER, HOST);
    let tcp = |destination_port| {
        let header = TcpHeader {
            source_port,
            destination_port,
            sequence: number,
            acknowledgment: number,
            flags: TcpFlags(flags),
            window: 1000,
            ..TcpHeader::default()
        };
        ip.tcp(&header, payload)
    };
    let echo = Echo {
        identifier: 2,
        sequence: number as u16,
    };
    let packet = match kind {
        0 => tcp(80),
        1 => tcp(32_768 + (number % 28_000) as u16),
        2 => ip.udp(source_port, 7, payload),
        3 => ip.udp(source_port, 49_152, payload),
        4 => ip.echo_request(echo, payload),
        5 => ip.echo_reply(echo, payload),
        6 => ip.icmp(IcmpType::DESTINATION_UNREACHABLE, 3, [0; 4], &tcp(80)),
        7 => ip
            .fragment(usize::from(flags) * 8, true)
            .udp(source_port, 7, &[0; 64]),
        _ => {
            let arp = Arp {
                operation: ArpOperation::Request,
                sender_mac: MacAddr::from_name("peer"),
                sender_ip: PEER,
                target_mac: MacAddr::ZERO,
                target_ip: HOST,
            };
            return EthernetBuilder::new(MacAddr::from_name("peer"), MacAddr::BROADCAST).arp(&arp);
        }
    };
    EthernetBuilder::new(MacAddr::from_name("peer"), MacAddr::from_name("host")).packet(&packet)
}

/// A frame, sound, spoilt, cut off, or no frame at all.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let real = (
        0..9_usize,
        1..4_u16,
        0..3_u32,
        0..64_u8,
        vec(any::<u8>(), 0..80),
    );
    let real = real.prop_map(|(kind, port, number, flags, payload)| {
        real_frame(kind, port, number, flags, &payload)
            .octets()
            .to_vec()
    });
    let spoilt = (real.clone(), any::<prop::sample::Index>(), any::<u8>());
    let spoilt = spoilt.prop_map(|(mut octets, at, octet)| {
        let at = at.index(octets.len());
        octets[at] = octet;
        octets
    });
    let cut = (real.clone(), any::<prop::sample::Index>());
    let cut = cut.prop_map(|(mut octets, at)| {
        octets.truncate(at.index(octets.len()));
        octets
    });
    prop_oneof![4 => real, 2 => spoilt, 2 => cut, 1 => vec(any::<u8>(), 0..100)]
}

/// Lets a host live through frames, each some time after the one before, and tells all it did.
fn live(frames: &[(u64, Vec<u8>)], together: bool) -> Result<Vec<String>, TestCaseError> {
    let mut host = host();
    let (mut rx, mut tx) = (Ingress::default(), Egress::default());
    let (mut now, mut history) = (Instant::ZERO, Vec::new());
    let mut at = 0;
    while at < frames.len() {
        let gap = Duration::from_micros(frames[at].0);
        now += gap;
        let same = |(gap, _): &&(u64, Vec<u8>)| *gap == 0;
        let count = 1 + frames[at + 1..].iter().take_while(same).count();
        for (_, octets) in &frames[at..at + count] {
            rx.push(PortId::new(0), Frame::copy_from(octets));
            if !together {
                host.receive(now, &mut rx, &mut tx);
                prop_assert!(host.counters().is_balanced());
            }
        }
        at += count;
        let mut turns = 0;
        loop {
            step(&mut host, now, &mut rx, &mut tx);
            prop_assert!(host.counters().is_balanced());
            turns += 1;
            prop_assert!(turns < 1000, "it never comes to rest");
            if host.poll_timeout().is_none_or(|due| due > now) {
                break;
            }
        }
        while let Some((_, frame)) = tx.next() {
            history.push(format!("{now} {:?}", frame.octets()));
        }
        while let Some(event) = host.poll_event() {
            history.push(format!("{now} {event:?}"));
        }
    }
    for command in [Command::Stop, Command::Start, Command::Conclude] {
        host.control(now, &command, &mut tx)
            .expect("hosts know the command");
        prop_assert!(host.counters().is_balanced());
    }
    history.push(format!("{:?}", host.counters()));
    Ok(history)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Every frame is accounted for after every call; and a batch equals its frames one by one.
    #[test]
    fn every_frame_is_accounted_for(
        frames in vec((prop_oneof![Just(0), 0..2_000_000_u64], any_frame()), 1..40),
    ) {
        prop_assert_eq!(live(&frames, true)?, live(&frames, false)?);
    }
}
