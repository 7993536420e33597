//! What a file says is what is read from it.

use std::collections::BTreeSet;
use std::time::Duration;

use switchlab_core::Instant;
use switchlab_scenario::{Expectation, Operator, device_from_toml, lab_from_toml};

const EVERYTHING: &str = include_str!("everything.toml");
const QUEST: &str = include_str!("../../../examples/quest07.toml");

#[test]
fn the_top_of_a_file() {
    let scenario = lab_from_toml(EVERYTHING, "lab.toml", None).expect("it is right");
    assert_eq!(scenario.seed, 9);
    assert_eq!(scenario.until, Some(Instant::from_secs(30)));
    assert_eq!(scenario.epoch.to_string(), "2026-05-01T12:00:00Z");
    assert_eq!(scenario.rest_after, None, "`until` alone says when it ends");
    let scenario = lab_from_toml(EVERYTHING, "lab.toml", Some(3)).expect("it is right");
    assert_eq!(scenario.seed, 3, "who runs it has the last word");
    let scenario = lab_from_toml(QUEST, "lab.toml", None).expect("it is right");
    assert_eq!(scenario.until, None);
    assert_eq!(
        scenario.rest_after,
        Some(Instant::from_secs(38)),
        "when web-b is started"
    );
    assert_eq!(scenario.epoch.to_string(), "2025-01-01T00:00:00Z");
}

#[test]
fn who_is_who() {
    let directory = lab_from_toml(EVERYTHING, "lab.toml", None)
        .expect("it is right")
        .directory;
    let names: Vec<&str> = directory.nodes.iter().map(|name| &**name).collect();
    assert_eq!(
        names,
        [
            "alb", "client", "hub", "nlb", "router", "server", "shop-a", "shop-b", "sw"
        ],
        "by name"
    );
    let name_of = |address: &str| {
        let owner = directory.owner(address.parse().expect("an address"));
        owner.map(|node| directory.node(node).to_string())
    };
    #[rustfmt::skip]
    let rows = [
        ("10.0.5.7",    Some("alb"),    "the second interface, which stands first"),
        ("10.1.1.1",    Some("router"), "the second address of an interface"),
        ("10.3.0.1",    Some("router"), "an interface in a VLAN"),
        ("2001:db8::1", Some("router"), "though it is not spoken yet"),
        ("10.0.0.4",    Some("nlb"),    "of an interface and of two services"),
        ("10.0.0.1",    None,           "a gateway that is not there"),
    ];
    for (address, owner, because) in rows {
        assert_eq!(name_of(address).as_deref(), owner, "{because}");
    }
    let balancers: Vec<_> = directory
        .balancers
        .iter()
        .map(|node| names[node.index()])
        .collect();
    assert_eq!(balancers, ["alb", "nlb", "shop-a", "shop-b"]);
    let shop: Vec<_> = directory.load_balancers["shop"]
        .iter()
        .map(|it| {
            (
                names[it.node.index()],
                it.zone.as_deref(),
                it.address.to_string(),
            )
        })
        .collect();
    let expected = [
        ("shop-a", Some("a"), "10.0.5.8".to_owned()),
        ("shop-b", Some("b"), "10.0.5.9".to_owned()),
    ];
    assert_eq!(shop, expected);
    assert_eq!(
        directory.load_balancers["front"].len(),
        1,
        "alb calls itself so"
    );
    let client = |client: &switchlab_scenario::Client| {
        let shown = directory.client_name(client.node, &client.app);
        (shown.to_string(), client.count)
    };
    let clients: Vec<_> = directory.clients.iter().map(client).collect();
    let expected = [("client.http_client", Some(10)), ("client.ping", Some(3))];
    assert_eq!(
        clients,
        expected.map(|(name, count)| (name.to_owned(), count))
    );
}

#[test]
fn what_is_expected() {
    let scenario = lab_from_toml(EVERYTHING, "lab.toml", None).expect("it is right");
    let line = |that: &str| {
        let before = EVERYTHING.find(that).expect("it stands there");
        EVERYTHING[..before].matches('\n').count() + 1
    };
    let expectation = |that: &str, [node, app, counter]: [&str; 3], operator, value| Expectation {
        that: that.to_owned(),
        line: line(that),
        node: node.into(),
        app: app.into(),
        counter: counter.into(),
        operator,
        value,
        after: None,
        before: None,
        by: None,
        via: None,
        status: None,
    };
    let expected = [
        Expectation {
            after: Some(Instant::from_secs(1)),
            before: Some(Instant::from_secs(5)),
            ..expectation(
                "client.http_client.sent >= 1",
                ["client", "http_client", "sent"],
                Operator::AtLeast,
                1,
            )
        },
        Expectation {
            by: Some("server".into()),
            via: Some("alb".into()),
            status: Some(502),
            ..expectation(
                "client.http_client.failed >= 1",
                ["client", "http_client", "failed"],
                Operator::AtLeast,
                1,
            )
        },
        expectation(
            "nlb.web.assigned > 0",
            ["nlb", "web", "assigned"],
            Operator::More,
            0,
        ),
        expectation(
            "server.second.served != 7",
            ["server", "second", "served"],
            Operator::NotEqual,
            7,
        ),
    ];
    assert_eq!(scenario.expectations, expected);
}

