//! Texts, links, timetables, expectations, and files as a whole.

use switchlab_scenario::{device_from_toml, lab_from_toml};

use crate::{Row, are_told, told};

#[test]
#[rustfmt::skip]
fn texts_that_are_not_toml() {
    are_told(&[
        ("a bracket is missing",
         "[node.x",
         &["1: this is not TOML: unclosed table, expected `]` | a line is `key = value`, `[table]` or `[[list of tables]]`; a value is a text in quotes, a number, true, false, a list in `[ ]` or a table in `{ }`"]),
        ("every place is told",
         r#"[node.x]
kind =
[[b]]
c = = 1"#,
         &[
            "2: this is not TOML: string values must be quoted, expected literal string | a line is `key = value`, `[table]` or `[[list of tables]]`; a value is a text in quotes, a number, true, false, a list in `[ ]` or a table in `{ }`",
            "4: this is not TOML: extra `=`, expected nothing | a line is `key = value`, `[table]` or `[[list of tables]]`; a value is a text in quotes, a number, true, false, a list in `[ ]` or a table in `{ }`",
            "4: this is not TOML: unexpected key or value, expected newline, `#` | a line is `key = value`, `[table]` or `[[list of tables]]`; a value is a text in quotes, a number, true, false, a list in `[ ]` or a table in `{ }`",
         ]),
        ("a table stands twice",
         r#"[node.web]
kind = "host""#,
         &[
            "1: this is not TOML: duplicate key | a key stands once in its table; `[[name]]` begins the next table of a list",
            "2: this is not TOML: duplicate key | a key stands once in its table; `[[name]]` begins the next table of a list",
         ]),
    ]);
}

