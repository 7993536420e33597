//! Questions to a whole lab: what about its balancers their owner would hardly have wanted, and what it cannot do without.
//!
//! [`audit`] looks at settings alone and runs nothing. What it finds is so; that it finds nothing is no
//! proof that there is nothing. [`drill()`] runs the lab without each of its parts, and says where that differs from what
//! the settings had made believe.
//!
//! | module | idea |
//! |---|---|
//! | `finding` | [`Finding`], and the [`Kind`]s there are |
//! | `rules` | rules that never get a request, or take what was meant for others |
//! | `never`, `loops` | conditions that no request can fulfil; redirects that lead to themselves |
//! | `implication`, `language` | whether all that one rule takes is taken by another; patterns as languages |
//! | `groups` | target groups that nobody uses, or whose targets cannot be reached or be well |
//! | `outline` | [`Outline`]: a graph of names, and where it falls apart |
//! | `picture` | [`Picture`]: the graph as DOT and SVG, with what it cannot do without marked |
//! | `plan` | nodes without links, rings of bridges, addresses that two have |
//! | `services` | [`Service`]: what clients ask for, and the single parts it cannot do without |
//! | `names` | where a name may lead |
//! | `fabric`, `ways` | who hears whom; which way packets take |
//! | `drill` | [`drill()`]: every node and link fails in turn, and what clients see of it is measured |
//! | `balancers` | quotas nearly used up, spans in the wrong order, one zone |
//!
//! ```
//! let lab = r#"
//! until = "1 s"
//!
//! [node.alb]
//! kind = "l7-switch"
//! address = "10.0.1.10/24"
//!
//! [[node.alb.listener]]
//! port = 80
//! default = { fixed_response = { status = 404 } }
//! rule = [
//!     { priority = 10, path = "/api/*", fixed_response = { status = 200 } },
//!     { priority = 20, path = "/api/v1/*", fixed_response = { status = 201 } },
//! ]
//! "#;
//! let lab = switchlab_scenario::lab_from_toml(lab, "lab.toml", None)?;
//! let found = switchlab_audit::audit(&lab);
//! let is_shadowed = |it: &&switchlab_audit::Finding| it.kind == switchlab_audit::Kind::ShadowedRule;
//! let shadowed = found.findings.iter().find(is_shadowed).unwrap();
//! assert_eq!((shadowed.rule, shadowed.by), (Some(20), Some(10)));
//! assert_eq!(shadowed.place.as_deref(), Some("lab.toml:13"));
//! # Ok::<(), switchlab_scenario::ScenarioErrors>(())
//! ```
#![forbid(unsafe_code)]

mod balancers;
mod drill;
mod fabric;
mod finding;
mod groups;
mod implication;
mod language;
mod loops;
mod names;
mod never;
mod outline;
mod picture;
mod plan;
mod rules;
mod services;
mod ways;

pub use drill::{Drill, DrillError, DrillPlan, Failure, MOST_PAIRS, Outage, drill};
pub use finding::{Finding, Kind, UnknownKind};
pub use outline::{Outline, Shape, audit_graph};
pub use picture::Picture;
pub use services::Service;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use serde::Serialize;
use switchlab_host::HostConfig;
use switchlab_l7::{Advisor, Group, ListenerConfig, Rule};
use switchlab_scenario::{Balancer, Scenario};

/// What was found.
///
/// As JSON: an object with `findings`, a list of [`Finding`]s, the members of [`Shape`], and `services`, a list of
/// [`Service`]s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// What concerns the plan: unlinked nodes, loops, addresses, then nodes and links without which some client gets no answer.
    /// Then by balancer, in the order of their names: its listeners with their rules in order of priority, its groups,
    /// and what concerns it as a whole.
    pub findings: Vec<Finding>,
    /// Where the graph of nodes and links falls apart.
    #[serde(flatten)]
    pub shape: Shape,
    /// What clients ask for and balancers offer, and what single parts it cannot do without; none of a graph alone.
    pub services: Vec<Service>,
}

