//! Asks a machine for ICMP echoes at equal intervals.

use std::collections::BTreeMap;

use switchlab_core::{Event, Instant, Ping as Fate};

use crate::apps::PingConfig;
use crate::apps::error::AppError;
use crate::station::LONGEST_ECHO;
use crate::{App, EchoReply, Kernel};

/// How many requests can be told apart: sequence numbers have 16 bits.
const SEQUENCES: u64 = 1 << 16;

/// Every request ends as answered or as lost, and is reported then.
pub(super) struct Ping {
    config: PingConfig,
    payload: Vec<u8>,
    next: Option<Instant>,
    sent: u64,
    /// When each request was sent that may still be answered, by number.
    under_way: BTreeMap<u64, Instant>,
    answered: u64,
    lost: u64,
}

impl Ping {
    pub(super) fn new(config: PingConfig) -> Result<Self, AppError> {
        if config.every.is_zero() {
            return Err(AppError::NoInterval);
        }
        if config.size > LONGEST_ECHO {
            return Err(AppError::TooLong {
                octets: config.size,
                limit: LONGEST_ECHO,
            });
        }
        Ok(Self {
            payload: (0..config.size).map(|at| at as u8).collect(),
            config,
            next: None,
            sent: 0,
            under_way: BTreeMap::new(),
            answered: 0,
            lost: 0,
        })
    }

    fn send(&mut self, kernel: &mut Kernel<'_>) {
        let number = self.sent;
        self.sent += 1;
        // An answer to the request that had this sequence number before could be told no more.
        if let Some(before) = number.checked_sub(SEQUENCES)
            && let Some(sent) = self.under_way.remove(&before)
        {
            self.lose(kernel, before, sent);
        }
        self.under_way.insert(number, kernel.now());
        // What has no route never leaves; like all that is lost, it is missed in time.
        let _ = kernel.ping(self.config.target, number as u16, &self.payload);
    }

    /// The number of the latest request that had this sequence number.
    fn number_of(&self, sequence: u16) -> Option<u64> {
        let last = self.sent.checked_sub(1)?;
        let age = (last as u16).wrapping_sub(sequence);
        last.checked_sub(age.into())
    }

    /// When the request that waits longest is given up.
    fn patience_ends(&self) -> Option<Instant> {
        let (_, sent) = self.under_way.first_key_value()?;
        Some(*sent + self.config.timeout)
    }

    fn lose(&mut self, kernel: &mut Kernel<'_>, number: u64, sent: Instant) {
        self.lost += 1;
        self.report(kernel, number, sent, false);
    }

    /// Nothing that is under way will be waited for any longer.
    fn lose_all(&mut self, kernel: &mut Kernel<'_>) {
        while let Some((number, sent)) = self.under_way.pop_first() {
            self.lose(kernel, number, sent);
        }
    }

    fn report(&self, kernel: &mut Kernel<'_>, number: u64, sent: Instant, is_answered: bool) {
        let now = kernel.now();
        let fate = Fate {
            app: kernel.name().clone(),
            number,
            target: self.config.target.into(),
            sent,
            round_trip: is_answered.then(|| now.since(sent)),
        };
        kernel.report(Event::Ping(fate));
    }

    /// When the next request is due; `None` before the start and after the last.
    fn next(&self) -> Option<Instant> {
        let is_done = self.config.count.is_some_and(|count| self.sent >= count);
        self.next.filter(|_| !is_done)
    }
}

impl App for Ping {
    fn start(&mut self, kernel: &mut Kernel<'_>) {
        self.next = Some(kernel.now() + self.config.start);
    }

    fn echo_reply(&mut self, kernel: &mut Kernel<'_>, reply: &EchoReply) {
        if reply.from != self.config.target || reply.octets != self.payload.len() {
            return;
        }
        // What comes late, or twice, answers nothing that is still asked.
        if let Some(number) = self.number_of(reply.echo.sequence)
            && let Some(sent) = self.under_way.remove(&number)
        {
            self.answered += 1;
            self.report(kernel, number, sent, true);
        }
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        while self.patience_ends().is_some_and(|at| at <= now)
            && let Some((number, sent)) = self.under_way.pop_first()
        {
            self.lose(kernel, number, sent);
        }
        // One a call: whoever drives the host late sees to how much is caught up.
        if let Some(at) = self.next().filter(|at| *at <= now) {
            self.next = Some(at + self.config.every);
            self.send(kernel);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next().into_iter().chain(self.patience_ends()).min()
    }

    fn stop(&mut self, kernel: &mut Kernel<'_>) {
        self.next = None;
        self.lose_all(kernel);
    }

    fn conclude(&mut self, kernel: &mut Kernel<'_>) {
        self.lose_all(kernel);
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("answered", self.answered),
            ("lost", self.lost),
            ("sent", self.sent),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_sequence_number_means_the_latest_request_that_had_it() {
        #[rustfmt::skip]
        let rows = [
            (0,      0,      None,         "nothing was asked yet"),
            (1,      0,      Some(0),      "the first"),
            (3,      3,      None,         "a number that was never used"),
            (65_536, 65_535, Some(65_535), "the last before the numbers begin again"),
            (65_537, 0,      Some(65_536), "the first after it"),
            (65_537, 1,      Some(1),      "the oldest that can still be told"),
            (131_075, 2,     Some(131_074), "and so on"),
        ];
        for (sent, sequence, number, because) in rows {
            let config = PingConfig::new(Ipv4Addr::new(10, 0, 0, 2));
            let mut ping = Ping::new(config).expect("all by default");
            ping.sent = sent;
            assert_eq!(ping.number_of(sequence), number, "{because}");
        }
    }
}