#[test]
#[rustfmt::skip]
fn links() {
    are_told(&[
        ("no such node",
         r#"[[link]]
between = ["wbe", "sw:1"]"#,
         &[r#"2: there is no node "wbe" | did you mean "web"?"#]),
        ("no such port",
         r#"[[link]]
between = ["alb", "sw:2"]"#,
         &[r#"2: "sw" has no port 2 | its ports are 0 to 1"#]),
        ("taken",
         r#"[[link]]
between = ["alb", "sw:0"]"#,
         &[r#"2: port 0 of "sw" is taken by another link | a port takes one link"#]),
        ("all are taken",
         r#"[[link]]
between = ["web", "sw"]"#,
         &[r#"2: all ports of "web" are taken; it has 1 | give the node more ports"#]),
        ("two links, which is which?",
         r#"[[link]]
between = ["sw", "alb"]
[[link]]
between = ["alb", "sw"]"#,
         &[r#"4: another link joins the same two nodes | give the port numbers, as in "alb:0""#]),
        ("one end",
         r#"[[link]]
between = ["alb"]"#,
         &[r#"2: a link has two ends, not 1 | `between` is the two ends, as in ["web-a", "sw:1"]"#]),
        ("no end, and a unit of bytes",
         r#"[[link]]
rate = "1 Gb""#,
         &[
            r#"1: [[link]] needs the key `between` | `between` is the two ends, as in ["web-a", "sw:1"]"#,
            r#"2: "1 Gb" has the unknown unit "Gb"; the units are bit/s, kbit/s, Mbit/s, Gbit/s and Tbit/s | `rate` is a rate such as "1 Gbit/s", or "unlimited""#,
         ]),
        ("more than always, before now, and unknown",
         r#"[[link]]
between = ["alb", "sw:1"]
loss = 1.5
delay = "-1 s"
speed = 3"#,
         &[
            "3: 1.5 is not between 0 and 1 | `loss` is a probability from 0 to 1, such as 0.01",
            r#"4: "-1 s" does not begin with a number | `delay` is a duration such as "300 s" or "250 ms""#,
            "5: [[link]] has no key `speed` | the keys of [[link]] are between, rate, delay, queue, mtu, jitter, loss, duplicate, reorder and corrupt",
         ]),
    ]);
}

#[test]
#[rustfmt::skip]
fn timetables() {
    are_told(&[
        ("do what?",
         r#"[[at]]
time = "1 s""#,
         &["1: [[at]] says when, but not what | the deeds are stop, start, crash, unplug, plug, set_link, register, deregister and set_rule"]),
        ("when?",
         r#"[[at]]
stop = "web""#,
         &[r#"1: [[at]] needs the key `time` | `time` is a duration such as "300 s" or "250 ms""#]),
        ("no such node",
         r#"[[at]]
time = "1 s"
stop = "wep""#,
         &[r#"3: there is no node "wep" | did you mean "web"?"#]),
        ("nothing to stop there",
         r#"[[at]]
time = "1 s"
stop = "sw""#,
         &[r#"3: "sw" is no host, and has no applications to stop | `crash` switches any node off"#]),
        ("misspelt",
         r#"[[at]]
time = "1 s"
stopp = "web""#,
         &["3: [[at]] has no key `stopp` | did you mean `stop`?"]),
        ("no such port",
         r#"[[at]]
time = "1 s"
unplug = "sw:7""#,
         &[r#"3: "sw:7" names no port | the ports are "sw:0" to "sw:1""#]),
        ("which port?",
         r#"[[at]]
time = "1 s"
unplug = "sw""#,
         &[r#"3: "sw" names no port | the ports are "sw:0" to "sw:1""#]),
        ("nothing is plugged in",
         r#"[[at]]
time = "1 s"
unplug = "sw:1""#,
         &[r#"3: no link is plugged into port 1 of "sw" | name an end of a `[[link]]`"#]),
        ("which link?",
         r#"[[at]]
time = "1 s"
set_link = { rate = "1 Gbit/s" }"#,
         &[r#"3: [at.set_link] needs the key `port` | `port` is an end of the link, as in "sw:1""#]),
        ("no such group",
         r#"[[at]]
time = "1 s"
register = { group = "wep", target = "10.0.0.2:80" }"#,
         &[r#"3: there is no target group "wep" | did you mean "web"?"#]),
        ("several have it",
         r#"[node.alb2]
kind = "l7-switch"
address = "10.0.0.4/24"
[node.alb2.target_group.web]
[[at]]
time = "1 s"
register = { group = "web", target = "10.0.0.2:80" }"#,
         &[r#"7: several balancers have a target group "web" | name the node, as in `node = "alb"`"#]),
        ("no such listener",
         r#"[[at]]
time = "1 s"
set_rule = { listener = 81, priority = 1, path = "/", forward = "web" }"#,
         &[r#"3: there is no listener "81" | did you mean "80"?"#]),
        ("a rule that the switch would refuse",
         r#"[[at]]
time = "1 s"
set_rule = { listener = 80, priority = 1, path = "/", forward = "wbe" }"#,
         &[r#"3: listener 80, rule 1: there is no target group "wbe" | there is web"#]),
    ]);
}

#[test]
#[rustfmt::skip]
fn expectations() {
    are_told(&[
        ("compares nothing",
         r#"[[expect]]
that = "web.http_server.served""#,
         &[r#"2: the expectation compares nothing | write NODE.APP.COUNTER OP NUMBER, as in "client.http_client.failed == 0""#]),
        ("no such operator",
         r#"[[expect]]
that = "web.http_server.served => 1""#,
         &[r#"2: the operators are ==, !=, <, <=, > and >= | write NODE.APP.COUNTER OP NUMBER, as in "client.http_client.failed == 0""#]),
        ("whose?",
         r#"[[expect]]
that = "web.served == 1""#,
         &[r#"2: a counter has a name of three parts | write NODE.APP.COUNTER OP NUMBER, as in "client.http_client.failed == 0""#]),
        ("not a number",
         r#"[[expect]]
that = "web.http_server.served == many""#,
         &[r#"2: counters are compared with whole numbers | write NODE.APP.COUNTER OP NUMBER, as in "client.http_client.failed == 0""#]),
        ("no such node",
         r#"[[expect]]
that = "wb.http_server.served == 1""#,
         &[r#"2: there is no node "wb" | did you mean "web"?"#]),
        ("no such application",
         r#"[[expect]]
that = "web.server.served == 1""#,
         &[r#"2: nothing on "web" is called "server" | there is http_server or tcp"#]),
        ("an application with a mistake is there all the same",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://web/", count = 1 } }]
[[expect]]
that = "x.http_client.failed == 0""#,
         &[r#"4: nothing says who "web" is | write `resolver = "10.0.0.53"` at the node, or `addresses = ["10.0.1.10"]` beside the URL, or the address in its place"#]),
        ("no such counter",
         r#"[[expect]]
that = "web.http_server.serve == 1""#,
         &[r#"2: "http_server" on "web" does not count "serve" | did you mean "served"?"#]),
        ("a server asks nobody",
         r#"[[expect]]
that = "web.http_server.served == 1"
after = "1 s""#,
         &[r#"3: "http_server" on "web" sends nothing by itself | leave out `after` and `before`, or name another counter of a client"#]),
        ("the end is one moment",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://10.0.0.3/", count = 1 } }]
[[expect]]
that = "x.http_client.unfinished == 0"
after = "1 s""#,
         &[r#"7: "unfinished" is counted at the end only | leave out `after` and `before`, or name another counter of a client"#]),
        ("nobody of that name answers",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://10.0.0.3/", count = 1 } }]
[[expect]]
that = "x.http_client.ok == 0"
by = "wb""#,
         &[r#"7: there is no node "wb" | did you mean "web"?"#]),
        ("a ping has no status",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ ping = { target = "10.0.0.2", count = 1 } }]
[[expect]]
that = "x.ping.lost == 0"
status = 200"#,
         &[r#"7: "ping" on "x" asks for nothing by HTTP | leave out `by`, `via` and `status`, or name a counter of an HTTP client"#]),
        ("no answer has such a status",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://10.0.0.3/", count = 1 } }]
[[expect]]
that = "x.http_client.ok == 0"
status = 99
[[expect]]
that = "x.http_client.ok == 0"
status = 600"#,
         &["7: 99 is out of range | `status` is a status code from 100 to 599", "10: 600 is out of range | `status` is a status code from 100 to 599"]),
        ("nothing is sent then",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ http_client = { url = "http://10.0.0.3/", count = 1 } }]
[[expect]]
that = "x.http_client.failed == 0"
before = "0 s""#,
         &["7: nothing is sent before the run begins | requests count that were sent earlier than `before`"]),
        ("what holds of all numbers says nothing",
         r#"[[expect]]
that = "web.http_server.served >= 0"
[[expect]]
that = "web.http_server.served < 0""#,
         &[r#"2: no counter is below 0, so this holds whatever happens | write NODE.APP.COUNTER OP NUMBER, as in "client.http_client.failed == 0""#,
           r#"4: no counter is below 0, so this fails whatever happens | write NODE.APP.COUNTER OP NUMBER, as in "client.http_client.failed == 0""#]),
        ("nothing is between",
         r#"[node.x]
kind = "host"
address = "10.0.0.9/24"
app = [{ ping = { target = "10.0.0.2", count = 1 } }]
[[expect]]
that = "x.ping.lost == 0"
after = "2 s"
before = "1 s""#,
         &["8: `before` is not later than `after` | requests count that were sent at `after` or later, and earlier than `before`"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn whole_labs() {
    let rows: &[Row] = &[
        ("nothing is no lab",
         "",
         &["1: the lab has no node | a node is a table such as `[node.sw]`, with a `kind`"]),
        ("a device is no lab",
         r#"kind = "hub"
ports = 2"#,
         &["1: the lab has no node | this is the file of a single device: `switchlab replay` takes it"]),
        ("an endless lab",
         r#"[node.a]
kind = "hub"
ports = 2"#,
         &[r#"1: nothing says when the run ends | write `until = "60 s"` at the top, or give a client a `count`"#]),
        ("clients without end do not end it",
         r#"[node.a]
kind = "host"
address = "10.0.0.1/24"
app = [{ ping = { target = "10.0.0.2" } }]"#,
         &[r#"1: nothing says when the run ends | write `until = "60 s"` at the top, or give a client a `count`"#]),
        ("neither a number nor a time",
         r#"seed = -1
until = "1 s"
epoch = "2025"
[node.a]
kind = "hub"
ports = 2"#,
         &[
            "1: -1 is out of range | `seed` is a whole number from 0 to 18446744073709551615",
            r#"3: "2025" is no date and time with a zone | `epoch` is a date and time such as "2025-01-01T00:00:00Z""#,
         ]),
        ("nothing could happen",
         r#"until = "1 s"
budget = 0
[node.a]
kind = "hub"
ports = 2"#,
         &["2: a budget of 0 events lets nothing happen | `budget` is 1 or more; without it a run may take 500 000 000 events"]),
        ("a refused quantity tells the range",
         r#"until = "1.5 ns"
[node.a]
kind = "hub"
ports = 2"#,
         &[r#"1: "1.5 ns" is out of range; the range is 0 ns to 213503 d, in whole nanoseconds | `until` is a duration such as "300 s" or "250 ms""#]),
        ("captures know no time before 1970",
         r#"epoch = 1969-01-01T00:00:00Z
until = "1 s"
[node.a]
kind = "hub"
ports = 2"#,
         &["1: a run cannot begin before 1970 | captures count their time from 1970-01-01T00:00:00Z"]),
        ("several mistakes in several places, all told",
         r#"until = "1 h"
[node.a]
kind = "hub"
prots = 2
[node.b]
kind = "hst"
[[link]]
between = ["a", "c"]
[[at]]
stop = "b""#,
         &[
            "2: [node.a] needs the key `ports` | `ports` is how many there are, from 1 to 65535",
            "4: [node.a] has no key `prots` | did you mean `ports`?",
            r#"6: "hst" is no kind | did you mean "host"?"#,
            r#"8: there is no node "c" | did you mean "a"?"#,
            r#"9: [[at]] needs the key `time` | `time` is a duration such as "300 s" or "250 ms""#,
         ]),
    ];
    for (because, text, expected) in rows {
        let errors = lab_from_toml(text, "lab.toml", None).map(drop).expect_err(because);
        assert_eq!(told(&errors, 0), *expected, "{because}:\n{text}");
    }
}

#[test]
#[rustfmt::skip]
fn devices() {
    let rows: &[Row] = &[
        ("nothing is no device",
         "",
         &["1: the file needs the key `kind` | `kind` is hub, l2-switch, l3-switch, l4-switch, l7-switch or host"]),
        ("a lab is no device",
         r#"[node.a]
kind = "hub"
ports = 2"#,
         &["1: this is a lab, not a single device | `switchlab run` takes lab files"]),
        ("a comparer's table is known, its duration is not",
         r#"kind = "hub"
ports = 2
[compare]
mask = ["own-ip-id"]
run_until = "1""#,
         &[r#"5: "1" has no unit; the units are ns, us, ms, s, min, h and d | `run_until` is a duration such as "300 s" or "250 ms""#]),
    ];
    for (because, text, expected) in rows {
        let errors = device_from_toml(text, "device.toml").map(drop).expect_err(because);
        assert_eq!(told(&errors, 0), *expected, "{because}:\n{text}");
    }
}
