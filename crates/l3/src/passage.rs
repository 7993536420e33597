//! The places where a layer above sees the packets of the router.

use std::net::IpAddr;

use switchlab_core::{DropReason, Instant};

use crate::Attachment;

/// A layer above the router, which sees every packet pass and may rewrite it in place.
///
/// A packet is handed over from its IP header on, whole and checked; its length stays. By default
/// nothing happens, and `()` is a passage through which everything passes untouched.
pub trait Passage {
    /// Whether fragments that pass through are put together before [`arriving`](Self::arriving), and
    /// cut again, to the longest piece that came, after [`leaving`](Self::leaving).
    const WHOLE_DATAGRAMS: bool = false;

    /// A packet came in, and nothing has been decided about it yet.
    ///
    /// # Errors
    /// The reason to drop it in silence.
    #[inline]
    fn arriving(
        &mut self,
        now: Instant,
        from: Attachment,
        packet: &mut [u8],
    ) -> Result<(), DropReason> {
        let _ = (now, from, packet);
        Ok(())
    }

    /// A packet, forwarded or the router's own, is about to leave: its route is known, its time to live
    /// is counted down. `address` is the router's address on the way to the next hop.
    ///
    /// # Errors
    /// The reason to drop it in silence.
    #[inline]
    fn leaving(
        &mut self,
        now: Instant,
        to: Attachment,
        address: IpAddr,
        packet: &mut [u8],
    ) -> Result<(), DropReason> {
        let _ = (now, to, address, packet);
        Ok(())
    }

    /// A whole packet came for the router itself: TCP, UDP, or an ICMP message other than an echo request.
    ///
    /// `true` takes it; `false` leaves it to the router, which knows no application.
    #[inline]
    fn deliver(&mut self, now: Instant, packet: &[u8]) -> bool {
        let _ = (now, packet);
        false
    }

    /// The router made a packet itself, an ICMP error for instance, and is about to look for its route.
    #[inline]
    fn originating(&mut self, now: Instant, packet: &mut [u8]) {
        let _ = (now, packet);
    }
}

impl Passage for () {}
