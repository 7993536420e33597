use std::time::Duration;

use switchlab_balance::{GroupConfig, Stickiness};

use super::*;
use crate::{
    Condition, FixedResponse, Forward, Patterns, QueryPattern, Redirect, Share, Transforms,
};

/// Two groups, and a listener at port 80.
fn config() -> L7Config {
    let mut config = L7Config::new("alb", Vec::new());
    for name in ["web", "api"] {
        let group = GroupConfig::new(name, ["10.0.1.11:80".parse().unwrap()]);
        config.groups.push(group.into());
    }
    let listener = ListenerConfig::new(80, Action::forward("web"));
    config.listeners.push(listener);
    config
}

/// What is told of a configuration: code and sentence.
fn told(config: &L7Config) -> Vec<String> {
    let errors = config.errors();
    let tell = |error: &L7Error| match error.code() {
        Some(code) => format!("{code}: {error}"),
        None => error.to_string(),
    };
    errors.iter().map(tell).collect()
}

/// Holds one mistake, or none, against what is told.
#[track_caller]
fn tells(config: &L7Config, expected: Option<(Code, &str)>, because: &str) {
    let told = told(config);
    match expected {
        None => assert_eq!(told, [""; 0], "{because}"),
        Some((code, part)) => assert!(
            told.len() == 1 && told[0].starts_with(code.name()) && told[0].contains(part),
            "{because}: {told:#?}"
        ),
    }
}

const VALUE: Code = Code::ValidationError;
const ACTION: Code = Code::InvalidLoadBalancerAction;

