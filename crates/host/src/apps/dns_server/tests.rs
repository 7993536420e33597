//! What is told of names, row by row.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use switchlab_balance::Routing;
use switchlab_core::{DnsChange, Stream};
use switchlab_dns::{Data, DnsName, Query, Question, Rcode, Reply, Rtype};

use super::zones::Zones;
use super::*;

fn name(text: &str) -> DnsName {
    text.parse().expect("a name")
}

fn at(text: &str, addresses: &[&str]) -> RecordSet {
    let addresses = addresses.iter().map(|it| it.parse().expect("an address"));
    RecordSet::new(name(text), Values::Addresses(addresses.collect()))
}

fn alias_of(text: &str, target: &str) -> RecordSet {
    RecordSet::new(name(text), Values::Cname(name(target)))
}

fn zones(records: Vec<RecordSet>) -> Result<Zones, AppError> {
    Zones::new(DnsServerConfig {
        zones: vec![
            ZoneConfig::new(name("example")),
            ZoneConfig {
                negative_ttl: 30,
                ..ZoneConfig::new(name("sub.example"))
            },
        ],
        records,
        ..DnsServerConfig::default()
    })
}

fn ask(zones: &mut Zones, text: &str, rtype: Rtype) -> Reply {
    let from = SocketAddr::from(([10, 0, 0, 1], 50_000));
    let query = Query::new(7, Question::new(name(text), rtype));
    zones.answer(&query, from, &|_| true, &mut Stream::of(7, "names"))
}

/// An answer in words: its code, its records, and the TTL of the zone's start if that is there.
fn told(reply: &Reply) -> String {
    let data = |data: &Data| match data {
        Data::A(address) => address.to_string(),
        Data::Aaaa(address) => address.to_string(),
        Data::Cname(target) => format!("={target}"),
        Data::Ns(server) => format!("ns {server}"),
        Data::Soa(_) => "soa".to_owned(),
        other => format!("{other:?}"),
    };
    let mut told = vec![reply.rcode.to_string()];
    told.extend(reply.answers.iter().map(|record| data(&record.data)));
    told.extend(
        reply
            .authority
            .iter()
            .map(|record| format!("for {} s", record.ttl)),
    );
    told.join(" ")
}

#[test]
fn a_zone_answers_by_the_book() {
    let mut zones = zones(vec![
        at("shop.example", &["10.0.0.1", "10.0.0.2"]),
        at("shop.example", &["2001:db8::1"]),
        at("a.deep.example", &["10.0.0.3"]),
        at("*.wild.example", &["10.0.0.4"]),
        at("there.wild.example", &["2001:db8::2"]),
        at("sub.example", &["10.0.0.5"]),
        alias_of("www.example", "Shop.example"),
        alias_of("into.example", "none.sub.example"),
        alias_of("out.example", "elsewhere.test"),
        alias_of("round.example", "about.example"),
        alias_of("about.example", "round.example"),
    ])
    .expect("they stand together");
    #[rustfmt::skip]
    let rows = [
        ("shop.example",         Rtype::A,     "NOERROR 10.0.0.1 10.0.0.2",      "all values of the record"),
        ("SHOP.example",         Rtype::A,     "NOERROR 10.0.0.2 10.0.0.1",      "in another order the next time; case does not count"),
        ("shop.example",         Rtype::AAAA,  "NOERROR 2001:db8::1",            "the other version"),
        ("shop.example",         Rtype::MX,    "NOERROR for 900 s",              "the name is there, the type is not"),
        ("shop.example",         Rtype::ANY,   "NOERROR 10.0.0.1 10.0.0.2",      "one type will do"),
        ("none.example",         Rtype::A,     "NXDOMAIN for 900 s",             "no such name"),
        ("deep.example",         Rtype::A,     "NOERROR for 900 s",              "nothing itself, but something below it"),
        ("b.deep.example",       Rtype::A,     "NXDOMAIN for 900 s",             "nor there"),
        ("x.wild.example",       Rtype::A,     "NOERROR 10.0.0.4",               "a wildcard"),
        ("y.x.wild.example",     Rtype::A,     "NOERROR 10.0.0.4",               "for names of several labels too"),
        ("x.wild.example",       Rtype::AAAA,  "NOERROR for 900 s",              "which has no other type"),
        ("there.wild.example",   Rtype::A,     "NOERROR for 900 s",              "names that are there answer for themselves"),
        ("x.there.wild.example", Rtype::A,     "NXDOMAIN for 900 s",             "and keep the wildcard from those below"),
        ("wild.example",         Rtype::A,     "NOERROR for 900 s",              "it does not stand for its own zone"),
        ("example",              Rtype::SOA,   "NOERROR soa",                    "the start of the zone"),
        ("example",              Rtype::NS,    "NOERROR ns ns.example",          "its server"),
        ("example",              Rtype::A,     "NOERROR for 900 s",              "it has no address"),
        ("sub.example",          Rtype::A,     "NOERROR 10.0.0.5",               "a zone within may have one"),
        ("none.sub.example",     Rtype::A,     "NXDOMAIN for 30 s",              "and has a start of its own"),
        ("www.example",          Rtype::A,     "NOERROR =Shop.example 10.0.0.2 10.0.0.1", "an alias, and what it leads to"),
        ("www.example",          Rtype::CNAME, "NOERROR =Shop.example",          "the alias itself"),
        ("into.example",         Rtype::A,     "NXDOMAIN =none.sub.example for 30 s", "an alias of nothing"),
        ("out.example",          Rtype::A,     "NOERROR =elsewhere.test",        "an alias that leads out"),
        ("shop.test",            Rtype::A,     "REFUSED",                        "of other zones nothing is said"),
    ];
    for (asked, rtype, expected, because) in rows {
        let reply = ask(&mut zones, asked, rtype);
        assert_eq!(told(&reply), expected, "{asked} {rtype}: {because}");
        let is_refused = reply.rcode == Rcode::REFUSED;
        assert_eq!(reply.is_authoritative, !is_refused, "{because}");
    }
    let round = ask(&mut zones, "round.example", Rtype::A);
    assert_eq!(round.rcode, Rcode::SERVFAIL, "aliases go round and round");
}

