//! How many healthy targets are enough.

/// The least number and share of healthy targets; below either of them it is breached.
///
/// ELB: `minimum_healthy_targets.count` and `.percentage` (*User Guide*, "Target group health"). The percentage is of the targets
/// that are registered, in scope and not draining. Where the algorithm counts weights, targets of weight 0 are
/// neither registered nor healthy here: they would take no request, as in HAProxy, whose servers of weight 0 are not
/// usable. So the only healthy target does not keep others from taking part if its weight is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// The least number; 1 by default, 1 at least, `None` for off.
    pub count: Option<u32>,
    /// The least share in percent, 1 to 100; `None`, the default, for off.
    pub percentage: Option<u8>,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            count: Some(1),
            percentage: None,
        }
    }
}

impl Threshold {
    /// Whether so many healthy targets of so many registered ones are too few.
    #[must_use]
    pub fn is_breached(&self, healthy: usize, registered: usize) -> bool {
        let by_count = |count: u32| healthy < count as usize;
        let by_share = |percentage: u8| healthy * 100 < registered * usize::from(percentage);
        self.count.is_some_and(by_count) || self.percentage.is_some_and(by_share)
    }

    /// Whether it asks for as many as another at least, as far as both say.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let at_least = |one: Option<u32>, other: Option<u32>| match (one, other) {
            (Some(one), Some(other)) => one >= other,
            _ => true,
        };
        at_least(self.count, other.count)
            && at_least(
                self.percentage.map(u32::from),
                other.percentage.map(u32::from),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_number_or_share_breaches() {
        let threshold = |count, percentage| Threshold { count, percentage };
        #[rustfmt::skip]
        let rows = [
            (threshold(Some(1), None),     0, 10, true,  "nobody is not one"),
            (threshold(Some(1), None),     1, 10, false, "one is"),
            (threshold(Some(1), None),     0, 0,  true,  "nobody is there"),
            (threshold(None, Some(50)),    4, 10, true,  "40 % is less than 50 %"),
            (threshold(None, Some(50)),    5, 10, false, "50 % is not"),
            (threshold(None, Some(50)),   14, 20, false, "nor 70 %"),
            (threshold(None, Some(34)),    1, 3,  true,  "33 1/3 % is less than 34 %"),
            (threshold(None, Some(33)),    1, 3,  false, "and no less than 33 %"),
            (threshold(Some(3), Some(10)), 2, 10, true,  "the number is enough to breach"),
            (threshold(Some(1), Some(90)), 8, 10, true,  "so is the share"),
            (threshold(None, None),        0, 10, false, "nothing is asked for"),
        ];
        for (threshold, healthy, registered, expected, because) in rows {
            let seen = threshold.is_breached(healthy, registered);
            assert_eq!(seen, expected, "{healthy} of {registered}: {because}");
        }
    }
}
