//! Choosing the local port of a connection.

use std::ops::Range;

use switchlab_core::Stream;

/// The ports that connections are opened from, as in Linux (`ip_local_port_range`).
pub(super) const EPHEMERAL: Range<u16> = 32_768..61_000;

/// Gives ports in turn, beginning anywhere (RFC 6056 §3.3.1 without its last step).
///
/// In turn, not at random: a port rests as long as possible before it is used again.
#[derive(Debug)]
pub(super) struct Ports {
    next: u16,
}

impl Ports {
    pub(super) fn new(stream: &mut Stream) -> Self {
        let offset = stream.below(EPHEMERAL.len() as u64);
        Self {
            next: EPHEMERAL.start + offset as u16,
        }
    }

    /// The next port that is free, or `None` if none is.
    pub(super) fn draw(&mut self, mut is_free: impl FnMut(u16) -> bool) -> Option<u16> {
        for _ in EPHEMERAL {
            let port = self.next;
            self.next = if port + 1 == EPHEMERAL.end {
                EPHEMERAL.start
            } else {
                port + 1
            };
            if is_free(port) {
                return Some(port);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_is_given_once_before_one_returns() {
        let mut ports = Ports::new(&mut Stream::of(7, "host"));
        let mut given: Vec<_> = EPHEMERAL.map(|_| ports.draw(|_| true).unwrap()).collect();
        let first = given[0];
        assert_eq!(ports.draw(|_| true), Some(first), "then it begins anew");
        given.sort_unstable();
        assert!(given.iter().copied().eq(EPHEMERAL));
    }

    #[test]
    fn taken_ports_are_passed_over() {
        let mut ports = Ports::new(&mut Stream::of(7, "host"));
        assert_eq!(ports.draw(|port| port == 60_999), Some(60_999));
        assert_eq!(ports.draw(|_| true), Some(EPHEMERAL.start));
        assert_eq!(ports.draw(|_| false), None, "and none is none");
    }
}
