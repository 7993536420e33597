//! What is not right with settings, and what would be.

use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_balance::GroupError;
use switchlab_host::StationError;

/// Something that is not right with the settings of a switch, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum L7Error {
    /// Two groups have one name.
    #[error("there are two target groups {group:?}; each needs a name of its own")]
    GroupTwice {
        /// The name.
        group: Arc<str>,
    },
    /// A group is not right.
    #[error("target group {group:?}: {source}")]
    Group {
        /// The group's name.
        group: Arc<str>,
        /// What is not right.
        source: GroupError,
    },
    /// A target cannot be reached by IPv4.
    #[error("target group {group:?}: {target} is no target; an IPv4 address would be right")]
    TargetAddress {
        /// The group's name.
        group: Arc<str>,
        /// The target.
        target: SocketAddr,
    },
    /// A port is 0, or two listeners share it.
    #[error(
        "listener {listener} has port {port}; a port from 1 to 65535 that no other listener has would be right"
    )]
    ListenerPort {
        /// The place of the listener, from 0.
        listener: usize,
        /// The port.
        port: u16,
    },
    /// A rule or a default action is not right.
    #[error("listener {listener}, {}: {because}", rule_name(*priority))]
    Rule {
        /// The port of the listener.
        listener: u16,
        /// The rule's priority; `None` for the default action.
        priority: Option<u32>,
        /// What is not right, and what would be.
        because: String,
    },
    /// A listener of a Classic Load Balancer has what those do not know.
    #[error(
        "listener {listener}: a Classic Load Balancer has no rules, redirects, fixed responses or weights; a `default` that forwards to one group would be right"
    )]
    Classic {
        /// The place of the listener, from 0.
        listener: usize,
    },
    /// What a listener changes in answers is not right.
    #[error("listener {listener}: {because}")]
    Responses {
        /// The place of the listener, from 0.
        listener: usize,
        /// What is not right, and what would be.
        because: String,
    },
    /// The balancer's name is none.
    #[error(
        "`dns_name` is {name:?}; labels of letters, digits and `-` with dots between them would be right"
    )]
    DnsName {
        /// The name.
        name: Arc<str>,
    },
    /// A span of time is zero.
    #[error("`{key}` is 0; nobody could keep to that, 60 s would be right")]
    Zero {
        /// Which setting.
        key: &'static str,
    },
    /// An interface or the gateway is not right.
    #[error(transparent)]
    Station(#[from] StationError),
}

fn rule_name(priority: Option<u32>) -> String {
    match priority {
        Some(priority) => format!("rule {priority}"),
        None => "default action".to_owned(),
    }
}
