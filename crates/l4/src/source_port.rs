//! Finding the source of a new flow, so that its answers are told from everybody else's.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use switchlab_core::Stream;
use switchlab_wire::{FlowKey, IpProtocol};

/// The reply key of a flow that is to leave from `address`, or `None` if no port is left for it.
///
/// In this order: what stands for the same end inside already (RFC 4787 REQ-1), the port that it has
/// (REQ-3), any port of the same range, searched from a random one on (RFC 6056 §3.3.1). Ports below
/// 512, below 1024 and from there up are ranges of their own, as in Linux: some servers trust them.
pub(crate) fn choose(
    original: &FlowKey,
    reply: &FlowKey,
    address: IpAddr,
    outside: Option<SocketAddr>,
    stream: &mut Stream,
    is_free: impl Fn(&FlowKey) -> bool,
) -> Option<FlowKey> {
    let with = |port| FlowKey {
        destination: address,
        destination_port: port,
        ..*reply
    };
    let standing = outside.filter(|outside| outside.ip() == address && address != original.source);
    let preferred = standing.map(|outside| with(outside.port()));
    let own = with(original.source_port);
    if let Some(key) = preferred.into_iter().chain([own]).find(&is_free) {
        return Some(key);
    }
    let range = range_of(original)?;
    let count = u32::from(range.end() - range.start()) + 1;
    let offset = stream.below(count.into()) as u32;
    (0..count)
        .map(|step| with(range.start() + ((offset + step) % count) as u16))
        .find(is_free)
}

/// The ports that may stand for the source port of a flow; `None` if its protocol has no ports.
fn range_of(original: &FlowKey) -> Option<RangeInclusive<u16>> {
    match (original.protocol, original.source_port) {
        (IpProtocol::ICMP, _) => Some(0..=65_535),
        (IpProtocol::TCP | IpProtocol::UDP, port) => Some(match port {
            0..512 => 1..=511,
            512..1024 => 600..=1023,
            _ => 1024..=65_535,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));

    fn key(protocol: IpProtocol, port: u16) -> FlowKey {
        FlowKey {
            source: [10, 0, 0, 2].into(),
            destination: [10, 0, 1, 2].into(),
            protocol,
            source_port: port,
            destination_port: 80,
        }
    }

    fn chosen(
        original: FlowKey,
        outside: Option<u16>,
        is_free: impl Fn(u16) -> bool,
    ) -> Option<u16> {
        let outside = outside.map(|port| SocketAddr::new(NAT, port));
        let stream = &mut Stream::of(7, "nat");
        let is_free = |key: &FlowKey| is_free(key.destination_port);
        let reply = choose(
            &original,
            &original.reversed(),
            NAT,
            outside,
            stream,
            is_free,
        )?;
        assert_eq!(reply.destination, NAT);
        Some(reply.destination_port)
    }

    /// Protocol, own port, port that stands for it already, which are free, which is chosen, because.
    type Row = (
        IpProtocol,
        u16,
        Option<u16>,
        fn(u16) -> bool,
        Option<u16>,
        &'static str,
    );

    #[test]
    fn the_nearest_to_the_own_port_is_taken() {
        use IpProtocol as P;
        #[rustfmt::skip]
        let rows: [Row; 8] = [
            (P::TCP, 4000, None,       |_| true,                           Some(4000),   "the own port is free"),
            (P::TCP, 4000, Some(5000), |_| true,                           Some(5000),   "the end inside is 5000 to others already"),
            (P::TCP, 4000, Some(5000), |port| port == 4000,                Some(4000),   "but 5000 does not fit here"),
            (P::TCP, 4000, None,       |port| port < 512 || port == 65535, Some(65_535), "the last port left of the upper range"),
            (P::UDP, 80,   None,       |port| port == 511 || port > 1023,  Some(511),    "a low port stays low"),
            (P::UDP, 700,  None,       |port| port == 80 || port == 1023,  Some(1023),   "and a middle one in the middle"),
            (P::TCP, 4000, None,       |_| false,                          None,         "none is left"),
            (P(132), 0,    None,       |_| false,                          None,         "a protocol without ports has no other"),
        ];
        for (protocol, port, outside, is_free, expected, because) in rows {
            let port = chosen(key(protocol, port), outside, is_free);
            assert_eq!(port, expected, "{because}");
        }
    }

    #[test]
    fn exactly_the_range_can_be_given_away() {
        let taken = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let mut stream = Stream::of(7, "nat");
        for inside in 0..64_512 + 1_u32 {
            let original = FlowKey {
                source: std::net::Ipv4Addr::from_bits(0x0a00_0000 + inside).into(),
                ..key(IpProtocol::TCP, 4000)
            };
            // Beginning near the end of the range: the search itself is not what is asked here.
            let is_free = |key: &FlowKey| !taken.borrow().contains(&key.destination_port);
            let next = (taken.borrow().len() < 64_510).then(|| 1024 + inside as u16);
            let outside = next.map(|port| SocketAddr::new(NAT, port));
            let reply = choose(
                &original,
                &original.reversed(),
                NAT,
                outside,
                &mut stream,
                is_free,
            );
            assert_eq!(reply.is_some(), inside < 64_512, "flow {inside}");
            taken
                .borrow_mut()
                .extend(reply.map(|key| key.destination_port));
        }
    }
}
