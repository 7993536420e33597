//! Many timers by key, the earliest first.

use std::collections::{BTreeMap, BTreeSet};

use crate::Instant;

/// Deadlines by key: one per key, told in order of time, then key.
///
/// Setting, moving and cancelling cost O(log n).
#[derive(Debug, Clone)]
pub struct Deadlines<K> {
    by_key: BTreeMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Self {
            by_key: BTreeMap::new(),
            by_time: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Copy> Deadlines<K> {
    /// Sets the deadline of `key`, in place of any it had.
    pub fn set(&mut self, key: K, at: Instant) {
        if let Some(before) = self.by_key.insert(key, at) {
            self.by_time.remove(&(before, key));
        }
        self.by_time.insert((at, key));
    }

    /// Forgets the deadline of `key`, and says what it was.
    pub fn cancel(&mut self, key: K) -> Option<Instant> {
        let at = self.by_key.remove(&key)?;
        self.by_time.remove(&(at, key));
        Some(at)
    }

    /// The deadline of `key`.
    #[must_use]
    pub fn get(&self, key: K) -> Option<Instant> {
        self.by_key.get(&key).copied()
    }

    /// The earliest deadline of all.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes out the earliest deadline if it is due at `now`.
    pub fn pop_due(&mut self, now: Instant) -> Option<(Instant, K)> {
        if self.next()? > now {
            return None;
        }
        let (at, key) = self.by_time.pop_first()?;
        self.by_key.remove(&key);
        Some((at, key))
    }

    /// How many deadlines are set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether no deadline is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_one_deadline_and_the_earliest_comes_first() {
        let mut deadlines = Deadlines::default();
        deadlines.set('b', Instant::from_secs(2));
        deadlines.set('a', Instant::from_secs(2));
        deadlines.set('c', Instant::from_secs(1));
        deadlines.set('c', Instant::from_secs(3));
        assert_eq!(
            deadlines.cancel('z'),
            None,
            "what was never set cannot be cancelled"
        );
        assert_eq!(
            deadlines.pop_due(Instant::from_secs(1)),
            None,
            "c was moved to second 3"
        );
        let order: Vec<_> =
            std::iter::from_fn(|| deadlines.pop_due(Instant::from_secs(9))).collect();
        let expected =
            [(2, 'a'), (2, 'b'), (3, 'c')].map(|(at, key)| (Instant::from_secs(at), key));
        assert_eq!(order, expected, "by time, then by key");
        assert!(deadlines.is_empty());
    }
}
