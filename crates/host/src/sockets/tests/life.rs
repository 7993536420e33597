//! How connections begin, end and fail.

use super::*;

#[test]
fn a_connection_is_opened_used_and_closed() {
    let mut line = Line::new();
    let (client, server) = line.connect();
    assert_eq!(line.ends[0].remote(client), Some(at_b(80)));
    assert_eq!(line.ends[1].remote(server), line.ends[0].local(client));
    assert_eq!(line.ends[0].send(client, b"hello"), 5);
    line.run_for(DELAY);
    assert_eq!(line.ends[1].peek(server), b"hello");
    line.ends[1].consume(server, 3);
    assert_eq!(line.read(1, server), b"lo");
    line.ends[0].shutdown(client);
    assert_eq!(line.ends[0].send(client, b"x"), 0, "its side is closed");
    line.run_for(DELAY);
    line.ends[1].send(server, b"bye");
    line.ends[1].shutdown(server);
    line.run_for(DELAY * 2);
    assert_eq!(
        line.read(0, client),
        b"bye",
        "reading goes on after shutdown"
    );
    line.run_for(DELAY * 2);
    assert_eq!(line.events(0), [Connected, Readable, PeerClosed, Closed]);
    assert_eq!(line.events(1), [Accepted, Readable, PeerClosed, Closed]);
    assert_eq!([line.ends[0].len(), line.ends[1].len()], [0, 0]);
    assert_eq!(line.drops, [], "every packet was of use");
    assert_eq!(line.ends[0].table(line.now).rows[0][2], "TIME-WAIT");
    assert_eq!(line.ends[1].table(line.now).rows.len(), 0);
}

/// What befalls a line.
type Fate = fn(&mut Line);

/// A SYN that the line swallows.
fn lost_syn(line: &mut Line) -> Vec<u8> {
    line.loses = |_| true;
    line.ends[0].connect(a(), at_b(80)).unwrap();
    line.settle();
    line.history[0].2.clone()
}

fn nobody_listens(line: &mut Line) {
    line.ends[0].connect(a(), at_b(81)).unwrap();
}

fn nobody_answers(line: &mut Line) {
    lost_syn(line);
}

fn the_peer_resets(line: &mut Line) {
    let (_, server) = line.connect();
    line.ends[1].abort(server);
}

fn the_peer_falls_silent(line: &mut Line) {
    let (client, _) = line.connect();
    line.loses = |_| true;
    line.ends[0].send(client, b"x");
}

fn no_neighbour_answers(line: &mut Line) {
    let syn = lost_syn(line);
    line.ends[0].undeliverable(&syn);
}

fn a_router_says_no(line: &mut Line) {
    let syn = lost_syn(line);
    let router = Ipv4Addr::new(10, 0, 0, 254);
    let unreachable = IcmpType::DESTINATION_UNREACHABLE;
    let error = Ipv4Builder::new(router, A).icmp(unreachable, 1, [0; 4], &syn[..28]);
    line.ends[0].receive_packet(line.now, &error).unwrap();
}

#[test]
fn the_ways_a_connection_fails_are_told_apart() {
    #[rustfmt::skip]
    let rows: [(Fate, &[ConnectionEvent], &str); 6] = [
        (nobody_listens,        &[Refused],             "RST answers the SYN"),
        (nobody_answers,        &[TimedOut],            "75 s are enough"),
        (the_peer_resets,       &[Connected, Reset],    "RST comes later"),
        (the_peer_falls_silent, &[Connected, TimedOut], "data stays unacknowledged"),
        (no_neighbour_answers,  &[Unreachable],         "the SYN never left"),
        (a_router_says_no,      &[Unreachable],         "ICMP quotes the SYN"),
    ];
    for (fate, expected, because) in rows {
        let mut line = Line::new();
        fate(&mut line);
        line.run_for(Duration::from_secs(300));
        assert_eq!(line.events(0), expected, "{because}");
        assert!(line.ends[0].is_empty(), "{because}");
    }
}

#[test]
fn an_icmp_error_with_another_sequence_number_is_not_believed() {
    let mut line = Line::new();
    line.loses = |_| true;
    line.ends[0].connect(a(), at_b(80)).unwrap();
    line.settle();
    let mut quoted = line.history[0].2[..28].to_vec();
    quoted[27] ^= 1;
    let error = Ipv4Builder::new(B, A).icmp(IcmpType::DESTINATION_UNREACHABLE, 3, [0; 4], &quoted);
    line.ends[0].receive_packet(line.now, &error).unwrap();
    line.settle();
    assert_eq!(line.events(0), []);
}

