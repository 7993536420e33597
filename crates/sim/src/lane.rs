//! A lane: one direction of a link, owned by its transmitter.
//!
//! Lanes are analytic. When a frame is handed over, the moment its transmission begins, the moment it
//! ends and the moment it arrives are all known, so a hop is one event. A frame occupies the wire for
//! at least 60 octets, plus 24 for preamble, FCS and gap (IEEE 802.3 clause 4).

use std::collections::VecDeque;

use switchlab_core::{DropReason, Instant, Stream};
use switchlab_topology::LinkConfig;
use switchlab_wire::Frame;

use crate::agenda::Rank;

/// Octets that every frame takes on the wire besides its own: preamble, FCS, gap.
const WIRE_OVERHEAD: u64 = 24;
/// A frame shorter than this is padded on the wire.
const SHORTEST: u64 = 60;
/// Header and one tag: a frame may be this much longer than the MTU.
const HEADER_AND_TAG: usize = 18;

/// A frame on its way.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) at: Instant,
    /// When its last bit has left the transmitter, in nanoseconds.
    end: u64,
    pub(crate) number: u64,
    pub(crate) frame: Frame,
}

/// The moments between which a frame is being sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transmission {
    pub(crate) start: Instant,
    end: u64,
}

/// What became of a frame handed over to the wire.
#[derive(Debug)]
pub(crate) enum Carried {
    /// It is on its way; if it will arrive before all others, the agenda must know.
    OnItsWay { new_head: Option<Instant> },
    /// The impairments took it.
    Lost(Frame),
}

#[derive(Debug)]
pub(crate) struct Lane {
    in_flight: VecDeque<InFlight>,
    busy_until: u64,
    /// What the last division left over, in nanoseconds times rate.
    remainder: u64,
    sent: u64,
    last_arrival: u64,
    pub(crate) rank: Rank,
    /// When the agenda next comes to this lane: the earliest of its entries there that counts.
    pub(crate) armed: Instant,
    rate: u64,
    delay: u64,
    longest_wait: u64,
    longest_frame: usize,
    is_perfect: bool,
    impairments: Box<Impairments>,
}

/// What may happen to frames on the way, and the stream that says when.
#[derive(Debug)]
struct Impairments {
    config: LinkConfig,
    stream: Stream,
}

fn nanos(span: std::time::Duration) -> u64 {
    (Instant::ZERO + span).as_nanos()
}

impl Lane {
    pub(crate) fn new(config: &LinkConfig, rank: Rank, stream: Stream) -> Self {
        let mut lane = Self {
            in_flight: VecDeque::new(),
            busy_until: 0,
            remainder: 0,
            sent: 0,
            last_arrival: 0,
            rank,
            armed: Instant::MAX,
            rate: 0,
            delay: 0,
            longest_wait: 0,
            longest_frame: 0,
            is_perfect: true,
            impairments: Box::new(Impairments {
                config: LinkConfig::default(),
                stream,
            }),
        };
        lane.set(config);
        lane
    }

    /// Takes on other properties; frames on their way keep their time of arrival.
    pub(crate) fn set(&mut self, config: &LinkConfig) {
        let LinkConfig {
            rate,
            delay,
            queue,
            mtu,
            ..
        } = config;
        if self.rate != rate.unwrap_or(0) {
            self.rate = rate.unwrap_or(0);
            self.remainder = 0;
        }
        self.delay = nanos(*delay);
        self.longest_wait = match self.rate {
            0 => u64::MAX,
            rate => u64::try_from(u128::from(*queue) * 8_000_000_000 / u128::from(rate))
                .unwrap_or(u64::MAX),
        };
        self.longest_frame = usize::from(*mtu) + HEADER_AND_TAG;
        self.is_perfect = config.is_perfect();
        self.impairments.config = config.clone();
    }

