//! Whether it was as expected.

use super::page::Page;
use super::words::grouped;
use crate::report::Report;

pub(super) fn tell(report: &Report, page: &mut Page) {
    let expectations = &report.expectations;
    if expectations.is_empty() {
        return;
    }
    let failed = expectations.iter().filter(|judged| !judged.held()).count();
    let remark = match failed {
        0 => format!("all {} held", expectations.len()),
        failed => format!("{failed} of {} did not hold", expectations.len()),
    };
    page.title("Expectations", &remark);
    for judged in expectations {
        let held = judged.held();
        let mark = if held {
            page.good("✓")
        } else {
            page.bad("✗")
        };
        let bounds = match judged.bounds() {
            bounds if bounds.is_empty() => bounds,
            bounds => page.faint(&format!("  {bounds}")),
        };
        let saw = match judged.saw {
            Some(saw) => format!("saw {}", grouped(saw)),
            None => "nobody kept this counter".to_owned(),
        };
        let line = judged.expectation.line;
        let instead = match held {
            true if judged.expectation.operator == crate::Operator::Equal => String::new(),
            true => page.faint(&format!("  {saw}")),
            false => page.bad(&format!("  {saw} (line {line})")),
        };
        let that = &judged.expectation.that;
        page.line(2, &format!("{mark} {that}{bounds}{instead}"));
    }
}
