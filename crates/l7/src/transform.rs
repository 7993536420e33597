//! Transforms: what a rule rewrites in a request that it has taken.

use std::fmt;

use regex::bytes::Regex;
use switchlab_http::{RequestHead, octets_of, text_of};

use crate::expression::compile;
use crate::route::name_of;

/// What is rewritten in a request that a rule has taken, before a target gets it (ELB *User Guide*,
/// "Transforms for listener rules"). It never changes which rule takes the request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transforms {
    /// `host-header-rewrite`: of the name in `Host` as the target would see it otherwise, in any case. A
    /// port stays unless the new name brings one.
    pub host: Option<Rewrite>,
    /// `url-rewrite`: of path and query; case counts.
    pub url: Option<Rewrite>,
}

/// What is looked for in a text, and what stands there afterwards.
///
/// The first match is replaced, the rest of the text stays. A text without a match stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// A regular expression as in [`Patterns::Regexes`](crate::Patterns::Regexes), of 1 to 1024 characters.
    pub regex: String,
    /// What stands for the match, at most 1024 characters: `$1` to `$99`, also written `${1}`, stand for
    /// what the groups matched, `$0` for all of it, `$$` for a dollar sign. A group that is not there
    /// stands for nothing.
    pub replace: String,
}

/// Transforms ready for work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewriter {
    host: Option<(Regex, String)>,
    url: Option<(Regex, String)>,
}

/// A pattern matched, but what came of it is no host or no URL: the client is answered 500.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransformFailed {
    pub(crate) because: String,
}

impl Rewriter {
    /// Compiles the expressions.
    ///
    /// # Errors
    /// What is not right with one, as a part of a sentence.
    pub(crate) fn new(transforms: &Transforms) -> Result<Self, String> {
        let ready = |rewrite: &Option<Rewrite>, ignore_case| {
            let rewrite = rewrite.as_ref();
            let made = rewrite.map(|Rewrite { regex, replace }| {
                compile(regex, ignore_case).map(|regex| (regex, replace.clone()))
            });
            made.transpose()
        };
        Ok(Self {
            host: ready(&transforms.host, true)?,
            url: ready(&transforms.url, false)?,
        })
    }

    /// Whether there is anything to rewrite.
    pub(crate) const fn rewrites(&self) -> bool {
        self.host.is_some() || self.url.is_some()
    }

    /// Rewrites the head of a request.
    pub(crate) fn apply(&self, head: &mut RequestHead) -> Result<(), TransformFailed> {
        if let Some((regex, replace)) = &self.host
            && let Some(host) = head.host()
        {
            let name = name_of(host);
            if let Some(mut new) = rewritten(regex, replace, name) {
                if name_of(&new).len() == new.len() {
                    new.push_str(&host[name.len()..]);
                }
                head.set_host(&new).map_err(|_| TransformFailed {
                    because: format!("The host would be {new:?}, which is none."),
                })?;
            }
        }
        if let Some((regex, replace)) = &self.url
            && let Some(new) = rewritten(regex, replace, head.target())
        {
            head.set_target(&new).map_err(|_| TransformFailed {
                because: format!("The URL would be {new:?}, which is none."),
            })?;
        }
        Ok(())
    }
}

/// The text with the first match replaced; `None` if there is no match.
fn rewritten(regex: &Regex, replace: &str, text: &str) -> Option<String> {
    let text = octets_of(text);
    let groups = regex.captures(&text)?;
    let all = groups.get(0)?.range();
    let mut octets = text[..all.start].to_vec();
    let mut rest = replace;
    while let Some(dollar) = rest.find('$') {
        octets.extend_from_slice(&rest.as_bytes()[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            octets.push(b'$');
            rest = behind;
        } else if let Some((group, behind)) = reference(rest, groups.len()) {
            let matched = groups.get(group).map_or(&b""[..], |group| group.as_bytes());
            octets.extend_from_slice(matched);
            rest = behind;
        } else {
            octets.push(b'$');
        }
    }
    octets.extend_from_slice(rest.as_bytes());
    octets.extend_from_slice(&text[all.end..]);
    Some(text_of(&octets))
}

/// The group that is meant behind a dollar sign, and what follows. Of two digits the second is text if
/// there are not that many groups.
fn reference(text: &str, groups: usize) -> Option<(usize, &str)> {
    if let Some((number, behind)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        let is_number =
            (1..=2).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_digit());
        return is_number.then(|| (number.parse().unwrap_or(usize::MAX), behind));
    }
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let number = |digits: usize| text[..digits].parse::<usize>().ok();
    let two = number(2.min(digits)).filter(|number| digits == 2 && *number < groups);
    match two {
        Some(number) => Some((number, &text[2..])),
        None if digits > 0 => Some((number(1)?, &text[1..])),
        None => None,
    }
}

