//! Drivers of devices other than the simulator: capture replay.
#![forbid(unsafe_code)]
