//! Help, and arguments that make no sense.

use crate::Workplace;

#[test]
fn every_command_has_help_with_examples() {
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["replay", "--help"],
        &["check", "--help"],
        &["drill", "--help"],
        &["import", "--help"],
        &["import", "elbv2", "--help"],
        &["import", "graphml", "--help"],
        &["algorithms", "--help"],
    ] {
        let help = Workplace::new().run(arguments).good();
        for part in [
            "Examples:\n",
            "  switchlab ",
            "Exit status: 0 ",
            "Usage: switchlab",
        ] {
            assert!(help.contains(part), "{arguments:?}: no {part:?} in {help}");
        }
        assert!(!help.contains('\u{1b}'), "a pipe gets no colours");
    }
}

#[test]
fn arguments_that_make_no_sense_end_with_2() {
    #[rustfmt::skip]
    let rows: [(&[&str], &str, &str); 6] = [
        (&[],                       "Usage",       "no command"),
        (&["walk"],                 "walk",        "an unknown command"),
        (&["replay"],               "--device",    "arguments missing"),
        (&["replay", "--device", "d", "--in", "i", "--out", "o", "--until", "9 x"],
                                    "unknown unit \"x\"", "a time without a sense"),
        (&["replay", "--device", "d", "--in", "i", "--out", "o", "--origin", "here"],
                                    "zero, first", "what would be right is listed"),
        (&["replay", "--device", "d", "--in", "i", "--out", "o"],
                                    "cannot read d", "a file that is not there"),
    ];
    for (arguments, complaint, because) in rows {
        let complained = Workplace::new().run(arguments).bad(2);
        assert!(complained.contains(complaint), "{because}: {complained}");
    }
}
