//! What a cable does to the frames on it.

use std::fmt;
use std::time::Duration;

/// The properties of a link; both directions are alike and independent of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkConfig {
    /// Bits per second; `None` means that sending takes no time. Default 1 Gbit/s.
    pub rate: Option<u64>,
    /// Time from one end to the other. Default 5 µs (about a kilometre of fibre). At least 1 ns is always taken.
    pub delay: Duration,
    /// Octets that may wait for the transmitter, counted as they stand on the wire. Default 1 MiB.
    ///
    /// A lane gives no back-pressure: what a kernel would hold back is dropped here, so the queue of
    /// a host's link should hold at least its send buffers.
    pub queue: u64,
    /// Largest payload of a frame in octets; 18 more are let through. Default 9000.
    pub mtu: u16,
    /// Probability that a frame is lost, 0 to 1.
    pub loss: f64,
    /// Probability that a frame arrives twice, 0 to 1.
    pub duplicate: f64,
    /// Probability that a frame overtakes the ones before it by skipping the delay, 0 to 1.
    pub reorder: f64,
    /// Probability that one bit of a frame is flipped, 0 to 1.
    pub corrupt: f64,
    /// Largest extra delay, drawn evenly from 0 to this. Frames keep their order.
    pub jitter: Duration,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self {
            rate: Some(1_000_000_000),
            delay: Duration::from_micros(5),
            queue: 1 << 20,
            mtu: 9000,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            corrupt: 0.0,
            jitter: Duration::ZERO,
        }
    }
}

impl fmt::Display for LinkConfig {
    /// The stable text of a link's properties: it enters run digests, in a fixed order and with fixed units.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rate,
            delay,
            queue,
            mtu,
            loss,
            duplicate,
            reorder,
            corrupt,
            jitter,
        } = self;
        match rate {
            Some(rate) => write!(f, "rate={rate}")?,
            None => f.write_str("rate=unlimited")?,
        }
        let (delay, jitter) = (delay.as_nanos(), jitter.as_nanos());
        write!(
            f,
            " delay={delay} queue={queue} mtu={mtu} loss={loss} duplicate={duplicate} \
             reorder={reorder} corrupt={corrupt} jitter={jitter}"
        )
    }
}

impl LinkConfig {
    /// Whether the link leaves every frame as it is and where it is.
    #[must_use]
    pub fn is_perfect(&self) -> bool {
        self.loss <= 0.0
            && self.duplicate <= 0.0
            && self.reorder <= 0.0
            && self.corrupt <= 0.0
            && self.jitter.is_zero()
    }
}
