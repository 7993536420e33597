//! Captures put together octet by octet, written and read back, and broken at random.

use proptest::prelude::*;
use switchlab_core::Instant;

use super::*;
use crate::Writer;

/// A byte order, and the blocks of the format in it.
#[derive(Clone, Copy)]
enum Order {
    Big,
    Little,
}

use Order::{Big, Little};

impl Order {
    fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Big => value.to_be_bytes(),
            Little => value.to_le_bytes(),
        }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Big => value.to_be_bytes(),
            Little => value.to_le_bytes(),
        }
    }

    fn u64(self, value: u64) -> [u8; 8] {
        match self {
            Big => value.to_be_bytes(),
            Little => value.to_le_bytes(),
        }
    }

    fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let mut octets = [self.u16(code), self.u16(value.len() as u16)].concat();
        octets.extend_from_slice(value);
        octets.resize(octets.len().next_multiple_of(4), 0);
        octets
    }

    fn block(self, kind: u32, body: &[&[u8]]) -> Vec<u8> {
        let body = body.concat();
        let len = self.u32(body.len() as u32 + 12);
        [&self.u32(kind)[..], &len, &body, &len].concat()
    }

    fn section(self) -> Vec<u8> {
        let version = [self.u16(1), self.u16(0)].concat();
        self.block(
            0x0a0d_0d0a,
            &[&self.u32(0x1a2b_3c4d), &version, &self.u64(u64::MAX)],
        )
    }

    fn interface(self, link_type: u16, options: &[&[u8]]) -> Vec<u8> {
        let head = [self.u16(link_type), [0; 2], [0; 2], [0; 2]].concat();
        self.block(1, &[&head, &options.concat()])
    }

    fn frame(self, interface: u32, ticks: u64, octets: &[u8], len: u32, options: &[u8]) -> Vec<u8> {
        let mut padded = octets.to_vec();
        padded.resize(octets.len().next_multiple_of(4), 0);
        self.block(
            6,
            &[
                &self.u32(interface),
                &self.u32((ticks >> 32) as u32),
                &self.u32(ticks as u32),
                &self.u32(octets.len() as u32),
                &self.u32(len),
                &padded,
                options,
            ],
        )
    }
}

fn read(blocks: &[Vec<u8>]) -> Result<(Vec<Interface>, Vec<OwnFrame>), ReadError> {
    let file = blocks.concat();
    let mut reader = Reader::new(&file)?;
    let frames = reader
        .by_ref()
        .map(|captured| {
            captured.map(|c| {
                (
                    c.at,
                    c.interface.index(),
                    c.direction,
                    c.octets.to_vec(),
                    c.original_len,
                )
            })
        })
        .collect::<Result<_, _>>()?;
    Ok((reader.interfaces().to_vec(), frames))
}

type OwnFrame = (Instant, usize, Option<Direction>, Vec<u8>, usize);

#[test]
fn both_byte_orders_read_alike() {
    for order in [Big, Little] {
        let blocks = [
            order.section(),
            order.interface(1, &[&order.option(2, b"p3"), &order.option(0, &[])]),
            order.interface(
                1,
                &[
                    &order.option(9, &[9]),
                    &order.option(14, &order.u64(2)),
                    // What ends the options may be left out (3.5).
                ],
            ),
            order.block(5, &[&order.u32(0), &order.u64(0)]),
            order.block(0x0bad, &[b"whatever"]),
            order.frame(0, 1_000_001, b"hello", 5, &[]),
            order.frame(1, 7, b"hell", 60, &order.option(2, &order.u32(2))),
        ];
        let (interfaces, frames) = read(&blocks).expect("a good capture");
        let interface = |position, name: Option<&str>| Interface {
            name: name.map(str::to_owned),
            position,
            link_type: LinkType::ETHERNET,
        };
        assert_eq!(interfaces, [interface(0, Some("p3")), interface(1, None)]);
        assert_eq!(
            frames,
            [
                (
                    Instant::from_micros(1_000_001),
                    0,
                    None,
                    b"hello".to_vec(),
                    5
                ),
                (
                    Instant::from_nanos(2_000_000_007),
                    1,
                    Some(Direction::Outbound),
                    b"hell".to_vec(),
                    60
                ),
            ]
        );
    }
}

