//! Every kind of finding, and that a good lab has none.

use switchlab_audit::{Finding, Kind, audit};
use switchlab_scenario::lab_from_toml;

/// A lab with these rules of the listener, and these lines for the node and its group.
fn lab(rules: &str, node: &str, group: &str) -> String {
    format!(
        "until = \"1 s\"\n\n[node.web]\nkind = \"host\"\naddress = \"10.0.1.11/24\"\n\
         app = [{{ http_server = {{ health_path = \"/health\", status = 404 }} }}]\n\n\
         [node.alb]\nkind = \"l7-switch\"\naddress = \"10.0.1.10/24\"\n{node}\n\n\
         [[node.alb.listener]]\nport = 80\ndefault = {{ forward = \"web\" }}\nrule = [\n{rules}\n]\n\n\
         [node.alb.target_group.web]\n{group}\n"
    )
}

const GOOD: &str = "targets = [\"10.0.1.11:80\"]\nhealth_check = { path = \"/health\" }";

fn found(lab: &str) -> Vec<Finding> {
    let lab = lab_from_toml(lab, "lab.toml", None);
    audit(&lab.unwrap_or_else(|errors| panic!("{}", errors.render(false)))).findings
}

/// `KIND RULE by RULE`, as far as there are any.
fn told(findings: &[Finding]) -> Vec<String> {
    let tell = |it: &Finding| {
        let rule = it.rule.map_or_else(String::new, |rule| format!(" {rule}"));
        let by = it.by.map_or_else(String::new, |by| format!(" by {by}"));
        format!("{}{rule}{by}", it.kind)
    };
    findings.iter().map(tell).collect()
}

