//! Bodies of every framing, piece by piece.

use std::ops::Range;

use crate::{ChunkError, ChunkedDecoder, Fields, Framing};

/// What was read of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// How many octets of the input are done with.
    pub consumed: usize,
    /// Where in the input the data is; empty if there was none.
    pub data: Range<usize>,
}

/// Why a body came to no good end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The chunks are malformed.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// The connection ended before the body did.
    #[error("the connection ended before the body did")]
    Incomplete,
}

/// Reads a body piece by piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyReader(State);

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Length(u64),
    Chunked(ChunkedDecoder),
    UntilClose,
}

impl BodyReader {
    /// At the beginning of a body with this framing.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::None => State::Length(0),
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Chunked(ChunkedDecoder::new()),
            Framing::UntilClose => State::UntilClose,
        })
    }

    /// Reads the next piece. Octets behind the end of the body are never consumed.
    ///
    /// To be called until nothing is consumed: a piece may end before the input does.
    ///
    /// # Errors
    /// [`BodyError::Chunk`] if the body contradicts its framing.
    pub fn read(&mut self, input: &[u8]) -> Result<Piece, BodyError> {
        let count = match &mut self.0 {
            State::Chunked(decoder) => return Ok(decoder.read(input)?),
            State::UntilClose => input.len(),
            State::Length(left) => {
                let count = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(input.len());
                *left -= count as u64;
                count
            }
        };
        Ok(Piece {
            consumed: count,
            data: 0..count,
        })
    }

    /// The trailers read so far: [`ChunkedDecoder::trailers`]; `None` of a body that has no chunks.
    #[must_use]
    pub const fn trailers(&self) -> Option<&Fields> {
        match &self.0 {
            State::Chunked(decoder) => Some(decoder.trailers()),
            State::Length(_) | State::UntilClose => None,
        }
    }

    /// Whether the end of the body has been read; never of one that ends with the connection.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match &self.0 {
            State::Length(left) => *left == 0,
            State::Chunked(decoder) => decoder.is_done(),
            State::UntilClose => false,
        }
    }

    /// Tells that the connection has ended.
    ///
    /// # Errors
    /// [`BodyError::Incomplete`] if the body was not to end here.
    pub fn finish(&self) -> Result<(), BodyError> {
        if self.is_done() || self.0 == State::UntilClose {
            return Ok(());
        }
        Err(BodyError::Incomplete)
    }
}
