//! The settings held against what ELB allows: everything that is wrong, at once.

use std::sync::Arc;

use crate::{Action, Condition, FixedResponse, L7Config, L7Error, Redirect, Rule, Share};

/// How many values the conditions of one rule may have together, as ELB has it.
const MOST_VALUES: usize = 5;
/// The longest value of a condition in octets, as ELB has it.
const LONGEST_VALUE: usize = 128;
/// The most groups of one forward action, as ELB has it.
const MOST_SHARES: usize = 5;
/// The longest body of a fixed response in octets, as ELB has it.
const LONGEST_BODY: usize = 1024;

/// What stands for the parts of a request's URL in a redirect.
const KEYWORDS: [&str; 5] = ["#{protocol}", "#{host}", "#{port}", "#{path}", "#{query}"];

impl L7Config {
    /// All that is not right with these settings, save what only [`L7Error::Station`] tells.
    #[must_use]
    pub fn errors(&self) -> Vec<L7Error> {
        let mut errors = Vec::new();
        for (place, group) in self.groups.iter().enumerate() {
            let (config, name) = (&group.config, &group.config.name);
            let mut before = self.groups[..place].iter();
            if before.any(|other| other.config.name == *name) {
                let group = Arc::clone(name);
                errors.push(L7Error::GroupTwice { group });
            }
            for target in config
                .targets
                .iter()
                .filter(|target| !target.address.is_ipv4())
            {
                let (group, target) = (Arc::clone(name), target.address);
                errors.push(L7Error::TargetAddress { group, target });
            }
            errors.extend(config.errors().into_iter().map(|source| L7Error::Group {
                group: Arc::clone(name),
                source,
            }));
        }
        for (place, listener) in self.listeners.iter().enumerate() {
            let port = listener.port;
            let mut before = self.listeners[..place].iter();
            if port == 0 || before.any(|other| other.port == port) {
                let listener = place;
                errors.push(L7Error::ListenerPort { listener, port });
            }
            if !self.preset.takes(listener) {
                errors.push(L7Error::Classic { listener: place });
            }
            let responses = listener.responses.errors().into_iter();
            errors.extend(responses.map(|because| L7Error::Responses {
                listener: place,
                because,
            }));
            let mut wrong = |priority, sentences: Vec<String>| {
                errors.extend(sentences.into_iter().map(|because| L7Error::Rule {
                    listener: port,
                    priority,
                    because,
                }));
            };
            wrong(None, self.action_errors(&listener.default));
            for (at, rule) in listener.rules.iter().enumerate() {
                let mut sentences = self.rule_errors(rule);
                let mut before = listener.rules[..at].iter();
                if before.any(|other| other.priority == rule.priority) {
                    sentences
                        .push("another rule has the same priority; each needs its own".to_owned());
                }
                wrong(Some(rule.priority), sentences);
            }
        }
        if let Some(name) = &self.headers.dns_name
            && !is_host_name(name)
        {
            let name = Arc::clone(name);
            errors.push(L7Error::DnsName { name });
        }
        for (key, span) in [
            ("idle_timeout", self.idle_timeout),
            ("client_keep_alive", self.client_keep_alive),
            ("exchange_limit", self.exchange_limit),
        ] {
            if span.is_zero() {
                errors.push(L7Error::Zero { key });
            }
        }
        errors
    }

    /// All that is not right with a rule, as sentences.
    pub(crate) fn rule_errors(&self, rule: &Rule) -> Vec<String> {
        let mut errors = Vec::new();
        if !(1..=50_000).contains(&rule.priority) {
            errors.push(format!(
                "the priority is {}; 1 to 50000 would be right",
                rule.priority
            ));
        }
        if rule.conditions.is_empty() {
            errors.push("there is no condition; only the default action goes without".to_owned());
        }
        let mut values = 0;
        for (place, condition) in rule.conditions.iter().enumerate() {
            let field = condition.field();
            let is_single = !matches!(condition, Condition::Header { .. } | Condition::Query(_));
            let mut before = rule.conditions[..place].iter();
            if is_single && before.any(|other| other.field() == field) {
                errors.push(format!(
                    "there are two {field} conditions; one with both values would be right"
                ));
            }
            values += condition.errors(&mut errors);
        }
        if values > MOST_VALUES {
            errors.push(format!(
                "the conditions have {values} values together; ELB takes {MOST_VALUES} at most"
            ));
        }
        errors.extend(self.action_errors(&rule.action));
        errors
    }

    fn action_errors(&self, action: &Action) -> Vec<String> {
        let mut errors = Vec::new();
        match action {
            Action::Forward(shares) => {
                if !(1..=MOST_SHARES).contains(&shares.len()) {
                    errors.push(format!(
                        "{} target groups are named; 1 to {MOST_SHARES} would be right",
                        shares.len()
                    ));
                }
                for Share { group, weight } in shares {
                    if !self.groups.iter().any(|other| other.config.name == *group) {
                        let known: Vec<&str> = self
                            .groups
                            .iter()
                            .map(|group| &*group.config.name)
                            .collect();
                        errors.push(format!(
                            "there is no target group {group:?}; there is {}",
                            known.join(", ")
                        ));
                    }
                    if *weight > 999 {
                        errors.push(format!(
                            "the weight of {group:?} is {weight}; 0 to 999 would be right"
                        ));
                    }
                }
            }
            Action::FixedResponse(fixed) => fixed.errors(&mut errors),
            Action::Redirect(redirect) => redirect.errors(&mut errors),
        }
        errors
    }
}

