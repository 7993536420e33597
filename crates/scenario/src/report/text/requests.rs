//! What each client got, from whom, how fast.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cast::{Cast, Mark};
use super::page::Page;
use super::words::{grouped, share, span};
use crate::record::Request;
use crate::report::Report;

/// How many clients are told one by one.
const MOST_CLIENTS: usize = 12;

/// Columns of the longest bar.
const BAR: u64 = 40;

/// What one client got.
#[derive(Default)]
struct Account<'a> {
    sent: u64,
    failed: u64,
    unfinished: u64,
    by_role: Vec<u64>,
    by_balancer: u64,
    /// How many went to each balancer at layer 7, by its name.
    via: BTreeMap<&'a str, u64>,
    /// Nanoseconds that good answers took.
    latencies: Vec<u64>,
}

impl<'a> Account<'a> {
    fn add(&mut self, request: &Request, report: &'a Report, cast: &Cast) {
        self.sent += 1;
        let server = report.record.server(request).map(|server| server.ip());
        let balancer = server.filter(|server| report.directory.is_balancer(*server));
        if let Some(node) = balancer.and_then(|server| report.directory.owner(server)) {
            *self.via.entry(report.directory.node(node)).or_default() += 1;
        }
        self.by_role.resize(cast.names.len(), 0);
        match cast.mark(request) {
            Mark::Failed if request.done.is_none() => self.unfinished += 1,
            Mark::Failed => self.failed += 1,
            Mark::Balancer => self.by_balancer += 1,
            Mark::Role(role) => self.by_role[role] += 1,
        }
        if let Some(done) = request.done.filter(|_| !request.has_failed()) {
            let nanos = done.since(request.sent).as_nanos();
            self.latencies
                .push(u64::try_from(nanos).unwrap_or(u64::MAX));
        }
    }

    fn well(&self) -> u64 {
        self.sent - self.failed - self.unfinished
    }
}

pub(super) fn tell(report: &Report, cast: &Cast, page: &mut Page) {
    let requests = &report.record.requests;
    if requests.is_empty() {
        return;
    }
    page.title("Requests", "");
    let mut accounts: Vec<Account<'_>> = Vec::new();
    accounts.resize_with(report.record.clients.len(), Account::default);
    for request in requests {
        accounts[request.client as usize].add(request, report, cast);
    }
    let mut clients: Vec<_> = report
        .record
        .clients
        .iter()
        .zip(accounts)
        .filter(|(_, account)| account.sent > 0)
        .map(|(client, account)| (&*client.shown, account))
        .collect();
    clients.sort_by_key(|(name, _)| *name);
    if clients.len() > MOST_CLIENTS {
        let mut all = Account::default();
        let requests = requests.iter();
        requests.for_each(|request| all.add(request, report, cast));
        let name = format!("{} clients together", clients.len());
        return tell_client(&name, all, cast, page);
    }
    for (name, account) in clients {
        tell_client(name, account, cast, page);
    }
}

fn tell_client(name: &str, mut account: Account<'_>, cast: &Cast, page: &mut Page) {
    let mut story = format!(
        "{} sent, {} answered well",
        grouped(account.sent),
        grouped(account.well())
    );
    if account.failed > 0 {
        story += ", ";
        story += &page.bad(&format!("{} failed", grouped(account.failed)));
    }
    if account.unfinished > 0 {
        story += ", ";
        story += &page.bad(&format!("{} unfinished", grouped(account.unfinished)));
    }
    page.line(2, &format!("{}  {story}", page.strong(name)));

    let width = cast.names.iter().map(|name| name.chars().count()).max();
    let width = width
        .unwrap_or(0)
        .max("by the balancer itself".len() * usize::from(account.by_balancer > 0));
    let well = account.well();
    let mut row = |letter: &str, name: &str, count: u64| {
        if count == 0 {
            return;
        }
        let bar = "█".repeat((BAR * count).div_ceil(well.max(1)).min(BAR) as usize);
        let share = share(count, well);
        let count = grouped(count);
        let bar = page.faint(&bar);
        page.line(
            4,
            &format!("{letter} {name:<width$} {count:>9} {share:>6}  {bar}"),
        );
    };
    for (role, name) in cast.names.iter().enumerate() {
        row(&Cast::letter(role), name, account.by_role[role]);
    }
    row("*", "by the balancer itself", account.by_balancer);
    if account.via.len() > 1 {
        let via = account.via.iter();
        let via: Vec<_> = via
            .map(|(node, count)| format!("{node} {}", grouped(*count)))
            .collect();
        page.line(4, &format!("by way of {}", via.join(", ")));
    }
    if !account.latencies.is_empty() {
        let latency = latency(&mut account.latencies);
        page.line(4, &format!("took {latency}"));
    }
}

/// The spread of some spans, in nanoseconds: at least one.
pub(super) fn latency(nanos: &mut [u64]) -> String {
    nanos.sort_unstable();
    let nanos = &*nanos;
    let last = nanos.len() - 1;
    // Nearest rank.
    let at = |percent: usize| nanos[(nanos.len() * percent).div_ceil(100).max(1) - 1];
    let say = |nanos| span(Duration::from_nanos(nanos));
    if nanos[0] == nanos[last] {
        return format!(
            "{}, {}",
            say(nanos[0]),
            if last == 0 { "once" } else { "always" }
        );
    }
    format!(
        "{} to {}; median {}, 99th percentile {}",
        say(nanos[0]),
        say(nanos[last]),
        say(at(50)),
        say(at(99))
    )
}
