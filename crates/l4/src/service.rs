//! One service: its backends, their health, and who gets the next flow.

use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_balance::{
    Algorithm, GroupConfig, GroupError, HashKey, KeyOctets, Load, RegisterError, Target,
    TargetGroup, TargetId,
};
use switchlab_core::{Instant, TargetState};
use switchlab_wire::FlowKey;

use crate::config::{Mode, Persistence, ServiceConfig, ServiceProtocol};

/// A service at work.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: Arc<str>,
    pub(crate) protocol: ServiceProtocol,
    pub(crate) address: SocketAddr,
    pub(crate) mode: Mode,
    pub(crate) scheduler: Algorithm,
    persistence: Option<Persistence>,
    pub(crate) group: TargetGroup,
    /// What the group begins with when the switch is switched on.
    settings: GroupConfig,
    /// Flows assigned so far.
    pub(crate) assigned: u64,
}

impl Service {
    pub(crate) fn new(config: &ServiceConfig) -> Result<Self, GroupError> {
        let settings = config.group();
        let group = TargetGroup::new(Instant::ZERO, settings.clone())?;
        Ok(Self {
            name: Arc::clone(&config.name),
            protocol: config.protocol,
            address: config.address,
            mode: config.mode,
            scheduler: config.scheduler,
            persistence: config.persistence,
            group,
            settings,
            assigned: 0,
        })
    }

    /// Begins to check the backends.
    pub(crate) fn switch_on(&mut self, now: Instant) {
        let group = TargetGroup::new(now, self.settings.clone());
        self.group = group.expect("the same settings were accepted before");
    }

    /// The backend of a new flow, for what the backends have; the turn moves on. `None` if no backend may have it.
    pub(crate) fn choose(
        &mut self,
        now: Instant,
        flow: &FlowKey,
        loads: &[Load],
    ) -> Option<(TargetId, SocketAddr)> {
        let client = self.persistence.map(|it| it.client(flow.source));
        let bound = client.and_then(|client| self.group.bound(now, client));
        let backend = match bound {
            Some(bound) => bound,
            None => self.schedule(now, flow, loads)?,
        };
        if let Some(client) = client {
            self.group.bind(now, client, backend);
        }
        Some((backend, self.group.address(backend)))
    }

    /// The backend that a flow has by its hash alone, where nothing is remembered of it; `None` if the service hashes
    /// nothing, or does not see answers.
    pub(crate) fn owner(&mut self, now: Instant, flow: &FlowKey) -> Option<SocketAddr> {
        self.group.hash_key()?;
        if self.mode != Mode::Nat || flow.protocol != self.protocol.ip_protocol() {
            return None;
        }
        let client = self.persistence.map(|it| it.client(flow.source));
        let bound = client.and_then(|client| self.group.bound(now, client));
        let backend = bound.or_else(|| self.schedule(now, flow, &[]))?;
        Some(self.group.address(backend))
    }

    fn schedule(&mut self, now: Instant, flow: &FlowKey, loads: &[Load]) -> Option<TargetId> {
        let key = match self.group.hash_key() {
            None => None,
            Some(HashKey::Source) => Some(KeyOctets::source(flow.source)),
            Some(HashKey::SourceEnd) => Some(KeyOctets::source_end(flow.source_socket())),
            Some(_) => Some(KeyOctets::flow(flow)),
        };
        self.group.choose_loaded(now, key.as_deref(), loads)
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
        self.group.register(now, Target::from(address))
    }
}