#[test]
fn of_rules() {
    let fixed = "fixed_response = { status = 200 }";
    #[rustfmt::skip]
    let rows: [(&[&str], &[&str], &str); 47] = [
        (&[],                                                       &[],                                "no rule"),
        (&["path = \"/a\"", "path = \"/b\""],                       &[],                                "two paths"),
        (&["path = \"/a\"", "path = \"/a\""],                       &["shadowed-rule 20 by 10"],        "the same path"),
        (&["path = [\"/a\", \"/a/*\"]", "path = \"/a/b/*\""],       &["shadowed-rule 20 by 10"], "a longer path"),
        (&["path = [\"/a\", \"/a/*\"]", "path = \"/b\", method = \"GET\""], &[],                        "another path"),
        (&["path = \"/a\", method = \"GET\"", "path = \"/a\""],     &[],                                "other methods are left"),
        (&["method = [\"GET\", \"HEAD\"]", "path = \"/a\", method = \"GET\""], &["shadowed-rule 20 by 10"], "some of the methods"),
        (&["host = \"*.example\"", "host = \"SHOP.example\", path = \"/a\""], &["shadowed-rule 20 by 10"], "hosts know no case"),
        (&["source = \"10.0.0.0/8\"", "source = \"10.1.0.0/16\""],  &["shadowed-rule 20 by 10"],        "a net in a net"),
        (&["source = \"10.1.0.0/16\"", "source = \"10.0.0.0/8\""],  &[],                                "a net around a net"),
        (&["query = \"a=*\"", "query = \"A=1\""],                   &["shadowed-rule 20 by 10"],        "a pair among pairs"),
        (&["header = { name = \"X-A\", values = \"b*\" }", "header = { name = \"x-a\", values = \"BC\" }"], &["shadowed-rule 20 by 10"], "a field without case"),
        (&["path_regex = \"^/a\"", "path_regex = \"^/a\", method = \"GET\""], &["shadowed-rule 20 by 10"], "the same expression"),
        (&["path_regex = \"^/a\"", "path_regex = \"^/ab\""],        &["shadowed-rule 20 by 10"],        "a longer beginning, as an expression"),
        (&["path_regex = \"^/r/\"", "path_regex = \"^/r/s$\""],     &["shadowed-rule 20 by 10"],        "a text behind its beginning"),
        (&["path_regex = \"^/r/s$\"", "path_regex = \"^/r/\""],     &[],                                "a beginning behind a text of it"),
        (&["path_regex = \"^/r/[0-9]+\"", "path_regex = \"^/r/12$\""], &["shadowed-rule 20 by 10"],     "a text that the expression matches, as an expression"),
        (&["path_regex = \"^/r/[0-9]+\"", "path_regex = \"^/r/1\""], &[],                               "two expressions that only a proof would compare"),
        (&["path = \"/r/*\"", "path_regex = \"^/r/.+[.]jpg$\""],  &["prefix-without-exact 10"],       "an expression that is not looked into"),
        (&["path = [\"/r\", \"/r/*\"]", "path_regex = \"^/r/.*x\""], &["shadowed-rule 20 by 10"],     "an expression behind a pattern"),
        (&["path_regex = \"^/\"", "host = \"a.example\""],        &["catch-all-before-specific 10"],  "everything, as an expression"),
        (&["path = \"/a/*\"", "path_regex = \"^/.*\""],           &["prefix-without-exact 10"],       "what takes everything does not name it"),
        (&["path = \"*\"", "host = \"a.example\""],                 &["catch-all-before-specific 10", "shadowed-rule 20 by 10"], "everything"),
        (&["path = \"/*\"", "host = \"a.example\""],                &["catch-all-before-specific 10"],  "all but `OPTIONS *`"),
        (&["path = \"/a\"", "path = \"/*\""],                       &[],                                "everything, but last"),
        (&["path = \"api/*\""],                                     &["unreachable-rule 10", "prefix-without-exact 10"], "no path begins so"),
        (&["path = \"/a/*\"", "path = \"/a\""],                     &[],                                "both, in two rules"),
        (&["path = \"/a/*\"", "path_regex = \"^/a$\""],             &[],                                "both, one of them as an expression"),
        (&["path = \"/a/*\"", "path_regex = \"^/b\""],              &["prefix-without-exact 10"],       "an expression for something else"),
        (&["method = \"GET\", path = \"/a\"", "method = \"HEAD\", path = \"/a\"", "method = [\"GET\", \"HEAD\"], path = \"/a\""], &["shadowed-rule 30 by 10"], "a method each"),
        (&["method = \"GET\"", "method = \"POST\"", "method = [\"GET\", \"HEAD\"]"], &[],             "HEAD is left"),
        (&["source = \"0.0.0.0/1\"", "source = \"128.0.0.0/1\"", "source = \"0.0.0.0/0\""], &["shadowed-rule 30 by 10"], "two halves of IPv4"),
        (&["source = [\"0.0.0.0/1\", \"::/0\"]", "source = \"128.0.0.0/1\"", "path = \"/a\""], &["shadowed-rule 30 by 10"], "everybody, in two rules"),
        (&["source = [\"10.0.0.0/9\", \"10.128.0.0/9\"]", "source = \"10.0.0.0/8\""], &["shadowed-rule 20 by 10"], "two halves in one rule"),
        (&["source = \"10.0.0.0/9\"", "source = \"10.0.0.0/8\""], &[],                                "half of it"),
        (&["path = \"/a\"", "path = \"/b\"", "path = [\"/a\", \"/b\"]"], &["shadowed-rule 30 by 10"],   "a path each"),
        (&["path = \"/a\", method = \"GET\"", "path = \"/b\"", "path = [\"/a\", \"/b\"], method = \"GET\""], &["shadowed-rule 30 by 10"], "every case has its rule"),
        (&["path = \"/a\", method = \"GET\"", "path = \"/b\"", "path = [\"/a\", \"/b\"]"], &[],         "`POST /a` is left"),
        (&["host = \"*a.example\"", "host = \"*b.example\"", "host = [\"ab.example\", \"xA.example\"]"], &["shadowed-rule 30 by 10"], "a host each"),
        (&["header = { name = \"X\", values = \"a*\" }", "header = { name = \"Y\", values = \"b*\" }", "header = { name = \"X\", values = [\"ab\", \"b\"] }"], &[], "another field is no half of it"),
        (&["path_regex = \"^/item/[0-9]+$\"", "path = \"/item/12\""], &["shadowed-rule 20 by 10"],        "a text that the expression matches"),
        (&["path_regex = \"^/item/[0-9]+$\"", "path = [\"/item/12\", \"/item/x\"]"], &[],                "and one that it does not"),
        (&["host_regex = \"^ADMIN[.]\"", "host = \"admin.example\""], &["shadowed-rule 20 by 10"],        "an expression for hosts knows no case"),
        (&["host_regex = \"^(?-i)admin[.]\"", "host = \"admin.example\""], &[],                         "unless it says so"),
        (&["query = [{ value = \"\\\\a\" }]", "query = [{ value = \"a\" }]"], &[],                        "a backslash is itself before a letter"),
        (&["query = [{ value = \"\\\\*\" }]", "query = [{ value = \"a\" }]"], &[],                        "a star with a backslash is a star"),
        (&["query = \"k=a*\"", "query = [\"k=b\", \"k=c*\"]", "query = [{ key = \"k\", value = \"ab\" }, { key = \"k\", value = \"cd\" }]"], &["shadowed-rule 30 by 10"], "a value each"),
    ];
    for (rules, expected, because) in rows {
        let rule = |(place, rule): (usize, &&str)| {
            format!(
                "    {{ priority = {}, {rule}, {fixed} }},\n",
                10 * (place + 1)
            )
        };
        let rules: String = rules.iter().enumerate().map(rule).collect();
        let findings = found(&lab(&rules, "", GOOD));
        let mut seen = told(&findings);
        seen.sort();
        let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
        expected.sort();
        assert_eq!(seen, expected, "{because}: {findings:#?}");
    }
}

