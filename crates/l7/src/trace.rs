//! `X-Amzn-Trace-Id`: a name for every request, by which its way through several balancers is found.
//!
//! User Guide for Application Load Balancers, "Request tracing". Names are `1-TIME-ID` with the second
//! since 1970 in 8 and a random number in 24 hexadecimal digits; the random numbers come from the seed.

use std::fmt;
use std::io::Write as _;

use switchlab_core::Stream;
use switchlab_http::Fields;

/// The field.
pub(crate) const TRACE_ID: &str = "X-Amzn-Trace-Id";

/// With more octets of header fields than this, only a fresh `Root` goes on.
const LARGE: usize = 7 << 10;

/// A name for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceName {
    second: u64,
    high: u32,
    low: u64,
}

impl fmt::Display for TraceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { second, high, low } = self;
        write!(f, "1-{second:08x}-{high:08x}{low:016x}")
    }
}

/// Makes names.
#[derive(Debug)]
pub(crate) struct Tracer {
    stream: Stream,
    connections: Stream,
}

impl Tracer {
    /// The names given by one switch.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        Self {
            stream: Stream::of(seed, &format!("{name}/trace")),
            connections: Stream::of(seed, &format!("{name}/connection")),
        }
    }

    /// A name for a client's connection, as access logs have it behind `TID_`.
    pub(crate) fn connection(&mut self) -> u64 {
        self.connections.next_u64()
    }

    /// A name for a request that came at `second` since 1970.
    pub(crate) fn name(&mut self, second: u64) -> TraceName {
        TraceName {
            second,
            high: self.stream.next_u64() as u32,
            low: self.stream.next_u64(),
        }
    }
}

impl TraceName {
    /// Writes the name of a request into its fields.
    ///
    /// A request that has no name gets it as `Root`; one that has gets it as `Self` in front, in place
    /// of any other `Self`. Whatever else the field holds is kept.
    pub(crate) fn write(self, fields: &mut Fields, scratch: &mut Vec<u8>) {
        let sizes = fields
            .iter()
            .map(|(name, value)| name.len() + value.len() + 4);
        let is_large = sizes.sum::<usize>() > LARGE;
        let given = fields
            .get(TRACE_ID)
            .filter(|_| !is_large)
            .unwrap_or_default();
        let parts = given.split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
        let kept = parts.filter(|part| !part.is_empty() && !part.starts_with(b"Self="));
        let has_root = kept.clone().any(|part| part.starts_with(b"Root="));
        scratch.clear();
        let kind = if has_root { "Self" } else { "Root" };
        write!(scratch, "{kind}={self}").expect("writing to memory cannot fail");
        for part in kept {
            scratch.push(b';');
            scratch.extend_from_slice(part);
        }
        fields.put(TRACE_ID, &*scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_as_the_guide_has_it() {
        let root = "Root=1-67891233-abcdef012345678912345678";
        let fresh = "1-67748580-";
        let large = "x".repeat(7 << 10);
        #[rustfmt::skip]
        let rows = [
            (None,                                  "",      format!("Root={fresh}*"),                       "no name yet"),
            (Some(root.to_owned()),                 "",      format!("Self={fresh}*;{root}"),                "a name of its own behind the one it has"),
            (Some(format!("Self=1-6-7;{root}")),    "",      format!("Self={fresh}*;{root}"),                "in place of that of the balancer in front"),
            (Some(format!("{root};CalledFrom=app")), "",     format!("Self={fresh}*;{root};CalledFrom=app"), "other parts are kept"),
            (Some("CalledFrom=app".to_owned()),     "",      format!("Root={fresh}*;CalledFrom=app"),        "without a root it gets one"),
            (Some(format!("{root};CalledFrom=app")), &large, format!("Root={fresh}*"),                       "more than 7 KiB of fields"),
        ];
        for (given, other, expected, because) in rows {
            let mut fields = Fields::new();
            fields.append("Other", other).unwrap();
            if let Some(given) = given {
                fields.append(TRACE_ID, given).unwrap();
            }
            let name = Tracer::new(7, "alb").name(1_735_689_600);
            name.write(&mut fields, &mut Vec::new());
            let named = std::str::from_utf8(fields.get(TRACE_ID).unwrap()).unwrap();
            let (before, after) = expected.split_once('*').unwrap();
            let id = named
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after));
            let is_id =
                |id: &str| id.len() == 24 && id.bytes().all(|octet| octet.is_ascii_hexdigit());
            assert!(id.is_some_and(is_id), "{because}: {named}");
        }
    }

    #[test]
    fn names_come_from_the_seed() {
        let names = |seed| {
            let mut tracer = Tracer::new(seed, "alb");
            [tracer.name(1), tracer.name(1)]
        };
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
        assert_ne!(names(1)[0], names(1)[1]);
    }
}
