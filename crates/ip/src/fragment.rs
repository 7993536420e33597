//! Cutting packets to an MTU. RFC 791, 3.2.

use switchlab_wire::{Ethernet, Frame, Ipv4, checksum};

/// Why a packet cannot be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FragmentError {
    /// Not even eight octets fit behind the header.
    #[error("an MTU of {mtu} octets leaves no room for data behind a header of {header}")]
    NoRoom {
        /// The MTU.
        mtu: u16,
        /// Octets of the packet's header.
        header: usize,
    },
    /// The packet is a fragment that no whole packet has room for.
    #[error("the fragment reaches beyond the 65535 octets that a packet holds")]
    Beyond,
}

/// Octets behind the header of the longest packet there is.
const LONGEST_PAYLOAD: usize = 65_535 - Ipv4::MIN_HEADER_LEN;

/// Cuts a packet that passed [`check`](crate::check) into frames of at most `mtu` octets of IP packet,
/// in order. Each piece is as long as a multiple of eight octets allows.
///
/// Options go into later pieces only if their copy bit is set; others become no-operations there.
///
/// # Errors
/// [`FragmentError`] if the MTU leaves no room for data.
pub fn fragment(frame: &Frame, mtu: u16) -> Result<Vec<Frame>, FragmentError> {
    let octets = frame.octets();
    let packet = Ipv4::parse(&octets[Ethernet::HEADER_LEN..])
        .expect("the packet was checked when it came in");
    let (header_len, payload) = (packet.header_len(), packet.payload());
    let room = usize::from(mtu).saturating_sub(header_len) & !7;
    if room == 0 {
        return Err(FragmentError::NoRoom {
            mtu,
            header: header_len,
        });
    }
    if packet.fragment_offset() + payload.len() > LONGEST_PAYLOAD {
        return Err(FragmentError::Beyond);
    }
    // The last piece may fill the MTU to the octet; the others end where the next one can begin.
    let last_room = usize::from(mtu) - header_len;
    let count = 1 + payload.len().saturating_sub(last_room).div_ceil(room);
    let cut = |number: usize| {
        let start = number * room;
        let end = if number + 1 < count {
            start + room
        } else {
            payload.len()
        };
        let offset = packet.fragment_offset() + start;
        let more = packet.more_fragments() || number + 1 < count;
        piece(octets, header_len, &payload[start..end], offset, more)
    };
    Ok((0..count).map(cut).collect())
}

/// One piece, which begins at `offset`, with the header of the packet in `octets`.
fn piece(octets: &[u8], header_len: usize, payload: &[u8], offset: usize, more: bool) -> Frame {
    let headers = Ethernet::HEADER_LEN + header_len;
    let mut cut = octets[..headers].to_vec();
    cut.extend_from_slice(payload);
    let header = &mut cut[Ethernet::HEADER_LEN..headers];
    if offset > 0 {
        keep_copied_options(&mut header[Ipv4::MIN_HEADER_LEN..]);
    }
    let total = (header_len + payload.len()) as u16;
    let flags = u16::from(header[6] & 0x40) << 8 | u16::from(more) << 13;
    header[2..4].copy_from_slice(&total.to_be_bytes());
    header[6..8].copy_from_slice(&(flags | (offset / 8) as u16).to_be_bytes());
    header[10..12].copy_from_slice(&[0, 0]);
    let sum = checksum(header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    Frame::from(cut)
}

/// Turns every option without the copy bit into no-operations. RFC 791, 3.1.
fn keep_copied_options(options: &mut [u8]) {
    const COPY: u8 = 0x80;
    let mut at = 0;
    while at < options.len() {
        let length = match options[at] {
            0 => return,
            1 => 1,
            _ => usize::from(options.get(at + 1).copied().unwrap_or(0)),
        };
        if length == 0 || at + length > options.len() {
            return;
        }
        if options[at] & COPY == 0 {
            options[at..at + length].fill(1);
        }
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use switchlab_wire::{EthernetBuilder, IpProtocol, Ipv4Builder, MacAddr};

    use super::*;

    #[test]
    fn pieces_make_up_the_packet() {
        let payload: Vec<u8> = (0..100).collect();
        let options = [0x83, 3, 4, 0x07, 3, 4, 0, 0];
        let packet = Ipv4Builder::new([10, 0, 0, 1].into(), [10, 0, 1, 1].into())
            .identification(77)
            .options(&options)
            .payload(IpProtocol::UDP, &payload);
        let frame = EthernetBuilder::new(MacAddr::ZERO, MacAddr::ZERO).packet(&packet);
        let pieces = fragment(&frame, 68).expect("40 octets fit behind the header");
        let mut offset = 0;
        for (number, piece) in pieces.iter().enumerate() {
            let view = Ipv4::parse(&piece.octets()[14..]).expect("a packet");
            assert!(view.verify_checksum());
            assert_eq!(view.fragment_offset(), offset);
            assert_eq!(view.more_fragments(), number < 2);
            assert_eq!(view.identification(), 77);
            assert_eq!(
                view.payload(),
                &payload[offset..offset + view.payload().len()]
            );
            let other = if number == 0 { [0x07, 3, 4] } else { [1, 1, 1] };
            assert_eq!(
                view.options()[3..6],
                other,
                "record route is not copied, a loose route is"
            );
            assert_eq!(view.options()[..3], [0x83, 3, 4]);
            offset += view.payload().len();
        }
        assert_eq!((pieces.len(), offset), (3, 100));
        assert!(fragment(&frame, 35).is_err());
    }
}
