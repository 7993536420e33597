//! What is refused, what replies say, what is kept, and who is asked: row by row.

use std::time::Duration;

use switchlab_core::Instant;
use switchlab_dns::{
    Attempts, Cache, Data, DnsName, Patience, Query, Question, Rcode, Record, Refusal, Reply,
    Resolution, Rtype, Soa,
};

fn name(text: &str) -> DnsName {
    text.parse().expect("a name")
}

fn asked(text: &str) -> Question {
    Question::new(name(text), Rtype::A)
}

fn a(text: &str, ttl: u32, last: u8) -> Record {
    Record::new(name(text), ttl, Data::A([10, 0, 0, last].into()))
}

fn cname(text: &str, ttl: u32, target: &str) -> Record {
    Record::new(name(text), ttl, Data::Cname(name(target)))
}

fn soa(zone: &str, ttl: u32, minimum: u32) -> Record {
    let soa = Soa {
        minimum,
        ..Soa::new(&name(zone))
    };
    Record::new(name(zone), ttl, Data::Soa(soa))
}

#[test]
fn what_is_no_question_is_refused_by_its_name() {
    let sound = Query::new(7, asked("shop.example")).write();
    let with = |changes: &[(usize, u8)]| {
        let mut octets = sound.clone();
        for (at, octet) in changes {
            octets[*at] = *octet;
        }
        octets
    };
    // The question ends at 12 + 14 + 4 = 30, and the option record follows.
    let twice = [&with(&[(11, 2)]), &sound[30..]].concat();
    #[rustfmt::skip]
    let rows = [
        (sound.clone(),                  "fine",     "a question"),
        (Vec::new(),                     "silence",  "nothing at all"),
        (sound[..11].to_vec(),           "silence",  "too short for a header"),
        (with(&[(2, 0x81)]),             "silence",  "an answer: two servers would never end"),
        (with(&[(2, 0x28)]),             "NOTIMP",   "a dynamic update"),
        (with(&[(2, 0x20)]),             "NOTIMP",   "a notify"),
        (with(&[(5, 0)]),                "FORMERR",  "no question"),
        (with(&[(5, 2)]),                "FORMERR",  "two questions"),
        (sound[..20].to_vec(),           "FORMERR",  "cut in the middle of the name"),
        (with(&[(12, 0x40)]),            "FORMERR",  "a kind of label that never came to be"),
        (with(&[(12, 0xc0), (13, 12)]),  "FORMERR",  "a name that points to itself"),
        (with(&[(7, 1)]),                "FORMERR",  "more records than there are octets"),
        (with(&[(36, 1)]),               "BADVERS",  "a later EDNS"),
        (twice,                          "FORMERR",  "two option records"),
        (with(&[(29, 3)]),               "REFUSED",  "the class CHAOS"),
        (with(&[(27, 252)]),             "REFUSED",  "a transfer of the zone"),
        (with(&[(3, 0x70)]),             "fine",     "bits of the header that are reserved, or DNSSEC's"),
    ];
    for (octets, expected, because) in rows {
        let said = match Query::read(&octets) {
            Ok(_) => "fine".to_owned(),
            Err(Refusal::Silence) => "silence".to_owned(),
            Err(Refusal::Says { code, .. }) => code.to_string(),
        };
        assert_eq!(said, expected, "{because}");
    }
}

#[test]
fn an_answer_is_as_long_as_its_asker_takes() {
    #[rustfmt::skip]
    let rows = [
        (None,        512,  "without EDNS"),
        (Some(100),   512,  "less than everybody takes"),
        (Some(900),   900,  "what is asked for"),
        (Some(65535), 1232, "no more than passes everywhere"),
    ];
    for (payload, expected, because) in rows {
        let query = Query {
            payload,
            ..Query::new(7, asked("shop.example"))
        };
        assert_eq!(query.limit(), expected, "{because}");
        let mut reply = Reply::to(&query);
        reply.answers = (0..200).map(|last| a("shop.example", 60, last)).collect();
        let octets = reply.write(query.limit());
        assert!(
            (expected - 16..=expected).contains(&octets.len()),
            "{because}"
        );
    }
}

