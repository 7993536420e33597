//! What must hold for every input, under every parser.

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_http::{Framing, write_chunk};
use switchlab_l7::{Judged, Received};

use crate::verdict::{PARSERS, judged};

/// Pieces of requests, good and bad; strung together they are often nearly a request.
fn any_piece() -> impl Strategy<Value = Vec<u8>> {
    let piece = |text: &'static [u8]| Just(text.to_vec());
    prop_oneof![
        4 => prop_oneof![
            piece(b"GET / HTTP/1.1\r\n"), piece(b"POST /a?b HTTP/1.1\r\n"), piece(b"GET / HTTP/1.0\r\n"),
            piece(b"GET http://h/ HTTP/1.1\r\n"), piece(b"GET  /a b HTTP/1.2 \n"), piece(b"GET /\r\n"),
        ],
        8 => prop_oneof![
            piece(b"Host: a\r\n"), piece(b"Host: b\n"), piece(b"X: \xff\r\n"), piece(b"Name : v\r\n"), piece(b" fold\r\n"),
            piece(b"Content-Length: 3\r\n"), piece(b"Content-Length:\r\n"), piece(b"Content-Length: +3\r\n"),
            piece(b"Transfer-Encoding: chunked\r\n"), piece(b"Transfer-Encoding: gzip\r\n"), piece(b"Transfer_Encoding: x\r\n"),
            piece(b"Expect: 100-continue\r\n"), piece(b"Expect: x\r\n"), piece(b"Connection: host\r\n"), piece(b": \0\r\n"),
        ],
        4 => prop_oneof![piece(b"\r\n"), piece(b"\n"), piece(b"\r")],
        3 => prop_oneof![
            piece(b"3\r\nabc\r\n"), piece(b"0\r\n"), piece(b"1;a=\"b\"\r\nx\r\n"), piece(b"abc"), piece(b"X: trailer\r\n"), piece(b"1 \r\n"),
        ],
        1 => vec(any::<u8>(), 0..5),
    ]
}

/// Octets that begin like a request, most of the time.
fn any_octets() -> impl Strategy<Value = Vec<u8>> {
    let begin = prop_oneof![
        Just(""),
        Just("GET / HTTP/1.1\r\nHost: a\r\n"),
        Just("POST / HTTP/1.1\r\nHost: a\r\n"),
    ];
    let usual = (begin, vec(any_piece(), 0..8))
        .prop_map(|(begin, pieces)| [begin.as_bytes(), &pieces.concat()].concat());
    prop_oneof![8 => usual, 1 => vec(any::<u8>(), 0..60)]
}

/// The status of a refusal; others are told apart by what they are.
fn kind(judged: &Judged) -> (u16, Option<&Received>) {
    match judged {
        Judged::Incomplete(_) => (0, None),
        Judged::Reject(rejection) => (rejection.status, None),
        Judged::Request(request) => (200, Some(request)),
    }
}

/// A request as it would be written again.
fn written(request: &Received) -> Vec<u8> {
    let mut out = Vec::new();
    request.head.write(&mut out);
    if request.head.framing() == Framing::Chunked {
        write_chunk(&mut out, &request.body);
        let end = b"0\r\n\r\n"
            .strip_suffix(b"\r\n")
            .expect("an empty line ends it");
        out.extend_from_slice(end);
        request.trailers.write(&mut out);
        out.extend_from_slice(b"\r\n");
    } else {
        out.extend_from_slice(&request.body);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// A verdict once given stays, whatever follows; so it does not matter in which pieces octets come.
    #[test]
    fn more_octets_never_change_a_verdict(octets in any_octets()) {
        for parser in PARSERS {
            let mut before = None;
            for end in 0..=octets.len() {
                let now = judged(&octets[..end], parser);
                if let Some(before) = &before {
                    prop_assert_eq!(kind(&now), kind(before), "{:?} at {} of {}", parser, end, octets.escape_ascii());
                } else if kind(&now).0 != 0 {
                    before = Some(now);
                }
            }
        }
    }

    /// What was understood is written so that it is understood again, in the same way and to the end.
    #[test]
    fn what_is_written_is_read_the_same(octets in any_octets()) {
        for parser in PARSERS {
            let Judged::Request(request) = judged(&octets, parser) else {
                continue;
            };
            let again = written(&request);
            let Judged::Request(read) = judged(&again, parser) else {
                return Err(TestCaseError::fail(format!("{parser:?}: {}", again.escape_ascii())));
            };
            prop_assert_eq!(&read.head, &request.head);
            prop_assert_eq!(&read.body, &request.body);
            prop_assert_eq!(&read.trailers, &request.trailers);
            prop_assert_eq!(read.consumed, again.len());
            prop_assert_eq!(written(&read), again);
        }
    }

    /// What the strict parser accepts, every other way of reading reads as the same request: nobody behind
    /// it sees something else.
    #[test]
    fn a_strict_request_is_the_same_to_all(octets in any_octets()) {
        let [strict, lenient @ ..] = PARSERS.map(|parser| judged(&octets, parser));
        let Judged::Request(strict) = strict else {
            return Ok(());
        };
        // Only the strictest mode may have blocked it.
        let Judged::Request(monitor) = &lenient[0] else {
            return Err(TestCaseError::fail(format!("{:?}: {}", lenient[0], octets.escape_ascii())));
        };
        prop_assert_eq!(&monitor.body, &strict.body);
        prop_assert_eq!(monitor.consumed, strict.consumed);
        prop_assert_eq!(monitor.head.target(), strict.head.target());
        prop_assert_eq!(monitor.head.fields.len(), strict.head.fields.len());
    }

    /// The class is the same whatever the parser, and whatever the verdict.
    #[test]
    fn every_parser_tells_the_same_class(octets in any_octets()) {
        let classes = PARSERS.map(|parser| match judged(&octets, parser) {
            Judged::Incomplete(desync) => desync,
            Judged::Reject(rejection) => rejection.desync,
            Judged::Request(request) => request.desync,
        });
        prop_assert!(classes.iter().all(|class| *class == classes[0]), "{:?}: {}", classes, octets.escape_ascii());
    }
}

/// A head of the largest size in pieces of one octet each is judged in time that grows with its length.
#[test]
fn a_slow_head_costs_no_more_than_a_quick_one() {
    use switchlab_http::{HeadProgress, LenientHead, RequestHead};
    let field = format!("X: {}\r\n", "y".repeat(600));
    let octets = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", field.repeat(90)).into_bytes();
    let (mut strict, mut lenient) = (HeadProgress::default(), HeadProgress::default());
    let mut head = RequestHead::default();
    for end in 1..octets.len() {
        assert_eq!(head.read_on(&mut strict, &octets[..end]), Ok(None));
        let found = lenient.find_leniently(&octets[..end]);
        assert!(matches!(
            found,
            Ok(LenientHead::Incomplete {
                is_damaged: false,
                ..
            })
        ));
    }
    assert_eq!(head.read_on(&mut strict, &octets), Ok(Some(octets.len())));
    assert_eq!(head.fields.len(), 91);
    let found = lenient.find_leniently(&octets);
    assert_eq!(found, Ok(LenientHead::Whole(&octets[..], octets.len())));
}
