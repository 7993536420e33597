//! An interface: what comes in for us, and how packets leave.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};
use switchlab_core::{Counters, DropReason, Instant, Table};
use switchlab_wire::{
    Arp, ArpOperation, EtherType, Ethernet, EthernetBuilder, Frame, Ipv4, MacAddr,
};

use crate::link::Link;
use crate::neighbour::{Claim, Due, NeighbourConfig, Neighbours};

/// The settings of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceConfig {
    /// The interface's MAC address.
    pub mac: MacAddr,
    /// Its addresses with the prefix lengths of their nets; the first of a net is the preferred one.
    pub addresses: Vec<IpNet>,
    /// Longest IP packet in octets. Default 1500.
    pub mtu: u16,
    /// How neighbours are asked.
    pub neighbours: NeighbourConfig,
    /// Neighbours that need not be asked.
    pub permanent: Vec<(IpAddr, MacAddr)>,
    /// Addresses that the station behind takes packets for, though it answers no ARP request for them; none by
    /// default. So a server takes the virtual address of a balancer that changes only where frames go (Linux: an
    /// address of `lo`, with `arp_ignore` 1 and `arp_announce` 2).
    pub silent: Vec<Ipv4Addr>,
}

impl InterfaceConfig {
    /// The default settings with this MAC address and these addresses.
    #[must_use]
    pub fn new(mac: MacAddr, addresses: impl IntoIterator<Item = IpNet>) -> Self {
        let addresses = addresses.into_iter().collect();
        Self {
            mac,
            addresses,
            mtu: 1500,
            neighbours: NeighbourConfig::default(),
            permanent: Vec::new(),
            silent: Vec::new(),
        }
    }
}

/// Why an interface cannot be made as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InterfaceError {
    /// The MAC address is a group's or nobody's.
    #[error("{mac} cannot be an interface's address: it is not the address of a single station")]
    Mac {
        /// The address.
        mac: MacAddr,
    },
    /// The address can be no machine's.
    #[error(
        "{address} cannot be an interface's address: it is a group, broadcast, loopback or unset address"
    )]
    Address {
        /// The address.
        address: IpNet,
    },
    /// The address stands twice.
    #[error("{address} is given twice")]
    Duplicate {
        /// The address.
        address: IpAddr,
    },
    /// IPv4 needs an MTU of at least 68 octets (RFC 791).
    #[error("an MTU of {mtu} is too small; IPv4 needs at least 68 octets")]
    Mtu {
        /// The MTU.
        mtu: u16,
    },
}

/// What an interface made of a frame.
#[derive(Debug)]
pub enum Received {
    /// The frame holds an IPv4 packet for the owner: untagged by now, not yet checked.
    Packet {
        /// Whether the frame was sent to this station alone; a router forwards no other packets.
        to_us_alone: bool,
    },
    /// It was ARP, and the interface has seen to it and counted the frame as kept.
    Kept,
    /// It goes no further; the frame has been counted as dropped.
    Dropped(DropReason),
}

/// An IP interface.
///
/// IPv4 only so far: IPv6 frames are dropped as an unknown protocol. Neighbours that answered are
/// believed until they say otherwise; they are not probed again (RFC 1122, 2.3.2.1 leaves it open).
#[derive(Debug)]
pub struct Interface {
    mac: MacAddr,
    addresses: Vec<Ipv4Net>,
    mtu: u16,
    neighbours: Neighbours,
    unreachable: VecDeque<Frame>,
}

impl Interface {
    /// Makes an interface.
    ///
    /// # Errors
    /// [`InterfaceError`] if a setting is one that no interface can have.
    pub fn new(config: InterfaceConfig) -> Result<Self, InterfaceError> {
        let InterfaceConfig {
            mac,
            addresses,
            mtu,
            neighbours,
            permanent,
            silent: _,
        } = config;
        if !mac.is_individual() {
            return Err(InterfaceError::Mac { mac });
        }
        if mtu < 68 {
            return Err(InterfaceError::Mtu { mtu });
        }
        for (place, net) in addresses.iter().enumerate() {
            let address = net.addr();
            let group = match address {
                IpAddr::V4(v4) => {
                    v4.is_broadcast() || (net.prefix_len() < 31 && Some(v4) == broadcast(net))
                }
                IpAddr::V6(_) => false,
            };
            if group || address.is_multicast() || address.is_loopback() || address.is_unspecified()
            {
                return Err(InterfaceError::Address { address: *net });
            }
            if addresses[..place]
                .iter()
                .any(|other| other.addr() == address)
            {
                return Err(InterfaceError::Duplicate { address });
            }
        }
        let mut table = Neighbours::new(neighbours);
        for (address, mac) in permanent {
            if let IpAddr::V4(address) = address {
                table.fix(address, mac);
            }
        }
        let v4 = |net: IpNet| {
            if let IpNet::V4(net) = net {
                Some(net)
            } else {
                None
            }
        };
        let addresses = addresses.into_iter().filter_map(v4).collect();
        Ok(Self {
            mac,
            addresses,
            mtu,
            neighbours: table,
            unreachable: VecDeque::new(),
        })
    }

