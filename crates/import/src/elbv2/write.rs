//! The tables of a lab file for a balancer and a target group.
//!
//! What is as a lab has it anyway is not written.

use toml_edit::{Array, Decor, InlineTable, Table, Value, value};

use super::account::{Attributes, Balancer, Group};
use super::attributes::{self, is_on, number};
use super::quotas::Quota;
use super::targets::Addresses;

/// Puts lines of comment before a table.
pub(super) fn comment<'a>(decor: &mut Decor, lines: impl IntoIterator<Item = &'a str>) {
    let lines: String = lines
        .into_iter()
        .map(|line| format!("# {}\n", one_line(line)))
        .collect();
    decor.set_prefix(format!("\n{lines}"));
}

/// A text as a comment can hold it.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

pub(super) fn seconds(seconds: u64) -> String {
    format!("{seconds} s")
}

/// The table of a balancer, without listeners and groups.
pub(super) fn balancer(balancer: &Balancer, address: String) -> Table {
    let attributes = &balancer.attributes;
    let mut node = Table::new();
    node["kind"] = value("l7-switch");
    node["address"] = value(address);
    node["parser"] = value("alb");
    if let Some(mode) = attributes::value(attributes, "routing.http.desync_mitigation_mode") {
        node["desync"] = value(mode);
    }
    if let Some(name) = balancer.dns_name() {
        node["dns_name"] = value(name);
    }
    let zones = balancer.shape.availability_zones.iter().flatten();
    let zones: Array = zones
        .filter_map(|zone| {
            let mut table = InlineTable::new();
            table.insert("name", zone.zone_name.as_ref()?.into());
            Some(Value::InlineTable(table))
        })
        .collect();
    if !zones.is_empty() {
        node["zones"] = value(zones);
    }
    for (key, attribute) in [
        ("idle_timeout", "idle_timeout.timeout_seconds"),
        ("client_keep_alive", "client_keep_alive.seconds"),
    ] {
        if let Some(span) = number(attributes, attribute) {
            node[key] = value(seconds(span));
        }
    }
    let mode = attributes::value(attributes, "routing.http.xff_header_processing.mode");
    if let Some(mode) = mode.filter(|mode| *mode != "append") {
        node["x_forwarded_for"] = value(mode);
    }
    for (key, attribute) in [
        ("xff_client_port", "routing.http.xff_client_port.enabled"),
        (
            "preserve_host_header",
            "routing.http.preserve_host_header.enabled",
        ),
        (
            "drop_invalid_header_fields",
            "routing.http.drop_invalid_header_fields.enabled",
        ),
    ] {
        if is_on(attributes, attribute) {
            node[key] = value(true);
        }
    }
    node
}

/// What ELB has raised for the account.
pub(super) fn quotas(raised: &[Quota]) -> InlineTable {
    let mut table = InlineTable::new();
    for quota in raised {
        table.insert(quota.name(), i64::from(quota.most()).into());
    }
    table
}

/// The table of a target group.
pub(super) fn group(group: &Group, addresses: &Addresses) -> Table {
    let (shape, attributes) = (&group.shape, &group.attributes);
    let mut table = Table::new();
    let untold = (!group.has_health).then_some("No reply tells its targets.");
    let lines = [Some(&*group.resource), untold];
    comment(table.decor_mut(), lines.into_iter().flatten());
    table["target_type"] = value(group.target_type());
    if let Some(protocol) = shape.protocol.as_deref().filter(|it| *it != "HTTP") {
        table["protocol"] = value(protocol);
    }
    if let Some(version) = shape
        .protocol_version
        .as_deref()
        .filter(|it| *it != "HTTP1")
    {
        table["protocol_version"] = value(version);
    }
    table["targets"] = value(targets(group, addresses));
    let check = health_check(group);
    if !check.is_empty() {
        table["health_check"] = value(check);
    }
    let algorithm = attributes::value(attributes, "load_balancing.algorithm.type");
    if let Some(algorithm) = algorithm.filter(|it| *it != "round_robin") {
        table["algorithm"] = value(algorithm.replace('_', "-"));
    }
    if attributes::value(attributes, "load_balancing.algorithm.anomaly_mitigation") == Some("on") {
        table["anomaly_mitigation"] = value(true);
    }
    if attributes::value(attributes, "load_balancing.cross_zone.enabled") == Some("false") {
        table["cross_zone"] = value(false);
    }
    spans(attributes, &mut table);
    stickiness(attributes, &mut table);
    for (key, attribute, default) in [
        (
            "minimum_healthy",
            "unhealthy_state_routing.minimum_healthy_targets.count",
            "1",
        ),
        (
            "minimum_healthy_percentage",
            "unhealthy_state_routing.minimum_healthy_targets.percentage",
            "off",
        ),
        (
            "dns_minimum_healthy",
            "dns_failover.minimum_healthy_targets.count",
            "1",
        ),
        (
            "dns_minimum_healthy_percentage",
            "dns_failover.minimum_healthy_targets.percentage",
            "off",
        ),
    ] {
        let attribute = format!("target_group_health.{attribute}");
        match attributes::value(attributes, &attribute) {
            Some("off") if default != "off" => table[key] = value("off"),
            Some(given) if given != default => {
                table[key] = given.parse::<i64>().map_or_else(|_| value(given), value);
            }
            _ => {}
        }
    }
    table
}

