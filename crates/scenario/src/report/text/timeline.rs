//! Who answered whom, between one happening and the next.

use std::collections::{BTreeMap, BTreeSet};

use switchlab_core::{Instant, NodeId, TargetState};

use super::cast::{Cast, Mark};
use super::page::Page;
use super::pattern::fold;
use super::words::{counted, grouped, moment};
use crate::record::Request;
use crate::report::{Report, deeds, reasons};

/// How many happenings are told at most; of more, the first and the last.
const MOST_HAPPENINGS: usize = 60;

/// How many clients have rows of their own.
const MOST_ROWS: usize = 8;

/// Marks in a line.
const MARKS: usize = 36;

/// Lines of marks that are shown as they are.
const LINES: usize = 2;

/// Columns left of what is told: a moment, and two more.
const INDENT: usize = 14;

/// Something that happened, in words.
struct Happening {
    at: Instant,
    /// Target changes come after what an administrator did at the same instant.
    by_itself: bool,
    story: String,
    because: String,
    is_bad: bool,
    /// Whether it interrupts the rows. A target's first health changes nothing for anybody.
    is_turning_point: bool,
}

pub(super) fn tell(report: &Report, cast: &Cast, page: &mut Page) {
    let mut happenings = happenings(report);
    let requests = &*report.record.requests;
    if requests.is_empty() && happenings.is_empty() {
        return;
    }
    page.title("What happened", "by the time of sending");
    legend(report, cast, page);
    let left_out = happenings.len().saturating_sub(MOST_HAPPENINGS);
    let half = MOST_HAPPENINGS / 2;
    if left_out > 0 {
        happenings.drain(half..half + left_out);
    }
    let who = Who::new(report);
    let mut rest = requests;
    let mut waiting: Vec<&Happening> = Vec::new();
    for (place, happening) in happenings.iter().enumerate() {
        if left_out > 0 && place == half {
            let left_out = counted(left_out as u64, "more happening");
            page.line(INDENT, &format!("… {left_out}, see --json …"));
        }
        let until = rest.partition_point(|request| request.sent < happening.at);
        if !happening.is_turning_point && until > 0 {
            waiting.push(happening);
            continue;
        }
        let (before, after) = rest.split_at(until);
        act(before, waiting.drain(..), cast, &who, page);
        happening.tell(page);
        rest = after;
    }
    act(rest, waiting.drain(..), cast, &who, page);
}

/// What is told between two turning points, by time: of a row that of its first request.
fn act<'a>(
    requests: &[Request],
    waiting: impl Iterator<Item = &'a Happening>,
    cast: &Cast,
    who: &Who<'_>,
    page: &mut Page,
) {
    let mut waiting = waiting.peekable();
    for Row { name, width, own } in rows(requests, who) {
        while let Some(happening) = waiting.next_if(|waiting| waiting.at < own[0].sent) {
            happening.tell(page);
        }
        let marks: Vec<_> = own.iter().map(|request| cast.mark(request)).collect();
        row(own[0], name, width, &marks, cast, page);
    }
    waiting.for_each(|waiting| waiting.tell(page));
}

impl Happening {
    fn tell(&self, page: &mut Page) {
        let mark = match (self.by_itself, self.is_bad) {
            (false, _) => page.event("■"),
            (true, true) => page.bad("▼"),
            (true, false) => page.good("▲"),
        };
        let at = moment(self.at);
        let story = page.event(&self.story);
        page.line(0, &format!("{at:>12}  {mark} {story}"));
        if !self.because.is_empty() {
            let because = page.faint(&self.because);
            page.line(INDENT + 2, &because);
        }
    }
}

/// What the letters mean.
fn legend(report: &Report, cast: &Cast, page: &mut Page) {
    let requests = &report.record.requests;
    let mut marks: Vec<_> = cast
        .names
        .iter()
        .enumerate()
        .map(|(role, name)| format!("{} {name}", Cast::show(Mark::Role(role), page)))
        .collect();
    // So many names explain nothing.
    if marks.len() > 12 {
        marks.truncate(12);
        marks.push("…".to_owned());
    }
    for (mark, meaning) in [
        (Mark::Balancer, "the balancer itself"),
        (Mark::Failed, "failed"),
    ] {
        if requests.iter().any(|request| cast.mark(request) == mark) {
            marks.push(format!("{} {meaning}", Cast::show(mark, page)));
        }
    }
    if !marks.is_empty() {
        page.line(INDENT, &marks.join("   "));
    }
}