/// Rules with priorities from the first on.
fn numbered(rules: &[&str], first: usize, step: usize) -> String {
    let rule = |(place, rule): (usize, &&str)| {
        format!("    {{ priority = {}, {rule} }},\n", first + step * place)
    };
    rules.iter().enumerate().map(rule).collect()
}

#[test]
fn conditions_that_nothing_fulfils_are_told() {
    let fixed = "fixed_response = { status = 200 }";
    #[rustfmt::skip]
    let rows = [
        ("path = \"img\"",                                   true,  "a path begins with a slash"),
        ("path = [\"img\", \"/img\"]",                     false, "one of them does"),
        ("path = \"*\"",                                     false, "the path of OPTIONS, too"),
        ("path_regex = \"^img\"",                            true,  "an expression that begins without one"),
        ("path_regex = \"img\"",                             false, "somewhere"),
        ("path_regex = [\"^img\", \"^/img\"]",             false, "one of two expressions does"),
        ("path_regex = \"^$\"",                              true,  "no path is empty"),
        ("path_regex = '^/a\\?x=1'",                         true,  "the query is no part of a path"),
        ("path_regex = '^/[A-Z]+\\?x='",                     true,  "nor is it behind a class"),
        ("path_regex = '^/[a-z]+[?]x='",                       true,  "the mark as a class"),
        ("path_regex = '^/[A-Z]+\\??x='",                    false, "a mark that may be missing"),
        ("path_regex = '^/[A-Z]+\\?{0,1}x='",                false, "a mark that may be missing, counted"),
        ("path_regex = '^/([A-Z]+\\?)?x'",                   false, "a group that may be missing"),
        ("path_regex = '^/[A-Z]+$|\\?'",                     false, "one branch of two"),
        ("path_regex = '^/[?a]x'",                             false, "a class with something else"),
        ("path_regex = '^/[]\\?]x'",                         false, "a class that begins with its end"),
        ("path_regex = '^/x?[a-z]'",                           false, "a sign, not a mark"),
        ("query = [{ key = \"a=b\", value = \"x\" }]",     true,  "the first `=` ends the key"),
        ("query = [{ key = \"a\", value = \"b=x\" }]",     false, "the value may have others"),
        ("query = [{ key = \"a\", value = \"b&c\" }]",     true,  "`&` ends the pair"),
        ("query = [{ key = \"a&b\", value = \"*\" }]",     true,  "`&` ends a pair before the key, too"),
        ("query = [{ value = \"a&b\" }, { value = \"a\" }]", false, "one of two pairs"),
        ("query = [{ key = \"a b\", value = \"x\" }]",     false, "left open"),
        ("method = \"CONNECT\"",                             true,  "answered before"),
        ("method = [\"CONNECT\", \"GET\"]",                false, "one of two methods"),
    ];
    for (condition, is_told, because) in rows {
        let rules = numbered(&[&format!("{condition}, {fixed}")], 10, 10);
        let seen = told(&found(&lab(&rules, "", GOOD)));
        let is_seen = seen.contains(&"unreachable-rule 10".to_owned());
        assert_eq!(is_seen, is_told, "{condition}, {because}: {seen:?}");
    }
}

