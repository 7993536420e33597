//! How an exchange ends, by who fails when: what the client sees, what is logged, what is counted.

use switchlab_core::Event;
use switchlab_host::ConnectionEvent;

use crate::world::{Act, DELAY, World, ask, body, config, greeter};

type Script = fn(&[u8]) -> Act;

/// What a target does when it is asked.
#[derive(Clone, Copy)]
enum Target {
    /// Its port refuses from before on.
    Stopped,
    /// The machine is off from before on.
    Off,
    Does(Script),
}

/// The counters that a failure may show in, by the names told here.
const COUNTERS: [(&str, &str, &str); 10] = [
    ("alb", "HTTPCode_ELB_4XX_Count", "elb-4xx"),
    ("alb", "HTTPCode_ELB_502_Count", "elb-502"),
    ("alb", "HTTPCode_ELB_503_Count", "elb-503"),
    ("alb", "HTTPCode_ELB_504_Count", "elb-504"),
    ("web", "HTTPCode_Target_2XX_Count", "target-2xx"),
    ("web", "TargetConnectionErrorCount", "unconnected"),
    ("web", "retries", "again"),
    ("alb", "rejected", "rejected"),
    ("alb", "cut", "cut"),
    ("alb", "gone", "gone"),
];

fn counted(world: &World) -> [u64; 10] {
    COUNTERS.map(|(app, counter, _)| world.count(app, counter))
}

/// What has happened on a client's connection, in the log and to the counters since.
fn outcome(world: &World, line: usize, before: [u64; 10]) -> String {
    let client = world.line(line);
    let text = client.text();
    let status = text.get(9..12).unwrap_or("nothing");
    let end = match client.end() {
        None => "kept",
        Some(ConnectionEvent::Reset) => "reset",
        Some(_) => "closed",
    };
    let log = world.log().pop().unwrap_or_default();
    let fields: Vec<&str> = log.split(' ').collect();
    let times = match fields[5..8] {
        ["-1", "-1", "-1"] => "unsent",
        [_, "-1", "-1"] => "sent",
        _ => "answered",
    };
    let counted = counted(world).into_iter().zip(before).zip(COUNTERS);
    let counted = counted.filter(|((now, before), _)| now > before);
    let names: Vec<&str> = counted.map(|(_, (.., name))| name).collect();
    format!(
        "{status} {end} | {} {} {times} | {}",
        fields[8],
        fields[9],
        names.join(" ")
    )
}

/// A request at a target that does this, on a fresh connection to it or one that has carried another.
fn exchange(target: Target, method: &str, is_reused: bool) -> String {
    let mut is_first = is_reused;
    let script = move |received: &[u8]| match target {
        _ if std::mem::take(&mut is_first) => {
            Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec())
        }
        Target::Does(script) => script(received),
        Target::Stopped | Target::Off => Act::Wait,
    };
    let mut world = World::new(config(&[11])).serve(11, script);
    let request = format!("{method} / HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes();
    if is_reused {
        assert!(ask(&mut world, 1_000, &request).starts_with("HTTP/1.1 200 "));
    }
    world.run_to(3_000);
    match target {
        Target::Stopped => world.machine(11).stop(),
        Target::Off => world.machine(11).is_crashed = true,
        Target::Does(_) => {}
    }
    world.run_to(3_200);
    let (before, told) = (counted(&world), world.answers().len());
    let line = world.open(80);
    world.send(line, &request);
    // Until it is answered and the rest of it has come or failed, but before the client is idle for too long.
    for millis in (3_500..70_000).step_by(500) {
        world.run_to(millis);
        if world.answers().len() > told && world.under_way() == 0 {
            break;
        }
    }
    assert_eq!(world.under_way(), 0, "it has come to an end");
    outcome(&world, line, before)
}

