//! Where the lines of a head end, and how long they may be.
//!
//! httparse takes a lone LF for the end of a line, and folded lines in places. Here only CRLF ends a
//! line (RFC 9112 §2.2 leaves the choice), so that nobody behind us sees other lines than we do.

/// The longest request line or status line in octets, as ELB has it.
pub const LONGEST_START_LINE: usize = 16 << 10;
/// The longest field line in octets, as ELB has it.
pub const LONGEST_FIELD: usize = 16 << 10;
/// The most octets of all field lines together, as ELB has it for requests.
pub const LONGEST_FIELDS: usize = 64 << 10;
/// The most field lines of one head.
pub const MOST_FIELDS: usize = 100;

/// What is wrong with the lines of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    StartLineTooLong,
    FieldTooLong,
    FieldsTooLong,
    TooManyFields,
    LoneLineFeed,
    LoneCarriageReturn,
    Folded,
}

impl Fault {
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::StartLineTooLong => "the first line is longer than 16 KiB",
            Self::FieldTooLong => "a header field is longer than 16 KiB",
            Self::FieldsTooLong => "the header fields are longer than 64 KiB together",
            Self::TooManyFields => "there are more than 100 header fields",
            Self::LoneLineFeed => "a line ends with LF alone; CRLF would be right",
            Self::LoneCarriageReturn => "a CR stands without LF",
            Self::Folded => {
                "a field line begins with white space, as if it went on with the one before"
            }
        }
    }
}

/// Where the parts of a head are, counted from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lines {
    /// Length of the first line without its CRLF; `None` if it is not whole yet.
    pub(crate) first: Option<usize>,
    /// Octets of the whole head with its empty line; `None` if it is not whole yet.
    pub(crate) end: Option<usize>,
}

/// Finds the lines of a head, and the first fault among them.
pub(crate) fn scan(octets: &[u8]) -> Result<Lines, Fault> {
    let mut lines = Lines {
        first: None,
        end: None,
    };
    let mut start = 0;
    let mut count = 0;
    loop {
        let rest = &octets[start..];
        let feed = rest.iter().position(|octet| *octet == b'\n');
        let line = match feed {
            Some(0) => return Err(Fault::LoneLineFeed),
            Some(feed) if rest[feed - 1] != b'\r' => return Err(Fault::LoneLineFeed),
            Some(feed) => &rest[..feed - 1],
            // A CR at the very end may yet get its LF.
            None => rest.strip_suffix(b"\r").unwrap_or(rest),
        };
        if line.contains(&b'\r') {
            return Err(Fault::LoneCarriageReturn);
        }
        match lines.first {
            None if line.len() > LONGEST_START_LINE => return Err(Fault::StartLineTooLong),
            None => {}
            Some(_) if matches!(line.first(), Some(b' ' | b'\t')) => return Err(Fault::Folded),
            Some(_) if line.len() > LONGEST_FIELD => return Err(Fault::FieldTooLong),
            Some(first) if start + line.len() - first > LONGEST_FIELDS => {
                return Err(Fault::FieldsTooLong);
            }
            Some(_) if count == MOST_FIELDS && !line.is_empty() => {
                return Err(Fault::TooManyFields);
            }
            Some(_) => count += 1,
        }
        let Some(feed) = feed else {
            return Ok(lines);
        };
        start += feed + 1;
        if lines.first.is_none() {
            lines.first = Some(line.len());
        } else if line.is_empty() {
            lines.end = Some(start);
            return Ok(lines);
        }
    }
}
