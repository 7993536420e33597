//! Which flow a packet belongs to, which backend a new one goes to, and how its packets must read.
//!
//! Destinations are translated when a packet arrives, sources when it leaves, so that the router in
//! between sees where the packet really goes and where it really came from. A new flow enters the
//! table when its first packet leaves; if that dies before, there was no flow, but a turn is used up.

mod passage;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use switchlab_core::{Assignment, DropReason, Event, Explain, FixedMap, Instant, Stream};
use switchlab_ip::IcmpError;
use switchlab_l3::{Denial, Exit, Heading};
use switchlab_wire::FlowKey;

use crate::config::{L4Config, L4Error, Mode, SourceAddress, SourceNat};
use crate::explain;
use crate::flow::{Assigned, Direction, Flow, Protocol};
use crate::flow_table::{FlowId, FlowTable, Full};
use crate::parcel::{Kind, Parcel};
use crate::probes::Probes;
use crate::service::Service;
use crate::source_port;
use crate::tcp::{Connection, Judgement, OneWay};
use crate::tuple::{End, Tuple};

/// Flows, services and translations: the layer above the router.
pub(crate) struct Balancer {
    pub(crate) services: Vec<Service>,
    /// The service at a virtual end, by place.
    by_end: FixedMap<VirtualEnd, usize>,
    source_nat: Vec<SourceNat>,
    pub(crate) flows: FlowTable,
    /// The flow that the packet under way begins.
    newcomer: Option<Flow>,
    /// How the packet under way must leave, if it is the answer to a SYN whose flow was given up.
    answer: Option<FlowKey>,
    /// The flow that the packet under way ends.
    ending: Option<FlowId>,
    pub(crate) probes: Probes,
    /// Whether the probes were told something that they have not acted on yet.
    pub(crate) is_stirred: bool,
    pub(crate) events: VecDeque<Event>,
    ports: Stream,
}

/// A virtual address and port, with the number of the protocol.
type VirtualEnd = (IpAddr, u16, u8);

/// What is known of a packet on its way through.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Mark {
    /// It belongs to no flow, and passes as it is.
    #[default]
    Untracked,
    /// It belongs to a flow, and goes this way.
    Of(FlowId, Direction),
    /// It begins a flow.
    New,
    /// It is the answer to a SYN whose flow was given up.
    Answer,
}

/// What a packet is to the flow it names.
enum Standing {
    Member,
    Stray,
    /// That flow is over, and the packet begins another one.
    Successor,
}

impl Balancer {
    pub(crate) fn new(config: &L4Config) -> Result<Self, L4Error> {
        if let Some(error) = config.errors().into_iter().next() {
            return Err(error);
        }
        let mut services = Vec::with_capacity(config.services.len());
        let mut by_end = FixedMap::default();
        for settings in &config.services {
            let service = Service::new(settings).map_err(|source| L4Error::Group {
                service: settings.name.clone(),
                source,
            })?;
            let number = service.protocol.ip_protocol().0;
            let end = (service.address.ip(), service.address.port(), number);
            by_end.insert(end, services.len());
            services.push(service);
        }
        let stream = |purpose| Stream::of(config.seed, &format!("{}/{purpose}", config.name));
        Ok(Self {
            services,
            by_end,
            source_nat: config.source_nat.clone(),
            flows: FlowTable::new(config.flow_limit, &config.timeouts, stream("flows")),
            newcomer: None,
            answer: None,
            ending: None,
            probes: Probes::new(stream("probes")),
            is_stirred: false,
            events: VecDeque::new(),
            ports: stream("ports"),
        })
    }

    /// Finds out what a packet is to the flow that its key names.
    #[inline]
    fn follow(
        &mut self,
        now: Instant,
        id: FlowId,
        direction: Direction,
        kind: &Kind<'_>,
    ) -> Standing {
        if matches!(kind, Kind::Datagram) && self.flows.is_stream(id) {
            self.flows.heard(now, id);
            return Standing::Member;
        }
        let Some(flow) = self.flows.get_mut(id) else {
            return Standing::Stray;
        };
        let replied = flow.replied;
        match (kind, &mut flow.protocol) {
            // What is told about a flow does not keep it alive.
            (Kind::Error, _) => return Standing::Member,
            (Kind::Segment(segment), Protocol::Tcp(connection)) => {
                let judgement = connection.follow(direction, segment, replied);
                if let Some(standing) = self.act(now, id, judgement) {
                    return standing;
                }
            }
            (Kind::Segment(segment), Protocol::OneWay(connection)) => {
                let judgement = match direction {
                    Direction::Original => connection.follow(segment),
                    Direction::Reply => Judgement::Stray,
                };
                if let Some(standing) = self.act(now, id, judgement) {
                    return standing;
                }
            }
            _ => self.flows.heard(now, id),
        }
        if direction == Direction::Reply
            && let Some(flow) = self.flows.get_mut(id)
        {
            flow.replied = true;
        }
        Standing::Member
    }