#[test]
fn redirects_that_come_to_themselves_are_told() {
    #[rustfmt::skip]
    let rows: [(&[&str], &[u32], &str); 16] = [
        (&["path = \"/self/*\", redirect = { path = \"/self/#{path}\" }"],            &[10], "the path grows"),
        (&["path = \"/self/*\", redirect = { path = \"/self/home\" }"],               &[10], "the same path again and again"),
        (&["path = \"/self/*\", redirect = { path = \"/new/#{path}\" }"],             &[],   "another path"),
        (&["path = [\"/a\", \"/self/*\"], redirect = { path = \"/self/b\" }"],      &[10], "in the end"),
        (&["path = \"/self/*\", redirect = { path = \"/self/#{path}\", port = \"81\" }"], &[], "another port"),
        (&["path = \"/self/*\", redirect = { path = \"/self/#{path}\", port = \"80\" }"], &[10], "its own port"),
        (&["path = \"/self/*\", redirect = { protocol = \"HTTPS\", port = \"443\" }"],   &[], "what redirects are there for"),
        (&["path = \"/self/*\", redirect = { host = \"other.example\" }"],            &[],   "whose host that is nobody says"),
        (&["host = \"*.a.example\", redirect = { host = \"www.a.example\" }"],        &[10], "a host that the rule itself takes"),
        (&["host = \"a.example\", redirect = { host = \"www.a.example\" }"],          &[],   "a host that it does not take"),
        (&["path = \"/self/home\", fixed_response = { status = 200 }", "path = \"/self/*\", redirect = { path = \"/self/home\" }"], &[], "an earlier rule is there for it"),
        (&["path = \"/a\", redirect = { path = \"/b\" }", "path = \"/b\", redirect = { path = \"/a\" }"], &[10, 20], "two rules, to and fro"),
        (&["path = \"/a\", redirect = { path = \"/b\" }", "path = \"/b\", redirect = { path = \"/b\" }"], &[20], "a rule before a loop is none of it"),
        (&["query = \"v=1\", redirect = { path = \"/v\", query = \"#{query}\" }"],  &[10], "the query stays"),
        (&["query = \"v=1\", redirect = { path = \"/v\", query = \"\" }"],          &[],   "the query goes"),
        (&["method = \"POST\", redirect = { path = \"/v\" }"],                        &[],   "browsers go on with GET"),
    ];
    for (rules, looping, because) in rows {
        let findings = found(&lab(&numbered(rules, 10, 10), "", GOOD));
        let loops = findings.iter().filter(|it| it.kind == Kind::RedirectLoop);
        let seen: Vec<_> = loops.filter_map(|it| it.rule).collect();
        assert_eq!(seen, looping, "{because}: {findings:#?}");
    }
}

#[test]
fn what_comes_too_late_is_told_how_to_come_first() {
    let rules = [
        "path = \"/a*\", forward = \"web\"",
        "path = \"/ab\", forward = \"web\"",
    ];
    #[rustfmt::skip]
    let rows = [
        (1, 1, "no priority lower than 1 is free: renumber the rules so that rule 2 comes before rule 1, or take it out", "there is no 0"),
        (2, 1, "give rule 3 a priority lower than 2, or take it out", "1 is free"),
    ];
    for (first, step, remedy, because) in rows {
        let findings = found(&lab(&numbered(&rules, first, step), "", GOOD));
        let shadowed = findings.iter().find(|it| it.kind == Kind::ShadowedRule);
        assert_eq!(shadowed.map(|it| &*it.remedy), Some(remedy), "{because}");
    }
}

/// What becomes of the path that was forgotten is told: who takes it, or that nobody may.
#[test]
fn a_forgotten_path_is_followed() {
    #[rustfmt::skip]
    let rows = [
        ("method = \"GET\"",                    "it goes to rule 20 at the latest",  "a GET is taken later"),
        ("path = \"*\"",                        "it goes to rule 20 at the latest",  "as is everything"),
        ("method = \"POST\"",                   "it may come to the default action", "other methods are not"),
    ];
    for (later, expected, because) in rows {
        let rules = format!(
            "{{ priority = 10, path = \"/x/*\", method = \"GET\", forward = \"web\" }},\n\
             {{ priority = 20, {later}, forward = \"web\" }},\n"
        );
        let findings = found(&lab(&rules, "", GOOD));
        assert_eq!(
            findings[0].because,
            format!("/x/* does not match /x itself, which no path names: {expected}"),
            "{because}"
        );
    }
}

