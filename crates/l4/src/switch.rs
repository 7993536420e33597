//! Router, balancer and probes in one box: the layer 4 switch.

use std::fmt;
use std::net::IpAddr;

use switchlab_balance::{ProbeOutcome, ProbeStep, RegisterError};
use switchlab_core::{
    AppCounter, Command, ControlError, Counters, Device, Egress, Event, Explanation, Ingress,
    Instant, PortId, Table,
};
use switchlab_l3::L3Switch;
use switchlab_wire::Frame;

use crate::balancer::Balancer;
use crate::config::{L4Config, L4Error, Mode, names_one};
use crate::flow_table::Evicted;
use crate::tables;

/// A layer 4 switch: bridges, routes, and spreads the flows to its services over their backends.
///
/// * **Flows.** Every flow that passes is tracked, as Linux does it: RFC 9293 seen from the middle, with
///   [`Timeouts`](crate::Timeouts). A flow's packets stay with its backend; answers are translated
///   back, and so are ICMP errors about it, both ways, the packets they quote included. What fits no
///   flow and begins none (a segment out of its window, a wrong checksum, a reset out of nowhere)
///   passes as it is, so at the virtual address it meets the switch itself, which refuses it. An
///   acknowledgment without a flow is taken for the middle of a connection and begins one.
/// * **Direct return and tunnels.** See [`Mode`](crate::Mode): the packets of such a service are not changed, the
///   switch sees one direction of them only, and a connection is over when the client closes or resets it, or has
///   been silent for too long. ICMP errors about the answers come to the virtual address, and go to the backend
///   that the answers came from. What is too long for a tunnel and may not be fragmented draws an ICMP error with
///   the room that there is.
/// * **Turns.** See [`SCHEDULERS`](crate::SCHEDULERS): how the backend of a new flow is found.
/// * **Fragments** are put together before anything else, also those that no service concerns, and cut
///   again on the way out, to the longest piece that came.
/// * **A full table** forgets what is due, then the oldest flow that is over, or else the oldest that is embryonic
///   (a SYN whose handshake has not ended, a datagram without an answer); a flow that goes
///   both ways is never given up for a newcomer, which is dropped as `l4.flow-table-full`, even if it
///   is for the switch itself.
/// * **A flood of SYNs** takes no more memory than the table has, and no established flow. An honest client is served
///   if it ends its handshake before as many SYNs have come as the table has room; under a scheduler that hashes,
///   always: a SYN-ACK whose flow was given up is translated back by the backend that it came from, if the hash leads
///   there, and the client's acknowledgment begins the flow again, at the same backend. That is what SYN cookies do
///   for a host that ends connections itself, which this switch does not.
/// * **Ports.** When no port is left to translate a source to, the newcomer is dropped as `l4.ports-exhausted`:
///   with 64 512 flows from one address to one destination; another destination has all ports again. A service
///   counts its own as `port_allocation_errors`.
/// * **Health.** Without a healthy backend all take part (fail-open). Flows of a backend that is
///   unhealthy while another is well are forgotten: the next packet from the client begins a new flow,
///   with a backend that is well, and no other flow moves. A TCP connection does not survive that:
///   the new backend knows nothing of it, and resets it.
/// * **A Network Load Balancer** is a switch with [`ServiceConfig::nlb`](crate::ServiceConfig::nlb) and
///   [`Timeouts::nlb`](crate::Timeouts::nlb): a segment that neither opens a connection nor belongs to a known one is
///   reset and counted as `l4.no-flow`, so whoever speaks after the idle timeout, or to a target that is unhealthy, is.
/// * **Nobody there.** A new flow to a service without any backend that is registered and has a weight is
///   dropped as `l4.no-healthy-target`; the sender is told that the port is unreachable, as by IPVS.
/// * **Register, deregister.** A backend that is deregistered gets no new flow and keeps those it has until
///   the deregistration delay is over, when they are forgotten.
///
/// `Command::Register` and `Command::Deregister` name the service as the group. Each new flow is told by
/// an `Event::Assigned`, each change of a backend's state by an `Event::TargetChanged`.
///
/// # Limits
/// IPv4, as the router inside. Health checks go to a backend's own address, whatever the mode. SYN
/// cookies are not made. ICMP messages other than echo and errors are not translated, nor is enhanced
/// GRE (RFC 2637). Flows of one switch do not survive its crash, and no other switch takes them over.
pub struct L4Switch {
    l3: L3Switch<Balancer>,
    is_on: bool,
    has_probes: bool,
    now: Instant,
    /// A batch of one.
    single: Ingress,
}

impl L4Switch {
    /// Makes a switch. Its first health checks begin when it is first called.
    ///
    /// # Errors
    /// [`L4Error`] if the settings contradict each other or a standard; the first of
    /// [`L4Config::errors`], or what the layer 3 switch refuses.
    pub fn new(config: L4Config) -> Result<Self, L4Error> {
        let balancer = Balancer::new(&config)?;
        let has_probes = config
            .services
            .iter()
            .any(|service| service.health_check.is_some());
        Ok(Self {
            l3: L3Switch::with_passage(config.l3, balancer)?,
            is_on: false,
            has_probes,
            now: Instant::ZERO,
            single: Ingress::default(),
        })
    }

    /// Takes note of the time; the first time of all is that of switching on.
    #[inline]
    fn tell(&mut self, now: Instant) {
        self.now = now;
        if !self.is_on {
            self.is_on = true;
            for service in &mut self.l3.passage_mut().services {
                service.switch_on(now);
            }
        }
    }

