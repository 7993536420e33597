//! A machine with sockets at one or more network interfaces; it forwards nothing.

mod arrival;
mod echo;

use std::net::{IpAddr, Ipv4Addr};

use switchlab_core::{AppCounter, Counters, DropReason, Egress, Instant, PortId, Stream, Table};
use switchlab_ip::{
    IcmpError, Interface, InterfaceConfig, InterfaceError, Local, PortLink, fragment,
};
use switchlab_wire::{Ethernet, Frame, Ipv4, MacAddr};

use crate::{Sockets, SocketsConfig};

pub use arrival::Taken;
pub(crate) use echo::LONGEST_ECHO;
pub use echo::{EchoReply, PingError};

/// How long fragments of a datagram wait for the others. RFC 1122 §3.3.2 asks for 60 s to 120 s.
const REASSEMBLY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

/// The settings of a [`Station`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationConfig {
    /// The interfaces; the first is port 0. At least one.
    pub interfaces: Vec<InterfaceConfig>,
    /// Who takes packets for everybody who is not next door; none by default.
    pub gateway: Option<Ipv4Addr>,
    /// The settings of TCP and UDP. Their MTU is never more than the smallest of the interfaces.
    pub sockets: SocketsConfig,
}

/// Why a station cannot be made as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StationError {
    /// There is no interface, or more than there can be ports.
    #[error("{count} interfaces are given; 1 to 65535 would be right")]
    Interfaces {
        /// How many there are.
        count: usize,
    },
    /// An interface is not right.
    #[error("interface {port}: {source}")]
    Interface {
        /// The interface's port.
        port: u16,
        /// What is not right.
        source: InterfaceError,
    },
    /// The gateway is in no net of the station.
    #[error(
        "the gateway {gateway} is in none of the station's nets; an address next door would be right"
    )]
    Gateway {
        /// The gateway.
        gateway: Ipv4Addr,
    },
}

/// Interfaces, a neighbour table each, connected routes and a default route, and sockets above them.
///
/// Port n of the device is interface n. After each call that may have changed something, the owner
/// drains the events of [`sockets_mut`](Self::sockets_mut) and calls [`flush`](Self::flush), until
/// there is no event more.
///
/// It takes what comes for a [silent](InterfaceConfig::silent) address, bare or in an IP packet to one of its own
/// (RFC 2003): a tunnel ends here only for those.
///
/// It does not speak to itself: no neighbour answers for one of its own addresses.
pub struct Station {
    interfaces: Vec<Interface>,
    /// The addresses of all interfaces.
    own: Vec<Ipv4Addr>,
    /// Addresses that it takes packets for without answering ARP for them.
    silent: Vec<Ipv4Addr>,
    gateway: Option<(usize, Ipv4Addr)>,
    local: Local,
    sockets: Sockets,
    counters: Counters,
}

