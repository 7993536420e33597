//! A group with targets that answer their probes as a test says.

use std::net::SocketAddr;
use std::time::Duration;

use switchlab_balance::{GroupConfig, HealthCheck, ProbeOutcome, ProbeStep, TargetGroup, TargetId};
use switchlab_core::{Instant, TargetState};

/// The address of a target, by number.
pub(crate) fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 1, number], 80))
}

pub(crate) fn addresses(count: u8) -> impl Iterator<Item = SocketAddr> {
    (1..=count).map(address)
}

pub(crate) const fn second(second: u64) -> Instant {
    Instant::from_secs(second)
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A group without health checks.
pub(crate) fn unchecked(count: u8) -> GroupConfig {
    GroupConfig {
        health_check: None,
        ..GroupConfig::new("web", addresses(count))
    }
}

/// How a target behaves towards probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Answers(u16),
    Refuses,
    IsSilent,
}

/// A group whose targets are probed as time goes on.
pub(crate) struct Bed {
    pub(crate) group: TargetGroup,
    now: Instant,
    /// From when on targets behave how, by number from 1; what comes last counts.
    manners: Vec<(Instant, u8, Manner)>,
    /// Every probe that began.
    pub(crate) probes: Vec<(Instant, u8)>,
    /// Every change of state.
    pub(crate) changes: Vec<(Instant, u8, TargetState, String)>,
}

impl Bed {
    /// All targets answer with 200 until told otherwise.
    pub(crate) fn new(config: GroupConfig) -> Self {
        let mut bed = Self {
            group: TargetGroup::new(Instant::ZERO, config).expect("the settings are right"),
            now: Instant::ZERO,
            manners: Vec::new(),
            probes: Vec::new(),
            changes: Vec::new(),
        };
        bed.settle();
        bed
    }

    /// From `at` on a target behaves so.
    pub(crate) fn behaves(mut self, at: Instant, number: u8, manner: Manner) -> Self {
        self.manners.push((at, number, manner));
        self.settle();
        self
    }

    /// Goes on until `until`, that instant included.
    pub(crate) fn run(&mut self, until: Instant) {
        while let Some(due) = self.group.poll_timeout().filter(|due| *due <= until) {
            self.now = due;
            self.settle();
        }
        self.now = until;
    }

    /// Does what the group asks for now.
    pub(crate) fn settle(&mut self) {
        while let Some(step) = self.group.poll_probe(self.now) {
            if let ProbeStep::Begin(target) = step {
                let number = self.number(target);
                self.probes.push((self.now, number));
                let outcome = match self.manner(number) {
                    Manner::Answers(status) => ProbeOutcome::Status(status),
                    Manner::Refuses => ProbeOutcome::Failed,
                    Manner::IsSilent => continue,
                };
                self.group.probed(self.now, target, outcome);
            }
        }
        while let Some(change) = self.group.poll_change() {
            let id = self.group.find(change.target).expect("it told of it");
            let number = self.number(id);
            let reason = change.reason.into_owned();
            self.changes.push((self.now, number, change.to, reason));
        }
    }

    pub(crate) fn number(&self, target: TargetId) -> u8 {
        match self.group.address(target).ip() {
            std::net::IpAddr::V4(address) => address.octets()[3],
            std::net::IpAddr::V6(_) => unreachable!("all addresses are of version 4"),
        }
    }

    /// The target of the next request.
    pub(crate) fn next(&mut self) -> u8 {
        let target = self.group.choose(self.now, None);
        self.number(target.expect("somebody takes part"))
    }

    /// How many of so many requests each of `count` targets gets.
    pub(crate) fn shares(&mut self, requests: u32, count: u8) -> Vec<u32> {
        let mut shares = vec![0; usize::from(count)];
        for _ in 0..requests {
            shares[usize::from(self.next()) - 1] += 1;
        }
        shares
    }

    fn manner(&self, number: u8) -> Manner {
        let mut told = self.manners.iter().rev();
        let last = told.find(|(from, whose, _)| *whose == number && *from <= self.now);
        last.map_or(Manner::Answers(200), |(.., manner)| *manner)
    }
}

/// A check with so many seconds of interval and timeout, and so many results in a row.
pub(crate) fn check(interval: u64, timeout: u64, healthy: u32, unhealthy: u32) -> HealthCheck {
    HealthCheck {
        interval: seconds(interval),
        timeout: seconds(timeout),
        healthy,
        unhealthy,
        ..HealthCheck::default()
    }
}