    /// Does what health checks and changes of backends ask for.
    fn settle(&mut self, now: Instant, tx: &mut Egress) {
        self.l3.passage_mut().is_stirred = false;
        self.see_to_probes(now);
        let balancer = self.l3.passage_mut();
        while let Some(((service, backend), outcome)) = balancer.probes.poll_outcome() {
            balancer.services[service]
                .group
                .probed(now, backend, outcome);
        }
        balancer.settle();
        while let Some(frame) = self.l3.passage_mut().probes.poll_transmit(now) {
            self.l3.send_packet(now, frame, tx);
        }
    }

    /// Begins the probes that are due, and gives up those that are late.
    fn see_to_probes(&mut self, now: Instant) {
        for place in 0..self.l3.passage().services.len() {
            while let Some(step) = self.l3.passage_mut().services[place].group.poll_probe(now) {
                match step {
                    ProbeStep::Abandon(backend) => {
                        self.l3.passage_mut().probes.abandon((place, backend));
                    }
                    ProbeStep::Begin(backend) => {
                        let remote = self.l3.passage().services[place]
                            .group
                            .probe_address(backend);
                        let local = match remote.ip() {
                            IpAddr::V4(remote) => self.l3.address_towards(remote),
                            IpAddr::V6(_) => None,
                        };
                        let balancer = self.l3.passage_mut();
                        let has_begun = local.is_some_and(|local| {
                            let question = balancer.services[place].question.clone();
                            balancer
                                .probes
                                .begin((place, backend), question, local.into(), remote)
                        });
                        if !has_begun {
                            let group = &mut balancer.services[place].group;
                            group.probed(now, backend, ProbeOutcome::Failed);
                        }
                    }
                }
            }
        }
    }
}

impl Device for L4Switch {
    fn ports(&self) -> u16 {
        self.l3.ports()
    }

    fn receive(&mut self, now: Instant, rx: &mut Ingress, tx: &mut Egress) {
        self.tell(now);
        if !self.has_probes {
            return self.l3.receive(now, rx, tx);
        }
        // The answers of a probe leave before the next frame is looked at, as if it had come alone.
        while let Some((port, frame)) = rx.next() {
            self.single.push(port, frame);
            self.l3.receive(now, &mut self.single, tx);
            if self.l3.passage().is_stirred {
                self.settle(now, tx);
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant, tx: &mut Egress) {
        self.tell(now);
        self.l3.handle_timeout(now, tx);
        self.l3.passage_mut().probes.handle_timeout(now);
        self.settle(now, tx);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let balancer = self.l3.passage();
        let groups = balancer.services.iter();
        groups
            .filter_map(|service| service.group.poll_timeout())
            .chain(self.l3.poll_timeout())
            .chain(balancer.probes.poll_timeout())
            .min()
    }

    fn link_changed(&mut self, now: Instant, port: PortId, up: bool, tx: &mut Egress) {
        self.tell(now);
        self.l3.link_changed(now, port, up, tx);
        if self.l3.passage().is_stirred {
            self.settle(now, tx);
        }
    }

    fn control(
        &mut self,
        now: Instant,
        command: &Command,
        tx: &mut Egress,
    ) -> Result<(), ControlError> {
        self.tell(now);
        let (group, target, is_registration) = match command {
            Command::Register { group, target } => (group, *target, true),
            Command::Deregister { group, target } => (group, *target, false),
            _ => return self.l3.control(now, command, tx),
        };
        let services = &mut self.l3.passage_mut().services;
        let Some(service) = services.iter_mut().find(|service| service.name == *group) else {
            return Err(ControlError::Unknown {
                kind: "service",
                name: group.to_string(),
                known: services
                    .iter()
                    .map(|service| service.name.to_string())
                    .collect(),
            });
        };
        let refused = |because: String| ControlError::Refused {
            command: command.to_string(),
            because,
        };
        if is_registration && !names_one(target.ip()) {
            return Err(refused(format!(
                "{} is no address of a backend; an IPv4 unicast address would be right",
                target.ip()
            )));
        }
        let port = service.address.port();
        if is_registration && service.mode != Mode::Nat && target.port() != port {
            return Err(refused(format!(
                "only `nat` translates ports; {port} would be right"
            )));
        }
        let done = if is_registration {
            service.register(now, target)
        } else {
            service.group.deregister(now, target)
        };
        done.map_err(|error: RegisterError| refused(error.to_string()))?;
        self.settle(now, tx);
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.l3.passage_mut().events.pop_front()
    }

    fn receive_explained(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
    ) -> Explanation {
        self.tell(now);
        let explanation = self.l3.receive_explained(now, port, frame, tx);
        if self.l3.passage().is_stirred {
            self.settle(now, tx);
        }
        explanation
    }

    fn counters(&self) -> Counters {
        let mut counters = self.l3.counters();
        let balancer = self.l3.passage();
        let flow_table = "flow table".into();
        let Evicted { over, embryonic } = balancer.flows.evicted();
        for (counter, value) in [("evicted_over", over), ("evicted_embryonic", embryonic)] {
            let total = AppCounter::total(&flow_table, counter, value);
            counters.apps.push(total);
        }
        for service in &balancer.services {
            let counts = [
                ("assigned", service.assigned),
                ("port_allocation_errors", service.port_errors),
            ];
            let totals =
                counts.map(|(counter, value)| AppCounter::total(&service.name, counter, value));
            counters.apps.extend(totals);
        }
        counters.apps.sort();
        counters
    }

    fn tables(&self) -> Vec<Table> {
        let mut tables = self.l3.tables();
        tables.extend(tables::of(self.l3.passage(), self.now));
        tables
    }
}

impl fmt::Debug for L4Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("L4Switch")
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}
