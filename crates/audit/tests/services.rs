//! What clients cannot do without, and what is odd about plans: small labs that anybody can judge.

use switchlab_audit::{Audit, Kind, Service, audit};
use switchlab_scenario::settings_from_toml;

fn audited(lab: &str) -> Audit {
    let lab = settings_from_toml(lab, "lab.toml");
    audit(&lab.unwrap_or_else(|errors| panic!("{}", errors.render(false))))
}

/// A host: its name, its address, its gateway if it has one, its application.
fn host(name: &str, address: &str, gateway: &str, app: &str) -> String {
    let gateway = match gateway {
        "" => String::new(),
        it => format!("gateway = \"{it}\"\n"),
    };
    format!(
        "[node.{name}]\nkind = \"host\"\naddress = \"{address}\"\n{gateway}app = [{{ {app} }}]\n"
    )
}

fn switches(names: &[&str]) -> String {
    let switch = |name: &&str| format!("[node.{name}]\nkind = \"l2-switch\"\nports = 8\n");
    names.iter().map(switch).collect()
}

fn links(ends: &[(&str, &str)]) -> String {
    let link = |(a, b): &(&str, &str)| format!("[[link]]\nbetween = [\"{a}\", \"{b}\"]\n");
    ends.iter().map(link).collect()
}

fn ask(url: &str) -> String {
    format!("http_client = {{ url = \"{url}\", every = \"1 s\" }}")
}

const SERVER: &str = "http_server = {}";

fn balancer(name: &str, address: &str, zone: &str) -> String {
    format!("[node.{name}]\nkind = \"l7-switch\"\naddress = \"{address}\"\n{zone}\n")
}

const LISTENER: &str = "listener = [{ port = 80, default = { forward = \"web\" }, rule = [{ priority = 1, path = \"/a\", forward = \"a\" }] }]\n\
    target_group = { web = { targets = [\"10.0.1.11:80\", \"10.0.1.12:80\"] }, a = { targets = [\"10.0.1.11:80\"] } }\n";

/// Two servers, at a switch of these names' first.
fn servers(switch: &str) -> String {
    host("web-a", "10.0.1.11/24", "", SERVER)
        + &host("web-b", "10.0.1.12/24", "", SERVER)
        + &links(&[("web-a", switch), ("web-b", switch)])
}

/// `NODES | LINKS`.
fn told(service: &Service) -> String {
    let links: Vec<_> = service.links.iter().map(|pair| pair.join("-")).collect();
    match &service.because {
        Some(because) => because.clone(),
        None => format!("{} | {}", service.nodes.join(" "), links.join(" ")),
    }
}

