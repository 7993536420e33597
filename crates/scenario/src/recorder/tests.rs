use std::net::IpAddr;
use std::time::Duration;

use switchlab_core::{Assignment, Exchange, Ping, PortId};

use super::*;
use crate::Client;

const CLIENT: NodeId = NodeId::new(0);
const L4: NodeId = NodeId::new(1);
const L7: NodeId = NodeId::new(2);
const WEB: NodeId = NodeId::new(3);

fn socket(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A client that asks twice and one that asks for ever, a layer 4 balancer at .4, a layer 7 balancer
/// at .7, a server at .80.
fn directory() -> Directory {
    let owner = |address: &str, node| (address.parse::<IpAddr>().expect("an address"), node);
    let client = |app: &str, count| Client {
        node: CLIENT,
        app: app.into(),
        count,
    };
    Directory {
        nodes: ["client", "l4", "l7", "web"].map(Arc::from).to_vec(),
        owners: [
            owner("10.0.0.1", CLIENT),
            owner("10.0.0.4", L4),
            owner("10.0.0.7", L7),
            owner("10.0.0.80", WEB),
        ]
        .into(),
        balancers: [L4, L7].into(),
        load_balancers: BTreeMap::new(),
        congestion_control: BTreeMap::new(),
        clients: vec![client("endless", None), client("twice", Some(2))],
    }
}

fn sent(number: u64, server: &str) -> Event {
    Event::RequestSent(RequestSent {
        app: "twice".into(),
        number,
        url: format!("http://{server}/").into(),
        server: Some(socket(server)),
    })
}

fn exchange(server: &str, ordinal: u32) -> Exchange {
    Exchange {
        client: socket("10.0.0.1:50000"),
        server: socket(server),
        ordinal,
    }
}

fn done(number: u64, exchange: Option<Exchange>, error: Option<RequestError>) -> Event {
    Event::RequestDone(RequestDone {
        app: "twice".into(),
        number,
        server: exchange.map(|exchange| exchange.server),
        exchange,
        status: error.is_none().then_some(200),
        error,
        octets: 0,
    })
}

fn assigned(server: &str, ordinal: Option<u32>, target: &str) -> Event {
    Event::Assigned(Assignment {
        group: "web".into(),
        client: socket("10.0.0.1:50000"),
        server: socket(server),
        ordinal,
        target: socket(target),
    })
}

#[test]
fn a_request_is_joined_with_the_last_target_tried() {
    /// Who was connected to, what balancers told, which exchange it was, the target, because.
    type Row<'a> = (
        &'a str,
        Vec<(NodeId, Event)>,
        Option<u32>,
        Option<&'a str>,
        &'a str,
    );
    let (vip4, vip7, web, other) = ("10.0.0.4:80", "10.0.0.7:80", "10.0.0.80:80", "10.0.0.81:80");
    let l7 = |target| (L7, assigned(vip7, Some(0), target));
    let l4 = |target| (L4, assigned(vip4, None, target));
    #[rustfmt::skip]
    let rows: [Row<'_>; 7] = [
        (web,  vec![],                   Some(0), Some(web),   "without a balancer the address connected to"),
        (web,  vec![],                   None,    Some(web),   "even if it never answered"),
        (vip7, vec![],                   Some(0), None,        "the balancer answered by itself"),
        (vip7, vec![l7(web)],            Some(0), Some(web),   "the target it chose"),
        (vip7, vec![l7(web), l7(other)], Some(0), Some(other), "the last of them"),
        (vip4, vec![l4(web)],            Some(3), Some(web),   "the choice for a flow holds for each exchange"),
        (vip4, vec![l4(vip7), l7(web)],  Some(0), Some(web),   "from balancer to balancer"),
    ];
    for (server, told, ordinal, target, because) in rows {
        let directory = directory();
        let mut recorder = Recorder::new(&directory, None);
        recorder.event(Instant::ZERO, CLIENT, sent(0, server));
        for (node, event) in told {
            recorder.event(Instant::ZERO, node, event);
        }
        let exchange = ordinal.map(|ordinal| exchange(server, ordinal));
        let error = ordinal.is_none().then_some(RequestError::Timeout);
        recorder.event(Instant::from_millis(1), CLIENT, done(0, exchange, error));
        let record = recorder.finish();
        let request = &record.requests[0];
        assert_eq!(record.target(request), target.map(socket), "{because}");
        assert_eq!(request.done, Some(Instant::from_millis(1)), "{because}");
        assert_eq!(&*record.client(request).shown, "client.twice");
    }
}

