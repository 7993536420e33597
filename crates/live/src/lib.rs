//! Drivers of devices other than the simulator.
//!
//! A driver is a clock and some wires; it never learns what it drives. [`replay`] takes both from a
//! capture: its time stamps are the clock, its interfaces the wires.
//!
//! | module | idea |
//! |---|---|
//! | `replay` | [`replay`]: a capture through a device into a capture |
//! | `wiring` | which interface of a capture is which port |
//! | `schedule` | the frames of a capture in the order and the time of the device |
//! | `error` | [`ReplayError`] |
//!
//! ```
//! use switchlab_capture::{Reader, Writer};
//! use switchlab_core::{Counters, Device, Egress, Ingress, Instant, PortId};
//! use switchlab_live::{replay, ReplayOptions};
//!
//! /// Sends every frame back to where it came from.
//! struct Mirror;
//!
//! impl Device for Mirror {
//!     fn ports(&self) -> u16 {
//!         1
//!     }
//!     fn receive(&mut self, _: Instant, rx: &mut Ingress, tx: &mut Egress) {
//!         while let Some((port, frame)) = rx.next() {
//!             tx.send(port, frame);
//!         }
//!     }
//!     fn handle_timeout(&mut self, _: Instant, _: &mut Egress) {}
//!     fn poll_timeout(&self) -> Option<Instant> {
//!         None
//!     }
//!     fn counters(&self) -> Counters {
//!         Counters::new(1)
//!     }
//! }
//!
//! let mut input = Writer::new(Vec::new(), None)?;
//! let p0 = input.interface("p0")?;
//! input.frame(p0, Instant::from_secs(3), None, b"hello")?;
//! let input = input.finish()?;
//!
//! let mut output = Writer::new(Vec::new(), None)?;
//! let replayed = replay(&mut Mirror, &input, &ReplayOptions::default(), &mut output)?;
//! assert_eq!((replayed.offered, replayed.sent), (1, 1));
//! assert_eq!(replayed.until, Instant::from_secs(4), "a second is left for answers");
//! let output = output.finish()?;
//! let frame = Reader::new(&output)?.next().expect("it came back")?;
//! assert_eq!((frame.at, frame.octets), (Instant::from_secs(3), &b"hello"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod error;
mod replay;
mod schedule;
mod wiring;

pub use error::ReplayError;
pub use replay::{Replayed, replay};
pub use schedule::{Origin, ReplayOptions};
