//! The schedulers of IPVS, by their names.

use std::fmt;

/// A scheduler of the Linux Virtual Server (`net/netfilter/ipvs`). Weight 0 is quiescence: what is under way or bound
/// goes on, and nothing new comes.
///
/// *Overhead* is 256 times the active connections, plus the inactive ones; a connection is active from its SYN on
/// until it is closed from either end, a UDP flow never. Of equals the first in the order of registration is taken.
///
/// Left out: `lblc`, `lblcr` and `dh`, which are for caches and look at the destination, of which a service has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ipvs {
    /// Each in turn.
    Rr,
    /// Each in turn as its weight says: [`ClassicWeights`](crate::ClassicWeights).
    Wrr,
    /// The least overhead.
    Lc,
    /// The least overhead for its weight.
    Wlc,
    /// The shortest delay to be expected: the fewest active connections for its weight, the one to come counted.
    Sed,
    /// An idle server, one without active connections; where there is none as [`Sed`](Self::Sed).
    Nq,
    /// The source's: [`Buckets`](crate::Buckets).
    Sh,
    /// The source's, in a [`Maglev`](crate::Maglev) table of 4093 slots by default, weights being turns in a row.
    Mh,
    /// Of two drawn by weight, the same one twice perhaps, the one with less overhead for its weight.
    Twos,
    /// The greatest weight, as long as that server is there.
    Fo,
    /// The greatest weight of those that do not have more active connections than that.
    Ovf,
}

impl Ipvs {
    /// All of them, in the order of this page.
    pub const ALL: [Self; 11] = [
        Self::Rr,
        Self::Wrr,
        Self::Lc,
        Self::Wlc,
        Self::Sed,
        Self::Nq,
        Self::Sh,
        Self::Mh,
        Self::Twos,
        Self::Fo,
        Self::Ovf,
    ];

    /// The scheduler's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rr => "rr",
            Self::Wrr => "wrr",
            Self::Lc => "lc",
            Self::Wlc => "wlc",
            Self::Sed => "sed",
            Self::Nq => "nq",
            Self::Sh => "sh",
            Self::Mh => "mh",
            Self::Twos => "twos",
            Self::Fo => "fo",
            Self::Ovf => "ovf",
        }
    }
}

impl fmt::Display for Ipvs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a target has under way, as layer 4 counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Connections that carry data, or are being opened.
    pub active: u64,
    /// Connections that are being closed or are over, and UDP flows.
    pub inactive: u64,
}

impl Load {
    /// What this is to IPVS.
    #[must_use]
    pub const fn overhead(self) -> u64 {
        256 * self.active + self.inactive
    }
}

/// One of `servers`, triples of place, load and weight, by a scheduler that looks at nothing else.
pub(crate) fn by_load(
    scheduler: Ipvs,
    servers: impl Iterator<Item = (usize, Load, u32)> + Clone,
) -> Option<usize> {
    use super::least::least;

    let servers = servers.filter(|(.., weight)| *weight > 0);
    let sed = || {
        let servers = servers.clone();
        least(servers.map(|(place, load, weight)| (place, load.active + 1, weight)))
    };
    let heaviest = |may: fn(Load, u32) -> bool| {
        let servers = servers
            .clone()
            .filter(|(_, load, weight)| may(*load, *weight));
        // Of equals the first: the greatest of the reverse.
        let greatest = servers.min_by_key(|(.., weight)| std::cmp::Reverse(*weight));
        greatest.map(|(place, ..)| place)
    };
    match scheduler {
        Ipvs::Lc => least(servers.map(|(place, load, _)| (place, load.overhead(), 1))),
        Ipvs::Wlc => least(servers.map(|(place, load, weight)| (place, load.overhead(), weight))),
        Ipvs::Nq => {
            let mut servers = servers.clone();
            let idle = servers.find(|(_, load, _)| load.active == 0);
            idle.map(|(place, ..)| place).or_else(sed)
        }
        Ipvs::Fo => heaviest(|_, _| true),
        Ipvs::Ovf => heaviest(|load, weight| load.active <= u64::from(weight)),
        _ => sed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn load(active: u64, inactive: u64) -> Load {
        Load { active, inactive }
    }

    /// Flows that stay, one after another.
    fn sequence(scheduler: Ipvs, weights: &[u32], count: usize) -> String {
        let mut loads = vec![Load::default(); weights.len()];
        let mut seen = String::new();
        for _ in 0..count {
            let servers = (0..weights.len()).map(|place| (place, loads[place], weights[place]));
            let Some(place) = by_load(scheduler, servers) else {
                seen.push('-');
                continue;
            };
            loads[place].active += 1;
            seen.push((b'A' + place as u8) as char);
        }
        seen
    }

    #[test]
    fn golden_sequences_of_flows_that_stay() {
        #[rustfmt::skip]
        let rows: [(Ipvs, &[u32], &str, &str); 12] = [
            (Ipvs::Lc,  &[4, 3, 2], "ABCABCABC",   "weights do not count"),
            (Ipvs::Wlc, &[4, 3, 2], "ABCABACBA",   "load over weight, the first of equals"),
            (Ipvs::Sed, &[4, 3, 2], "ABACBAABC",   "the flow to come is counted"),
            (Ipvs::Nq,  &[4, 3, 2], "ABCABAABC",   "idle ones first, then as sed"),
            (Ipvs::Sed, &[1, 3],    "BBABBBA",     "the first two go to the fast one: 1/3 and 2/3 are less than 1/1"),
            (Ipvs::Nq,  &[1, 3],    "ABBBBBA",     "the slow one is idle, and first"),
            (Ipvs::Nq,  &[3, 1],    "ABAA",        "the second goes to the idle slow one"),
            (Ipvs::Fo,  &[1, 3, 3], "BBBB",        "the heaviest, the first of equals"),
            (Ipvs::Ovf, &[1, 2],    "BBBAA----",   "up to one more than its weight, then the next, then nobody"),
            (Ipvs::Lc,  &[0, 1],    "BB",          "weight 0 is quiescent"),
            (Ipvs::Nq,  &[0, 1],    "BB",          "an idle server of weight 0 too"),
            (Ipvs::Wlc, &[0, 0],    "--",          "nobody has a weight"),
        ];
        for (scheduler, weights, expected, because) in rows {
            let seen = sequence(scheduler, weights, expected.len());
            assert_eq!(seen, expected, "{scheduler} {weights:?}: {because}");
        }
    }

    #[test]
    fn closed_connections_count_little() {
        #[rustfmt::skip]
        let rows = [
            (Ipvs::Lc,  [load(1, 0), load(0, 255)], 1, "256 closed ones are as much as one that is open"),
            (Ipvs::Lc,  [load(1, 0), load(0, 257)], 0, "and more are more"),
            (Ipvs::Sed, [load(1, 0), load(0, 999)], 1, "sed does not count them"),
            (Ipvs::Nq,  [load(1, 0), load(0, 999)], 1, "who has nothing active is idle"),
        ];
        for (scheduler, loads, expected, because) in rows {
            let servers = loads.into_iter().enumerate();
            let chosen = by_load(scheduler, servers.map(|(place, load)| (place, load, 1)));
            assert_eq!(chosen, Some(expected), "{scheduler}: {because}");
        }
    }
}
