//! What following a connection needs to know of one of its segments.

use switchlab_wire::{Tcp, TcpFlags};

/// What a segment means to the state of its connection, by its control bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Syn,
    SynAck,
    Fin,
    Ack,
    Rst,
}

impl Kind {
    /// `None` for combinations that no TCP sends, such as SYN with FIN, or no flag at all.
    fn of(flags: TcpFlags) -> Option<Self> {
        const MEANT: u8 =
            TcpFlags::FIN.0 | TcpFlags::SYN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0 | TcpFlags::URG.0;
        const SYN: u8 = TcpFlags::SYN.0;
        const FIN: u8 = TcpFlags::FIN.0;
        const RST: u8 = TcpFlags::RST.0;
        const ACK: u8 = TcpFlags::ACK.0;
        const URG: u8 = TcpFlags::URG.0;
        const SYN_URG: u8 = SYN | URG;
        const SYN_ACK: u8 = SYN | ACK;
        const FIN_ACK: u8 = FIN | ACK;
        const FIN_ACK_URG: u8 = FIN | ACK | URG;
        const ACK_URG: u8 = ACK | URG;
        const RST_ACK: u8 = RST | ACK;
        match flags.0 & MEANT {
            ACK | ACK_URG => Some(Self::Ack),
            SYN | SYN_URG => Some(Self::Syn),
            SYN_ACK => Some(Self::SynAck),
            FIN_ACK | FIN_ACK_URG => Some(Self::Fin),
            RST | RST_ACK => Some(Self::Rst),
            _ => None,
        }
    }
}

/// The part of a segment's header that its connection is followed by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) kind: Kind,
    /// Sequence number of its first octet.
    pub(crate) sequence: u32,
    /// Sequence number behind its last octet; SYN and FIN count as one each.
    pub(crate) end: u32,
    /// The acknowledgment number; `None` without the ACK bit.
    pub(crate) acknowledgment: Option<u32>,
    /// The window as it stands there, unscaled.
    pub(crate) window: u16,
    options: &'a [u8],
}

impl<'a> Segment<'a> {
    /// Whether it opens a connection.
    pub(crate) fn opens(&self) -> bool {
        self.kind == Kind::Syn
    }

    /// Whether it answers a SYN with another.
    pub(crate) fn answers_syn(&self) -> bool {
        self.kind == Kind::SynAck
    }

    /// `None` if the control bits make no sense together.
    #[inline]
    pub(crate) fn of(tcp: &Tcp<'a>) -> Option<Self> {
        let flags = tcp.flags();
        let kind = Kind::of(flags)?;
        let sequence = tcp.sequence();
        let counted = u32::from(flags.contains(TcpFlags::SYN))
            + u32::from(flags.contains(TcpFlags::FIN))
            + tcp.payload().len() as u32;
        Some(Self {
            kind,
            sequence,
            end: sequence.wrapping_add(counted),
            acknowledgment: flags.contains(TcpFlags::ACK).then(|| tcp.acknowledgment()),
            window: tcp.window(),
            options: tcp.options(),
        })
    }

    /// Whether it opens a sequence space.
    pub(crate) fn is_syn(&self) -> bool {
        matches!(self.kind, Kind::Syn | Kind::SynAck)
    }

    /// The window, never zero: a receiver may always be probed with one octet.
    pub(crate) fn open_window(&self) -> u32 {
        u32::from(self.window).max(1)
    }

    /// What the sender of a SYN offers.
    pub(crate) fn offer(&self) -> Offer {
        let mut offer = Offer::default();
        for (kind, value) in options(self.options) {
            match (kind, value) {
                // RFC 7323 §2.3: no shift above 14.
                (WINDOW_SCALE, &[shift]) => offer.scale = Some(shift.min(14)),
                (SACK_PERMITTED, []) => offer.sack = true,
                _ => {}
            }
        }
        offer
    }

    /// The highest sequence number acknowledged, selectively or not.
    pub(crate) fn highest_acknowledged(&self, acknowledgment: u32) -> u32 {
        let mut highest = acknowledgment;
        for (kind, value) in options(self.options) {
            if kind == SACK {
                for edges in value.chunks_exact(8) {
                    let right = u32::from_be_bytes([edges[4], edges[5], edges[6], edges[7]]);
                    if is_before(highest, right) {
                        highest = right;
                    }
                }
            }
        }
        highest
    }
}

/// The options of a SYN that change how later segments are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Offer {
    /// RFC 7323 §2: by how many bits the sender shifts its windows.
    pub(crate) scale: Option<u8>,
    /// RFC 2018 §2: whether it understands selective acknowledgments.
    pub(crate) sack: bool,
}

const END_OF_LIST: u8 = 0;
const NO_OPERATION: u8 = 1;
const WINDOW_SCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const SACK: u8 = 5;

/// Kind and value of each option, as far as they can be read.
fn options(mut octets: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        loop {
            let (&kind, rest) = octets.split_first()?;
            match kind {
                END_OF_LIST => return None,
                NO_OPERATION => octets = rest,
                _ => {
                    let (&length, rest) = rest.split_first()?;
                    let value = rest.get(..usize::from(length).checked_sub(2)?)?;
                    octets = &rest[value.len()..];
                    return Some((kind, value));
                }
            }
        }
    })
}

/// Whether one sequence number comes before another, RFC 9293 §3.4.
pub(crate) const fn is_before(one: u32, other: u32) -> bool {
    (one.wrapping_sub(other) as i32) < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_far_as_they_make_sense() {
        #[rustfmt::skip]
        let rows: [(&[u8], Offer, &str); 6] = [
            (&[], Offer::default(), "no option, no offer"),
            (&[1, 3, 3, 7, 4, 2], Offer { scale: Some(7), sack: true }, "both, behind a filler"),
            (&[3, 3, 200], Offer { scale: Some(14), sack: false }, "a shift above 14 counts as 14"),
            (&[4, 2, 0, 3, 3, 7], Offer { scale: None, sack: true }, "nothing counts behind the end of the list"),
            (&[4, 2, 9, 1, 3, 3, 7], Offer { scale: None, sack: true }, "a length below 2 ends the reading"),
            (&[4, 2, 3, 9, 7], Offer { scale: None, sack: true }, "so does one beyond the header"),
        ];
        for (octets, expected, because) in rows {
            let segment = Segment {
                kind: Kind::Syn,
                sequence: 0,
                end: 1,
                acknowledgment: None,
                window: 0,
                options: octets,
            };
            assert_eq!(segment.offer(), expected, "{because}");
        }
    }

    #[test]
    fn sequence_numbers_wrap() {
        assert!(is_before(0xffff_fff0, 5));
        assert!(!is_before(5, 0xffff_fff0));
        assert!(!is_before(7, 7));
    }
}
