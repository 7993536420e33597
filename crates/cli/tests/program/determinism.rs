//! Equal seed, equal history, whatever the order of declaration.

use crate::{LAB, Workplace};

/// The digest and the requests of a run.
fn history(place: &Workplace, file: &str, more: &[&str]) -> (String, String) {
    let arguments = [&["run", file, "--json"], more].concat();
    let mut report: serde_json::Value =
        serde_json::from_str(&place.run(&arguments).good()).expect("it is JSON");
    let requests = report["requests"].take().to_string();
    (report["digest"].to_string(), requests)
}

/// The tables of a lab file in another order: nodes from last to first, and links too.
fn turned_round(lab: &str) -> String {
    let (top, tables) = lab.split_once("\n[").expect("a file has tables");
    let mut blocks: Vec<String> = Vec::new();
    for table in tables.split("\n[") {
        // What belongs to a node stays behind it.
        if table.starts_with("[node.") || table.starts_with("node.alb.") {
            *blocks.last_mut().expect("a node comes first") += &format!("\n[{table}");
        } else {
            blocks.push(format!("\n[{table}"));
        }
    }
    blocks.reverse();
    // Expectations are judged in the order of the file, which is not at stake here.
    top.to_owned() + &blocks.concat()
}

#[test]
fn a_run_repeats_itself_to_the_octet() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let first = place.run(&["run", "lab.toml", "--json"]).good();
    let second = place.run(&["run", "lab.toml", "--json"]).good();
    assert_eq!(first, second);
}

#[test]
fn the_order_of_declaration_never_shows() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let other = turned_round(LAB);
    assert!(
        other.find("web-b").expect("it is there") < other.find("web-a").expect("it is there"),
        "it is another order"
    );
    place.write("other.toml", other);
    assert_eq!(
        history(&place, "lab.toml", &[]),
        history(&place, "other.toml", &[])
    );
}

#[test]
fn a_seed_changes_what_is_drawn_and_nothing_else() {
    let place = Workplace::new();
    place.write("lab.toml", LAB);
    let from_file = history(&place, "lab.toml", &[]);
    assert_eq!(
        from_file,
        history(&place, "lab.toml", &["--seed", "7"]),
        "the seed of the file"
    );
    let other = history(&place, "lab.toml", &["--seed", "8"]);
    assert_ne!(
        from_file.0, other.0,
        "hosts draw sequence numbers and ports"
    );

    let cable = "until = \"1 s\"\n[node.a]\nkind = \"hub\"\nports = 2\n[node.b]\nkind = \"hub\"\nports = 2\n\
                 [[link]]\nbetween = [\"a:0\", \"b:0\"]\n[[at]]\ntime = \"500 ms\"\nunplug = \"a:0\"\n";
    place.write("cable.toml", cable);
    assert_eq!(
        history(&place, "cable.toml", &["--seed", "1"]),
        history(&place, "cable.toml", &["--seed", "2"]),
        "nobody draws anything"
    );
}
