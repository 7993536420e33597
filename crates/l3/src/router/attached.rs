//! The interfaces of a router, each where it is attached.

use switchlab_ip::{Interface, InterfaceConfig as IpConfig};

use crate::Attachment;
use crate::config::{InterfaceConfig, L3Config, L3ConfigError};
use crate::decide::Ingress;
use crate::routes::InterfaceIndex;

/// An interface, and what the router wants to know about it.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) ip: Interface,
    pub(super) attachment: Attachment,
    pub(super) ingress: Ingress,
    pub(super) source_route: bool,
    pub(super) proxy_arp: bool,
}

impl Attached {
    /// Attaches the interface with this index.
    pub(super) fn new(
        config: &L3Config,
        index: InterfaceIndex,
        settings: &InterfaceConfig,
    ) -> Result<Self, L3ConfigError> {
        let attachment = settings.attachment;
        let earlier = &config.interfaces[..index];
        if earlier.iter().any(|other| other.attachment == attachment) {
            return Err(L3ConfigError::Attached { attachment });
        }
        for net in &settings.addresses {
            let address = net.addr();
            if earlier
                .iter()
                .flat_map(|other| &other.addresses)
                .any(|other| other.addr() == address)
            {
                return Err(L3ConfigError::Duplicate { address });
            }
        }
        if let Attachment::Port(port) = attachment
            && port.index() >= config.bridge.ports.len()
        {
            return Err(L3ConfigError::UnknownPort {
                port,
                ports: config.bridge.ports.len(),
            });
        }
        let here = config
            .neighbours
            .iter()
            .filter(|neighbour| neighbour.attachment == attachment);
        let ip = Interface::new(IpConfig {
            mtu: settings.mtu,
            permanent: here
                .map(|neighbour| (neighbour.ip, neighbour.mac))
                .collect(),
            ..IpConfig::new(settings.mac, settings.addresses.iter().copied())
        });
        Ok(Self {
            ip: ip.map_err(|source| L3ConfigError::Interface { attachment, source })?,
            attachment,
            ingress: Ingress {
                interface: index,
                reverse_path: settings.reverse_path,
                redirects: settings.redirects,
                directed_broadcast: settings.directed_broadcast,
            },
            source_route: settings.source_route,
            proxy_arp: settings.proxy_arp,
        })
    }
}
