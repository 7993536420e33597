//! Actions held against what ELB allows.

use switchlab_balance::STICKINESS_RANGE;

use super::Wrong;
use crate::config::Protocol;
use crate::{FixedResponse, Forward, ListenerConfig, Redirect};

/// The most groups of one forward action.
const MOST_SHARES: usize = 5;
/// The longest body of a fixed response in octets.
const LONGEST_BODY: usize = 1024;
/// The longest host, path or query of a redirect in characters (API shape `RedirectActionConfig`).
const LONGEST_PART: usize = 128;
/// The media types of fixed responses.
const CONTENT_TYPES: [&str; 5] = [
    "text/plain",
    "text/css",
    "text/html",
    "application/javascript",
    "application/json",
];

/// What stands for the parts of a request's URL in a redirect.
const KEYWORDS: [&str; 5] = ["#{protocol}", "#{host}", "#{port}", "#{path}", "#{query}"];

impl Forward {
    /// Adds what is not right, but for groups that are not there.
    pub(super) fn errors(&self, errors: &mut Vec<Wrong>) {
        let Self { shares, stickiness } = self;
        let count = shares.len();
        if !(1..=MOST_SHARES).contains(&count) {
            errors.push(Wrong::value(format!(
                "{count} target groups are named; 1 to {MOST_SHARES} would be right"
            )));
        }
        for (place, share) in shares.iter().enumerate() {
            let group = &share.group;
            match share.weight {
                None if count > 1 => errors.push(Wrong::value(format!(
                    "{group:?} has no weight; where there are several groups each needs one, from 0 to 999"
                ))),
                Some(weight @ 1000..) => errors.push(Wrong::value(format!(
                    "the weight of {group:?} is {weight}; 0 to 999 would be right"
                ))),
                _ => {}
            }
            if shares[..place].iter().any(|other| other.group == *group) {
                errors.push(Wrong::value(format!(
                    "{group:?} is named twice; once, with one weight, would be right"
                )));
            }
        }
        if let Some(span) = stickiness
            && (!STICKINESS_RANGE.contains(span) || span.subsec_nanos() > 0)
        {
            errors.push(Wrong::value(format!(
                "the stickiness is {span:?}; 1 s to 604800 s, in whole seconds, would be right"
            )));
        }
    }
}

impl FixedResponse {
    /// Adds what is not right.
    pub(super) fn errors(&self, errors: &mut Vec<Wrong>) {
        let Self {
            status,
            content_type,
            body,
        } = self;
        if !matches!(status, 200..=299 | 400..=599) {
            errors.push(Wrong::value(format!(
                "a fixed response has a status of 2xx, 4xx or 5xx, not {status}"
            )));
        }
        if body.len() > LONGEST_BODY {
            errors.push(Wrong::value(format!(
                "the body of the fixed response has {} octets; {LONGEST_BODY} at most would be right",
                body.len()
            )));
        }
        if !CONTENT_TYPES.contains(&&**content_type) {
            errors.push(Wrong::value(format!(
                "the content type of the fixed response is {content_type:?}; one of {} would be right",
                CONTENT_TYPES.join(", ")
            )));
        }
    }
}

impl Redirect {
    /// Adds what is not right with a redirect of this listener.
    pub(super) fn errors(&self, listener: &ListenerConfig, errors: &mut Vec<Wrong>) {
        let Self {
            status,
            protocol,
            host,
            port,
            path,
            query,
        } = self;
        if !matches!(status, 301 | 302) {
            errors.push(Wrong::value(format!(
                "a redirect has status 301 or 302, not {status}"
            )));
        }
        if !matches!(&**protocol, "HTTP" | "HTTPS" | "#{protocol}") {
            errors.push(Wrong::value(format!(
                "the protocol of the redirect is {protocol:?}; HTTP, HTTPS or #{{protocol}} would be right"
            )));
        }
        if port != "#{port}" && !is_port(port) {
            errors.push(Wrong::value(format!(
                "the port of the redirect is {port:?}; 1 to 65535 or #{{port}} would be right"
            )));
        }
        if !path.starts_with('/') {
            errors.push(Wrong::value(format!(
                "the path of the redirect is {path:?}; it begins with `/`"
            )));
        }
        if query.starts_with('?') {
            errors.push(Wrong::value(format!(
                "the query of the redirect is {query:?}; it goes without `?`"
            )));
        }
        for (name, part, usable, least) in [
            ("host", host, &["#{host}"][..], 1),
            ("path", path, &["#{host}", "#{port}", "#{path}"], 1),
            ("query", query, &KEYWORDS, 0),
        ] {
            let is_visible = part.bytes().all(|octet| octet.is_ascii_graphic());
            if !(least..=LONGEST_PART).contains(&part.chars().count()) || !is_visible {
                errors.push(Wrong::value(format!(
                    "the {name} of the redirect is {part:?}; {least} to {LONGEST_PART} characters that a URL may hold would be right"
                )));
            }
            for word in keywords(part).filter(|word| !usable.contains(word)) {
                errors.push(Wrong::value(format!(
                    "the {name} of the redirect holds {word}; {} would be right there",
                    usable.join(", ")
                )));
            }
        }
        if protocol == "HTTP" && listener.protocol == Protocol::Https {
            errors.push(Wrong::action(
                "the redirect leads from HTTPS to HTTP; only the other way would be right",
            ));
        }
        let same_protocol = protocol == "#{protocol}" || protocol == listener.protocol.name();
        let same_port = port == "#{port}" || port.parse() == Ok(listener.port);
        if same_protocol && same_port && host == "#{host}" && path == "/#{path}" {
            errors.push(Wrong::action(
                "the redirect changes neither protocol, host, port nor path: it would go round for ever",
            ));
        }
    }
}

/// What of a text stands for something: from each `#{` to the next `}`, or to the end if there is none.
fn keywords(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("#{").map(|(at, _)| {
        let rest = &text[at..];
        rest.find('}').map_or(rest, |end| &rest[..=end])
    })
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|it| it > 0)
}
