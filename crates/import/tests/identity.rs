//! Law: what is imported and loaded is what the account has, rule by rule and target by target.

use std::time::Duration;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use switchlab_import::elbv2::{Reply, import};
use switchlab_l7::{
    Action, Condition, FixedResponse, Forward, Patterns, QueryPattern, Redirect, Rewrite, Rule,
    Share, Transforms,
};

const GROUPS: [&str; 3] = ["web", "api", "static-files"];

fn group_arn(name: &str) -> String {
    format!(
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{name}/0123456789abcdef"
    )
}

/// Few letters, so that values meet.
fn word() -> impl Strategy<Value = String> {
    "[a-c]{1,3}"
}

fn patterns(text: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = Patterns> {
    let wildcards = vec(text, 1..3).prop_map(Patterns::Wildcards);
    let regexes = vec("\\^/?[a-c]{1,3}(\\.\\*)?\\$", 1..3).prop_map(Patterns::Regexes);
    prop_oneof![3 => wildcards, 1 => regexes]
}

fn condition() -> impl Strategy<Value = Condition> {
    let pair = (option::of(word()), word()).prop_map(|(key, value)| QueryPattern { key, value });
    let net = (any::<u8>(), 8..=32_u8).prop_map(|(octet, length)| {
        let net = ipnet::Ipv4Net::new([10, octet, 0, 0].into(), length).expect("a length");
        ipnet::IpNet::V4(net.trunc())
    });
    prop_oneof![
        patterns(word().prop_map(|word| format!("{word}.example"))).prop_map(Condition::Host),
        patterns(word().prop_map(|word| format!("/{word}/*"))).prop_map(Condition::Path),
        btree_set("[A-C]{1,3}", 1..3)
            .prop_map(|methods| Condition::Method(methods.into_iter().collect())),
        (word(), patterns(word())).prop_map(|(name, values)| Condition::Header {
            name: format!("x-{name}"),
            values
        }),
        vec(pair, 1..3).prop_map(Condition::Query),
        vec(net, 1..3).prop_map(Condition::Source),
    ]
}

fn values(condition: &Condition) -> usize {
    match condition {
        Condition::Host(patterns) | Condition::Path(patterns) => patterns.values().len(),
        Condition::Header { values, .. } => values.values().len(),
        Condition::Method(methods) => methods.len(),
        Condition::Query(pairs) => pairs.len(),
        Condition::Source(nets) => nets.len(),
        other => panic!("{other:?}"),
    }
}

/// Conditions as a rule may have them: five values, and of most fields one.
fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    vec(condition(), 1..4).prop_map(|all| {
        let mut conditions: Vec<Condition> = Vec::new();
        let mut room: usize = 5;
        for condition in all {
            let may_repeat = matches!(condition, Condition::Header { .. } | Condition::Query(_));
            let is_there = conditions
                .iter()
                .any(|other| other.field() == condition.field());
            if (may_repeat || !is_there) && values(&condition) <= room {
                room -= values(&condition);
                conditions.push(condition);
            }
        }
        conditions
    })
}

fn action() -> impl Strategy<Value = Action> {
    let one = proptest::sample::select(&GROUPS[..]).prop_map(Action::forward);
    let several = btree_map(proptest::sample::select(&GROUPS[..]), 0..=999_u16, 2..=3);
    let several = (several, option::of(1..=604_800_u64)).prop_map(|(shares, stickiness)| {
        let share = |(group, weight): (&str, u16)| Share {
            group: group.into(),
            weight: Some(weight),
        };
        Action::Forward(Forward {
            shares: shares.into_iter().map(share).collect(),
            stickiness: stickiness.map(Duration::from_secs),
        })
    });
    let statuses = prop_oneof![200..=299_u16, 400..=599_u16];
    let types = proptest::sample::select(&["text/plain", "application/json"][..]);
    let fixed = (statuses, types, "[ -~é]{0,20}").prop_map(|(status, content_type, body)| {
        Action::FixedResponse(FixedResponse {
            status,
            content_type: content_type.to_owned(),
            body,
        })
    });
    let redirect =
        (any::<bool>(), option::of(word()), word()).prop_map(|(is_permanent, host, path)| {
            let default = Redirect::default();
            Action::Redirect(Redirect {
                status: if is_permanent { 301 } else { 302 },
                host: host.map_or(default.host, |word| format!("{word}.example")),
                path: format!("/{path}/#{{path}}"),
                ..Redirect::default()
            })
        });
    prop_oneof![one, several, fixed, redirect]
}

