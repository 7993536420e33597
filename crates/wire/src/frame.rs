//! One Ethernet frame as it travels from device to device.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

/// One Ethernet frame, from destination address to the last octet before the FCS.
///
/// Not `Clone`: a second handle is made with [`share`](Self::share), so that every copy shows in the
/// caller's text. Nothing is padded; a frame of any length down to zero can be held. The handle is one
/// pointer, since a frame changes hands many times at every hop.
#[derive(Default)]
pub struct Frame(Box<Octets>);

enum Octets {
    /// The only handle; rewriting happens in place.
    Owned(BytesMut),
    /// Perhaps one of several handles (flooded, mirrored, kept for a capture).
    Shared(Bytes),
}

impl Default for Octets {
    fn default() -> Self {
        Self::Shared(Bytes::new())
    }
}

impl Frame {
    /// A frame holding a copy of `octets`.
    #[must_use]
    pub fn copy_from(octets: &[u8]) -> Self {
        Self::from(BytesMut::from(octets))
    }

    /// Length in octets, without FCS.
    #[must_use]
    pub fn len(&self) -> usize {
        self.octets().len()
    }

    /// Whether the frame holds no octet at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.octets().is_empty()
    }

    /// The octets, for reading.
    #[must_use]
    #[inline]
    pub fn octets(&self) -> &[u8] {
        match &*self.0 {
            Octets::Owned(octets) => octets,
            Octets::Shared(octets) => octets,
        }
    }

    /// The octets, for rewriting. Copies only while another handle is alive,
    /// and never lets that handle see the change.
    #[inline]
    pub fn octets_mut(&mut self) -> &mut [u8] {
        self.exclusive()
    }

    /// A second handle to the same octets, without copying them.
    #[must_use]
    pub fn share(&mut self) -> Self {
        let shared = match std::mem::take(&mut *self.0) {
            Octets::Owned(octets) => octets.freeze(),
            Octets::Shared(octets) => octets,
        };
        *self.0 = Octets::Shared(shared.clone());
        Self(Box::new(Octets::Shared(shared)))
    }

    /// Keeps the first `len` octets; nothing happens if there are no more than that.
    pub fn truncate(&mut self, len: usize) {
        match &mut *self.0 {
            Octets::Owned(octets) => octets.truncate(len),
            Octets::Shared(octets) => octets.truncate(len),
        }
    }

    /// Puts `inserted` in front of the octet at `at`, moving the rest back.
    ///
    /// # Panics
    /// If `at` lies beyond the end of the frame.
    pub fn insert(&mut self, at: usize, inserted: &[u8]) {
        let octets = self.exclusive();
        let len = octets.len();
        assert!(at <= len, "insertion at {at} of a frame of {len} octets");
        octets.resize(len + inserted.len(), 0);
        octets.copy_within(at..len, at + inserted.len());
        octets[at..at + inserted.len()].copy_from_slice(inserted);
    }

    /// Takes out `count` octets from `at` on, by moving forward what stands before them.
    ///
    /// # Panics
    /// If the octets to take out are not all inside the frame.
    pub fn remove(&mut self, at: usize, count: usize) {
        let octets = self.exclusive();
        let len = octets.len();
        assert!(
            at + count <= len,
            "removal of {count} octets at {at} of a frame of {len}"
        );
        octets.copy_within(..at, count);
        octets.advance(count);
    }

    #[inline]
    fn exclusive(&mut self) -> &mut BytesMut {
        if let Octets::Shared(octets) = &mut *self.0 {
            *self.0 = Octets::Owned(owned(std::mem::take(octets)));
        }
        match &mut *self.0 {
            Octets::Owned(octets) => octets,
            Octets::Shared(_) => unreachable!("made exclusive just above"),
        }
    }
}

/// The octets for one handle alone; copied only if there is another.
#[cold]
fn owned(octets: Bytes) -> BytesMut {
    octets
        .try_into_mut()
        .unwrap_or_else(|shared| BytesMut::from(&shared[..]))
}

impl From<Vec<u8>> for Frame {
    fn from(octets: Vec<u8>) -> Self {
        Self(Box::new(Octets::Shared(Bytes::from(octets))))
    }
}

impl From<BytesMut> for Frame {
    fn from(octets: BytesMut) -> Self {
        Self(Box::new(Octets::Owned(octets)))
    }
}

impl From<Frame> for Bytes {
    fn from(frame: Frame) -> Self {
        match *frame.0 {
            Octets::Owned(octets) => octets.freeze(),
            Octets::Shared(octets) => octets,
        }
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self.octets()
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for Frame {}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} octets:", self.len())?;
        for (at, octet) in self.octets().iter().take(64).enumerate() {
            write!(f, "{}{octet:02x}", if at % 2 == 0 { " " } else { "" })?;
        }
        f.write_str(if self.len() > 64 { " …)" } else { ")" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_never_sees_the_change_of_another() {
        let mut frame = Frame::copy_from(b"abcdef");
        let kept = frame.share();
        frame.octets_mut()[0] = b'X';
        assert_eq!(frame.octets(), b"Xbcdef");
        assert_eq!(kept.octets(), b"abcdef");
    }

    #[test]
    fn the_last_handle_is_rewritten_in_place() {
        let mut frame = Frame::copy_from(b"abcdef");
        drop(frame.share());
        let before = frame.octets().as_ptr();
        frame.octets_mut()[0] = b'X';
        assert_eq!(frame.octets().as_ptr(), before);
    }

    #[test]
    fn insert_and_remove_are_inverse() {
        let mut frame = Frame::from(b"abcdef".to_vec());
        frame.insert(2, b"--");
        assert_eq!(frame.octets(), b"ab--cdef");
        frame.remove(2, 2);
        assert_eq!(frame.octets(), b"abcdef");
    }

    #[test]
    fn a_handle_is_small() {
        assert_eq!(
            size_of::<Frame>(),
            8,
            "a frame is moved many times at every hop"
        );
    }
}
