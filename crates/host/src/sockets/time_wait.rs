//! Connections that are over but still answer for a while: the TIME-WAIT state.

use std::collections::VecDeque;
use std::time::Duration;

use switchlab_core::{FixedMap, Instant};
use switchlab_wire::{Ipv4Builder, Tcp, TcpFlags, TcpHeader};

use super::connection::Key;

/// How long a connection stays in TIME-WAIT.
///
/// RFC 9293 §3.4.2 asks for twice the maximum segment lifetime of two minutes; no segment of a lab
/// lives for seconds.
const TIME_WAIT: Duration = Duration::from_secs(10);

/// What is left of a connection in TIME-WAIT.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remnant {
    /// The number behind the FIN that was sent.
    pub(super) sequence: u32,
    /// The number behind the FIN that was received.
    pub(super) acknowledgment: u32,
    /// The window told last.
    pub(super) window: u16,
}

/// The connections in TIME-WAIT, in the order in which they got there.
///
/// Nothing wakes up for them: what has expired is cleared away when the next one comes.
#[derive(Debug, Default)]
pub(super) struct TimeWait {
    remnants: FixedMap<Key, (Instant, Remnant)>,
    queue: VecDeque<(Instant, Key)>,
}

impl TimeWait {
    pub(super) fn insert(&mut self, now: Instant, key: Key, remnant: Remnant) {
        while let Some((until, gone)) = self.queue.front().copied()
            && until <= now
        {
            self.queue.pop_front();
            // The same key may have come back since, and waits further behind in the queue.
            if self.remnants.get(&gone).is_some_and(|(at, _)| *at == until) {
                self.remnants.remove(&gone);
            }
        }
        let until = now + TIME_WAIT;
        self.remnants.insert(key, (until, remnant));
        self.queue.push_back((until, key));
    }

    pub(super) fn get(&self, now: Instant, key: Key) -> Option<Remnant> {
        let (until, remnant) = self.remnants.get(&key)?;
        (now < *until).then_some(*remnant)
    }

    /// Ends the wait of `key`: its ports are used anew.
    pub(super) fn remove(&mut self, key: Key) {
        self.remnants.remove(&key);
    }

    /// The connections that still wait at `now`, the longest waiting first.
    pub(super) fn keys(&self, now: Instant) -> impl Iterator<Item = Key> {
        let expired = self.queue.partition_point(|(until, _)| *until <= now);
        let waiting = self.queue.range(expired..);
        waiting.filter_map(|(until, key)| {
            let is_current = self.remnants.get(key).is_some_and(|(at, _)| at == until);
            is_current.then_some(*key)
        })
    }
}

impl Remnant {
    /// The packet to answer `segment` with, if there is one.
    ///
    /// A repeated FIN is acknowledged again, as is all that occupies sequence numbers; RST is ignored,
    /// for it would end the wait too early (RFC 9293 §3.10.7.4, RFC 1337).
    pub(super) fn answer(self, key: Key, segment: &Tcp<'_>) -> Option<Vec<u8>> {
        let flags = segment.flags();
        let occupies_numbers =
            flags.intersects(TcpFlags::FIN | TcpFlags::SYN) || !segment.payload().is_empty();
        if flags.contains(TcpFlags::RST) || !occupies_numbers {
            return None;
        }
        let header = TcpHeader {
            source_port: key.local_port,
            destination_port: key.remote_port,
            sequence: self.sequence,
            acknowledgment: self.acknowledgment,
            flags: TcpFlags::ACK,
            window: self.window,
            ..TcpHeader::default()
        };
        Some(
            Ipv4Builder::new(key.local, key.remote)
                .dont_fragment()
                .tcp(&header, &[]),
        )
    }
}
