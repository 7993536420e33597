//! Layer 7: an HTTP switch with listeners, rules, actions and target groups.
#![forbid(unsafe_code)]

mod client;
mod config;
mod connections;
mod error;
mod exchange;
mod groups;
mod headers;
mod linger;
mod pattern;
mod pipe;
mod probe;
mod reply;
mod route;
mod rule;
mod sticky;
mod switch;
mod tally;
mod upstream;

pub use config::{Group, L7Config, ListenerConfig, SetRule};
pub use error::L7Error;
pub use rule::{Action, Condition, FixedResponse, QueryPattern, Redirect, Rule, Share};
pub use switch::L7Switch;
