//! Datagrams by port.

use super::*;

#[test]
fn datagrams_go_by_port() {
    let mut line = Line::new();
    line.ends[0].bind(5000).unwrap();
    line.ends[1].bind(7).unwrap();
    assert_eq!(line.ends[1].bind(7), Err(ListenError::InUse { port: 7 }));
    let (from, to) = (SocketAddr::from((A, 5000)), at_b(7));
    line.ends[0].send_to(from, to, b"one").unwrap();
    line.ends[0].send_to(from, to, b"").unwrap();
    line.ends[0].send_to(from, at_b(8), b"nobody").unwrap();
    line.settle();
    let arriving = std::mem::take(&mut line.flying);
    let taken: Vec<_> = arriving
        .iter()
        .map(|(_, _, packet)| line.ends[1].receive_packet(line.now, packet))
        .collect();
    assert_eq!(taken, [Ok(()), Ok(()), Err(DropReason::PortClosed)]);
    let b = &mut line.ends[1];
    assert_eq!(b.poll_event(), Some(SocketEvent::Datagrams(7)));
    assert_eq!(b.poll_event(), None, "told once");
    let mut payload = Vec::new();
    let ends = b.recv_from(7, &mut payload).unwrap();
    assert_eq!(
        (ends.remote, ends.local, &payload[..]),
        (from, to, &b"one"[..])
    );
    assert!(b.recv_from(7, &mut payload).is_some() && b.recv_from(7, &mut payload).is_none());
    let too_long = line.ends[0].send_to(from, to, &[0; 1473]);
    assert_eq!(
        too_long,
        Err(SendError::TooLong {
            octets: 1473,
            limit: 1472
        })
    );
    let unbound = line.ends[0].send_to((A, 1).into(), to, b"");
    assert_eq!(unbound, Err(SendError::NotBound { port: 1 }));
}

#[test]
fn datagrams_that_nobody_reads_are_dropped_by_name() {
    let mut b = Sockets::new(SocketsConfig::default(), Stream::of(7, "b"));
    b.bind(7).unwrap();
    for payload in [0, 1400] {
        let packet = Ipv4Builder::new(A, B).udp(5000, 7, &vec![0; payload]);
        let taken: usize = (0..300)
            .map(|_| usize::from(b.receive_packet(Instant::ZERO, &packet).is_ok()))
            .sum();
        let mut read = 0;
        while b.recv_from(7, &mut Vec::new()).is_some() {
            read += 1;
        }
        assert_eq!(taken, read, "what was taken can be read");
        assert!(taken < 300, "and there is an end to it");
    }
}
