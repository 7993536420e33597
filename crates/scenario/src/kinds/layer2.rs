//! `kind = "hub"` and `kind = "l2-switch"`.

use switchlab_l2::{
    BridgeConfigError, HalfDuplexConfig, HalfDuplexError, HalfDuplexHub, Hub, L2Switch,
};

use super::bridge::bridge;
use super::{Context, Machine, ports};
use crate::read::{Rate, Section, Size};
use crate::settings::{NodeSettings, Switch};

/// A hub has ports, and in half duplex a medium that they share.
pub(super) fn hub(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    let ports = ports(section, context.problems);
    let medium = section.section("half_duplex", context.problems);
    let machine = match medium {
        Some(medium) => half_duplex(ports, medium, context)?,
        None => {
            let ports = ports?;
            Machine::new(move || Hub::new(ports))
        }
    };
    Some(Machine {
        settings: Some(NodeSettings::Switch(Switch::Hub)),
        ..machine
    })
}

fn half_duplex(
    ports: Option<u16>,
    mut medium: Section<'_>,
    context: &mut Context<'_>,
) -> Option<Machine> {
    let default = HalfDuplexConfig::new(&context.name, ports.unwrap_or(1));
    let problems = &mut *context.problems;
    let rate = medium.or("rate", Rate(Some(default.rate)), problems);
    let config = HalfDuplexConfig {
        rate: rate.0.unwrap_or(u64::MAX),
        reach: medium.or("reach", default.reach, problems),
        queue: medium.or("queue", Size(default.queue), problems).0,
        seed: context.seed,
        ..default
    };
    let (rate, reach) = (medium.place("rate"), medium.place("reach"));
    medium.finish(problems);
    if let Err(error) = HalfDuplexHub::new(&config) {
        let place = match error {
            HalfDuplexError::Rate => rate,
            _ => reach,
        };
        context.refused(&place, error);
        return None;
    }
    ports?;
    let make = move || HalfDuplexHub::new(&config).expect("one was made when the file was read");
    Some(Machine::new(make))
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