#[test]
fn what_is_taken_though_not_simulated_is_noted() {
    let scenario = lab_from_toml(EVERYTHING, "lab.toml", None).expect("it is right");
    assert_eq!(
        scenario.notes,
        [
            "alb: the listener at port 443 is HTTPS; in the lab its octets are plain HTTP",
            "alb: there is no TLS in the lab, so no target is told its version and cipher suite",
            "router: IPv6 is not simulated yet: its packets are dropped",
            "sw: IGMP snooping is not simulated yet: multicast goes to all ports",
            "sw: the spanning tree is not simulated yet: every port forwards, and a loop is one",
        ]
    );
    let late = format!("until = \"20 s\"\n{QUEST}");
    let scenario = lab_from_toml(&late, "lab.toml", None).expect("it is right");
    assert_eq!(
        scenario.notes,
        [
            "web-b: `start` at 38 s is after the end of the run",
            "\"client.http_client.failed == 0\" is expected of what is sent after 28 s, which is after the end of the run",
        ]
    );
}

#[test]
fn a_device_is_a_node_on_its_own() {
    let text =
        "kind = \"l2-switch\"\nports = 3\n[compare]\nrun_until = \"0.24s\"\nmask = [\"own-ip-id\"]";
    let file = device_from_toml(text, "vectors/device.toml").expect("it is right");
    assert_eq!(file.device.ports(), 3);
    assert_eq!(file.run_until, Some(Duration::from_millis(240)));
    assert_eq!(file.notes, [""; 0]);
    let snooping = format!("{text}\n[multicast]\nsnooping = true");
    let file = device_from_toml(&snooping, "vectors/device.toml").expect("it is right");
    assert_eq!(
        file.notes,
        ["device: IGMP snooping is not simulated yet: multicast goes to all ports"]
    );
}

/// Every word that stands between backticks in the documentation of the format.
fn documented() -> BTreeSet<String> {
    let text = include_str!("../src/format.rs");
    let lines = text.lines().filter_map(|line| line.strip_prefix("//!"));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    let code = text.split('`').skip(1).step_by(2);
    let is_of_a_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.flat_map(|code| code.split(|c| !is_of_a_key(c)))
        .map(str::to_owned)
        .collect()
}

/// The keys of a table and of those below it, but for names that the file gives.
fn keys(value: &toml::Value, all: &mut BTreeSet<String>) {
    const NAMED: [&str; 5] = [
        "node",
        "load_balancer",
        "target_group",
        "headers",
        "response_headers",
    ];
    match value {
        toml::Value::Array(items) => items.iter().for_each(|item| keys(item, all)),
        toml::Value::Table(table) => {
            for (key, value) in table {
                all.insert(key.clone());
                match value.as_table().filter(|_| NAMED.contains(&&**key)) {
                    Some(named) => named.values().for_each(|item| keys(item, all)),
                    None => keys(value, all),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_of_a_file_is_documented() {
    let file: toml::Value = toml::from_str(EVERYTHING).expect("it is TOML");
    let mut all = BTreeSet::new();
    keys(&file, &mut all);
    let documented = documented();
    let missing: Vec<_> = all.difference(&documented).collect();
    assert_eq!(missing, [""; 0], "in format.rs, of {} keys", all.len());
}

#[test]
fn quotas_may_be_raised_and_lowered() {
    let lab = |quotas: &str| {
        format!(
            "until = \"1 s\"\n[node.alb]\nkind = \"l7-switch\"\naddress = \"10.0.1.10/24\"\nquotas = {quotas}\n\
             target_group.web.targets = [\"10.0.1.11:80\", \"10.0.1.12:80\"]\n\
             [[node.alb.listener]]\nport = 80\ndefault = {{ forward = \"web\" }}\n\
             rule = [{{ priority = 1, path = [\"/a*\", \"/b*\", \"/c*\", \"/d*\", \"/e*\", \"/f*\"], forward = \"web\" }}]\n"
        )
    };
    #[rustfmt::skip]
    let rows = [
        ("{ condition_values = 6 }",                               None,                            "six values in place of five"),
        ("{}",                                                     Some("6 values together"),       "ELB's default"),
        ("{ condition_values = 6, condition_wildcards = 5 }",      Some("6 wildcards together"),    "as in older guides"),
        ("{ condition_values = 6, listeners = 0 }",                Some("1 listeners"),  "there is one"),
        ("{ condition_values = 6, rules = 0 }",                    Some("1 rules"),      "there is one"),
        ("{ condition_values = 6, target_groups = 0 }",            Some("groups in use"), "there is one"),
        ("{ condition_values = 6, targets = 1 }",                  Some("2 targets\n"),    "there are two"),
        ("{ condition_values = 6, targets_per_target_group = 1 }", Some("2 targets are registered"), "there are two"),
        ("{ condition_values = 6, rule = 200 }",                   Some("rules"),                   "no quota of this name"),
    ];
    for (quotas, expected, because) in rows {
        let read = lab_from_toml(&lab(quotas), "lab.toml", None);
        let told = read.err().map(|errors| errors.render(false));
        match expected {
            None => assert_eq!(told, None, "{because}"),
            Some(part) => assert!(
                told.as_deref().is_some_and(|told| told.contains(part)),
                "{because}: {told:?}"
            ),
        }
    }
}
