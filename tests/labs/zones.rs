//! Load balancers of several nodes: when each is in DNS, what is answered then, and who goes where.

use std::time::Duration;

use switchlab::core::Instant;
use switchlab::scenario::Report;

use crate::{node_of, run};

/// Two nodes, `a` and `b`, in zones of these names; four targets in each zone, all on hosts of their own.
/// Clients ask each node by itself, `ask-a` and `ask-b`, or both in turn. `group` are keys of the group,
/// `rest` stands behind everything.
fn lab(group: &str, rest: &str) -> String {
    let mut text = format!(
        r#"until = "100 s"
[load_balancer.shop]
listener = [{{ port = 80, default = {{ forward = "web" }} }}]
[load_balancer.shop.target_group.web]
health_check = {{ path = "/health", interval = "5 s", timeout = "2 s", healthy = 2, unhealthy = 2 }}
{group}
targets = [
"#
    );
    let targets = || {
        ["a", "b"]
            .into_iter()
            .zip(1..)
            .flat_map(|(zone, net)| (1..=4).map(move |it| (zone, net, it)))
    };
    for (zone, net, host) in targets() {
        text += &format!("    {{ address = \"10.0.{net}.{host}:80\", zone = \"{zone}\" }},\n");
    }
    text += "]\n";
    let mut ends = Vec::new();
    for (zone, net) in [("a", 1), ("b", 2)] {
        text += &format!(
            r#"[node.{zone}]
kind = "l7-switch"
load_balancer = "shop"
zone = "{zone}"
address = "10.0.{net}.10/16"
"#
        );
        ends.push(zone.to_owned());
    }
    let clients = [
        ("ask-a", "\"10.0.1.10\"", 20),
        ("ask-b", "\"10.0.2.10\"", 21),
        ("both", "[\"10.0.1.10\", \"10.0.2.10\"]", 22),
    ];
    for (name, addresses, host) in clients {
        text += &format!(
            r#"[node.{name}]
kind = "host"
address = "10.0.0.{host}/16"
app = [{{ http_client = {{ url = "http://shop.example/", addresses = {addresses}, every = "500 ms", count = 190, start = "1 s", cookies = true }} }}]
"#
        );
        ends.push(name.to_owned());
    }
    for (zone, net, host) in targets() {
        text += &format!(
            r#"[node.{zone}{host}]
kind = "host"
address = "10.0.{net}.{host}/16"
app = [{{ http_server = {{ health_path = "/health" }} }}]
"#
        );
        ends.push(format!("{zone}{host}"));
    }
    text += &format!("[node.sw]\nkind = \"l2-switch\"\nports = {}\n", ends.len());
    for (port, end) in ends.iter().enumerate() {
        text += &format!("[[link]]\nbetween = [\"{end}\", \"sw:{port}\"]\n");
    }
    text + rest
}

/// What administrators do at an instant.
fn at(time: &str, deed: &str) -> String {
    format!("[[at]]\ntime = \"{time}\"\n{deed}\n")
}

/// When the answers changed behind the first second, in milliseconds, to which nodes.
fn answers(report: &Report) -> Vec<(u128, String)> {
    let name = |address: &std::net::IpAddr| {
        let node = report
            .directory
            .owner(*address)
            .expect("an address of the lab");
        report.directory.node(node).to_string()
    };
    let later = report
        .record
        .answers
        .iter()
        .filter(|it| it.at > Instant::from_secs(1));
    later
        .map(|change| {
            let told: Vec<_> = change.addresses.iter().map(name).collect();
            let all = if change.is_fail_open {
                " as none is in"
            } else {
                ""
            };
            let millis = change.at.since(Instant::ZERO).as_millis();
            (millis, format!("{}{all}", told.join(" ")))
        })
        .collect()
}

/// Who answered a client's requests between two seconds, each name once, in order; `x` where nobody did well.
fn answerers(report: &Report, client: &str, from: u64, until: u64) -> Vec<String> {
    let (from, until) = (Instant::from_secs(from), Instant::from_secs(until));
    let mut names: Vec<_> = report
        .record
        .requests
        .iter()
        .filter(|it| (from..until).contains(&it.sent) && &*report.record.client(it).node == client)
        .map(|it| {
            if it.has_failed() {
                "x"
            } else {
                node_of(report, it)
            }
            .to_owned()
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// A target dies at `d`; the next probe of either node begins at `d + p`, and the second at `d + p + 5 s`.
#[test]
fn the_answers_change_by_the_formulas_of_health() {
    let unplug = "unplug = [\"sw:9\", \"sw:10\", \"sw:11\", \"sw:12\"]";
    let plug = unplug.replace("unplug", "plug");
    let (stop, start) = (
        "stop = [\"b1\", \"b2\", \"b3\", \"b4\"]",
        "start = [\"b1\", \"b2\", \"b3\", \"b4\"]",
    );
    #[rustfmt::skip]
    let rows = [
        // dies     and how  left    is back  and how  entered  because
        ("11.5 s",  stop,    20_000, "31.5 s", start,  40_000,  "refused: d + p + (n-1) I, with p = 3.5 s; back after the second success"),
        ("14.9 s",  stop,    20_000, "34.9 s", start,  40_000,  "the least there is: p = 0.1 s"),
        ("15.1 s",  stop,    25_000, "35.1 s", start,  45_000,  "nearly the most: p = 4.9 s"),
        ("11.5 s",  unplug,  22_000, "31.5 s", &plug,  40_000,  "silent: the timeout of 2 s comes on top"),
    ];
    for (dies, how, left, back, and_how, entered, because) in rows {
        let rest = [at(dies, how), at(back, and_how)].concat();
        let report = run(&lab("cross_zone = false", &rest));
        let expected = [(left, "a".to_owned()), (entered, "a b".to_owned())];
        assert_eq!(answers(&report), expected, "{dies}: {because}");
    }
}

/// Whoever keeps an old answer goes on failing where a zone has failed, and gets on again where it has come back.
#[test]
fn who_keeps_an_old_answer_stays_in_the_zone_that_failed() {
    let rest = [
        at("11.5 s", "stop = [\"b1\", \"b2\", \"b3\", \"b4\"]"),
        at("31.5 s", "start = [\"b1\", \"b2\", \"b3\", \"b4\"]"),
    ];
    let report = run(&lab("cross_zone = false", &rest.concat()));
    let (in_a, in_b) = (["a1", "a2", "a3", "a4"], ["b1", "b2", "b3", "b4"]);
    #[rustfmt::skip]
    let acts = [
        // client   from until  answered by  because
        ("ask-a",   1,   96,    &in_a[..],   "zone a does not notice anything"),
        ("ask-b",   1,   11,    &in_b,       "all is well"),
        ("ask-b",   12,  31,    &["x"],      "though DNS tells of a alone from 20 s on"),
        ("ask-b",   32,  96,    &in_b,       "at once, though b enters DNS at 40 s only: the node fails open"),
        ("both",    12,  31,    &["a1", "a2", "a3", "a4", "x"], "every second request fails: who answers 502 has answered"),
    ];
    for (client, from, until, expected, because) in acts {
        let seen = answerers(&report, client, from, until);
        assert_eq!(
            seen, expected,
            "{client} from {from} s until {until} s: {because}"
        );
    }
    let rest = "stop = [\"b1\", \"b2\", \"b3\", \"b4\"]";
    let report = run(&lab("", &at("11.5 s", rest)));
    assert_eq!(
        answers(&report),
        [],
        "across zones four of eight are enough"
    );
    for client in ["ask-a", "ask-b", "both"] {
        assert_eq!(
            answerers(&report, client, 21, 96),
            in_a,
            "{client} does not depend on b's zone"
        );
    }
}

/// Of the four targets in zone b some stop at 11.5 s: b leaves DNS, fails open, both or neither at 20 s.
#[test]
fn thresholds_of_dns_and_of_routing() {
    let zone = "cross_zone = false\n";
    #[rustfmt::skip]
    let rows = [
        // stopped, keys of the group                                                 leaves  fails open  because
        (3, zone.to_owned(),                                                          false,  false, "one of four is enough by default"),
        (4, zone.to_owned(),                                                          true,   true,  "none is not"),
        (4, format!("{zone}dns_minimum_healthy = \"off\""),                           false,  true,  "DNS failover is off"),
        (2, format!("{zone}dns_minimum_healthy = 3"),                                 true,   false, "two are less than three: DNS first"),
        (2, format!("{zone}minimum_healthy = 3"),                                     true,   true,  "DNS takes the threshold of routing"),
        (1, format!("{zone}minimum_healthy = 3"),                                     false,  false, "three are not less than three"),
        (2, format!("{zone}dns_minimum_healthy_percentage = 50"),                     false,  false, "half is not less than 50 %"),
        (2, format!("{zone}dns_minimum_healthy_percentage = 51"),                     true,   false, "but less than 51 %"),
        (3, format!("{zone}minimum_healthy_percentage = 50\ndns_minimum_healthy_percentage = 75"), true, true, "a quarter breaches both shares"),
        (2, format!("{zone}minimum_healthy_percentage = 50\ndns_minimum_healthy_percentage = 75"), true, false, "half breaches that of DNS alone"),
        (3, format!("{zone}minimum_healthy = 1\nminimum_healthy_percentage = 50\ndns_minimum_healthy = \"off\"\ndns_minimum_healthy_percentage = \"off\""), false, true, "either of two breaches; of DNS neither is there"),
        (4, "".to_owned(),                                                            false,  false, "across zones four of eight are left"),
        (4, "minimum_healthy_percentage = 60\ndns_minimum_healthy_percentage = 60".to_owned(), true, true, "and half of eight is less than 60 %: no node is in, all are told"),
    ];
    for (stopped, group, leaves, fails_open, because) in rows {
        let names: Vec<_> = (1..=stopped).map(|it| format!("\"b{it}\"")).collect();
        let report = run(&lab(
            &group,
            &at("11.5 s", &format!("stop = [{}]", names.join(", "))),
        ));
        let cross_zone = !group.contains("cross_zone");
        let expected = match (leaves, cross_zone) {
            (false, _) => Vec::new(),
            (true, false) => vec![(20_000, "a".to_owned())],
            // The probes of a begin first, so it leaves first.
            (true, true) => vec![
                (20_000, "b".to_owned()),
                (20_000, "a b as none is in".to_owned()),
            ],
        };
        let because = format!("{stopped} stopped, {group:?}: {because}");
        assert_eq!(answers(&report), expected, "{because}");
        let seen = answerers(&report, "ask-b", 21, 96);
        assert_eq!(
            seen.contains(&"x".to_owned()),
            fails_open,
            "{because}: {seen:?}"
        );
    }
}

/// A cookie is good at every node, whichever made it.
#[test]
fn a_cookie_of_one_node_binds_at_the_other() {
    let report = run(&lab("lb_cookie = \"1 h\"", ""));
    let bound = answerers(&report, "both", 1, 96);
    assert_eq!(bound.len(), 1, "one target for all requests: {bound:?}");
    let both: Vec<_> = report
        .record
        .requests
        .iter()
        .map(|it| report.record.server(it))
        .collect();
    assert!(
        both.windows(2).any(|pair| pair[0] != pair[1]),
        "by way of both nodes"
    );
}

/// A node that dies tells nothing more, and is found out; back again it begins as one that nobody knows.
#[test]
fn a_node_that_dies_leaves_at_once() {
    let rest = [at("11.5 s", "crash = \"b\""), at("31.5 s", "start = \"b\"")].concat();
    let report = run(&lab("cross_zone = false", &rest));
    let answers = answers(&report);
    assert_eq!(answers[0], (11_500, "a".to_owned()));
    assert_eq!(
        answers[1].1, "a b",
        "one success is enough in the beginning"
    );
    let entered = Duration::from_millis(answers[1].0 as u64);
    assert!(entered < Duration::from_millis(31_510), "{entered:?}");
    assert_eq!(answers.len(), 2);
    let via_a = answerers(&report, "both", 12, 31);
    let is_in_a = |name: &String| name.starts_with('a');
    assert!(
        via_a.iter().all(is_in_a),
        "nobody fails who knows another address: {via_a:?}"
    );
}

/// Where a target is that an administrator registers: where it was, or else in the zone whose subnet it is in.
#[test]
fn a_target_that_is_registered_has_its_zone() {
    let b4 = "    { address = \"10.0.2.4:80\", zone = \"b\" },\n";
    let subnets = "[load_balancer.shop]\nzones = [{ name = \"a\", subnet = \"10.0.1.0/24\" }, { name = \"b\", subnet = \"10.0.2.0/24\" }]\n";
    let target = "{ group = \"web\", target = \"10.0.2.4:80\" }";
    let [out, into] = ["deregister", "register"].map(|verb| format!("{verb} = {target}"));
    let known = lab(
        "cross_zone = false\nderegistration_delay = \"1 s\"",
        &[at("11.5 s", &out), at("21.5 s", &into)].concat(),
    );
    let new = lab("cross_zone = false", &at("21.5 s", &into)).replace(b4, "");
    let in_subnets = new.replace("[load_balancer.shop]\n", subnets);
    #[rustfmt::skip]
    let rows = [
        (known,      false, true, "it is back in its zone"),
        (in_subnets, false, true, "the subnet tells its zone"),
        (new,        true,  true, "nothing tells its zone: it is in all"),
    ];
    for (lab, from_a, from_b, because) in rows {
        let report = run(&lab);
        for (client, expected) in [("ask-a", from_a), ("ask-b", from_b)] {
            let away = answerers(&report, client, 13, 21);
            assert!(
                !away.contains(&"b4".to_owned()),
                "{client}: {because}: {away:?}"
            );
            let there = answerers(&report, client, 23, 96);
            assert_eq!(
                there.contains(&"b4".to_owned()),
                expected,
                "{client}: {because}"
            );
        }
    }
}
