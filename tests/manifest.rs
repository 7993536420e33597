//! The crate table of the house, held against the manifests.
//!
//! A crate rests on the crates of its row, and on what those rest on. The externals that belong to a row
//! are named by no other crate, but for the octets of frames, which go everywhere. Every dependency is
//! used, and unsafe code is forbidden everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// What each crate rests on, lowest floor first: crates of the workspace, then externals that are its own.
#[rustfmt::skip]
const HOUSE: [(&str, &[&str], &[&str]); 20] = [
    // crate      rests on                                                     externals
    ("wire",     &[],                                                          &["bytes", "pnet_packet"]),
    ("core",     &["wire"],                                                    &[]),
    ("l2",       &["core"],                                                    &[]),
    ("ip",       &["core"],                                                    &[]),
    ("http",     &[],                                                          &["httparse", "http_desync_guardian", "memchr", "bytes"]),
    ("dns",      &["core"],                                                    &["domain", "bytes"]),
    ("balance",  &["core"],                                                    &[]),
    ("topology", &["core"],                                                    &["petgraph"]),
    ("capture",  &["core"],                                                    &[]),
    ("l3",       &["l2", "ip"],                                                &[]),
    ("host",     &["ip", "http", "dns", "balance"],                            &["smoltcp"]),
    ("sim",      &["topology"],                                                &[]),
    ("analysis", &["topology"],                                                &["petgraph"]),
    ("live",     &["capture"],                                                 &[]),
    ("l4",       &["l3", "host", "balance"],                                   &[]),
    ("l7",       &["host", "http", "balance"],                                 &[]),
    ("scenario", &["l2", "l3", "host", "l4", "l7", "sim", "live"],             &[]),
    ("import",   &["scenario"],                                                &[]),
    ("audit",    &["scenario", "analysis"],                                    &[]),
    // The program takes everything from the facade.
    ("cli",      &["switchlab"],                                               &[]),
];

/// The external that frames are made of: whoever rests on a crate that has it may name it as well.
const OCTETS: &str = "bytes";

/// Packages that must have a job somewhere in the workspace, in tests and benchmarks at least.
const WITH_A_JOB: [&str; 7] = [
    "bytes",
    "criterion",
    "petgraph",
    "pnet_packet",
    "proptest",
    "smoltcp",
    "thiserror",
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo describes its workspace")
}

/// The name of a package in the table: its folder's.
fn row_name(package: &str) -> &str {
    package.strip_prefix("switchlab-").unwrap_or(package)
}

/// Everything that the crates of a row rest on, themselves included.
fn reachable(row: &[&'static str]) -> BTreeSet<&'static str> {
    let rows: BTreeMap<_, _> = HOUSE.iter().map(|(name, on, _)| (*name, *on)).collect();
    let mut found = BTreeSet::new();
    let mut open = row.to_vec();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(rows.get(name).copied().unwrap_or_default());
        }
    }
    found
}

fn normal_dependencies(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.as_str())
}

#[test]
fn every_crate_rests_on_its_row() {
    let metadata = metadata();
    let owned: BTreeSet<_> = HOUSE
        .iter()
        .flat_map(|(_, _, owned)| *owned)
        .copied()
        .collect();
    for package in metadata.workspace_packages() {
        if package.name == "switchlab" {
            continue;
        }
        let name = row_name(&package.name);
        let (_, on, externals) = HOUSE
            .iter()
            .find(|(row, ..)| *row == name)
            .unwrap_or_else(|| panic!("crate {name} has no row in the table"));
        let allowed = reachable(on);
        let has_octets = HOUSE
            .iter()
            .any(|(row, _, externals)| allowed.contains(row) && externals.contains(&OCTETS));
        for dependency in normal_dependencies(package) {
            if dependency.starts_with("switchlab") {
                assert!(
                    allowed.contains(row_name(dependency)),
                    "{name} depends on {dependency}, which its row does not lead to"
                );
            } else if owned.contains(dependency) {
                assert!(
                    externals.contains(&dependency) || dependency == OCTETS && has_octets,
                    "{name} depends on {dependency}, which is another row's"
                );
            }
        }
    }
}

#[test]
fn no_row_leads_to_itself() {
    for (name, on, _) in HOUSE {
        assert!(!reachable(on).contains(name), "{name} rests on itself");
    }
}

#[test]
fn the_facade_shows_every_floor() {
    let metadata = metadata();
    let root = metadata.root_package().expect("the root is a package");
    let shown: BTreeSet<_> = normal_dependencies(root).map(row_name).collect();
    let front = fs::read_to_string(root.targets[0].src_path.as_std_path()).expect("the front page");
    for package in metadata.workspace_packages() {
        let name = row_name(&package.name);
        if !["switchlab", "cli"].contains(&name) {
            assert!(shown.contains(name), "the facade depends on {name}");
            let line = format!("pub use switchlab_{name} as {name};");
            assert!(front.contains(&line), "the facade re-exports {name}");
        }
    }
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    for package in metadata().workspace_packages() {
        for target in &package.targets {
            if target.is_lib() || target.is_bin() {
                let text = fs::read_to_string(target.src_path.as_std_path()).expect("a source");
                assert!(
                    text.lines().any(|line| line == "#![forbid(unsafe_code)]"),
                    "{} forbids unsafe code",
                    target.src_path
                );
            }
        }
    }
}

#[test]
fn every_dependency_is_used() {
    let metadata = metadata();
    let (mut used, mut idle) = (BTreeSet::new(), Vec::new());
    for package in metadata.workspace_packages() {
        let sources = sources_of(package);
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            // What the sources call it.
            let called = dependency.rename.as_deref().unwrap_or(name);
            if sources.contains(&format!("{}::", called.replace('-', "_"))) {
                used.insert(name);
            } else {
                idle.push(format!("{}: {name}", package.name));
            }
        }
    }
    // The facade only re-exports, and names its crates without a path behind them.
    idle.retain(|line| !line.starts_with("switchlab: switchlab-"));
    assert!(idle.is_empty(), "dependencies without a job: {idle:#?}");
    for name in WITH_A_JOB {
        assert!(used.contains(name), "{name} has a job in the workspace");
    }
}

/// All Rust text of a package.
fn sources_of(package: &Package) -> String {
    let folder = package
        .manifest_path
        .parent()
        .expect("a manifest has a folder");
    let mut text = String::new();
    let is_root = folder.join("crates").exists();
    let mut open: Vec<PathBuf> = if is_root {
        // The other packages lie inside the root's folder.
        ["crates/switchlab.rs", "tests", "benches", "examples"]
            .map(|part| folder.join(part).into())
            .to_vec()
    } else {
        vec![folder.as_std_path().to_owned()]
    };
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a readable folder");
            open.extend(entries.map(|entry| entry.expect("a readable entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(&path).expect("a readable source");
        }
    }
    text
}
