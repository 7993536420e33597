//! `switchlab import elbv2`: replies in, a lab out, or every refusal and nothing written.

use serde_json::{Value, json};

use crate::Workplace;

fn replies(workplace: &Workplace) {
    let zones = json!([{ "ZoneName": "eu-west-1a" }, { "ZoneName": "eu-west-1b" }]);
    let balancers =
        json!({ "LoadBalancers": [{ "LoadBalancerName": "shop", "AvailabilityZones": zones }] });
    let listeners = json!({ "Listeners": [{
        "LoadBalancerArn": "shop", "Port": 80, "Protocol": "HTTP",
        "DefaultActions": [{ "Type": "forward", "TargetGroupArn": "web" }]
    }] });
    let groups = json!({ "TargetGroups": [{ "TargetGroupName": "web", "Protocol": "HTTP", "Port": 80, "TargetType": "ip" }] });
    let health = json!({ "TargetHealthDescriptions": [
        { "Target": { "Id": "10.0.1.5", "Port": 80 }, "TargetHealth": { "State": "healthy" } }
    ] });
    std::fs::create_dir(workplace.path("replies")).expect("a folder");
    for (file, reply) in [
        ("replies/load-balancers.json", balancers),
        ("replies/listeners.json", listeners),
        ("replies/target-groups.json", groups),
        ("replies/target-health--web.json", health),
    ] {
        workplace.write(file, reply.to_string());
    }
    workplace.write("replies/notes.txt", "no reply");
}

#[test]
fn a_folder_of_replies_becomes_a_lab() {
    let workplace = Workplace::new();
    replies(&workplace);
    let told = workplace
        .run(&["import", "elbv2", "replies", "-o", "lab.toml"])
        .good();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[..2], ["wrote lab.toml", "listener shop:80"]);
    let notes = &lines[2..];
    assert!(
        notes[0].starts_with("note: shop:80: the replies tell no rule")
            && notes[0].contains("`aws elbv2 describe-rules"),
        "{told}"
    );
    assert!(notes.iter().all(|it| it.starts_with("note: ")), "{told}");
    let lab = String::from_utf8(workplace.read("lab.toml")).expect("UTF-8");
    assert!(lab.contains("[node.shop]\nkind = \"l7-switch\"\n"), "{lab}");
    assert!(
        lab.contains("    { address = \"10.0.1.5:80\", state = \"healthy\" },\n"),
        "{lab}"
    );
    let told = workplace
        .run(&["import", "elbv2", "replies", "-o", "lab.toml", "--json"])
        .good();
    assert_eq!(told, "[]\n");
}

#[test]
fn what_elb_would_refuse_ends_with_2_and_writes_nothing() {
    let workplace = Workplace::new();
    replies(&workplace);
    let rules = json!({ "ListenerArn": "shop:80", "Rules": [
        { "Priority": "1", "Conditions": [], "Actions": [{ "Type": "forward", "TargetGroupArn": "web" }] }
    ] });
    workplace.write("replies/rules.json", rules.to_string());
    workplace.write("lab.toml", "as it was");
    let arguments = ["import", "elbv2", "replies", "-o", "lab.toml"];
    let complaint = workplace.run(&arguments).bad(2);
    assert!(
        complaint.contains("shop:80 rule 1: A condition must be specified (ValidationError)"),
        "{complaint}"
    );
    let ended = workplace.run(&[&arguments[..], &["--json"]].concat());
    assert_eq!(ended.status, 2);
    let refusals: Value = serde_json::from_str(&ended.out).expect("JSON");
    let expected = json!([{
        "code": "ValidationError", "resource": "shop:80 rule 1", "message": "A condition must be specified"
    }]);
    assert_eq!(refusals, expected);
    assert_eq!(workplace.read("lab.toml"), b"as it was");
}

