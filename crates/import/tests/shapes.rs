//! Law: what has members is an object; a list in its place is told by file and place, wherever it stands.

mod account;

use account::{account, arn};
use serde_json::{Value, json};
use switchlab_import::elbv2::{ImportError, Reply, Unreadable, import};

/// The account with one object of every shape.
fn everything() -> Value {
    let mut account = account();
    let values = json!({ "Values": ["a"] });
    account["Rules"].as_array_mut().expect("a list").push(json!({
        "RuleArn": arn("listener-rule/app/shop/b1/c1/d9"), "Priority": "30",
        "Conditions": [
            { "Field": "http-header", "HttpHeaderConfig": { "HttpHeaderName": "x-a", "Values": ["a"] } },
            { "Field": "http-request-method", "HttpRequestMethodConfig": { "Values": ["GET"] } },
            { "Field": "query-string", "QueryStringConfig": { "Values": [{ "Key": "a", "Value": "b" }] } }
        ],
        "Transforms": [
            { "Type": "host-header-rewrite", "HostHeaderRewriteConfig": { "Rewrites": [{ "Regex": "^a", "Replace": "b" }] } },
            { "Type": "url-rewrite", "UrlRewriteConfig": { "Rewrites": [{ "Regex": "^/a", "Replace": "/b" }] } }
        ],
        "Actions": [{ "Type": "forward", "TargetGroupArn": arn("targetgroup/web/a1") }]
    }));
    account["LoadBalancers"][0]["AvailabilityZones"][0]["LoadBalancerAddresses"] = json!([{}]);
    account["Rules"][0]["Conditions"][0]["SourceIpConfig"] = values;
    account
}

/// The pointers to all objects within answers.
fn objects(value: &Value, pointer: &str, is_within: bool, found: &mut Vec<String>) {
    const LISTS: [&str; 6] = [
        "LoadBalancers",
        "Listeners",
        "TargetGroups",
        "Rules",
        "TargetHealthDescriptions",
        "Attributes",
    ];
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                objects(item, &format!("{pointer}/{place}"), is_within, found);
            }
        }
        Value::Object(members) => {
            found.extend(is_within.then(|| pointer.to_owned()));
            for (name, member) in members {
                let is_within = is_within || LISTS.contains(&&**name);
                objects(member, &format!("{pointer}/{name}"), is_within, found);
            }
        }
        _ => {}
    }
}

/// `/Rules/0/Actions/1` as `Rules[0].Actions[1]`.
fn place(pointer: &str) -> String {
    let mut place = String::new();
    for part in pointer.split('/').skip(1) {
        let dot = if place.is_empty() { "" } else { "." };
        place += &match part.parse::<usize>() {
            Ok(number) => format!("[{number}]"),
            Err(_) => format!("{dot}{part}"),
        };
    }
    place
}

#[test]
fn a_list_is_no_object() {
    let account = everything();
    let mut pointers = Vec::new();
    objects(&account, "", false, &mut pointers);
    assert!(pointers.len() > 60, "{pointers:?}");
    for pointer in pointers {
        let members = account.pointer(&pointer).and_then(Value::as_object);
        let members = members.expect("an object").values().cloned();
        for list in [Vec::new(), members.collect()] {
            let mut account = account.clone();
            *account.pointer_mut(&pointer).expect("a place") = list.into();
            let text = account.to_string();
            let reply = Reply {
                name: "account.json",
                text: &text,
            };
            let Err(ImportError::Unreadable(told)) = import(&[reply]) else {
                panic!("{pointer} is a list");
            };
            let expected = Unreadable {
                code: "MalformedReply",
                resource: "account.json".to_owned(),
                message: format!("`{}` is a list; an object would be right", place(&pointer)),
            };
            assert_eq!(told, [expected]);
        }
    }
}
