//! Targets: what ELB refuses of them, and where they are in a lab.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use super::account::{Account, Group};
use super::refusal::Court;
use super::shapes::{Number, TargetHealthDescription};

const STATES: [&str; 7] = [
    "initial",
    "healthy",
    "unhealthy",
    "unhealthy.draining",
    "unused",
    "draining",
    "unavailable",
];

/// The zone of an address outside the VPC.
const ALL_ZONES: &str = "all";

impl TargetHealthDescription {
    pub(super) fn id(&self) -> &str {
        self.target.id.as_deref().unwrap_or_default()
    }

    /// The zone, if it is one.
    pub(super) fn zone(&self) -> Option<&str> {
        self.target
            .availability_zone
            .as_deref()
            .filter(|zone| *zone != ALL_ZONES)
    }

    /// The port that gets the traffic: its own, or the group's.
    pub(super) fn port(&self, group: &Group) -> Option<i64> {
        self.target
            .port
            .or(group.shape.port)
            .map(|Number(port)| port)
    }

    /// The address, if the id is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.id().parse().ok()
    }
}

pub(super) fn check(group: &Group, court: &mut Court<'_>) {
    let kind = group.target_type();
    if group.is_lambda() && group.targets.len() > 1 {
        court.refuse(
            "TooManyTargets",
            format!(
                "Up to '1' Lambda function target(s) can be registered, but '{}' were specified",
                group.targets.len()
            ),
        );
    }
    for target in &group.targets {
        let id = target.id();
        let is_right = match kind {
            "instance" => id.starts_with("i-"),
            "ip" => target.address().is_some_and(is_host),
            "lambda" => id.starts_with("arn:") && id.contains(":lambda:"),
            "alb" => id.starts_with("arn:") && id.contains(":loadbalancer/"),
            _ => true,
        };
        if !is_right {
            court.refuse(
                "InvalidTarget",
                format!("The target '{id}' is not valid for the target type '{kind}'"),
            );
        } else if let Some(address) = target.address()
            && kind == "ip"
            && target.zone().is_none()
            && !is_private(address)
        {
            court.refuse(
                "InvalidTarget",
                format!("The IP address '{id}' is not allowed, as it must be an address from a VPC subnet, RFC1918, or RFC6598"),
            );
        }
        if let Some(Number(port)) = target.target.port {
            court.range("targets.port", port, 1, 65_535);
        }
        if let Some(state) = target
            .target_health
            .as_ref()
            .and_then(|it| it.state.as_deref())
        {
            court.one_of("targetHealth.state", state, &STATES);
        }
    }
}

/// Whether a host can have this address.
fn is_host(address: IpAddr) -> bool {
    let is_broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    !(address.is_unspecified() || address.is_loopback() || address.is_multicast() || is_broadcast)
}

/// RFC 1918 and RFC 6598; addresses of a VPC may be others, but then they come with their zone.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private() || first == 100 && (64..128).contains(&second)
        }
        IpAddr::V6(_) => true,
    }
}

/// Where targets are in a lab: those with an address of IPv4 there, all others at one made from their id.
///
/// Replies name instances and functions, but not their addresses, and labs know no IPv6 yet. Each gets
/// an address of 100.64.0.0/10 (RFC 6598), the same in every group and every import: the one its id
/// hashes to (FNV-1a, 32 bits, modulo 2²²), or the next that is free, ids taken in byte order. None ends
/// in 0 or 255.
#[derive(Debug, Default)]
pub(super) struct Addresses(BTreeMap<String, Ipv4Addr>);

/// The first address of 100.64.0.0/10, and how many there are.
const SHARED: (u32, u32) = (0x6440_0000, 1 << 22);

impl Addresses {
    pub(super) fn of(account: &Account) -> Self {
        let targets = || account.groups.iter().flat_map(|it| &it.targets);
        let (mut addresses, mut taken) = (BTreeMap::new(), BTreeSet::new());
        for target in targets() {
            if let Ok(address) = target.id().parse::<Ipv4Addr>() {
                taken.insert(address);
                addresses.insert(target.id().to_owned(), address);
            }
        }
        let ids: BTreeSet<&str> = targets().map(TargetHealthDescription::id).collect();
        for id in ids {
            if addresses.contains_key(id) {
                continue;
            }
            let (first, size) = SHARED;
            let free = (0..size)
                .map(|step| Ipv4Addr::from(first + fnv(id).wrapping_add(step) % size))
                .find(|address| !matches!(address.octets()[3], 0 | 255) && taken.insert(*address));
            addresses.extend(free.map(|address| (id.to_owned(), address)));
        }
        Self(addresses)
    }

    /// The address of a target in the lab.
    pub(super) fn find(&self, target: &TargetHealthDescription) -> Option<Ipv4Addr> {
        self.0.get(target.id()).copied()
    }

    /// Every address.
    pub(super) fn all(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.0.values().copied()
    }
}

fn fnv(id: &str) -> u32 {
    id.bytes().fold(0x811c_9dc5, |hash, octet| {
        (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193)
    })
}
