//! A fixed number of buckets, dealt out to the servers in turn.

/// How many buckets there are, as with Linux by default: 2^8.
const BUCKETS: usize = 256;

/// Buckets that servers hold in rows as long as their weights, the source hash of IPVS (`sh`).
///
/// Linux `net/netfilter/ipvs/ip_vs_sh.c`: the bucket of a source is the upper 8 bits of its address times the golden
/// ratio (Knuth, *The Art of Computer Programming* vol. 3, §6.4). IPv6 addresses are folded to 32 bits. When a
/// server leaves, the buckets are dealt anew, and most sources move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// By bucket: the index of its server.
    owners: Vec<u32>,
}

impl Buckets {
    /// The buckets of servers with these weights, in this order.
    #[must_use]
    pub fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let weighted = (0..).zip(weights).filter(|(_, weight)| *weight > 0);
        let rows: Vec<(u32, u32)> = weighted.collect();
        let row = |(index, weight): &(u32, u32)| {
            let length = (*weight as usize).min(BUCKETS);
            std::iter::repeat_n(*index, length)
        };
        Self {
            owners: rows.iter().flat_map(row).cycle().take(BUCKETS).collect(),
        }
    }

    /// The index of the server that a key belongs to: an address, with a port behind it or without; `None` if
    /// nobody has a weight.
    #[must_use]
    pub fn pick(&self, key: &[u8]) -> Option<usize> {
        const GOLDEN_RATIO: u32 = 0x61c8_8647;
        let (words, port) = key.as_chunks::<4>();
        let folded = words
            .iter()
            .fold(0, |folded, word| folded ^ u32::from_be_bytes(*word));
        let port = port
            .iter()
            .fold(0_u32, |port, octet| port << 8 | u32::from(*octet));
        let bucket = folded.wrapping_add(port).wrapping_mul(GOLDEN_RATIO) >> 24;
        let owner = self.owners.get(bucket as usize)?;
        Some(*owner as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_dealt_in_rows() {
        let buckets = Buckets::new([1, 0, 3]);
        assert_eq!(buckets.owners[..6], [0, 2, 2, 2, 0, 2]);
        assert_eq!(buckets.owners.len(), BUCKETS);
        // 10.0.0.1 · 0x61c88647 is 0x3cc88647·… mod 2^32; its upper octet counts.
        let bucket = (0x0a00_0001_u32.wrapping_mul(0x61c8_8647) >> 24) as usize;
        assert_eq!(
            buckets.pick(&[10, 0, 0, 1]),
            Some(buckets.owners[bucket] as usize)
        );
        assert_eq!(
            Buckets::new([0, 0]).pick(&[10, 0, 0, 1]),
            None,
            "nobody has a weight"
        );
    }

    #[test]
    fn neighbours_are_spread() {
        let buckets = Buckets::new([1, 1, 1, 1]);
        let mut shares = [0_u32; 4];
        for host in 0..=255 {
            shares[buckets.pick(&[192, 0, 2, host]).unwrap()] += 1;
        }
        assert!(
            shares.iter().all(|share| share.abs_diff(64) <= 16),
            "{shares:?}"
        );
    }
}
