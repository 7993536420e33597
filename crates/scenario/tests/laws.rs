//! What holds for every text: reading it never panics, and what is said about it can be shown.

use proptest::prelude::*;
use switchlab_scenario::{ScenarioErrors, device_from_toml, lab_from_toml};

/// Labs that are right, between them with every kind of node and every table.
const LABS: [&str; 6] = [
    include_str!("../../../examples/hub_vs_switch.toml"),
    include_str!("../../../examples/l4_vs_l7.toml"),
    include_str!("../../../examples/quest07.toml"),
    include_str!("../../../examples/sticky.toml"),
    include_str!("../../../examples/two_subnets.toml"),
    include_str!("everything.toml"),
];

/// What stands in lab files, right and wrong.
const WORDS: [&str; 34] = [
    "[node.a]\n",
    "[[link]]\n",
    "[[at]]\n",
    "[[expect]]\n",
    "[node.a.target_group.b]\n",
    "kind = ",
    "\"host\"\n",
    "\"l2-switch\"\n",
    "\"l3-switch\"\n",
    "\"l4-switch\"\n",
    "\"l7-switch\"\n",
    "ports = ",
    "0\n",
    "2\n",
    "-1\n",
    "65535\n",
    "18446744073709551616\n",
    "[]\n",
    "{}\n",
    "[[]]\n",
    "\"\"\n",
    "\"10.0.0.1/24\"\n",
    "address = ",
    "interface = ",
    "between = ",
    "[\"a\", \"a:0\"]\n",
    "time = ",
    "\"99999999999 d\"\n",
    "app = ",
    "[{ ping = {} }]\n",
    "rule = ",
    "that = ",
    "\"a.b.c == 1\"\n",
    "\n",
];

/// Shows everything there is to show of the mistakes in a text.
fn show(text: &str, errors: &ScenarioErrors) -> Result<(), TestCaseError> {
    prop_assert!(
        !errors.problems().is_empty(),
        "nothing is wrong, and yet it is refused"
    );
    let lines = text.lines().count().max(1) + 1;
    for problem in errors.problems() {
        prop_assert!((1..=lines).contains(&errors.line(problem)), "{problem:?}");
        prop_assert!(!problem.message.is_empty() && !problem.label.is_empty());
    }
    prop_assert!(errors.render(false).contains("mistake"));
    Ok(())
}

/// Reads a text as either kind of file.
fn read(text: &str) -> Result<(), TestCaseError> {
    if let Err(errors) = lab_from_toml(text, "lab.toml", None) {
        show(text, &errors)?;
    }
    if let Err(errors) = device_from_toml(text, "device.toml") {
        show(text, &errors)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        read(&text)?;
    }

    #[test]
    fn any_heap_of_words_is_read_or_refused(words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..24)) {
        read(&words.concat())?;
    }

    /// A line is lost, doubled, or stands elsewhere; a word becomes another.
    #[test]
    fn labs_with_mistakes_are_read_or_refused(
        lab in prop::sample::select(&LABS[..]),
        at in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        way in 0..4,
        word in prop::sample::select(&WORDS[..]),
    ) {
        let mut lines: Vec<String> = lab.lines().map(str::to_owned).collect();
        let (at, to) = (at.index(lines.len()), to.index(lines.len()));
        match way {
            0 => drop(lines.remove(at)),
            1 => lines.insert(to, lines[at].clone()),
            2 => lines.swap(at, to),
            _ => {
                let key = lines[at].split_once('=').map_or("", |(key, _)| key).to_owned();
                lines[at] = format!("{key}= {}", word.trim());
            }
        }
        read(&lines.join("\n"))?;
    }

    /// A file that ends in the middle, or has a wrong letter.
    #[test]
    fn broken_labs_are_read_or_refused(
        lab in prop::sample::select(&LABS[..]),
        at in any::<prop::sample::Index>(),
        letter in any::<Option<char>>(),
    ) {
        let mut letters: Vec<char> = lab.chars().collect();
        let at = at.index(letters.len());
        match letter {
            Some(letter) => letters[at] = letter,
            None => letters.truncate(at),
        }
        read(&letters.into_iter().collect::<String>())?;
    }
}

#[test]
fn what_is_deep_is_refused() {
    for depth in [100, 10_000] {
        let texts = [
            format!("{}a = 1", "a.".repeat(depth)),
            format!("[{}a]", "a.".repeat(depth)),
            format!("a = {}", "[".repeat(depth)),
            format!("a = {}", "{ a = ".repeat(depth)),
        ];
        for text in texts {
            lab_from_toml(&text, "lab.toml", None).expect_err("no lab is so deep");
        }
    }
}

#[test]
fn what_is_large_is_read_or_refused() {
    let nic = "interface = [{ port = 0, addresses = [\"10.0.9.1/24\"], mtu = 65535 }]";
    let most = i64::MAX;
    #[rustfmt::skip]
    let rows = [
        ("hub",       "ports = 65535".to_owned(),                               true,  "as many as there are numbers"),
        ("l2-switch", "ports = 65536".to_owned(),                               false, "one more than there are numbers"),
        ("l2-switch", format!("ports = 65535\ncapacity = {most}"),              true,  "room is taken when it is needed"),
        ("l2-switch", "ports = 2\nageing = \"213503 d\"".to_owned(),            true,  "the longest time there is"),
        ("l2-switch", "ports = 2\nageing = \"213504 d\"".to_owned(),            false, "longer than that"),
        ("l3-switch", format!("ports = 65535\n{nic}"),                          true,  "the longest packets there are"),
        ("l4-switch", format!("ports = 2\nflow_limit = {most}\n{nic}"),         true,  "room is taken when it is needed"),
        ("l7-switch", format!("idle_connections = {most}\n{nic}"),              true,  "so are connections"),
        ("host",      format!("{nic}\ntcp = {{ send_buffer = \"1 GiB\" }}"),    true,  "and buffers"),
        ("host",      format!("{nic}\ntcp = {{ send_buffer = \"1.5 GiB\" }}"),  false, "no window can be so wide"),
    ];
    for (kind, keys, is_right, because) in rows {
        let text = format!("kind = \"{kind}\"\n{keys}");
        let read = device_from_toml(&text, "device.toml");
        assert_eq!(read.is_ok(), is_right, "{because}: {text}\n{read:?}");
    }
}

#[test]
fn the_labs_are_right() {
    for lab in LABS {
        match lab_from_toml(lab, "lab.toml", None) {
            Ok(scenario) => drop(scenario.lab.build().expect("what was read can be built")),
            Err(errors) => panic!("{}", errors.render(false)),
        }
    }
}
