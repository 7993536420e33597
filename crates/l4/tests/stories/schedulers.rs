//! Which backend gets a flow: the schedulers at work in a switch, and what keeps a client's flows together.

use std::net::Ipv4Addr;
use std::time::Duration;

use switchlab_balance::{Algorithm, Ipvs};
use switchlab_core::Command;
use switchlab_l4::{L4Config, L4Error, L4Switch, Persistence, SCHEDULERS};
use switchlab_wire::TcpFlags;

use crate::bed::{ACK, Bed, INSIDE, OUTSIDE, RST, SYN, VIRTUAL, client, config, server, tcp};

/// A switch with these weights behind `web`.
fn weighted(scheduler: Algorithm, weights: &[u16]) -> L4Config {
    let mut settings = config(weights.len() as u8);
    let web = &mut settings.services[0];
    web.scheduler = scheduler;
    for (backend, weight) in web.backends.iter_mut().zip(weights) {
        backend.weight = *weight;
    }
    settings
}

/// The backend of a new connection, as a letter; `-` for none.
fn connect(bed: &mut Bed, from: (Ipv4Addr, u16)) -> char {
    let syn = tcp(from, (VIRTUAL, 80), SYN, 1, 0);
    let Some(backend) = bed.assigned(&syn) else {
        return '-';
    };
    let end = backend.parse::<std::net::SocketAddrV4>().unwrap();
    (b'A' + end.ip().octets()[3] - 11) as char
}

fn connect_all(bed: &mut Bed, count: usize) -> String {
    let ports = (5000..).take(count);
    ports.map(|port| connect(bed, (client(2), port))).collect()
}

#[test]
fn golden_sequences() {
    use Ipvs as I;
    #[rustfmt::skip]
    let rows: [(Algorithm, &[u16], &str, &str); 11] = [
        (Algorithm::InRows,       &[4, 3, 2], "AAAABBBCCAAAABBBCC", "in rows"),
        (Algorithm::Ipvs(I::Rr),  &[4, 3, 2], "ABCABCABC",          "weights do not count"),
        (Algorithm::Ipvs(I::Rr),  &[4, 0, 2], "ACAC",               "but weight 0"),
        (Algorithm::Ipvs(I::Wrr), &[4, 3, 2], "AABABCABCAABABCABC", "the rotation of the Linux Virtual Server project"),
        (Algorithm::Ipvs(I::Lc),  &[4, 3, 2], "ABCABC",             "the fewest"),
        (Algorithm::Ipvs(I::Wlc), &[4, 3, 2], "ABCABACBA",          "the fewest for its weight, the first of equals"),
        (Algorithm::Ipvs(I::Sed), &[1, 3],    "BBA",                "the first two go to the fast one"),
        (Algorithm::Ipvs(I::Nq),  &[3, 1],    "ABAA",               "the second goes to the idle slow one"),
        (Algorithm::Ipvs(I::Fo),  &[1, 3],    "BBBBBB",             "the heaviest"),
        (Algorithm::Ipvs(I::Ovf), &[1, 2],    "BBBAA-",             "the heaviest until it has more than its weight"),
        (Algorithm::Ipvs(I::Wlc), &[0, 0],    "--",                 "everybody is quiescent"),
    ];
    for (scheduler, weights, expected, because) in rows {
        let mut bed = Bed::new(weighted(scheduler, weights));
        let seen = connect_all(&mut bed, expected.len());
        assert_eq!(seen, expected, "{scheduler} {weights:?}: {because}");
    }
}

#[test]
fn a_hash_is_stable_and_weighted() {
    let hashes = SCHEDULERS
        .iter()
        .filter(|(_, it)| it.default_key().is_some());
    for (name, scheduler) in hashes {
        let weights: &[u16] = match scheduler {
            Algorithm::FiveTuple => &[1, 1, 1],
            _ => &[1, 3, 0],
        };
        let mut bed = Bed::new(weighted(*scheduler, weights));
        let mut flows = [0_u32; 3];
        for host in 2..10 {
            for port in 6000..6040 {
                let first = connect(&mut bed, (client(host), port));
                flows[first as usize - 'A' as usize] += 1;
                let reset = tcp((client(host), port), (VIRTUAL, 80), RST, 2, 0);
                bed.give(OUTSIDE, &reset);
                bed.wait(Duration::from_secs(11));
                let again = connect(&mut bed, (client(host), port));
                assert_eq!(first, again, "{name}: the same flow, the same backend");
            }
        }
        match scheduler {
            Algorithm::FiveTuple => assert!(flows.iter().all(|it| *it > 80), "{name}: {flows:?}"),
            // Eight clients are few for a source hash.
            Algorithm::Ipvs(_) => assert_eq!(flows[2], 0, "{name}: weight 0"),
            _ => {
                assert_eq!(flows[2], 0, "{name}: weight 0");
                assert!(
                    (40..=120).contains(&flows[0]),
                    "{name}: a quarter, in {flows:?}"
                );
            }
        }
    }
}

