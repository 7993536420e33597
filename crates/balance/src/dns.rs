//! What a resolver is told of a load balancer: the addresses of its nodes that are in DNS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use switchlab_core::DnsChange;

/// How long an answer may be kept: a client can try an address for that long after it left.
///
/// ELB *User Guide*, "How Elastic Load Balancing works": 60 s.
pub const DNS_TTL: Duration = Duration::from_secs(60);

/// The answer set of one load balancer, kept from what its nodes tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerSet(BTreeMap<IpAddr, bool>);

impl AnswerSet {
    /// The answer set of these nodes, all of them in DNS.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = IpAddr>) -> Self {
        Self(nodes.into_iter().map(|node| (node, true)).collect())
    }

    /// Takes what a node tells.
    pub fn apply(&mut self, change: &DnsChange) {
        self.0.insert(change.address, change.is_in);
    }

    /// The addresses that are told, in ascending order: those in DNS; if every node has left, all of them.
    #[must_use]
    pub fn answers(&self) -> Vec<IpAddr> {
        let is_open = !self.0.values().any(|is_in| *is_in);
        let told = self.0.iter().filter(|(_, is_in)| **is_in || is_open);
        told.map(|(address, _)| *address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_in_dns_are_told_and_all_if_nobody_is() {
        let node = |last| IpAddr::from([10, 0, 0, last]);
        let mut set = AnswerSet::new([node(2), node(1)]);
        #[rustfmt::skip]
        let story = [
            (1, false, &[2][..],    "the first has left"),
            (2, false, &[1, 2][..], "all have left: all are told"),
            (2, true,  &[2][..],    "one is back"),
            (1, true,  &[1, 2][..], "both are"),
        ];
        assert_eq!(set.answers(), [node(1), node(2)], "in order");
        for (address, is_in, expected, because) in story {
            set.apply(&DnsChange {
                balancer: "alb".into(),
                zone: None,
                address: node(address),
                is_in,
                because: "".into(),
            });
            let expected: Vec<_> = expected.iter().map(|last| node(*last)).collect();
            assert_eq!(set.answers(), expected, "{because}");
        }
    }
}
