//! Which way packets take from node to node: interfaces, gateways and routes on top of who hears whom.
//!
//! A station sends what is in its own nets straight there, and all else to its gateway. A router takes its longest
//! prefix, and of several ways any. Routes stay as they are when a neighbour is gone: switchlab's routers run no
//! routing protocol. Where this finds no way, there is none; that it finds one is no promise that each flow takes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

use ipnet::IpNet;
use switchlab_analysis::NodeIndex;
use switchlab_core::PortId;
use switchlab_host::StationConfig;
use switchlab_l3::{Attachment, L3Config, RouteAction};
use switchlab_scenario::{Scenario, Switch};
use switchlab_wire::MacAddr;

use crate::fabric::{Fabric, Part, Where};

/// An interface of a node.
pub(crate) struct Nic {
    pub(crate) node: usize,
    pub(crate) spot: NodeIndex,
    pub(crate) mac: MacAddr,
    nets: Vec<IpNet>,
    attachment: Attachment,
}

/// What a node does with packets that are not for it.
enum Sends<'a> {
    /// Nothing; its own go to the gateway.
    Station { gateway: Option<IpAddr> },
    /// It sends them on.
    Router(&'a L3Config),
}

/// The ways packets take in a lab.
pub(crate) struct Ways<'a> {
    pub(crate) fabric: Fabric,
    pub(crate) nics: Vec<Nic>,
    /// The interfaces of each node.
    of: BTreeMap<usize, Vec<usize>>,
    sends: BTreeMap<usize, Sends<'a>>,
    owners: BTreeMap<IpAddr, usize>,
    /// The routers whose bridges know VLANs.
    aware: BTreeSet<usize>,
}

impl<'a> Ways<'a> {
    pub(crate) fn of(lab: &'a Scenario) -> Self {
        let mut ways = Self {
            fabric: Fabric::of(lab),
            nics: Vec::new(),
            of: BTreeMap::new(),
            sends: BTreeMap::new(),
            owners: lab
                .directory
                .owners
                .iter()
                .map(|(address, node)| (*address, node.index()))
                .collect(),
            aware: BTreeSet::new(),
        };
        let hosts = lab.hosts.iter().map(|it| (&it.name, &it.station));
        let balancers = lab
            .balancers
            .iter()
            .map(|it| (&it.config.name, &it.config.station));
        for (name, station) in hosts.chain(balancers) {
            if let Some(node) = lab.plan.find(name) {
                ways.station(node.index(), station);
            }
        }
        for (name, switch) in &lab.switches {
            let config: &L3Config = match switch {
                Switch::L3(config) => config,
                Switch::L4(config) => &config.l3,
                Switch::Hub | Switch::L2(_) => continue,
            };
            if let Some(node) = lab.plan.find(name) {
                ways.router(node.index(), config);
            }
        }
        ways
    }

    fn station(&mut self, node: usize, station: &StationConfig) {
        for (port, nic) in (0..).map(PortId::new).zip(&station.interfaces) {
            self.nic(node, Attachment::Port(port), nic.mac, &nic.addresses);
        }
        let gateway = station.gateway.map(IpAddr::V4);
        self.sends.insert(node, Sends::Station { gateway });
    }

    fn router(&mut self, node: usize, config: &'a L3Config) {
        if config.bridge.is_vlan_aware() {
            self.aware.insert(node);
        }
        for nic in &config.interfaces {
            self.nic(node, nic.attachment, nic.mac, &nic.addresses);
        }
        self.sends.insert(node, Sends::Router(config));
    }

    fn nic(&mut self, node: usize, attachment: Attachment, mac: MacAddr, nets: &[IpNet]) {
        let knows_vlans = self.aware.contains(&node);
        let at = match attachment {
            Attachment::Port(port) => Where::Port(port),
            // A bridge that knows no VLANs has one, whatever it is called.
            Attachment::Vlan(vlan) => Where::Bridge(knows_vlans.then_some(vlan)),
        };
        let spot = self.fabric.spot(node, at);
        self.of.entry(node).or_default().push(self.nics.len());
        self.nics.push(Nic {
            node,
            spot,
            mac,
            nets: nets.to_vec(),
            attachment,
        });
    }

    /// The node that has this address.
    pub(crate) fn owner(&self, address: IpAddr) -> Option<usize> {
        self.owners.get(&address).copied()
    }

