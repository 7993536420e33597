//! Target groups as layer 7 uses them: stickiness, idle connections, probes under way.

use std::net::SocketAddr;
use std::time::Duration;

use switchlab_balance::{GroupError, TargetGroup, TargetId};
use switchlab_core::{Instant, Step};
use switchlab_host::ConnectionId;
use switchlab_http::Fields;
use switchlab_wire::{FlowKey, IpProtocol};

use crate::config::Group;
use crate::sticky::{COOKIE, Tokens};
use crate::tally::Tally;

/// A target group at work.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) targets: TargetGroup,
    pub(crate) lb_cookie: Option<Duration>,
    /// By target: connections without a request, the one used last at the end.
    idle: Vec<Vec<ConnectionId>>,
    /// By target: the connection of the probe under way.
    probes: Vec<Option<ConnectionId>>,
    pub(crate) tally: Tally,
}

impl Pool {
    pub(crate) fn new(now: Instant, group: Group) -> Result<Self, GroupError> {
        Ok(Self {
            targets: TargetGroup::new(now, group.config)?,
            lb_cookie: group.lb_cookie,
            idle: Vec::new(),
            probes: Vec::new(),
            tally: Tally::default(),
        })
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        &**self.targets.name() == name
    }

    /// The target for a request: the one its cookie names if it may take requests, else the next.
    pub(crate) fn choose(
        &mut self,
        fields: &Fields,
        tokens: &Tokens,
        now: Instant,
        (client, server): (SocketAddr, SocketAddr),
        steps: Option<&mut Vec<Step>>,
    ) -> Option<TargetId> {
        let bound = self
            .lb_cookie
            .and_then(|span| self.bound(fields, tokens, now, span));
        let flow = FlowKey {
            source: client.ip(),
            destination: server.ip(),
            protocol: IpProtocol::TCP,
            source_port: client.port(),
            destination_port: server.port(),
        };
        let chosen = bound.or_else(|| self.targets.choose(Some(&flow)));
        if let Some(steps) = steps {
            let name = self.targets.name();
            steps.push(Step {
                stage: "l7.target",
                asked: format!("which target of {name} takes it?"),
                found: match chosen {
                    Some(target) => self.targets.address(target).to_string(),
                    None => "none".to_owned(),
                },
                because: match (bound, chosen) {
                    (Some(_), _) => "The client's cookie binds it to this target.",
                    (_, None) => "Nobody is registered in the group.",
                    _ if self.targets.is_fail_open() => "Too few targets are healthy, so all take part (fail-open), and the algorithm chose this one.",
                    _ => "The group's algorithm chose it among the healthy ones.",
                }
                .into(),
            });
        }
        chosen
    }

    /// The target that a cookie binds the client to.
    fn bound(
        &self,
        fields: &Fields,
        tokens: &Tokens,
        now: Instant,
        span: Duration,
    ) -> Option<TargetId> {
        let name = self.targets.name();
        let mut cookies = fields
            .cookies()
            .filter(|(name, _)| *name == COOKIE.as_bytes());
        let (address, issued) = cookies.find_map(|(_, token)| tokens.read(name, token))?;
        let is_fresh = now < Instant::from_secs(issued) + span;
        let target = self.targets.find(address)?;
        (is_fresh && self.targets.is_eligible(target)).then_some(target)
    }

    /// The idle connection to a target that was used last.
    pub(crate) fn pop_idle(&mut self, target: TargetId) -> Option<ConnectionId> {
        self.idle.get_mut(target.index())?.pop()
    }

    /// Keeps an idle connection, if there are fewer than `limit` and the target may take requests.
    pub(crate) fn push_idle(&mut self, target: TargetId, id: ConnectionId, limit: usize) -> bool {
        let idle = slot(&mut self.idle, target);
        let keeps = idle.len() < limit && self.targets.is_eligible(target);
        if keeps {
            idle.push(id);
        }
        keeps
    }

    /// Forgets an idle connection.
    pub(crate) fn forget_idle(&mut self, target: TargetId, id: ConnectionId) {
        slot(&mut self.idle, target).retain(|other| *other != id);
    }

    /// The connection of the probe that is under way to a target.
    pub(crate) fn probe(&mut self, target: TargetId) -> &mut Option<ConnectionId> {
        slot(&mut self.probes, target)
    }
}

fn slot<T: Default>(places: &mut Vec<T>, target: TargetId) -> &mut T {
    let index = target.index();
    if places.len() <= index {
        places.resize_with(index + 1, T::default);
    }
    &mut places[index]
}
