//! Packets of every kind, for the laws to be tried on.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_wire::*;

pub(crate) const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
pub(crate) const B: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
pub(crate) const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const A6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
pub(crate) const B6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
pub(crate) const ROUTER6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1);

/// Options of an extension header that is nothing but padding (RFC 8200 §4.2, PadN).
pub(crate) const PADDING: [u8; 8] = [0, 0, 1, 4, 0, 0, 0, 0];

pub(crate) fn any_mac() -> impl Strategy<Value = MacAddr> {
    any::<[u8; 6]>().prop_map(MacAddr::new)
}

pub(crate) fn any_tag() -> impl Strategy<Value = VlanTag> {
    let tpid = prop_oneof![Just(EtherType::VLAN), Just(EtherType::SERVICE_VLAN)];
    (tpid, 0u8..8, any::<bool>(), 0u16..4096).prop_map(|(tpid, pcp, dei, vid)| VlanTag {
        tpid,
        pcp,
        dei,
        vid,
    })
}

pub(crate) fn any_payload() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..64)
}

/// Options of whole words, so that padding adds nothing.
pub(crate) fn any_options() -> impl Strategy<Value = Vec<u8>> {
    (0usize..=10).prop_flat_map(|words| vec(any::<u8>(), words * 4))
}

/// What stands behind an IP header, for both versions.
#[derive(Debug, Clone)]
pub(crate) enum Upper {
    Udp {
        ports: (u16, u16),
        payload: Vec<u8>,
    },
    Tcp {
        ports: (u16, u16),
        sequence: u32,
        flags: u8,
        options: Vec<u8>,
        payload: Vec<u8>,
    },
    EchoRequest(Echo, Vec<u8>),
    EchoReply(Echo, Vec<u8>),
    Other(IpProtocol, Vec<u8>),
}

/// UDP and TCP.
pub(crate) fn any_with_ports() -> impl Strategy<Value = Upper> {
    let ports = any::<(u16, u16)>;
    prop_oneof![
        (ports(), any_payload()).prop_map(|(ports, payload)| Upper::Udp { ports, payload }),
        (
            ports(),
            any::<u32>(),
            any::<u8>(),
            any_options(),
            any_payload()
        )
            .prop_map(|(ports, sequence, flags, options, payload)| Upper::Tcp {
                ports,
                sequence,
                flags,
                options,
                payload
            }),
    ]
}

/// All that carry a checksum in both versions of IP.
pub(crate) fn any_with_checksum() -> impl Strategy<Value = Upper> {
    let echo = || {
        any::<(u16, u16)>().prop_map(|(identifier, sequence)| Echo {
            identifier,
            sequence,
        })
    };
    prop_oneof![
        2 => any_with_ports(),
        1 => (echo(), any_payload()).prop_map(|(echo, payload)| Upper::EchoRequest(echo, payload)),
        1 => (echo(), any_payload()).prop_map(|(echo, payload)| Upper::EchoReply(echo, payload)),
    ]
}

pub(crate) fn any_upper() -> impl Strategy<Value = Upper> {
    let other = prop_oneof![
        Just(IpProtocol::IPIP),
        Just(IpProtocol::ESP),
        Just(IpProtocol::NO_NEXT_HEADER)
    ];
    let other =
        (other, any_payload()).prop_map(|(protocol, payload)| Upper::Other(protocol, payload));
    prop_oneof![4 => any_with_checksum(), 1 => other]
}

fn tcp_header<'a>(ports: (u16, u16), sequence: u32, flags: u8, options: &'a [u8]) -> TcpHeader<'a> {
    TcpHeader {
        source_port: ports.0,
        destination_port: ports.1,
        sequence,
        flags: TcpFlags(flags),
        options,
        ..TcpHeader::default()
    }
}

impl Upper {
    pub(crate) fn v4(&self, ip: Ipv4Builder<'_>) -> Vec<u8> {
        match self {
            Self::Udp { ports, payload } => ip.udp(ports.0, ports.1, payload),
            Self::Tcp {
                ports,
                sequence,
                flags,
                options,
                payload,
            } => ip.tcp(&tcp_header(*ports, *sequence, *flags, options), payload),
            Self::EchoRequest(echo, payload) => ip.echo_request(*echo, payload),
            Self::EchoReply(echo, payload) => ip.echo_reply(*echo, payload),
            Self::Other(protocol, payload) => ip.payload(*protocol, payload),
        }
    }

    pub(crate) fn v6(&self, ip: &Ipv6Builder) -> Vec<u8> {
        match self {
            Self::Udp { ports, payload } => ip.udp(ports.0, ports.1, payload),
            Self::Tcp {
                ports,
                sequence,
                flags,
                options,
                payload,
            } => ip.tcp(&tcp_header(*ports, *sequence, *flags, options), payload),
            Self::EchoRequest(echo, payload) => ip.echo_request(*echo, payload),
            Self::EchoReply(echo, payload) => ip.echo_reply(*echo, payload),
            Self::Other(protocol, payload) => ip.payload(*protocol, payload),
        }
    }
}

