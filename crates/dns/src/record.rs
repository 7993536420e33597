//! What is asked, and what is told: questions and records of the class IN.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::base::iana::Rtype;

use crate::DnsName;

/// What somebody wants to know: the records of one type at a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The name.
    pub name: DnsName,
    /// The type: [`Rtype::A`], [`Rtype::AAAA`], …
    pub rtype: Rtype,
}

impl Question {
    /// The question for the records of this type.
    #[must_use]
    pub const fn new(name: DnsName, rtype: Rtype) -> Self {
        Self { name, rtype }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.rtype)
    }
}

/// One resource record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whose it is.
    pub name: DnsName,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

impl Record {
    /// A record.
    #[must_use]
    pub const fn new(name: DnsName, ttl: u32, data: Data) -> Self {
        Self { name, ttl, data }
    }
}

/// What a record says, of the types that are understood here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Data {
    /// An IPv4 address (RFC 1035 §3.4.1).
    A(Ipv4Addr),
    /// An IPv6 address (RFC 3596).
    Aaaa(Ipv6Addr),
    /// The name is another one's alias (RFC 1035 §3.3.1).
    Cname(DnsName),
    /// A server of the zone (RFC 1035 §3.3.11).
    Ns(DnsName),
    /// The start of the zone.
    Soa(Soa),
}

impl Data {
    /// The type.
    #[must_use]
    pub const fn rtype(&self) -> Rtype {
        match self {
            Self::A(_) => Rtype::A,
            Self::Aaaa(_) => Rtype::AAAA,
            Self::Cname(_) => Rtype::CNAME,
            Self::Ns(_) => Rtype::NS,
            Self::Soa(_) => Rtype::SOA,
        }
    }

    /// The address, if it is one.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::A(address) => Some(IpAddr::V4(*address)),
            Self::Aaaa(address) => Some(IpAddr::V6(*address)),
            _ => None,
        }
    }
}

impl From<IpAddr> for Data {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::A(address),
            IpAddr::V6(address) => Self::Aaaa(address),
        }
    }
}

/// The start of a zone (RFC 1035 §3.3.13). All times in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soa {
    /// The zone's first server.
    pub server: DnsName,
    /// The mailbox of whoever answers for it.
    pub mailbox: DnsName,
    /// The version of the zone.
    pub serial: u32,
    /// How often a secondary server asks for a newer one.
    pub refresh: u32,
    /// How soon it asks again after a failure.
    pub retry: u32,
    /// After how long without an answer it gives the zone up.
    pub expire: u32,
    /// How long it may be kept that something is not there (RFC 2308 §4).
    pub minimum: u32,
}

impl Soa {
    /// The start of a zone with the values that Route 53 gives its zones: served by `ns.ZONE`, refresh 7200,
    /// retry 900, expire 1 209 600, minimum 86 400.
    #[must_use]
    pub fn new(zone: &DnsName) -> Self {
        let below = |label: &str| {
            format!("{label}.{zone}")
                .parse()
                .unwrap_or_else(|_| zone.clone())
        };
        Self {
            server: below("ns"),
            mailbox: below("hostmaster"),
            serial: 1,
            refresh: 7200,
            retry: 900,
            expire: 1_209_600,
            minimum: 86_400,
        }
    }
}
