//! What ELB refuses of a listener besides its rules: protocol, port, certificates, attributes, and the
//! groups that it forwards to.
//!
//! From `CreateListener` and `ModifyListenerAttributes`.

use std::collections::BTreeSet;

use super::account::{Account, Balancer, Group, Listening};
use super::attributes::{self, Owner};
use super::groups::shared;
use super::refusal::{Court, Refusals};
use super::shapes::{Action, Flag, MutualAuthentication, Number};

/// Security policies that ELB has defined (ALB and NLB guides, "Security policies").
#[rustfmt::skip]
const POLICIES: [&str; 38] = [
    "2015-05", "2016-08",
    "TLS-1-1-2017-01", "TLS-1-2-2017-01", "TLS-1-2-Ext-2018-06",
    "FS-2018-06", "FS-1-1-2019-08", "FS-1-2-2019-08", "FS-1-2-Res-2019-08", "FS-1-2-Res-2020-10",
    "TLS13-1-0-2021-06", "TLS13-1-0-FIPS-2023-04", "TLS13-1-0-PQ-2025-09", "TLS13-1-0-FIPS-PQ-2025-09",
    "TLS13-1-1-2021-06", "TLS13-1-1-FIPS-2023-04",
    "TLS13-1-2-2021-06", "TLS13-1-2-FIPS-2023-04", "TLS13-1-2-PQ-2025-09", "TLS13-1-2-FIPS-PQ-2025-09",
    "TLS13-1-2-Res-2021-06", "TLS13-1-2-Res-FIPS-2023-04", "TLS13-1-2-Res-PQ-2025-09", "TLS13-1-2-Res-FIPS-PQ-2025-09",
    "TLS13-1-2-Ext0-FIPS-2023-04", "TLS13-1-2-Ext0-FIPS-PQ-2025-09",
    "TLS13-1-2-Ext1-2021-06", "TLS13-1-2-Ext1-FIPS-2023-04", "TLS13-1-2-Ext1-PQ-2025-09", "TLS13-1-2-Ext1-FIPS-PQ-2025-09",
    "TLS13-1-2-Ext2-2021-06", "TLS13-1-2-Ext2-FIPS-2023-04", "TLS13-1-2-Ext2-PQ-2025-09", "TLS13-1-2-Ext2-FIPS-PQ-2025-09",
    "TLS13-1-3-2021-06", "TLS13-1-3-FIPS-2023-04", "TLS13-1-3-PQ-2025-09", "TLS13-1-3-FIPS-PQ-2025-09",
];

/// What stands before the name of every policy, and in the names of those that name an RFC.
const POLICY: &str = "ELBSecurityPolicy-";
const RFC9151: &str = "-RFC9151-";

pub(super) fn check(account: &Account, refusals: &mut Refusals) {
    for balancer in &account.balancers {
        for (place, listener) in balancer.listeners.iter().enumerate() {
            let mut court = refusals.of(&listener.resource);
            let mut before = balancer.listeners[..place].iter();
            if listener.shape.port.is_some()
                && before.any(|other| other.shape.port == listener.shape.port)
            {
                court.refuse(
                    "DuplicateListener",
                    format!(
                        "A listener already exists on this port for this load balancer '{}'",
                        balancer.resource
                    ),
                );
            }
            protocol(balancer, listener, &mut court);
            encryption(balancer, listener, &mut court);
            attributes::check(
                &listener.attributes,
                Owner::Listener(balancer.kind()),
                &mut court,
            );
            if !balancer.is_application() {
                only_forwards(balancer, listener, &mut court);
            }
            used_groups(account, balancer, listener, refusals);
            one_default(listener, refusals);
        }
    }
    owners(account, refusals);
}

fn protocol(balancer: &Balancer, listener: &Listening, court: &mut Court<'_>) {
    let allowed: &[&str] = match balancer.kind() {
        "network" => &["TCP", "QUIC", "TCP_QUIC", "UDP", "TCP_UDP", "TLS"],
        "gateway" => return,
        _ => &["HTTP", "HTTPS"],
    };
    match listener.shape.port {
        None => court.invalid("A listener port must be specified"),
        Some(Number(port)) => court.range("port", port, 1, 65_535),
    }
    match listener.shape.protocol.as_deref() {
        None => court.invalid("A listener protocol must be specified"),
        Some(protocol) if !allowed.contains(&protocol) => court.invalid(format!(
            "Listener protocol '{protocol}' must be one of '{}'",
            allowed.join(", ")
        )),
        Some(_) => {}
    }
}

