//! Expectations as JUnit XML, which continuous integration reads.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Report;
use crate::judge::Judged;

pub(super) fn render(report: &Report) -> String {
    let name = escape(&report.lab);
    let cases = &report.expectations;
    let failures = cases.iter().filter(|judged| !judged.held()).count();
    let mut text = String::new();
    let mut line = |content: &str| {
        text.push_str(content);
        text.push('\n');
    };
    line(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    line("<testsuites>");
    line(&format!(
        r#"  <testsuite name="{name}" tests="{}" failures="{failures}" errors="0" skipped="0" time="{}">"#,
        cases.len(),
        seconds(report)
    ));
    for judged in cases {
        let title = title(judged);
        let case = format!(
            r#"    <testcase classname="{name}" name="{}" time="0""#,
            escape(&title)
        );
        if judged.held() {
            line(&format!("{case}/>"));
            continue;
        }
        let saw = match judged.saw {
            Some(saw) => format!("saw {saw}"),
            None => "nobody kept this counter".to_owned(),
        };
        let mut story = String::new();
        let _ = write!(
            story,
            "{name}, line {}: {}; {saw}",
            judged.expectation.line,
            escape(&title)
        );
        line(&format!("{case}>"));
        line(&format!(
            r#"      <failure type="expectation" message="{saw}">{story}</failure>"#
        ));
        line("    </testcase>");
    }
    line("  </testsuite>");
    line("</testsuites>");
    text
}

/// The expectation with its bounds: two may differ in nothing else.
fn title(judged: &Judged) -> String {
    let bounds = judged.bounds();
    let that = &judged.expectation.that;
    if bounds.is_empty() {
        that.clone()
    } else {
        format!("{that}, {bounds}")
    }
}

fn seconds(report: &Report) -> String {
    report.outcome.end.to_string().replace(" s", "")
}

/// Text as XML 1.0 takes it: markup escaped, and characters that may not occur at all replaced.
fn escape(text: &str) -> Cow<'_, str> {
    let is_plain =
        |c: char| !matches!(c, '<' | '>' | '&' | '"' | '\'') && is_allowed(c) && c >= ' ';
    if text.chars().all(is_plain) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // Literal white space in an attribute is read as spaces.
            '\t' | '\n' | '\r' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c if is_allowed(c) => escaped.push(c),
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped.into()
}

/// XML 1.0 §2.2.
const fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_breaks_the_markup() {
        #[rustfmt::skip]
        let rows = [
            ("plain text",   "plain text",            "nothing to do"),
            ("a < b & \"c\"", "a &lt; b &amp; &quot;c&quot;", "markup"),
            ("two\nlines",   "two&#10;lines",         "a line end survives"),
            ("bell \u{7}",   "bell \u{fffd}",         "XML has no way to name it"),
        ];
        for (text, xml, because) in rows {
            assert_eq!(escape(text), xml, "{because}");
        }
    }
}
