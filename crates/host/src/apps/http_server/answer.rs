//! The answers of a server, made once.

use bytes::Bytes;
use switchlab_http::{Framing, ResponseHead};

use crate::apps::error::AppError;

/// An answer, ready to be sent.
pub(super) struct Answer {
    /// One for each [`Persistence`].
    heads: [Vec<u8>; 3],
    body: Bytes,
}

/// What an answer says of the connection's future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Persistence {
    /// Nothing: HTTP/1.1 keeps it.
    Implied,
    /// It stays, for a client of HTTP/1.0 that asked for it.
    KeepAlive,
    Close,
}

/// Which of a server's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Main,
    Health,
    /// Which refusal: its sentence is a part of the answer.
    Refusal(u16, &'static str),
}

/// What a request will get.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reply {
    pub(super) which: Which,
    pub(super) head_only: bool,
    pub(super) persistence: Persistence,
}

impl Answer {
    pub(super) fn new(
        status: u16,
        content_type: &str,
        headers: &[(String, String)],
        body: &Bytes,
    ) -> Result<Self, AppError> {
        if !(200..=599).contains(&status) {
            return Err(AppError::Status { status });
        }
        let has_body = !matches!(status, 204 | 304);
        let mut heads = [const { Vec::new() }; 3];
        for (head, connection) in heads
            .iter_mut()
            .zip([None, Some("keep-alive"), Some("close")])
        {
            let mut response = ResponseHead::new(status);
            if has_body {
                if !body.is_empty() {
                    response.fields.append("Content-Type", content_type)?;
                }
                Framing::Length(body.len() as u64).declare(&mut response.fields);
            }
            for (name, value) in headers {
                AppError::if_reserved(name)?;
                response.fields.append(name, value)?;
            }
            if let Some(connection) = connection {
                response.fields.append("Connection", connection)?;
            }
            response.write(head);
        }
        Ok(Self {
            heads,
            body: if has_body { body.clone() } else { Bytes::new() },
        })
    }

    pub(super) fn parts(&self, reply: &Reply) -> [&[u8]; 2] {
        let head = &self.heads[reply.persistence as usize];
        let body: &[u8] = if reply.head_only { &[] } else { &self.body };
        [head, body]
    }
}
