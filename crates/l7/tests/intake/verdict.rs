//! Verdicts short enough for tables.

use switchlab_http::{DesyncMode, Parser};
use switchlab_l7::{IntakeConfig, Judged, judge};

pub(crate) const STRICT: Parser = Parser::Strict;
pub(crate) const MONITOR: Parser = Parser::Alb(DesyncMode::Monitor);
pub(crate) const DEFENSIVE: Parser = Parser::Alb(DesyncMode::Defensive);
pub(crate) const STRICTEST: Parser = Parser::Alb(DesyncMode::Strictest);
pub(crate) const PARSERS: [Parser; 4] = [STRICT, MONITOR, DEFENSIVE, STRICTEST];

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// More octets are awaited.
    Wait,
    /// Accepted.
    Accept,
    /// Accepted, and the connections are closed behind it.
    Close,
    /// Answered with this status.
    Reject(u16),
}

pub(crate) use Verdict::{Accept as A, Close as C, Reject as R, Wait as W};

/// How a parser judges octets.
pub(crate) fn judged(octets: &[u8], parser: Parser) -> Judged {
    let config = IntakeConfig {
        parser,
        ..IntakeConfig::default()
    };
    judge(octets, &config)
}

pub(crate) fn verdict(octets: &[u8], parser: Parser) -> Verdict {
    match judged(octets, parser) {
        Judged::Incomplete(_) => W,
        Judged::Request(request) if request.close => C,
        Judged::Request(_) => A,
        Judged::Reject(rejection) => R(rejection.status),
    }
}

/// The reason of the class, under any verdict.
pub(crate) fn reason(octets: &[u8], parser: Parser) -> &'static str {
    match judged(octets, parser) {
        Judged::Incomplete(desync) => desync.reason,
        Judged::Request(request) => request.desync.reason,
        Judged::Reject(rejection) => rejection.desync.reason,
    }
}
