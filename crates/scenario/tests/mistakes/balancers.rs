//! Balancers of layer 4 and 7.

use crate::are_told;

#[test]
#[rustfmt::skip]
fn balancers_of_several_nodes() {
    are_told(&[
        ("each with listeners of its own",
         r#"[node.alb-b]
kind = "l7-switch"
load_balancer = "alb"
address = "10.0.0.4/24"
zone = "b""#,
         &[r#"3: alb and alb-b are nodes of "alb", each with settings of its own | write what they have in common once, as `[load_balancer.alb]`"#]),
        ("in common and of its own",
         r#"[load_balancer.shop]
listener = [{ port = 81, default = { fixed_response = { status = 200 } } }]
[node.x]
kind = "l7-switch"
load_balancer = "shop"
address = "10.0.0.4/24"
preset = "nginx"
listener = []"#,
         &[r#"7: [node.x] is a node of "shop", and has preset and listener of its own | what all nodes have in common stands in `[load_balancer.shop]`"#]),
        ("nobody is one of it",
         "[load_balancer.shop]",
         &[r#"1: no node is one of "shop" | a node is `kind = "l7-switch"` with `load_balancer = "shop"`"#]),
        ("where they stand",
         r#"[load_balancer.shop]
zones = [{ name = "a" }, { name = "b" }, { name = "b" }]
[node.x]
kind = "l7-switch"
load_balancer = "shop"
address = "10.0.0.4/24"
zone = "a"
[node.y]
kind = "l7-switch"
load_balancer = "shop"
address = "10.0.0.5/24"
zone = "a"
[node.z]
kind = "l7-switch"
load_balancer = "shop"
address = "10.0.0.6/24"
[node.zz]
kind = "l7-switch"
load_balancer = "shop"
address = "10.0.0.7/24"
zone = "c""#,
         &[
            r#"2: the zone "b" is given twice | each zone stands once, with its one subnet"#,
            r#"12: "x" stands in the zone "a" already | a load balancer has one node in each zone"#,
            r#"13: "shop" has several nodes, and "z" stands in no zone | each of several nodes stands in a zone of its own, as in `zone = "a"`"#,
            r#"21: the zone "c" is none of the load balancer's | "a" or "b" would be right"#,
         ]),
        ("a mistake in common is told once",
         r#"[load_balancer.shop]
listener = [{ port = 0, default = { fixed_response = { status = 200 } } }]
[node.x]
kind = "l7-switch"
load_balancer = "shop"
address = "10.0.0.4/24"
zone = "a"
[node.y]
kind = "l7-switch"
load_balancer = "shop"
address = "10.0.0.5/24"
zone = "b""#,
         &["2: listener 0 has port 0 | a port from 1 to 65535 that no other listener has would be right"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn addresses_of_names() {
    are_told(&[
        ("nobody of that name",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = ["http://10.0.0.3/", "http://shop.example/"], count = 1 } }]"#,
         &[r#"4: nothing says who "shop.example" is | write `resolver = "10.0.0.53"` at the node, or `addresses = ["10.0.1.10"]` beside the URL, or the address in its place"#]),
        ("no name",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://10.0.0.3/", addresses = "10.0.0.3", count = 1 } }]"#,
         &[r#"4: `addresses` says where a name is, and `url` has none | write a name in the URL, as in "http://shop.example/""#]),
        ("nowhere",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://shop.example/", addresses = [], count = 1 } }]"#,
         &[r#"4: `addresses` is empty | one address at least would be right, as in `addresses = ["10.0.1.10"]`"#]),
        ("neither address nor name",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://10.0.0.300/", count = 1 } }]"#,
         &[r#"4: "10.0.0.300" is neither an IPv4 address nor a name | `url` is a URL such as "http://10.0.1.10:8080/path?query""#]),
    ]);
}

#[test]
#[rustfmt::skip]
fn balancers_of_layer_4() {
    are_told(&[
        ("not balanced",
         r#"[node.x]
kind = "l4-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.service]]
name = "s"
protocol = "sctp"
address = "10.0.9.1"
port = 80"#,
         &[r#"9: "sctp" is no protocol | did you mean "tcp"?"#]),
        ("no port, and a mode that is not there",
         r#"[node.x]
kind = "l4-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.service]]
name = "s"
protocol = "tcp"
address = "10.0.9.1"
port = 0
mode = "dr""#,
         &[
            r#"10: service "s": 10.0.9.1:0 cannot be its address | an IPv4 unicast address and a port from 1 to 65535 would be right"#,
            r#"12: "dr" is no mode | `mode` is nat, direct or tunnel"#,
         ]),
        ("one backend twice, and no time between probes",
         r#"[node.x]
kind = "l4-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.service]]
name = "s"
protocol = "tcp"
address = "10.0.9.1"
port = 80
backend = [{ address = "10.0.9.2", port = 80 }, { address = "10.0.9.2", port = 80 }]
health_check = { interval = "1 s", timeout = "1 s" }"#,
         &[
            r#"12: service "s": the target 10.0.9.2:80 is given twice | -"#,
            r#"13: service "s": the health check's timeout of 1s is not less than its interval of 1s | -"#,
         ]),
        ("a TCP check asks for no path",
         r#"[node.x]
kind = "l4-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.service]]
name = "s"
protocol = "tcp"
address = "10.0.9.1"
port = 80
health_check = { path = "/" }"#,
         &["12: [node.x.service.health_check] has no key `path` | the keys of [node.x.service.health_check] are protocol, enabled, interval, timeout, healthy, unhealthy and port"]),
        ("nothing leaves there",
         r#"[node.x]
kind = "l4-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.source_nat]]
port = 1
address = "interface""#,
         &["8: source translation at port 1, which has no interface | -"]),
        ("a flow table without room",
         r#"[node.x]
kind = "l4-switch"
ports = 2
flow_limit = 0"#,
         &["4: a flow table of 0 entries holds nothing | 1 at least would be right"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn balancers_of_layer_7() {
    are_told(&[
        ("two at one port",
         r#"[[node.alb.listener]]
port = 80
default = { forward = "web" }"#,
         &["2: listener 1 has port 80 | a port from 1 to 65535 that no other listener has would be right"]),
        ("one mistake in a condition is one mistake",
         r#"[[node.alb.listener]]
port = 81
default = { forward = "web" }
rule = [
  { priority = 1, source = "10.0.0.1", forward = "web" },
  { priority = 2, path = 5, forward = "web" },
  { priority = 3, query = { value = 5 }, forward = "web" },
]"#,
         &[
            r#"5: "10.0.0.1" is not an IP address with a prefix length | `source` is an address with its prefix length, such as "10.0.1.2/24""#,
            "6: `path` cannot be an integer | `path` is a text in quotes",
            "7: `value` cannot be an integer | `value` is a text in quotes",
         ]),
        ("a group misspelt",
         r#"[[node.alb.listener]]
port = 81
default = { forward = "wbe" }"#,
         &[r#"3: listener 81, default action: there is no target group "wbe" | there is web"#]),
        ("a Classic Load Balancer with rules",
         r#"[node.x]
kind = "l7-switch"
address = "10.0.9.1/24"
preset = "clb"
[[node.x.listener]]
port = 81
default = { fixed_response = {} }"#,
         &["5: listener 0: a Classic Load Balancer has no rules, redirects, fixed responses or weights | a `default` that forwards to one group would be right"]),
        ("answers with a header of one's own",
         r#"[[node.alb.listener]]
port = 81
default = { forward = "web" }
response_headers = { X-Own = "1" }"#,
         &[r#"4: listener 1: "X-Own" is no response header that a listener can set | Access-Control-Allow-Credentials, Access-Control-Allow-Headers, Access-Control-Allow-Methods, Access-Control-Allow-Origin, Access-Control-Expose-Headers, Access-Control-Max-Age, Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options can"#]),
        ("nothing happens",
         r#"[[node.alb.listener]]
port = 81
default = {}"#,
         &["3: one thing happens to a request | write one of forward, fixed_response or redirect"]),
        ("what else?",
         r#"[[node.alb.listener]]
port = 81
"#,
         &[r#"1: [[node.alb.listener]] needs the key `default` | `default` is what happens if no rule matches, as in { forward = "web" }"#]),
        ("each rule by itself",
         r#"[[node.alb.listener]]
port = 81
default = { forward = "web" }
rule = [
  { priority = 0, path = "/", forward = "web" },
  { priority = 1, forward = "web" },
  { priority = 2, path = "/x", fixed_response = { status = 302 } },
]"#,
         &[
            "5: listener 81, rule 0: the priority is 0 | 1 to 50000 would be right",
            "6: listener 81, rule 1: there is no condition | only the default action goes without",
            "7: listener 81, rule 2: a fixed response has a status of 2xx, 4xx or 5xx, not 302 | -",
         ]),
        ("nor by two things at once",
         r#"[[node.alb.listener]]
port = 81
default = { forward = "web" }
rule = [
  { priority = 1, path = "/a", path_regex = "^/b", forward = "web" },
  { priority = 2, header = { name = "A", values = "v", regex = "v" }, forward = "web" },
  { priority = 3, header = { name = "A" }, fixed_response = {}, stickiness = "1 h" },
  { priority = 4, header = { X-Version = ["2"] }, forward = "web" },
]"#,
         &[
            "5: listener 81, rule 1: there are two path-pattern conditions | one with all values would be right",
            "6: a value is described one way or the other | write `values`, patterns with `*` and `?`, or `regex`, regular expressions",
            "7: a value is described one way or the other | write `values`, patterns with `*` and `?`, or `regex`, regular expressions",
            "7: only what is forwarded can be sticky | `stickiness` stands beside `forward`",
            r#"8: this does not say which header field is meant | a condition is `header = { name = "X-Version", values = ["2"] }`, or with `regex`"#,
         ]),
        ("what is left out",
         r#"[[node.alb.listener]]
port = 81
default = { authenticate_oidc = { issuer = "https://id.example" }, forward = "web" }"#,
         &["3: `authenticate_oidc` is left out of the lab: it would need an identity provider | write what happens to those who are let in"]),
        ("expressions, rewrites and certificates",
         r#"[[node.alb.listener]]
port = 81
protocol = "HTTPS"
default = { forward = [{ group = "web", weight = 1 }, { group = "web" }] }
rule = [
  { priority = 1, path_regex = "^/(?=x)", forward = "web" },
  { priority = 2, path = "/x", url_rewrite = { regex = "[", replace = "" }, forward = "web" },
  { priority = 3, host = "shop", url_rewrite = { regex = "a" }, forward = "web" },
]"#,
         &[
            r#"1: listener 81: a listener that speaks HTTPS needs a certificate, its default | -"#,
            r#"4: listener 81, default action: "web" has no weight | where there are several groups each needs one, from 0 to 999"#,
            r#"4: listener 81, default action: "web" is named twice | once, with one weight, would be right"#,
            r#"6: listener 81, rule 1: the regex "^/(?=x)" has look-around, which ELB does not take | -"#,
            r#"7: listener 81, rule 2: the regex of a rewrite cannot be read: unclosed character class | -"#,
            r#"8: listener 81, rule 3: the value "shop" of the host-header condition needs a point, and only letters behind its last one | -"#,
            "8: [node.alb.listener.rule.url_rewrite] needs the key `replace` | `replace` is a text in quotes",
         ]),
        ("ELB could not name it",
         r#"[node.alb.target_group."a.b"]"#,
         &[r#"1: target group "a.b": that is no name | 1 to 32 letters, digits and hyphens, with no hyphen at either end, would be right"#]),
        ("behind HTTP there is no gRPC, and nothing is both",
         r#"[node.alb.target_group.b]
target_type = "alb"
protocol_version = "GRPC"
[[node.alb.listener]]
port = 81
default = { forward = "b" }"#,
         &[
            r#"2: target group "b": only a network load balancer has targets of type alb | instance, ip or lambda would be right"#,
            r#"6: listener 81, default action: the target group "b" speaks GRPC | a listener of protocol HTTPS would be right"#,
         ]),
        ("targets have ports",
         r#"[node.alb.target_group.b]
targets = ["10.0.0.2", "10.0.0.2:0"]"#,
         &[
            r#"2: target group "b": the target 10.0.0.2:0 has port 0 | a port from 1 to 65535 would be right"#,
            r#"2: "10.0.0.2" is not an IP address with a port | `targets` is an address with a port, such as "10.0.1.11:80""#,
         ]),
        ("somebody always takes part",
         r#"[node.alb.target_group.b]
targets = ["10.0.0.2:80"]
minimum_healthy = 0"#,
         &[r#"3: target group "b": `minimum_healthy` is 0, so that nobody would take requests when no target is healthy | 1 or more would be right"#]),
        ("a group that asks for too much",
         r#"[node.alb.target_group.b]
targets = ["10.0.0.2:80", { address = "10.0.0.3:80", state = "well" }]
algorithm = "least-outstanding-requests"
hash_key = "body"
slow_start = "30 s"
minimum_healthy = 2
dns_minimum_healthy = 1
dns_minimum_healthy_percentage = 101
cross_zone = false
lb_cookie = "8 d"
passive_health = { failures = 0, ejection = "1 min", longest_ejection = "1 s" }"#,
         &[
            r#"2: "well" is no state | `state` is initial, healthy, unhealthy, draining, unused or unavailable"#,
            r#"4: "body" cannot be hashed; `source`, `5-tuple`, `uri`, `header:NAME` or `cookie:NAME` can | `hash_key` is "source", "5-tuple", "uri", "header:NAME" or "cookie:NAME""#,
            r#"5: target group "b": slow start does not go with least-outstanding-requests | round-robin, weighted or weighted-least-connections would be right"#,
            r#"7: target group "b": the threshold for DNS is lower than the one for fail-open | as high or higher would be right"#,
            r#"8: target group "b": `dns_minimum_healthy_percentage` is 101 % | 1 to 100 would be right"#,
            r#"10: target group "b": `lb_cookie` is 691200s | 1 s to 604800 s would be right"#,
            r#"10: target group "b": stickiness by cookie does not go with `cross_zone = false` | only one of them would be right"#,
            r#"11: target group "b": `passive_health.failures` is 0 | it must be more"#,
            r#"11: target group "b": the ejection of 60s is longer than the longest of 1s | no longer would be right"#,
         ]),
        ("sticky twice",
         r#"[node.alb.target_group.b]
lb_cookie = "1 d"
app_cookie = { name = "AWSALB" }"#,
         &["3: a group is sticky in one way at most | one of `lb_cookie`, `app_cookie` and `source_ip` would be right"]),
        ("a check of nothing",
         r#"[node.alb.target_group.b]
health_check = { port = 0 }"#,
         &[r#"2: target group "b": the health check's port is 0 | a port from 1 to 65535 would be right"#]),
        ("a check that cannot be",
         r#"[node.alb.target_group.b]
algorithm = "least-conn"
health_check = { timeout = "9 s", interval = "5 s", matcher = "600" }"#,
         &[
            r#"2: "least-conn" is no algorithm | `algorithm` is round-robin, weighted, in-rows, least-outstanding-requests, weighted-least-connections, weighted-random, random-of-two, hash-source, hash-5-tuple, rss, rss-symmetric, hash-key, ring, maglev, rendezvous, bounded-load or least-outstanding"#,
            r#"3: target group "b": the health check's timeout of 9s is not less than its interval of 5s | -"#,
            r#"3: the matcher "600" cannot be read; `200`, `200,202` or `200-299` can, with codes from 200 to 499 | `matcher` is a status code, a list or a range of them: "200", "200,202" or "200-299""#,
         ]),
        ("no such parser, no such mode",
         r#"[node.y]
kind = "l7-switch"
address = "10.0.0.8/24"
parser = "lenient"
desync = "strict""#,
         &[
            r#"4: "lenient" is no parser | `parser` is strict or alb"#,
            r#"5: "strict" is no desync | `desync` is monitor, defensive or strictest"#,
         ]),
    ]);
}
