//! Quotas: everybody has ELB's defaults, and what ELB has raised for an account is said at its import.

mod account;

use account::{account, arn};
use serde_json::{Value, json};
use switchlab_import::elbv2::{ImportError, Quota, Reply, import_with};

fn quota(text: &str) -> Quota {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn only_what_elb_raises_can_be_raised() {
    #[rustfmt::skip]
    let rows = [
        ("listeners=51",                   None,                                             "adjustable"),
        ("rules=200",                      None,                                             "adjustable"),
        ("rules=100",                      None,                                             "what everybody has"),
        ("targets=2000",                   None,                                             "adjustable"),
        ("targets_per_target_group=2000",  None,                                             "adjustable"),
        ("certificates=50",                None,                                             "adjustable"),
        ("target_groups=200",              Some("ELB raises target_groups for nobody; listeners, rules, targets, targets_per_target_group, certificates can be raised"), "100 for everybody"),
        ("condition_values=6",             Some("ELB raises condition_values for nobody"),   "5 for everybody"),
        ("condition_wildcards=7",          Some("ELB raises condition_wildcards for nobody"), "6 for everybody"),
        ("rule=200",                       Some("there is no quota \"rule\"; listeners, rules,"), "misspelt"),
        ("Rules=200",                      Some("there is no quota \"Rules\""),              "names are lower case"),
        ("=200",                           Some("there is no quota \"\""),                   "no name"),
        ("rules",                          Some("\"rules\" is not written as NAME=NUMBER"),  "no number"),
        ("",                               Some("\"\" is not written as NAME=NUMBER"),       "nothing"),
        ("rules=",                         Some("rules is \"\"; a whole number from 100"),   "no number behind the sign"),
        ("rules=99",                       Some("rules is \"99\"; a whole number from 100"), "less than everybody has"),
        ("rules=-1",                       Some("a whole number from 100"),                  "negative"),
        ("rules=+200",                     Some("a whole number from 100"),                  "a sign"),
        ("rules= 200",                     Some("a whole number from 100"),                  "a space"),
        ("rules=200=300",                  Some("a whole number from 100"),                  "two numbers"),
        ("rules=4294967296",               Some("to 4294967295"),                            "more than 32 bits hold"),
    ];
    for (text, expected, because) in rows {
        let told = text.parse::<Quota>().err().map(|error| error.to_string());
        match expected {
            None => assert_eq!(told, None, "{text}: {because}"),
            Some(part) => assert!(
                told.as_deref().is_some_and(|told| told.contains(part)),
                "{text}: {because}: {told:?}"
            ),
        }
    }
}

fn list<'a>(account: &'a mut Value, pointer: &str) -> &'a mut Vec<Value> {
    let list = account.pointer_mut(pointer).and_then(Value::as_array_mut);
    list.expect("a list")
}

/// An account of so many rules, listeners, targets.
fn with(what: &str, count: usize) -> Value {
    let mut account = account();
    let fixed = json!({ "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "200" } });
    match what {
        "rules" => list(&mut account, "/Rules").extend((2..count).map(|at| {
            json!({
                "RuleArn": arn(&format!("listener-rule/app/shop/b1/c1/e{at}")), "Priority": (at + 100).to_string(),
                "Conditions": [{ "Field": "path-pattern", "Values": [format!("/{at}")] }], "Actions": [fixed]
            })
        })),
        "listeners" => list(&mut account, "/Listeners").extend((2..count).map(|at| {
            json!({
                "ListenerArn": arn(&format!("listener/app/shop/b1/e{at}")), "Protocol": "HTTP",
                "LoadBalancerArn": arn("loadbalancer/app/shop/b1"), "Port": 10_000 + at, "DefaultActions": [fixed]
            })
        })),
        _ => {
            let targets = list(&mut account, "/health of api/TargetHealthDescriptions");
            targets.extend((1..count).map(|at| {
                json!({ "Target": { "Id": format!("10.1.{}.{}", at / 200, at % 200 + 1), "Port": 8080 } })
            }));
        }
    }
    account
}

/// Of what there are how many, the quotas that are raised, the codes of the refusals with the quotas that they
/// are about, and why.
type Row = (
    &'static str,
    usize,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
    &'static str,
);

#[test]
fn more_than_the_quota_is_refused_with_the_way_out() {
    let flag = |name: &str| {
        format!("if ELB has raised the account's quota, `--quota {name}=NUMBER` tells how far")
    };
    #[rustfmt::skip]
    let rows: [Row; 11] = [
        ("rules",     100,  &[],                              &[],                              "as many as everybody may have"),
        ("rules",     101,  &[],                              &[("TooManyRules", "rules")],     "one more"),
        ("rules",     101,  &["rules=101"],                   &[],                              "raised by one"),
        ("rules",     201,  &["rules=200"],                   &[("TooManyRules", "rules")],     "raised, but not so far"),
        ("rules",     201,  &["rules=200", "rules=300"],      &[],                              "the later counts"),
        ("rules",     101,  &["listeners=60"],                &[("TooManyRules", "rules")],     "another one is raised"),
        ("listeners", 51,   &[],                              &[("TooManyListeners", "listeners")], "one more than 50"),
        ("listeners", 51,   &["listeners=51"],                &[],                              "raised"),
        ("targets",   1001, &[],                              &[("TooManyTargets", "targets_per_target_group"), ("TooManyTargets", "targets")], "one more than 1000, of a group and in all"),
        ("targets",   1001, &["targets=2000"],                &[("TooManyTargets", "targets_per_target_group")], "in all there may be"),
        ("targets",   1001, &["targets=2000", "targets_per_target_group=1001"], &[],            "and of one group"),
    ];
    for (what, count, raised, expected, because) in rows {
        let raised: Vec<Quota> = raised.iter().map(|text| quota(text)).collect();
        let text = with(what, count).to_string();
        let reply = Reply {
            name: "account.json",
            text: &text,
        };
        match import_with(&[reply], &raised) {
            Ok(imported) => {
                assert_eq!(expected, [], "{because}");
                let loaded = switchlab_scenario::lab_from_toml(&imported.lab, "lab.toml", None);
                loaded.unwrap_or_else(|errors| panic!("{because}: {}", errors.render(false)));
            }
            Err(ImportError::Refused(refusals)) => {
                let codes: Vec<_> = refusals.iter().map(|it| it.code).collect();
                let wanted: Vec<_> = expected.iter().map(|(code, _)| *code).collect();
                assert_eq!(codes, wanted, "{because}: {refusals:#?}");
                for (refusal, (_, name)) in refusals.iter().zip(expected) {
                    assert!(
                        refusal.message.ends_with(&flag(name)),
                        "{because}: {refusal}"
                    );
                }
            }
            Err(error) => panic!("{because}: {error}"),
        }
    }
}

#[test]
fn what_elb_raises_for_nobody_is_refused_without_a_way_out() {
    let mut account = account();
    let paths: Vec<String> = (0..6).map(|at| format!("/{at}")).collect();
    account["Rules"][0]["Conditions"] = json!([{ "Field": "path-pattern", "Values": paths }]);
    let text = account.to_string();
    let reply = Reply {
        name: "account.json",
        text: &text,
    };
    match import_with(&[reply], &[quota("rules=200")]) {
        Err(ImportError::Refused(refusals)) => assert!(
            refusals.iter().all(|it| !it.message.contains("--quota")),
            "{refusals:#?}"
        ),
        other => panic!("{other:?}"),
    }
}
