//! The event engine: links as timed lanes, faults, observers and the run digest.
//!
//! A [`Lab`] is nodes, links and what an administrator will do; [`Lab::build`] makes a [`Simulation`],
//! and [`Simulation::run`] lets it happen while [`Observer`]s watch. The engine knows no kind of
//! device, and no device knows the engine: they meet in [`step`](switchlab_core::step).
//!
//! Determinism is an order, not a schedule. Events come in the order of *(instant, node, class, port,
//! number in the lane)* with the classes admin before frame before timer; a node's place is the rank
//! of its name. Nothing in that key knows about insertion, allocation or threads.
//!
//! | module | idea |
//! |---|---|
//! | `lab` | [`Lab`]: what is to be simulated |
//! | `admin` | [`Action`]: what an administrator does, and in which order |
//! | `channel` | [`Channel`]: how nodes hear of each other outside the network |
//! | `agenda` | the heap of what comes next |
//! | `lane` | one direction of a link: queue, rate, delay, impairments |
//! | `engine` | [`Simulation`]: the loop |
//! | `observer` | [`Observer`]: those who watch |
//! | `digest` | [`Digest`]: one number for a whole history |
//! | `outcome` | [`Outcome`]: what there is to tell at the end, [`RunError`] |
//! | `generator` | [`Generator`]: a bare source of frames |
//!
//! ```
//! use std::time::Duration;
//! use switchlab_core::{Instant, PortId};
//! use switchlab_sim::{Digest, Generator, Lab};
//! use switchlab_topology::LinkConfig;
//! use switchlab_wire::Frame;
//!
//! let mut lab = Lab::new(7);
//! let source = || Generator::new(Frame::copy_from(&[0; 60]), Duration::from_micros(1), Some(1000));
//! lab.node("a", 1, move || Box::new(source()));
//! lab.node("b", 1, || Box::new(Generator::silent()));
//! lab.link("a", "b", LinkConfig::default());
//! let mut digest = Digest::default();
//! let outcome = lab.build().unwrap().run(None, &mut digest).unwrap();
//! assert_eq!(outcome.node("b").unwrap().ports[0].received_frames, 1000);
//! assert_eq!(outcome.end, Instant::from_nanos(1_000_000 - 1_000 + 672 + 5_000), "84 octets at 1 Gbit/s, then 5 µs");
//! ```
#![forbid(unsafe_code)]

mod admin;
mod agenda;
mod channel;
mod digest;
mod engine;
mod generator;
mod lab;
mod lane;
mod observer;
mod outcome;

pub use admin::Action;
pub use channel::{Channel, Translate};
pub use digest::Digest;
pub use engine::Simulation;
pub use generator::Generator;
pub use lab::{Blueprint, DEFAULT_BUDGET, Lab, LabError};
pub use observer::{Arrival, Observer};
pub use outcome::{AdminFailure, LaneOutcome, NodeOutcome, Outcome, RunError};