fn spans(attributes: &Attributes, table: &mut Table) {
    for (key, attribute, default) in [
        ("slow_start", "slow_start.duration_seconds", 0),
        (
            "deregistration_delay",
            "deregistration_delay.timeout_seconds",
            300,
        ),
    ] {
        if let Some(span) = number(attributes, attribute).filter(|span| *span != default) {
            table[key] = value(seconds(span));
        }
    }
}

fn stickiness(attributes: &Attributes, table: &mut Table) {
    /// How long stickiness lasts unless it is said: a day.
    const A_DAY: u64 = 86_400;
    if !is_on(attributes, "stickiness.enabled") {
        return;
    }
    let kind = attributes::value(attributes, "stickiness.type").unwrap_or("lb_cookie");
    let span = number(attributes, &format!("stickiness.{kind}.duration_seconds")).unwrap_or(A_DAY);
    if kind == "app_cookie" {
        let name = attributes::value(attributes, "stickiness.app_cookie.cookie_name");
        let mut cookie = InlineTable::new();
        cookie.insert("name", name.unwrap_or_default().into());
        cookie.insert("duration", seconds(span).into());
        table["app_cookie"] = value(cookie);
    } else {
        table["lb_cookie"] = value(seconds(span));
    }
}

/// A line for each target, with a comment where its id is no address.
fn targets(group: &Group, addresses: &Addresses) -> Array {
    let mut targets = Array::new();
    for target in &group.targets {
        let Some(place) = group.place(target, addresses) else {
            continue;
        };
        let mut table = InlineTable::new();
        table.insert("address", place.to_string().into());
        if let Some(zone) = target.zone() {
            table.insert("zone", zone.into());
        }
        let health = target.target_health.as_ref();
        if let Some(state) = target.state() {
            table.insert("state", state.into());
        }
        if let Some(reason) = health.and_then(|it| it.reason.as_deref()) {
            table.insert("reason", reason.into());
        }
        let mut line = Value::InlineTable(table);
        let id = match target.id() == place.ip().to_string() {
            true => String::new(),
            false => format!("    # {}\n", one_line(target.id())),
        };
        line.decor_mut().set_prefix(format!("\n{id}    "));
        targets.push_formatted(line);
    }
    if !targets.is_empty() {
        targets.set_trailing("\n");
        targets.set_trailing_comma(true);
    }
    targets
}

fn health_check(group: &Group) -> InlineTable {
    let shape = &group.shape;
    let mut table = InlineTable::new();
    if !group.has_checks() {
        table.insert("enabled", false.into());
        return table;
    }
    let check = group.health_check();
    let protocol = shape.health_check_protocol.as_deref();
    if let Some(protocol) = protocol.filter(|it| *it != "HTTP") {
        table.insert("protocol", protocol.into());
    }
    if shape.health_check_path.is_some() {
        table.insert("path", check.path.as_ref().into());
    }
    if let Some(port) = check.port {
        table.insert("port", i64::from(port).into());
    }
    // A function's are others than those of a lab.
    for (key, told, span) in [
        (
            "interval",
            shape.health_check_interval_seconds,
            check.interval,
        ),
        ("timeout", shape.health_check_timeout_seconds, check.timeout),
    ] {
        if told.is_some() || group.is_lambda() {
            table.insert(key, seconds(span.as_secs()).into());
        }
    }
    for (key, told, count) in [
        ("healthy", shape.healthy_threshold_count, check.healthy),
        (
            "unhealthy",
            shape.unhealthy_threshold_count,
            check.unhealthy,
        ),
    ] {
        if told.is_some() {
            table.insert(key, i64::from(count).into());
        }
    }
    let codes = shape.matcher.as_ref().and_then(|it| it.http_code.as_ref());
    if codes.is_some() {
        table.insert("matcher", check.matcher.to_string().into());
    }
    table
}
