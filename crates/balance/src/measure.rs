//! What algorithms are worth, in numbers: how evenly they share, and what moves when a target leaves.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use switchlab_core::Instant;
use switchlab_wire::{FlowKey, IpProtocol};

use crate::hash::mix;
use crate::{Algorithm, GroupConfig, HashKey, KeyOctets, TargetGroup};

/// How one algorithm shares keys among equal targets.
///
/// Every key is a request of a client of its own, for a URI of its own. It is under way while the next
/// requests come, by chance for up to eight times as many as there are targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// What it hashes; `None` if nothing.
    pub hash_key: Option<HashKey>,
    /// The largest share, over the mean.
    pub busiest: f64,
    /// The smallest share, over the mean.
    pub idlest: f64,
    /// The standard deviation of all shares, over the mean.
    pub deviation: f64,
    /// The part of all keys that move when one target leaves; `None` where keys belong to nobody.
    pub moved: Option<f64>,
    /// The part of all keys that move though their target stays.
    pub moved_needlessly: Option<f64>,
}

/// The measures of all algorithms with so many targets and keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// How many targets.
    pub targets: u16,
    /// How many keys.
    pub keys: u32,
    /// In the order of [`Algorithm::ALL`].
    pub rows: Vec<Measured>,
}

impl Comparison {
    /// Measures all algorithms, always with the same result.
    ///
    /// # Panics
    /// If there are fewer than two targets, or no keys.
    #[must_use]
    pub fn of(targets: u16, keys: u32) -> Self {
        assert!(
            targets >= 2 && keys >= 1,
            "one may leave, and there is something to share"
        );
        let rows = Algorithm::ALL.map(|algorithm| measure(algorithm, targets, keys));
        Self {
            targets,
            keys,
            rows: rows.into(),
        }
    }
}

fn measure(algorithm: Algorithm, targets: u16, keys: u32) -> Measured {
    let all = assign(algorithm, targets, None, keys);
    let mean = f64::from(keys) / f64::from(targets);
    let mut shares = vec![0_u32; usize::from(targets)];
    for target in &all {
        shares[usize::from(*target)] += 1;
    }
    let relative = |share: &u32| f64::from(*share) / mean;
    let squares = shares.iter().map(|share| (relative(share) - 1.0).powi(2));
    let variance = squares.sum::<f64>() / f64::from(targets);
    let most = shares.iter().max().map_or(0.0, relative);
    let least = shares.iter().min().map_or(0.0, relative);
    let hash_key = algorithm.default_key();
    let moves = hash_key.is_some().then(|| {
        let gone = targets / 2;
        let rest = assign(algorithm, targets, Some(gone), keys);
        let moved = || {
            all.iter()
                .zip(&rest)
                .filter(|(before, after)| before != after)
        };
        let needless = moved().filter(|(before, _)| **before != gone).count();
        let part = |count: usize| count as f64 / f64::from(keys);
        (part(moved().count()), part(needless))
    });
    Measured {
        algorithm,
        hash_key,
        busiest: most,
        idlest: least,
        deviation: variance.sqrt(),
        moved: moves.map(|(moved, _)| moved),
        moved_needlessly: moves.map(|(_, needless)| needless),
    }
}

/// The target of every key, by number, while `gone` is away.
fn assign(algorithm: Algorithm, targets: u16, gone: Option<u16>, keys: u32) -> Vec<u16> {
    let present: Vec<_> = (0..targets)
        .filter(|target| Some(*target) != gone)
        .collect();
    let address = |target: &u16| {
        let [high, low] = target.to_be_bytes();
        SocketAddr::from(([10, 1, high, low], 80))
    };
    let mut config = GroupConfig::new("measured", present.iter().map(address));
    config.algorithm = algorithm;
    config.health_check = None;
    let mut group =
        TargetGroup::new(Instant::ZERO, config).expect("plain settings, and no target twice");
    // By the number of the request before which it ends, and round again: who has it under way.
    let longest = 8 * usize::from(targets);
    let mut ends = vec![Vec::new(); longest + 1];
    let choose = |number: u32| {
        let now = number as usize % ends.len();
        for target in std::mem::take(&mut ends[now]) {
            group.finish(target);
        }
        let uri;
        let octets;
        let key = match algorithm.default_key() {
            None => None,
            Some(HashKey::Uri) => {
                uri = format!("/item/{number}");
                Some(uri.as_bytes())
            }
            Some(HashKey::Source) => {
                octets = KeyOctets::source(flow(number).source);
                Some(&*octets)
            }
            Some(_) => {
                octets = KeyOctets::flow(&flow(number));
                Some(&*octets)
            }
        };
        let target = group.choose(Instant::ZERO, key);
        let target = target.expect("all are healthy, with equal weights");
        group.begin(target);
        let lasts = mix(u64::from(number)) as usize % longest + 1;
        let end = (now + lasts) % ends.len();
        ends[end].push(target);
        present[target.index()]
    };
    (0..keys).map(choose).collect()
}