fn happenings(report: &Report) -> Vec<Happening> {
    let by_hand = deeds::deeds(report).into_iter().map(|deed| Happening {
        at: deed.at,
        by_itself: false,
        because: match deed.refused {
            Some(why) => format!("refused: {why}"),
            None => String::new(),
        },
        story: deed.story,
        is_bad: false,
        is_turning_point: true,
    });
    let changes = &report.record.changes;
    let has_groups = |balancer: NodeId| {
        let mut groups = changes.iter().filter(|(_, node, _)| *node == balancer);
        let first = groups.next().map(|(.., change)| &change.group);
        groups.any(|(.., change)| Some(&change.group) != first)
    };
    let by_itself = reasons::reasons(changes).map(|(at, balancer, change, because)| {
        let group = match has_groups(balancer) {
            true => format!(" in group {}", change.group),
            false => String::new(),
        };
        let because = match &*change.reason {
            // That all are well at first goes without saying.
            "" if change.from == TargetState::Initial => String::new(),
            "" => because,
            code if *code == *because => because,
            code => format!("{because} ({code})"),
        };
        Happening {
            at,
            by_itself: true,
            story: format!(
                "{} sees {}{group} {}, was {}",
                report.directory.node(balancer),
                report.place_name(change.target),
                change.to,
                change.from
            ),
            because,
            is_bad: change.to == TargetState::Unhealthy,
            is_turning_point: change.from != TargetState::Initial
                || change.to != TargetState::Healthy,
        }
    });
    // Where there are no zones, nobody else's address would be told.
    let dns = report.record.dns_changes.iter();
    let mut known = BTreeSet::new();
    let dns = dns.filter_map(|(at, node, change)| {
        let zone = change.zone.as_ref()?;
        let is_first = known.insert(*node);
        let node = report.directory.node(*node);
        let enters = if change.is_in { "enters" } else { "leaves" };
        Some(Happening {
            at: *at,
            by_itself: true,
            story: format!("{node} in zone {zone} {enters} DNS"),
            because: change.because.to_string(),
            is_bad: !change.is_in,
            is_turning_point: !is_first || !change.is_in,
        })
    });
    let mut happenings: Vec<_> = by_hand.chain(by_itself).chain(dns).collect();
    happenings.sort_by_key(|happening| (happening.at, happening.by_itself));
    happenings
}

/// Whose rows are told apart.
enum Who<'a> {
    Each(Vec<(u32, &'a str)>),
    All(String),
}

impl<'a> Who<'a> {
    fn new(report: &'a Report) -> Self {
        let clients = &report.record.clients;
        let asked: BTreeSet<_> = report
            .record
            .requests
            .iter()
            .map(|request| request.client)
            .collect();
        if asked.len() > MOST_ROWS {
            return Self::All(format!("all {}", asked.len()));
        }
        let mut each: Vec<_> = asked
            .into_iter()
            .map(|client| (client, &*clients[client as usize].shown))
            .collect();
        each.sort_by_key(|(_, name)| *name);
        Self::Each(each)
    }
}

/// What one client asked, or all of them, between two happenings.
struct Row<'a> {
    name: &'a str,
    /// Columns for the name.
    width: usize,
    /// At least one request, in order of sending.
    own: Vec<&'a Request>,
}

/// The rows between two happenings: who was first to ask stands first.
fn rows<'a>(requests: &'a [Request], who: &'a Who<'_>) -> Vec<Row<'a>> {
    let mut rows: Vec<_> = match who {
        Who::All(name) => vec![Row {
            name,
            width: name.len(),
            own: requests.iter().collect(),
        }],
        Who::Each(clients) => {
            let widths = clients.iter().map(|(_, name)| name.chars().count());
            let width = widths.max().unwrap_or(0);
            let each = clients.iter().map(|(client, name)| {
                let own = requests.iter().filter(|request| request.client == *client);
                let own = own.collect();
                Row { name, width, own }
            });
            each.collect()
        }
    };
    rows.retain(|row| !row.own.is_empty());
    rows.sort_by_key(|row| row.own[0].sent);
    rows
}

fn row(first: &Request, name: &str, width: usize, marks: &[Mark], cast: &Cast, page: &mut Page) {
    let at = moment(first.sent);
    let beginning = format!("{at:>12}  {name:<width$}  ");
    let indent = beginning.chars().count();
    if marks.len() <= MARKS * LINES {
        let mut lines = marks
            .chunks(MARKS)
            .map(|marks| spell(marks, page))
            .collect::<Vec<_>>();
        let last = lines.pop().unwrap_or_default();
        let mut beginning = beginning;
        for line in lines {
            page.line(0, &format!("{beginning}{line}"));
            beginning = " ".repeat(indent);
        }
        return page.line(0, &format!("{beginning}{last}"));
    }
    let content = match fold(marks, 6) {
        Some(repeats) => {
            let pieces = repeats.iter().map(|repeat| {
                let pattern = spell(repeat.pattern, page);
                match repeat.times {
                    1 => pattern,
                    times => {
                        let times = page.faint(&format!("{} ×", grouped(times as u64)));
                        format!("{times} {pattern}")
                    }
                }
            });
            pieces.collect::<Vec<_>>().join(", ")
        }
        None => mixed(marks, cast, page),
    };
    page.line(0, &format!("{beginning}{content}"));
}

fn spell(marks: &[Mark], page: &Page) -> String {
    let marks = marks.iter().map(|mark| Cast::show(*mark, page));
    marks.collect::<Vec<_>>().join(" ")
}

/// The beginning of a row without order, and what it adds up to.
fn mixed(marks: &[Mark], cast: &Cast, page: &Page) -> String {
    const SHOWN: usize = 10;
    let mut counts: BTreeMap<Mark, u64> = BTreeMap::new();
    for mark in marks {
        *counts.entry(*mark).or_default() += 1;
    }
    let sums = counts.iter().map(|(mark, count)| {
        let count = grouped(*count);
        format!("{} {count}", Cast::show(*mark, page))
    });
    let sums = if cast.names.len() > 8 {
        format!("{} answerers", counts.len())
    } else {
        sums.collect::<Vec<_>>().join(", ")
    };
    format!(
        "{} …  in all {sums}",
        spell(&marks[..SHOWN.min(marks.len())], page)
    )
}
