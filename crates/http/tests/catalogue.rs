//! The catalogue of messages that parsers have been known to read in two ways, with our verdicts.

#![allow(clippy::type_complexity)] // rows of a table read best when their type stands above them

use switchlab_http::{ChunkedDecoder, Framing, RequestHead, ResponseHead};

/// Accepted with 0, refused with a status.
#[track_caller]
fn judge(rows: &[(&str, &[u8], u16, &str)]) {
    for (id, octets, expected, because) in rows {
        let verdict = match RequestHead::parse(octets) {
            Ok(Some(_)) => 0,
            Ok(None) => 1,
            Err(refusal) => refusal.status,
        };
        assert_eq!(verdict, *expected, "{id}: {because}");
    }
}

#[test]
fn start_lines_and_hosts() {
    #[rustfmt::skip]
    judge(&[
        ("S1",   b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",               0,   "plain"),
        ("S2",   b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",           0,   "one empty line in front is borne"),
        ("S2b",  b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",       400, "but not two"),
        ("S3",   b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",              400, "one space"),
        ("S4",   b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",            400, "a raw space in the target"),
        ("S5",   b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",              400, "a space behind the version"),
        ("S6",   b"GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n",             400, "tabs are no spaces"),
        ("S7",   b"get / HTTP/1.1\r\nHost: a\r\n\r\n",               0,   "another method, since case counts"),
        ("S8",   b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n",            400, "NUL in the method"),
        ("S8b",  b"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n",              400, "the method is no token"),
        ("S9",   b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",               0,   "a higher minor version is treated as 1.1: RFC 9110 §2.5"),
        ("S10",  b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",               505, "HTTP/2 over HTTP/1"),
        ("S11a", b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",               505, "a version to come"),
        ("S11a", b"GET / http/1.1\r\nHost: a\r\n\r\n",               400, "case counts"),
        ("S11a", b"GET / HTTP/4294967297.1\r\nHost: a\r\n\r\n",      400, "one digit each"),
        ("S11b", b"GET / HTTP/1.10\r\nHost: a\r\n\r\n",              400, "one digit each"),
        ("S11b", b"GET / HTTP/01.1\r\nHost: a\r\n\r\n",              400, "one digit each"),
        ("S11b", b"GET / HTTP/1\r\nHost: a\r\n\r\n",                 400, "one digit each"),
        ("S12",  b"GET /\r\n",                                       400, "HTTP/0.9"),
        ("S13",  b"GET / HTTP/1.1\r\n\r\n",                          400, "no Host"),
        ("S14",  b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",    400, "two Hosts, even if equal"),
        ("S15",  b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",            400, "a list"),
        ("S15",  b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",             400, "a space"),
        ("S15",  b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",             400, "a slash"),
        ("S15",  b"GET / HTTP/1.1\r\nHost: a:b:c\r\n\r\n",           400, "two ports"),
        ("S15",  b"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n",         400, "no such port"),
        ("S15",  b"GET / HTTP/1.1\r\nHost: \x00\r\n\r\n",            400, "NUL"),
        ("S15b", b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", 0,  "an IPv6 literal"),
        ("S16",  b"GET / HTTP/1.1\r\nHost:\r\n\r\n",                 0,   "nobody in particular is meant"),
        ("S17",  b"GET http://x/ HTTP/1.1\r\nHost: y\r\n\r\n",       0,   "absolute form"),
        ("S18",  b"GET http://u@x/ HTTP/1.1\r\nHost: x\r\n\r\n",     400, "user information"),
        ("S19",  b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",           0,   "the server as a whole"),
        ("S20",  b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",               400, "only OPTIONS asks so"),
        ("S21",  b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",       405, "no tunnels"),
        ("S22",  b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",           400, "a control character"),
        ("S23",  b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",             400, "a CR"),
        ("S23",  b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",           400, "a NUL"),
        ("S24",  b"GET /#f HTTP/1.1\r\nHost: a\r\n\r\n",             400, "a fragment"),
        ("S25",  b"GET /%2e%2e/%2f HTTP/1.1\r\nHost: a\r\n\r\n",     0,   "never decoded"),
        ("S26",  b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",             405, "TRACE"),
        ("S28",  b"GET / HTTP/1.0\r\n\r\n",                          0,   "HTTP/1.0 had no Host"),
    ]);
    let long = |octets: usize| {
        format!(
            "GET /{} HTTP/1.1\r\nHost: a\r\n\r\n",
            "x".repeat(octets - 14)
        )
    };
    #[rustfmt::skip]
    judge(&[
        ("S27", long(16 << 10).as_bytes(),       0,   "as long as may be"),
        ("S27", long((16 << 10) + 1).as_bytes(), 414, "one more"),
        ("S27", &[b'G'; 20_000],                 414, "known before its end"),
    ]);
}

#[test]
fn fields() {
    let with = |line: &[u8]| [b"GET / HTTP/1.1\r\nHost: a\r\n", line, b"\r\n\r\n"].concat();
    #[rustfmt::skip]
    let rows: [(&str, &[u8], u16, &str); 24] = [
        ("F1",  b"Name : v",             400, "a space before the colon"),
        ("F2",  b": v",                  400, "no name"),
        ("F3",  b"Name",                 400, "no colon"),
        ("F5",  b"Name: a\r\n b",        400, "a fold"),
        ("F6",  b"Na(me: v",             400, "no token"),
        ("F6",  b"Na me: v",             400, "no token"),
        ("F6",  b"N\x85: v",             400, "no token"),
        ("F7",  b"Name: a\rb",           400, "a CR"),
        ("F8",  b"Name: a\nb",           400, "an LF"),
        ("F9",  b"Name: a\0b",           400, "a NUL"),
        ("F10", b"Name: a\x01b",         400, "a control character"),
        ("F11", b"Name: \x80\xff",       0,   "opaque octets"),
        ("F12", b"Name: v\nOther: w",    400, "LF alone"),
        ("F14", b"Name: v\r\n\rX",       400, "a CR instead of the empty line"),
        ("F15", b"Name:",                0,   "an empty value"),
        ("F16", b"Name:\tv\t",           0,   "tabs around it"),
        ("F22", b"Connection: close, X-A\r\nX-A: 1", 0, "an option names a field"),
        ("F23", b"Connection: Content-Length", 400, "framing may not be taken away"),
        ("F23", b"Connection: host",     400, "nor Host"),
        ("F23", b"Connection: X-Forwarded-For", 400, "nor who asks"),
        ("F25", b"Expect: 100-Continue", 0,   "the one expectation there is"),
        ("F26", b"Expect: x",            417, "another"),
        ("F9b", b"Name: a\x7fb",         400, "DEL"),
        ("F20", b"Na_me: v",             0,   "an odd but harmless name"),
    ];
    let messages: Vec<_> = rows.iter().map(|row| with(row.1)).collect();
    for (row, message) in rows.iter().zip(&messages) {
        judge(&[(row.0, message, row.2, row.3)]);
    }
    let lines = |count: usize| with("X: y\r\n".repeat(count).trim_end().as_bytes());
    #[rustfmt::skip]
    judge(&[
        ("F4",  b"GET / HTTP/1.1\r\n Name: v\r\nHost: a\r\n\r\n", 400, "white space before the first field"),
        ("F13", b"GET / HTTP/1.1\r\nHost: a\n\n",        400, "LF alone at the end"),
        ("F18", &with(&[b"X: ", &[b'y'; 17_000][..]].concat()), 431, "one field too long"),
        ("F18", &with([b"X: ".as_slice(), &[b'y'; 16_000], b"\r\n"].concat().repeat(5).trim_ascii_end()), 431, "all too long"),
        ("F19", &lines(99),                              0,   "a hundred"),
        ("F19", &lines(100),                             431, "a hundred and one"),
    ]);
}

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
    #[rustfmt::skip]
    judge(&[
        ("B21", b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0 has no chunks"),
        ("B22", b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 0, "GET may have a body"),
    ]);
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
