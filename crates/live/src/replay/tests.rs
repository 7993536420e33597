//! What a device sees of a capture, and what a capture shows of a device.

use std::time::Duration;

use proptest::prelude::*;
use switchlab_capture::{LinkType, Problem, Reader};
use switchlab_core::Counters;

use super::*;
use crate::Origin;

/// Sends one frame for everything that happens to it, saying what: a link that came up, a frame, a timer.
struct Diary {
    ports: u16,
    every: Option<Duration>,
    next: Option<Instant>,
}

impl Diary {
    fn new(ports: u16, every: Option<Duration>) -> Self {
        Self {
            ports,
            every,
            next: every.map(|every| Instant::ZERO + every),
        }
    }

    fn note(tx: &mut Egress, port: PortId, text: &str) {
        tx.send(port, Frame::copy_from(text.as_bytes()));
    }
}

impl Device for Diary {
    fn ports(&self) -> u16 {
        self.ports
    }

    fn receive(&mut self, _: Instant, rx: &mut Ingress, tx: &mut Egress) {
        while let Some((port, frame)) = rx.next() {
            let text = String::from_utf8_lossy(frame.octets()).into_owned();
            Self::note(tx, port, &format!("frame {text}"));
        }
    }

    fn handle_timeout(&mut self, now: Instant, tx: &mut Egress) {
        let (Some(due), Some(every)) = (self.next, self.every) else {
            return;
        };
        if due <= now {
            Self::note(tx, PortId::new(0), "timer");
            self.next = Some(due + every);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    fn link_changed(&mut self, _: Instant, port: PortId, up: bool, tx: &mut Egress) {
        Self::note(tx, port, if up { "up" } else { "down" });
    }

    fn counters(&self) -> Counters {
        Counters::new(self.ports)
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// A capture of these moments (in milliseconds), ports and texts.
fn capture(frames: &[(u64, u16, &str)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), None).expect("memory takes all");
    let ids = [0, 1].map(|port| writer.interface(&name_of(port)).expect("memory takes all"));
    for (at, port, text) in frames {
        let id = ids[usize::from(*port)];
        writer
            .frame(id, Instant::from_millis(*at), None, text.as_bytes())
            .expect("memory takes all");
    }
    writer.finish().expect("memory takes all")
}

/// What left the device: `milliseconds port text`, and the numbers.
fn diary_of(
    device: &mut Diary,
    capture: &[u8],
    options: &ReplayOptions,
) -> Result<(Vec<String>, Replayed), ReplayError> {
    let mut output = Writer::new(Vec::new(), None)?;
    let replayed = replay(device, capture, options, &mut output)?;
    let output = output.finish()?;
    let lines = Reader::new(&output)?
        .map(|captured| {
            let captured = captured.expect("just written");
            assert_eq!(captured.direction, Some(Direction::Outbound));
            let text = String::from_utf8_lossy(captured.octets);
            let millis = captured.at.as_micros() / 1_000;
            format!("{millis} p{} {text}", captured.interface.index())
        })
        .collect();
    Ok((lines, replayed))
}

#[test]
fn frames_and_timers_take_their_turns() {
    let capture = capture(&[
        (500, 1, "a"),
        (1_000, 0, "b"),
        (1_000, 1, "c"),
        (2_500, 0, "d"),
        (3_200, 0, "e"),
    ]);
    let mut device = Diary::new(2, Some(SECOND));
    let options = ReplayOptions {
        until: Some(Instant::from_secs(3)),
        ..ReplayOptions::default()
    };
    let (lines, replayed) = diary_of(&mut device, &capture, &options).expect("a good capture");
    #[rustfmt::skip]
    let expected = [
        "0 p0 up", "0 p1 up", // switched on at 0
        "500 p1 frame a",
        "1000 p0 frame b", "1000 p1 frame c", // all frames of an instant go before its timer
        "1000 p0 timer",
        "2000 p0 timer", // at its own time, not at that of the frame after it
        "2500 p0 frame d",
        "3000 p0 timer", // the last instant is included
    ];
    assert_eq!(lines, expected);
    let numbers = Replayed {
        read: 5,
        offered: 4,
        truncated: 0,
        late: 1,
        sent: 9,
        until: Instant::from_secs(3),
    };
    assert_eq!(replayed, numbers);
}

#[test]
fn frames_are_put_into_the_order_of_time() {
    let capture = capture(&[(7, 0, "late"), (5, 0, "b"), (5, 1, "c"), (1, 0, "a")]);
    let (lines, replayed) = diary_of(
        &mut Diary::new(2, None),
        &capture,
        &ReplayOptions::default(),
    )
    .expect("a good capture");
    assert_eq!(
        lines[2..],
        [
            "1 p0 frame a",
            "5 p0 frame b",
            "5 p1 frame c",
            "7 p0 frame late"
        ]
    );
    assert_eq!(replayed.until, Instant::from_millis(1_007));
}

#[test]
fn an_origin_of_its_own() {
    const DAY: u64 = 86_400_000;
    #[rustfmt::skip]
    let rows = [
        // origin             first     on at    timers  because
        (None,                DAY - 1,  0,       86_400, "short of a day, a capture counts from its own 0"),
        (None,                DAY,      DAY,     1,      "from a day on it counts from its first frame"),
        (Some(Origin::First), 5,        5,       1,      "unless told so"),
        (Some(Origin::Zero),  DAY,      0,       86_401, "or otherwise"),
    ];
    for (origin, first, on_at, timers, because) in rows {
        let mut device = Diary::new(1, Some(SECOND));
        let options = ReplayOptions {
            origin,
            ..ReplayOptions::default()
        };
        let capture = capture(&[(first, 0, "a")]);
        let (lines, _) = diary_of(&mut device, &capture, &options).expect("a good capture");
        assert_eq!(lines[0], format!("{on_at} p0 up"), "{because}");
        let frame = format!("{first} p0 frame a");
        assert!(
            lines.contains(&frame),
            "the offset is given back: {because}"
        );
        let count = lines.iter().filter(|line| line.ends_with("timer")).count();
        assert_eq!(count, timers, "{because}");
    }
}

#[test]
fn a_frame_cut_short_is_counted_and_not_offered() {
    let mut file = capture(&[(1, 0, "whole"), (2, 0, "cut")]);
    // The original length of the second frame, from the end: it, four octets of frame, the length of the block.
    let at = file.len() - 4 - 4 - 4;
    file[at] = 60;
    let (lines, replayed) = diary_of(&mut Diary::new(1, None), &file, &ReplayOptions::default())
        .expect("a good capture");
    assert_eq!(lines, ["0 p0 up", "1 p0 frame whole"]);
    assert_eq!(
        (replayed.read, replayed.offered, replayed.truncated),
        (2, 1, 1)
    );
}

#[test]
fn an_empty_capture_still_runs_for_a_second() {
    let mut device = Diary::new(1, Some(SECOND));
    let (lines, _) =
        diary_of(&mut device, &capture(&[]), &ReplayOptions::default()).expect("a good capture");
    assert_eq!(lines, ["0 p0 up", "1000 p0 timer"]);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let options = ReplayOptions::default();
    let error = |device: &mut Diary, file: &[u8]| {
        diary_of(device, file, &options).expect_err("it does not fit")
    };

    let missing = error(&mut Diary::new(1, None), &capture(&[(0, 1, "a")]));
    assert_eq!(
        missing.to_string(),
        "a frame was captured at p1 (interface 1), which would be port 1; the last port of the device is 0"
    );

    let mut wireless = capture(&[]);
    // The link type of the last interface, from the end of its block.
    let at = wireless.len() - 44;
    assert_eq!(wireless[at], 1);
    wireless[at] = 105;
    let link_type = error(&mut Diary::new(2, None), &wireless);
    assert!(
        matches!(
            link_type,
            ReplayError::LinkType {
                link_type: LinkType(105),
                ..
            }
        ),
        "{link_type}"
    );

    let mut broken = capture(&[(0, 0, "a")]);
    broken.pop();
    let read = error(&mut Diary::new(2, None), &broken);
    assert!(
        matches!(&read, ReplayError::Read(error) if matches!(error.problem, Problem::Truncated { .. })),
        "{read}"
    );
}

#[test]
fn a_device_that_never_rests_is_given_up() {
    let mut device = Diary::new(1, Some(Duration::ZERO));
    let options = ReplayOptions {
        budget: 1_000,
        ..ReplayOptions::default()
    };
    let error = diary_of(&mut device, &capture(&[(1, 0, "a")]), &options)
        .expect_err("a timer of every instant");
    assert!(
        matches!(
            error,
            ReplayError::Busy {
                at: Instant::ZERO,
                turns: 1_000
            }
        ),
        "{error}"
    );
}

proptest! {
    /// Every frame is offered, cut short or late; and equal captures replay to equal octets.
    #[test]
    fn every_frame_is_accounted_for(
        moments in prop::collection::vec((0..5_000_u64, 0..2_u16), 0..20),
        until in proptest::option::of(0..6_000_u64),
    ) {
        let frames: Vec<_> = moments.iter().map(|(at, port)| (*at, *port, "x")).collect();
        let options = ReplayOptions { until: until.map(Instant::from_millis), ..ReplayOptions::default() };
        let run = || diary_of(&mut Diary::new(2, Some(SECOND)), &capture(&frames), &options).expect("a good capture");
        let (lines, replayed) = run();
        prop_assert_eq!((&lines, replayed), (&run().0, replayed));
        prop_assert_eq!(replayed.read, replayed.offered + replayed.truncated + replayed.late);
        prop_assert_eq!(replayed.sent, lines.len() as u64);
        for line in &lines {
            let millis: u64 = line.split(' ').next().and_then(|m| m.parse().ok()).expect("a number");
            prop_assert!(millis <= replayed.until.as_micros() / 1_000, "after the end: {}", line);
        }
    }
}