/// What other load balancers than those of applications do with traffic.
fn only_forwards(balancer: &Balancer, listener: &Listening, court: &mut Court<'_>) {
    let kind = balancer.kind();
    for action in listener.shape.default_actions.iter().flatten() {
        let action = action.kind.as_deref().unwrap_or_default();
        if action != "forward" {
            court.refuse(
                "InvalidLoadBalancerAction",
                format!("The action type '{action}' is not valid with {kind} load balancer"),
            );
        }
    }
}

/// Certificates, security policy, ALPN and mutual authentication.
fn encryption(balancer: &Balancer, listener: &Listening, court: &mut Court<'_>) {
    let shape = &listener.shape;
    let protocol = shape.protocol.as_deref().unwrap_or_default();
    let is_secure = matches!(protocol, "HTTPS" | "TLS");
    let certificates = shape.certificates.as_deref().unwrap_or_default();
    let mut defaults = certificates
        .iter()
        .filter(|it| it.is_default != Some(Flag(false)));
    match (is_secure, defaults.clone().count()) {
        (true, 0) => court.invalid(format!(
            "A certificate must be specified for {protocol} listeners"
        )),
        (true, count) if count > 1 => court.refuse(
            "TooManyCertificates",
            format!("Up to '1' certificate ARNs can be specified, but '{count}' were specified"),
        ),
        (false, count) if count > 0 => {
            court.invalid(format!(
                "A certificate cannot be specified for {protocol} listeners"
            ));
        }
        _ => {}
    }
    if let Some(arn) = defaults.next().and_then(|it| it.certificate_arn.as_deref()) {
        certificate(arn, &balancer.resource, court);
    }
    if let Some(policy) = shape.ssl_policy.as_deref() {
        let name = policy.strip_prefix(POLICY).unwrap_or_default();
        if !is_secure {
            court.invalid(format!(
                "An SSL policy cannot be specifed for {protocol} listeners"
            ));
        } else if !POLICIES.contains(&name) && !name.contains(RFC9151) {
            court.refuse(
                "SSLPolicyNotFound",
                format!("SSL policy '{policy}' not found"),
            );
        }
    }
    if balancer.is_application() && shape.alpn_policy.as_ref().is_some_and(|it| !it.is_empty()) {
        court.refuse(
            "InvalidConfigurationRequest",
            "You cannot set ALPN policy on load balancers of type 'application'",
        );
    }
    if let Some(settings) = &shape.mutual_authentication {
        mutual_authentication(settings, is_secure, court);
    }
}

/// Certificates come from ACM, where they have the region of the listener, or from IAM.
fn certificate(arn: &str, balancer: &str, court: &mut Court<'_>) {
    let part = |arn: &str, place: usize| arn.split(':').nth(place).unwrap_or_default().to_owned();
    match part(arn, 2).as_str() {
        "acm" => {
            let regions = (part(arn, 3), part(balancer, 3));
            if !regions.1.is_empty() && regions.0 != regions.1 {
                court.refuse(
                    "CertificateNotFound",
                    format!("Certificate ARN '{arn}' is not valid"),
                );
            }
        }
        "iam" => {}
        _ => court.refuse(
            "CertificateNotFound",
            format!("Certificate '{arn}' not found"),
        ),
    }
}

fn mutual_authentication(settings: &MutualAuthentication, is_secure: bool, court: &mut Court<'_>) {
    let code = "InvalidConfigurationRequest";
    let mode = settings.mode.as_deref().unwrap_or("off");
    if !matches!(mode, "off" | "passthrough" | "verify") {
        court.invalid(format!("Mutual Authentication mode {mode} not found"));
        return;
    }
    if !is_secure && mode != "off" {
        court.refuse(
            code,
            "Mutual Authentication cannot be set for non secure listeners",
        );
    }
    let has_store = settings
        .trust_store_arn
        .as_ref()
        .is_some_and(|arn| !arn.is_empty());
    if mode == "verify" {
        if !has_store {
            court.refuse(
                code,
                "Mutual Authentication mode verify requires a trust store arn",
            );
        }
        return;
    }
    let advertises = settings.advertise_trust_store_ca_names.as_deref() == Some("on");
    let forgives = settings.ignore_client_certificate_expiry == Some(Flag(true));
    for (is_set, what) in [
        (has_store, "a trust store arn"),
        (advertises, "advertise trust store ca names"),
        (forgives, "ignoring client certificate expiry"),
    ] {
        if is_set {
            court.refuse(
                code,
                format!("Mutual Authentication mode {mode} does not support {what}"),
            );
        }
    }
}