#[test]
fn conditions_are_held_against_what_elb_allows() {
    use Condition::{Host, Method, Path};
    let host = |value: &str| vec![Host([value].into())];
    let path = |value: &str| vec![Path([value].into())];
    let method = |value: &str| vec![Method(vec![value.to_owned()])];
    let header = |name: &str, value: &str| Condition::Header {
        name: name.to_owned(),
        values: [value].into(),
    };
    let pair = |key: Option<&str>, value: &str| {
        Condition::Query(vec![QueryPattern {
            key: key.map(str::to_owned),
            value: value.to_owned(),
        }])
    };
    let regex = |value: &str| vec![Path(Patterns::Regexes(vec![value.to_owned()]))];
    let source = |net: &str| vec![Condition::Source(vec![net.parse().unwrap()])];
    let long = |length| "x".repeat(length);
    #[rustfmt::skip]
    let rows = [
        (path("/x"),                                        None,                                  "nothing wrong"),
        (vec![header("a", "v"), header("a", "w"), pair(None, "v"), pair(Some("k"), "v")], None,    "headers and queries may stand several times"),
        (vec![],                                            Some((VALUE, "no condition")),         "no condition"),
        (vec![Path(["/a"].into()), Path(["/b"].into())],    Some((VALUE, "two path-pattern")),     "a kind twice"),
        (vec![Host(["a.b"; 3].into()), Path(["/a"; 2].into())], None,                              "five values together"),
        (vec![Host(["a.b"; 3].into()), Path(["/a"; 3].into())], Some((VALUE, "6 values")),         "six, though no condition has more than three"),
        (path("/*?*?*?"),                                   None,                                  "six wildcards"),
        (vec![Host(["*.a*.b"].into()), Path(["/*?*?*"].into())], Some((VALUE, "7 wildcards")),     "seven over the whole rule"),
        (vec![pair(Some(r"\*\*\*\*"), r"\?\?\?\?")],        None,                                  "characters, not wildcards"),
        (vec![Path(Patterns::Wildcards(vec![]))],           Some((VALUE, "no value")),             "an empty list"),
        (vec![Condition::Source(vec![])],                   Some((VALUE, "no value")),             "and of nets"),
        (path(""),                                          Some((VALUE, "0 characters")),         "an empty value"),
        (path(&long(128)),                                  None,                                  "128 characters"),
        (path(&long(129)),                                  Some((VALUE, "129 characters")),       "and one more"),
        (path("/a b"),                                      Some((VALUE, "other than")),           "a space in a path"),
        (path("/a%20b"),                                    Some((VALUE, "other than")),           "nor does a path have a percent sign"),
        (path("/_-.$/~\"'@:+&Az09*?"),                      None,                                  "all that a path may have"),
        (path("/\u{fc}"),                                   Some((VALUE, "other than")),           "no ASCII"),
        (host("*.Example-1.com"),                           None,                                  "a host"),
        (host("a_b.example.com"),                           None,                                  "newer editions allow an underscore"),
        (host("example"),                                   Some((VALUE, "needs a point")),        "a host without a point"),
        (host("10.0.0.1"),                                  Some((VALUE, "only letters")),         "digits behind the last point"),
        (host("example."),                                  Some((VALUE, "only letters")),         "nothing behind the last point"),
        (host("example.com:80"),                            Some((VALUE, "other than")),           "a port is no part of a host name"),
        (method("PROPFIND-X_Y"),                            None,                                  "methods of one's own"),
        (method("get"),                                     Some((VALUE, "capitals")),             "a method in small letters"),
        (method("G*"),                                      Some((VALUE, "capitals")),             "methods have no wildcards"),
        (method(&"M".repeat(41)),                           Some((VALUE, "40 characters")),        "a long method"),
        (vec![header("Host", "a.b")],                       Some((VALUE, "host-header looks")),    "Host has its own condition"),
        (vec![header("X-*", "v")],                          None,                                  "a star is a character of a token"),
        (vec![header("X A", "v")],                          Some((VALUE, "no name")),              "a space in a name"),
        (vec![header(&long(40), "v")],                      None,                                  "a name of 40 characters"),
        (vec![header(&long(41), "v")],                      Some((VALUE, "no name")),              "and of 41"),
        (vec![header("a", "\u{fc}")],                       Some((VALUE, "visible ASCII")),        "values of headers are ASCII"),
        (vec![pair(Some(""), "v")],                         Some((VALUE, "0 characters")),         "an empty key"),
        (vec![pair(None, &long(129))],                      Some((VALUE, "129 characters")),       "a long value"),
        (source("255.255.255.255/32"),                      Some((VALUE, "no source")),            "nobody's address"),
        (source("2001:db8::/32"),                           None,                                  "nets of IPv6"),
        (regex("^/v[0-9]+/"),                               None,                                  "a regular expression"),
        (regex("^/(?=x)"),                                  Some((VALUE, "look-around")),          "and one that ELB does not take"),
        (regex("("),                                        Some((VALUE, "cannot be read")),       "or nobody"),
        (regex(&long(129)),                                 Some((VALUE, "129 characters")),       "or that is too long"),
    ];
    for (conditions, expected, because) in rows {
        let mut config = config();
        config.listeners[0].rules = vec![Rule::new(1, conditions, Action::forward("web"))];
        tells(&config, expected, because);
        let place = config.errors().first().map(ToString::to_string);
        let is_placed = |told: &String| told.starts_with("listener 80, rule 1: ");
        assert!(place.as_ref().is_none_or(is_placed), "{because}: {place:?}");
    }
}

#[test]
fn quotas_can_be_those_of_another_time() {
    let mut config = config();
    let path = Condition::Path(["/*?*?*?"].into());
    config.listeners[0].rules = vec![Rule::new(1, vec![path], Action::forward("web"))];
    tells(&config, None, "six wildcards by default");
    config.quotas.wildcards = 5;
    tells(
        &config,
        Some((VALUE, "5 at most")),
        "five in older editions",
    );
}

