//! Health checks: one GET on a connection of its own, as an ALB asks.

use std::io::Write;

use switchlab_balance::{ProbeOutcome, ProbeStep, TargetId};
use switchlab_core::{Event, Instant, TargetState};
use switchlab_host::ConnectionEvent;
use switchlab_http::ResponseHead;

use crate::connections::Role;
use crate::pipe::Pipe;
use crate::switch::L7Switch;

/// A probe under way.
#[derive(Debug)]
pub(crate) struct Probe {
    pipe: Pipe,
    group: usize,
    target: TargetId,
}

impl L7Switch {
    /// Does what a group has to be done: probes and events; what has drained is noted, for
    /// [`settle`](Self::settle) to cut. A client that is being driven now would be missed.
    pub(crate) fn tend(&mut self, now: Instant, group: usize) {
        loop {
            while let Some(step) = self.groups[group].targets.poll_probe(now) {
                match step {
                    ProbeStep::Begin(target) => self.begin_probe(now, group, target),
                    ProbeStep::Abandon(target) => self.abandon_probe(group, target),
                }
            }
            let Some(change) = self.groups[group].targets.poll_change() else {
                break;
            };
            if matches!(change.to, TargetState::Draining | TargetState::Unused)
                && let Some(target) = self.groups[group].targets.find(change.target)
            {
                self.close_idle(group, target);
            }
            self.events.push_back(Event::TargetChanged(change));
        }
        while let Some(target) = self.groups[group].targets.poll_drained() {
            self.drained.push_back((group, target));
        }
        self.events.extend(self.dns.look(&self.groups));
    }

    /// Tells a group how its target served a request.
    pub(crate) fn observe(
        &mut self,
        now: Instant,
        group: usize,
        target: TargetId,
        is_served: bool,
    ) {
        self.groups[group].targets.observe(now, target, is_served);
        self.tend(now, group);
    }

    fn begin_probe(&mut self, now: Instant, group: usize, target: TargetId) {
        let address = self.groups[group].targets.probe_address(target);
        let Ok(mut pipe) = self.connect(address) else {
            return self.groups[group]
                .targets
                .probed(now, target, ProbeOutcome::Failed);
        };
        let targets = &self.groups[group].targets;
        let path = targets.health_check().map_or("/", |check| &*check.path);
        let written = write!(
            pipe.output(),
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: ELB-HealthChecker/2.0\r\nConnection: close\r\n\r\n"
        );
        written.expect("writing to memory cannot fail");
        let id = pipe.id;
        *self.groups[group].probe(target) = Some(id);
        let probe = Box::new(Probe {
            pipe,
            group,
            target,
        });
        self.connections.put(id, Role::Probe(probe), None);
    }

    fn abandon_probe(&mut self, group: usize, target: TargetId) {
        if let Some(id) = self.groups[group].probe(target).take()
            && let Some(Role::Probe(probe)) = self.connections.take(id)
        {
            self.station.sockets_mut().abort(id);
            self.pipes.recycle(probe.pipe);
        }
    }

    /// Something happened to the connection of a probe.
    pub(crate) fn probe_event(
        &mut self,
        now: Instant,
        mut probe: Box<Probe>,
        event: ConnectionEvent,
    ) {
        if event == ConnectionEvent::TimedOut {
            // The target is silent, which the group tells by itself when the check's own timeout is over.
            *self.groups[probe.group].probe(probe.target) = None;
            return self.pipes.recycle(probe.pipe);
        }
        probe.pipe.peer_closed |= event == ConnectionEvent::PeerClosed;
        let outcome = if event.is_final() {
            Some(ProbeOutcome::Failed)
        } else {
            self.read_probe(&mut probe.pipe)
        };
        let Some(outcome) = outcome else {
            return self
                .connections
                .put(probe.pipe.id, Role::Probe(probe), None);
        };
        let Probe {
            pipe,
            group,
            target,
        } = *probe;
        *self.groups[group].probe(target) = None;
        self.groups[group].targets.probed(now, target, outcome);
        if event.is_final() {
            self.pipes.recycle(pipe);
        } else {
            self.linger(now, pipe);
        }
        self.tend(now, group);
    }

    /// How the probe ended; `None` if the head of the answer is not whole yet.
    fn read_probe(&mut self, pipe: &mut Pipe) -> Option<ProbeOutcome> {
        let sockets = self.station.sockets_mut();
        pipe.flush(sockets);
        let mut head = ResponseHead::new(0);
        loop {
            match head.read(pipe.input()) {
                Err(_) => return Some(ProbeOutcome::Failed),
                Ok(Some(taken)) if head.is_interim() => pipe.consume(taken),
                Ok(Some(_)) => return Some(ProbeOutcome::Status(head.status())),
                Ok(None) if pipe.fill(sockets) => {}
                Ok(None) if pipe.has_ended(sockets) => return Some(ProbeOutcome::Failed),
                Ok(None) => return None,
            }
        }
    }
}
