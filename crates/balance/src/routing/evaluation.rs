//! Whether an endpoint counts as healthy: many checkers make one state.

use std::time::Duration;

/// More than this share of its checkers, in percent, has to find an endpoint healthy.
const QUORUM: usize = 18;

/// How an endpoint is checked: Route 53 API, `HealthCheckConfig`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointCheck {
    /// The time between two checks by one checker: 10 s or 30 s, 30 s by default.
    pub interval: Duration,
    /// How many contrary results in a row change a checker's mind, both ways: 1 to 10, 3 by default.
    pub threshold: u32,
}

impl Default for EndpointCheck {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            threshold: 3,
        }
    }
}

/// What one checker thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Opinion {
    is_healthy: bool,
    contrary: u32,
    /// Whether it has heard enough to have an opinion.
    is_formed: bool,
}

/// What many checkers, who do not speak with each other, make of one endpoint.
///
/// It is healthy if more than 18 % of them find it so, and as long as none has heard enough (Route 53, "How
/// Route 53 determines whether a health check is healthy").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    threshold: u32,
    opinions: Vec<Opinion>,
}

impl Endpoint {
    /// An endpoint that this many checkers have yet to look at.
    #[must_use]
    pub fn new(check: &EndpointCheck, checkers: usize) -> Self {
        let opinion = Opinion {
            is_healthy: true,
            contrary: 0,
            is_formed: false,
        };
        Self {
            threshold: check.threshold,
            opinions: vec![opinion; checkers],
        }
    }

    /// Takes what a checker found.
    ///
    /// # Panics
    /// If there is no such checker.
    pub fn observe(&mut self, checker: usize, is_success: bool) {
        let opinion = &mut self.opinions[checker];
        if opinion.is_formed && opinion.is_healthy == is_success {
            opinion.contrary = 0;
            return;
        }
        // Until it has an opinion, each result of another kind begins the count anew.
        if !opinion.is_formed && opinion.is_healthy != is_success {
            (opinion.is_healthy, opinion.contrary) = (is_success, 0);
        }
        opinion.contrary += 1;
        if opinion.contrary >= self.threshold {
            *opinion = Opinion {
                is_healthy: is_success,
                contrary: 0,
                is_formed: true,
            };
        }
    }

    /// Whether it counts as healthy.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let formed = || self.opinions.iter().filter(|it| it.is_formed);
        let well = formed().filter(|it| it.is_healthy).count();
        formed().next().is_none() || well * 100 > self.opinions.len() * QUORUM
    }
}
