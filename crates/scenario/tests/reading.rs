//! What a file says is what is read from it.

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
        ["web-b: `start` at 38 s is after the end of the run"]
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
