//! A trie of the literal octets with which all texts that match a pattern begin, or end.
//!
//! The end of a walk is a set of rules: those whose pattern may match the text, or certainly does.

use crate::index::Sets;

/// Where the walk along a text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Front,
    Back,
}

/// A pattern's literal octets.
pub(crate) struct Entry {
    /// In the order of the walk.
    pub(crate) octets: Vec<u8>,
    pub(crate) rule: usize,
    /// Whether the text must end behind the octets.
    pub(crate) ends: bool,
    /// Whether nothing else has to hold.
    pub(crate) is_all: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Trie {
    from: End,
    /// The root is the first.
    nodes: Vec<Node>,
}

#[derive(Debug, Clone)]
struct Node {
    /// The octets behind those of the parent, in the order of the text.
    label: Box<[u8]>,
    /// By the octet that the walk meets first, in order.
    children: Vec<(u8, usize)>,
    /// For texts that go on here.
    through: Sets,
    /// For texts that end here.
    at_end: Sets,
}

impl Trie {
    /// A trie in which `everywhere` is part of every set.
    pub(crate) fn new(from: End, mut entries: Vec<Entry>, everywhere: &Sets) -> Self {
        entries.sort_by(|a, b| a.octets.cmp(&b.octets));
        let mut trie = Self {
            from,
            nodes: Vec::new(),
        };
        trie.grow(&entries, 0, 0, everywhere);
        trie
    }

    /// The rules for a text.
    pub(crate) fn find(&self, text: &[u8]) -> &Sets {
        let (mut node, mut rest) = (&self.nodes[0], text);
        loop {
            let first = match self.from {
                End::Front => rest.first(),
                End::Back => rest.last(),
            };
            let Some(first) = first else {
                return &node.at_end;
            };
            let Some((_, child)) = node.children.iter().find(|(octet, _)| octet == first) else {
                return &node.through;
            };
            let child = &self.nodes[*child];
            let behind = match self.from {
                End::Front => rest.strip_prefix(&*child.label),
                End::Back => rest.strip_suffix(&*child.label),
            };
            let Some(behind) = behind else {
                return &node.through;
            };
            (node, rest) = (child, behind);
        }
    }

    /// Adds the node of entries that are alike in their first `end` octets, of which those from `start`
    /// on are its label, and the nodes below it. The entries are in order.
    fn grow(&mut self, entries: &[Entry], start: usize, end: usize, above: &Sets) -> usize {
        let (here, below): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| entry.octets.len() == end);
        let mut through = above.clone();
        for entry in here.iter().filter(|entry| !entry.ends) {
            through.add(entry.rule, entry.is_all);
        }
        let mut at_end = through.clone();
        for entry in here.iter().filter(|entry| entry.ends) {
            at_end.add(entry.rule, entry.is_all);
        }
        let label = entries.first().map(|entry| &entry.octets[start..end]);
        let mut label: Box<[u8]> = label.unwrap_or_default().into();
        if self.from == End::Back {
            label.reverse();
        }
        let place = self.nodes.len();
        self.nodes.push(Node {
            label,
            children: Vec::new(),
            through: through.clone(),
            at_end,
        });
        // The shorter ones come first in order.
        let below = &entries[entries.len() - below.len()..];
        for children in below.chunk_by(|a, b| a.octets[end] == b.octets[end]) {
            let (first, last) = (&children[0].octets, &children[children.len() - 1].octets);
            let same = first.iter().zip(last).take_while(|(a, b)| a == b).count();
            let child = self.grow(children, end, same, &through);
            self.nodes[place].children.push((first[end], child));
        }
        place
    }
}
