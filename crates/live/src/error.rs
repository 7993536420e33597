//! Why a capture could not be replayed.

use switchlab_capture::{LinkType, ReadError, WriteError};
use switchlab_core::Instant;
use thiserror::Error;

/// Why a replay stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The capture to replay is broken.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The frames that left the device cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// An interface carries something else than Ethernet frames.
    #[error(
        "{interface} has link type {link_type}, want Ethernet ({})",
        LinkType::ETHERNET
    )]
    LinkType {
        /// Name and position of the interface.
        interface: String,
        /// Its link type.
        link_type: LinkType,
    },
    /// A frame came in at an interface that is no port of the device.
    #[error(
        "a frame was captured at {interface}, which would be port {port}; the last port of the device is {}",
        ports.saturating_sub(1)
    )]
    NoSuchPort {
        /// Name and position of the interface.
        interface: String,
        /// The port it stands for.
        port: u64,
        /// How many ports the device has.
        ports: u16,
    },
    /// The device's timers never rest.
    #[error(
        "the device is still busy with timers at {at}, after {turns} turns: the event budget is exhausted"
    )]
    Busy {
        /// Where the device's time stands.
        at: Instant,
        /// How many turns were spent on timers.
        turns: u64,
    },
}
