//! What can stand behind a key.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use ipnet::IpNet;
use jiff::Timestamp;
use switchlab_balance::{Area, GroupError, HashKey, Matcher};
use switchlab_dns::DnsName;
use switchlab_host::{HttpUrl, UrlServers};
use switchlab_l4::SourceAddress;
use switchlab_topology::{REGIONS, Region};
use switchlab_wire::{MacAddr, VlanId};
use toml::de::DeValue;

use super::quantity::{Probability, Rate, Size, duration, rate, size};

/// A type that a TOML value can be read as.
pub(crate) trait FromToml: Sized {
    /// What should stand there, as in "expected …".
    const EXPECTED: &'static str;

    /// Reads the value; an error says what is wrong with it, if it is of the right type at all.
    fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>>;
}

impl FromToml for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>> {
        value.as_bool().ok_or(None)
    }
}

impl FromToml for String {
    const EXPECTED: &'static str = "a text in quotes";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>> {
        value.as_str().map(str::to_owned).ok_or(None)
    }
}

/// Whole numbers, each with its own range.
macro_rules! whole_numbers {
    ($($kind:ty: $expected:literal),*) => {$(
        impl FromToml for $kind {
            const EXPECTED: &'static str = $expected;

            fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>> {
                let number = value.as_integer().ok_or(None)?;
                let digits = number.as_str().replace('_', "");
                Self::from_str_radix(&digits, number.radix())
                    .map_err(|_| Some(format!("{number} is out of range")))
            }
        }
    )*};
}

whole_numbers!(u8: "a whole number from 0 to 255", u16: "a whole number from 0 to 65535",
               u32: "a whole number from 0 to 4294967295", u64: "a whole number from 0 to 18446744073709551615",
               usize: "a whole number from 0 to 18446744073709551615");

/// Texts that have a reader of their own.
macro_rules! texts {
    ($($kind:ty: $expected:literal, $read:expr;)*) => {$(
        impl FromToml for $kind {
            const EXPECTED: &'static str = $expected;

            fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>> {
                let text = value.as_str().ok_or(None)?;
                let read: fn(&str) -> Result<Self, String> = $read;
                read(text).map_err(Some)
            }
        }
    )*};
}

texts! {
    Duration: "a duration such as \"300 s\" or \"250 ms\"", |text| duration(text).map_err(|error| error.to_string());
    Rate: "a rate such as \"1 Gbit/s\", or \"unlimited\"", |text| rate(text).map_err(|error| error.to_string());
    Size: "a size such as \"64 KiB\" or \"1500 B\"", |text| size(text).map_err(|error| error.to_string());
    MacAddr: "a MAC address such as \"02:00:00:00:00:01\"",
        |text| text.parse().map_err(|error: switchlab_wire::MacAddrError| error.to_string());
    IpAddr: "an IP address such as \"10.0.0.1\"",
        |text| text.parse().map_err(|_| format!("{text:?} is not an IP address"));
    Ipv4Addr: "an IPv4 address such as \"10.0.0.1\"",
        |text| text.parse().map_err(|_| format!("{text:?} is not an IPv4 address"));
    SocketAddr: "an address with a port, such as \"10.0.1.11:80\"",
        |text| text.parse().map_err(|_| format!("{text:?} is not an IP address with a port"));
    SocketAddrV4: "an IPv4 address with a port, such as \"10.0.1.11:9\"",
        |text| text.parse().map_err(|_| format!("{text:?} is not an IPv4 address with a port"));
    Url: "a URL such as \"http://10.0.1.10:8080/path?query\"", url;
    DnsName: "a domain name such as \"shop.example\"",
        |text| text.parse().map_err(|error: switchlab_dns::NameError| error.to_string());
    Area: "an area: \"KR\", \"US-CA\", \"continent:AS\", or \"*\" for everywhere\"", |text| text.parse();
    Region: "the name of a region such as \"ap-northeast-2\"", region;
    Matcher: "a status code, a list or a range of them: \"200\", \"200,202\" or \"200-299\"",
        |text| text.parse().map_err(|error: GroupError| error.to_string());
    HashKey: "\"source\", \"5-tuple\", \"uri\", \"header:NAME\" or \"cookie:NAME\"",
        |text| text.parse().map_err(|error: GroupError| error.to_string());
    SourceAddress: "an IPv4 address, or \"interface\" for that of the egress port",
        |text| match text {
            "interface" => Ok(Self::Interface),
            _ => text.parse().map(Self::Fixed).map_err(|_| format!("{text:?} is no address")),
        };
    IpNet: "an address with its prefix length, such as \"10.0.1.2/24\"",
        |text| text.parse().map_err(|_| format!("{text:?} is not an IP address with a prefix length"));
}

