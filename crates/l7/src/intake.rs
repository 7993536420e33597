//! What comes in: octets become a request or a refusal.

use switchlab_http::{BodyReader, Desync, Parser, RequestHead};

use crate::headers::{MOST_FORWARDERS, forwarders};

/// How requests are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IntakeConfig {
    /// How octets become requests; [`Parser::Strict`] by default.
    pub parser: Parser,
}

/// Octets judged as the beginning of a client's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// A request that is not whole yet; with the class of what is there.
    Incomplete(Desync),
    /// No request, whatever follows.
    Reject(Rejection),
    /// A whole request.
    Request(Box<Received>),
}

/// Why a request is refused. The connection is closed behind the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// The status code of the answer.
    pub status: u16,
    /// What is wrong, as a part of a sentence.
    pub reason: &'static str,
    /// The class of the head.
    pub desync: Desync,
}

/// A whole request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The head, as it was read.
    pub head: RequestHead,
    /// The body without its framing.
    pub body: Vec<u8>,
    /// How many octets of the input the request took.
    pub consumed: usize,
    /// The class of the head.
    pub desync: Desync,
    /// Whether the client's connection and the target's are closed behind the answer for the sake of
    /// the class.
    pub close: bool,
}

/// Judges the first request of these octets, body included.
///
/// More octets never change a verdict other than [`Judged::Incomplete`].
#[must_use]
pub fn judge(octets: &[u8], config: &IntakeConfig) -> Judged {
    let _ = config;
    let desync = Desync::of(octets);
    let reject = |status, reason| {
        Judged::Reject(Rejection {
            status,
            reason,
            desync,
        })
    };
    let (head, mut consumed) = match RequestHead::parse(octets) {
        Ok(Some(read)) => read,
        Ok(None) => return Judged::Incomplete(desync),
        Err(refusal) => return reject(refusal.status, refusal.reason),
    };
    if forwarders(&head) > MOST_FORWARDERS {
        return reject(463, "X-Forwarded-For names more than 30 addresses");
    }
    let (mut reader, mut body) = (BodyReader::new(head.framing()), Vec::new());
    while !reader.is_done() {
        let rest = &octets[consumed..];
        match reader.read(rest) {
            Ok(piece) if piece.consumed == 0 => return Judged::Incomplete(desync),
            Ok(piece) => {
                body.extend_from_slice(&rest[piece.data]);
                consumed += piece.consumed;
            }
            Err(_) => return reject(400, "the chunks of the body are malformed"),
        }
    }
    Judged::Request(Box::new(Received {
        head,
        body,
        consumed,
        desync,
        close: false,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_judged_with_its_body() {
        let octets = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET";
        let config = IntakeConfig::default();
        for end in 0..octets.len() - 3 {
            let judged = judge(&octets[..end], &config);
            assert!(matches!(judged, Judged::Incomplete(_)), "at {end}");
        }
        let Judged::Request(request) = judge(octets, &config) else {
            panic!("a good request");
        };
        assert_eq!(request.head.path(), "/x");
        assert_eq!(request.body, b"hello");
        assert_eq!(request.consumed, octets.len() - 3);
        assert_eq!(request.desync, Desync::default());
        assert!(!request.close);
        let bad = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX";
        let Judged::Reject(rejection) = judge(bad, &config) else {
            panic!("a bad chunk is a refusal");
        };
        assert_eq!(rejection.status, 400);
    }
}
