//! What ELB refuses of a target group: name, type, protocol, health check, attributes.
//!
//! From `CreateTargetGroup` and `ModifyTargetGroupAttributes`, and from the guides of all types of load
//! balancers: what a group may be hangs on its protocol, not on who uses it.

use switchlab_balance::{Algorithm, GroupError};
use switchlab_l7::L7Error;

use super::account::{Account, Group};
use super::attributes::{self, Owner};
use super::balancers::LONGEST_NAME;
use super::refusal::{Court, Refusals};
use super::settings::{COUNTS, INTERVALS, TIMEOUTS};
use super::shapes::{Flag, Number, whole};
use super::targets::{self, Addresses};

const TYPES: [&str; 4] = ["instance", "ip", "lambda", "alb"];
const PROTOCOLS: [&str; 9] = [
    "HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC",
];

/// Cookies that belong to the load balancer: no application may use names that start so.
pub(super) const RESERVED_COOKIE: &str = "AWSALB";

impl Group {
    /// What its targets are; instances, if it is not said.
    pub(super) fn target_type(&self) -> &str {
        self.shape.target_type.as_deref().unwrap_or("instance")
    }

    /// Whether its target is a function.
    pub(super) fn is_lambda(&self) -> bool {
        self.target_type() == "lambda"
    }

    /// Whether an application load balancer can use it.
    pub(super) fn is_for_applications(&self) -> bool {
        self.is_lambda() || matches!(self.shape.protocol.as_deref(), Some("HTTP" | "HTTPS"))
    }

    /// Which attributes it may have.
    pub(super) fn owner(&self) -> Owner<'_> {
        let family = || self.shape.protocol.as_deref().unwrap_or_default();
        Owner::Group((!self.is_lambda()).then(family))
    }

    fn speaks_http(&self) -> bool {
        matches!(self.shape.protocol.as_deref(), Some("HTTP" | "HTTPS"))
    }
}

pub(super) fn check(account: &Account, addresses: &Addresses, refusals: &mut Refusals) {
    // Where a VPC is named at all, replies are whole.
    let has_vpcs = account.balancers.iter().any(|it| it.shape.vpc_id.is_some())
        || account.groups.iter().any(|it| it.shape.vpc_id.is_some());
    for (place, group) in account.groups.iter().enumerate() {
        let mut court = refusals.of(&group.resource);
        let mut before = account.groups[..place].iter();
        if before.any(|other| other.name == group.name) {
            court.refuse(
                "DuplicateTargetGroupName",
                format!(
                    "A target group with the same name '{}' exists, but with different settings",
                    group.name
                ),
            );
        }
        name(&group.name, &mut court);
        kind(group, has_vpcs, &mut court);
        health_check(group, &mut court);
        attributes::check(&group.attributes, group.owner(), &mut court);
        stickiness(group, &mut court);
        for error in group.settings(addresses).config.errors() {
            together(error, group, &mut court);
        }
        targets::check(group, &mut court);
        let owners = group.shape.load_balancer_arns.as_ref().map_or(0, Vec::len);
        if owners > 1 && group.is_for_applications() {
            court.refuse("TargetGroupAssociationLimit", shared(&group.resource));
        }
    }
}

/// What ELB says of a group with two load balancers.
pub(super) fn shared(resource: &str) -> String {
    format!(
        "The following target groups cannot be associated with more than one load balancer: {resource}"
    )
}

fn name(name: &str, court: &mut Court<'_>) {
    let is_right = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    if name.chars().count() > LONGEST_NAME {
        court.invalid(format!(
            "Target group name '{name}' cannot be longer than '{LONGEST_NAME}' characters"
        ));
    } else if name.is_empty()
        || name.starts_with('-')
        || name.ends_with('-')
        || !name.bytes().all(is_right)
    {
        court.unsatisfied(
            "targetGroupName",
            name,
            "satisfy regular expression pattern: (?!^-)(?!.*-$)^[A-Za-z0-9-]+$",
        );
    }
}

