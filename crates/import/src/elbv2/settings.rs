//! What balancers, listeners and groups come to at layer 7: all that the lab file tells of them, so that what
//! layer 7 has against a lab is known before it is written.
//!
//! A value that has been refused by itself counts as not told: nothing is refused twice.

use std::net::SocketAddrV4;
use std::ops::RangeInclusive;
use std::time::Duration;

use switchlab_balance::{
    Algorithm, AnomalyMitigation, GroupConfig, HealthCheck, Stickiness, Target, Threshold,
};
use switchlab_l7::{L7Config, Protocol, ProtocolVersion, ResponseAttributes, TargetType, Zone};

use super::account::{Balancer, Group, Listening};
use super::attributes::{self, Owner};
use super::groups::RESERVED_COOKIE;
use super::shapes::{Flag, Number, TargetHealthDescription, whole};
use super::targets::Addresses;

/// The port of a function: nobody listens there in an account.
const NO_PORT: u16 = 80;

/// How long stickiness lasts unless it is said: a day.
const A_DAY: u64 = 86_400;

impl Balancer {
    /// The name in DNS, if it has one already.
    pub(super) fn dns_name(&self) -> Option<&str> {
        let name = self.shape.dns_name.as_deref()?;
        Some(name.strip_suffix('.').unwrap_or(name)).filter(|name| !name.is_empty())
    }

    /// Its settings, without listeners and groups.
    pub(super) fn settings(&self) -> L7Config {
        let mut config = L7Config::new(&self.name, Vec::new());
        config.headers.dns_name = self.dns_name().map(Into::into);
        let owner = Owner::Balancer(self.kind());
        for (key, span) in [
            ("idle_timeout.timeout_seconds", &mut config.idle_timeout),
            ("client_keep_alive.seconds", &mut config.client_keep_alive),
        ] {
            let told = attributes::accepted(&self.attributes, key, owner).and_then(whole);
            *span = told.map_or(*span, Duration::from_secs);
        }
        let zones = self.shape.availability_zones.iter().flatten();
        let zones = zones.filter_map(|zone| zone.zone_name.as_deref());
        config.load_balancer.zones = zones
            .map(|name| Zone {
                name: name.into(),
                subnet: None,
            })
            .collect();
        config
    }
}

