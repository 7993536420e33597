//! The settings of a server of names.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use switchlab_balance::{DNS_TTL, EndpointCheck, Place, Routing};
use switchlab_dns::{DnsName, PORT, Rtype};

/// The settings of an authoritative server of names, over UDP alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsServerConfig {
    /// The UDP port; 53 by default, never 0.
    pub port: u16,
    /// The zones it answers for. A question for a name in none of them is refused.
    pub zones: Vec<ZoneConfig>,
    /// What it tells. Every record is in one of the zones.
    pub records: Vec<RecordSet>,
    /// What it knows of where askers are; nothing by default.
    pub geography: Geography,
}

impl Default for DnsServerConfig {
    fn default() -> Self {
        Self {
            port: PORT,
            zones: Vec::new(),
            records: Vec::new(),
            geography: Geography::default(),
        }
    }
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneConfig {
    /// Its name.
    pub name: DnsName,
    /// How long it may be kept that something is not there, in seconds; 900 by default, as in Route 53.
    pub negative_ttl: u32,
}

impl ZoneConfig {
    /// A zone by default.
    #[must_use]
    pub const fn new(name: DnsName) -> Self {
        Self {
            name,
            negative_ttl: 900,
        }
    }
}

/// A resource record set, as Route 53 has them: of several with the same name and type the policy chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSet {
    /// The name; its first label may be `*`, for all names that are not there.
    pub name: DnsName,
    /// What is told.
    pub values: Values,
    /// How long that may be kept, in seconds; 60 by default.
    pub ttl: u32,
    /// Who is told.
    pub routing: Routing,
    /// How the server finds out whether what it tells of is well; `None`, the default, takes it for well.
    pub check: Option<RecordCheck>,
}

impl RecordSet {
    /// What everybody is told of a name, for 60 s.
    #[must_use]
    pub const fn new(name: DnsName, values: Values) -> Self {
        Self {
            name,
            values,
            ttl: DNS_TTL.as_secs() as u32,
            routing: Routing::Simple,
            check: None,
        }
    }
}

/// What a record set tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// Addresses, all of one version: in turn another is the first.
    Addresses(Vec<IpAddr>),
    /// That the name is another one's alias: a `CNAME` record.
    Cname(DnsName),
    /// The addresses of a load balancer's nodes that are in DNS.
    Balancer {
        /// Its name.
        name: Arc<str>,
        /// The addresses of all its nodes.
        nodes: Vec<Ipv4Addr>,
        /// Whether the record is unhealthy while none of the nodes is in DNS; true by default.
        evaluates_target_health: bool,
    },
}

impl Values {
    /// The type of the records.
    #[must_use]
    pub fn rtype(&self) -> Rtype {
        match self {
            Self::Addresses(addresses) if addresses.iter().any(IpAddr::is_ipv6) => Rtype::AAAA,
            Self::Addresses(_) | Self::Balancer { .. } => Rtype::A,
            Self::Cname(_) => Rtype::CNAME,
        }
    }
}

/// How the server itself looks whether a record is well: as one checker, over the network of the lab.
///
/// Route 53 has many of them in several regions; see [`Endpoint`](switchlab_balance::Endpoint) for what it
/// makes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCheck {
    /// Whom to look at.
    pub address: Ipv4Addr,
    /// The TCP port, never 0.
    pub port: u16,
    /// What to ask for by HTTP: a path, answered with a status from 200 to 399 by whoever is well. `None` is content with
    /// a connection.
    pub path: Option<String>,
    /// How often, and how many results in a row count.
    pub check: EndpointCheck,
}

/// What a server of names knows of the world: where askers are, and how far it is from region to region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Geography {
    /// The region of each address that stands in one.
    pub regions: BTreeMap<IpAddr, Arc<str>>,
    /// Where each region is.
    pub places: BTreeMap<Arc<str>, Place>,
    /// How long it takes from one region to another and back; the two in byte order, or one twice.
    pub round_trips: BTreeMap<(Arc<str>, Arc<str>), Duration>,
}

impl Geography {
    /// How long it takes between two regions, there and back; `None` if nobody knows.
    #[must_use]
    pub fn round_trip(&self, a: &str, b: &str) -> Option<Duration> {
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        self.round_trips
            .get(&(first.into(), second.into()))
            .copied()
    }
}
