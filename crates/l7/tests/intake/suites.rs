//! Cases after public suites of malformed requests: what they send, and what they expect.

use switchlab_http::Framing;
use switchlab_l7::Judged;

use crate::verdict::{A, C, DEFENSIVE, PARSERS, R, STRICT, Verdict, W, judged, reason, verdict};

/// `uNetworking/h1spec`: what a server awaits, answers and refuses.
#[test]
fn h1spec() {
    let whole = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for end in 1..whole.len() {
        for parser in PARSERS {
            assert_eq!(
                verdict(&whole[..end], parser),
                W,
                "a fragment of {end} octets"
            );
        }
    }
    #[rustfmt::skip]
    let rows: [(&[u8], Verdict, &str); 17] = [
        (b"GET / \r\n\r\n",                                                    R(400), "no version"),
        (b"GET / HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\n\r\n", A,    "an expectation"),
        (b"GET / HTTP/1.1\r\nhoSt:\texample.com\r\nempty:\r\n\r\n",            A,      "odd but good"),
        (b"GET / HTTP/1.1\r\nHost: example.com\r\nX-Invalid[]: test\r\n\r\n",  R(400), "no token"),
        (b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n",                       R(400), "no Host, known before the body"),
        (b"GET / HTTP/1.1\r\nHost: example.com\r\nHost: example.org\r\n\r\n",  R(400), "two Hosts"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -123456789123456789123456789\r\n\r\n", R(400), "a negative length, and too long"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1234\r\n\r\n",        R(400), "a negative length"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",          R(400), "no number"),
        (b"GET / HTTP/1.1\r\nHost: example.com\r\nX-Empty-Header: \r\n\r\n",   A,      "an empty value"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Bad-Control-Char: test\x07\r\n\r\n", R(400), "a bell"),
        (b"GET / HTTP/9.9\r\nHost: example.com\r\n\r\n",                       R(505), "a version to come"),
        (b"Extra lineGET / HTTP/1.1\r\nHost: example.com\r\n\r\n",             R(400), "something in front"),
        (b"GET / HTTP/1.1\r\nHost: example.com\r\n\rSome-Header: Test\r\n\r\n", R(400), "a CR for an empty line"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",      A,      "a body"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nHellO world1\r\n0\r\n\r\n", A, "chunks"),
        (b"POST / HTTP/1.1\r\nHost: a\r\ncontent-LengtH: 5\r\nTransFer-Encoding: chunked\r\n\r\nc\r\nHellO world1\r\n0\r\n\r\n", R(400), "both"),
    ];
    for (octets, expected, because) in rows {
        assert_eq!(verdict(octets, STRICT), expected, "{because}");
    }
}

/// `nodejs/llhttp`, `test/request`: what its strict mode refuses, most of it before the head is whole.
#[test]
fn llhttp() {
    #[rustfmt::skip]
    let refused: [(&[u8], &str); 26] = [
        (b"GET /music ICE/1.0\r\n",                                            "another protocol"),
        (b"GET /music IHTTP/1.0\r\n",                                          "nearly the protocol"),
        (b"PUT /music RTSP/1.0\r\n",                                           "another protocol"),
        (b"GET / HTTP/5.6\r\n",                                                "no such version"),
        (b"GET / HTTP/1.1\r\n Host: foo",                                      "a space behind the first line"),
        (b"GET / HTTP/1.1\r\nFoo: 1\rB",                                       "CR between fields"),
        (b"GET / HTTP/1.1\r\nx:\rT",                                           "CR behind an empty field"),
        (b"GET / HTTP/1.1\r\nx:x\nT",                                          "LF between fields"),
        (b"GET / HTTP/1.1\r\nFo@: Failure\r\n",                                "no token"),
        (b"GET / HTTP/1.1\r\nFoo\x01test: Bar\r\n",                            "no token"),
        (b"GET / HTTP/1.1\r\n: Bar\r\n",                                       "no name"),
        (b"GET / HTTP/1.1\r\nname\r\n : value\r\n",                            "a folded name"),
        (b"GET / HTTP/1.1\r\nConnection\r\x1b55eep-Alive",                     "a corrupted name"),
        (b"GET / HTTP/1.1\r\nFoo: bar\r\n Content-Length: 38\r\n",             "a space before a field"),
        (b"POST / HTTP/1.1\n",                                                 "LF alone"),
        (b"PUT /url HTTP/1.1\r\nContent-Length: 1000000000000000000000\r\n",   "too long a length"),
        (b"PUT /url HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n",   "two lengths"),
        (b"PUT /url HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: identity\r\n", "both"),
        (b"PUT /url HTTP/1.1\r\nContent-Length : 4\r\n",                       "a space before the colon"),
        (b"PUT /url HTTP/1.1\r\nContent-Length: 13 37\r\n",                    "a space inside"),
        (b"PUT /url HTTP/1.1\r\nContent-Length:\r\n",                          "an empty length"),
        (b"PUT /url HTTP/1.1\r\nTransfer-Encoding: pigeons\r\n",               "an unknown coding"),
        (b"PUT /url HTTP/1.1\r\nTransfer-Encoding: chunked, deflate\r\n",      "chunked is not the last"),
        (b"PUT /url HTTP/1.1\r\nTransfer-Encoding: chunkedchunked\r\n",        "an unknown coding"),
        ("GET /δ¶/δt/pope?q=1#narf HTTP/1.1\r\n".as_bytes(),                   "UTF-8 in the target"),
        (b"GET /foo bar/ HTTP/1.1\r\n",                                        "a space in the target"),
    ];
    for (octets, because) in refused {
        assert!(
            matches!(verdict(octets, STRICT), R(_)),
            "{because}: {}",
            octets.escape_ascii()
        );
    }
    let chunked = |body: &str| {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        verdict(format!("{head}{body}").as_bytes(), STRICT)
    };
    #[rustfmt::skip]
    let rows = [
        ("1e\r\nall your base are belong to us\r\n0\r\n\r\n",                   A,      "hexadecimal"),
        ("5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n",                            A,      "three zeros"),
        ("5\r\nhello\r\n0\r\nVary: *\r\nContent-Type: text/plain\r\n\r\n",      A,      "trailers"),
        ("5;ilovew3;somuchlove=aretheseparametersfor;another=withvalue\r\nhello\r\n0\r\n\r\n", A, "extensions"),
        ("5;ilovew3=\"I \\\"love\\\"; \\\\extensions\\\\\";blah;foo=bar\r\nhello\r\n0\r\n\r\n", A, "quoted extensions"),
        ("2 erfrferferf\r\naa\r\n0\r\n\r\n",                                    R(400), "no semicolon before the extension"),
        ("2;\r\naa\r\n0\r\n\r\n",                                               R(400), "no extension behind the semicolon"),
        ("5;a=\"abc\";b=\"def; ghi\r\nhello\r\n0\r\n\r\n",                      R(400), "a quote that does not end"),
        ("3 \n  \r\nfoo\r\n\r\n",                                               R(400), "LF in a size line"),
        ("5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n",                                  R(400), "a size line that ends with CR CR"),
        ("5\r\nABCDE0\r\n\r\n",                                                 R(400), "data without CRLF behind it"),
        ("a \r\n0123456789\r\n0\r\n\r\n",                                       R(400), "a space behind the size"),
        ("3\r\nfoo\r\n\r\n",                                                    R(400), "no last chunk"),
    ];
    for (body, expected, because) in rows {
        assert_eq!(chunked(body), expected, "{because}");
    }
}

/// `narfindustries/http-garden`, `TROPHIES.md`: faults found in servers and proxies, none of which is ours.
#[test]
fn http_garden() {
    #[rustfmt::skip]
    let rows: [(&[u8], Verdict, Verdict, &str); 29] = [
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0_2e\r\n\r\n",       R(400), R(400), "a size read by a language's own rules"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHeader: v\0\ralue\r\n\r\n",                            R(400), R(400), "NUL and CR in a value"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 34\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", R(400), C, "a blank stripped from a name"),
        (b"GET / HTTP/1.1\r\n\tContent-Length: 1\r\nHost: a\r\n\r\nX",                         R(400), C,      "a blank stripped from the first name"),
        (b"G=\":<>(e),[T];?\" /get HTTP/1.1\r\nHost: a\r\n\r\n",                               R(400), R(400), "a method read up to its first bad octet"),
        (b"GET ! HTTP/1.1\r\nHost: a\r\n\r\n",                                                 R(400), R(400), "any target"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\xefoo: bar\r\n\r\n",                                  R(400), A,      "octets above ASCII in a name"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1_0\r\n\r\n0123456789",               R(400), R(400), "a length read by a language's own rules"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", R(400), R(400), "two codings"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \xa0chunked\xa0\r\n\r\n0\r\n\r\n", R(400), R(400), "NBSP stripped from a value"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nVisible: :/\rSmuggled: :)\r\n\r\n",                    R(400), R(400), "CR for a line's end"),
        (b"GET / HTTP/\r\r1.1\r\nHost: a\r\n\r\n",                                             R(400), R(400), "any version"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\n\r\n",           R(400), R(400), "an empty size"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nUseless:\n\nGET / HTTP/1.1\r\n\r\n",                   R(400), A,      "line ends stripped from a value; they end the head"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length\x85: 10\r\n\r\n0123456789",             R(400), C,      "NEL stripped from a name"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", R(400), R(400), "an empty element"),
        (b"GET / HTTP/4294967295.255\r\nHost: a\r\n\r\n",                                      R(400), R(505), "a version that overflows"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n:\r\nI: am chopped off\r\n\r\n",                       R(400), C,      "a field that is a colon"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length 10\r\n\r\n0123456789",                  R(400), C,      "a space for the colon"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1Z\r\n\r\nZ",                          R(400), R(400), "a length read up to its first bad octet"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\rZGET /evil: HTTP/1.1\r\nHost: a\r\n\r\n",            R(400), R(400), "CR and any octet for the empty line"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX:POST / HTTP/1.1\r\n\r\n", A, C, "CRLF and two octets for the end: it is a trailer"),
        (b"\0 / HTTP/............0596.7407.\r\nHost: a\r\n\r\n",                               R(400), R(400), "any method and version"),
        (b"GET /login HTTP/1.1\r\nHost: a\r\nUser: \x85admin\xa0\r\n\r\n",                     A,      A,      "they stay in a value"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\nContent-Length: 43\r\n\r\n",       R(400), R(400), "an empty length before another"),
        (b"POST / HTTP/1.1\r\nHost: \xffa\xff\r\n\r\n",                                        R(400), R(400), "octets stripped from a Host"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n41;a=b\r\rX",       R(400), R(400), "CR in an extension"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n17\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n\r\n0\r\n\r\n", R(400), R(400), "an empty line before the last chunk"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTe\nst: test\r\nConnection: close\r\n\r\n",            R(400), C,      "a field line without colon"),
    ];
    for (octets, strict, alb, because) in rows {
        assert_eq!(verdict(octets, STRICT), strict, "{because}");
        assert_eq!(verdict(octets, DEFENSIVE), alb, "an alb: {because}");
    }
}

/// `defparam/smuggler`, `configs/default.py`: Transfer-Encoding beside a Content-Length, with one octet out
/// of place. Nobody may read chunks where others could read a length.
#[test]
fn smuggler() {
    let octets = [
        0x01, 0x04, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1f, 0x20, 0x7f, 0xa0, 0xff,
    ];
    let places: [(&[u8], &[u8]); 10] = [
        (b"Transfer-Encoding:", b"chunked"),
        (b"Transfer-Encoding", b": chunked"),
        (b"", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b""),
        (b"X: X", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b"X: X"),
        (b"X: X\r", b"Transfer-Encoding: chunked"),
        (b"X: X", b"\nTransfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked\r", b"X: X"),
        (b"Transfer-Encoding: chunked", b"\nX: X"),
    ];
    let mut accepted = 0;
    for octet in octets {
        for (before, behind) in places {
            let head = b"POST / HTTP/1.1\r\nHost: a\r\n";
            let length = b"\r\nContent-Length: 5\r\n\r\n0\r\n\r\n";
            let octets = [head, before, &[octet], behind, length].concat();
            let shown = octets.escape_ascii().to_string();
            if let Judged::Request(request) = judged(&octets, STRICT) {
                accepted += 1;
                assert_eq!(request.head.framing(), Framing::Length(5), "{shown}");
                let names: Vec<_> = request.head.fields.iter().map(|(name, _)| name).collect();
                let known = ["Host", "X", "Content-Length"];
                assert!(names.iter().all(|name| known.contains(name)), "{shown}");
            }
            if let Judged::Request(request) = judged(&octets, DEFENSIVE) {
                let is_chunked = request.head.framing() == Framing::Chunked;
                assert!(
                    !is_chunked || request.close,
                    "chunks beside a length: {shown}"
                );
                let is_trusted = reason(&octets, DEFENSIVE) == "Compliant" && !is_chunked;
                let is_acceptable = reason(&octets, DEFENSIVE).starts_with("NonC");
                assert!(request.close || is_trusted || is_acceptable, "{shown}");
            }
        }
    }
    assert_eq!(
        accepted, 4,
        "a tab, a space or an octet above ASCII inside a value harms nobody"
    );
}

/// `aws/http-desync-guardian`, `tests/*.yaml`: requests written out, with the reason of their class.
#[test]
fn desync_guardian() {
    #[rustfmt::skip]
    let rows: [(&[u8], &str); 40] = [
        (b"GET /foo/bar HTTP/1.1\r\nHost: a\r\n\r\n",                                          "Compliant"),
        (b"GET /foo/bar HTTP/1.0\r\n\r\n",                                                     "Compliant"),
        (b"POST /foo/bar HTTP/1.1\r\nContent-Length: 0\r\n\r\n",                               "Compliant"),
        (b"POST /foo/bar HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",                "Compliant"),
        (b"POST /foo/bar HTTP/1.1\r\nTransfer-Encoding: chunked, gzip, chunked\r\n\r\n",       "Compliant"),
        (b"POST /foo/bar HTTP/1.1\r\nTransfer-Encoding: \t chunked ; q=0.9\r\n\r\n",           "Compliant"),
        (b"POST /foo/bar HTTP/1.1\r\nTransfer-Encoding1: chunked\r\n\r\n",                     "Compliant"),
        (b"GET /foo/bar HTTP/3\r\nTransfer-Encoding: x\r\n\r\n",                               "Compliant"),
        (b"GET /foo/bar HTTP/1.1\r\nContent-Length: 0\r\n\r\n",                                "GetHeadZeroContentLength"),
        (b"HEAD /foo/bar HTTP/1.1\r\nContent-Length: 0\r\n\r\n",                               "GetHeadZeroContentLength"),
        (b"GET /foo/bar\r\nX-My-Header: some value\r\n\r\n",                                   "NonCompliantVersion"),
        (b"GET /foo/bar HTTP/0.9\r\nX-My-Header: some value\r\n\r\n",                          "NonCompliantVersion"),
        (b"GET /foo/bar HTTP/1.2\r\n\r\n",                                                     "NonCompliantVersion"),
        (b"GET /foo/bar HTTP/1.1 \t\r\n\r\n",                                                  "NonCompliantVersion"),
        (b"GET /foo bar HTTP/1.1\r\n\r\n",                                                     "SpaceInUri"),
        (b"GET / HTTP/1.1\r\nX-My\x01: v\r\n\r\n",                                             "NonCompliantHeader"),
        (b"GET / HTTP/1.1\nHost: a\r\n\r\n",                                                   "NonCrLfLineTermination"),
        (b"POST / HTTP/1.1\r\n: chunked\r\n\r\n",                                              "EmptyHeader"),
        (b"GET /a\tb HTTP/1.1\r\n\r\n",                                                        "AmbiguousUri"),
        (b"GET / HTTP/1.1\r\nContent-Length: 10\r\n\r\n",                                      "UndefinedContentLengthSemantics"),
        (b"POST /foo/bar\r\nContent-Length: 100\r\n\r\n",                                      "UndefinedContentLengthSemantics"),
        (b"HEAD / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",                             "UndefinedTransferEncodingSemantics"),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n",        "UndefinedTransferEncodingSemantics"),
        (b"POST / HTTP/1.1\r\nContent-Length: 42\r\nContent-Length: 42\r\n\r\n",               "DuplicateContentLength"),
        (b"POST / HTTP/1.1\r\nContent-Length: 42\r\nTransfer-Encoding: chunked\r\n\r\n",       "BothTeClPresent"),
        (b"POST / HTTP/1.1\r\nTran\xc5\xbffer-Encoding: chunked\r\n\r\n",                      "SuspiciousHeader"),
        (b"POST / HTTP/1.1\r\nContent_Length: 10\r\n\r\n",                                     "SuspiciousHeader"),
        (b"POST / HTTP/1.1\r\nX: y\r\n z\r\n\r\n",                                             "MultilineHeader"),
        (b"POST / HTTP/1.1\r\nHost: a",                                                        "PartialHeaderLine"),
        (b"POST / HTTP/1.1\r\nHost: a\r\n",                                                    "MissingLastEmptyLine"),
        (b"POST / HTTP/1.1\r\nHost\r\n\r\n",                                                   "MissingHeaderColon"),
        (b"GET HTTP/1.1\r\n\r\n",                                                              "MissingUri"),
        (b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",                                                 "BadHeader"),
        (b"GET /a\0b HTTP/1.1\r\n\r\n",                                                        "BadUri"),
        (b"G\x01T / HTTP/1.1\r\n\r\n",                                                         "BadMethod"),
        (b"GET / HTTP/1.\r\n\r\n",                                                             "BadVersion"),
        (b"POST / HTTP/1.1\r\nContent-Length: 42, 42\r\n\r\n",                                 "BadContentLength"),
        (b"POST / HTTP/1.1\r\nContent-Length: 42\r\nContent-Length: 43\r\n\r\n",               "MultipleContentLength"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "MultipleTransferEncodingChunked"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: x-chunked\r\n\r\n",                           "BadTransferEncoding"),
    ];
    for (octets, expected) in rows {
        for parser in PARSERS {
            let told = reason(octets, parser);
            assert_eq!(told, expected, "{parser:?}: {}", octets.escape_ascii());
        }
    }
}
