//! Cookies as a server sets them, and the jar in which a client keeps them: RFC 6265.

use std::time::Duration;

use crate::syntax::{is_token, trim};

/// What one `Set-Cookie` field says.
///
/// `Expires` is not read: a cookie without `Max-Age` lives as long as its jar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCookie {
    /// The cookie's name, a token.
    pub name: String,
    /// Its value, as it stands.
    pub value: Vec<u8>,
    /// The domain it is meant for, without a leading dot; `None` for the host alone that set it.
    pub domain: Option<String>,
    /// Where paths must begin for it; `None` for the directory of the request.
    pub path: Option<String>,
    /// How long it lives; zero takes it away.
    pub max_age: Option<Duration>,
}

impl SetCookie {
    /// Reads the value of a `Set-Cookie` field; `None` if it sets no cookie.
    #[must_use]
    pub fn parse(field: &[u8]) -> Option<Self> {
        let mut parts = field.split(|octet| *octet == b';');
        let (name, value) = pair(parts.next()?);
        let (name, value) = (trim(name), trim(value?));
        if !is_token(name) {
            return None;
        }
        let mut cookie = Self {
            name: String::from_utf8_lossy(name).into_owned(),
            value: value.to_vec(),
            domain: None,
            path: None,
            max_age: None,
        };
        for part in parts {
            let (attribute, value) = pair(part);
            let Ok(value) = std::str::from_utf8(trim(value.unwrap_or_default())) else {
                continue;
            };
            match trim(attribute).to_ascii_lowercase().as_slice() {
                b"domain" => {
                    let domain = value.strip_prefix('.').unwrap_or(value);
                    cookie.domain = (!domain.is_empty()).then(|| domain.to_ascii_lowercase());
                }
                b"path" => cookie.path = value.starts_with('/').then(|| value.to_owned()),
                // Negative ages count as zero; what is no number is passed over (RFC 6265 §5.2.2).
                b"max-age" if value.starts_with('-') => cookie.max_age = Some(Duration::ZERO),
                b"max-age" => {
                    cookie.max_age = value
                        .parse()
                        .ok()
                        .map(Duration::from_secs)
                        .or(cookie.max_age);
                }
                _ => {}
            }
        }
        Some(cookie)
    }
}

fn pair(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|octet| *octet == b'=') {
        Some(equals) => (&text[..equals], Some(&text[equals + 1..])),
        None => (text, None),
    }
}

/// The most cookies of one domain: RFC 6265 §6.1.
const MOST_OF_A_DOMAIN: usize = 50;
/// The most cookies of all domains: RFC 6265 §6.1.
const MOST: usize = 3000;
/// The longest cookie in octets, name, value and attributes together: RFC 6265 §6.1.
const LONGEST: usize = 4096;

/// A client's cookies: at most 50 of one domain and 3000 in all, each of at most 4096 octets (RFC 6265 §6.1).
/// Where there are too many, the one goes that was not used for longest (§5.3). Times are counted from any
/// moment, the same for all calls.
#[derive(Debug, Clone, Default)]
pub struct CookieJar(Vec<Kept>);

#[derive(Debug, Clone)]
struct Kept {
    name: String,
    value: Vec<u8>,
    host: String,
    is_host_only: bool,
    path: String,
    dies: Option<Duration>,
    used: Duration,
}

impl Kept {
    fn is_dead(&self, now: Duration) -> bool {
        self.dies.is_some_and(|dies| dies <= now)
    }
}

impl CookieJar {
    /// Takes a cookie that `host` set in answer to a request for `path` at `now`.
    ///
    /// It replaces one of the same name, host and path. Cookies for other domains and longer ones are refused.
    pub fn store(&mut self, now: Duration, host: &str, path: &str, cookie: SetCookie) {
        let attributes = [&cookie.domain, &cookie.path].into_iter().flatten();
        let length = attributes.map(String::len).sum::<usize>();
        if cookie.name.len() + cookie.value.len() + length > LONGEST {
            return;
        }
        let host = host.to_ascii_lowercase();
        let is_host_only = cookie.domain.is_none();
        let domain = cookie.domain.unwrap_or_else(|| host.clone());
        if !is_within(&host, &domain) {
            return;
        }
        let kept = Kept {
            name: cookie.name,
            value: cookie.value,
            host: domain,
            is_host_only,
            path: cookie.path.unwrap_or_else(|| directory(path).to_owned()),
            dies: cookie.max_age.map(|age| now.saturating_add(age)),
            used: now,
        };
        let is_same = |other: &Kept| {
            other.name == kept.name && other.host == kept.host && other.path == kept.path
        };
        self.0.retain(|other| !other.is_dead(now));
        let is_dead = kept.is_dead(now);
        match self.0.iter().position(is_same) {
            Some(place) if is_dead => drop(self.0.remove(place)),
            Some(place) => self.0[place] = kept,
            None if is_dead => {}
            None => {
                self.make_room(MOST_OF_A_DOMAIN, |other| other.host == kept.host);
                self.make_room(MOST, |_| true);
                self.0.push(kept);
            }
        }
    }

    /// Sees to it that there are fewer than `most` of these.
    fn make_room(&mut self, most: usize, is_one: impl Fn(&Kept) -> bool) {
        let those = || {
            let all = self.0.iter().enumerate();
            all.filter(|(_, kept)| is_one(kept))
        };
        if those().count() >= most
            && let Some((place, _)) = those().min_by_key(|(_, kept)| kept.used)
        {
            self.0.remove(place);
        }
    }