#[test]
fn what_a_client_cannot_do_without() {
    let client = |url: &str| host("client", "10.0.1.2/24", "", &ask(url));
    let by_alb = |url: &str| {
        client(url)
            + &servers("sw")
            + &switches(&["sw"])
            + &balancer("alb", "10.0.1.10/24", LISTENER)
            + &links(&[("client", "sw"), ("alb", "sw")])
    };
    let two_nodes = host(
        "client",
        "10.0.1.2/24",
        "",
        "http_client = { url = \"http://shop.example/\", addresses = [\"10.0.1.20\", \"10.0.1.21\"], every = \"1 s\" }",
    ) + &servers("sw")
        + &switches(&["sw"])
        + "[load_balancer.shop]\n"
        + LISTENER
        + &balancer(
            "alb-a",
            "10.0.1.20/24",
            "load_balancer = \"shop\"\nzone = \"a\"",
        )
        + &balancer(
            "alb-b",
            "10.0.1.21/24",
            "load_balancer = \"shop\"\nzone = \"b\"",
        )
        + &links(&[("client", "sw"), ("alb-a", "sw"), ("alb-b", "sw")]);
    // Two switches side by side, both of which lead on; and the same with the second one's uplink in another VLAN.
    let ring = |vlan: &str| {
        client("http://10.0.1.3/")
            + &host("web", "10.0.1.3/24", "", SERVER)
            + &switches(&["left", "right"])
            + &format!("[node.up]\nkind = \"l2-switch\"\nports = 3\n{vlan}")
            + "[node.down]\nkind = \"l2-switch\"\nports = 3\n"
            + &links(&[
                ("client", "up:0"),
                ("up:1", "left"),
                ("up:2", "right"),
                ("left", "down:1"),
                ("right", "down:2"),
                ("web", "down:0"),
            ])
    };
    let vlans = "port = [{ id = 0, vlan = 10 }, { id = 1, vlan = 10 }, { id = 2, vlan = 20 }]\n";
    // Two routers between two nets; the hosts know the first.
    let router = |name: &str, last: u8| {
        format!(
            "[node.{name}]\nkind = \"l3-switch\"\nports = 2\ninterface = [{{ port = 0, addresses = [\"10.0.1.{last}/24\"] }}, {{ port = 1, addresses = [\"10.0.2.{last}/24\"] }}]\n"
        )
    };
    let routed = host(
        "client",
        "10.0.1.2/24",
        "10.0.1.1",
        &ask("http://10.0.2.2/"),
    ) + &host("web", "10.0.2.2/24", "10.0.2.1", SERVER)
        + &switches(&["in", "out"])
        + &router("r1", 1)
        + &router("r2", 254)
        + &links(&[
            ("client", "in"),
            ("r1:0", "in"),
            ("r2:0", "in"),
            ("r1:1", "out"),
            ("r2:1", "out"),
            ("web", "out"),
        ]);
    // A router with two ways to the next, of the same worth.
    let ecmp = host(
        "client",
        "10.0.1.2/24",
        "10.0.1.1",
        "ping = { target = \"10.0.2.2\" }",
    ) + &host("web", "10.0.2.2/24", "10.0.2.1", SERVER)
        + "[node.a]\nkind = \"l3-switch\"\nports = 3\n\
           interface = [{ port = 0, addresses = [\"10.0.1.1/24\"] }, { port = 1, addresses = [\"10.1.0.0/31\"] }, { port = 2, addresses = [\"10.1.0.2/31\"] }]\n\
           route = [{ to = \"10.0.2.0/24\", path = [{ via = \"10.1.0.1\" }, { via = \"10.1.0.3\" }] }]\n\
           [node.b]\nkind = \"l3-switch\"\nports = 3\n\
           interface = [{ port = 0, addresses = [\"10.0.2.1/24\"] }, { port = 1, addresses = [\"10.1.0.1/31\"] }, { port = 2, addresses = [\"10.1.0.3/31\"] }]\n\
           route = [{ to = \"10.0.1.0/24\", path = [{ via = \"10.1.0.0\" }, { via = \"10.1.0.2\" }] }]\n"
        + &links(&[
            ("client", "a:0"),
            ("web", "b:0"),
            ("a:1", "b:1"),
            ("a:2", "b:2"),
        ]);
    #[rustfmt::skip]
    let rows = [
        (client("http://10.0.1.3/") + &host("web", "10.0.1.3/24", "", SERVER) + &links(&[("client", "web")]),
            "web | client-web",                                              "one server, one cable"),
        (by_alb("http://10.0.1.10/"),  "alb sw | alb-sw client-sw",          "one of two targets is not missed, one balancer is"),
        (by_alb("http://10.0.1.10/a"), "alb sw web-a | alb-sw client-sw sw-web-a", "this URL has one target"),
        (two_nodes,                    "sw | client-sw",                     "one of two nodes of a list is not missed"),
        (ring(""),                     "down up web | client-up down-web",   "one of two switches side by side is not missed"),
        (ring(vlans),                  "down left up web | client-up down-left down-web left-up", "a way in another VLAN is none"),
        (routed,                       "in out r1 web | client-in in-r1 out-r1 out-web", "who knows one gateway has one router"),
        (ecmp,                         "a b web | a-client b-web",           "links of equal worth stand in for each other"),
        (by_alb("http://10.0.1.11:81/"),  "nothing on web-a answers at port 81", "nobody listens"),
        (by_alb("http://10.0.1.99/"),     "nobody has the address 10.0.1.99",    "nobody is there"),
        (by_alb("http://10.0.1.10:81/"),  "alb has no listener at port 81",      "not this balancer"),
        (client("http://10.0.1.3/") + &host("web", "10.0.1.3/24", "", SERVER),
            "client has no way to 10.0.1.3, which is web",                       "no cable at all"),
        (host("client", "10.0.1.2/24", "", &ask("http://10.0.2.2/")) + &host("web", "10.0.2.2/24", "", SERVER) + &links(&[("client", "web")]),
            "client has no way to 10.0.2.2, which is web",                       "two nets, and no gateway"),
    ];
    for (lab, expected, because) in rows {
        let found = audited(&lab);
        let services = found.services.iter().filter(|it| it.client.is_some());
        let told: Vec<_> = services.map(told).collect();
        assert_eq!(told, [expected], "{because}");
    }
}

