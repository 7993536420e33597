//! Nodes, hosts, bridges and routers.

use crate::are_told;

#[test]
#[rustfmt::skip]
fn nodes() {
    are_told(&[
        ("nothing says what it is",
         r#"[node.x]
ports = 3"#,
         &["1: [node.x] needs the key `kind` | `kind` is hub, l2-switch, l3-switch, l4-switch, l7-switch or host"]),
        ("nearly right",
         r#"[node.x]
kind = "l2-swich"
ports = 3"#,
         &[r#"2: "l2-swich" is no kind | did you mean "l2-switch"?"#]),
        ("not known at all",
         r#"[node.x]
kind = "router"
ports = 3"#,
         &[r#"2: "router" is no kind | `kind` is hub, l2-switch, l3-switch, l4-switch, l7-switch or host"#]),
        ("the name reads as a port",
         r#"[node."a:b"]
kind = "hub"
ports = 3"#,
         &[r#"1: the name "a:b" holds ':' | names are made of letters, digits, `-` and `_`"#]),
        ("how many?",
         r#"[node.x]
kind = "hub""#,
         &["1: [node.x] needs the key `ports` | `ports` is how many there are, from 1 to 65535"]),
        ("none",
         r#"[node.x]
kind = "hub"
ports = 0"#,
         &["3: a device without ports does nothing | `ports` is a whole number from 1 to 65535"]),
        ("more than there are numbers",
         r#"[node.x]
kind = "hub"
ports = 70000"#,
         &["3: 70000 is out of range | `ports` is a whole number from 0 to 65535"]),
        ("a text is no number",
         r#"[node.x]
kind = "hub"
ports = "3""#,
         &["3: `ports` cannot be a string | `ports` is a whole number from 0 to 65535"]),
        ("a hub has no address",
         r#"[node.x]
kind = "hub"
ports = 3
mac = "02:00:00:00:00:01""#,
         &["4: [node.x] has no key `mac` | the keys of [node.x] are kind, ports, half_duplex, region and zone"]),
        ("faster than half duplex goes, and a way too long",
         r#"[node.x]
kind = "hub"
ports = 3
half_duplex = { rate = "1 Gbit/s" }

[node.y]
kind = "hub"
ports = 3
half_duplex = { reach = "30 us" }"#,
         &["4: half duplex is for rates from 1 kbit/s to 100 Mbit/s | -", "9: a signal may take from 1 ns to 24µs from end to end here, so that every collision is heard within a slot of 512 bits | -"]),
        ("TOML takes it for a link's, since a link's heading stands above",
         r#"until = "3 s""#,
         &["1: [[link]] has no key `until` | `until` stands at the top of a lab file, before the first table"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn hosts() {
    are_told(&[
        ("nowhere to be found",
         r#"[node.x]
kind = "host""#,
         &[r#"1: [node.x] needs the key `address` | write `address = "10.0.1.2/24"`, or one `[[interface]]` for each port"#]),
        ("how large is its net?",
         r#"[node.x]
kind = "host"
address = "10.0.0.9""#,
         &[r#"3: "10.0.0.9" is not an IP address with a prefix length | `address` is an address with its prefix length, such as "10.0.1.2/24""#]),
        ("everybody's address",
         r#"[node.x]
kind = "host"
address = "10.0.0.255/24""#,
         &["3: 10.0.0.255/24 cannot be an interface's address: it is a group, broadcast, loopback or unset address | -"]),
        ("somebody else's address",
         r#"[node.x]
kind = "host"
address = "10.0.0.2/24""#,
         &[r#"3: 10.0.0.2 is an address of "web" already | every interface of a lab has addresses of its own"#]),
        ("the gateway is not next door",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
gateway = "10.0.1.1""#,
         &["4: the gateway 10.0.1.1 is in no net of this node | a gateway is somebody else's address in 10.0.0.0/24"]),
        ("nobody is his own gateway",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
gateway = "10.0.0.9""#,
         &["4: the gateway 10.0.0.9 is an address of this node itself | a gateway is somebody else's address in 10.0.0.0/24"]),
        ("a group's MAC address",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
mac = "01:00:00:00:00:01""#,
         &[r#"4: 01:00:00:00:00:01 is not the address of a single station | the first octet of a station's address is even, as in "02:00:00:00:00:01""#]),
        ("RFC 791 asks for 68",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
mtu = 60"#,
         &["4: an MTU of 60 is too small | IPv4 needs at least 68 octets"]),
        ("two ways of saying one thing",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[[node.x.interface]]
addresses = ["10.0.1.9/24"]"#,
         &["3: `address` is short for one `[[interface]]`, and there are both | leave out one of the two"]),
        ("a hole in the numbers",
         r#"[node.x]
kind = "host"
[[node.x.interface]]
port = 1
addresses = ["10.0.1.9/24"]"#,
         &["4: there is no port 1 | the interfaces have the ports 0, 1, 2 and so on, each its own"]),
        ("no interface at all",
         r#"[node.x]
kind = "host"
interface = []"#,
         &[r#"3: there is no interface | one at least would be right, as in `interface = [{ addresses = ["10.0.1.2/24"] }]`"#]),
        ("a kind misspelt",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ htp_server = {} }]"#,
         &["4: [[node.x.app]] has no key `htp_server` | did you mean `http_server`?"]),
        ("of no kind",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{}]"#,
         &["4: an application is of one kind | write one of http_server, http_client, ping, udp_echo, udp_sink, udp_source, dns_server or dns_resolver"]),
        ("of two kinds",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_server = {}, ping = { target = "10.0.0.1" } }]"#,
         &["4: an application is of one kind | write one of http_server, http_client, ping, udp_echo, udp_sink, udp_source, dns_server or dns_resolver"]),
        ("two of one name",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_server = {} }, { http_server = { port = 81 } }]"#,
         &[r#"4: another application here is called "http_server" | give it a name of its own, as in `{ name = "second", … }`"#]),
        ("a name with a point",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_server = {}, name = "a.b" }]"#,
         &[r#"4: the name "a.b" holds '.' | names are made of letters, digits, `-` and `_`"#]),
        ("ask whom?",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { every = "1 s" } }]"#,
         &[r#"4: [node.x.app.http_client] needs the key `url` | `url` is whom to ask, as in "http://10.0.1.10/"; several are taken in turn"#]),
        ("there is no TLS",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "https://10.0.0.3/" } }]"#,
         &[r#"4: "https" is not spoken here, only http | `url` is a URL such as "http://10.0.1.10:8080/path?query""#]),
        ("three mistakes on one line",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://web/", count = 0, every = "5" } }]"#,
         &[
            r#"4: nothing says who "web" is | write `resolver = "10.0.0.53"` at the node, or `addresses = ["10.0.1.10"]` beside the URL, or the address in its place"#,
            "4: a count of 0 asks for nothing | `count` is 1 or more; without it there is no end",
            r#"4: "5" has no unit; the units are ns, us, ms, s, min, h and d | `every` is a duration such as "300 s" or "250 ms""#,
         ]),
        ("what the applications themselves refuse, each by itself",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [
  { name = "a", http_server = { port = 0 } },
  { name = "b", http_server = { status = 99 } },
  { name = "c", http_server = { health_status = 99 } },
  { name = "d", http_client = { url = "http://10.0.0.3/", every = "0 s" } },
  { name = "e", http_client = { url = "http://10.0.0.3/", concurrency = 0, headers = { Content-Length = "3" } } },
  { name = "f", ping = { target = "10.0.0.3", size = "1 MiB" } },
  { name = "g", http_server = { port = 81, headers = { Connection = "close" } } },
]"#,
         &[
            r#"5: application "a": port 0 is no port | choose one from 1 to 65535"#,
            r#"6: application "b": 99 is no status of an answer | 200 to 599 would be right"#,
            r#"7: application "c": 99 is no status of an answer | 200 to 599 would be right"#,
            r#"8: application "d": an interval of 0 without a count, or a limit of concurrency, would never let time pass | -"#,
            r#"9: application "e": a concurrency of 0 lets no request begin | 1 or more would be right"#,
            r#"10: application "f": 1048576 octets do not fit into one packet | at most 65507 do"#,
            r#"11: application "g": Connection is not to be given: it follows from other settings | -"#,
         ]),
        ("one port, two servers",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [
  { name = "a", http_server = {} },
  { name = "b", http_server = {} },
]"#,
         &[r#"6: application "b": TCP port 80 is taken by application "a" already | choose another"#]),
        ("no buffer, no such algorithm",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
[node.x.tcp]
send_buffer = "0 B"
congestion_control = "bbr""#,
         &[
            "5: a buffer of 0 octets is not possible | `send_buffer` is 1 B to 1 GiB",
            r#"6: "bbr" is no congestion_control | `congestion_control` is off, reno or cubic"#,
         ]),
    ]);
}

#[test]
#[rustfmt::skip]
fn bridges() {
    are_told(&[
        ("counted from 0",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[[node.x.port]]
id = 2"#,
         &["5: there is no port 2 | the ports are 0 to 1"]),
        ("which one?",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[[node.x.port]]
vlan = 2"#,
         &["4: [[node.x.port]] needs the key `id` | `id` is the number of the port"]),
        ("one port, two tables",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[[node.x.port]]
id = 0
[[node.x.port]]
id = 0"#,
         &["7: port 0 is described twice | put all its keys into one table"]),
        ("802.1Q reserves it",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[[node.x.port]]
id = 0
vlan = 4095"#,
         &["6: 4095 is not a VLAN: they are numbered from 1 to 4094 | `vlan` is a VLAN number from 1 to 4094"]),
        ("access or trunk",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[[node.x.port]]
id = 0
vlan = 5
trunk = [6]"#,
         &["6: a port is either an access port or a trunk | leave out `vlan`, or else `trunk` and `native`"]),
        ("native of what?",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[[node.x.port]]
id = 0
native = 5"#,
         &["6: `native` is the untagged VLAN of a trunk, and there is no `trunk` | `vlan = 5` makes an access port"]),
        ("carries nothing",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[[node.x.port]]
id = 0
trunk = []"#,
         &["6: the trunk carries no VLAN | give it some, as in `trunk = [10, 20]`, or a `native` VLAN"]),
        ("300 of what?",
         r#"[node.x]
kind = "l2-switch"
ports = 2
ageing = "300""#,
         &[r#"4: "300" has no unit; the units are ns, us, ms, s, min, h and d | `ageing` is a duration such as "300 s" or "250 ms""#]),
        ("there are sixteen",
         r#"[node.x]
kind = "l2-switch"
ports = 2
forward_reserved = [3, 16]"#,
         &["4: there is no reserved address that ends in 16 | the last octets of the reserved addresses are 0 to 15"]),
        ("no room",
         r#"[node.x]
kind = "l2-switch"
ports = 2
capacity = 0
[[node.x.static]]
mac = "02:00:00:00:00:01"
port = 0"#,
         &["4: 1 static entries do not fit into a filtering database of 0 | -"]),
        ("a group is behind no port, and the port is not there",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[[node.x.static]]
mac = "01:00:5e:00:00:01"
port = 5"#,
         &[
            r#"5: 01:00:5e:00:00:01 is not the address of a single station | the first octet of a station's address is even, as in "02:00:00:00:00:01""#,
            "6: there is no port 5 | the ports are 0 to 1",
         ]),
        ("1 is not true",
         r#"[node.x]
kind = "l2-switch"
ports = 2
[node.x.stp]
enabled = 1"#,
         &["5: `enabled` cannot be an integer | `enabled` is true or false"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn routers() {
    are_told(&[
        ("attached nowhere",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
addresses = ["10.0.9.1/24"]"#,
         &["4: [[node.x.interface]] needs the key `port` or `vlan` | `port = 0` makes a routed port, `vlan = 10` an interface of the bridge's VLAN"]),
        ("counted from 0",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 2
addresses = ["10.0.9.1/24"]"#,
         &["5: there is no port 2 | the ports are 0 to 1"]),
        ("all that a router has against its settings",
         r#"[node.x]
kind = "l3-switch"
ports = 2
interface = [{ port = 0, addresses = ["10.0.9.1/24"] }]
[[node.x.route]]
to = "10.1.0.0/16"
via = "10.7.0.1"
[[node.x.route]]
to = "10.2.0.0/16"
via = "10.0.9.2"
mtu = 20
[[node.x.neighbor]]
ip = "10.0.9.3"
mac = "02:00:00:00:00:01"
port = 1"#,
         &[
            "7: route to 10.1.0.0/16: no interface has 10.7.0.1 in its net | name the port, or another router",
            "11: route to 10.2.0.0/16: an MTU of 20 is too small | IPv4 needs at least 68 octets",
            "12: neighbour 10.0.9.3 names port 1, which has no interface | -",
         ]),
        ("who relies on a wrong interface may be right",
         r#"[node.x]
kind = "l3-switch"
ports = 2
interface = [
  { port = 0, addresses = ["10.0.9.1/24"] },
  { port = 1, addresses = ["10.0.9.1/25"] },
]
[[node.x.route]]
to = "10.1.0.0/16"
port = 1"#,
         &["6: two interfaces have the address 10.0.9.1 | -"]),
        ("a switch with one port",
         r#"[node.x]
kind = "l3-switch"
ports = 1
interface = [{ port = 1, addresses = ["10.0.9.1/24"] }]"#,
         &["4: there is no port 1 | there is the port 0 only"]),
        ("attached twice",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
vlan = 3
addresses = ["10.0.9.1/24"]"#,
         &["6: [[node.x.interface]] names both a port and a VLAN | `port` makes a routed port, `vlan` an interface of the bridge's VLAN: leave out one"]),
        ("no port is in that VLAN, nor in any",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
vlan = 3
addresses = ["10.0.9.1/24"]"#,
         &["5: an interface is in VLAN 3, but no port names a VLAN | such a bridge is all VLAN 1"]),
        ("a group's address",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["224.0.9.1/24"]"#,
         &["6: 224.0.9.1/24 cannot be an interface's address: it is a group, broadcast, loopback or unset address | -"]),
        ("two at one port",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.interface]]
port = 0
addresses = ["10.0.8.1/24"]"#,
         &["8: two interfaces are attached to port 0 | give one of them both addresses"]),
        ("misspelt",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
reverse_path = "strct""#,
         &[r#"7: "strct" is no reverse_path | did you mean "strict"?"#]),
        ("how would it get there?",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.route]]
to = "10.0.0.0/8"
via = "10.1.1.1""#,
         &["9: route to 10.0.0.0/8: no interface has 10.1.1.1 in its net | name the port, or another router"]),
        ("leads nowhere",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.route]]
to = "10.0.0.0/8""#,
         &["8: route to 10.0.0.0/8 leads nowhere | it needs `via`, `port`, or a type"]),
        ("leads somewhere and nowhere",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.route]]
to = "10.0.0.0/8"
via = "10.0.9.2"
type = "blackhole""#,
         &["10: a route either leads somewhere or has a type | leave out `type`, or else `via`, `port` and `path`"]),
        ("IPv4 by way of IPv6",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.route]]
to = "10.0.0.0/8"
via = "2001:db8::1""#,
         &["9: route to 10.0.0.0/8: 2001:db8::1 is of another version of IP | -"]),
        ("behind a port without an interface",
         r#"[node.x]
kind = "l3-switch"
ports = 2
[[node.x.interface]]
port = 0
addresses = ["10.0.9.1/24"]
[[node.x.neighbor]]
ip = "10.0.9.2"
mac = "02:00:00:00:00:01"
port = 1"#,
         &["7: neighbour 10.0.9.2 names port 1, which has no interface | -"]),
    ]);
}
