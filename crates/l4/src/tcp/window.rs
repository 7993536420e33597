//! Whether a segment fits the windows of its connection, seen from the middle of it.
//!
//! A device between two TCPs sees segments that their receiver has not seen yet, so it can only bound
//! what is plausible: G. van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (2000), with
//! the constants that Linux uses.

use super::segment::{Offer, Segment, is_before};
use super::state::State;
use crate::flow::Direction;

/// How far behind an acknowledgment may lag at least: one window without scaling, and a little more.
const OLDEST_ACKNOWLEDGMENT: u32 = 66_000;

/// What is known of one end of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Side {
    /// Behind the last octet it has sent.
    pub(super) end: u32,
    /// Behind the last octet it may send, as the other end has told.
    pub(super) max_end: u32,
    /// The largest window it has offered; 0 until it has spoken.
    pub(super) max_window: u32,
    /// The highest acknowledgment it has sent.
    pub(super) max_acknowledgment: Option<u32>,
    /// What it offered in its SYN.
    pub(super) offer: Offer,
    /// The shift that counts: that of the offer if both ends made one.
    pub(super) shift: u8,
    /// Its history is not known, so anything goes.
    pub(super) liberal: bool,
    /// It has sent something not yet acknowledged.
    pub(super) unacknowledged: bool,
}

impl Side {
    /// Begins its sequence space with a SYN.
    pub(super) fn begin(&mut self, segment: &Segment<'_>) {
        *self = Self {
            end: segment.end,
            max_end: segment.end,
            max_window: segment.open_window(),
            offer: segment.offer(),
            shift: segment.offer().scale.unwrap_or(0),
            max_acknowledgment: self.max_acknowledgment,
            liberal: false,
            unacknowledged: self.unacknowledged,
        };
    }

    /// Picks it up in mid-stream.
    pub(super) fn pick_up(segment: &Segment<'_>) -> Self {
        let max_window = segment.open_window();
        Self {
            end: segment.end,
            max_end: segment.end.wrapping_add(max_window),
            max_window,
            ..Self::unknown()
        }
    }

    /// The end that has not spoken yet in a connection picked up in mid-stream.
    pub(super) fn unknown() -> Self {
        Self {
            offer: Offer {
                scale: None,
                sack: true,
            },
            liberal: true,
            ..Self::default()
        }
    }
}

/// What the windows say to a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is plausible.
    Fits,
    /// It is old or early, but does no harm.
    Harmless,
    /// It belongs to some other connection, or to nobody.
    Stray,
}

/// Checks a segment against the windows, and moves them on if it fits.
pub(super) fn fit(
    sides: &mut [Side; 2],
    direction: Direction,
    segment: &Segment<'_>,
    state: State,
) -> Fit {
    let [original, reply] = sides;
    let (sender, receiver) = match direction {
        Direction::Original => (original, reply),
        Direction::Reply => (reply, original),
    };
    let (mut sequence, mut end) = (segment.sequence, segment.end);
    let told = segment.acknowledgment.filter(|number| {
        // A reset may carry an acknowledgment of zero that means none.
        *number != 0 || segment.kind != super::segment::Kind::Rst
    });
    let highest = |number| {
        if receiver.offer.sack {
            segment.highest_acknowledged(number)
        } else {
            number
        }
    };
    let heard = segment.acknowledgment.map_or(0, highest);

    if sender.max_window == 0 {
        if segment.is_syn() {
            sender.begin(segment);
            if sender.offer.scale.is_none() || receiver.offer.scale.is_none() {
                (sender.shift, receiver.shift) = (0, 0);
            }
            if segment.acknowledgment.is_none() {
                return Fit::Fits;
            }
        } else {
            let window = u32::from(segment.window) << sender.shift;
            sender.end = end;
            sender.max_window = window.max(1);
            sender.max_end = end.wrapping_add(sender.max_window);
            if receiver.max_window == 0 {
                (receiver.end, receiver.max_end) = (heard, heard);
            } else if heard == receiver.end.wrapping_add(1) {
                // The answer to a keep-alive, which was one octet that counts for nothing.
                receiver.end = heard;
            }
        }
    } else if segment.is_syn()
        && is_before(sender.end, end)
        && matches!(
            (state, direction),
            (State::SynSent, Direction::Original) | (State::SynReceived, Direction::Reply)
        )
    {
        // Tried again with other numbers, RFC 9293 §3.4.3.
        sender.begin(segment);
    }

    let (acknowledgment, highest) = match told {
        Some(number) => (number, heard),
        None => (receiver.end, receiver.end),
    };
    if segment.kind == super::segment::Kind::Rst && sequence == 0 && state == State::SynSent {
        (sequence, end) = (sender.end, sender.end);
    }

    let judged = judge(sender, receiver, sequence, end, highest);
    if judged != Fit::Fits {
        return if sender.liberal { Fit::Fits } else { judged };
    }

    let shift = if segment.is_syn() { 0 } else { sender.shift };
    let window = u32::from(segment.window) << shift;
    let reach = window.wrapping_add(highest.wrapping_sub(acknowledgment));
    sender.max_window = sender.max_window.max(reach);
    if is_before(sender.end, end) {
        sender.end = end;
        sender.unacknowledged = true;
    }
    if segment.acknowledgment.is_some()
        && sender
            .max_acknowledgment
            .is_none_or(|max| is_before(max, acknowledgment))
    {
        sender.max_acknowledgment = Some(acknowledgment);
    }
    if receiver.max_window != 0 && is_before(sender.max_end, end) {
        receiver.max_window = receiver
            .max_window
            .wrapping_add(end.wrapping_sub(sender.max_end));
    }
    let allowed = highest.wrapping_add(window);
    if !is_before(allowed, receiver.max_end) {
        receiver.max_end = allowed.wrapping_add(u32::from(window == 0));
    }
    if acknowledgment == receiver.end {
        receiver.unacknowledged = false;
    }
    Fit::Fits
}

/// The four bounds. `highest` is the highest acknowledgment, selective ones included.
fn judge(sender: &mut Side, receiver: &Side, sequence: u32, end: u32, highest: u32) -> Fit {
    let oldest = sender.max_window.max(OLDEST_ACKNOWLEDGMENT);
    let is_recent =
        receiver.max_window == 0 || !is_before(end, sender.end.wrapping_sub(receiver.max_window));
    let acknowledges_sent = !is_before(receiver.end, highest);
    let acknowledges_recent = !is_before(highest, receiver.end.wrapping_sub(oldest));
    if is_before(sender.max_end, sequence) {
        let overshot = end.wrapping_sub(sender.max_end).wrapping_add(1);
        if is_recent && acknowledges_sent && acknowledges_recent && overshot <= receiver.max_window
        {
            // Some TCPs send a little too much; what they send may well be acknowledged.
            sender.end = end;
            sender.unacknowledged = true;
            return Fit::Harmless;
        }
        return Fit::Stray;
    }
    if !is_recent {
        return Fit::Harmless;
    }
    if !acknowledges_sent {
        return Fit::Stray;
    }
    if !acknowledges_recent {
        return Fit::Harmless;
    }
    Fit::Fits
}
