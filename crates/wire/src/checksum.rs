//! The Internet checksum: computing it (RFC 1071) and keeping it true under rewriting (RFC 1624).

use std::net::IpAddr;

use crate::IpProtocol;

/// A ones' complement sum under construction, RFC 1071.
///
/// Parts may have any length: what follows a part of odd length is summed as if both stood in one
/// buffer. Taking out what a [`checksum`](Self::of_checksum) covered and adding what replaces it
/// is equation 3 of RFC 1624.
///
/// ```
/// use switchlab_wire::{Sum, checksum};
///
/// let apart = Sum::new().add(b"swi").add(b"tch").finish();
/// assert_eq!(apart, checksum(b"switch"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use = "a sum is only useful finished"]
pub struct Sum {
    sum: u64,
    /// Whether an odd number of octets has been added, so that the next one is a low octet.
    odd: bool,
}

impl Sum {
    /// The sum of nothing.
    #[inline]
    pub const fn new() -> Self {
        Self { sum: 0, odd: false }
    }

    /// The sum that `checksum` was made from, ready to have parts taken out and added.
    #[inline]
    pub const fn of_checksum(checksum: u16) -> Self {
        Self {
            sum: !checksum as u64,
            odd: false,
        }
    }

    /// The pseudo-header that TCP, UDP and ICMPv6 checksums cover besides their own octets.
    ///
    /// `length` counts the octets of the upper-layer packet. RFC 9293 §3.1 and RFC 8200 §8.1 lay the
    /// fields out differently, but both layouts have the same sum.
    #[inline]
    pub fn pseudo_header(
        source: IpAddr,
        destination: IpAddr,
        protocol: IpProtocol,
        length: u32,
    ) -> Self {
        Self::new()
            .add_address(source)
            .add_address(destination)
            .add_u16(u16::from(protocol.0))
            .add_u32(length)
    }

    /// Adds octets.
    #[expect(
        clippy::should_implement_trait,
        reason = "octets have no type of their own to add"
    )]
    #[inline]
    pub fn add(self, octets: &[u8]) -> Self {
        let mut next = self.add_aligned(sum_of(octets));
        next.odd = self.odd != (octets.len() % 2 == 1);
        next
    }

    /// Adds a 16-bit number.
    #[inline]
    pub const fn add_u16(self, value: u16) -> Self {
        self.add_aligned(value)
    }

    /// Adds a 32-bit number.
    #[inline]
    pub const fn add_u32(self, value: u32) -> Self {
        self.add_aligned((value >> 16) as u16)
            .add_aligned(value as u16)
    }

    /// Adds the octets of an address.
    #[inline]
    pub fn add_address(self, address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => self.add_u32(address.to_bits()),
            IpAddr::V6(address) => self.add(&address.octets()),
        }
    }

    /// Takes out octets that begin at an even place.
    #[inline]
    pub fn remove(self, octets: &[u8]) -> Self {
        self.add_aligned(!sum_of(octets))
    }

    /// Takes out a 16-bit number.
    #[inline]
    pub const fn remove_u16(self, value: u16) -> Self {
        self.add_aligned(!value)
    }

    /// Takes out a 32-bit number.
    #[inline]
    pub const fn remove_u32(self, value: u32) -> Self {
        self.add_u32(!value)
    }

    /// Takes out the octets of an address.
    #[inline]
    pub fn remove_address(self, address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => self.remove_u32(address.to_bits()),
            IpAddr::V6(address) => self.remove(&address.octets()),
        }
    }

    /// The checksum: the complement of the sum. Over octets that contain a right checksum it is 0.
    #[must_use]
    #[inline]
    pub const fn finish(self) -> u16 {
        !fold(self.sum)
    }

    /// Adds a word, turned round if it begins at an odd place (RFC 1071 §2 (B)).
    #[inline]
    const fn add_aligned(self, word: u16) -> Self {
        let word = if self.odd { word.swap_bytes() } else { word };
        // Each call adds less than 2^16: no octets in any memory overflow this.
        Self {
            sum: self.sum + word as u64,
            odd: self.odd,
        }
    }
}

/// The Internet checksum of `octets`, RFC 1071.
///
/// An odd octet at the end counts as the high half of a word.
#[must_use]
#[inline]
pub fn checksum(octets: &[u8]) -> u16 {
    !sum_of(octets)
}

/// Replaces one 16-bit word under an Internet checksum without rereading the data.
///
/// All three in host byte order. Equation 3 of RFC 1624, which unlike the
/// method of RFC 1141 cannot turn a zero checksum into its negative twin.
#[must_use]
#[inline]
pub const fn checksum_update(checksum: u16, old: u16, new: u16) -> u16 {
    Sum::of_checksum(checksum)
        .remove_u16(old)
        .add_u16(new)
        .finish()
}

