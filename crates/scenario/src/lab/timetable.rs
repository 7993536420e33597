//! `[[at]]`: what an administrator does during the run.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchlab_core::{Command, Instant, PortId};
use switchlab_l7::{L7Config, L7Error, SetRule};
use switchlab_sim::Action;
use switchlab_topology::{End, Link};

use super::{Node, Place, links};
use crate::kinds::{Role, rule};
use crate::read::{Located, Problems, Section, all_of};

/// When, to which node, what.
pub(super) type Deed = (Instant, Arc<str>, Action);

const VERBS: [&str; 9] = [
    "stop",
    "start",
    "crash",
    "unplug",
    "plug",
    "set_link",
    "register",
    "deregister",
    "set_rule",
];

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
        let has_verb = VERBS.iter().any(|verb| table.has(verb));
        let mut add = |node: &Arc<str>, action| deeds.push((at, Arc::clone(node), action));
        nodes(&mut table, place, problems, &mut add);
        cables(&mut table, place, problems, &mut add);
        targets(&mut table, place, problems, &mut add);
        rules(&mut table, place, problems, &mut add);
        if table.finish(problems) && !has_verb {
            problems.helped(
                &table.span,
                format!("{} says when, but not what", table.title()),
                "nothing to do",
                format!("the deeds are {}", all_of(VERBS)),
            );
        }
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
            if verb == "stop" && node.role().is_some_and(|role| !matches!(role, Role::Host)) {
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
        change.require("port", "an end of the link, as in \"sw:1\"", problems);
        let end = change.value::<String>("port", problems);
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

/// `register` and `deregister` name a target and its group.
fn targets(
    table: &mut Section<'_>,
    place: &Place<'_>,
    problems: &mut Problems,
    add: &mut impl FnMut(&Arc<str>, Action),
) {
    for verb in ["register", "deregister"] {
        for mut change in table.tables(verb, problems) {
            let group = change.required::<String>("group", problems);
            let target = change.required::<SocketAddr>("target", problems);
            let named = change.value::<String>("node", problems);
            change.finish(problems);
            let (Some(group), Some(target)) = (group, target) else {
                continue;
            };
            let has = |role: &Role| match role {
                Role::Balancer { groups, .. } => groups.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            };
            let what = group.as_ref().map(|group| ("target group", group.as_str()));
            let nodes = place.owners(&what, named.as_ref(), has, problems);
            let (group, target) = (group.value.into(), target.value);
            let command = match verb {
                "register" => Command::Register { group, target },
                _ => Command::Deregister { group, target },
            };
            for node in nodes {
                add(&node.name, Action::Command(command.clone()));
            }
        }
    }
}

/// `set_rule` names a listener and gives a rule.
fn rules(
    table: &mut Section<'_>,
    place: &Place<'_>,
    problems: &mut Problems,
    add: &mut impl FnMut(&Arc<str>, Action),
) {
    for mut change in table.tables("set_rule", problems) {
        let port = change.required::<u16>("listener", problems);
        let named = change.value::<String>("node", problems);
        let rule = rule(&mut change, problems);
        change.finish(problems);
        let (Some(port), Some(rule)) = (port, rule) else {
            continue;
        };
        let has = |role: &Role| match role {
            Role::Balancer {
                rules: Some(config),
                ..
            } => config
                .listeners
                .iter()
                .map(|listener| listener.port.to_string())
                .collect(),
            _ => Vec::new(),
        };
        let text = port.as_ref().map(u16::to_string);
        let what = text.as_ref().map(|port| ("listener", port.as_str()));
        let nodes = place.owners(&what, named.as_ref(), has, problems);
        let change_of = SetRule {
            listener: port.value,
            rule,
        };
        // What nodes have in common is wrong with all of them.
        let mut configs = nodes.iter().filter_map(|node| node.role()?.layer_7());
        if let Some(config) = configs.next() {
            for error in errors_with(config, &change_of) {
                problems.refused(&change.span, error);
            }
        }
        let command = Command::Configure(Arc::new(change_of));
        for node in nodes {
            add(&node.name, Action::Command(command.clone()));
        }
    }
}

/// What a switch would have against its settings if this rule were among them.
fn errors_with(config: &L7Config, change: &SetRule) -> Vec<L7Error> {
    let mut config = config.clone();
    for listener in config
        .listeners
        .iter_mut()
        .filter(|it| it.port == change.listener)
    {
        listener
            .rules
            .retain(|rule| rule.priority != change.rule.priority);
        listener.rules.push(change.rule.clone());
    }
    config.errors()
}

impl<'p> Place<'p> {
    /// The nodes of the one balancer that has something of this name; if there is not just one, it has been
    /// said.
    fn owners(
        &self,
        what: &Located<(&str, &str)>,
        named: Option<&Located<String>>,
        has: impl Fn(&Role) -> Vec<String>,
        problems: &mut Problems,
    ) -> Vec<&'p Node> {
        let (kind, name) = what.value;
        let all: Vec<&Node> = match named {
            Some(named) => match self.node(named, problems) {
                Some((_, node)) => self.fellows(node),
                None => return Vec::new(),
            },
            None => self.nodes.iter().collect(),
        };
        let of = |node: &Node| node.role().map(&has).unwrap_or_default();
        let owners: Vec<_> = all
            .iter()
            .copied()
            .filter(|node| of(node).iter().any(|it| it == name))
            .collect();
        match *owners {
            [first, ..] if self.fellows(first).len() == owners.len() => return owners,
            [] => {
                // What could not be read may have it.
                if all.iter().any(|node| node.machine.is_none()) {
                    return owners;
                }
                let known: Vec<String> = all.into_iter().flat_map(of).collect();
                let help = if known.is_empty() {
                    format!("there is no {kind} at all")
                } else {
                    super::instead(name, "there is", known.iter().map(String::as_str))
                };
                let message = format!("there is no {kind} {name:?}");
                problems.helped(&what.span, message, "not there", help);
            }
            [first, ..] => {
                problems.helped(
                    &what.span,
                    format!("several balancers have a {kind} {name:?}"),
                    "which?",
                    format!("name the node, as in `node = \"{}\"`", first.name),
                );
            }
        }
        Vec::new()
    }

    /// The nodes of the load balancer of which this node is one.
    fn fellows(&self, node: &'p Node) -> Vec<&'p Node> {
        let name = |node: &Node| Some(node.role()?.layer_7()?.load_balancer.name.clone());
        match name(node) {
            None => vec![node],
            own => self.nodes.iter().filter(|it| name(it) == own).collect(),
        }
    }

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
