//! What an administrator may ask of a running device.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::DnsChange;

/// A setting whose type only the device itself knows, such as a listener rule.
///
/// The device finds out by [`Any`] whether a setting is for it. `Display` is the setting's stable
/// name in the history of a run: equal settings must read equal.
pub trait Setting: Any + fmt::Debug + fmt::Display + Send + Sync {}

/// Something asked of a device from outside the data path.
///
/// `Display` is the command's stable name: commands of one instant and node are obeyed in the byte
/// order of these names, and the run digest hashes them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Command {
    /// Stops the applications of a host in an orderly way: their ports refuse from now on.
    Stop,
    /// Starts the applications of a host again.
    Start,
    /// Puts a target into a target group, or a backend into a service.
    Register {
        /// Name of the target group or service.
        group: Arc<str>,
        /// Address and port of the target.
        target: SocketAddr,
    },
    /// Takes a target out of its group, after the group's deregistration delay.
    Deregister {
        /// Name of the target group or service.
        group: Arc<str>,
        /// Address and port of the target.
        target: SocketAddr,
    },
    /// Tells that the run ends here: whatever is unfinished is reported as such.
    Conclude,
    /// Changes a setting that only the device knows.
    Configure(Arc<dyn Setting>),
    /// Tells a server of names what has become of a node of a balancer.
    Tell(DnsChange),
    /// Asks a node of a balancer to tell once more what stands: somebody listens who knows nothing yet.
    Announce,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop => f.write_str("stop"),
            Self::Start => f.write_str("start"),
            Self::Register { group, target } => write!(f, "register {group} {target}"),
            Self::Deregister { group, target } => write!(f, "deregister {group} {target}"),
            Self::Conclude => f.write_str("conclude"),
            Self::Configure(setting) => setting.fmt(f),
            Self::Tell(change) => {
                let state = if change.is_in { "in" } else { "out" };
                write!(f, "tell {} {} {state}", change.balancer, change.address)
            }
            Self::Announce => f.write_str("announce"),
        }
    }
}

/// Why a device did not do what it was asked to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// This kind of device has nothing that the command could act on.
    #[error("this device does not know the command `{command}`")]
    Unsupported {
        /// The command, as text.
        command: String,
    },
    /// The command names something that the device does not have.
    #[error("there is no {kind} {name:?} here; there is {}", known.join(", "))]
    Unknown {
        /// What was looked for: `target group`, `listener`, …
        kind: &'static str,
        /// The name that was not found.
        name: String,
        /// The names that would have been found.
        known: Vec<String>,
    },
    /// The command contradicts the state or the limits of the device.
    #[error("`{command}` is refused: {because}")]
    Refused {
        /// The command, as text.
        command: String,
        /// What stands against it, and what would be right.
        because: String,
    },
}