/// Replaces one 32-bit word that begins at an even place; otherwise as [`checksum_update`].
#[must_use]
#[inline]
pub const fn checksum_update_u32(checksum: u16, old: u32, new: u32) -> u16 {
    Sum::of_checksum(checksum)
        .remove_u32(old)
        .add_u32(new)
        .finish()
}

/// Adds the carries back in until none is left.
#[inline]
const fn fold(sum: u64) -> u16 {
    // A number plus itself turned by half has in its upper half the sum of both, carry included.
    let sum = (sum.wrapping_add(sum.rotate_left(32)) >> 32) as u32;
    (sum.wrapping_add(sum.rotate_left(16)) >> 16) as u16
}

/// The folded ones' complement sum of `octets`.
///
/// Summed in the machine's own byte order, eight octets at a time, and turned round once at the
/// end, which RFC 1071 §2 (B) shows to be the same.
#[inline]
fn sum_of(octets: &[u8]) -> u16 {
    let (blocks, rest) = octets.as_chunks::<8>();
    let (mut low, mut high) = (0u64, 0u64);
    for block in blocks {
        let block = u64::from_ne_bytes(*block);
        low += block & 0xffff_ffff;
        high += block >> 32;
    }
    let (pairs, odd) = rest.as_chunks::<2>();
    for pair in pairs {
        low += u64::from(u16::from_ne_bytes(*pair));
    }
    if let [octet] = odd {
        low += u64::from(u16::from_ne_bytes([*octet, 0]));
    }
    // Folding each first keeps the sum of both below 2^64 whatever the length.
    u16::from_be(fold(u64::from(fold(low)) + u64::from(fold(high))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word by word, with nothing clever.
    fn by_the_book(octets: &[u8]) -> u16 {
        let mut sum = 0u32;
        for pair in octets.chunks(2) {
            sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
            if sum > 0xffff {
                sum -= 0xffff;
            }
        }
        !(sum as u16)
    }

    #[test]
    fn known_answers() {
        // RFC 1071 §3.
        assert_eq!(
            checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]),
            !0xddf2
        );
        // RFC 1624 §4: the method of RFC 1141 gives 0xffff here.
        assert_eq!(checksum_update(0xdd2f, 0x5555, 0x3285), 0x0000);
        assert_eq!(checksum(&[]), 0xffff);
    }

    proptest! {
        #[test]
        fn the_fast_sum_is_the_sum(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(checksum(&octets), by_the_book(&octets));
        }

        #[test]
        fn full_octets_do_not_overflow(length in 0usize..70_000) {
            let octets = vec![0xff; length];
            prop_assert_eq!(checksum(&octets), by_the_book(&octets));
        }

        /// Where octets are cut into parts never shows in their sum.
        #[test]
        fn parts_sum_to_the_whole(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9)) {
            let apart = parts.iter().fold(Sum::new(), |sum, part| sum.add(part));
            prop_assert_eq!(apart.finish(), by_the_book(&parts.concat()));
        }

        /// Numbers are octets in network byte order, also after an odd part.
        #[test]
        fn numbers_are_octets(before in prop::collection::vec(any::<u8>(), 0..9), short: u16, long: u32) {
            let octets = [&before[..], &short.to_be_bytes(), &long.to_be_bytes()].concat();
            prop_assert_eq!(Sum::new().add(&before).add_u16(short).add_u32(long).finish(), by_the_book(&octets));
        }

        /// Updating equals recomputing, for octets of which one at least is not zero before and after.
        #[test]
        fn an_update_equals_recomputation(
            mut octets in prop::collection::vec(any::<u8>(), 8..64),
            at in 0usize..4,
            new: u16,
            new_long: u32,
        ) {
            octets.extend([0x45, 0x00]);
            let at = at.min(octets.len() / 2 - 4) * 2;
            let before = checksum(&octets);
            let old = u16::from_be_bytes([octets[at], octets[at + 1]]);
            octets[at..at + 2].copy_from_slice(&new.to_be_bytes());
            let between = checksum(&octets);
            prop_assert_eq!(checksum_update(before, old, new), between);

            let old_long = u32::from_be_bytes(octets[at..at + 4].try_into().unwrap());
            octets[at..at + 4].copy_from_slice(&new_long.to_be_bytes());
            prop_assert_eq!(checksum_update_u32(between, old_long, new_long), checksum(&octets));
        }
    }
}
