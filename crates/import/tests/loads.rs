//! Whatever replies say: what is imported loads as a lab, and everything else is told.

mod account;

use account::{account, arn};
use proptest::prelude::*;
use serde_json::{Value, json};
use switchlab_import::elbv2::{ImportError, Reply, import};

/// Imports an account, and loads what comes of it.
fn holds(account: &Value) -> Result<(), String> {
    let text = account.to_string();
    let reply = Reply {
        name: "account.json",
        text: &text,
    };
    let told = match import(&[reply]) {
        Ok(imported) => {
            let loaded = switchlab_scenario::lab_from_toml(&imported.lab, "lab.toml", None);
            return match loaded {
                Ok(_) => Ok(()),
                Err(errors) => Err(errors.render(false)),
            };
        }
        Err(ImportError::Refused(all)) => all
            .iter()
            .all(|it| !it.code.is_empty() && !it.resource.is_empty() && !it.message.is_empty()),
        Err(ImportError::Unreadable(all)) => all
            .iter()
            .all(|it| !it.resource.is_empty() && !it.message.is_empty()),
    };
    told.then_some(())
        .ok_or_else(|| "nothing is told".to_owned())
}

/// What may stand anywhere in place of something else.
fn strange() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "a b",
        "/a b",
        "/\u{e9}",
        "\u{e9}",
        "a\u{0}\n",
        "+80",
        "-1",
        "007",
        "80",
        "off",
        "on",
        "true",
        "default",
        "200-299-399",
        "399-200",
        "200, 302",
        "0-99",
        "x_y.example",
        "example.",
        "255.255.255.255",
        "0.0.0.0",
        "127.0.0.1",
        "224.0.0.1",
        "10.0.0.0",
        "169.254.1.1",
        "::1",
        "fe80::1%eth0",
        "i-1",
        "network",
        "HTTPS",
        "TCP",
        "GRPC",
        "lambda",
        "alb",
        "ip",
        "app_cookie",
        "source_ip",
        "vpc",
        "target-10-0-1-5",
        "#{host}",
        "/#{path}",
        "*",
        "\\",
        "(",
    ];
    let long = Value::from("a".repeat(1025));
    let numbers = [-1, 0, 1, 2, 5, 70_000, 5_000_000_000_i64];
    let others = [
        Value::Null,
        json!(true),
        json!(1.5),
        json!([]),
        json!({}),
        json!([null]),
        json!([""]),
        long,
    ];
    let texts = texts.into_iter().map(Value::from);
    texts
        .chain(numbers.map(Value::from))
        .chain(others)
        .collect()
}

/// Where there is anything, as pointers.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    let mut inner = |name: String, value: &Value| {
        let place = format!("{at}/{name}");
        places.push(place.clone());
        self::places(value, &place, places);
    };
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                inner(place.to_string(), item);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                inner(name.clone(), item);
            }
        }
        _ => {}
    }
}

/// Attributes that a lab has keys for, each with what it is an attribute of.
const ATTRIBUTES: [(&str, &str); 27] = [
    ("of shop", "idle_timeout.timeout_seconds"),
    ("of shop", "client_keep_alive.seconds"),
    ("of shop", "routing.http.desync_mitigation_mode"),
    ("of shop", "routing.http.drop_invalid_header_fields.enabled"),
    ("of shop", "routing.http.xff_header_processing.mode"),
    ("of web", "deregistration_delay.timeout_seconds"),
    ("of web", "stickiness.enabled"),
    ("of web", "stickiness.type"),
    ("of web", "load_balancing.cross_zone.enabled"),
    (
        "of web",
        "target_group_health.dns_failover.minimum_healthy_targets.count",
    ),
    (
        "of web",
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
    ),
    (
        "of web",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    ),
    (
        "of web",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
    ),
    ("of web", "load_balancing.algorithm.type"),
    ("of web", "load_balancing.algorithm.anomaly_mitigation"),
    ("of web", "slow_start.duration_seconds"),
    ("of web", "stickiness.app_cookie.cookie_name"),
    ("of web", "stickiness.app_cookie.duration_seconds"),
    ("of web", "stickiness.lb_cookie.duration_seconds"),
    ("of fun", "lambda.multi_value_headers.enabled"),
    ("of fun", "stickiness.enabled"),
    ("of fun", "load_balancing.cross_zone.enabled"),
    ("of 80", "routing.http.response.server.enabled"),
    (
        "of 80",
        "routing.http.response.access_control_max_age.header_value",
    ),
    (
        "of 80",
        "routing.http.response.content_security_policy.header_value",
    ),
    (
        "of 80",
        "routing.http.response.x_frame_options.header_value",
    ),
    (
        "of 80",
        "routing.http.request.x_amzn_tls_version.header_name",
    ),
];

