//! What is told of a name: zones, records, and the choice among them.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use switchlab_balance::{AnswerSet, Asker, Place, Routing, RoutingGroup};
use switchlab_core::{DnsChange, Stream};
use switchlab_dns::{Data, DnsName, Query, Question, Rcode, Record, Reply, Rtype, Soa};

use super::{DnsServerConfig, Geography, RecordSet, Values};
use crate::apps::AppError;

/// How many aliases are followed one after the other.
const ALIASES: usize = 16;

/// All that a server has to tell.
pub(super) struct Zones {
    /// The start of each zone.
    zones: BTreeMap<DnsName, Record>,
    names: BTreeMap<DnsName, BTreeMap<Rtype, Group>>,
    geography: Geography,
    /// What the nodes of each load balancer have told.
    balancers: BTreeMap<Arc<str>, AnswerSet>,
}

/// The record sets of one name and type.
struct Group {
    routing: RoutingGroup,
    sets: Vec<Told>,
}

/// A record set, and its place among those of the settings.
struct Told {
    number: usize,
    set: RecordSet,
    /// How often it was told.
    turns: usize,
}

/// How a question is answered at one name.
enum At {
    /// Nobody has the name, nor one below it.
    NoName,
    /// There is nothing of the type, or nothing for this asker.
    NoData,
    Records(Vec<Record>),
    Alias(Record, DnsName),
}

impl Zones {
    /// # Errors
    /// The first thing that cannot be told.
    pub(super) fn new(config: DnsServerConfig) -> Result<Self, AppError> {
        let mut zones = BTreeMap::new();
        for zone in config.zones {
            let soa = Data::Soa(Soa::new(&zone.name));
            let start = Record::new(zone.name.clone(), zone.negative_ttl, soa);
            zones.insert(zone.name, start);
        }
        let mut balancers = BTreeMap::new();
        let mut sorted: BTreeMap<DnsName, BTreeMap<Rtype, Vec<Told>>> = BTreeMap::new();
        for (number, set) in config.records.into_iter().enumerate() {
            judge(&set, &zones)?;
            if let Values::Balancer { name, nodes, .. } = &set.values {
                let nodes = nodes.iter().copied().map(IpAddr::V4);
                balancers.insert(Arc::clone(name), AnswerSet::new(nodes));
            }
            let types = sorted.entry(set.name.clone()).or_default();
            let sets = types.entry(set.values.rtype()).or_default();
            sets.push(Told {
                number,
                set,
                turns: 0,
            });
        }
        let mut names = BTreeMap::new();
        for (name, types) in sorted {
            if types.len() > 1 && types.contains_key(&Rtype::CNAME) {
                return Err(AppError::CnameAndMore { name });
            }
            let mut groups = BTreeMap::new();
            for (rtype, sets) in types {
                let routing = RoutingGroup::new(sets.iter().map(|told| told.set.routing.clone()));
                let routing = routing.map_err(|source| AppError::Routing {
                    name: name.clone(),
                    source,
                })?;
                groups.insert(rtype, Group { routing, sets });
            }
            names.insert(name, groups);
        }
        Ok(Self {
            zones,
            names,
            geography: config.geography,
            balancers,
        })
    }

    /// Takes what a node of a load balancer told; whether that is a load balancer of these records.
    pub(super) fn learn(&mut self, change: &DnsChange) -> bool {
        let answers = self.balancers.get_mut(&change.balancer);
        answers.map(|answers| answers.apply(change)).is_some()
    }

    /// Answers a question by somebody; of each record set `is_well` says whether its check finds it so.
    pub(super) fn answer(
        &mut self,
        query: &Query,
        from: SocketAddr,
        is_well: &dyn Fn(usize) -> bool,
        stream: &mut Stream,
    ) -> Reply {
        let mut reply = Reply::to(query);
        let Some(mut start) = self.start_of(&query.question.name) else {
            reply.rcode = Rcode::REFUSED;
            return reply;
        };
        reply.is_authoritative = true;
        let mut name = query.question.name.clone();
        for _ in 0..ALIASES {
            let question = Question::new(name.clone(), query.question.rtype);
            match self.at(&question, &start, from.ip(), is_well, stream) {
                At::NoName => {
                    reply.rcode = Rcode::NXDOMAIN;
                    reply.authority.push(start);
                }
                At::NoData => reply.authority.push(start),
                At::Records(records) => reply.answers.extend(records),
                At::Alias(record, target) => {
                    reply.answers.push(record);
                    // Of names elsewhere somebody else has to be asked.
                    if let Some(its) = self.start_of(&target) {
                        (name, start) = (target, its);
                        continue;
                    }
                }
            }
            return reply;
        }
        reply.rcode = Rcode::SERVFAIL;
        reply
    }

    /// The start of the smallest zone that has a name.
    fn start_of(&self, name: &DnsName) -> Option<Record> {
        let mut at = Some(name.clone());
        while let Some(name) = at {
            if let Some(start) = self.zones.get(&name) {
                return Some(start.clone());
            }
            at = name.parent();
        }
        None
    }

