//! Numbers at fixed places of a header, in network byte order.

/// The 16-bit number at `at`.
#[inline]
pub(crate) fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([octets[at], octets[at + 1]])
}

/// The 32-bit number at `at`.
#[inline]
pub(crate) fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
}

/// The `N` octets at `at`, by value.
#[inline]
pub(crate) fn array_at<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&octets[at..at + N]);
    array
}

/// Writes the 16-bit number at `at`.
#[inline]
pub(crate) fn set_u16_at(octets: &mut [u8], at: usize, value: u16) {
    octets[at..at + 2].copy_from_slice(&value.to_be_bytes());
}
