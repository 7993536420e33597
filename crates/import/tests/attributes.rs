//! What attributes and settings of groups come to in a lab, and that every one of them loads.

use serde_json::{Value, json};
use switchlab_import::elbv2::{Imported, Reply, import};

fn imported(
    balancer: &[(&str, &str)],
    group: &[(&str, &str)],
    listener: &[(&str, &str)],
    shape: &Value,
) -> Imported {
    let attributes = |pairs: &[(&str, &str)]| {
        let pair = |(key, value): &(&str, &str)| json!({ "Key": key, "Value": value });
        Value::from(pairs.iter().map(pair).collect::<Vec<_>>())
    };
    let mut web =
        json!({ "TargetGroupName": "web", "Protocol": "HTTP", "Port": 80, "TargetType": "ip" });
    for (member, value) in shape.as_object().expect("members") {
        web[member] = value.clone();
    }
    let account = json!({
        "LoadBalancers": [{
            "LoadBalancerName": "shop", "AvailabilityZones": [{ "ZoneName": "a-1a" }, { "ZoneName": "a-1b" }]
        }],
        "Listeners": [{
            "LoadBalancerArn": "shop", "Port": 443, "Protocol": "HTTPS",
            "Certificates": [{ "CertificateArn": "arn:aws:iam::1:server-certificate/a" }],
            "DefaultActions": [{ "Type": "forward", "TargetGroupArn": "web" }]
        }],
        "TargetGroups": [web],
        "load-balancer-attributes": { "shop": { "Attributes": attributes(balancer) } },
        "target-group-attributes": { "web": { "Attributes": attributes(group) } },
        "listener-attributes": { "shop:443": { "Attributes": attributes(listener) } }
    });
    let account = account.to_string();
    import(&[Reply {
        name: "account.json",
        text: &account,
    }])
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Loads a lab, and holds it against what has to stand in it.
#[track_caller]
fn holds(imported: &Imported, line: &str) {
    let lab = &imported.lab;
    assert!(lab.contains(line), "no {line:?} in {lab}");
    let loaded = switchlab_scenario::lab_from_toml(lab, "lab.toml", None);
    loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
}

#[test]
fn attributes_of_a_balancer_become_keys_of_its_node() {
    #[rustfmt::skip]
    let rows = [
        ("idle_timeout.timeout_seconds",                     "120",       "idle_timeout = \"120 s\""),
        ("client_keep_alive.seconds",                        "604800",    "client_keep_alive = \"604800 s\""),
        ("routing.http.desync_mitigation_mode",              "strictest", "desync = \"strictest\""),
        ("routing.http.desync_mitigation_mode",              "monitor",   "desync = \"monitor\""),
        ("routing.http.drop_invalid_header_fields.enabled",  "true",      "drop_invalid_header_fields = true"),
        ("routing.http.preserve_host_header.enabled",        "true",      "preserve_host_header = true"),
        ("routing.http.xff_client_port.enabled",             "true",      "xff_client_port = true"),
        ("routing.http.xff_header_processing.mode",          "remove",    "x_forwarded_for = \"remove\""),
        ("routing.http.xff_header_processing.mode",          "preserve",  "x_forwarded_for = \"preserve\""),
        ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "true", "[node.shop]"),
        ("routing.http2.enabled",                            "true",      "[node.shop]"),
        ("waf.fail_open.enabled",                            "false",     "[node.shop]"),
    ];
    for (key, value, line) in rows {
        holds(&imported(&[(key, value)], &[], &[], &json!({})), line);
    }
}

