//! The chunked transfer coding: RFC 9112 §7.1.

use std::io::Write;

use crate::fields::HOP_BY_HOP;
use crate::strict::is_look_alike;
use crate::syntax::{is_field_octet, is_tchar, trim};
use crate::{Fields, Piece};

/// The most octets of all extensions together, and of all trailers together.
const LONGEST_EXTRAS: usize = 16 << 10;
/// As many digits as a size of 64 bits has.
const MOST_DIGITS: u8 = 16;

/// Writes one chunk; nothing if there is no data, since an empty chunk would end the message.
pub fn write_chunk(out: &mut Vec<u8>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    write!(out, "{:x}\r\n", data.len()).expect("writing to memory cannot fail");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// Writes the last chunk, the trailers if there are any, and the end of the message.
pub fn write_last_chunk(out: &mut Vec<u8>, trailers: Option<&Fields>) {
    out.extend_from_slice(b"0\r\n");
    if let Some(trailers) = trailers {
        trailers.write(out);
    }
    out.extend_from_slice(b"\r\n");
}

/// Fields that mean nothing good behind a body: what RFC 9110 §6.5.1 names.
const NEVER_BEHIND: [&str; 39] = [
    // Framing and routing, and who is believed to have sent it.
    "content-length",
    "transfer-encoding",
    "host",
    "forwarded",
    "via",
    // Modifiers of the request: controls, conditions, what is wanted.
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "expect",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "pragma",
    "range",
    // Authentication, cookies with it.
    "authentication-info",
    "authorization",
    "cookie",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "set-cookie",
    "www-authenticate",
    // What the answer is to be used for.
    "age",
    "date",
    "expires",
    "location",
    "retry-after",
    "vary",
    "warning",
    // How to read the content.
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "content-type",
];

/// What the names of fields begin with that proxies alone have to say.
const OF_PROXIES: [&str; 2] = ["x-forwarded-", "x-amzn-"];

/// Whether a field may stand behind a body. A name with `_` is as one with `-`, since many who read it
/// make no difference.
fn may_stand_behind(name: &str) -> bool {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let mut never = NEVER_BEHIND.iter().chain(&HOP_BY_HOP);
    !never.any(|never| plain == *never)
        && !OF_PROXIES.iter().any(|begin| plain.starts_with(begin))
        && !is_look_alike(name.as_bytes())
}

/// Why octets are not chunked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
#[non_exhaustive]
pub enum ChunkError {
    /// The size is no hexadecimal number of at most 16 digits.
    Size,
    /// An extension is no `;name`, `;name=token` or `;name="text"`.
    Extension,
    /// A line does not end with CRLF, or something stands between the data and it.
    LineEnd,
    /// A trailer is no header field.
    Trailer,
    /// Extensions or trailers are longer than 16 KiB in all.
    TooLong,
}

impl ChunkError {
    /// What is wrong, as a part of a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Size => "the size of a chunk is not 1 to 16 hexadecimal digits",
            Self::Extension => "the extension of a chunk is malformed",
            Self::LineEnd => "CRLF is missing in a chunk",
            Self::Trailer => "a trailer field is malformed",
            Self::TooLong => "the extensions or trailers of a body are longer than 16 KiB",
        }
    }
}

/// Reads chunks piece by piece; extensions are checked and left out, trailers are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChunkedDecoder {
    state: State,
    size: u64,
    digits: u8,
    extras: usize,
    /// The octets of the trailer line that is being read.
    line: Vec<u8>,
    trailers: Fields,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Size,
    /// White space behind the size, good only in front of an extension.
    Blank,
    ExtensionStart,
    ExtensionName,
    /// White space behind the name of an extension, good only in front of its value or another.
    ExtensionBlank,
    ValueStart,
    Token,
    Quoted,
    Escaped,
    QuotedEnd,
    /// White space behind a value, good only in front of another extension.
    ValueBlank,
    SizeFeed,
    Data,
    DataReturn,
    DataFeed,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerFeed,
    EndFeed,
    Done,
}

impl ChunkedDecoder {
    /// At the beginning of a body.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the end of the body has been read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The trailers read so far, without those that would change how the message is understood, where it
    /// goes, or who is believed to have sent it (RFC 9110 §6.5.1), without those named almost so, and
    /// without hop-by-hop fields.
    #[must_use]
    pub const fn trailers(&self) -> &Fields {
        &self.trailers
    }

