//! One service: its backends, their health, and whose turn it is.

use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_balance::{
    GroupConfig, GroupError, KeyOctets, RegisterError, Target, TargetGroup, TargetId,
};
use switchlab_core::{Instant, TargetState};
use switchlab_wire::FlowKey;

use crate::config::{Scheduler, ServiceConfig, ServiceProtocol};

/// A service at work.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: Arc<str>,
    pub(crate) protocol: ServiceProtocol,
    pub(crate) address: SocketAddr,
    pub(crate) scheduler: Scheduler,
    pub(crate) group: TargetGroup,
    /// What the group begins with when the switch is switched on.
    settings: GroupConfig,
    /// All backends the group has ever had, by place, with their weights.
    backends: Vec<(TargetId, u16)>,
    turn: Turn,
    /// Flows assigned so far.
    pub(crate) assigned: u64,
}

impl Service {
    pub(crate) fn new(config: &ServiceConfig) -> Result<Self, GroupError> {
        let settings = config.group();
        let group = TargetGroup::new(Instant::ZERO, settings.clone())?;
        let backend = |target: &Target| Some((group.find(target.address)?, target.weight));
        Ok(Self {
            backends: config.backends.iter().filter_map(backend).collect(),
            name: Arc::clone(&config.name),
            protocol: config.protocol,
            address: config.address,
            scheduler: config.scheduler,
            group,
            settings,
            turn: Turn::default(),
            assigned: 0,
        })
    }

    /// Begins to check the backends.
    pub(crate) fn switch_on(&mut self, now: Instant) {
        let group = TargetGroup::new(now, self.settings.clone());
        self.group = group.expect("the same settings were accepted before");
    }

    /// The backend of a new flow; the turn moves on. `None` if no backend may have it.
    pub(crate) fn choose(
        &mut self,
        now: Instant,
        flow: &FlowKey,
    ) -> Option<(TargetId, SocketAddr)> {
        let backend = match self.scheduler {
            Scheduler::RoundRobin => {
                let (group, backends) = (&self.group, &self.backends);
                let weight = |place: usize| {
                    let (backend, weight) = backends[place];
                    if group.is_eligible(backend) {
                        weight
                    } else {
                        0
                    }
                };
                backends[self.turn.next(backends.len(), weight)?].0
            }
            Scheduler::FiveTuple => self.group.choose(now, Some(&KeyOctets::flow(flow)))?,
        };
        Some((backend, self.group.address(backend)))
    }

    /// Whether the flows of a backend are to be forgotten: it does not answer, and others do.
    pub(crate) fn is_lost(&self, backend: TargetId) -> bool {
        self.group.state(backend) == TargetState::Unhealthy && !self.group.is_eligible(backend)
    }

    pub(crate) fn register(
        &mut self,
        now: Instant,
        address: SocketAddr,
    ) -> Result<(), RegisterError> {
        self.group.register(now, Target::from(address))?;
        if let Some(backend) = self.group.find(address) {
            match self.backends.get_mut(backend.index()) {
                Some((_, weight)) => *weight = 1,
                None => self.backends.push((backend, 1)),
            }
        }
        Ok(())
    }
}

/// Whose turn it is: a backend of weight w stands w times in a row.
#[derive(Debug, Default, Clone, Copy)]
struct Turn {
    place: usize,
    /// How many flows the one at that place has been given in a row.
    given: u16,
}

impl Turn {
    /// The next of `count` places that has a weight.
    fn next(&mut self, count: usize, weight: impl Fn(usize) -> u16) -> Option<usize> {
        if count == 0 {
            return None;
        }
        // Once round, and back to where it began.
        for _ in 0..=count {
            if self.given < weight(self.place) {
                self.given += 1;
                return Some(self.place);
            }
            *self = Self {
                place: (self.place + 1) % count,
                given: 0,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_go_round_in_rows() {
        #[rustfmt::skip]
        let rows: [(Vec<&[u16]>, &str, &str); 6] = [
            (vec![&[1, 1, 1]; 7],                             "abcabca",  "each in turn, the first first"),
            (vec![&[3, 1]; 8],                                "aaabaaab", "a weight is turns in a row"),
            (vec![&[0, 2, 0]; 4],                             "bbbb",     "weight 0 gets nothing"),
            (vec![&[0, 0]; 2],                                "--",       "nobody has a weight"),
            (vec![&[]; 2],                                    "--",       "nobody is there"),
            (vec![&[2, 2], &[0, 2], &[2, 2], &[2, 2], &[2, 2]], "abbaa",  "who may not is passed over, and his turn is lost"),
        ];
        for (weights, expected, because) in rows {
            let mut turn = Turn::default();
            let letter =
                |place: Option<usize>| place.map_or('-', |place| (b'a' + place as u8) as char);
            let seen: String = weights
                .iter()
                .map(|weights| letter(turn.next(weights.len(), |place| weights[place])))
                .collect();
            assert_eq!(seen, expected, "{because}");
        }
    }
}