fn transforms() -> impl Strategy<Value = Transforms> {
    let rewrite = || {
        option::weighted(0.2, (word(), "[a-c$1]{0,4}")).prop_map(|rewrite| {
            rewrite.map(|(word, replace)| Rewrite {
                regex: format!("^{word}(.*)$"),
                replace,
            })
        })
    };
    (rewrite(), rewrite()).prop_map(|(host, url)| Transforms { host, url })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = (conditions(), transforms(), action());
    btree_map(1..=50_000_u32, rule, 0..6).prop_map(|rules| {
        let rule = |(priority, (conditions, transforms, action))| Rule {
            priority,
            conditions,
            transforms,
            action,
        };
        rules.into_iter().map(rule).collect()
    })
}

/// Values where replies of different age have them: in the condition, in the member of its field, in both.
fn described(condition: &Condition, form: u8) -> Value {
    let both = |member: &str, key: &str, values: &[String]| {
        let mut shape = json!({ "Field": condition.field() });
        if form != 1 {
            shape[member] = json!({ key: values });
        }
        if form != 0 {
            shape[key] = json!(values);
        }
        shape
    };
    let patterned = |member: &str, patterns: &Patterns| match patterns {
        Patterns::Wildcards(values) => both(member, "Values", values),
        Patterns::Regexes(values) => both(member, "RegexValues", values),
    };
    match condition {
        Condition::Host(patterns) => patterned("HostHeaderConfig", patterns),
        Condition::Path(patterns) => patterned("PathPatternConfig", patterns),
        Condition::Method(methods) => {
            json!({ "Field": condition.field(), "HttpRequestMethodConfig": { "Values": methods } })
        }
        Condition::Header { name, values } => {
            let (key, texts) = match values {
                Patterns::Wildcards(texts) => ("Values", texts),
                Patterns::Regexes(texts) => ("RegexValues", texts),
            };
            json!({ "Field": condition.field(), "HttpHeaderConfig": { "HttpHeaderName": name, key: texts } })
        }
        Condition::Query(pairs) => {
            let pair = |pair: &QueryPattern| match &pair.key {
                Some(key) => json!({ "Key": key, "Value": pair.value }),
                None => json!({ "Value": pair.value }),
            };
            let pairs: Vec<Value> = pairs.iter().map(pair).collect();
            json!({ "Field": condition.field(), "QueryStringConfig": { "Values": pairs } })
        }
        Condition::Source(nets) => {
            let nets: Vec<String> = nets.iter().map(ToString::to_string).collect();
            json!({ "Field": condition.field(), "SourceIpConfig": { "Values": nets } })
        }
        other => panic!("{other:?}"),
    }
}

fn described_action(action: &Action, form: u8) -> Value {
    match action {
        Action::Forward(forward) => {
            if let ([only], 1) = (&forward.shares[..], form) {
                return json!({ "Type": "forward", "TargetGroupArn": group_arn(&only.group) });
            }
            let tuple = |share: &Share| match share.weight {
                Some(weight) => {
                    json!({ "TargetGroupArn": group_arn(&share.group), "Weight": weight })
                }
                None => json!({ "TargetGroupArn": group_arn(&share.group) }),
            };
            let tuples: Vec<Value> = forward.shares.iter().map(tuple).collect();
            let span = forward.stickiness.map(|span| span.as_secs());
            let sticky = json!({ "Enabled": span.is_some(), "DurationSeconds": span });
            json!({ "Type": "forward", "Order": 1, "ForwardConfig": {
                "TargetGroups": tuples, "TargetGroupStickinessConfig": sticky
            } })
        }
        Action::FixedResponse(fixed) => json!({ "Type": "fixed-response", "FixedResponseConfig": {
            "StatusCode": fixed.status.to_string(), "ContentType": fixed.content_type, "MessageBody": fixed.body
        } }),
        Action::Redirect(redirect) => json!({ "Type": "redirect", "RedirectConfig": {
            "StatusCode": format!("HTTP_{}", redirect.status), "Protocol": redirect.protocol, "Host": redirect.host,
            "Port": redirect.port, "Path": redirect.path, "Query": redirect.query
        } }),
        other => panic!("{other:?}"),
    }
}

