//! Layer 7: an HTTP switch with listeners, rules, actions and target groups.
#![forbid(unsafe_code)]

mod config;
mod error;
mod rule;

pub use config::{Group, L7Config, ListenerConfig, SetRule};
pub use error::L7Error;
pub use rule::{Action, Condition, FixedResponse, QueryPattern, Redirect, Rule, Share};
