//! One number for a whole history.
//!
//! The digest is a wrapping sum over everything that happened, so parts of a run can be summed in any
//! order. The terms are
//!
//! * for a frame delivered: `h(at, node << 16 | port, number, octets)`,
//! * for a frame dropped outside devices: `h(at, node << 16 | port, 1 << 63, reason code)`,
//! * for what an administrator did: `h(at, node << 16, 1 << 62, name of the action)`.
//!
//! Timers do not enter: they show in what they cause. `h` starts four lanes from its three words,
//! multiplies each lane by an odd constant after adding eight octets (little-endian, the last ones
//! padded with zeros; lane `i` takes words `i`, `i + 4`, …), then adds the length and mixes the lanes
//! into one word. This definition is a format: equal histories have equal digests for ever.

use switchlab_core::{DropReason, Instant, NodeId, PortId};

use crate::observer::{Arrival, Observer};

/// An observer that sums up a run into 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digest(u64);

const ODD: [u64; 4] = [
    0x9e37_79b9_7f4a_7c15,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x27d4_eb2f_1656_67c5,
];

fn mix(mut word: u64) -> u64 {
    word = (word ^ word >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    word = (word ^ word >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    word ^ word >> 32
}

fn hash(at: Instant, place: u64, number: u64, octets: &[u8]) -> u64 {
    let mut lanes = [
        at.as_nanos() ^ ODD[0],
        place ^ ODD[1],
        number ^ ODD[2],
        ODD[3],
    ];
    let (blocks, rest) = octets.as_chunks::<32>();
    let mut absorb = |block: &[u8; 32]| {
        let (words, _) = block.as_chunks::<8>();
        for ((lane, word), odd) in lanes.iter_mut().zip(words).zip(ODD) {
            *lane = (*lane)
                .wrapping_add(u64::from_le_bytes(*word))
                .wrapping_mul(odd)
                .rotate_left(29);
        }
    };
    blocks.iter().for_each(&mut absorb);
    let mut last = [0; 32];
    last[..rest.len()].copy_from_slice(rest);
    absorb(&last);
    let length = octets.len() as u64;
    lanes.into_iter().fold(length, |sum, lane| {
        mix(sum ^ lane).wrapping_add(lane.rotate_left(17))
    })
}

fn place(node: NodeId, port: PortId) -> u64 {
    u64::from(node.rank()) << 16 | u64::from(port.number())
}

impl Digest {
    /// The sum so far.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Observer for Digest {
    fn delivered(&mut self, arrival: Arrival, octets: &[u8]) {
        let Arrival {
            at,
            node,
            port,
            number,
        } = arrival;
        self.0 = self
            .0
            .wrapping_add(hash(at, place(node, port), number, octets));
    }

    fn dropped(&mut self, at: Instant, node: NodeId, port: PortId, reason: DropReason, _: &[u8]) {
        self.0 = self.0.wrapping_add(hash(
            at,
            place(node, port),
            1 << 63,
            reason.code().as_bytes(),
        ));
    }

    fn admin(&mut self, at: Instant, node: NodeId, action: &str) {
        self.0 = self.0.wrapping_add(hash(
            at,
            u64::from(node.rank()) << 16,
            1 << 62,
            action.as_bytes(),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_an_arrival_counts() {
        let digest = |at, node, port, number, octets: &[u8]| {
            let mut digest = Digest::default();
            let (at, node, port) = (
                Instant::from_nanos(at),
                NodeId::new(node),
                PortId::new(port),
            );
            digest.delivered(
                Arrival {
                    at,
                    node,
                    port,
                    number,
                },
                octets,
            );
            digest.value()
        };
        let base = digest(1, 2, 3, 4, b"octets");
        let others = [
            digest(2, 2, 3, 4, b"octets"),
            digest(1, 3, 3, 4, b"octets"),
            digest(1, 2, 4, 4, b"octets"),
            digest(1, 2, 3, 5, b"octets"),
            digest(1, 2, 3, 4, b"octet"),
            digest(1, 2, 3, 4, b"octets\0"),
        ];
        assert!(
            others.iter().all(|other| *other != base),
            "{base:x} {others:x?}"
        );
    }

    #[test]
    fn the_definition_is_a_format() {
        let mut digest = Digest::default();
        digest.admin(Instant::from_secs(1), NodeId::new(1), "stop");
        digest.dropped(
            Instant::ZERO,
            NodeId::new(0),
            PortId::new(0),
            DropReason::LaneLoss,
            &[],
        );
        let arrival = Arrival {
            at: Instant::ZERO,
            node: NodeId::new(0),
            port: PortId::new(0),
            number: 0,
        };
        digest.delivered(arrival, &[0x55; 100]);
        assert_eq!(digest.to_string(), "47f07b5f7568d99e");
    }
}
