//! Attributes: which keys ELB knows for what, and which values it takes.
//!
//! From the API's `LoadBalancerAttribute`, `TargetGroupAttribute` and `ListenerAttribute`. How many
//! attributes one request may set (20) is no matter here: a reply lists them all.

use switchlab_balance::STICKINESS_RANGE;

use super::account::Attributes;
use super::refusal::Court;
use super::shapes::whole;

/// The highest integer of the API.
const MOST: i64 = 2_147_483_647;

/// The longest stickiness, in seconds.
pub(super) const LONGEST_STICKINESS: i64 = STICKINESS_RANGE.end().as_secs().cast_signed();

/// What an attribute may hold.
#[derive(Debug, Clone, Copy)]
enum Values {
    /// `true` or `false`.
    Flag,
    /// One of these; ELB says so in these words, `{key}` and `{value}` standing for themselves.
    OneOf(&'static [&'static str], &'static str),
    /// A whole number from the first to the second.
    Range(i64, i64),
    /// 0, or a whole number from the first to the second.
    ZeroOrRange(i64, i64),
    /// `off`, or a whole number from 1 on.
    OffOrCount,
    /// A whole number from 1 on.
    Count,
    /// `off`, or a whole number from 1 to 100.
    OffOrPercentage,
    /// The name of a header field, or nothing.
    FieldName,
    /// Any text.
    Text,
}

/// For whom a key is: application, network and gateway load balancers, and what belongs to them.
type Scope = &'static str;

/// What has attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// A load balancer of this type.
    Balancer(&'a str),
    /// A listener of a load balancer of this type.
    Listener(&'a str),
    /// A target group of this protocol; none for Lambda functions.
    Group(Option<&'a str>),
}

#[rustfmt::skip]
const LOAD_BALANCER: [(&str, Scope, Values); 25] = [
    ("deletion_protection.enabled", "ang", Values::Flag),
    ("load_balancing.cross_zone.enabled", "ang", Values::Flag),
    ("access_logs.s3.enabled", "an", Values::Flag),
    ("access_logs.s3.bucket", "an", Values::Text),
    ("access_logs.s3.prefix", "an", Values::Text),
    ("ipv6.deny_all_igw_traffic", "an", Values::Flag),
    ("zonal_shift.config.enabled", "an", Values::Flag),
    ("idle_timeout.timeout_seconds", "a", Values::Range(1, 4000)),
    ("client_keep_alive.seconds", "a", Values::Range(60, 604_800)),
    ("connection_logs.s3.enabled", "a", Values::Flag),
    ("connection_logs.s3.bucket", "a", Values::Text),
    ("connection_logs.s3.prefix", "a", Values::Text),
    ("health_check_logs.s3.enabled", "a", Values::Flag),
    ("health_check_logs.s3.bucket", "a", Values::Text),
    ("health_check_logs.s3.prefix", "a", Values::Text),
    ("routing.http.desync_mitigation_mode", "a", Values::OneOf(&["defensive", "monitor", "strictest"], "'{value}' must be one of [defensive, monitor, strictest]")),
    ("routing.http.drop_invalid_header_fields.enabled", "a", Values::Flag),
    ("routing.http.preserve_host_header.enabled", "a", Values::Flag),
    ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "a", Values::Flag),
    ("routing.http.xff_client_port.enabled", "a", Values::Flag),
    ("routing.http.xff_header_processing.mode", "a", Values::OneOf(&["append", "preserve", "remove"], "'{key}' must be set as 'preserve', 'append', or 'remove'")),
    ("routing.http2.enabled", "a", Values::Flag),
    ("waf.fail_open.enabled", "a", Values::Flag),
    ("dns_record.client_routing_policy", "n", Values::OneOf(&["availability_zone_affinity", "partial_availability_zone_affinity", "any_availability_zone"], "'{value}' is no value of '{key}'; availability_zone_affinity, partial_availability_zone_affinity or any_availability_zone is")),
    ("secondary_ips.auto_assigned.per_subnet", "n", Values::Range(0, 7)),
];

#[rustfmt::skip]
const TARGET_GROUP: [(&str, Scope, Values); 24] = [
    ("deregistration_delay.timeout_seconds", "ang", Values::Range(0, 3600)),
    ("stickiness.enabled", "angl", Values::Flag),
    ("stickiness.type", "angl", Values::OneOf(&["lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"], "Stickiness type '{value}' must be one of [lb_cookie, app_cookie, source_ip, source_ip_dest_ip, source_ip_dest_ip_proto]")),
    ("load_balancing.cross_zone.enabled", "anl", Values::OneOf(&["true", "false", "use_load_balancer_configuration"], "'{key}' must be one of use_load_balancer_configuration,true,false")),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "anl", Values::OffOrCount),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "anl", Values::OffOrPercentage),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "anl", Values::Count),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "anl", Values::OffOrPercentage),
    ("load_balancing.algorithm.type", "al", Values::OneOf(&["round_robin", "least_outstanding_requests", "weighted_random"], "'Load balancer algorithm' must be one of [round_robin, weighted_random, least_outstanding_requests]")),
    ("load_balancing.algorithm.anomaly_mitigation", "al", Values::OneOf(&["on", "off"], "'{key}' must be one of [off, on]")),
    ("slow_start.duration_seconds", "a", Values::ZeroOrRange(30, 900)),
    ("stickiness.app_cookie.cookie_name", "al", Values::Text),
    ("stickiness.app_cookie.duration_seconds", "al", Values::Range(1, LONGEST_STICKINESS)),
    ("stickiness.lb_cookie.duration_seconds", "al", Values::Range(1, LONGEST_STICKINESS)),
    ("lambda.multi_value_headers.enabled", "l", Values::Flag),
    ("deregistration_delay.connection_termination.enabled", "n", Values::Flag),
    ("preserve_client_ip.enabled", "n", Values::Flag),
    ("proxy_protocol_v2.enabled", "n", Values::Flag),
    ("target_health_state.unhealthy.connection_termination.enabled", "n", Values::Flag),
    ("target_health_state.unhealthy.draining_interval_seconds", "n", Values::Range(0, 360_000)),
    ("target_failover.on_deregistration", "g", REBALANCE),
    ("target_failover.on_unhealthy", "g", REBALANCE),
    ("send_tcp_reset.on_unhealthy.enabled", "g", Values::Flag),
    ("send_tcp_reset.on_deregistration.enabled", "g", Values::Flag),
];

