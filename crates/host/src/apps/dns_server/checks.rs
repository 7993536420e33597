//! The server as a checker of what it tells of: connections at intervals, and what they come to.

use std::net::SocketAddr;
use std::time::Duration;

use switchlab_balance::Endpoint;
use switchlab_core::Instant;
use switchlab_http::ResponseHead;

use super::RecordCheck;
use crate::{ConnectionEvent, ConnectionId, Kernel};

/// How long a connection may take, by HTTP and by TCP alone; and the status of an answer after that.
const CONNECT: Duration = Duration::from_secs(4);
const CONNECT_TCP: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(2);

/// The check of one record set.
pub(super) struct Check {
    /// The record set.
    pub(super) number: usize,
    config: RecordCheck,
    endpoint: Endpoint,
    /// When the next check begins.
    next: Instant,
    /// The check under way, and until when it is waited for.
    under_way: Option<(ConnectionId, Instant)>,
}

impl Check {
    pub(super) fn new(number: usize, config: RecordCheck) -> Self {
        Self {
            number,
            endpoint: Endpoint::new(&config.check, 1),
            config,
            next: Instant::MAX,
            under_way: None,
        }
    }

    pub(super) fn is_well(&self) -> bool {
        self.endpoint.is_healthy()
    }

    /// Begins anew, knowing nothing.
    pub(super) fn start(&mut self, now: Instant) {
        *self = Self::new(self.number, self.config.clone());
        self.next = now;
    }

    pub(super) fn stop(&mut self) {
        (self.next, self.under_way) = (Instant::MAX, None);
    }

    pub(super) fn poll_timeout(&self) -> Instant {
        match self.under_way {
            Some((_, until)) => until.min(self.next),
            None => self.next,
        }
    }

    pub(super) fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        if self
            .under_way
            .is_some_and(|(_, until)| until <= kernel.now())
        {
            self.end(kernel, false);
        }
        if self.next > kernel.now() {
            return;
        }
        self.next = kernel.now() + self.config.check.interval;
        self.end_if_under_way(kernel);
        let remote = SocketAddr::new(self.config.address.into(), self.config.port);
        match kernel.connect(remote) {
            Ok(id) => {
                let patience = match self.config.path {
                    Some(_) => CONNECT,
                    None => CONNECT_TCP,
                };
                self.under_way = Some((id, kernel.now() + patience));
            }
            Err(_) => self.endpoint.observe(0, false),
        }
    }

    /// Something happened to a connection, if it is this check's.
    pub(super) fn connection(
        &mut self,
        kernel: &mut Kernel<'_>,
        id: ConnectionId,
        event: ConnectionEvent,
    ) {
        if self.under_way.is_none_or(|(own, _)| own != id) {
            return;
        }
        match (event, &self.config.path) {
            (ConnectionEvent::Connected, None) => self.end(kernel, true),
            (ConnectionEvent::Connected, Some(path)) => {
                let host = self.config.address;
                let asked =
                    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
                kernel.send(id, asked.as_bytes());
                self.under_way = Some((id, kernel.now() + ANSWER));
            }
            (ConnectionEvent::Readable | ConnectionEvent::PeerClosed, Some(_)) => {
                let mut head = ResponseHead::new(200);
                match head.read(kernel.peek(id)) {
                    Ok(Some(_)) => self.end(kernel, (200..400).contains(&head.status())),
                    Ok(None) if event == ConnectionEvent::Readable => {}
                    _ => self.end(kernel, false),
                }
            }
            (ConnectionEvent::Writable | ConnectionEvent::Accepted, _) => {}
            _ => self.end(kernel, false),
        }
    }

    fn end_if_under_way(&mut self, kernel: &mut Kernel<'_>) {
        if self.under_way.is_some() {
            self.end(kernel, false);
        }
    }

    fn end(&mut self, kernel: &mut Kernel<'_>, is_success: bool) {
        if let Some((id, _)) = self.under_way.take() {
            kernel.abort(id);
        }
        self.endpoint.observe(0, is_success);
    }
}
