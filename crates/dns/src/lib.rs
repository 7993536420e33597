//! Names: DNS messages, what a resolver keeps of them, and how it asks.
//!
//! No sockets and no clock: whoever has octets and knows the time carries them. The octets themselves are read
//! and written by the crate `domain`.
//!
//! | module | idea |
//! |---|---|
//! | `name` | [`DnsName`]: a domain name |
//! | `record` | [`Record`] and its [`Data`], [`Question`] |
//! | `query` | [`Query`]: a question as a server reads it, or why it will not answer |
//! | `reply` | [`Reply`]: an answer as it is written, and as a resolver reads it |
//! | `resolution` | [`Resolution`]: what a reply says of a question |
//! | `cache` | [`Cache`]: what is kept, for how long, and what goes when it is full |
//! | `attempts` | [`Attempts`]: whom to ask next, and how long to wait |
//!
//! ```
//! use switchlab_dns::{Data, Query, Question, Record, Reply, Resolution, Rtype};
//!
//! let question = Question::new("shop.example".parse()?, Rtype::A);
//! let octets = Query::new(7, question.clone()).write();
//!
//! // At the server:
//! let query = Query::read(&octets).unwrap();
//! let mut reply = Reply::to(&query);
//! reply.answers.push(Record::new(question.name.clone(), 60, Data::A([10, 0, 0, 1].into())));
//! let octets = reply.write(query.limit());
//!
//! // At the client again:
//! let reply = Reply::read(&octets).unwrap();
//! let Resolution::Found { records, ttl } = Resolution::of(&reply, &question) else { panic!() };
//! assert_eq!((records[0].data.address(), ttl), (Some([10, 0, 0, 1].into()), 60));
//! # Ok::<(), switchlab_dns::NameError>(())
//! ```
#![forbid(unsafe_code)]

mod attempts;
mod cache;
mod name;
mod query;
mod record;
mod reply;
mod resolution;

pub use attempts::{Attempts, Patience};
pub use cache::{Cache, Kept};
pub use domain::base::iana::{Rcode, Rtype};
pub use name::{DnsName, NameError};
pub use query::{PAYLOAD, Query, Refusal};
pub use record::{Data, Question, Record, Soa};
pub use reply::{Malformed, Reply};
pub use resolution::Resolution;

/// The port that servers listen on: RFC 1035 §4.2.
pub const PORT: u16 = 53;