#[test]
fn each_section_counts_its_interfaces_anew_and_chooses_its_byte_order() {
    let blocks = [
        Little.section(),
        Little.interface(1, &[&Little.option(2, b"a")]),
        Little.frame(0, 1, b"1", 1, &[]),
        Big.section(),
        Big.interface(1, &[&Big.option(2, b"b")]),
        Big.frame(0, 2, b"2", 1, &[]),
        Little.section(),
        Little.interface(113, &[]),
        Little.frame(0, 3, b"3", 1, &[]),
    ];
    let (interfaces, frames) = read(&blocks).expect("a good capture");
    assert_eq!(frames.iter().map(|f| f.1).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(interfaces.iter().all(|interface| interface.position == 0));
    assert_eq!(interfaces[2].link_type, LinkType(113));
}

#[test]
fn a_frame_check_sequence_is_taken_off() {
    let with_fcs = Little.interface(1, &[&Little.option(13, &[4])]);
    #[rustfmt::skip]
    let rows = [
        // captured      original  flags          kept           of  because
        (&b"abcdFCS."[..], 8,      0,             &b"abcd"[..],  4, "the interface says that frames end in four octets of FCS"),
        (&b"abcdFC"[..],   8,      0,             &b"abcd"[..],  4, "half of it is captured"),
        (&b"abc"[..],      8,      0,             &b"abc"[..],   4, "a frame cut short stays so"),
        (&b"abcdefF"[..],  7,      1 << 5,        &b"abcdef"[..],6, "the frame's own word goes before"),
        (&b"ab"[..],       2,      0,             &b""[..],      0, "shorter than an FCS"),
    ];
    for (captured, original, flags, kept, of, because) in rows {
        let flags = Little.option(2, &Little.u32(flags));
        let blocks = [
            Little.section(),
            with_fcs.clone(),
            Little.frame(0, 0, captured, original, &flags),
        ];
        let (_, frames) = read(&blocks).expect("a good capture");
        assert_eq!(
            (&frames[0].3[..], frames[0].4),
            (kept, of),
            "because {because}"
        );
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let good = || vec![Little.section(), Little.interface(1, &[])];
    let with = |block: Vec<u8>| [good(), vec![block]].concat();
    let cut = |octets: usize| {
        let mut file = with(Little.frame(0, 0, b"hello", 5, &[])).concat();
        file.truncate(file.len() - octets);
        vec![file]
    };
    let mut second_length = Little.frame(0, 0, b"", 0, &[]);
    *second_length.last_mut().expect("not empty") = 1;
    let mut version = Little.section();
    version[12] = 2;
    let mut byte_order = Little.section();
    byte_order[8] = 0;
    #[rustfmt::skip]
    let rows = [
        (vec![],                                             0, 0,  Problem::NotPcapng),
        (vec![b"# notes".to_vec()],                          0, 0,  Problem::NotPcapng),
        (vec![vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]],     0, 0,  Problem::ClassicPcap),
        (vec![byte_order],                                   0, 0,  Problem::NotPcapng),
        (vec![version],                                      0, 0,  Problem::Version { major: 2, minor: 0 }),
        (vec![Little.section()[..20].to_vec()],              0, 0,  Problem::Truncated { left: 20 }),
        (cut(1),                                             2, 48, Problem::Truncated { left: 39 }),
        (cut(39),                                            2, 48, Problem::Truncated { left: 1 }),
        (with(Little.frame(1, 0, b"", 0, &[])),              2, 48, Problem::UnknownInterface { interface: 1, known: 1 }),
        (with(Little.block(3, &[&[0; 4]])),                  2, 48, Problem::NoStamp),
        (with(Little.block(2, &[&[0; 20]])),                 2, 48, Problem::Obsolete),
        (with(second_length),                                2, 48, Problem::Malformed),
        (with(Little.frame(0, 0, b"", 0, &[2, 0, 9, 0])),    2, 48, Problem::Options),
        (with(Little.frame(0, 0, b"", 0, &[2, 0, 0, 0])),    2, 48, Problem::Options),
        (with(Little.interface(1, &[&[9, 0, 0, 0]])),        2, 48, Problem::Options),
        (with(Little.frame(0, u64::MAX, b"", 0, &[])),       2, 48, Problem::StampRange),
    ];
    for (blocks, block, offset, problem) in rows {
        let error = read(&blocks).expect_err("a bad capture");
        assert_eq!(
            error,
            ReadError {
                block,
                offset,
                problem
            }
        );
    }
}

#[test]
fn nothing_comes_after_an_error() {
    let file = [
        Little.section(),
        Little.frame(0, 0, b"", 0, &[]),
        Little.interface(1, &[]),
        Little.frame(0, 0, b"", 0, &[]),
    ]
    .concat();
    let mut reader = Reader::new(&file).expect("the section is good");
    assert!(reader.next().is_some_and(|captured| captured.is_err()));
    assert!(reader.next().is_none());
}

fn any_direction() -> impl Strategy<Value = Option<Direction>> {
    prop_oneof![
        Just(None),
        Just(Some(Direction::Inbound)),
        Just(Some(Direction::Outbound))
    ]
}

fn any_frames() -> impl Strategy<Value = Vec<(u64, usize, Option<Direction>, Vec<u8>)>> {
    let octets = prop::collection::vec(any::<u8>(), 0..80);
    prop::collection::vec((any::<u64>(), 0..3_usize, any_direction(), octets), 0..12)
}

fn written(comment: Option<&str>, frames: &[(u64, usize, Option<Direction>, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), comment).expect("memory takes all");
    let ids = ["p0", "web-a:1", "ä"].map(|name| writer.interface(name).expect("memory takes all"));
    for (nanos, interface, direction, octets) in frames {
        writer
            .frame(
                ids[*interface],
                Instant::from_nanos(*nanos),
                *direction,
                octets,
            )
            .expect("memory takes all");
    }
    writer.finish().expect("memory takes all")
}

proptest! {
    /// What is written is read back, whole and in order, and equal calls write equal octets.
    #[test]
    fn reading_undoes_writing(comment in proptest::option::of(".{0,40}"), frames in any_frames()) {
        let file = written(comment.as_deref(), &frames);
        prop_assert_eq!(&file, &written(comment.as_deref(), &frames));
        let mut reader = Reader::new(&file)?;
        for (nanos, interface, direction, octets) in &frames {
            let captured = reader.next().expect("as many as were written")?;
            prop_assert_eq!(captured, Captured {
                at: Instant::from_nanos(*nanos),
                interface: InterfaceId(*interface as u32),
                direction: *direction,
                octets,
                original_len: octets.len(),
            });
        }
        prop_assert!(reader.next().is_none());
        let names: Vec<_> = reader.interfaces().iter().map(|i| i.name.as_deref()).collect();
        prop_assert_eq!(names, [Some("p0"), Some("web-a:1"), Some("ä")]);
    }

    /// A broken capture ends in an error or in fewer frames, never in a panic or without an end.
    #[test]
    fn no_octets_do_harm(
        frames in any_frames(),
        is_big in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        keep in any::<prop::sample::Index>(),
    ) {
        let order = if is_big { Big } else { Little };
        let mut file = written(Some("comment"), &frames);
        file.extend(order.section());
        file.extend(order.interface(1, &[&order.option(9, &[9]), &order.option(14, &[0; 8])]));
        file.extend(order.frame(0, 1, b"hello", 9, &order.option(2, &[0; 4])));
        for (at, octet) in changes {
            let at = at.index(file.len());
            file[at] = octet;
        }
        file.truncate(keep.index(file.len() + 1));
        if let Ok(reader) = Reader::new(&file) {
            prop_assert!(reader.count() <= file.len() / 32 + 1);
        }
    }

    /// Nor do octets that never were a capture, behind a good beginning.
    #[test]
    fn noise_does_no_harm(is_big in any::<bool>(), noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let order = if is_big { Big } else { Little };
        let file = [order.section(), noise].concat();
        prop_assert!(Reader::new(&file)?.count() <= file.len() / 32 + 1);
    }
}