    /// Does what follows from the judgement of a segment; `None` if it is a member like any other.
    #[inline]
    fn act(&mut self, now: Instant, id: FlowId, judgement: Judgement) -> Option<Standing> {
        match judgement {
            Judgement::Follows => self.flows.heard(now, id),
            Judgement::Tolerated => {}
            Judgement::Ends => self.ending = Some(id),
            Judgement::Reopens => return Some(Standing::Successor),
            Judgement::Stray => return Some(Standing::Stray),
        }
        None
    }

    /// Begins a flow with a packet that belongs to none, if it may begin one.
    fn begin<E: Explain>(
        &mut self,
        now: Instant,
        parcel: &Parcel<'_>,
        explain: &mut E,
    ) -> Result<Option<Flow>, Denial> {
        if self.is_unknown(parcel) {
            return Err(Denial {
                resets: true,
                ..Denial::from(DropReason::NoFlow)
            });
        }
        let Some(protocol) = first_of(now, &parcel.kind) else {
            explain.step(|| explain::no_beginning(&parcel.tuple.key()));
            return Ok(None);
        };
        if !self.flows.has_room(now) {
            return Err(DropReason::FlowTableFull.into());
        }
        explain.step(|| explain::beginning(&parcel.tuple.key()));
        let mut flow = Flow::new(parcel.tuple, protocol);
        let key = &parcel.tuple.key();
        let end = (key.destination, key.destination_port, key.protocol.0);
        let Some(place) = self.by_end.get(&end).copied() else {
            return Ok(Some(flow));
        };
        // Whoever is gone weighs on nobody.
        self.flows.forget_due(now);
        let service = &mut self.services[place];
        let sequence = match &parcel.kind {
            Kind::Segment(segment) => Some(segment.sequence),
            _ => None,
        };
        let chosen = service.choose(now, key, sequence, self.flows.loads().of(place));
        explain.step(|| explain::service(service, key));
        explain.step(|| explain::backend(service, chosen.map(|(_, address)| address)));
        let Some((backend, address)) = chosen else {
            return Err(Denial {
                reason: DropReason::NoHealthyTarget,
                error: Some(IcmpError::PortUnreachable),
                resets: false,
            });
        };
        let SocketAddr::V4(end) = address else {
            unreachable!("a backend whose address is not IPv4 is refused")
        };
        match service.mode {
            Mode::Nat => {
                flow.reply = flow.reply.with_source(End {
                    address: *end.ip(),
                    port: end.port(),
                });
            }
            Mode::Direct => flow.heading = Some(Heading::Direct(*end.ip())),
            Mode::Tunnel => flow.heading = Some(Heading::Tunnel(*end.ip())),
        }
        if let Some(heading) = flow.heading {
            explain.step(|| explain::heading(heading));
            if let Kind::Segment(segment) = &parcel.kind
                && let Some(connection) = OneWay::begin(segment)
            {
                flow.protocol = Protocol::OneWay(connection);
            }
        }
        flow.backend = Some(Assigned {
            service: place,
            backend,
        });
        Ok(Some(flow))
    }

    /// Whether a packet without a flow is a segment in the middle of a connection to or from a service that resets such.
    fn is_unknown(&self, parcel: &Parcel<'_>) -> bool {
        let Kind::Segment(segment) = &parcel.kind else {
            return false;
        };
        let key = parcel.tuple.key();
        let is_concerned = |service: &Service| {
            let is_to = service.address == key.destination_socket();
            let is_tcp = service.protocol.ip_protocol() == key.protocol;
            is_tcp && (is_to || service.group.find(key.source_socket()).is_some())
        };
        let mut strict = self.services.iter().filter(|it| it.resets_unknown);
        !segment.opens() && strict.any(is_concerned)
    }

    /// How a SYN-ACK of no flow must leave: translated back, if it is a backend's and the hash of the service would
    /// have led its client there. So a client gets its answer even if a flood took its SYN's place in the table.
    fn answer_of(&mut self, now: Instant, parcel: &Parcel<'_>) -> Option<FlowKey> {
        let is_answer = matches!(&parcel.kind, Kind::Segment(segment) if segment.answers_syn());
        let back = parcel.tuple.key();
        let asked = |service: &Service| FlowKey {
            destination: service.address.ip(),
            destination_port: service.address.port(),
            ..back.reversed()
        };
        let mut services = self.services.iter_mut().filter(|_| is_answer);
        services.find_map(|service| {
            let original = asked(service);
            let backend = service.owner(now, &original)?;
            (backend == back.source_socket()).then(|| original.reversed())
        })
    }

