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

/// The framing fields of a head, and how many there are of each.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Declared<'a> {
    coding: Option<&'a [u8]>,
    length: Option<&'a [u8]>,
    codings: usize,
    lengths: usize,
}

impl<'a> Declared<'a> {
    pub(crate) fn of(fields: &'a Fields) -> Self {
        let mut declared = Self::default();
        for coding in fields.get_all("transfer-encoding") {
            declared.add_coding(coding);
        }
        for length in fields.get_all("content-length") {
            declared.add_length(length);
        }
        declared
    }

    pub(crate) fn add_coding(&mut self, value: &'a [u8]) {
        self.coding = Some(value);
        self.codings += 1;
    }

    pub(crate) fn add_length(&mut self, value: &'a [u8]) {
        self.length = Some(value);
        self.lengths += 1;
    }

    /// What the fields say, if they say one thing only, without the choices that two readers could make
    /// differently; `None` if there are none.
    pub(crate) fn strictly(self, version: Version) -> Result<Option<Framing>, Refusal> {
        if self.codings > 1 {
            return Err(Refusal::bad("there is more than one Transfer-Encoding"));
        }
        if self.lengths > 1 {
            return Err(Refusal::bad("there is more than one Content-Length"));
        }
        match (self.coding, self.length) {
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
