//! The attributes of a balancer and of its listeners that change heads on their way.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_http::{FieldError, Fields};

/// What becomes of `X-Forwarded-For` on the way to a target.
///
/// ELB's `routing.http.xff_header_processing.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedFor {
    /// The client's address is written behind those that are there.
    #[default]
    Append,
    /// The field goes on as it came.
    Preserve,
    /// The field is taken away.
    Remove,
}

/// What the switch changes in the heads of requests, besides what every proxy must.
///
/// ELB's load balancer attributes `routing.http.*`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeaderAttributes {
    /// What becomes of `X-Forwarded-For`; [`ForwardedFor::Append`] by default.
    pub x_forwarded_for: ForwardedFor,
    /// Whether the address that is appended to `X-Forwarded-For` has the client's port; not by default.
    pub xff_client_port: bool,
    /// Whether `Host` goes on as it came; by default it is written in lower case, without port on
    /// ports 80 and 443, with the listener's port on others.
    pub preserve_host_header: bool,
    /// Whether fields whose name holds anything but letters, digits and `-` are taken away; they go
    /// on by default.
    pub drop_invalid_header_fields: bool,
    /// The name of the balancer: what stands as host in requests of HTTP/1.0 that name none, in redirects
    /// of such and in the log; the listener's address by default.
    pub dns_name: Option<Arc<str>>,
}

impl HeaderAttributes {
    /// The host that a client asks which names none: the balancer, by its name or else by the address asked.
    pub(crate) fn own_host(&self, server: SocketAddr) -> Cow<'_, str> {
        match &self.dns_name {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(server.ip().to_string()),
        }
    }
}

/// What a listener changes in the heads of answers, the switch's own and those of targets.
///
/// ELB's listener attributes `routing.http.response.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseAttributes {
    /// Whether answers tell their `Server`; they do by default.
    pub server_header: bool,
    /// Fields that answers get in place of their own, as names and values; none by default.
    pub headers: Vec<(String, String)>,
}

impl Default for ResponseAttributes {
    fn default() -> Self {
        Self {
            server_header: true,
            headers: Vec::new(),
        }
    }
}

/// The fields that ELB lets a listener set.
const SETTABLE: [&str; 10] = [
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
];

/// The longest value in octets that ELB lets a listener set.
const LONGEST_VALUE: usize = 1024;

impl ResponseAttributes {
    /// All that is not right, as sentences.
    pub(crate) fn errors(&self) -> Vec<String> {
        let error = |(name, value): &(String, String)| {
            if !SETTABLE
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
            {
                return Some(format!(
                    "{name:?} is no response header that a listener can set; {} can",
                    SETTABLE.join(", ")
                ));
            }
            if value.is_empty() || value.len() > LONGEST_VALUE {
                return Some(format!(
                    "the value of {name} has {} octets; 1 to {LONGEST_VALUE} would be right",
                    value.len()
                ));
            }
            let added = Fields::new().append(name, value);
            added.err().map(|error: FieldError| error.to_string())
        };
        self.headers.iter().filter_map(error).collect()
    }

    /// Makes the fields of an answer as they should be.
    pub(crate) fn apply(&self, fields: &mut Fields) {
        if !self.server_header {
            fields.remove("server");
        }
        for (name, value) in &self.headers {
            let set = fields.set(name, value);
            set.expect("the configuration was checked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_sets_what_elb_lets_it_set() {
        let with = |name: &str, value: &str| ResponseAttributes {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..ResponseAttributes::default()
        };
        #[rustfmt::skip]
        let rows = [
            (with("X-Frame-Options", "DENY"),               None,                 "one of the ten"),
            (with("strict-transport-security", "max-age=1"), None,                "in any case"),
            (with("X-Own", "1"),                            Some("is no response header"), "not one of them"),
            (with("X-Frame-Options", ""),                   Some("1 to 1024"),    "no value"),
            (with("X-Frame-Options", &"x".repeat(1025)),    Some("1 to 1024"),    "too long a value"),
            (with("X-Frame-Options", "a\r\nb"),             Some("control character"), "a value of two lines"),
        ];
        for (attributes, expected, because) in rows {
            let errors = attributes.errors();
            match expected {
                None => assert_eq!(errors, Vec::<String>::new(), "{because}"),
                Some(text) => assert!(errors[0].contains(text), "{because}: {errors:?}"),
            }
        }
    }

    #[test]
    fn an_answer_gets_them_in_place_of_its_own() {
        let attributes = ResponseAttributes {
            server_header: false,
            headers: vec![("X-Frame-Options".to_owned(), "DENY".to_owned())],
        };
        let mut fields = Fields::new();
        for (name, value) in [
            ("Server", "nginx"),
            ("x-frame-options", "SAMEORIGIN"),
            ("A", "1"),
        ] {
            fields.append(name, value).unwrap();
        }
        attributes.apply(&mut fields);
        let left: Vec<_> = fields.iter().collect();
        assert_eq!(left, [("A", &b"1"[..]), ("X-Frame-Options", b"DENY")]);
    }
}