impl Listening {
    /// What it changes in answers: `routing.http.response.x_frame_options.header_value` becomes
    /// `X-Frame-Options`.
    pub(super) fn responses(&self) -> ResponseAttributes {
        let server = attributes::value(&self.attributes, "routing.http.response.server.enabled");
        let header = |(key, value): &(String, String)| {
            let name = key.strip_prefix("routing.http.response.")?;
            let name = name.strip_suffix(".header_value")?;
            let words: Vec<String> = name.split('_').map(capital).collect();
            (!value.is_empty()).then(|| (words.join("-"), value.clone()))
        };
        ResponseAttributes {
            server_header: server != Some("false"),
            headers: self.attributes.iter().filter_map(header).collect(),
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

impl Group {
    /// The address and port of a target in the lab.
    pub(super) fn place(
        &self,
        target: &TargetHealthDescription,
        addresses: &Addresses,
    ) -> Option<SocketAddrV4> {
        let port = match self.is_lambda() {
            true => NO_PORT,
            false => u16::try_from(target.port(self)?).ok()?,
        };
        Some(SocketAddrV4::new(addresses.find(target)?, port))
    }

    /// Its settings.
    pub(super) fn settings(&self, addresses: &Addresses) -> switchlab_l7::Group {
        let mut group = switchlab_l7::Group::from(self.config(addresses));
        group.target_type = match self.target_type() {
            "instance" => TargetType::Instance,
            "lambda" => TargetType::Lambda,
            "alb" => TargetType::Alb,
            _ => TargetType::Ip,
        };
        if self.shape.protocol.as_deref() == Some("HTTPS") {
            group.protocol = Protocol::Https;
        }
        group.protocol_version = match self.shape.protocol_version.as_deref() {
            Some("HTTP2") => ProtocolVersion::Http2,
            Some("GRPC") => ProtocolVersion::Grpc,
            _ => ProtocolVersion::Http1,
        };
        group
    }

    /// The value of an attribute, if there is one that ELB takes.
    fn attribute(&self, key: &str) -> Option<&str> {
        attributes::accepted(&self.attributes, key, self.owner())
    }

    fn config(&self, addresses: &Addresses) -> GroupConfig {
        let mut config = GroupConfig::new(&self.name, []);
        config.targets = self
            .targets
            .iter()
            .filter_map(|target| {
                Some(Target {
                    zone: target.zone().map(Into::into),
                    ..Target::from(std::net::SocketAddr::from(self.place(target, addresses)?))
                })
            })
            .collect();
        config.algorithm = match self.attribute("load_balancing.algorithm.type") {
            Some("least_outstanding_requests") => Algorithm::LeastOutstanding,
            Some("weighted_random") => Algorithm::WeightedRandom,
            _ => Algorithm::RoundRobin,
        };
        if self.attribute("load_balancing.algorithm.anomaly_mitigation") == Some("on") {
            config.anomaly_mitigation = Some(AnomalyMitigation::default());
        }
        let seconds = |key| Some(Duration::from_secs(whole(self.attribute(key)?)?));
        config.slow_start = seconds("slow_start.duration_seconds").filter(|it| !it.is_zero());
        if let Some(delay) = seconds("deregistration_delay.timeout_seconds") {
            config.deregistration_delay = delay;
        }
        self.thresholds(&mut config);
        config.cross_zone = self.attribute("load_balancing.cross_zone.enabled") != Some("false");
        config.stickiness = self.stickiness();
        config.health_check = self.has_checks().then(|| self.health_check());
        config
    }

    fn thresholds(&self, config: &mut GroupConfig) {
        let least = |action: &str, unit: &str| {
            self.attribute(&format!(
                "target_group_health.{action}.minimum_healthy_targets.{unit}"
            ))
        };
        let (routing, dns) = ("unhealthy_state_routing", "dns_failover");
        let count = least(routing, "count").and_then(whole).unwrap_or(1);
        config.routing = Threshold {
            count: Some(count),
            percentage: least(routing, "percentage").and_then(whole),
        };
        config.dns = Threshold {
            count: least(dns, "count").map_or(Some(count), whole),
            percentage: least(dns, "percentage").and_then(whole),
        };
    }

    fn stickiness(&self) -> Option<Stickiness> {
        if self.attribute("stickiness.enabled") != Some("true") {
            return None;
        }
        let kind = self.attribute("stickiness.type").unwrap_or("lb_cookie");
        let span = self.attribute(&format!("stickiness.{kind}.duration_seconds"));
        let duration = Duration::from_secs(span.and_then(whole).unwrap_or(A_DAY));
        match kind {
            "lb_cookie" => Some(Stickiness::LbCookie { duration }),
            "app_cookie" => {
                let name = self.attribute("stickiness.app_cookie.cookie_name")?;
                let is_told =
                    name.is_empty() || name.to_ascii_uppercase().starts_with(RESERVED_COOKIE);
                (!is_told).then(|| Stickiness::AppCookie {
                    name: name.into(),
                    duration,
                })
            }
            _ => None,
        }
    }

    /// Whether its targets are checked; a function only if it is said.
    pub(super) fn has_checks(&self) -> bool {
        let Flag(is_on) = self
            .shape
            .health_check_enabled
            .unwrap_or(Flag(!self.is_lambda()));
        is_on
    }

    /// How its targets would be checked.
    pub(super) fn health_check(&self) -> HealthCheck {
        let shape = &self.shape;
        let mut check = HealthCheck::default();
        if self.is_lambda() {
            // The guide's defaults for functions.
            check.interval = Duration::from_secs(35);
            check.timeout = Duration::from_secs(30);
        }
        for (told, range, span) in [
            (
                shape.health_check_interval_seconds,
                INTERVALS,
                &mut check.interval,
            ),
            (
                shape.health_check_timeout_seconds,
                TIMEOUTS,
                &mut check.timeout,
            ),
        ] {
            let told = within(told, range);
            *span = told.map_or(*span, |told| Duration::from_secs(told.into()));
        }
        for (told, count) in [
            (shape.healthy_threshold_count, &mut check.healthy),
            (shape.unhealthy_threshold_count, &mut check.unhealthy),
        ] {
            *count = within(told, COUNTS).unwrap_or(*count);
        }
        let path = shape.health_check_path.as_deref();
        if let Some(path) = path.filter(|path| !path.is_empty()) {
            check.path = path.into();
        }
        let port = shape.health_check_port.as_ref();
        check.port = port.and_then(|port| whole(&port.0));
        // Codes of gRPC are none that a check by HTTP could see.
        if self.shape.protocol_version.as_deref() != Some("GRPC") {
            let codes = shape.matcher.as_ref().and_then(|it| it.http_code.as_ref());
            let matcher = codes.and_then(|codes| codes.0.parse().ok());
            check.matcher = matcher.unwrap_or(check.matcher);
        }
        check
    }
}

/// What ELB takes of a health check, in seconds, and of its counts.
pub(super) const INTERVALS: RangeInclusive<i64> = 5..=300;
pub(super) const TIMEOUTS: RangeInclusive<i64> = 2..=120;
pub(super) const COUNTS: RangeInclusive<i64> = 2..=10;

fn within(told: Option<Number>, range: RangeInclusive<i64>) -> Option<u32> {
    let Number(number) = told.filter(|told| range.contains(&told.0))?;
    u32::try_from(number).ok()
}