    /// The interface's MAC address.
    #[must_use]
    pub const fn mac(&self) -> MacAddr {
        self.mac
    }

    /// Longest IP packet in octets.
    #[must_use]
    pub const fn mtu(&self) -> u16 {
        self.mtu
    }

    /// The IPv4 addresses with their nets.
    #[must_use]
    pub fn addresses(&self) -> &[Ipv4Net] {
        &self.addresses
    }

    /// Whether this is one of the interface's addresses.
    #[must_use]
    pub fn has(&self, address: Ipv4Addr) -> bool {
        self.addresses.iter().any(|net| net.addr() == address)
    }

    /// Whether a destination is a broadcast on one of the interface's nets: `255.255.255.255`, or the
    /// last address of a net. The first address of a net is a host, as in Linux.
    #[must_use]
    pub fn is_broadcast(&self, destination: Ipv4Addr) -> bool {
        destination.is_broadcast()
            || self
                .addresses
                .iter()
                .any(|net| net.prefix_len() < 31 && net.broadcast() == destination)
    }

    /// The address to speak from to somebody: the one in his net, else the first.
    #[must_use]
    pub fn address_towards(&self, destination: Ipv4Addr) -> Option<Ipv4Addr> {
        let near = self.addresses.iter().find(|net| net.contains(&destination));
        near.or(self.addresses.first()).map(Ipv4Net::addr)
    }

    /// Handles a frame that reached the interface. ARP is seen to here; IP packets are the owner's.
    ///
    /// `answers` says for which addresses the machine answers ARP requests: all of its own, and those
    /// for which it is a proxy.
    #[inline]
    pub fn receive<L: Link>(
        &mut self,
        now: Instant,
        frame: &mut Frame,
        answers: impl Fn(Ipv4Addr) -> bool,
        link: &mut L,
    ) -> Received {
        let octets = frame.octets();
        let Some(header) = octets.first_chunk::<{ Ethernet::HEADER_LEN }>() else {
            return drop_frame(DropReason::Malformed, link);
        };
        let destination = MacAddr::new(header[..6].try_into().expect("six octets of fourteen"));
        let to_us_alone = destination == self.mac;
        if !to_us_alone && !destination.is_group() {
            return drop_frame(DropReason::NotForMe, link);
        }
        let mut ether_type = EtherType(u16::from_be_bytes([header[12], header[13]]));
        if ether_type.is_vlan_tag() {
            // A priority tag says nothing about a VLAN; any other is somebody else's.
            match frame.pop_tag() {
                Some(tag) if tag.is_priority() && tag.tpid == EtherType::VLAN => {}
                Some(_) => return drop_frame(DropReason::NotForMe, link),
                None => return drop_frame(DropReason::Malformed, link),
            }
            ether_type = EtherType(u16::from_be_bytes([frame.octets()[12], frame.octets()[13]]));
        }
        match ether_type {
            EtherType::IPV4 => Received::Packet { to_us_alone },
            EtherType::ARP => match Arp::parse(&frame.octets()[Ethernet::HEADER_LEN..]) {
                Ok(arp) => {
                    link.counters().kept += 1;
                    self.hear(now, &arp, to_us_alone, answers, link);
                    Received::Kept
                }
                Err(_) => drop_frame(DropReason::ArpMalformed, link),
            },
            _ => drop_frame(DropReason::UnknownProtocol, link),
        }
    }

    /// Sends a packet to a neighbour: at once if his MAC address is known, else after asking for it.
    ///
    /// The frame's first 14 octets are room for the Ethernet header. The caller has counted where the
    /// frame comes from; here it is counted as sent, kept (while it waits) or dropped.
    ///
    /// # Errors
    /// Why it was dropped.
    #[inline]
    pub fn send<L: Link>(
        &mut self,
        now: Instant,
        next_hop: Ipv4Addr,
        frame: Frame,
        link: &mut L,
    ) -> Result<(), DropReason> {
        if let Some(mac) = self.neighbours.resolve(now, next_hop) {
            self.send_to(mac, frame, link);
        } else if self
            .neighbours
            .hold(now, next_hop, frame, link.counters())?
        {
            self.ask(next_hop, link);
        }
        Ok(())
    }

    /// Sends a packet to a station, a group or everybody on the link.
    #[inline]
    pub fn send_to<L: Link>(&self, mac: MacAddr, mut frame: Frame, link: &mut L) {
        let header = frame.octets_mut().first_chunk_mut();
        let header: &mut [u8; Ethernet::HEADER_LEN] = header.expect("the caller left room for it");
        Ethernet::set_destination(header, mac);
        Ethernet::set_source(header, self.mac);
        header[12..].copy_from_slice(&EtherType::IPV4.0.to_be_bytes());
        link.transmit(frame);
    }

