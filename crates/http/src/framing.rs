//! Where the body of a message ends: RFC 9112 §6.3, without the choices that two readers could make differently.

use crate::syntax::{decimal, elements, is_token};
use crate::{Fields, Refusal, Version};

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// There is no body.
    #[default]
    None,
    /// The body has this many octets.
    Length(u64),
    /// The body comes in chunks.
    Chunked,
    /// The body ends when the connection does; responses only.
    UntilClose,
}

impl Framing {
    /// Replaces the framing fields by the one that says this.
    ///
    /// `None` and `UntilClose` are said by no field at all.
    pub fn declare(self, fields: &mut Fields) {
        fields.remove("content-length");
        fields.remove("transfer-encoding");
        match self {
            Self::None | Self::UntilClose => {}
            Self::Length(length) => fields.push("Content-Length", length.to_string().as_bytes()),
            Self::Chunked => fields.push("Transfer-Encoding", b"chunked"),
        }
    }
}

/// What the framing fields say, if they say one thing only; `None` if there are none.
pub(crate) fn declared(fields: &Fields, version: Version) -> Result<Option<Framing>, Refusal> {
    let mut codings = fields.get_all("transfer-encoding");
    let mut lengths = fields.get_all("content-length");
    let (coding, length) = (codings.next(), lengths.next());
    if codings.next().is_some() {
        return Err(Refusal::bad("there is more than one Transfer-Encoding"));
    }
    if lengths.next().is_some() {
        return Err(Refusal::bad("there is more than one Content-Length"));
    }
    match (coding, length) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Refusal::bad(
            "Content-Length and Transfer-Encoding contradict each other",
        )),
        (Some(_), None) if version == Version::Http10 => {
            Err(Refusal::bad("HTTP/1.0 does not know Transfer-Encoding"))
        }
        (Some(coding), None) => transfer_coding(coding).map(Some),
        (None, Some(length)) => decimal(length)
            .map(|length| Some(Framing::Length(length)))
            .ok_or(Refusal::bad("Content-Length is not a number of octets")),
    }
}

fn transfer_coding(value: &[u8]) -> Result<Framing, Refusal> {
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    if is_chunked(value) {
        return Ok(Framing::Chunked);
    }
    let count = elements(value).count();
    let is_list = elements(value).enumerate().all(|(place, coding)| {
        is_token(coding)
            && is_chunked(coding) == (place + 1 == count)
            && !coding.eq_ignore_ascii_case(b"identity")
    });
    if is_list {
        return Err(Refusal {
            status: 501,
            reason: "only the transfer coding `chunked` is implemented",
        });
    }
    Err(Refusal::bad(
        "Transfer-Encoding does not end with `chunked`, or says it twice",
    ))
}
