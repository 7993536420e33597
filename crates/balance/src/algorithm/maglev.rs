//! Maglev: a table whose slots the servers fill in turn, each in an order of its own.

use std::ops::RangeInclusive;

use twox_hash::XxHash64;

use super::classic_weights::common_divisor;

/// The size of the table, a prime: with it and 1000 servers shares differ by less than 2 %.
pub const MAGLEV_SLOTS: u32 = 65_537;

/// A table of slots, filled so that every server has its share to within one slot and few keys move when
/// one leaves.
///
/// Eisenbud and others, "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, §3.4.
/// The order of a server is `(offset + j·skip) mod M`; as in Envoy, `offset = xxHash64(name, 0) mod M` and
/// `skip = xxHash64(name, 1) mod (M − 1) + 1`. Weights are Envoy's: in round n a server is passed over while
/// n·weight is less than its goal, which grows by the largest weight whenever it is served.
///
/// A key's slot is the high half of `hash · M`, which is as even as `hash mod M` and needs no division.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Maglev {
    /// By slot: the index of its server.
    slots: Vec<u32>,
}

impl Maglev {
    /// How many slots there may be: from the least of Envoy, 2, to its most, 5 000 011.
    pub const SIZES: RangeInclusive<u32> = 2..=5_000_011;

    /// The table of these servers, each a name and a weight, with this many slots; the number is a prime.
    ///
    /// The order of the servers matters where two want one slot at a time: sort them by a name that
    /// stays.
    ///
    /// # Panics
    /// If `slots` is no prime.
    #[must_use]
    pub fn new<'a>(servers: impl IntoIterator<Item = (&'a str, u32)>, slots: u32) -> Self {
        Self::fill(orders(servers, slots), slots)
    }

    /// The same with the weights of IPVS (`mh`): a server takes as many slots in a row as its weight says, over the
    /// greatest common divisor of all.
    ///
    /// # Panics
    /// If `slots` is no prime.
    #[must_use]
    pub fn in_rows<'a>(servers: impl IntoIterator<Item = (&'a str, u32)>, slots: u32) -> Self {
        let mut orders = orders(servers, slots);
        let weights = orders.iter().map(|order| order.weight as u32);
        let divisor = u64::from(weights.fold(0, common_divisor));
        if divisor == 0 {
            return Self::default();
        }
        let mut table = vec![FREE; slots as usize];
        let mut filled = 0;
        loop {
            for (index, order) in (0..).zip(&mut orders) {
                for _ in 0..order.weight / divisor {
                    order.take(&mut table, index);
                    filled += 1;
                    if filled == slots {
                        return Self { slots: table };
                    }
                }
            }
        }
    }

    fn fill(mut orders: Vec<Order>, size: u32) -> Self {
        let heaviest = orders.iter().map(|order| order.weight).max().unwrap_or(0);
        if heaviest == 0 {
            return Self::default();
        }
        let mut slots = vec![FREE; size as usize];
        let (mut filled, mut round) = (0, 0);
        loop {
            round += 1;
            for (index, order) in (0..).zip(&mut orders) {
                if order.weight == 0 || round * order.weight < order.goal {
                    continue;
                }
                order.goal += heaviest;
                order.take(&mut slots, index);
                filled += 1;
                if filled == size {
                    return Self { slots };
                }
            }
        }
    }

    /// The index of the server that a key of this hash belongs to; `None` if nobody has a weight.
    #[must_use]
    pub fn pick(&self, hash: u64) -> Option<usize> {
        let slot = (u128::from(hash) * self.slots.len() as u128) >> 64;
        self.slots.get(slot as usize).map(|index| *index as usize)
    }

    /// By slot: the index of its server.
    #[must_use]
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }
}

/// The order in which a server wants slots.
struct Order {
    next: u64,
    skip: u64,
    weight: u64,
    /// What the round times the weight must reach before it is served again.
    goal: u64,
}

/// A slot that nobody has taken yet.
const FREE: u32 = u32::MAX;

/// The orders of these servers.
fn orders<'a>(servers: impl IntoIterator<Item = (&'a str, u32)>, slots: u32) -> Vec<Order> {
    assert!(is_prime(slots), "the number of slots is a prime");
    let size = u64::from(slots);
    let order = |(name, weight): (&str, u32)| Order {
        next: XxHash64::oneshot(0, name.as_bytes()) % size,
        skip: XxHash64::oneshot(1, name.as_bytes()) % (size - 1) + 1,
        weight: u64::from(weight),
        goal: 0,
    };
    servers.into_iter().map(order).collect()
}

