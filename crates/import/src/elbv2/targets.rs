//! Targets: what ELB refuses of them, and where they are in a lab.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use super::account::{Account, Group};
use super::refusal::Court;
use super::shapes::{Number, TargetHealthDescription};

/// The states of targets behind an application load balancer (API shape `TargetHealth`).
const STATES: [&str; 6] = [
    HEALTHY,
    "initial",
    "unhealthy",
    "draining",
    "unavailable",
    UNUSED,
];
const HEALTHY: &str = "healthy";
const UNUSED: &str = "unused";

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

    /// The state, as the reply has it.
    pub(super) fn told_state(&self) -> Option<&str> {
        self.target_health.as_ref()?.state.as_deref()
    }

    /// The state that it begins in in a lab: its own, or that of which its own is a case (`unhealthy.draining`,
    /// which only targets of network load balancers have); a state that is not known gets nothing, so it is unused.
    pub(super) fn state(&self) -> Option<&'static str> {
        let told = self.told_state()?;
        let (kind, _) = told.split_once('.').unwrap_or((told, ""));
        let mut states = STATES.iter().copied();
        let near = states.find(|state| *state == told || *state == kind && kind != HEALTHY);
        Some(near.unwrap_or(UNUSED))
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
            && !can_be_inside(address, target.zone().is_some())
        {
            court.refuse(
                "InvalidTarget",
                format!("The IP address '{id}' is not allowed, as it must be an address from a VPC subnet, RFC1918, or RFC6598"),
            );
        }
        if let Some(Number(port)) = target.target.port {
            court.range("targets.port", port, 1, 65_535);
        }
    }
}

/// Whether a host can have this address.
fn is_host(address: IpAddr) -> bool {
    let is_broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    !(address.is_unspecified() || address.is_loopback() || address.is_multicast() || is_broadcast)
}

/// Whether ELB takes this address: one of RFC 1918 and RFC 6598, or else of a subnet of the VPC.
///
/// What ranges the VPC has no reply tells. A target with a zone is in one of its subnets; still, that is not
/// believed of public addresses, but of those alone that nobody has on the Internet.
fn can_be_inside(address: IpAddr, has_zone: bool) -> bool {
    match address {
        IpAddr::V4(address) => {
            let is_in = |nets: &[Ipv4Net]| nets.iter().any(|net| net.contains(&address));
            is_in(&PRIVATE) || has_zone && is_in(&NOT_PUBLIC)
        }
        IpAddr::V6(_) => true,
    }
}

/// RFC 1918 and RFC 6598.
const PRIVATE: [Ipv4Net; 4] = [
    Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
    Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
    Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10),
];

/// What else a VPC may have and the Internet has not: benchmarks (RFC 2544), documentation (RFC 5737).
const NOT_PUBLIC: [Ipv4Net; 4] = [
    Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 15),
    Ipv4Net::new_assert(Ipv4Addr::new(192, 0, 2, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(198, 51, 100, 0), 24),
    Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 0), 24),
];

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
