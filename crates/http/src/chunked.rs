//! The chunked transfer coding: RFC 9112 §7.1.

use std::io::Write;

use crate::Piece;
use crate::syntax::{is_field_octet, is_tchar};

/// The most octets of all extensions together, and of all trailers together.
const LONGEST_EXTRAS: usize = 16 << 10;
/// As many digits as a size of 64 bits has.
const MOST_DIGITS: u8 = 16;

/// The last chunk and the end of the message, without trailers.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Writes one chunk; nothing if there is no data, since an empty chunk would end the message.
pub fn write_chunk(out: &mut Vec<u8>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    write!(out, "{:x}\r\n", data.len()).expect("writing to memory cannot fail");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// Why octets are not chunked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// The size is no hexadecimal number of at most 16 digits.
    #[error("the size of a chunk is not 1 to 16 hexadecimal digits")]
    Size,
    /// An extension holds a control character.
    #[error("the extension of a chunk is malformed")]
    Extension,
    /// A line does not end with CRLF, or something stands between the data and it.
    #[error("CRLF is missing in a chunk")]
    LineEnd,
    /// A trailer is no header field.
    #[error("a trailer field is malformed")]
    Trailer,
    /// Extensions or trailers are longer than 16 KiB in all.
    #[error("the extensions or trailers of a body are longer than 16 KiB")]
    TooLong,
}

/// Reads chunks piece by piece; extensions and trailers are checked and left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChunkedDecoder {
    state: State,
    size: u64,
    digits: u8,
    extras: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Size,
    /// White space behind the size, good only in front of an extension.
    Blank,
    Extension,
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
        match (self.state, octet) {
            (State::Size, _) if octet.is_ascii_hexdigit() => {
                if self.digits == MOST_DIGITS {
                    return Err(ChunkError::Size);
                }
                self.digits += 1;
                let digit = (octet as char).to_digit(16).expect("a hexadecimal digit");
                self.size = self.size << 4 | u64::from(digit);
                Ok(State::Size)
            }
            (State::Size, _) if self.digits == 0 => Err(ChunkError::Size),
            (State::Size, b'\r') => Ok(State::SizeFeed),
            (State::Size | State::Blank, b';') => Ok(State::Extension),
            (State::Size | State::Blank, b' ' | b'\t') => self.extra(State::Blank),
            (State::Size | State::Blank, _) => Err(ChunkError::Size),
            (State::Extension, b'\r') => Ok(State::SizeFeed),
            (State::Extension, _) if is_field_octet(octet) => self.extra(State::Extension),
            (State::Extension, _) => Err(ChunkError::Extension),
            (State::SizeFeed, b'\n') => {
                self.digits = 0;
                Ok(if self.size == 0 {
                    State::TrailerStart
                } else {
                    State::Data
                })
            }
            (State::DataReturn, b'\r') => Ok(State::DataFeed),
            (State::DataFeed, b'\n') => Ok(State::Size),
            (State::TrailerStart, b'\r') => Ok(State::EndFeed),
            (State::TrailerStart | State::TrailerName, _) if is_tchar(octet) => {
                self.extra(State::TrailerName)
            }
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerValue, b'\r') => Ok(State::TrailerFeed),
            (State::TrailerValue, _) if is_field_octet(octet) => self.extra(State::TrailerValue),
            (State::TrailerFeed, b'\n') => Ok(State::TrailerStart),
            (State::EndFeed, b'\n') => Ok(State::Done),
            (State::TrailerStart | State::TrailerName | State::TrailerValue, _) => {
                Err(ChunkError::Trailer)
            }
            _ => Err(ChunkError::LineEnd),
        }
    }

    fn extra(&mut self, next: State) -> Result<State, ChunkError> {
        self.extras += 1;
        if self.extras > LONGEST_EXTRAS {
            return Err(ChunkError::TooLong);
        }
        Ok(next)
    }
}
