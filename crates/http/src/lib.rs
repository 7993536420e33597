//! HTTP/1.1 messages: heads, framing, bodies and cookies, without sockets or rules.
//!
//! Strict, unless one asks for the leniency of an Application Load Balancer: a message that two parsers
//! could read in two ways is refused. What was accepted is written again in one canonical form, and
//! reading that form gives the same message.
//!
//! | module | idea |
//! |---|---|
//! | `syntax` | the classes of octets that the grammar names |
//! | `fields` | [`Fields`]: header fields in order |
//! | `text` | octets as text, and back: [`text_of`], [`octets_of`] |
//! | `scan` | where the lines of a head end, and how long they may be; [`HeadProgress`] of one in pieces |
//! | `request` | [`RequestHead`] and the [`Refusal`] of one |
//! | `strict`, `lenient` | the two ways to read one |
//! | `view` | [`RequestView`]: one that lies where it came, for who only decides; [`RequestParts`] of both |
//! | `glimpse` | [`Glimpse`]: what a log tells of a request that is refused |
//! | `target` | the forms of a request target, and the authority |
//! | `response` | [`ResponseHead`] |
//! | `framing` | [`Framing`]: where a body ends |
//! | `chunked` | [`ChunkedDecoder`], and writing chunks |
//! | `body` | [`BodyReader`]: bodies of every framing, piece by piece |
//! | `cookie` | [`SetCookie`] and the client's [`CookieJar`] |
//! | `date` | [`http_date`], [`iso_date`] |
//! | `desync` | [`Desync`]: what servers might read differently, and what a [`DesyncMode`] does about it |
//! | `status` | [`reason_phrase`] |
//!
//! ```
//! use switchlab_http::{BodyReader, RequestHead};
//!
//! let octets = b"POST /mail HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello";
//! let (head, consumed) = RequestHead::parse(octets).unwrap().expect("the head is whole");
//! assert_eq!((head.method(), head.target(), head.host()), ("POST", "/mail", Some("example.com")));
//!
//! let mut body = BodyReader::new(head.framing());
//! let piece = body.read(&octets[consumed..]).unwrap();
//! assert_eq!(&octets[consumed..][piece.data], b"hello");
//! assert!(body.is_done());
//!
//! let refusal = RequestHead::parse(b"GET / HTTP/1.1\n\n").unwrap_err();
//! assert_eq!(refusal.status, 400);
//! ```
#![forbid(unsafe_code)]

mod body;
mod chunked;
mod cookie;
mod date;
mod desync;
mod fields;
mod framing;
mod glimpse;
mod lenient;
mod request;
mod response;
mod scan;
mod status;
mod strict;
mod syntax;
mod target;
mod text;
mod view;

pub use body::{BodyError, BodyReader, Piece};
pub use chunked::{ChunkError, ChunkedDecoder, write_chunk, write_last_chunk};
pub use cookie::{CookieJar, SetCookie};
pub use date::{http_date, iso_date};
pub use desync::{Desync, DesyncClass, DesyncMode, Parser, Treatment};
pub use fields::{FieldError, Fields};
pub use framing::Framing;
pub use glimpse::Glimpse;
pub use lenient::LenientHead;
pub use request::{Refusal, RequestHead, Version};
pub use response::{MalformedResponse, ResponseHead};
pub use scan::{
    HeadProgress, LONGEST_FIELD, LONGEST_FIELDS, LONGEST_RESPONSE_FIELDS, LONGEST_START_LINE,
    MOST_FIELDS,
};
pub use status::reason_phrase;
pub use syntax::{is_token, is_visible};
pub use text::{octets_of, text_of};
pub use view::{RequestParts, RequestView};
