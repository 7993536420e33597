//! Sends datagrams at equal intervals and counts what comes back.

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use switchlab_core::Instant;

use crate::apps::UdpSourceConfig;
use crate::apps::error::AppError;
use crate::{App, Kernel};

/// Ports for those who do not care which: RFC 6335 §6.
const DYNAMIC: RangeInclusive<u16> = 49_152..=65_535;

/// Every datagram begins with its number, as far as there is room.
pub(super) struct UdpSource {
    config: UdpSourceConfig,
    /// The port it sends from, while it runs; one that is not given is chosen at the first sending.
    port: Option<u16>,
    next: Option<Instant>,
    /// How many datagrams have been due, whether or not they could leave.
    begun: u64,
    sent: u64,
    received: u64,
    payload: Vec<u8>,
}

impl UdpSource {
    /// A source on a host whose datagrams hold at most `longest` octets of payload.
    pub(super) fn new(config: UdpSourceConfig, longest: usize) -> Result<Self, AppError> {
        if config.port == Some(0) || config.target.port() == 0 {
            return Err(AppError::PortZero);
        }
        if config.every.is_zero() {
            return Err(AppError::NoInterval);
        }
        if config.size > longest {
            return Err(AppError::TooLong {
                octets: config.size,
                limit: longest,
            });
        }
        Ok(Self {
            payload: vec![0; config.size],
            config,
            port: None,
            next: None,
            begun: 0,
            sent: 0,
            received: 0,
        })
    }

    fn send(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        let number = self.begun.to_be_bytes();
        let length = number.len().min(self.payload.len());
        self.payload[..length].copy_from_slice(&number[..length]);
        self.begun += 1;
        let sent = kernel.send_to(port, self.config.target.into(), &self.payload);
        self.sent += u64::from(sent.is_ok());
    }
}

impl App for UdpSource {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        let wanted = self.config.port;
        self.port = wanted.filter(|port| kernel.bind(*port).is_ok());
        // Without the port there is nothing to send from, and its counters say so.
        let begins = self.port.is_some() || wanted.is_none();
        self.next = begins.then(|| kernel.now() + self.config.start);
    }

    fn datagrams(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        let target = SocketAddr::from(self.config.target);
        let mut payload = Vec::new();
        while let Some(ends) = kernel.recv_from(port, &mut payload) {
            self.received += u64::from(ends.remote == target);
            payload.clear();
        }
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        // One a call: whoever drives the host late sees to how much is caught up.
        let Some(at) = self.poll_timeout().filter(|at| *at <= kernel.now()) else {
            return;
        };
        // Who does not care chooses last: by now all others have begun, and have their ports.
        let free = || DYNAMIC.into_iter().find(|port| kernel.bind(*port).is_ok());
        self.port = self.port.or_else(free);
        self.next = self.port.map(|_| at + self.config.every);
        if let Some(port) = self.port {
            self.send(kernel, port);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let is_done = self.config.count.is_some_and(|count| self.begun >= count);
        self.next.filter(|_| !is_done)
    }

    fn stop(&mut self, _: &mut Kernel<'_>) {
        self.port = None;
        self.next = None;
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![("received", self.received), ("sent", self.sent)]
    }
}
