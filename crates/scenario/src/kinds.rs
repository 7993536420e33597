//! The kinds of nodes: a table of the file becomes a [`Machine`], the plan of a device.
//!
//! This is the one factory of devices: labs and single device files go through [`machine`].

mod attributes;
mod balancer;
mod bridge;
mod group;
mod health;
mod host;
mod layer2;
mod layer3;
mod layer4;
mod layer7;
mod names;
mod rule;
mod station;

pub(crate) use balancer::{Shared, shared};
pub(crate) use rule::rule;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use switchlab_core::{AppCounter, Device, PortId};
use switchlab_host::CongestionControl;
use switchlab_l7::L7Config;
use switchlab_sim::Blueprint;
use switchlab_topology::Region;

use crate::names::Addresses;
use crate::read::{Located, Problems, Section, one_of};
use crate::settings::NodeSettings;
use crate::world::World;

/// The plan of a device, and what the rest of a lab must know about it.
pub(crate) struct Machine {
    /// How many ports the device has.
    pub(crate) ports: u16,
    /// Makes the device.
    pub(crate) blueprint: Blueprint,
    /// Its IP addresses, each with its place in the file.
    pub(crate) addresses: Vec<Located<IpAddr>>,
    /// What it counts besides frames.
    pub(crate) counters: Vec<AppCounter>,
    /// Its applications that ask others, and how often; `None` if there is no end to it.
    pub(crate) clients: Vec<(Arc<str>, Option<u64>)>,
    /// Which load balancers it has to hear of, and how long after they told.
    pub(crate) hears: Vec<(Arc<str>, Duration)>,
    /// How its TCP shares the network, if it has one of its own.
    pub(crate) congestion_control: Option<CongestionControl>,
    /// What can be asked of it.
    pub(crate) role: Role,
    /// Its settings, if somebody may ask for them.
    pub(crate) settings: Option<NodeSettings>,
}

/// What can be asked of a node during a run.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    /// To be switched off and on, as any other.
    Plain,
    /// To stop and start its applications.
    Host,
    /// To take targets in and out of groups, and to change its rules.
    Balancer {
        /// The names of its target groups or services.
        groups: Vec<Arc<str>>,
        /// Its settings, if it has rules.
        rules: Option<Box<L7Config>>,
    },
}

impl Role {
    /// The settings of a layer 7 switch.
    pub(crate) fn layer_7(&self) -> Option<&L7Config> {
        match self {
            Self::Balancer {
                rules: Some(config),
                ..
            } => Some(config),
            _ => None,
        }
    }
}

impl Machine {
    /// A machine without addresses, of which nothing can be asked.
    fn new<D: Device + 'static>(make: impl Fn() -> D + Send + Sync + 'static) -> Self {
        let device = make();
        Self {
            ports: device.ports(),
            counters: device.counters().apps,
            blueprint: Box::new(move || Box::new(make())),
            addresses: Vec::new(),
            clients: Vec::new(),
            hears: Vec::new(),
            congestion_control: None,
            role: Role::Plain,
            settings: None,
        }
    }
}

/// What reading a node needs besides its table.
pub(crate) struct Context<'r> {
    /// The node's name.
    pub(crate) name: Arc<str>,
    /// The seed of the run.
    pub(crate) seed: u64,
    /// What instant 0 is called.
    pub(crate) epoch: Timestamp,
    /// What is said of load balancers once for all their nodes, by their names.
    pub(crate) shared: &'r BTreeMap<String, Shared<'r>>,
    /// Where nodes stand, and which are load balancers.
    pub(crate) world: &'r World,
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
        self.problems.refused(place, error);
    }
}

/// What a node can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hub,
    L2Switch,
    L3Switch,
    L4Switch,
    L7Switch,
    Host,
}

const KINDS: &[(&str, Kind)] = &[
    ("hub", Kind::Hub),
    ("l2-switch", Kind::L2Switch),
    ("l3-switch", Kind::L3Switch),
    ("l4-switch", Kind::L4Switch),
    ("l7-switch", Kind::L7Switch),
    ("host", Kind::Host),
];

/// Reads a node's table; `None` if that is impossible, and then it has been said why.
pub(crate) fn machine(section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Machine> {
    if !section.has("kind") && section.has("node") {
        let message = "this is a lab, not a single device";
        let help = "`switchlab run` takes lab files";
        context
            .problems
            .helped(&section.place("node"), message, "nodes", help);
        return None;
    }
    if !section.has("kind") {
        let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        context.problems.helped(
            &section.span,
            format!("{} needs the key `kind`", section.title()),
            "no `kind` here",
            format!("`kind` is {}", one_of(names)),
        );
        return None;
    }
    let kind = section.choice("kind", KINDS, context.problems)?;
    let machine = match kind.value {
        Kind::Hub => layer2::hub(section, context),
        Kind::L2Switch => layer2::switch(section, context),
        Kind::L3Switch => layer3::switch(section, context),
        Kind::L4Switch => layer4::switch(section, context),
        Kind::L7Switch => layer7::switch(section, context),
        Kind::Host => host::host(section, context),
    };
    // Where nodes stand has been looked at before; here it is said what is wrong with it.
    section.value::<Region>("region", context.problems);
    if kind.value != Kind::L7Switch {
        section.value::<String>("zone", context.problems);
    }
    section.finish(context.problems);
    machine
}

/// How many ports a device has.
fn ports(section: &mut Section<'_>, problems: &mut Problems) -> Option<u16> {
    section.require("ports", "how many there are, from 1 to 65535", problems);
    let ports = section.value::<u16>("ports", problems)?;
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
            match ports {
                1 => "there is the port 0 only".to_owned(),
                _ => format!("the ports are 0 to {}", ports - 1),
            },
        );
        return None;
    }
    Some(number.map(PortId::new))
}
