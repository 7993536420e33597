//! The forwarding information base: which route an address takes, by longest prefix match.

use std::cmp::Reverse;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ranges::{Ranges, Word};

/// The routes of a router, made ready for finding the one that an address takes.
///
/// The longest prefix that holds the address wins, whatever its metric (RFC 1812, 5.2.4.3). Of several
/// routes to one prefix the lowest metric wins, and of equal metrics the route that was given first.
/// IPv4 and IPv6 addresses never match each other's routes.
///
/// What a route leads to is the owner's business: `T` is a small thing such as an index.
///
/// ```
/// use std::net::{IpAddr, Ipv4Addr};
/// use switchlab_l3::Fib;
///
/// let fib = Fib::new([
///     ("0.0.0.0/0".parse().unwrap(), 0, "uplink"),
///     ("10.0.0.0/8".parse().unwrap(), 20, "backup"),
///     ("10.0.0.0/8".parse().unwrap(), 10, "campus"),
///     ("10.1.0.0/16".parse().unwrap(), 900, "lab"),
/// ]);
/// assert_eq!(fib.lookup(Ipv4Addr::new(10, 1, 2, 3).into()), Some("lab"));
/// assert_eq!(fib.lookup(Ipv4Addr::new(10, 2, 0, 1).into()), Some("campus"));
/// assert_eq!(fib.lookup(Ipv4Addr::new(192, 0, 2, 1).into()), Some("uplink"));
/// assert_eq!(fib.lookup("2001:db8::1".parse::<IpAddr>().unwrap()), None);
/// ```
#[derive(Debug, Clone)]
pub struct Fib<T> {
    v4: Ranges<u32, T>,
    v6: Ranges<u128, T>,
}

/// A route as the interval of addresses that its prefix covers.
struct Covered<A, T> {
    first: A,
    last: A,
    metric: u32,
    to: T,
}

impl<T: Copy + Eq> Fib<T> {
    /// Makes the base of all routes: prefix, metric (lower wins), and what the route leads to.
    ///
    /// Bits of a prefix behind its length do not count. Costs O(n log n) for n routes.
    #[must_use]
    pub fn new(routes: impl IntoIterator<Item = (IpNet, u32, T)>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (prefix, metric, to) in routes {
            match prefix {
                IpNet::V4(prefix) => v4.push(Covered {
                    first: prefix.network().to_bits(),
                    last: prefix.broadcast().to_bits(),
                    metric,
                    to,
                }),
                IpNet::V6(prefix) => v6.push(Covered {
                    first: prefix.network().to_bits(),
                    last: prefix.broadcast().to_bits(),
                    metric,
                    to,
                }),
            }
        }
        Self {
            v4: flatten(v4),
            v6: flatten(v6),
        }
    }

    /// What the route to this address leads to; `None` if no prefix holds the address.
    #[inline]
    #[must_use]
    pub fn lookup(&self, destination: IpAddr) -> Option<T> {
        match destination {
            IpAddr::V4(address) => self.v4.find(address.to_bits()),
            IpAddr::V6(address) => self.v6.find(address.to_bits()),
        }
    }
}

/// Resolves who wins where, once and for all: nested prefixes become ranges side by side.
///
/// Prefixes nest or are disjoint, so one pass in order of their first address suffices, with a stack
/// of the prefixes that are open. Outer ones come before inner ones that begin at the same address.
fn flatten<A: Word, T: Copy + Eq>(mut routes: Vec<Covered<A, T>>) -> Ranges<A, T> {
    routes.sort_by_key(|route| (route.first, Reverse(route.last), route.metric));
    routes.dedup_by_key(|route| (route.first, route.last));

    let mut starts = vec![(A::ZERO, None)];
    let mut begin = |start, to| {
        starts.pop_if(|(before, _)| *before == start);
        if starts.last().is_none_or(|(_, before)| *before != to) {
            starts.push((start, to));
        }
    };
    let mut open: Vec<(A, T)> = Vec::new();
    for route in routes {
        while let Some((last, _)) = open.pop_if(|(last, _)| *last < route.first) {
            resume(&mut begin, last, &open);
        }
        begin(route.first, Some(route.to));
        open.push((route.last, route.to));
    }
    while let Some((last, _)) = open.pop() {
        resume(&mut begin, last, &open);
    }
    Ranges::new(starts)
}