    /// Finds the time for a frame, or says why there is none.
    #[inline]
    pub(crate) fn admit(&mut self, now: Instant, len: usize) -> Result<Transmission, DropReason> {
        if len > self.longest_frame {
            return Err(DropReason::LaneMtu);
        }
        let now = now.as_nanos();
        if self.rate == 0 {
            return Ok(Transmission {
                start: Instant::from_nanos(now),
                end: now,
            });
        }
        let is_busy = self.busy_until > now;
        let remainder = if is_busy { self.remainder } else { 0 };
        let bits = ((len as u64).max(SHORTEST) + WIRE_OVERHEAD) * 8;
        let work = bits * 1_000_000_000 + remainder;
        let (takes, remainder) = (work / self.rate, work % self.rate);
        let start = self.busy_until.max(now);
        if is_busy && (start - now).saturating_add(takes) > self.longest_wait {
            return Err(DropReason::LaneQueueFull);
        }
        self.remainder = remainder;
        self.busy_until = start.saturating_add(takes);
        Ok(Transmission {
            start: Instant::from_nanos(start),
            end: self.busy_until,
        })
    }

    /// Sends an admitted frame on its way.
    #[inline]
    pub(crate) fn carry(&mut self, transmission: Transmission, mut frame: Frame) -> Carried {
        let number = self.sent;
        self.sent += 1;
        let start = transmission.start.as_nanos();
        let in_order = transmission.end.saturating_add(self.delay).max(start + 1);
        if self.is_perfect {
            return self.enqueue(
                in_order.max(self.last_arrival),
                transmission.end,
                number,
                frame,
            );
        }
        let Impairments { config, stream } = &mut *self.impairments;
        if stream.chance(config.loss) {
            return Carried::Lost(frame);
        }
        if stream.chance(config.corrupt) && !frame.is_empty() {
            let bit = stream.below(frame.len() as u64 * 8);
            frame.octets_mut()[(bit / 8) as usize] ^= 1 << (bit % 8);
        }
        let overtakes = stream.chance(config.reorder);
        let jitter = stream.below(nanos(config.jitter).saturating_add(1));
        let twice = stream.chance(config.duplicate);
        let at = match overtakes {
            true => transmission.end.max(start + 1),
            false => in_order.saturating_add(jitter).max(self.last_arrival),
        };
        let copy = twice.then(|| frame.share());
        let carried = self.enqueue(at, transmission.end, number, frame);
        if let Some(copy) = copy {
            let number = self.sent;
            self.sent += 1;
            self.enqueue(at, transmission.end, number, copy);
        }
        carried
    }

    /// Frames are kept in order of arrival; only one that overtakes is not put behind all others.
    #[inline]
    fn enqueue(&mut self, at: u64, end: u64, number: u64, frame: Frame) -> Carried {
        let arrival = Instant::from_nanos(at);
        let entry = InFlight {
            at: arrival,
            end,
            number,
            frame,
        };
        if at >= self.last_arrival {
            self.last_arrival = at;
            let new_head = self.in_flight.is_empty().then_some(arrival);
            self.in_flight.push_back(entry);
            return Carried::OnItsWay { new_head };
        }
        let place = self.in_flight.partition_point(|other| other.at <= arrival);
        self.in_flight.insert(place, entry);
        Carried::OnItsWay {
            new_head: (place == 0).then_some(arrival),
        }
    }

    /// When the next frame arrives.
    #[inline]
    pub(crate) fn head(&self) -> Option<Instant> {
        self.in_flight.front().map(|frame| frame.at)
    }

    /// Takes out the next frame if it arrives at `now`.
    #[inline]
    pub(crate) fn arrive(&mut self, now: Instant) -> Option<InFlight> {
        if self.in_flight.front()?.at != now {
            return None;
        }
        self.in_flight.pop_front()
    }

    /// Takes out every frame on its way: the cable was pulled.
    pub(crate) fn cut(&mut self, now: Instant) -> Vec<InFlight> {
        let lost = self.in_flight.drain(..).collect();
        self.fall_idle(now);
        lost
    }

    /// Takes out every frame whose last bit has not left yet: the transmitter was switched off.
    pub(crate) fn fall_silent(&mut self, now: Instant) -> Vec<InFlight> {
        let (lost, left): (VecDeque<_>, VecDeque<_>) = self
            .in_flight
            .drain(..)
            .partition(|frame| frame.end > now.as_nanos());
        self.in_flight = left;
        self.fall_idle(now);
        Vec::from(lost)
    }

