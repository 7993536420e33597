//! `switchlab algorithms`.

use serde_json::Value;

use crate::Workplace;

#[test]
fn the_documentation_shows_what_is_printed() {
    let printed = Workplace::new().run(&["algorithms"]).good();
    let shown = include_str!("../../../balance/src/algorithms.md");
    assert!(
        printed == shown,
        "crates/balance/src/algorithms.md shows another table than the program prints:\n{printed}"
    );
}

#[test]
fn text_and_json_say_the_same() {
    let place = Workplace::new();
    let sizes = ["--targets", "3", "--keys", "600"];
    let text = place.run(&[&["algorithms"][..], &sizes].concat()).good();
    let json = place
        .run(&[&["algorithms", "--json"][..], &sizes].concat())
        .good();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["targets"], &json["keys"]), (&3.into(), &600.into()));
    let rows = json["algorithms"].as_array().unwrap();
    assert_eq!(
        rows.len(),
        text.lines().filter(|line| line.starts_with("| ")).count() - 1
    );
    for row in rows {
        let name = row["algorithm"].as_str().unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("| {name} ")))
            .unwrap();
        for key in [
            "busiest",
            "idlest",
            "deviation",
            "moved",
            "moved_needlessly",
        ] {
            let cell = match row[key].as_f64() {
                Some(part) => format!(" {:.2} % |", part * 100.0),
                None => " - |".to_owned(),
            };
            assert!(line.contains(&cell), "{name}: {key} {cell} in {line}");
        }
    }
}
