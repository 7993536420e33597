//! How far a long run has come, on a terminal.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant as WallClock};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use switchlab::core::{Event, Instant, NodeId};
use switchlab::scenario::Ready;
use switchlab::sim::{Arrival, Observer};

/// How long a run may take before its progress is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// Frames between two looks at the clock.
const FRAMES: u32 = 4096;

/// An observer that shows how far the run has come. In a pipe it shows nothing.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    begun: WallClock,
    /// The end of the run, if it is known.
    until: Option<Instant>,
    /// Requests and pings to come, as far as that is known.
    expected: u64,
    done: u64,
    frames: u32,
}

impl Progress {
    pub(crate) fn of(ready: &Ready) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            // Drawn once there is something to wait for.
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        });
        Self {
            bar,
            begun: WallClock::now(),
            until: ready.until(),
            expected: ready.expected(),
            done: 0,
            frames: 0,
        }
    }

    fn show(&mut self, now: Instant) {
        let Some(bar) = &self.bar else { return };
        if self.begun.elapsed() < PATIENCE {
            return;
        }
        if bar.is_hidden() {
            let (length, template) = match (self.until, self.expected) {
                (Some(until), _) => (until.as_nanos(), "{bar:40} {percent} %  {msg}"),
                (None, expected) if expected > 0 => (expected, "{bar:40} {percent} %  {msg}"),
                _ => (0, "{spinner} {msg}"),
            };
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.set_length(length);
            bar.set_style(ProgressStyle::with_template(template).expect("a template of our own"));
        }
        bar.set_position(match self.until {
            Some(_) => now.as_nanos(),
            None => self.done,
        });
        bar.set_message(format!("{:.1} s of lab time", now.as_nanos() as f64 / 1e9));
    }
}

impl Observer for Progress {
    fn delivered(&mut self, arrival: Arrival, _: &[u8]) {
        self.frames += 1;
        if self.frames == FRAMES {
            self.frames = 0;
            self.show(arrival.at);
        }
    }

    fn event(&mut self, _: Instant, _: NodeId, event: Event) {
        if matches!(event, Event::RequestDone(_) | Event::Ping(_)) {
            self.done += 1;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How many of several runs are done, on a terminal.
pub(crate) struct Rounds {
    bar: Option<ProgressBar>,
    begun: WallClock,
}

impl Rounds {
    pub(crate) fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:40} {pos} of {len} runs");
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
                .with_style(style.expect("a template of our own"))
        });
        Self {
            bar,
            begun: WallClock::now(),
        }
    }

    pub(crate) fn show(&self, done: usize, all: usize) {
        let Some(bar) = &self.bar else { return };
        if self.begun.elapsed() < PATIENCE {
            return;
        }
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
