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

/// What a page about services ends with.
const RUN: &str = "\nWhere there is another way, whether it is taken, and how soon, no graph can tell: `switchlab drill` measures it.\n";

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
        format!(
            "1 node, 0 links, 1 component\nno cut node\nno bridge\n\
             lab.toml:12: shadowed-rule: {because}\n    {remedy}\n{RUN}"
        )
    );
    let printed = workplace.run(&["check", "lab.toml", "--json"]).good();
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    let expected = json!({ "findings": [{
        "kind": "shadowed-rule", "node": "alb", "link": null, "listener": "alb:80", "rule": 20, "by": 10, "group": null,
        "target": null, "place": "lab.toml:12", "because": because, "remedy": remedy
    }], "nodes": 1, "edges": 0, "components": 1, "cut_nodes": [], "bridges": [],
        "services": [{ "client": null, "asks": "alb:80", "answered": true, "because": null, "nodes": ["alb"], "links": [] }] });
    assert_eq!(printed, expected);
    workplace.write(
        "good.toml",
        LAB.replace("/api/v1", "/web")
            .replace("until = \"1 s\"", ""),
    );
    assert_eq!(
        workplace.run(&["check", "good.toml"]).good(),
        format!("1 node, 0 links, 1 component\nno cut node\nno bridge\n{RUN}")
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

/// Two rings that share a node, a doubled link, a tail, and a node by itself.
const GRAPH: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key attr.name="label" attr.type="string" for="node" id="d0"/>
  <graph edgedefault="undirected">
    <node id="1"/> <node id="2"/> <node id="10"><data key="d0">T&lt;ail</data></node> <node id="20"/> <node id="30"/>
    <edge source="1" target="2"/> <edge source="2" target="1"/>
    <edge source="2" target="10"/> <edge source="20" target="10"/>
  </graph>
</graphml>
"#;

#[test]
fn a_graph_is_checked_for_what_it_falls_apart_without() {
    let workplace = Workplace::new();
    // What is in a file decides, not what it is called.
    workplace.write("graph.toml", GRAPH);
    let page = workplace.run(&["check", "graph.toml"]).good();
    assert_eq!(
        page,
        "5 nodes, 4 links, 2 components\n2 cut nodes: 10 T<ail, 2\n2 bridges: 10 - 2, 10 - 20\n\
         30: unlinked-node: no link joins 30 to another node\n    plug a link in, or take the node out\n"
    );
    let printed = workplace.run(&["check", "graph.toml", "--json"]).good();
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(printed["cut_nodes"], json!(["10", "2"]));
    assert_eq!(printed["bridges"], json!([["10", "2"], ["10", "20"]]));
    assert_eq!(
        [&printed["nodes"], &printed["edges"], &printed["components"]],
        [5, 4, 2]
    );
    let findings = printed["findings"].as_array().expect("a list");
    let links: Vec<_> = findings
        .iter()
        .map(|it| (&it["kind"], &it["node"], &it["link"]))
        .collect();
    assert_eq!(
        json!(links),
        json!([
            ["unlinked-node", "30", null],
            ["single-point-of-failure", "10", null],
            ["single-point-of-failure", "2", null],
            ["single-point-of-failure", "10", ["10", "2"]],
            ["single-point-of-failure", "10", ["10", "20"]],
        ])
    );
    for (kind, status) in [
        ("single-point-of-failure", 1),
        ("unlinked-node", 1),
        ("limit", 0),
    ] {
        let ended = workplace.run(&["check", "graph.toml", "--deny", kind]);
        assert_eq!(ended.status, status, "{kind}");
    }
    workplace.write(
        "broken.graphml",
        GRAPH.replace("target=\"2\"", "target=\"3\""),
    );
    let complaint = workplace.run(&["check", "broken.graphml"]).bad(2);
    assert!(
        complaint.contains("broken.graphml") && complaint.contains("there is no node \"3\""),
        "{complaint}"
    );
}

#[test]
fn a_graph_is_drawn_with_marks() {
    let workplace = Workplace::new();
    workplace.write("graph.xml", GRAPH);
    workplace
        .run(&["check", "graph.xml", "--dot", "it.dot", "--svg", "it.svg"])
        .good();
    let dot = String::from_utf8(workplace.read("it.dot")).expect("text");
    assert_eq!(
        dot,
        "graph lab {\n  n0 [label=\"1\"];\n  n1 [label=\"2\", color=\"#c0392b\", penwidth=3];\n\
         \x20 n2 [label=\"10 T<ail\", color=\"#c0392b\", penwidth=3];\n  n3 [label=\"20\"];\n  n4 [label=\"30\"];\n\
         \x20 n0 -- n1;\n  n1 -- n0;\n  n1 -- n2 [color=\"#c0392b\", penwidth=3];\n\
         \x20 n3 -- n2 [color=\"#c0392b\", penwidth=3];\n}\n"
    );
    let svg = String::from_utf8(workplace.read("it.svg")).expect("text");
    assert_eq!(svg.matches("<circle").count(), 5);
    assert_eq!(svg.matches("<path").count(), 4);
    assert_eq!(svg.matches("stroke=\"#c0392b\"").count(), 2, "two bridges");
    assert!(svg.contains(">10 T&lt;ail</text>"), "{svg}");
    let complaint = workplace
        .run(&["check", "graph.xml", "--svg", "graph.xml"])
        .bad(2);
    assert!(complaint.contains("named twice"), "{complaint}");
}

#[test]
fn a_lab_is_checked_for_what_its_clients_cannot_do_without() {
    let workplace = Workplace::new();
    workplace.write("lab.toml", crate::LAB);
    let printed = workplace.run(&["check", "lab.toml", "--json"]).good();
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(printed["cut_nodes"], json!(["sw"]));
    assert_eq!(
        printed["bridges"],
        json!([
            ["alb", "sw"],
            ["client", "sw"],
            ["sw", "web-a"],
            ["sw", "web-b"]
        ])
    );
    let asked = json!({
        "client": "client", "asks": "http://10.0.1.10/", "answered": true, "because": null, "nodes": ["alb", "sw"],
        "links": [["alb", "sw"], ["client", "sw"]]
    });
    assert_eq!(
        printed["services"][0], asked,
        "one of two servers is not missed"
    );
    let page = workplace.run(&["check", "lab.toml"]).good();
    let told =
        "single-point-of-failure: without sw, client gets no answer from http://10.0.1.10/\n";
    assert!(page.contains(told), "{page}");
    let ended = workplace.run(&["check", "lab.toml", "--deny", "single-point-of-failure"]);
    assert_eq!(ended.status, 1);
}
