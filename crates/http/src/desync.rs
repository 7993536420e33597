//! How likely two servers are to see different requests in the same octets, and what is done about it.
//!
//! The judge is `http_desync_guardian`, the classifier that the guide of ELB's Application Load Balancer
//! names. It looks at a head as it came, before anything is made of it. Its settings for logs and metrics
//! are never touched, so that it neither keeps nor tells anything: same octets, same class.

use std::fmt;

use http_desync_guardian::request_analyzer::HttpRequestData;
use http_desync_guardian::{ClassificationReason as Reason, RequestSafetyTier as Tier};
use memchr::memchr;

use crate::lenient::RequestLine;

/// How far a request departs from what every server reads alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum DesyncClass {
    /// As the RFCs have it.
    #[default]
    Compliant,
    /// Not as the RFCs have it, without a known risk.
    Acceptable,
    /// Servers may disagree about where the request ends.
    Ambiguous,
    /// Malformed, or made to be misread.
    Severe,
}

impl DesyncClass {
    /// The class in lower case, as reports have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Acceptable => "acceptable",
            Self::Ambiguous => "ambiguous",
            Self::Severe => "severe",
        }
    }
}

/// The class as ELB's access log has it.
impl fmt::Display for DesyncClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The class of a request and what put it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Desync {
    /// The class.
    pub class: DesyncClass,
    /// The reason under its public name, as ELB's access log has it; `Compliant` if there is none.
    pub reason: &'static str,
}

impl Default for Desync {
    fn default() -> Self {
        Self {
            class: DesyncClass::Compliant,
            reason: "Compliant",
        }
    }
}

impl Desync {
    /// The class of the request whose head begins these octets, without empty lines in front.
    ///
    /// What follows the first empty line is not looked at. A head without one is at least ambiguous,
    /// except for the simple request of HTTP/0.9, which is whole with its first line.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        let is_simple = |line: &[u8]| RequestLine::of(line).is_simple();
        let simple = memchr(b'\n', octets)
            .map(|feed| &octets[..=feed])
            .filter(|line| is_simple(line))
            .map(|line| [line, b"\r\n"].concat());
        let result = HttpRequestData::analyze_raw_request(simple.as_deref().unwrap_or(octets));
        Self {
            class: match result.tier {
                Tier::Compliant => DesyncClass::Compliant,
                Tier::Acceptable => DesyncClass::Acceptable,
                Tier::Ambiguous => DesyncClass::Ambiguous,
                Tier::Severe => DesyncClass::Severe,
            },
            reason: match result.reason {
                Reason::Compliant => "Compliant",
                Reason::EmptyHeader => "EmptyHeader",
                Reason::SuspiciousHeader => "SuspiciousHeader",
                Reason::NonCompliantHeader => "NonCompliantHeader",
                Reason::BadHeader => "BadHeader",
                Reason::AmbiguousUri => "AmbiguousUri",
                Reason::SpaceInUri => "SpaceInUri",
                Reason::BadUri => "BadUri",
                Reason::NonCompliantVersion => "NonCompliantVersion",
                Reason::BadVersion => "BadVersion",
                Reason::GetHeadZeroContentLength => "GetHeadZeroContentLength",
                Reason::UndefinedContentLengthSemantics => "UndefinedContentLengthSemantics",
                Reason::MultipleContentLength => "MultipleContentLength",
                Reason::DuplicateContentLength => "DuplicateContentLength",
                Reason::BadContentLength => "BadContentLength",
                Reason::UndefinedTransferEncodingSemantics => "UndefinedTransferEncodingSemantics",
                Reason::MultipleTransferEncodingChunked => "MultipleTransferEncodingChunked",
                Reason::BadTransferEncoding => "BadTransferEncoding",
                Reason::BothTeClPresent => "BothTeClPresent",
                Reason::BadMethod => "BadMethod",
                Reason::NonCrLfLineTermination => "NonCrLfLineTermination",
                Reason::MultilineHeader => "MultilineHeader",
                Reason::PartialHeaderLine => "PartialHeaderLine",
                Reason::MissingLastEmptyLine => "MissingLastEmptyLine",
                Reason::MissingHeaderColon => "MissingHeaderColon",
                Reason::MissingUri => "MissingUri",
            },
        }
    }
}

/// What is done about the classes: ELB's `routing.http.desync_mitigation_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DesyncMode {
    /// Everything passes, whatever its class.
    Monitor,
    /// Severe requests are blocked; behind an ambiguous one both connections are closed.
    #[default]
    Defensive,
    /// Only compliant requests pass.
    Strictest,
}

/// What a [`DesyncMode`] does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// The request goes on.
    Allow,
    /// The request goes on; its connections, the client's and the target's, are closed behind it.
    AllowThenClose,
    /// The request is answered with 400, and the connection closed.
    Block,
}

impl DesyncMode {
    /// What is done with a request of this class.
    #[must_use]
    pub const fn treatment(self, class: DesyncClass) -> Treatment {
        match (self, class) {
            (Self::Monitor, _) | (_, DesyncClass::Compliant) => Treatment::Allow,
            (Self::Strictest, _) | (Self::Defensive, DesyncClass::Severe) => Treatment::Block,
            (Self::Defensive, DesyncClass::Acceptable) => Treatment::Allow,
            (Self::Defensive, DesyncClass::Ambiguous) => Treatment::AllowThenClose,
        }
    }
}

/// How octets become requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Parser {
    /// RFC 9112 to the letter: whatever two servers could read in two ways is refused.
    #[default]
    Strict,
    /// As an Application Load Balancer: leniently, with a [`DesyncMode`] against what is dangerous.
    Alb(DesyncMode),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_treats_every_class() {
        use Treatment::{Allow, AllowThenClose, Block};
        #[rustfmt::skip]
        let rows = [
            (DesyncClass::Compliant,  Allow, Allow,          Allow, "nothing is wrong with it"),
            (DesyncClass::Acceptable, Allow, Allow,          Block, "no known risk"),
            (DesyncClass::Ambiguous,  Allow, AllowThenClose, Block, "what follows on its connections cannot be trusted"),
            (DesyncClass::Severe,     Allow, Block,          Block, "an attack, most likely"),
        ];
        for (class, monitor, defensive, strictest, because) in rows {
            let treated = [
                DesyncMode::Monitor.treatment(class),
                DesyncMode::Defensive.treatment(class),
                DesyncMode::Strictest.treatment(class),
            ];
            assert_eq!(
                treated,
                [monitor, defensive, strictest],
                "{class}: {because}"
            );
        }
    }
}
