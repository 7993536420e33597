//! A caching resolver: asks the servers of each zone for others, and keeps what it is told for its time.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_core::Instant;
use switchlab_dns::{
    Cache, DnsName, PORT, Patience, Query, Question, Rcode, Record, Refusal, Reply, Resolution,
};

use crate::apps::AppError;
use crate::apps::stub::{Outcome, Stub};
use crate::{App, DatagramEnds, Kernel};

/// How many askers wait for answers at most; who comes then is told `SERVFAIL`.
const WAITING: usize = 1000;

/// How long a server may take before the next is asked: less than those wait who ask here.
const PATIENCE: Patience = Patience {
    timeout: Duration::from_millis(800),
    rounds: 3,
};

/// The settings of a caching resolver, over UDP alone.
///
/// It knows whom to ask for the names of each zone, and asks nobody else: there are no root servers in a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsResolverConfig {
    /// The UDP port; 53 by default, never 0.
    pub port: u16,
    /// The servers of each zone, asked in their order. The smallest zone that has a name counts.
    pub zones: Vec<(DnsName, Vec<Ipv4Addr>)>,
    /// How many answers are kept; 10 000 by default, 1 at least. When there are more, those go whose time would
    /// be up first.
    pub cache: usize,
}

impl Default for DnsResolverConfig {
    fn default() -> Self {
        Self {
            port: PORT,
            zones: Vec::new(),
            cache: 10_000,
        }
    }
}

pub(super) struct DnsResolver {
    port: u16,
    stub: Stub,
    cache: Cache,
    /// Who waits for the answer to what.
    waiting: BTreeMap<Question, Vec<(DatagramEnds, Query)>>,
    /// How often something was answered from the cache: the address that is told first changes with it.
    turns: usize,
    queries: u64,
    hits: u64,
    asked: u64,
    failed: u64,
    malformed: u64,
    port_taken: u64,
}

impl DnsResolver {
    pub(super) fn new(config: DnsResolverConfig) -> Result<Self, AppError> {
        if config.port == 0 {
            return Err(AppError::PortZero);
        }
        if config.cache == 0 {
            return Err(AppError::NoCache);
        }
        Ok(Self {
            port: config.port,
            stub: Stub::new(config.zones, PATIENCE, false),
            cache: Cache::new(config.cache),
            waiting: BTreeMap::new(),
            turns: 0,
            queries: 0,
            hits: 0,
            asked: 0,
            failed: 0,
            malformed: 0,
            port_taken: 0,
        })
    }

    fn asked(&mut self, kernel: &mut Kernel<'_>, ends: DatagramEnds, octets: &[u8]) {
        self.queries += 1;
        let query = match Query::read(octets) {
            Ok(query) => query,
            Err(refusal) => {
                self.malformed += 1;
                if let Refusal::Says { octets, .. } = refusal {
                    let _ = kernel.answer(ends, &octets);
                }
                return;
            }
        };
        if let Some(kept) = self.cache.get(kernel.now(), &query.question) {
            self.hits += 1;
            let (resolution, ttl) = (kept.resolution.clone(), kept.ttl);
            return self.tell(kernel, ends, &query, &resolution, ttl);
        }
        // Who wants no others to be asked is told what is known: nothing.
        let is_full = self.waiting.values().map(Vec::len).sum::<usize>() >= WAITING;
        if is_full || !query.wants_recursion {
            return self.tell(kernel, ends, &query, &Resolution::Failed, 0);
        }
        let question = query.question.clone();
        self.waiting
            .entry(question.clone())
            .or_default()
            .push((ends, query));
        if !self.stub.is_asking(&question) {
            self.asked += 1;
            let mut outcomes = Vec::new();
            self.stub.ask(kernel, question, &mut outcomes);
            self.settle(kernel, outcomes);
        }
    }

    /// Answers those who wait for what is known now, and keeps it.
    fn settle(&mut self, kernel: &mut Kernel<'_>, outcomes: Vec<Outcome>) {
        for (question, resolution) in outcomes {
            let ttl = resolution.ttl();
            for (ends, query) in self.waiting.remove(&question).unwrap_or_default() {
                self.tell(kernel, ends, &query, &resolution, ttl);
            }
            self.cache.put(kernel.now(), question, resolution);
        }
    }

    fn tell(
        &mut self,
        kernel: &mut Kernel<'_>,
        ends: DatagramEnds,
        query: &Query,
        resolution: &Resolution,
        ttl: u32,
    ) {
        let mut reply = Reply::to(query);
        reply.offers_recursion = true;
        let left = |record: &Record| Record {
            ttl: record.ttl.min(ttl),
            ..record.clone()
        };
        match resolution {
            Resolution::Found { records, .. } => {
                reply.answers = records.iter().map(left).collect();
                let ways = |record: &&Record| record.data.rtype() != query.question.rtype;
                let first = reply.answers.iter().take_while(ways).count();
                let told = &mut reply.answers[first..];
                // Each in turn is the first: RFC 1794.
                if !told.is_empty() {
                    let turn = self.turns % told.len();
                    told.rotate_left(turn);
                    self.turns += 1;
                }
            }
            Resolution::Nothing { rcode, soa } => {
                reply.rcode = *rcode;
                reply.authority = soa.iter().map(left).collect();
            }
            Resolution::Elsewhere { .. } | Resolution::Failed => {
                self.failed += 1;
                reply.rcode = Rcode::SERVFAIL;
            }
        }
        // What has no way back is dropped.
        let _ = kernel.answer(ends, &reply.write(query.limit()));
    }
}

impl App for DnsResolver {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        // Only an application of the user's own can have the port already; then it is that one's.
        self.port_taken += u64::from(kernel.bind(self.port).is_err());
    }

    fn datagrams(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        if port == self.port {
            let mut payload = Vec::new();
            while let Some(ends) = kernel.recv_from(port, &mut payload) {
                self.asked(kernel, ends, &payload);
                payload.clear();
            }
        }
        let mut outcomes = Vec::new();
        self.stub.datagrams(kernel, port, &mut outcomes);
        self.settle(kernel, outcomes);
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        let mut outcomes = Vec::new();
        self.stub.handle_timeout(kernel, &mut outcomes);
        self.settle(kernel, outcomes);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.stub.poll_timeout()
    }

    /// What it knows it forgets; who waits is not answered.
    fn stop(&mut self, _: &mut Kernel<'_>) {
        self.stub.stop();
        self.cache.clear();
        self.waiting.clear();
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("asked", self.asked),
            ("failed", self.failed),
            ("hits", self.hits),
            ("malformed", self.malformed),
            ("port_taken", self.port_taken),
            ("queries", self.queries),
        ]
    }
}
