//! Which target is next.

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

fn hash(flow: &FlowKey) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    flow.hash(&mut hasher);
    hasher.finish()
}

/// FNV-1a, whose result is the same on every machine of one byte order.
struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = (self.0 ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// The finalizer of SplitMix64.
pub(crate) const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
