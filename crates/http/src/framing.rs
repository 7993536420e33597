//! Where the body of a message ends: RFC 9112 §6.3.

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

/// What the framing fields of a head say, if they say one thing only, without the choices that two
/// readers could make differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Declared(Option<Framing>);

impl Declared {
    /// Takes a Content-Length in.
    pub(crate) fn add_length(&mut self, value: &[u8]) -> Result<(), Refusal> {
        match self.0 {
            None => {}
            Some(Framing::Length(_)) => {
                return Err(Refusal::bad("there is more than one Content-Length"));
            }
            Some(_) => return Err(Refusal::CONTRADICTION),
        }
        let length =
            decimal(value).ok_or(Refusal::bad("Content-Length is not a number of octets"))?;
        self.0 = Some(Framing::Length(length));
        Ok(())
    }

    /// Takes a Transfer-Encoding in, of a message of this version.
    pub(crate) fn add_coding(&mut self, value: &[u8], version: Version) -> Result<(), Refusal> {
        match self.0 {
            None => {}
            Some(Framing::Length(_)) => return Err(Refusal::CONTRADICTION),
            Some(_) => return Err(Refusal::bad("there is more than one Transfer-Encoding")),
        }
        if version == Version::Http10 {
            return Err(Refusal::bad("HTTP/1.0 does not know Transfer-Encoding"));
        }
        self.0 = Some(transfer_coding(value)?);
        Ok(())
    }

    /// What is said; `None` if nothing is.
    pub(crate) const fn framing(self) -> Option<Framing> {
        self.0
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
        return Err(Refusal::CODING);
    }
    Err(Refusal::bad(
        "Transfer-Encoding does not end with `chunked`, or says it twice",
    ))
}