#[test]
fn a_reply_says_one_thing_of_a_question() {
    let found = |records: &[Record], ttl| Resolution::Found {
        records: records.to_vec(),
        ttl,
    };
    let nothing = |rcode, soa| Resolution::Nothing { rcode, soa };
    let one = a("shop.example", 60, 1);
    let alias = cname("shop.example", 300, "www.example");
    let out = cname("shop.example", 300, "cdn.test");
    let round = [
        cname("shop.example", 60, "b.example"),
        cname("b.example", 60, "shop.example"),
    ];
    let start = soa("example", 900, 86_400);
    #[rustfmt::skip]
    let rows = [
        (Rcode::NOERROR,  vec![one.clone(), a("shop.example", 30, 2)], vec![], found(&[one.clone(), a("shop.example", 30, 2)], 30), "the shortest time is the answer's"),
        (Rcode::NOERROR,  vec![one.clone(), a("other.example", 5, 9)], vec![], found(std::slice::from_ref(&one), 60), "of others nobody asked"),
        (Rcode::NOERROR,  vec![a("www.example", 60, 1), alias.clone()], vec![], found(&[alias.clone(), a("www.example", 60, 1)], 60), "an alias leads on, in whatever order"),
        (Rcode::NOERROR,  vec![out.clone()], vec![], Resolution::Elsewhere { records: vec![out.clone()], name: name("cdn.test"), ttl: 300 }, "an alias leads out of the zone"),
        (Rcode::NOERROR,  round.to_vec(), vec![], Resolution::Failed,                                        "aliases go round and round"),
        (Rcode::NOERROR,  vec![], vec![start.clone()], nothing(Rcode::NOERROR, Some(start.clone())),         "nothing of that type"),
        (Rcode::NXDOMAIN, vec![], vec![start.clone()], nothing(Rcode::NXDOMAIN, Some(start.clone())),        "no such name"),
        (Rcode::NXDOMAIN, vec![], vec![soa("test", 900, 60)], nothing(Rcode::NXDOMAIN, None),                "of another zone nobody asked"),
        (Rcode::NXDOMAIN, vec![alias.clone()], vec![start.clone()], nothing(Rcode::NXDOMAIN, Some(start.clone())), "what it is an alias of is not there"),
        (Rcode::SERVFAIL, vec![one.clone()], vec![], Resolution::Failed,                                     "the server could not"),
        (Rcode::REFUSED,  vec![], vec![], Resolution::Failed,                                                "the server would not"),
    ];
    for (rcode, answers, authority, expected, because) in rows {
        let question = asked("SHOP.example");
        let reply = Reply {
            rcode,
            answers,
            authority,
            ..Reply::to(&Query::new(7, question.clone()))
        };
        assert_eq!(Resolution::of(&reply, &question), expected, "{because}");
        assert_eq!(
            Resolution::of(&reply, &asked("else.example")),
            Resolution::Failed,
            "another question"
        );
    }
}

#[test]
fn what_is_kept_goes_in_time() {
    let at = Instant::from_secs;
    let found = |ttl| Resolution::Found {
        records: vec![a("shop.example", ttl, 1)],
        ttl,
    };
    let nothing = |soa| Resolution::Nothing {
        rcode: Rcode::NXDOMAIN,
        soa,
    };
    #[rustfmt::skip]
    let rows = [
        (found(60),                            60,      "for its TTL"),
        (found(0),                             0,       "or not at all"),
        (found(u32::MAX),                      604_800, "for a week at most"),
        (nothing(Some(soa("example", 900, 86_400))), 900, "nothing: the start's own TTL"),
        (nothing(Some(soa("example", 900, 30))), 30,    "or its minimum, if that is less"),
        (nothing(Some(soa("example", 86_400, 86_400))), 10_800, "for three hours at most"),
        (nothing(None),                        0,       "or not at all if nobody says"),
        (Resolution::Failed,                   0,       "failures are no answers"),
    ];
    for (resolution, seconds, because) in rows {
        let mut cache = Cache::new(4);
        cache.put(at(100), asked("shop.example"), resolution);
        let left = |now| {
            cache
                .get(at(now), &asked("Shop.example"))
                .map(|kept| kept.ttl)
        };
        assert_eq!(left(100), (seconds > 0).then_some(seconds), "{because}");
        assert_eq!(left(100 + u64::from(seconds)), None, "{because}");
        if seconds > 1 {
            assert_eq!(left(101), Some(seconds - 1), "it counts down: {because}");
        }
    }
}

#[test]
fn a_full_cache_forgets_what_would_go_first() {
    let mut cache = Cache::new(2);
    let at = Instant::from_secs;
    for (text, ttl) in [("a.example", 50), ("b.example", 10), ("c.example", 90)] {
        let (records, now) = (vec![a(text, ttl, 1)], at(0));
        cache.put(now, asked(text), Resolution::Found { records, ttl });
    }
    let held = |cache: &Cache, text: &str, now| cache.get(at(now), &asked(text)).is_some();
    let all = ["a.example", "b.example", "c.example"];
    assert_eq!(all.map(|text| held(&cache, text, 5)), [true, false, true]);
    assert_eq!(cache.len(), 2);
    let records = vec![a("a.example", 5, 2)];
    cache.put(
        at(60),
        asked("a.example"),
        Resolution::Found { records, ttl: 5 },
    );
    assert_eq!(cache.len(), 2, "a new answer takes the place of the old");
    assert_eq!(all.map(|text| held(&cache, text, 64)), [true, false, true]);
}

#[test]
fn servers_are_asked_in_turn() {
    let (one, two) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    let at = Instant::from_secs;
    let mut attempts = Attempts::new(vec![one, two], Patience::default(), at(0));
    #[rustfmt::skip]
    let story = [
        (Some(one), 5,  5,  "the first, for 5 s"),
        (Some(two), 10, 6,  "then the second; it refuses at once"),
        (Some(one), 11, 11, "then the second round"),
        (Some(two), 16, 16, "to its end"),
        (None,      21, 21, "and no more"),
    ];
    for (server, deadline, next, because) in story {
        assert_eq!(
            (attempts.server(), attempts.deadline()),
            (server, at(deadline)),
            "{because}"
        );
        attempts.go_on(at(next));
    }
    let nobody = Attempts::new(
        vec![],
        Patience {
            timeout: Duration::ZERO,
            rounds: 3,
        },
        at(0),
    );
    assert_eq!(nobody.server(), None, "there is nobody to ask");
}
