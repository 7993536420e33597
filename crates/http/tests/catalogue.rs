//! What is read out of messages, strictly. Which requests are accepted at all is told by the catalogue of
//! the crate that takes them in.

#![allow(clippy::type_complexity)] // rows of a table read best when their type stands above them

use switchlab_http::{ChunkedDecoder, Framing, HeadProgress, RequestHead, ResponseHead};

#[test]
fn values_are_trimmed_of_blanks_only() {
    let octets = b"GET / HTTP/1.1\r\nHost: a\r\nA:\t v \r\nB:\xa0v\x85\r\n\r\n";
    let (head, _) = RequestHead::parse(octets).unwrap().unwrap();
    assert_eq!(head.fields.get("a"), Some(&b"v"[..]));
    assert_eq!(
        head.fields.get("b"),
        Some(&b"\xa0v\x85"[..]),
        "those are no blanks"
    );
}

#[test]
fn an_absolute_target_names_the_host() {
    #[rustfmt::skip]
    let rows = [
        ("GET http://x/ HTTP/1.1",           "/",    "x",   "S17: the target wins"),
        ("GET HTTP://x:8080?q HTTP/1.1",     "/?q",  "x:8080", "a path is never empty"),
        ("OPTIONS http://x HTTP/1.1",        "*",    "x",   "RFC 9112 §3.2.4"),
        ("GET / HTTP/1.1",                   "/",    "y",   "else Host"),
    ];
    for (line, target, host, because) in rows {
        let octets = format!("{line}\r\nHost: y\r\n\r\n");
        let (head, _) = RequestHead::parse(octets.as_bytes()).unwrap().unwrap();
        assert_eq!(
            (head.target(), head.host()),
            (target, Some(host)),
            "{because}"
        );
    }
}

