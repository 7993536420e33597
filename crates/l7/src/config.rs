//! The settings of a switch: interfaces, listeners, target groups, patience.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use switchlab_balance::GroupConfig;
use switchlab_core::Setting;
use switchlab_host::{InterfaceConfig, SocketsConfig, StationConfig};

use crate::{Action, HeaderAttributes, IntakeConfig, Preset, ResponseAttributes, Rule};

/// The settings of an [`L7Switch`](crate::L7Switch).
#[derive(Debug, Clone)]
pub struct L7Config {
    /// The device's name; random streams are made from it, and its counters are kept under it.
    pub name: Arc<str>,
    /// Interfaces, gateway, buffers.
    pub station: StationConfig,
    /// How requests are taken in.
    pub intake: IntakeConfig,
    /// Where clients are listened to.
    pub listeners: Vec<ListenerConfig>,
    /// Where requests go.
    pub groups: Vec<Group>,
    /// How long a connection may be silent, on either side; 60 s by default, ELB takes 1 s to 4000 s.
    ///
    /// A head must have come whole within this time; a body must go on within it, in both directions.
    pub idle_timeout: Duration,
    /// The age at which a client's connection is closed, after the exchange under way; 3600 s by
    /// default, ELB takes 60 s to 604 800 s.
    pub client_keep_alive: Duration,
    /// How long a request and its answer may take in all, however busily their octets move; 3600 s by
    /// default. ELB names no such limit; without one, a body that trickles would never end. A WebSocket
    /// may last longer.
    pub exchange_limit: Duration,
    /// How many idle connections to one target are kept for later requests; 64 by default, 0 for none.
    pub idle_connections: usize,
    /// Whose ways the switch has where products differ; [`Preset::Alb`] by default.
    pub preset: Preset,
    /// Whether every request is told for the access log
    /// ([`Event::Logged`](switchlab_core::Event::Logged)); it is by default.
    pub access_log: bool,
    /// What is changed in the heads of requests.
    pub headers: HeaderAttributes,
    /// What instant 0 is called in cookies and trace ids, in seconds since 1970; 2025-01-01T00:00:00Z by default.
    pub epoch: u64,
    /// The seed of the run.
    pub seed: u64,
}

impl L7Config {
    /// The default settings: buffers of 8 KiB, and targets have 10 s to take a connection.
    #[must_use]
    pub fn new(name: &str, interfaces: Vec<InterfaceConfig>) -> Self {
        let sockets = SocketsConfig {
            send_buffer: 8 << 10,
            receive_buffer: 8 << 10,
            connect_timeout: Duration::from_secs(10),
            ..SocketsConfig::default()
        };
        Self {
            name: name.into(),
            station: StationConfig {
                interfaces,
                gateway: None,
                sockets,
            },
            intake: IntakeConfig::default(),
            listeners: Vec::new(),
            groups: Vec::new(),
            idle_timeout: Duration::from_secs(60),
            client_keep_alive: Duration::from_secs(3600),
            exchange_limit: Duration::from_secs(3600),
            idle_connections: 64,
            preset: Preset::default(),
            access_log: true,
            headers: HeaderAttributes::default(),
            epoch: 1_735_689_600,
            seed: 0,
        }
    }

    /// Whether any listener sends requests to this group.
    pub(crate) fn uses(&self, group: &str) -> bool {
        self.listeners.iter().any(|listener| listener.uses(group))
    }
}

/// A target group and what only layer 7 adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The group itself. Whether it is in use follows from the rules that name it.
    pub config: GroupConfig,
}

impl From<GroupConfig> for Group {
    fn from(config: GroupConfig) -> Self {
        Self { config }
    }
}

/// Where clients are listened to. The protocol is HTTP/1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerConfig {
    /// The TCP port, 1 to 65535; no two listeners share one.
    pub port: u16,
    /// What happens if no rule matches.
    pub default: Action,
    /// Rules, tried in order of priority whatever their order here.
    pub rules: Vec<Rule>,
    /// What is changed in the heads of answers.
    pub responses: ResponseAttributes,
}

impl ListenerConfig {
    /// A listener without rules.
    #[must_use]
    pub fn new(port: u16, default: Action) -> Self {
        Self {
            port,
            default,
            rules: Vec::new(),
            responses: ResponseAttributes::default(),
        }
    }

    /// Whether the default action or a rule sends requests to this group.
    pub(crate) fn uses(&self, group: &str) -> bool {
        let mut actions = self.rules.iter().map(|rule| &rule.action);
        self.default.uses(group) || actions.any(|action| action.uses(group))
    }
}

/// Puts a rule into a running switch: `Command::Configure(Arc::new(SetRule { .. }))`.
///
/// A rule of the same priority is replaced, otherwise the rule is added. It holds for requests whose
/// head is read from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetRule {
    /// The port of the listener.
    pub listener: u16,
    /// The rule.
    pub rule: Rule,
}

impl fmt::Display for SetRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "set_rule {} {}", self.listener, self.rule)
    }
}

impl Setting for SetRule {}
