//! The file format, key by key.
//!
//! A *lab file* describes nodes, links, what happens during the run and what is expected of it. A
//! *device file* is one node's table on its own. Both are [TOML](https://toml.io/en/v1.0.0).
//!
//! - Keys are `snake_case`, values `kebab-case`; the spellings of ELB's API (`least_outstanding_requests`,
//!   `HTTP`) are understood too.
//! - Quantities are texts with a unit; a space before the unit is free, decimals are exact.
//!   Durations: `ns`, `us`, `ms`, `s`, `min`, `h`, `d`. Rates: `bit/s`, `kbit/s`, `Mbit/s`, `Gbit/s`, `Tbit/s`.
//!   Sizes: `B`, `kB`, `MB`, `GB`, `KiB`, `MiB`, `GiB`.
//! - Where a list may stand, one value alone stands for a list of one.
//! - Unknown keys are errors. All that is wrong with a file is told at once.
//! - The order in which nodes and links stand in the file never shows in a run.
//!
//! ```
//! let lab = r#"
//! seed = 7
//!
//! [node.client]
//! kind = "host"
//! address = "10.0.1.2/24"
//! app = [{ http_client = { url = "http://10.0.1.10/", every = "500 ms", count = 100 } }]
//!
//! [node.web]
//! kind = "host"
//! address = "10.0.1.11/24"
//! app = [{ http_server = { body = "hello" } }]
//!
//! [node.sw]
//! kind = "l2-switch"
//! ports = 3
//!
//! [node.alb]
//! kind = "l7-switch"
//! address = "10.0.1.10/24"
//! listener = [{ port = 80, default = { forward = "web" } }]
//!
//! [node.alb.target_group.web]
//! targets = ["10.0.1.11:80"]
//!
//! [[link]]
//! between = ["client", "sw:0"]
//! [[link]]
//! between = ["web", "sw:1"]
//! [[link]]
//! between = ["alb", "sw:2"]
//!
//! [[at]]
//! time = "20 s"
//! stop = "web"
//!
//! [[expect]]
//! that = "client.http_client.failed == 0"
//! before = "20 s"
//! "#;
//! switchlab_scenario::lab_from_toml(lab, "lab.toml", None)?;
//! # Ok::<(), switchlab_scenario::ScenarioErrors>(())
//! ```
//!
//! # The top of a lab file
//!
//! | key | value | default |
//! |---|---|---|
//! | `seed` | whole number: where all random draws come from | 0 |
//! | `until` | duration: where the run ends, that instant included | when every HTTP client and ping with a `count` is done and the last `[[at]]` has passed |
//! | `epoch` | date and time, 1970 or later: what instant 0 is called in captures, logs and cookies | `2025-01-01T00:00:00Z` |
//! | `budget` | how many events a run may take before it is given up as endless | 500 000 000 |
//! | `node.NAME` | a node; names are made of letters, digits, `-` and `_` | one at least |
//! | `load_balancer.NAME` | what the nodes of a load balancer have in common, see below | none |
//! | `link`, `at`, `expect` | lists of tables, see below | none |
//!
//! A file with neither `until` nor a client with a `count` is an error: its run would not end.
//!
//! # `[[link]]`
//!
//! Both directions are alike and independent of each other.
//!
//! | key | value | default |
//! |---|---|---|
//! | `between` | two ends, each `NODE` or `NODE:PORT`; ends without a number take the lowest free port, links taken in the order of their ends | needed |
//! | `rate` | rate, or `"unlimited"` | `1 Gbit/s` |
//! | `delay` | duration from one end to the other | `5 us`; between nodes of different regions half the round trip between these, see [`Region`](switchlab_topology::Region) |
//! | `queue` | size: what may wait for the transmitter | `1 MiB` |
//! | `mtu` | octets of payload, 0 to 65535; 18 more are let through | 9000 |
//! | `jitter` | duration: the longest extra delay; frames keep their order | `0 s` |
//! | `loss`, `duplicate`, `reorder`, `corrupt` | probability from 0 to 1 for each frame | 0 |
//!
//! # `[[at]]`
//!
//! `time`, a duration from the start, and one deed or several:
//!
//! | key | value | what happens |
//! |---|---|---|
//! | `stop` | hosts | their applications end in order; their ports refuse from then on |
//! | `start` | nodes | a crashed node is switched on, a stopped host's applications start again |
//! | `crash` | nodes | they fall silent and forget everything |
//! | `unplug`, `plug` | ends `NODE:PORT` | the cable is pulled out, or put back in |
//! | `set_link` | `{ port = "NODE:PORT", … }` with the keys of `[[link]]` | the link changes; what is not named is as its `[[link]]` has it |
//! | `register`, `deregister` | `{ group, target = "IP:PORT" }` | a target enters or leaves a target group or service |
//! | `set_rule` | `{ listener = PORT, … }` with the keys of a rule | the rule replaces the one of its priority, or is added |
//!
//! The last three take `node` as well; it is needed only where several balancers have such a group or listener.
//! They happen to all nodes of a load balancer. A target that is registered again is in the zone in which it
//! was; a new one in that whose `subnet` has its address, or else in all.
//!
//! # `[[expect]]`
//!
//! | key | value | default |
//! |---|---|---|
//! | `that` | `NODE.APP.COUNTER OP NUMBER`, OP one of `==` `!=` `<` `<=` `>` `>=`; neither `>= 0`, which always holds, nor `< 0` | needed |
//! | `after` | duration, with a note if that is after `until`: only what was sent then or later counts | from the start |
//! | `before` | duration, longer than 0 and `after`: only what was sent earlier counts | to the end |
//! | `by` | node: only what it answered counts, or was the last to be asked for | anybody |
//! | `via` | node: only what clients asked it for counts, whoever answered: a node of a balancer, say | any |
//! | `status` | 100 to 599: only what was answered with it counts, by whomever | any, or none |
//!
//! `after` and `before` are for HTTP clients and pings, `by`, `via` and `status` for HTTP clients. What there is to
//! count:
//!
//! | application | counters |
//! |---|---|
//! | `http_client` | `sent`, `done`, `ok`, `failed`, `unfinished` |
//! | `http_server` | `served`, `health`, `refused`, `port_taken` |
//! | `ping` | `sent`, `answered`, `lost` |
//! | `udp_echo` | `echoed`, `port_taken` |
//! | `udp_sink` | `octets` of payload, `received`, `port_taken` |
//! | `udp_source` | `sent`, `received` |
//! | `dns_server` | `queries`, `answered`, `nodata`, `nxdomain`, `refused`, `malformed`, `port_taken` |
//! | `dns_resolver` | `queries`, `hits`, `asked`, `failed`, `malformed`, `port_taken` |
//! | `tcp`, on hosts and `l7-switch`es | `retransmissions`, `timeouts` (each cost at least 1 s) |
//! | `bridge`, on every switch of layers 2 to 4 | `unlearned` |
//! | each service of an `l4-switch`, by its name | `assigned`, `port_allocation_errors` (flows that no port was left for) |
//! | `flow table`, on an `l4-switch` | `evicted_over`, `evicted_embryonic`: flows that made room for others |
//! | `listener-PORT`, and by the node's own name all listeners together, on an `l7-switch` | `requests`, `2xx`, `3xx`, `4xx`, `5xx`, `own_5xx`, `connections`, `rejected`, `redirects`, `fixed_responses`, `gone` (clients that left before their answer was whole), `cut` (answers that broke off at their target), `unannounced` |
//! | each target group of an `l7-switch`, by its name | `requests`, `2xx`, `3xx`, `4xx`, `5xx`, `connections`, `connection_errors`, `retries` |
//! | `dns`, on an `l7-switch` | `entered`, `left`: how often the node did, by the health of its targets |
//! | an `l7-switch`, by its name | the metrics of `AWS/ApplicationELB` for a balancer: `RequestCount`, `HTTPCode_ELB_5XX_Count`, `RuleEvaluations`, `ProcessedBytes`, … |
//! | each target group of an `l7-switch`, by its name | those for a target group: `HTTPCode_Target_5XX_Count`, `HealthyHostCount`, `TargetConnectionErrorCount`, … |
//!
//! # Nodes of every kind
//!
//! | key | value | default |
//! |---|---|---|
//! | `kind` | what it is | needed |
//! | `region` | the region in which it stands, by its name in AWS, such as `ap-northeast-2`: one of [`REGIONS`](switchlab_topology::REGIONS) | none |
//! | `zone` | the availability zone in which it stands | none |
//!
//! # `kind = "hub"`
//!
//! | key | value | default |
//! |---|---|---|
//! | `ports` | how many, from 1 to 65535 | needed |
//! | `half_duplex` | a table: all ports share one medium, on which one sends at a time | everybody sends at once |
//! | `half_duplex.rate` | of the medium, from `1 kbit/s` to `100 Mbit/s` | `10 Mbit/s` |
//! | `half_duplex.reach` | how long a signal takes from one end to the other, up to 240 bits | `5 us` |
//! | `half_duplex.queue` | size of what may wait at a station | `1 MiB` |
//!
//! In half duplex, `medium` counts `attempts`, `collisions` and frames `sent`. Each port stands for the
//! sending side of the station behind it; the cable to it should be fast, or `rate = "unlimited"`.
//!
//! # `kind = "l2-switch"`
//!
//! | key | value | default |
//! |---|---|---|
//! | `ports` | 1 to 65535; they are numbered from 0 | needed |
//! | `mac` | the bridge's own address | none |
//! | `ageing` | duration after which an address not seen is forgotten; `"0 s"` learns nothing | `300 s` |
//! | `capacity` | addresses the filtering database holds; when it is full, new ones are not learned | 8192 |
//! | `forward_reserved` | last octets, 0 to 15, of the addresses `01:80:c2:00:00:0X` to forward nevertheless | none |
//! | `mtu` | octets of payload of all ports | 1500 |
//! | `port` | list of tables, see below | |
//! | `static` | list of `{ mac, port, vlan, sticky }`: entries that do not age; without `sticky` they follow their station | none |
//! | `multicast` | `snooping`, `querier`, `igmp_version`, `last_member_interval`, `last_member_count`, `membership_interval`, `querier_interval` | off |
//! | `stp` | `enabled`, `priority`, `hello`, `forward_delay`, `max_age` | off |
//!
//! IGMP snooping and the spanning tree are read, but not simulated yet; a note says so when they are on.
//!
//! ## `[[port]]`
//!
//! | key | value | default |
//! |---|---|---|
//! | `id` | the number of the port | needed |
//! | `mac` | the port's own address | none |
//! | `mtu` | octets of payload | the switch's |
//! | `vlan` | 1 to 4094: an access port | a switch none of whose ports names a VLAN knows none |
//! | `trunk`, `native` | VLANs with a tag; the VLAN without one | |
//! | `learning` | whether source addresses are learned here | true |
//! | `unicast_flood`, `multicast_flood`, `broadcast_flood` | whether frames are flooded out of this port | true |
//! | `hairpin` | whether frames may leave by the port they came in on | false |
//! | `isolated` | whether the port is cut off from other isolated ones | false |
//! | `locked` | whether only stations with an entry here are let in | false |
//! | `multicast_router`, `fast_leave`, `stp_cost`, `stp_priority`, `bpdu_guard`, `root_guard` | for snooping and the spanning tree | |
//!
//! # `kind = "l3-switch"`
//!
//! The keys of an `l2-switch`, and:
//!
//! | key | value | default |
//! |---|---|---|
//! | `interface` | list of tables, see below | none |
//! | `route` | list of `{ to, via, port or vlan, metric, mtu }`, of `{ to, type, metric }` with type `unreachable`, `prohibit`, `blackhole` or `throw`, or of `{ to, path, … }` with a list `path` of `{ via, port or vlan, weight }` | none |
//! | `neighbor` | list of `{ ip, mac, port or vlan }`: neighbours that need not be asked | none |
//! | `ecmp_hash` | `"l3"`: addresses make a flow; `"l4"`: protocol and ports as well | `"l3"` |
//! | `reassembly_timeout` | duration that fragments to an own address wait for the rest | `30 s` |
//! | `route_cache` | table `{ entries, lookup, queue }`: the first packet to a destination waits `lookup` (`50 us`) for a processor, before which `queue` (1000) packets may wait; the rest go at once, while it is one of the last `entries` (4096) destinations | every packet goes at once |
//!
//! A port with an interface takes no part in bridging. IPv6 addresses are read, but their packets are
//! not routed yet; a note says so.
//!
//! ## `[[interface]]` of a router
//!
//! | key | value | default |
//! |---|---|---|
//! | `port` or `vlan` | where it is attached: a routed port, or a VLAN of the bridge | needed |
//! | `addresses` | addresses with prefix lengths | none |
//! | `mac` | MAC address | made from the names of node and port |
//! | `mtu` | octets of the longest packet, 68 to 65535 | the switch's |
//! | `redirects` | whether senders are told of a better first hop | false |
//! | `source_route` | whether packets may bring a route of their own | false |
//! | `reverse_path` | `off`, `strict` or `loose` (RFC 3704) | `off` |
//! | `proxy_arp` | whether ARP is answered for addresses to which a route leads elsewhere | false |
//! | `directed_broadcast` | whether packets from here may be broadcast on another net | false |
//!
//! # `kind = "l4-switch"`
//!
//! The keys of an `l3-switch`, and:
//!
//! | key | value | default |
//! |---|---|---|
//! | `preset` | `ipvs`, or `nlb`: whose defaults hold | `ipvs` |
//! | `zone` | the zone it stands in, if there are zones | none |
//! | `cross_zone` | whether flows go to backends in other zones than its own | true; with `nlb` false |
//! | `service` | list of tables, see below | none |
//! | `source_nat` | list of `{ port, from, address }`: flows that leave by `port`, if their source is in `from`, seem to come from `address`, or from the port's own with `"interface"` | none |
//! | `timeouts` | durations: `udp`, `udp_stream`, `icmp`, `tcp_syn_sent`, `tcp_established`, `tcp_unacknowledged`, `tcp_fin_wait`, `tcp_time_wait`, `tcp_close` | those of Linux, or with `nlb` 350 s for TCP and 120 s for UDP: see [`Timeouts`](switchlab_l4::Timeouts) |
//! | `flow_limit` | flows at most, 1 or more | 65536 |
//!
//! ## `[[service]]`
//!
//! | key | value | default |
//! |---|---|---|
//! | `name` | what commands and counters call it | needed |
//! | `protocol` | `tcp` or `udp` | needed |
//! | `address`, `port` | the virtual address; normally one of the switch's own | needed |
//! | `backend` | list of `{ address, port, weight, zone }` | none |
//! | `scheduler` | see below | `round-robin`; with `nlb` `hash-5-tuple` |
//! | `hash_sequence` | with `hash-5-tuple`: whether the sequence number of a SYN is hashed too | false; with `nlb` true for TCP |
//! | `hash_port` | with `sh` and `mh`: whether the client's port is hashed with its address | false |
//! | `slots` | with `mh` and `maglev`: slots of the table, a prime | 4093, 65537 |
//! | `persistence` | `{ timeout, prefix }`: new flows of a client, the first `prefix` bits of its address, go to the backend of its last one that began less than `timeout` ago | none; once there is one, `300 s`, 32 |
//! | `mode` | `nat`: destinations are translated, answers back; `direct`: the backend next door gets the packet as it is; `tunnel`: inside another packet (RFC 2003). With the latter two backends have the virtual address as `silent`, the service's port, and answer clients themselves | `nat` |
//! | `preserve_client_ip` | whether backends see the client's address, and not the switch's | true |
//! | `reset_unknown` | whether a segment that neither opens a connection nor belongs to a known one is reset | false; with `nlb` true |
//! | `terminate_deregistered` | whether a backend's flows end when its deregistration delay is over | true; with `nlb` only for UDP |
//! | `terminate_unhealthy` | whether they end when it becomes unhealthy while another is well | true |
//! | `health_check` | `{ enabled, protocol, interval, timeout, healthy, unhealthy, port, path, matcher }`: by TCP connection, or with `protocol = "http"` by a request for `path` | none, with `nlb` by TCP; once there is one, `30 s`, `10 s` (HTTP `6 s`), 5, 2, `/`, `200-399` |
//! | `deregistration_delay` | duration that a backend keeps its flows after it was deregistered | `300 s` |
//!
//! | `scheduler` | which backend gets a new flow |
//! |---|---|
//! | `round-robin` | each in turn, a backend of weight w w times in a row |
//! | `hash-5-tuple` | addresses, ports and protocol point to it; the loss of one moves its own flows only; knows no weights |
//! | `maglev` | the same by a Maglev table, with weights |
//! | `rss`, `rss-symmetric` | addresses and ports point to it by the Toeplitz hash of network cards; the latter is the same for both directions |
//! | `rr`, `wrr`, `lc`, `wlc`, `sed`, `nq`, `sh`, `mh`, `twos`, `fo`, `ovf` | as in IPVS: see [`Ipvs`](switchlab_balance::Ipvs) |
//!
//! A backend of weight 0 gets no new flow, whatever the scheduler, unless persistence leads there.
//!
//! # `kind = "l7-switch"`
//!
//! A node of a load balancer at layer 7. The keys of a station (below), and:
//!
//! | key | value | default |
//! |---|---|---|
//! | `load_balancer` | name of the load balancer of which the node is one | the node's name |
//! | `zone` | availability zone in which the node stands | none |
//!
//! and, where it is the only node, the keys of the load balancer:
//!
//! | key | value | default |
//! |---|---|---|
//! | `parser` | `strict`: RFC 9112 to the letter, what two servers could read in two ways is refused; `alb`: leniently, as an Application Load Balancer | `strict` |
//! | `desync` | what the parser `alb` does with requests that servers might read differently: `monitor` lets all through; `defensive` blocks severe ones and closes the connections behind ambiguous ones; `strictest` blocks all but compliant ones | `defensive` |
//! | `zones` | list of `{ name, subnet }`, each name once: all zones in which the load balancer is enabled | those in which its nodes stand, if it is spoken of by itself; else none |
//! | `listener` | list of tables, see below | none |
//! | `target_group.NAME` | a target group, see below | none |
//! | `idle_timeout` | duration that a connection may be silent | `60 s` |
//! | `client_keep_alive` | age at which a client's connection is closed | `3600 s` |
//! | `preset` | `alb`, `clb`, `haproxy`, `nginx`, `envoy`: whose ways the switch has where these products differ, see [`Preset`](switchlab_l7::Preset) | `alb` |
//! | `exchange_limit` | duration that a request and its answer may take in all, WebSockets excepted | `3600 s`; `15 s` with the preset `envoy` |
//! | `idle_connections` | idle connections kept to each target | 64 |
//! | `proxy_protocol` | whether clients announce in the PROXY protocol, version 1 or 2, whom they speak for | false |
//! | `access_log` | whether its requests stand in the access log of a run | true |
//! | `x_forwarded_for` | `append`: the client's address goes behind those that are there; `preserve`: the field goes on as it came; `remove` | `append` |
//! | `xff_client_port` | whether the address appended has the client's port | false |
//! | `preserve_host_header` | whether `Host` goes on as it came | false: in lower case, without port on ports 80 and 443, with the listener's on others |
//! | `drop_invalid_header_fields` | whether fields are taken away whose names hold anything but letters, digits and `-` | false |
//! | `tls_version_and_cipher_headers` | whether targets are told version and cipher suite of TLS; there is none in a lab, which is noted | false |
//! | `dns_name` | the `Host` of requests in HTTP/1.0 that name none | the listener's address |
//! | `quotas` | table of what there may be at most, where ELB has raised it: `listeners`, `rules`, `target_groups` (in use), `targets`, `targets_per_target_group`, `certificates` (of a listener, the default one not counted), `condition_values` and `condition_wildcards` (of a rule) | 50, 100, 100, 1000, 1000, 25, 5, 6 |
//!
//! ## `[load_balancer.NAME]`
//!
//! A load balancer of several nodes is spoken of by itself, once: the second table above, `listener` and
//! `target_group` included. Its nodes have none of these keys, and each stands in a zone of its own:
//!
//! ```toml
//! [load_balancer.shop]
//! listener = [{ port = 80, default = { forward = "web" } }]
//! target_group.web = { cross_zone = false, targets = [
//!     { address = "10.0.1.11:80", zone = "a" },
//!     { address = "10.0.2.11:80", zone = "b" },
//! ] }
//!
//! [node.alb-a]
//! kind = "l7-switch"
//! load_balancer = "shop"
//! zone = "a"
//! address = "10.0.1.10/16"
//!
//! [node.alb-b]
//! kind = "l7-switch"
//! load_balancer = "shop"
//! zone = "b"
//! address = "10.0.2.10/16"
//! ```
//!
//! Each node checks the health of all targets by itself, chooses by itself, and counts by itself; a cookie of
//! one is understood by the others. A node is in DNS as long as enough targets of every group are healthy in
//! its scope, by `dns_minimum_healthy`. The report tells the answer set, the addresses of the nodes that are in
//! DNS: at first all, for no node has told anything yet, then at every change. A node that is switched off
//! leaves at that instant. If no node is in, all are told.
//!
//! ## `[[listener]]`
//!
//! | key | value | default |
//! |---|---|---|
//! | `port` | 1 to 65535, each once | needed |
//! | `name` | what the listener is called where several balancers are spoken of; of several nodes it means the first | `NODE:PORT` |
//! | `protocol` | `HTTP` or `HTTPS`; the octets of a lab are plain HTTP either way, and a note says so | `HTTP` |
//! | `certificates` | names of certificates, the default one first: with `HTTPS` one at least; nothing is done with them | none |
//! | `default` | an action | needed; with the presets `haproxy` and `envoy` a response of 503, 404 |
//! | `server_header` | whether answers tell their `Server` | true |
//! | `response_headers` | table of headers that answers get in place of their own: those that ELB can set | none |
//! | `rule` | list of tables with `priority` (1 to 50000, lowest first), conditions, rewrites and an action | none |
//!
//! Conditions, of which all must hold, and of their values any: `host` and `path` (patterns with `*` and
//! `?` for the whole text), `host_regex` and `path_regex` (regular expressions, found anywhere), `method`,
//! `header` (`{ name, values }` or `{ name, regex }`, or a list of them), `query` (`"key=value"`, `"value"`
//! or `{ key, value }`, where `\*` and `\?` are the characters themselves; `{ any = [ … ] }` in the list is a
//! condition of its own, where several have to hold), `source` (nets). One to five values and at most six
//! wildcards in all, unless `quotas` say otherwise.
//!
//! Rewrites of what is forwarded: `host_rewrite` and `url_rewrite` (path and query), each
//! `{ regex, replace }`, where `$1` and the like stand for what the groups matched. Without a match nothing
//! changes; a port that comes with the new host stays; if what comes of it is no host or no URL, the answer is 500.
//!
//! Actions: `forward`, a group or a list of `{ group, weight }` with weights from 0 to 999, and beside it
//! `stickiness`, a duration of 1 s to 604 800 s that a client's cookie binds it to its group (not at all by default;
//! with the preset `alb` needed where clients are bound to targets of one of several groups); `fixed_response`,
//! `{ status, content_type, body }`; `redirect`, `{ status, protocol, host, port, path, query }`, where
//! `#{host}` and the like stand for what was asked for. What ELB refuses is refused, and it is told what
//! would be right: see [`Rule`](switchlab_l7::Rule), [`Forward`](switchlab_l7::Forward),
//! [`FixedResponse`](switchlab_l7::FixedResponse), [`Redirect`](switchlab_l7::Redirect) and
//! [`Quotas`](switchlab_l7::Quotas). ELB's `authenticate_cognito`, `authenticate_oidc` and `jwt_validation` are left
//! out, and an error says so.
//!
//! ## `[target_group.NAME]`
//!
//! | key | value | default |
//! |---|---|---|
//! | `targets` | list of `"IP:PORT"`, or of tables with `address`, `weight` (1), `zone` (all zones), `state` and `reason` (the state it begins in, in ELB's words: `initial`, `healthy`, `unhealthy` and `draining`, from which health checks go on; `unused` and `unavailable`, which it keeps) | none |
//! | `algorithm` | the name of an [`Algorithm`](switchlab_balance::Algorithm) | `round-robin` |
//! | `hash_key` | what `hash-key`, `ring`, `maglev`, `rendezvous` and `bounded-load` hash: `source`, `5-tuple`, `uri`, `header:NAME` or `cookie:NAME` | `uri` for `hash-key`, else `5-tuple` |
//! | `balance_factor` | how far above the mean a target may be under `bounded-load`, in percent | 125 |
//! | `anomaly_mitigation` | whether targets that fail more often than others get less; with `weighted-random` alone | false |
//! | `health_check` | `{ enabled, path, interval, timeout, healthy, unhealthy, matcher, port, protocol }`: by HTTP, plain in a lab with `protocol = "HTTPS"` too | `true`, `/`, `30 s`, `5 s`, 5, 2, `200`, the target's, `HTTP` |
//! | `passive_health` | `{ failures, ejection, longest_ejection, most_ejected }`: what failures in a row of real requests lead to | not at all; once it is there, 5, `30 s`, `300 s`, 10 |
//! | `slow_start` | duration in which a target that becomes healthy gets its whole share; with `round-robin`, `weighted` and `weighted-least-connections` | `0 s` |
//! | `target_type` | `instance`, `ip` or `lambda`: what the targets are to ELB | `ip` |
//! | `protocol` | `HTTP` or `HTTPS`: what is spoken with targets; in a lab either is plain HTTP | `HTTP` |
//! | `protocol_version` | `HTTP1`; clients of a lab speak HTTP/1.1, and are answered 464 by `HTTP2` and `GRPC` | `HTTP1` |
//! | `lb_cookie` | duration, 1 s to 604 800 s, that a client's cookie binds it to its target | not at all |
//! | `app_cookie` | `{ name, duration }`: the same beside a cookie of the application | not at all; `1 d` |
//! | `source_ip` | the same by the client's address | not at all |
//! | `deregistration_delay` | duration that a target may finish what it has after it was deregistered | `300 s` |
//! | `minimum_healthy`, `minimum_healthy_percentage` | with fewer healthy targets in scope than this, all take part; 1 at least; the percentage may be `"off"` | 1, `"off"` |
//! | `dns_minimum_healthy`, `dns_minimum_healthy_percentage` | with fewer than this, the node leaves DNS; as many as above at least, or `"off"` | as `minimum_healthy`, `"off"` |
//! | `cross_zone` | whether a node sends requests to targets in other zones than its own | true |
//!
//! # `kind = "host"`
//!
//! The keys of a station (below), `resolver`, the addresses of those who are asked for names (nobody), and `app`,
//! a list of tables, each with one of these and, if it likes, a `name`, which is that of its kind by default:
//!
//! | application | keys (default) |
//! |---|---|
//! | `http_server` | `port` (80), `status` (200), `body` (empty), `content_type` (`text/plain`), `headers` (a table), `delay` (`0 s`), `health_path` (none), `health_status` (200) |
//! | `http_client` | `url` (needed; several are taken in turn), `addresses` (where a name in a URL is; none), `address_timeout` (`250 ms`), `count` (no end), `every` (one after the other), `concurrency` (no limit with `every`, else 1), `start` (`0 s`), `keep_alive` (false), `cookies` (false), `timeout` (`5 s`), `method` (`GET`), `headers` (a table), `body` (empty) |
//! | `ping` | `target` (needed), `count` (no end), `every` (`1 s`), `timeout` (`1 s`), `size` (`56 B`), `start` (`0 s`) |
//! | `udp_echo` | `port` (7) |
//! | `udp_sink` | `port` (9) |
//! | `udp_source` | `target` (needed, `IP:PORT`), `port` (any), `count` (no end), `every` (`1 s`), `size` (`64 B`), `start` (`0 s`) |
//! | `dns_server` | `zone` (needed: the names of the zones it answers for), `port` (53), `negative_ttl` (`900 s`: how long it may be kept that something is not there), `control_delay` (`1 s`: until it knows what the nodes of load balancers tell), `record` (a list, see below) |
//! | `dns_resolver` | `zone` (needed: a list of `{ name, servers }`, whom to ask for the names of each zone; `.` is all), `port` (53), `cache` (10000 answers) |
//!
//! The host of a URL is an IPv4 address, or a name. Where a `resolver` stands at the node, it is asked for the
//! IPv4 addresses of names, over UDP; several are asked in turn, each twice at most and waited for 5 s each time.
//! Answers are kept for their TTL, by each client for itself, and every request begins with the first address. A
//! request that comes to no address ends with the error `unresolved`. With `addresses` beside the URL nobody is
//! asked: a client is told once, and keeps what it was told. Of several addresses each request begins with another,
//! in turn, as if it had asked a resolver that rotates its answers. One that refuses, cannot be reached, or
//! takes no connection within `address_timeout` is passed over for the next, each once. Once a connection
//! stands no other is tried, whatever is answered. Path and query are sent as they stand.
//!
//! A client sends requests in the form of a path, and reads one answer to each. Methods that ask for another form
//! or another end are not for it: `CONNECT` (a tunnel), `TRACE`, and an `Upgrade` to WebSocket, behind which
//! something else is spoken. What a balancer does with those `switchlab route` tells.
//!
//! ## `[[record]]` of a `dns_server`
//!
//! | key | value | default |
//! |---|---|---|
//! | `name` | the name, in one of the zones; `*` as its first label stands for all names that are not there | needed |
//! | `address` | IP addresses of one version: each in turn is told first | one of these three |
//! | `cname` | the name that this one is an alias of | |
//! | `alias` | a load balancer at layer 7: the addresses of its nodes that are in DNS, or of all if none is, for 60 s | |
//! | `evaluate_target_health` | whether an alias is unhealthy while none of the nodes is in DNS | true |
//! | `ttl` | whole seconds that the answer may be kept; not with `alias` | `60 s` |
//! | `health_check` | `{ port, path, address, interval, threshold }`: how the server itself looks whether what it tells of is well, by HTTP if there is a path, else by TCP connection | none: it is well; with one: 80, none, the record's own, `30 s` (or `10 s`), 3 |
//! | `weight` | 0 to 255: who asks is told this record of several with its share of the sum | told to everybody |
//! | `region` | a region: who asks is told the record whose region is nearest to its own | |
//! | `failover` | `primary`, or `secondary`, which is told while the primary is unhealthy | |
//! | `location` | who asks from there is told: a country (`KR`), a state (`US-CA`), a continent (`continent:AS`), or everybody else (`*`) | |
//! | `multivalue` | whether it is told beside others, up to eight of them, drawn | false |
//!
//! The last five are the policies of Route 53, see [`RoutingGroup`](switchlab_balance::RoutingGroup): records of
//! one name and type follow one of them. Where somebody asks from is known by the `region` of the node that has the
//! address; a client behind a resolver is taken to be where the resolver is. Unhealthy records are left out,
//! unless all are. What nodes of load balancers tell reaches the server outside the network, like a control plane
//! of ELB, after `control_delay`; so does the silence of a node that was switched off.
//!
//! # Stations: hosts and layer 7 switches
//!
//! | key | value | default |
//! |---|---|---|
//! | `address` | address with prefix length, or several: short for one interface | needed, or `interface` |
//! | `mac`, `mtu` | of that interface | made from the name; 1500 |
//! | `interface` | list of `{ port, addresses, mac, mtu }`; ports are numbered from 0 | |
//! | `gateway` | who takes packets for everybody who is not next door | none |
//! | `silent` | addresses whose packets it takes, bare or out of a tunnel (RFC 2003), without answering ARP for them; on each `[[interface]]` where there are such | none |
//! | `neighbor` | list of `{ ip, mac, port }`: neighbours that need not be asked | none |
//! | `tcp` | table of `send_buffer` and `receive_buffer` (sizes, 1 B to 1 GiB), `congestion_control` (`cubic`, `reno`, `off`), `acknowledgment_delay`, `connect_timeout`, `user_timeout` (durations), `half_open_limit`, `connection_limit` | see [`SocketsConfig`](switchlab_host::SocketsConfig); an `l7-switch` has buffers of 8 KiB and waits 10 s for a connection |
//!
//! # Device files
//!
//! The keys of a node at the top: `kind`, `ports`, `[[port]]` and so on. The table `compare` belongs to
//! whoever compares the outcome; of it `run_until`, a duration, says how long to go on.
