//! What is not right with settings, and what would be.

use std::fmt;
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
    /// What layer 7 adds to a group is not right, or the group does not fit behind layer 7.
    #[error("target group {group:?}: {because}")]
    GroupSetting {
        /// The group's name.
        group: Arc<str>,
        /// The setting: `name`, `targets`, `protocol_version`, …
        key: &'static str,
        /// What ELB calls it.
        code: Code,
        /// What is not right, and what would be.
        because: String,
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
    /// A listener is not right.
    #[error("listener {listener}: {because}")]
    Listener {
        /// The port of the listener.
        listener: u16,
        /// The setting: `name`, `certificates`, …
        key: &'static str,
        /// What ELB calls it.
        code: Code,
        /// What is not right, and what would be.
        because: String,
    },
    /// A rule or a default action is not right.
    #[error("listener {listener}, {}: {because}", rule_name(*priority))]
    Rule {
        /// The port of the listener.
        listener: u16,
        /// The rule's priority; `None` for the default action.
        priority: Option<u32>,
        /// What ELB calls it.
        code: Code,
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
    /// The node stands in a zone in which the load balancer is not enabled.
    #[error("the zone {zone:?} is none of the load balancer's; {known} would be right")]
    Zone {
        /// The zone.
        zone: Arc<str>,
        /// Those in which it is enabled.
        known: String,
    },
    /// There are more of something than ELB's quota allows.
    #[error("there are {count} {what}; {most} at most would be right")]
    TooMany {
        /// Of what: `listeners`, `rules`, `target groups`, `targets`, `certificates`.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// The quota.
        most: usize,
        /// What ELB calls it.
        code: Code,
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

impl L7Error {
    /// What ELB calls the refusal; `None` of what ELB has no settings for, or none of its own name.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        match self {
            Self::GroupTwice { .. } => Some(Code::DuplicateTargetGroupName),
            Self::Group { source, .. } => Some(group_code(source)),
            Self::Responses { .. } => Some(Code::ValidationError),
            Self::GroupSetting { code, .. }
            | Self::Listener { code, .. }
            | Self::Rule { code, .. }
            | Self::TooMany { code, .. } => Some(*code),
            Self::TargetAddress { .. } => Some(Code::InvalidTarget),
            Self::ListenerPort { port: 0, .. } => Some(Code::ValidationError),
            Self::ListenerPort { .. } => Some(Code::DuplicateListener),
            Self::Classic { .. }
            | Self::DnsName { .. }
            | Self::Zone { .. }
            | Self::Zero { .. }
            | Self::Station(_) => None,
        }
    }
}

/// What ELB calls it: a value that it does not take, or values that do not go together.
const fn group_code(error: &GroupError) -> Code {
    match error {
        GroupError::SlowStart { .. }
        | GroupError::AnomalyMitigation { .. }
        | GroupError::DnsThreshold
        | GroupError::CookieName { .. }
        | GroupError::StickyZone { .. } => Code::InvalidConfigurationRequest,
        _ => Code::ValidationError,
    }
}

/// The name of an error as ELB's API answers it (ELBv2 API model 2015-12-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// Two listeners have one port.
    DuplicateListener,
    /// Two target groups have one name.
    DuplicateTargetGroupName,
    /// Protocols that do not go together.
    IncompatibleProtocols,
    /// The settings contradict each other.
    InvalidConfigurationRequest,
    /// An action is not valid.
    InvalidLoadBalancerAction,
    /// A target is not valid for its group.
    InvalidTarget,
    /// Two rules have one priority.
    PriorityInUse,
    /// There is no such group.
    TargetGroupNotFound,
    /// A listener has too many certificates.
    TooManyCertificates,
    /// A load balancer has too many listeners.
    TooManyListeners,
    /// A load balancer has too many rules.
    TooManyRules,
    /// There are too many target groups.
    TooManyTargetGroups,
    /// A group, or a load balancer, has too many targets.
    TooManyTargets,
    /// A load balancer uses too many target groups.
    TooManyUniqueTargetGroupsPerLoadBalancer,
    /// A value is not one that the API takes.
    ValidationError,
}

impl Code {
    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DuplicateListener => "DuplicateListener",
            Self::DuplicateTargetGroupName => "DuplicateTargetGroupName",
            Self::IncompatibleProtocols => "IncompatibleProtocols",
            Self::InvalidConfigurationRequest => "InvalidConfigurationRequest",
            Self::InvalidLoadBalancerAction => "InvalidLoadBalancerAction",
            Self::InvalidTarget => "InvalidTarget",
            Self::PriorityInUse => "PriorityInUse",
            Self::TargetGroupNotFound => "TargetGroupNotFound",
            Self::TooManyCertificates => "TooManyCertificates",
            Self::TooManyListeners => "TooManyListeners",
            Self::TooManyRules => "TooManyRules",
            Self::TooManyTargetGroups => "TooManyTargetGroups",
            Self::TooManyTargets => "TooManyTargets",
            Self::TooManyUniqueTargetGroupsPerLoadBalancer => {
                "TooManyUniqueTargetGroupsPerLoadBalancer"
            }
            Self::ValidationError => "ValidationError",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
