//! What never ends by itself: bodies and answers that trickle, targets that answer too early or too much.

use std::time::Duration;

use switchlab_host::ConnectionEvent;

use crate::world::{Act, GET, World, ask, body, config, greeter};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";

#[test]
fn what_trickles_has_a_limit_of_its_own() {
    let mut settings = config(&[11]);
    settings.exchange_limit = Duration::from_secs(300);
    let mut world = World::new(settings).serve(11, |received| match received.last() {
        // One octet of the answer for one of the request, behind the head.
        Some(b'+') => Act::Answer([HEAD, b"1"].concat()),
        Some(b'-') => Act::Answer(b"1".to_vec()),
        _ => Act::Wait,
    });
    world.run_to(1000);
    let [asking, answered] = [world.open(80), world.open(80)];
    let post = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n";
    world.send(asking, post);
    world.send(answered, &[&post[..], b"+"].concat());
    for half_minute in 1..12_u64 {
        world.run_to(1000 + 30_000 * half_minute);
        if half_minute < 10 {
            assert_eq!(
                world.line(asking).text(),
                "",
                "every octet renews the idle timeout"
            );
            world.send(asking, b".");
            world.send(answered, b"-");
        }
    }
    let text = world.line(asking).text();
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    let (at, because) = world.last_answer();
    assert_eq!(
        because,
        "The request's body went on longer than an exchange may take."
    );
    assert_eq!(at.as_nanos() / 1_000_000, 301_000, "300 s after the head");
    assert!(world.line(answered).text().starts_with("HTTP/1.1 200 "));
    assert_eq!(
        world.line(answered).end(),
        Some(ConnectionEvent::Reset),
        "nothing else could tell that the rest is missing"
    );
    world.close(asking);
    world.run_to(342_500);
    assert!(world.switch_is_empty(), "nothing is left behind");
}

#[test]
fn a_connection_to_a_target_is_used_again_only_if_nothing_is_odd_about_it() {
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA";
    let both = [&ok[..], b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"].concat();
    let whole = |received: &[u8]| received.windows(4).any(|window| window == b"\r\n\r\n");
    let long = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n".to_vec();
    let no_content =
        b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let head = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec();
    #[rustfmt::skip]
    let rows: [(Vec<u8>, Vec<u8>, u64, &str); 6] = [
        // the first request, its answer, connections for it and a second one
        (GET.to_vec(), ok.to_vec(),                                      1, "nothing is odd"),
        (GET.to_vec(), both,                                             2, "B44: a second answer that nobody asked for"),
        (GET.to_vec(), no_content.to_vec(),                              2, "B43: a body where there is none"),
        (head,         ok.to_vec(),                                      2, "B43: a body behind an answer to HEAD"),
        (long,         ok.to_vec(),                                      2, "B31, B34: an answer before the body was read"),
        (GET.to_vec(), b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nA".to_vec(), 2, "HTTP/1.0 does not keep it"),
    ];
    for (request, answer, connections, because) in rows {
        let mut is_first = true;
        let mut greet = greeter("B");
        let script = move |received: &[u8]| match whole(received) {
            true if std::mem::take(&mut is_first) => Act::Answer(answer.clone()),
            true => greet(received),
            false => Act::Wait,
        };
        let mut world = World::new(config(&[11])).serve(11, script);
        let first = ask(&mut world, 1000, &request);
        assert!(first.starts_with("HTTP/1.1 20"), "{because}: {first}");
        assert!(!first.contains("evil"), "{because}: {first}");
        assert_eq!(body(&ask(&mut world, 3000, GET)), "B", "{because}");
        assert_eq!(world.count("web", "connections"), connections, "{because}");
    }
}
