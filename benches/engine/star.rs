//! Eight bare generators around one learning switch.

use std::time::Duration;

use criterion::Criterion;
use switchlab::l2::{BridgeConfig, L2Switch};
use switchlab::sim::{Generator, Lab, Simulation};
use switchlab::topology::LinkConfig;
use switchlab::wire::{EtherType, EthernetBuilder, MacAddr};

use crate::{measure, on, run};

const STATIONS: u16 = 8;
/// Frames that each station sends.
const FRAMES: u64 = 20_000;
/// A little more than 60 octets take at 1 Gbit/s.
const EVERY: Duration = Duration::from_micros(1);

/// Each station sends to the next one.
fn star() -> Simulation {
    let mut lab = Lab::new(1);
    lab.node("switch", STATIONS, || {
        let switch = L2Switch::new(BridgeConfig::with_ports(STATIONS));
        Box::new(switch.expect("a sound configuration"))
    });
    let mac = |number: u16| MacAddr::from_name(&format!("station {number}"));
    for number in 0..STATIONS {
        let header = EthernetBuilder::new(mac(number), mac((number + 1) % STATIONS));
        let name = format!("station {number}");
        lab.node(&name, 1, move || {
            let frame = header.payload(EtherType(0x88b5), &[0; 46]);
            Box::new(Generator::new(frame, EVERY, Some(FRAMES)))
        });
        lab.link(name, format!("switch:{number}"), LinkConfig::default());
    }
    on(lab)
}

pub(crate) fn bridged(c: &mut Criterion) {
    let all = u64::from(STATIONS) * FRAMES;
    let outcome = run(star(), None);
    let counters = outcome.node("switch").expect("it is on");
    let received: u64 = counters.ports.iter().map(|port| port.received_frames).sum();
    assert_eq!(received, all, "all frames go through the switch");
    assert!(counters.copies < 100, "and nearly all to one station only");
    measure(c, "bridged", all, None, star);
}