#[test]
fn a_source_hash_may_look_at_the_port() {
    for scheduler in [Ipvs::Sh, Ipvs::Mh] {
        let mut settings = weighted(Algorithm::Ipvs(scheduler), &[1, 1, 1]);
        let seen = connect_all(&mut Bed::new(settings.clone()), 30);
        let first = &seen[..1];
        assert_eq!(seen, first.repeat(30), "{scheduler}: one address");
        settings.services[0].hash_port = true;
        let seen = connect_all(&mut Bed::new(settings), 30);
        let letters = ['A', 'B', 'C'].map(|letter| seen.contains(letter));
        assert_eq!(letters, [true; 3], "{scheduler}: many ports, {seen}");
    }
}

#[test]
fn closed_connections_are_no_longer_active() {
    let mut bed = Bed::new(weighted(Algorithm::Ipvs(Ipvs::Lc), &[1, 1]));
    assert_eq!(connect_all(&mut bed, 3), "ABA");
    // The first of the two at A opens and begins to close.
    let (there, back) = ((client(2), 5000), (server(11), 8080));
    bed.give(INSIDE, &tcp(back, there, SYN | ACK, 100, 2));
    bed.give(OUTSIDE, &tcp(there, (VIRTUAL, 80), ACK, 2, 101));
    bed.give(
        OUTSIDE,
        &tcp(there, (VIRTUAL, 80), TcpFlags::FIN | ACK, 2, 101),
    );
    let next = |bed: &mut Bed, port| connect(bed, (client(3), port));
    assert_eq!(
        next(&mut bed, 1),
        'B',
        "A has 1 open and 1 half closed, B has 1 open"
    );
    assert_eq!(next(&mut bed, 2), 'A', "now B has 2");
    // All but the newest two are forgotten when they have been silent for too long.
    bed.wait(Duration::from_secs(110));
    bed.give(OUTSIDE, &tcp((client(3), 1), (VIRTUAL, 80), SYN, 1, 0));
    bed.wait(Duration::from_secs(15));
    assert_eq!(next(&mut bed, 3), 'A', "B has one that was heard, A none");
}

#[test]
fn a_client_stays_where_it_was() {
    let mut settings = weighted(Algorithm::Ipvs(Ipvs::Rr), &[1, 1]);
    settings.services[0].persistence = Some(Persistence::default());
    let mut bed = Bed::new(settings.clone());
    assert_eq!(connect_all(&mut bed, 4), "AAAA", "one client, one backend");
    assert_eq!(connect(&mut bed, (client(3), 1)), 'B', "another client");
    bed.wait(Duration::from_secs(299));
    assert_eq!(connect(&mut bed, (client(2), 6000)), 'A', "bound for 300 s");
    bed.wait(Duration::from_secs(299));
    assert_eq!(
        connect(&mut bed, (client(2), 6001)),
        'A',
        "from the last new flow on"
    );
    assert_eq!(
        connect(&mut bed, (client(3), 2)),
        'A',
        "the other is forgotten, and takes the turn"
    );
    bed.wait(Duration::from_secs(300));
    assert_eq!(
        connect(&mut bed, (client(2), 6002)),
        'B',
        "exactly at the limit it is over"
    );

    settings.services[0].persistence = Some(Persistence {
        prefix: 24,
        ..Persistence::default()
    });
    let mut bed = Bed::new(settings);
    let seen: String = (2..6)
        .map(|host| connect(&mut bed, (client(host), 1)))
        .collect();
    assert_eq!(seen, "AAAA", "all of a net are one client");
    let leave = Command::Deregister {
        group: "web".into(),
        target: (server(11), 8080).into(),
    };
    bed.control(&leave).unwrap();
    assert_eq!(
        connect(&mut bed, (client(6), 1)),
        'B',
        "their backend is leaving"
    );
}

#[test]
fn what_is_refused() {
    type Change = fn(&mut switchlab_l4::ServiceConfig);
    #[rustfmt::skip]
    let rows: [(Change, &str); 5] = [
        (|it| it.scheduler = Algorithm::KeyHash, "service \"web\": layer 4 has no scheduler `hash-key`; `rr` is one"),
        (|it| it.hash_port = true, "service \"web\": `hash_port` is for `sh` and `mh`, not for `in-rows`"),
        (|it| it.persistence = Some(Persistence { prefix: 33, ..Persistence::default() }), "service \"web\": clients of 33 bits; 0 to 32 would be right"),
        (|it| { it.scheduler = Algorithm::Maglev; it.slots = Some(100) }, "service \"web\": a table of 100 slots; a prime from 2 to 5000011 would be right, 65537 for example"),
        (|it| it.slots = Some(101), "service \"web\": `in-rows` has no table of slots; leave out `slots`, or take `maglev`"),
    ];
    for (change, expected) in rows {
        let mut settings = config(2);
        change(&mut settings.services[0]);
        let errors: Vec<_> = settings.errors().iter().map(L4Error::to_string).collect();
        assert_eq!(errors, [expected]);
        assert!(L4Switch::new(settings).is_err());
    }
}
