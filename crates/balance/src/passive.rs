//! Passive health: what real traffic tells of a target.

use std::time::Duration;

use switchlab_core::Instant;

/// A target that fails several times in a row is ejected for a while, and longer each time.
///
/// Envoy's outlier detection (*Outlier detection*, v3 API): 5 consecutive failures, 30 s times the number of ejections
/// up to 300 s, at most 10 % of the targets but one at least. Envoy looks every 10 s; we eject and take back at
/// once. Only healthy targets are ejected: what others fail, to whom requests go when too few are healthy, is not
/// counted, and a target that becomes healthy begins with none. nginx's `max_fails = 1`, `fail_timeout = 10 s` is `failures` 1 and both times 10 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassiveHealth {
    /// Failures in a row that eject a target; 5 by default, 1 at least.
    pub failures: u32,
    /// How long the first ejection lasts; 30 s by default. The n-th lasts n times as long; for every such
    /// span that a target has been back, one ejection is forgotten.
    pub ejection: Duration,
    /// How long an ejection lasts at most; 300 s by default.
    pub longest_ejection: Duration,
    /// How many percent of the registered targets may be ejected at a time, but always one; 10 by default.
    pub most_ejected: u8,
}

impl Default for PassiveHealth {
    fn default() -> Self {
        Self {
            failures: 5,
            ejection: Duration::from_secs(30),
            longest_ejection: Duration::from_secs(300),
            most_ejected: 10,
        }
    }
}

impl PassiveHealth {
    /// How many of so many targets may be ejected at a time.
    #[must_use]
    pub fn most(&self, registered: usize) -> usize {
        (registered * usize::from(self.most_ejected) / 100).max(1)
    }
}

/// What traffic has told of one target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// Failures in a row.
    failures: u32,
    /// Ejections that are not forgotten.
    ejections: u32,
    /// When it was taken back.
    returned: Option<Instant>,
    pub(crate) is_ejected: bool,
}

impl Record {
    /// Takes an outcome; says whether it is one failure too many.
    pub(crate) fn observe(&mut self, passive: &PassiveHealth, is_served: bool) -> bool {
        self.failures = if is_served {
            0
        } else {
            self.failures.saturating_add(1)
        };
        self.failures >= passive.failures
    }

    /// Ejects the target; says until when.
    pub(crate) fn eject(&mut self, now: Instant, passive: &PassiveHealth) -> Instant {
        let well = self
            .returned
            .map_or(Duration::ZERO, |returned| now.since(returned));
        let spans = well.as_nanos() / passive.ejection.as_nanos().max(1);
        let forgotten = u32::try_from(spans).unwrap_or(u32::MAX);
        self.ejections = self.ejections.saturating_sub(forgotten).saturating_add(1);
        self.is_ejected = true;
        let span = passive.ejection.saturating_mul(self.ejections);
        now + span.min(passive.longest_ejection)
    }

    /// Forgets the failures in a row: the target became healthy, or is so no longer.
    pub(crate) fn interrupt(&mut self) {
        self.failures = 0;
    }

    /// Takes the target back.
    pub(crate) fn take_back(&mut self, now: Instant) {
        self.is_ejected = false;
        self.returned = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ejections_grow_and_are_forgotten() {
        let passive = PassiveHealth {
            failures: 2,
            longest_ejection: Duration::from_secs(80),
            ..PassiveHealth::default()
        };
        let mut record = Record::default();
        #[rustfmt::skip]
        let story = [
            // at    lasts   because
            (0,      30,     "the first"),
            (31,     60,     "the second is twice as long, 1 s after the first"),
            (92,     80,     "the third would be three times as long, but 80 s is the most"),
            (233,    60,     "back for 61 s, two of three are forgotten"),
            (1_000,  30,     "all are forgotten"),
        ];
        for (at, lasts, because) in story {
            let now = Instant::from_secs(at);
            assert!(!record.observe(&passive, false), "one failure is not two");
            assert!(!record.observe(&passive, true), "a success forgets it");
            assert!(!record.observe(&passive, false));
            assert!(record.observe(&passive, false), "two in a row");
            let until = record.eject(now, &passive);
            assert_eq!(until, Instant::from_secs(at + lasts), "{because}");
            record.interrupt();
            record.take_back(until);
        }
    }

    #[test]
    fn one_may_always_be_ejected() {
        let passive = PassiveHealth::default();
        let most = [0, 1, 9, 10, 19, 20, 100].map(|registered| passive.most(registered));
        assert_eq!(most, [1, 1, 1, 1, 1, 2, 10], "10 %, but one at least");
    }
}
