//! What is wrong with a file: every mistake with its place, what would be right, all at once.

use std::fmt;
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one sentence.
    pub message: String,
    /// What stands at the place: a few words. Empty where the line is too long to be shown.
    pub label: String,
    /// What would be right.
    pub help: Option<String>,
    /// The place, in octets of the file.
    pub span: Range<usize>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.label.is_empty() {
            return None;
        }
        let span = LabeledSpan::new_with_span(Some(self.label.clone()), self.span.clone());
        Some(Box::new(std::iter::once(span)))
    }
}

/// How many mistakes are shown: nobody reads more at once.
const MOST_SHOWN: usize = 50;

/// Longer lines are told of by number instead of being shown.
const LONGEST_SHOWN: usize = 500;

/// Everything that is wrong with a file.
#[derive(Debug, Clone)]
pub struct ScenarioErrors {
    source: NamedSource<String>,
    problems: Vec<Problem>,
}

impl ScenarioErrors {
    /// The mistakes of a file, in the order of their places.
    #[must_use]
    pub fn new(name: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        let end = text.trim_end();
        let last = end.char_indices().next_back().map_or(0, |(last, _)| last);
        for problem in problems
            .iter_mut()
            .filter(|problem| problem.span.start >= end.len())
        {
            // What is missing at the end is shown at the end of what there is.
            problem.span = last..end.len();
        }
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        problems.dedup();
        for problem in problems.iter_mut().take(MOST_SHOWN) {
            let start = text[..problem.span.start]
                .rfind('\n')
                .map_or(0, |end| end + 1);
            // The lines around it would be shown as well.
            let before = text[..start].lines().next_back().unwrap_or("");
            let mut shown = text[start..].lines().take(2).chain([before]);
            if shown.any(|line| line.len() > LONGEST_SHOWN) {
                let line = text[..start].matches('\n').count() + 1;
                let octet = problem.span.start - start + 1;
                problem.message += &format!(" (line {line}, octet {octet})");
                problem.label.clear();
            }
        }
        Self {
            source: NamedSource::new(name, text.to_owned()).with_language("toml"),
            problems,
        }
    }

    /// The mistakes, in the order of their places.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The mistakes with their lines, as a person reads them in a terminal.
    #[must_use]
    pub fn render(&self, in_colour: bool) -> String {
        let theme = if in_colour {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(120);
        let mut text = String::new();
        handler
            .render_report(&mut text, self)
            .expect("writing to a text does not fail");
        text
    }

    /// The line of a mistake, counted from 1.
    #[must_use]
    pub fn line(&self, problem: &Problem) -> usize {
        let text = self.source.inner();
        let before = text.as_bytes().iter().take(problem.span.start);
        before.filter(|octet| **octet == b'\n').count() + 1
    }
}

impl fmt::Display for ScenarioErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        write!(
            f,
            "{} has {count} mistake{}",
            self.source.name(),
            if count == 1 { "" } else { "s" }
        )?;
        if count > MOST_SHOWN {
            write!(f, ", of which these are the first {MOST_SHOWN}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioErrors {}

impl Diagnostic for ScenarioErrors {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(
            self.problems
                .iter()
                .take(MOST_SHOWN)
                .map(|problem| problem as &dyn Diagnostic),
        ))
    }
}
