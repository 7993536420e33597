//! A service: who is asked for it, how, and what is refused.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use switchlab_balance::{
    Algorithm, GroupConfig, GroupError, HashKey, HealthCheck, Ipvs, Stickiness, Target,
};
use switchlab_wire::IpProtocol;

use super::{L4Error, names_one};

/// What a service balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceProtocol {
    /// TCP connections.
    Tcp,
    /// UDP flows.
    Udp,
}

impl ServiceProtocol {
    /// The protocol's name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// The protocol's number in IP headers.
    #[must_use]
    pub const fn ip_protocol(self) -> IpProtocol {
        match self {
            Self::Tcp => IpProtocol::TCP,
            Self::Udp => IpProtocol::UDP,
        }
    }
}

impl fmt::Display for ServiceProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The schedulers, how a service finds the backend of a new flow, with their names in files.
///
/// A turn moves on with each packet that starts a new flow, even one that dies on its way.
pub const SCHEDULERS: [(&str, Algorithm); 16] = [
    ("round-robin", Algorithm::InRows),
    ("hash-5-tuple", Algorithm::FiveTuple),
    ("rss", Algorithm::Rss),
    ("rss-symmetric", Algorithm::SymmetricRss),
    ("maglev", Algorithm::Maglev),
    ("rr", Algorithm::Ipvs(Ipvs::Rr)),
    ("wrr", Algorithm::Ipvs(Ipvs::Wrr)),
    ("lc", Algorithm::Ipvs(Ipvs::Lc)),
    ("wlc", Algorithm::Ipvs(Ipvs::Wlc)),
    ("sed", Algorithm::Ipvs(Ipvs::Sed)),
    ("nq", Algorithm::Ipvs(Ipvs::Nq)),
    ("sh", Algorithm::Ipvs(Ipvs::Sh)),
    ("mh", Algorithm::Ipvs(Ipvs::Mh)),
    ("twos", Algorithm::Ipvs(Ipvs::Twos)),
    ("fo", Algorithm::Ipvs(Ipvs::Fo)),
    ("ovf", Algorithm::Ipvs(Ipvs::Ovf)),
];

/// How the packets of a service reach its backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Mode {
    /// Their destination is translated, and the answers, which have to come by the switch, are translated back.
    #[default]
    Nat,
    /// They go to the backend's MAC address as they are; it answers the client by itself. It is next door, has the
    /// virtual address without answering ARP for it, and serves at the service's own port.
    Direct,
    /// They go to the backend inside another packet (RFC 2003), wherever it stands; it takes them out, has the
    /// virtual address, serves at the service's own port, and answers the client by itself.
    Tunnel,
}

impl Mode {
    /// All modes with their names in files.
    pub const NAMES: [(&str, Self); 3] = [
        ("nat", Self::Nat),
        ("direct", Self::Direct),
        ("tunnel", Self::Tunnel),
    ];
}

/// Persistence of IPVS: new flows of a client go to the backend of its last one, as long as that is there, even with
/// weight 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Persistence {
    /// How long after its last new flow a client is remembered; 300 s by default, 1 s to 7 days.
    pub timeout: Duration,
    /// How many leading bits of an address make a client; 32, the default, for all of it.
    pub prefix: u8,
}

impl Default for Persistence {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(300),
            prefix: 32,
        }
    }
}

impl Persistence {
    /// The client that an address belongs to.
    pub(crate) fn client(&self, address: IpAddr) -> IpAddr {
        IpNet::new(address, self.prefix).map_or(address, |net| net.network())
    }
}

