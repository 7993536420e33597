//! The shapes of the ELBv2 API (2015-12-01), as far as a lab needs them.
//!
//! Every member is optional, and unknown members are passed over: replies differ by age. Numbers and
//! truth values may be written as texts, as they are when replies go through other hands.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// API `LoadBalancer`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct LoadBalancer {
    pub(super) load_balancer_arn: Option<String>,
    pub(super) load_balancer_name: Option<String>,
    #[serde(rename = "DNSName")]
    pub(super) dns_name: Option<String>,
    pub(super) scheme: Option<String>,
    pub(super) vpc_id: Option<String>,
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) availability_zones: Option<Vec<AvailabilityZone>>,
    pub(super) ip_address_type: Option<String>,
    pub(super) state: Option<LoadBalancerState>,
    pub(super) enforce_security_group_inbound_rules_on_private_link_traffic: Option<String>,
    pub(super) enable_prefix_for_ipv6_source_nat: Option<String>,
}

/// API `LoadBalancerState`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct LoadBalancerState {
    pub(super) code: Option<String>,
    pub(super) reason: Option<String>,
}

/// API `AvailabilityZone`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct AvailabilityZone {
    pub(super) zone_name: Option<String>,
    pub(super) subnet_id: Option<String>,
    pub(super) outpost_id: Option<String>,
    pub(super) load_balancer_addresses: Option<Vec<LoadBalancerAddress>>,
}

/// API `LoadBalancerAddress`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct LoadBalancerAddress {
    pub(super) allocation_id: Option<String>,
    #[serde(rename = "PrivateIPv4Address")]
    pub(super) private_ipv4_address: Option<String>,
}

/// API `Listener`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Listener {
    pub(super) listener_arn: Option<String>,
    pub(super) load_balancer_arn: Option<String>,
    pub(super) port: Option<Number>,
    pub(super) protocol: Option<String>,
    pub(super) certificates: Option<Vec<Certificate>>,
    pub(super) ssl_policy: Option<String>,
    pub(super) default_actions: Option<Vec<Action>>,
    pub(super) alpn_policy: Option<Vec<String>>,
    pub(super) mutual_authentication: Option<MutualAuthentication>,
}

/// API `Certificate`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Certificate {
    pub(super) certificate_arn: Option<String>,
    pub(super) is_default: Option<Flag>,
}

/// API `MutualAuthenticationAttributes`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct MutualAuthentication {
    pub(super) mode: Option<String>,
    pub(super) trust_store_arn: Option<String>,
    pub(super) ignore_client_certificate_expiry: Option<Flag>,
    pub(super) advertise_trust_store_ca_names: Option<String>,
}

/// API `Rule`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Rule {
    pub(super) rule_arn: Option<String>,
    /// Of no API shape, but what a reply may be annotated with.
    pub(super) listener_arn: Option<String>,
    pub(super) priority: Option<Text>,
    pub(super) conditions: Option<Vec<Condition>>,
    pub(super) actions: Option<Vec<Action>>,
    pub(super) is_default: Option<Flag>,
    pub(super) transforms: Option<Vec<Transform>>,
}

/// API `RuleCondition`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Condition {
    pub(super) field: Option<String>,
    pub(super) values: Option<Vec<Text>>,
    pub(super) regex_values: Option<Vec<Text>>,
    pub(super) host_header_config: Option<ValuesConfig>,
    pub(super) path_pattern_config: Option<ValuesConfig>,
    pub(super) http_header_config: Option<ValuesConfig>,
    pub(super) query_string_config: Option<QueryStringConfig>,
    pub(super) http_request_method_config: Option<ValuesConfig>,
    pub(super) source_ip_config: Option<ValuesConfig>,
}

/// What all `…ConditionConfig` shapes but that of query strings have.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct ValuesConfig {
    pub(super) http_header_name: Option<String>,
    pub(super) values: Option<Vec<Text>>,
    pub(super) regex_values: Option<Vec<Text>>,
}

/// API `QueryStringConditionConfig`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct QueryStringConfig {
    pub(super) values: Option<Vec<QueryStringPair>>,
    pub(super) regex_values: Option<Vec<Text>>,
}

/// API `QueryStringKeyValuePair`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct QueryStringPair {
    pub(super) key: Option<Text>,
    pub(super) value: Option<Text>,
}

/// API `RuleTransform`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Transform {
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) host_header_rewrite_config: Option<RewriteConfig>,
    pub(super) url_rewrite_config: Option<RewriteConfig>,
}

/// API `HostHeaderRewriteConfig` and `UrlRewriteConfig`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct RewriteConfig {
    pub(super) rewrites: Option<Vec<Rewrite>>,
}

