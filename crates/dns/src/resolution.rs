//! What a reply says of a question.

use domain::base::iana::{Rcode, Rtype};

use crate::{Data, DnsName, Question, Record, Reply};

/// How many aliases are followed one after the other.
const ALIASES: usize = 16;

/// What a reply says of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Records of the type, with the aliases that lead to them in front.
    Found {
        /// All that led there, in order.
        records: Vec<Record>,
        /// The shortest time that any of it may be kept, in seconds.
        ttl: u32,
    },
    /// The name is an alias, and of what it stands for the reply says nothing.
    Elsewhere {
        /// The aliases on the way.
        records: Vec<Record>,
        /// The name to ask for.
        name: DnsName,
        /// The shortest time that any of it may be kept, in seconds.
        ttl: u32,
    },
    /// There is nothing of that type (`NOERROR`), or not even such a name (`NXDOMAIN`).
    Nothing {
        /// `NOERROR` or `NXDOMAIN`.
        rcode: Rcode,
        /// The start of the zone, which says so.
        soa: Option<Record>,
    },
    /// The server could not or would not say: another may.
    Failed,
}

impl Resolution {
    /// What `reply` says of `question`. Records of other names than those the aliases lead to do not count.
    #[must_use]
    pub fn of(reply: &Reply, question: &Question) -> Self {
        if reply.question != *question || !matches!(reply.rcode, Rcode::NOERROR | Rcode::NXDOMAIN) {
            return Self::Failed;
        }
        let mut name = question.name.clone();
        let mut records: Vec<Record> = Vec::new();
        let shortest = |records: &[Record]| records.iter().map(|it| it.ttl).min().unwrap_or(0);
        for _ in 0..=ALIASES {
            let at_name = || reply.answers.iter().filter(|record| record.name == name);
            let is_meant =
                |it: &&Record| it.data.rtype() == question.rtype || question.rtype == Rtype::ANY;
            let before = records.len();
            records.extend(at_name().filter(is_meant).cloned());
            if records.len() > before {
                let ttl = shortest(&records);
                return Self::Found { records, ttl };
            }
            let alias = at_name().find_map(|record| match &record.data {
                Data::Cname(target) => Some((record, target)),
                _ => None,
            });
            let Some((record, target)) = alias else {
                return Self::end(reply, question, records, name);
            };
            records.push(record.clone());
            name = target.clone();
        }
        // Aliases that lead nowhere, or round and round.
        Self::Failed
    }

    /// No alias leads on, and there are no records of the type.
    fn end(reply: &Reply, question: &Question, records: Vec<Record>, name: DnsName) -> Self {
        let soa = reply
            .authority
            .iter()
            .find(|record| matches!(record.data, Data::Soa(_)) && name.is_in(&record.name));
        if name == question.name || soa.is_some() || reply.rcode == Rcode::NXDOMAIN {
            return Self::Nothing {
                rcode: reply.rcode,
                soa: soa.cloned(),
            };
        }
        let ttl = records.iter().map(|it| it.ttl).min().unwrap_or(0);
        Self::Elsewhere { records, name, ttl }
    }

    /// How long a resolver may keep this, in seconds: the TTL of records; of the absence of any, that of the
    /// zone's start or its `minimum`, whichever is less (RFC 2308 §5); 0 if nobody says.
    #[must_use]
    pub fn ttl(&self) -> u32 {
        match self {
            Self::Found { ttl, .. } | Self::Elsewhere { ttl, .. } => *ttl,
            Self::Nothing { soa, .. } => match soa.as_ref().map(|it| (it.ttl, &it.data)) {
                Some((ttl, Data::Soa(soa))) => ttl.min(soa.minimum),
                _ => 0,
            },
            Self::Failed => 0,
        }
    }
}
