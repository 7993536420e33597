//! The observer that keeps a [`Record`]: it joins what clients tell with what balancers tell.

mod answers;
mod choices;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use switchlab_core::{
    Answer, Event, FixedMap, Instant, NodeId, RequestDone, RequestError, RequestSent,
};
use switchlab_sim::{Arrival, Observer};

use answers::Answers;
use choices::Choices;

use crate::Directory;
use crate::record::{BadAnswer, ClientName, Record, Request};

/// An observer that keeps a [`Record`], and knows when all that was to be done is done.
///
/// Beyond the record it holds what is under way, and a bounded number of choices of balancers.
#[derive(Debug)]
pub(crate) struct Recorder<'a> {
    directory: &'a Directory,
    record: Record,
    clients: FixedMap<(NodeId, Arc<str>), u32>,
    targets: FixedMap<SocketAddr, u32>,
    servers: FixedMap<SocketAddr, u32>,
    /// Requests under way: their places in the record.
    open: FixedMap<(u32, u64), usize>,
    choices: Choices,
    answers: Answers,
    bad_answers: BTreeMap<BadAnswer, u64>,
    /// What the clients that come to an end have to do.
    tasks: Vec<Task>,
    /// Whether some task still keeps the run going.
    is_busy: bool,
    /// The run may end once nothing keeps it going and this instant has passed; never if `None`.
    rest_after: Option<Instant>,
    now: Instant,
}

/// What a client with a count has to do.
#[derive(Debug)]
struct Task {
    node: NodeId,
    /// The client's place in the record.
    client: u32,
    count: u64,
    left: u64,
    /// Stopped or crashed: not waited for until it is started again.
    is_asleep: bool,
}

/// How many reasons for bad answers are told apart; what comes after them is counted as [`OTHERS`].
const MOST_REASONS: usize = 64;

const OTHERS: &str = "for other reasons";

impl<'a> Recorder<'a> {
    /// A recorder that lets the run end when every client with a count has reached it and
    /// `rest_after` has passed; that never does if this is `None`.
    pub(crate) fn new(directory: &'a Directory, rest_after: Option<Instant>) -> Self {
        let mut record = Record::default();
        let mut recorder = Self {
            directory,
            answers: Answers::new(directory, &mut record),
            record,
            clients: FixedMap::default(),
            targets: FixedMap::default(),
            servers: FixedMap::default(),
            open: FixedMap::default(),
            choices: Choices::default(),
            bad_answers: BTreeMap::new(),
            tasks: Vec::new(),
            is_busy: false,
            rest_after,
            now: Instant::ZERO,
        };
        for client in &directory.clients {
            let place = recorder.client(client.node, &client.app);
            recorder.tasks.extend(client.count.map(|count| Task {
                node: client.node,
                client: place,
                count,
                left: count,
                is_asleep: false,
            }));
        }
        recorder.look_at_tasks();
        recorder
    }

    /// The record; requests that are still under way are unfinished.
    pub(crate) fn finish(self) -> Record {
        let Self {
            mut record,
            bad_answers,
            ..
        } = self;
        for request in &mut record.requests {
            if request.done.is_none() {
                request.error.get_or_insert(RequestError::Unfinished);
            }
        }
        record.bad_answers = bad_answers.into_iter().collect();
        record.sort();
        record
    }

    fn client(&mut self, node: NodeId, app: &Arc<str>) -> u32 {
        let clients = &mut self.record.clients;
        *self.clients.entry((node, app.clone())).or_insert_with(|| {
            clients.push(ClientName {
                node: self.directory.node(node).clone(),
                app: app.clone(),
                shown: self.directory.client_name(node, app),
            });
            clients.len() as u32 - 1
        })
    }

    fn target(&mut self, address: SocketAddr) -> u32 {
        place(&mut self.targets, &mut self.record.targets, address)
    }

    fn server(&mut self, address: SocketAddr) -> u32 {
        place(&mut self.servers, &mut self.record.servers, address)
    }

    fn look_at_tasks(&mut self) {
        self.is_busy = self
            .tasks
            .iter()
            .any(|task| task.left > 0 && !task.is_asleep);
    }

