//! What is known about a run when it is over: requests and who answered them, pings, changes, deeds.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use switchlab_core::{DnsChange, Instant, NodeId, Ping, RequestError, TargetChange};

/// One HTTP request, from the client's point of view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which client asked: its place in [`Record::clients`].
    pub client: u32,
    /// The last target tried, by the balancers' own record; without a balancer the address connected
    /// to: its place in [`Record::targets`].
    pub target: Option<u32>,
    /// The address that was connected to, or first tried if no connection stood: its place in
    /// [`Record::servers`]; `None` if nobody could say which that is.
    pub server: Option<u32>,
    /// The request's number within the client's application, from 0.
    pub number: u64,
    /// When the client began it.
    pub sent: Instant,
    /// When the client was done with it, one way or another; `None` if it never was.
    pub done: Option<Instant>,
    /// What was asked for.
    pub url: Arc<str>,
    /// The status of the answer, if its head arrived.
    pub status: Option<u16>,
    /// Why there is no whole answer; `None` if there is.
    pub error: Option<RequestError>,
}

impl Request {
    /// Whether the client did not get what it asked for: no whole answer, or one that says so
    /// (status 400 and above).
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.error.is_some() || self.status.is_none_or(|status| status >= 400)
    }

    /// Whether an end of the request is known, good or bad.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.done.is_some()
    }
}

/// A client of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientName {
    /// The host.
    pub node: Arc<str>,
    /// The application's name on it.
    pub app: Arc<str>,
    /// What reports call it: the node, or `NODE.APP` where the node has several.
    pub shown: Arc<str>,
}

/// Answers of a balancer with status 400 and above that read alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BadAnswer {
    /// The balancer.
    pub balancer: NodeId,
    /// The status it sent to the client.
    pub status: u16,
    /// Why, in the balancer's words.
    pub because: Cow<'static, str>,
}

/// What DNS would answer to whoever asks for a load balancer, from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerChange {
    /// Since when.
    pub at: Instant,
    /// The load balancer.
    pub balancer: Arc<str>,
    /// The addresses that are told, in ascending order.
    pub addresses: Vec<IpAddr>,
    /// Whether these are all there are, because no node is in DNS.
    pub is_fail_open: bool,
    /// Why, as a sentence for a learner.
    pub because: Cow<'static, str>,
}

/// Everything that was noted in a run, in the order in which it happened unless stated otherwise.
///
/// A request takes less than 100 octets here, so that it stays below 200 while the list grows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Who asked.
    pub clients: Vec<ClientName>,
    /// Who was asked in the end.
    pub targets: Vec<SocketAddr>,
    /// Whom clients connected to.
    pub servers: Vec<SocketAddr>,
    /// The requests, in order of sending, then of client as reports call it, then of number.
    pub requests: Vec<Request>,
    /// The pings: the client's place in [`clients`](Self::clients), and what became of it; in the same
    /// order.
    pub pings: Vec<(u32, Ping)>,
    /// Targets that changed: when, at which balancer.
    pub changes: Vec<(Instant, NodeId, TargetChange)>,
    /// Nodes of balancers that entered DNS or left it: when, which node.
    pub dns_changes: Vec<(Instant, NodeId, DnsChange)>,
    /// What DNS would answer for each load balancer: from the start on, then at every change.
    pub answers: Vec<AnswerChange>,
    /// What administrators did: when, to which node, and the name of the action.
    pub deeds: Vec<(Instant, NodeId, Arc<str>)>,
    /// Why balancers gave bad answers, in order of balancer, status and sentence, with how often.
    pub bad_answers: Vec<(BadAnswer, u64)>,
}

impl Record {
    /// Who made this request.
    ///
    /// # Panics
    /// If the request is of another record.
    #[must_use]
    pub fn client(&self, request: &Request) -> &ClientName {
        &self.clients[request.client as usize]
    }

    /// Who was asked in the end, if that is known.
    ///
    /// # Panics
    /// If the request is of another record.
    #[must_use]
    pub fn target(&self, request: &Request) -> Option<SocketAddr> {
        request.target.map(|target| self.targets[target as usize])
    }

    /// The address that was connected to, or first tried if no connection stood; `None` if nobody could say
    /// which that is.
    ///
    /// # Panics
    /// If the request is of another record.
    #[must_use]
    pub fn server(&self, request: &Request) -> Option<SocketAddr> {
        request.server.map(|server| self.servers[server as usize])
    }

    /// Puts requests and pings into their order.
    pub(crate) fn sort(&mut self) {
        let mut by_name: Vec<_> = (0..self.clients.len()).collect();
        by_name.sort_by_key(|client| &self.clients[*client].shown);
        let mut rank = vec![0; by_name.len()];
        for (place, client) in by_name.into_iter().enumerate() {
            rank[client] = place;
        }
        self.requests
            .sort_by_key(|request| (request.sent, rank[request.client as usize], request.number));
        self.pings
            .sort_by_key(|(client, ping)| (ping.sent, rank[*client as usize], ping.number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_small() {
        assert!(
            size_of::<Request>() <= 100,
            "{} octets",
            size_of::<Request>()
        );
    }

    #[test]
    fn failing_is_judged_by_the_client() {
        let request = |status, error| Request {
            client: 0,
            target: None,
            server: Some(0),
            number: 0,
            sent: Instant::ZERO,
            done: None,
            url: "http://10.0.0.1/".into(),
            status,
            error,
        };
        #[rustfmt::skip]
        let rows = [
            (Some(200), None,                        false, "a whole answer"),
            (Some(302), None,                        false, "a redirect is an answer"),
            (Some(404), None,                        true,  "an answer that says no"),
            (Some(200), Some(RequestError::Closed),  true,  "half an answer"),
            (None,      Some(RequestError::Refused), true,  "no answer"),
            (None,      None,                        true,  "not even an end"),
        ];
        for (status, error, failed, because) in rows {
            assert_eq!(request(status, error).has_failed(), failed, "{because}");
        }
    }
}
