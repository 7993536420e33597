//! `kind = "l7-switch"`: one node of a layer 7 load balancer.

use std::sync::Arc;

use switchlab_l7::{L7Config, L7Switch};

use super::balancer::balancer;
use super::station::station;
use super::{Context, Machine, Role};
use crate::read::Section;
use crate::settings::NodeSettings;

pub(super) fn switch(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    let sockets = L7Config::new(&context.name, Vec::new()).station.sockets;
    let station = station(section, sockets, context);
    let name = section.value::<String>("load_balancer", context.problems);
    let name = name.map_or_else(|| Arc::clone(&context.name), |name| name.value.into());
    let zone = section.value::<String>("zone", context.problems);
    let own;
    let shared = match context.shared.get(&*name) {
        Some(shared) => {
            shared.refuse_again(section, context.problems);
            shared
        }
        None => {
            own = balancer(section, context);
            &own
        }
    };
    let station = station?;
    if !shared.is_right {
        return None;
    }
    let mut config = L7Config {
        name: Arc::clone(&context.name),
        station: station.config,
        ..shared.config.clone()
    };
    config.load_balancer.name = name;
    config.load_balancer.zone = zone.map(|zone| zone.value.into());

    let mut errors = config.errors();
    if errors.is_empty() {
        errors.extend(L7Switch::new(config.clone()).err());
    }
    for error in &errors {
        let place = shared.tables.place(error, &config, section);
        context.refused(&place.unwrap_or_else(|| section.span.clone()), error);
    }
    if !errors.is_empty() {
        return None;
    }
    let groups = config
        .groups
        .iter()
        .map(|group| Arc::clone(&group.config.name))
        .collect();
    let rules = Some(Box::new(config.clone()));
    let congestion_control = Some(config.station.sockets.congestion_control);
    let settings = Some(NodeSettings::Balancer(
        Box::new(config.clone()),
        shared.tables.spans(section),
    ));
    let make = move || L7Switch::new(config.clone()).expect("one was made when the file was read");
    Some(Machine {
        addresses: station.addresses,
        congestion_control,
        role: Role::Balancer { groups, rules },
        settings,
        ..Machine::new(make)
    })
}
