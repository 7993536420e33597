//! `switchlab check`: findings as a page and as JSON, and what is denied.

use serde_json::{Value, json};

use crate::Workplace;

const LAB: &str = r#"until = "1 s"

[node.alb]
kind = "l7-switch"
address = "10.0.1.10/24"

[[node.alb.listener]]
port = 80
default = { fixed_response = { status = 404 } }
rule = [
    { priority = 10, path = ["/api", "/api/*"], fixed_response = { status = 200 } },
    { priority = 20, path = "/api/v1", fixed_response = { status = 200 } },
]
"#;

#[test]
fn findings_are_told_as_a_page_and_as_json() {
    let workplace = Workplace::new();
    workplace.write("lab.toml", LAB);
    let page = workplace.run(&["check", "lab.toml"]).good();
    let because = "rule 10 takes every request that rule 20 would: \
                   10: path-pattern /api or /api/* -> fixed-response 200";
    let remedy = "give rule 20 a priority lower than 10, or take it out";
    assert_eq!(
        page,
        format!("lab.toml:12: shadowed-rule: {because}\n    {remedy}\n")
    );
    let printed = workplace.run(&["check", "lab.toml", "--json"]).good();
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    let expected = json!({ "findings": [{
        "kind": "shadowed-rule", "node": "alb", "listener": "alb:80", "rule": 20, "by": 10, "group": null,
        "target": null, "place": "lab.toml:12", "because": because, "remedy": remedy
    }] });
    assert_eq!(printed, expected);
    workplace.write(
        "good.toml",
        LAB.replace("/api/v1", "/web")
            .replace("until = \"1 s\"", ""),
    );
    assert_eq!(
        workplace.run(&["check", "good.toml"]).good(),
        "nothing found\n"
    );
}

#[test]
fn what_is_denied_ends_with_1() {
    let workplace = Workplace::new();
    workplace.write("lab.toml", LAB);
    #[rustfmt::skip]
    let rows: [(&[&str], i32, &str); 4] = [
        (&["--deny", "shadowed-rule"],                           1, "it is there"),
        (&["--deny", "unused-group", "--deny", "shadowed-rule"], 1, "one of them is"),
        (&["--deny", "unused-group"],                            0, "there is none"),
        (&["--deny", "shadowed-rule", "--json"],                 1, "as JSON all the same"),
    ];
    for (arguments, status, because) in rows {
        let ended = workplace.run(&[&["check", "lab.toml"], arguments].concat());
        assert_eq!(ended.status, status, "{because}");
        assert!(ended.out.contains("shadowed-rule"), "{because}: it is told");
    }
    let complaint = workplace
        .run(&["check", "lab.toml", "--deny", "shadowed"])
        .bad(2);
    assert!(
        complaint.contains("there is shadowed-rule, unreachable-rule"),
        "{complaint}"
    );
    let complaint = workplace.run(&["check", "none.toml"]).bad(2);
    assert!(complaint.contains("cannot read none.toml"), "{complaint}");
}
