//! An answer as it is written, and as a resolver reads it.

use std::fmt;

use domain::base::iana::Rcode;
use domain::base::message_builder::{
    AnswerBuilder, MessageBuilder, PushError, RecordSectionBuilder,
};
use domain::base::name::ParsedName;
use domain::base::{Message, Serial, StaticCompressor, Ttl};
use domain::rdata::{A, Aaaa, AllRecordData, Cname, Ns, Soa as SoaData};

use crate::{Data, DnsName, PAYLOAD, Query, Question, Record, Soa};

/// Octets of an EDNS record without options.
const OPT: usize = 11;

/// An answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The identity of the question.
    pub id: u16,
    /// What was asked.
    pub question: Question,
    /// How it went.
    pub rcode: Rcode,
    /// Whether the answer comes from whoever has the zone.
    pub is_authoritative: bool,
    /// Whether something is left out for want of room.
    pub is_truncated: bool,
    /// Whether the question asked for recursion.
    pub wants_recursion: bool,
    /// Whether the server asks others for whoever wants it.
    pub offers_recursion: bool,
    /// Whether EDNS is spoken.
    pub has_edns: bool,
    /// The answer.
    pub answers: Vec<Record>,
    /// About the zone: its start, where something is not there (RFC 2308 §3).
    pub authority: Vec<Record>,
}

/// What came is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer to a single question")
    }
}

impl std::error::Error for Malformed {}

type Target = StaticCompressor<Vec<u8>>;

impl Reply {
    /// An answer that says nothing yet, and so that there is nothing.
    #[must_use]
    pub fn to(query: &Query) -> Self {
        Self {
            id: query.id,
            question: query.question.clone(),
            rcode: Rcode::NOERROR,
            is_authoritative: false,
            is_truncated: false,
            wants_recursion: query.wants_recursion,
            offers_recursion: false,
            has_edns: query.payload.is_some(),
            answers: Vec::new(),
            authority: Vec::new(),
        }
    }

    /// The octets of the answer, `limit` at most. What has no room is left out, and the answer says so: records
    /// from the first that does not fit on.
    #[must_use]
    pub fn write(&self, limit: usize) -> Vec<u8> {
        let mut message = MessageBuilder::from_target(StaticCompressor::new(Vec::new()))
            .expect("a vector has room for a header");
        let header = message.header_mut();
        header.set_id(self.id);
        header.set_qr(true);
        header.set_aa(self.is_authoritative);
        header.set_tc(self.is_truncated);
        header.set_rd(self.wants_recursion);
        header.set_ra(self.offers_recursion);
        header.set_rcode(self.rcode);
        let mut message = message.question();
        let asked = (&self.question.name.0, self.question.rtype);
        message.push(asked).expect("no limit is set yet");
        let mut message: AnswerBuilder<Target> = message.answer();
        message.set_push_limit(limit.saturating_sub(if self.has_edns { OPT } else { 0 }));
        let all = |records: &[Record],
                   section: &mut dyn FnMut(&Record) -> Result<(), PushError>| {
            records.iter().all(|record| section(record).is_ok())
        };
        let mut fits = all(&self.answers, &mut |record| push(&mut message, record));
        let mut message = message.authority();
        fits = fits && all(&self.authority, &mut |record| push(&mut message, record));
        let mut message = message.additional();
        message.clear_push_limit();
        if !fits {
            message.header_mut().set_tc(true);
        }
        if self.has_edns {
            let said = message.opt(|opt| {
                opt.set_udp_payload_size(PAYLOAD);
                Ok(())
            });
            said.expect("no limit is set any more");
        }
        message.finish().into_target()
    }

    /// Reads an answer. Records of types and classes that are not understood here are passed over.
    ///
    /// # Errors
    /// If it is no answer, or not to a single question, or does not parse.
    pub fn read(octets: &[u8]) -> Result<Self, Malformed> {
        let message = Message::from_slice(octets).map_err(|_| Malformed)?;
        let header = message.header();
        if !header.qr() {
            return Err(Malformed);
        }
        let asked = message.sole_question().map_err(|_| Malformed)?;
        let rtype = asked.qtype();
        let (_, answers, authority, _) = message.sections().map_err(|_| Malformed)?;
        let records = |section: domain::base::message::RecordSection<'_, [u8]>| {
            let records = section.limit_to_in::<AllRecordData<_, ParsedName<_>>>();
            let mut read = Vec::new();
            for record in records {
                let record = record.map_err(|_| Malformed)?;
                let (name, ttl) = (DnsName::of(*record.owner()), record.ttl().as_secs());
                if let Some(data) = data(record.into_data()) {
                    read.push(Record::new(name, ttl, data));
                }
            }
            Ok(read)
        };
        Ok(Self {
            id: header.id(),
            rcode: header.rcode(),
            is_authoritative: header.aa(),
            is_truncated: header.tc(),
            wants_recursion: header.rd(),
            offers_recursion: header.ra(),
            has_edns: message.opt().is_some(),
            answers: records(answers)?,
            authority: records(authority)?,
            question: Question::new(DnsName::of(asked.into_qname()), rtype),
        })
    }
}

fn push(section: &mut impl RecordSectionBuilder<Target>, record: &Record) -> Result<(), PushError> {
    let (name, ttl) = (&record.name.0, Ttl::from_secs(record.ttl));
    match &record.data {
        Data::A(address) => section.push((name, ttl, A::new(*address))),
        Data::Aaaa(address) => section.push((name, ttl, Aaaa::new(*address))),
        Data::Cname(target) => section.push((name, ttl, Cname::new(&target.0))),
        Data::Ns(server) => section.push((name, ttl, Ns::new(&server.0))),
        Data::Soa(soa) => {
            let [refresh, retry, expire, minimum] =
                [soa.refresh, soa.retry, soa.expire, soa.minimum].map(Ttl::from_secs);
            let serial = Serial(soa.serial);
            let (server, mailbox) = (&soa.server.0, &soa.mailbox.0);
            let soa = SoaData::new(server, mailbox, serial, refresh, retry, expire, minimum);
            section.push((name, ttl, soa))
        }
    }
}

fn data(data: AllRecordData<&[u8], ParsedName<&[u8]>>) -> Option<Data> {
    Some(match data {
        AllRecordData::A(it) => Data::A(it.addr()),
        AllRecordData::Aaaa(it) => Data::Aaaa(it.addr()),
        AllRecordData::Cname(it) => Data::Cname(DnsName::of(it.into_cname())),
        AllRecordData::Ns(it) => Data::Ns(DnsName::of(it.into_nsdname())),
        AllRecordData::Soa(it) => Data::Soa(Soa {
            server: DnsName::of(*it.mname()),
            mailbox: DnsName::of(*it.rname()),
            serial: it.serial().into_int(),
            refresh: it.refresh().as_secs(),
            retry: it.retry().as_secs(),
            expire: it.expire().as_secs(),
            minimum: it.minimum().as_secs(),
        }),
        _ => return None,
    })
}
