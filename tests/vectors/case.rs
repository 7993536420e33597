//! A recorded case: a device, what was put in, what came out, and how to compare.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::capture::{Seen, frames};
use crate::flow;

/// A case, read from its folder.
pub(crate) struct Case {
    /// Layer and name: `l2/station_move`.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) device_text: String,
    /// The capture to put in, as a file.
    pub(crate) input: Vec<u8>,
    /// The frames put in.
    pub(crate) stimuli: Vec<Seen>,
    /// The frames that came out.
    pub(crate) recorded: Vec<Seen>,
    pub(crate) device: DeviceFile,
}

/// What the comparison needs to know of `device.toml`.
#[derive(Debug, Deserialize)]
pub(crate) struct DeviceFile {
    pub(crate) ports: u16,
    #[serde(default, rename = "interface")]
    interfaces: Vec<InterfaceTable>,
    #[serde(default)]
    pub(crate) ecmp_hash: flow::Hash,
    pub(crate) compare: Rules,
}

#[derive(Debug, Deserialize)]
struct InterfaceTable {
    port: u16,
    #[serde(default)]
    addresses: Vec<String>,
}

/// The table `[compare]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    run_until: String,
    #[serde(default, rename = "mask")]
    pub(crate) masks: BTreeSet<Mask>,
    #[serde(default)]
    pub(crate) ignore: BTreeSet<Ignored>,
    #[serde(default)]
    pub(crate) bpdu: Option<Bpdu>,
    timer_grid: Option<String>,
    #[serde(default)]
    pub(crate) mode: Mode,
    #[serde(default, rename = "leg")]
    pub(crate) legs: Vec<Leg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mask {
    OwnIpId,
    BpduAge,
    #[serde(rename = "own-frag6-id")]
    OwnFrag6Id,
    NatPort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ignored {
    Icmpv6Redirect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bpdu {
    Set,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    #[default]
    Exact,
    Ecmp,
}

/// One way out of a multipath route.
#[derive(Debug, Deserialize)]
pub(crate) struct Leg {
    pub(crate) port: u16,
    src: String,
    dst: String,
    #[serde(default)]
    pub(crate) min_share: f64,
    #[serde(default = "whole")]
    pub(crate) max_share: f64,
}

fn whole() -> f64 {
    1.0
}

impl Leg {
    /// Destination and source address, as they stand at the head of a frame.
    pub(crate) fn addresses(&self) -> Vec<u8> {
        let octets = [&self.dst, &self.src].map(|mac| {
            mac.split(':')
                .map(|octet| u8::from_str_radix(octet, 16).expect("two hexadecimal digits"))
                .collect::<Vec<_>>()
        });
        octets.concat()
    }
}

impl Rules {
    /// The last instant, in nanoseconds.
    pub(crate) fn until(&self) -> u64 {
        nanos(&self.run_until)
    }

    /// How far a stamp may lie from the recorded one, in nanoseconds.
    pub(crate) fn grid(&self) -> Option<u64> {
        self.timer_grid.as_deref().map(nanos)
    }
}

/// Reads `0.14s` or `250ms`.
fn nanos(text: &str) -> u64 {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e6),
        None => (text.strip_suffix('s').expect("a unit of time"), 1e9),
    };
    (number.trim().parse::<f64>().expect("a number") * unit).round() as u64
}

impl Case {
    /// Reads the case of a layer in its folder.
    pub(crate) fn read(layer: &str, folder: &Path) -> Self {
        let file = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let device_text = String::from_utf8(file("device.toml")).expect("TOML is UTF-8");
        let device = toml::from_str(&device_text)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let input = file("in.pcapng");
        let name = folder.file_name().expect("a folder of its own");
        Self {
            name: format!("{layer}/{}", name.to_string_lossy()),
            folder: folder.to_owned(),
            stimuli: frames(&input),
            input,
            recorded: frames(&file("out.pcapng")),
            device_text,
            device,
        }
    }

    /// The addresses of the device, by port.
    pub(crate) fn own_addresses(&self) -> BTreeMap<u16, BTreeSet<IpAddr>> {
        let mut addresses = BTreeMap::<_, BTreeSet<_>>::new();
        for interface in &self.device.interfaces {
            let of_port = addresses.entry(interface.port).or_default();
            for prefix in &interface.addresses {
                let address = prefix.split('/').next().expect("never empty");
                of_port.insert(address.parse().expect("an address"));
            }
        }
        addresses
    }

    /// Which stimulus a moment belongs to: how many were put in until then.
    pub(crate) fn stimulus(&self, at: u64) -> usize {
        self.stimuli.partition_point(|stimulus| stimulus.at <= at)
    }
}
