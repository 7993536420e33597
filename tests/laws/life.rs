//! What happens to a device: frames of every kind, links that come and go, and time.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use switchlab::capture::Reader;

/// No device under test waits for anything longer than this.
pub(crate) const LONGEST_MEMORY: Duration = Duration::from_secs(60);

/// What happens at one instant.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// How long after the moment before.
    pub(crate) after: Duration,
    /// A link that comes up or goes down first. Ports are meant modulo those that there are.
    pub(crate) link: Option<(u16, bool)>,
    /// Frames that arrive together.
    pub(crate) frames: Vec<(u16, Vec<u8>)>,
}

/// Recorded frames with their ports, from the cases that speak of most things, some of each.
static RECORDED: LazyLock<Vec<(u16, Vec<u8>)>> = LazyLock::new(|| {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cases");
    #[rustfmt::skip]
    let speaking = [
        "l2/random_small", "l2/vlan_transparent", "l2/reserved_group", "l2/oversize", "l2/igmp_querier", "l2/stp_root",
        "l3/random_mix", "l3/arp_queue", "l3/arp_wrong_answer", "l3/echo_own", "l3/echo_fragments", "l3/reassembly_overlap",
        "l3/fragmentation", "l3/frag_needed", "l3/ip_options", "l3/source_route", "l3/bad_ip_header", "l3/closed_ports",
        "l3/martians", "l3/directed_broadcast", "l3/v6_bad", "l3/v6_nd_queue",
        "l4/rr_tcp", "l4/rr_udp", "l4/tcp_close", "l4/tcp_odd_segments", "l4/icmp_in_flow", "l4/fragments", "l4/masquerade",
    ];
    let mut frames = Vec::new();
    for case in speaking {
        let file = fs::read(cases.join(case).join("in.pcapng")).expect("a recording");
        let mut reader = Reader::new(&file).expect("recordings are pcapng");
        for _ in 0..40 {
            let Some(captured) = reader.next() else { break };
            let captured = captured.expect("recordings are whole");
            let port = u16::try_from(captured.interface.index()).expect("interfaces are ports");
            frames.push((port, captured.octets.to_vec()));
        }
    }
    frames
});

/// All recorded frames, one by one in a steady rhythm.
pub(crate) fn recorded() -> Vec<Moment> {
    RECORDED
        .iter()
        .map(|arrival| Moment {
            after: Duration::from_millis(10),
            link: None,
            frames: vec![arrival.clone()],
        })
        .collect()
}

pub(crate) fn any_moment() -> impl Strategy<Value = Moment> {
    let after = prop_oneof![
        3 => Just(0),
        3 => 0..1_000_000_000_u64,
        1 => 0..40_000_000_000_u64,
    ];
    let link = prop_oneof![9 => Just(None), 1 => any::<(u16, bool)>().prop_map(Some)];
    (after, link, vec(any_arrival(), 0..8)).prop_map(|(after, link, frames)| Moment {
        after: Duration::from_nanos(after),
        link,
        frames,
    })
}

fn any_arrival() -> impl Strategy<Value = (u16, Vec<u8>)> {
    prop_oneof![
        1 => (any::<u16>(), vec(any::<u8>(), 0..100)),
        2 => (any::<u16>(), addressed()),
        2 => select(&RECORDED[..]),
        2 => (any::<u16>(), select(&RECORDED[..])).prop_map(|(port, (_, octets))| (port, octets)),
        3 => damaged(),
    ]
}

/// Random octets behind a header that gets them in.
fn addressed() -> impl Strategy<Value = Vec<u8>> {
    // Own addresses of the bridges and routers under test, their neighbours, everybody, groups.
    let to = select(vec![
        [0x02, 0x5b, 0, 0, 0, 0xfe],
        [0x02, 0x5c, 0, 0, 0, 0],
        [0x02, 0x5c, 0, 0, 0, 1],
        [0x02, 0, 0, 0, 0x0a, 1],
        [0x02, 0, 0, 0, 0x0a, 2],
        [0xff; 6],
        [0x01, 0x80, 0xc2, 0, 0, 0x0e],
        [0x01, 0, 0x5e, 0, 0, 1],
    ]);
    let from = (0_u8..4).prop_map(|last| [0x02, 0, 0, 0, 0x0a, last]);
    let ether_type = prop_oneof![
        select(vec![0x0800_u16, 0x0806, 0x86dd, 0x8100, 0x88a8]),
        any::<u16>(),
    ];
    // The first octet behind the header often claims to begin an IPv4 packet.
    let first = prop_oneof![Just(0x45_u8), any::<u8>()];
    (to, from, ether_type, first, vec(any::<u8>(), 0..80)).prop_map(
        |(to, from, ether_type, first, rest)| {
            [&to[..], &from, &ether_type.to_be_bytes(), &[first], &rest].concat()
        },
    )
}

/// A recorded frame cut short, or with some octets changed, or both.
fn damaged() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let changes = vec(any::<(u16, u8)>(), 0..4);
    (select(&RECORDED[..]), any::<u16>(), changes).prop_map(
        |((port, mut octets), keep, changes)| {
            // Half of the draws keep all.
            octets.truncate(usize::from(keep) % (2 * octets.len() + 1));
            for (at, changed) in changes {
                let place = usize::from(at) % octets.len().max(1);
                if let Some(octet) = octets.get_mut(place) {
                    *octet = changed;
                }
            }
            (port, octets)
        },
    )
}
