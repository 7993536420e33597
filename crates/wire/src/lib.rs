//! Octets on the wire: frames, checked header views, builders, checksums and flow keys.
#![forbid(unsafe_code)]

mod error;
mod frame;
mod mac;

pub use error::{Layer, ParseError};
pub use frame::Frame;
pub use mac::{MacAddr, MacAddrError};