/// Type, protocol, port and VPC.
fn kind(group: &Group, has_vpcs: bool, court: &mut Court<'_>) {
    let shape = &group.shape;
    let kind = group.target_type();
    court.one_of("targetType", kind, &TYPES);
    if let Some(protocol) = &shape.protocol {
        court.one_of("protocol", protocol, &PROTOCOLS);
    }
    if let Some(Number(port)) = shape.port {
        court.range("port", port, 1, 65_535);
    }
    if group.is_lambda() {
        for (is_there, what) in [
            (shape.protocol.is_some(), "Protocol"),
            (shape.port.is_some(), "Port"),
            (shape.vpc_id.is_some(), "VPC ID"),
        ] {
            if is_there {
                court.invalid(format!(
                    "{what} cannot be specified for target groups with target type 'lambda'"
                ));
            }
        }
        if shape.ip_address_type.as_deref() == Some("ipv6") {
            court.refuse(
                "InvalidConfigurationRequest",
                "Target type 'lambda' is not supported with an IPv6 target group",
            );
        }
    } else {
        for (is_there, what) in [
            (shape.protocol.is_some(), "protocol"),
            (shape.port.is_some(), "port"),
            (shape.vpc_id.is_some() || !has_vpcs, "VPC ID"),
        ] {
            if !is_there {
                court.invalid(format!("A {what} must be specified"));
            }
        }
    }
    if let ("alb", Some(protocol)) = (kind, &shape.protocol)
        && protocol != "TCP"
    {
        court.refuse(
            "InvalidConfigurationRequest",
            format!(
                "Target type 'alb' is not supported for target groups with {protocol} protocol"
            ),
        );
    }
    let is_optimized = shape.target_control_port.is_some();
    if is_optimized && !(group.speaks_http() && matches!(kind, "instance" | "ip")) {
        court.invalid("Target control port is not supported");
    }
    if let Some(version) = &shape.protocol_version {
        match &shape.protocol {
            Some(protocol) if !group.speaks_http() => court.invalid(format!(
                "You cannot specify the protocol version for a target group with the '{protocol}' protocol"
            )),
            _ if !matches!(version.as_str(), "HTTP1" | "HTTP2" | "GRPC") => court.invalid(format!(
                "Target group protocol version '{version}' must be one of '[HTTP2, HTTP1, GRPC]'"
            )),
            _ => {}
        }
    }
}

fn health_check(group: &Group, court: &mut Court<'_>) {
    let shape = &group.shape;
    if shape.health_check_enabled == Some(Flag(false)) && !group.is_lambda() {
        court.invalid(format!(
            "Health check enabled must be true for target groups with target type '{}'",
            group.target_type()
        ));
    }
    let allowed: &[&str] = match group.speaks_http() {
        true => &["HTTP", "HTTPS"],
        false => &["HTTP", "HTTPS", "TCP"],
    };
    if let Some(protocol) = shape
        .health_check_protocol
        .as_deref()
        .filter(|it| !allowed.contains(it))
    {
        court.invalid(format!(
            "Health check protocol '{protocol}' must be one of '{}'",
            allowed.join(", ")
        ));
    }
    if let Some(path) = &shape.health_check_path {
        let protocol = shape.health_check_protocol.as_deref();
        if protocol == Some("TCP") {
            court.invalid("Health check paths are not supported for TCP health checks");
        } else if path.is_empty() {
            let must = "have length greater than or equal to 1";
            court.unsatisfied("healthCheckPath", path, must);
        } else if path.len() > 1024 {
            let must = "have length less than or equal to 1024";
            court.unsatisfied("healthCheckPath", path, must);
        }
    }
    if let Some(port) = &shape.health_check_port {
        let number = whole(&port.0).is_some_and(|port: u16| port > 0);
        if !number && port.0 != "traffic-port" {
            court.invalid(format!(
                "Health check port '{}' must be within '1-65535' or 'traffic-port'",
                port.0
            ));
        }
    }
    #[rustfmt::skip]
    let numbers = [
        ("healthCheckIntervalSeconds", shape.health_check_interval_seconds, INTERVALS),
        ("healthCheckTimeoutSeconds",  shape.health_check_timeout_seconds,  TIMEOUTS),
        ("healthyThresholdCount",      shape.healthy_threshold_count,       COUNTS),
        ("unhealthyThresholdCount",    shape.unhealthy_threshold_count,     COUNTS),
    ];
    for (member, number, range) in numbers {
        if let Some(Number(number)) = number {
            court.range(member, number, *range.start(), *range.end());
        }
    }
    matcher(group, court);
}

