//! The elements of an XML file one by one, with their places and their text.
//!
//! quick-xml reads in one pass and declares no entities. Here ends are held against beginnings, and what stands
//! behind the attributes that are asked for becomes text.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape};
use switchlab_scenario::Problem;

/// What comes next in a file.
pub(super) enum Part<'a> {
    /// An element begins.
    Begin(Element<'a>),
    /// The innermost element ends.
    End,
    /// Text of the innermost element.
    Text(Cow<'a, str>),
}

/// An element's tag.
pub(super) struct Element<'a> {
    tag: BytesStart<'a>,
    /// Where the tag stands.
    pub(super) span: Range<usize>,
}

/// A file, on the way through it.
pub(super) struct Elements<'a> {
    reader: Reader<&'a [u8]>,
    /// Whether the element that has just begun is one without an end tag.
    is_empty: bool,
    depth: usize,
}

/// What is wrong at a place of a file.
pub(super) fn problem(
    span: Range<usize>,
    message: impl Into<String>,
    label: &str,
    help: impl Into<String>,
) -> Problem {
    Problem {
        message: message.into(),
        label: label.to_owned(),
        help: Some(help.into()),
        span,
    }
}

impl<'a> Elements<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            reader: Reader::from_str(text),
            is_empty: false,
            depth: 0,
        }
    }

    /// What comes next; nothing behind the last element's end.
    ///
    /// # Errors
    /// What is no XML. Behind it nothing is known.
    pub(super) fn next(&mut self) -> Result<Option<Part<'a>>, Problem> {
        if self.is_empty {
            self.is_empty = false;
            self.depth -= 1;
            return Ok(Some(Part::End));
        }
        loop {
            let start = self.position();
            let event = self.reader.read_event().map_err(|error| {
                let at = self.reader.error_position() as usize;
                broken(at..at + 1, error)
            })?;
            let span = start..self.position();
            let part = match event {
                Event::Start(tag) => {
                    self.depth += 1;
                    Part::Begin(Element { tag, span })
                }
                Event::Empty(tag) => {
                    self.depth += 1;
                    self.is_empty = true;
                    Part::Begin(Element { tag, span })
                }
                Event::End(_) => {
                    self.depth -= 1;
                    Part::End
                }
                Event::Text(text) => Part::Text(text.xml10_content()),
                Event::CData(text) => Part::Text(text.xml10_content()),
                Event::GeneralRef(name) => {
                    let character = name
                        .resolve_char_ref()
                        .map_err(|error| broken(span.clone(), error))?;
                    let known = || escape::resolve_predefined_entity(&name).map(Cow::Borrowed);
                    let text = character
                        .map(|it| Cow::Owned(it.to_string()))
                        .or_else(known);
                    Part::Text(text.ok_or_else(|| {
                        let known = "the entities are &lt; &gt; &amp; &quot; &apos; and those of numbers, as &#233;";
                        problem(span, format!("nothing says what &{}; is", &*name), "not known", known)
                    })?)
                }
                Event::Eof if self.depth > 0 => {
                    let message = "the file ends within an element";
                    return Err(problem(
                        span,
                        message,
                        "no end tag",
                        "each <name> ends with </name>",
                    ));
                }
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => continue,
            };
            return Ok(Some(part));
        }
    }

    fn position(&self) -> usize {
        self.reader.buffer_position() as usize
    }
}

fn broken(span: Range<usize>, error: impl std::fmt::Display) -> Problem {
    problem(
        span,
        format!("this is no XML: {error}"),
        "here",
        "a file of tags that begin and end, as <graph> … </graph>",
    )
}

impl Element<'_> {
    /// The name, without its prefix.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// What stands behind an attribute.
    ///
    /// # Errors
    /// Attributes that are no XML, or are there twice.
    pub(super) fn attribute(&self, name: &str) -> Result<Option<String>, Problem> {
        let broken = |error: quick_xml::Error| broken(self.span.clone(), error);
        let mut found = None;
        let mut attributes = self.tag.attributes();
        // That would hold each against all before it.
        attributes.with_checks(false);
        for attribute in attributes {
            let attribute = attribute.map_err(|error| broken(error.into()))?;
            if attribute.key.local_name().into_inner() != name {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(broken)?;
            if found.replace(value.into_owned()).is_some() {
                let message = format!("{name} is there twice");
                return Err(problem(
                    self.span.clone(),
                    message,
                    "which?",
                    "an attribute is there once",
                ));
            }
        }
        Ok(found)
    }
}
