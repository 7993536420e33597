//! Which rule takes a request, and why the others did not: a pure function of the request.

use std::net::IpAddr;

use switchlab_core::{Explain, Step};
use switchlab_http::RequestHead;

use crate::pattern::matches;
use crate::{Action, Condition, ListenerConfig, Rule};

impl ListenerConfig {
    /// The rule that takes a request, or `None` for the default action, and the action.
    ///
    /// `source` is the client's address as TCP knows it. Rules must stand in order of priority, as
    /// [`L7Switch`](crate::L7Switch) keeps them.
    pub fn route<E: Explain>(
        &self,
        head: &RequestHead,
        source: IpAddr,
        explain: &mut E,
    ) -> (Option<&Rule>, &Action) {
        match self.place_of(head, source, explain) {
            Some(place) => (Some(&self.rules[place]), &self.rules[place].action),
            None => (None, &self.default),
        }
    }

    /// The place of the rule that takes a request, `None` for the default action.
    pub(crate) fn place_of<E: Explain>(
        &self,
        head: &RequestHead,
        source: IpAddr,
        explain: &mut E,
    ) -> Option<usize> {
        for (place, rule) in self.rules.iter().enumerate() {
            let failing = rule
                .conditions
                .iter()
                .find(|condition| !condition.holds(head, source));
            explain.step(|| Step {
                stage: "l7.rule",
                asked: format!("does rule {} take {} {}?", rule.priority, head.method(), head.target()),
                found: match failing {
                    Some(condition) => format!("no: {condition} does not hold"),
                    None => format!("yes: {rule}"),
                },
                because: "Rules are tried from the lowest priority number on; the first whose conditions all hold takes the request.".into(),
            });
            if failing.is_none() {
                return Some(place);
            }
        }
        explain.step(|| Step {
            stage: "l7.rule",
            asked: "what happens if no rule takes it?".to_owned(),
            found: format!("the default action: {}", self.default),
            because: "When no rule takes a request, the listener's default action does.".into(),
        });
        None
    }
}

impl Condition {
    /// Whether the condition holds for a request from `source`.
    #[must_use]
    pub fn holds(&self, head: &RequestHead, source: IpAddr) -> bool {
        let any = |patterns: &[String], text: &[u8], ignore_case| {
            patterns
                .iter()
                .any(|pattern| matches(pattern.as_bytes(), text, ignore_case))
        };
        match self {
            Self::Host(patterns) => head
                .host()
                .is_some_and(|host| any(patterns, name_of(host).as_bytes(), true)),
            Self::Path(patterns) => any(patterns, head.path().as_bytes(), false),
            Self::Method(methods) => methods.iter().any(|method| method == head.method()),
            Self::Header { name, values } => head
                .fields
                .get_all(name)
                .any(|line| any(values, line, true)),
            Self::Query(wanted) => head.query().is_some_and(|query| {
                query.split('&').any(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    wanted.iter().any(|wanted| {
                        let fits = |pattern: &str, text: &str| {
                            matches(pattern.as_bytes(), text.as_bytes(), true)
                        };
                        let key_fits = wanted.key.as_ref().is_none_or(|wanted| fits(wanted, key));
                        key_fits && fits(&wanted.value, value)
                    })
                })
            }),
            Self::Source(nets) => nets.iter().any(|net| net.contains(&source)),
        }
    }
}

/// A host without its port.
pub(crate) fn name_of(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => &host[..colon],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use switchlab_core::{Silent, Step};

    use super::*;
    use crate::QueryPattern;

    fn listener() -> ListenerConfig {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let rule = |priority, conditions| Rule {
            priority,
            conditions,
            action: Action::forward("web"),
        };
        ListenerConfig {
            rules: vec![
                rule(
                    1,
                    vec![
                        Condition::Host(texts(&["*.example.com"])),
                        Condition::Path(texts(&["/api/*", "/v?"])),
                    ],
                ),
                rule(2, vec![Condition::Method(texts(&["DELETE"]))]),
                rule(
                    3,
                    vec![Condition::Header {
                        name: "x-beta".to_owned(),
                        values: texts(&["on*"]),
                    }],
                ),
                rule(
                    4,
                    vec![Condition::Query(vec![
                        QueryPattern {
                            key: Some("version".to_owned()),
                            value: "2".to_owned(),
                        },
                        QueryPattern {
                            key: None,
                            value: "any".to_owned(),
                        },
                    ])],
                ),
                rule(
                    5,
                    vec![Condition::Source(vec!["10.9.0.0/16".parse().unwrap()])],
                ),
            ],
            ..ListenerConfig::new(80, Action::forward("web"))
        }
    }

    #[test]
    fn the_first_rule_whose_conditions_all_hold_takes_it() {
        #[rustfmt::skip]
        let rows = [
            ("GET /api/x",          "a.EXAMPLE.com:80", "",              "10.0.0.1", Some(1), "host in any case, without its port, and path"),
            ("GET /API/x",          "a.example.com",    "",              "10.0.0.1", None,    "paths know case"),
            ("GET /v1",             "a.example.com",    "",              "10.0.0.1", Some(1), "one of the values is enough"),
            ("GET /api/x",          "example.com",      "",              "10.0.0.1", None,    "both conditions must hold"),
            ("DELETE /",            "h.x",              "",              "10.0.0.1", Some(2), "method"),
            ("delete /",            "h.x",              "",              "10.0.0.1", None,    "methods know case"),
            ("GET /",               "h.x",              "X-Beta: no\r\nx-beta: ONE\r\n", "10.0.0.1", Some(3), "any line of the field, in any case"),
            ("GET /?a=b&VERSION=2", "h.x",              "",              "10.0.0.1", Some(4), "a pair of the query"),
            ("GET /?x=any",         "h.x",              "",              "10.0.0.1", Some(4), "any key"),
            ("GET /?version=3",     "h.x",              "",              "10.0.0.1", None,    "another value"),
            ("GET /",               "h.x",              "X-Forwarded-For: 10.9.1.1\r\n", "10.0.0.1", None, "what the client says of itself does not count"),
            ("GET /",               "h.x",              "",              "10.9.1.1", Some(5), "the address TCP knows does"),
        ];
        for (line, host, fields, source, expected, because) in rows {
            let octets = format!("{line} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
            let (head, _) = RequestHead::parse(octets.as_bytes()).unwrap().unwrap();
            let listener = listener();
            let source = source.parse().unwrap();
            let (rule, _) = listener.route(&head, source, &mut Silent);
            assert_eq!(
                rule.map(|rule| rule.priority),
                expected,
                "{line}: {because}"
            );
            let mut steps: Vec<Step> = Vec::new();
            let (explained, _) = listener.route(&head, source, &mut steps);
            assert_eq!(explained, rule, "listening changes nothing");
            assert_eq!(
                steps.len(),
                expected.map_or(6, |priority| priority as usize),
                "one step a rule tried"
            );
        }
    }
}