/// Values that some attribute takes.
const VALUES: [&str; 24] = [
    "true",
    "false",
    "on",
    "off",
    "0",
    "1",
    "2",
    "30",
    "60",
    "100",
    "900",
    "604800",
    "3000000000",
    "app_cookie",
    "lb_cookie",
    "least_outstanding_requests",
    "weighted_random",
    "use_load_balancer_configuration",
    "SESSION",
    "a b",
    "\u{e9}",
    "",
    "strictest",
    "max-age=1",
];

/// Members that replies may have, and this account has not.
fn members() -> [(&'static str, &'static str); 15] {
    [
        ("/LoadBalancers/0", "DNSName"),
        ("/TargetGroups/1", "HealthCheckPath"),
        ("/TargetGroups/1", "HealthCheckPort"),
        ("/TargetGroups/1", "HealthCheckIntervalSeconds"),
        ("/TargetGroups/1", "HealthCheckTimeoutSeconds"),
        ("/TargetGroups/1", "HealthyThresholdCount"),
        ("/TargetGroups/1", "HealthCheckProtocol"),
        ("/TargetGroups/1", "Matcher"),
        ("/TargetGroups/1", "ProtocolVersion"),
        ("/TargetGroups/2", "HealthCheckEnabled"),
        ("/TargetGroups/2", "HealthCheckTimeoutSeconds"),
        ("/TargetGroups/2", "HealthCheckIntervalSeconds"),
        ("/Rules/0", "Transforms"),
        (
            "/health of api/TargetHealthDescriptions/0/Target",
            "AvailabilityZone",
        ),
        (
            "/health of api/TargetHealthDescriptions/0/TargetHealth",
            "Reason",
        ),
    ]
}

#[test]
fn with_one_thing_strange() {
    let (whole, strange) = (account(), strange());
    let mut all = Vec::new();
    places(&whole, "", &mut all);
    all.extend(members().map(|(place, member)| format!("{place}/{member}")));
    for (turn, place) in all.into_iter().enumerate() {
        // All of them everywhere take a minute; a place has every tenth, and its neighbour the next ones.
        for value in strange.iter().skip(turn % 10).step_by(10) {
            let mut account = whole.clone();
            put(&mut account, &place, value.clone());
            holds(&account).unwrap_or_else(|error| panic!("{place} = {value}: {error}"));
        }
    }
}

/// Puts something in place of what is there, or beside it.
fn put(account: &mut Value, place: &str, value: Value) {
    let (above, member) = place.rsplit_once('/').expect("a pointer");
    match (
        account.pointer_mut(place).is_some(),
        account.pointer_mut(above),
    ) {
        (true, _) => *account.pointer_mut(place).expect("it was there") = value,
        (false, Some(Value::Object(members))) => drop(members.insert(member.to_owned(), value)),
        // Another mutation took away what was around it.
        _ => {}
    }
}

fn attributes() -> impl Strategy<Value = Vec<(usize, &'static str)>> {
    let pair = (0..ATTRIBUTES.len(), proptest::sample::select(&VALUES[..]));
    proptest::collection::vec(pair, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn with_several_things_strange(
        mutations in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..3),
        attributes in attributes(),
    ) {
        let (mut account, strange) = (account(), strange());
        let mut all = Vec::new();
        places(&account, "", &mut all);
        all.extend(members().map(|(place, member)| format!("{place}/{member}")));
        for (at, value) in attributes {
            let (of, key) = ATTRIBUTES[at];
            let attributes = account[of]["Attributes"].as_array_mut().expect("a list");
            attributes.retain(|it| it["Key"] != key);
            attributes.push(json!({ "Key": key, "Value": value }));
        }
        for (place, value) in mutations {
            put(&mut account, place.get::<String>(&all), value.get(&strange).clone());
        }
        prop_assert_eq!(holds(&account), Ok(()));
    }
}

/// Targets of a group that is in use, wherever they say they are.
#[test]
fn with_targets_at_strange_addresses() {
    for address in [
        "0.0.0.0",
        "0.0.0.1",
        "10.0.0.0",
        "10.0.0.255",
        "127.0.0.1",
        "169.254.169.254",
        "192.0.2.0",
        "223.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.254",
        "255.255.255.255",
        "::",
        "ff02::1",
        "fd00::1",
    ] {
        for zone in [json!("all"), json!("eu-west-1a"), Value::Null] {
            let mut account = account();
            let target =
                json!({ "Target": { "Id": address, "Port": 80, "AvailabilityZone": zone } });
            account["health of api"]["TargetHealthDescriptions"] = json!([target]);
            let told = format!("{address} in {zone} of {}", arn("targetgroup/api/a2"));
            holds(&account).unwrap_or_else(|error| panic!("{told}: {error}"));
        }
    }
}
