use proptest::prelude::*;
use switchlab_core::Silent;
use switchlab_http::{RequestHead, RequestView};

use super::*;
use crate::{Condition, Patterns, QueryPattern};

/// A table of rules that forward, numbered from 1, each with its conditions.
fn table(conditions: impl IntoIterator<Item = Vec<Condition>>) -> RuleTable {
    let mut listener = ListenerConfig::new(80, Action::forward("web"));
    for (priority, conditions) in (1..).zip(conditions) {
        let rule = Rule::new(priority, conditions, Action::forward("web"));
        listener.rules.push(rule);
    }
    RuleTable::new(&listener).expect("its expressions are right")
}

fn head(octets: &str) -> RequestHead {
    let (head, _) = RequestHead::parse(octets.as_bytes()).unwrap().unwrap();
    head
}

fn regexes(values: &[&str]) -> Patterns {
    Patterns::Regexes(values.iter().map(|value| (*value).to_owned()).collect())
}

fn header(name: &str, values: impl Into<Patterns>) -> Condition {
    Condition::Header {
        name: name.to_owned(),
        values: values.into(),
    }
}

fn query(pairs: &[(Option<&str>, &str)]) -> Condition {
    let pair = |(key, value): &(Option<&str>, &str)| QueryPattern {
        key: key.map(str::to_owned),
        value: (*value).to_owned(),
    };
    Condition::Query(pairs.iter().map(pair).collect())
}

