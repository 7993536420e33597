//! The settings of a switch: interfaces, listeners, target groups, patience.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
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
    /// The load balancer as a whole, of which this switch is one node.
    pub load_balancer: LoadBalancer,
    /// How much of what there may be.
    pub quotas: Quotas,
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
    /// Whether clients announce in the PROXY protocol, version 1 or 2, whom they speak for; not by
    /// default. That address counts for rules, sessions, `X-Forwarded-For` and the access log; a client
    /// that announces nothing is reset. (An ALB knows no PROXY protocol; HAProxy, nginx and Envoy do so.)
    pub proxy_protocol: bool,
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
            load_balancer: LoadBalancer::new(name),
            quotas: Quotas::default(),
            idle_timeout: Duration::from_secs(60),
            client_keep_alive: Duration::from_secs(3600),
            exchange_limit: Duration::from_secs(3600),
            idle_connections: 64,
            proxy_protocol: false,
            preset: Preset::default(),
            access_log: true,
            headers: HeaderAttributes::default(),
            epoch: 1_735_689_600,
            seed: 0,
        }
    }

    /// The address by which DNS tells of this node: the first it has.
    #[must_use]
    pub fn dns_address(&self) -> Option<IpAddr> {
        let interfaces = self.station.interfaces.iter();
        let mut addresses = interfaces.flat_map(|interface| &interface.addresses);
        addresses.next().map(IpNet::addr)
    }

    /// The zone of a target that is registered at this address: the one in which the group knew it, or whose
    /// subnet has the address.
    pub(crate) fn zone_of(&self, group: &str, address: SocketAddr) -> Option<Arc<str>> {
        let mut known = self
            .group(group)
            .into_iter()
            .flat_map(|it| &it.config.targets);
        if let Some(target) = known.find(|target| target.address == address) {
            return target.zone.clone();
        }
        let has_it = |zone: &&Zone| zone.subnet.is_some_and(|net| net.contains(&address.ip()));
        let zone = self.load_balancer.zones.iter().find(has_it);
        zone.map(|zone| Arc::clone(&zone.name))
    }

    /// The group of this name.
    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| &*group.config.name == name)
    }

    /// Whether any listener sends requests to this group.
    #[must_use]
    pub fn uses(&self, group: &str) -> bool {
        self.listeners.iter().any(|listener| listener.uses(group))
    }
}

/// What ELB calls the load balancer: one or several nodes, one in each zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Its name, by default the node's.
    pub name: Arc<str>,
    /// The availability zone in which this node stands.
    pub zone: Option<Arc<str>>,
    /// All zones in which there is a node.
    pub zones: Vec<Zone>,
}

impl LoadBalancer {
    /// A load balancer of one node, without zones.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            zone: None,
            zones: Vec::new(),
        }
    }
}

/// An availability zone in which a load balancer has a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its name.
    pub name: Arc<str>,
    /// The subnet of the node, if it is known.
    pub subnet: Option<IpNet>,
}

/// How much of what there may be (ELB *User Guide*, "Quotas"): ELB's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Listeners; 50.
    pub listeners: usize,
    /// Rules of all listeners, default actions not counted; 100.
    pub rules: usize,
    /// Target groups in use; 100.
    pub groups: usize,
    /// Targets of all groups; 1000.
    pub targets: usize,
    /// Targets of one group; 1000.
    pub targets_per_group: usize,
    /// Certificates of a listener besides its default one; 25.
    pub certificates: usize,
    /// Values of all conditions of a rule; 5.
    pub condition_values: usize,
    /// `*` and `?` in all conditions of a rule; 6, and 5 in editions of the guide before 2024.
    pub wildcards: usize,
}

impl Quotas {
    /// The names of those that ELB raises on request (ELB *User Guide*, "Quotas for your Application Load
    /// Balancers"); all others are the same for everybody.
    pub const RAISED: [&'static str; 5] = [
        "listeners",
        "rules",
        "targets",
        "targets_per_target_group",
        "certificates",
    ];

    /// Each by its name in lab files.
    pub fn by_name(&mut self) -> [(&'static str, &mut usize); 8] {
        [
            ("listeners", &mut self.listeners),
            ("rules", &mut self.rules),
            ("target_groups", &mut self.groups),
            ("targets", &mut self.targets),
            ("targets_per_target_group", &mut self.targets_per_group),
            ("certificates", &mut self.certificates),
            ("condition_values", &mut self.condition_values),
            ("condition_wildcards", &mut self.wildcards),
        ]
    }
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            listeners: 50,
            rules: 100,
            groups: 100,
            targets: 1000,
            targets_per_group: 1000,
            certificates: 25,
            condition_values: 5,
            wildcards: 6,
        }
    }
}

/// A target group and what only layer 7 adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The group itself. Whether it is in use follows from the rules that name it, zones are those of
    /// the load balancer, and its draws come from the switch's seed.
    pub config: GroupConfig,
    /// What its targets are; [`TargetType::Ip`] by default.
    pub target_type: TargetType,
    /// What its targets speak; [`Protocol::Http`] by default. In a lab either is plain HTTP.
    pub protocol: Protocol,
    /// In which version; [`ProtocolVersion::Http1`] by default.
    pub protocol_version: ProtocolVersion,
}

impl From<GroupConfig> for Group {
    fn from(config: GroupConfig) -> Self {
        Self {
            config,
            target_type: TargetType::default(),
            protocol: Protocol::default(),
            protocol_version: ProtocolVersion::default(),
        }
    }
}

/// What the targets of a group are (API shape `TargetTypeEnum`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TargetType {
    /// Machines by their ids; their addresses are known.
    Instance,
    /// Addresses.
    #[default]
    Ip,
    /// One function. Requests for WebSocket are answered 400, longer bodies than 1 MB 413; in a run those
    /// whose length is told. What is asked in a run is a target as any other.
    Lambda,
    /// Another load balancer: behind a network load balancer only.
    Alb,
}

/// What is spoken at a listener, or with targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// HTTP.
    #[default]
    Http,
    /// HTTP over TLS: configuration only, octets are plain HTTP.
    Https,
}

impl Protocol {
    /// `HTTP` or `HTTPS`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
        }
    }

    /// `http` or `https`, as in a URL.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The version of HTTP in which targets are asked (ELB *User Guide*, "Protocol version").
///
/// A client of HTTP/1.1 can be sent to a group of `HTTP1` only; at others it is answered 464.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProtocolVersion {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2.
    Http2,
    /// gRPC, over HTTP/2.
    Grpc,
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1 => "HTTP1",
            Self::Http2 => "HTTP2",
            Self::Grpc => "GRPC",
        })
    }
}

/// Where clients are listened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerConfig {
    /// The TCP port, 1 to 65535; no two listeners share one.
    pub port: u16,
    /// What the listener is called where several switches are spoken of; `None`, the default, for the
    /// name of the switch and the port, `alb:80`.
    pub name: Option<Arc<str>>,
    /// What is spoken; [`Protocol::Http`] by default.
    pub protocol: Protocol,
    /// The names of certificates, the default one first; one at least with HTTPS, none without.
    pub certificates: Vec<String>,
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
            name: None,
            protocol: Protocol::Http,
            certificates: Vec::new(),
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
