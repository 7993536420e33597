//! What is sent arrives, whatever the line does to it.

use super::*;

#[test]
fn send_takes_what_fits_and_tells_when_to_go_on() {
    let config = SocketsConfig {
        send_buffer: 4096,
        receive_buffer: 2048,
        ..SocketsConfig::default()
    };
    let mut line = Line::with(&config);
    let (client, server) = line.connect();
    let octets: Vec<u8> = (0..10_000_u32).map(|number| number as u8).collect();
    let mut sent = line.ends[0].send(client, &octets);
    assert_eq!(sent, 4096);
    line.run_for(Duration::from_secs(5));
    assert!(
        line.ends[0].room(client) < 4096,
        "B reads nothing, so its window is closed"
    );
    let mut received = Vec::new();
    while received.len() < octets.len() {
        line.run_for(Duration::from_secs(5));
        received.extend(line.read(1, server));
        if line.told[0]
            .pop_if(|(_, event)| *event == Writable)
            .is_some()
        {
            sent += line.ends[0].send(client, &octets[sent..]);
        }
    }
    assert_eq!(received, octets);
    assert_eq!(
        line.ends[0].statistics().timeouts,
        0,
        "probes of a closed window are none"
    );
}

#[test]
fn lost_segments_are_repeated_and_counted() {
    let mut line = Line::new();
    line.echoes = true;
    let (client, _) = line.connect();
    line.loses = |number| number % 17 == 0;
    let octets: Vec<u8> = (0..300_000_u32).map(|number| (number >> 3) as u8).collect();
    let (mut sent, mut received) = (0, Vec::new());
    for _ in 0..1_000 {
        sent += line.ends[0].send(client, &octets[sent..]);
        line.run_for(Duration::from_millis(500));
        received.extend(line.read(0, client));
    }
    assert_eq!(received.len(), octets.len());
    assert_eq!(received, octets);
    let statistics = line.ends[0].statistics();
    assert!(statistics.timeouts > 0 && statistics.retransmissions >= statistics.timeouts);
}

#[test]
fn a_due_deadline_is_acted_on_not_put_off() {
    let mut line = Line::new();
    line.connect();
    line.loses = |_| true;
    line.ends[0].connect(a(), at_b(80)).unwrap();
    line.run_for(Duration::from_secs(80));
    assert_eq!(line.events(0).last(), Some(&TimedOut));
    let repeated = line.ends[0].statistics().timeouts;
    assert!(repeated > 3, "the SYN is repeated, again and again");
    assert!(
        line.turns < 4 * repeated,
        "{} turns for {repeated} repetitions: something spins",
        line.turns
    );
}

#[test]
fn an_idle_connection_is_left_alone() {
    let mut line = Line::new();
    let (client, server) = line.connect();
    let carried = line.carried;
    line.run_for(Duration::from_secs(100_000));
    assert_eq!(line.carried, carried, "no keep-alives, no timeouts");
    line.ends[0].send(client, b"still here");
    line.run_for(DELAY);
    assert_eq!(line.read(1, server), b"still here");
}

#[test]
fn equal_calls_give_equal_packets() {
    let history = || {
        let mut line = Line::new();
        line.echoes = true;
        line.loses = |number| number % 5 == 0;
        for _ in 0..10 {
            line.ends[1].listen(80).ok();
            let id = line.ends[0].connect(a(), at_b(80)).unwrap();
            line.run_for(Duration::from_secs(3));
            line.ends[0].send(id, &[7; 5000]);
            line.run_for(Duration::from_secs(9));
            line.ends[0].close(id);
        }
        line.run_for(Duration::from_secs(1000));
        line.history
    };
    assert_eq!(history(), history());
}