impl Station {
    /// A station as configured; sequence numbers and local ports will come from `stream`.
    ///
    /// # Errors
    /// [`StationError`] if an interface or the gateway cannot be as it is given.
    pub fn new(config: StationConfig, stream: Stream) -> Result<Self, StationError> {
        let StationConfig {
            interfaces,
            gateway,
            mut sockets,
        } = config;
        let count = interfaces.len();
        let ports = match u16::try_from(count) {
            Ok(ports) if ports > 0 => ports,
            _ => return Err(StationError::Interfaces { count }),
        };
        let silent = interfaces.iter().flat_map(|nic| nic.silent.iter().copied());
        let silent = silent.collect();
        let interfaces = (0..ports)
            .zip(interfaces)
            .map(|(port, config)| {
                Interface::new(config).map_err(|source| StationError::Interface { port, source })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mtus = interfaces.iter().map(|nic| usize::from(nic.mtu()));
        sockets.mtu = mtus.fold(sockets.mtu, usize::min);
        let gateway = match gateway {
            None => None,
            Some(gateway) => match connected(&interfaces, gateway) {
                Some(interface) => Some((interface, gateway)),
                None => return Err(StationError::Gateway { gateway }),
            },
        };
        let own = interfaces.iter().flat_map(Interface::addresses);
        Ok(Self {
            own: own.map(ipnet::Ipv4Net::addr).collect(),
            silent,
            interfaces,
            gateway,
            local: Local::new(REASSEMBLY_TIMEOUT),
            sockets: Sockets::new(sockets, stream),
            counters: Counters::new(ports),
        })
    }

    /// How many ports there are, one for each interface.
    #[must_use]
    pub fn ports(&self) -> u16 {
        self.interfaces.len() as u16
    }

    /// The sockets.
    #[must_use]
    pub const fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// The sockets, for whatever the owner wants of them.
    pub const fn sockets_mut(&mut self) -> &mut Sockets {
        &mut self.sockets
    }

    /// The frames counted so far.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What TCP lost time by, as counters of an application named `tcp`: `retransmissions` and
    /// `timeouts` of [`TcpStatistics`](crate::TcpStatistics).
    pub fn tcp_counters(&self) -> impl Iterator<Item = AppCounter> {
        let tcp = self.sockets.statistics();
        let counts = [
            ("retransmissions", tcp.retransmissions),
            ("timeouts", tcp.timeouts),
        ];
        let app = "tcp".into();
        let counters = counts.map(|(counter, value)| AppCounter::total(&app, counter, value));
        counters.into_iter()
    }

    /// The address from which to speak to somebody; `None` if no route leads there.
    #[must_use]
    pub fn address_towards(&self, remote: IpAddr) -> Option<IpAddr> {
        match remote {
            IpAddr::V4(remote) => self.own_address_towards(remote).map(IpAddr::V4),
            IpAddr::V6(_) => None,
        }
    }

    /// Whether this is an address of one of its interfaces; no broadcast address is.
    #[must_use]
    pub fn has_address(&self, address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(address) if self.own.contains(&address))
    }

    /// Whether packets to this address are taken.
    fn takes(&self, address: Ipv4Addr) -> bool {
        self.own.contains(&address) || self.silent.contains(&address)
    }

    fn own_address_towards(&self, remote: Ipv4Addr) -> Option<Ipv4Addr> {
        let (interface, next_hop) = self.route(remote)?;
        self.interfaces[interface].address_towards(next_hop)
    }

    /// Sends what the sockets have to send.
    pub fn flush(&mut self, now: Instant, tx: &mut Egress) {
        while let Some(frame) = self.sockets.poll_transmit(now) {
            self.counters.originated += 1;
            self.send(now, frame, tx);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) next has work.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let nics = self.interfaces.iter().filter_map(Interface::poll_timeout);
        nics.chain(self.local.poll_timeout())
            .chain(self.sockets.poll_timeout())
            .min()
    }

    /// Acts on every deadline due at `now`.
    pub fn handle_timeout(&mut self, now: Instant, tx: &mut Egress) {
        for at in 0..self.interfaces.len() {
            let mut link = PortLink {
                port: PortId::new(at as u16),
                counters: &mut self.counters,
                tx,
            };
            self.interfaces[at].handle_timeout(now, &mut link);
            self.tell_unreachable(at);
        }
        while let Some(first) = self.local.expire(now, &mut self.counters) {
            self.answer_error(now, IcmpError::ReassemblyTimeout, &first, tx);
        }
        self.sockets.handle_timeout(now);
    }

    /// Tells that the link at `port` came up or went down; with it the neighbours there are forgotten.
    pub fn link_changed(&mut self, port: PortId, up: bool) {
        if !up && let Some(nic) = self.interfaces.get_mut(port.index()) {
            nic.forget();
            self.tell_unreachable(port.index());
        }
    }

    /// The neighbours of all interfaces and the connections, as a person would look at them.
    #[must_use]
    pub fn tables(&self, now: Instant) -> Vec<Table> {
        let mut neighbours = self.interfaces[0].neighbour_table();
        for nic in &self.interfaces[1..] {
            neighbours.rows.extend(nic.neighbour_rows());
        }
        vec![neighbours, self.sockets.table(now)]
    }

    fn answer_error(&mut self, now: Instant, error: IcmpError, about: &Frame, tx: &mut Egress) {
        let own = view(about).destination();
        if !self.takes(own) {
            return;
        }
        if let Some(message) = self.local.error(error, own, about, &mut self.counters) {
            self.send(now, message, tx);
        }
    }

    /// The interface and the next hop on the way to somebody else.
    fn route(&self, destination: Ipv4Addr) -> Option<(usize, Ipv4Addr)> {
        connected(&self.interfaces, destination)
            .map(|interface| (interface, destination))
            .or(self.gateway)
    }

    /// Sends a packet that has been counted as originated.
    fn send(&mut self, now: Instant, frame: Frame, tx: &mut Egress) {
        let destination = view(&frame).destination();
        let is_everybody = |nic: &Interface| nic.is_broadcast(destination);
        let everybody = self.interfaces.iter().position(is_everybody);
        let Some((at, next_hop)) = everybody
            .map(|at| (at, destination))
            .or_else(|| self.route(destination))
        else {
            self.counters.dropped(DropReason::NoRoute);
            self.sockets.undeliverable(packet(&frame));
            return;
        };
        let nic = &mut self.interfaces[at];
        let mut link = PortLink {
            port: PortId::new(at as u16),
            counters: &mut self.counters,
            tx,
        };
        if everybody.is_some() {
            nic.send_to(MacAddr::BROADCAST, frame, &mut link);
        } else if packet(&frame).len() <= usize::from(nic.mtu()) {
            // What finds no room is counted as dropped, and its sender learns no more.
            let _ = nic.send(now, next_hop, frame, &mut link);
        } else {
            match fragment(&frame, nic.mtu()) {
                Ok(pieces) => {
                    link.counters.copies += pieces.len() as u64 - 1;
                    for piece in pieces {
                        let _ = nic.send(now, next_hop, piece, &mut link);
                    }
                }
                Err(_) => link.counters.dropped(DropReason::FragmentationNeeded),
            }
        }
    }

    fn tell_unreachable(&mut self, interface: usize) {
        while let Some(frame) = self.interfaces[interface].poll_unreachable(&mut self.counters) {
            self.sockets.undeliverable(packet(&frame));
        }
    }
}

/// The interface in whose net an address is, the longest prefix first.
fn connected(interfaces: &[Interface], address: Ipv4Addr) -> Option<usize> {
    let nets = interfaces.iter().enumerate().flat_map(|(at, nic)| {
        let near = nic.addresses().iter().filter(|net| net.contains(&address));
        near.map(move |net| (net.prefix_len(), std::cmp::Reverse(at)))
    });
    nets.max().map(|(_, std::cmp::Reverse(at))| at)
}

fn packet(frame: &Frame) -> &[u8] {
    &frame.octets()[Ethernet::HEADER_LEN..]
}

fn view(frame: &Frame) -> Ipv4<'_> {
    Ipv4::accepted(packet(frame))
}
