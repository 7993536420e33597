//! Conditions ready for work: held against a request, one by one.

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;
use regex::bytes::Regex;
use switchlab_http::{RequestParts, is_visible};

use crate::expression::compile;
use crate::pattern::Wildcard;
use crate::rule::pair;
use crate::{Condition, Patterns, QueryPattern};

/// What conditions look at in a request: of all texts only the visible ASCII.
pub(crate) struct Subject<'a, R> {
    pub(crate) request: &'a R,
    pub(crate) source: IpAddr,
    /// The host name without its port; `None` if none is named.
    pub(crate) host: Option<Cow<'a, [u8]>>,
    /// Whether the host came in small letters and without a port.
    pub(crate) has_plain_host: bool,
    /// The path without the query.
    pub(crate) path: Cow<'a, [u8]>,
}

impl<'a, R: RequestParts> Subject<'a, R> {
    pub(crate) fn new(request: &'a R, source: IpAddr) -> Self {
        let host = request.values("host").next();
        let host = host.filter(|host| !host.is_empty());
        let plain = host.filter(|host| is_plain(host));
        let text = |host| std::str::from_utf8(host).ok();
        Self {
            request,
            source,
            host: match plain {
                Some(host) => Some(Cow::Borrowed(host)),
                None => host
                    .and_then(text)
                    .map(|host| visible(name_of(host).as_bytes())),
            },
            has_plain_host: plain.is_some(),
            path: visible(request.path().as_bytes()),
        }
    }

    /// Keys and values of the query.
    fn pairs(&self) -> impl Iterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)> + use<'a, R> {
        let query = self.request.query();
        let items = query.into_iter().flat_map(|query| query.split('&'));
        items.filter(|item| !item.is_empty()).map(|item| {
            let (key, value) = item.split_once('=').unwrap_or((item, ""));
            (visible(key.as_bytes()), visible(value.as_bytes()))
        })
    }
}

/// Whether this is a host of small letters, digits, `-` and `.`, as nearly all are: it takes part as it is.
fn is_plain(host: &[u8]) -> bool {
    const PLAIN: [bool; 256] = {
        let mut all = [false; 256];
        let mut octet = b'-';
        while octet <= b'z' {
            all[octet as usize] = matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
            octet += 1;
        }
        all
    };
    host.iter()
        .fold(true, |all, octet| all & PLAIN[usize::from(*octet)])
}

/// What of a text takes part.
fn visible(text: &[u8]) -> Cow<'_, [u8]> {
    let takes_part = |octet: &u8| matches!(octet, b' '..=b'~');
    if is_visible(text) || text.iter().all(takes_part) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.iter().copied().filter(takes_part).collect())
}

/// A host without its port.
pub(crate) fn name_of(host: &str) -> &str {
    let colon = host.bytes().rposition(|octet| octet == b':');
    match colon {
        Some(colon) if !host[colon..].contains(']') => &host[..colon],
        _ => host,
    }
}

/// A condition ready for work.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Host(Texts),
    Path(Texts),
    Method(Vec<String>),
    Header { name: String, values: Texts },
    Query(Vec<(Option<Wildcard>, Wildcard)>),
    Source(Vec<IpNet>),
}

/// Patterns ready for work.
#[derive(Debug, Clone)]
pub(crate) enum Texts {
    Wildcards(Vec<Wildcard>),
    Regexes(Vec<Regex>),
}

impl Texts {
    pub(crate) fn new(patterns: &Patterns, ignore_case: bool) -> Result<Self, String> {
        Ok(match patterns {
            Patterns::Wildcards(values) => {
                let read = |value: &String| Wildcard::new(value, ignore_case);
                Self::Wildcards(values.iter().map(read).collect())
            }
            Patterns::Regexes(values) => {
                let read = |value: &String| {
                    compile(value, ignore_case).map_err(|why| format!("the regex {value:?} {why}"))
                };
                Self::Regexes(values.iter().map(read).collect::<Result<_, _>>()?)
            }
        })
    }

    pub(crate) fn match_any(&self, text: &[u8]) -> bool {
        match self {
            Self::Wildcards(all) => all.iter().any(|pattern| pattern.matches(text)),
            Self::Regexes(all) => all.iter().any(|regex| regex.is_match(text)),
        }
    }
}

impl Test {
    /// Compiles a condition.
    ///
    /// # Errors
    /// Which of its regular expressions is not right, and why.
    pub(crate) fn new(condition: &Condition) -> Result<Self, String> {
        Ok(match condition {
            Condition::Host(values) => Self::Host(Texts::new(values, true)?),
            Condition::Path(values) => Self::Path(Texts::new(values, false)?),
            Condition::Method(methods) => Self::Method(methods.clone()),
            Condition::Header { name, values } => Self::Header {
                name: name.clone(),
                values: Texts::new(values, true)?,
            },
            Condition::Query(pairs) => {
                let read = |text: &str| Wildcard::with_escapes(text, true);
                let pair = |QueryPattern { key, value }: &QueryPattern| {
                    (key.as_deref().map(read), read(value))
                };
                Self::Query(pairs.iter().map(pair).collect())
            }
            Condition::Source(nets) => Self::Source(nets.clone()),
        })
    }

    /// Whether the condition holds.
    pub(crate) fn holds<R: RequestParts>(&self, subject: &Subject<'_, R>) -> bool {
        match self {
            Self::Host(texts) => subject.host.as_ref().is_some_and(|it| texts.match_any(it)),
            Self::Path(texts) => texts.match_any(&subject.path),
            Self::Method(methods) => methods.iter().any(|it| it == subject.request.method()),
            Self::Header { name, values } => {
                let mut lines = subject.request.values(name);
                lines.any(|line| values.match_any(&visible(line)))
            }
            Self::Query(wanted) => subject.pairs().any(|(key, value)| {
                wanted.iter().any(|(wanted_key, wanted_value)| {
                    let key_fits = wanted_key.as_ref().is_none_or(|it| it.matches(&key));
                    key_fits && wanted_value.matches(&value)
                })
            }),
            Self::Source(nets) => nets.iter().any(|net| net.contains(&subject.source)),
        }
    }
}

/// What a request has where a condition looks.
pub(crate) fn found<R: RequestParts>(condition: &Condition, subject: &Subject<'_, R>) -> String {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    match condition {
        Condition::Host(_) => match &subject.host {
            Some(host) => text(host),
            None => "no host".to_owned(),
        },
        Condition::Path(_) => text(&subject.path),
        Condition::Method(_) => subject.request.method().to_owned(),
        Condition::Header { name, .. } => {
            let lines: Vec<_> = subject.request.values(name).map(text).collect();
            match lines.is_empty() {
                true => "no such field".to_owned(),
                false => lines.join(" | "),
            }
        }
        Condition::Query(_) => {
            let pairs = subject.pairs().map(|(key, value)| {
                let told = pair(&text(&key), &text(&value));
                match told.strip_suffix('=') {
                    Some(key) => format!("{key} without a value"),
                    None => told,
                }
            });
            let pairs: Vec<_> = pairs.collect();
            match pairs.is_empty() {
                true => "no query".to_owned(),
                false => pairs.join(" | "),
            }
        }
        Condition::Source(_) => subject.source.to_string(),
    }
}
