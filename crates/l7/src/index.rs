//! The index of rules: which of many rules a request may match at all, found without trying them.
//!
//! Hosts and paths stand in tries of the literal octets with which every text that matches a pattern
//! begins, or ends. A walk down a trie ends at a set of rules, one bit each: those whose pattern may
//! match, and those whose pattern certainly does. Rules without such a condition, and those with a
//! regular expression, are in every set. The sets of host, path and method together leave few rules, and
//! of these only what is not certain yet is looked at.

use crate::condition::{Subject, Test, Texts};
use crate::pattern::Wildcard;

/// A set of rules by their places.
type Bits = Box<[u64]>;

/// The rules of a listener by host, path and method.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    words: usize,
    hosts: Patterned,
    paths: Patterned,
    /// By method: the rules that take it.
    methods: Vec<(String, Bits)>,
    /// The rules that take methods which no rule names.
    any_method: Bits,
}

/// Rules by a text that patterns are about.
#[derive(Debug, Clone)]
struct Patterned {
    /// The rules that no trie tells of: without a condition, and with a regular expression.
    elsewhere: Sets,
    prefixes: Trie,
    suffixes: Trie,
}

/// Rules that may match, and those of them that certainly do.
#[derive(Debug, Clone)]
struct Sets {
    possible: Bits,
    certain: Bits,
}

/// A pattern's literal octets.
struct Entry {
    octets: Vec<u8>,
    rule: usize,
    /// Whether the text must end behind the octets.
    ends: bool,
    /// Whether nothing else has to hold.
    is_all: bool,
}

#[derive(Debug, Clone)]
struct Trie(Vec<Node>);

#[derive(Debug, Clone)]
struct Node {
    /// The octets behind those of the parent.
    label: Box<[u8]>,
    /// By their first octet, in order.
    children: Vec<(u8, usize)>,
    /// For texts that go on here.
    through: Sets,
    /// For texts that end here.
    at_end: Sets,
}

impl Index {
    /// An index of rules in order, each with its conditions.
    pub(crate) fn new(rules: &[Vec<Test>]) -> Self {
        let words = rules.len().div_ceil(64);
        let tests = |rule: usize| rules[rule].iter();
        let texts = |which: fn(&Test) -> Option<&Texts>| {
            let all = (0..rules.len()).map(|rule| tests(rule).filter_map(which).collect());
            Patterned::new(&all.collect::<Vec<_>>(), words)
        };
        let methods_of = |rule: usize| {
            tests(rule).find_map(|test| match test {
                Test::Method(methods) => Some(methods),
                _ => None,
            })
        };
        let mut any_method = vec![0; words].into_boxed_slice();
        for rule in (0..rules.len()).filter(|rule| methods_of(*rule).is_none()) {
            set(&mut any_method, rule);
        }
        let mut methods: Vec<(String, Bits)> = Vec::new();
        for rule in 0..rules.len() {
            for method in methods_of(rule).into_iter().flatten() {
                let known = methods.iter().position(|(name, _)| name == method);
                let place = known.unwrap_or_else(|| {
                    methods.push((method.clone(), any_method.clone()));
                    methods.len() - 1
                });
                set(&mut methods[place].1, rule);
            }
        }
        Self {
            words,
            hosts: texts(|test| match test {
                Test::Host(texts) => Some(texts),
                _ => None,
            }),
            paths: texts(|test| match test {
                Test::Path(texts) => Some(texts),
                _ => None,
            }),
            methods,
            any_method,
        }
    }

    /// The place of the first rule whose conditions all hold.
    pub(crate) fn first(&self, rules: &[Vec<Test>], subject: &Subject<'_>) -> Option<usize> {
        let host = subject.host.as_deref().unwrap_or_default();
        let hosts = self.hosts.find(host, |octet| octet.to_ascii_lowercase());
        let paths = self.paths.find(&subject.path, |octet| octet);
        let method = subject.head.method();
        let named = self.methods.iter().find(|(name, _)| name == method);
        let methods = named.map_or(&self.any_method, |(_, rules)| rules);
        (0..self.words).find_map(|word| {
            let mut left = hosts.possible(word) & paths.possible(word) & methods[word];
            let is_certain = |of: &Found<'_>, rule: usize| of.certain(word) >> (rule % 64) & 1 == 1;
            while left != 0 {
                let rule = word * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                let holds = rules[rule].iter().all(|test| match test {
                    // A request without a host matches no host, not even an empty one.
                    Test::Host(_) if subject.host.is_some() && is_certain(&hosts, rule) => true,
                    Test::Path(_) if is_certain(&paths, rule) => true,
                    test => test.holds(subject),
                });
                if holds {
                    return Some(rule);
                }
            }
            None
        })
    }
}

/// What a walk down both tries has found.
struct Found<'a> {
    parts: [&'a Sets; 3],
}