/// Behind the end of a prefix the one around it goes on, or nothing.
fn resume<A: Word, T: Copy>(begin: &mut impl FnMut(A, Option<T>), last: A, open: &[(A, T)]) {
    if let Some(next) = last.successor() {
        begin(next, open.last().map(|(_, to)| *to));
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use ipnet::{Ipv4Net, Ipv6Net};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use switchlab_core::Stream;

    use super::*;

    type Route = (IpNet, u32, usize);

    /// The law in its plainest form: look at every route and keep the best.
    fn best(routes: &[Route], destination: IpAddr) -> Option<usize> {
        let holding = routes.iter().filter(|(to, ..)| to.contains(&destination));
        let best = holding.min_by_key(|(to, metric, _)| (Reverse(to.prefix_len()), *metric));
        best.map(|(.., index)| *index)
    }

    /// The first and last address of every prefix, and the neighbours of both: where mistakes show.
    fn edges(routes: &[Route]) -> Vec<IpAddr> {
        let mut edges = Vec::new();
        for (prefix, ..) in routes {
            match prefix {
                IpNet::V4(prefix) => {
                    let (first, last) = (prefix.network().to_bits(), prefix.broadcast().to_bits());
                    let around = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
                    edges.extend(around.map(|bits| IpAddr::from(Ipv4Addr::from_bits(bits))));
                }
                IpNet::V6(prefix) => {
                    let (first, last) = (prefix.network().to_bits(), prefix.broadcast().to_bits());
                    let around = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
                    edges.extend(around.map(|bits| IpAddr::from(Ipv6Addr::from_bits(bits))));
                }
            }
        }
        edges
    }

    fn v4(bits: u32, length: u8) -> IpNet {
        let net = Ipv4Net::new(Ipv4Addr::from_bits(bits), length);
        net.expect("at most 32").into()
    }

    fn v6(bits: u128, length: u8) -> IpNet {
        let net = Ipv6Net::new(Ipv6Addr::from_bits(bits), length);
        net.expect("at most 128").into()
    }

    /// Addresses differ from a common one in few places, so that prefixes nest, touch and repeat.
    fn any_prefix() -> impl Strategy<Value = IpNet> {
        let near_v4 = (0_u32..8, 0_u32..32, 0..=32_u8)
            .prop_map(|(low, at, length)| v4(0x0a00_ffff ^ low.rotate_left(at), length));
        let near_v6 = (0_u128..8, 0_u32..128, 0..=128_u8)
            .prop_map(|(low, at, length)| v6(0x2001_0db8_ffff << 80 ^ low.rotate_left(at), length));
        let far_v4 = (any::<u32>(), 0..=32_u8).prop_map(|(bits, length)| v4(bits, length));
        let far_v6 = (any::<u128>(), 0..=128_u8).prop_map(|(bits, length)| v6(bits, length));
        prop_oneof![4 => near_v4, 3 => near_v6, 1 => far_v4, 1 => far_v6]
    }

    /// Routes with few metrics and few destinations, so that both are often equal.
    fn any_routes() -> impl Strategy<Value = Vec<Route>> {
        vec((any_prefix(), 0..3_u32, 0..6_usize), 0..60)
    }

    proptest! {
        /// The base answers as a walk through all routes would.
        #[test]
        fn the_base_answers_as_the_list_of_its_routes(
            routes in any_routes(),
            elsewhere in vec(any::<IpAddr>(), 0..20),
        ) {
            let fib = Fib::new(routes.iter().copied());
            for destination in edges(&routes).into_iter().chain(elsewhere) {
                prop_assert_eq!(
                    fib.lookup(destination),
                    best(&routes, destination),
                    "to {} by {:?}", destination, routes
                );
            }
        }

        /// Only metrics and lengths rank routes; the order of declaration ranks equals alone.
        #[test]
        fn the_order_of_different_routes_does_not_show(
            (routes, shuffled) in any_routes().prop_flat_map(|mut routes| {
                routes.sort_by_key(|(prefix, metric, _)| (prefix.trunc(), *metric));
                routes.dedup_by_key(|(prefix, metric, _)| (prefix.trunc(), *metric));
                (Just(routes.clone()), Just(routes).prop_shuffle())
            }),
        ) {
            let (fib, other) = (Fib::new(routes.iter().copied()), Fib::new(shuffled));
            for destination in edges(&routes) {
                prop_assert_eq!(fib.lookup(destination), other.lookup(destination));
            }
        }
    }

    #[test]
    fn a_table_as_large_as_a_provider_has_answers_right() {
        let mut draws = Stream::of(7, "routes");
        let mut route = |index| {
            // Most prefixes of the Internet are 16 to 24 bits long.
            let length = if draws.chance(0.9) {
                16 + draws.below(9)
            } else {
                draws.below(33)
            };
            (
                v4(draws.next_u64() as u32, length as u8),
                draws.below(2) as u32,
                index,
            )
        };
        let routes: Vec<Route> = (0..100_000).map(&mut route).collect();
        let fib = Fib::new(routes.iter().copied());
        for destination in edges(&routes).into_iter().step_by(2_003) {
            assert_eq!(
                fib.lookup(destination),
                best(&routes, destination),
                "to {destination}"
            );
        }
    }

    #[test]
    fn prefixes_that_touch_the_ends_of_the_address_space_are_routes_like_others() {
        let route = |prefix: &str, to| (prefix.parse().expect("a prefix"), 0, to);
        let fib = Fib::new([
            route("0.0.0.0/32", 1),
            route("255.255.255.255/32", 2),
            route("128.0.0.0/1", 3),
            route("::/0", 4),
            route("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 5),
            route("192.168.7.9/16", 6),
        ]);
        #[rustfmt::skip]
        let rows = [
            ("0.0.0.0",         Some(1), "the first address of all has a route of its own"),
            ("0.0.0.1",         None,    "and the next one has none: there is no default route"),
            ("127.255.255.255", None,    "just below the upper half"),
            ("128.0.0.0",       Some(3), "the upper half begins"),
            ("255.255.255.254", Some(3), "and reaches to the last but one"),
            ("255.255.255.255", Some(2), "behind which nothing resumes"),
            ("192.168.200.1",   Some(6), "bits behind the prefix length do not count"),
            ("192.169.0.0",     Some(3), "behind an inner prefix the outer one goes on"),
            ("::",              Some(4), "the IPv6 default route"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some(5), "the last IPv6 address"),
            ("::ffff:0.0.0.0",  Some(4), "a mapped address is an IPv6 address"),
        ];
        for (destination, expected, because) in rows {
            let destination: IpAddr = destination.parse().expect("an address");
            assert_eq!(
                fib.lookup(destination),
                expected,
                "to {destination}: {because}"
            );
        }
        let empty = Fib::<u8>::new([]);
        assert_eq!(
            empty.lookup(Ipv4Addr::LOCALHOST.into()),
            None,
            "no routes, no way"
        );
    }
}