    /// Reads until data is found, or the input or the body ends.
    ///
    /// # Errors
    /// [`ChunkError`], and the same again on every later call with the same octets.
    pub fn read(&mut self, input: &[u8]) -> Result<Piece, ChunkError> {
        let mut at = 0;
        while at < input.len() && self.state != State::Done {
            if self.state == State::Data {
                let left = usize::try_from(self.size).unwrap_or(usize::MAX);
                let end = at + left.min(input.len() - at);
                self.size -= (end - at) as u64;
                if self.size == 0 {
                    self.state = State::DataReturn;
                }
                return Ok(Piece {
                    consumed: end,
                    data: at..end,
                });
            }
            self.state = self.after(input[at])?;
            at += 1;
        }
        Ok(Piece {
            consumed: at,
            data: at..at,
        })
    }

    /// The state behind one octet that is not data.
    fn after(&mut self, octet: u8) -> Result<State, ChunkError> {
        use State::*;
        match (self.state, octet) {
            (Size, _) if octet.is_ascii_hexdigit() => {
                if self.digits == MOST_DIGITS {
                    return Err(ChunkError::Size);
                }
                self.digits += 1;
                let digit = (octet as char).to_digit(16).expect("a hexadecimal digit");
                self.size = self.size << 4 | u64::from(digit);
                Ok(Size)
            }
            (Size, _) if self.digits == 0 => Err(ChunkError::Size),
            (Size | Blank, b';') => self.extra(ExtensionStart),
            (Size | Blank, b' ' | b'\t') => self.extra(Blank),
            (Size | ExtensionName | Token | QuotedEnd, b'\r') => Ok(SizeFeed),
            (Size | Blank, _) => Err(ChunkError::Size),
            (ExtensionStart, b' ' | b'\t') => self.extra(ExtensionStart),
            (ExtensionStart | ExtensionName, _) if is_tchar(octet) => self.extra(ExtensionName),
            (ExtensionName | ExtensionBlank, b' ' | b'\t') => self.extra(ExtensionBlank),
            (ExtensionName | ExtensionBlank, b'=') => self.extra(ValueStart),
            (ValueStart, b' ' | b'\t') => self.extra(ValueStart),
            (ValueStart, b'"') => self.extra(Quoted),
            (ValueStart | Token, _) if is_tchar(octet) => self.extra(Token),
            (Quoted, b'"') => self.extra(QuotedEnd),
            (Quoted, b'\\') => self.extra(Escaped),
            (Quoted | Escaped, _) if is_field_octet(octet) => self.extra(Quoted),
            (Token | QuotedEnd | ValueBlank, b' ' | b'\t') => self.extra(ValueBlank),
            (ExtensionName | ExtensionBlank | Token | QuotedEnd | ValueBlank, b';') => {
                self.extra(ExtensionStart)
            }
            (
                ExtensionStart | ExtensionName | ExtensionBlank | ValueStart | Token | Quoted
                | Escaped | QuotedEnd | ValueBlank,
                _,
            ) => Err(ChunkError::Extension),
            (SizeFeed, b'\n') => {
                self.digits = 0;
                Ok(if self.size == 0 { TrailerStart } else { Data })
            }
            (DataReturn, b'\r') => Ok(DataFeed),
            (DataFeed, b'\n') => Ok(Size),
            (TrailerStart, b'\r') => Ok(EndFeed),
            (TrailerStart | TrailerName, _) if is_tchar(octet) => self.trailer(octet, TrailerName),
            (TrailerName, b':') => self.trailer(octet, TrailerValue),
            (TrailerValue, b'\r') => Ok(TrailerFeed),
            (TrailerValue, _) if is_field_octet(octet) => self.trailer(octet, TrailerValue),
            (TrailerFeed, b'\n') => {
                self.keep_trailer();
                Ok(TrailerStart)
            }
            (EndFeed, b'\n') => Ok(Done),
            (TrailerStart | TrailerName | TrailerValue, _) => Err(ChunkError::Trailer),
            _ => Err(ChunkError::LineEnd),
        }
    }

    fn trailer(&mut self, octet: u8, next: State) -> Result<State, ChunkError> {
        self.line.push(octet);
        self.extra(next)
    }

    fn extra(&mut self, next: State) -> Result<State, ChunkError> {
        self.extras += 1;
        if self.extras > LONGEST_EXTRAS {
            return Err(ChunkError::TooLong);
        }
        Ok(next)
    }

    /// Keeps the trailer line that is whole, if it may stand behind a body.
    fn keep_trailer(&mut self) {
        let mut parts = self.line.splitn(2, |octet| *octet == b':');
        let (name, value) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let name = std::str::from_utf8(name).expect("a token is ASCII");
        if may_stand_behind(name) {
            self.trailers.push(name, trim(value));
        }
        self.line.clear();
    }
}