#[test]
fn a_target_fails_at_each_moment() {
    let close: Script = |_| Act::AnswerAndClose(Vec::new());
    let reset: Script = |_| Act::AnswerAndReset(Vec::new());
    let mute: Script = |_| Act::Wait;
    let one_octet: Script = |_| Act::AnswerAndReset(b"H".to_vec());
    let half_head: Script = |_| Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\nContent-".to_vec());
    let half_head_mute: Script = |received| match received.ends_with(b"\r\n\r\n") {
        true => Act::Answer(b"HTTP/1.1 200 OK\r\nContent-".to_vec()),
        false => Act::Wait,
    };
    const HALF: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345";
    const CHUNK: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123";
    const OPEN: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n12345";
    let half_close: Script = |_| Act::AnswerAndClose(HALF.to_vec());
    let half_reset: Script = |_| Act::AnswerAndReset(HALF.to_vec());
    let half_mute: Script = |_| Act::Answer(HALF.to_vec());
    let chunk_close: Script = |_| Act::AnswerAndClose(CHUNK.to_vec());
    let chunk_reset: Script = |_| Act::AnswerAndReset(CHUNK.to_vec());
    let chunk_bad: Script = |_| Act::Answer([CHUNK, b"45678"].concat());
    let open_close: Script = |_| Act::AnswerAndClose(OPEN.to_vec());
    let open_reset: Script = |_| Act::AnswerAndReset(OPEN.to_vec());
    let no_http: Script = |_| Act::Answer(b"SSH-2.0-OpenSSH\r\n".to_vec());
    use Target::{Does, Off, Stopped};
    const REFUSED: &str = "502 kept | 502 - unsent | elb-502 unconnected";
    const BROKEN: &str = "502 kept | 502 - sent | elb-502";
    const SILENT: &str = "504 kept | 504 - sent | elb-504";
    const OFF: &str = "504 kept | 504 - unsent | elb-504 unconnected";
    const CUT: &str = "200 reset | 200 200 answered | target-2xx cut";
    const WHOLE: &str = "200 kept | 200 200 answered | target-2xx";
    #[rustfmt::skip]
    let rows = [
        // what the target does    GET: fresh, reused  POST: fresh, reused  because
        (Stopped,                  [REFUSED, REFUSED,  REFUSED, REFUSED],   "before connect: it refuses, and has closed what was idle"),
        (Off,                      [OFF,     SILENT,   OFF,     SILENT],    "before connect: nobody takes it for 10 s; an idle connection is silent for 60 s"),
        (Does(close),              [BROKEN,  BROKEN,   BROKEN,  BROKEN],    "after connect: closed; it has had the request, so nobody sends it twice"),
        (Does(reset),              [BROKEN,  BROKEN,   BROKEN,  BROKEN],    "after connect: reset, likewise"),
        (Does(mute),               [SILENT,  SILENT,   SILENT,  SILENT],    "after connect: silent"),
        (Does(no_http),            [BROKEN,  BROKEN,   BROKEN,  BROKEN],    "after connect: no HTTP"),
        (Does(one_octet),          [BROKEN,  BROKEN,   BROKEN,  BROKEN],    "after the first octet: it has begun to answer, so it is not asked again"),
        (Does(half_head),          [BROKEN,  BROKEN,   BROKEN,  BROKEN],    "inside of the head: closed"),
        (Does(half_head_mute),     [SILENT,  SILENT,   SILENT,  SILENT],    "inside of the head: silent"),
        (Does(half_close),         [CUT,     CUT,      CUT,     CUT],       "in mid-body: closed before the length"),
        (Does(half_reset),         [CUT,     CUT,      CUT,     CUT],       "in mid-body: reset before the length"),
        (Does(half_mute),          [CUT,     CUT,      CUT,     CUT],       "in mid-body: silent before the length; the client has its 200 already"),
        (Does(chunk_close),        [CUT,     CUT,      CUT,     CUT],       "in mid-chunk: closed"),
        (Does(chunk_reset),        [CUT,     CUT,      CUT,     CUT],       "in mid-chunk: reset"),
        (Does(chunk_bad),          [CUT,     CUT,      CUT,     CUT],       "in mid-chunk: what follows is no chunk"),
        (Does(open_close),         [WHOLE,   WHOLE,    WHOLE,   WHOLE],     "a body that ends with the connection has no other end"),
        (Does(open_reset),         [CUT,     CUT,      CUT,     CUT],       "a reset is no end of it"),
    ];
    let ways = [
        ("GET", false),
        ("GET", true),
        ("POST", false),
        ("POST", true),
    ];
    for (target, expected, because) in rows {
        for ((method, is_reused), expected) in ways.into_iter().zip(expected) {
            let connection = if is_reused {
                "an idle connection"
            } else {
                "a fresh connection"
            };
            assert_eq!(
                exchange(target, method, is_reused),
                expected,
                "{method} on {connection}: {because}"
            );
        }
    }
}

