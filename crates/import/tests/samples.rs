//! The replies that the AWS SDK for Python shows as examples (botocore, Apache-2.0,
//! `data/elbv2/2015-12-01/examples-1.json`), in all the forms in which replies come.

use serde_json::{Value, json};
use switchlab_import::elbv2::{ImportError, Imported, Reply, import};

const SAMPLES: [(&str, &str); 7] = [
    (
        "load-balancers.json",
        include_str!("botocore/load-balancers.json"),
    ),
    ("listeners.json", include_str!("botocore/listeners.json")),
    ("rules.json", include_str!("botocore/rules.json")),
    (
        "target-groups.json",
        include_str!("botocore/target-groups.json"),
    ),
    (
        "target-health--my-targets.json",
        include_str!("botocore/target-health--my-targets.json"),
    ),
    (
        "target-group-attributes--my-targets.json",
        include_str!("botocore/target-group-attributes--my-targets.json"),
    ),
    (
        "load-balancer-attributes--my-load-balancer.json",
        include_str!("botocore/load-balancer-attributes--my-load-balancer.json"),
    ),
];

const GROUP: &str =
    "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067";
const BALANCER: &str = "arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/app/my-load-balancer/50dc6c495c0c9188";

/// Files, as names and texts.
type Replies<'a> = &'a [(&'a str, &'a str)];

fn judged(replies: Replies<'_>) -> Result<Imported, ImportError> {
    let replies: Vec<Reply<'_>> = replies
        .iter()
        .map(|(name, text)| Reply { name, text })
        .collect();
    import(&replies)
}

#[track_caller]
fn imported(replies: Replies<'_>) -> Imported {
    judged(replies).unwrap_or_else(|error| panic!("{error}"))
}

fn sample(place: usize) -> Value {
    serde_json::from_str(SAMPLES[place].1).expect("the samples are JSON")
}

#[test]
fn the_samples_become_this_lab() {
    let imported = imported(&SAMPLES);
    assert_eq!(imported.lab, include_str!("botocore/lab.toml"));
    assert_eq!(imported.listeners, ["my-load-balancer:80"]);
    let [note] = &imported.notes[..] else {
        panic!("{:?}", imported.notes);
    };
    assert!(note.contains("describe-listener-attributes"), "{note}");
    let loaded = switchlab_scenario::lab_from_toml(&imported.lab, "lab.toml", None);
    loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
}

