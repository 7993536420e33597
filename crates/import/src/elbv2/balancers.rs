//! What ELB refuses of a load balancer: name, zones, attributes, and what it has too much of.
//!
//! From `CreateLoadBalancer` and `ModifyLoadBalancerAttributes`, and from the ALB guide.

use std::collections::BTreeSet;

use super::account::{Account, Balancer};
use super::attributes::{self, Owner};
use super::refusal::{Court, Refusals};

const TYPES: [&str; 3] = ["application", "network", "gateway"];
const SCHEMES: [&str; 2] = ["internet-facing", "internal"];
const ADDRESS_TYPES: [&str; 3] = ["ipv4", "dualstack", "dualstack-without-public-ipv4"];

/// The longest name of a load balancer or a target group.
pub(super) const LONGEST_NAME: usize = 32;

/// Logs, each with the word that ELB has for them.
const LOGS: [(&str, &str); 3] = [
    ("access_logs", "access logs"),
    ("connection_logs", "connection logs"),
    ("health_check_logs", "health check logs"),
];

pub(super) fn check(account: &Account, refusals: &mut Refusals) {
    for (place, balancer) in account.balancers.iter().enumerate() {
        let mut court = refusals.of(&balancer.resource);
        let mut before = account.balancers[..place].iter();
        if before.any(|other| other.name == balancer.name) {
            court.refuse(
                "DuplicateLoadBalancerName",
                format!(
                    "A load balancer with the same name '{}' exists, but with different settings",
                    balancer.name
                ),
            );
        }
        name(&balancer.name, &mut court);
        let shape = &balancer.shape;
        court.one_of("type", balancer.kind(), &TYPES);
        if let Some(scheme) = &shape.scheme {
            court.one_of("scheme", scheme, &SCHEMES);
        }
        if let Some(kind) = &shape.ip_address_type {
            court.one_of("ipAddressType", kind, &ADDRESS_TYPES);
            if kind == "dualstack-without-public-ipv4" && !balancer.is_application() {
                court.refuse(
                    "InvalidConfigurationRequest",
                    format!("The specified IP address type is not supported on load balancers with type '{}'.", balancer.kind()),
                );
            }
        }
        of_networks(balancer, &mut court);
        if balancer.is_application() {
            zones(balancer, &mut court);
            mutual_authentication(balancer, &mut court);
        }
        attributes::check(
            &balancer.attributes,
            Owner::Balancer(balancer.kind()),
            &mut court,
        );
        combined(balancer, &mut court);
    }
}

fn name(name: &str, court: &mut Court<'_>) {
    let wrong = if name.chars().count() > LONGEST_NAME {
        format!("cannot be longer than '{LONGEST_NAME}' characters")
    } else if name.starts_with("internal-") {
        "cannot begin with 'internal-'".to_owned()
    } else if name.starts_with('-') {
        "cannot begin with a hyphen(-)".to_owned()
    } else if name.ends_with('-') {
        "cannot end with a hyphen(-)".to_owned()
    } else if name.is_empty()
        || !name
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    {
        "can only contain characters that are alphanumeric characters and hyphens(-)".to_owned()
    } else {
        return;
    };
    court.invalid(format!("The load balancer name '{name}' {wrong}"));
}

/// Two subnets at least, each in a zone of its own; an Outpost or a Local Zone may stand alone.
fn zones(balancer: &Balancer, court: &mut Court<'_>) {
    let Some(zones) = &balancer.shape.availability_zones else {
        return;
    };
    let names: Vec<&str> = zones
        .iter()
        .filter_map(|zone| zone.zone_name.as_deref())
        .collect();
    let each_once: BTreeSet<&str> = names.iter().copied().collect();
    let stands_alone = zones.iter().any(|zone| {
        let is_local = |name: &str| name.matches('-').count() > 2;
        zone.outpost_id.is_some() || zone.zone_name.as_deref().is_some_and(is_local)
    });
    if zones.len() < 2 && !stands_alone {
        court.invalid("At least two subnets in two different Availability Zones must be specified");
    } else if each_once.len() < names.len() {
        court.refuse(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        );
    }
    let mut addresses = zones
        .iter()
        .flat_map(|zone| zone.load_balancer_addresses.iter().flatten());
    if addresses.any(|address| address.allocation_id.is_some()) {
        court.refuse(
            "InvalidConfigurationRequest",
            "Elastic IPs are not supported for load balancers with type 'application'",
        );
    }
}

/// Settings that only network load balancers have.
fn of_networks(balancer: &Balancer, court: &mut Court<'_>) {
    let (shape, is_network) = (&balancer.shape, balancer.kind() == "network");
    let is_on = |setting: &Option<String>| setting.as_deref() == Some("on");
    let zones = shape.availability_zones.iter().flatten();
    let mut addresses = zones.flat_map(|zone| zone.load_balancer_addresses.iter().flatten());
    let is_private = addresses.any(|address| address.private_ipv4_address.is_some());
    let is_internal = shape.scheme.as_deref() == Some("internal");
    for (is_wrong, message) in [
        (
            is_on(&shape.enforce_security_group_inbound_rules_on_private_link_traffic)
                && !is_network,
            "This security group setting for PrivateLink traffic is only available for Network Load Balancers with security groups",
        ),
        (
            is_on(&shape.enable_prefix_for_ipv6_source_nat) && !is_network,
            "'EnablePrefixForIpv6SourceNat' can only be specified for LoadBalancer type 'network'.",
        ),
        (
            is_private && !(is_network && is_internal),
            "You can only specify private IPv4 addresses for Network Load Balancers with scheme 'internal'.",
        ),
    ] {
        if is_wrong {
            court.refuse("InvalidConfigurationRequest", message);
        }
    }
}

fn mutual_authentication(balancer: &Balancer, court: &mut Court<'_>) {
    let is_verifying = |mode: Option<&str>| mode == Some("verify");
    let modes = balancer
        .listeners
        .iter()
        .filter_map(|it| it.shape.mutual_authentication.as_ref());
    if modes.filter(|it| is_verifying(it.mode.as_deref())).count() > 2 {
        court.refuse(
            "InvalidConfigurationRequest",
            format!(
                "You have reached the maximum number of listeners with mutual authentication with verify mode \
                 that you can associate with load balancer '{}': [2]",
                balancer.resource
            ),
        );
    }
}

/// Attributes that stand or fall together.
fn combined(balancer: &Balancer, court: &mut Court<'_>) {
    let attributes = &balancer.attributes;
    for (log, words) in LOGS {
        let bucket = format!("{log}.s3.bucket");
        let has_bucket =
            attributes::value(attributes, &bucket).is_some_and(|name| !name.is_empty());
        if attributes::is_on(attributes, &format!("{log}.s3.enabled")) && !has_bucket {
            court.refuse(
                "InvalidConfigurationRequest",
                format!("The key '{bucket}' must set in order to enable {words}"),
            );
        }
    }
    let cross_zone = "load_balancing.cross_zone.enabled";
    if balancer.is_application() && attributes::value(attributes, cross_zone) == Some("false") {
        court.refuse(
            "InvalidConfigurationRequest",
            format!("The value for '{cross_zone}' must always be 'true' for an Application Load Balancer"),
        );
    }
}
