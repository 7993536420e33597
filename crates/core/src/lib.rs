//! What every device and every driver of devices shares.
//!
//! A [`Device`] is a pure machine: frames, commands and time in; frames and events out. A driver is a
//! clock and some wires: the simulator, a capture replay, a benchmark loop. They meet in [`step`].
//!
//! | module | idea |
//! |---|---|
//! | `time` | [`Instant`]: nanoseconds since the start of the run |
//! | `id` | [`PortId`], [`NodeId`] |
//! | `device` | the [`Device`] trait and [`step`] |
//! | `buffers` | [`Ingress`] and [`Egress`], the buffers a device is lent |
//! | `command` | [`Command`]: what an administrator may ask of a device |
//! | `event` | [`Event`]: what a device reports |
//! | `verdict` | [`Verdict`]: what is to become of a frame |
//! | `drop_reason` | [`DropReason`]: why a frame went no further |
//! | `explain` | [`Explain`]: listeners to the reasoning of a device |
//! | `counters` | [`Counters`] and the law they obey |
//! | `deadlines` | [`Deadlines`]: many timers by key |
//! | `stream` | [`Stream`]: random draws made from a seed and a name |
//! | `table` | [`Table`]: what a person would look at |
//! | `map` | [`FixedMap`]: a hash map without a random seed |
//!
//! ```
//! use switchlab_core::{step, Counters, Device, Egress, Ingress, Instant, PortId};
//! use switchlab_wire::Frame;
//!
//! /// Sends what comes in at one port out of the other.
//! struct Wire(Counters);
//!
//! impl Device for Wire {
//!     fn ports(&self) -> u16 {
//!         2
//!     }
//!     fn receive(&mut self, _: Instant, rx: &mut Ingress, tx: &mut Egress) {
//!         while let Some((port, frame)) = rx.next() {
//!             self.0.received(port, frame.len());
//!             let other = PortId::new(1 - port.number());
//!             self.0.sent(other, frame.len());
//!             tx.send(other, frame);
//!         }
//!     }
//!     fn handle_timeout(&mut self, _: Instant, _: &mut Egress) {}
//!     fn poll_timeout(&self) -> Option<Instant> {
//!         None
//!     }
//!     fn counters(&self) -> Counters {
//!         self.0.clone()
//!     }
//! }
//!
//! let mut wire = Wire(Counters::new(2));
//! let (mut rx, mut tx) = (Ingress::default(), Egress::default());
//! rx.push(PortId::new(0), Frame::copy_from(b"hello"));
//! step(&mut wire, Instant::ZERO, &mut rx, &mut tx);
//! assert_eq!(tx.next().map(|(port, _)| port), Some(PortId::new(1)));
//! assert!(wire.counters().is_balanced());
//! ```
#![forbid(unsafe_code)]

mod buffers;
mod command;
mod counters;
mod deadlines;
mod device;
mod drop_reason;
mod event;
mod explain;
mod id;
mod map;
mod stream;
mod table;
mod time;
mod verdict;

pub use buffers::{Egress, Ingress};
pub use command::{Command, ControlError, Setting};
pub use counters::{AppCounter, Counters, PortCounters};
pub use deadlines::Deadlines;
pub use device::{Device, step};
pub use drop_reason::DropReason;
pub use event::{
    Answer, Assignment, DnsChange, Event, Exchange, LogLine, Ping, RequestDone, RequestError,
    RequestSent, TargetChange, TargetState,
};
pub use explain::{Explain, Explanation, Silent, Step};
pub use id::{NodeId, PortId};
pub use map::FixedMap;
pub use stream::Stream;
pub use table::Table;
pub use time::Instant;
pub use verdict::Verdict;
