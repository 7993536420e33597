//! Whom to ask next, and how long to wait for an answer.

use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_core::Instant;

/// How long and how often servers are asked; 5 s and two rounds by default, as in `resolv.conf`(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long an answer may take before the next server is asked.
    pub timeout: Duration,
    /// How often each server is asked at most.
    pub rounds: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            rounds: 2,
        }
    }
}

/// One question on its way: the servers are asked one after the other, in their order, over some rounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    servers: Vec<Ipv4Addr>,
    patience: Patience,
    /// How many times somebody was asked before.
    asked: usize,
    /// When the one asked now has been waited for.
    deadline: Instant,
}

impl Attempts {
    /// The first server is asked now.
    #[must_use]
    pub fn new(servers: Vec<Ipv4Addr>, patience: Patience, now: Instant) -> Self {
        Self {
            servers,
            patience,
            asked: 0,
            deadline: now + patience.timeout,
        }
    }

    /// Who is asked now; `None` if everybody has been asked often enough.
    #[must_use]
    pub fn server(&self) -> Option<Ipv4Addr> {
        let count = self.servers.len();
        let is_over = self.asked >= count.saturating_mul(self.patience.rounds as usize);
        (!is_over).then(|| self.servers[self.asked % count])
    }

    /// Until when that answer is waited for.
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The one asked did not answer, or could not: turns to the next, who is asked now.
    pub fn go_on(&mut self, now: Instant) {
        self.asked += 1;
        self.deadline = now + self.patience.timeout;
    }
}
