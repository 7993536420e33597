//! What holds for all names, messages and octets; a parser of others reads alike.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use simple_dns::rdata::RData;
use simple_dns::{Packet, PacketFlag};
use switchlab_dns::{
    Data, DnsName, Query, Question, Rcode, Record, Refusal, Reply, Resolution, Rtype, Soa,
};

fn any_name() -> impl Strategy<Value = DnsName> {
    let label = prop_oneof![
        4 => "[a-z][a-z0-9-]{0,8}",
        1 => "[A-Za-z0-9_-]{63}",
        1 => Just("*".to_owned()),
    ];
    prop::collection::vec(label, 1..4).prop_map(|labels| labels.join(".").parse().expect("a name"))
}

fn any_data() -> impl Strategy<Value = Data> {
    prop_oneof![
        any::<u32>().prop_map(|it| Data::A(Ipv4Addr::from(it))),
        any::<u128>().prop_map(|it| Data::Aaaa(Ipv6Addr::from(it))),
        any_name().prop_map(Data::Cname),
        any_name().prop_map(Data::Ns),
        any_name().prop_map(|it| Data::Soa(Soa::new(&it))),
    ]
}

fn any_record() -> impl Strategy<Value = Record> {
    let ttl = 0_u32..1 << 31;
    (any_name(), ttl, any_data()).prop_map(|(name, ttl, data)| Record { name, ttl, data })
}

fn any_question() -> impl Strategy<Value = Question> {
    let rtypes = [
        Rtype::A,
        Rtype::AAAA,
        Rtype::CNAME,
        Rtype::SOA,
        Rtype::ANY,
        Rtype::MX,
    ];
    (any_name(), prop::sample::select(rtypes.to_vec()))
        .prop_map(|(name, rtype)| Question { name, rtype })
}

fn any_query() -> impl Strategy<Value = Query> {
    let payload = prop::option::of(any::<u16>());
    (any::<u16>(), any_question(), any::<bool>(), payload).prop_map(
        |(id, question, wants_recursion, payload)| Query {
            id,
            question,
            wants_recursion,
            payload,
        },
    )
}

fn any_reply() -> impl Strategy<Value = Reply> {
    let rcode = [
        Rcode::NOERROR,
        Rcode::NXDOMAIN,
        Rcode::SERVFAIL,
        Rcode::REFUSED,
    ];
    let records = || prop::collection::vec(any_record(), 0..12);
    let parts = (
        any_query(),
        prop::sample::select(rcode.to_vec()),
        any::<[bool; 2]>(),
    );
    (parts, records(), records()).prop_map(
        |((query, rcode, [is_authoritative, offers_recursion]), answers, authority)| Reply {
            rcode,
            is_authoritative,
            offers_recursion,
            answers,
            authority,
            ..Reply::to(&query)
        },
    )
}

/// A message with some of its octets changed, or some octets.
fn any_octets() -> impl Strategy<Value = Vec<u8>> {
    let message = prop_oneof![
        any_query().prop_map(|query| query.write()),
        any_reply().prop_map(|reply| reply.write(4096)),
        prop::collection::vec(any::<u8>(), 0..80),
    ];
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (message, damage, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(mut octets, damage, end, is_cut)| {
            for (at, octet) in damage {
                if !octets.is_empty() {
                    let at = at.index(octets.len());
                    octets[at] = octet;
                }
            }
            if is_cut && !octets.is_empty() {
                octets.truncate(end.index(octets.len()));
            }
            octets
        },
    )
}

