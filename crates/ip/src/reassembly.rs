//! Putting fragments together. RFC 791, 3.2, with the strictness of Linux (RFC 5722 applied to IPv4).

use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_core::{Counters, Deadlines, DropReason, Instant};
use switchlab_wire::{Ethernet, Frame, IpProtocol, Ipv4, checksum};

/// What tells one datagram's fragments from another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    source: Ipv4Addr,
    destination: Ipv4Addr,
    identification: u16,
    protocol: IpProtocol,
}

/// A piece of a datagram: where it lies, and the frame that brought it.
#[derive(Debug)]
struct Piece {
    start: usize,
    end: usize,
    frame: Frame,
}

#[derive(Debug, Default)]
struct Datagram {
    /// In order, without overlap.
    pieces: Vec<Piece>,
    /// One behind the highest octet seen.
    end: usize,
    has_last: bool,
}

impl Datagram {
    /// How far the pieces from this one on reach without a gap.
    fn run_end(&self, from: usize) -> usize {
        self.pieces[from..]
            .iter()
            .fold(self.pieces[from].start, |reach, piece| {
                if piece.start == reach {
                    piece.end
                } else {
                    reach
                }
            })
    }
}

/// What became of a fragment.
#[derive(Debug)]
pub enum Reassembled {
    /// It was the last one missing.
    Whole {
        /// The datagram, which the owner has to account for.
        frame: Frame,
        /// Octets of the longest packet it came in.
        longest: u16,
    },
    /// It waits for others, or tells nothing new; it has been counted as kept.
    Held,
    /// It contradicts the others, and all of them have been counted as dropped.
    Failed,
}

/// Datagrams that are not complete yet.
#[derive(Debug)]
pub struct Reassembly {
    timeout: Duration,
    capacity: usize,
    datagrams: std::collections::BTreeMap<Key, Datagram>,
    deadlines: Deadlines<Key>,
}

/// A datagram, header included, is at most this long.
const LONGEST: usize = 65_535;

impl Reassembly {
    /// How long fragments wait unless told otherwise. RFC 1122, 3.3.2 asks for 60 to 120 s; Linux waits 30 s.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
    /// How many datagrams are put together at a time unless told otherwise.
    pub const DEFAULT_CAPACITY: usize = 256;

    /// Waits `timeout` from a datagram's first fragment; of more than `capacity` datagrams the one
    /// whose time is up first is given up.
    #[must_use]
    pub fn new(timeout: Duration, capacity: usize) -> Self {
        Self {
            timeout,
            capacity,
            datagrams: std::collections::BTreeMap::new(),
            deadlines: Deadlines::default(),
        }
    }