    fn at(
        &mut self,
        question: &Question,
        start: &Record,
        from: IpAddr,
        is_well: &dyn Fn(usize) -> bool,
        stream: &mut Stream,
    ) -> At {
        let Question { name, rtype } = question;
        if *name == start.name
            && let Some(record) = apex(start, *rtype)
        {
            return At::Records(vec![record]);
        }
        let Some(owner) = self.owner(name, &start.name) else {
            let mut after = self.names.range(name..);
            let has_below = after.next().is_some_and(|(next, _)| next.is_in(name));
            return match has_below || *name == start.name {
                true => At::NoData,
                false => At::NoName,
            };
        };
        let groups = self.names.get_mut(&owner).expect("it was just found");
        let rtype = match *rtype {
            // One of what there is will do: RFC 8482 §4.1.
            Rtype::ANY => *groups.keys().next().expect("no name is without records"),
            _ if groups.contains_key(&Rtype::CNAME) => Rtype::CNAME,
            rtype => rtype,
        };
        let Some(group) = groups.get_mut(&rtype) else {
            return At::NoData;
        };
        let (geography, balancers) = (&self.geography, &self.balancers);
        let healthy: Vec<bool> = group
            .sets
            .iter()
            .map(|told| is_well(told.number) && is_alias_well(&told.set, balancers))
            .collect();
        let region = geography.regions.get(&from);
        let nowhere = Place::default();
        let asker = Asker {
            place: region
                .and_then(|region| geography.places.get(region))
                .unwrap_or(&nowhere),
            latency: &|to| geography.round_trip(region?, to),
        };
        let chosen = group.routing.choose(&healthy, asker, stream);
        let mut records = Vec::new();
        for at in chosen {
            group.sets[at].tell(name, balancers, &mut records);
        }
        match records.pop() {
            None => At::NoData,
            Some(record) => match &record.data {
                Data::Cname(target) if question.rtype != Rtype::CNAME => {
                    let target = target.clone();
                    At::Alias(record, target)
                }
                _ => {
                    records.push(record);
                    At::Records(records)
                }
            },
        }
    }

    /// The name whose records answer for `name`: itself, or the wildcard beside the closest name that is there
    /// (RFC 4592 §3.3.1).
    fn owner(&self, name: &DnsName, zone: &DnsName) -> Option<DnsName> {
        if self.names.contains_key(name) {
            return Some(name.clone());
        }
        let exists = |name: &DnsName| {
            let next = self.names.range(name..).next();
            next.is_some_and(|(next, _)| next.is_in(name))
        };
        let mut at = name.clone();
        while at != *zone && !exists(&at) {
            let wildcard = at.wildcard().filter(|it| self.names.contains_key(it));
            if wildcard.is_some() {
                return wildcard;
            }
            at = at.parent()?;
        }
        None
    }
}

impl Told {
    /// Adds what is told, under the name that was asked for.
    fn tell(
        &mut self,
        name: &DnsName,
        balancers: &BTreeMap<Arc<str>, AnswerSet>,
        into: &mut Vec<Record>,
    ) {
        let ttl = self.set.ttl;
        let mut addresses = match &self.set.values {
            Values::Cname(target) => {
                let data = Data::Cname(target.clone());
                return into.push(Record::new(name.clone(), ttl, data));
            }
            Values::Addresses(addresses) => addresses.clone(),
            Values::Balancer { name, .. } => balancers
                .get(name)
                .map(AnswerSet::answers)
                .unwrap_or_default(),
        };
        // Each in turn is the first: RFC 1794.
        if !addresses.is_empty() {
            let first = self.turns % addresses.len();
            addresses.rotate_left(first);
            self.turns += 1;
        }
        let records = addresses.into_iter().map(Data::from);
        into.extend(records.map(|data| Record::new(name.clone(), ttl, data)));
    }
}

/// What a zone says of itself at its own name.
fn apex(start: &Record, rtype: Rtype) -> Option<Record> {
    let Data::Soa(soa) = &start.data else {
        return None;
    };
    match rtype {
        Rtype::SOA => Some(start.clone()),
        Rtype::NS => {
            let data = Data::Ns(soa.server.clone());
            Some(Record::new(start.name.clone(), start.ttl, data))
        }
        _ => None,
    }
}

/// Whether some node of the load balancer behind an alias is in DNS, if that is to count.
fn is_alias_well(set: &RecordSet, balancers: &BTreeMap<Arc<str>, AnswerSet>) -> bool {
    match &set.values {
        Values::Balancer {
            name,
            evaluates_target_health: true,
            ..
        } => balancers.get(name).is_some_and(|it| !it.is_fail_open()),
        _ => true,
    }
}

/// Finds the first thing that is not right with a record set by itself.
fn judge(set: &RecordSet, zones: &BTreeMap<DnsName, Record>) -> Result<(), AppError> {
    let name = || set.name.clone();
    if !zones.keys().any(|zone| set.name.is_in(zone)) {
        return Err(AppError::NoZone { name: name() });
    }
    if zones.contains_key(&set.name) && matches!(set.values, Values::Cname(_)) {
        return Err(AppError::CnameAndMore { name: name() });
    }
    match &set.values {
        Values::Addresses(addresses) => {
            let is_6 = addresses.iter().filter(|it| it.is_ipv6()).count();
            if addresses.is_empty() || is_6 > 0 && is_6 < addresses.len() {
                return Err(AppError::Addresses { name: name() });
            }
            if set.routing == Routing::Multivalue && addresses.len() > 1 {
                return Err(AppError::Multivalue { name: name() });
            }
        }
        Values::Balancer { .. } | Values::Cname(_) if set.routing == Routing::Multivalue => {
            return Err(AppError::Multivalue { name: name() });
        }
        Values::Balancer { nodes, .. } if nodes.is_empty() => {
            return Err(AppError::Addresses { name: name() });
        }
        _ => {}
    }
    if set.check.as_ref().is_some_and(|check| check.port == 0) {
        return Err(AppError::PortZero);
    }
    Ok(())
}
