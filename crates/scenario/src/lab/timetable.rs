//! `[[at]]`: what an administrator does during the run.

use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Command, Instant, PortId};
use switchlab_sim::Action;
use switchlab_topology::{End, Link};

use super::{Place, links};
use crate::kinds::Role;
use crate::read::{Located, Problems, Section, all_of};

/// When, to which node, what.
pub(super) type Deed = (Instant, Arc<str>, Action);

const VERBS: [&str; 6] = ["stop", "start", "crash", "unplug", "plug", "set_link"];

/// Reads the timetable.
pub(super) fn timetable(
    file: &mut Section<'_>,
    place: &Place<'_>,
    problems: &mut Problems,
) -> Vec<Deed> {
    let mut deeds = Vec::new();
    for mut table in file.sections("at", problems) {
        let time = table.required::<Duration>("time", problems);
        let at = time.map_or(Instant::ZERO, |time| Instant::ZERO + time.value);
        if !VERBS.iter().any(|verb| table.has(verb)) {
            problems.helped(
                &table.span,
                format!("{} says when, but not what", table.title()),
                "nothing to do",
                format!("the deeds are {}", all_of(VERBS)),
            );
        }
        let mut add = |node: &Arc<str>, action| deeds.push((at, Arc::clone(node), action));
        nodes(&mut table, place, problems, &mut add);
        cables(&mut table, place, problems, &mut add);
        table.finish(problems);
    }
    deeds
}

/// `stop`, `start` and `crash` name nodes.
fn nodes(
    table: &mut Section<'_>,
    place: &Place<'_>,
    problems: &mut Problems,
    add: &mut impl FnMut(&Arc<str>, Action),
) {
    for (verb, action) in [
        ("stop", Action::Command(Command::Stop)),
        ("start", Action::Start),
        ("crash", Action::Crash),
    ] {
        for name in table.list::<String>(verb, problems).unwrap_or_default() {
            let Some((_, node)) = place.node(&name, problems) else {
                continue;
            };
            if verb == "stop" && node.role().is_some_and(|role| *role != Role::Host) {
                problems.helped(
                    &name.span,
                    format!(
                        "{:?} is no host, and has no applications to stop",
                        name.value
                    ),
                    "not a host",
                    "`crash` switches any node off",
                );
            }
            add(&node.name, action.clone());
        }
    }
}

/// `unplug`, `plug` and `set_link` name ports.
fn cables(
    table: &mut Section<'_>,
    place: &Place<'_>,
    problems: &mut Problems,
    add: &mut impl FnMut(&Arc<str>, Action),
) {
    for verb in ["unplug", "plug"] {
        for end in table.list::<String>(verb, problems).unwrap_or_default() {
            if let Some((node, port, _)) = place.end(&end, problems) {
                let action = if verb == "plug" {
                    Action::Plug
                } else {
                    Action::Unplug
                };
                add(node, action(port));
            }
        }
    }
    if let Some(mut change) = table.section("set_link", problems) {
        let end = change.required::<String>("port", problems);
        let found = end.and_then(|end| place.end(&end, problems));
        let link = found.and_then(|(.., link)| link);
        let config = link.map(|link| link.config.clone()).unwrap_or_default();
        let config = links::settings(&mut change, config, problems);
        change.finish(problems);
        if let Some((node, port, _)) = found {
            add(node, Action::SetLink(port, config));
        }
    }
}

impl<'p> Place<'p> {
    /// The port that `NODE:PORT` names, and the link there; if there is none, it has been said.
    fn end(
        &self,
        text: &Located<String>,
        problems: &mut Problems,
    ) -> Option<(&'p Arc<str>, PortId, Option<&'p Link>)> {
        let (name, port) = match text.value.rsplit_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (&*text.value, None),
        };
        let name = Located {
            value: name.to_owned(),
            span: text.span.clone(),
        };
        let (rank, node) = self.node(&name, problems)?;
        let port = match port {
            None if node.ports() == 1 => Some(0),
            None => None,
            Some(port) => port.parse().ok().filter(|port| *port < node.ports()),
        };
        let Some(port) = port.map(PortId::new) else {
            problems.helped(
                &text.span,
                format!("{:?} names no port", text.value),
                "no such port",
                format!(
                    "the ports are \"{0}:0\" to \"{0}:{1}\"",
                    node.name,
                    node.ports() - 1
                ),
            );
            return None;
        };
        let end = End {
            node: switchlab_core::NodeId::new(rank as u32),
            port,
        };
        let link = match self.links.plan.as_ref().map(|plan| plan.peer(end)) {
            None => None,
            Some(Some((_, link))) => Some(link),
            Some(None) => {
                problems.helped(
                    &text.span,
                    format!("no link is plugged into port {port} of {:?}", node.name),
                    "no link",
                    "name an end of a `[[link]]`",
                );
                return None;
            }
        };
        Some((&node.name, port, link))
    }
}
