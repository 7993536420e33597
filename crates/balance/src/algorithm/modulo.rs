//! The plain hash: the remainder of a division says whose key it is.

/// The place that a key of this hash belongs to: the hash, divided by the sum of weights, leaves a number
/// that counts through the places, each as often as its weight; `None` if nobody has a weight.
///
/// HAProxy's `hash-type map-based`, nginx's `ip_hash` and `hash` without `consistent`. As even as can be,
/// but when one of n servers leaves, about (n − 1)/n of all keys move. `servers` are pairs of place and weight.
pub fn modulo(hash: u64, servers: impl Iterator<Item = (usize, u32)> + Clone) -> Option<usize> {
    let sum: u64 = servers.clone().map(|(_, weight)| u64::from(weight)).sum();
    let mut rest = hash.checked_rem(sum)?;
    for (place, weight) in servers {
        match rest.checked_sub(u64::from(weight)) {
            Some(less) => rest = less,
            None => return Some(place),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_count_through_weights() {
        let servers = [(0, 2), (1, 0), (2, 1), (5, 1)];
        let seen: Vec<_> = (0..8)
            .map(|hash| modulo(hash, servers.into_iter()).unwrap())
            .collect();
        assert_eq!(seen, [0, 0, 2, 5, 0, 0, 2, 5]);
        assert_eq!(modulo(7, [(0, 0)].into_iter()), None, "nobody has a weight");
    }
}
