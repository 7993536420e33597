//! What every node of a lab may have to know of the others before any of them is read: where they stand, and
//! which of them are nodes of a load balancer.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use ipnet::IpNet;
use switchlab_balance::Place;
use switchlab_host::Geography;
use switchlab_topology::{REGIONS, Region};

use crate::read::{Problems, Section};

/// Where the nodes of a lab stand, and which of them are nodes of a load balancer.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// The region of each node that stands in one.
    regions: BTreeMap<String, Region>,
    /// The region of each address of theirs.
    addresses: BTreeMap<IpAddr, Arc<str>>,
    /// The addresses by which DNS tells of the nodes of each load balancer at layer 7.
    balancers: BTreeMap<String, Vec<Ipv4Addr>>,
}

impl World {
    /// Looks at all nodes. What is wrong with them is told when they are read.
    pub(crate) fn of(file: &Section<'_>) -> Self {
        let ignored = &mut Problems::default();
        let mut world = Self::default();
        for (node, mut section) in file.clone().named("node", ignored) {
            let mut nets = section
                .list::<IpNet>("address", ignored)
                .unwrap_or_default();
            for mut interface in section.sections("interface", ignored) {
                nets.extend(
                    interface
                        .list::<IpNet>("addresses", ignored)
                        .into_iter()
                        .flatten(),
                );
            }
            let addresses: Vec<_> = nets.iter().map(|net| net.value.addr()).collect();
            let region = section.value::<Region>("region", ignored);
            if let Some(region) = region.map(|region| region.value) {
                let all = addresses
                    .iter()
                    .map(|address| (*address, region.name.into()));
                world.addresses.extend(all);
                world.regions.insert(node.value.clone(), region);
            }
            let kind = section.value::<String>("kind", ignored);
            let is_balancer = kind.is_some_and(|it| it.value.replace('_', "-") == "l7-switch");
            if let (true, Some(IpAddr::V4(address))) = (is_balancer, addresses.first()) {
                let name = section.or("load_balancer", node.value, ignored);
                world.balancers.entry(name).or_default().push(*address);
            }
        }
        world
    }

    /// The region of a node, if it stands in one.
    pub(crate) fn region(&self, node: &str) -> Option<&Region> {
        self.regions.get(node)
    }

    /// The load balancers, each with the addresses of its nodes.
    pub(crate) const fn balancers(&self) -> &BTreeMap<String, Vec<Ipv4Addr>> {
        &self.balancers
    }

    /// What a server of names may know of all this.
    pub(crate) fn geography(&self) -> Geography {
        let place = |region: &Region| Place {
            continent: Some(region.continent.into()),
            country: Some(region.country.into()),
            subdivision: region.subdivision.map(Into::into),
        };
        let mut round_trips = BTreeMap::new();
        for a in &REGIONS {
            for b in REGIONS.iter().filter(|b| a.name <= b.name) {
                round_trips.insert((a.name.into(), b.name.into()), a.round_trip(b));
            }
        }
        Geography {
            regions: self.addresses.clone(),
            places: REGIONS
                .iter()
                .map(|it| (it.name.into(), place(it)))
                .collect(),
            round_trips,
        }
    }
}
