//! What is counted per listener and per group, besides frames.

use std::sync::Arc;

use switchlab_core::AppCounter;

/// What is counted.
///
/// The first five count answers by the class of their status: those that clients got, for a listener, each
/// request's once; those that targets gave, for a group. Of 1xx only 101 counts, behind which a WebSocket is
/// open: interim answers do not end a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Status1xx,
    Status2xx,
    Status3xx,
    Status4xx,
    Status5xx,
    /// Connections of clients; connections to targets that were opened.
    Connections,
    /// Connections to targets that failed; those of them that never stood.
    ConnectionErrors,
    Unconnected,
    /// Fixed responses given.
    Fixed,
    /// Clients that went before anything of their answer was there.
    Gone,
    /// Answers and WebSockets that broke off behind the head of the target's answer: the target failed, so
    /// that the client was reset, or the client went.
    Cut,
    /// Answers that the switch made itself, by the class of their status.
    Own3xx,
    Own4xx,
    Own5xx,
    /// Those of 5xx that are told apart.
    Own500,
    Own502,
    Own503,
    Own504,
    /// Octets of requests and their answers, on the clients' side.
    Octets,
    /// Requests with fields whose names are not made of letters, digits and `-`: with these fields
    /// taken away, and with them passed on.
    InvalidDropped,
    InvalidForwarded,
    /// Requests that the desync classifier does not find compliant.
    NonCompliant,
    /// Redirects to a URL that is too long.
    RedirectsTooLong,
    /// Rules that were held against requests, default actions not counted.
    Evaluations,
    /// Clients that did not announce whom they speak for.
    Unannounced,
    /// Nanoseconds from a request's way out to the head of its answer, over all answers of targets.
    ResponseNanos,
    /// Requests to sticky groups for which a target was chosen afresh.
    NonSticky,
    /// Requests sent to targets while too few were healthy; at the very beginning, before the first health
    /// check has come back, nobody is healthy yet.
    FailOpen,
    /// Clients sent elsewhere.
    Redirects,
    /// Requests refused before any rule was asked.
    Rejected,
    /// Requests whose head was read; those that a target was chosen for.
    Requests,
    /// Requests sent a second time, on a fresh connection.
    Retries,
}

/// What is told of a listener, or of all of them under the device's name.
const LISTENER: [(&str, Count); 14] = [
    ("1xx", Count::Status1xx),
    ("2xx", Count::Status2xx),
    ("3xx", Count::Status3xx),
    ("4xx", Count::Status4xx),
    ("5xx", Count::Status5xx),
    ("connections", Count::Connections),
    ("cut", Count::Cut),
    ("fixed_responses", Count::Fixed),
    ("gone", Count::Gone),
    ("own_5xx", Count::Own5xx),
    ("redirects", Count::Redirects),
    ("rejected", Count::Rejected),
    ("requests", Count::Requests),
    ("unannounced", Count::Unannounced),
];

/// What is told of a group.
const GROUP: [(&str, Count); 8] = [
    ("2xx", Count::Status2xx),
    ("3xx", Count::Status3xx),
    ("4xx", Count::Status4xx),
    ("5xx", Count::Status5xx),
    ("connections", Count::Connections),
    ("connection_errors", Count::ConnectionErrors),
    ("requests", Count::Requests),
    ("retries", Count::Retries),
];

/// The numbers of one listener or one group.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally([u64; Count::Retries as usize + 1]);

impl Tally {
    pub(crate) fn add(&mut self, count: Count) {
        self.add_many(count, 1);
    }

    pub(crate) fn add_many(&mut self, count: Count, many: u64) {
        self.0[count as usize] += many;
    }

    pub(crate) fn of(&self, count: Count) -> u64 {
        self.0[count as usize]
    }

    /// Counts an answer that the switch made itself.
    pub(crate) fn add_own(&mut self, status: u16) {
        match status {
            300..400 => self.add(Count::Own3xx),
            400..500 => self.add(Count::Own4xx),
            500..600 => self.add(Count::Own5xx),
            _ => {}
        }
        match status {
            500 => self.add(Count::Own500),
            502 => self.add(Count::Own502),
            503 => self.add(Count::Own503),
            504 => self.add(Count::Own504),
            _ => {}
        }
    }

    /// Counts an answer by the class of its status.
    pub(crate) fn add_status(&mut self, status: u16) {
        match status / 100 {
            1 => self.add(Count::Status1xx),
            2 => self.add(Count::Status2xx),
            3 => self.add(Count::Status3xx),
            4 => self.add(Count::Status4xx),
            5 => self.add(Count::Status5xx),
            _ => {}
        }
    }

    pub(crate) fn absorb(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }

    /// The counters of a listener.
    pub(crate) fn of_listener(&self, app: &Arc<str>) -> impl Iterator<Item = AppCounter> {
        self.rows(app, &LISTENER)
    }

    /// The counters of a group.
    pub(crate) fn of_group(&self, app: &Arc<str>) -> impl Iterator<Item = AppCounter> {
        self.rows(app, &GROUP)
    }

    fn rows(
        &self,
        app: &Arc<str>,
        names: &'static [(&'static str, Count)],
    ) -> impl Iterator<Item = AppCounter> {
        names
            .iter()
            .map(|(counter, count)| AppCounter::total(app, counter, self.of(*count)))
    }
}