impl Action {
    /// The ARNs of the groups that a forward action names.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        let listed = self
            .forward_config
            .iter()
            .flat_map(|it| it.target_groups.iter().flatten());
        let listed = listed.filter_map(|it| it.target_group_arn.as_deref());
        self.target_group_arn.as_deref().into_iter().chain(listed)
    }
}

impl Listening {
    /// The default action and those of all rules, each with the resource it belongs to.
    pub(super) fn actions(&self) -> impl Iterator<Item = (&str, &Action)> {
        let own = self.shape.default_actions.iter().flatten();
        let rules = self.rules.iter().flat_map(|rule| {
            let actions = rule.shape.actions.iter().flatten();
            actions.map(|action| (&*rule.resource, action))
        });
        own.map(|action| (&*self.resource, action)).chain(rules)
    }
}

/// A listener has one default rule.
fn one_default(listener: &Listening, refusals: &mut Refusals) {
    let defaults = listener.rules.iter().filter(|it| it.is_default());
    for another in defaults.skip(1) {
        let mut court = refusals.of(&another.resource);
        court.refuse(
            "PriorityInUse",
            format!(
                "Priority 'default' is currently in use: listener '{}' has a default rule already",
                listener.resource
            ),
        );
    }
}

/// Groups that a listener of this kind cannot forward to.
fn used_groups(
    account: &Account,
    balancer: &Balancer,
    listener: &Listening,
    refusals: &mut Refusals,
) {
    let (mut strangers, mut afar, mut sixes) = (BTreeSet::new(), BTreeSet::new(), false);
    for group in listener.actions().flat_map(|(_, action)| action.groups()) {
        let Some(group) = account.group(group) else {
            continue;
        };
        let protocol = group.shape.protocol.as_deref().unwrap_or_default();
        let fits = match (balancer.kind(), listener.shape.protocol.as_deref()) {
            ("application", _) => group.is_for_applications() || group.shape.protocol.is_none(),
            (_, Some("TCP")) => matches!(protocol, "TCP" | "TCP_UDP"),
            (_, Some("TLS")) => matches!(protocol, "TCP" | "TLS"),
            (_, Some("UDP")) => matches!(protocol, "UDP" | "TCP_UDP"),
            (_, Some(same @ ("TCP_UDP" | "QUIC" | "TCP_QUIC"))) => protocol == same,
            _ => true,
        };
        if !fits {
            strangers.insert(group.resource.as_str());
        }
        let vpcs = (&balancer.shape.vpc_id, &group.shape.vpc_id);
        if let (Some(here), Some(there)) = vpcs
            && here != there
        {
            afar.insert(group.resource.as_str());
        }
        let is_six = group.shape.ip_address_type.as_deref() == Some("ipv6");
        sixes |= is_six && balancer.shape.ip_address_type.as_deref() == Some("ipv4");
    }
    let list = |groups: BTreeSet<&str>| groups.into_iter().collect::<Vec<_>>().join(", ");
    let mut court = refusals.of(&listener.resource);
    if !strangers.is_empty() {
        let strangers = list(strangers);
        court.refuse(
            "IncompatibleProtocols",
            format!("The listener and the following target groups have incompatible protocols: {strangers}"),
        );
    }
    if !afar.is_empty() {
        let (balancer, afar) = (&balancer.resource, list(afar));
        court.refuse(
            "InvalidConfigurationRequest",
            format!("The following target groups are in a different VPC than load balancer '{balancer}': {afar}"),
        );
    }
    if sixes {
        court.refuse(
            "InvalidConfigurationRequest",
            "You cannot associate an IPv6 target group with a load balancer that has an 'ipv4' IP address type",
        );
    }
}

impl Balancer {
    /// Whether a listener forwards to this group.
    pub(super) fn uses(&self, group: &Group) -> bool {
        let is_it = |reference: &str| reference == group.resource || reference == group.name;
        let mut actions = self.listeners.iter().flat_map(Listening::actions);
        actions.any(|(_, action)| action.groups().any(is_it))
    }
}

/// Groups that two application load balancers forward to.
fn owners(account: &Account, refusals: &mut Refusals) {
    for group in account.groups.iter().filter(|it| it.is_for_applications()) {
        if account.balancers.iter().filter(|it| it.uses(group)).count() > 1 {
            let mut court = refusals.of(&group.resource);
            court.refuse("TargetGroupAssociationLimit", shared(&group.resource));
        }
    }
}