#[test]
fn actions_are_held_against_what_elb_allows() {
    let share = |group: &str, weight| Share {
        group: group.into(),
        weight,
    };
    let forward = |shares, stickiness| Action::Forward(Forward { shares, stickiness });
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let two = || vec![share("web", Some(10)), share("api", Some(0))];
    let fixed = |status, content_type: &str, body: &str| {
        Action::FixedResponse(FixedResponse {
            status,
            content_type: content_type.to_owned(),
            body: body.to_owned(),
        })
    };
    let text = "text/plain";
    let redirect = |part: &str, text: &str| {
        let mut redirect = Redirect::default();
        let place = match part {
            "protocol" => &mut redirect.protocol,
            "host" => &mut redirect.host,
            "port" => &mut redirect.port,
            "path" => &mut redirect.path,
            _ => &mut redirect.query,
        };
        text.clone_into(place);
        redirect
    };
    let to = |part: &str, text: &str| Action::Redirect(redirect(part, text));
    let of_status = |status| {
        Action::Redirect(Redirect {
            status,
            ..redirect("path", "/x")
        })
    };
    #[rustfmt::skip]
    let rows = [
        (forward(two(), None),                          None,                                  "two groups, one of which gets nothing"),
        (forward(vec![share("web", None)], seconds(1)), None,                                  "one group needs no weight"),
        (forward(vec![], None),                         Some((VALUE, "0 target groups")),      "no group at all"),
        (forward(vec![share("web", None), share("api", Some(1))], None), Some((VALUE, "no weight")), "several need one each"),
        (forward(vec![share("web", Some(1000))], None), Some((VALUE, "0 to 999")),             "too heavy"),
        (forward(vec![share("web", Some(1)), share("web", Some(2))], None), Some((VALUE, "named twice")), "a group twice"),
        (Action::forward("wbe"),                        Some((Code::TargetGroupNotFound, "there is web, api")), "no such group"),
        (forward(two(), seconds(604_800)),              None,                                  "seven days"),
        (forward(two(), seconds(604_801)),              Some((VALUE, "1 s to 604800 s")),      "and a second"),
        (forward(two(), seconds(0)),                    Some((VALUE, "1 s to 604800 s")),      "no time at all"),
        (forward(two(), Some(Duration::from_millis(1500))), Some((VALUE, "whole seconds")),    "half a second"),
        (fixed(503, "application/json", "{}"),          None,                                  "a fixed response"),
        (fixed(302, text, ""),                          Some((VALUE, "2xx, 4xx or 5xx")),      "redirects have their own action"),
        (fixed(600, text, ""),                          Some((VALUE, "2xx, 4xx or 5xx")),      "no status"),
        (fixed(200, text, &"x".repeat(1024)),           None,                                  "a body of 1024 octets"),
        (fixed(200, text, &"x".repeat(1025)),           Some((VALUE, "1025 octets")),          "and of one more"),
        (fixed(200, "text/xml", ""),                    Some((VALUE, "text/plain, text/css")), "a type that is not served"),
        (of_status(301),                                None,                                  "a redirect for ever"),
        (of_status(307),                                Some((VALUE, "301 or 302")),           "another status"),
        (to("protocol", "HTTPS"),                       None,                                  "to HTTPS"),
        (to("protocol", "https"),                       Some((VALUE, "HTTP, HTTPS")),          "in capitals"),
        (to("protocol", "HTTP"),                        Some((ACTION, "round for ever")),      "what it is already"),
        (to("port", "8080"),                            None,                                  "another port"),
        (to("port", "80"),                              Some((ACTION, "round for ever")),      "the listener's own port"),
        (to("port", "+81"),                             Some((VALUE, "1 to 65535")),           "a sign in front"),
        (to("port", "0"),                               Some((VALUE, "1 to 65535")),           "no port"),
        (to("port", "#{host}"),                         Some((VALUE, "1 to 65535")),           "only its own keyword"),
        (to("host", "www.#{host}"),                     None,                                  "a host in front of a host"),
        (to("host", "#{path}.x"),                       Some((VALUE, "holds #{path}")),        "a path in a host"),
        (to("host", ""),                                Some((VALUE, "1 to 128")),             "no host"),
        (to("path", "/#{host}/#{port}/#{path}"),        None,                                  "all that a path may hold"),
        (to("path", "/#{foo}"),                         Some((VALUE, "holds #{foo}")),         "a word that stands for nothing"),
        (to("host", "a.#{HOST}"),                       Some((VALUE, "holds #{HOST}")),        "keywords are small"),
        (to("path", "/#{path"),                         Some((VALUE, "holds #{path;")),        "a word that does not end"),
        (to("path", "/#{query}"),                       Some((VALUE, "holds #{query}")),       "a query in a path"),
        (to("path", "x"),                               Some((VALUE, "begins with `/`")),      "no slash"),
        (to("path", "/a b"),                            Some((VALUE, "that a URL may hold")),  "a space"),
        (to("path", "/#{path}"),                        Some((ACTION, "round for ever")),      "nothing changes"),
        (to("query", "a=1"),                            Some((ACTION, "round for ever")),      "another query alone is a loop all the same"),
        (Action::Redirect(Redirect { query: "p=#{protocol}&h=#{host}&o=#{port}&a=#{path}&#{query}".to_owned(), ..redirect("path", "/x") }), None, "a query may hold everything"),
        (Action::Redirect(Redirect { query: "?a".to_owned(), ..redirect("path", "/x") }), Some((VALUE, "goes without `?`")), "a question mark too many"),
    ];
    for (action, expected, because) in rows {
        let mut config = config();
        config.listeners[0].default = action.clone();
        tells(&config, expected, because);
        let mut config = self::config();
        let path = Condition::Path(["/x"].into());
        config.listeners[0].rules = vec![Rule::new(1, vec![path], action)];
        tells(&config, expected, because);
    }

    let mut config = config();
    config.listeners[0].protocol = Protocol::Https;
    config.listeners[0].certificates = vec!["shop".to_owned()];
    config.listeners[0].port = 443;
    #[rustfmt::skip]
    let rows = [
        (to("protocol", "HTTP"),  Some((ACTION, "from HTTPS to HTTP")), "HTTPS is not left again"),
        (to("protocol", "HTTPS"), Some((ACTION, "round for ever")),     "it is HTTPS already"),
        (to("port", "443"),       Some((ACTION, "round for ever")),     "and at this port"),
        (to("port", "8443"),      None,                                 "another port"),
    ];
    for (action, expected, because) in rows {
        config.listeners[0].default = action;
        tells(&config, expected, because);
    }
}

