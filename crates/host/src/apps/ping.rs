//! Asks a machine for ICMP echoes at equal intervals.

use std::collections::BTreeMap;

use switchlab_core::{Event, Instant, Ping as Fate};

use crate::apps::PingConfig;
use crate::apps::error::AppError;
use crate::station::LONGEST_ECHO;
use crate::{App, EchoReply, Kernel};

pub(super) struct Ping {
    config: PingConfig,
    payload: Vec<u8>,
    next: Option<Instant>,
    begun: u64,
    /// When each request was sent that may still be answered, by number.
    waiting: BTreeMap<u64, Instant>,
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
            begun: 0,
            waiting: BTreeMap::new(),
            answered: 0,
            lost: 0,
        })
    }

    fn is_done(&self) -> bool {
        self.config.count.is_some_and(|count| self.begun >= count)
    }

    /// When the request that waits longest is given up.
    fn patience_ends(&self) -> Option<Instant> {
        let (_, sent) = self.waiting.first_key_value()?;
        Some(*sent + self.config.timeout)
    }

    fn report(&self, kernel: &mut Kernel<'_>, number: u64, sent: Instant, answered: bool) {
        let now = kernel.now();
        let fate = Fate {
            app: kernel.name().clone(),
            number,
            target: self.config.target.into(),
            sent,
            round_trip: answered.then(|| now.since(sent)),
        };
        kernel.report(Event::Ping(fate));
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
        // The latest request with this sequence number, which has 16 bits.
        let age = (self.begun as u16)
            .wrapping_sub(1)
            .wrapping_sub(reply.echo.sequence);
        let number = self.begun.checked_sub(1 + u64::from(age));
        if let Some(number) = number
            && let Some(sent) = self.waiting.remove(&number)
        {
            self.answered += 1;
            self.report(kernel, number, sent, true);
        }
    }

    fn handle_timeout(&mut self, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        while self.patience_ends().is_some_and(|at| at <= now)
            && let Some((number, sent)) = self.waiting.pop_first()
        {
            self.lost += 1;
            self.report(kernel, number, sent, false);
        }
        while let Some(at) = self.next
            && at <= now
            && !self.is_done()
        {
            let number = self.begun;
            self.begun += 1;
            self.next = Some(at + self.config.every);
            self.waiting.insert(number, now);
            // What has no route never leaves; like all that is lost, it is missed in time.
            let _ = kernel.ping(self.config.target, number as u16, &self.payload);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let next = self.next.filter(|_| !self.is_done());
        next.into_iter().chain(self.patience_ends()).min()
    }

    fn stop(&mut self, _: &mut Kernel<'_>) {
        self.next = None;
        self.waiting.clear();
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("answered", self.answered),
            ("lost", self.lost),
            ("sent", self.begun),
        ]
    }
}
