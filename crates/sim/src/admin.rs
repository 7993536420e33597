//! What an administrator does to nodes and links, and in which order.

use std::fmt;

use switchlab_core::{Command, PortId};
use switchlab_topology::LinkConfig;

/// Something done to a node or to the link at one of its ports.
///
/// `Display` is the action's stable name: verb, then object. Actions of one instant and node happen in
/// the byte order of these names.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Action {
    /// Switches the node off at once: it falls silent and forgets everything.
    Crash,
    /// Switches a crashed node on again, as a fresh device; tells a running one [`Command::Start`].
    Start,
    /// Pulls the cable out of the port; frames on their way over it are lost.
    Unplug(PortId),
    /// Puts the cable back in.
    Plug(PortId),
    /// Changes what the link at this port does to frames, in both directions, from the next frame on.
    SetLink(PortId, LinkConfig),
    /// Asks something of the device.
    Command(Command),
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crash => f.write_str("crash"),
            Self::Start => f.write_str("start"),
            Self::Unplug(port) => write!(f, "unplug {port}"),
            Self::Plug(port) => write!(f, "plug {port}"),
            Self::SetLink(port, config) => write!(f, "set_link {port} {config}"),
            Self::Command(command) => command.fmt(f),
        }
    }
}

/// What the engine does at one node: an action, or what an action elsewhere means here.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Crash,
    Start,
    Command(Command),
    /// Another node reported something; who is switched off hears nothing of it.
    Told(Command),
    /// The cable at this port was pulled out or put in.
    Cable {
        port: PortId,
        plugged: bool,
    },
    /// The machine at the other end of this port's link was switched off or on.
    Peer {
        port: PortId,
        on: bool,
    },
    /// The lane that leaves by this port changes.
    Lane {
        port: PortId,
        config: LinkConfig,
    },
}

impl Deed {
    /// The deed's name, by which it takes its place among others of the same instant and node.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Crash => "crash".to_owned(),
            Self::Start => "start".to_owned(),
            Self::Command(command) | Self::Told(command) => command.to_string(),
            Self::Cable {
                port,
                plugged: true,
            } => format!("plug {port}"),
            Self::Cable {
                port,
                plugged: false,
            } => format!("unplug {port}"),
            Self::Peer { port, on: true } => format!("peer-on {port}"),
            Self::Peer { port, on: false } => format!("peer-off {port}"),
            Self::Lane { port, config } => format!("set_link {port} {config}"),
        }
    }
}
