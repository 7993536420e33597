//! Time stamps of any resolution, as nanoseconds.

use switchlab_core::Instant;

/// How an interface counts time: `if_tsresol` and `if_tsoffset`.
///
/// draft-ietf-opsawg-pcapng, 4.2: microseconds since 1970 unless the interface says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// With the top bit clear, the negative power of 10 that is one unit; with it set, of 2.
    pub(crate) resolution: u8,
    /// Seconds to add.
    pub(crate) offset: i64,
}

/// Nanoseconds in a second.
const SECOND: u128 = 1_000_000_000;

impl Default for Clock {
    fn default() -> Self {
        Self {
            resolution: 6,
            offset: 0,
        }
    }
}

impl Clock {
    /// The moment that `ticks` units name, rounded down to the nanosecond; `None` if [`Instant`]
    /// does not reach there.
    pub(crate) fn instant(self, ticks: u64) -> Option<Instant> {
        let power = u32::from(self.resolution & 0x7f);
        let nanos = if self.resolution & 0x80 != 0 {
            (u128::from(ticks) * SECOND) >> power
        } else if power <= 9 {
            u128::from(ticks) * 10_u128.pow(9 - power)
        } else {
            // Beyond 10^38 the divisor leaves its type, and the quotient has long been 0.
            10_u128
                .checked_pow(power - 9)
                .map_or(0, |unit| u128::from(ticks) / unit)
        };
        let nanos = i128::try_from(nanos).ok()? + i128::from(self.offset) * SECOND as i128;
        u64::try_from(nanos).ok().map(Instant::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_any_unit_become_nanoseconds() {
        let s = Instant::from_secs;
        #[rustfmt::skip]
        let rows = [
            // resolution  offset  ticks          moment                           because
            (6,            0,      1_500_000,     Some(Instant::from_millis(1_500)), "microseconds are the default"),
            (9,            0,      7,             Some(Instant::from_nanos(7)),      "nanoseconds as they are"),
            (0,            0,      3,             Some(s(3)),                        "whole seconds"),
            (12,           0,      1_999,         Some(Instant::from_nanos(1)),      "picoseconds are rounded down"),
            (0x7f,         0,      u64::MAX,      Some(Instant::ZERO),               "10^-127 s is never a nanosecond"),
            (0x80 | 20,    0,      1 << 20,       Some(s(1)),                        "units of 2^-20 s"),
            (0x80 | 1,     0,      1,             Some(Instant::from_millis(500)),   "half seconds"),
            (0xff,         0,      u64::MAX,      Some(Instant::ZERO),               "2^-127 s is never a nanosecond"),
            (9,            5,      1,             Some(Instant::from_nanos(5_000_000_001)), "the offset is in seconds"),
            (0,            -4,     5,             Some(s(1)),                        "and may go back"),
            (0,            -6,     5,             None,                              "but not before instant 0"),
            (0,            0,      u64::MAX,      None,                              "nor beyond 64 bits"),
            (9,            i64::MAX, u64::MAX,    None,                              "nor by its offset"),
            (9,            i64::MIN, 0,           None,                              "in either direction"),
        ];
        for (resolution, offset, ticks, moment, because) in rows {
            assert_eq!(
                Clock { resolution, offset }.instant(ticks),
                moment,
                "{because}"
            );
        }
    }
}