#[test]
fn every_form_of_the_same_replies_becomes_the_same_lab() {
    let backwards: Vec<_> = SAMPLES.into_iter().rev().collect();
    let named = |value: Value, member: &str, arn: &str| {
        let mut value = value;
        value[member] = arn.into();
        value
    };
    let with_arns = [
        sample(0),
        sample(1),
        sample(2),
        sample(3),
        named(sample(4), "TargetGroupArn", GROUP),
        named(sample(5), "TargetGroupArn", GROUP),
        named(sample(6), "LoadBalancerArn", BALANCER),
    ];
    let behind_one_another: String = with_arns.iter().map(|it| format!("{it}\n")).collect();
    let listed = Value::from(with_arns.to_vec()).to_string();
    let nested = json!({
        "describe-load-balancers": sample(0), "describe-listeners": sample(1), "describe-rules": sample(2),
        "describe-target-groups": sample(3), "describe-target-health": { "my-targets": sample(4) },
        "describe-target-group-attributes": { GROUP: sample(5) },
        "describe-load-balancer-attributes": { "my-load-balancer": sample(6) },
        "describe-tags": { "TagDescriptions": [] }
    });
    let nested = nested.to_string();
    let call = |place: usize, input: Value| json!([{ "input": input, "output": sample(place) }]);
    let sdk = json!({ "version": "1.0", "examples": {
        "CreateListener": [{ "input": {}, "output": { "Listeners": [{ "ListenerArn": "arn:new" }] } }],
        "DescribeLoadBalancers": call(0, json!({})), "DescribeListeners": call(1, json!({})),
        "DescribeRules": call(2, json!({})), "DescribeTargetGroups": call(3, json!({})),
        "DescribeTargetHealth": call(4, json!({ "TargetGroupArn": GROUP })),
        "DescribeTargetGroupAttributes": call(5, json!({ "TargetGroupArn": GROUP })),
        "DescribeLoadBalancerAttributes": call(6, json!({ "LoadBalancerArn": BALANCER }))
    } });
    let sdk = sdk.to_string();
    let mut page = sample(3);
    page["NextMarker"] = "more".into();
    page["ResponseMetadata"] = json!({ "HTTPStatusCode": 200, "RetryAttempts": 0 });
    let paged = format!("{page}\n{}", json!({ "TargetGroups": [] }));
    let mut pages = SAMPLES;
    pages[3].1 = &paged;
    let mut rule = sample(2);
    rule["Rules"][0]["Priority"] = 10.into();
    rule["Rules"][0]["Conditions"][0] =
        json!({ "Field": "path-pattern", "PathPatternConfig": { "Values": ["/img/*"] } });
    rule["Rules"][0]["Actions"][0] = json!({ "Type": "forward", "ForwardConfig": { "TargetGroups": [{ "TargetGroupArn": GROUP }] } });
    let rule = rule.to_string();
    let mut otherwise = SAMPLES;
    otherwise[2].1 = &rule;
    let mut unnamed = SAMPLES;
    for place in 4..7 {
        unnamed[place].0 = ["a.json", "b.json", "c.json"][place - 4];
    }
    #[rustfmt::skip]
    let rows: [(Replies<'_>, &str); 9] = [
        (&backwards,                            "in another order"),
        (&[("all.json", &behind_one_another)],  "behind one another in a file"),
        (&[("all.json", &listed)],              "as a list"),
        (&[("all.json", &nested)],              "under names"),
        (&[("examples-1.json", &sdk)],          "with what was asked beside each"),
        (&pages,                                "in pages, with what an SDK adds"),
        (&otherwise,                            "with values in the member of the field, and a list of groups"),
        (&unnamed,                              "where there is but one whose they can be"),
        (&[SAMPLES.as_slice(), &SAMPLES].concat(), "twice"),
    ];
    let expected = imported(&SAMPLES);
    for (replies, because) in rows {
        let imported = judged(replies).unwrap_or_else(|error| panic!("{because}: {error}"));
        assert_eq!(imported.lab, expected.lab, "{because}");
    }
}

#[test]
fn what_cannot_be_read_is_told_by_file() {
    let mut two_groups = sample(3);
    let mut other = two_groups["TargetGroups"][0].clone();
    other["TargetGroupName"] = "other".into();
    other["TargetGroupArn"] = format!("{GROUP}0").into();
    two_groups["TargetGroups"]
        .as_array_mut()
        .expect("a list")
        .push(other);
    let two_groups = two_groups.to_string();
    let health = SAMPLES[4].1;
    #[rustfmt::skip]
    let rows: [(Replies<'_>, &str, &str); 10] = [
        (&[("a.json", "{")],                                      "a.json: this is not JSON: EOF", "not JSON"),
        (&[("a.json", r#"{ "Listeners": ["x"] }"#)],              "a.json: `Listeners[0]` is a text; an object would be right", "not an object"),
        (&[("a.json", r#"{ "Listeners": [{ "Port": "x" }] }"#)],  "a.json: `Listeners[0].Port` is the text \"x\"; a whole number would be right", "not a number"),
        (&[("a.json", r#"{ "x": [{ "Rules": [{ "Actions": [{ "ForwardConfig": {} }, { "Order": {} }] }] }] }"#)], "`x[0].Rules[0].Actions[1].Order` is an object; a whole number would be right", "deep inside"),
        (&[("a.json", r#"{ "Rules": [{ "Conditions": {} }] }"#)], "`Rules[0].Conditions` is an object; a list would be right", "no list inside"),
        (&[("a.json", r#"{ "TargetHealthDescriptions": [{ "Target": "i-1" }] }"#)], "`TargetHealthDescriptions[0].Target` is the text \"i-1\"; an object would be right", "no object inside"),
        (&[("a.json", r#"{ "Rules": "none" }"#)],                 "`Rules` is a text; a list would be right", "no list at all"),
        (&[("a.json", r#"{ "Listeners": [{ "Port": 80 }] }"#)],   "a `LoadBalancerArn` would be right", "a listener of nobody"),
        (&[("a.json", "{}")],                                     "there is no application load balancer", "nothing at all"),
        (&[("g.json", &two_groups), ("h.json", health)],          "h.json: it cannot be told whose target health this is; a file named target-health--NAME.json would tell, or a `TargetGroupArn` at the top (there is my-targets, other)", "whose it is"),
    ];
    for (replies, told, because) in rows {
        match judged(replies) {
            Err(error @ ImportError::Unreadable(_)) => {
                assert!(error.to_string().contains(told), "{because}: {error}");
            }
            other => panic!("{because}: {other:?}"),
        }
    }
}
