//! Layer 4: balancing of TCP and UDP flows over servers by address translation.
#![forbid(unsafe_code)]

mod config;
mod timeouts;

pub use config::{
    L4Config, L4Error, Scheduler, ServiceConfig, ServiceProtocol, SourceAddress, SourceNat,
};
pub use timeouts::Timeouts;
