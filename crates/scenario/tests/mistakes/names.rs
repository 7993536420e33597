//! Servers and resolvers of names, regions.

use crate::are_told;

#[test]
#[rustfmt::skip]
fn servers_of_names() {
    are_told(&[
        ("no zone, no record that says anything",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
dns_server = { record = [{ name = "shop.example" }] }"#,
         &["5: [node.x.app.dns_server] needs the key `zone` | `zone` is the name of the zone it answers for, or several",
           "5: a record says where a name is | write one of address, cname or alias"]),
        ("no names, no areas, no regions",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
[node.x.app.dns_server]
zone = "exa..mple"
[[node.x.app.dns_server.record]]
name = "shop.example"
address = "10.0.0.2"
location = "Korea"
[[node.x.app.dns_server.record]]
name = "shop.example"
address = "10.0.0.2"
region = "seoul""#,
         &[r#"6: no domain name: empty label | `zone` is a domain name such as "shop.example""#,
           r#"10: "Korea" is no area | `location` is an area: "KR", "US-CA", "continent:AS", or "*" for everywhere""#,
           r#"14: "seoul" is no region whose distances are known; those are us-east-1, us-west-1, us-west-2, eu-west-1, eu-central-1, ap-northeast-1, ap-northeast-2, ap-southeast-1, ap-southeast-2, sa-east-1 | `region` is the name of a region such as "ap-northeast-2""#]),
        ("several ways at once",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
[node.x.app.dns_server]
zone = "example"
[[node.x.app.dns_server.record]]
name = "a.example"
address = "10.0.0.2"
cname = "b.example"
[[node.x.app.dns_server.record]]
name = "b.example"
address = "10.0.0.2"
weight = 1
failover = "primary""#,
         &[r#"10: a record says where a name is in one way | write one of address, cname or alias"#,
           r#"15: a record is chosen in one way | write one of weight, region, failover, location or multivalue"#]),
        ("aliases",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
[node.x.app.dns_server]
zone = "example"
[[node.x.app.dns_server.record]]
name = "a.example"
alias = "abl"
[[node.x.app.dns_server.record]]
name = "b.example"
alias = "alb"
ttl = "5 s"
[[node.x.app.dns_server.record]]
name = "c.example"
address = "10.0.0.2"
evaluate_target_health = false"#,
         &[r#"9: there is no load balancer "abl" | did you mean "alb"?"#,
           r#"13: an alias of a load balancer has the TTL of its addresses, which is 60 s | leave it out"#,
           r#"17: only an alias of a load balancer has targets to be healthy | write `alias = "NAME"` beside it, or leave it out"#]),
        ("health checks, and what counts in seconds",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
[node.x.app.dns_server]
zone = "example"
[[node.x.app.dns_server.record]]
name = "a.example"
address = "10.0.0.2"
ttl = "500 ms"
health_check = { interval = "5 s", threshold = 11 }
[[node.x.app.dns_server.record]]
name = "b.example"
address = ["10.0.0.2", "10.0.0.3"]
health_check = {}"#,
         &[r#"10: `ttl` is counted in whole seconds, at most 2 147 483 647 | `ttl` is a duration such as "60 s""#,
           r#"11: Route 53 checks every 10 s or every 30 s | `interval` is "10 s" or "30 s""#,
           r#"11: a threshold of 11 is out of range | `threshold` is 1 to 10"#,
           r#"15: nothing says whom to check | `address` is an IPv4 address; a record with one alone is checked there"#]),
        ("records that do not stand together",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
[node.x.app.dns_server]
zone = "example"
[[node.x.app.dns_server.record]]
name = "a.example"
address = "10.0.0.2"
[[node.x.app.dns_server.record]]
name = "b.example"
address = "10.0.0.2"
weight = 1
[[node.x.app.dns_server.record]]
name = "b.example"
address = "10.0.0.2"
multivalue = true"#,
         &[r#"11: application "dns_server": b.example: records of one name and type follow one policy, not weighted and multivalue | -"#]),
        ("a record of another zone",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
dns_server = { zone = "example", record = [{ name = "a.test", address = "10.0.0.2" }] }"#,
         &[r#"5: application "dns_server": a.test is in none of the zones | a zone that ends as it does would be right"#]),
        ("two servers at one port",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
dns_server = { zone = "example" }
[[node.x.app]]
dns_resolver = { zone = { name = ".", servers = "10.0.0.2" } }"#,
         &[r#"7: application "dns_resolver": UDP port 53 is taken by application "dns_server" already | choose another"#]),
        ("a resolver that keeps nothing, and asks nobody knows whom",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.app]]
dns_resolver = { cache = 0, zone = { name = "." } }"#,
         &[r#"5: application "dns_resolver": a cache of 0 answers keeps none | 1 or more would be right"#,
           r#"5: [node.x.app.dns_resolver.zone] needs the key `servers` | `servers` is the addresses of those who answer for it"#]),
    ]);
}

#[test]
#[rustfmt::skip]
fn regions() {
    are_told(&[
        ("a region whose distances nobody knows",
         r#"[node.x]
kind = "hub"
ports = 1
region = "seoul""#,
         &[r#"4: "seoul" is no region whose distances are known; those are us-east-1, us-west-1, us-west-2, eu-west-1, eu-central-1, ap-northeast-1, ap-northeast-2, ap-southeast-1, ap-southeast-2, sa-east-1 | `region` is the name of a region such as "ap-northeast-2""#]),
    ]);
}