/// Whether a name is made of labels of letters, digits and `-` (RFC 1123 §2.1), 253 octets at most.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_good = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(is_good)
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

impl Condition {
    /// Adds what is not right, and says how many values there are.
    fn errors(&self, errors: &mut Vec<String>) -> usize {
        let field = self.field();
        let texts: Vec<&str> = match self {
            Self::Host(values) | Self::Path(values) | Self::Method(values) => {
                values.iter().map(String::as_str).collect()
            }
            Self::Header { values, .. } => values.iter().map(String::as_str).collect(),
            Self::Query(pairs) => {
                let keys = pairs.iter().filter_map(|pair| pair.key.as_deref());
                if keys.clone().any(|key| !is_value(key)) {
                    errors.push(format!("a key of the {field} condition is {NO_VALUE}"));
                }
                pairs.iter().map(|pair| &*pair.value).collect()
            }
            Self::Source(nets) => {
                if nets.is_empty() {
                    errors.push(format!(
                        "the {field} condition has no value; one at least would be right"
                    ));
                }
                return nets.len();
            }
        };
        if texts.is_empty() || !texts.iter().all(|text| is_value(text)) {
            errors.push(format!("a value of the {field} condition is {NO_VALUE}"));
        }
        let is_method = |text: &&str| {
            text.bytes()
                .all(|octet| matches!(octet, b'A'..=b'Z' | b'-' | b'_'))
        };
        if matches!(self, Self::Method(_)) && !texts.iter().all(is_method) {
            errors
                .push("a method is written in capitals, `-` and `_`, without wildcards".to_owned());
        }
        if let Self::Header { name, .. } = self
            && (name.is_empty() || name.eq_ignore_ascii_case("host"))
        {
            errors.push(format!(
                "an {field} condition cannot look at {name:?}; host-header looks at the host"
            ));
        }
        texts.len()
    }
}

impl FixedResponse {
    fn errors(&self, errors: &mut Vec<String>) {
        let Self {
            status,
            content_type,
            body,
        } = self;
        if !matches!(status, 200..=299 | 400..=599) {
            errors.push(format!(
                "a fixed response has a status of 2xx, 4xx or 5xx, not {status}"
            ));
        }
        if body.len() > LONGEST_BODY {
            errors.push(format!("the body of the fixed response has {} octets; {LONGEST_BODY} at most would be right", body.len()));
        }
        if !is_line(content_type) {
            errors.push("the content type holds something that no header may hold".to_owned());
        }
    }
}

impl Redirect {
    fn errors(&self, errors: &mut Vec<String>) {
        let Self {
            status,
            protocol,
            host,
            port,
            path,
            query,
        } = self;
        if !matches!(status, 301 | 302) {
            errors.push(format!("a redirect has status 301 or 302, not {status}"));
        }
        if !matches!(&**protocol, "HTTP" | "HTTPS" | "#{protocol}") {
            errors.push(format!("the protocol of the redirect is {protocol:?}; HTTP, HTTPS or #{{protocol}} would be right"));
        }
        if port != "#{port}" && !port.parse::<u16>().is_ok_and(|port| port > 0) {
            errors.push(format!(
                "the port of the redirect is {port:?}; 1 to 65535 or #{{port}} would be right"
            ));
        }
        if !path.starts_with('/') {
            errors.push(format!(
                "the path of the redirect is {path:?}; it begins with `/`"
            ));
        }
        if [host, path, query].into_iter().any(|part| !is_line(part)) || host.is_empty() {
            errors.push(
                "a part of the redirect is empty or holds something that no URL may hold"
                    .to_owned(),
            );
        }
        for (name, part, usable) in [
            ("host", host, &["#{host}"][..]),
            ("path", path, &["#{host}", "#{port}", "#{path}"]),
            ("query", query, &KEYWORDS),
        ] {
            let foreign = KEYWORDS.into_iter().filter(|word| !usable.contains(word));
            for word in foreign.filter(|word| part.contains(word)) {
                errors.push(format!(
                    "the {name} of the redirect holds {word}; {} would be right there",
                    usable.join(", ")
                ));
            }
        }
        let unchanged = Self {
            status: *status,
            query: query.clone(),
            ..Self::default()
        };
        if *self == unchanged {
            errors.push("the redirect changes neither protocol, host, port nor path: it would go round for ever".to_owned());
        }
    }
}

/// What a text is that is no value, and what would be right.
const NO_VALUE: &str = "missing or none; 1 to 128 characters of visible ASCII would be right";