fn described_rule(rule: &Rule, form: u8) -> Value {
    let rewrite = |kind: &str, member: &str, rewrite: &Option<Rewrite>| {
        let rewrite = rewrite.as_ref()?;
        let rewrites = json!([{ "Regex": rewrite.regex, "Replace": rewrite.replace }]);
        Some(json!({ "Type": kind, member: { "Rewrites": rewrites } }))
    };
    let transforms = [
        rewrite(
            "host-header-rewrite",
            "HostHeaderRewriteConfig",
            &rule.transforms.host,
        ),
        rewrite("url-rewrite", "UrlRewriteConfig", &rule.transforms.url),
    ];
    let transforms: Vec<Value> = transforms.into_iter().flatten().collect();
    let conditions: Vec<Value> = rule
        .conditions
        .iter()
        .map(|it| described(it, form))
        .collect();
    json!({
        "Priority": rule.priority.to_string(), "IsDefault": false, "Conditions": conditions,
        "Actions": [described_action(&rule.action, form)], "Transforms": transforms
    })
}

/// Targets of the groups: the last octet of an address, and a state.
type Targets = Vec<(u8, &'static str)>;

fn account(rules: &[Rule], default: &Action, targets: &Targets, form: u8) -> String {
    let mut described: Vec<Value> = rules
        .iter()
        .map(|rule| described_rule(rule, form))
        .collect();
    described.push(json!({ "Priority": "default", "IsDefault": true, "Actions": [described_action(default, form)] }));
    // In any order.
    let turn = usize::from(form) % described.len();
    described.rotate_left(turn);
    let zones = json!([{ "ZoneName": "eu-west-1a" }, { "ZoneName": "eu-west-1b" }]);
    let listener = json!({
        "LoadBalancerArn": "shop", "Port": 80, "Protocol": "HTTP", "DefaultActions": [described_action(default, form)]
    });
    let groups: Vec<Value> = GROUPS
        .iter()
        .map(|name| json!({
            "TargetGroupArn": group_arn(name), "TargetGroupName": name, "Protocol": "HTTP", "Port": 8080,
            "TargetType": "ip"
        }))
        .collect();
    let health: Vec<Value> = targets
        .iter()
        .map(|(octet, state)| json!({
            "Target": { "Id": format!("10.0.0.{octet}"), "Port": 8080, "AvailabilityZone": "eu-west-1a" },
            "TargetHealth": { "State": state }
        }))
        .collect();
    json!({
        "LoadBalancers": [{ "LoadBalancerName": "shop", "AvailabilityZones": zones }],
        "Listeners": [listener],
        "rules": { "ListenerArn": "shop:80", "Rules": described },
        "TargetGroups": groups,
        "health": { "web": { "TargetHealthDescriptions": health } }
    })
    .to_string()
}

/// Rules with their conditions in the order in which files have them.
fn in_order(rules: &[Rule]) -> Vec<Rule> {
    let mut rules = rules.to_vec();
    for rule in &mut rules {
        let place = |condition: &Condition| match condition {
            Condition::Host(_) => 0,
            Condition::Path(_) => 1,
            Condition::Method(_) => 2,
            Condition::Header { .. } => 3,
            Condition::Query(_) => 4,
            _ => 5,
        };
        rule.conditions.sort_by_key(place);
    }
    rules
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Import, then load, is the identity.
    #[test]
    fn an_import_loads_as_what_the_account_has(
        rules in rules(),
        default in action(),
        targets in btree_map(1..=254_u8, proptest::sample::select(&["healthy", "unhealthy", "draining", "initial"][..]), 0..5),
        form in 0..3_u8,
    ) {
        let targets: Targets = targets.into_iter().collect();
        let account = account(&rules, &default, &targets, form);
        let imported = import(&[Reply { name: "account.json", text: &account }]);
        let imported = imported.map_err(|error| TestCaseError::fail(format!("{error}\n{account}")))?;
        let loaded = switchlab_scenario::lab_from_toml(&imported.lab, "lab.toml", None);
        let loaded = loaded.map_err(|errors| TestCaseError::fail(format!("{}\n{}", errors.render(false), imported.lab)))?;
        let balancer = &loaded.balancers[0];
        let listener = &balancer.config.listeners[0];
        prop_assert_eq!(&listener.rules, &in_order(&rules), "{}", imported.lab);
        prop_assert_eq!(&listener.default, &default);
        let web = balancer.config.groups.iter().find(|group| &*group.config.name == "web").expect("all groups are there");
        let seen: Vec<_> = web.config.targets.iter().map(|target| {
            let state = target.seed.as_ref().map(|(state, _)| state.name());
            (target.address.to_string(), target.zone.as_deref(), state)
        }).collect();
        let expected: Vec<_> = targets.iter().map(|(octet, state)| {
            (format!("10.0.0.{octet}:8080"), Some("eu-west-1a"), Some(*state))
        }).collect();
        prop_assert_eq!(seen, expected);
    }
}
