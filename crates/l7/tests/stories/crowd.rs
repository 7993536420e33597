//! Many at once, many in a row, and frames that are no frames.

use proptest::prelude::*;
use switchlab_core::{Device, Egress, Ingress, Instant, PortId, step};
use switchlab_l7::L7Switch;
use switchlab_wire::Frame;

use crate::world::{GET, World, ask, config, greeter};

#[test]
fn a_burst_of_256_connections_loses_none() {
    let mut world = World::new(config(&[11, 12]))
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    // One in front, so that everybody knows everybody's MAC address.
    ask(&mut world, 1000, GET);
    world.run_to(2000);
    let lines: Vec<usize> = (0..256)
        .map(|_| {
            let line = world.open(80);
            world.send(line, GET);
            line
        })
        .collect();
    world.run_to(2_010);
    let ends: Vec<String> = lines.iter().map(|line| world.line(*line).text()).collect();
    assert_eq!(
        ends.iter()
            .filter(|text| text.ends_with("\r\n\r\nA"))
            .count(),
        128
    );
    assert_eq!(
        ends.iter()
            .filter(|text| text.ends_with("\r\n\r\nB"))
            .count(),
        128
    );
    assert_eq!(world.count("web", "connection_errors"), 0);
}

#[test]
fn many_requests_leave_nothing_behind() {
    let mut world = World::new(config(&[11, 12]))
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    world.run_to(1000);
    let request = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    for tenth in 0..100_u64 {
        world.run_to(1000 + 100 * tenth);
        let lines: Vec<usize> = (0..10)
            .map(|_| {
                let line = world.open(80);
                world.send(line, request);
                line
            })
            .collect();
        world.run_to(1050 + 100 * tenth);
        for line in lines {
            world.close(line);
        }
        world.forget_lines();
    }
    world.run_to(12_000);
    assert_eq!(world.count("alb", "2xx"), 1000);
    assert_eq!(
        world.count("web", "connections"),
        10,
        "five idle ones to each target are enough"
    );
    assert_eq!(
        world.switch_connections(),
        10,
        "and they are all that is left"
    );
    world.run_to(72_000);
    assert!(world.switch_is_empty(), "60 s later they are closed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever comes, the switch accounts for it.
    #[test]
    fn every_frame_is_accounted_for(
        steps in proptest::collection::vec((garbage(), 0_u64..3_000), 1..40),
    ) {
        let mut switch = L7Switch::new(config(&[11])).unwrap();
        let mut now = Instant::ZERO;
        for (octets, millis) in steps {
            now += std::time::Duration::from_millis(millis);
            let (mut rx, mut tx) = (Ingress::default(), Egress::default());
            rx.push(PortId::new(0), Frame::copy_from(&octets));
            step(&mut switch, now, &mut rx, &mut tx);
            prop_assert!(switch.counters().is_balanced());
            while switch.poll_event().is_some() {}
        }
    }
}

/// Octets that are more or less a segment to the switch.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let random = proptest::collection::vec(any::<u8>(), 0..120);
    let likely = (
        proptest::collection::vec(any::<u8>(), 0..60),
        any::<u8>(),
        0_usize..90,
        any::<u8>(),
    )
        .prop_map(|(payload, flags, place, value)| {
            use switchlab_wire::{Ipv4Builder, TcpFlags, TcpHeader};
            let header = TcpHeader {
                source_port: 40_000,
                destination_port: 80,
                sequence: u32::from(flags),
                flags: TcpFlags(flags),
                window: 1000,
                ..TcpHeader::default()
            };
            let packet = Ipv4Builder::new([10, 0, 0, 2].into(), [10, 0, 0, 10].into())
                .tcp(&header, &payload);
            let mut octets = vec![2, 0, 0, 0, 0, 10, 2, 0, 0, 0, 0, 2, 8, 0];
            octets.extend(packet);
            // Most are altered somewhere.
            if let Some(octet) = octets.get_mut(place) {
                *octet = value;
            }
            octets
        });
    prop_oneof![random, likely]
}