#[test]
fn transforms_are_held_against_what_elb_allows() {
    let rewrite = |regex: &str, replace: &str| {
        Some(Rewrite {
            regex: regex.to_owned(),
            replace: replace.to_owned(),
        })
    };
    let long = "x".repeat(1025);
    #[rustfmt::skip]
    let rows = [
        (rewrite("^/api/(.*)$", "/$1"),         None,                              "a rewrite"),
        (rewrite("a", ""),                      None,                              "to nothing"),
        (rewrite("", "a"),                      Some((VALUE, "0 characters")),     "of nothing"),
        (rewrite(&long, ""),                    Some((VALUE, "1025 characters")),  "a long expression"),
        (rewrite("a", &long),                   Some((VALUE, "1025 characters")),  "a long replacement"),
        (rewrite(r"(a)\1", ""),                 Some((VALUE, "back-reference")),   "an expression that ELB does not take"),
    ];
    for (rewrite, expected, because) in rows {
        for is_host in [true, false] {
            let (host, url) = match is_host {
                true => (rewrite.clone(), None),
                false => (None, rewrite.clone()),
            };
            let mut config = config();
            let path = Condition::Path(["/x"].into());
            let mut rule = Rule::new(1, vec![path], Action::forward("web"));
            rule.transforms = Transforms { host, url };
            config.listeners[0].rules = vec![rule];
            tells(&config, expected, because);
        }
    }
}