#[test]
fn attributes_of_a_group_become_its_keys() {
    let health = "target_group_health";
    let routing =
        |unit: &str| format!("{health}.unhealthy_state_routing.minimum_healthy_targets.{unit}");
    let dns = |unit: &str| format!("{health}.dns_failover.minimum_healthy_targets.{unit}");
    let (count, percentage) = (routing("count"), routing("percentage"));
    let (dns_count, dns_percentage) = (dns("count"), dns("percentage"));
    let algorithm = "load_balancing.algorithm.type";
    #[rustfmt::skip]
    let rows: [(&[(&str, &str)], &str); 16] = [
        (&[("deregistration_delay.timeout_seconds", "30")],         "deregistration_delay = \"30 s\""),
        (&[("slow_start.duration_seconds", "30")],                  "slow_start = \"30 s\""),
        (&[("slow_start.duration_seconds", "0")],                   "[node.shop.target_group.web]"),
        (&[(algorithm, "round_robin")],                             "[node.shop.target_group.web]"),
        (&[(algorithm, "least_outstanding_requests")],              "algorithm = \"least-outstanding-requests\""),
        (&[(algorithm, "weighted_random"), ("load_balancing.algorithm.anomaly_mitigation", "on")],
                                                                    "algorithm = \"weighted-random\"\nanomaly_mitigation = true"),
        (&[("load_balancing.cross_zone.enabled", "false")],         "cross_zone = false"),
        (&[("load_balancing.cross_zone.enabled", "use_load_balancer_configuration")], "[node.shop.target_group.web]"),
        (&[("stickiness.enabled", "true"), ("stickiness.type", "lb_cookie"), ("stickiness.lb_cookie.duration_seconds", "60")],
                                                                    "lb_cookie = \"60 s\""),
        (&[("stickiness.enabled", "true"), ("stickiness.type", "lb_cookie")], "lb_cookie = \"86400 s\""),
        (&[("stickiness.enabled", "true"), ("stickiness.type", "app_cookie"), ("stickiness.app_cookie.cookie_name", "SESSION")],
                                                                    "app_cookie = { name = \"SESSION\", duration = \"86400 s\" }"),
        (&[("stickiness.enabled", "false"), ("stickiness.type", "lb_cookie")], "[node.shop.target_group.web]"),
        (&[(&count, "2"), (&dns_count, "3")],                       "minimum_healthy = 2\ndns_minimum_healthy = 3"),
        (&[(&count, "1"), (&dns_count, "off")],                     "dns_minimum_healthy = \"off\""),
        (&[(&percentage, "50"), (&dns_percentage, "50")],           "minimum_healthy_percentage = 50\ndns_minimum_healthy_percentage = 50"),
        (&[(&percentage, "off"), (&dns_percentage, "off")],         "[node.shop.target_group.web]"),
    ];
    for (attributes, lines) in rows {
        holds(&imported(&[], attributes, &[], &json!({})), lines);
    }
}

#[test]
fn attributes_of_a_listener_become_its_keys() {
    #[rustfmt::skip]
    let rows = [
        ("routing.http.response.server.enabled",                         "false",        "server_header = false"),
        ("routing.http.response.x_frame_options.header_value",           "DENY",         "response_headers = { X-Frame-Options = \"DENY\" }"),
        ("routing.http.response.strict_transport_security.header_value", "max-age=600",  "Strict-Transport-Security = \"max-age=600\""),
        ("routing.http.response.access_control_max_age.header_value",    "",             "[[node.shop.listener]]"),
        ("routing.http.request.x_amzn_tls_version.header_name",          "X-Amzn-Tls-Version", "[[node.shop.listener]]"),
    ];
    for (key, value, line) in rows {
        holds(&imported(&[], &[], &[(key, value)], &json!({})), line);
    }
}

#[test]
fn settings_of_a_group_become_its_keys() {
    #[rustfmt::skip]
    let rows = [
        (json!({ "Protocol": "HTTPS" }),                         "protocol = \"HTTPS\""),
        (json!({ "ProtocolVersion": "HTTP1" }),                  "target_type = \"ip\"\ntargets = []"),
        (json!({ "ProtocolVersion": "GRPC", "Matcher": { "GrpcCode": "12" } }), "protocol_version = \"GRPC\""),
        (json!({ "ProtocolVersion": "HTTP2" }),                  "protocol_version = \"HTTP2\""),
        (json!({ "TargetType": null }),                          "target_type = \"instance\""),
        (json!({ "TargetType": "lambda", "Protocol": null, "Port": null }), "health_check = { enabled = false }"),
        (json!({ "TargetType": "lambda", "Protocol": null, "Port": null, "HealthCheckEnabled": true, "HealthCheckTimeoutSeconds": 30 }), "health_check = { interval = \"35 s\", timeout = \"30 s\" }"),
        (json!({ "ProtocolVersion": "GRPC", "Matcher": { "GrpcCode": "0-99", "HttpCode": "0-99" } }), "health_check = { matcher = \"200\" }"),
        (json!({ "HealthCheckProtocol": "HTTPS" }),              "health_check = { protocol = \"HTTPS\" }"),
        (json!({ "HealthCheckPath": "/up?deep=1", "HealthCheckPort": "81" }), "health_check = { path = \"/up?deep=1\", port = 81 }"),
        (json!({ "HealthCheckPort": "traffic-port", "HealthyThresholdCount": 3 }), "health_check = { healthy = 3 }"),
        (json!({ "HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 2, "Matcher": { "HttpCode": "200,302-399" } }),
                                                                 "health_check = { interval = \"10 s\", timeout = \"2 s\", matcher = \"200,302-399\" }"),
    ];
    for (shape, line) in rows {
        holds(&imported(&[], &[], &[], &shape), line);
    }
}