/// A service: a virtual address and port, and who really answers there.
///
/// A flow to it goes to one backend for as long as it is in the flow table: its destination is
/// translated, and its answers are translated back. The virtual address is normally an address of
/// the switch too, which then answers ARP and echo requests for it; other ports of it are the
/// switch's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceConfig {
    /// The service's name, as commands, events and counters give it.
    pub name: Arc<str>,
    /// What it balances.
    pub protocol: ServiceProtocol,
    /// The virtual address and port; IPv4.
    pub address: SocketAddr,
    /// Who answers, in the order of turns. A backend of weight 0 gets no new flow.
    pub backends: Vec<Target>,
    /// How packets reach the backends; by translation by default.
    pub mode: Mode,
    /// How the backend of a new flow is found: one of [`SCHEDULERS`]; by default each in turn, beginning with the
    /// first, a backend of weight w w times in a row.
    pub scheduler: Algorithm,
    /// Whether the schedulers `sh` and `mh` hash the client's port along with its address (IPVS: `sh-port`, `mh-port`).
    pub hash_port: bool,
    /// How many slots the table of `mh` and `maglev` has, a prime; by default 4093 and 65 537.
    pub slots: Option<u32>,
    /// Whether `hash-5-tuple` hashes the initial sequence number of a TCP connection as well, so that a client that
    /// uses a port again may reach another backend; false by default.
    pub hash_sequence: bool,
    /// Whether the flows of a client stay together; `None`, the default, for not.
    pub persistence: Option<Persistence>,
    /// How backends are checked, by opening a TCP connection from the switch's own address on the way
    /// there, whatever the service's protocol; `None`, the default, takes all for healthy.
    pub health_check: Option<HealthCheck>,
    /// Whether checks ask for [`HealthCheck::path`] by HTTP, and judge the status; false by default.
    pub check_by_http: bool,
    /// Whether backends see the client's address; if not, that of the switch on the way there, and as many flows go
    /// to one backend as there are ports. True by default.
    pub preserve_client: bool,
    /// Whether a segment that neither belongs to a flow nor opens one is reset, be it the client's or the backend's;
    /// if not, the default, an acknowledgment begins a flow, and anything else passes as it is.
    pub resets_unknown: bool,
    /// Whether the flows of a backend are forgotten once the delay after its deregistration is over; true by default.
    pub terminates_deregistered: bool,
    /// Whether the flows of a backend that becomes unhealthy, while others are well, are forgotten; true by default.
    pub terminates_unhealthy: bool,
    /// The zone the switch stands in, if there are zones; none by default.
    pub zone: Option<Arc<str>>,
    /// Whether flows go to backends in other zones; true by default.
    pub cross_zone: bool,
    /// How long a backend that was deregistered keeps the flows it has; 300 s by default.
    pub deregistration_delay: Duration,
}

impl ServiceConfig {
    /// A service with the default settings: round robin, no health check.
    pub fn new(
        name: &str,
        protocol: ServiceProtocol,
        address: SocketAddr,
        backends: impl IntoIterator<Item = SocketAddr>,
    ) -> Self {
        Self {
            name: name.into(),
            protocol,
            address,
            backends: backends.into_iter().map(Target::from).collect(),
            mode: Mode::Nat,
            scheduler: Algorithm::InRows,
            hash_port: false,
            hash_sequence: false,
            slots: None,
            persistence: None,
            health_check: None,
            check_by_http: false,
            preserve_client: true,
            resets_unknown: false,
            terminates_deregistered: true,
            terminates_unhealthy: true,
            zone: None,
            cross_zone: true,
            deregistration_delay: Duration::from_secs(300),
        }
    }

    /// A listener of a Network Load Balancer with its target group, by the defaults of ELB: a flow goes by its hash,
    /// with the sequence number of its SYN, to a backend in the switch's own zone; what belongs to no flow is reset;
    /// flows outlast the deregistration of their backend, but those of UDP, and not its health.
    pub fn nlb(
        name: &str,
        protocol: ServiceProtocol,
        address: SocketAddr,
        backends: impl IntoIterator<Item = SocketAddr>,
    ) -> Self {
        Self {
            scheduler: Algorithm::FiveTuple,
            hash_sequence: protocol == ServiceProtocol::Tcp,
            health_check: Some(Self::default_health_check()),
            resets_unknown: true,
            terminates_deregistered: protocol == ServiceProtocol::Udp,
            cross_zone: false,
            ..Self::new(name, protocol, address, backends)
        }
    }

