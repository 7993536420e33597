//! An authoritative server of names: RFC 1035 over UDP, negative answers by RFC 2308, policies of Route 53.
//!
//! | file | idea |
//! |---|---|
//! | `config` | its settings |
//! | `zones` | what is told of a name |
//! | `checks` | whether what is told of is well |
//! | here | questions in, answers out |

mod checks;
mod config;
mod zones;

use switchlab_core::{Command, Instant};
use switchlab_dns::{Query, Rcode, Refusal};

use crate::apps::AppError;
use crate::{App, ConnectionEvent, ConnectionId, Kernel};
use checks::Check;
use zones::Zones;

pub use config::{DnsServerConfig, Geography, RecordCheck, RecordSet, Values, ZoneConfig};

pub(super) struct DnsServer {
    port: u16,
    zones: Zones,
    checks: Vec<Check>,
    counts: Counts,
    /// The datagram in hand; here only to be used again.
    payload: Vec<u8>,
}

#[derive(Default)]
struct Counts {
    queries: u64,
    answered: u64,
    nodata: u64,
    nxdomain: u64,
    refused: u64,
    malformed: u64,
    port_taken: u64,
}

impl DnsServer {
    pub(super) fn new(config: DnsServerConfig) -> Result<Self, AppError> {
        if config.port == 0 {
            return Err(AppError::PortZero);
        }
        let checks = config.records.iter().enumerate();
        let checks =
            checks.filter_map(|(number, set)| Some(Check::new(number, set.check.clone()?)));
        Ok(Self {
            port: config.port,
            checks: checks.collect(),
            zones: Zones::new(config)?,
            counts: Counts::default(),
            payload: Vec::new(),
        })
    }

    /// The octets of the answer, if there is to be one.
    fn answer(&mut self, kernel: &mut Kernel<'_>, from: std::net::SocketAddr) -> Option<Vec<u8>> {
        self.counts.queries += 1;
        let query = match Query::read(&self.payload) {
            Ok(query) => query,
            Err(refusal) => {
                self.counts.malformed += 1;
                return match refusal {
                    Refusal::Silence => None,
                    Refusal::Says { octets, .. } => Some(octets),
                };
            }
        };
        let checks = &self.checks;
        let is_well = |number| {
            let mut own = checks.iter().filter(|check| check.number == number);
            own.all(Check::is_well)
        };
        let reply = self.zones.answer(&query, from, &is_well, kernel.random());
        let count = match reply.rcode {
            Rcode::NOERROR if reply.answers.is_empty() => &mut self.counts.nodata,
            Rcode::NOERROR => &mut self.counts.answered,
            Rcode::NXDOMAIN => &mut self.counts.nxdomain,
            _ => &mut self.counts.refused,
        };
        *count += 1;
        Some(reply.write(query.limit()))
    }
}

impl App for DnsServer {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        // Only an application of the user's own can have the port already; then it is that one's.
        self.counts.port_taken += u64::from(kernel.bind(self.port).is_err());
        self.checks
            .iter_mut()
            .for_each(|check| check.start(kernel.now()));
    }

    fn datagrams(&mut self, kernel: &mut Kernel<'_>, port: u16) {
        self.payload.clear();
        while let Some(ends) = kernel.recv_from(port, &mut self.payload) {
            if let Some(answer) = self.answer(kernel, ends.remote) {
                // What has no way back is dropped.
                let _ = kernel.answer(ends, &answer);
            }
            self.payload.clear();
        }
    }

    fn connection(&mut self, kernel: &mut Kernel<'_>, id: ConnectionId, event: ConnectionEvent) {
        for check in &mut self.checks {
            check.connection(kernel, id, event);
        }
    }

    fn control(&mut self, _: &mut Kernel<'_>, command: &Command) -> bool {
        match command {
            Command::Tell(change) => self.zones.learn(change),
            _ => false,
        }
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        for check in &mut self.checks {
            check.handle_timeout(kernel);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let checks = self.checks.iter().map(Check::poll_timeout);
        checks.min().filter(|at| *at < Instant::MAX)
    }

    fn stop(&mut self, _: &mut Kernel<'_>) {
        self.checks.iter_mut().for_each(Check::stop);
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        let counts = &self.counts;
        vec![
            ("answered", counts.answered),
            ("malformed", counts.malformed),
            ("nodata", counts.nodata),
            ("nxdomain", counts.nxdomain),
            ("port_taken", counts.port_taken),
            ("queries", counts.queries),
            ("refused", counts.refused),
        ]
    }
}

#[cfg(test)]
mod tests;
