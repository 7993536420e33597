//! Ranges of addresses side by side, and the one that holds an address.
//!
//! After Zec, Rizzo and Mikuc, "DXR: towards a billion routing lookups per second in software" (2012):
//! a first table, indexed by how far into the address space an address lies, narrows the search to a
//! few ranges; a binary search does the rest. The first table grows with the number of ranges and
//! spans only the part of the address space that they divide, so a small router takes little memory
//! and IPv6 prefixes of one provider do not all fall into one slot.

/// An address as a number.
pub(crate) trait Word: Copy + Ord {
    /// The first address.
    const ZERO: Self;

    /// The next address; `None` after the last.
    fn successor(self) -> Option<Self>;

    /// In which of the slots, each 2^`shift` addresses wide and the first beginning at `base`, the
    /// address lies; 0 if it lies before `base`.
    fn slot(self, base: Self, shift: u32) -> usize;

    /// How many bits it takes to write the distance from `base`.
    fn bits_from(self, base: Self) -> u32;
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            const ZERO: Self = 0;

            fn successor(self) -> Option<Self> {
                self.checked_add(1)
            }

            #[inline(always)]
            fn slot(self, base: Self, shift: u32) -> usize {
                usize::try_from(self.saturating_sub(base) >> shift).unwrap_or(usize::MAX)
            }

            fn bits_from(self, base: Self) -> u32 {
                <$word>::BITS - (self - base).leading_zeros()
            }
        }
    };
}

word!(u32);
word!(u128);

/// What each address maps to, as ranges without gaps: each reaches to where the next one starts.
#[derive(Debug, Clone)]
pub(crate) struct Ranges<A, T> {
    /// The first address of each range, ascending; the first of all is address 0.
    starts: Vec<A>,
    /// What the range of the same index maps to.
    values: Vec<Option<T>>,
    /// The range that holds the first address of each slot; one more entry ends the last slot.
    slots: Vec<u32>,
    /// Where slot 0 begins: at the second range, for the first often spans half the address space.
    base: A,
    /// A slot is 2^`shift` addresses wide.
    shift: u32,
}

impl<A: Word, T: Copy> Ranges<A, T> {
    /// Ranges by first address: ascending, the first of them 0.
    pub(crate) fn new(ranges: Vec<(A, Option<T>)>) -> Self {
        let (starts, values): (Vec<A>, Vec<_>) = ranges.into_iter().unzip();
        let base = starts.get(1).copied().unwrap_or(A::ZERO);
        let end = starts.last().copied().unwrap_or(A::ZERO);
        let slots_wanted = starts.len().next_power_of_two().max(2);
        let shift = end.bits_from(base).saturating_sub(slots_wanted.ilog2());

        // Addresses before `base` count as slot 0, which therefore begins with range 0.
        let mut slots = vec![0];
        for (range, start) in (0_u32..).zip(&starts) {
            // A range that starts inside a slot holds the first addresses of the slots after it.
            slots.resize(start.slot(base, shift) + 1, range.saturating_sub(1));
        }
        slots.push(starts.len().saturating_sub(1) as u32);
        Self {
            starts,
            values,
            slots,
            base,
            shift,
        }
    }

    /// What the range that holds this address maps to.
    #[inline]
    pub(crate) fn find(&self, address: A) -> Option<T> {
        let slot = address
            .slot(self.base, self.shift)
            .min(self.slots.len() - 2);
        let first = self.slots[slot] as usize;
        let last = self.slots[slot + 1] as usize;
        let later = &self.starts[first + 1..=last];
        self.values[first + later.partition_point(|start| *start <= address)]
    }
}
