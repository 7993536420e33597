//! The algorithms by name: how the next target is found, and by what it is hashed.

pub(crate) mod bounded_load;
pub(crate) mod buckets;
pub(crate) mod classic_weights;
pub(crate) mod ipvs;
pub(crate) mod least;
pub(crate) mod maglev;
pub(crate) mod modulo;
pub(crate) mod random;
pub(crate) mod rendezvous;
pub(crate) mod ring;
pub(crate) mod rows;
pub(crate) mod smooth_weights;
pub(crate) mod toeplitz;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::{GroupError, Ipvs, MAGLEV_SLOTS};

/// How the next target is found. Weights count unless it says otherwise ([`weighs`](Self::weighs)); weight 0 gets
/// nothing then.
///
/// *Measured* by `switchlab algorithms`, which prints this table:
#[doc = ""]
#[doc = include_str!("algorithms.md")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Algorithm {
    /// Each in turn, whatever its weight. ELB: `round_robin`, the default there as here.
    #[default]
    RoundRobin,
    /// Each in turn, as often as its weight says: [`SmoothWeights`](crate::SmoothWeights).
    Weighted,
    /// Each in turn, as many times in a row as its weight says: [`Rows`](crate::Rows). nftables: `numgen inc`.
    InRows,
    /// Whoever has the fewest requests under way, whatever its weight; among equals, each in turn.
    /// ELB: `least_outstanding_requests`.
    LeastOutstanding,
    /// Whoever has the fewest requests under way for its weight; among equals, each in turn. IPVS: `wlc`.
    WeightedLeastConnections,
    /// Anybody, with a chance in proportion to its weight and to what anomaly mitigation leaves of it. ELB:
    /// `weighted_random`, where all weights are equal.
    WeightedRandom,
    /// Of two drawn at random, whoever has fewer requests under way for its weight:
    /// [`better_of_two`](crate::better_of_two). HAProxy: `random`; nginx: `random two`.
    RandomOfTwo,
    /// Whoever the client's address points to, by the remainder of a division: [`modulo`](crate::modulo). HAProxy:
    /// `source`; nginx: `ip_hash`.
    SourceHash,
    /// Whoever the addresses, ports and protocol of the flow point to, by
    /// [`rendezvous`](crate::rendezvous), whatever its weight. The loss of a target moves its own flows only.
    FiveTuple,
    /// Whoever the addresses and ports of the flow point to as they would to a queue of a network card:
    /// [`Toeplitz::STANDARD`](crate::Toeplitz::STANDARD), by the remainder of a division.
    Rss,
    /// The same for both directions of a flow: [`Toeplitz::SYMMETRIC`](crate::Toeplitz::SYMMETRIC).
    SymmetricRss,
    /// Whoever the [`HashKey`] points to, by the remainder of a division: [`modulo`](crate::modulo). HAProxy: `uri`,
    /// `hdr`; nginx: `hash`.
    KeyHash,
    /// Whoever the [`HashKey`] points to on a ketama [`Ring`](crate::Ring). HAProxy: `hash-type consistent`; nginx:
    /// `hash … consistent`; Envoy: `RING_HASH`.
    Ring,
    /// Whoever the [`HashKey`] points to in a [`Maglev`](crate::Maglev) table. Envoy: `MAGLEV`; IPVS: `mh`.
    Maglev,
    /// Whoever draws the highest number for the [`HashKey`]: [`rendezvous`](crate::rendezvous).
    Rendezvous,
    /// Whoever the [`HashKey`] points to on a ketama ring, or the next one that is not beyond its share:
    /// [`bounded_load`](crate::bounded_load). HAProxy: `hash-balance-factor`.
    BoundedLoad,
    /// One of the schedulers of IPVS.
    Ipvs(Ipvs),
}

impl Algorithm {
    /// All of them, in the order of this page; the schedulers of IPVS have a list of their own, [`Ipvs::ALL`].
    pub const ALL: [Self; 16] = [
        Self::RoundRobin,
        Self::Weighted,
        Self::InRows,
        Self::LeastOutstanding,
        Self::WeightedLeastConnections,
        Self::WeightedRandom,
        Self::RandomOfTwo,
        Self::SourceHash,
        Self::FiveTuple,
        Self::Rss,
        Self::SymmetricRss,
        Self::KeyHash,
        Self::Ring,
        Self::Maglev,
        Self::Rendezvous,
        Self::BoundedLoad,
    ];