    /// The health check of a Network Load Balancer by HTTP: every 30 s, failed after 6 s, a status from 200 to 399
    /// being well.
    #[must_use]
    pub fn default_http_check() -> HealthCheck {
        HealthCheck {
            timeout: Duration::from_secs(6),
            matcher: "200-399".parse().expect("it is a range of codes"),
            ..HealthCheck::default()
        }
    }

    /// The health check of a Network Load Balancer: every 30 s, failed after 10 s, healthy again
    /// after 5 successes, unhealthy after 2 failures.
    #[must_use]
    pub fn default_health_check() -> HealthCheck {
        HealthCheck {
            timeout: Duration::from_secs(10),
            ..HealthCheck::default()
        }
    }

    /// Its backends as a target group.
    pub(crate) fn group(&self) -> GroupConfig {
        GroupConfig {
            targets: self.backends.clone(),
            algorithm: self.scheduler,
            hash_key: self.hash_port.then_some(HashKey::SourceEnd),
            slots: self.slots,
            stickiness: self.persistence.map(|it| Stickiness::SourceIp {
                duration: it.timeout,
            }),
            health_check: self.health_check.clone(),
            deregistration_delay: self.deregistration_delay,
            zone: self.zone.clone(),
            cross_zone: self.cross_zone,
            ..GroupConfig::new(&self.name, [])
        }
    }

    pub(super) fn judge(&self, errors: &mut Vec<L4Error>) {
        let service = || Arc::clone(&self.name);
        if !names_one(self.address.ip()) || self.address.port() == 0 {
            errors.push(L4Error::Address {
                service: service(),
                address: self.address,
            });
        }
        for backend in &self.backends {
            if !names_one(backend.address.ip()) || backend.address.port() == 0 {
                errors.push(L4Error::Backend {
                    service: service(),
                    backend: backend.address,
                });
            }
            if self.mode != Mode::Nat && backend.address.port() != self.address.port() {
                errors.push(L4Error::BackendPort {
                    service: service(),
                    backend: backend.address,
                    port: self.address.port(),
                });
            }
            if self.scheduler == Algorithm::FiveTuple && backend.weight != 1 {
                errors.push(L4Error::Weight {
                    service: service(),
                    backend: backend.address,
                });
            }
        }
        if SCHEDULERS.iter().all(|(_, known)| *known != self.scheduler) {
            errors.push(L4Error::Scheduler {
                service: service(),
                scheduler: self.scheduler,
            });
        }
        let is_source_hash = matches!(self.scheduler, Algorithm::Ipvs(Ipvs::Sh | Ipvs::Mh));
        if self.hash_port && !is_source_hash {
            errors.push(L4Error::HashPort {
                service: service(),
                scheduler: self.scheduler,
            });
        }
        if self.hash_sequence && self.scheduler != Algorithm::FiveTuple {
            errors.push(L4Error::HashSequence {
                service: service(),
                scheduler: self.scheduler,
            });
        }
        if self.mode != Mode::Nat && !self.preserve_client {
            errors.push(L4Error::PreserveClient { service: service() });
        }
        if let Some(Persistence {
            prefix: prefix @ 33..,
            ..
        }) = self.persistence
        {
            errors.push(L4Error::Prefix {
                service: service(),
                prefix,
            });
        }
        let of_group = self.group().errors().into_iter();
        let is_told = |error: &GroupError| {
            matches!(error, GroupError::Port { .. } | GroupError::HashKey { .. })
        };
        let news = of_group.filter(|error| !is_told(error));
        errors.extend(news.map(|source| L4Error::Group {
            service: service(),
            source,
        }));
    }
}
