//! Whose an answer is: what is named is that or nothing, and what is not named may be the only one's.

mod account;

use account::{account, arn};
use serde_json::{Value, json};
use switchlab_import::elbv2::{ImportError, Reply, import};

/// The account with one group, one listener, and no answer that names what it is of.
fn small() -> Value {
    let mut account = account();
    let members = account.as_object_mut().expect("an account");
    members.retain(|name, _| matches!(&**name, "LoadBalancers" | "Listeners" | "TargetGroups"));
    for list in ["Listeners", "TargetGroups"] {
        account[list].as_array_mut().expect("a list").truncate(1);
    }
    account
}

fn told(file: &str, answer: &Value) -> Result<String, Vec<(&'static str, String, String)>> {
    let (account, answer) = (small().to_string(), answer.to_string());
    let reply = |name, text| Reply { name, text };
    match import(&[reply("account.json", &account), reply(file, &answer)]) {
        Ok(imported) => Ok(imported.lab),
        Err(ImportError::Refused(all)) => Err(all
            .into_iter()
            .map(|it| (it.code, it.resource, it.message))
            .collect()),
        Err(ImportError::Unreadable(all)) => Err(all
            .into_iter()
            .map(|it| (it.code, it.resource, it.message))
            .collect()),
    }
}

fn health(member: &str, name: &str) -> Value {
    let target = json!({ "Target": { "Id": "i-0123", "Port": 80 } });
    json!({ member: name, "TargetHealthDescriptions": [target] })
}

fn attributes(member: &str, name: &str, key: &str, value: &str) -> Value {
    json!({ member: name, "Attributes": [{ "Key": key, "Value": value }] })
}

fn slow(member: &str, name: &str) -> Value {
    attributes(member, name, "slow_start.duration_seconds", "30")
}

fn idle(member: &str, name: &str) -> Value {
    attributes(member, name, "idle_timeout.timeout_seconds", "77")
}

fn server(member: &str, name: &str) -> Value {
    attributes(
        member,
        name,
        "routing.http.response.server.enabled",
        "false",
    )
}

fn rules(member: &str, name: &str) -> Value {
    let fixed = json!({ "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "418" } });
    let condition = json!({ "Field": "path-pattern", "Values": ["/a"] });
    json!({ member: name, "Rules": [{ "Priority": "1", "Conditions": [condition], "Actions": [fixed] }] })
}

#[test]
fn what_is_named_or_not_named_at_all_finds_its_resource() {
    let web = arn("targetgroup/web/a1");
    #[rustfmt::skip]
    let rows = [
        ("health.json",              health("-", ""),                        "100.", "one group, and no name"),
        ("target-health--web.json",  health("-", ""),                        "100.", "the file names it"),
        ("health.json",              health("TargetGroupArn", &web),         "100.", "an ARN"),
        ("health.json",              health("TargetGroupArn", "web"),        "100.", "a name where ARNs are"),
        ("health.json",              health("TargetGroupName", "web"),       "100.", "a name"),
        ("health--ghost.json",       health("TargetGroupName", "web"),       "100.", "what stands beside it counts, not the file"),
        ("health.json",              health("TargetGroupName", ""),          "100.", "an empty name is none"),
        ("health.json",              health("LoadBalancerName", "shop"),     "100.", "the name of something else"),
        ("a.json",                   slow("-", ""),                          "slow_start = \"30 s\"", "one group, and no name"),
        ("a.json",                   slow("TargetGroupArn", "web"),          "slow_start = \"30 s\"", "its name"),
        ("a.json",                   idle("-", ""),                          "idle_timeout = \"77 s\"", "one balancer, and no name"),
        ("a.json",                   idle("LoadBalancerArn", "shop"),        "idle_timeout = \"77 s\"", "its name"),
        ("a.json",                   server("-", ""),                        "server_header = false", "one listener, and no name"),
        ("a.json",                   server("ListenerArn", "shop:80"),       "server_header = false", "its name"),
        ("listener-attributes--shop-80.json", server("-", ""),               "server_header = false", "its name in a file's"),
        ("a.json",                   rules("-", ""),                         "418", "one listener, and no name"),
        ("a.json",                   rules("ListenerArn", "shop:80"),        "418", "its name"),
    ];
    for (file, answer, expected, because) in rows {
        let lab = told(file, &answer).unwrap_or_else(|told| panic!("{because}: {told:?}"));
        assert!(lab.contains(expected), "{because}: {lab}");
    }
}

#[test]
fn a_name_that_nothing_has_is_nobodys() {
    let group = "TargetGroupNotFound";
    #[rustfmt::skip]
    let rows = [
        ("target-health--ghost.json",            health("-", ""),                      group, "ghost", "the file names it"),
        ("x/target-health--ghost.json",          health("LoadBalancerName", "shop"),   group, "ghost", "and what stands beside it is another kind's"),
        ("health.json",                          health("TargetGroupName", "ghost"),   group, "ghost", "a name beside it"),
        ("target-health--web.json",              health("TargetGroupName", "ghost"),   group, "ghost", "which counts more than the file's"),
        ("health.json",                          health("TargetGroupArn", "ghost"),    group, "ghost", "a name where ARNs are"),
        ("health.json",                          health("TargetGroupArn", "arn:aws:s3:::ghost"), group, "arn:aws:s3:::ghost", "an ARN of something else"),
        ("target-group-attributes--ghost.json",  slow("-", ""),                        group, "ghost", "the file names it"),
        ("a.json",                               slow("TargetGroupName", "ghost"),     group, "ghost", "a name beside it"),
        ("load-balancer-attributes--ghost.json", idle("-", ""),                        "LoadBalancerNotFound", "ghost", "the file names it"),
        ("a.json",                               idle("LoadBalancerArn", "ghost"),     "LoadBalancerNotFound", "ghost", "a name where ARNs are"),
        ("listener-attributes--shop:81.json",    server("-", ""),                      "ListenerNotFound", "shop:81", "the file names it"),
        ("a.json",                               server("ListenerName", "shop:81"),    "ListenerNotFound", "shop:81", "a name beside it"),
        ("rules--shop:81.json",                  rules("-", ""),                       "ListenerNotFound", "shop:81", "the file names it"),
        ("a.json",                               rules("ListenerArn", "shop:81"),      "ListenerNotFound", "shop:81", "a name where ARNs are"),
    ];
    for (file, answer, code, resource, because) in rows {
        let told = told(file, &answer).expect_err(because);
        let [(found, of, message)] = &told[..] else {
            panic!("{because}: {told:?}");
        };
        assert_eq!((*found, &**of), (code, resource), "{because}");
        let parts = [format!("'{resource}'"), file.to_owned()];
        assert!(
            parts.iter().all(|part| message.contains(&**part)),
            "{because}: {message}"
        );
    }
}

#[test]
fn a_name_of_which_no_list_tells_is_of_a_reply_that_is_missing() {
    let text = health("TargetGroupName", "ghost").to_string();
    let reply = Reply {
        name: "health.json",
        text: &text,
    };
    let Err(ImportError::Unreadable(told)) = import(&[reply]) else {
        panic!("nothing tells of groups");
    };
    assert_eq!(
        (told[0].code, &*told[0].resource),
        ("MissingReply", "ghost")
    );
    assert!(
        told[0]
            .message
            .contains("`aws elbv2 describe-target-groups` tells it"),
        "{told:?}"
    );
}