const REBALANCE: Values = Values::OneOf(
    &["rebalance", "no_rebalance"],
    "'{key}' must be one of [rebalance, no_rebalance]",
);

#[rustfmt::skip]
const LISTENER: [(&str, Scope, Values); 21] = [
    ("tcp.idle_timeout.seconds", "ng", Values::Range(60, 6000)),
    ("send_tcp_reset.on_idle_timeout.enabled", "g", Values::Flag),
    ("routing.http.request.x_amzn_mtls_clientcert.header_name", "a", Values::FieldName),
    ("routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name", "a", Values::FieldName),
    ("routing.http.request.x_amzn_mtls_clientcert_issuer.header_name", "a", Values::FieldName),
    ("routing.http.request.x_amzn_mtls_clientcert_subject.header_name", "a", Values::FieldName),
    ("routing.http.request.x_amzn_mtls_clientcert_validity.header_name", "a", Values::FieldName),
    ("routing.http.request.x_amzn_mtls_clientcert_leaf.header_name", "a", Values::FieldName),
    ("routing.http.request.x_amzn_tls_version.header_name", "a", Values::FieldName),
    ("routing.http.request.x_amzn_tls_cipher_suite.header_name", "a", Values::FieldName),
    ("routing.http.response.server.enabled", "a", Values::Flag),
    ("routing.http.response.strict_transport_security.header_value", "a", Values::Text),
    ("routing.http.response.access_control_allow_origin.header_value", "a", Values::Text),
    ("routing.http.response.access_control_allow_methods.header_value", "a", Values::Text),
    ("routing.http.response.access_control_allow_headers.header_value", "a", Values::Text),
    ("routing.http.response.access_control_allow_credentials.header_value", "a", Values::Text),
    ("routing.http.response.access_control_expose_headers.header_value", "a", Values::Text),
    ("routing.http.response.access_control_max_age.header_value", "a", Values::Text),
    ("routing.http.response.content_security_policy.header_value", "a", Values::Text),
    ("routing.http.response.x_content_type_options.header_value", "a", Values::OneOf(&["", "nosniff"], "The value of '{key}' must be from the following: [nosniff], but was '{value}'")),
    ("routing.http.response.x_frame_options.header_value", "a", Values::OneOf(&["", "DENY", "SAMEORIGIN"], "The value of '{key}' must be from the following: [DENY, SAMEORIGIN], but was '{value}'")),
];

impl Owner<'_> {
    fn table(self) -> &'static [(&'static str, Scope, Values)] {
        match self {
            Self::Balancer(_) => &LOAD_BALANCER,
            Self::Listener(_) => &LISTENER,
            Self::Group(_) => &TARGET_GROUP,
        }
    }

    /// The letter that a key's scope must hold; none if the owner is none that ELB knows.
    fn letter(self) -> Option<char> {
        match self {
            Self::Balancer("application") | Self::Listener("application") => Some('a'),
            Self::Balancer("network") | Self::Listener("network") => Some('n'),
            Self::Balancer("gateway") | Self::Listener("gateway") => Some('g'),
            Self::Group(None) => Some('l'),
            Self::Group(Some("HTTP" | "HTTPS")) => Some('a'),
            Self::Group(Some("GENEVE")) => Some('g'),
            Self::Group(Some("TCP" | "TLS" | "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC")) => Some('n'),
            _ => None,
        }
    }

    fn unknown(self, key: &str, is_known_elsewhere: bool) -> String {
        match (self, is_known_elsewhere) {
            (Self::Group(None), true) => {
                format!(
                    "A target group with target type 'lambda' does not support the attribute {key}"
                )
            }
            (Self::Group(Some(protocol)), true) => {
                format!(
                    "A target group with {protocol} protocol does not support the attribute {key}"
                )
            }
            (Self::Listener(_), true) => {
                format!("The provided listener attribute is not supported: '{key}'")
            }
            (Self::Group(_), false) => {
                format!("Target group attribute key '{key}' is not recognized")
            }
            (Self::Listener(_), false) => {
                format!("Listener attribute key '{key}' is not recognized")
            }
            (Self::Balancer(_), _) => {
                format!("Load balancer attribute key '{key}' is not recognized")
            }
        }
    }
}