#[test]
fn what_a_balancer_offers_is_a_service_whoever_asks() {
    let l4 = "[node.lb]\nkind = \"l4-switch\"\nports = 2\n\
        interface = [{ port = 0, addresses = [\"10.0.0.1/24\"] }, { port = 1, addresses = [\"10.0.1.1/24\"] }]\n\
        service = [{ name = \"web\", protocol = \"tcp\", address = \"10.0.0.9\", port = 80, \
        backend = [{ address = \"10.0.1.11\", port = 80 }, { address = \"10.0.1.12\", port = 80, weight = 0 }] }]\n";
    let lab = l4.to_owned()
        + &host(
            "client",
            "10.0.0.2/24",
            "10.0.0.1",
            &ask("http://10.0.0.9/"),
        )
        + &host("web-a", "10.0.1.11/24", "10.0.1.1", SERVER)
        + &host("web-b", "10.0.1.12/24", "10.0.1.1", SERVER)
        + &switches(&["sw"])
        + &links(&[
            ("client", "lb:0"),
            ("lb:1", "sw"),
            ("sw", "web-a"),
            ("sw", "web-b"),
        ]);
    let found = audited(&lab);
    let services: Vec<_> = found
        .services
        .iter()
        .map(|it| (it.client.as_deref(), &*it.asks, told(it)))
        .collect();
    let there = "lb sw web-a | lb-sw sw-web-a";
    assert_eq!(
        services,
        [
            (
                Some("client"),
                "http://10.0.0.9/",
                there.replace("| ", "| client-lb ")
            ),
            (None, "lb.web", there.to_owned()),
        ],
        "a backend of weight 0 stands in for nobody"
    );
    let points = found
        .findings
        .iter()
        .filter(|it| it.kind == Kind::SinglePointOfFailure);
    let because: Vec<_> = points.map(|it| &*it.because).collect();
    assert_eq!(
        because[0],
        "without lb, client gets no answer from http://10.0.0.9/"
    );
    assert_eq!(because.len(), 6);
}

#[test]
fn what_is_odd_about_a_plan() {
    let two = |mac: &str| {
        let node = |name: &str, last: u8, mac: &str| {
            format!("[node.{name}]\nkind = \"host\"\naddress = \"10.0.1.{last}/24\"\n{mac}\n")
        };
        node("a", 1, mac) + &node("b", 2, mac) + &switches(&["sw"])
    };
    let mac = "mac = \"02:00:00:00:00:07\"";
    let triangle =
        switches(&["x", "y", "z"]) + &links(&[("x:1", "y:1"), ("y:2", "z:2"), ("z:3", "x:3")]);
    let pair = |config: &str| {
        format!(
            "[node.x]\nkind = \"l2-switch\"\nports = 2\n{config}[node.y]\nkind = \"l2-switch\"\nports = 2\n{config}"
        ) + &links(&[("x:0", "y:0"), ("x:1", "y:1")])
    };
    let apart = "port = [{ id = 0, vlan = 10 }, { id = 1, vlan = 20 }]\n";
    let joined = links(&[("a", "sw"), ("b", "sw")]);
    #[rustfmt::skip]
    let rows: [(String, &[&str], &str); 9] = [
        (two("") + &joined,                       &[],                                                             "nothing"),
        (two(mac) + &joined,                      &["duplicate-address b"],                                        "two have one address"),
        (two(mac) + &links(&[("a", "sw")]),       &["unlinked-node b"],                                            "who is not there disturbs nobody"),
        (two(""), &[], "a lab to be asked about rules"),
        (switches(&["sw"]),                       &[],                                                             "a switch by itself"),
        (triangle,                                &["loop-without-spanning-tree x"],                               "three in a ring"),
        (pair(""),                                &["loop-without-spanning-tree x"],                               "two cables side by side"),
        (pair(apart),                             &[],                                                             "each for a VLAN of its own"),
        (switches(&["x"]) + &links(&[("x:0", "x:1")]), &["unlinked-node x", "loop-without-spanning-tree x"], "a cable from a switch to itself"),
    ];
    for (lab, expected, because) in rows {
        let found = audited(&lab);
        let told: Vec<_> = found
            .findings
            .iter()
            .map(|it| format!("{} {}", it.kind, it.node))
            .collect();
        assert_eq!(told, expected, "{because}");
    }
}
