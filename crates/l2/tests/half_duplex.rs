//! One medium for all: what IEEE 802.3 clause 4 says of those who send at once.

use std::time::Duration;

use proptest::prelude::*;
use switchlab_core::{Counters, Device, DropReason, Egress, Ingress, Instant, PortId, step};
use switchlab_l2::{HalfDuplexConfig, HalfDuplexError, HalfDuplexHub};
use switchlab_wire::{EtherType, EthernetBuilder, Frame, MacAddr};

/// A frame of so many octets, told from others by its first octet of payload.
fn frame(mark: u8, octets: usize) -> Frame {
    let mut payload = vec![0; octets - 14];
    payload[0] = mark;
    let ends = EthernetBuilder::new(MacAddr::from_name("a"), MacAddr::from_name("b"));
    ends.payload(EtherType::IPV4, &payload)
}

/// A hub with all links up, and its clock.
struct Bed {
    hub: HalfDuplexHub,
    now: Instant,
    /// When frames came out, of which mark.
    heard: Vec<(Instant, u8)>,
}

impl Bed {
    fn new(config: &HalfDuplexConfig) -> Self {
        let mut hub = HalfDuplexHub::new(config).expect("there is such a medium");
        for port in 0..config.ports {
            hub.link_changed(
                Instant::ZERO,
                PortId::new(port),
                true,
                &mut Egress::default(),
            );
        }
        Self {
            hub,
            now: Instant::ZERO,
            heard: Vec::new(),
        }
    }

    fn step(&mut self, mut rx: Ingress) {
        let mut tx = Egress::default();
        step(&mut self.hub, self.now, &mut rx, &mut tx);
        let frames = std::iter::from_fn(|| tx.next());
        let mut marks: Vec<u8> = frames.map(|(_, frame)| frame.octets()[14]).collect();
        marks.dedup();
        self.heard
            .extend(marks.into_iter().map(|mark| (self.now, mark)));
        assert!(self.hub.counters().is_balanced());
    }

    /// Lets time pass, that instant included.
    fn until(&mut self, end: Instant) {
        while let Some(due) = self.hub.poll_timeout().filter(|due| *due <= end) {
            self.now = due;
            self.step(Ingress::default());
        }
        self.now = end;
    }

    fn offer(&mut self, at: u64, port: u16, frame: Frame) {
        self.until(Instant::from_nanos(at));
        let mut rx = Ingress::default();
        rx.push(PortId::new(port), frame);
        self.step(rx);
    }

    fn counted(&self, counter: &str) -> u64 {
        let counters = self.hub.counters();
        let mut apps = counters.apps.iter();
        apps.find(|app| app.counter == counter)
            .expect("it is counted")
            .value
    }
}

#[test]
fn who_begins_when() {
    // 1514 octets take 1220.8 us with preamble and FCS, the gap 9.6 us, the jam 3.2 us.
    let long = 1_220_800;
    #[rustfmt::skip]
    let rows = [
        (vec![(0, 0)],                 vec![(long, 0)],                              0, "nobody else is there"),
        (vec![(0, 0), (0, 0)],         vec![(long, 0), (2 * long + 9_600, 0)],       0, "a station's own frames keep the gap"),
        (vec![(0, 0), (5_000, 1)],     vec![(long, 0), (2 * long + 9_600, 1)],       0, "who hears the other waits for him"),
        (vec![(0, 0), (long + 1, 1)],  vec![(long, 0), (2 * long + 9_600, 1)],       0, "the gap too is waited for"),
    ];
    for (offered, heard, collisions, because) in rows {
        let mut bed = Bed::new(&HalfDuplexConfig::new("hub", 3));
        for (at, port) in offered {
            bed.offer(at, port, frame(port as u8, 1514));
        }
        bed.until(Instant::from_secs(1));
        let heard = heard
            .into_iter()
            .map(|(at, mark)| (Instant::from_nanos(at), mark));
        assert_eq!(bed.heard, heard.collect::<Vec<_>>(), "{because}");
        assert_eq!(bed.counted("collisions"), collisions, "{because}");
    }
}