fn is_value(text: &str) -> bool {
    (1..=LONGEST_VALUE).contains(&text.len()) && is_line(text)
}

fn is_line(text: &str) -> bool {
    text.bytes().all(|octet| matches!(octet, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use switchlab_balance::{GroupConfig, Stickiness};

    use super::*;
    use crate::{ListenerConfig, QueryPattern};

    fn config(rule: Rule) -> L7Config {
        let mut config = L7Config::new("alb", Vec::new());
        let web = GroupConfig::new("web", ["10.0.1.11:80".parse().unwrap()]);
        config.groups = vec![web.into()];
        let mut listener = ListenerConfig::new(80, Action::forward("web"));
        listener.rules.push(rule);
        config.listeners.push(listener);
        config
    }

    #[test]
    fn a_rule_is_told_what_is_not_right_with_it() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let path = || Condition::Path(texts(&["/x"]));
        let rule = |priority, conditions, action| Rule {
            priority,
            conditions,
            action,
        };
        let forward = || Action::forward("web");
        let fixed = |status, body: &str| {
            Action::FixedResponse(FixedResponse {
                status,
                body: body.to_owned(),
                ..FixedResponse::default()
            })
        };
        let redirect = |path: &str| {
            Action::Redirect(Redirect {
                path: path.to_owned(),
                ..Redirect::default()
            })
        };
        let pair = QueryPattern {
            key: None,
            value: "v".to_owned(),
        };
        let header = |name: &str| Condition::Header {
            name: name.to_owned(),
            values: texts(&["v"]),
        };
        #[rustfmt::skip]
        let rows = [
            (rule(1, vec![path()], forward()),                                        None,                       "nothing"),
            (rule(1, vec![header("a"), header("a"), Condition::Query(vec![pair])], forward()), None,              "headers may stand twice"),
            (rule(0, vec![path()], forward()),                                        Some("1 to 50000"),         "the priority"),
            (rule(1, vec![], forward()),                                              Some("no condition"),       "no condition"),
            (rule(1, vec![path(), path()], forward()),                                Some("two path-pattern"),   "a kind twice"),
            (rule(1, vec![Condition::Host(texts(&["a"; 6]))], forward()),             Some("6 values"),           "too many values"),
            (rule(1, vec![Condition::Path(texts(&["/\u{fc}"]))], forward()),          Some("visible ASCII"),      "no ASCII"),
            (rule(1, vec![Condition::Method(texts(&["get"]))], forward()),            Some("capitals"),           "a method in small letters"),
            (rule(1, vec![Condition::Source(vec![])], forward()),                     Some("no value"),           "no net"),
            (rule(1, vec![header("Host")], forward()),                                Some("host-header looks"),  "Host has its own"),
            (rule(1, vec![path()], Action::forward("wbe")),                           Some("there is web"),       "no such group"),
            (rule(1, vec![path()], Action::Forward(vec![])),                          Some("0 target groups"),    "no group at all"),
            (rule(1, vec![path()], fixed(302, "")),                                   Some("2xx, 4xx or 5xx"),    "a status"),
            (rule(1, vec![path()], fixed(200, &"x".repeat(1025))),                    Some("1025 octets"),        "a long body"),
            (rule(1, vec![path()], redirect("/#{path}")),                             Some("round for ever"),     "a loop"),
            (rule(1, vec![path()], redirect("/#{query}")),                            Some("holds #{query}"),     "a keyword out of its place"),
            (rule(1, vec![path()], redirect("x")),                                    Some("begins with `/`"),    "no path"),
        ];
        for (rule, expected, because) in rows {
            let errors: Vec<String> = config(rule)
                .errors()
                .iter()
                .map(ToString::to_string)
                .collect();
            match expected {
                None => assert_eq!(errors, [""; 0], "{because}"),
                Some(part) => {
                    assert!(
                        errors.len() == 1 && errors[0].contains(part),
                        "{because}: {errors:?}"
                    );
                    assert!(
                        errors[0].starts_with("listener 80, rule "),
                        "{because}: {errors:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut config = config(Rule {
            priority: 1,
            conditions: vec![Condition::Path(vec!["/x".to_owned()])],
            action: Action::forward("web"),
        });
        config.groups.push(config.groups[0].clone());
        config.groups[1].config.stickiness = Some(Stickiness::LbCookie {
            duration: Duration::ZERO,
        });
        config.groups[1].config.targets[0].address = "[2001:db8::1]:80".parse().unwrap();
        config.listeners.push(config.listeners[0].clone());
        config.idle_timeout = Duration::ZERO;
        let errors: Vec<String> = config.errors().iter().map(ToString::to_string).collect();
        let parts = [
            "two target groups",
            "IPv4",
            "lb_cookie",
            "listener 1 has port 80",
            "idle_timeout",
        ];
        assert_eq!(errors.len(), parts.len(), "{errors:#?}");
        for (error, part) in errors.iter().zip(parts) {
            assert!(error.contains(part), "{error} <- {part}");
        }
    }
}
