//! The first packet to a destination and the rest, by way of a route cache.

use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_core::{Device, DropReason, Egress, Ingress, Instant, PortId, step};
use switchlab_l3::{Attachment, InterfaceConfig, L3Config, L3Switch, Neighbour, RouteCacheConfig};
use switchlab_wire::{EthernetBuilder, Ipv4Builder, MacAddr};

const LOOKUP: u64 = 1_000;

/// A switch between a client and a net of servers, all of which it knows; and its clock.
struct Bed {
    switch: L3Switch,
    now: Instant,
    /// When packets came out, and the marks in them.
    seen: Vec<(u64, u8)>,
}

impl Bed {
    fn new(entries: usize, queue: usize) -> Self {
        let port = |number| Attachment::Port(PortId::new(number));
        let mut config = L3Config::with_ports(2);
        for (number, net) in [(0, "10.0.0.1/24"), (1, "10.0.1.1/24")] {
            let mac = MacAddr::from_name(net);
            let interface = InterfaceConfig::new(port(number), mac, [net.parse().unwrap()]);
            config.interfaces.push(interface);
        }
        config.neighbours.extend((2..10).map(|last| Neighbour {
            ip: Ipv4Addr::new(10, 0, 1, last).into(),
            mac: MacAddr::from_name("server"),
            attachment: port(1),
        }));
        config.route_cache = Some(RouteCacheConfig {
            entries,
            lookup: Duration::from_nanos(LOOKUP),
            queue,
        });
        let mut switch = L3Switch::new(config).expect("plain settings");
        for number in 0..2 {
            switch.link_changed(
                Instant::ZERO,
                PortId::new(number),
                true,
                &mut Egress::default(),
            );
        }
        Self {
            switch,
            now: Instant::ZERO,
            seen: Vec::new(),
        }
    }

    fn step(&mut self, mut rx: Ingress) {
        let mut tx = Egress::default();
        step(&mut self.switch, self.now, &mut rx, &mut tx);
        while let Some((_, frame)) = tx.next() {
            self.seen
                .push((self.now.as_nanos(), *frame.octets().last().unwrap()));
        }
        assert!(self.switch.counters().is_balanced());
    }

    fn until(&mut self, end: u64) {
        let end = Instant::from_nanos(end);
        while let Some(due) = self.switch.poll_timeout().filter(|due| *due <= end) {
            self.now = due;
            self.step(Ingress::default());
        }
        self.now = end;
    }

    fn offer(&mut self, at: u64, server: u8, mark: u8) {
        self.until(at);
        let client = Ipv4Addr::new(10, 0, 0, 2);
        let packet = Ipv4Builder::new(client, Ipv4Addr::new(10, 0, 1, server));
        let ends = EthernetBuilder::new(MacAddr::from_name("c"), MacAddr::from_name("10.0.0.1/24"));
        let mut rx = Ingress::default();
        rx.push(PortId::new(0), ends.packet(&packet.udp(5, 6, &[mark])));
        self.step(rx);
    }
}

#[test]
fn who_waits_for_the_processor() {
    #[rustfmt::skip]
    let rows = [
        (8, vec![(0, 2), (2_000, 2)],             vec![(1_000, 0), (2_000, 1)],             "the first waits, the next does not"),
        (8, vec![(0, 2), (0, 3)],                 vec![(1_000, 0), (2_000, 1)],             "one after the other"),
        (8, vec![(0, 2), (500, 2), (1_500, 2), (2_500, 2)],
                                                  vec![(1_000, 0), (2_000, 1), (3_000, 2), (4_000, 3)],
                                                                                            "none overtakes one to the same destination"),
        (8, vec![(0, 2), (1_500, 3), (1_600, 2)], vec![(1_000, 0), (1_600, 2), (2_500, 1)], "who is known does not wait for the others"),
        (1, vec![(0, 2), (2_000, 3), (4_000, 2)], vec![(1_000, 0), (3_000, 1), (5_000, 2)], "where there is room for one, the last one counts"),
        (0, vec![(0, 2), (2_000, 2)],             vec![(1_000, 0), (3_000, 1)],             "where there is none, nobody is known"),
    ];
    for (entries, offered, seen, because) in rows {
        let mut bed = Bed::new(entries, 100);
        for (mark, (at, server)) in (0..).zip(offered) {
            bed.offer(at, server, mark);
        }
        bed.until(1_000_000);
        assert_eq!(bed.seen, seen, "{because}");
    }
}

#[test]
fn the_one_that_was_not_used_for_longest_goes() {
    let mut bed = Bed::new(2, 100);
    for (mark, (at, server)) in (0..).zip([
        (0, 2),
        (10_000, 3),
        (20_000, 2),
        (30_000, 4),
        (40_000, 2),
        (50_000, 3),
    ]) {
        bed.offer(at, server, mark);
    }
    bed.until(1_000_000);
    let times: Vec<u64> = bed.seen.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [1_000, 11_000, 20_000, 31_000, 40_000, 51_000]);
    let counted = bed.switch.counters();
    let mut apps = counted.apps.iter().filter(|app| &*app.app == "route_cache");
    assert!(
        apps.by_ref()
            .map(|app| (app.counter, app.value))
            .eq([("hits", 2), ("misses", 4)])
    );
}

#[test]
fn a_full_queue_and_a_lost_link() {
    let mut bed = Bed::new(8, 2);
    for mark in 0..4 {
        bed.offer(0, 2, mark);
    }
    bed.until(10_000);
    assert_eq!(bed.switch.counters().drops(DropReason::ProcessorBusy), 2);
    assert_eq!(bed.seen, [(1_000, 0), (2_000, 1)]);
    // What lies behind port 0 does not change, but routes may.
    for up in [false, true] {
        bed.switch
            .link_changed(bed.now, PortId::new(0), up, &mut Egress::default());
    }
    bed.offer(20_000, 2, 9);
    bed.until(30_000);
    assert_eq!(bed.seen.last(), Some(&(21_000, 9)), "it is looked up again");
}
