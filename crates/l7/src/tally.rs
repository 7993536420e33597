//! What is counted per listener and per group, besides frames.

use std::sync::Arc;

use switchlab_core::AppCounter;

/// What is counted.
///
/// The first four count answers by the class of their status: those that clients got, for a listener;
/// those that targets gave, for a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Status2xx,
    Status3xx,
    Status4xx,
    Status5xx,
    /// Connections of clients; connections to targets that were opened.
    Connections,
    /// Connections to targets that failed.
    ConnectionErrors,
    /// Fixed responses given.
    Fixed,
    /// Clients that went before their answer was whole.
    Gone,
    /// Answers that the switch made because no target could give one.
    Own5xx,
    /// Clients sent elsewhere.
    Redirects,
    /// Requests refused before any rule was asked.
    Rejected,
    /// Requests whose head was read; those that a target was chosen for.
    Requests,
    /// Requests sent a second time, on a fresh connection.
    Retries,
}

impl Count {
    const LISTENER: [Self; 10] = [
        Self::Status2xx,
        Self::Status3xx,
        Self::Status4xx,
        Self::Status5xx,
        Self::Connections,
        Self::Fixed,
        Self::Gone,
        Self::Own5xx,
        Self::Redirects,
        Self::Rejected,
    ];
    const GROUP: [Self; 7] = [
        Self::Status2xx,
        Self::Status3xx,
        Self::Status4xx,
        Self::Status5xx,
        Self::Connections,
        Self::ConnectionErrors,
        Self::Retries,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Status2xx => "2xx",
            Self::Status3xx => "3xx",
            Self::Status4xx => "4xx",
            Self::Status5xx => "5xx",
            Self::Connections => "connections",
            Self::ConnectionErrors => "connection_errors",
            Self::Fixed => "fixed_responses",
            Self::Gone => "gone",
            Self::Own5xx => "own_5xx",
            Self::Redirects => "redirects",
            Self::Rejected => "rejected",
            Self::Requests => "requests",
            Self::Retries => "retries",
        }
    }
}

/// The numbers of one listener or one group.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally([u64; Count::Retries as usize + 1]);

impl Tally {
    pub(crate) fn add(&mut self, count: Count) {
        self.0[count as usize] += 1;
    }

    /// Counts an answer by the class of its status.
    pub(crate) fn add_status(&mut self, status: u16) {
        match status / 100 {
            2 => self.add(Count::Status2xx),
            3 => self.add(Count::Status3xx),
            4 => self.add(Count::Status4xx),
            5 => self.add(Count::Status5xx),
            _ => {}
        }
    }

    pub(crate) fn absorb(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }

    /// The counters of a listener.
    pub(crate) fn of_listener(&self, app: &Arc<str>) -> impl Iterator<Item = AppCounter> {
        self.rows(app, Count::LISTENER)
    }

    /// The counters of a group.
    pub(crate) fn of_group(&self, app: &Arc<str>) -> impl Iterator<Item = AppCounter> {
        self.rows(app, Count::GROUP)
    }

    fn rows<const N: usize>(
        &self,
        app: &Arc<str>,
        counts: [Count; N],
    ) -> impl Iterator<Item = AppCounter> {
        counts
            .into_iter()
            .chain([Count::Requests])
            .map(|count| AppCounter {
                app: Arc::clone(app),
                counter: count.name(),
                value: self.0[count as usize],
            })
    }
}