    /// Adds a fragment: a frame whose packet passed [`check`](crate::check).
    pub fn add(&mut self, now: Instant, frame: Frame, counters: &mut Counters) -> Reassembled {
        let view = Ipv4::parse(&frame.octets()[Ethernet::HEADER_LEN..])
            .expect("the packet was checked when it came in");
        let key = Key {
            source: view.source(),
            destination: view.destination(),
            identification: view.identification(),
            protocol: view.protocol(),
        };
        let (start, more) = (view.fragment_offset(), view.more_fragments());
        let (header_len, length) = (view.header_len(), view.payload().len());
        let end = start + if more { length & !7 } else { length };
        if header_len + end > LONGEST {
            counters.dropped(DropReason::ReassemblyFailed);
            return Reassembled::Failed;
        }
        if !self.datagrams.contains_key(&key) {
            self.make_room(counters);
            self.deadlines.set(key, now + self.timeout);
        }
        let datagram = self.datagrams.entry(key).or_default();
        counters.kept += 1;
        let place = datagram
            .pieces
            .partition_point(|piece| piece.start <= start);
        let inside = place
            .checked_sub(1)
            .is_some_and(|before| datagram.run_end(before) >= end);
        let contradicts = end == start
            || (!more && (end < datagram.end || (datagram.has_last && end != datagram.end)))
            || (more && end > datagram.end && datagram.has_last);
        if contradicts {
            counters.kept -= 1;
            counters.dropped(DropReason::ReassemblyFailed);
            self.give_up(key, DropReason::ReassemblyFailed, counters);
            return Reassembled::Failed;
        }
        if inside {
            datagram.has_last |= !more;
            return Reassembled::Held;
        }
        let overlaps = place
            .checked_sub(1)
            .is_some_and(|before| datagram.pieces[before].end > start)
            || datagram
                .pieces
                .get(place)
                .is_some_and(|after| after.start < end);
        datagram.pieces.insert(place, Piece { start, end, frame });
        if overlaps {
            self.give_up(key, DropReason::ReassemblyFailed, counters);
            return Reassembled::Failed;
        }
        datagram.end = datagram.end.max(end);
        datagram.has_last |= !more;
        let known: usize = datagram
            .pieces
            .iter()
            .map(|piece| piece.end - piece.start)
            .sum();
        if !datagram.has_last || known < datagram.end {
            return Reassembled::Held;
        }
        self.deadlines.cancel(key);
        let datagram = self
            .datagrams
            .remove(&key)
            .expect("it was found just above");
        counters.kept -= 1;
        let lengths = datagram.pieces.iter().map(|piece| piece.frame.len());
        let longest = lengths.max().unwrap_or(0) - Ethernet::HEADER_LEN;
        match join(&datagram) {
            Some(frame) => Reassembled::Whole {
                frame,
                longest: longest as u16,
            },
            None => {
                counters.dropped(DropReason::ReassemblyFailed);
                Reassembled::Failed
            }
        }
    }

    /// When [`expire`](Self::expire) next has work.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Gives up the next datagram whose time is up, and returns its first fragment for an ICMP error
    /// (RFC 792: only if the first fragment is there). To be asked until there is nothing more.
    pub fn expire(&mut self, now: Instant, counters: &mut Counters) -> Option<Frame> {
        while let Some((_, key)) = self.deadlines.pop_due(now) {
            let pieces = self.give_up(key, DropReason::ReassemblyTimeout, counters);
            if let Some(first) = pieces.into_iter().next().filter(|piece| piece.start == 0) {
                return Some(first.frame);
            }
        }
        None
    }

    fn make_room(&mut self, counters: &mut Counters) {
        if self.datagrams.len() >= self.capacity
            && let Some((_, key)) = self.deadlines.pop_due(Instant::MAX)
        {
            self.give_up(key, DropReason::ReassemblyFailed, counters);
        }
    }

    fn give_up(&mut self, key: Key, reason: DropReason, counters: &mut Counters) -> Vec<Piece> {
        self.deadlines.cancel(key);
        let pieces = self
            .datagrams
            .remove(&key)
            .map_or(Vec::new(), |datagram| datagram.pieces);
        for _ in &pieces {
            counters.kept -= 1;
            counters.dropped(reason);
        }
        pieces
    }
}

/// Joins the pieces behind the header of the first one; `None` if that header makes it too long.
fn join(datagram: &Datagram) -> Option<Frame> {
    let first = datagram.pieces.first()?.frame.octets();
    let header_len = Ipv4::parse(&first[Ethernet::HEADER_LEN..])
        .ok()?
        .header_len();
    let total = header_len + datagram.end;
    let headers = Ethernet::HEADER_LEN + header_len;
    let mut whole = Vec::with_capacity(headers + datagram.end);
    whole.extend_from_slice(&first[..headers]);
    for piece in &datagram.pieces {
        let octets = piece.frame.octets();
        let payload = Ipv4::parse(&octets[Ethernet::HEADER_LEN..]).ok()?.payload();
        whole.extend_from_slice(&payload[..piece.end - piece.start]);
    }
    let header = &mut whole[Ethernet::HEADER_LEN..headers];
    header[2..4].copy_from_slice(&u16::try_from(total).ok()?.to_be_bytes());
    // Neither "more fragments" nor an offset is left; "don't fragment" stays.
    (header[6], header[7]) = (header[6] & 0x40, 0);
    header[10..12].copy_from_slice(&[0, 0]);
    let sum = checksum(header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    Some(Frame::from(whole))
}