    /// The value of the `Cookie` field of a request; `None` if there is no cookie for it.
    ///
    /// Longer paths first, then first set first (RFC 6265 §5.4). What is over by now is forgotten.
    #[must_use]
    pub fn field(&mut self, now: Duration, host: &str, path: &str) -> Option<Vec<u8>> {
        self.0.retain(|kept| !kept.is_dead(now));
        let host = host.to_ascii_lowercase();
        let mut fitting: Vec<&mut Kept> = self
            .0
            .iter_mut()
            .filter(|kept| {
                let host_fits =
                    kept.host == host || !kept.is_host_only && is_within(&host, &kept.host);
                host_fits && is_below(path, &kept.path)
            })
            .collect();
        for kept in &mut fitting {
            kept.used = now;
        }
        fitting.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        let pairs: Vec<Vec<u8>> = fitting
            .iter()
            .map(|kept| [kept.name.as_bytes(), b"=", &kept.value].concat())
            .collect();
        (!pairs.is_empty()).then(|| pairs.join(&b"; "[..]))
    }
}

/// RFC 6265 §5.1.3; an address is within itself alone.
fn is_within(host: &str, domain: &str) -> bool {
    host == domain
        || host.parse::<std::net::IpAddr>().is_err()
            && host
                .strip_suffix(domain)
                .is_some_and(|front| front.ends_with('.'))
}

/// RFC 6265 §5.1.4.
fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || directory.ends_with('/') || rest.starts_with('/'))
}

fn directory(path: &str) -> &str {
    match path.rfind('/') {
        Some(slash) if slash > 0 => &path[..slash],
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jar_gives_back_what_is_meant_for_the_request() {
        let mut jar = CookieJar::default();
        let second = Duration::from_secs;
        #[rustfmt::skip]
        let set = ["AWSALB=x; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "deep=1; Path=/img", "short=2; Max-Age=5", "foreign=3; Domain=other.org", "wide=4; Domain=.Example.com; Path=/"];
        for field in set {
            let cookie = SetCookie::parse(field.as_bytes()).unwrap();
            jar.store(second(0), "www.example.com", "/", cookie);
        }
        #[rustfmt::skip]
        let rows = [
            (1, "www.example.com", "/",        "AWSALB=x; short=2; wide=4",         "all of this host that fit the path"),
            (1, "WWW.example.com", "/img/a",   "deep=1; AWSALB=x; short=2; wide=4", "longer paths first"),
            (1, "www.example.com", "/imgs",    "AWSALB=x; short=2; wide=4",         "a path ends at a slash"),
            (5, "www.example.com", "/",        "AWSALB=x; wide=4",                  "Max-Age is over"),
            (1, "example.com",     "/",        "wide=4",                            "a domain's cookie alone"),
            (1, "badexample.com",  "/",        "",                                  "a domain begins at a dot"),
        ];
        for (now, host, path, expected, because) in rows {
            let field = jar.field(second(now), host, path).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&field), expected, "{because}");
        }
        jar.store(
            second(2),
            "www.example.com",
            "/",
            SetCookie::parse(b"AWSALB=; Max-Age=0").unwrap(),
        );
        assert_eq!(
            jar.field(second(9), "www.example.com", "/").unwrap(),
            b"wide=4",
            "taken away"
        );
    }

    #[test]
    fn a_jar_has_bounds() {
        let mut jar = CookieJar::default();
        let second = Duration::from_secs;
        let set = |jar: &mut CookieJar, now, host: &str, field: &str| {
            let cookie = SetCookie::parse(field.as_bytes()).unwrap();
            jar.store(second(now), host, "/", cookie);
        };
        let names = |jar: &mut CookieJar, now, host: &str| {
            let field = jar.field(second(now), host, "/").unwrap_or_default();
            let pairs = String::from_utf8(field).unwrap();
            let names = pairs.split("; ").filter_map(|pair| pair.split_once('='));
            names.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
        };
        for number in 0..50 {
            set(&mut jar, number, "a.example", &format!("c{number}=1"));
        }
        set(&mut jar, 50, "b.example", "other=1");
        assert_eq!(names(&mut jar, 50, "a.example").len(), 50);
        set(&mut jar, 51, "a.example", "deep=1; Path=/deep");
        let left = names(&mut jar, 52, "a.example");
        assert!(!left.contains(&"c0".to_owned()), "the first of equals goes");
        assert_eq!(left.len(), 49, "what was set last is for another path");
        set(&mut jar, 53, "a.example", "c50=1");
        let left = names(&mut jar, 54, "a.example");
        assert_eq!(left.len(), 50, "what had not been used for longest went");
        assert_eq!(
            names(&mut jar, 54, "b.example"),
            ["other"],
            "another domain has room of its own"
        );

        for (length, is_kept, because) in [
            (4091, true, "4096 with its name"),
            (4092, false, "one more"),
        ] {
            let mut jar = CookieJar::default();
            set(
                &mut jar,
                0,
                "a.example",
                &format!("large={}", "x".repeat(length)),
            );
            assert_eq!(
                !names(&mut jar, 0, "a.example").is_empty(),
                is_kept,
                "{because}"
            );
        }

        for number in 0..3001 {
            set(
                &mut jar,
                60,
                &format!("h{number}.example"),
                "c=1; Max-Age=9",
            );
        }
        assert_eq!(jar.0.len(), MOST, "no more than that in all");
        set(&mut jar, 69, "a.example", "last=1");
        assert_eq!(
            names(&mut jar, 69, "a.example"),
            ["last"],
            "all others had to go, and are over now"
        );
        assert_eq!(jar.0.len(), 1, "what is over is dropped");
    }

    #[test]
    fn nonsense_sets_no_cookie() {
        for field in ["", "=x", "no pair", "a b=c", "; Path=/"] {
            assert_eq!(SetCookie::parse(field.as_bytes()), None, "{field:?}");
        }
    }
}
