//! The URL of a question: what of it is sent where.

/// What a URL says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    /// Whether it says `https`; `None` for a path alone.
    pub(super) is_secure: Option<bool>,
    /// Host and port, for `Host`; `None` for a path alone.
    pub(super) host: Option<&'a str>,
    /// The path with the query as it stands; a fragment is never sent.
    pub(super) target: String,
}

impl<'a> Url<'a> {
    /// Takes a URL apart. No path is the root, but `*` for `OPTIONS` (RFC 9112 §3.2.4).
    ///
    /// # Errors
    /// What of it would not be sent, and what would be right.
    pub(super) fn read(url: &'a str, method: &str) -> Result<Self, String> {
        let wrong = |what: &str| Err(format!("the URL {url:?} {what}"));
        if url.contains(['\r', '\n']) {
            return wrong(
                "holds a line break, which would end the request line; %0D and %0A would be right",
            );
        }
        let told = url.split('#').next().unwrap_or_default();
        let is_letter = |octet: u8| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet);
        let Some((scheme, behind)) = told
            .split_once("://")
            .filter(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(is_letter))
        else {
            if told.is_empty() {
                return wrong("is empty; http://HOST/PATH or /PATH would be right");
            }
            return Ok(Self {
                is_secure: None,
                host: None,
                target: told.to_owned(),
            });
        };
        let is_secure = match &*scheme.to_ascii_lowercase() {
            "http" => false,
            "https" => true,
            _ => {
                return wrong(
                    "is not one of HTTP; http:// or https:// would be right, a WebSocket's too: it begins as a request with Upgrade",
                );
            }
        };
        let end = behind.find(['/', '?']).unwrap_or(behind.len());
        let (host, target) = behind.split_at(end);
        if host.contains('@') {
            return wrong(
                "names a user, which no client sends so (RFC 9110 §4.2.4); a header Authorization would be right",
            );
        }
        if host.is_empty() || host.starts_with(':') {
            return wrong("names no host; http://HOST/PATH or /PATH would be right");
        }
        let target = match target.is_empty() && method == "OPTIONS" {
            true => "*".to_owned(),
            false if target.starts_with('/') => target.to_owned(),
            false => format!("/{target}"),
        };
        Ok(Self {
            is_secure: Some(is_secure),
            host: Some(host),
            target,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_sent_as_they_stand_or_refused() {
        #[rustfmt::skip]
        let rows = [
            ("GET",     "https://shop.example:8443", Ok((Some(true),  Some("shop.example:8443"), "/")),           "a port goes along, no path is the root"),
            ("GET",     "http://a?b#c",              Ok((Some(false), Some("a"),                 "/?b")),         "a fragment stays at home"),
            ("GET",     "HTTP://a/../%2e//b c@d",    Ok((Some(false), Some("a"),                 "/../%2e//b c@d")), "a path is sent as it stands"),
            ("GET",     "/x?u=http://b/",            Ok((None,        None,                      "/x?u=http://b/")), "a path alone"),
            ("OPTIONS", "*",                         Ok((None,        None,                      "*")),           "or a star"),
            ("OPTIONS", "http://a",                  Ok((Some(false), Some("a"),                 "*")),           "no path asks the server as a whole"),
            ("OPTIONS", "http://a/",                 Ok((Some(false), Some("a"),                 "/")),           "a slash is a path"),
            ("OPTIONS", "http://a?b",                Ok((Some(false), Some("a"),                 "/?b")),         "a query needs one"),
            ("GET",     "http://[::1]:80/",          Ok((Some(false), Some("[::1]:80"),          "/")),           "an address in brackets"),
            ("GET",     "",                          Err("is empty"),                                             "nothing"),
            ("GET",     "http://",                   Err("names no host"),                                        "nobody"),
            ("GET",     "http:///x",                 Err("names no host"),                                        "nobody, with a path"),
            ("GET",     "http://:80/",               Err("names no host"),                                        "nobody, with a port"),
            ("GET",     "http://u:p@x/",             Err("Authorization"),                                        "a user would stay at home"),
            ("GET",     "wss://a/",                  Err("https://"),                                             "the scheme would"),
            ("GET",     "ftp://a/",                  Err("https://"),                                             "nor is this HTTP"),
            ("GET",     "http://a/\r\nX: y",         Err("line break"),                                           "a field is no part of a URL"),
        ];
        for (method, url, expected, because) in rows {
            let read = Url::read(url, method);
            match (read, expected) {
                (Ok(read), Ok((is_secure, host, target))) => {
                    let target = target.to_owned();
                    let expected = Url {
                        is_secure,
                        host,
                        target,
                    };
                    assert_eq!(read, expected, "{because}");
                }
                (Err(refused), Err(complaint)) => {
                    assert!(refused.contains(complaint), "{because}: {refused}");
                }
                (read, _) => panic!("{because}: {read:?}"),
            }
        }
    }
}
