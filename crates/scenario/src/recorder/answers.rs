//! What DNS would answer for each load balancer, kept from what its nodes tell, and from their silence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use switchlab_balance::AnswerSet;
use switchlab_core::{DnsChange, Instant, NodeId};

use crate::record::{AnswerChange, Record};
use crate::{BalancerNode, Directory};

/// The answer sets of a lab.
#[derive(Debug)]
pub(super) struct Answers(BTreeMap<Arc<str>, AnswerSet>);

impl Answers {
    /// The answer sets at the start; the record begins with them.
    pub(super) fn new(directory: &Directory, record: &mut Record) -> Self {
        let sets = directory.load_balancers.iter().map(|(name, nodes)| {
            let set = AnswerSet::new(nodes.iter().map(|node| node.address));
            let because = "No node has told yet that it is in.".into();
            let first = answer(Instant::ZERO, name, &set, because);
            record.answers.push(first);
            (Arc::clone(name), set)
        });
        Self(sets.collect())
    }

    /// Notes that a node entered or left, and what is answered then.
    pub(super) fn note(
        &mut self,
        at: Instant,
        node: NodeId,
        change: DnsChange,
        record: &mut Record,
    ) {
        let set = self.0.entry(Arc::clone(&change.balancer)).or_default();
        // What is announced once more is known.
        if set.is_in(change.address) == change.is_in {
            return;
        }
        if set.apply(&change) {
            let because = change.because.clone();
            let changed = answer(at, &change.balancer, set, because);
            record.answers.push(changed);
        }
        record.dns_changes.push((at, node, change));
    }

    /// Notes that a node was switched off. It tells nothing any more, which is noticed at once: ELB documents
    /// no figure, and the time for which answers are kept comes on top anyway.
    pub(super) fn silenced(
        &mut self,
        at: Instant,
        node: NodeId,
        directory: &Directory,
        record: &mut Record,
    ) {
        let mut nodes = directory
            .load_balancers
            .iter()
            .flat_map(|(name, nodes)| nodes.iter().map(move |node| (name, node)));
        let Some((balancer, BalancerNode { zone, address, .. })) =
            nodes.find(|(_, it)| it.node == node)
        else {
            return;
        };
        if self.0.get(balancer).is_some_and(|set| set.is_in(*address)) {
            let change = DnsChange {
                balancer: Arc::clone(balancer),
                zone: zone.clone(),
                address: *address,
                is_in: false,
                because: "The node is switched off.".into(),
            };
            self.note(at, node, change, record);
        }
    }
}

fn answer(
    at: Instant,
    balancer: &Arc<str>,
    set: &AnswerSet,
    because: Cow<'static, str>,
) -> AnswerChange {
    AnswerChange {
        at,
        balancer: Arc::clone(balancer),
        addresses: set.answers(),
        is_fail_open: set.is_fail_open(),
        because,
    }
}
