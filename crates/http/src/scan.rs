//! Where the lines of a head end, and how long they may be, in octets that come in pieces.

use memchr::memchr;

use crate::strict::Said;
use crate::syntax::is_tchar;

/// The longest request line or status line in octets, as ELB has it.
pub const LONGEST_START_LINE: usize = 16 << 10;
/// The longest field line in octets, as ELB has it.
pub const LONGEST_FIELD: usize = 16 << 10;
/// The most octets of all field lines of a request together, as ELB has it.
pub const LONGEST_FIELDS: usize = 64 << 10;
/// The most octets of all field lines of a response together, as ELB has it.
pub const LONGEST_RESPONSE_FIELDS: usize = 32 << 10;
/// How many field lines most heads have at most.
pub(crate) const FEW_FIELDS: usize = 32;
/// The most field lines of one head.
pub const MOST_FIELDS: usize = 100;

/// What is wrong with the lines of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    StartLineTooLong,
    FieldTooLong,
    FieldsTooLong,
    TooManyFields,
    StartLine,
    LoneLineFeed,
    LoneCarriageReturn,
    Folded,
    Field,
}

impl Fault {
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::StartLineTooLong => "the first line is longer than 16 KiB",
            Self::FieldTooLong => "a header field is longer than 16 KiB",
            Self::FieldsTooLong => "the header fields are longer than 64 KiB together",
            Self::TooManyFields => "there are more than 100 header fields",
            Self::StartLine => "the first line does not begin with a token",
            Self::LoneLineFeed => "a line ends with LF alone; CRLF would be right",
            Self::LoneCarriageReturn => "a CR stands without LF",
            Self::Folded => {
                "a field line begins with white space, as if it went on with the one before"
            }
            Self::Field => "a header field is malformed",
        }
    }
}

/// What the lines of a head have to be like.
///
/// Strictly, only CRLF ends a line (RFC 9112 §2.2 leaves the choice), so that nobody behind us sees other
/// lines than we do. Leniently, LF does, and a CR in front of it belongs to it.
pub(crate) trait LineRules {
    /// Why there is no head.
    type Refusal: From<Fault>;
    const IS_STRICT: bool;
    /// Whether an empty line in front is left over from careless clients: RFC 9112 §2.2.
    const SKIPS_EMPTY_LINE: bool;
    const LONGEST_FIELDS: usize;

    /// Judges the first line, without its end; says whether it is the whole head.
    fn start_line(&mut self, line: &[u8]) -> Result<bool, Self::Refusal>;

    /// Judges a field line, without its end.
    fn field_line(&mut self, line: &[u8]) -> Result<(), Self::Refusal>;
}

/// How far a head has been looked at that comes in pieces. Every octet is looked at once, however small
/// the pieces are, and a line is judged as soon as it is whole.
///
/// To be used with one connection, from the first octets of a head to its last; then it is as new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadProgress {
    /// Where the head begins, behind an empty line.
    start: usize,
    /// Where the line begins that is not whole yet.
    line: usize,
    /// How many octets were searched for the end of that line.
    searched: usize,
    /// Where the fields begin; `None` until the first line is whole.
    fields_at: Option<usize>,
    /// How many field lines are whole.
    fields: usize,
    /// Whether a CR stands somewhere without LF.
    is_damaged: bool,
    /// What the whole lines say, if somebody listens.
    pub(crate) said: Said,
}

/// Where the parts of a head are, counted from the first octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) start: usize,
    pub(crate) fields_at: usize,
    pub(crate) end: usize,
}

impl HeadProgress {
    /// Whether nothing has been looked at.
    pub(crate) fn is_fresh(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the first line is whole and a CR without LF was seen, where a lenient reader goes on.
    pub(crate) const fn is_damaged(&self) -> bool {
        self.is_damaged && self.fields_at.is_some()
    }

    /// Where the head begins, as far as it is known.
    pub(crate) const fn start(&self) -> usize {
        self.start
    }

    /// Looks at the octets that are new, and says where the parts of the head are once it is whole.
    ///
    /// The verdict does not depend on the pieces: what is wrong first in the octets is told.
    pub(crate) fn advance<R: LineRules>(
        &mut self,
        octets: &[u8],
        rules: &mut R,
    ) -> Result<Option<Layout>, R::Refusal> {
        loop {
            let feed = memchr(b'\n', &octets[self.searched..]).map(|feed| self.searched + feed);
            let so_far = &octets[self.line..feed.unwrap_or(octets.len())];
            // A CR at the very end may yet get its LF.
            let line = so_far.strip_suffix(b"\r").unwrap_or(so_far);
            let ends_with_return = line.len() < so_far.len();
            self.judge_so_far::<R>(line)?;
            let Some(feed) = feed else {
                self.searched = octets.len();
                return Ok(None);
            };
            if R::IS_STRICT && !ends_with_return {
                return Err(Fault::LoneLineFeed.into());
            }
            let next = feed + 1;
            match self.fields_at {
                None if R::SKIPS_EMPTY_LINE && line.is_empty() && self.line == 0 => {
                    self.start = next;
                }
                None => {
                    self.fields_at = Some(next);
                    if rules.start_line(line)? {
                        return Ok(Some(self.layout(next)));
                    }
                }
                Some(_) if line.is_empty() => return Ok(Some(self.layout(next))),
                Some(_) => {
                    rules.field_line(line)?;
                    self.fields += 1;
                }
            }
            self.line = next;
            self.searched = next;
        }
    }

    /// Judges what is known of a line before it is whole.
    fn judge_so_far<R: LineRules>(&mut self, line: &[u8]) -> Result<(), Fault> {
        let Some(first) = line.first() else {
            return Ok(());
        };
        let (room, too_long) = match self.fields_at {
            None => (LONGEST_START_LINE, Fault::StartLineTooLong),
            Some(fields_at) => {
                let room = R::LONGEST_FIELDS.saturating_sub(self.line - fields_at);
                if room < LONGEST_FIELD {
                    (room, Fault::FieldsTooLong)
                } else {
                    (LONGEST_FIELD, Fault::FieldTooLong)
                }
            }
        };
        if self.fields == MOST_FIELDS {
            return Err(Fault::TooManyFields);
        }
        if R::IS_STRICT {
            match self.fields_at {
                None if !is_tchar(*first) => return Err(Fault::StartLine),
                Some(_) if matches!(first, b' ' | b'\t') => return Err(Fault::Folded),
                _ => {}
            }
        }
        // The octet before may have been a CR whose LF did not come.
        let from = (self.searched - self.line)
            .saturating_sub(1)
            .min(line.len());
        let fresh = &line[from..line.len().min(room + 1).max(from)];
        if memchr(b'\r', fresh).is_some() {
            if R::IS_STRICT {
                return Err(Fault::LoneCarriageReturn);
            }
            self.is_damaged = true;
        }
        if line.len() > room {
            return Err(too_long);
        }
        Ok(())
    }

    /// Gives away where the parts are, and is as new.
    fn layout(&mut self, end: usize) -> Layout {
        let Self {
            start, fields_at, ..
        } = std::mem::take(self);
        Layout {
            start,
            fields_at: fields_at.expect("the first line is whole"),
            end,
        }
    }
}