/// Two that begin before they can hear each other both try again a number of slots later, as does whoever
/// else comes into the same slot; in the end both are through.
#[test]
fn who_does_not_hear_the_other_collides() {
    for behind in [0, 1, 4_999] {
        let mut bed = Bed::new(&HalfDuplexConfig::new("hub", 3));
        bed.offer(0, 0, frame(0, 60));
        bed.offer(behind, 1, frame(1, 60));
        bed.until(Instant::from_secs(1));
        let collisions = bed.counted("collisions");
        assert!(collisions > 0, "{behind} ns behind");
        assert_eq!(
            bed.counted("attempts"),
            2 * collisions + 2,
            "{behind} ns behind"
        );
        let mut marks: Vec<u8> = bed.heard.iter().map(|(_, mark)| *mark).collect();
        marks.sort_unstable();
        assert_eq!(marks, [0, 1], "{behind} ns behind");
        // Reach there and back, jam and gap; then slots of 51.2 us, and a frame of 57.6 us.
        let first = bed.heard[0].0.as_nanos();
        let waited = first - 57_600 - collisions * (2 * 5_000 + 3_200 + 9_600);
        let slots = waited.div_ceil(51_200);
        assert!(
            slots * 51_200 - waited <= collisions * 9_600,
            "{behind} ns behind: {waited}"
        );
    }
}

#[test]
fn a_frame_that_never_comes_through_is_given_up() {
    let stations = 3_000;
    let mut bed = Bed::new(&HalfDuplexConfig::new("hub", stations));
    for port in 0..stations {
        bed.offer(0, port, frame(1, 60));
    }
    bed.until(Instant::from_secs(60));
    let Counters { kept, .. } = bed.hub.counters();
    let lost = bed.hub.counters().drops(DropReason::ExcessiveCollisions);
    assert!(
        lost > 0,
        "more want to send than there are slots to wait for"
    );
    assert_eq!((kept, bed.counted("sent") + lost), (0, u64::from(stations)));
}

#[test]
fn a_pulled_cable_takes_its_frames_along() {
    let mut bed = Bed::new(&HalfDuplexConfig::new("hub", 3));
    bed.offer(0, 0, frame(0, 1514));
    bed.offer(10_000, 0, frame(0, 1514));
    bed.offer(20_000, 1, frame(1, 1514));
    bed.until(Instant::from_nanos(100_000));
    bed.hub
        .link_changed(bed.now, PortId::new(0), false, &mut Egress::default());
    bed.until(Instant::from_secs(1));
    assert_eq!(bed.hub.counters().drops(DropReason::LaneDown), 2);
    let next = Instant::from_nanos(100_000 + 9_600 + 1_220_800);
    assert_eq!(bed.heard, [(next, 1)], "the medium is free a gap later");
}

#[test]
fn a_station_holds_what_its_queue_holds() {
    let mut bed = Bed::new(&HalfDuplexConfig {
        queue: 3_000,
        ..HalfDuplexConfig::new("hub", 2)
    });
    for _ in 0..3 {
        bed.offer(0, 0, frame(0, 1500));
    }
    assert_eq!(bed.hub.counters().drops(DropReason::MediumQueueFull), 1);
}

/// The share of the medium that frames of stations with no end of them take, of those that need 50 frames' time.
fn share(stations: u16, octets: usize, reach: Duration) -> f64 {
    let mut bed = Bed::new(&HalfDuplexConfig {
        reach,
        ..HalfDuplexConfig::new("hub", stations)
    });
    for port in 0..stations {
        for _ in 0..600 {
            bed.offer(0, port, frame(port as u8, octets));
        }
    }
    let frames = 400_u32;
    let bits = (octets as u64 + 12) * 8;
    let time = Duration::from_nanos(bits * 100) * frames;
    bed.until(Instant::ZERO + time);
    bed.counted("sent") as f64 / f64::from(frames)
}

