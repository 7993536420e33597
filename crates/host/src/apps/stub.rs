//! Asking servers for names: what clients and resolvers have in common.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use switchlab_core::Instant;
use switchlab_dns::{
    Attempts, DnsName, PORT, Patience, Query, Question, Record, Reply, Resolution,
};

use crate::Kernel;

/// Ports for those who do not care which: RFC 6335 §6.
const DYNAMIC: RangeInclusive<u16> = 49_152..=65_535;

/// How many aliases that lead to other servers are followed one after the other.
const ALIASES: usize = 16;

/// Questions under way, each to the servers of its zone, in turn (see [`Attempts`]).
///
/// An answer counts if it comes from whom was asked last, and has the identity of the question and the
/// question itself. Where it has no room for all, what it has is taken if it answers: there is no DNS over TCP
/// here. A server that fails or refuses is left for the next at once.
pub(super) struct Stub {
    /// Whom to ask for the names of a zone; the smallest zone counts.
    servers: Vec<(DnsName, Vec<Ipv4Addr>)>,
    patience: Patience,
    wants_recursion: bool,
    /// The port it asks from, once it has.
    port: Option<u16>,
    /// By identity.
    under_way: BTreeMap<u16, Asked>,
}

struct Asked {
    /// What is to be known.
    original: Question,
    /// What is asked, once aliases led elsewhere, and how they did.
    question: Question,
    way: Vec<Record>,
    aliases: usize,
    attempts: Attempts,
}

/// What became of a question.
pub(super) type Outcome = (Question, Resolution);

impl Stub {
    pub(super) fn new(
        servers: Vec<(DnsName, Vec<Ipv4Addr>)>,
        patience: Patience,
        wants_recursion: bool,
    ) -> Self {
        Self {
            servers,
            patience,
            wants_recursion,
            port: None,
            under_way: BTreeMap::new(),
        }
    }

    /// Whether an answer to this question is waited for.
    pub(super) fn is_asking(&self, question: &Question) -> bool {
        self.under_way
            .values()
            .any(|asked| asked.original == *question)
    }

    /// Asks; what cannot even be asked has failed at once.
    pub(super) fn ask(
        &mut self,
        kernel: &mut Kernel<'_>,
        question: Question,
        outcomes: &mut Vec<Outcome>,
    ) {
        let attempts = self.attempts(&question.name, kernel.now());
        let asked = Asked {
            original: question.clone(),
            question,
            way: Vec::new(),
            aliases: 0,
            attempts,
        };
        self.send(kernel, asked, outcomes);
    }

    fn attempts(&self, name: &DnsName, now: Instant) -> Attempts {
        let zones = self.servers.iter().filter(|(zone, _)| name.is_in(zone));
        // Zones that have the same name are one above the other, and the smallest has the longest name.
        let smallest = zones.max_by_key(|(zone, _)| zone.to_string().len());
        let servers = smallest
            .map(|(_, servers)| servers.clone())
            .unwrap_or_default();
        Attempts::new(servers, self.patience, now)
    }

    /// Sends a question to whoever is next, until one can be reached or there is nobody left.
    fn send(&mut self, kernel: &mut Kernel<'_>, mut asked: Asked, outcomes: &mut Vec<Outcome>) {
        let free = || DYNAMIC.into_iter().find(|port| kernel.bind(*port).is_ok());
        self.port = self.port.or_else(free);
        let id = loop {
            let id = kernel.random().next_u64() as u16;
            if !self.under_way.contains_key(&id) {
                break id;
            }
        };
        let query = Query {
            wants_recursion: self.wants_recursion,
            ..Query::new(id, asked.question.clone())
        };
        let octets = query.write();
        while let (Some(server), Some(port)) = (asked.attempts.server(), self.port) {
            let remote = SocketAddr::new(server.into(), PORT);
            if kernel.send_to(port, remote, &octets).is_ok() {
                self.under_way.insert(id, asked);
                return;
            }
            asked.attempts.go_on(kernel.now());
        }
        outcomes.push((asked.original, Resolution::Failed));
    }

    /// Reads what came to a port, if it is its own.
    pub(super) fn datagrams(
        &mut self,
        kernel: &mut Kernel<'_>,
        port: u16,
        outcomes: &mut Vec<Outcome>,
    ) {
        if self.port != Some(port) {
            return;
        }
        let mut payload = Vec::new();
        while let Some(ends) = kernel.recv_from(port, &mut payload) {
            if let Ok(reply) = Reply::read(&payload) {
                self.take(kernel, ends.remote, &reply, outcomes);
            }
            payload.clear();
        }
    }

    fn take(
        &mut self,
        kernel: &mut Kernel<'_>,
        from: SocketAddr,
        reply: &Reply,
        outcomes: &mut Vec<Outcome>,
    ) {
        let is_answer = self.under_way.get(&reply.id).is_some_and(|asked| {
            let server = asked
                .attempts
                .server()
                .map(|it| SocketAddr::new(it.into(), PORT));
            server == Some(from) && asked.question == reply.question
        });
        if !is_answer {
            return;
        }
        let Some(mut asked) = self.under_way.remove(&reply.id) else {
            return;
        };
        match Resolution::of(reply, &asked.question) {
            resolution @ (Resolution::Failed | Resolution::Nothing { .. })
                if reply.is_truncated || resolution == Resolution::Failed =>
            {
                asked.attempts.go_on(kernel.now());
                self.send(kernel, asked, outcomes);
            }
            Resolution::Elsewhere { records, name, .. } => {
                asked.way.extend(records);
                asked.aliases += 1;
                if asked.aliases > ALIASES {
                    return outcomes.push((asked.original, Resolution::Failed));
                }
                asked.attempts = self.attempts(&name, kernel.now());
                asked.question.name = name;
                self.send(kernel, asked, outcomes);
            }
            Resolution::Found { records, .. } => {
                asked.way.extend(records);
                let records = asked.way;
                let ttl = records.iter().map(|record| record.ttl).min().unwrap_or(0);
                outcomes.push((asked.original, Resolution::Found { records, ttl }));
            }
            nothing => outcomes.push((asked.original, nothing)),
        }
    }

    /// Turns to the next server where one was waited for in vain.
    pub(super) fn handle_timeout(&mut self, kernel: &mut Kernel<'_>, outcomes: &mut Vec<Outcome>) {
        let now = kernel.now();
        let is_due = |asked: &Asked| asked.attempts.deadline() <= now;
        let due = self.under_way.iter().filter(|(_, asked)| is_due(asked));
        let due: Vec<u16> = due.map(|(id, _)| *id).collect();
        for id in due {
            if let Some(mut asked) = self.under_way.remove(&id) {
                asked.attempts.go_on(now);
                self.send(kernel, asked, outcomes);
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let asked = self.under_way.values();
        asked.map(|asked| asked.attempts.deadline()).min()
    }

    /// Forgets all that is under way; the port is closed by whoever ends the application.
    pub(super) fn stop(&mut self) {
        self.port = None;
        self.under_way.clear();
    }
}
