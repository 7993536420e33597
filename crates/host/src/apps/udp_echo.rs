//! Sends every datagram back to where it came from: RFC 862.

use crate::apps::UdpEchoConfig;
use crate::apps::error::AppError;
use crate::{App, Kernel};

/// Keeps nothing between two calls but its count.
pub(super) struct UdpEcho {
    port: u16,
    echoed: u64,
    port_taken: u64,
    /// The datagram in hand; here only to be used again.
    payload: Vec<u8>,
}

impl UdpEcho {
    pub(super) fn new(config: &UdpEchoConfig) -> Result<Self, AppError> {
        if config.port == 0 {
            return Err(AppError::PortZero);
        }
        Ok(Self {
            port: config.port,
            echoed: 0,
            port_taken: 0,
            payload: Vec::new(),
        })
    }
}

impl App for UdpEcho {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        // Only an application of the user's own can have the port already; then it is that one's.
        self.port_taken += u64::from(kernel.bind(self.port).is_err());
    }

    fn datagrams(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        while let Some(ends) = kernel.recv_from(port, &mut self.payload) {
            // No more wait to be read than may wait to be sent; what has no way back is dropped.
            self.echoed += u64::from(kernel.answer(ends, &self.payload).is_ok());
            self.payload.clear();
        }
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![("echoed", self.echoed), ("port_taken", self.port_taken)]
    }
}
