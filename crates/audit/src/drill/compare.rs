//! Where graph and drill disagree, and why.

use std::time::Duration;

use super::Outage;
use super::text::seconds;

/// How long before its return what is sent to a part may still be under way: the patience of clients.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why what a client saw of a part that was gone in this time is not what the graph has; `None` if it is.
pub(super) fn judgement(
    seen: &Outage,
    on_paper: bool,
    detected: Option<Duration>,
    at: Duration,
    back: Duration,
) -> Option<String> {
    let (Some(first), Some(last)) = (seen.first, seen.last) else {
        return match (on_paper, seen.asked) {
            (false, _) => None,
            (true, 0) => Some("a single point on paper, yet nobody asked while it was gone".to_owned()),
            (true, _) => Some("a single point on paper, yet nothing was lost: what it is missed for was not asked while it was gone".to_owned()),
        };
    };
    if on_paper {
        return None;
    }
    let returns = back.saturating_sub(PATIENCE);
    let why = match detected.map(|it| (at + it, seconds(it))) {
        _ if last <= at => "what was under way was lost with it".to_owned(),
        _ if first >= returns => "at its return, since what comes back has forgotten what it knew".to_owned(),
        Some((found, after)) if last <= found => format!("until a health check found out after {after}"),
        Some((found, after)) if first <= found && last >= returns => {
            format!("until a health check found out after {after}, and again at its return")
        }
        Some((_, after)) => format!("though a health check found out after {after}: somebody went on to ask what was gone"),
        None if last < returns => {
            "nobody was told, until what had been learned of the way was forgotten or the next was tried".to_owned()
        }
        None => "nobody noticed while it was gone: requests, flows and routes kept to it, since no check and no protocol told them".to_owned(),
    };
    Some(format!("doubled on paper, yet {}: {why}", seen.in_words()))
}
