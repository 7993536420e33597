//! Which target is next.

use std::net::IpAddr;

use switchlab_wire::FlowKey;

use crate::group::Member;
use crate::{Algorithm, SmoothWeights, TargetId};

/// Finds the next target among the eligible ones.
#[derive(Debug, Default)]
pub(crate) struct Chooser {
    /// The place chosen last; turns go on behind it.
    last: Option<usize>,
    weights: SmoothWeights,
}

impl Chooser {
    /// The next of `eligible`, places in ascending order.
    pub(crate) fn choose(
        &mut self,
        algorithm: Algorithm,
        members: &[Member],
        eligible: &[usize],
        flow: Option<&FlowKey>,
    ) -> Option<TargetId> {
        let behind = self
            .last
            .map_or(0, |last| eligible.partition_point(|place| *place <= last));
        let in_turn = || {
            eligible[behind..]
                .iter()
                .chain(&eligible[..behind])
                .copied()
        };
        let place = match (algorithm, flow) {
            (Algorithm::LeastOutstanding, _) => {
                in_turn().min_by_key(|place| members[*place].outstanding)?
            }
            (Algorithm::Weighted, _) => {
                let weighted = eligible
                    .iter()
                    .map(|place| (*place, members[*place].weight));
                self.weights.next(weighted)?
            }
            (Algorithm::FiveTuple, Some(flow)) => {
                // Each target draws a number for the flow and the highest wins (Thaler and
                // Ravishankar, 1998), so a target's loss changes nothing between the others.
                let hash = hash(flow);
                let draw = |place: &usize| mix(hash ^ mix(members[*place].identity));
                *eligible.iter().max_by_key(|place| draw(place))?
            }
            (Algorithm::RoundRobin | Algorithm::FiveTuple, _) => in_turn().next()?,
        };
        self.last = Some(place);
        Some(TargetId::at(place))
    }
}

/// FNV-1a over addresses, ports and protocol as they stand on the wire: the same on every machine and
/// with every release of Rust.
fn hash(flow: &FlowKey) -> u64 {
    let address = |hash, address| match address {
        IpAddr::V4(address) => fnv(hash, &address.octets()),
        IpAddr::V6(address) => fnv(hash, &address.octets()),
    };
    let hash = address(0xcbf2_9ce4_8422_2325, flow.source);
    let hash = address(hash, flow.destination);
    let hash = fnv(hash, &flow.source_port.to_be_bytes());
    let hash = fnv(hash, &flow.destination_port.to_be_bytes());
    fnv(hash, &[flow.protocol.0])
}

/// Goes on with a hash of FNV-1a.
fn fnv(hash: u64, octets: &[u8]) -> u64 {
    let absorb =
        |hash: u64, octet: &u8| (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
    octets.iter().fold(hash, absorb)
}

/// The finalizer of SplitMix64.
pub(crate) const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use switchlab_wire::IpProtocol;

    use super::*;

    #[test]
    fn a_flow_has_the_same_hash_everywhere() {
        let key =
            |source: &str, destination: &str, protocol, source_port, destination_port| FlowKey {
                source: source.parse().unwrap(),
                destination: destination.parse().unwrap(),
                protocol,
                source_port,
                destination_port,
            };
        #[rustfmt::skip]
        let rows = [
            (key("10.0.0.2", "10.0.0.80", IpProtocol::TCP, 40_000, 80),        0x8a99_c9d2_9f4c_5dcf, "FNV-1a of 0a000002 0a000050 9c40 0050 06"),
            (key("2001:db8::2", "2001:db8::80", IpProtocol::UDP, 53, 40_000),  0x8b31_8f63_2235_fe2f, "the same of 16 octets an address"),
        ];
        for (flow, expected, because) in rows {
            assert_eq!(hash(&flow), expected, "{because}");
        }
    }
}
