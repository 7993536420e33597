//! The conditions of a rule held against what ELB allows.

use ipnet::IpNet;
use switchlab_http::is_token;

use super::Wrong;
use crate::condition::Test;
use crate::config::Quotas;
use crate::pattern::Wildcard;
use crate::{Condition, Patterns};

/// The longest value of a condition in characters.
const LONGEST_VALUE: usize = 128;
/// The longest name of a field, and the longest method, in characters.
const LONGEST_TOKEN: usize = 40;

/// Adds what is not right with the conditions of a rule.
pub(super) fn errors(conditions: &[Condition], quotas: &Quotas, errors: &mut Vec<Wrong>) {
    if conditions.is_empty() {
        errors.push(Wrong::value(
            "there is no condition; only the default action goes without",
        ));
    }
    for (place, condition) in conditions.iter().enumerate() {
        let field = condition.field();
        let is_single = !matches!(condition, Condition::Header { .. } | Condition::Query(_));
        let mut before = conditions[..place].iter();
        if is_single && before.any(|other| other.field() == field) {
            errors.push(Wrong::value(format!(
                "there are two {field} conditions; one with all values would be right"
            )));
        }
        condition.errors(errors);
    }
    let values = conditions.iter().map(Condition::values).sum::<usize>();
    let most = quotas.condition_values;
    if values > most {
        errors.push(Wrong::value(format!(
            "the conditions have {values} values together; ELB takes {most} at most"
        )));
    }
    let wildcards = conditions.iter().map(Condition::wildcards).sum::<usize>();
    let most = quotas.wildcards;
    if wildcards > most {
        errors.push(Wrong::value(format!(
            "the conditions have {wildcards} wildcards together; ELB takes {most} at most"
        )));
    }
}

impl Condition {
    /// How many values there are.
    fn values(&self) -> usize {
        match self {
            Self::Host(values) | Self::Path(values) | Self::Header { values, .. } => {
                values.values().len()
            }
            Self::Method(values) => values.len(),
            Self::Query(pairs) => pairs.len(),
            Self::Source(nets) => nets.len(),
        }
    }

    /// How many `*` and `?` there are.
    fn wildcards(&self) -> usize {
        let count = |text: &str| Wildcard::new(text, false).wildcards();
        let escaped = |text: &str| Wildcard::with_escapes(text, false).wildcards();
        match self {
            Self::Host(Patterns::Wildcards(values))
            | Self::Path(Patterns::Wildcards(values))
            | Self::Header {
                values: Patterns::Wildcards(values),
                ..
            } => values.iter().map(|value| count(value)).sum(),
            Self::Query(pairs) => pairs
                .iter()
                .map(|pair| escaped(&pair.value) + pair.key.as_deref().map_or(0, escaped))
                .sum(),
            _ => 0,
        }
    }

    /// Adds what is not right.
    fn errors(&self, errors: &mut Vec<Wrong>) {
        let field = self.field();
        if self.values() == 0 {
            errors.push(Wrong::value(format!(
                "the {field} condition has no value; one at least would be right"
            )));
        }
        let texts: Vec<&str> = match self {
            Self::Host(values) | Self::Path(values) | Self::Header { values, .. } => {
                values.values().iter().map(String::as_str).collect()
            }
            Self::Method(values) => values.iter().map(String::as_str).collect(),
            Self::Query(pairs) => {
                let keys = pairs.iter().filter_map(|pair| pair.key.as_deref());
                keys.chain(pairs.iter().map(|pair| &*pair.value)).collect()
            }
            Self::Source(_) => Vec::new(),
        };
        for text in texts {
            let wrong = match text.chars().count() {
                1..=LONGEST_VALUE => self.wrong_text(text),
                count => Some(format!(
                    "has {count} characters; 1 to {LONGEST_VALUE} would be right"
                )),
            };
            errors.extend(wrong.map(|wrong| {
                let short: String = text.chars().take(LONGEST_VALUE).collect();
                Wrong::value(format!(
                    "the value {short:?} of the {field} condition {wrong}"
                ))
            }));
        }
        match self {
            Self::Header { name, .. } => errors.extend(wrong_name(name).map(Wrong::value)),
            Self::Source(nets) => {
                // Nobody's address, which ELB does not take either.
                let nobody = |net: &&IpNet| net.to_string() == "255.255.255.255/32";
                errors.extend(nets.iter().find(nobody).map(|net| {
                    Wrong::value(format!(
                        "{net} is no source that the {field} condition takes"
                    ))
                }));
            }
            _ => {}
        }
        if let Err(because) = Test::new(self) {
            errors.push(Wrong::value(because));
        }
    }

    /// What is not right with a value of the right length.
    fn wrong_text(&self, text: &str) -> Option<String> {
        let only = |is_right: fn(u8) -> bool, what: &str| {
            let all = text.bytes().all(is_right);
            (!all).then(|| format!("holds a character other than {what}"))
        };
        match self {
            Self::Host(Patterns::Wildcards(_)) => only(
                |octet| octet.is_ascii_alphanumeric() || b"-._*?".contains(&octet),
                "letters, digits, `-`, `.`, `_`, `*` and `?`",
            )
            .or_else(|| {
                let is_right = text.rsplit_once('.').is_some_and(|(_, last)| {
                    !last.is_empty() && last.bytes().all(|octet| octet.is_ascii_alphabetic())
                });
                (!is_right)
                    .then(|| "needs a point, and only letters behind its last one".to_owned())
            }),
            Self::Path(Patterns::Wildcards(_)) => only(
                |octet| octet.is_ascii_alphanumeric() || b"_-.$/~\"'@:+&*?".contains(&octet),
                "letters, digits and `_ - . $ / ~ \" ' @ : + & * ?`",
            ),
            Self::Method(_) if text.len() > LONGEST_TOKEN => {
                Some(format!("has more than {LONGEST_TOKEN} characters"))
            }
            Self::Method(_) => only(
                |octet| matches!(octet, b'A'..=b'Z' | b'-' | b'_'),
                "capitals, `-` and `_`, without wildcards",
            ),
            _ => only(|octet| matches!(octet, b' '..=b'~'), "visible ASCII"),
        }
    }
}

/// What is not right with the name of a header field.
fn wrong_name(name: &str) -> Option<String> {
    if name.eq_ignore_ascii_case("host") {
        return Some(format!(
            "an http-header condition cannot look at {name:?}; host-header looks at the host"
        ));
    }
    let is_right = name.len() <= LONGEST_TOKEN && is_token(name.as_bytes());
    (!is_right).then(|| {
        format!(
            "{name:?} is no name of a header field; a token of 1 to {LONGEST_TOKEN} characters would be right"
        )
    })
}
