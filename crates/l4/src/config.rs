//! What can be set on a layer 4 switch, and what is refused.

mod error;
mod service;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use switchlab_l3::{Attachment, L3Config};

pub use self::error::L4Error;
pub use self::service::{Mode, Persistence, SCHEDULERS, ServiceConfig, ServiceProtocol};
use crate::Timeouts;

/// The settings of a layer 4 switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct L4Config {
    /// The switch's name; the ports and sequence numbers that it chooses itself come from it and
    /// the seed.
    pub name: Arc<str>,
    /// The layer 3 switch inside.
    pub l3: L3Config,
    /// The services. An address and port of one protocol is one service's at most.
    pub services: Vec<ServiceConfig>,
    /// Whose source address is translated; the first that fits counts.
    pub source_nat: Vec<SourceNat>,
    /// How long flows may be silent.
    pub timeouts: Timeouts,
    /// How many flows there may be; 65 536 by default, 1 at least.
    pub flow_limit: usize,
    /// Where random draws come from; 0 by default.
    pub seed: u64,
}

impl L4Config {
    /// The default settings above this layer 3 switch: no service, no source translation.
    #[must_use]
    pub fn new(name: &str, l3: L3Config) -> Self {
        Self {
            name: name.into(),
            l3,
            services: Vec::new(),
            source_nat: Vec::new(),
            timeouts: Timeouts::default(),
            flow_limit: 65_536,
            seed: 0,
        }
    }

    /// All that is not right with the services and translations; the layer 3 switch judges its own
    /// settings when it is made.
    #[must_use]
    pub fn errors(&self) -> Vec<L4Error> {
        let mut errors = Vec::new();
        for (place, service) in self.services.iter().enumerate() {
            let earlier = &self.services[..place];
            if earlier.iter().any(|other| other.name == service.name) {
                errors.push(L4Error::Name {
                    service: Arc::clone(&service.name),
                });
            }
            let is_same = |other: &&ServiceConfig| {
                (other.protocol, other.address) == (service.protocol, service.address)
            };
            if let Some(other) = earlier.iter().find(is_same) {
                errors.push(L4Error::Duplicate {
                    service: Arc::clone(&service.name),
                    other: Arc::clone(&other.name),
                    protocol: service.protocol,
                    address: service.address,
                });
            }
            service.judge(&mut errors);
            for backend in &service.backends {
                let is_near =
                    |nets: &[IpNet]| nets.iter().any(|net| net.contains(&backend.address.ip()));
                let mut interfaces = self.l3.interfaces.iter();
                if service.mode == Mode::Direct && !interfaces.any(|it| is_near(&it.addresses)) {
                    errors.push(L4Error::NotNextDoor {
                        service: Arc::clone(&service.name),
                        backend: backend.address,
                    });
                }
            }
        }
        for rule in &self.source_nat {
            let is_there = |attachment| {
                let mut interfaces = self.l3.interfaces.iter();
                interfaces.any(|interface| interface.attachment == attachment)
            };
            if !is_there(rule.attachment) {
                errors.push(L4Error::NoInterface {
                    attachment: rule.attachment,
                });
            }
            if let SourceAddress::Fixed(address) = rule.address
                && !names_one(address)
            {
                errors.push(L4Error::SourceAddress { address });
            }
        }
        if self.flow_limit == 0 {
            errors.push(L4Error::FlowLimit);
        }
        errors
    }
}

/// The address that source translation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceAddress {
    /// The switch's address on the way to the destination.
    Interface,
    /// This one; it need not be an address of the switch, but then somebody must route it here.
    Fixed(IpAddr),
}

/// Source translation: flows that leave somewhere seem to come from one address.
///
/// A flow keeps its source port if no other flow would have the same answers; else it is given one
/// from 1024 up (RFC 4787 REQ-3). What is left without a port is dropped as `l4.ports-exhausted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceNat {
    /// Where the flows leave.
    pub attachment: Attachment,
    /// The sources it is for; `None` for all.
    pub from: Option<IpNet>,
    /// The address given.
    pub address: SourceAddress,
}

/// Whether an address is that of one station, by IPv4.
pub(crate) fn names_one(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !(address.is_unspecified()
                || address.is_loopback()
                || address.is_multicast()
                || address.is_broadcast())
        }
        IpAddr::V6(_) => false,
    }
}