#[test]
fn close_is_what_a_kernel_does_for_a_process_that_ends() {
    let mut line = Line::new();
    let (client, server) = line.connect();
    line.ends[1].send(server, b"last words");
    line.ends[1].close(server);
    line.run_for(DELAY * 2);
    assert_eq!(line.read(0, client), b"last words");
    assert_eq!(
        line.events(0),
        [Connected, Readable, PeerClosed],
        "FIN behind what was written"
    );
    line.ends[0].send(client, b"more");
    line.run_for(DELAY * 4);
    assert_eq!(line.events(0).last(), Some(&Reset), "nobody will read it");
    assert_eq!([line.ends[0].len(), line.ends[1].len()], [0, 0]);

    let (client, server) = line.connect();
    line.ends[0].send(client, b"never read");
    line.run_for(DELAY * 2);
    line.ends[1].close(server);
    line.run_for(DELAY * 2);
    assert_eq!(
        line.events(0).last(),
        Some(&Reset),
        "something unread waited"
    );
}

#[test]
fn an_orphan_does_not_wait_for_ever_for_the_peers_fin() {
    let mut line = Line::new();
    let (client, _server) = line.connect();
    line.ends[0].close(client);
    line.run_for(Duration::from_secs(99));
    assert_eq!(line.ends[0].len(), 1);
    line.run_for(Duration::from_secs(5));
    assert_eq!(line.ends[0].len(), 0);
    assert_eq!(line.events(1).last(), Some(&Reset));
}

#[test]
fn time_wait_answers_a_repeated_fin_and_admits_a_new_syn() {
    let mut line = Line::new();
    let (client, server) = line.connect();
    // B closes first, so B waits.
    line.ends[1].shutdown(server);
    line.run_for(DELAY * 2);
    line.ends[0].shutdown(client);
    line.run_for(DELAY * 2);
    assert_eq!(line.events(1).last(), Some(&Closed));
    let fin = line
        .history
        .iter()
        .rfind(|(_, end, _)| *end == 0)
        .unwrap()
        .2
        .clone();
    assert_eq!(
        line.ends[1].receive_packet(line.now, &fin),
        Ok(()),
        "the FIN came again"
    );
    let again = line.ends[1]
        .poll_transmit(line.now)
        .expect("it is acknowledged again");
    assert_eq!(again.octets()[14 + 20 + 13], TcpFlags::ACK.0);
    let syn = TcpHeader {
        source_port: u16::from_be_bytes([fin[20], fin[21]]),
        destination_port: 80,
        flags: TcpFlags::SYN,
        ..TcpHeader::default()
    };
    let syn = Ipv4Builder::new(A, B).tcp(&syn, &[]);
    assert_eq!(line.ends[1].receive_packet(line.now, &syn), Ok(()));
    let answer = line.ends[1]
        .poll_transmit(line.now)
        .expect("a new connection begins");
    assert_eq!(
        answer.octets()[14 + 20 + 13],
        (TcpFlags::SYN | TcpFlags::ACK).0
    );
}

#[test]
fn unread_octets_outlive_the_connection() {
    let mut line = Line::new();
    let (client, server) = line.connect();
    line.ends[0].shutdown(client);
    line.run_for(DELAY * 2);
    line.ends[1].send(server, b"read me later");
    line.ends[1].shutdown(server);
    line.run_for(Duration::from_secs(60));
    assert_eq!(line.events(0), [Connected, Readable, PeerClosed]);
    assert_eq!(line.read(0, client), b"read me later");
    line.settle();
    assert_eq!(line.events(0).last(), Some(&Closed));
}

#[test]
fn dead_ids_are_harmless() {
    let mut line = Line::new();
    let (client, _) = line.connect();
    line.ends[0].abort(client);
    line.run_for(DELAY);
    let (other, _) = line.connect();
    assert_eq!(
        other.index(),
        client.index(),
        "the place is used again, the name is not"
    );
    let end = &mut line.ends[0];
    assert_eq!(
        (end.send(client, b"x"), end.room(client), end.unread(client)),
        (0, 0, 0)
    );
    assert_eq!(end.local(client), None);
    assert!(end.peek(client).is_empty());
    end.close(client);
    end.abort(client);
    end.shutdown(client);
    line.run_for(DELAY);
    assert_eq!(
        line.events(0).last(),
        Some(&Connected),
        "the other one is untouched"
    );
}
