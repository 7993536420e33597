//! `kind = "hub"` and `kind = "l2-switch"`.

use switchlab_l2::{BridgeConfigError, Hub, L2Switch};

use super::bridge::bridge;
use super::{Context, Machine, ports};
use crate::read::Section;
use crate::settings::{NodeSettings, Switch};

/// A hub has ports, and nothing to set.
pub(super) fn hub(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    let ports = ports(section, context.problems)?;
    Some(Machine {
        settings: Some(NodeSettings::Switch(Switch::Hub)),
        ..Machine::new(move || Hub::new(ports))
    })
}

pub(super) fn switch(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    let config = bridge(section, context)?;
    if let Err(error) = L2Switch::new(config.clone()) {
        let place = match error {
            BridgeConfigError::Capacity { .. } => section.place("capacity"),
            _ => section.span.clone(),
        };
        context.refused(&place, error);
        return None;
    }
    let settings = Some(NodeSettings::Switch(Switch::L2(config.clone())));
    let make = move || L2Switch::new(config.clone()).expect("one was made when the file was read");
    Some(Machine {
        settings,
        ..Machine::new(make)
    })
}
