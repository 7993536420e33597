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
    hash_sequence: bool,
    pub(crate) preserve_client: bool,
    pub(crate) resets_unknown: bool,
    pub(crate) terminates_deregistered: bool,
    terminates_unhealthy: bool,
    /// What probes ask for by HTTP.
    pub(crate) question: Option<String>,
    pub(crate) group: TargetGroup,
    /// What the group begins with when the switch is switched on.
    settings: GroupConfig,
    /// Flows assigned so far.
    pub(crate) assigned: u64,
    /// Flows that no port was left for.
    pub(crate) port_errors: u64,
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
            hash_sequence: config.hash_sequence,
            preserve_client: config.preserve_client,
            resets_unknown: config.resets_unknown,
            terminates_deregistered: config.terminates_deregistered,
            terminates_unhealthy: config.terminates_unhealthy,
            question: question(config),
            group,
            settings,
            assigned: 0,
            port_errors: 0,
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
        sequence: Option<u32>,
        loads: &[Load],
    ) -> Option<(TargetId, SocketAddr)> {
        let client = self.persistence.map(|it| it.client(flow.source));
        let bound = client.and_then(|client| self.group.bound(now, client));
        let backend = match bound {
            Some(bound) => bound,
            None => self.schedule(now, flow, sequence, loads)?,
        };
        if let Some(client) = client {
            self.group.bind(now, client, backend);
        }
        Some((backend, self.group.address(backend)))
    }

    /// The backend that a flow has by its hash alone, where nothing is remembered of it; `None` if the service hashes
    /// nothing, or the sequence number too, or does not see answers.
    pub(crate) fn owner(&mut self, now: Instant, flow: &FlowKey) -> Option<SocketAddr> {
        self.group.hash_key()?;
        if self.mode != Mode::Nat
            || self.hash_sequence
            || flow.protocol != self.protocol.ip_protocol()
        {
            return None;
        }
        let client = self.persistence.map(|it| it.client(flow.source));
        let bound = client.and_then(|client| self.group.bound(now, client));
        let backend = bound.or_else(|| self.schedule(now, flow, None, &[]))?;
        Some(self.group.address(backend))
    }

    fn schedule(
        &mut self,
        now: Instant,
        flow: &FlowKey,
        sequence: Option<u32>,
        loads: &[Load],
    ) -> Option<TargetId> {
        let key = match self.group.hash_key() {
            None => None,
            Some(HashKey::Source) => Some(KeyOctets::source(flow.source)),
            Some(HashKey::SourceEnd) => Some(KeyOctets::source_end(flow.source_socket())),
            Some(_) => Some(KeyOctets::flow(flow)),
        };
        let key = key.map(|key| match sequence.filter(|_| self.hash_sequence) {
            Some(sequence) => key.with_sequence(sequence),
            None => key,
        });
        self.group.choose_loaded(now, key.as_deref(), loads)
    }

    /// Whether the flows of a backend are to be forgotten: it does not answer, and others do.
    pub(crate) fn is_lost(&self, backend: TargetId) -> bool {
        self.terminates_unhealthy
            && self.group.state(backend) == TargetState::Unhealthy
            && !self.group.is_eligible(backend)
    }

    pub(crate) fn register(
        &mut self,
        now: Instant,
        address: SocketAddr,
    ) -> Result<(), RegisterError> {
        self.group.register(now, Target::from(address))
    }
}

/// What probes of a service say, if they speak HTTP: the Host is the service's own address and port.
fn question(config: &ServiceConfig) -> Option<String> {
    let check = config
        .health_check
        .as_ref()
        .filter(|_| config.check_by_http)?;
    Some(format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ELB-HealthChecker/2.0\r\nConnection: close\r\n\r\n",
        check.path, config.address
    ))
}
