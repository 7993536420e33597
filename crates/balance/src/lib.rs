//! The logic of load balancing without frames: target groups, health, algorithms.
//!
//! A [`TargetGroup`] opens no connection. It says whom to probe and is told how that went; it is
//! asked for a target and says which. Layer 7 and layer 4 rest on the same one.
//!
//! | module | idea |
//! |---|---|
//! | `config` | [`GroupConfig`]: targets, algorithm, health check |
//! | `health` | [`Health`]: consecutive results make a state |
//! | `group` | [`TargetGroup`]: the contract, probes, registration |
//! | `choose` | which target is next |
//! | `weights` | [`SmoothWeights`]: turns in proportion to weights |
//!
//! ```
//! use std::time::Duration;
//! use switchlab_balance::{GroupConfig, ProbeOutcome, ProbeStep, TargetGroup};
//! use switchlab_core::Instant;
//!
//! let targets = ["10.0.1.11:80", "10.0.1.12:80"].map(|target| target.parse().unwrap());
//! let mut group = TargetGroup::new(Instant::ZERO, GroupConfig::new("web", targets)).unwrap();
//! while let Some(step) = group.poll_probe(Instant::ZERO) {
//!     let ProbeStep::Begin(target) = step else { continue };
//!     group.probed(target, ProbeOutcome::Status(200));
//! }
//! let first = group.choose(None).unwrap();
//! let second = group.choose(None).unwrap();
//! assert_ne!(first, second, "both are healthy, and take turns");
//! ```
#![forbid(unsafe_code)]

mod choose;
mod config;
mod group;
mod health;
mod weights;

pub use config::{Algorithm, GroupConfig, GroupError, HealthCheck, Matcher, Target};
pub use group::{ProbeStep, RegisterError, TargetGroup, TargetId};
pub use health::{Health, ProbeOutcome};
pub use weights::SmoothWeights;
