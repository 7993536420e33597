//! Sends datagrams at equal intervals and counts what comes back.

use switchlab_core::Instant;

use crate::apps::UdpSourceConfig;
use crate::apps::error::AppError;
use crate::{App, Kernel};

/// Ports for those who do not care: RFC 6335 §6.
const DYNAMIC: std::ops::RangeInclusive<u16> = 49_152..=65_535;

pub(super) struct UdpSource {
    config: UdpSourceConfig,
    /// The port it sends from, while it runs.
    port: Option<u16>,
    next: Option<Instant>,
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

    fn is_done(&self) -> bool {
        self.config.count.is_some_and(|count| self.begun >= count)
    }
}

impl App for UdpSource {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        self.port = match self.config.port {
            Some(port) => kernel.bind(port).is_ok().then_some(port),
            None => DYNAMIC.into_iter().find(|port| kernel.bind(*port).is_ok()),
        };
        self.next = Some(kernel.now() + self.config.start);
    }

    fn datagrams(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        let mut payload = Vec::new();
        while kernel.recv_from(port, &mut payload).is_some() {
            self.received += 1;
            payload.clear();
        }
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        while let Some(at) = self.next
            && at <= kernel.now()
            && !self.is_done()
        {
            // Each datagram begins with its number, as far as there is room.
            let number = self.begun.to_be_bytes();
            let length = number.len().min(self.payload.len());
            self.payload[..length].copy_from_slice(&number[..length]);
            self.begun += 1;
            self.next = Some(at + self.config.every);
            if let Some(port) = self.port {
                let sent = kernel.send_to(port, self.config.target.into(), &self.payload);
                self.sent += u64::from(sent.is_ok());
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next.filter(|_| !self.is_done())
    }

    fn stop(&mut self, _: &mut Kernel<'_>) {
        self.next = None;
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![("received", self.received), ("sent", self.sent)]
    }
}