impl Order {
    /// Takes the next slot that is free.
    fn take(&mut self, slots: &mut [u32], index: u32) {
        let size = slots.len() as u32;
        let mut slot = self.step(size);
        while slots[slot] != FREE {
            slot = self.step(size);
        }
        slots[slot] = index;
    }

    fn step(&mut self, size: u32) -> usize {
        let slot = self.next;
        self.next = (self.next + self.skip) % u64::from(size);
        slot as usize
    }
}

/// Whether a number is a prime: what keeps every order from missing a slot.
pub(crate) fn is_prime(number: u32) -> bool {
    let has_divisor = (2..)
        .take_while(|it| it * it <= u64::from(number))
        .any(|it| u64::from(number) % it == 0);
    number > 1 && !has_divisor
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the paper, table 1: three servers given by offset and skip.
    #[test]
    fn the_example_of_the_paper() {
        let order = |(next, skip)| Order {
            next,
            skip,
            weight: 1,
            goal: 0,
        };
        let all = [(3, 4), (0, 2), (3, 1)];
        let table = |orders: &[(u64, u64)]| {
            Maglev::fill(orders.iter().copied().map(order).collect(), 7).slots
        };
        assert_eq!(table(&all), [1, 0, 1, 0, 2, 2, 0], "all three");
        assert_eq!(
            table(&[all[0], all[2]]),
            [0, 0, 0, 0, 1, 1, 1],
            "the second has left; only slot 6 moved without need"
        );
    }

    /// Facts from Envoy's `test/common/upstream/maglev_lb_test.cc`.
    #[test]
    fn tables_are_envoys() {
        let ports = |from: &str, to: u16| -> Vec<String> {
            (90..=to).map(|port| format!("{from}{port}")).collect()
        };
        type Row = (
            Vec<String>,
            u32,
            &'static [u32],
            &'static [u32],
            &'static str,
        );
        #[rustfmt::skip]
        let rows: [Row; 3] = [
            (ports("127.0.0.1:", 95), 7,  &[1; 6], &[2, 4, 0, 1, 5, 0, 3], "six addresses"),
            (ports("", 95),           7,  &[1; 6], &[2, 5, 0, 3, 4, 1, 0], "six names"),
            (ports("127.0.0.1:", 91), 17, &[1, 2], &[1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1], "weights 1 and 2"),
        ];
        for (names, slots, weights, expected, because) in rows {
            let servers = names
                .iter()
                .map(String::as_str)
                .zip(weights.iter().copied());
            assert_eq!(Maglev::new(servers, slots).slots(), expected, "{because}");
        }
    }

    #[test]
    fn a_hundred_servers_differ_by_one_slot_and_few_keys_move() {
        let names: Vec<_> = (0..100).map(|place| format!("10.0.0.{place}:80")).collect();
        let table = |gone: Option<usize>| {
            let servers = names
                .iter()
                .enumerate()
                .map(|(at, name)| (&**name, u32::from(Some(at) != gone)));
            Maglev::new(servers, MAGLEV_SLOTS)
        };
        let whole = table(None);
        let mut shares = [0_u32; 100];
        for server in whole.slots() {
            shares[*server as usize] += 1;
        }
        assert!(
            shares.iter().all(|share| [655, 656].contains(share)),
            "{shares:?}"
        );
        for gone in [0, 42, 99] {
            let without = table(Some(gone));
            let mut pairs = whole.slots().iter().zip(without.slots());
            let needless = pairs
                .by_ref()
                .filter(|(before, after)| before != after && **before as usize != gone)
                .count();
            assert!(
                needless < 655,
                "less than 1 % of the keys move without need, not {needless} slots"
            );
            assert!(needless > 0, "small, but not the least possible");
        }
    }

    proptest! {
        /// Every slot has an owner, nobody without a weight has one, and shares follow weights.
        #[test]
        fn shares_follow_weights(weights in prop::collection::vec(0..6_u32, 1..8)) {
            let names: Vec<_> = (0..weights.len()).map(|place| format!("s{place}")).collect();
            let table = Maglev::new(names.iter().map(String::as_str).zip(weights.iter().copied()), 1021);
            let sum: u32 = weights.iter().sum();
            if sum == 0 {
                prop_assert_eq!(table.pick(7), None);
                return Ok(());
            }
            for (server, weight) in (0..).zip(&weights) {
                let share = table.slots().iter().filter(|slot| **slot == server).count() as f64;
                let due = 1021.0 * f64::from(*weight) / f64::from(sum);
                prop_assert!((share - due).abs() <= 2.0 + f64::from(*weight), "{share} of {due}");
            }
            for hash in [0, 1, u64::MAX / 2, u64::MAX] {
                let server = table.pick(hash).expect("somebody has a weight");
                prop_assert!(weights[server] > 0);
            }
        }
    }
}
