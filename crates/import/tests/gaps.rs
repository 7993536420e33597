//! Not told is not none: what replies leave out is noted with the command that tells it, or makes no lab.

use serde_json::{Value, json};
use switchlab_import::elbv2::{ImportError, Imported, Reply, Unreadable, import};

const REGION: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:";

fn arn(path: &str) -> String {
    format!("{REGION}{path}")
}

fn forward(group: &str) -> Value {
    json!([{ "Type": "forward", "TargetGroupArn": arn(&format!("targetgroup/{group}/1")) }])
}

/// All replies about one balancer with one listener and one group, each under its command.
fn replies() -> Value {
    let zones = json!([{ "ZoneName": "eu-west-1a" }, { "ZoneName": "eu-west-1b" }]);
    let (balancer, listener, group) = (
        arn("loadbalancer/app/shop/1"),
        arn("listener/app/shop/1/2"),
        arn("targetgroup/web/1"),
    );
    json!({
        "describe-load-balancers": { "LoadBalancers": [{
            "LoadBalancerArn": balancer, "LoadBalancerName": "shop", "AvailabilityZones": zones
        }] },
        "describe-listeners": { "Listeners": [{
            "ListenerArn": listener, "LoadBalancerArn": balancer, "Port": 80, "Protocol": "HTTP",
            "DefaultActions": forward("web")
        }] },
        "describe-rules": { "Rules": [{
            "RuleArn": arn("listener-rule/app/shop/1/2/3"), "Priority": "default", "IsDefault": true,
            "Actions": [{
                "Type": "forward", "Order": 1, "TargetGroupArn": group,
                "ForwardConfig": { "TargetGroups": [{ "TargetGroupArn": group, "Weight": 1 }] }
            }]
        }] },
        "describe-target-groups": { "TargetGroups": [{
            "TargetGroupArn": group, "TargetGroupName": "web", "Protocol": "HTTP", "Port": 80, "TargetType": "ip"
        }] },
        "describe-target-health": { "TargetGroupArn": group, "TargetHealthDescriptions": [] },
        "describe-load-balancer-attributes": {
            "LoadBalancerArn": balancer, "Attributes": [{ "Key": "idle_timeout.timeout_seconds", "Value": "60" }]
        },
        "describe-target-group-attributes": {
            "TargetGroupArn": group, "Attributes": [{ "Key": "stickiness.enabled", "Value": "false" }]
        },
        "describe-listener-attributes": {
            "ListenerArn": listener,
            "Attributes": [{ "Key": "routing.http.response.server.enabled", "Value": "true" }]
        }
    })
}

fn judged(replies: &Value) -> Result<Imported, ImportError> {
    import(&[Reply {
        name: "account.json",
        text: &replies.to_string(),
    }])
}

#[track_caller]
fn missing(replies: &Value) -> Vec<Unreadable> {
    match judged(replies) {
        Err(ImportError::Unreadable(missing)) => missing,
        other => panic!("{other:?}"),
    }
}

