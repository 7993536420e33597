//! Devices against recordings of the Linux kernel, frame by frame.
//!
//! Each folder `cases/l2/NAME`, `cases/l3/NAME`, `cases/l4/NAME` is a case: `device.toml`, the frames put in,
//! the frames that a real implementation sent, and notes. README.md says how they were made and what counts
//! as equal; [`compare`] holds what a replay gives against that, and [`list`] says which cases pass.

mod capture;
mod case;
mod compare;
mod damage;
mod flow;
mod list;
mod mask;
mod script;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use case::Case;
use compare::compare;
use list::{CASES, Standing};
use switchlab::capture::Writer;
use switchlab::core::Instant;
use switchlab::live::{ReplayOptions, replay};
use switchlab::scenario::device_from_toml;

/// The folder of this test.
fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// The recorded cases of a layer, in order of their names.
fn cases(layer: &str) -> Vec<Case> {
    let folder = home().join("cases").join(layer);
    let mut folders: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    folders.sort();
    folders
        .iter()
        .map(|folder| Case::read(layer, folder))
        .collect()
}

fn all_cases() -> impl Iterator<Item = Case> {
    ["l2", "l3", "l4"].into_iter().flat_map(cases)
}

/// Replays a case: the capture of what its device sends, or why there is none.
fn replayed(case: &Case) -> Result<Vec<u8>, String> {
    let mut file =
        device_from_toml(&case.device_text, "device.toml").map_err(|error| error.to_string())?;
    let options = ReplayOptions {
        until: file.run_until.map(|until| Instant::ZERO + until),
        ..ReplayOptions::default()
    };
    let mut output = Writer::new(Vec::new(), None).map_err(|error| error.to_string())?;
    replay(&mut *file.device, &case.input, &options, &mut output)
        .map_err(|error| error.to_string())?;
    let counters = file.device.counters();
    if !counters.is_balanced() {
        return Err(format!("frames went uncounted: {counters:?}"));
    }
    output.finish().map_err(|error| error.to_string())
}

/// Holds every case of a layer against the list, and tells of all that is wrong at once.
fn hold_against_the_list(layer: &str) {
    let mut listed: BTreeMap<&str, Standing> = CASES
        .into_iter()
        .filter(|(name, _)| name.starts_with(layer))
        .collect();
    let mut wrong = Vec::new();
    for case in cases(layer) {
        let outcome = replayed(&case).and_then(|output| compare(&case, &capture::frames(&output)));
        let name = &case.name;
        match (listed.remove(name.as_str()), outcome) {
            (Some(Standing::Passes), Ok(())) | (Some(Standing::NotYet(_)), Err(_)) => {}
            (Some(Standing::Passes), Err(what)) => wrong.push(format!("{name}: {what}")),
            (Some(Standing::NotYet(feature)), Ok(())) => {
                wrong.push(format!(
                    "{name} passes, and the list says that it needs {feature}"
                ));
            }
            (None, _) => wrong.push(format!("{name} is not in the list")),
        }
    }
    wrong.extend(
        listed
            .keys()
            .map(|name| format!("{name} is in the list only")),
    );
    assert!(
        wrong.is_empty(),
        "{} cases\n\n{}\n",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn the_bridge_does_as_linux_does() {
    hold_against_the_list("l2");
}

#[test]
fn the_router_does_as_linux_does() {
    hold_against_the_list("l3");
}

#[test]
fn the_balancer_does_as_linux_does() {
    hold_against_the_list("l4");
}

/// The comparison itself: what was recorded passes, in any order between ports, and no damage goes unseen.
#[test]
fn damage_is_seen() {
    for case in all_cases() {
        let mut reversed = case.recorded.clone();
        reversed.sort_by_key(|seen| (case.stimulus(seen.at), u16::MAX - seen.port));
        for frames in [&case.recorded, &reversed] {
            let outcome = compare(&case, frames);
            assert_eq!(outcome, Ok(()), "{}: its own recording", case.name);
        }
        for (damage, frames) in damage::damaged(&case) {
            assert!(
                compare(&case, &frames).is_err(),
                "{}: {damage} goes unseen",
                case.name
            );
        }
    }
}

/// Two comparers written apart from each other judge every replay alike, and the script knows damage.
#[test]
fn the_script_agrees() {
    let Some(script) = script::Script::find() else {
        return;
    };
    script.test_itself(all_cases().map(|case| case.folder));
    let mut judged = Vec::new();
    for case in all_cases() {
        if let Ok(output) = replayed(&case) {
            judged.push((case, output));
        }
    }
    assert!(!judged.is_empty(), "some device can be made");
    let verdicts = script.judge(&judged);
    for ((case, output), verdict) in judged.iter().zip(verdicts) {
        let own = compare(case, &capture::frames(output));
        assert_eq!(
            own.is_ok(),
            verdict.starts_with("PASS "),
            "{}: {own:?}, and the script says {verdict}",
            case.name
        );
    }
}
