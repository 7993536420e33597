//! A shared half-duplex medium: who may send, who collides, and when they try again (IEEE 802.3 clause 4).

use std::collections::VecDeque;
use std::time::Duration;

use switchlab_core::{Instant, Stream};
use switchlab_wire::Frame;

use crate::HalfDuplexConfig;

/// Bits of preamble, start delimiter and FCS around a frame.
const AROUND: u64 = (8 + 4) * 8;
/// Octets of a frame without FCS at least: shorter ones are padded.
const SHORTEST: u64 = 60;
/// Bits between two frames: `interPacketGap`.
const GAP: u64 = 96;
/// Bits of jam behind a collision: `jamSize`.
const JAM: u64 = 32;
/// The unit of backoff in bits: `slotTime`.
const SLOT: u64 = 512;
/// How often a station tries to send a frame: `attemptLimit`.
const ATTEMPTS: u32 = 16;
/// From this attempt on the range of backoff does not grow any more: `backoffLimit`.
const BACKOFF: u32 = 10;

/// The stations around a medium, and what is going on between them.
///
/// A station that has something to send waits until it hears nothing, and the gap, and sends. Others do
/// not hear it before the signal has come to them: who begins within that time collides with it. Both
/// jam, wait for a random number of slots, and try again.
#[derive(Debug)]
pub(crate) struct Medium {
    rate: u64,
    reach: Duration,
    queue: u64,
    stations: Vec<Station>,
    /// From when on nothing is heard, and the gap is over.
    free: Instant,
    sending: Option<Sending>,
    stream: Stream,
}

/// The sending side of a station.
#[derive(Debug, Default)]
struct Station {
    queue: VecDeque<Frame>,
    /// Octets in the queue.
    queued: u64,
    /// Since when the first frame of the queue waits.
    since: Instant,
    /// The end of its backoff.
    ready: Instant,
    /// How often the first frame has collided.
    collisions: u32,
}

/// The frame that has the medium for itself.
#[derive(Debug)]
struct Sending {
    station: usize,
    end: Instant,
}

/// Something that has happened on the medium.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A frame has begun, and no other can come into its way any more.
    Begun,
    /// So many frames began within the reach of each other; some for the last time, and are given up.
    Collision { attempts: usize, given_up: usize },
    /// A station's frame has come to its end.
    Sent(usize, Frame),
}

impl Medium {
    pub(crate) fn new(config: &HalfDuplexConfig) -> Self {
        let stations = (0..config.ports).map(|_| Station::default());
        Self {
            rate: config.rate,
            reach: config.reach,
            queue: config.queue,
            stations: stations.collect(),
            free: Instant::ZERO,
            sending: None,
            stream: Stream::of(config.seed, &format!("{} medium", config.name)),
        }
    }

    /// How long so many bits take, rounded up.
    pub(crate) fn time(rate: u64, bits: u64) -> Duration {
        Duration::from_nanos((bits * 1_000_000_000).div_ceil(rate))
    }

    /// The longest way of a signal: one way and back, and the jam, must fit into a slot, else collisions
    /// are not heard by all who have a part in them.
    pub(crate) fn longest_reach(rate: u64) -> Duration {
        Self::time(rate, SLOT - JAM) / 2
    }

    fn bits(&self, bits: u64) -> Duration {
        Self::time(self.rate, bits)
    }

    /// Whether somebody sends, or the gap behind a frame is not over.
    pub(crate) fn is_busy(&self, now: Instant) -> bool {
        self.sending.is_some() || now < self.free
    }

    /// Lets a frame wait for the medium.
    ///
    /// # Errors
    /// The frame, if too much waits at the station.
    pub(crate) fn offer(
        &mut self,
        now: Instant,
        station: usize,
        frame: Frame,
    ) -> Result<(), Frame> {
        let station = &mut self.stations[station];
        let octets = frame.len() as u64;
        if station.queued + octets > self.queue {
            return Err(frame);
        }
        if station.queue.is_empty() {
            station.since = now;
        }
        station.queued += octets;
        station.queue.push_back(frame);
        Ok(())
    }

    /// Forgets everything that waits at a station, also the frame that it is sending, and says how many
    /// frames that is: its cable is pulled.
    pub(crate) fn silence(&mut self, now: Instant, station: usize) -> usize {
        if self
            .sending
            .take_if(|sending| sending.station == station)
            .is_some()
        {
            self.free = now + self.bits(GAP);
        }
        std::mem::take(&mut self.stations[station]).queue.len()
    }

    /// When something next happens by itself.
    pub(crate) fn next(&self) -> Option<Instant> {
        match &self.sending {
            Some(sending) => Some(sending.end),
            None => self.first_start().map(|start| start + self.reach),
        }
    }

    /// What happens next, if it has happened by `now`.
    pub(crate) fn advance(&mut self, now: Instant) -> Option<Happening> {
        if self.next()? > now {
            return None;
        }
        if let Some(Sending { station, end }) = self.sending.take() {
            self.free = end + self.bits(GAP);
            return Some(Happening::Sent(station, self.stations[station].take(end)));
        }
        let heard = self.first_start()? + self.reach;
        let began = self.starts().filter(|(_, start)| *start < heard);
        let began: Vec<(usize, Instant)> = began.collect();
        if let [(station, start)] = began[..] {
            let octets = self.stations[station].queue[0].len() as u64;
            let end = start + self.bits(AROUND + octets.max(SHORTEST) * 8);
            self.sending = Some(Sending { station, end });
            return Some(Happening::Begun);
        }
        // The first to begin hears the last when its signal has come back.
        let quiet = heard + self.reach + self.bits(JAM);
        self.free = quiet + self.bits(GAP);
        let slot = self.bits(SLOT);
        let mut given_up = 0;
        for (station, _) in &began {
            let station = &mut self.stations[*station];
            station.collisions += 1;
            if station.collisions == ATTEMPTS {
                station.take(quiet);
                given_up += 1;
                continue;
            }
            let slots = self.stream.below(1 << station.collisions.min(BACKOFF));
            station.ready = quiet + slot * slots as u32;
        }
        let attempts = began.len();
        Some(Happening::Collision { attempts, given_up })
    }

    /// When each station that has something to send begins, if it hears nothing before.
    fn starts(&self) -> impl Iterator<Item = (usize, Instant)> {
        let waiting = self.stations.iter().enumerate();
        let waiting = waiting.filter(|(_, station)| !station.queue.is_empty());
        waiting.map(|(place, station)| (place, station.since.max(station.ready).max(self.free)))
    }

    fn first_start(&self) -> Option<Instant> {
        self.starts().map(|(_, start)| start).min()
    }
}

impl Station {
    /// Takes the first frame out; the next one waits since `now`.
    fn take(&mut self, now: Instant) -> Frame {
        let frame = self.queue.pop_front().expect("a station sends what waits");
        self.queued -= frame.len() as u64;
        self.collisions = 0;
        self.ready = Instant::ZERO;
        self.since = now;
        frame
    }
}
