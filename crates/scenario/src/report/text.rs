//! The report as a person reads it, top down: what was asked and answered, what happened when, what
//! went wrong and for how long, what was lost where, and whether it was as expected.
//!
//! | module | idea |
//! |---|---|
//! | `page` | titles, indents, colours |
//! | `words` | times, spans, counts and reasons in words |
//! | `cast` | who answers in this lab, and by which letter |
//! | `requests` | what each client got, from whom, how fast |
//! | `timeline` | who answered whom, between one happening and the next |
//! | `pattern` | long rows of letters in few |
//! | `failures` | outages: from when, for how long, of what kind |
//! | `dns` | what would be answered to whoever asks for a load balancer of several nodes |
//! | `network` | pings, applications, frames, drops, TCP |
//! | `verdict` | what was refused, what was expected |

mod cast;
mod dns;
mod failures;
mod network;
mod page;
mod pattern;
mod requests;
mod timeline;
mod verdict;
mod words;

use cast::Cast;
use page::Page;

use super::Report;

pub(super) fn render(report: &Report, in_colour: bool) -> String {
    let cast = Cast::new(report);
    let mut page = Page::new(in_colour);
    head(report, &mut page);
    requests::tell(report, &cast, &mut page);
    timeline::tell(report, &cast, &mut page);
    failures::tell(report, &cast, &mut page);
    dns::tell(report, &mut page);
    network::tell(report, &mut page);
    verdict::tell(report, &mut page);
    page.into_text()
}

fn head(report: &Report, page: &mut Page) {
    let name = page.strong(&report.lab);
    page.line(0, &name);
    let run = format!(
        "ran for {} in {}, seed {}",
        words::moment(report.outcome.end),
        words::counted(report.outcome.events, "event"),
        report.seed
    );
    let run = page.faint(&run);
    page.line(0, &run);
    for note in &report.notes {
        let note = page.event(&format!("note: {note}"));
        page.line(0, &note);
    }
}