    /// Nothing waits for the transmitter any more.
    fn fall_idle(&mut self, now: Instant) {
        self.busy_until = self.busy_until.min(now.as_nanos());
        self.remainder = 0;
        self.last_arrival = self.in_flight.back().map_or(0, |last| last.at.as_nanos());
    }

    /// How many frames are on their way.
    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn lane(config: &LinkConfig) -> Lane {
        Lane::new(config, 0, Stream::of(7, "lane"))
    }

    #[test]
    fn a_frame_takes_its_time() {
        let config = LinkConfig {
            rate: Some(3_000_000_000),
            delay: Duration::ZERO,
            ..LinkConfig::default()
        };
        let mut lane = lane(&config);
        #[rustfmt::skip]
        let story = [
            // handed over at, octets, begins, arrives, because
            (   0,   60,    0,   224, "84 octets are 672 bits, which take exactly 224 ns"),
            (   0,   61,  224,   450, "680 bits take 226.67 ns; the rest is carried over"),
            (   0,   61,  450,   677, "226.67 and 0.67 make 227.33"),
            (   0,   61,  677,   904, "226.67 and 0.33 make 227 exactly"),
            (1000,   14, 1000,  1224, "a short frame is padded on the wire"),
            (1500,   61, 1500,  1726, "an idle lane begins without a rest"),
        ];
        for (at, octets, begins, arrives, because) in story {
            let transmission = lane.admit(Instant::from_nanos(at), octets).expect(because);
            assert_eq!(transmission.start.as_nanos(), begins, "{because}");
            lane.carry(transmission, Frame::from(vec![0; octets]));
            assert_eq!(lane.last_arrival, arrives, "{because}");
        }
    }

    #[test]
    fn a_full_queue_drops_the_newcomer() {
        let config = LinkConfig {
            rate: Some(8_000_000_000),
            queue: 300,
            ..LinkConfig::default()
        };
        let mut lane = lane(&config);
        let fates: Vec<_> = [76; 5]
            .map(|octets| lane.admit(Instant::ZERO, octets).is_ok())
            .into();
        assert_eq!(
            fates,
            [true, true, true, false, false],
            "100 octets each; behind the first, 300 may wait, itself included"
        );
        assert!(
            lane.admit(Instant::from_nanos(100), 76).is_ok(),
            "100 ns later 100 octets are gone"
        );
        assert_eq!(
            lane.admit(Instant::ZERO, 9019).unwrap_err(),
            DropReason::LaneMtu
        );
    }

    #[test]
    fn every_lane_takes_time() {
        let config = LinkConfig {
            rate: None,
            delay: Duration::ZERO,
            ..LinkConfig::default()
        };
        let mut lane = lane(&config);
        let transmission = lane
            .admit(Instant::from_nanos(5), 60)
            .expect("nothing stands against it");
        lane.carry(transmission, Frame::from(vec![0; 60]));
        assert_eq!(
            lane.head(),
            Some(Instant::from_nanos(6)),
            "at least one nanosecond"
        );
    }

    #[test]
    fn a_frame_that_skips_the_delay_overtakes() {
        let mut config = LinkConfig {
            rate: None,
            delay: Duration::from_micros(1),
            ..LinkConfig::default()
        };
        let mut lane = lane(&config);
        for (at, reorder) in [(0, 0.0), (10, 1.0)] {
            config.reorder = reorder;
            lane.set(&config);
            let transmission = lane
                .admit(Instant::from_nanos(at), 60)
                .expect("nothing stands against it");
            let Carried::OnItsWay { new_head } = lane.carry(transmission, Frame::from(vec![0; 60]))
            else {
                panic!("no loss was asked for");
            };
            assert!(new_head.is_some(), "each becomes the first to arrive");
        }
        let order: Vec<_> = [11, 1000]
            .map(|at| {
                lane.arrive(Instant::from_nanos(at))
                    .map(|frame| frame.number)
            })
            .into();
        assert_eq!(order, [Some(1), Some(0)]);
    }
}