#[test]
fn framing() {
    let refused = Err::<Framing, u16>;
    #[rustfmt::skip]
    let rows: [(&str, &[u8], Result<Framing, u16>, &str); 42] = [
        ("B1",  b"Content-Length: 5",                         Ok(Framing::Length(5)), "plain"),
        ("B2",  b"Transfer-Encoding: chunked",                Ok(Framing::Chunked),   "plain"),
        ("B3",  b"Content-Length: 6\r\nTransfer-Encoding: chunked", refused(400), "both"),
        ("B5",  b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", refused(400), "twice"),
        ("B6",  b"Transfer-Encoding: chunked, chunked",       refused(400), "twice"),
        ("B7",  b"Transfer-Encoding: chunked, identity",      refused(400), "chunked is not last"),
        ("B7",  b"Transfer-Encoding: chunked, gzip",          refused(400), "chunked is not last"),
        ("B8",  b"Transfer-Encoding: gzip, chunked",          refused(501), "a coding we do not have"),
        ("B9",  b"Transfer-Encoding: gzip",                   refused(400), "no end"),
        ("B10", b"Transfer-Encoding: identity",               refused(400), "no coding any more"),
        ("B11", b"Transfer-Encoding: xchunked",               refused(400), "another word"),
        ("B11", b"Transfer-Encoding: chunkedx",               refused(400), "another word"),
        ("B11", b"Transfer-Encoding: \"chunked\"",            refused(400), "quoted"),
        ("B11", b"Transfer-Encoding: chunked;q=1",            refused(400), "parameters"),
        ("B11", b"Transfer-Encoding: ,chunked",               refused(400), "an empty element"),
        ("B11", b"Transfer-Encoding: chunked,",               refused(400), "an empty element"),
        ("B12", b"Transfer-Encoding : chunked",               refused(400), "a space before the colon"),
        ("B13", b"X: x\r\n Transfer-Encoding: chunked",       refused(400), "a fold"),
        ("B14", b"X: x\nTransfer-Encoding: chunked",          refused(400), "LF alone"),
        ("B15", b"X: x\rTransfer-Encoding: chunked",          refused(400), "CR alone"),
        ("B16", b"Transfer-Encoding:\x0bchunked",             refused(400), "a vertical tab"),
        ("B16", b"Transfer-Encoding: \xa0chunked",            refused(400), "no blank"),
        ("B16", b"Transfer-Encoding: chunked\xff",            refused(400), "no blank"),
        ("B17", b"Transfer_Encoding: chunked",                refused(400), "a look-alike"),
        ("B17", b"Transfer Encoding: chunked",                refused(400), "no token"),
        ("B17", b"Transfer-Encod\xc4\xb1ng: chunked",         refused(400), "no token"),
        ("B18", b"Transfer-\r\nEncoding: chunked",            refused(400), "a name in two lines"),
        ("B19", b"tRANSFER-eNCODING: ChUnKeD",                Ok(Framing::Chunked), "case does not count"),
        ("B20", b"Transfer-Encoding:",                        refused(400), "empty"),
        ("B24", b"Content-Length: 0",                         Ok(Framing::Length(0)), "nothing, said aloud"),
        ("B25", b"Content-Length: +5",                        refused(400), "a sign"),
        ("B25", b"Content-Length: -5",                        refused(400), "a sign"),
        ("B25", b"Content-Length: 0x5",                       refused(400), "hexadecimal"),
        ("B25", b"Content-Length: 5_0",                       refused(400), "an underscore"),
        ("B25", b"Content-Length: 5 5",                       refused(400), "a space"),
        ("B25", b"Content-Length:",                           refused(400), "empty"),
        ("B26", b"Content-Length: 010",                       Ok(Framing::Length(10)), "decimal"),
        ("B27", b"Content-Length: 5, 5",                      refused(400), "a list"),
        ("B27", b"Content-Length: 5\r\nContent-Length: 5",    refused(400), "two lines"),
        ("B28", b"Content-Length: 5\r\nContent-Length: 6",    refused(400), "two lines"),
        ("B29", b"Content-Length: 18446744073709551616",      refused(400), "more than 64 bits"),
        ("B30", b"Content_Length: 5",                         refused(400), "a look-alike"),
    ];
    for (id, line, expected, because) in rows {
        let octets = [b"POST / HTTP/1.1\r\nHost: a\r\n", line, b"\r\n\r\n"].concat();
        let verdict = match RequestHead::parse(&octets) {
            Ok(head) => Ok(head.expect("it is whole").0.framing()),
            Err(refusal) => Err(refusal.status),
        };
        assert_eq!(verdict, expected, "{id}: {because}");
    }
}

#[test]
fn responses() {
    #[rustfmt::skip]
    let rows: [(&str, &[u8], &str, Option<Framing>, &str); 16] = [
        ("B40", b"HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",           "GET",  None, "a CR would split it"),
        ("B40", b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",           "GET",  None, "a NUL"),
        ("B41", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", None, "both"),
        ("B42", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "GET", None, "two lengths"),
        ("B43", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", Some(Framing::None), "HEAD"),
        ("B43", b"HTTP/1.1 204 No Content\r\n\r\n",              "GET",  Some(Framing::None), "204"),
        ("B43", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET", Some(Framing::None), "304"),
        ("R1",  b"HTTP/1.1 200 OK\r\n\r\n",                      "GET",  Some(Framing::UntilClose), "nothing said"),
        ("R2",  b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",    "GET",  Some(Framing::Length(0)), "no phrase, no space"),
        ("R3",  b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "GET",  Some(Framing::Length(5)), "an old server"),
        ("R4",  b"HTTP/2.0 200 OK\r\n\r\n",                      "GET",  None, "another version"),
        ("R5",  b"HTTP/1.1 99 Low\r\n\r\n",                      "GET",  None, "two digits"),
        ("R6",  b"HTTP/1.1 600 High\r\n\r\n",                    "GET",  None, "no such class"),
        ("R7",  b"HTTP/1.1 2000 OK\r\n\r\n",                     "GET",  None, "four digits"),
        ("R8",  b"SSH-2.0-OpenSSH_9.6\r\n",                      "GET",  None, "no HTTP at all"),
        ("R9",  b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",       "GET",  None, "LF alone"),
    ];
    for (id, octets, method, expected, because) in rows {
        let framing = ResponseHead::parse(octets).ok().flatten();
        let framing = framing.map(|(head, _)| head.framing(method));
        assert_eq!(framing, expected, "{id}: {because}");
    }
}

/// All data, and whether the end was reached.
fn decode(mut octets: &[u8], step: usize) -> Result<(Vec<u8>, bool, usize), ()> {
    let (mut decoder, mut data, mut total) = (ChunkedDecoder::new(), Vec::new(), 0);
    while !octets.is_empty() && !decoder.is_done() {
        let part = &octets[..step.min(octets.len())];
        let piece = decoder.read(part).map_err(drop)?;
        data.extend_from_slice(&part[piece.data.clone()]);
        octets = &octets[piece.consumed..];
        total += piece.consumed;
    }
    Ok((data, decoder.is_done(), total))
}

#[test]
fn chunks() {
    let long = [
        b"5;".as_slice(),
        &[b'x'; 1 << 20],
        b"\r\nhello\r\n0\r\n\r\n",
    ]
    .concat();
    #[rustfmt::skip]
    let rows: [(&str, &[u8], Result<(&[u8], bool), ()>, &str); 29] = [
        ("C1",  b"5\r\nhello\r\n0\r\n\r\n",              Ok((b"hello", true)),       "plain"),
        ("C1",  b"a\r\n0123456789\r\n0\r\n\r\n",         Ok((b"0123456789", true)),  "hexadecimal"),
        ("C1",  b"A\r\n0123456789\r\n0\r\n\r\n",         Ok((b"0123456789", true)),  "of either case"),
        ("C1",  b"000005\r\nhello\r\n00\r\n\r\n",        Ok((b"hello", true)),       "zeros in front"),
        ("C2",  b"5;x=y\r\nhello\r\n0\r\n\r\n",          Ok((b"hello", true)),       "an extension"),
        ("C2",  b"5 ; x=\"a;b\"\r\nhello\r\n0\r\n\r\n",  Ok((b"hello", true)),       "quoted"),
        ("C3",  b"5 \r\nhello\r\n0\r\n\r\n",             Err(()),                    "a space and no extension"),
        ("C4",  b" 5\r\nhello\r\n0\r\n\r\n",             Err(()),                    "a space in front"),
        ("C5",  b"0x5\r\nhello\r\n0\r\n\r\n",            Err(()),                    "0x"),
        ("C5",  b"+5\r\nhello\r\n0\r\n\r\n",             Err(()),                    "a sign"),
        ("C5",  b"-5\r\nhello\r\n0\r\n\r\n",             Err(()),                    "a sign"),
        ("C5",  b"5_0\r\nhello\r\n0\r\n\r\n",            Err(()),                    "an underscore"),
        ("C5",  b"5h\r\nhello\r\n0\r\n\r\n",             Err(()),                    "no digit"),
        ("C5",  b"\r\nhello\r\n0\r\n\r\n",               Err(()),                    "no size"),
        ("C5",  b";x\r\nhello\r\n0\r\n\r\n",             Err(()),                    "no size, but an extension"),
        ("C6",  b"FFFFFFFFFFFFFFFF5\r\n",                Err(()),                    "more than 64 bits"),
        ("C6",  b"10000000000000005\r\n",                Err(()),                    "17 digits"),
        ("C7",  b"5\nhello\n0\n\n",                      Err(()),                    "LF alone"),
        ("C8",  b"5\r\rhello\r\n0\r\n\r\n",              Err(()),                    "a CR alone"),
        ("C8",  b"5;a\rb\r\nhello\r\n0\r\n\r\n",         Err(()),                    "a CR in an extension"),
        ("C9",  b"5\r\nhelloXX0\r\n\r\n",                Err(()),                    "no CRLF behind the data"),
        ("C10", b"5\r\nhell",                            Ok((b"hell", false)),       "not all there"),
        ("C11", b"0\r\nX: y\r\n\r\n",                    Ok((b"", true)),            "a trailer, left out"),
        ("C12", b"0\r\nContent-Length: 5\r\n\r\n",       Ok((b"", true)),            "left out like any other"),
        ("C11", b"0\r\nX y\r\n\r\n",                     Err(()),                    "no trailer"),
        ("C13", b"0\r\n",                                Ok((b"", false)),           "the end is missing"),
        ("C14", &long,                                   Err(()),                    "a megabyte of extension"),
        ("C15", b"0\r\n\nX",                             Err(()),                    "something else behind the last chunk"),
        ("C15", b"0\r\n\r\nXX",                          Ok((b"", true)),            "what follows is the next message"),
    ];
    for (id, octets, expected, because) in rows {
        for step in [usize::MAX, 1, 3] {
            let decoded = decode(octets, step);
            let decoded = decoded.as_ref().map(|(data, done, _)| (&data[..], *done));
            assert_eq!(
                decoded,
                expected.as_ref().map(|ok| *ok),
                "{id}, {step} at a time: {because}"
            );
        }
    }
    assert_eq!(
        decode(b"0\r\n\r\nXX", usize::MAX).unwrap().2,
        5,
        "the next message is not touched"
    );
}

#[test]
fn trailers_go_on_if_they_may() {
    #[rustfmt::skip]
    let rows: [(&[u8], &[(&str, &[u8])], &str); 11] = [
        (b"0\r\n\r\n",                                        &[],                            "none"),
        (b"0\r\nX-Sum:\t1 \r\nY:\r\n\r\n",                   &[("X-Sum", b"1"), ("Y", b"")], "in order, trimmed"),
        (b"0\r\nContent-Length: 5\r\nHOST: b\r\nX: y\r\n\r\n", &[("X", b"y")],              "no framing, no routing"),
        (b"0\r\nCookie: a=b\r\nConnection: x\r\n\r\n",        &[],                            "nobody's credentials, nothing for one hop"),
        (b"0\r\nTransfer_Encoding: chunked\r\nContent_Length: 3\r\n\r\n", &[],         "nothing almost like framing"),
        (b"0\r\nX_Forwarded_For: 1.1.1.1\r\nIf_Match: a\r\n\r\n", &[],              "nothing that many read like what may not"),
        (b"0\r\nIf-Match: a\r\nIf-None-Match: a\r\nIf-Range: a\r\nAccept: a\r\n\r\n", &[], "no modifiers of the request"),
        (b"0\r\nX-Amzn-Trace-Id: a\r\nX-Forwarded-Host: a\r\n\r\n", &[],            "nothing that proxies alone say"),
        (b"0\r\nContent-Type: a\r\nContent-Encoding: a\r\n\r\n", &[],               "nothing that says how to read the content"),
        (b"0\r\nAge: 1\r\nLocation: /\r\nVary: *\r\n\r\n",   &[],                    "nothing that says what to do with the answer"),
        (b"0\r\nETag: a\r\nServer-Timing: a\r\nX_Y: 1\r\n\r\n", &[("ETag", b"a"), ("Server-Timing", b"a"), ("X_Y", b"1")], "what is known at the end alone"),
    ];
    for (octets, expected, because) in rows {
        for step in [usize::MAX, 1] {
            let mut decoder = ChunkedDecoder::new();
            for part in octets.chunks(step.min(octets.len())) {
                assert_eq!(
                    decoder.read(part).map(|piece| piece.consumed),
                    Ok(part.len())
                );
            }
            assert!(decoder.is_done());
            let trailers: Vec<_> = decoder.trailers().iter().collect();
            assert_eq!(trailers, expected, "{because}");
        }
    }
}

#[test]
fn the_head_of_a_response_has_limits() {
    let head = |fields: usize| {
        let field = format!("X: {}\r\n", "y".repeat(1019));
        format!("HTTP/1.1 200 OK\r\n{}\r\n", field.repeat(fields)).into_bytes()
    };
    assert!(ResponseHead::parse(&head(32)).is_ok(), "32 KiB of fields");
    let malformed = ResponseHead::parse(&head(33)).unwrap_err();
    let expected = "the header fields are longer than 32 KiB together";
    assert_eq!(malformed.reason, expected, "ELB: an answer of 502");
    let (octets, mut progress) = (head(32), HeadProgress::default());
    let mut response = ResponseHead::new(0);
    for end in 1..octets.len() {
        let read = response.read_on(&mut progress, &octets[..end]);
        assert_eq!(read, Ok(None), "one octet after the other");
    }
    let read = response.read_on(&mut progress, &octets);
    assert_eq!(read, Ok(Some(octets.len())));
}
