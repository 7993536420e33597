//! A question as a server reads it, or why it will not answer.

use domain::base::iana::{Class, Opcode, OptRcode, Rcode, Rtype};
use domain::base::message_builder::MessageBuilder;
use domain::base::{Message, StaticCompressor};

use crate::{DnsName, Question};

/// Octets of UDP payload that a side with EDNS says it takes: what passes everywhere without fragments (DNS Flag
/// Day 2020).
pub const PAYLOAD: u16 = 1232;

/// Octets that everybody takes: RFC 1035 §2.3.4.
const SMALLEST: u16 = 512;

/// A question with what comes around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// By what the asker knows its question again.
    pub id: u16,
    /// What is asked.
    pub question: Question,
    /// Whether the server is asked to ask others.
    pub wants_recursion: bool,
    /// Octets of UDP payload that the asker takes, if it speaks EDNS (RFC 6891).
    pub payload: Option<u16>,
}

/// Why a server does not answer a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is to be said: too short to have an identity, or an answer itself.
    Silence,
    /// What is to be said.
    Says {
        /// By which code: `FORMERR`, `NOTIMP`, `REFUSED` or `BADVERS`.
        code: OptRcode,
        /// The whole answer.
        octets: Vec<u8>,
    },
}

impl Query {
    /// A question by somebody who takes [`PAYLOAD`] octets, with recursion if possible.
    #[must_use]
    pub const fn new(id: u16, question: Question) -> Self {
        Self {
            id,
            question,
            wants_recursion: true,
            payload: Some(PAYLOAD),
        }
    }

    /// Octets that an answer may have: what the asker takes, from 512 to [`PAYLOAD`] (RFC 6891 §6.2.5).
    #[must_use]
    pub fn limit(&self) -> usize {
        self.payload
            .unwrap_or(SMALLEST)
            .clamp(SMALLEST, PAYLOAD)
            .into()
    }

    /// The octets that ask.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut message = MessageBuilder::from_target(StaticCompressor::new(Vec::new()))
            .expect("a vector has room for a header");
        message.header_mut().set_id(self.id);
        message.header_mut().set_rd(self.wants_recursion);
        let mut message = message.question();
        let asked = (&self.question.name.0, self.question.rtype);
        message
            .push(asked)
            .expect("a vector has room for a question");
        let mut message = message.additional();
        if let Some(payload) = self.payload {
            let said = message.opt(|opt| {
                opt.set_udp_payload_size(payload);
                Ok(())
            });
            said.expect("a vector has room for an option record");
        }
        message.finish().into_target()
    }

    /// Reads a question, as strictly as it takes to know what is asked.
    ///
    /// # Errors
    /// [`Refusal`]: silence to what is no question, `NOTIMP` to operations other than a query, `FORMERR` where
    /// there is not exactly one question (RFC 9619), where something does not parse, or with several EDNS
    /// records (RFC 6891 §6.1.1), `BADVERS` to later versions of EDNS, `REFUSED` to other classes than IN and
    /// to transfers of zones.
    pub fn read(octets: &[u8]) -> Result<Self, Refusal> {
        let message = Message::from_slice(octets).map_err(|_| Refusal::Silence)?;
        let header = message.header();
        if header.qr() {
            return Err(Refusal::Silence);
        }
        if header.opcode() != Opcode::QUERY {
            return Err(refuse(message, OptRcode::NOTIMP));
        }
        let malformed = || refuse(message, OptRcode::FORMERR);
        let asked = message.sole_question().map_err(|_| malformed())?;
        let (mut payload, mut version) = (None, 0);
        for item in message {
            let (record, _) = item.map_err(|_| malformed())?;
            if record.rtype() != Rtype::OPT {
                continue;
            }
            // The class of the record is the payload, its TTL holds the version: RFC 6891 §6.1.2 and §6.1.3.
            if payload.replace(record.class().to_int()).is_some() {
                return Err(malformed());
            }
            version = record.ttl().as_secs().to_be_bytes()[1];
        }
        if version > 0 {
            return Err(refuse(message, OptRcode::BADVERS));
        }
        let is_transfer = matches!(asked.qtype(), Rtype::AXFR | Rtype::IXFR);
        if !matches!(asked.qclass(), Class::IN | Class::ANY) || is_transfer {
            return Err(refuse(message, OptRcode::REFUSED));
        }
        let rtype = asked.qtype();
        Ok(Self {
            id: header.id(),
            question: Question::new(DnsName::of(asked.into_qname()), rtype),
            wants_recursion: header.rd(),
            payload,
        })
    }
}

/// An answer that says no more than a code; the question goes with it if there is exactly one.
fn refuse(message: &Message<[u8]>, code: OptRcode) -> Refusal {
    let mut answer = MessageBuilder::from_target(StaticCompressor::new(Vec::new()))
        .expect("a vector has room for a header");
    let header = answer.header_mut();
    header.set_id(message.header().id());
    header.set_qr(true);
    header.set_opcode(message.header().opcode());
    header.set_rd(message.header().rd());
    header.set_rcode(Rcode::masked_from_int(code.to_int().to_be_bytes()[1]));
    let mut answer = answer.question();
    if let Ok(question) = message.sole_question() {
        answer
            .push(question)
            .expect("a vector has room for a question");
    }
    let mut answer = answer.additional();
    if code == OptRcode::BADVERS {
        let said = answer.opt(|opt| {
            opt.set_udp_payload_size(PAYLOAD);
            opt.set_rcode(code);
            Ok(())
        });
        said.expect("a vector has room for an option record");
    }
    Refusal::Says {
        code,
        octets: answer.finish().into_target(),
    }
}
