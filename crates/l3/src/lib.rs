//! Layer 3: routing by longest prefix match, and a switch that bridges and routes.
#![forbid(unsafe_code)]

mod fib;
mod ranges;

pub use fib::Fib;
