//! What balancers chose, until the client that asked has its answer.

use std::net::SocketAddr;

use switchlab_core::{Assignment, Exchange, FixedMap};

/// How many balancers behind each other are followed.
const TIERS: usize = 8;

/// How many choices are kept in any case.
const KEPT: usize = 16_384;

/// The client's end, the end it addressed, and which exchange between them; without a number the
/// choice holds for the whole flow.
type Key = (SocketAddr, SocketAddr, Option<u32>);

/// The targets chosen for requests under way and for flows.
///
/// A choice for an exchange is given out once and forgotten. Who made a flow is not told when it ends,
/// nor does every request that a balancer sees come from a client that tells of it: of such choices
/// only the latest are kept, as many as there are requests under way and then some.
#[derive(Debug, Default)]
pub(super) struct Choices {
    chosen: FixedMap<Key, Chosen>,
    /// How often anything was chosen or looked up.
    clock: u64,
}

#[derive(Debug)]
struct Chosen {
    target: SocketAddr,
    /// What the clock read when it was needed last.
    used: u64,
}

impl Choices {
    /// Keeps a choice; a later one for the same replaces it.
    pub(super) fn add(&mut self, assigned: &Assignment, under_way: usize) {
        self.clock += 1;
        let key = (assigned.client, assigned.server, assigned.ordinal);
        let chosen = Chosen {
            target: assigned.target,
            used: self.clock,
        };
        self.chosen.insert(key, chosen);
        let most = KEPT.max(4 * under_way);
        if self.chosen.len() > most {
            let mut used: Vec<_> = self.chosen.values().map(|chosen| chosen.used).collect();
            let middle = used.len() / 2;
            let (_, median, _) = used.select_nth_unstable(middle);
            let median = *median;
            self.chosen.retain(|_, chosen| chosen.used >= median);
        }
    }

    /// The target of an exchange that is over, followed from balancer to balancer; `None` if no
    /// balancer told of it.
    pub(super) fn take(&mut self, exchange: Exchange) -> Option<SocketAddr> {
        let mut last = None;
        let mut server = exchange.server;
        for _ in 0..TIERS {
            let Some(next) = self.next(exchange, server).filter(|next| *next != server) else {
                break;
            };
            last = Some(next);
            server = next;
        }
        last
    }

    fn next(&mut self, exchange: Exchange, server: SocketAddr) -> Option<SocketAddr> {
        let once = (exchange.client, server, Some(exchange.ordinal));
        if let Some(chosen) = self.chosen.remove(&once) {
            return Some(chosen.target);
        }
        self.clock += 1;
        let chosen = self.chosen.get_mut(&(exchange.client, server, None))?;
        chosen.used = self.clock;
        Some(chosen.target)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.chosen.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: u8, port: u16) -> SocketAddr {
        ([10, 0, 0, host], port).into()
    }

    fn assigned(client: SocketAddr, ordinal: Option<u32>, target: u8) -> Assignment {
        Assignment {
            group: "web".into(),
            client,
            server: address(1, 80),
            ordinal,
            target: address(target, 80),
        }
    }

    fn exchange(client: SocketAddr, ordinal: u32) -> Exchange {
        Exchange {
            client,
            server: address(1, 80),
            ordinal,
        }
    }

    #[test]
    fn a_choice_for_an_exchange_is_given_out_once() {
        let mut choices = Choices::default();
        let client = address(2, 5_000);
        choices.add(&assigned(client, Some(0), 11), 1);
        choices.add(&assigned(client, Some(0), 12), 1);
        choices.add(&assigned(client, Some(1), 11), 1);
        assert_eq!(choices.take(exchange(client, 0)), Some(address(12, 80)));
        assert_eq!(choices.take(exchange(client, 0)), None);
        assert_eq!(choices.take(exchange(client, 1)), Some(address(11, 80)));
        assert_eq!(choices.len(), 0);
    }

    #[test]
    fn a_flow_that_is_used_outlives_any_number_of_others() {
        let mut choices = Choices::default();
        let lasting = address(2, 5_000);
        choices.add(&assigned(lasting, None, 11), 1);
        for number in 0..100_000_u32 {
            let [_, host, high, low] = number.to_be_bytes();
            let client = address(100 + host, u16::from_be_bytes([high, low]));
            choices.add(&assigned(client, None, 12), 1);
            assert_eq!(choices.take(exchange(client, 0)), Some(address(12, 80)));
            if number % 1_000 == 0 {
                let target = choices.take(exchange(lasting, number / 1_000));
                assert_eq!(target, Some(address(11, 80)), "after {number} flows");
            }
        }
        assert!(choices.len() <= KEPT, "{} are kept", choices.len());
    }
}
