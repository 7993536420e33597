//! Names of places: the ports of a device and the nodes of a lab.

use std::fmt;

/// A port of a device, counted densely from 0. (Never a TCP or UDP port.)
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PortId(u16);

impl PortId {
    /// The port with this number.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The port's number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The port's number as an index into a table of ports.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

/// A node of a lab: the rank of its name among all names of the lab, in byte order.
///
/// So the order in which nodes were declared never shows in the order of events.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeId(u32);

impl NodeId {
    /// The node whose name has this rank.
    #[must_use]
    pub const fn new(rank: u32) -> Self {
        Self(rank)
    }

    /// The rank of the node's name.
    #[must_use]
    pub const fn rank(self) -> u32 {
        self.0
    }

    /// The rank as an index into a table of nodes.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}
