//! Redirects that lead to themselves: a request that a rule takes is made up and followed as a browser would.
//!
//! Only what stays at the listener is followed: its protocol, its port, and the host that was asked for or one that
//! a condition of the rule names. A host that nothing here names may be anybody's.

use std::net::{IpAddr, Ipv4Addr};

use switchlab_l7::{Action, Advisor, Condition, ListenerConfig, Patterns, Rule, Taker, Verdict};

use crate::implication::{one_by_one, pattern};
use crate::language::Pattern;
use crate::{Finding, Inspector, Kind};

/// How often a request is sent on before it is said to go round for ever; browsers give up after 20 times.
const ROUNDS: usize = 10;

/// Who asks, if no condition wants anybody else (RFC 5737).
const ANYBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

pub(crate) fn inspect(listener: &ListenerConfig, advisor: &Advisor, at: &mut Inspector<'_>) {
    let mut rules: Vec<&Rule> = listener.rules.iter().collect();
    rules.sort_by_key(|rule| rule.priority);
    for rule in rules {
        if !matches!(rule.action, Action::Redirect(_)) {
            continue;
        }
        let paths = samples(rule);
        let mut loops = paths.filter_map(|it| it.goes_round(rule, listener, advisor));
        let Some((asked, location)) = loops.next() else {
            continue;
        };
        at.rule(listener, rule, |it| Finding {
            kind: Kind::RedirectLoop,
            because: format!(
                "rule {} sends {asked} to {location}, and from there on for ever",
                rule.priority
            ),
            remedy: "redirect to what the rule does not take: another path, host, port or protocol"
                .to_owned(),
            ..it
        });
    }
}

/// A request that fulfils the conditions of a rule.
#[derive(Debug, Clone)]
struct Sample {
    host: String,
    path: String,
    query: String,
    fields: String,
    from: IpAddr,
}

/// A request for each path of the rule; none if one of its conditions is not understood.
fn samples(rule: &Rule) -> impl Iterator<Item = Sample> {
    let mut sample = Sample {
        host: "shop.example".to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        fields: String::new(),
        from: ANYBODY,
    };
    let mut paths = None;
    let is_understood = rule.conditions.iter().all(|condition| {
        match condition {
            Condition::Path(values) => {
                paths = Some(texts(values, false));
            }
            Condition::Host(values) => match texts(values, true).into_iter().next() {
                Some(host) => sample.host = host,
                None => return false,
            },
            Condition::Header { name, values } => match texts(values, true).first() {
                Some(value) => sample.fields += &format!("{name}: {value}\r\n"),
                None => return false,
            },
            Condition::Query(pairs) => {
                let Some(pair) = pairs.first() else {
                    return false;
                };
                let read = |text: &str| Pattern::with_escapes(text, true).example();
                let key = pair.key.as_deref().map_or_else(|| "a".to_owned(), read);
                sample.query = format!("{key}={}", read(&pair.value));
            }
            Condition::Source(nets) => match nets.first() {
                Some(net) => sample.from = net.addr(),
                None => return false,
            },
            // A browser goes on with GET.
            Condition::Method(methods) => return methods.iter().any(|it| it == "GET"),
            _ => return false,
        }
        true
    });
    let paths = match is_understood {
        true => paths.unwrap_or_else(|| vec!["/".to_owned()]),
        false => Vec::new(),
    };
    paths.into_iter().map(move |path| Sample {
        path: match path.starts_with('/') {
            true => path,
            false => format!("/{path}"),
        },
        ..sample.clone()
    })
}

/// A text for each value that is understood.
fn texts(values: &Patterns, ignore_case: bool) -> Vec<String> {
    let patterns = one_by_one(values).filter_map(|value| pattern(&value, ignore_case));
    patterns.map(|pattern| pattern.example()).collect()
}

impl Sample {
    /// What is asked for first and where that is sent, if it comes to this rule again and never to an end.
    fn goes_round(
        mut self,
        rule: &Rule,
        listener: &ListenerConfig,
        advisor: &Advisor,
    ) -> Option<(String, String)> {
        let names_host = |it: &Condition| matches!(it, Condition::Host(_));
        let has_hosts = rule.conditions.iter().any(names_host);
        let scheme = listener.protocol.name().to_ascii_lowercase();
        let (asked, mut first, mut returns) = (self.url(), None, 0);
        for round in 0..ROUNDS {
            let route = advisor.route(listener.port, self.from, self.octets().as_bytes())?;
            let is_own = route.rule == Some(Taker::Rule(rule.priority));
            if route.verdict != Verdict::Redirect || round == 0 && !is_own {
                return None;
            }
            returns += usize::from(round > 0 && is_own);
            let location = route.location?;
            let rest = location.strip_prefix(&scheme)?.strip_prefix("://")?;
            let (authority, target) = rest.split_at(rest.find('/')?);
            let (host, port) = authority.rsplit_once(':')?;
            let is_known = host == self.host || has_hosts && is_own;
            if port.parse() != Ok(listener.port) || !is_known {
                return None;
            }
            host.clone_into(&mut self.host);
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            path.clone_into(&mut self.path);
            query.clone_into(&mut self.query);
            first.get_or_insert(location);
        }
        (returns > 1).then_some((asked, first?))
    }

    fn url(&self) -> String {
        let query = match self.query.is_empty() {
            true => String::new(),
            false => format!("?{}", self.query),
        };
        format!("{}{query}", self.path)
    }

    fn octets(&self) -> String {
        let (url, host, fields) = (self.url(), &self.host, &self.fields);
        format!("GET {url} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n")
    }
}
