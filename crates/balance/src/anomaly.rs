//! Anomaly mitigation: who fails more often than the others gets less, step by step.

use std::time::Duration;

/// How targets that fail more often than their peers are found, and what they get then.
///
/// ELB calls it automatic target weights; it publishes the idea and no constants, so these are ours. At the end of every
/// interval a target is *anomalous* if there are three healthy ones at least, it served `least_requests`
/// or more, and the percentage of its requests that failed is at least `excess` above that of all others
/// together. Its share is then halved, down to the floor; otherwise it is doubled, up to the whole.
/// Failures are answers with 5xx and connections that failed. A target that is not healthy at the end of an
/// interval is not looked at: its share stays, and what it did is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnomalyMitigation {
    /// From one look to the next; 10 s by default.
    pub interval: Duration,
    /// Requests without which nothing is said of a target; 5 by default.
    pub least_requests: u32,
    /// By how many points the percentage of failures exceeds the others'; 10 by default.
    pub excess: u8,
    /// The least share in percent; 1 by default, 1 at least.
    pub floor: u8,
}

impl Default for AnomalyMitigation {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(10),
            least_requests: 5,
            excess: 10,
            floor: 1,
        }
    }
}

/// Healthy targets without which nobody is compared.
const PEERS: usize = 3;

/// A whole share.
pub(crate) const WHOLE: u32 = 1 << 16;

/// What one target did in an interval, and its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) requests: u64,
    pub(crate) failures: u64,
    /// In parts of [`WHOLE`].
    pub(crate) share: u32,
    pub(crate) is_anomalous: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            requests: 0,
            failures: 0,
            share: WHOLE,
            is_anomalous: false,
        }
    }
}

impl Window {
    pub(crate) fn observe(&mut self, is_served: bool) {
        self.requests += 1;
        self.failures += u64::from(!is_served);
    }

    /// Begins an interval.
    pub(crate) fn begin(&mut self) {
        (self.requests, self.failures) = (0, 0);
    }
}

/// Looks at the windows of all healthy targets, moves their shares, and begins anew. Says whether another look
/// is needed even if nothing comes.
pub(crate) fn look(mitigation: &AnomalyMitigation, windows: &mut [&mut Window]) -> bool {
    let requests: u64 = windows.iter().map(|window| window.requests).sum();
    let failures: u64 = windows.iter().map(|window| window.failures).sum();
    let floor = (WHOLE * u32::from(mitigation.floor)).div_ceil(100);
    let are_peers = windows.len() >= PEERS;
    for window in windows.iter_mut() {
        let (own, others) = (window.requests, requests - window.requests);
        let others_failed = failures - window.failures;
        // own share of failures - the others' ≥ excess / 100, without dividing.
        let excess = i128::from(window.failures) * i128::from(others) * 100
            - i128::from(others_failed) * i128::from(own) * 100
            - i128::from(mitigation.excess) * i128::from(own) * i128::from(others);
        let is_seen = own >= u64::from(mitigation.least_requests) && others > 0;
        window.is_anomalous = are_peers && is_seen && window.failures > 0 && excess >= 0;
        window.share = match window.is_anomalous {
            true => (window.share / 2).max(floor),
            false => (window.share * 2).min(WHOLE),
        };
        window.begin();
    }
    windows.iter().any(|window| window.share < WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shares of three targets in percent after each look at requests and failures.
    fn shares(mitigation: &AnomalyMitigation, looks: &[[(u64, u64); 3]]) -> Vec<[u32; 3]> {
        let mut windows = [Window::default(); 3];
        let mut seen = Vec::new();
        for counts in looks {
            for (window, (requests, failures)) in windows.iter_mut().zip(counts) {
                (window.requests, window.failures) = (*requests, *failures);
            }
            let mut refs: Vec<_> = windows.iter_mut().collect();
            look(mitigation, &mut refs);
            seen.push(windows.map(|window| window.share * 100 / WHOLE));
        }
        seen
    }

    #[test]
    fn shares_fall_and_rise_step_by_step() {
        let mitigation = AnomalyMitigation::default();
        let bad = [(10, 0), (10, 0), (10, 5)];
        let good = [(10, 0); 3];
        let mut looks = vec![bad; 8];
        looks.extend([good; 7]);
        let third: Vec<_> = shares(&mitigation, &looks)
            .iter()
            .map(|shares| shares[2])
            .collect();
        assert_eq!(
            third,
            [50, 25, 12, 6, 3, 1, 1, 1, 2, 4, 8, 16, 32, 64, 100],
            "halved to the floor, doubled to the whole"
        );
    }

    #[test]
    fn who_is_anomalous() {
        let mitigation = AnomalyMitigation::default();
        #[rustfmt::skip]
        let rows = [
            ([(10, 0), (10, 0), (10, 1)],   [100, 100, 50],  "10 points more than nothing"),
            ([(100, 0), (100, 0), (100, 9)], [100, 100, 100], "9 points are not 10"),
            ([(10, 5), (10, 5), (10, 5)],   [100, 100, 100], "all fail alike: nobody stands out"),
            ([(10, 10), (10, 10), (10, 0)], [50, 50, 100],   "two of three stand out against all others together"),
            ([(100, 0), (100, 0), (4, 4)],  [100, 100, 100], "four requests say nothing"),
            ([(0, 0), (0, 0), (9, 9)],      [100, 100, 100], "there is nobody to compare with"),
            ([(0, 0), (0, 0), (0, 0)],      [100, 100, 100], "nothing happened"),
        ];
        for (counts, expected, because) in rows {
            assert_eq!(shares(&mitigation, &[counts]), [expected], "{because}");
        }
        let mut pair = [
            Window::default(),
            Window {
                requests: 10,
                failures: 10,
                ..Window::default()
            },
        ];
        pair[0].requests = 10;
        look(&mitigation, &mut pair.iter_mut().collect::<Vec<_>>());
        assert!(!pair[1].is_anomalous, "two are not enough to compare");
    }
}
