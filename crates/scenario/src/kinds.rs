//! The kinds of nodes: a table of the file becomes a [`Machine`], the plan of a device.
//!
//! This is the one factory of devices: labs and single device files go through [`machine`].

mod bridge;
mod health;
mod layer2;
mod layer3;
mod layer4;
mod station;

use std::fmt::Display;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use switchlab_core::{Device, PortId};
use switchlab_sim::Blueprint;

use crate::names::Addresses;
use crate::read::{Located, Problems, Section};

/// The plan of a device, and what the rest of a lab must know about it.
pub(crate) struct Machine {
    /// How many ports the device has.
    pub(crate) ports: u16,
    /// Makes the device.
    pub(crate) blueprint: Blueprint,
    /// Its IP addresses, each with its place in the file.
    pub(crate) addresses: Vec<Located<IpAddr>>,
    /// What runs on it and counts.
    pub(crate) apps: Vec<App>,
    /// What can be asked of it.
    pub(crate) role: Role,
}

/// What can be asked of a node during a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// To be switched off and on, as any other.
    Plain,
    /// To stop and start its applications.
    Host,
}

/// Something on a device that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct App {
    /// Its name on the device.
    pub(crate) name: Arc<str>,
    /// What it counts.
    pub(crate) counters: &'static [&'static str],
    /// Set if it asks others.
    pub(crate) asks: Option<Asks>,
}

/// What is known of an application that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asks {
    /// How often it asks; `None` if there is no end to it.
    pub(crate) count: Option<u64>,
}

impl App {
    /// The bridge inside a switch.
    fn bridge() -> Self {
        Self {
            name: "bridge".into(),
            counters: &["unlearned"],
            asks: None,
        }
    }
}

impl Machine {
    /// A machine of which nobody needs to know more than its ports.
    pub(crate) fn plain<D: Device + 'static>(
        ports: u16,
        make: impl Fn() -> D + Send + Sync + 'static,
    ) -> Self {
        Self {
            ports,
            blueprint: Box::new(move || Box::new(make())),
            addresses: Vec::new(),
            apps: Vec::new(),
            role: Role::Plain,
        }
    }
}

/// What reading a node needs besides its table.
pub(crate) struct Context<'r> {
    /// The node's name.
    pub(crate) name: Arc<str>,
    /// What is wrong so far.
    pub(crate) problems: &'r mut Problems,
    /// What the reader of the report should know.
    pub(crate) notes: &'r mut Vec<String>,
    /// The MAC addresses of the lab.
    pub(crate) addresses: &'r mut Addresses,
}

impl Context<'_> {
    /// Notes that a setting is taken, but not simulated as it reads.
    fn note(&mut self, text: impl Display) {
        self.notes.push(format!("{}: {text}", self.name));
    }

    /// Notes what a device itself has against its settings.
    fn refused(&mut self, place: &Range<usize>, error: impl Display) {
        self.problems.add(place, error.to_string(), "refused");
    }
}

/// What a node can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hub,
    L2Switch,
    L3Switch,
    L4Switch,
}

const KINDS: &[(&str, Kind)] = &[
    ("hub", Kind::Hub),
    ("l2-switch", Kind::L2Switch),
    ("l3-switch", Kind::L3Switch),
    ("l4-switch", Kind::L4Switch),
];

/// Reads a node's table; `None` if that is impossible, and then it has been said why.
pub(crate) fn machine(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    if !section.has("kind") {
        let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        context.problems.helped(
            &section.span,
            format!("{} needs the key `kind`", section.title()),
            "no `kind` here",
            format!("`kind` is {}", crate::read::one_of(names)),
        );
        return None;
    }
    let kind = section.choice("kind", KINDS, context.problems)?;
    let machine = match kind.value {
        Kind::Hub => layer2::hub(section, context),
        Kind::L2Switch => layer2::switch(section, context),
        Kind::L3Switch => layer3::switch(section, context),
        Kind::L4Switch => layer4::switch(section, context),
    };
    section.finish(context.problems);
    machine
}

/// How many ports a device has.
fn ports(section: &mut Section<'_>, problems: &mut Problems) -> Option<u16> {
    let ports = section.required::<u16>("ports", problems)?;
    if ports.value == 0 {
        problems.helped(
            &ports.span,
            "a device without ports does nothing",
            "no ports",
            "`ports` is a whole number from 1 to 65535",
        );
        return None;
    }
    Some(ports.value)
}

/// A port of a device that has this many.
fn port(
    section: &mut Section<'_>,
    key: &'static str,
    ports: u16,
    problems: &mut Problems,
) -> Option<Located<PortId>> {
    let number = section.value::<u16>(key, problems)?;
    if number.value >= ports {
        problems.helped(
            &number.span,
            format!("there is no port {}", number.value),
            "no such port",
            format!("the ports are 0 to {}", ports - 1),
        );
        return None;
    }
    Some(number.map(PortId::new))
}
