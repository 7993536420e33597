//! In which order a file says things never shows, and the seed shows where something is drawn.

use std::time::Duration;

use proptest::prelude::*;
use switchlab_core::Instant;
use switchlab_scenario::lab_from_toml;
use switchlab_sim::Digest;

const QUEST: &str = include_str!("../../../examples/quest07.toml");

/// The digest of the first seconds of a lab.
fn digest(text: &str, seed: Option<u64>) -> u64 {
    let scenario = match lab_from_toml(text, "lab.toml", seed) {
        Ok(scenario) => scenario,
        Err(errors) => panic!("{}", errors.render(false)),
    };
    let mut digest = Digest::default();
    let until = Some(Instant::ZERO + Duration::from_secs(3));
    let simulation = scenario.lab.build().expect("what was read can be built");
    simulation
        .run(until, &mut digest)
        .expect("three seconds are few");
    digest.value()
}

/// The file in pieces, each with a heading of its own; the first has none.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for line in text.lines() {
        if line.starts_with('[') {
            pieces.push(String::new());
        }
        let piece = pieces.last_mut().expect("there is always one");
        piece.push_str(line);
        piece.push('\n');
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_tables_never_shows(pieces in Just(pieces(QUEST)[1..].to_vec()).prop_shuffle()) {
        let text = format!("{}{}", self::pieces(QUEST)[0], pieces.concat());
        prop_assert_eq!(digest(&text, None), digest(QUEST, None));
    }
}

#[test]
fn the_ends_of_a_link_may_be_swapped() {
    let swapped = QUEST.replace(r#"["client", "sw:0"]"#, r#"["sw:0", "client"]"#);
    assert_ne!(swapped, QUEST);
    assert_eq!(digest(&swapped, None), digest(QUEST, None));
}

#[test]
fn the_seed_shows_where_something_is_drawn() {
    let drawing = QUEST.replace("delay = \"50 us\"", "delay = \"50 us\"\njitter = \"1 ms\"");
    assert_ne!(drawing, QUEST);
    assert_ne!(digest(&drawing, Some(1)), digest(&drawing, Some(2)));
    assert_eq!(
        digest(&drawing, Some(7)),
        digest(&drawing, None),
        "the file's own seed is 7"
    );
}