/// A path of gRPC is /package.Service/Method, and never less.
#[test]
fn prefixes_of_grpc_need_nothing_exact() {
    let rules = "{ priority = 10, path = \"/g.S/*\", forward = \"web\" },\n";
    assert_eq!(
        told(&found(&lab(rules, "", GOOD))),
        ["prefix-without-exact 10"]
    );
    let grpc = lab(rules, "", &format!("protocol_version = \"GRPC\"\n{GOOD}"));
    let grpc = grpc.replace(
        "port = 80\n",
        "port = 443\nprotocol = \"HTTPS\"\ncertificates = [\"a\"]\n",
    );
    let findings = told(&found(&grpc));
    assert!(
        !findings.iter().any(|it| it.starts_with("prefix-")),
        "{findings:?}"
    );
}

#[test]
fn weights_that_are_all_0_are_told() {
    let nobody = "forward = [{ group = \"web\", weight = 0 }]";
    let some = "forward = [{ group = \"web\", weight = 1 }]";
    let rules = format!(
        "{{ priority = 10, path = \"/a\", {nobody} }},\n{{ priority = 20, path = \"/b\", {some} }},\n"
    );
    assert_eq!(told(&found(&lab(&rules, "", GOOD))), ["no-weight 10"]);
    let default = lab("", "", GOOD).replace("{ forward = \"web\" }", &format!("{{ {nobody} }}"));
    let findings = found(&default);
    assert_eq!(told(&findings), ["no-weight"]);
    assert_eq!(
        (
            findings[0].listener.as_deref(),
            findings[0].place.as_deref(),
            &*findings[0].because
        ),
        (
            Some("alb:80"),
            Some("lab.toml:13"),
            "every target group of the default action has weight 0: what it takes is answered 503"
        )
    );
}

#[test]
fn of_groups_and_balancers() {
    let zones = "zones = [{ name = \"a\" }, { name = \"b\" }]";
    #[rustfmt::skip]
    let rows = [
        ("",                          GOOD,                                                        "",                         "nothing wrong"),
        ("",                          "targets = []",                                              "empty-group",              "nobody there"),
        ("",                          "targets = [\"10.0.1.11:80\"]",                              "health-check-never-passes", "/ is answered 404"),
        ("",                          "targets = [\"10.0.1.11:81\"]",                              "health-check-never-passes", "nobody listens at 81"),
        ("",                          "targets = [\"10.0.1.11:80\"]\nhealth_check = { matcher = \"404\" }", "",                "404 is what it waits for"),
        ("",                          "targets = [\"10.0.9.11:80\"]",                              "target-in-no-subnet",      "another subnet"),
        ("zones = [{ name = \"a\", subnet = \"10.0.2.0/24\" }, { name = \"b\" }]", GOOD,           "target-in-no-subnet",      "not in the zone's"),
        ("zones = [{ name = \"a\" }]", GOOD,                                                       "single-zone",              "a balancer in one zone"),
        (zones,                       "targets = [{ address = \"10.0.1.11:80\", zone = \"a\" }]\nhealth_check = { path = \"/health\" }", "single-zone", "targets in one zone"),
        (zones,                       "cross_zone = false\ntargets = [{ address = \"10.0.1.11:80\", zone = \"a\" }]\nhealth_check = { path = \"/health\" }", "empty-group single-zone", "b has none and asks nobody else"),
        ("client_keep_alive = \"60 s\"", GOOD,                                                     "timeouts-out-of-order",    "older than idle"),
        ("",                          "targets = [\"10.0.1.11:80\"]\nhealth_check = { path = \"/health\" }\nderegistration_delay = \"5 s\"", "timeouts-out-of-order", "slow answers are cut off"),
        ("",                          "targets = [\"10.0.1.11:80\"]\nhealth_check = { path = \"/health\" }\n\n[node.alb.target_group.spare]\ntargets = []", "unused-group", "nobody names it"),
    ];
    for (node, group, expected, because) in rows {
        let findings = found(&lab("", node, group));
        let seen = told(&findings).join(" ");
        assert_eq!(seen, expected, "{because}: {findings:#?}");
    }
}

