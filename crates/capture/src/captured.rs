//! One captured frame, and what is known about where it was seen.

use std::fmt;

use switchlab_core::Instant;

/// A frame of a capture. The octets lie in the file that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Captured<'a> {
    /// When it was seen: nanoseconds since 1970, or since whatever the file's instant 0 is.
    pub at: Instant,
    /// Where it was seen.
    pub interface: InterfaceId,
    /// Which way it went, if the file says so.
    pub direction: Option<Direction>,
    /// The octets that were kept, without FCS.
    pub octets: &'a [u8],
    /// How many octets the frame had on the wire, without FCS.
    pub original_len: usize,
}

impl Captured<'_> {
    /// Whether the file holds only the beginning of the frame.
    #[must_use]
    pub const fn is_cut_short(&self) -> bool {
        self.octets.len() < self.original_len
    }
}

/// Which way a frame went, seen from the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The interface received it.
    Inbound,
    /// The interface sent it.
    Outbound,
}

/// An interface of a capture: its number among all interfaces of the file, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId(pub(crate) u32);

impl InterfaceId {
    /// The number as an index into [`Reader::interfaces`](crate::Reader::interfaces).
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where frames were captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name (`if_name`), if it has one.
    pub name: Option<String>,
    /// Its place among the interfaces of its section, from 0.
    pub position: u32,
    /// What its frames begin with.
    pub link_type: LinkType,
}

impl fmt::Display for Interface {
    /// The name and the position, as far as there are any: `eth0 (interface 0)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} (interface {})", self.position),
            None => write!(f, "interface {}", self.position),
        }
    }
}

/// What the frames of an interface begin with: a number of the tcpdump group's list of link types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// `LINKTYPE_ETHERNET`: an Ethernet header.
    pub const ETHERNET: Self = Self(1);
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