#[test]
fn some_records_cannot_be_told() {
    let multivalue = |set: RecordSet| RecordSet {
        routing: Routing::Multivalue,
        ..set
    };
    let twice = || at("shop.example", &["10.0.0.1"]);
    #[rustfmt::skip]
    let rows = [
        (vec![at("shop.test", &["10.0.0.1"])],                        "shop.test is in none of the zones",         "of another zone"),
        (vec![at("shop.example", &[])],                               "has no addresses",                          "nothing to tell"),
        (vec![at("shop.example", &["10.0.0.1", "::1"])],              "some of IPv4 and some of IPv6",             "two types"),
        (vec![alias_of("shop.example", "a.example"), twice()],        "cannot have a CNAME record beside others",  "an alias is one alone"),
        (vec![alias_of("example", "a.example")],                      "nor can a zone itself",                     "a zone has a start"),
        (vec![multivalue(at("shop.example", &["10.0.0.1", "10.0.0.2"]))], "is one address",                        "one value each"),
        (vec![multivalue(alias_of("shop.example", "a.example"))],     "is one address",                            "no alias"),
        (vec![twice(), twice()],                                      "a simple record stands twice",              "which of them?"),
        (vec![twice(), multivalue(twice())],                          "not simple and multivalue",                 "two policies"),
    ];
    for (records, expected, because) in rows {
        let error = zones(records)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(error.contains(expected), "{error:?}: {because}");
    }
}

#[test]
fn an_alias_follows_what_nodes_tell() {
    let nodes = [Ipv4Addr::new(10, 1, 0, 1), Ipv4Addr::new(10, 1, 0, 2)];
    let alias = |balancer: &str, nodes: &[Ipv4Addr], routing| RecordSet {
        routing,
        ..RecordSet::new(
            name("shop.example"),
            Values::Balancer {
                name: balancer.into(),
                nodes: nodes.to_vec(),
                evaluates_target_health: true,
            },
        )
    };
    let other = Ipv4Addr::new(10, 2, 0, 1);
    let mut zones = zones(vec![
        alias("seoul", &nodes, Routing::Primary),
        alias("tokyo", &[other], Routing::Secondary),
    ])
    .expect("they stand together");
    #[rustfmt::skip]
    let story = [
        (None,                          &[1, 2][..], "nobody has told yet: as if all were well"),
        (Some(("tokyo", other, true)),  &[3],        "one has, and is well"),
        (Some(("seoul", nodes[0], true)), &[1],      "so is a node of the primary"),
        (Some(("seoul", nodes[1], true)), &[1, 2],   "both are"),
        (Some(("seoul", nodes[0], false)), &[2],     "one has left"),
        (Some(("seoul", nodes[1], false)), &[3],     "both have: the secondary"),
        (Some(("tokyo", other, false)), &[1, 2],     "nobody is well: the primary, and all of it"),
        (Some(("mars", other, true)),   &[1, 2],     "of others nobody wants to know"),
    ];
    for (change, expected, because) in story {
        if let Some((balancer, address, is_in)) = change {
            let change = DnsChange {
                balancer: balancer.into(),
                zone: None,
                address: address.into(),
                is_in,
                because: "".into(),
            };
            assert_eq!(zones.learn(&change), balancer != "mars", "{because}");
        }
        let reply = ask(&mut zones, "shop.example", Rtype::A);
        let mut told: Vec<_> = reply
            .answers
            .iter()
            .filter_map(|it| it.data.address())
            .collect();
        told.sort_unstable();
        let all = [nodes[0], nodes[1], other].map(IpAddr::V4);
        let expected: Vec<_> = expected.iter().map(|number| all[number - 1]).collect();
        assert_eq!(told, expected, "{because}");
        assert!(
            reply.answers.iter().all(|record| record.ttl == 60),
            "{because}"
        );
    }
}