#[test]
fn a_client_fails_at_each_moment() {
    const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234";
    const CHUNKS: &[u8] =
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n";
    const WHOLE: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let mute: Script = |_| Act::Wait;
    let half: Script = |_| Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123".to_vec());
    let bad = [CHUNKS, b"x"].concat();
    #[rustfmt::skip]
    let rows: [(&[u8], Script, bool, &str, &str); 12] = [
        // it sends          the target  resets  outcome                                              because
        (WHOLE,               mute,      true,   "nothing kept | 460 - sent | elb-4xx gone",          "gone before the answer: 460 for nobody"),
        (POST,                mute,      true,   "nothing kept | 460 - sent | elb-4xx gone",          "gone in the middle of its own body"),
        (WHOLE,               half,      true,   "200 kept | 200 200 answered | target-2xx cut",      "gone in the middle of the answer"),
        (WHOLE,               mute,      false,  "nothing closed | 460 - sent | elb-4xx gone",        "its side closed, which is the same"),
        (WHOLE,               half,      false,  "200 closed | 200 200 answered | target-2xx cut",    "its side closed in the middle of the answer"),
        (POST,                mute,      false,  "400 closed | 400 - sent | elb-4xx",                 "its side closed inside of the length"),
        (CHUNKS,              mute,      false,  "400 closed | 400 - sent | elb-4xx",                 "its side closed before the last chunk"),
        (&bad,                mute,      false,  "400 closed | 400 - unsent | elb-4xx",                 "what follows is no chunk"),
        (b"GET / HT",         mute,      false,  "400 closed | 400 - unsent | elb-4xx rejected",      "its side closed inside of the head"),
        (b"GET / HTTP/1.1\r\n\r\n", mute, false, "400 closed | 400 - unsent | elb-4xx rejected",      "no host"),
        (b"TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", mute, false, "405 closed | 405 - unsent | elb-4xx rejected", "a method that is refused"),
        (b"GET / HTTP/3.0\r\nHost: h\r\n\r\n", mute, false, "505 closed | 505 - unsent | rejected",   "a version that is refused"),
    ];
    for (octets, script, resets, expected, because) in rows {
        let mut world = World::new(config(&[11])).serve(11, script);
        world.run_to(1_000);
        let before = counted(&world);
        let line = world.open(80);
        world.send(line, octets);
        world.run_to(1_500);
        match resets {
            true => world.abort(line),
            false => world.close(line),
        }
        world.run_to(2_000);
        assert_eq!(outcome(&world, line, before), expected, "{because}");
        assert_eq!(world.under_way(), 0, "{because}: its target need not go on");
    }
}