    /// The algorithm's name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Weighted => "weighted",
            Self::InRows => "in-rows",
            Self::LeastOutstanding => "least-outstanding-requests",
            Self::WeightedLeastConnections => "weighted-least-connections",
            Self::WeightedRandom => "weighted-random",
            Self::RandomOfTwo => "random-of-two",
            Self::SourceHash => "hash-source",
            Self::FiveTuple => "hash-5-tuple",
            Self::Rss => "rss",
            Self::SymmetricRss => "rss-symmetric",
            Self::KeyHash => "hash-key",
            Self::Ring => "ring",
            Self::Maglev => "maglev",
            Self::Rendezvous => "rendezvous",
            Self::BoundedLoad => "bounded-load",
            Self::Ipvs(scheduler) => scheduler.name(),
        }
    }

    /// What it hashes unless told otherwise; `None` if it hashes nothing.
    ///
    /// A key hash takes the URI, the consistent ones the 5-tuple. What the source and the 5-tuple hash take
    /// cannot be chosen.
    #[must_use]
    pub const fn default_key(self) -> Option<HashKey> {
        match self {
            Self::SourceHash | Self::Ipvs(Ipvs::Sh | Ipvs::Mh) => Some(HashKey::Source),
            Self::KeyHash => Some(HashKey::Uri),
            Self::FiveTuple
            | Self::Rss
            | Self::SymmetricRss
            | Self::Ring
            | Self::Maglev
            | Self::Rendezvous
            | Self::BoundedLoad => Some(HashKey::FiveTuple),
            _ => None,
        }
    }

    /// Whether its key can be chosen.
    #[must_use]
    pub const fn takes_key(self) -> bool {
        matches!(
            self,
            Self::KeyHash
                | Self::Ring
                | Self::Maglev
                | Self::Rendezvous
                | Self::BoundedLoad
                | Self::Ipvs(Ipvs::Sh | Ipvs::Mh)
        )
    }

    /// How many slots its table has unless told otherwise; `None` if it has none.
    #[must_use]
    pub const fn default_slots(self) -> Option<u32> {
        match self {
            Self::Maglev => Some(MAGLEV_SLOTS),
            Self::Ipvs(Ipvs::Mh) => Some(4093),
            _ => None,
        }
    }

    /// Whether weights count. Then a target of weight 0 keeps the clients that are bound to it and gets no other.
    #[must_use]
    pub const fn weighs(self) -> bool {
        !matches!(
            self,
            Self::RoundRobin | Self::LeastOutstanding | Self::FiveTuple
        )
    }

    /// Whether a target can begin with a small share: where turns or loads are weighed.
    #[must_use]
    pub const fn takes_slow_start(self) -> bool {
        matches!(
            self,
            Self::RoundRobin | Self::Weighted | Self::WeightedLeastConnections
        )
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What of a request or flow is hashed. Where it has no such thing, targets take turns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashKey {
    /// The client's address.
    Source,
    /// The client's address and port. IPVS: `sh-port`, `mh-port`.
    SourceEnd,
    /// Addresses, ports and protocol of the connection.
    FiveTuple,
    /// Path and query, as they came.
    Uri,
    /// The first value of this header field.
    Header(Arc<str>),
    /// The value of this cookie.
    Cookie(Arc<str>),
}

impl fmt::Display for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("source"),
            Self::SourceEnd => f.write_str("source-port"),
            Self::FiveTuple => f.write_str("5-tuple"),
            Self::Uri => f.write_str("uri"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Cookie(name) => write!(f, "cookie:{name}"),
        }
    }
}

impl FromStr for HashKey {
    type Err = GroupError;

    fn from_str(text: &str) -> Result<Self, GroupError> {
        match (text, text.split_once(':')) {
            ("source", _) => Ok(Self::Source),
            ("source-port", _) => Ok(Self::SourceEnd),
            ("5-tuple", _) => Ok(Self::FiveTuple),
            ("uri", _) => Ok(Self::Uri),
            (_, Some(("header", name))) if is_token(name) => Ok(Self::Header(name.into())),
            (_, Some(("cookie", name))) if is_token(name) => Ok(Self::Cookie(name.into())),
            _ => Err(GroupError::HashKeyText {
                text: text.to_owned(),
            }),
        }
    }
}

/// Whether this can be the name of a field or a cookie: RFC 9110, 5.6.2. This crate does not know HTTP otherwise,
/// for layer 4 rests on it too: it has the rule from no other.
pub(crate) fn is_token(name: &str) -> bool {
    let is_tchar = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet);
    !name.is_empty() && name.bytes().all(is_tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in [
            "source",
            "source-port",
            "5-tuple",
            "uri",
            "header:X-Tenant",
            "cookie:session",
        ] {
            let key: HashKey = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
        }
        for text in [
            "",
            "URI",
            "header",
            "header:",
            "cookie:a b",
            "body:x",
            "header:x\r\ny",
        ] {
            assert!(text.parse::<HashKey>().is_err(), "{text:?} is no key");
        }
    }

    #[test]
    fn names_are_told_apart() {
        for (place, algorithm) in Algorithm::ALL.iter().enumerate() {
            let mut before = Algorithm::ALL[..place].iter();
            assert!(
                before.all(|other| other.name() != algorithm.name()),
                "{algorithm}"
            );
        }
    }
}