    /// Takes the flow of a packet that is about to leave into the table, and says how the packet must read
    /// if that has to change.
    fn admit<E: Explain>(
        &mut self,
        now: Instant,
        exit: Exit,
        mut flow: Flow,
        explain: &mut E,
    ) -> Result<Option<FlowKey>, DropReason> {
        self.flows.forget_due(now);
        if flow.heading.is_some() {
            return match self.flows.is_free(now, flow.reply) {
                true => self.enter(now, flow).map(|()| None),
                false => Err(DropReason::PortsExhausted),
            };
        }
        let original = flow.original.key();
        let rule = self.source_nat.iter().find(|rule| {
            let is_from = rule.from.is_none_or(|net| net.contains(&original.source));
            rule.attachment == exit.to && is_from && !flow.is_own
        });
        let is_hidden = flow
            .backend
            .is_some_and(|assigned| !self.services[assigned.service].preserve_client);
        let address = match rule.map(|rule| rule.address) {
            None if is_hidden => exit.address,
            None => original.source,
            Some(SourceAddress::Interface) => exit.address,
            Some(SourceAddress::Fixed(address)) => address,
        };
        let outside = self
            .flows
            .outside_of(original.source_socket(), original.protocol);
        let flows = &self.flows;
        let is_free = |key: &FlowKey| Tuple::of(key).is_none_or(|tuple| flows.is_free(now, tuple));
        let reply = source_port::choose(
            &original,
            &flow.reply.key(),
            address,
            outside,
            &mut self.ports,
            is_free,
        );
        let Some(reply) = reply.as_ref().and_then(Tuple::of) else {
            if let Some(assigned) = flow.backend {
                self.services[assigned.service].port_errors += 1;
            }
            return Err(DropReason::PortsExhausted);
        };
        flow.reply = reply;
        let is_changed = flow.changes_source(Direction::Original);
        let leaves_as = is_changed.then(|| flow.leaves_as(Direction::Original));
        explain.step(|| explain::source(&flow, rule.is_some() || is_hidden));
        self.enter(now, flow)?;
        Ok(leaves_as)
    }

    /// Takes a flow into the table, and tells to which backend it was assigned.
    fn enter(&mut self, now: Instant, flow: Flow) -> Result<(), DropReason> {
        let (original, assigned) = (flow.original.key(), flow.backend);
        self.flows
            .insert(now, flow)
            .map_err(|Full| DropReason::FlowTableFull)?;
        if let Some(Assigned { service, backend }) = assigned {
            let service = &mut self.services[service];
            service.assigned += 1;
            self.events.push_back(Event::Assigned(Assignment {
                group: service.name.clone(),
                client: original.source_socket(),
                server: original.destination_socket(),
                ordinal: None,
                target: service.group.address(backend),
            }));
        }
        Ok(())
    }

    /// Acts on what became of backends: tells it, and forgets the flows of those that are lost or drained.
    pub(crate) fn settle(&mut self) {
        for (place, service) in self.services.iter_mut().enumerate() {
            let mut changed = false;
            while let Some(change) = service.group.poll_change() {
                changed = true;
                self.events.push_back(Event::TargetChanged(change));
            }
            if changed {
                self.flows.forget_where(|flow| {
                    let here = flow.backend.filter(|assigned| assigned.service == place);
                    here.is_some_and(|assigned| service.is_lost(assigned.backend))
                });
            }
            while let Some(drained) = service.group.poll_drained() {
                if !service.terminates_deregistered {
                    continue;
                }
                let gone = Some(Assigned {
                    service: place,
                    backend: drained,
                });
                self.flows.forget_where(|flow| flow.backend == gone);
            }
        }
    }

    /// The flow and the way of the packet that an error of the router's own is about.
    fn about(&self, now: Instant, mark: Option<Mark>, error: Tuple) -> Option<FlowKey> {
        let (flow, direction) = match mark {
            Some(Mark::Of(id, direction)) => (self.flows.get(id)?, direction),
            Some(Mark::New) => (self.newcomer.as_ref()?, Direction::Original),
            // It waited, for a neighbour perhaps, and reads as it was to leave.
            Some(Mark::Untracked | Mark::Answer) | None => {
                let (id, direction) = self.flows.find(now, error)?;
                (self.flows.get(id)?, direction.other())
            }
        };
        Some(flow.came_as(direction))
    }
}

/// What is known of a flow from its first packet; `None` if no flow begins like that.
fn first_of(now: Instant, kind: &Kind<'_>) -> Option<Protocol> {
    match kind {
        Kind::Segment(segment) => Connection::begin(segment).map(Protocol::Tcp),
        Kind::Datagram => Some(Protocol::Udp(now)),
        Kind::Query => Some(Protocol::Icmp),
        Kind::Other => Some(Protocol::Other),
        Kind::Answer | Kind::Error => None,
    }
}
