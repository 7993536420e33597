//! A device file: one node's table on its own, and what a comparer wants of it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::kinds::{Context, machine};
use crate::lab::{DEFAULT_SEED, default_epoch};
use crate::names::Addresses;
use crate::read::{Problems, Section, document};
use crate::world::World;
use crate::{DeviceFile, ScenarioErrors};

/// Reads the file of a single device; `name` is what the file is called.
///
/// A device file is one node's table on its own, and may have a table `[compare]`, which belongs to
/// whoever compares the outcome; of it only `run_until` is looked at.
///
/// # Errors
/// Everything that is wrong with the file, each with its place and what would be right.
///
/// ```
/// let file = switchlab_scenario::device_from_toml("kind = \"hub\"\nports = 4", "hub.toml")?;
/// assert_eq!(file.device.ports(), 4);
/// # Ok::<(), switchlab_scenario::ScenarioErrors>(())
/// ```
pub fn device_from_toml(text: &str, name: &str) -> Result<DeviceFile, ScenarioErrors> {
    let failed = |problems: Problems| ScenarioErrors::new(name, text, problems.into_vec());
    let table = document(text).map_err(failed)?;
    let mut problems = Problems::default();
    let mut notes = Vec::new();
    let mut addresses = Addresses::given_in(&table);
    let mut section = Section::file(&table);
    let run_until = section
        .section("compare", &mut problems)
        .and_then(|mut compare| {
            let run_until = compare.value::<Duration>("run_until", &mut problems)?;
            Some(run_until.value)
        });
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut context = Context {
        name: stem.strip_suffix(".toml").unwrap_or(stem).into(),
        seed: DEFAULT_SEED,
        epoch: default_epoch(),
        shared: &BTreeMap::new(),
        world: &World::default(),
        problems: &mut problems,
        notes: &mut notes,
        addresses: &mut addresses,
    };
    let machine = machine(&mut section, &mut context);
    match machine {
        Some(machine) if problems.is_empty() => Ok(DeviceFile {
            device: (machine.blueprint)(),
            run_until,
            notes,
        }),
        _ => Err(failed(problems)),
    }
}
