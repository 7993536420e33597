//! The catalogue of requests that parsers have been known to read in two ways, with the verdict of the
//! strict parser and of the one of an ALB in its usual mode, and the reason of the class.
//!
//! The families are those of public lists: RFC 9110 and 9112, the classifier of ELB
//! (`aws/http-desync-guardian`), `narfindustries/http-garden`, `nodejs/llhttp`, `defparam/smuggler`.

use switchlab_http::{Desync, DesyncClass};
use switchlab_l7::Judged;

use crate::verdict::{
    A, C, DEFENSIVE, MONITOR, PARSERS, R, STRICT, STRICTEST, Verdict, W, judged, reason, verdict,
};

/// A row: its number, octets, the strict verdict, that of an ALB, the reason of the class, and why.
type Row<'a> = (&'a str, &'a [u8], Verdict, Verdict, &'a str, &'a str);

#[track_caller]
fn check(rows: &[Row<'_>]) {
    for (id, octets, strict, alb, class, because) in rows {
        let shown = octets[..octets.len().min(120)].escape_ascii();
        assert_eq!(
            verdict(octets, STRICT),
            *strict,
            "{id}, strict: {because}: {shown}"
        );
        assert_eq!(
            verdict(octets, DEFENSIVE),
            *alb,
            "{id}, alb: {because}: {shown}"
        );
        for parser in PARSERS {
            assert_eq!(
                reason(octets, parser),
                *class,
                "{id}, {parser:?}: {because}: {shown}"
            );
        }
        strictest_blocks_what_is_not_compliant(octets, *alb, class);
        every_prefix_waits(octets);
    }
}

fn strictest_blocks_what_is_not_compliant(octets: &[u8], defensive: Verdict, class: &str) {
    let expected = match defensive {
        A | C if class != "Compliant" => R(400),
        other => other,
    };
    // What is refused for another reason may be blocked before.
    let strictest = verdict(octets, STRICTEST);
    assert!(strictest == expected || strictest == R(400) && class != "Compliant");
}

/// Whatever is accepted is awaited to its last octet. Of long ones, some places are enough.
fn every_prefix_waits(octets: &[u8]) {
    for parser in PARSERS {
        if let Judged::Request(request) = judged(octets, parser) {
            let step = 1 + request.consumed / 500;
            for end in (0..request.consumed).rev().step_by(step) {
                let prefix = verdict(&octets[..end], parser);
                assert_eq!(
                    prefix,
                    W,
                    "{parser:?} at {end} of {}",
                    octets.escape_ascii()
                );
            }
        }
    }
}

/// A request with this first line.
fn line(line: &[u8]) -> Vec<u8> {
    [line, b"\r\nHost: a\r\n\r\n"].concat()
}

/// A GET with these field lines behind Host.
fn get(lines: &[u8]) -> Vec<u8> {
    [b"GET / HTTP/1.1\r\nHost: a\r\n", lines, b"\r\n\r\n"].concat()
}

/// A POST with these field lines behind Host, and a body.
fn post(lines: &[u8], body: &[u8]) -> Vec<u8> {
    [b"POST / HTTP/1.1\r\nHost: a\r\n", lines, b"\r\n\r\n", body].concat()
}

const CHUNKS: &[u8] = b"5\r\nhello\r\n0\r\n\r\n";

#[test]
fn start_lines() {
    let long =
        |octets: usize| line(format!("GET /{} HTTP/1.1", "x".repeat(octets - 14)).as_bytes());
    #[rustfmt::skip]
    check(&[
        ("S1",   &line(b"GET / HTTP/1.1"),                  A,      A,      "Compliant",           "plain"),
        ("S2",   &line(b"\r\nGET / HTTP/1.1"),              A,      A,      "Compliant",           "one empty line in front is borne, and not classified"),
        ("S2",   &line(b"\r\n\r\nGET / HTTP/1.1"),          R(400), R(400), "MissingUri",          "but not two"),
        ("S3",   &line(b"GET  / HTTP/1.1"),                 R(400), A,      "SpaceInUri",          "one space"),
        ("S4",   &line(b"GET /a b HTTP/1.1"),               R(400), A,      "SpaceInUri",          "a raw space in the target"),
        ("S5",   &line(b"GET / HTTP/1.1 "),                 R(400), A,      "NonCompliantVersion", "a space behind the version"),
        ("S6",   &line(b"GET\t/\tHTTP/1.1"),                R(400), R(400), "BadMethod",           "tabs are no spaces"),
        ("S7",   &line(b"get / HTTP/1.1"),                  A,      A,      "Compliant",           "another method, since case counts"),
        ("S8",   &line(b"G\0T / HTTP/1.1"),                 R(400), R(400), "BadMethod",           "NUL in the method"),
        ("S8",   &line(b"GE(T / HTTP/1.1"),                 R(400), R(400), "BadMethod",           "no token"),
        ("S8",   &line(b" / HTTP/1.1"),                     R(400), R(400), "Compliant",           "no method at all"),
        ("S9",   &line(b"GET / HTTP/1.2"),                  A,      A,      "NonCompliantVersion", "a higher minor version is treated as the highest known"),
        ("S10",  &line(b"GET / HTTP/2.0"),                  R(505), R(505), "Compliant",           "out of the classifier's scope"),
        ("S11a", &line(b"GET / HTTP/9.9"),                  R(505), R(505), "Compliant",           "a version to come"),
        ("S11a", &line(b"GET / http/1.1"),                  R(400), R(505), "Compliant",           "case counts; byte by byte it stands behind HTTP/2"),
        ("S11a", &line(b"GET / HTTP/4294967297.1"),         R(400), R(505), "Compliant",           "one digit each"),
        ("S11b", &line(b"GET / HTTP/1.10"),                 R(400), R(400), "BadVersion",          "one digit each"),
        ("S11b", &line(b"GET / HTTP/01.1"),                 R(400), R(400), "BadVersion",          "one digit each"),
        ("S11b", &line(b"GET / HTTP/1"),                    R(400), R(400), "BadVersion",          "two numbers"),
        ("S12",  b"GET /\r\n",                              R(400), A,      "NonCompliantVersion", "HTTP/0.9 has nothing else"),
        ("S12",  b"GET / HTTP/0.9\r\n\r\n",                 R(505), A,      "NonCompliantVersion", "with its name it may have fields"),
        ("S12",  b"POST /\r\nContent-Length: 1\r\n\r\nx",   R(400), C,      "UndefinedContentLengthSemantics", "only GET is simple"),
        ("S17",  &line(b"GET http://x/ HTTP/1.1"),          A,      A,      "Compliant",           "absolute form"),
        ("S18",  &line(b"GET http://u@x/ HTTP/1.1"),        R(400), R(400), "Compliant",           "user information"),
        ("S19",  &line(b"OPTIONS * HTTP/1.1"),              A,      A,      "Compliant",           "the server as a whole"),
        ("S20",  &line(b"GET * HTTP/1.1"),                  R(400), R(400), "Compliant",           "only OPTIONS asks so"),
        ("S21",  &line(b"CONNECT a:443 HTTP/1.1"),          R(405), R(405), "Compliant",           "no tunnels"),
        ("S22",  &line(b"GET /\x01 HTTP/1.1"),              R(400), C,      "AmbiguousUri",        "a control character"),
        ("S22",  &line(b"GET /\x7f HTTP/1.1"),              R(400), C,      "AmbiguousUri",        "DEL"),
        ("S23",  &line(b"GET /\r HTTP/1.1"),                R(400), R(400), "BadUri",              "a CR"),
        ("S23",  &line(b"GET /\0 HTTP/1.1"),                R(400), R(400), "BadUri",              "a NUL"),
        ("S24",  &line(b"GET /#f HTTP/1.1"),                R(400), A,      "Compliant",           "a fragment is no part of a target; an ALB strips it"),
        ("S25",  &line(b"GET /%2e%2e/%2f HTTP/1.1"),        A,      A,      "Compliant",           "never decoded"),
        ("S25",  &line(b"GET /\xc3\xa9 HTTP/1.1"),          R(400), A,      "Compliant",           "octets above ASCII are none of the grammar's, and fine with the classifier"),
        ("S26",  &line(b"TRACE / HTTP/1.1"),                R(405), R(405), "Compliant",           "TRACE"),
        ("S27",  &long(16 << 10),                           A,      A,      "Compliant",           "as long as may be"),
        ("S27",  &long((16 << 10) + 1),                     R(414), R(414), "Compliant",           "one more"),
        ("S28",  b"GET / HTTP/1.0\r\n\r\n",                 A,      A,      "Compliant",           "HTTP/1.0 had no Host"),
        ("S29",  &line(b"GET HTTP/1.1"),                    R(400), R(400), "MissingUri",          "no target"),
        ("S30",  &line(b"GET index.html HTTP/1.1"),         R(400), R(400), "Compliant",           "no path"),
        ("S31",  &line(&[b"M".repeat(41), b" / HTTP/1.1".to_vec()].concat()), R(501), R(501), "Compliant", "no method is so long"),
    ]);
}

#[test]
fn hosts() {
    let host = |value: &[u8]| [b"GET / HTTP/1.1\r\nHost:", value, b"\r\n\r\n"].concat();
    #[rustfmt::skip]
    check(&[
        ("S13", b"GET / HTTP/1.1\r\n\r\n",     R(400), R(400), "Compliant", "HTTP/1.1 has a Host"),
        ("S14", &host(b" a\r\nHost: a"),       R(400), R(400), "Compliant", "two, even if equal"),
        ("S14", &host(b" a\r\nhost: b"),       R(400), R(400), "Compliant", "two that differ"),
        ("S15", &host(b" a, b"),               R(400), R(400), "Compliant", "a list"),
        ("S15", &host(b" a b"),                R(400), R(400), "Compliant", "a space"),
        ("S15", &host(b" a/b"),                R(400), R(400), "Compliant", "a slash"),
        ("S15", &host(b" a:b:c"),              R(400), R(400), "Compliant", "two ports"),
        ("S15", &host(b" a:99999"),            R(400), R(400), "Compliant", "no such port"),
        ("S15", &host(b" u@a"),                R(400), R(400), "Compliant", "user information"),
        ("S15", &host(b" \0"),                 R(400), R(400), "BadHeader", "NUL"),
        ("S15", &host(b" [2001:db8::1]:80"),   A,      A,      "Compliant", "an IPv6 literal"),
        ("S16", &host(b""),                    A,      A,      "Compliant", "nobody in particular is meant"),
    ]);
}

#[test]
fn several_hosts_pass_where_host_is_preserved() {
    use switchlab_l7::{IntakeConfig, judge};
    let octets = b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    let config = IntakeConfig {
        parser: DEFENSIVE,
        several_hosts: true,
    };
    let Judged::Request(request) = judge(octets, &config) else {
        panic!("an ALB forwards several Hosts as they came");
    };
    assert_eq!(request.head.host(), Some("a"), "rules look at the first");
}

#[test]
fn fields() {
    let forwarders = |count: usize| {
        let list = vec!["10.0.0.1"; count].join(", ");
        get(format!("X-Forwarded-For: {list}").as_bytes())
    };
    let lines = |count: usize| get("X: y\r\n".repeat(count).trim_end().as_bytes());
    let long = |octets: usize| get(&[b"X: ", &b"y".repeat(octets - 3)[..]].concat());
    #[rustfmt::skip]
    check(&[
        ("F1",  &get(b"Name : v"),                 R(400), A,      "NonCompliantHeader",   "a space before the colon"),
        ("F2",  &get(b": v"),                      R(400), C,      "EmptyHeader",          "no name"),
        ("F3",  &get(b"Name"),                     R(400), C,      "MissingHeaderColon",   "no colon"),
        ("F4",  b"GET / HTTP/1.1\r\n Name: v\r\nHost: a\r\n\r\n", R(400), C, "MultilineHeader", "white space before the first field"),
        ("F5",  &get(b"Name: a\r\n b"),            R(400), C,      "MultilineHeader",      "a fold"),
        ("F5",  &get(b"Content-Type: a;\r\n b=c"), R(400), A,      "Compliant",            "the one fold that the classifier bears"),
        ("F6",  &get(b"Na(me: v"),                 R(400), A,      "NonCompliantHeader",   "no token"),
        ("F6",  &get(b"Na me: v"),                 R(400), A,      "NonCompliantHeader",   "no token"),
        ("F6",  &get(b"N\x85: v"),                 R(400), A,      "NonCompliantHeader",   "no token"),
        ("F7",  &get(b"Name: a\rb"),               R(400), R(400), "BadHeader",            "a CR"),
        ("F8",  &get(b"Name: a\nb"),               R(400), C,      "MissingHeaderColon",   "an LF begins a line"),
        ("F9",  &get(b"Name: a\0b"),               R(400), R(400), "BadHeader",            "a NUL"),
        ("F10", &get(b"Name: a\x01b"),             R(400), A,      "NonCompliantHeader",   "a control character"),
        ("F10", &get(b"Name: a\x7fb"),             R(400), A,      "NonCompliantHeader",   "DEL"),
        ("F11", &get(b"Name: \x80\xff"),           A,      A,      "Compliant",            "opaque octets"),
        ("F12", b"GET / HTTP/1.1\nHost: a\n\n",    R(400), A,      "NonCrLfLineTermination", "LF alone"),
        ("F12", b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", R(400), A, "NonCrLfLineTermination", "LF alone once"),
        ("F13", b"GET / HTTP/1.1\r\nHost: a\n\n",    R(400), A,    "NonCrLfLineTermination", "LF alone at the end"),
        ("F13", b"GET / HTTP/1.1\r\nHost: a\n\r\n",  R(400), A,    "NonCrLfLineTermination", "LF alone before the end"),
        ("F14", b"GET / HTTP/1.1\r\nHost: a\r\n\rX", R(400), R(400), "BadHeader",          "a CR instead of the empty line: nothing makes it good"),
        ("F14", b"GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", R(400), R(400), "BadHeader", "the same, with an end"),
        ("F15", &get(b"Name:"),                    A,      A,      "Compliant",            "an empty value"),
        ("F16", &get(b"Name:\tv\t"),               A,      A,      "Compliant",            "tabs around it"),
        ("F17", &get(b"Name:\xa0v\x85"),           A,      A,      "Compliant",            "those are no blanks, and stay"),
        ("F18", &long(16 << 10),                   A,      A,      "Compliant",            "a field as long as may be"),
        ("F18", &long((16 << 10) + 1),             R(431), R(400), "Compliant",            "one octet more; an ALB says 400"),
        ("F18", &get(&[b"X: ".as_slice(), &[b'y'; 16_000], b"\r\n"].concat().repeat(5)), R(431), R(400), "Compliant", "too long together"),
        ("F19", &lines(99),                        A,      A,      "Compliant",            "a hundred with Host"),
        ("F19", &lines(100),                       R(431), R(400), "Compliant",            "a hundred and one"),
        ("F20", &get(b"Na_me: v"),                 A,      A,      "Compliant",            "an odd but harmless name"),
        ("F21", &get(b"Cookie: a=b\r\nCookie: c=d"), A,    A,      "Compliant",            "cookies in two lines"),
        ("F22", &get(b"Connection: close, X-A\r\nX-A: 1"), A, A,   "Compliant",            "an option names a field"),
        ("F23", &get(b"Connection: Content-Length"), R(400), A,    "Compliant",            "an ALB ignores the option"),
        ("F23", &get(b"Connection: host"),         R(400), A,      "Compliant",            "an ALB ignores the option"),
        ("F23", &get(b"Connection: X-Forwarded-For"), R(400), A,   "Compliant",            "an ALB ignores the option"),
        ("F24", &forwarders(30),                   A,      A,      "Compliant",            "as many as may be"),
        ("F24", &forwarders(31),                   R(463), R(463), "Compliant",            "one more"),
        ("F25", &get(b"Expect: 100-Continue"),     A,      A,      "Compliant",            "the one expectation there is"),
        ("F26", &get(b"Expect: x"),                R(417), R(417), "Compliant",            "another"),
        ("F27", &get(b" \t"),                      R(400), C,      "MultilineHeader",      "a line of white space"),
    ]);
}

#[test]
fn lengths() {
    let length = |value: &str| post(format!("Content-Length:{value}").as_bytes(), b"hello");
    #[rustfmt::skip]
    check(&[
        ("B1",   &length(" 5"),                    A,      A,      "Compliant",        "plain"),
        ("B23",  b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", A, C, "UndefinedContentLengthSemantics", "a body that means nothing"),
        ("B24",  &get(b"Content-Length: 0"),       A,      A,      "GetHeadZeroContentLength", "nothing, said aloud"),
        ("B25",  &length(" +5"),                   R(400), R(400), "BadContentLength", "a sign"),
        ("B25",  &length(" -5"),                   R(400), R(400), "BadContentLength", "a sign"),
        ("B25",  &length(" 0x5"),                  R(400), R(400), "BadContentLength", "hexadecimal"),
        ("B25",  &length(" 5_0"),                  R(400), R(400), "BadContentLength", "an underscore"),
        ("B25",  &length(" 5e1"),                  R(400), R(400), "BadContentLength", "an exponent"),
        ("B25",  &length(" 5.0"),                  R(400), R(400), "BadContentLength", "a fraction"),
        ("B25",  &length(" 5 5"),                  R(400), R(400), "BadContentLength", "a space"),
        ("B25",  &length(" \u{665}"),              R(400), R(400), "BadContentLength", "an Arabic five"),
        ("B25",  &length(" 1Z"),                   R(400), R(400), "BadContentLength", "a letter"),
        ("B25e", &length(""),                      R(400), A,      "Compliant",        "the classifier reads an empty value as 0"),
        ("B25e", &get(b"Content-Length:"),         R(400), A,      "GetHeadZeroContentLength", "the classifier reads an empty value as 0"),
        ("B26",  &post(b"Content-Length: 010", b"0123456789"), A, A, "Compliant",      "decimal, whatever zeros stand in front"),
        ("B27",  &length(" 5, 5"),                 R(400), R(400), "BadContentLength", "a list"),
        ("B27",  &length(" 5\r\nContent-Length: 5"), R(400), C,    "DuplicateContentLength", "two lines that agree"),
        ("B28",  &length(" 5\r\nContent-Length: 6"), R(400), R(400), "MultipleContentLength", "two lines that do not"),
        ("B29",  &length(" 18446744073709551616"), R(400), R(400), "BadContentLength", "more than 64 bits"),
        ("B29",  &length(" 99999999999999999999"), R(400), R(400), "BadContentLength", "more than 64 bits"),
        ("B29",  &length(" 18446744073709551615"), W,      W,      "Compliant",        "64 bits: the body will take a while"),
        ("B30",  &post(b"Content-Length : 5", b"hello"), R(400), C, "SuspiciousHeader", "a space before the colon"),
        ("B30",  &post(b"Content_Length: 5", b"hello"),  R(400), C, "SuspiciousHeader", "a look-alike"),
        ("B30",  &post(b"Content--Length: 5", b"hello"), R(400), C, "SuspiciousHeader", "a look-alike"),
        ("B31",  &length(" 5"),                    A,      A,      "Compliant",        "exactly as many octets as said are the body"),
        ("B39",  &[&length(" 5")[..], b"GARBAGE\r\n\r\n"].concat(), A, A, "Compliant", "the first message is answered first"),
    ]);
}

#[test]
fn codings() {
    let coding = |value: &[u8]| post(&[b"Transfer-Encoding:", value].concat(), CHUNKS);
    let field = |line: &[u8]| post(line, CHUNKS);
    #[rustfmt::skip]
    let rows: [(&str, Vec<u8>, Verdict, Verdict, &str, &str); 61] = [
        ("B2",  coding(b" chunked"),               A,      A,      "Compliant",           "plain"),
        ("B3",  post(b"Content-Length: 6\r\nTransfer-Encoding: chunked", b"0\r\n\r\nX"), R(400), C, "BothTeClPresent", "CL.TE: an ALB reads chunks"),
        ("B4",  post(b"Transfer-Encoding: chunked\r\nContent-Length: 4", b"5c\r\nX"), R(400), W, "BothTeClPresent", "TE.CL: the chunk is not whole"),
        ("B5",  field(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), R(400), R(400), "MultipleTransferEncodingChunked", "said twice"),
        ("B6",  coding(b" chunked, chunked"),      R(400), R(400), "MultipleTransferEncodingChunked", "said twice"),
        ("B7",  coding(b" chunked, identity"),     R(400), R(400), "Compliant",           "not the last"),
        ("B7",  coding(b" chunked, gzip"),         R(400), R(501), "Compliant",           "not the last; and not implemented"),
        ("B8",  coding(b" gzip, chunked"),         R(501), R(501), "Compliant",           "not implemented"),
        ("B9",  coding(b" gzip"),                  R(400), R(501), "Compliant",           "no end; and not implemented"),
        ("B10", coding(b" identity"),              R(400), A,      "Compliant",           "no coding at all"),
        ("B11", coding(b" xchunked"),              R(400), R(400), "BadTransferEncoding", "unknown, and no end"),
        ("B11", coding(b" chunkedx"),              R(400), R(400), "BadTransferEncoding", "unknown, and no end"),
        ("B11", coding(b" \"chunked\""),           R(400), R(400), "BadTransferEncoding", "quoted"),
        ("B11", coding(b" chunked;q=1"),           R(400), A,      "Compliant",           "a parameter that the classifier passes over"),
        ("B11", coding(b" ,chunked"),              R(400), R(400), "BadTransferEncoding", "an empty element"),
        ("B11", coding(b" chunked,"),              R(400), R(400), "BadTransferEncoding", "an empty element"),
        ("B12", field(b"Transfer-Encoding : chunked"), R(400), C,  "SuspiciousHeader",    "a space before the colon: another field to an ALB"),
        ("B13", field(b"X: y\r\n Transfer-Encoding: chunked"), R(400), C, "MultilineHeader", "a fold"),
        ("B14", field(b"X: x\nTransfer-Encoding: chunked"), R(400), A, "NonCrLfLineTermination", "the LF ends the line, so it is one"),
        ("B15", field(b"X: x\rTransfer-Encoding: chunked"), R(400), R(400), "BadHeader",  "a CR"),
        ("B16", coding(b"\x0bchunked"),            R(400), R(400), "BadTransferEncoding", "a vertical tab is no blank"),
        ("B16", coding(b"\x0cchunked"),            R(400), R(400), "BadTransferEncoding", "a form feed is no blank"),
        ("B16", coding(b" \xa0chunked"),           R(400), R(400), "BadTransferEncoding", "NBSP is no blank"),
        ("B16", coding(b" \xffchunked"),           R(400), R(400), "BadTransferEncoding", "nor any octet above ASCII"),
        ("B16", coding(b" \0chunked"),             R(400), R(400), "BadHeader",           "NUL"),
        ("B16", coding(b" chunked\x0b"),           R(400), R(400), "BadTransferEncoding", "a vertical tab behind it"),
        ("B16", coding(b" chunked\xa0"),           R(400), R(400), "BadTransferEncoding", "NBSP behind it"),
        ("B16", coding(b" chunked\0"),             R(400), R(400), "BadHeader",           "NUL behind it"),
        ("B17", field(b"Transfer-Encoding\t: chunked"), R(400), C, "SuspiciousHeader",    "a tab before the colon"),
        ("B17", field(b"Transfer Encoding: chunked"), R(400), A,   "NonCompliantHeader",  "a space for the dash"),
        ("B17", field(b"Transfer_Encoding: chunked"), R(400), C,   "SuspiciousHeader",    "a look-alike that is a token"),
        ("B17", field(b"Transfer.Encoding: chunked"), R(400), C,   "SuspiciousHeader",    "another"),
        ("B17", field(b"Transfer-Encod\xc4\xb1ng: chunked"), R(400), C, "SuspiciousHeader", "a dotless i"),
        ("B17", field(b"\x01Transfer-Encoding: chunked"), R(400), C, "SuspiciousHeader",  "a control character"),
        ("B18", field(b"Transfer-\r\nEncoding: chunked"), R(400), C, "MissingHeaderColon", "a name in two lines"),
        ("B19", field(b"tRANSFER-eNCODING: ChUnKeD"), A,   A,      "Compliant",           "case does not count"),
        ("B20", coding(b""),                       R(400), R(400), "BadTransferEncoding", "empty"),
        ("B21", [&b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"[..], CHUNKS].concat(), R(400), C, "UndefinedTransferEncodingSemantics", "HTTP/1.0 has no chunks"),
        ("B21", [&b"POST / HTTP/1.0\r\nTransfer-Encoding: pigeons\r\n\r\n"[..], CHUNKS].concat(), R(400), R(501), "UndefinedTransferEncodingSemantics", "nor pigeons"),
        ("B22", [&get(b"Transfer-Encoding: chunked")[..], CHUNKS].concat(), A, C, "UndefinedTransferEncodingSemantics", "GET may have a body"),
        ("B33", [&b"OPTIONS / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"[..], CHUNKS].concat(), A, A, "Compliant", "any method may"),
        ("C1",  coding(b" chunked\r\nX: y"),       A,      A,      "Compliant",           "fields behind it"),
        ("C1",  post(b"Transfer-Encoding: chunked", b"a\r\n0123456789\r\n0\r\n\r\n"), A, A, "Compliant", "hexadecimal"),
        ("C1",  post(b"Transfer-Encoding: chunked", b"A\r\n0123456789\r\n0\r\n\r\n"), A, A, "Compliant", "of either case"),
        ("C1",  post(b"Transfer-Encoding: chunked", b"000005\r\nhello\r\n00\r\n\r\n"), A, A, "Compliant", "zeros in front"),
        ("C2",  post(b"Transfer-Encoding: chunked", b"5;x=y\r\nhello\r\n0\r\n\r\n"), A, A, "Compliant", "an extension"),
        ("C3",  post(b"Transfer-Encoding: chunked", b"5 \r\nhello\r\n0\r\n\r\n"), R(400), R(400), "Compliant", "a space and no extension"),
        ("C4",  post(b"Transfer-Encoding: chunked", b" 5\r\nhello\r\n0\r\n\r\n"), R(400), R(400), "Compliant", "a space in front"),
        ("C5",  post(b"Transfer-Encoding: chunked", b"0x5\r\nhello\r\n0\r\n\r\n"), R(400), R(400), "Compliant", "0x"),
        ("C6",  post(b"Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFF5\r\n"), R(400), R(400), "Compliant", "more than 64 bits"),
        ("C7",  post(b"Transfer-Encoding: chunked", b"5\nhello\n0\n\n"), R(400), R(400), "Compliant", "LF alone; the classifier sees no bodies"),
        ("C8",  post(b"Transfer-Encoding: chunked", b"5\r\rhello\r\n0\r\n\r\n"), R(400), R(400), "Compliant", "a CR alone"),
        ("C9",  post(b"Transfer-Encoding: chunked", b"5\r\nhelloXX0\r\n\r\n"), R(400), R(400), "Compliant", "no CRLF behind the data"),
        ("C10", post(b"Transfer-Encoding: chunked", b"5\r\nhell"), W, W, "Compliant", "not all there"),
        ("C11", post(b"Transfer-Encoding: chunked", b"0\r\nX: y\r\n\r\n"), A, A, "Compliant", "a trailer"),
        ("C12", post(b"Transfer-Encoding: chunked", b"0\r\nContent-Length: 5\r\n\r\n"), A, A, "Compliant", "left out"),
        ("C13", post(b"Transfer-Encoding: chunked", b"0\r\n"), W, W, "Compliant", "the end is missing"),
        ("C14", post(b"Transfer-Encoding: chunked", &[b"5;".as_slice(), &[b'x'; 1 << 20]].concat()), R(400), R(400), "Compliant", "a megabyte of extension"),
        ("C15", post(b"Transfer-Encoding: chunked", b"0\r\n\nX"), R(400), R(400), "Compliant", "something else behind the last chunk"),
        ("C15", post(b"Transfer-Encoding: chunked", b"0\r\nXX"), W, W, "Compliant", "so far it could be a trailer"),
        ("C15", post(b"Transfer-Encoding: chunked", b"0\r\n\r\nXX"), A, A, "Compliant", "what follows is the next message"),
    ];
    for (id, octets, strict, alb, class, because) in &rows {
        check(&[(id, octets, *strict, *alb, class, because)]);
    }
}

/// What is in a request as it was understood.
#[test]
fn what_an_alb_makes_of_them() {
    #[rustfmt::skip]
    let rows: [(&[u8], &str, &str); 30] = [
        (b"GET  /  HTTP/1.1\r\nHost: a\r\n\r\n",                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",            "the space around the target goes"),
        (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",               "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",         "the one inside stays"),
        (b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",               "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",           "no fragment"),
        (b"GET / HTTP/1.7\nHost: a\n\n",                        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",            "our own version and line ends"),
        (b"GET /old\r\n",                                       "GET /old HTTP/1.0\r\n\r\n",                    "HTTP/0.9"),
        (b"GET http://b/?q HTTP/1.1\r\nHost: a\r\n\r\n",        "GET /?q HTTP/1.1\r\nHost: b\r\n\r\n",          "the URL's host"),
        (b"GET /\xe9 HTTP/1.1\r\nHost: a\r\nN\xe9: v\r\n\r\n",  "GET /\u{e9} HTTP/1.1\r\nHost: a\r\nN\u{e9}: v\r\n\r\n", "octets above ASCII stay"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nName : v\r\n\r\n",      "GET / HTTP/1.1\r\nHost: a\r\nName : v\r\n\r\n", "a bad name goes on as it came"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nName\r\n\r\n",          "GET / HTTP/1.1\r\nHost: a\r\nName: \r\n\r\n",  "a colon is added"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",    "GET / HTTP/1.1\r\nHost: a\r\nX: y z:\r\n\r\n",    "to a folded line too, which goes on as a part of its field"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n y: z\n\tw,\r\n \r\n v\r\n\r\n",
                                                                "GET / HTTP/1.1\r\nHost: a\r\nX: y: z w,: v:\r\n\r\n", "to each without one; white space alone is none"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n y\r\n\r\n",      "GET / HTTP/1.1\r\nHost: a\r\nX: y:\r\n\r\n",      "to both lines"),
        (b"GET / HTTP/1.1\r\n X: y\r\n\tz\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",                "folded lines of no field: RFC 9112 \u{a7}2.2"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n: v\r\n w\r\n\r\n",    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",                "the field without a name goes with its lines"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 9\r\n\r\n",
                                                                "GET / HTTP/1.1\r\nHost: a\r\nX: y Content-Length: 9\r\n\r\n", "no length, but a part of X"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 9\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                                                                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", "framing is folded as well"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 1\r\n\r\nx",
                                                                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "so is a length"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",                "NUL in a folded line takes the field along"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n: v\r\n\r\n",           "GET / HTTP/1.1\r\nHost: a\r\n\r\n",            "without a name, no field"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                                                                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", "chunks win"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 01\r\n\r\nx",
                                                                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "lengths that agree are one"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: identity\r\n\r\nx",
                                                                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "identity says nothing"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nx",
                                                                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "an empty length is 0"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                                                                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", "a look-alike frames nothing"),
        // Monitor lets these through, which the other modes block.
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n",       "GET / HTTP/1.1\r\nHost: a\r\n\r\n",            "NUL takes its field along"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n",       "GET / HTTP/1.1\r\nHost: a\r\n\r\n",            "so does CR"),
        (b"GE(T /\0 HTTP/1.1\r\nHost: a\r\n\r\n",               "GE(T /\0 HTTP/1.1\r\nHost: a\r\n\r\n",         "what cannot be left out goes on"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
                                                                "POST / HTTP/1.1\r\nHost: a\r\n\r\n",           "lengths that contradict each other are none"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx",
                                                                "POST / HTTP/1.1\r\nHost: a\r\n\r\n",           "what is no length is none"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                                                                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", "said twice is said once"),
    ];
    for (octets, expected, because) in rows {
        let Judged::Request(request) = judged(octets, MONITOR) else {
            panic!("{because}: {}", octets.escape_ascii());
        };
        let mut written = Vec::new();
        request.head.write(&mut written);
        written.extend_from_slice(&request.body);
        let written: String = written.into_iter().map(char::from).collect();
        assert_eq!(written, expected, "{because}");
    }
}

/// Monitor tells the class and lets everything pass that has a reading.
#[test]
fn monitor_only_watches() {
    #[rustfmt::skip]
    let rows = [
        (line(b"GE(T / HTTP/1.1"),                                 A,      "a severe method passes"),
        (get(b"X: y\rz"),                                          A,      "so does a severe field"),
        (line(b"GET / HTTP/1.10"),                                 R(505), "a version that nobody speaks is still refused"),
        (line(b"GET HTTP/1.1"),                                    R(400), "and what has no target"),
        (post(b"Transfer-Encoding: xchunked", CHUNKS),             R(501), "and an unknown coding"),
        (post(b"Content-Length: 5\r\nContent-Length: 5", b"hello"), A,     "no connection is closed"),
    ];
    for (octets, expected, because) in rows {
        assert_eq!(verdict(&octets, MONITOR), expected, "{because}");
    }
}

/// An ALB's reader, too, does not wait for the rest of what can never be a request.
#[test]
fn a_first_line_that_is_no_requests_is_refused_at_once() {
    #[rustfmt::skip]
    let rows: [(&[u8], Verdict, &str); 22] = [
        (b"SSH-2.0-OpenSSH\r\n",                           R(400), "SSH: no target"),
        (b"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3\r\n",            R(400), "SSH: a target that is neither path nor URL"),
        (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 Q\n", R(400), "TLS: as soon as there is a line"),
        (b"EHLO mail.example\r\n",                         R(400), "SMTP"),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1024 80\r\n",    R(400), "an announcement that nobody expects"),
        (b"*1\r\n",                                        R(400), "Redis"),
        (b"GET\n",                                         R(400), "a method alone"),
        (b"GET HTTP/1.1\r\n",                              R(400), "a version is no target"),
        (b"GET index.html HTTP/1.1\r\n",                   R(400), "no path"),
        (b"GET # HTTP/1.1\r\n",                            R(400), "a fragment alone"),
        (b"GET * HTTP/1.1\r\n",                            R(400), "only OPTIONS asks so"),
        (b"GET ftp://a/ HTTP/1.1\r\n",                     R(400), "another scheme"),
        (b"GET http://u@x/ HTTP/1.1\r\n",                  R(400), "no authority"),
        (b"GET x HTTP/1.10\r\n",                           R(400), "the target is before the version"),
        (b" / HTTP/1.1\r\n",                               R(400), "no method"),
        (b"\r\n\r\n",                                     R(400), "a second empty line"),
        (b"OPTIONS * HTTP/1.1\r\n",                        W,      "may yet be one"),
        (b"GET http://a HTTP/1.1\r\n",                     W,      "as may this"),
        (b"GET /a b#c HTTP/1.1\r\n",                       W,      "and this"),
        (b"GET / HTTP/1.10\r\n",                           W,      "the mode says whether the class or the version is answered for"),
        (b"TRACE x HTTP/1.1\r\n",                          W,      "or the class or the method"),
        (b"GE(T / HTTP/1.1\r\n",                           W,      "or whether it is let through"),
    ];
    for (octets, expected, because) in rows {
        for parser in [MONITOR, DEFENSIVE, STRICTEST] {
            let before = &octets[..octets.len() - 1];
            assert_eq!(verdict(before, parser), W, "{parser:?}: {because}");
            assert_eq!(verdict(octets, parser), expected, "{parser:?}: {because}");
        }
    }
}

#[test]
fn a_refusal_knows_its_class() {
    let Judged::Reject(rejection) = judged(&get(b"Name"), STRICT) else {
        panic!("no colon, no field");
    };
    assert_eq!(rejection.reason, "a header field is malformed");
    let desync = Desync {
        class: DesyncClass::Ambiguous,
        reason: "MissingHeaderColon",
    };
    assert_eq!(rejection.desync, desync, "though the parser asks nobody");
}