/// Who is down for the moment is no wrong setting; what could not pass if he were up is one.
#[test]
fn a_given_state_excuses_nothing_but_silence() {
    #[rustfmt::skip]
    let rows = [
        ("81", "unhealthy", "",                                       "",                          "down, and so it is said"),
        ("81", "unhealthy", "health_check = { port = 82 }",           "",                          "down everywhere"),
        ("81", "unhealthy", "health_check = { port = 80 }",           "health-check-never-passes", "who is asked is up, and says 404"),
        ("81", "draining",  "",                                       "health-check-never-passes", "leaving is not being down"),
        ("81", "healthy",   "",                                       "health-check-never-passes", "healthy it cannot be"),
        ("80", "unhealthy", "",                                       "health-check-never-passes", "it answers, but / with 404"),
        ("80", "unhealthy", "health_check = { path = \"/health\" }", "",                          "it would pass"),
        ("80", "unhealthy", "health_check = { port = 81 }",           "health-check-never-passes", "asked at a port where nobody is"),
    ];
    for (port, state, check, expected, because) in rows {
        let target = format!("{{ address = \"10.0.1.11:{port}\", state = \"{state}\" }}");
        let findings = found(&lab("", "", &format!("targets = [{target}]\n{check}")));
        let seen = told(&findings).join(" ");
        assert_eq!(seen, expected, "{because}: {findings:#?}");
    }
}

/// An answer at the end of the timeout is late, and no frame arrives before it is sent.
#[test]
fn an_answer_after_the_whole_timeout_never_passes() {
    let group = "targets = [\"10.0.1.11:80\"]\nhealth_check = { matcher = \"404\" }";
    for (delay, expected) in [("4999 ms", ""), ("5 s", "health-check-never-passes")] {
        let server = "http_server = {";
        let slow = format!("{server} delay = \"{delay}\",");
        let findings = found(&lab("", "", group).replace(server, &slow));
        let kinds: Vec<_> = findings.iter().map(|it| it.kind.name()).collect();
        assert_eq!(kinds.concat(), expected, "{delay}: {findings:#?}");
    }
}

#[test]
fn what_nodes_have_in_common_is_said_once() {
    let lab = r#"
until = "1 s"
[load_balancer.shop]
listener = [{ port = 80, default = { fixed_response = { status = 404 } } }]
target_group.spare = {}
[node.b]
kind = "l7-switch"
load_balancer = "shop"
zone = "b"
address = "10.0.1.2/24"
[node.a]
kind = "l7-switch"
load_balancer = "shop"
zone = "a"
address = "10.0.1.1/24"
"#;
    let findings = found(lab);
    assert_eq!(told(&findings), ["unused-group"], "zones are two");
    assert_eq!(
        (&*findings[0].node, findings[0].place.as_deref()),
        ("a", Some("lab.toml:5"))
    );
    let alone = lab.replace(
        "[node.b]",
        "[node.b]\nkind = \"hub\"\nports = 2\n[node.other]\n",
    );
    let alone = alone.replace("load_balancer = \"shop\"\nzone = \"b\"", "listener = []");
    assert_eq!(
        told(&found(&alone)),
        ["unused-group", "single-zone"],
        "a alone"
    );
}

#[test]
fn limits_are_told_when_four_fifths_are_used() {
    let rules = |count: usize| -> String {
        let rule =
            |place| format!("{{ priority = {place}, path = \"/{place}\", forward = \"web\" }},\n");
        (1..=count).map(rule).collect()
    };
    let spare = format!("{GOOD}\n\n[node.alb.target_group.spare]\ntargets = []");
    let (ask, divide) = (
        "or have the quota raised",
        "ELB raises this quota for nobody",
    );
    #[rustfmt::skip]
    let rows = [
        (79, "",                               GOOD,   "",             "",                             "",     "fewer rules"),
        (80, "",                               GOOD,   "limit",        "alb has 80 of 100 rules",      ask,    "ELB raises rules"),
        (0,  "quotas = { targets = 1 }",       GOOD,   "limit",        "alb has 1 of 1 targets",       ask,    "and targets"),
        (0,  "quotas = { target_groups = 1 }", GOOD,   "limit",        "alb has 1 of 1 target groups", divide, "but not target groups"),
        (0,  "quotas = { target_groups = 2 }", &spare, "unused-group", "",                             "",     "of which only those in use count"),
    ];
    for (count, node, group, kinds, said, remedy, because) in rows {
        let findings = found(&lab(&rules(count), node, group));
        assert_eq!(told(&findings).join(" "), kinds, "{because}");
        for it in findings.iter().filter(|it| it.kind == Kind::Limit) {
            assert_eq!(it.because, said, "{because}");
            assert!(it.remedy.ends_with(remedy), "{because}: {}", it.remedy);
        }
    }
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    for kind in Kind::ALL {
        assert_eq!(kind.name().parse(), Ok(*kind));
    }
    let unknown = "shadowed".parse::<Kind>().unwrap_err().to_string();
    assert!(
        unknown.starts_with("there is shadowed-rule, unreachable-rule, "),
        "{unknown}"
    );
}