impl Found<'_> {
    fn possible(&self, word: usize) -> u64 {
        let [a, b, c] = self.parts;
        a.possible[word] | b.possible[word] | c.possible[word]
    }

    fn certain(&self, word: usize) -> u64 {
        let [a, b, c] = self.parts;
        a.certain[word] | b.certain[word] | c.certain[word]
    }
}

impl Patterned {
    /// By rule: its conditions of this kind. (ELB takes one at most.)
    fn new(rules: &[Vec<&Texts>], words: usize) -> Self {
        let mut elsewhere = Sets::none(words);
        let (mut prefixes, mut suffixes) = (Vec::new(), Vec::new());
        for (rule, texts) in rules.iter().enumerate() {
            match &**texts {
                [] => elsewhere.add(rule, true),
                [Texts::Wildcards(patterns)] => {
                    for pattern in patterns {
                        Self::sort(pattern, rule, &mut prefixes, &mut suffixes);
                    }
                }
                _ => elsewhere.add(rule, false),
            }
        }
        Self {
            elsewhere,
            prefixes: Trie::new(&mut prefixes, words),
            suffixes: Trie::new(&mut suffixes, words),
        }
    }

    /// Puts a pattern where it is told best: by its longer literal end.
    fn sort(pattern: &Wildcard, rule: usize, prefixes: &mut Vec<Entry>, suffixes: &mut Vec<Entry>) {
        let (prefix, prefix_is_all) = pattern.prefix();
        let (suffix, suffix_is_all) = pattern.reversed_suffix();
        let ends = pattern.wildcards() == 0;
        if prefix.len() >= suffix.len() {
            let is_all = ends || prefix_is_all;
            prefixes.push(Entry {
                octets: prefix,
                rule,
                ends,
                is_all,
            });
        } else {
            suffixes.push(Entry {
                octets: suffix,
                rule,
                ends: false,
                is_all: suffix_is_all,
            });
        }
    }

    fn find(&self, text: &[u8], fold: impl Fn(u8) -> u8) -> Found<'_> {
        let last = text.len().wrapping_sub(1);
        Found {
            parts: [
                &self.elsewhere,
                self.prefixes.find(text.len(), |at| fold(text[at])),
                self.suffixes.find(text.len(), |at| fold(text[last - at])),
            ],
        }
    }
}

impl Trie {
    fn new(entries: &mut [Entry], words: usize) -> Self {
        entries.sort_by(|a, b| a.octets.cmp(&b.octets));
        let mut nodes = Vec::new();
        grow(&mut nodes, entries, 0, 0, &Sets::none(words));
        Self(nodes)
    }

    /// The rules for a text of this length, its octets given one by one.
    fn find(&self, length: usize, octet: impl Fn(usize) -> u8) -> &Sets {
        let (mut node, mut at) = (&self.0[0], 0);
        while at < length {
            let first = octet(at);
            let Some((_, child)) = node.children.iter().find(|(octet, _)| *octet == first) else {
                return &node.through;
            };
            let child = &self.0[*child];
            let behind = at + child.label.len();
            if behind > length
                || !(at..behind)
                    .zip(&child.label)
                    .all(|(at, it)| octet(at) == *it)
            {
                return &node.through;
            }
            (node, at) = (child, behind);
        }
        &node.at_end
    }
}

/// Adds the node of entries that are alike in their first `end` octets, of which those from `start` on
/// are its label, and the nodes below it. The entries are in order.
fn grow(nodes: &mut Vec<Node>, entries: &[Entry], start: usize, end: usize, above: &Sets) -> usize {
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
    let place = nodes.len();
    let label = entries.first().map(|entry| entry.octets[start..end].into());
    nodes.push(Node {
        label: label.unwrap_or_default(),
        children: Vec::new(),
        through: through.clone(),
        at_end,
    });
    // The shorter ones come first in order.
    let below = &entries[entries.len() - below.len()..];
    for children in below.chunk_by(|a, b| a.octets[end] == b.octets[end]) {
        let (first, last) = (&children[0].octets, &children[children.len() - 1].octets);
        let same = first.iter().zip(last).take_while(|(a, b)| a == b).count();
        let child = grow(nodes, children, end, same, &through);
        nodes[place].children.push((first[end], child));
    }
    place
}

impl Sets {
    fn none(words: usize) -> Self {
        let none = vec![0; words].into_boxed_slice();
        Self {
            possible: none.clone(),
            certain: none,
        }
    }

    fn add(&mut self, rule: usize, is_certain: bool) {
        set(&mut self.possible, rule);
        if is_certain {
            set(&mut self.certain, rule);
        }
    }
}

fn set(bits: &mut [u64], rule: usize) {
    bits[rule / 64] |= 1 << (rule % 64);
}
