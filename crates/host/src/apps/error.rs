//! Why an application cannot be as configured.

use switchlab_balance::RoutingError;
use switchlab_dns::DnsName;
use switchlab_http::{FieldError, Refusal};

/// Why an application cannot be as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// A server cannot have this port.
    #[error("port 0 is no port; choose one from 1 to 65535")]
    PortZero,
    /// Another application of the host has the port.
    #[error("{transport} port {port} is taken by application {by:?} already; choose another")]
    PortTaken {
        /// `TCP` or `UDP`.
        transport: &'static str,
        /// The port.
        port: u16,
        /// Who has it.
        by: String,
    },
    /// No answer ends with this status.
    #[error("{status} is no status of an answer; 200 to 599 would be right")]
    Status {
        /// The status.
        status: u16,
    },
    /// A header field cannot be sent.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A header field that follows from other settings.
    #[error("{name} is not to be given: it follows from other settings")]
    Reserved {
        /// The field's name.
        name: String,
    },
    /// Method and target make no request.
    #[error("`{method} {target}` is no request: {}", refusal.reason)]
    Request {
        /// The method.
        method: String,
        /// The target.
        target: String,
        /// What is wrong.
        refusal: Refusal,
    },
    /// A client has nothing to ask for.
    #[error("there is no URL to ask for; one or more would be right")]
    NoUrl,
    /// Nobody knows whom a URL's host names.
    #[error("a URL has no address to connect to; one or more would be right")]
    NoAddress,
    /// Nobody can be asked for a name.
    #[error("there is no resolver to ask for {name}; the address of one would be right")]
    NoResolver {
        /// The name.
        name: DnsName,
    },
    /// A server tells of a name that it does not answer for.
    #[error("{name} is in none of the zones; a zone that ends as it does would be right")]
    NoZone {
        /// The name.
        name: DnsName,
    },
    /// An alias by `CNAME` stands beside other records (RFC 1034 §3.6.2).
    #[error(
        "{name} cannot have a CNAME record beside others, nor can a zone itself; its addresses, or an alias of a load balancer would be right"
    )]
    CnameAndMore {
        /// The name.
        name: DnsName,
    },
    /// A record set has no addresses, or such of both versions.
    #[error(
        "a record of {name} has no addresses, or some of IPv4 and some of IPv6; one at least, and of one version, would be right"
    )]
    Addresses {
        /// The name.
        name: DnsName,
    },
    /// A multivalue record has several values, or is an alias.
    #[error("a multivalue record of {name} is one address; several records would be right")]
    Multivalue {
        /// The name.
        name: DnsName,
    },
    /// Records of one name do not stand together.
    #[error("{name}: {source}")]
    Routing {
        /// The name.
        name: DnsName,
        /// Why not.
        source: RoutingError,
    },
    /// A cache would keep nothing.
    #[error("a cache of 0 answers keeps none; 1 or more would be right")]
    NoCache,
    /// A client may have nothing under way.
    #[error("a concurrency of 0 lets no request begin; 1 or more would be right")]
    NoConcurrency,
    /// Something would be sent without end at one instant.
    #[error(
        "an interval of 0 without a count, or a limit of concurrency, would never let time pass"
    )]
    Endless,
    /// A source or a ping needs time between two packets.
    #[error("an interval of 0 lets no time pass; 1 ns or more would be right")]
    NoInterval,
    /// A packet cannot be so long.
    #[error("{octets} octets do not fit into one packet; at most {limit} do")]
    TooLong {
        /// Octets of data.
        octets: usize,
        /// The most that fit.
        limit: usize,
    },
}

/// Fields that follow from other settings.
const RESERVED: [&str; 3] = ["connection", "content-length", "transfer-encoding"];

impl AppError {
    /// Judges a field that is given beside the settings from which others follow.
    pub(super) fn if_reserved(name: &str) -> Result<(), Self> {
        if RESERVED
            .iter()
            .any(|reserved| name.eq_ignore_ascii_case(reserved))
        {
            return Err(Self::Reserved {
                name: name.to_owned(),
            });
        }
        Ok(())
    }
}
