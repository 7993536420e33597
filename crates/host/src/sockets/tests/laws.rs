//! Nothing from outside panics.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Any segment between the two, with numbers near those in use.
fn any_segment() -> impl Strategy<Value = (usize, u8, i64, i64, u16, usize, bool)> {
    (
        0..2_usize,
        0..64_u8,
        -3000..3000_i64,
        -3000..3000_i64,
        any::<u16>(),
        0..1400_usize,
        any::<bool>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Nothing from outside panics: segments of any kind into connections in any state.
    #[test]
    fn forged_segments_never_panic(
        segments in vec(any_segment(), 1..40),
        sends in vec((0..2_usize, 0..5000_usize, 0..4_u8), 0..8),
        with_options in any::<bool>(),
    ) {
        let mut line = Line::new();
        line.echoes = true;
        line.ends[1].listen(80).unwrap();
        let id = line.ends[0].connect(a(), at_b(80)).unwrap();
        if with_options {
            line.run_for(DELAY * 2);
        }
        let mut sends = sends.into_iter();
        for (end, flags, sequence, acknowledgment, window, payload, near) in segments {
            let last = line.history.iter().rfind(|(_, from, _)| *from == end);
            let [mut seq, mut ack] = [0_u32; 2];
            if let Some((_, _, packet)) = last.filter(|_| near) {
                seq = u32::from_be_bytes(packet[24..28].try_into().unwrap());
                ack = u32::from_be_bytes(packet[28..32].try_into().unwrap());
            }
            let port = line.ends[0].local(id).map_or(1, |local| local.port());
            let (source, destination, source_port, destination_port) =
                if end == 0 { (A, B, port, 80) } else { (B, A, 80, port) };
            let header = TcpHeader {
                source_port,
                destination_port,
                sequence: seq.wrapping_add(sequence as u32),
                acknowledgment: ack.wrapping_add(acknowledgment as u32),
                flags: TcpFlags(flags),
                window,
                ..TcpHeader::default()
            };
            let packet = Ipv4Builder::new(source, destination).tcp(&header, &vec![0; payload]);
            let _ = line.ends[1 - end].receive_packet(line.now, &packet);
            line.settle();
            if let Some((end, octets, call)) = sends.next() {
                let ids: Vec<_> = line.told[end].iter().map(|(id, _)| *id).collect();
                if let Some(id) = ids.last().copied() {
                    line.ends[end].send(id, &vec![1; octets]);
                    match call {
                        0 => line.ends[end].shutdown(id),
                        1 => line.ends[end].close(id),
                        2 => line.ends[end].abort(id),
                        _ => {}
                    }
                }
            }
            line.run_for(DELAY);
        }
        line.run_for(Duration::from_secs(1000));
    }

    /// Nor do octets that are no packets at all.
    #[test]
    fn random_octets_never_panic(octets in vec(any::<u8>(), 0..100), protocol in prop::sample::select(vec![1_u8, 6, 17])) {
        let mut b = Sockets::new(SocketsConfig::default(), Stream::of(7, "b"));
        b.listen(80).unwrap();
        b.bind(7).unwrap();
        let _ = b.receive_packet(Instant::ZERO, &octets);
        let packet = Ipv4Builder::new(A, B).payload(switchlab_wire::IpProtocol(protocol), &octets);
        let _ = b.receive_packet(Instant::ZERO, &packet);
    }
}