/// A whole number, or `"off"` for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OrOff<T>(pub(crate) Option<T>);

impl<T: FromToml> FromToml for OrOff<T> {
    const EXPECTED: &'static str = "a whole number, or \"off\"";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>> {
        match value.as_str() {
            Some("off") => Ok(Self(None)),
            _ => T::from_toml(value).map(|value| Self(Some(value))),
        }
    }
}

/// A region whose distances are known.
fn region(text: &str) -> Result<Region, String> {
    Region::find(text).ok_or_else(|| {
        let known = REGIONS.map(|region| region.name).join(", ");
        format!("{text:?} is no region whose distances are known; those are {known}")
    })
}

/// A URL; who its host is may have to be said elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    url: HttpUrl,
}

impl Url {
    /// The name of a host that is no address, without its port.
    pub(crate) fn name(&self) -> Option<&str> {
        let host = &*self.url.host;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(self.url.servers, UrlServers::Named(..)).then_some(name)
    }

    /// The URL as it is: a name is asked for.
    pub(crate) fn asked_for(self) -> HttpUrl {
        self.url
    }

    /// The URL, a name being at these addresses.
    pub(crate) fn at(mut self, addresses: &[Ipv4Addr]) -> HttpUrl {
        if let UrlServers::Named(_, port) = self.url.servers {
            let servers = addresses.iter();
            let servers = servers.map(|address| SocketAddrV4::new(*address, port));
            self.url.servers = UrlServers::At(servers.collect());
        }
        self.url
    }
}

/// Whether a text is the name of a host (RFC 1123 §2.1), and not an address gone wrong.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let mut octets = label.bytes();
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && octets.all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    };
    let last = text.rsplit('.').next().unwrap_or(text);
    text.len() <= 253
        && text.split('.').all(is_label)
        && last.bytes().any(|octet| octet.is_ascii_alphabetic())
}

/// Takes a URL apart; its path and query are never changed.
fn url(text: &str) -> Result<Url, String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(format!("{text:?} is not a URL"));
    };
    if !scheme.eq_ignore_ascii_case("http") {
        return Err(format!("{scheme:?} is not spoken here, only http"));
    }
    let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, target) = rest.split_at(end);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => {
            let is_number = port.bytes().all(|octet| octet.is_ascii_digit());
            (name, port.parse().ok().filter(|_| is_number))
        }
        None => (host, Some(80)),
    };
    let address = name.parse::<Ipv4Addr>().ok();
    let (Some(port), true) = (port, address.is_some() || is_name(name)) else {
        return Err(format!("{host:?} is neither an IPv4 address nor a name"));
    };
    if port == 0 {
        return Err("there is no port 0".to_owned());
    }
    if !target.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err(format!(
            "{target:?} holds something that must be written as %XX"
        ));
    }
    let slash = if target.starts_with('/') { "" } else { "/" };
    let target = format!("{slash}{target}");
    let url = HttpUrl {
        text: text.into(),
        servers: match address {
            Some(address) => UrlServers::At(vec![SocketAddrV4::new(address, port)]),
            None => UrlServers::Named(
                name.parse::<DnsName>().map_err(|error| error.to_string())?,
                port,
            ),
        },
        host: host.to_owned(),
        target,
    };
    Ok(Url { url })
}

