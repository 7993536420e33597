//! Crowds of connections, and where they end.

use super::*;

#[test]
fn a_burst_of_connections_at_one_instant_loses_none() {
    let mut line = Line::new();
    line.ends[1].listen(80).unwrap();
    for _ in 0..256 {
        line.ends[0].connect(a(), at_b(80)).unwrap();
    }
    line.run_for(DELAY * 4);
    assert_eq!(line.events(0), [Connected; 256]);
    assert_eq!(line.events(1), [Accepted; 256]);
    assert_eq!(line.ends[0].statistics().retransmissions, 0);
}

#[test]
fn limits_are_named() {
    let config = SocketsConfig {
        half_open_limit: 2,
        connection_limit: 4,
        ..SocketsConfig::default()
    };
    let mut line = Line::with(&config);
    line.ends[1].listen(80).unwrap();
    for _ in 0..4 {
        line.ends[0].connect(a(), at_b(80)).unwrap();
    }
    let fifth = line.ends[0].connect(a(), at_b(80));
    assert_eq!(fifth, Err(ConnectError::TooMany { limit: 4 }));
    line.run_for(DELAY);
    assert_eq!(line.drops, [DropReason::HalfOpenFull; 2]);
    line.run_for(Duration::from_secs(2));
    assert_eq!(
        line.events(0),
        [Connected; 4],
        "the SYN is repeated after a second"
    );
    let sixth = TcpHeader {
        source_port: 1,
        destination_port: 80,
        flags: TcpFlags::SYN,
        ..TcpHeader::default()
    };
    let sixth = Ipv4Builder::new(A, B).tcp(&sixth, &[]);
    let dropped = line.ends[1].receive_packet(line.now, &sixth);
    assert_eq!(dropped, Err(DropReason::ConnectionsFull));
}

#[test]
fn a_half_open_connection_is_given_up_without_a_word() {
    let mut line = Line::new();
    line.ends[1].listen(80).unwrap();
    line.loses = |number| number > 1;
    line.ends[0].connect(a(), at_b(80)).unwrap();
    line.run_for(Duration::from_secs(80));
    assert_eq!(line.events(1), []);
    assert_eq!((line.ends[1].len(), line.ends[1].half_open), (0, 0));
}