proptest! {
    /// What is written is read again as it was.
    #[test]
    fn messages_survive_the_wire(query in any_query(), reply in any_reply()) {
        prop_assert_eq!(Query::read(&query.write()), Ok(query));
        prop_assert_eq!(Reply::read(&reply.write(65_535)), Ok(reply));
    }

    /// An answer never is longer than it may be. What it has are the first records, and it says whether that is all.
    #[test]
    fn an_answer_fits_or_says_so(reply in any_reply(), limit in 512_usize..1500) {
        let octets = reply.write(limit);
        prop_assert!(octets.len() <= limit);
        let read = Reply::read(&octets).expect("an answer");
        let all = |it: &Reply| [it.answers.clone(), it.authority.clone()].concat();
        let (told, meant) = (all(&read), all(&reply));
        prop_assert_eq!(&told[..], &meant[..told.len()]);
        prop_assert_eq!(read.is_truncated, told.len() < meant.len());
    }

    /// No octets make anybody panic, and whatever is said to a stranger is an answer to it.
    #[test]
    fn no_octets_do_harm(octets in any_octets(), question in any_question()) {
        if let Ok(reply) = Reply::read(&octets) {
            let _ = Resolution::of(&reply, &question);
            let _ = Resolution::of(&reply, &reply.question);
        }
        match Query::read(&octets) {
            Ok(query) => prop_assert_eq!(Query::read(&query.write()), Ok(query)),
            Err(Refusal::Silence) => prop_assert!(octets.len() < 12 || octets[2] & 0x80 != 0),
            Err(Refusal::Says { code, octets: said }) => {
                prop_assert_eq!(&said[..2], &octets[..2], "the identity");
                prop_assert_eq!(said[2] & 0x80, 0x80, "an answer");
                prop_assert_eq!(u16::from(said[3] & 15), code.to_int() & 15);
                prop_assert!(said.len() <= 512);
            }
        }
    }

    /// A parser of others reads what is written here as it is meant.
    #[test]
    fn another_parser_reads_alike(reply in any_reply()) {
        let octets = reply.write(65_535);
        let packet = Packet::parse(&octets).expect("an answer");
        let text = |name: &DnsName| name.to_string().to_lowercase();
        let their = |name: &simple_dns::Name<'_>| name.to_string().to_lowercase();
        prop_assert_eq!(packet.id(), reply.id);
        prop_assert_eq!(packet.rcode() as u16, u16::from(reply.rcode.to_int()));
        prop_assert!(packet.has_flags(PacketFlag::RESPONSE));
        prop_assert_eq!(packet.has_flags(PacketFlag::AUTHORITATIVE_ANSWER), reply.is_authoritative);
        prop_assert_eq!(packet.opt().is_some(), reply.has_edns);
        prop_assert_eq!(their(&packet.questions[0].qname), text(&reply.question.name));
        for (section, meant) in [(&packet.answers, &reply.answers), (&packet.name_servers, &reply.authority)] {
            prop_assert_eq!(section.len(), meant.len());
            for (record, meant) in section.iter().zip(meant) {
                prop_assert_eq!((their(&record.name), record.ttl), (text(&meant.name), meant.ttl));
                match (&record.rdata, &meant.data) {
                    (RData::A(it), Data::A(address)) => prop_assert_eq!(Ipv4Addr::from(it.address), *address),
                    (RData::AAAA(it), Data::Aaaa(address)) => prop_assert_eq!(Ipv6Addr::from(it.address), *address),
                    (RData::CNAME(it), Data::Cname(name)) => prop_assert_eq!(their(&it.0), text(name)),
                    (RData::NS(it), Data::Ns(name)) => prop_assert_eq!(their(&it.0), text(name)),
                    (RData::SOA(it), Data::Soa(soa)) => {
                        prop_assert_eq!(their(&it.mname), text(&soa.server));
                        prop_assert_eq!(their(&it.rname), text(&soa.mailbox));
                        prop_assert_eq!((it.serial, it.minimum), (soa.serial, soa.minimum));
                    }
                    (theirs, ours) => prop_assert!(false, "{theirs:?} is {ours:?}"),
                }
            }
        }
    }

    /// The order of names puts those of a zone together, its own first.
    #[test]
    fn the_names_of_a_zone_stand_together(mut names in prop::collection::vec(any_name(), 1..20)) {
        let zone = names[0].clone();
        names.sort();
        let inside: Vec<_> = names.iter().map(|name| name.is_in(&zone)).collect();
        let first = inside.iter().position(|is_in| *is_in).expect("the zone itself");
        let last = inside.iter().rposition(|is_in| *is_in).expect("the zone itself");
        prop_assert_eq!(&names[first], &zone);
        prop_assert!(inside[first..=last].iter().all(|is_in| *is_in));
    }
}