    /// The address that a node sends to this one from.
    pub(crate) fn source(&self, node: usize, to: IpAddr) -> Option<IpAddr> {
        let (nic, next) = *self.hops(node, to).first()?;
        let nets = &self.nics[nic].nets;
        let near = nets.iter().find(|net| net.contains(&next)).or(nets.first());
        near.map(IpNet::addr)
    }

    /// The interfaces by which a node sends to an address, each with whom it hands packets to.
    fn hops(&self, node: usize, to: IpAddr) -> Vec<(usize, IpAddr)> {
        let own = self.of.get(&node).map_or(&[][..], Vec::as_slice);
        let nets = own
            .iter()
            .flat_map(|nic| self.nics[*nic].nets.iter().map(|net| (*nic, *net)));
        let nets: Vec<_> = nets.collect();
        let near = |address: IpAddr| {
            let around = nets.iter().filter(move |(_, net)| net.contains(&address));
            around.max_by_key(|(_, net)| net.prefix_len()).copied()
        };
        match self.sends.get(&node) {
            None => Vec::new(),
            Some(Sends::Station { gateway }) => {
                let next = if near(to).is_some() {
                    Some(to)
                } else {
                    *gateway
                };
                let hop = next.and_then(|next| Some((near(next)?.0, next)));
                hop.into_iter().collect()
            }
            Some(Sends::Router(config)) => {
                let connected = near(to).map(|(nic, net)| (nic, net.prefix_len()));
                let routes = || config.routes.iter().filter(|it| it.to.contains(&to));
                let longest = routes().map(|it| it.to.prefix_len()).max();
                if let Some((nic, length)) = connected
                    && longest.is_none_or(|it| it <= length)
                {
                    return vec![(nic, to)];
                }
                let best = routes().filter(|it| Some(it.to.prefix_len()) == longest);
                let Some(route) = best.min_by_key(|it| it.metric) else {
                    return Vec::new();
                };
                let RouteAction::Forward(paths) = &route.action else {
                    return Vec::new();
                };
                let by = |attachment: Attachment| {
                    own.iter()
                        .copied()
                        .find(|nic| self.nics[*nic].attachment == attachment)
                };
                let hop = |path: &switchlab_l3::Path| {
                    let next = path.via.unwrap_or(to);
                    let nic = path
                        .attachment
                        .map_or_else(|| near(next).map(|(nic, _)| nic), by);
                    Some((nic?, next))
                };
                paths.iter().filter_map(hop).collect()
            }
        }
    }

    /// The parts of one way from a node to an address, both ends among them, when a part is gone.
    pub(crate) fn way(
        &self,
        from: usize,
        to: IpAddr,
        gone: Option<Part>,
    ) -> Option<BTreeSet<Part>> {
        let goal = self.owner(to)?;
        let is_gone = |node| gone == Some(Part::Node(node));
        if is_gone(from) || is_gone(goal) {
            return None;
        }
        let mut parts = BTreeMap::from([(from, BTreeSet::from([Part::Node(from)]))]);
        let mut open = VecDeque::from([from]);
        while let Some(node) = open.pop_front() {
            if node == goal {
                break;
            }
            for (nic, next) in self.hops(node, to) {
                let Some(owner) = self
                    .owner(next)
                    .filter(|it| *it != node && !parts.contains_key(it))
                else {
                    continue;
                };
                if owner != goal && !matches!(self.sends.get(&owner), Some(Sends::Router(_))) {
                    continue;
                }
                let heard = self.fabric.heard(self.nics[nic].spot, gone);
                // An address that is no interface's is taken in by any.
                let own = self
                    .of
                    .get(&owner)
                    .map_or(&[][..], Vec::as_slice)
                    .iter()
                    .map(|nic| &self.nics[*nic]);
                let has = |nic: &&Nic| nic.nets.iter().any(|net| net.addr() == next);
                let is_known = own.clone().any(|nic| has(&nic));
                let mut there = own.filter(|nic| !is_known || has(nic));
                if let Some(way) = there.find_map(|nic| heard.way(nic.spot)) {
                    let so_far = parts[&node].union(&way).copied().collect();
                    parts.insert(owner, so_far);
                    open.push_back(owner);
                }
            }
        }
        parts.remove(&goal)
    }
}