/// An IPv4 packet, whole.
pub(crate) fn any_ipv4_packet() -> impl Strategy<Value = Vec<u8>> {
    (any::<(u32, u32)>(), any_options(), any_upper()).prop_map(|(addresses, options, upper)| {
        upper.v4(Ipv4Builder::new(addresses.0.into(), addresses.1.into()).options(&options))
    })
}

/// An IPv6 packet, whole.
pub(crate) fn any_ipv6_packet() -> impl Strategy<Value = Vec<u8>> {
    (any::<(u128, u128)>(), 0usize..4, any_upper()).prop_map(|(addresses, extensions, upper)| {
        let mut ip = Ipv6Builder::new(addresses.0.into(), addresses.1.into());
        for _ in 0..extensions {
            ip = ip.extension(IpProtocol::DESTINATION_OPTIONS, &PADDING);
        }
        upper.v6(&ip)
    })
}

/// A packet of either version, whole.
pub(crate) fn any_packet() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![any_ipv4_packet(), any_ipv6_packet()]
}

/// An ICMP error of either version, about a packet that may be quoted only in part.
pub(crate) fn any_error() -> impl Strategy<Value = Vec<u8>> {
    (any_packet(), 0usize..64, any::<u32>(), any::<u128>()).prop_map(
        |(packet, more, router, router6)| match Ipv4::parse(&packet) {
            Ok(about) => {
                let quoted = packet.len().min(about.header_len() + 8 + more);
                Ipv4Builder::new(router.into(), about.source()).icmp(
                    IcmpType::TIME_EXCEEDED,
                    0,
                    [0; 4],
                    &packet[..quoted],
                )
            }
            Err(_) => {
                let about = Ipv6::parse(&packet).expect("a packet is of one version or the other");
                Ipv6Builder::new(router6.into(), about.source()).icmpv6(
                    Icmpv6Type::TIME_EXCEEDED,
                    0,
                    [0; 4],
                    &packet,
                )
            }
        },
    )
}

/// One frame of each kind, all of them right.
pub(crate) fn gallery() -> Vec<(&'static str, Frame)> {
    let (a, b) = (MacAddr::from_name("a"), MacAddr::from_name("b"));
    let ethernet = EthernetBuilder::new(a, b);
    let vlan = VlanId::try_from(10).unwrap();
    let v4 = Ipv4Builder::new(A, B);
    let v6 = Ipv6Builder::new(A6, B6);
    let tcp = TcpHeader {
        source_port: 1000,
        destination_port: 80,
        options: &[2, 4, 5, 180],
        ..TcpHeader::default()
    };
    let udp4 = v4.udp(1000, 53, b"question");
    let udp6 = v6.udp(1000, 53, b"question");
    let chain = Ipv6Builder::new(A6, B6)
        .extension(IpProtocol::HOP_BY_HOP, &PADDING)
        .segments(&[ROUTER6, B6])
        .fragment(0, false, 7)
        .extension(
            IpProtocol::AUTHENTICATION,
            &[
                0, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
            ],
        );
    vec![
        ("ARP", ethernet.arp(&Arp::request(a, A, B))),
        ("LLC", ethernet.llc(&[0x42, 0x42, 3, 0, 0])),
        ("UDP", ethernet.packet(&udp4)),
        (
            "UDP in two tags",
            ethernet
                .clone()
                .tag(VlanTag::service(vlan))
                .tag(VlanTag::customer(vlan))
                .packet(&udp4),
        ),
        ("TCP", ethernet.packet(&v4.tcp(&tcp, b"GET /"))),
        (
            "IPv4 options",
            ethernet.packet(&v4.options(&[7, 7, 4, 0, 0, 0, 0, 0]).tcp(&tcp, b"GET /")),
        ),
        (
            "fragment",
            ethernet.packet(&v4.fragment(0, true).payload(IpProtocol::UDP, &udp4[20..])),
        ),
        (
            "echo",
            ethernet.packet(&v4.echo_request(
                Echo {
                    identifier: 1,
                    sequence: 2,
                },
                b"ping",
            )),
        ),
        (
            "ICMP error",
            ethernet.packet(&Ipv4Builder::new(ROUTER, A).icmp(
                IcmpType::TIME_EXCEEDED,
                0,
                [0; 4],
                &udp4[..28],
            )),
        ),
        ("UDP over IPv6", ethernet.packet(&udp6)),
        (
            "TCP behind a chain",
            ethernet.packet(&chain.tcp(&tcp, b"GET /")),
        ),
        (
            "IPv6 fragment",
            ethernet.packet(
                &v6.clone()
                    .fragment(8, false, 7)
                    .payload(IpProtocol::UDP, b"rest"),
            ),
        ),
        (
            "echo over IPv6",
            ethernet.packet(&v6.echo_reply(
                Echo {
                    identifier: 1,
                    sequence: 2,
                },
                b"ping",
            )),
        ),
        (
            "ICMPv6 error",
            ethernet.packet(&Ipv6Builder::new(ROUTER6, A6).icmpv6(
                Icmpv6Type::PACKET_TOO_BIG,
                0,
                [0, 0, 5, 0],
                &udp6,
            )),
        ),
    ]
}
