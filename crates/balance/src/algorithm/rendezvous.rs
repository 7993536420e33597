//! Rendezvous: every server draws a number for a key, and the highest wins.

use crate::hash::mix;

/// The place that wins a key of this hash; `None` if nobody has a weight.
///
/// Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998. With weights, the
/// draw u from 0 to 1 becomes −w/ln u (Schindelhauer and Schomaker, 2005). When a server leaves, its own keys move
/// and no other; a key costs one draw a server. `servers` are triples of place, identity and weight.
pub fn rendezvous(hash: u64, servers: impl Iterator<Item = (usize, u64, u32)>) -> Option<usize> {
    let mut best: Option<(usize, u64, u32)> = None;
    for (place, identity, weight) in servers {
        let draw = mix(hash ^ mix(identity));
        let wins = |(_, other, its): (usize, u64, u32)| match weight == its {
            true => draw >= other,
            false => score(draw, weight) > score(other, its),
        };
        if weight > 0 && best.is_none_or(wins) {
            best = Some((place, draw, weight));
        }
    }
    best.map(|(place, ..)| place)
}

/// −w/ln u for a draw of 64 bits.
fn score(draw: u64, weight: u32) -> f64 {
    let unit = ((draw >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    f64::from(weight) / -ln(unit)
}

/// The natural logarithm from additions, multiplications and divisions alone, whose results IEEE 754
/// fixes: equal on every machine, which a platform's own need not be.
fn ln(number: f64) -> f64 {
    let exponent = (number.to_bits() >> 52) as i64 - 1023;
    let mantissa = f64::from_bits(number.to_bits() & !(0x7ff << 52) | 1023 << 52);
    // ln m = 2 artanh z with z = (m − 1)/(m + 1), which is 1/3 at most.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut sum, mut power) = (0.0, z);
    for odd in (1..40).step_by(2) {
        sum += power / f64::from(odd);
        power *= z * z;
    }
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn our_logarithm_is_one() {
        for number in [1e-16, 0.001, 0.25, 0.5, 0.7, 0.999_999, 1.0, 1.5, 1e9] {
            let error = (ln(number) - number.ln()).abs();
            assert!(
                error < 1e-13 * number.ln().abs().max(1.0),
                "ln {number}: {error}"
            );
        }
    }

    #[test]
    fn shares_follow_weights() {
        let weights = [0, 1, 2, 5];
        let mut shares = [0_u32; 4];
        for key in 0..80_000 {
            let servers = weights
                .iter()
                .enumerate()
                .map(|(place, weight)| (place, place as u64, *weight));
            shares[rendezvous(mix(key), servers).unwrap()] += 1;
        }
        for (share, weight) in shares.into_iter().zip(weights) {
            let due = weight * 10_000;
            assert!(share.abs_diff(due) <= 300, "{shares:?}");
        }
    }

    proptest! {
        /// A server that leaves takes its own keys with it; one whose weight grows takes keys, and loses none.
        #[test]
        fn only_its_own_keys_move(hash: u64, weights in prop::collection::vec(1..9_u32, 2..9), gone: prop::sample::Index) {
            let gone = gone.index(weights.len());
            let pick = |weights: &[u32]| {
                let servers = weights.iter().enumerate().map(|(place, weight)| (place, 77 * place as u64, *weight));
                rendezvous(hash, servers)
            };
            let before = pick(&weights);
            let mut changed = weights.clone();
            changed[gone] = 0;
            let after = pick(&changed);
            prop_assert!(after != Some(gone));
            prop_assert!(before == Some(gone) || before == after);
            changed[gone] = weights[gone] + 1;
            let grown = pick(&changed);
            prop_assert!(grown == before || grown == Some(gone));
        }
    }
}