/// What is wanted of a query, and the pairs that there are: a value alone is no key, and no sign can be taken
/// for another.
#[test]
fn a_query_is_told_pair_by_pair() {
    #[rustfmt::skip]
    let rows = [
        (Some("v"),   "2",   "v=2",                             "beta",       "beta without a value",          "a key by itself"),
        (None,        "2",   "any key with the value 2",        "a=b&c=&d=1", "a=b | c without a value | d=1", "pairs"),
        (Some("v"),   "2",   "v=2",                             "&",          "no query",                      "none between"),
        (Some("v"),   "",    "v=",                              "=",          r#"""="""#,                      "neither key nor value"),
        (Some("a=b"), "x",   r#""a=b"="x""#,                    "a=b=x",      r#""a"="b=x""#,                  "a request's key ends at the first sign"),
        (None,        "a=b", "any key with the value a=b",      "=a",         r#"""="a""#,                     "a value alone is plain, no key is not"),
        (Some("k"),   "x or l=y", r#""k"="x or l=y""#,          "k=%22",      "k=%22",                         "this value is one"),
        (None,        "x or l=y", r#"any key with the value "x or l=y""#, "k=x+y", "k=x+y",                    "by itself too"),
        (Some("k"),   "\"",  r#""k"="\"""#,                     "k=x",        "k=x",                           "no quote ends early"),
    ];
    for (key, value, wanted, asked, got, because) in rows {
        let table = table([vec![query(&[(key, value)])]]);
        let head = head(&format!("GET /?{asked} HTTP/1.1\r\nHost: h.x\r\n\r\n"));
        let mut walk = table.walk(&head, [10, 0, 0, 1].into());
        let (_, mismatch) = walk.next().unwrap();
        let mismatch = mismatch.expect(because);
        assert_eq!(mismatch.wanted, wanted, "{because}");
        assert_eq!(mismatch.got, got, "{because}");
    }
    let several = query(&[(Some("v"), "2"), (None, "beta")]);
    assert_eq!(several.wanted(), "v=2 or any key with the value beta");
    let nothing = head("GET / HTTP/1.1\r\nHost: h.x\r\n\r\n");
    let table = table([vec![several]]);
    let (_, mismatch) = table.walk(&nothing, [10, 0, 0, 1].into()).next().unwrap();
    assert_eq!(mismatch.unwrap().got, "no query");
}

/// The rules of the ELB User Guide, "Rule condition types", one row each.
#[test]
fn a_condition_holds_as_the_guide_has_it() {
    let host = |value: &str| Condition::Host([value].into());
    let path = |value: &str| Condition::Path([value].into());
    let method = |value: &str| Condition::Method(vec![value.to_owned()]);
    let source = |net: &str| Condition::Source(vec![net.parse().unwrap()]);
    let version = || query(&[(Some("version"), "v1"), (None, "*example*")]);
    let any = "Host: h.x\r\n";
    #[rustfmt::skip]
    let rows = [
        (host("*.example.com"),        "GET /",           "Host: test.example.com\r\n",      true,  "the guide's example"),
        (host("*.example.com"),        "GET /",           "Host: example.com\r\n",           false, "and its counterpart"),
        (host("Host.Example.com"),     "GET /",           "Host: hOST.eXAMPLE.COM\r\n",      true,  "hosts know no case"),
        (host("example.com"),          "GET /",           "Host: example.com:8080\r\n",      true,  "a port is no part of the name"),
        (host("a?.example.com"),       "GET /",           "Host: a.b.example.com\r\n",       false, "one character"),
        (host("a*.example.com"),       "GET /",           "Host: a.b.example.com\r\n",       true,  "any number of them, points too"),
        (host("example.com"),          "GET http://example.com/x", "Host: other.com\r\n",    true,  "the host of an absolute target"),
        (host("other.com"),            "GET http://example.com/x", "Host: other.com\r\n",    false, "and no other"),
        (Condition::Host(regexes(&[r"^(.+)\.example\.com$"])), "GET /", "Host: A.EXAMPLE.com:81\r\n", true, "a regex knows no case either, and no port"),
        (Condition::Host(regexes(&["ample"])), "GET /",   "Host: www.example.com\r\n",       true,  "a regex searches"),
        (path("/img/*"),               "GET /img/a/b.png", any,                              true,  "a star takes slashes and points"),
        (path("/img/*"),               "GET /img",        any,                               false, "the guide warns of this"),
        (path("/img/*/pics"),          "GET /img/a/b/pics", any,                             true,  "in the middle as well"),
        (path("/api/*"),               "GET /API/x",      any,                               false, "paths know case"),
        (path("/a"),                   "GET /a?b",        any,                               true,  "the query is no part of the path"),
        (path("*b*"),                  "GET /a?b",        any,                               false, "nor can a star find it there"),
        (path("/a*b"),                 "GET /a/../%62",   any,                               false, "nothing is decoded"),
        (path("/b"),                   "GET /a/../b",     any,                               false, "and no point resolved"),
        (Condition::Path(regexes(&["^/api/v[0-9]+/.*"])), "GET /api/v12/x", any,             true,  "a regex for a path"),
        (Condition::Path(regexes(&["^/api/v[0-9]+/.*"])), "GET /API/v12/x", any,             false, "which knows case"),
        (Condition::Path(regexes(&["^/api", "^/v2"])), "GET /v2",  any,                      true,  "one of them is enough"),
        (method("CUSTOM-METHOD"),      "CUSTOM-METHOD /", any,                               true,  "methods of one's own"),
        (method("GET"),                "get /",           any,                               false, "methods know case"),
        (method("GET"),                "HEAD /",          any,                               false, "HEAD is not GET"),
        (header("user-agent", ["*Chrome*", "*Safari*"]), "GET /", "Host: h.x\r\nUSER-AGENT: x safari/1\r\n", true, "the guide's example, in any case"),
        (header("X-A", ["no", "yes"]), "GET /",           "Host: h.x\r\nX-A: maybe\r\nX-A: YES\r\n", true, "lines are tried in their order"),
        (header("X-A", ["a*c"]),       "GET /",           "Host: h.x\r\nX-A: a\r\nX-A: c\r\n", false, "each line by itself"),
        (header("X-A", ["?*"]),        "GET /",           any,                               false, "a field that is not there has no value"),
        (header("X-A", [r"a\*"]),      "GET /",           "Host: h.x\r\nX-A: a\\b\r\n",      true,  "a backslash is a character in a header"),
        (header("X-A", ["ab"]),        "GET /",           "Host: h.x\r\nX-A: a\tb\r\n",      true,  "a control character takes no part"),
        (header("X-A", ["ab"]),        "GET /",           "Host: h.x\r\nX-A: a\u{e9}b\r\n",  true,  "nor does what is no ASCII"),
        (header("X-A", ["a?b"]),       "GET /",           "Host: h.x\r\nX-A: a\u{e9}b\r\n",  false, "not even as one character"),
        (header("X-A", regexes(&["^v[0-9]$"])), "GET /",  "Host: h.x\r\nX-A: V2\r\n",        true,  "a regex for a value"),
        (version(),                    "GET /?a=b&VERSION=V1", any,                          true,  "keys and values know no case"),
        (version(),                    "GET /?version=v2", any,                              false, "another value"),
        (version(),                    "GET /?any=an-example-it-is", any,                    true,  "any key"),
        (version(),                    "GET /?example",   any,                               false, "a key alone has an empty value"),
        (version(),                    "GET /example",    any,                               false, "no query at all"),
        (query(&[(Some("a"), "1")]),   "GET /?b=a=1&a=1", any,                               true,  "a pair is cut at its first equals sign"),
        (query(&[(Some("b"), "a=1")]), "GET /?b=a=1",     any,                               true,  "the rest is the value"),
        (query(&[(Some("a"), "x?")]),  "GET /?a=x?",      any,                               true,  "a second question mark is a character"),
        (query(&[(Some("a"), r"\?\*")]), "GET /?a=?*",    any,                               true,  "wildcards as characters"),
        (query(&[(Some("a"), r"\*")]), "GET /?a=b",       any,                               false, "which stand for nothing else"),
        (query(&[(Some("a b"), "*")]), "GET /?a%20b=1",   any,                               false, "undecoded"),
        (query(&[(None, "*")]),        "GET /?",          any,                               false, "an empty query has no pair"),
        (query(&[(None, "*")]),        "GET /?&&",        any,                               false, "nor have two ampersands"),
        (source("10.9.0.0/16"),        "GET /",           "Host: h.x\r\nX-Forwarded-For: 10.9.1.1\r\n", false, "what a client says of itself does not count"),
        (source("10.0.0.1/32"),        "GET /",           any,                               true,  "the address TCP knows does"),
        (source("2001:db8::/32"),      "GET /",           any,                               false, "a net of the other family"),
    ];
    for (condition, line, fields, expected, because) in rows {
        let head = head(&format!("{line} HTTP/1.1\r\n{fields}\r\n"));
        let source = IpAddr::from([10, 0, 0, 1]);
        let table = table([vec![condition.clone()]]);
        let (rule, _) = table.decide(&head, source, &mut Silent);
        assert_eq!(rule.is_some(), expected, "{condition} on {line}: {because}");
        let (_, mismatch) = table.walk(&head, source).next().expect("there is a rule");
        assert_eq!(
            mismatch.is_none(),
            expected,
            "{condition} on {line}: {because}"
        );
    }
    let old = head("GET / HTTP/1.0\r\n\r\n");
    let table = table([vec![Condition::Host(["*.*", "*"].into())], vec![path("*")]]);
    let (rule, _) = table.decide(&old, [10, 0, 0, 1].into(), &mut Silent);
    assert_eq!(
        rule.map(|rule| rule.priority),
        Some(2),
        "who names no host has none"
    );
}

#[test]
fn the_lowest_number_whose_conditions_all_hold_takes_it_and_the_others_are_told_why_not() {
    let host = || Condition::Host(["*.example.com"].into());
    let path = |value: &str| Condition::Path([value].into());
    let mut listener = ListenerConfig::new(80, Action::forward("rest"));
    let rule = |priority, conditions: Vec<Condition>, group: &str| {
        Rule::new(priority, conditions, Action::forward(group))
    };
    // Their order in the configuration does not matter.
    listener.rules = vec![
        rule(20, vec![path("/*")], "all"),
        rule(
            5,
            vec![host(), path("/api/*"), header("X-Beta", ["on"])],
            "beta",
        ),
        rule(
            10,
            vec![path("/api/*"), Condition::Method(vec!["GET".to_owned()])],
            "api",
        ),
        rule(
            7,
            vec![Condition::Source(vec!["10.9.0.0/16".parse().unwrap()])],
            "inside",
        ),
    ];
    let table = RuleTable::new(&listener).unwrap();
    #[rustfmt::skip]
    let rows = [
        ("GET /api/x", "a.example.com", "X-Beta: ON\r\n", Some(5),  vec![]),
        ("GET /api/x", "a.example.com", "",               Some(10), vec!["5 http-header X-Beta: on, no such field", "7 source-ip 10.9.0.0/16, 10.0.0.1"]),
        ("GET /api/x", "example.com",   "X-Beta: ON\r\n", Some(10), vec!["5 host-header *.example.com, example.com", "7 source-ip 10.9.0.0/16, 10.0.0.1"]),
        ("PUT /api/x", "a.example.com", "X-Beta: 0\r\n",  Some(20), vec!["5 http-header X-Beta: on, 0", "7 source-ip 10.9.0.0/16, 10.0.0.1", "10 http-request-method GET, PUT"]),
        ("GET /",      "a.example.com", "",               Some(20), vec!["5 path-pattern /api/*, /", "7 source-ip 10.9.0.0/16, 10.0.0.1", "10 path-pattern /api/*, /"]),
        ("OPTIONS *",  "a.example.com", "",               None,     vec!["5 path-pattern /api/*, *", "7 source-ip 10.9.0.0/16, 10.0.0.1", "10 path-pattern /api/*, *", "20 path-pattern /*, *"]),
    ];
    for (line, host, fields, expected, passed_over) in rows {
        let head = head(&format!("{line} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"));
        let source = IpAddr::from([10, 0, 0, 1]);
        let (rule, action) = table.decide(&head, source, &mut Silent);
        assert_eq!(rule.map(|rule| rule.priority), expected, "{line}");
        assert_eq!(*action == listener.default, expected.is_none(), "{line}");
        let mut steps: Vec<Step> = Vec::new();
        let (explained, _) = table.decide(&head, source, &mut steps);
        assert_eq!(explained, rule, "{line}: listening changes nothing");
        assert_eq!(
            steps.len(),
            passed_over.len() + 1,
            "{line}: one step a rule tried"
        );
        let told = table.walk(&head, source).map_while(|(rule, mismatch)| {
            let Mismatch { field, wanted, got } = mismatch?;
            Some(format!("{} {field} {wanted}, {got}", rule.priority))
        });
        assert_eq!(told.collect::<Vec<_>>(), passed_over, "{line}");
    }
}

/// Texts of few letters, so that patterns match, nearly match, and share their ends.
fn any_text() -> impl Strategy<Value = String> {
    "[aAb./]{0,5}"
}

fn any_pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        any_text(),
        "[aAb./*?]{0,5}",
        "[ab/]{1,3}[*]",
        "[*][ab/]{1,3}"
    ]
}

fn any_patterns() -> impl Strategy<Value = Patterns> {
    prop_oneof![
        4 => proptest::collection::vec(any_pattern(), 0..3).prop_map(Patterns::Wildcards),
        1 => proptest::sample::select(vec!["^a", "b$", "[.]", "a*b"]).prop_map(|one| regexes(&[one])),
    ]
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let words = || proptest::sample::subsequence(vec!["GET".to_owned(), "PUT".to_owned()], 0..2);
    let key = proptest::option::of(any_pattern());
    prop_oneof![
        3 => any_patterns().prop_map(Condition::Host),
        3 => any_patterns().prop_map(Condition::Path),
        1 => words().prop_map(Condition::Method),
        1 => any_patterns().prop_map(|values| header("x", values)),
        1 => (key, any_pattern()).prop_map(|(key, value)| query(&[(key.as_deref(), &*value)])),
        1 => proptest::sample::select(vec!["10.0.0.0/8", "10.0.0.1/32", "10.0.0.2/32"])
            .prop_map(|net: &str| Condition::Source(vec![net.parse().unwrap()])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The index finds what a walk from rule to rule finds, always.
    #[test]
    fn the_index_is_an_optimisation_and_never_a_semantic(
        conditions in proptest::collection::vec(proptest::collection::vec(any_condition(), 0..4), 0..100),
        requests in proptest::collection::vec(
            (proptest::sample::select(vec!["GET", "PUT", "POST"]), any_text(), proptest::option::of("[ab]=[ab]{0,2}"),
             proptest::option::of("[aAb.]{1,5}"), proptest::option::of(any_text())),
            1..20,
        ),
    ) {
        let table = table(conditions);
        let source = IpAddr::from([10, 0, 0, 1]);
        for (method, path, query, host, field) in requests {
            let mut octets = format!("{method} /{path}");
            octets.extend(query.iter().flat_map(|query| ["?", query]));
            octets += " HTTP/1.0\r\n";
            octets.extend(host.map(|host| format!("Host: {host}\r\n")));
            octets.extend(field.map(|field| format!("X: {field}\r\n")));
            octets += "\r\n";
            let head = head(&octets);
            let mut walk = table.walk(&head, source);
            let walked = walk.find_map(|(rule, mismatch)| mismatch.is_none().then_some(rule));
            let (indexed, _) = table.decide(&head, source, &mut Silent);
            prop_assert_eq!(indexed, walked, "{:?}", head);
            let decide = |view: &RequestView<'_>| table.decide(view, source, &mut Silent).0;
            let viewed = RequestView::read(octets.as_bytes(), decide).unwrap();
            prop_assert_eq!(viewed, Some(walked), "where it lies");
        }
    }
}
