//! The event engine: links as timed lanes, faults, observers and the run digest.
#![forbid(unsafe_code)]
