//! Ketama: a ring of points, and the nearest one clockwise.

use md5::{Digest, Md5};

/// How many times a server is hashed for its part of the ring; each time gives four points.
const HASHES: u64 = 40;

/// A ring on which every server has about 160 points; a key belongs to the first point at or behind its
/// own.
///
/// Karger and others, "Consistent Hashing and Random Trees", 1997, in the form of libketama
/// (last.fm, 2007): the MD5 of `NAME-0` to `NAME-39` gives four points of 32 bits each, low octet first;
/// a key's point is the first of its MD5. A server of weight w among n servers whose weights sum to s is
/// hashed ⌊40·n·w/s⌋ times, and once at least: libketama's server with a small weight beside large ones has no
/// point at all. When a server leaves, its own keys move and no other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ring {
    /// Points in ascending order, each with the index of its server.
    points: Vec<(u32, u32)>,
    /// By server: whether a point is its own.
    is_met: Vec<bool>,
}

impl Ring {
    /// The ring of these servers, each a name and a weight. A point that two share is the later one's.
    #[must_use]
    pub fn new<'a>(servers: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let servers: Vec<_> = servers.into_iter().collect();
        let sum: u64 = servers.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut points = Vec::new();
        for (index, (name, weight)) in (0..).zip(&servers) {
            let hashes = HASHES * servers.len() as u64 * u64::from(*weight);
            let least = u64::from(*weight > 0);
            for hash in 0..hashes.checked_div(sum).unwrap_or(0).max(least) {
                let digest = Md5::digest(format!("{name}-{hash}"));
                points.extend(four_points(&digest).map(|point| (point, index)));
            }
        }
        // Of equal points the last survives, as in a map that is written in order.
        points.reverse();
        points.sort_by_key(|(point, _)| *point);
        points.dedup_by_key(|(point, _)| *point);
        let mut is_met = vec![false; servers.len()];
        for (_, index) in &points {
            is_met[*index as usize] = true;
        }
        Self { points, is_met }
    }

    /// The index of the server that a key belongs to; `None` if nobody has a point.
    #[must_use]
    pub fn pick(&self, key: &[u8]) -> Option<usize> {
        self.walk(key).next()
    }

    /// Whether a server has a point, so that some key leads there.
    #[must_use]
    pub fn meets(&self, server: usize) -> bool {
        self.is_met[server]
    }

    /// The servers in the order in which they are met clockwise from a key on; each once.
    pub fn walk(&self, key: &[u8]) -> impl Iterator<Item = usize> {
        let at = self.points.partition_point({
            let point = key_point(key);
            move |(other, _)| *other < point
        });
        let (before, behind) = self.points.split_at(at);
        let mut met = vec![false; self.is_met.len()];
        let clockwise = behind.iter().chain(before);
        clockwise
            .map(|(_, index)| *index as usize)
            .filter(move |index| !std::mem::replace(&mut met[*index], true))
    }
}

fn key_point(key: &[u8]) -> u32 {
    let [point, ..] = four_points(&Md5::digest(key));
    point
}

fn four_points(digest: &[u8]) -> [u32; 4] {
    let (words, _) = digest.as_chunks::<4>();
    std::array::from_fn(|place| u32::from_le_bytes(words[place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(names: impl Iterator<Item = String>) -> (Ring, Vec<String>) {
        let names: Vec<_> = names.collect();
        let ring = Ring::new(names.iter().map(|name| (&**name, 1)));
        (ring, names)
    }

    /// Facts from the test `KetamaNodeLocatorTest` of spymemcached, where they were checked against libketama.
    #[test]
    fn keys_are_where_libketama_has_them() {
        let numbered = |count| ring((0..count).map(|node| format!("127.0.0.1:{}", 10_000 + node)));
        #[rustfmt::skip]
        let rows = [
            (4, "dustin",         0, "a lookup"),
            (4, "noelani",        2, "a lookup"),
            (4, "some other key", 0, "a lookup, which the fifth server takes over"),
            (5, "dustin",         0, "the fifth server changes nothing here"),
            (5, "noelani",        2, "nor here"),
            (5, "some other key", 4, "but here"),
            (4, "V5XS8C8N",       3, "behind the last point the first one follows"),
            (4, "8KR2DKR2",       3, "the same"),
            (4, "L9KH6X4X",       3, "the same"),
            (5, "36",             2, "a lookup of libketama"),
            (5, "10037",          3, "a lookup of libketama"),
            (5, "22051",          1, "a lookup of libketama"),
            (5, "49044",          4, "a lookup of libketama"),
        ];
        for (servers, key, expected, because) in rows {
            let (ring, _) = numbered(servers);
            assert_eq!(
                ring.pick(key.as_bytes()),
                Some(expected),
                "{key}: {because}"
            );
        }
        let (ring, _) = numbered(4);
        let last = ring.points.last().map(|(point, _)| *point);
        assert_eq!(last, Some(4_294_887_009), "the last point");
    }

    /// More of the same, from the same test: every 233rd number, and which of eight servers has it.
    #[test]
    fn eight_servers_share_numbers_as_in_libketama() {
        let (ring, _) = ring((1..=8).map(|node| format!("10.0.1.{node}:11211")));
        #[rustfmt::skip]
        let expected = [1, 7, 3, 1, 6, 2, 1, 6, 5, 3, 7, 3, 6, 1, 2, 3, 8, 4, 4, 3, 4, 7, 4, 2, 2, 3, 2, 7, 5, 5, 1, 5, 4, 2, 5, 5, 1, 2, 2, 1,
                        6, 3, 2, 5, 1, 5, 5, 2, 5, 3, 8, 2, 2, 7, 5, 3, 8, 6, 3, 6, 6, 8, 2, 3, 7, 1, 4, 1, 3, 3, 5, 5, 4, 1, 4, 7, 6, 2];
        for (key, server) in (0..).step_by(233).zip(expected) {
            let picked = ring.pick(format!("{key}").as_bytes());
            assert_eq!(picked, Some(server - 1), "key {key}");
        }
    }

    #[test]
    fn points_follow_weights() {
        #[rustfmt::skip]
        let rows: [(&[u32], &[usize], &str); 5] = [
            (&[1, 1],    &[160, 160], "160 each"),
            (&[1, 3],    &[80, 240],  "a quarter and three of 80 hashes"),
            (&[1, 1, 1], &[160; 3],   "160 each"),
            (&[0, 5],    &[0, 320],   "weight 0 has no part"),
            (&[1, 100],  &[4, 316],   "none of 80 hashes would be due, but one is the least"),
        ];
        for (weights, expected, because) in rows {
            let names: Vec<_> = (0..weights.len())
                .map(|place| format!("s{place}"))
                .collect();
            let servers = names
                .iter()
                .map(String::as_str)
                .zip(weights.iter().copied());
            let ring = Ring::new(servers);
            let of = |server| {
                ring.points
                    .iter()
                    .filter(|(_, index)| *index as usize == server)
                    .count()
            };
            let seen: Vec<_> = (0..weights.len()).map(of).collect();
            assert_eq!(seen, expected, "{because}");
            let is_met: Vec<_> = (0..weights.len())
                .map(|server| ring.meets(server))
                .collect();
            let has_weight: Vec<_> = weights.iter().map(|weight| *weight > 0).collect();
            assert_eq!(is_met, has_weight, "{because}");
        }
        assert_eq!(
            Ring::new([("a", 0)]).pick(b"key"),
            None,
            "nobody has a weight"
        );
        assert_eq!(Ring::new([]).pick(b"key"), None, "nobody is there");
    }
}
