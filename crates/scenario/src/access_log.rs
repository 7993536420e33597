//! The access log of a run: a line for every request that a balancer was sent.

use std::io::{self, Write};

use switchlab_core::{Event, Instant, NodeId};
use switchlab_sim::Observer;

/// Writes what balancers log, line by line, in the order in which requests came to their ends.
///
/// The lines of an l7-switch are in the format of ELB's access logs, with the lab's `epoch` for instant 0.
#[derive(Debug)]
pub struct AccessLog<W> {
    to: W,
    /// The first thing that went wrong; an observer cannot say so at once.
    failure: Option<io::Error>,
}

impl<W: Write> AccessLog<W> {
    /// A log that is empty so far.
    pub const fn new(to: W) -> Self {
        Self { to, failure: None }
    }

    /// Writes what is left, and gives back what was written to.
    ///
    /// # Errors
    /// The first of the whole run.
    pub fn finish(mut self) -> io::Result<W> {
        match self.failure {
            Some(failure) => Err(failure),
            None => self.to.flush().map(|()| self.to),
        }
    }
}

impl<W: Write> Observer for AccessLog<W> {
    fn event(&mut self, _: Instant, _: NodeId, event: Event) {
        if let Event::Logged(line) = event
            && self.failure.is_none()
        {
            self.failure = writeln!(self.to, "{line}").err();
        }
    }
}
