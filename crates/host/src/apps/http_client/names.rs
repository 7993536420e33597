//! Where the names of a client's URLs are: asked for when needed, kept for its time.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use switchlab_core::Instant;
use switchlab_dns::{Cache, DnsName, Patience, Question, Resolution, Rtype};

use super::channel::Request;
use crate::Kernel;
use crate::apps::stub::{Outcome, Stub};

/// What is kept of all names together.
const CACHE: usize = 1000;

/// Where the host of a URL is.
#[derive(Debug, Clone)]
pub(super) enum Servers {
    /// Here, as is known.
    At(Arc<[SocketAddr]>),
    /// Where resolvers say that the name is, at this port.
    Named(Question, u16),
}

impl Servers {
    pub(super) fn named(name: DnsName, port: u16) -> Self {
        Self::Named(Question::new(name, Rtype::A), port)
    }
}

/// What is known of a host.
pub(super) enum Known {
    At(Arc<[SocketAddr]>),
    /// There is no such name, or it has no address.
    Nowhere,
    /// Somebody has to be asked.
    NotYet(Question),
}

pub(super) struct Names {
    stub: Stub,
    cache: Cache,
    /// Requests that wait for an address.
    waiting: BTreeMap<Question, Vec<Request>>,
}

impl Names {
    pub(super) fn new(resolvers: Vec<Ipv4Addr>) -> Self {
        let root: DnsName = ".".parse().expect("the root is a name");
        Self {
            stub: Stub::new(vec![(root, resolvers)], Patience::default(), true),
            cache: Cache::new(CACHE),
            waiting: BTreeMap::new(),
        }
    }

    /// What is known of the host now.
    pub(super) fn find(&self, now: Instant, servers: &Servers) -> Known {
        let (question, port) = match servers {
            Servers::At(servers) => return Known::At(Arc::clone(servers)),
            Servers::Named(question, port) => (question, *port),
        };
        match self.cache.get(now, question) {
            Some(kept) => known(kept.resolution, port),
            None => Known::NotYet(question.clone()),
        }
    }

    /// Lets a request wait for an answer, which is asked for if it is not yet.
    pub(super) fn wait(
        &mut self,
        kernel: &mut Kernel<'_>,
        question: Question,
        request: Request,
        outcomes: &mut Vec<Outcome>,
    ) {
        let waiting = self.waiting.entry(question.clone()).or_default();
        waiting.push(request);
        if !self.stub.is_asking(&question) {
            self.stub.ask(kernel, question, outcomes);
        }
    }

    /// Keeps an answer, and gives out those who waited for it.
    pub(super) fn settle(&mut self, now: Instant, (question, resolution): Outcome) -> Vec<Request> {
        let waited = self.waiting.remove(&question).unwrap_or_default();
        self.cache.put(now, question, resolution);
        waited
    }

    pub(super) fn datagrams(
        &mut self,
        kernel: &mut Kernel<'_>,
        port: u16,
        outcomes: &mut Vec<Outcome>,
    ) {
        self.stub.datagrams(kernel, port, outcomes);
    }

    pub(super) fn handle_timeout(&mut self, kernel: &mut Kernel<'_>, outcomes: &mut Vec<Outcome>) {
        self.stub.handle_timeout(kernel, outcomes);
    }

    /// Gives out those whose patience is over.
    pub(super) fn impatient(&mut self, now: Instant) -> Vec<Request> {
        let waiting = self.waiting.values_mut();
        let mut left: Vec<_> = waiting
            .flat_map(|requests| requests.extract_if(.., |it| it.patience_ends <= now))
            .collect();
        left.sort_unstable_by_key(|request| request.number);
        self.waiting.retain(|_, requests| !requests.is_empty());
        left
    }

    /// Gives out all who wait.
    pub(super) fn give_up(&mut self) -> Vec<Request> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_values().flatten().collect()
    }

    /// Forgets everything.
    pub(super) fn stop(&mut self) {
        self.stub.stop();
        self.cache.clear();
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let waiting = self.waiting.values().flatten();
        let patience_ends = waiting.map(|request| request.patience_ends).min();
        patience_ends
            .into_iter()
            .chain(self.stub.poll_timeout())
            .min()
    }
}

/// The addresses of an answer, in its order.
pub(super) fn known(resolution: &Resolution, port: u16) -> Known {
    let records = match resolution {
        Resolution::Found { records, .. } => records.as_slice(),
        _ => &[],
    };
    let addresses = records.iter().filter_map(|record| record.data.address());
    let servers: Arc<[SocketAddr]> = addresses
        .map(|address| SocketAddr::new(address, port))
        .collect();
    match servers.is_empty() {
        true => Known::Nowhere,
        false => Known::At(servers),
    }
}
