//! Reading a TOML document without stopping at the first mistake.
//!
//! A [`Section`] is a table of the file. It is asked for its keys one by one; whatever is wrong with a
//! value goes into [`Problems`] with its place, and reading goes on. At the end a section says which of
//! its keys nobody asked for: those are mistakes too.

mod located;
mod quantity;
mod section;
mod value;

pub(crate) use located::Located;
pub(crate) use quantity::{Probability, Rate, Size};
pub use quantity::{QuantityError, duration};
pub(crate) use section::Section;
pub(crate) use value::{OrOff, Url};

use std::fmt::Display;
use std::ops::Range;

use toml::de::DeTable;

use crate::error::Problem;

/// Reads a text as TOML.
///
/// # Errors
/// Every place where it is none.
pub(crate) fn document(text: &str) -> Result<DeTable<'_>, Problems> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut problems = Problems::default();
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let message = format!("this is not TOML: {}", error.message());
        problems.helped(&span, message, "cannot be read", right(error.message()));
    }
    if problems.is_empty() {
        Ok(table.into_inner())
    } else {
        Err(problems)
    }
}

/// What would be right where TOML cannot be read.
fn right(message: &str) -> &'static str {
    match message {
        "duplicate key" => {
            "a key stands once in its table; `[[name]]` begins the next table of a list"
        }
        _ => {
            "a line is `key = value`, `[table]` or `[[list of tables]]`; a value is a text in quotes, a number, \
             true, false, a list in `[ ]` or a table in `{ }`"
        }
    }
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a mistake.
    pub(crate) fn add(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Problem {
        self.0.push(Problem {
            message: message.into(),
            label: label.into(),
            help: None,
            span: span.clone(),
        });
        self.0.last_mut().expect("one was added just now")
    }

    /// Notes a mistake and what would be right.
    pub(crate) fn helped(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(span, message, label).help = Some(help.into());
    }

    /// Notes what a device has against its settings. What would be right comes last in its errors.
    pub(crate) fn refused(&mut self, span: &Range<usize>, error: impl Display) {
        let text = error.to_string();
        let (wrong, right) = match text.split_once("; ") {
            Some((wrong, right)) => (wrong, Some(right.to_owned())),
            None => (text.as_str(), None),
        };
        self.add(span, wrong, "refused").help = right;
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

/// The known name most like the one given, if any is like it at all.
pub(crate) fn nearest<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let scored = known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(given, name), name));
    let (distance, name) = scored.min()?;
    (distance <= 1 + given.chars().count() / 4).then_some(name)
}

/// A list of choices as a sentence has it: `a, b or c`.
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "or")
}

/// A list of things as a sentence has it: `a, b and c`.
pub(crate) fn all_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "and")
}

fn joined<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}