/// The flow of a client of its own.
fn flow(number: u32) -> FlowKey {
    FlowKey {
        source: Ipv4Addr::from_bits(0x0a80_0000 | number & 0x7f_ffff).into(),
        destination: Ipv4Addr::new(192, 0, 2, 1).into(),
        protocol: IpProtocol::TCP,
        source_port: 49_152 + (number % 16_384) as u16,
        destination_port: 80,
    }
}

impl fmt::Display for Comparison {
    /// A table in Markdown, which is legible as it stands.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            targets,
            keys,
            rows,
        } = self;
        let percent = |part: f64| format!("{:.2} %", part * 100.0);
        let some = |part: Option<f64>| part.map_or_else(|| "-".to_owned(), percent);
        let title = [
            "algorithm",
            "hashes",
            "busiest",
            "idlest",
            "deviation",
            "moved",
            "needlessly",
        ];
        let mut lines = vec![title.map(str::to_owned)];
        lines.extend(rows.iter().map(|row| {
            let hashes = row.hash_key.as_ref().map(ToString::to_string);
            [
                row.algorithm.to_string(),
                hashes.unwrap_or_else(|| "-".to_owned()),
                percent(row.busiest),
                percent(row.idlest),
                percent(row.deviation),
                some(row.moved),
                some(row.moved_needlessly),
            ]
        }));
        let width = |column: usize| {
            lines
                .iter()
                .map(|line| line[column].len())
                .max()
                .unwrap_or(0)
        };
        let widths: [usize; 7] = std::array::from_fn(width);
        writeln!(
            f,
            "{targets} targets, {keys} keys. Shares are in percent of the mean, moves in percent of all keys: when one\n\
             target leaves, its own keys have to move, {:.2} % on the average; others do so needlessly.\n",
            100.0 / f64::from(*targets)
        )?;
        for (at, line) in lines.iter().enumerate() {
            write!(
                f,
                "| {:w$} | {:v$} |",
                line[0],
                line[1],
                w = widths[0],
                v = widths[1]
            )?;
            for column in 2..7 {
                write!(f, " {:>w$} |", line[column], w = widths[column])?;
            }
            writeln!(f)?;
            if at == 0 {
                write!(
                    f,
                    "|{:-<w$}|{:-<v$}|",
                    "",
                    "",
                    w = widths[0] + 2,
                    v = widths[1] + 2
                )?;
                for width in &widths[2..] {
                    write!(f, "{:-<w$}:|", "", w = width + 1)?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_algorithm_promises() {
        let comparison = Comparison::of(10, 20_000);
        assert_eq!(comparison, Comparison::of(10, 20_000), "always the same");
        let row = |algorithm| {
            let mut rows = comparison.rows.iter();
            rows.find(|row| row.algorithm == algorithm)
                .expect("it was measured")
        };
        for turns in [Algorithm::RoundRobin, Algorithm::Weighted] {
            assert_eq!(row(turns).deviation, 0.0, "{turns}: turns are exact");
            assert_eq!(row(turns).moved, None, "{turns}: keys belong to nobody");
        }
        for minimal in [Algorithm::FiveTuple, Algorithm::Ring, Algorithm::Rendezvous] {
            assert_eq!(
                row(minimal).moved_needlessly,
                Some(0.0),
                "{minimal}: only its own keys move"
            );
        }
        let needless = |algorithm| {
            row(algorithm)
                .moved_needlessly
                .expect("keys belong to targets")
        };
        assert!(
            (0.001..0.02).contains(&needless(Algorithm::Maglev)),
            "small, but not minimal"
        );
        assert!(
            needless(Algorithm::SourceHash) > 0.75,
            "a remainder moves nearly all"
        );
        assert!(
            row(Algorithm::BoundedLoad).busiest < row(Algorithm::Ring).busiest,
            "the bound caps the peaks"
        );
        assert!(
            row(Algorithm::RandomOfTwo).deviation < row(Algorithm::WeightedRandom).deviation,
            "two choices are better than one"
        );
        for row in &comparison.rows {
            assert!(row.idlest <= 1.0 && row.busiest >= 1.0, "{}", row.algorithm);
        }
    }
}
