//! Requests and answers that are none: nobody panics, and every request has one end.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use switchlab_host::HttpServerConfig;

use super::http::statuses;
use super::raw::{Heard, RawClient, RawServer};
use super::*;

const REQUESTS: [&str; 4] = [
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "GET http://h/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
];

const ANSWERS: [&str; 4] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nhello",
];

/// Messages behind one another, spoilt in places.
fn spoilt(messages: [&'static str; 4]) -> impl Strategy<Value = Vec<u8>> {
    let octet = prop_oneof![select(b"\r\n :;,0f\0\xff".to_vec()), any::<u8>()];
    let spots = vec((any::<Index>(), octet), 0..4);
    (vec(select(messages.to_vec()), 1..4), spots).prop_map(|(messages, spots)| {
        let mut octets = messages.concat().into_bytes();
        for (at, octet) in spots {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        octets
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A server answers what it can read, and ends the connection behind what it refuses.
    #[test]
    fn a_server_bears_anything(says in spoilt(REQUESTS)) {
        let heard = Heard::default();
        let ours = heard.clone();
        let client = AppKind::own(move || RawClient {
            says: says.clone(),
            heard: ours.clone(),
        });
        let story = Pair::new(client, HttpServerConfig::default()).run(60_000);
        let heard = heard.lock().unwrap();
        let statuses = statuses(&heard.0);
        let refused = statuses.iter().filter(|status| **status >= 400).count();
        prop_assert!(refused <= 1 && (refused == 0 || heard.1));
        prop_assert_eq!(story.counter("server", "refused"), refused as u64);
        prop_assert_eq!(story.counter("server", "served"), (statuses.len() - refused) as u64);
    }

    /// Whatever a server says, each request of a client comes to one end in time.
    #[test]
    fn a_client_bears_anything(says in spoilt(ANSWERS), hangs_up in any::<bool>()) {
        let says: &'static [u8] = says.leak();
        let client = HttpClientConfig {
            keep_alive: true,
            cookies: true,
            timeout: Duration::from_millis(500),
            ..asks(5)
        };
        let server = AppKind::own(move || RawServer::new(says, hangs_up, 2));
        let story = Pair::new(client, server).run(3_000);
        let mut numbers: Vec<_> = story.fates().iter().map(|(number, ..)| *number).collect();
        numbers.sort_unstable();
        prop_assert_eq!(numbers, [0, 1, 2, 3, 4]);
        prop_assert_eq!(story.counter("client", "unfinished"), 0);
    }
}