/// Looks at a lab.
#[must_use]
pub fn audit(lab: &Scenario) -> Audit {
    let services = services::services(lab);
    let mut findings = plan::inspect(lab);
    findings.extend(services::single_points(&services));
    for finding in &mut findings {
        let node = lab.plan.find(&finding.node);
        let line = node.and_then(|node| lab.lines.get(node.index()));
        finding.place = line.map(|line| format!("{}:{line}", lab.name));
    }
    let mut known = BTreeSet::new();
    // What nodes of one balancer have in common is said of the first of them.
    let is_first = |it: &&Balancer| known.insert(Arc::clone(&it.config.load_balancer.name));
    for balancer in lab.balancers.iter().filter(is_first) {
        let mut inspector = Inspector {
            lab,
            balancer,
            findings: &mut findings,
        };
        // Of a balancer that is not right nobody can be asked.
        let advisor = Advisor::new(balancer.config.clone());
        for listener in &balancer.config.listeners {
            rules::inspect(listener, &mut inspector);
            if let Ok(advisor) = &advisor {
                loops::inspect(listener, advisor, &mut inspector);
            }
        }
        groups::inspect(&balancer.config, &mut inspector);
        balancers::inspect(&balancer.config, &mut inspector);
    }
    Audit {
        findings,
        shape: Outline::from(&lab.plan).shape(),
        services,
    }
}

/// A balancer while it is looked at: knows where its parts stand, and what is around it.
struct Inspector<'a> {
    lab: &'a Scenario,
    balancer: &'a Balancer,
    findings: &'a mut Vec<Finding>,
}

impl Inspector<'_> {
    /// Notes something about the balancer as a whole.
    fn balancer(&mut self, fill: impl FnOnce(Finding) -> Finding) {
        self.found(Some(self.balancer.lines.node), fill);
    }

    /// Notes something about a listener.
    fn listener(&mut self, listener: &ListenerConfig, fill: impl FnOnce(Finding) -> Finding) {
        let lines = self.lines(listener);
        self.at_listener(lines.map(|(line, _)| *line), listener, fill);
    }

    /// Notes something about a rule.
    fn rule(
        &mut self,
        listener: &ListenerConfig,
        rule: &Rule,
        fill: impl FnOnce(Finding) -> Finding,
    ) {
        let lines = self.lines(listener);
        let line = lines.and_then(|(_, rules)| rules.get(&rule.priority).copied());
        self.at_listener(line, listener, |it| {
            fill(Finding {
                rule: Some(rule.priority),
                ..it
            })
        });
    }

    /// The lines of a listener and its rules.
    fn lines(&self, listener: &ListenerConfig) -> Option<&(usize, BTreeMap<u32, usize>)> {
        let mut listeners = self.balancer.config.listeners.iter();
        let at = listeners.position(|it| it.port == listener.port)?;
        self.balancer.lines.listeners.get(at)
    }

    fn at_listener(
        &mut self,
        line: Option<usize>,
        listener: &ListenerConfig,
        fill: impl FnOnce(Finding) -> Finding,
    ) {
        let by_port = || format!("{}:{}", self.balancer.config.name, listener.port);
        let name = listener.name.as_ref();
        let name = name.map_or_else(by_port, ToString::to_string);
        self.found(line, |it| {
            fill(Finding {
                listener: Some(name),
                ..it
            })
        });
    }

    /// Notes something about a target group.
    fn group(&mut self, group: &Group, fill: impl FnOnce(Finding) -> Finding) {
        let name = &group.config.name;
        let mut groups = self.balancer.config.groups.iter();
        let at = groups.position(|it| it.config.name == *name);
        let line = at.and_then(|at| self.balancer.lines.groups.get(at).copied());
        self.found(line, |it| {
            fill(Finding {
                group: Some(name.to_string()),
                ..it
            })
        });
    }

    /// Notes something about a target.
    fn target(&mut self, group: &Group, target: SocketAddr, fill: impl FnOnce(Finding) -> Finding) {
        self.group(group, |it| {
            fill(Finding {
                target: Some(target.to_string()),
                ..it
            })
        });
    }

    fn found(&mut self, line: Option<usize>, fill: impl FnOnce(Finding) -> Finding) {
        let file = &self.lab.name;
        let empty = Finding {
            place: line.map(|line| format!("{file}:{line}")),
            ..Finding::about(Kind::Limit, &self.balancer.config.name)
        };
        self.findings.push(fill(empty));
    }

    /// Whether somebody has this address, or is next door to whoever has.
    fn is_reachable(&self, address: IpAddr) -> bool {
        let hosts = self.lab.hosts.iter().map(|it| &it.station);
        let switches = self.lab.balancers.iter().map(|it| &it.config.station);
        let stations = hosts.chain(switches);
        let mut nets = stations.flat_map(|it| it.interfaces.iter().flat_map(|it| &it.addresses));
        self.lab.directory.owner(address).is_some()
            || nets.any(|net: &IpNet| net.contains(&address))
    }

    /// The host that has this address.
    fn host(&self, address: IpAddr) -> Option<&HostConfig> {
        let has_it = |host: &&HostConfig| {
            let mut addresses = host.station.interfaces.iter().flat_map(|it| &it.addresses);
            addresses.any(|net| net.addr() == address)
        };
        self.lab.hosts.iter().find(has_it)
    }
}