/// API `RewriteConfig`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Rewrite {
    pub(super) regex: Option<String>,
    pub(super) replace: Option<String>,
}

/// API `Action`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Action {
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) target_group_arn: Option<String>,
    pub(super) order: Option<Number>,
    pub(super) redirect_config: Option<RedirectConfig>,
    pub(super) fixed_response_config: Option<FixedResponseConfig>,
    pub(super) forward_config: Option<ForwardConfig>,
}

/// API `RedirectActionConfig`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct RedirectConfig {
    pub(super) protocol: Option<String>,
    pub(super) port: Option<Text>,
    pub(super) host: Option<String>,
    pub(super) path: Option<String>,
    pub(super) query: Option<String>,
    pub(super) status_code: Option<Text>,
}

/// API `FixedResponseActionConfig`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct FixedResponseConfig {
    pub(super) message_body: Option<String>,
    pub(super) status_code: Option<Text>,
    pub(super) content_type: Option<String>,
}

/// API `ForwardActionConfig`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct ForwardConfig {
    pub(super) target_groups: Option<Vec<TargetGroupTuple>>,
    pub(super) target_group_stickiness_config: Option<GroupStickiness>,
}

/// API `TargetGroupTuple`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct TargetGroupTuple {
    pub(super) target_group_arn: Option<String>,
    pub(super) weight: Option<Number>,
}

/// API `TargetGroupStickinessConfig`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct GroupStickiness {
    pub(super) enabled: Option<Flag>,
    pub(super) duration_seconds: Option<Number>,
}

/// API `TargetGroup`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct TargetGroup {
    pub(super) target_group_arn: Option<String>,
    pub(super) target_group_name: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) port: Option<Number>,
    pub(super) vpc_id: Option<String>,
    pub(super) target_control_port: Option<Number>,
    pub(super) health_check_protocol: Option<String>,
    pub(super) health_check_port: Option<Text>,
    pub(super) health_check_enabled: Option<Flag>,
    pub(super) health_check_interval_seconds: Option<Number>,
    pub(super) health_check_timeout_seconds: Option<Number>,
    pub(super) healthy_threshold_count: Option<Number>,
    pub(super) unhealthy_threshold_count: Option<Number>,
    pub(super) health_check_path: Option<String>,
    pub(super) matcher: Option<Matcher>,
    pub(super) load_balancer_arns: Option<Vec<String>>,
    pub(super) target_type: Option<String>,
    pub(super) protocol_version: Option<String>,
    pub(super) ip_address_type: Option<String>,
}

/// API `Matcher`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Matcher {
    pub(super) http_code: Option<Text>,
    pub(super) grpc_code: Option<Text>,
}

/// API `TargetHealthDescription`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct TargetHealthDescription {
    pub(super) target: Target,
    pub(super) target_health: Option<TargetHealth>,
    pub(super) administrative_override: Option<AdministrativeOverride>,
    pub(super) anomaly_detection: Option<AnomalyDetection>,
}

/// API `TargetDescription`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Target {
    pub(super) id: Option<String>,
    pub(super) port: Option<Number>,
    pub(super) availability_zone: Option<String>,
}

/// API `TargetHealth`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct TargetHealth {
    pub(super) state: Option<String>,
    pub(super) reason: Option<String>,
}

/// API `AdministrativeOverride`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct AdministrativeOverride {
    pub(super) state: Option<String>,
    pub(super) reason: Option<String>,
}

/// API `AnomalyDetection`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct AnomalyDetection {
    pub(super) mitigation_in_effect: Option<String>,
}

/// API `LoadBalancerAttribute`, `TargetGroupAttribute` and `ListenerAttribute`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default, expecting = "an object")]
pub(super) struct Attribute {
    pub(super) key: Option<String>,
    pub(super) value: Option<Text>,
}

/// A whole number, perhaps written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(pub(super) i64);

/// A whole number written as text: digits, and a sign only if it is negative.
pub(super) fn whole<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

/// A truth value, perhaps written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flag(pub(super) bool);

/// A text, perhaps written as a number or a truth value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                let number = i64::try_from(number);
                number
                    .map(Number)
                    .map_err(|_| E::custom("a number too large to be any setting"))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                let number = whole(text);
                number
                    .map(Number)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        from.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
                match text {
                    "true" | "True" => Ok(Flag(true)),
                    "false" | "False" => Ok(Flag(false)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }
        from.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Text, E> {
                Ok(Text(flag.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }
        }
        from.deserialize_any(Reader)
    }
}