#[test]
fn replies_of_which_nothing_comes_are_json_too() {
    let workplace = Workplace::new();
    replies(&workplace);
    workplace.write("empty.json", "");
    workplace.write("port.json", r#"{ "Listeners": [{ "Port": "http" }] }"#);
    workplace.write("octets.json", [0xff, 0xfe]);
    #[rustfmt::skip]
    let rows: [(&[&str], &str, &str, &str); 4] = [
        (&["empty.json"],     "MissingReply",   "empty.json",  "a reply of describe-load-balancers"),
        (&["port.json"],      "MalformedReply", "port.json",   "`Listeners[0].Port` is the text \"http\"; a whole number would be right"),
        (&["octets.json"],    "UnreadableFile", "octets.json", "UTF-8"),
        (&["replies/load-balancers.json", "replies/listeners.json"], "MissingReply", "web", "`aws elbv2 describe-target-groups` tells it"),
    ];
    for (files, code, resource, message) in rows {
        let arguments = [&["import", "elbv2", "-o", "lab.toml", "--json"], files].concat();
        let ended = workplace.run(&arguments);
        assert_eq!(ended.status, 2, "{files:?}");
        let found: Value = serde_json::from_str(&ended.out).expect("JSON");
        assert_eq!(
            (&found[0]["code"], &found[0]["resource"]),
            (&json!(code), &json!(resource))
        );
        let told = found[0]["message"].as_str().expect("a text");
        assert!(told.contains(message), "{told}");
    }
}

#[test]
fn replies_that_are_none_are_named() {
    let workplace = Workplace::new();
    replies(&workplace);
    workplace.write("half.json", "{ \"Rules\": [");
    std::fs::create_dir(workplace.path("empty")).expect("a folder");
    #[rustfmt::skip]
    let rows: [(&[&str], &str); 5] = [
        (&["half.json", "-o", "lab.toml"],                     "half.json: this is not JSON"),
        (&["none.json", "-o", "lab.toml"],                     "cannot read none.json"),
        (&["empty", "-o", "lab.toml"],                         "there is no .json file in empty"),
        (&["replies/rules.json", "-o", "lab.toml"],            "cannot read replies/rules.json"),
        (&["replies", "-o", "replies/listeners.json"],         "replies/listeners.json is named twice"),
    ];
    for (arguments, told) in rows {
        let complaint = workplace
            .run(&[&["import", "elbv2"], arguments].concat())
            .bad(2);
        assert!(complaint.contains(told), "{complaint}");
        assert!(!workplace.path("lab.toml").exists(), "{told}");
    }
}

#[test]
fn raised_quotas_are_said_at_the_import() {
    let workplace = Workplace::new();
    replies(&workplace);
    let rule = |at: usize| {
        json!({
            "Priority": at.to_string(), "Conditions": [{ "Field": "path-pattern", "Values": [format!("/{at}")] }],
            "Actions": [{ "Type": "forward", "TargetGroupArn": "web" }]
        })
    };
    let rules: Vec<Value> = (1..=101).map(rule).collect();
    let rules = json!({ "ListenerArn": "shop:80", "Rules": rules });
    workplace.write("replies/rules.json", rules.to_string());
    let arguments = ["import", "elbv2", "replies", "-o", "lab.toml"];
    #[rustfmt::skip]
    let rows: [(&[&str], &str); 4] = [
        (&[],                           "`--quota rules=NUMBER` tells how far (TooManyRules)"),
        (&["--quota", "rule=200"],      "there is no quota \"rule\"; listeners, rules,"),
        (&["--quota", "target_groups=200"], "ELB raises target_groups for nobody"),
        (&["--quota", "rules=50"],      "a whole number from 100"),
    ];
    for (quotas, told) in rows {
        let complaint = workplace.run(&[&arguments[..], quotas].concat()).bad(2);
        assert!(complaint.contains(told), "{complaint}");
        assert!(!workplace.path("lab.toml").exists(), "{told}");
    }
    let raised = ["--quota", "rules=200", "--quota", "listeners=60"];
    workplace.run(&[&arguments[..], &raised].concat()).good();
    let lab = String::from_utf8(workplace.read("lab.toml")).expect("UTF-8");
    assert!(
        lab.contains("quotas = { rules = 200, listeners = 60 }"),
        "{lab}"
    );
    workplace.run(&["check", "lab.toml"]).good();
}

#[test]
fn a_graph_becomes_a_lab_that_runs() {
    const GRAPH: &str = "<graphml><key id='l' for='node' attr.name='label'/><graph>\
        <node id='1'><data key='l'>Bern</data></node><node id='2'><data key='l'>Genf / Genève</data></node>\
        <node id='3'><data key='l'>Bern</data></node><edge source='1' target='2'/><edge source='2' target='3'/></graph></graphml>";
    let workplace = Workplace::new();
    workplace.write("net.graphml", GRAPH);
    let told = workplace
        .run(&["import", "graphml", "net.graphml", "-o", "lab.toml"])
        .good();
    let notes = "note: links have a delay of 5 us, since the graph does not say where their ends stand: 2\n\
        note: links have the rate that links have, 1 Gbit/s, since the graph gives none: 2\n";
    assert_eq!(told, format!("wrote lab.toml\n{notes}"));
    workplace.run(&["run", "lab.toml"]).good();
    let page = workplace.run(&["check", "lab.toml"]).good();
    assert!(
        page.contains("3 cut nodes: Bern-1, Bern-3, Genf-Genève\n"),
        "{page}"
    );
    workplace.write("empty.graphml", "<graphml><graph/></graphml>");
    let complaint = workplace
        .run(&["import", "graphml", "empty.graphml", "-o", "none.toml"])
        .bad(2);
    assert!(
        complaint.contains("there is no node in the graph"),
        "{complaint}"
    );
    let complaint = workplace
        .run(&["import", "graphml", "net.graphml", "-o", "net.graphml"])
        .bad(2);
    assert!(complaint.contains("named twice"), "{complaint}");
}
