//! The logic of load balancing without frames: target groups, health, algorithms.
//!
//! A [`TargetGroup`] opens no connection. It says whom to probe and is told how that went; it is
//! asked for a target and says which. Layer 7 and layer 4 rest on the same one.
//!
//! | module | idea |
//! |---|---|
//! | `config`, `error` | [`GroupConfig`]: the settings of a group; [`GroupError`]: what is not right with them |
//! | `health_check`, `threshold`, `passive`, `anomaly`, `stickiness` | [`HealthCheck`], [`Threshold`], [`PassiveHealth`], [`AnomalyMitigation`], [`Stickiness`]: settings with the logic that is theirs alone |
//! | `health` | [`Health`]: consecutive results make a state |
//! | `group` | [`TargetGroup`]: the contract; members, what happens in time, who takes part, [`Candidate`]: why |
//! | `algorithm` | [`Algorithm`], [`Ipvs`], [`HashKey`], and each algorithm in a file of its own |
//! | `choose` | the algorithms at work on a group |
//! | `hash` | [`KeyOctets`]: what is hashed of a flow |
//! | `token` | [`Tokens`]: who a client belongs to, in a cookie |
//! | `dns` | [`AnswerSet`]: which nodes a resolver tells of |
//! | `routing` | [`RoutingGroup`]: which of several records a resolver is told, by the policies of Route 53 |
//! | `accelerator` | [`Accelerator`]: which endpoint in which region takes a flow, as Global Accelerator has it |
//! | `measure` | [`Comparison`]: what the algorithms are worth, in numbers |
//!
//! ```
//! use switchlab_balance::{GroupConfig, ProbeOutcome, ProbeStep, TargetGroup};
//! use switchlab_core::Instant;
//!
//! let targets = ["10.0.1.11:80", "10.0.1.12:80"].map(|target| target.parse().unwrap());
//! let mut group = TargetGroup::new(Instant::ZERO, GroupConfig::new("web", targets)).unwrap();
//! while let Some(step) = group.poll_probe(Instant::ZERO) {
//!     let ProbeStep::Begin(target) = step else { continue };
//!     group.probed(Instant::ZERO, target, ProbeOutcome::Status(200));
//! }
//! let first = group.choose(Instant::ZERO, None).unwrap();
//! let second = group.choose(Instant::ZERO, None).unwrap();
//! assert_ne!(first, second, "both are healthy, and take turns");
//! ```
#![forbid(unsafe_code)]

mod accelerator;
mod algorithm;
mod anomaly;
mod choose;
mod config;
mod dns;
mod error;
mod group;
mod hash;
mod health;
mod health_check;
mod measure;
mod passive;
mod routing;
mod stickiness;
mod threshold;
mod token;

pub use accelerator::{
    Accelerator, AcceleratorError, ClientAffinity, EndpointGroup, EndpointId, MOST_ENDPOINTS,
    MOST_FAILOVERS,
};
pub use algorithm::bounded_load::bounded_load;
pub use algorithm::buckets::Buckets;
pub use algorithm::classic_weights::ClassicWeights;
pub use algorithm::ipvs::{Ipvs, Load};
pub use algorithm::least::least;
pub use algorithm::maglev::{MAGLEV_SLOTS, Maglev};
pub use algorithm::modulo::modulo;
pub use algorithm::random::{better_of_two, weighted_random};
pub use algorithm::rendezvous::rendezvous;
pub use algorithm::ring::Ring;
pub use algorithm::rows::Rows;
pub use algorithm::smooth_weights::SmoothWeights;
pub use algorithm::toeplitz::Toeplitz;
pub use algorithm::{Algorithm, HashKey};
pub use anomaly::AnomalyMitigation;
pub use config::{GroupConfig, Target};
pub use dns::{AnswerSet, DNS_TTL};
pub use error::GroupError;
pub use group::{Candidate, ProbeStep, RegisterError, TargetGroup, TargetId};
pub use hash::KeyOctets;
pub use health::{Health, ProbeOutcome};
pub use health_check::{HealthCheck, Matcher};
pub use measure::{Comparison, Measured};
pub use passive::PassiveHealth;
pub use routing::{
    Area, Asker, Endpoint, EndpointCheck, MOST_VALUES, MOST_WEIGHTED, Place, Routing, RoutingError,
    RoutingGroup,
};
pub use stickiness::{STICKINESS_RANGE, Stickiness};
pub use threshold::Threshold;
pub use token::Tokens;