    /// When [`handle_timeout`](Self::handle_timeout) next has work.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.neighbours.poll_timeout()
    }

    /// Asks again, or gives up, whatever is due at `now`.
    pub fn handle_timeout<L: Link>(&mut self, now: Instant, link: &mut L) {
        while let Some(due) = self.neighbours.due(now) {
            match due {
                Due::Ask(address) => self.ask(address, link),
                Due::GiveUp(held) => self.unreachable.extend(held),
            }
        }
    }

    /// The next packet whose neighbour did not answer, for telling its sender. It has been counted as dropped.
    ///
    /// To be asked after every call of [`handle_timeout`](Self::handle_timeout) and [`forget`](Self::forget).
    pub fn poll_unreachable(&mut self, counters: &mut Counters) -> Option<Frame> {
        let frame = self.unreachable.pop_front()?;
        counters.kept -= 1;
        counters.dropped(DropReason::ArpUnanswered);
        Some(frame)
    }

    /// Forgets all neighbours that were not made permanent: the link went down.
    pub fn forget(&mut self) {
        let held = self.neighbours.forget();
        self.unreachable.extend(held);
    }

    /// The neighbours as a person would look at them.
    #[must_use]
    pub fn neighbour_rows(&self) -> Vec<Vec<String>> {
        let row =
            |(address, mac, state, held): (Ipv4Addr, MacAddr, crate::NeighbourState, usize)| {
                vec![
                    address.to_string(),
                    mac.to_string(),
                    state.name().to_owned(),
                    held.to_string(),
                ]
            };
        self.neighbours.sorted().into_iter().map(row).collect()
    }

    /// The neighbours as a table.
    #[must_use]
    pub fn neighbour_table(&self) -> Table {
        let columns = vec!["address", "MAC address", "state", "held"];
        Table {
            title: "neighbours",
            columns,
            rows: self.neighbour_rows(),
        }
    }

    /// Linux `arp_process`, which settles what RFC 826 leaves open.
    fn hear<L: Link>(
        &mut self,
        now: Instant,
        arp: &Arp,
        to_us_alone: bool,
        answers: impl Fn(Ipv4Addr) -> bool,
        link: &mut L,
    ) {
        let (sender, target) = (arp.sender_ip, arp.target_ip);
        if target.is_multicast() || target.is_loopback() {
            return;
        }
        let is_request = arp.operation == ArpOperation::Request;
        if sender.is_unspecified() {
            // Somebody checks whether the address is free: RFC 5227.
            if is_request && answers(target) {
                self.reply(arp, link);
            }
            return;
        }
        let martian = sender.is_broadcast()
            || sender.is_multicast()
            || sender.is_loopback()
            || self.has(sender);
        if is_request && !martian && answers(target) {
            self.believe(now, arp, Claim::Asked, link);
            self.reply(arp, link);
            return;
        }
        let announces = target == sender && (is_request || arp.target_mac == arp.sender_mac);
        let claim = match (announces, is_request || !to_us_alone) {
            (true, _) => Claim::Gratuitous,
            (false, true) => Claim::Overheard,
            (false, false) => Claim::Answered,
        };
        self.believe(now, arp, claim, link);
    }

    fn believe<L: Link>(&mut self, now: Instant, arp: &Arp, claim: Claim, link: &mut L) {
        for frame in self
            .neighbours
            .claim(now, arp.sender_ip, arp.sender_mac, claim)
        {
            link.counters().kept -= 1;
            self.send_to(arp.sender_mac, frame, link);
        }
    }

    fn reply<L: Link>(&self, request: &Arp, link: &mut L) {
        link.counters().originated += 1;
        link.transmit(
            EthernetBuilder::new(self.mac, request.sender_mac).arp(&request.reply(self.mac)),
        );
    }

    /// Asks everybody on the link who has an address.
    fn ask<L: Link>(&self, address: Ipv4Addr, link: &mut L) {
        // A packet of our own tells from which address to ask: the one it was sent from.
        let own = self.neighbours.waiting(address).and_then(|frame| {
            let source = Ipv4::parse(frame.octets().get(Ethernet::HEADER_LEN..)?)
                .ok()?
                .source();
            self.has(source).then_some(source)
        });
        let Some(from) = own.or_else(|| self.address_towards(address)) else {
            return;
        };
        link.counters().originated += 1;
        let request = Arp::request(self.mac, from, address);
        link.transmit(EthernetBuilder::new(self.mac, MacAddr::BROADCAST).arp(&request));
    }
}

fn drop_frame<L: Link>(reason: DropReason, link: &mut L) -> Received {
    link.counters().dropped(reason);
    Received::Dropped(reason)
}

fn broadcast(net: &IpNet) -> Option<Ipv4Addr> {
    match net {
        IpNet::V4(net) => Some(net.broadcast()),
        IpNet::V6(_) => None,
    }
}