/// What is made wrong, what is told of it, and why it is wrong.
type Row = (
    fn(&mut L7Config),
    Option<(Code, &'static str)>,
    &'static str,
);

#[test]
fn listeners_groups_and_quotas_are_held_against_what_elb_allows() {
    fn rules(config: &mut L7Config, count: u32) {
        let path = || vec![Condition::Path(["/x"].into())];
        let rule = |priority| Rule::new(priority, path(), Action::forward("web"));
        config.listeners[0].rules = (1..=count).map(rule).collect();
    }
    fn secure(config: &mut L7Config, certificates: usize) {
        config.listeners[0].protocol = Protocol::Https;
        config.listeners[0].certificates = vec!["shop".to_owned(); certificates];
    }
    fn listeners(config: &mut L7Config, count: u16) {
        let listener = |port| ListenerConfig::new(port, Action::forward("web"));
        config.listeners = (1..=count).map(listener).collect();
    }
    fn targets(config: &mut L7Config, group: usize, count: u16) {
        let target = |port| std::net::SocketAddr::from(([10, 0, 0, 9], port)).into();
        config.groups[group].config.targets = (1..=count).map(target).collect();
    }
    fn name(config: &mut L7Config, name: &str) {
        config.groups[0].config.name = name.into();
        config.listeners[0].default = Action::forward(name);
    }
    #[rustfmt::skip]
    let rows: &[Row] = &[
        (|_| {},                                              None,                                                   "nothing wrong"),
        (|it| rules(it, 100),                                 None,                                                   "a hundred rules"),
        (|it| rules(it, 101),                                 Some((Code::TooManyRules, "101 rules")),                "and one more"),
        (|it| { rules(it, 2); it.listeners[0].rules[1].priority = 1; }, Some((Code::PriorityInUse, "rule 1: another")), "a priority twice"),
        (|it| { rules(it, 1); it.listeners[0].rules[0].priority = 0; }, Some((VALUE, "1 to 50000")),                  "below the first"),
        (|it| { rules(it, 1); it.listeners[0].rules[0].priority = 50_000; }, None,                                    "the last"),
        (|it| { rules(it, 1); it.listeners[0].rules[0].priority = 50_001; }, Some((VALUE, "1 to 50000")),             "behind the last"),
        (|it| listeners(it, 50),                              None,                                                   "fifty listeners"),
        (|it| listeners(it, 51),                              Some((Code::TooManyListeners, "51 listeners")),         "and one more"),
        (|it| it.listeners.push(it.listeners[0].clone()),     Some((Code::DuplicateListener, "listener 1 has port 80")), "a port twice"),
        (|it| it.listeners[0].port = 0,                       Some((VALUE, "port 0")),                                "no port"),
        (|it| secure(it, 1),                                  None,                                                   "HTTPS with its certificate"),
        (|it| secure(it, 0),                                  Some((VALUE, "needs a certificate")),                   "and without"),
        (|it| secure(it, 26),                                 None,                                                   "25 besides the default one"),
        (|it| secure(it, 27),                                 Some((Code::TooManyCertificates, "27 certificates")),   "and one more"),
        (|it| { secure(it, 1); it.listeners[0].protocol = Protocol::Http; }, Some((Code::InvalidConfigurationRequest, "only a listener that speaks HTTPS")), "a certificate for nothing"),
        (|it| targets(it, 0, 1000),                           Some((Code::TooManyTargets, "1001 targets")),           "a group may have a thousand, and so may all together"),
        (|it| { it.quotas.targets = 5000; targets(it, 0, 1001); }, Some((Code::TooManyTargets, "1001 targets are registered")), "a group may not have more"),
        (|it| it.groups.push(it.groups[1].clone()),           Some((Code::DuplicateTargetGroupName, "two target groups")), "a name twice"),
        (|it| it.quotas.groups = 0,                           Some((Code::TooManyUniqueTargetGroupsPerLoadBalancer, "1 target groups in use")), "groups that no rule names do not count"),
        (|it| name(it, "A-Group-of-exactly-32-characters"),   None,                                                   "32 characters"),
        (|it| name(it, "A-Group-of-more-than-32-character"),  Some((VALUE, "32 letters")),                            "and one more"),
        (|it| name(it, "a_b"),                                Some((VALUE, "32 letters")),                            "an underscore"),
        (|it| name(it, "-a"),                                 Some((VALUE, "no hyphen at either end")),               "a hyphen in front"),
        (|it| name(it, "a-"),                                 Some((VALUE, "no hyphen at either end")),               "and behind"),
        (|it| it.groups[1].target_type = TargetType::Alb,     Some((Code::InvalidConfigurationRequest, "network load balancer")), "an ALB behind an ALB"),
        (|it| { it.groups[1].target_type = TargetType::Lambda; targets(it, 1, 2); }, Some((Code::TooManyTargets, "its function")), "two functions"),
        (|it| it.groups[0].protocol_version = ProtocolVersion::Grpc, Some((Code::IncompatibleProtocols, "speaks GRPC")), "gRPC needs HTTPS"),
        (|it| { it.groups[0].protocol_version = ProtocolVersion::Http2; secure(it, 1); }, None,                       "and so does HTTP/2"),
        (|it| it.groups[0].config.stickiness = Some(Stickiness::LbCookie { duration: Duration::ZERO }),  Some((VALUE, "lb_cookie")),                             "stickiness for no time"),
        (|it| it.groups[0].config.targets[0].address = "[2001:db8::1]:80".parse().unwrap(), Some((Code::InvalidTarget, "IPv4")), "a target of IPv6"),
    ];
    for (spoil, expected, because) in rows {
        let mut config = config();
        spoil(&mut config);
        tells(&config, *expected, because);
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let mut config = config();
    config.groups.push(config.groups[1].clone());
    config.groups[2].config.stickiness = Some(Stickiness::LbCookie {
        duration: Duration::ZERO,
    });
    config.listeners.push(config.listeners[0].clone());
    let path = || {
        vec![
            Condition::Path(["/x"].into()),
            Condition::Path(["/y"].into()),
        ]
    };
    config.listeners[1].rules = vec![Rule::new(0, path(), Action::forward("wbe"))];
    config.idle_timeout = Duration::ZERO;
    let told = told(&config);
    let parts = [
        "two target groups",
        "lb_cookie",
        "listener 1 has port 80",
        "1 to 50000",
        "two path-pattern",
        "no target group",
        "idle_timeout",
    ];
    assert_eq!(told.len(), parts.len(), "{told:#?}");
    for (told, part) in told.iter().zip(parts) {
        assert!(told.contains(part), "{told} <- {part}");
    }
}

#[test]
fn who_is_bound_to_a_target_is_bound_to_its_group() {
    let spans = Duration::from_secs(60);
    let lb_cookie = Stickiness::LbCookie { duration: spans };
    let app_cookie = Stickiness::AppCookie {
        name: "SESSION".into(),
        duration: spans,
    };
    let source_ip = Stickiness::SourceIp { duration: spans };
    let both = ["web", "api"].as_slice();
    let refused = Some((
        Code::InvalidConfigurationRequest,
        "\"api\", but not to the group",
    ));
    #[rustfmt::skip]
    let rows = [
        (Preset::Alb,   both,     Some(&lb_cookie),  None,        refused, "the group would change under the client"),
        (Preset::Alb,   both,     Some(&app_cookie), None,        refused, "whichever cookie it is"),
        (Preset::Alb,   both,     Some(&lb_cookie),  Some(spans), None,    "group stickiness mends it"),
        (Preset::Alb,   both,     Some(&source_ip),  None,        None,    "ELB has no such stickiness at layer 7"),
        (Preset::Alb,   both,     None,              None,        None,    "nobody is bound"),
        (Preset::Alb,   &["api"], Some(&lb_cookie),  None,        None,    "there is but one group"),
        (Preset::Envoy, both,     Some(&lb_cookie),  None,        None,    "the rule is ELB's"),
    ];
    for (preset, groups, stickiness, group_stickiness, expected, because) in rows {
        let mut config = config();
        config.preset = preset;
        config.groups[1].config.stickiness = stickiness.cloned();
        let share = |group: &&str| Share {
            group: (*group).into(),
            weight: Some(1),
        };
        config.listeners[0].default = Action::Forward(Forward {
            shares: groups.iter().map(share).collect(),
            stickiness: group_stickiness,
        });
        tells(&config, expected, because);
    }
}
