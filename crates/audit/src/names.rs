//! Where a name may lead: all that servers of a lab tell of it, to whomever and whenever.

use std::collections::BTreeSet;
use std::net::IpAddr;

use switchlab_dns::DnsName;
use switchlab_host::{AppKind, DnsResolverConfig, DnsServerConfig, RecordSet, Values};
use switchlab_scenario::Scenario;

/// How many aliases are followed one after the other.
const ALIASES: usize = 16;

/// The addresses that a name may lead to, in ascending order.
pub(crate) fn addresses(lab: &Scenario, name: &DnsName) -> BTreeSet<IpAddr> {
    let apps = lab.hosts.iter().flat_map(|host| &host.apps);
    let servers: Vec<_> = apps
        .filter_map(|app| match &app.kind {
            AppKind::DnsServer(server) => Some(server),
            _ => None,
        })
        .collect();
    let (mut found, mut open) = (BTreeSet::new(), vec![name.clone()]);
    for _ in 0..ALIASES {
        let records = |name: &DnsName| records(&servers, name);
        let records: Vec<_> = open.iter().flat_map(records).collect();
        open.clear();
        for record in records {
            match &record.values {
                Values::Addresses(addresses) => found.extend(addresses),
                Values::Balancer { nodes, .. } => {
                    found.extend(nodes.iter().map(|it| IpAddr::V4(*it)));
                }
                Values::Cname(target) => open.push(target.clone()),
            }
        }
    }
    found
}

/// The records of a name, or else of the closest wildcard that stands for it.
fn records<'a>(servers: &[&'a DnsServerConfig], name: &DnsName) -> Vec<&'a RecordSet> {
    let of = |name: &DnsName| -> Vec<&'a RecordSet> {
        let all = servers.iter().flat_map(|server| &server.records);
        all.filter(|record| record.name == *name).collect()
    };
    let own = of(name);
    let mut above = Some(name.clone());
    let mut wildcards = std::iter::from_fn(|| {
        let name = above.take()?;
        above = name.parent();
        Some(name.wildcard().as_ref().map(of).unwrap_or_default())
    });
    match own.is_empty() {
        true => wildcards
            .find(|found| !found.is_empty())
            .unwrap_or_default(),
        false => own,
    }
}

/// Whether a server answers for a name.
pub(crate) fn answers_for(server: &DnsServerConfig, name: &DnsName) -> bool {
    server.zones.iter().any(|zone| name.is_in(&zone.name))
}

/// Whom a resolver asks for a name.
pub(crate) fn asks(resolver: &DnsResolverConfig, name: &DnsName) -> Vec<IpAddr> {
    let zones = resolver.zones.iter().filter(|(zone, _)| name.is_in(zone));
    let smallest = zones.max_by_key(|(zone, _)| zone.to_string().len());
    let servers = smallest.into_iter().flat_map(|(_, servers)| servers);
    servers.copied().map(IpAddr::V4).collect()
}
