//! `switchlab replay`: a capture through one device.

use switchlab::capture::{Reader, Writer};
use switchlab::core::Instant;

use crate::Workplace;

const HUB: &str = "kind = \"hub\"\nports = 3\n\n[compare]\nrun_until = \"5 s\"\n";

/// A capture of one frame at each of these times, at port 0.
fn capture(times: &[u64]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), None).expect("memory takes all");
    let port = writer.interface("p0").expect("memory takes all");
    for time in times {
        writer
            .frame(port, Instant::from_millis(*time), None, &[0xff; 60])
            .expect("memory takes all");
    }
    writer.finish().expect("memory takes all")
}

/// The frames of a capture as `MILLISECONDS INTERFACE`.
fn frames(file: &[u8]) -> Vec<String> {
    let mut reader = Reader::new(file).expect("the program writes good captures");
    let mut frames = Vec::new();
    while let Some(frame) = reader.next() {
        let frame = frame.expect("the program writes good captures");
        let name = reader.interfaces()[frame.interface.index()].name.clone();
        let at = frame.at.as_nanos() / 1_000_000;
        frames.push(format!("{at} {}", name.expect("ports have names")));
    }
    frames
}

const REPLAY: [&str; 7] = [
    "replay",
    "--device",
    "hub.toml",
    "--in",
    "in.pcapng",
    "--out",
    "out.pcapng",
];

fn hub(times: &[u64]) -> Workplace {
    let place = Workplace::new();
    place.write("hub.toml", HUB);
    place.write("in.pcapng", capture(times));
    place
}

#[test]
fn what_a_hub_hears_it_repeats() {
    let place = hub(&[10, 20]);
    let summary = place.run(&REPLAY).good();
    assert_eq!(
        frames(&place.read("out.pcapng")),
        ["10 p1", "10 p2", "20 p1", "20 p2"]
    );
    for line in [
        "frames read                  2",
        "frames sent                  4",
        "ended at 5 s",
    ] {
        assert!(summary.contains(line), "no {line:?} in {summary}");
    }
}

#[test]
fn time_begins_and_ends_where_it_is_told() {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    /// Stamps of the capture, further arguments, the end as it is told, how many frames come out.
    type Row = (
        &'static [u64],
        &'static [&'static str],
        &'static str,
        usize,
        &'static str,
    );
    #[rustfmt::skip]
    let rows: [Row; 6] = [
        (&[10, 20],        &[],                     "ended at 5 s", 4, "the file says until when"),
        (&[10, 20],        &["--until", "15ms"],    "ended at 0.015 s", 2, "the command line knows better"),
        (&[10, 20],        &["--until", "20ms"],    "ended at 0.02 s", 4, "the last instant is included"),
        (&[10, 20],        &["--origin", "first", "--until", "5ms"], "ended at 0.005 s", 2, "time begins at the first frame"),
        (&[DAY, DAY + 10], &["--until", "5ms"],     "ended at 0.005 s", 2, "a capture from life begins at its first frame"),
        (&[DAY, DAY + 10], &["--origin", "zero", "--until", "5ms"], "ended at 0.005 s", 0, "unless it is told not to"),
    ];
    for (times, more, end, sent, because) in rows {
        let place = hub(times);
        let summary = place.run(&[&REPLAY[..], more].concat()).good();
        assert!(summary.contains(end), "{because}: {summary}");
        assert_eq!(frames(&place.read("out.pcapng")).len(), sent, "{because}");
    }
}

#[test]
fn a_bad_device_file_shows_all_its_mistakes_with_their_lines() {
    let place = hub(&[10]);
    place.write("hub.toml", "kind = \"hub\"\nports = 0\ncolour = \"red\"\n");
    let complaint = place.run(&REPLAY).bad(2);
    for part in [
        "hub.toml has 2 mistakes",
        "hub.toml:2",
        "hub.toml:3",
        "colour",
    ] {
        assert!(complaint.contains(part), "no {part:?} in {complaint}");
    }
    assert!(!place.path("out.pcapng").exists(), "nothing was begun");
}

#[test]
fn a_bad_capture_is_named() {
    #[rustfmt::skip]
    let rows: [(&[u8], &str); 2] = [
        (b"",          "no capture at all"),
        (b"not at all a capture, whatever its name", "something else"),
    ];
    for (octets, because) in rows {
        let place = hub(&[]);
        place.write("in.pcapng", octets);
        let complaint = place.run(&REPLAY).bad(2);
        assert!(
            complaint.contains("cannot replay in.pcapng"),
            "{because}: {complaint}"
        );
        assert!(!place.path("out.pcapng").exists(), "nothing was begun");
    }
}

#[test]
fn what_is_read_is_not_written_over() {
    let place = hub(&[10]);
    for output in ["in.pcapng", "./in.pcapng", "./hub.toml"] {
        let mut arguments = REPLAY;
        arguments[6] = output;
        let complaint = place.run(&arguments).bad(2);
        assert!(
            complaint.contains("is named twice"),
            "{output}: {complaint}"
        );
    }
    assert_eq!(place.read("in.pcapng"), capture(&[10]));
    assert_eq!(place.read("hub.toml"), HUB.as_bytes());
}

#[test]
fn a_capture_on_standard_output_has_nothing_mixed_into_it() {
    let place = hub(&[10, 20]);
    let summary = place.run(&REPLAY).good();
    for name in ["-", "/dev/stdout"] {
        let mut arguments = REPLAY;
        arguments[6] = name;
        let output = place.command(&arguments).output();
        let output = output.expect("the program starts");
        assert_eq!(output.stdout, place.read("out.pcapng"), "{name}");
        assert_eq!(output.stderr, summary.as_bytes(), "{name}");
        assert!(output.status.success(), "{name}");
    }
}
