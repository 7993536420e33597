//! A hub as it was: all stations share one medium, and one sends at a time.

use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{
    AppCounter, Counters, Device, DropReason, Egress, Explain, Explanation, Ingress, Instant,
    PortId, Silent, Step, Verdict,
};
use switchlab_wire::Frame;

use crate::medium::{Happening, Medium};

/// The settings of a [`HalfDuplexHub`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfDuplexConfig {
    /// The hub's name; the random waits of its stations come from it and the seed.
    pub name: Arc<str>,
    /// How many stations there may be.
    pub ports: u16,
    /// Bits per second, from 1 kbit/s to 100 Mbit/s; 10 Mbit/s by default. (At 1 Gbit/s half duplex has
    /// rules of its own, which hardly anybody used.)
    pub rate: u64,
    /// How long a signal takes from one end of the medium to the other, from 1 ns to 240 bits, which is
    /// 24 µs at 10 Mbit/s; 5 µs by default, about a kilometre of cable.
    pub reach: Duration,
    /// Octets that may wait at a station; 1 MiB by default.
    pub queue: u64,
    /// Where random draws come from; 0 by default.
    pub seed: u64,
}

impl HalfDuplexConfig {
    /// The default settings of a hub with this name for so many stations.
    #[must_use]
    pub fn new(name: &str, ports: u16) -> Self {
        Self {
            name: name.into(),
            ports,
            rate: 10_000_000,
            reach: Duration::from_micros(5),
            queue: 1 << 20,
            seed: 0,
        }
    }
}

/// Why there is no such hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HalfDuplexError {
    /// There are no rules for half duplex at this rate.
    #[error("half duplex is for rates from 1 kbit/s to 100 Mbit/s")]
    Rate,
    /// Stations would not hear every collision that they have a part in.
    #[error(
        "a signal may take from 1 ns to {longest:?} from end to end here, so that every collision is heard within a slot of 512 bits"
    )]
    Reach {
        /// The longest that would be right.
        longest: Duration,
    },
}

/// A repeater whose ports are one collision domain: carrier sense, collisions, truncated binary exponential
/// backoff (IEEE 802.3 clause 4, CSMA/CD).
///
/// Each port stands for the sending side of the station behind it: what the station's cable brings waits
/// here until the medium is free. The cables themselves should take no time to speak of. Two such hubs
/// one behind the other are two domains, not one.
///
/// Counts under `medium`: `attempts` to send, `collisions`, frames `sent`. A frame that collides in sixteen
/// attempts is dropped (`l1.excessive-collisions`), as is one that finds too much waiting
/// (`l1.queue-full`).
#[derive(Debug)]
pub struct HalfDuplexHub {
    medium: Medium,
    up: Vec<bool>,
    counters: Counters,
    attempts: u64,
    collisions: u64,
    sent: u64,
}

impl HalfDuplexHub {
    /// Makes a hub.
    ///
    /// # Errors
    /// [`HalfDuplexError`] if IEEE 802.3 has no such medium.
    pub fn new(config: &HalfDuplexConfig) -> Result<Self, HalfDuplexError> {
        if !(1_000..=100_000_000).contains(&config.rate) {
            return Err(HalfDuplexError::Rate);
        }
        let longest = Medium::longest_reach(config.rate);
        if config.reach.is_zero() || config.reach > longest {
            return Err(HalfDuplexError::Reach { longest });
        }
        Ok(Self {
            medium: Medium::new(config),
            up: vec![false; usize::from(config.ports)],
            counters: Counters::new(config.ports),
            attempts: 0,
            collisions: 0,
            sent: 0,
        })
    }

    /// Lets a frame wait at its station.
    fn wait<E: Explain>(
        &mut self,
        now: Instant,
        from: PortId,
        frame: Frame,
        explain: &mut E,
    ) -> Verdict {
        let asked = "is the medium free?";
        self.counters.received(from, frame.len());
        let is_busy = self.medium.is_busy(now);
        if self.medium.offer(now, from.index(), frame).is_err() {
            let reason = DropReason::MediumQueueFull;
            explain.step(|| Step::refused("l1.medium", asked, reason));
            self.counters.dropped(reason);
            return Verdict::Drop(reason);
        }
        explain.step(|| Step {
            stage: "l1.medium",
            asked: asked.to_owned(),
            found: if is_busy { "no" } else { "yes" }.to_owned(),
            because: "A station waits until it hears nothing, and sends; if another begins before it can hear that, both have to try again.".into(),
        });
        self.counters.kept += 1;
        Verdict::Flood
    }

    /// Gives a frame that came through to everybody else.
    fn repeat(&mut self, from: usize, mut frame: Frame, tx: &mut Egress) {
        let mut sent = 0;
        for (up, number) in self.up.iter().zip(0..) {
            let port = PortId::new(number);
            if *up && port.index() != from {
                self.counters.sent(port, frame.len());
                tx.send(port, frame.share());
                sent += 1;
            }
        }
        self.sent += 1;
        self.counters.kept -= 1;
        match sent {
            0 => self.counters.dropped(DropReason::NoEgress),
            sent => self.counters.copies += sent - 1,
        }
    }

    fn lose(&mut self, frames: usize, reason: DropReason) {
        for _ in 0..frames {
            self.counters.kept -= 1;
            self.counters.dropped(reason);
        }
    }
}

impl Device for HalfDuplexHub {
    fn ports(&self) -> u16 {
        self.up.len() as u16
    }

    fn receive(&mut self, now: Instant, rx: &mut Ingress, _: &mut Egress) {
        while let Some((from, frame)) = rx.next() {
            self.wait(now, from, frame, &mut Silent);
        }
    }

    fn handle_timeout(&mut self, now: Instant, tx: &mut Egress) {
        while let Some(happening) = self.medium.advance(now) {
            match happening {
                Happening::Begun => self.attempts += 1,
                Happening::Sent(station, frame) => self.repeat(station, frame, tx),
                Happening::Collision { attempts, given_up } => {
                    self.attempts += attempts as u64;
                    self.collisions += 1;
                    self.lose(given_up, DropReason::ExcessiveCollisions);
                }
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.medium.next()
    }

    fn link_changed(&mut self, now: Instant, port: PortId, up: bool, _: &mut Egress) {
        let Some(state) = self.up.get_mut(port.index()) else {
            return;
        };
        *state = up;
        if !up {
            let lost = self.medium.silence(now, port.index());
            self.lose(lost, DropReason::LaneDown);
        }
    }

    fn receive_explained(
        &mut self,
        now: Instant,
        from: PortId,
        frame: Frame,
        _: &mut Egress,
    ) -> Explanation {
        Explanation::of(|steps| self.wait(now, from, frame, steps))
    }

    fn counters(&self) -> Counters {
        let medium = "medium".into();
        let total = |counter, value| AppCounter::total(&medium, counter, value);
        let mut counters = self.counters.clone();
        counters.apps = vec![
            total("attempts", self.attempts),
            total("collisions", self.collisions),
            total("sent", self.sent),
        ];
        counters
    }
}
