//! A device may have as many ports as there are numbers for them.

use switchlab_core::{Device, Egress, Ingress, Instant, PortId, step};
use switchlab_l2::{BridgeConfig, Hub, L2Switch};
use switchlab_wire::{EtherType, EthernetBuilder, MacAddr};

/// How many copies of a broadcast leave.
fn flooded(device: &mut dyn Device) -> usize {
    let (mut rx, mut tx) = (Ingress::default(), Egress::default());
    for port in 0..device.ports() {
        device.link_changed(Instant::ZERO, PortId::new(port), true, &mut tx);
    }
    let frame = EthernetBuilder::new(MacAddr::from_name("a"), MacAddr::BROADCAST);
    rx.push(PortId::new(7), frame.payload(EtherType::IPV4, b"hello"));
    step(device, Instant::ZERO, &mut rx, &mut tx);
    assert!(device.counters().is_balanced());
    std::iter::from_fn(|| tx.next()).count()
}

#[test]
fn every_number_is_a_port() {
    let mut switch = L2Switch::new(BridgeConfig::with_ports(u16::MAX)).expect("65535 are allowed");
    assert_eq!(flooded(&mut switch), usize::from(u16::MAX) - 1);
    assert_eq!(flooded(&mut Hub::new(u16::MAX)), usize::from(u16::MAX) - 1);
}
