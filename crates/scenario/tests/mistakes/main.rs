//! Bad files, one kind of mistake each: where it is said to be, what is said, and what would be right.

mod balancers;
mod labs;
mod names;
mod nodes;

use switchlab_scenario::{ScenarioErrors, lab_from_toml};

/// A lab that is right: a server, a switch and a balancer. The text of a row comes behind.
const LAB: &str = r#"until = "9 s"
[node.web]
kind = "host"
address = "10.0.0.2/24"
app = [{ http_server = {} }]
[node.sw]
kind = "l2-switch"
ports = 2
[node.alb]
kind = "l7-switch"
address = "10.0.0.3/24"
[[node.alb.listener]]
port = 80
default = { forward = "web" }
[node.alb.target_group.web]
targets = ["10.0.0.2:80"]
[[link]]
between = ["web", "sw:0"]
"#;

/// Why it is wrong, the text, and what is told of it: `LINE: MESSAGE | HELP`, lines counted in the text.
type Row = (&'static str, &'static str, &'static [&'static str]);

fn told(errors: &ScenarioErrors, lines_before: usize) -> Vec<String> {
    let row = |problem| {
        let line = errors.line(problem) - lines_before;
        let help = problem.help.as_deref().unwrap_or("-");
        format!("{line}: {} | {help}", problem.message)
    };
    errors.problems().iter().map(row).collect()
}

/// Reads each text behind the lab that is right.
fn are_told(rows: &[Row]) {
    for (because, text, expected) in rows {
        let errors = lab_from_toml(&format!("{LAB}{text}"), "lab.toml", None).expect_err(because);
        assert_eq!(
            told(&errors, LAB.lines().count()),
            *expected,
            "{because}:\n{text}"
        );
    }
}

#[test]
fn the_lab_without_mistakes_is_right() {
    lab_from_toml(LAB, "lab.toml", None).expect("nothing is wrong with it");
}

#[test]
fn a_page_of_mistakes_stays_a_page() {
    let many: String = (0..1_000).map(|key| format!("k{key} = 1\n")).collect();
    let errors =
        lab_from_toml(&format!("{many}{LAB}"), "lab.toml", None).expect_err("unknown keys");
    assert_eq!(errors.problems().len(), 1_000, "all are found");
    let page = errors.render(false);
    assert!(
        page.contains("1000 mistakes, of which these are the first 50"),
        "{page}"
    );
    assert!(page.lines().count() < 600, "and the first of them shown");

    let far = format!("{}1 = 2\n", "a.".repeat(40_000));
    let long = format!("{LAB}name = \"{}\"\nports = 1\n", "a".repeat(100_000));
    for text in [far, long] {
        let page = lab_from_toml(&text, "lab.toml", None)
            .expect_err("mistakes")
            .render(false);
        assert!(
            page.len() < 1_000 && page.contains("(line "),
            "told by number: {page}"
        );
    }
}
