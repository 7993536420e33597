//! What is to become of a frame.

use crate::{DropReason, PortId};

/// What is to become of a frame. It *is* the control flow: a layer decides first, then acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It leaves by this port.
    Forward(PortId),
    /// It leaves by every port that takes part, but not by the one it came in on.
    Flood,
    /// It is for this device itself, or for the layer above.
    Climb,
    /// Both: it is flooded, and a copy climbs (a broadcast on a LAN in which the device has an address).
    FloodAndClimb,
    /// It goes no further.
    Drop(DropReason),
}