impl fmt::Display for Transforms {
    /// ` rewriting host ^(.*)$ to new.$1 and url ^/v1/ to /v2/`; nothing if nothing is rewritten.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut word = " rewriting";
        for (what, rewrite) in [("host", &self.host), ("url", &self.url)] {
            if let Some(Rewrite { regex, replace }) = rewrite {
                write!(f, "{word} {what} {regex} to {replace}")?;
                word = " and";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use switchlab_balance::GroupConfig;

    use super::*;
    use crate::{Action, Advisor, Condition, L7Config, ListenerConfig, Rule};

    fn rewrite(regex: &str, replace: &str) -> Option<Rewrite> {
        Some(Rewrite {
            regex: regex.to_owned(),
            replace: replace.to_owned(),
        })
    }

    fn transformed(transforms: &Transforms) -> Result<(String, String), TransformFailed> {
        let octets = b"GET /api/v1/items?id=7&x=$ HTTP/1.1\r\nHost: WebSite-shop.com:8080\r\n\r\n";
        let (mut head, _) = RequestHead::parse(octets).unwrap().unwrap();
        Rewriter::new(transforms).unwrap().apply(&mut head)?;
        Ok((head.host().unwrap().to_owned(), head.target().to_owned()))
    }

    #[test]
    fn the_first_match_is_replaced() {
        const HOST: &str = "WebSite-shop.com:8080";
        const URL: &str = "/api/v1/items?id=7&x=$";
        let none = || None;
        #[rustfmt::skip]
        let rows = [
            (none(),                                       none(),                               HOST,                  URL,                          "nothing to do"),
            (rewrite("^website-(.+).com$", "in.$1.my.com"), none(),                              "in.shop.my.com:8080", URL,                          "the guide's example; the port stays"),
            (rewrite("^.*$", "10.0.0.1:81"),               none(),                               "10.0.0.1:81",         URL,                          "a port that is brought along"),
            (rewrite("^other", "x.com"),                   none(),                               HOST,                  URL,                          "no match: unchanged"),
            (none(),                                       rewrite("^/api/(v[0-9])/", "/$1/"),   HOST,                  "/v1/items?id=7&x=$",         "a part of the path"),
            (none(),                                       rewrite("^/API/", "/"),               HOST,                  URL,                          "URLs know case"),
            (none(),                                       rewrite(r"^/api/(\w+)/(\w+)\?id=(\d+).*", "/$2/$3?v=$1"), HOST, "/items/7?v=v1",          "path and query are one text"),
            (none(),                                       rewrite("items", "${0}s$$1$9$x${"),   HOST,                  "/api/v1/itemss$1$x${?id=7&x=$", "what stands for what"),
            (none(),                                       rewrite("(i)tems", "$10"),            HOST,                  "/api/v1/i0?id=7&x=$",        "group 1 and a zero: there is no group 10"),
            (none(),                                       rewrite("v", "w"),                    HOST,                  "/api/w1/items?id=7&x=$",     "once"),
        ];
        for (host, url, new_host, new_url, because) in rows {
            let seen = transformed(&Transforms { host, url });
            let expected = (new_host.to_owned(), new_url.to_owned());
            assert_eq!(seen, Ok(expected), "{because}");
        }
    }

    #[test]
    fn what_the_rule_writes_is_the_host_on_every_port() {
        #[rustfmt::skip]
        let rows = [
            // the rewrite; what the client sends; the host on port 80, on port 8080, and preserved
            ("^.*$", "b.com:9090",  "Host: A.com\r\n",      ["b.com:9090", "b.com:9090",    "b.com:9090"],   "a port that is brought along stays"),
            ("^.*$", "b.com:80",    "Host: A.com:1\r\n",    ["b.com:80",   "b.com:80",      "b.com:80"],     "and takes the place of another, whichever"),
            ("^.*$", "b.com:443",   "Host: a.com\r\n",      ["b.com:443",  "b.com:443",     "b.com:443"],    "and if a scheme has it"),
            ("^.*$", "[::1]:9",     "Host: [::2]:8\r\n",    ["[::1]:9",    "[::1]:9",       "[::1]:9"],      "of an address too"),
            ("^.*$", "b.com",       "Host: a.com\r\n",      ["b.com",      "b.com:8080",    "b.com"],        "else the port is as without a rewrite: none, or the listener's"),
            ("^.*$", "b.com",       "Host: a.com:1\r\n",    ["b.com",      "b.com:1",       "b.com:1"],      "or the client's"),
            ("^A",   "$0b",         "Host: A.com:1\r\n",    ["ab.com",     "ab.com:1",      "Ab.com:1"],     "what is left of the client's is in lower case"),
            ("^x",   "y:9",         "Host: A.com:1\r\n",    ["a.com",      "a.com:1",       "A.com:1"],      "no match"),
            ("^.*$", "b.com:9",     "",                      ["b.com:9",    "b.com:9",       "b.com:9"],      "the balancer's own name is one too"),
        ];
        for (regex, replace, field, expected, because) in rows {
            let hosts = [(80, false), (8080, false), (80, true)].map(|(port, is_preserved)| {
                let mut listener = ListenerConfig::new(port, Action::forward("web"));
                let mut rule = Rule::new(
                    1,
                    vec![Condition::Path(["*"].into())],
                    Action::forward("web"),
                );
                rule.transforms.host = rewrite(regex, replace);
                listener.rules.push(rule);
                let mut config = L7Config::new("alb", Vec::new());
                let target = "10.0.0.11:80".parse().unwrap();
                config.groups.push(GroupConfig::new("web", [target]).into());
                config.listeners.push(listener);
                config.headers.preserve_host_header = is_preserved;
                let version = if field.is_empty() { "1.0" } else { "1.1" };
                let octets = format!("GET / HTTP/{version}\r\n{field}\r\n");
                let advisor = Advisor::new(config).unwrap();
                let route = advisor.route(port, [192, 0, 2, 1].into(), octets.as_bytes());
                route.unwrap().host.unwrap()
            });
            assert_eq!(hosts, expected, "{because}");
        }
    }

    #[test]
    fn what_a_lenient_reader_let_through_stays() {
        let mut head = RequestHead::default();
        let octets = b"GET /w/r\xe9\x01x HTTP/1.1\r\nHost: h\r\n\r\n";
        head.read_leniently(octets).unwrap();
        let transforms = |regex, replace| Transforms {
            url: rewrite(regex, replace),
            ..Transforms::default()
        };
        let apply = |transforms: &Transforms, head: &mut RequestHead| {
            Rewriter::new(transforms).unwrap().apply(head)
        };
        apply(&transforms("^/w/(.*)$", "/v/$1"), &mut head).unwrap();
        let mut written = Vec::new();
        head.write(&mut written);
        assert!(
            written.starts_with(b"GET /v/r\xe9\x01x HTTP/1.1\r\n"),
            "{}",
            written.escape_ascii()
        );
        apply(&transforms("^/v", "/\u{fc}"), &mut head).expect_err("what did not come with it");
        apply(&transforms("^/v/", "\u{1}/"), &mut head).expect_err("no path");
    }

    #[test]
    fn what_comes_of_it_must_be_a_host_and_a_url() {
        #[rustfmt::skip]
        let rows = [
            (rewrite("^.*$", ""),           None,                    "no host at all"),
            (rewrite("^.*$", "a b"),        None,                    "a space in a host"),
            (rewrite("^.*$", "a:99999"),    None,                    "a port that is none"),
            (None,                          rewrite("^/", ""),       "no slash in front"),
            (None,                          rewrite("^/", "/ü"),     "a letter that must be written as %XX"),
            (None,                          rewrite("^/", "/a b"),   "a space in a URL"),
            (None,                          rewrite("^/", "/#"),     "a fragment"),
            (None,                          rewrite("^/", "/\r\n"),  "the end of a line"),
        ];
        for (host, url, because) in rows {
            transformed(&Transforms { host, url }).expect_err(because);
        }
    }
}