#[test]
fn a_deregistration_delay_that_is_over_is_502_before_an_answer_and_cuts_one_behind_it() {
    let half: Script = |_| Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123".to_vec());
    let mute: Script = |_| Act::Wait;
    #[rustfmt::skip]
    let rows = [
        (mute, "502 kept | 502 - sent | elb-502",              "nothing was answered"),
        (half, "200 reset | 200 200 answered | target-2xx cut", "the head was out"),
    ];
    for (script, expected, because) in rows {
        let mut settings = config(&[11]);
        settings.groups[0].config.deregistration_delay = std::time::Duration::from_secs(5);
        let mut world = World::new(settings).serve(11, script);
        world.run_to(1_000);
        let before = counted(&world);
        let line = world.open(80);
        world.send(line, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        world.run_to(2_000);
        let deregister = switchlab_core::Command::Deregister {
            group: "web".into(),
            target: "10.0.0.11:80".parse().unwrap(),
        };
        world.control(&deregister).unwrap();
        world.run_to(6_999);
        let logged = |world: &World| {
            let is_logged = |(_, event): &&(_, Event)| matches!(event, Event::Logged(_));
            world.events.iter().filter(is_logged).count()
        };
        assert_eq!(logged(&world), 0, "{because}: it may go on for 5 s");
        world.run_to(7_100);
        assert_eq!(outcome(&world, line, before), expected, "{because}");
    }
}

#[test]
fn an_exchange_that_moves_at_the_very_end_of_the_delay_is_cut_too() {
    // The second octet of the body brings the head and half of the answer.
    let half: Script = |received| match received.ends_with(b"ab") {
        true => Act::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345".to_vec()),
        false => Act::Wait,
    };
    // From client to switch, on to the target, and back to the switch.
    let there_and_back = DELAY * 3;
    let mut settings = config(&[11]);
    settings.groups[0].config.deregistration_delay =
        std::time::Duration::from_secs(5) + there_and_back;
    let mut world = World::new(settings).serve(11, half);
    world.run_to(1_000);
    let line = world.open(80);
    world.send(
        line,
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na",
    );
    world.run_to(2_000);
    let deregister = switchlab_core::Command::Deregister {
        group: "web".into(),
        target: "10.0.0.11:80".parse().unwrap(),
    };
    world.control(&deregister).unwrap();
    world.run_to(7_000);
    world.send(line, b"b");
    world.run_to(7_001);
    let end = switchlab_core::Instant::from_secs(7) + there_and_back;
    assert_eq!(
        world.last_answer().0,
        end,
        "the answer began at that instant"
    );
    let is_gone = |(at, event): &(_, Event)| *at == end && matches!(event, Event::TargetChanged(_));
    assert!(world.events.iter().any(is_gone), "and the delay ended");
    assert_eq!(world.under_way(), 0);
    assert_eq!(world.count("listener-80", "cut"), 1);
    assert_eq!(world.line(line).end(), Some(ConnectionEvent::Reset));
}

#[test]
fn a_target_that_closes_while_it_drains_is_502_and_a_cookie_for_it_binds_no_more() {
    let mute: Script = |_| Act::Wait;
    let mut settings = config(&[11, 12]);
    settings.groups[0].config.stickiness = Some(switchlab_balance::Stickiness::LbCookie {
        duration: std::time::Duration::from_secs(60),
    });
    let mut world = World::new(settings)
        .serve(11, greeter("A"))
        .serve(12, greeter("B"));
    let first = ask(&mut world, 1_000, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(body(&first), "A");
    let (_, token) = first.split_once("AWSALB=").expect("a cookie");
    let token = token.split(';').next().unwrap_or_default();
    let bound = format!("GET / HTTP/1.1\r\nHost: h\r\nCookie: AWSALB={token}\r\n\r\n");
    world.machine(11).act(mute);
    world.run_to(2_000);
    let before = counted(&world);
    let line = world.open(80);
    world.send(line, bound.as_bytes());
    world.run_to(2_500);
    let deregister = switchlab_core::Command::Deregister {
        group: "web".into(),
        target: "10.0.0.11:80".parse().unwrap(),
    };
    world.control(&deregister).unwrap();
    world.run_to(3_000);
    world.machine(11).stop();
    world.run_to(4_000);
    let expected = "502 kept | 502 - sent | elb-502";
    assert_eq!(
        outcome(&world, line, before),
        expected,
        "its connection closed while it drained, and it took no other"
    );
    let moved = ask(&mut world, 5_000, bound.as_bytes());
    assert_eq!(body(&moved), "B", "nothing new goes to it, cookie or not");
    assert!(!moved.contains(token), "the cookie is replaced");
}