#[test]
fn what_is_answered_is_forgotten() {
    let directory = directory();
    let mut recorder = Recorder::new(&directory, None);
    for number in 0..1_000 {
        let ordinal = number as u32;
        recorder.event(Instant::ZERO, CLIENT, sent(number, "10.0.0.7:80"));
        let target = assigned("10.0.0.7:80", Some(ordinal), "10.0.0.80:80");
        recorder.event(Instant::ZERO, L7, target);
        let exchange = exchange("10.0.0.7:80", ordinal);
        recorder.event(Instant::ZERO, CLIENT, done(number, Some(exchange), None));
    }
    assert!(recorder.open.is_empty() && recorder.choices.len() == 0);
    assert_eq!(recorder.record.requests.len(), 1_000);
    assert_eq!(recorder.record.targets.len(), 1);
}

#[test]
fn what_never_ended_is_unfinished() {
    let directory = directory();
    let mut recorder = Recorder::new(&directory, None);
    recorder.event(Instant::ZERO, CLIENT, sent(0, "10.0.0.80:80"));
    recorder.event(Instant::ZERO, CLIENT, sent(1, "10.0.0.80:80"));
    let error = Some(RequestError::Unfinished);
    recorder.event(Instant::from_secs(9), CLIENT, done(1, None, error));
    for request in recorder.finish().requests {
        assert_eq!((request.done, request.error), (None, error));
    }
}

/// What is told to a recorder: an administrator's action, an end of a request, or a frame.
enum Tell {
    Admin(&'static str),
    Done(u64),
    Frame,
}

#[test]
fn a_run_rests_when_every_client_with_a_count_is_done() {
    use Tell::{Admin, Done, Frame};
    #[rustfmt::skip]
    let stories: [&[(u64, Tell, bool, &str)]; 4] = [
        &[
            (1, Done(0), false, "one of two"),
            (2, Done(1), false, "two of two, but something is still to come at 5 s"),
            (5, Frame,   true,  "and has come"),
        ],
        &[
            (6, Admin("crash"), true,  "a crashed client is not waited for"),
            (7, Admin("start"), false, "it begins anew"),
            (8, Done(0),        false, "one of two"),
            (9, Done(1),        true,  "two of two"),
        ],
        &[
            (6, Done(0),        false, "one of two"),
            (7, Admin("stop"),  true,  "a stopped client is not waited for"),
            (8, Admin("start"), false, "it goes on"),
            (9, Done(1),        true,  "where it was"),
        ],
        &[
            (6, Done(0),        false, "one of two"),
            (7, Admin("start"), false, "it was not stopped"),
            (8, Done(1),        true,  "and counts on"),
        ],
    ];
    for story in stories {
        let directory = directory();
        let mut recorder = Recorder::new(&directory, Some(Instant::from_secs(5)));
        for (second, tell, finished, because) in story {
            let at = Instant::from_secs(*second);
            match tell {
                Admin(action) => recorder.admin(at, CLIENT, action),
                Done(number) => {
                    recorder.event(at, CLIENT, sent(*number, "10.0.0.80:80"));
                    recorder.event(at, CLIENT, done(*number, None, Some(RequestError::Refused)));
                }
                Frame => recorder.delivered(
                    Arrival {
                        at,
                        node: WEB,
                        port: PortId::new(0),
                        number: 0,
                    },
                    &[],
                ),
            }
            assert_eq!(
                recorder.is_finished(),
                *finished,
                "at {second} s: {because}"
            );
        }
    }
}

#[test]
fn a_ping_is_one_of_the_things_to_do() {
    let mut directory = directory();
    directory.clients[1].app = "ping".into();
    let mut recorder = Recorder::new(&directory, Some(Instant::ZERO));
    for number in 0..2 {
        assert!(!recorder.is_finished());
        let (target, sent) = ("10.0.0.80".parse().expect("an address"), Instant::ZERO);
        let round_trip = Some(Duration::from_millis(1));
        let app = "ping".into();
        let ping = Ping {
            app,
            number,
            target,
            sent,
            round_trip,
        };
        recorder.event(Instant::from_secs(1), CLIENT, Event::Ping(ping));
    }
    assert!(recorder.is_finished());
    assert_eq!(recorder.finish().pings.len(), 2);
}

#[test]
fn reasons_without_end_take_room_with_an_end() {
    let directory = directory();
    let mut recorder = Recorder::new(&directory, None);
    for number in 0..1_000 {
        let answer = Answer {
            exchange: exchange("10.0.0.7:80", 0),
            status: 502,
            target: None,
            because: format!("reason {number}").into(),
        };
        recorder.event(Instant::ZERO, L7, Event::Answered(answer));
    }
    let reasons = recorder.finish().bad_answers;
    assert_eq!(reasons.len(), MOST_REASONS + 1);
    assert_eq!(reasons.iter().map(|(_, count)| count).sum::<u64>(), 1_000);
}
