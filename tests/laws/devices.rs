//! The devices that the laws are for: the files of the folder `devices`.
//!
//! Their addresses are those that the recorded frames speak to.

use switchlab::core::Device;
use switchlab::scenario::device_from_toml;

/// A device by name, and how it is made.
pub(crate) type Named = (&'static str, fn() -> Box<dyn Device>);

macro_rules! device {
    ($name:literal) => {
        ($name, || {
            made($name, include_str!(concat!("devices/", $name, ".toml")))
        })
    };
}

/// All devices, from the lowest layer up.
pub(crate) const DEVICES: [Named; 9] = [
    device!("hub"),
    device!("half-duplex-hub"),
    device!("bridge"),
    device!("vlan-bridge"),
    device!("router"),
    device!("l3-switch"),
    device!("l4-switch"),
    device!("host"),
    device!("l7-switch"),
];

fn made(name: &str, text: &str) -> Box<dyn Device> {
    match device_from_toml(text, name) {
        Ok(file) => file.device,
        Err(errors) => panic!("{name}: {errors:?}"),
    }
}
