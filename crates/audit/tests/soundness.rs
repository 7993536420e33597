//! Law: what is said of rules is so. A rule that is reported as shadowed or unreachable never takes a request.

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab_audit::{Kind, audit};
use switchlab_core::Silent;
use switchlab_http::RequestHead;
use switchlab_l7::RuleTable;
use switchlab_scenario::lab_from_toml;

/// Patterns of few letters, so that they meet.
fn pattern() -> impl Strategy<Value = String> {
    "[/ab*?]{0,4}".prop_map(|rest| format!("/{rest}"))
}

/// A condition as the file has it. Not too many wildcards: ELB takes six.
fn condition() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        4 => pattern().prop_map(|it| ("path", format!("path = {it:?}"))),
        1 => Just(("path", "path = \"*\"".to_owned())),
        1 => Just(("path", "path = \"a*\"".to_owned())),
        2 => "[ab*]{1,2}".prop_map(|it| ("host", format!("host = \"{it}.b\""))),
        1 => "\\^?[ab.]{1,2}[+$]?".prop_map(|it| ("path", format!("path_regex = {it:?}"))),
        2 => "\\^?/[ab.]{1,3}(\\.\\*)?[ab]?\\$?".prop_map(|it| ("path", format!("path_regex = {it:?}"))),
        1 => "\\^?[abAB.]{1,2}\\$?".prop_map(|it| ("header", format!("header = {{ name = \"X\", regex = {it:?} }}"))),
        1 => "\\^(\\(\\?-i\\))?[abAB]".prop_map(|it| ("host", format!("host_regex = {it:?}"))),
        2 => prop::sample::subsequence(vec!["GET", "OPTIONS", "TRACE"], 1..3).prop_map(|it| ("method", format!("method = {it:?}"))),
        2 => "[ab*?]{1,3}".prop_map(|it| ("header", format!("header = {{ name = \"X\", values = {it:?} }}"))),
        1 => prop::sample::select(&[r"^/a\?b", r"^/[ab]\?*b", "^/[ab][?]?", "^b", "/[ab]+[?]a"][..]).prop_map(|it| ("path", format!("path_regex = '{it}'"))),
        1 => prop::sample::select(&["key = 'a=b', value = 'a'", "key = 'a', value = 'b=*'", "value = 'a&b'"][..]).prop_map(|it| ("query", format!("query = [{{ {it} }}]"))),
        2 => "[ab*]{1,2}=[ab*\\\\]{1,2}".prop_map(|it| ("query", format!("query = {it:?}"))),
        1 => (0..3_u8, 8..=24_u8).prop_map(|(octet, length)| ("source", format!("source = \"10.{octet}.0.0/{length}\""))),
        1 => prop::sample::subsequence(vec!["10.0.0.0/16", "10.1.0.0/16", "0.0.0.0/1", "128.0.0.0/1", "::/0"], 1..3).prop_map(|it| ("source", format!("source = {it:?}"))),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    vec(condition(), 1..4).prop_map(|all| {
        let mut keys: Vec<&str> = Vec::new();
        let mut conditions = Vec::new();
        let mut wildcards = 0;
        for (key, condition) in all {
            wildcards += condition.matches(['*', '?']).count();
            if !keys.contains(&key) && (wildcards <= 6 || conditions.is_empty()) {
                keys.push(key);
                conditions.push(condition);
            }
        }
        conditions.join(", ")
    })
}

fn request() -> impl Strategy<Value = (String, [u8; 4])> {
    let target = prop_oneof![
        8 => ("[/ab]{0,4}", prop::option::of("[ab]{1,2}=[ab=&]{0,3}")).prop_map(|(path, query)| {
            let query = query.map_or_else(String::new, |query| format!("?{query}"));
            format!("/{path}{query}")
        }),
        1 => Just("*".to_owned()),
    ];
    let method = prop::sample::select(&["GET", "OPTIONS", "POST"][..]);
    (
        method,
        target,
        "[ab]{1,2}",
        prop::option::of("[ab]{0,3}"),
        0..3_u8,
    )
        .prop_map(|(method, target, host, field, octet)| {
            let method = if target == "*" { "OPTIONS" } else { method };
            let field = field.map_or_else(String::new, |it| format!("x: {it}\r\n"));
            (
                format!("{method} {target} HTTP/1.1\r\nHost: {host}.b\r\n{field}\r\n"),
                [10, octet, 0, 1],
            )
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_rule_that_is_said_to_get_nothing_gets_nothing(
        rules in vec(rule(), 2..6),
        requests in vec(request(), 40),
    ) {
        let mut file = "until = \"1 s\"\n[node.alb]\nkind = \"l7-switch\"\naddress = \"10.0.0.1/8\"\n\
                        [[node.alb.listener]]\nport = 80\ndefault = { fixed_response = { status = 404 } }\nrule = [\n".to_owned();
        for (place, rule) in rules.iter().enumerate() {
            file += &format!("{{ priority = {}, {rule}, fixed_response = {{ status = 200 }} }},\n", place + 1);
        }
        file += "]\n";
        let lab = lab_from_toml(&file, "lab.toml", None);
        let lab = lab.map_err(|errors| TestCaseError::fail(errors.render(false)))?;
        let dead: Vec<u32> = audit(&lab)
            .findings
            .iter()
            .filter(|it| matches!(it.kind, Kind::ShadowedRule | Kind::UnreachableRule))
            .filter_map(|it| it.rule)
            .collect();
        let table = RuleTable::new(&lab.balancers[0].config.listeners[0]).expect("it was read");
        for (octets, source) in requests {
            let Ok(Some((head, _))) = RequestHead::parse(octets.as_bytes()) else {
                continue;
            };
            let taken = table.decide(&head, source.into(), &mut Silent).0.map(|rule| rule.priority);
            prop_assert!(taken.is_none_or(|it| !dead.contains(&it)), "{taken:?} takes {octets:?} in {file}");
        }
    }
}
