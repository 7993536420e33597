//! Quantities are strings with a unit; a space before the unit is free.

use std::time::Duration;

/// Why a text is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// There is no number in front.
    #[error("{text:?} does not begin with a number")]
    NoNumber {
        /// The text.
        text: String,
    },
    /// The unit is missing or unknown.
    #[error("{text:?} has {}; the units are {units}", if unit.is_empty() { "no unit".to_owned() } else { format!("the unknown unit {unit:?}") })]
    Unit {
        /// The text.
        text: String,
        /// What stands where the unit should.
        unit: String,
        /// The units there are.
        units: &'static str,
    },
    /// The number is negative, not whole in the smallest unit, or too large.
    #[error("{text:?} is out of range; the range is {range}")]
    Range {
        /// The text.
        text: String,
        /// From where to where it goes, and in what steps.
        range: &'static str,
    },
}

/// What a quantity may be.
struct Units {
    /// Each with its size in the smallest.
    all: &'static [(&'static str, u64)],
    names: &'static str,
    range: &'static str,
}

const TIME: Units = Units {
    names: "ns, us, ms, s, min, h and d",
    range: "0 ns to 213503 d, in whole nanoseconds",
    all: &[
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("min", 60_000_000_000),
        ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
    ],
};
const RATE: Units = Units {
    names: "bit/s, kbit/s, Mbit/s, Gbit/s and Tbit/s",
    range: "1 bit/s to 18446744 Tbit/s, in whole bits",
    all: &[
        ("bit/s", 1),
        ("kbit/s", 1_000),
        ("Mbit/s", 1_000_000),
        ("Gbit/s", 1_000_000_000),
        ("Tbit/s", 1_000_000_000_000),
    ],
};
const SIZE: Units = Units {
    names: "B, kB, MB, GB, KiB, MiB and GiB",
    range: "0 B to 18446744073 GB, in whole octets",
    all: &[
        ("B", 1),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ],
};

/// Bits per second, 1 at least; `None` for as many as one likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate(pub(crate) Option<u64>);

/// Octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// A number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Probability(pub(crate) f64);

/// Reads a duration: `300 s`, `250ms`, `5 us`, `1.5 h`.
///
/// # Errors
/// [`QuantityError`] if there is no number, no known unit (ns, us, ms, s, min, h, d), or too much.
pub fn duration(text: &str) -> Result<Duration, QuantityError> {
    quantity(text, &TIME).map(Duration::from_nanos)
}

pub(crate) fn rate(text: &str) -> Result<Rate, QuantityError> {
    if text.trim() == "unlimited" {
        return Ok(Rate(None));
    }
    match quantity(text, &RATE)? {
        0 => Err(QuantityError::Range {
            text: text.to_owned(),
            range: RATE.range,
        }),
        bits => Ok(Rate(Some(bits))),
    }
}

pub(crate) fn size(text: &str) -> Result<Size, QuantityError> {
    quantity(text, &SIZE).map(Size)
}

fn quantity(text: &str, units: &Units) -> Result<u64, QuantityError> {
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = (&trimmed[..end], trimmed[end..].trim_start());
    if number.is_empty() {
        return Err(QuantityError::NoNumber {
            text: text.to_owned(),
        });
    }
    let Some((_, scale)) = units.all.iter().find(|(name, _)| *name == unit) else {
        return Err(QuantityError::Unit {
            text: text.to_owned(),
            unit: unit.to_owned(),
            units: units.names,
        });
    };
    scaled(number, *scale).ok_or_else(|| QuantityError::Range {
        text: text.to_owned(),
        range: units.range,
    })
}

/// A decimal number times a scale, exactly; `None` if it is not whole, or too large.
fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if decimals.len() > 18 || (whole.is_empty() && decimals.is_empty()) || decimals.contains('.') {
        return None;
    }
    let digits = format!("{whole}{decimals}").parse::<u128>().ok()?;
    let divisor = 10_u128.pow(decimals.len() as u32);
    let product = digits.checked_mul(u128::from(scale))?;
    if product % divisor != 0 {
        return None;
    }
    u64::try_from(product / divisor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        #[rustfmt::skip]
        let rows = [
            ("300 s",  Some(300_000_000_000), "a space is free"),
            ("250ms",  Some(250_000_000),     "and so is none"),
            ("0.24s",  Some(240_000_000),     "decimals are exact"),
            ("1.5 ns", None,                  "half a nanosecond does not exist"),
            ("5",      None,                  "a number alone says nothing"),
            ("s",      None,                  "a unit alone neither"),
            ("-5 s",   None,                  "time does not run backwards"),
            ("5 sec",  None,                  "one spelling is enough"),
            ("99999999999999999999 d", None,  "longer than any run"),
            ("1.2.3 s", None,                 "one point is enough"),
        ];
        for (text, expected, because) in rows {
            assert_eq!(
                duration(text).ok(),
                expected.map(Duration::from_nanos),
                "{text:?}: {because}"
            );
        }
    }

    #[test]
    fn rates_and_sizes_too() {
        assert_eq!(rate("1 Gbit/s"), Ok(Rate(Some(1_000_000_000))));
        assert_eq!(rate("2.5Gbit/s"), Ok(Rate(Some(2_500_000_000))));
        assert_eq!(rate("unlimited"), Ok(Rate(None)));
        assert!(rate("0 bit/s").is_err(), "nothing would ever arrive");
        assert_eq!(size("64 KiB"), Ok(Size(65_536)));
        assert_eq!(size("1500 B"), Ok(Size(1500)));
        assert_eq!(
            rate("1 Gb").unwrap_err().to_string(),
            "\"1 Gb\" has the unknown unit \"Gb\"; the units are bit/s, kbit/s, Mbit/s, Gbit/s and Tbit/s"
        );
    }
}