/// Metcalfe and Boggs, "Ethernet: Distributed Packet Switching for Local Computer Networks" (1976), section 6: the
/// share of the time in which Q stations that all want to send get frames through, if a contention takes a
/// whole slot and backoff knows Q. A real medium is better while its ends are nearer to each other.
#[test]
fn what_a_crowd_leaves_of_the_medium() {
    let model = |stations: f64, octets: usize| {
        let acquired = (1.0 - 1.0 / stations).powf(stations - 1.0);
        let contentions = (1.0 - acquired) / acquired;
        let (frame, slot) = ((octets as f64 + 12.0) * 0.8, 51.2);
        frame / (frame + contentions * slot)
    };
    let reach = Duration::from_micros(24);
    for (stations, octets) in [
        (2, 1514),
        (5, 1514),
        (20, 1514),
        (2, 508),
        (20, 508),
        (20, 60),
    ] {
        let (seen, model) = (
            share(stations, octets, reach),
            model(f64::from(stations), octets),
        );
        assert!(
            (model - 0.15..=1.0).contains(&seen),
            "{stations} stations, {octets} octets: {seen:.3}, the model {model:.3}"
        );
    }
    let many = [2, 10, 40].map(|stations| share(stations, 60, reach));
    assert!(
        many.is_sorted_by(|a, b| a > b),
        "the more of them, the less: {many:?}"
    );
    let long = [60, 508, 1514].map(|octets| share(10, octets, reach));
    assert!(
        long.is_sorted(),
        "the longer the frames, the more: {long:?}"
    );
    let near = share(10, 60, Duration::from_micros(1));
    assert!(near > share(10, 60, reach), "the nearer, the more: {near}");
}

#[test]
fn media_that_there_are_not() {
    let micros = Duration::from_micros;
    #[rustfmt::skip]
    let rows = [
        (10_000_000,    micros(24), true,  "both ways and the jam in a slot"),
        (10_000_000,    micros(25), false, "a station would not hear its collision"),
        (10_000_000,    micros(0),  false, "a signal takes time"),
        (100_000_000,   micros(2),  true,  "Fast Ethernet: a tenth of the way"),
        (100_000_000,   micros(3),  false, "and no more"),
        (1_000_000_000, micros(1),  false, "other rules"),
        (0,             micros(1),  false, "nothing at all"),
    ];
    for (rate, reach, is_right, because) in rows {
        let config = HalfDuplexConfig {
            rate,
            reach,
            ..HalfDuplexConfig::new("hub", 2)
        };
        let made: Result<HalfDuplexHub, HalfDuplexError> = HalfDuplexHub::new(&config);
        assert_eq!(made.is_ok(), is_right, "{because}");
    }
}

proptest! {
    /// Whatever is offered is heard or counted as lost, frames of a station in their order, one at a time.
    #[test]
    fn one_sends_at_a_time(
        offered in proptest::collection::vec((0..2_000_000_u64, 0..4_u16, 60..1514_usize), 1..40),
        seed in any::<u64>(),
    ) {
        let mut offered = offered;
        offered.sort_unstable();
        let mut bed = Bed::new(&HalfDuplexConfig { seed, ..HalfDuplexConfig::new("hub", 5) });
        for (number, (at, port, octets)) in (0..).zip(&offered) {
            bed.offer(*at, *port, frame(number, *octets));
        }
        bed.until(Instant::from_secs(100));
        let lost = bed.hub.counters().drops(DropReason::ExcessiveCollisions);
        prop_assert_eq!(bed.heard.len() as u64 + lost, offered.len() as u64);
        for port in 0..4 {
            let of_port = bed.heard.iter().filter(|(_, mark)| offered[usize::from(*mark)].1 == port);
            prop_assert!(of_port.map(|(_, mark)| mark).is_sorted());
        }
        for pair in bed.heard.windows(2) {
            let octets = offered[usize::from(pair[1].1)].2 as u64;
            let least = Duration::from_nanos((octets + 24) * 800);
            prop_assert!(pair[1].0 - pair[0].0 >= least);
        }
    }
}
