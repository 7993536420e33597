//! Whether what a device says of a frame is what it has counted.

use switchlab::core::{Counters, DropReason, Verdict};

/// Why packets that may leave do not get away. What a device sends itself, the answer to a frame say, may
/// meet them too; so they can be counted whatever became of the frame.
const ON_THE_WAY_OUT: [DropReason; 4] = [
    DropReason::NoRoute,
    DropReason::NoEgress,
    DropReason::ArpQueueFull,
    DropReason::ArpFailed,
];

/// What a device counted while it had one frame in hand.
#[derive(Debug)]
pub(crate) struct Happened {
    /// Why frames were dropped.
    dropped: Vec<DropReason>,
    /// Frames that left by some port.
    sent: u64,
    /// Frames that the device made or copied.
    made: u64,
    /// Whether more frames are kept than before.
    keeps: bool,
}

impl Happened {
    pub(crate) fn between(before: &Counters, after: &Counters) -> Self {
        let more = |count: fn(&Counters) -> u64| count(after) - count(before);
        let dropped = DropReason::ALL.iter().copied();
        Self {
            dropped: dropped
                .filter(|reason| after.drops(*reason) > before.drops(*reason))
                .collect(),
            sent: more(|counters| counters.ports.iter().map(|port| port.sent_frames).sum()),
            made: more(|counters| counters.originated + counters.copies),
            keeps: after.kept > before.kept,
        }
    }

    /// A frame that was dropped for a reason has that verdict, and no other has it. What neither left nor was
    /// dropped is kept.
    pub(crate) fn agrees_with(&self, verdict: Verdict) -> bool {
        let Self {
            dropped,
            sent,
            made,
            keeps,
        } = self;
        let own = match verdict {
            Verdict::Drop(reason) => Some(reason),
            _ => None,
        };
        let is_told = own.is_none_or(|reason| dropped.contains(&reason));
        let is_sending = *made > 0 || matches!(verdict, Verdict::Forward(_));
        let all_is_told = dropped
            .iter()
            .all(|reason| Some(*reason) == own || (is_sending && ON_THE_WAY_OUT.contains(reason)));
        let was_alone = (*sent, *made) == (0, 0);
        match verdict {
            Verdict::Drop(_) => is_told && all_is_told,
            Verdict::Climb => all_is_told && (*keeps || !was_alone),
            Verdict::Forward(_) | Verdict::Flood => {
                all_is_told && (*sent > 0 || *keeps || !dropped.is_empty())
            }
            // What became of the copy that climbed is not told.
            Verdict::FloodAndClimb => *sent > 0,
        }
    }
}
