//! What a resolver is told of a load balancer: the addresses of its nodes that are in DNS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use switchlab_core::DnsChange;

/// How long an answer may be kept: a client can try an address for that long after it left.
///
/// ELB *User Guide*, "How Elastic Load Balancing works": 60 s.
pub const DNS_TTL: Duration = Duration::from_secs(60);

/// The answer set of one load balancer, kept from what its nodes tell: what a DNS server would answer to
/// whoever asks for the balancer's name, for [`DNS_TTL`].
///
/// A node is out until it tells that it is in. If every node is out, all addresses are told: bad ones are
/// better than none (ELB *User Guide*, "Target group health").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerSet(BTreeMap<IpAddr, bool>);

impl AnswerSet {
    /// The answer set of these nodes, none of which has told anything yet.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = IpAddr>) -> Self {
        Self(nodes.into_iter().map(|node| (node, false)).collect())
    }

    /// Takes what a node tells, and says whether the answers are others from now on.
    pub fn apply(&mut self, change: &DnsChange) -> bool {
        let before = self.answers();
        self.0.insert(change.address, change.is_in);
        self.answers() != before
    }

    /// Whether this node is in DNS.
    #[must_use]
    pub fn is_in(&self, node: IpAddr) -> bool {
        self.0.get(&node) == Some(&true)
    }

    /// Whether all addresses are told because no node is in DNS.
    #[must_use]
    pub fn is_fail_open(&self) -> bool {
        !self.0.values().any(|is_in| *is_in)
    }

    /// The addresses that are told, in ascending order.
    #[must_use]
    pub fn answers(&self) -> Vec<IpAddr> {
        let is_open = self.is_fail_open();
        let told = self.0.iter().filter(|(_, is_in)| **is_in || is_open);
        told.map(|(address, _)| *address).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn change(last: u8, is_in: bool) -> DnsChange {
        DnsChange {
            balancer: "alb".into(),
            zone: None,
            address: [10, 0, 0, last].into(),
            is_in,
            because: "".into(),
        }
    }

    proptest! {
        /// Whatever nodes tell, somebody is told; nobody who is out, unless all are; and the last word of
        /// each node is what counts.
        #[test]
        fn somebody_is_always_told(words in prop::collection::vec((0_u8..5, any::<bool>()), 1..40)) {
            let mut set = AnswerSet::new((0..5).map(|last| IpAddr::from([10, 0, 0, last])));
            let mut last_words = [false; 5];
            for (node, is_in) in words {
                let before = set.answers();
                let changes = set.apply(&change(node, is_in));
                last_words[usize::from(node)] = is_in;
                let told = set.answers();
                prop_assert_eq!(changes, told != before);
                prop_assert!(!told.is_empty() && told.is_sorted());
                for (last, is_in) in (0_u8..).zip(last_words) {
                    let is_told = told.contains(&IpAddr::from([10, 0, 0, last]));
                    prop_assert_eq!(is_told, is_in || last_words == [false; 5]);
                }
            }
        }
    }

    #[test]
    fn those_in_dns_are_told_and_all_if_nobody_is() {
        let node = |last| IpAddr::from([10, 0, 0, last]);
        let mut set = AnswerSet::new([node(2), node(1)]);
        assert_eq!(set.answers(), [node(1), node(2)], "in order");
        #[rustfmt::skip]
        let story = [
            // node  in     told          others  open   because
            (1,      true,  &[1][..],     true,   false, "the first is well"),
            (2,      true,  &[1, 2][..],  true,   false, "so is the second"),
            (1,      false, &[2][..],     true,   false, "the first has left"),
            (1,      false, &[2][..],     false,  false, "it says so again"),
            (2,      false, &[1, 2][..],  true,   true,  "all have left: all are told"),
            (1,      true,  &[1][..],     true,   false, "one is back"),
            (2,      true,  &[1, 2][..],  true,   false, "both are"),
            (3,      true,  &[1, 2, 3],   true,   false, "and one that nobody knew"),
        ];
        for (address, is_in, expected, others, open, because) in story {
            let changes = set.apply(&change(address, is_in));
            let expected: Vec<_> = expected.iter().map(|last| node(*last)).collect();
            assert_eq!(set.answers(), expected, "{because}");
            assert_eq!(changes, others, "{because}");
            assert_eq!(set.is_fail_open(), open, "{because}");
            assert_eq!(set.is_in(node(address)), is_in, "{because}");
        }
    }
}
