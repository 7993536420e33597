//! Whole labs, from the file to the report.
//!
//! | module | idea |
//! |---|---|
//! | `quest` | the quest: two servers answer in turn, one is stopped, the other takes over by itself |
//! | `lessons` | the labs of the application load balancer, act by act; one outage under five products |
//! | `order` | every example passes; the order of declaration never shows; equal seeds give equal histories |
//! | `burst` | many connections at one instant, none lost |
//! | `zones` | a node in each zone: when is it in DNS, and who goes where? |
//! | `wireshark` | an independent reader of the capture sees what the report says |

mod burst;
mod lessons;
mod order;
mod quest;
mod wireshark;
mod zones;

use std::fs;
use std::path::Path;

use switchlab::scenario::{Report, Request, lab_from_toml};

/// Runs a lab that must be sound.
fn run(text: &str) -> Report {
    run_with_seed(text, None)
}

fn run_with_seed(text: &str, seed: Option<u64>) -> Report {
    let scenario = lab_from_toml(text, "lab.toml", seed).expect("a sound lab");
    scenario.run(&mut ()).expect("the run ends")
}

/// The name and the text of every lab among the examples, in the order of their names.
fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = fs::read_dir(folder).expect("a folder of examples");
    let files = files.map(|file| file.expect("a readable folder").path());
    let labs = files.filter(|file| file.extension().is_some_and(|kind| kind == "toml"));
    let mut labs: Vec<_> = labs
        .map(|file| {
            let name = file.file_stem().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&file).expect("a text");
            (name.into_owned(), text)
        })
        .collect();
    labs.sort();
    labs
}

/// The node that answered a request, or was the last one asked; `-` if none was.
fn node_of<'a>(report: &'a Report, request: &Request) -> &'a str {
    let target = report.record.target(request);
    let node = target.and_then(|target| report.directory.owner(target.ip()));
    node.map_or("-", |node| report.directory.node(node))
}