#[test]
fn of_whole_replies_nothing_is_noted() {
    let imported = judged(&replies()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(imported.notes, [""; 0]);
}

#[test]
fn what_is_not_told_is_noted_with_what_tells_it() {
    #[rustfmt::skip]
    let rows = [
        ("describe-rules",                    "shop:80: the replies tell no rule"),
        ("describe-target-health",            "web: the replies tell no target"),
        ("describe-load-balancer-attributes", "shop: the replies tell no attribute"),
        ("describe-target-group-attributes",  "web: the replies tell no attribute"),
        ("describe-listener-attributes",      "shop:80: the replies tell no attribute"),
    ];
    for (command, told) in rows {
        let mut replies = replies();
        replies.as_object_mut().expect("replies").remove(command);
        let imported = judged(&replies).unwrap_or_else(|error| panic!("{error}"));
        let [note] = &imported.notes[..] else {
            panic!("{command}: {:?}", imported.notes);
        };
        assert!(note.starts_with(told), "{note}");
        assert!(note.contains(&format!("`aws elbv2 {command} ")), "{note}");
    }
}

#[test]
fn the_first_page_is_not_the_list() {
    #[rustfmt::skip]
    let rows = [
        ("describe-load-balancers", "the list of load balancers goes on"),
        ("describe-listeners",      "the list of listeners of shop goes on"),
        ("describe-rules",          "the list of rules of shop:80 goes on"),
        ("describe-target-groups",  "the list of target groups goes on"),
    ];
    for (command, told) in rows {
        for mark in ["NextMarker", "NextToken"] {
            let mut first = replies();
            first[command][mark] = json!("more");
            let imported = judged(&first).unwrap_or_else(|error| panic!("{error}"));
            let [note] = &imported.notes[..] else {
                panic!("{command}: {:?}", imported.notes);
            };
            assert!(note.starts_with(told), "{note}");
            let both = json!([first, replies()]);
            let imported = judged(&both).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(imported.notes, [""; 0], "{command} with its last page");
        }
    }
}

#[test]
fn a_group_that_no_reply_describes_is_missing_not_refused() {
    let group = arn("targetgroup/web/1");
    let mut without = replies();
    let all = without.as_object_mut().expect("replies");
    all.remove("describe-target-groups");
    let told = missing(&without);
    let [
        Unreadable {
            code,
            resource,
            message,
        },
    ] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!((*code, resource), ("MissingReply", &group));
    assert!(message.contains("to which shop:80 forwards"), "{message}");
    assert!(
        message.contains("`aws elbv2 describe-target-groups` tells it"),
        "{message}"
    );
    // On the next page it may be, but in a whole list it would be.
    let mut page = replies();
    page["describe-target-groups"] = json!({ "TargetGroups": [], "NextMarker": "more" });
    assert!(
        missing(&page)[0]
            .message
            .starts_with("the list of target groups goes on")
    );
    page["describe-target-groups"] = json!({ "TargetGroups": [] });
    assert!(matches!(judged(&page), Err(ImportError::Refused(_))));
}

#[test]
fn rules_of_listeners_that_no_reply_lists_are_not_of_none() {
    let mut without = replies();
    let all = without.as_object_mut().expect("replies");
    all.remove("describe-listeners");
    let told = missing(&without);
    assert!(
        told.iter().all(|it| it.code == "MissingReply"
            && it.resource == arn("listener/app/shop/1/2")
            && it.message.contains("`aws elbv2 describe-listeners`")),
        "{told:?}"
    );
}

#[test]
fn a_default_action_told_in_two_ways_is_noted() {
    let mut replies = replies();
    replies["describe-rules"]["Rules"][0]["Actions"] = json!([{
        "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "404" }
    }]);
    let imported = judged(&replies).unwrap_or_else(|error| panic!("{error}"));
    let [note] = &imported.notes[..] else {
        panic!("{:?}", imported.notes);
    };
    assert!(
        note.starts_with("the DefaultActions of shop:80 are others"),
        "{note}"
    );
    assert!(
        imported.lab.contains("default = { forward = \"web\" }"),
        "{}",
        imported.lab
    );
}

#[test]
fn a_group_of_nobody_is_noted_with_its_place() {
    let mut replies = replies();
    let groups = &mut replies["describe-target-groups"]["TargetGroups"];
    let mut idle = groups[0].clone();
    idle["TargetGroupArn"] = json!(arn("targetgroup/idle/1"));
    idle["TargetGroupName"] = json!("idle");
    idle["LoadBalancerArns"] = json!([]);
    groups.as_array_mut().expect("a list").push(idle.clone());
    let notes = |replies: &Value| {
        judged(replies)
            .unwrap_or_else(|error| panic!("{error}"))
            .notes
    };
    let found = notes(&replies);
    let note = "idle: no load balancer of it is told; in the lab the first one by name, shop, has what nobody uses";
    assert!(found.iter().any(|it| it == note), "{found:?}");
    idle["LoadBalancerArns"] = json!([arn("loadbalancer/app/shop/1")]);
    replies["describe-target-groups"]["TargetGroups"][1] = idle;
    let found = notes(&replies);
    assert!(
        found.iter().all(|it| it != note),
        "its reply says where: {found:?}"
    );
}