impl FromToml for VlanId {
    const EXPECTED: &'static str = "a VLAN number from 1 to 4094";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>> {
        let number = u16::from_toml(value)?;
        Self::try_from(number).map_err(|error| Some(error.to_string()))
    }
}

impl FromToml for Timestamp {
    const EXPECTED: &'static str = "a date and time such as \"2025-01-01T00:00:00Z\"";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>> {
        let bare = value.as_datetime().map(ToString::to_string);
        let text = bare
            .or_else(|| value.as_str().map(str::to_owned))
            .ok_or(None)?;
        text.parse()
            .map_err(|_| Some(format!("{text:?} is no date and time with a zone")))
    }
}

impl FromToml for Probability {
    const EXPECTED: &'static str = "a probability from 0 to 1, such as 0.01";

    fn from_toml(value: &DeValue<'_>) -> Result<Self, Option<String>> {
        let text = value.as_float().map(|float| float.as_str().to_owned());
        let text = text
            .or_else(|| value.as_integer().map(|whole| whole.as_str().to_owned()))
            .ok_or(None)?;
        let number: f64 = text.replace('_', "").parse().map_err(|_| None)?;
        if (0.0..=1.0).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Some(format!("{text} is not between 0 and 1")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart_and_never_changed() {
        #[rustfmt::skip]
        let rows = [
            ("http://10.0.1.10/",              Some(("10.0.1.10:80",   "10.0.1.10",      "/")),          "port 80 goes without saying"),
            ("http://10.0.1.10:8080/x?y",      Some(("10.0.1.10:8080", "10.0.1.10:8080", "/x?y")),       "another does not"),
            ("http://10.0.1.10",               Some(("10.0.1.10:80",   "10.0.1.10",      "/")),          "no path is the root"),
            ("http://10.0.1.10?q",             Some(("10.0.1.10:80",   "10.0.1.10",      "/?q")),        "a query needs a path before it"),
            ("HTTP://10.0.1.10/a/../%2e//b#f", Some(("10.0.1.10:80",   "10.0.1.10",      "/a/../%2e//b")), "a path is sent as it stands, a fragment never"),
            ("https://10.0.1.10/",             None,                                                     "there is no TLS"),
            ("10.0.1.10/",                     None,                                                     "not a URL"),
            ("http://web/",                    Some(("10.9.9.9:80",    "web",            "/")),          "a name is where it is said to be"),
            ("http://shop.example:8080/x",     Some(("10.9.9.9:8080",  "shop.example:8080", "/x")),      "at the URL's port"),
            ("http://10.0.1.256/",             None,                                                     "an address gone wrong is no name"),
            ("http://-web-/",                  None,                                                     "nor are there hyphens at an end"),
            ("http:///",                       None,                                                     "nor is nothing"),
            ("http://web:+80/",                None,                                                     "a port is digits"),
            ("http://me@10.0.1.10/",           None,                                                     "nor is anybody logged in"),
            ("http://[::1]/",                  None,                                                     "IPv4 only so far"),
            ("http://10.0.1.10:0/",            None,                                                     "port 0 is no port"),
            ("http://10.0.1.10/a b",           None,                                                     "a space would end the target"),
            ("http://10.0.1.10/ä",             None,                                                     "only ASCII goes over the wire"),
        ];
        for (text, expected, because) in rows {
            let read = url(text).ok();
            let read = read.map(|url| url.at(&[[10, 9, 9, 9].into()]));
            let server = |url: &HttpUrl| match &url.servers {
                UrlServers::At(servers) => servers[0].to_string(),
                UrlServers::Named(name, _) => name.to_string(),
            };
            let parts = read
                .as_ref()
                .map(|url| (server(url), &*url.host, &*url.target));
            let expected = expected.map(|(server, host, target)| (server.to_owned(), host, target));
            assert_eq!(parts, expected, "{text}: {because}");
        }
    }
}
