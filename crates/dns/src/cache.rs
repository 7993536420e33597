//! What a resolver keeps, for how long, and what goes when it is full.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use switchlab_core::Instant;

use crate::{Question, Resolution};

/// Nothing is kept for longer: a week, for records.
const LONGEST: u32 = 604_800;
/// Nor that something is not there: 3 h, the longest that RFC 2308 §5 finds sensible.
const LONGEST_NOTHING: u32 = 10_800;

/// What resolvers keep of what they were told, each question for its time.
///
/// It holds so many questions at most. When it is full, what would be forgotten first is forgotten at once, the
/// new one included. What may be kept for no time is not kept.
#[derive(Debug, Clone)]
pub struct Cache {
    capacity: usize,
    entries: BTreeMap<Question, (Instant, Resolution)>,
    /// Until when what is kept.
    ends: BTreeSet<(Instant, Question)>,
}

/// Something that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<'a> {
    /// What was told.
    pub resolution: &'a Resolution,
    /// How long it may still be kept, in whole seconds begun.
    pub ttl: u32,
}

impl Cache {
    /// A cache that holds this many questions.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: BTreeMap::new(),
            ends: BTreeSet::new(),
        }
    }

    /// What is known of a question.
    #[must_use]
    pub fn get(&self, now: Instant, question: &Question) -> Option<Kept<'_>> {
        let (until, resolution) = self.entries.get(question)?;
        let left = (*until > now).then(|| until.since(now))?;
        let ttl = left.as_nanos().div_ceil(1_000_000_000);
        Some(Kept {
            resolution,
            ttl: ttl as u32,
        })
    }

    /// Keeps what was told, for as long as it says.
    pub fn put(&mut self, now: Instant, question: Question, resolution: Resolution) {
        self.forget(&question);
        while let Some((until, _)) = self.ends.first()
            && *until <= now
        {
            self.ends
                .pop_first()
                .map(|(_, question)| self.entries.remove(&question));
        }
        let longest = match resolution {
            Resolution::Nothing { .. } => LONGEST_NOTHING,
            _ => LONGEST,
        };
        let ttl = resolution.ttl().min(longest);
        if ttl == 0 {
            return;
        }
        let until = now + Duration::from_secs(ttl.into());
        self.ends.insert((until, question.clone()));
        self.entries.insert(question, (until, resolution));
        if self.entries.len() > self.capacity {
            self.ends
                .pop_first()
                .map(|(_, question)| self.entries.remove(&question));
        }
    }

    fn forget(&mut self, question: &Question) {
        if let Some((until, _)) = self.entries.remove(question) {
            self.ends.remove(&(until, question.clone()));
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.ends.clear();
    }

    /// How many questions are held, those included whose time is up.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
