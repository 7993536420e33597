//! What may change a history, and what may not.

use switchlab::scenario::Report;

use crate::quest::QUEST;
use crate::{examples, run, run_with_seed};

/// The file's tables in the opposite order, their keys as they are.
fn turned_round(text: &str) -> String {
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines() {
        // A node keeps the tables that belong to it.
        let begins = line.starts_with("[node.") && line.matches('.').count() == 1
            || line.starts_with("[[link]]")
            || line.starts_with("[[at]]");
        let ends = line.starts_with("[[expect]]");
        if begins || ends {
            parts.push(Vec::new());
        }
        parts.last_mut().expect("never empty").push(line);
    }
    let head = parts.remove(0);
    parts.reverse();
    let mut lines = head;
    lines.extend(parts.into_iter().flatten());
    lines.join("\n")
}

fn history(report: &Report) -> (String, String) {
    (
        report.digest.to_string(),
        format!("{:?}", report.record.requests),
    )
}

#[test]
fn every_example_passes_with_the_same_history_whatever_its_order() {
    for (name, text) in examples() {
        let turned = turned_round(&text);
        assert_ne!(turned, text, "{name}: the order is another one");
        let first = run(&text);
        assert!(first.has_passed(), "{name}: {:?}", first.expectations);
        let first = history(&first);
        assert_eq!(first, history(&run(&text)), "{name}: the same run twice");
        assert_eq!(
            first,
            history(&run(&turned)),
            "{name}: declared in another order"
        );
    }
}

#[test]
fn another_seed_gives_another_history_where_something_is_drawn() {
    let lossy = QUEST.replace("delay = \"50 us\"", "delay = \"50 us\"\njitter = \"20 us\"");
    let digest = |seed| run_with_seed(&lossy, Some(seed)).digest.to_string();
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
    let still = "
        seed = 1
        until = \"1 s\"
        [node.a]
        kind = \"hub\"
        ports = 2
        [node.b]
        kind = \"hub\"
        ports = 2
        [[link]]
        between = [\"a\", \"b\"]
    ";
    let digest = |seed| run_with_seed(still, Some(seed)).digest.to_string();
    assert_eq!(
        digest(1),
        digest(2),
        "nothing is drawn where nothing happens"
    );
}
