//! Takes every datagram and sends nothing back: RFC 863.

use crate::apps::UdpSinkConfig;
use crate::apps::error::AppError;
use crate::{App, Kernel};

/// Keeps nothing but its counts.
pub(super) struct UdpSink {
    port: u16,
    received: u64,
    octets: u64,
    port_taken: u64,
    /// The datagram in hand; here only to be used again.
    payload: Vec<u8>,
}

impl UdpSink {
    pub(super) fn new(config: &UdpSinkConfig) -> Result<Self, AppError> {
        if config.port == 0 {
            return Err(AppError::PortZero);
        }
        Ok(Self {
            port: config.port,
            received: 0,
            octets: 0,
            port_taken: 0,
            payload: Vec::new(),
        })
    }
}

impl App for UdpSink {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        // Only an application of the user's own can have the port already; then it is that one's.
        self.port_taken += u64::from(kernel.bind(self.port).is_err());
    }

    fn datagrams(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        while kernel.recv_from(port, &mut self.payload).is_some() {
            self.received += 1;
            self.octets += self.payload.len() as u64;
            self.payload.clear();
        }
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("octets", self.octets),
            ("port_taken", self.port_taken),
            ("received", self.received),
        ]
    }
}
