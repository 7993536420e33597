//! What DNS would answer for load balancers of several nodes, since when and why.

use switchlab_balance::DNS_TTL;

use super::page::Page;
use super::words::{counted, moment, span};
use crate::record::AnswerChange;
use crate::report::Report;

/// How many answers of a load balancer are told at most; of more, the first and the last.
const MOST_ANSWERS: usize = 20;

/// Columns left of what is told: a moment, and two more.
const INDENT: usize = 16;

pub(super) fn tell(report: &Report, page: &mut Page) {
    let several = report.directory.load_balancers.iter();
    let several: Vec<_> = several.filter(|(_, nodes)| nodes.len() > 1).collect();
    if several.is_empty() {
        return;
    }
    let kept = format!("an answer may be kept for {}", span(DNS_TTL));
    page.title("DNS", &kept);
    for (name, _) in several {
        let title = page.strong(name);
        page.line(2, &title);
        let answers = report.record.answers.iter();
        let answers: Vec<_> = answers.filter(|change| change.balancer == *name).collect();
        let left_out = answers.len().saturating_sub(MOST_ANSWERS);
        let half = MOST_ANSWERS / 2;
        for (place, change) in answers.iter().enumerate() {
            if place < half || place >= half + left_out {
                tell_answer(report, change, page);
            } else if place == half {
                let left_out = counted(left_out as u64, "more answer");
                page.line(INDENT, &format!("… {left_out}, see --json …"));
            }
        }
    }
}

fn tell_answer(report: &Report, change: &AnswerChange, page: &mut Page) {
    let node = |address| {
        let node = report.directory.owner(address);
        node.map_or("-", |node| report.directory.node(node))
    };
    let told = change.addresses.iter();
    let told: Vec<_> = told.map(|it| format!("{it} ({})", node(*it))).collect();
    let mut told = told.join(", ");
    if change.is_fail_open {
        told += ": all of them, since no node is in";
    }
    let at = moment(change.at);
    page.line(0, &format!("{at:>14}  {told}"));
    let because = page.faint(&change.because);
    page.line(INDENT + 2, &because);
}
