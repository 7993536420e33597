//! What comes in: octets become a request or a refusal.
//!
//! The order is that of an Application Load Balancer: limits, then the class of the head and what the
//! [`DesyncMode`](switchlab_http::DesyncMode) does about it, then what the head says, then
//! `X-Forwarded-For`. A strict parser has no use for classes, since it refuses more.

use switchlab_http::{
    BodyError, BodyReader, Desync, DesyncMode, Fields, HeadProgress, LenientHead, Parser, Refusal,
    RequestHead, Treatment,
};

/// The most addresses of `X-Forwarded-For`, as ELB has it; a request with more is answered with 463.
const MOST_FORWARDERS: usize = 30;

/// How requests are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IntakeConfig {
    /// How octets become requests; [`Parser::Strict`] by default.
    pub parser: Parser,
    /// Whether [`Parser::Alb`] lets several `Host` through, as ELB tells of `preserve_host_header`; rules
    /// look at the first. Not by default.
    pub several_hosts: bool,
}

/// Octets judged as the beginning of a client's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// A request that is not whole yet; with the class of its head, as far as it is there.
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
    /// The class of the head, as far as it was there.
    pub desync: Desync,
}

/// A whole request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The head, as it was read.
    pub head: RequestHead,
    /// The body without its framing.
    pub body: Vec<u8>,
    /// The trailers behind the body that may go on: [`BodyReader::trailers`].
    pub trailers: Fields,
    /// How many octets of the input the request took.
    pub consumed: usize,
    /// The class of the head.
    pub desync: Desync,
    /// Whether the client's connection and the target's are closed behind the answer for the sake of
    /// the class.
    pub close: bool,
}

/// A head that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// How many octets it took.
    pub(crate) octets: usize,
    /// Its class, if the parser asks for it.
    pub(crate) desync: Option<Desync>,
    /// As in [`Received`].
    pub(crate) close: bool,
}

impl IntakeConfig {
    /// Reads the head at the beginning of `octets`: those of the call before and what has come since.
    pub(crate) fn read_head(
        self,
        progress: &mut HeadProgress,
        octets: &[u8],
        head: &mut RequestHead,
    ) -> Result<Option<Taken>, Rejection> {
        let taken = match self.parser {
            Parser::Strict => read_strictly(progress, octets, head)?,
            Parser::Alb(mode) => read_as_alb(self, mode, progress, octets, head)?,
        };
        if taken.is_some() && forwarders(head) > MOST_FORWARDERS {
            let refusal = Refusal {
                status: 463,
                reason: "X-Forwarded-For names more than 30 addresses",
            };
            return Err(rejection(refusal, octets));
        }
        Ok(taken)
    }
}

fn read_strictly(
    progress: &mut HeadProgress,
    octets: &[u8],
    head: &mut RequestHead,
) -> Result<Option<Taken>, Rejection> {
    match head.read_on(progress, octets) {
        Ok(taken) => Ok(taken.map(|octets| Taken {
            octets,
            desync: None,
            close: false,
        })),
        Err(refusal) => Err(rejection(refusal, octets)),
    }
}

fn read_as_alb(
    config: IntakeConfig,
    mode: DesyncMode,
    progress: &mut HeadProgress,
    octets: &[u8],
    head: &mut RequestHead,
) -> Result<Option<Taken>, Rejection> {
    const BLOCKED: Refusal = Refusal {
        status: 400,
        reason: "the desync mitigation mode blocks requests of its class",
    };
    let (whole, taken) = match progress.find_leniently(octets) {
        Err(refusal) => return Err(rejection(refusal, octets)),
        Ok(LenientHead::Whole(whole, taken)) => (whole, taken),
        Ok(LenientHead::Incomplete { is_damaged, .. }) => {
            if is_damaged && mode != DesyncMode::Monitor {
                return Err(rejection(BLOCKED, octets));
            }
            return Ok(None);
        }
    };
    let desync = Desync::of(whole);
    let treatment = mode.treatment(desync.class);
    let refusal = match treatment {
        Treatment::Block => Err(BLOCKED),
        Treatment::Allow | Treatment::AllowThenClose => head
            .read_leniently(whole)
            .and_then(|()| check_hosts(config, head)),
    };
    match refusal {
        Err(Refusal { status, reason }) => Err(Rejection {
            status,
            reason,
            desync,
        }),
        Ok(()) => Ok(Some(Taken {
            octets: taken,
            desync: Some(desync),
            close: treatment == Treatment::AllowThenClose,
        })),
    }
}

fn check_hosts(config: IntakeConfig, head: &RequestHead) -> Result<(), Refusal> {
    if config.several_hosts || head.fields.get_all("host").count() < 2 {
        return Ok(());
    }
    Err(Refusal {
        status: 400,
        reason: "there is more than one Host",
    })
}

/// The refusal of a request that begins with these octets.
fn rejection(Refusal { status, reason }: Refusal, octets: &[u8]) -> Rejection {
    Rejection {
        status,
        reason,
        desync: class(octets),
    }
}

/// The class of the head that begins these octets, behind the empty line that is borne.
fn class(octets: &[u8]) -> Desync {
    let line = octets.strip_prefix(b"\r\n");
    Desync::of(line.or(octets.strip_prefix(b"\n")).unwrap_or(octets))
}

/// How many addresses `X-Forwarded-For` names.
fn forwarders(head: &RequestHead) -> usize {
    let lines = head.fields.get_all("x-forwarded-for");
    lines
        .flat_map(|line| line.split(|octet| *octet == b','))
        .filter(|element| !element.trim_ascii().is_empty())
        .count()
}

/// Judges the first request of these octets, body included.
///
/// More octets never change a verdict other than [`Judged::Incomplete`].
#[must_use]
pub fn judge(octets: &[u8], config: &IntakeConfig) -> Judged {
    let mut head = RequestHead::default();
    let taken = match config.read_head(&mut HeadProgress::default(), octets, &mut head) {
        Err(rejection) => return Judged::Reject(rejection),
        Ok(None) => return Judged::Incomplete(class(octets)),
        Ok(Some(taken)) => taken,
    };
    let mut consumed = taken.octets;
    let desync = taken.desync.unwrap_or_else(|| class(&octets[..consumed]));
    let (mut reader, mut body) = (BodyReader::new(head.framing()), Vec::new());
    while !reader.is_done() {
        let rest = &octets[consumed..];
        match reader.read(rest) {
            Ok(piece) if piece.consumed == 0 => return Judged::Incomplete(desync),
            Ok(piece) => {
                body.extend_from_slice(&rest[piece.data]);
                consumed += piece.consumed;
            }
            Err(error) => {
                return Judged::Reject(Rejection {
                    status: 400,
                    reason: body_reason(error),
                    desync,
                });
            }
        }
    }
    Judged::Request(Box::new(Received {
        trailers: reader.trailers().cloned().unwrap_or_default(),
        head,
        body,
        consumed,
        desync,
        close: taken.close,
    }))
}

/// What is wrong with a body, as a part of a sentence.
const fn body_reason(error: BodyError) -> &'static str {
    match error {
        BodyError::Chunk(error) => error.sentence(),
        _ => "the connection ended before the body did",
    }
}
