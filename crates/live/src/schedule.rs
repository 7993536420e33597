//! The frames of a capture in the order and the time of the device.

use std::time::Duration;

use switchlab_capture::{Captured, Reader};
use switchlab_core::{Instant, PortId};

use crate::ReplayError;
use crate::wiring::{check_link_type, port_of};

/// How to replay a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayOptions {
    /// The last instant of the device's time, itself included; by default one second after the last
    /// frame. Frames after it are left out.
    pub until: Option<Instant>,
    /// Where the device's time begins; by default [`Origin::First`] if the first stamp is a day or
    /// more, as in anything recorded from life, else [`Origin::Zero`].
    pub origin: Option<Origin>,
    /// How many turns the device's timers may take before the replay is given up.
    pub budget: u64,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self {
            until: None,
            origin: None,
            budget: 100_000_000,
        }
    }
}

/// What the device's instant 0 is in the time of the capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The capture's own instant 0.
    Zero,
    /// The stamp of the first frame.
    First,
}

/// First stamps from here on mean that the capture counts from 1970 and not from its own beginning.
const A_DAY: Instant = Instant::from_secs(24 * 60 * 60);

/// How long answers are waited for after the last frame.
const AFTER_THE_LAST: Duration = Duration::from_secs(1);

/// What is to be offered to the device, and when.
#[derive(Debug)]
pub(crate) struct Schedule<'a> {
    /// The frames, in the order of time; those of one instant in the order of the capture.
    pub(crate) frames: Vec<(Instant, PortId, Captured<'a>)>,
    /// What to add to the device's time to have the capture's.
    pub(crate) offset: Duration,
    /// The last instant.
    pub(crate) until: Instant,
}

impl<'a> Schedule<'a> {
    /// Reads a capture whole. Its frames need not be in the order of time: capturing on several
    /// interfaces mixes them up a little, so they are sorted.
    ///
    /// # Errors
    /// [`ReplayError`] if the capture is broken, or has interfaces that are no ports.
    pub(crate) fn read(
        capture: &'a [u8],
        ports: u16,
        options: &ReplayOptions,
    ) -> Result<Self, ReplayError> {
        let mut reader = Reader::new(capture)?;
        let mut frames = Vec::new();
        let mut checked = 0;
        while let Some(captured) = reader.next() {
            let captured = captured?;
            let interfaces = reader.interfaces();
            interfaces[checked..].iter().try_for_each(check_link_type)?;
            checked = interfaces.len();
            let port = port_of(&interfaces[captured.interface.index()], ports)?;
            frames.push((captured.at, port, captured));
        }
        reader.interfaces()[checked..]
            .iter()
            .try_for_each(check_link_type)?;
        frames.sort_by_key(|(at, ..)| *at);

        let first = frames.first().map_or(Instant::ZERO, |(at, ..)| *at);
        let origin = options.origin.unwrap_or(if first >= A_DAY {
            Origin::First
        } else {
            Origin::Zero
        });
        let offset = match origin {
            Origin::Zero => Duration::ZERO,
            Origin::First => first.since(Instant::ZERO),
        };
        for (at, ..) in &mut frames {
            *at = Instant::ZERO + at.since(Instant::ZERO + offset);
        }
        let last = frames.last().map_or(Instant::ZERO, |(at, ..)| *at);
        Ok(Self {
            frames,
            offset,
            until: options.until.unwrap_or(last + AFTER_THE_LAST),
        })
    }
}
