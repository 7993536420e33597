//! What must hold for every message.

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_http::{
    BodyReader, Desync, Framing, RequestHead, RequestParts, RequestView, ResponseHead, write_chunk,
};

/// Good requests in odd clothes.
fn any_request() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "(GET|POST|get|PUT) /[!-\"$-~]{0,20} HTTP/1\\.[01]",
        "GET http://[a-z]{1,5}(:[0-9]{2})?(/[a-z?]{0,9})? HTTP/1\\.1",
        Just("OPTIONS * HTTP/1.1".to_owned()),
    ];
    let field = "[A-WYZ][!#-'*+.0-9a-z|~-]{0,9}:[ \t]{0,2}([!-~]([ \t!-~]{0,9}[!-~])?)?[ \t]{0,2}";
    let framing = prop_oneof![Just(""), Just("X: \r\n"), Just("content-length: 07 \r\n")];
    (any::<bool>(), line, vec(field, 0..5), framing).prop_map(|(lead, line, fields, framing)| {
        let lead = if lead { "\r\n" } else { "" };
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        format!("{lead}{line}\r\nHost: \ta:1\r\n{fields}{framing}\r\n").into_bytes()
    })
}

proptest! {
    /// What we write is read as the same message, whole and with nothing left over.
    #[test]
    fn what_is_written_reads_the_same(octets in any_request()) {
        let (head, taken) = RequestHead::parse(&octets).unwrap().unwrap();
        prop_assert_eq!(taken, octets.len());
        let mut written = Vec::new();
        head.write(&mut written);
        let (again, taken) = RequestHead::parse(&written).unwrap().unwrap();
        prop_assert_eq!(taken, written.len());
        prop_assert_eq!(&again, &head);
        let mut twice = Vec::new();
        again.write(&mut twice);
        prop_assert_eq!(twice, written);
    }

    /// A head that lies where it came says what the kept one says.
    #[test]
    fn a_view_says_what_the_head_says(octets in any_request()) {
        let (head, taken) = RequestHead::parse(&octets).unwrap().unwrap();
        let viewed = RequestView::read(&octets, |view| {
            prop_assert_eq!((view.octets(), view.version(), view.framing()), (taken, head.version(), head.framing()));
            prop_assert_eq!((view.method(), view.path(), view.query()), (head.method(), head.path(), head.query()));
            for name in head.fields.iter().map(|(name, _)| name).chain(["HOST", "absent"]) {
                prop_assert!(view.values(name).eq(head.fields.get_all(name)), "{}", name);
            }
            Ok(())
        });
        viewed.unwrap().unwrap()?;
    }

    /// A good message is never refused before its end is there, nor taken too early.
    #[test]
    fn a_prefix_of_a_good_request_waits(octets in any_request()) {
        for end in 0..octets.len() {
            prop_assert_eq!(RequestHead::parse(&octets[..end]), Ok(None), "at {}", end);
        }
    }

    /// A verdict once given stays, whatever follows.
    #[test]
    fn more_octets_never_change_a_verdict(mut octets in any_request(), place in any::<prop::sample::Index>(), bad in any::<u8>(), rest in vec(any::<u8>(), 0..9)) {
        let place = place.index(octets.len());
        octets[place] = bad;
        let mut verdict = None;
        octets.extend_from_slice(&rest);
        for end in 0..=octets.len() {
            match (RequestHead::parse(&octets[..end]), &verdict) {
                (Ok(None), None) => {}
                (Ok(Some(head)), None) => verdict = Some(Ok(head)),
                (Err(refusal), None) => verdict = Some(Err(refusal.status)),
                (Ok(Some(head)), Some(before)) => prop_assert_eq!(&Ok(head), before),
                (Err(_), Some(before)) => prop_assert!(before.is_err()),
                (Ok(None), Some(_)) => prop_assert!(false, "a verdict was taken back"),
            }
        }
    }

    /// No octets whatever make it panic.
    #[test]
    fn anything_may_come(octets in vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b' '), Just(b':'), Just(b'G'), Just(b'0')], 0..200)) {
        let _ = Desync::of(&octets);
        let _ = RequestHead::default().read_leniently(&octets);
        let _ = RequestHead::parse(&octets);
        let _ = RequestHead::parse(&[b"GET / HTTP/1.1\r\nHost: a\r\n", &octets[..]].concat());
        let _ = ResponseHead::parse(&octets);
        let _ = ResponseHead::parse(&[b"HTTP/1.1 200 OK\r\n", &octets[..]].concat());
        let mut body = BodyReader::new(Framing::Chunked);
        let mut rest = &octets[..];
        while let Ok(piece) = body.read(rest) {
            if piece.consumed == 0 {
                break;
            }
            rest = &rest[piece.consumed..];
        }
    }

    /// Chunks written and read at any step are the data again, and what follows is not touched.
    #[test]
    fn chunks_are_their_data(pieces in vec(vec(any::<u8>(), 0..40), 0..6), step in 1_usize..50) {
        let mut octets = Vec::new();
        for piece in &pieces {
            write_chunk(&mut octets, piece);
        }
        octets.extend_from_slice(b"0\r\n\r\n");
        let end = octets.len();
        octets.extend_from_slice(b"GET /");
        let (mut body, mut data, mut at) = (BodyReader::new(Framing::Chunked), Vec::new(), 0);
        while !body.is_done() {
            let part = &octets[at..octets.len().min(at + step)];
            let piece = body.read(part).unwrap();
            data.extend_from_slice(&part[piece.data]);
            at += piece.consumed;
        }
        prop_assert_eq!(at, end);
        prop_assert_eq!(data, pieces.concat());
    }
}
