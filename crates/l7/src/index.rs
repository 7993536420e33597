//! The index of rules: which of many rules a request may match at all, found without trying them.
//!
//! Hosts and paths stand in tries of the literal octets with which every text that matches a pattern
//! begins, or ends. A walk down a trie ends at a set of rules, one bit each: those whose pattern may
//! match, and those whose pattern certainly does. Rules without such a condition, and those with a
//! regular expression, are in every set. The sets of host, path and method together leave few rules, and
//! of these only what is not certain yet is looked at.

use switchlab_core::FixedMap;
use switchlab_http::RequestParts;

use crate::condition::{Subject, Test, Texts};
use crate::pattern::Wildcard;
use crate::trie::{End, Entry, Trie};

/// A set of rules by their places.
type Bits = Box<[u64]>;

/// The rules of a listener by host, path and method.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    words: usize,
    hosts: Patterned,
    /// What walks would find for the hosts that rules name in full, as most requests do.
    named_hosts: FixedMap<Vec<u8>, Sets>,
    paths: Patterned,
    /// By method: the rules that take it.
    methods: Vec<(String, Bits)>,
    /// The rules that take methods which no rule names.
    any_method: Bits,
}

/// Rules by a text that patterns are about. Those that no trie can tell apart, without a condition or with
/// a regular expression, are in every set of the first.
#[derive(Debug, Clone)]
struct Patterned {
    prefixes: Trie,
    suffixes: Trie,
}

/// Rules that may match, and those of them that certainly do, 64 by 64.
#[derive(Debug, Clone)]
pub(crate) struct Sets(Box<[Word]>);

#[derive(Debug, Clone, Copy, Default)]
struct Word {
    possible: u64,
    certain: u64,
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
        let hosts = texts(|test| match test {
            Test::Host(texts) => Some(texts),
            _ => None,
        });
        let literals = rules.iter().flatten().flat_map(|test| match test {
            Test::Host(Texts::Wildcards(patterns)) => &patterns[..],
            _ => &[],
        });
        let literals = literals.filter(|pattern| pattern.wildcards() == 0);
        let named = literals.map(|pattern| pattern.prefix().0);
        let found = |host: Vec<u8>| {
            let sets = hosts.find(&host).together(words);
            (host, sets)
        };
        Self {
            words,
            named_hosts: named.map(found).collect(),
            hosts,
            paths: texts(|test| match test {
                Test::Path(texts) => Some(texts),
                _ => None,
            }),
            methods,
            any_method,
        }
    }

    fn hosts(&self, host: &[u8]) -> Found<'_> {
        match self.named_hosts.get(host) {
            Some(sets) => Found(sets, sets),
            None => self.hosts.find(host),
        }
    }

    /// The place of the first rule whose conditions all hold.
    pub(crate) fn first<R: RequestParts>(
        &self,
        rules: &[Vec<Test>],
        subject: &Subject<'_, R>,
    ) -> Option<usize> {
        let host = subject.host.as_deref().unwrap_or_default();
        let hosts = match subject.has_plain_host {
            true => self.hosts(host),
            false => self.hosts(&host.to_ascii_lowercase()),
        };
        let paths = self.paths.find(&subject.path);
        let method = subject.request.method();
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

/// What walks down both tries have found.
struct Found<'a>(&'a Sets, &'a Sets);

impl Found<'_> {
    fn possible(&self, word: usize) -> u64 {
        self.0.0[word].possible | self.1.0[word].possible
    }

    fn certain(&self, word: usize) -> u64 {
        self.0.0[word].certain | self.1.0[word].certain
    }

    fn together(&self, words: usize) -> Sets {
        let word = |word| Word {
            possible: self.possible(word),
            certain: self.certain(word),
        };
        Sets((0..words).map(word).collect())
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
            prefixes: Trie::new(End::Front, prefixes, &elsewhere),
            suffixes: Trie::new(End::Back, suffixes, &Sets::none(words)),
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

    fn find(&self, text: &[u8]) -> Found<'_> {
        Found(self.prefixes.find(text), self.suffixes.find(text))
    }
}

impl Sets {
    pub(crate) fn none(words: usize) -> Self {
        Self(vec![Word::default(); words].into())
    }

    pub(crate) fn add(&mut self, rule: usize, is_certain: bool) {
        let word = &mut self.0[rule / 64];
        word.possible |= 1 << (rule % 64);
        word.certain |= u64::from(is_certain) << (rule % 64);
    }
}

fn set(bits: &mut [u64], rule: usize) {
    bits[rule / 64] |= 1 << (rule % 64);
}