/// Success codes: of HTTP from 200 on, of gRPC from 0 to 99.
fn matcher(group: &Group, court: &mut Court<'_>) {
    let Some(matcher) = &group.shape.matcher else {
        return;
    };
    let is_grpc = group.shape.protocol_version.as_deref() == Some("GRPC");
    let (name, codes, least, most) = match (&matcher.grpc_code, &matcher.http_code) {
        (Some(codes), _) if is_grpc => ("GRPC", codes, 0, 99),
        (Some(_), None) => {
            court.invalid("Health check matcher HTTP code cannot be empty");
            return;
        }
        (_, Some(codes)) if group.is_for_applications() => ("HTTP", codes, 200, 499),
        (_, Some(codes)) if group.shape.protocol.as_deref() == Some("GENEVE") => {
            ("HTTP", codes, 200, 399)
        }
        (_, Some(codes)) => ("HTTP", codes, 200, 599),
        (None, None) => return,
    };
    for part in codes.0.split(',') {
        let mut ends = Vec::new();
        for code in part.split('-') {
            let number = whole::<u16>(code.trim());
            if !number.is_some_and(|number| (least..=most).contains(&number)) {
                court.invalid(format!(
                    "Health check matcher {name} code '{code}' must be within '{least}-{most}' inclusive"
                ));
            }
            ends.push(number);
        }
        if ends.len() > 2 || !ends.is_sorted() {
            court.invalid(format!(
                "Health check matcher {name} code '{part}' must be a code, or a range from the lower to the higher one"
            ));
        }
    }
}

fn stickiness(group: &Group, court: &mut Court<'_>) {
    let attributes = &group.attributes;
    let is_sticky = attributes::is_on(attributes, "stickiness.enabled");
    let kind = attributes::value(attributes, "stickiness.type").unwrap_or("lb_cookie");
    let (is_http, is_known) = (
        group.speaks_http(),
        matches!(
            kind,
            "lb_cookie"
                | "app_cookie"
                | "source_ip"
                | "source_ip_dest_ip"
                | "source_ip_dest_ip_proto"
        ),
    );
    let fits = matches!(kind, "lb_cookie" | "app_cookie") == is_http;
    let is_said = attributes::value(attributes, "stickiness.type").is_some();
    if let (Some(protocol), true, true, false) = (&group.shape.protocol, is_said, is_known, fits) {
        court.refuse(
            "InvalidConfigurationRequest",
            format!("Stickiness type '{kind}' is not supported for target groups with the {protocol} protocol"),
        );
    }
    let cookie =
        attributes::value(attributes, "stickiness.app_cookie.cookie_name").unwrap_or_default();
    if is_sticky && kind == "app_cookie" && cookie.is_empty() {
        court.refuse(
            "InvalidConfigurationRequest",
            "You must set an application cookie name to enable stickiness of type 'app_cookie'",
        );
    }
    if cookie.to_ascii_uppercase().starts_with(RESERVED_COOKIE) {
        court.refuse(
            "InvalidConfigurationRequest",
            format!("The application cookie name '{cookie}' starts with {RESERVED_COOKIE}, which is reserved for the load balancer"),
        );
    }
}

/// What settings of a group have against each other, in ELB's words where it has any.
fn together(error: GroupError, group: &Group, court: &mut Court<'_>) {
    let words = |algorithm: &Algorithm| match algorithm {
        Algorithm::LeastOutstanding => "least outstanding requests".to_owned(),
        algorithm => algorithm.name().replace('-', " "),
    };
    let message = match &error {
        GroupError::Timeout { timeout, interval } => format!(
            "Health check timeout '{}' must be smaller than the interval '{}'",
            timeout.as_secs(),
            interval.as_secs()
        ),
        GroupError::Path { path } if !path.starts_with('/') => {
            format!("Health check path '{path}' must begin with a '/'")
        }
        GroupError::AnomalyMitigation { algorithm } => format!(
            "You cannot enable both anomaly mitigation and {} algorithm on a target group",
            words(algorithm)
        ),
        GroupError::SlowStart { algorithm } => format!(
            "You cannot enable both slow start and {} algorithm on a target group",
            words(algorithm)
        ),
        GroupError::StickyZone { .. } => "You cannot enable stickiness on a target group with cross-zone load balancing disabled".to_owned(),
        GroupError::DnsThreshold => "DNS failover threshold must be greater than or equal to unhealthy state routing threshold".to_owned(),
        error => error.to_string(),
    };
    let error = L7Error::Group {
        group: group.name.as_str().into(),
        source: error,
    };
    let code = error.code().map_or("ValidationError", |code| code.name());
    court.refuse(code, message);
}