/// The value of a key, if it stands there.
pub(super) fn value<'a>(attributes: &'a Attributes, key: &str) -> Option<&'a str> {
    let mut pairs = attributes.iter().filter(|(other, _)| other == key);
    pairs.next_back().map(|(_, value)| value.as_str())
}

/// The value of a key, if it stands there and ELB takes it from this owner.
pub(super) fn accepted<'a>(
    attributes: &'a Attributes,
    key: &str,
    owner: Owner<'_>,
) -> Option<&'a str> {
    let value = value(attributes, key)?;
    let (_, _, values) = owner.table().iter().find(|(known, ..)| *known == key)?;
    let refused = values.refuse(key, value, owner);
    refused.is_none().then_some(value)
}

/// The value of a key as a whole number, if it is one.
pub(super) fn number(attributes: &Attributes, key: &str) -> Option<u64> {
    whole(value(attributes, key)?)
}

/// Whether a key stands there and is `true`.
pub(super) fn is_on(attributes: &Attributes, key: &str) -> bool {
    value(attributes, key) == Some("true")
}

/// Refuses the attributes that ELB would not take from this owner, each for itself.
pub(super) fn check(attributes: &Attributes, owner: Owner<'_>, court: &mut Court<'_>) {
    for (place, (key, value)) in attributes.iter().enumerate() {
        let before = attributes[..place]
            .iter()
            .filter(|(other, _)| other == key)
            .count();
        if before == 1 {
            court.invalid(match owner {
                Owner::Group(_) => format!("Target group attribute keys must be unique: '[{key}]'"),
                _ => format!("Attribute key '{key}' has been specified more than once"),
            });
        }
        let row = owner.table().iter().find(|(known, ..)| known == key);
        let in_scope = |scope: &str| owner.letter().is_none_or(|letter| scope.contains(letter));
        match row {
            Some((_, scope, values)) if in_scope(scope) => {
                if let Some(message) = values.refuse(key, value, owner) {
                    court.invalid(message);
                }
            }
            Some(_) => court.refuse("InvalidConfigurationRequest", owner.unknown(key, true)),
            None => court.invalid(owner.unknown(key, false)),
        }
    }
}

impl Values {
    /// What ELB says to a value that it does not take.
    fn refuse(self, key: &str, value: &str, owner: Owner<'_>) -> Option<String> {
        let number = whole::<i64>(value);
        let from_one = number.is_some_and(|number| (1..=MOST).contains(&number));
        let (is_right, message) = match self {
            Self::Flag => (
                matches!(value, "true" | "false"),
                format!("The value of '{key}' must be 'true' or 'false', but was '{value}'"),
            ),
            Self::OneOf(known, message) => (
                known.contains(&value),
                message.replace("{key}", key).replace("{value}", value),
            ),
            Self::Range(least, most) => (
                number.is_some_and(|number| (least..=most).contains(&number)),
                out_of_range(key, value, least, most, owner),
            ),
            Self::ZeroOrRange(least, most) => (
                number.is_some_and(|number| number == 0 || (least..=most).contains(&number)),
                out_of_range(key, value, least, most, owner),
            ),
            Self::OffOrCount => (
                value == "off" || from_one,
                format!("The value of '{key}' must be 'off' or a positive integer"),
            ),
            Self::Count => (
                from_one,
                format!("The value of '{key}' must be a positive integer"),
            ),
            Self::OffOrPercentage => (
                value == "off" || number.is_some_and(|number| (1..=100).contains(&number)),
                format!("'{key}' must be 'off' or an integer from 1 to 100 inclusive"),
            ),
            Self::FieldName => (
                value
                    .bytes()
                    .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_')),
                format!("The value of '{key}' contains invalid characters"),
            ),
            Self::Text => (true, String::new()),
        };
        (!is_right).then_some(message)
    }
}

fn out_of_range(key: &str, value: &str, least: i64, most: i64, owner: Owner<'_>) -> String {
    match owner {
        Owner::Group(_) => {
            format!("'{key}' value '{value}' must be between '{least}-{most}' inclusive")
        }
        _ => format!("The value of '{key}' must be an integer between {least} and {most}"),
    }
}