    /// One of the things a client had to do is done.
    fn count_down(&mut self, client: u32) {
        // Clients have their places in the order of the tasks.
        let Ok(task) = self.tasks.binary_search_by_key(&client, |task| task.client) else {
            return;
        };
        let left = &mut self.tasks[task].left;
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.look_at_tasks();
        }
    }

    fn sent(&mut self, at: Instant, node: NodeId, sent: RequestSent) {
        let client = self.client(node, &sent.app);
        let target = sent.server.and_then(|server| self.connected_to(server));
        let target = target.map(|target| self.target(target));
        let server = sent.server.map(|server| self.server(server));
        self.open
            .insert((client, sent.number), self.record.requests.len());
        self.record.requests.push(Request {
            client,
            target,
            server,
            number: sent.number,
            sent: at,
            done: None,
            url: sent.url,
            status: None,
            error: None,
        });
    }

    fn done(&mut self, at: Instant, node: NodeId, done: &RequestDone) {
        let client = self.client(node, &done.app);
        self.count_down(client);
        let Some(place) = self.open.remove(&(client, done.number)) else {
            return;
        };
        if let (None, Some(server)) = (self.record.requests[place].server, done.server) {
            self.record.requests[place].server = Some(self.server(server));
            let target = self.connected_to(server).map(|target| self.target(target));
            self.record.requests[place].target = target;
        }
        if let Some(exchange) = done.exchange {
            self.record.requests[place].server = Some(self.server(exchange.server));
            let chosen = self.choices.take(exchange);
            let target = chosen.or_else(|| self.connected_to(exchange.server));
            self.record.requests[place].target = target.map(|target| self.target(target));
        }
        let request = &mut self.record.requests[place];
        request.done = (done.error != Some(RequestError::Unfinished)).then_some(at);
        request.status = done.status;
        request.error = done.error;
    }

    /// The address itself, unless it is a balancer's: who would have been tried is unknown.
    fn connected_to(&self, server: SocketAddr) -> Option<SocketAddr> {
        (!self.directory.is_balancer(server.ip())).then_some(server)
    }

    fn answered(&mut self, balancer: NodeId, answer: Answer) {
        if answer.status < 400 {
            return;
        }
        let mut bad = BadAnswer {
            balancer,
            status: answer.status,
            because: answer.because,
        };
        if self.bad_answers.len() >= MOST_REASONS && !self.bad_answers.contains_key(&bad) {
            bad.because = OTHERS.into();
        }
        *self.bad_answers.entry(bad).or_default() += 1;
    }
}

/// The place of an address in a list that has each once.
fn place(
    places: &mut FixedMap<SocketAddr, u32>,
    all: &mut Vec<SocketAddr>,
    address: SocketAddr,
) -> u32 {
    *places.entry(address).or_insert_with(|| {
        all.push(address);
        all.len() as u32 - 1
    })
}

impl Observer for Recorder<'_> {
    fn delivered(&mut self, arrival: Arrival, _: &[u8]) {
        self.now = arrival.at;
    }

    fn admin(&mut self, at: Instant, node: NodeId, action: &str) {
        self.now = at;
        self.record.deeds.push((at, node, action.into()));
        if action == "crash" {
            let (answers, record) = (&mut self.answers, &mut self.record);
            answers.silenced(at, node, self.directory, record);
        }
        for task in self.tasks.iter_mut().filter(|task| task.node == node) {
            match action {
                "stop" => task.is_asleep = true,
                // What is started after a crash remembers nothing and does everything again.
                "crash" => (task.is_asleep, task.left) = (true, task.count),
                "start" => task.is_asleep = false,
                _ => {}
            }
        }
        self.look_at_tasks();
    }

    fn event(&mut self, at: Instant, node: NodeId, event: Event) {
        self.now = at;
        match event {
            Event::RequestSent(sent) => self.sent(at, node, sent),
            Event::RequestDone(done) => self.done(at, node, &done),
            Event::Ping(ping) => {
                let client = self.client(node, &ping.app);
                self.count_down(client);
                self.record.pings.push((client, ping));
            }
            Event::TargetChanged(change) => self.record.changes.push((at, node, change)),
            Event::DnsChanged(change) => {
                let (answers, record) = (&mut self.answers, &mut self.record);
                answers.note(at, node, change, record);
            }
            Event::Assigned(assigned) => {
                self.choices.add(&assigned, self.open.len());
            }
            Event::Answered(answer) => self.answered(node, answer),
            _ => {}
        }
    }

    fn is_finished(&self) -> bool {
        self.rest_after
            .is_some_and(|rest| !self.is_busy && self.now >= rest)
    }
}

#[cfg(test)]
mod tests;
