//! Why there is no layer 4 switch.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use switchlab_balance::{Algorithm, GroupError};
use switchlab_l3::{Attachment, L3ConfigError};

use super::ServiceProtocol;

/// Why a layer 4 switch cannot be made as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum L4Error {
    /// The layer 3 switch inside is refused.
    #[error(transparent)]
    L3(#[from] L3ConfigError),
    /// Two services share a name.
    #[error("two services are named {service:?}; commands could not tell them apart")]
    Name {
        /// The name.
        service: Arc<str>,
    },
    /// Two services share an address and port.
    #[error("service {service:?}: {protocol} {address} is service {other:?}'s already")]
    Duplicate {
        /// The later service.
        service: Arc<str>,
        /// The earlier one.
        other: Arc<str>,
        /// The protocol of both.
        protocol: ServiceProtocol,
        /// The address of both.
        address: SocketAddr,
    },
    /// A virtual address that no packet can have.
    #[error(
        "service {service:?}: {address} cannot be its address; an IPv4 unicast address and a port from 1 to 65535 would be right"
    )]
    Address {
        /// The service.
        service: Arc<str>,
        /// The address.
        address: SocketAddr,
    },
    /// A backend that no packet can reach.
    #[error(
        "service {service:?}: {backend} cannot be a backend; an IPv4 unicast address and a port from 1 to 65535 would be right"
    )]
    Backend {
        /// The service.
        service: Arc<str>,
        /// The backend.
        backend: SocketAddr,
    },
    /// A weight where weights do not count.
    #[error(
        "service {service:?}: the backend {backend} has a weight, but `hash-5-tuple` knows none; `round-robin` does"
    )]
    Weight {
        /// The service.
        service: Arc<str>,
        /// The backend.
        backend: SocketAddr,
    },
    /// Another port where nothing is translated.
    #[error(
        "service {service:?}: the backend {backend} has another port than the service, but only `nat` translates it; {port} would be right"
    )]
    BackendPort {
        /// The service.
        service: Arc<str>,
        /// The backend.
        backend: SocketAddr,
        /// The service's port.
        port: u16,
    },
    /// A backend whose MAC address is not to be had.
    #[error(
        "service {service:?}: the backend {backend} is in no net of the switch, so `direct` does not reach it; `tunnel` would"
    )]
    NotNextDoor {
        /// The service.
        service: Arc<str>,
        /// The backend.
        backend: SocketAddr,
    },
    /// A scheduler that needs more than layer 4 sees.
    #[error("service {service:?}: layer 4 has no scheduler `{scheduler}`; `rr` is one")]
    Scheduler {
        /// The service.
        service: Arc<str>,
        /// The algorithm.
        scheduler: Algorithm,
    },
    /// A port hashed by a scheduler that says what it hashes.
    #[error("service {service:?}: `hash_port` is for `sh` and `mh`, not for `{scheduler}`")]
    HashPort {
        /// The service.
        service: Arc<str>,
        /// The scheduler.
        scheduler: Algorithm,
    },
    /// A sequence number hashed by another scheduler.
    #[error("service {service:?}: `hash_sequence` is for `hash-5-tuple`, not for `{scheduler}`")]
    HashSequence {
        /// The service.
        service: Arc<str>,
        /// The scheduler.
        scheduler: Algorithm,
    },
    /// Sources to be translated where nothing is.
    #[error("service {service:?}: only the mode `nat` can do without `preserve_client_ip`")]
    PreserveClient {
        /// The service.
        service: Arc<str>,
    },
    /// More bits than an address has.
    #[error("service {service:?}: clients of {prefix} bits; 0 to 32 would be right")]
    Prefix {
        /// The service.
        service: Arc<str>,
        /// The bits.
        prefix: u8,
    },
    /// The backends or the health check are refused.
    #[error("service {service:?}: {source}")]
    Group {
        /// The service.
        service: Arc<str>,
        /// What is wrong.
        #[source]
        source: GroupError,
    },
    /// Source translation where nothing leaves.
    #[error("source translation at {attachment}, which has no interface")]
    NoInterface {
        /// The place.
        attachment: Attachment,
    },
    /// Source translation to an address that no packet can have.
    #[error("source translation to {address}; an IPv4 unicast address would be right")]
    SourceAddress {
        /// The address.
        address: IpAddr,
    },
    /// A flow table without room.
    #[error("a flow table of 0 entries holds nothing; 1 at least would be right")]
    FlowLimit,
}
