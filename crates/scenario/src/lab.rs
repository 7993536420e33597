//! A lab file: settings, nodes, links, timetable and expectations become a [`Scenario`].

mod channels;
mod expectations;
mod links;
mod load_balancers;
mod timetable;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use switchlab_core::{Instant, NodeId};
use switchlab_sim::Lab;

use crate::directory::{BalancerNode, Client, Directory};
use crate::kinds::{Context, Machine, Role, Shared, machine};
use crate::names::{self, Addresses};
use crate::read::{Located, Problems, Section, all_of, document, nearest, one_of};
use crate::settings::NodeSettings;
use crate::world::World;
use crate::{Balancer, Expectation, Scenario, ScenarioErrors};

use expectations::expectations;
use links::Links;
use load_balancers::load_balancers;

/// The seed of a file that names none.
pub(crate) const DEFAULT_SEED: u64 = 0;

/// What instant 0 is called unless a file says otherwise: 2025-01-01T00:00:00Z.
pub(crate) fn default_epoch() -> Timestamp {
    Timestamp::from_second(1_735_689_600).expect("2025 is in range")
}

/// Reads a lab file; `name` is what the file is called, and `seed`, if given, is taken instead of the file's.
///
/// # Errors
/// Everything that is wrong with the file, each with its place and what would be right.
///
/// ```
/// let file = r#"
/// until = "1 s"
///
/// [node.sw]
/// kind = "l2-switch"
/// ports = 2
/// "#;
/// let scenario = switchlab_scenario::lab_from_toml(file, "lab.toml", None)?;
/// assert_eq!(scenario.directory.nodes.len(), 1);
///
/// let errors = switchlab_scenario::lab_from_toml(&file.replace("ports", "prots"), "lab.toml", None).unwrap_err();
/// let helps: Vec<_> = errors.problems().iter().filter_map(|problem| problem.help.as_deref()).collect();
/// assert!(helps.contains(&"did you mean `ports`?"));
/// # Ok::<(), switchlab_scenario::ScenarioErrors>(())
/// ```
pub fn lab_from_toml(
    text: &str,
    name: &str,
    seed: Option<u64>,
) -> Result<Scenario, ScenarioErrors> {
    read_lab(text, name, seed, true)
}

/// Reads a lab file to look at what is in it, not to run it: nothing has to say when a run would end.
///
/// # Errors
/// As [`lab_from_toml`], but for that.
pub fn settings_from_toml(text: &str, name: &str) -> Result<Scenario, ScenarioErrors> {
    read_lab(text, name, None, false)
}

/// As [`lab_from_toml`]; whether something has to say when the run ends.
fn read_lab(
    text: &str,
    name: &str,
    seed: Option<u64>,
    must_end: bool,
) -> Result<Scenario, ScenarioErrors> {
    let failed = |problems: Problems| ScenarioErrors::new(name, text, problems.into_vec());
    let table = document(text).map_err(failed)?;
    let mut file = Section::file(&table);
    let mut problems = Problems::default();
    let mut notes = Vec::new();

    let settings = Settings::read(&mut file, seed, &mut problems);
    let mut addresses = Addresses::given_in(&table);
    let world = World::of(&file);
    let shared = load_balancers(
        &mut file,
        &settings,
        &mut addresses,
        &mut notes,
        &mut problems,
    );
    let nodes = nodes(
        &mut file,
        &settings,
        &shared,
        &world,
        &mut addresses,
        &mut notes,
        &mut problems,
    );
    let links = links::links(&mut file, &nodes, &world, &mut problems);
    let place = Place {
        nodes: &nodes,
        links: &links,
    };
    let timetable = timetable::timetable(&mut file, &place, &mut problems);
    let expectations = expectations(&mut file, text, &nodes, &mut problems);
    let owners = owners(&nodes, &mut problems);
    if nodes.is_empty() {
        nothing_to_run(&file, &mut problems);
        return Err(failed(problems));
    }
    file.finish(&mut problems);

    let last = timetable.iter().map(|(at, ..)| *at).max();
    let directory = directory(&nodes, owners);
    let has_end = file.has("until") || {
        let is_counted = |client: &Client| client.count.is_some();
        // A node that could not be read may have one.
        directory.clients.iter().any(is_counted) || nodes.iter().any(|node| node.machine.is_none())
    };
    if must_end && !has_end {
        problems.helped(
            &(0..0),
            "nothing says when the run ends",
            "no `until`",
            "write `until = \"60 s\"` at the top, or give a client a `count`",
        );
    }
    if !problems.is_empty() {
        return Err(failed(problems));
    }

    let mut lab = Lab::new(settings.seed);
    let plan = links.plan.expect("links that make no plan are a mistake");
    let ends: Vec<_> = text.match_indices('\n').map(|(end, _)| end).collect();
    let line = |node: &Node| ends.partition_point(|end| *end < node.span.start) + 1;
    let lines = nodes.iter().map(line).collect();
    let (mut balancers, mut hosts, mut switches) = (Vec::new(), Vec::new(), BTreeMap::new());
    for channel in channels::channels(&nodes, &directory) {
        lab.channel(channel);
    }
    if let Some(budget) = settings.budget {
        lab.budget(budget);
    }
    for Node { name, machine, .. } in nodes {
        let machine = machine.expect("a node that could not be read is a mistake");
        match machine.settings {
            Some(NodeSettings::Balancer(config, spans)) => {
                balancers.push(Balancer::new(*config, &spans, text));
            }
            Some(NodeSettings::Host(config)) => hosts.push(config),
            Some(NodeSettings::Switch(switch)) => {
                switches.insert(Arc::clone(&name), switch);
            }
            None => {}
        }
        lab.node(&*name, machine.ports, machine.blueprint);
    }
    for ([a, b], config) in links.declared {
        lab.link(a, b, config);
    }
    for (at, node, action) in timetable {
        if settings.until.is_some_and(|until| at > until) {
            notes.push(format!(
                "{node}: `{action}` at {at} is after the end of the run"
            ));
        }
        lab.at(at, &*node, action);
    }
    for Expectation { that, after, .. } in &expectations {
        if let (Some(after), Some(until)) = (after, settings.until)
            && *after > until
        {
            notes.push(format!(
                "{that:?} is expected of what is sent after {after}, which is after the end of the run"
            ));
        }
    }
    Ok(Scenario {
        name: name.to_owned(),
        lab,
        plan,
        directory,
        balancers,
        hosts,
        switches,
        lines,
        expectations,
        until: settings.until,
        rest_after: last.filter(|_| settings.until.is_none()),
        epoch: settings.epoch,
        seed: settings.seed,
        notes,
    })
}

/// The keys at the top of a lab file.
struct Settings {
    seed: u64,
    until: Option<Instant>,
    epoch: Timestamp,
    budget: Option<u64>,
}

impl Settings {
    fn read(file: &mut Section<'_>, seed: Option<u64>, problems: &mut Problems) -> Self {
        let epoch = file.value::<Timestamp>("epoch", problems);
        if let Some(epoch) = epoch
            .as_ref()
            .filter(|epoch| epoch.value < Timestamp::UNIX_EPOCH)
        {
            problems.helped(
                &epoch.span,
                "a run cannot begin before 1970",
                "too early",
                "captures count their time from 1970-01-01T00:00:00Z",
            );
        }
        let budget = file.value::<u64>("budget", problems);
        if let Some(budget) = budget.as_ref().filter(|budget| budget.value == 0) {
            problems.helped(
                &budget.span,
                "a budget of 0 events lets nothing happen",
                "nothing",
                "`budget` is 1 or more; without it a run may take 500 000 000 events",
            );
        }
        let own = file.or("seed", DEFAULT_SEED, problems);
        let until = file.value::<Duration>("until", problems);
        Self {
            seed: seed.unwrap_or(own),
            until: until.map(|until| Instant::ZERO + until.value),
            epoch: epoch.map_or_else(default_epoch, |epoch| epoch.value),
            budget: budget.map(|budget| budget.value),
        }
    }
}

/// A node as read.
struct Node {
    name: Arc<str>,
    /// Where the file names it.
    span: Range<usize>,
    /// `None` if it could not be read.
    machine: Option<Machine>,
}

impl Node {
    /// How many ports there are, or might be.
    fn ports(&self) -> u16 {
        self.machine
            .as_ref()
            .map_or(u16::MAX, |machine| machine.ports)
    }

    fn role(&self) -> Option<&Role> {
        self.machine.as_ref().map(|machine| &machine.role)
    }
}

/// Reads the nodes, in byte order of their names.
fn nodes(
    file: &mut Section<'_>,
    settings: &Settings,
    shared: &BTreeMap<String, Shared<'_>>,
    world: &World,
    addresses: &mut Addresses,
    notes: &mut Vec<String>,
    problems: &mut Problems,
) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (name, mut section) in file.named("node", problems) {
        names::judge(&name.value, &name.span, problems);
        let (name, span): (Arc<str>, _) = (name.value.into(), name.span);
        let mut context = Context {
            name: Arc::clone(&name),
            seed: settings.seed,
            epoch: settings.epoch,
            shared,
            world,
            problems,
            notes,
            addresses,
        };
        let machine = machine(&mut section, &mut context);
        nodes.push(Node {
            name,
            span,
            machine,
        });
    }
    nodes
}

/// Whose address is which; none is given twice.
fn owners(nodes: &[Node], problems: &mut Problems) -> BTreeMap<IpAddr, NodeId> {
    let mut owners = BTreeMap::new();
    for (rank, node) in (0..).zip(nodes) {
        let addresses = node.machine.iter().flat_map(|machine| &machine.addresses);
        for Located { value, span } in addresses {
            if let Some(owner) = owners.insert(*value, NodeId::new(rank)) {
                let owner = &nodes[owner.index()].name;
                problems.helped(
                    span,
                    format!("{value} is an address of {owner:?} already"),
                    "taken",
                    "every interface of a lab has addresses of its own",
                );
            }
        }
    }
    owners
}

fn directory(nodes: &[Node], owners: BTreeMap<IpAddr, NodeId>) -> Directory {
    let mut directory = Directory {
        owners,
        ..Directory::default()
    };
    for (rank, node) in (0..).zip(nodes) {
        let id = NodeId::new(rank);
        directory.nodes.push(Arc::clone(&node.name));
        if matches!(node.role(), Some(Role::Balancer { .. })) {
            directory.balancers.insert(id);
        }
        if let Some(config) = node.role().and_then(Role::layer_7)
            && let Some(address) = config.dns_address()
        {
            let name = Arc::clone(&config.load_balancer.name);
            let nodes = directory.load_balancers.entry(name).or_default();
            nodes.push(BalancerNode {
                node: id,
                zone: config.load_balancer.zone.clone(),
                address,
            });
        }
        let way = node.machine.as_ref().and_then(|it| it.congestion_control);
        directory
            .congestion_control
            .extend(way.map(|way| (id, way)));
        let clients = node.machine.iter().flat_map(|machine| &machine.clients);
        let client = |(app, count): &(Arc<str>, Option<u64>)| Client {
            node: id,
            app: Arc::clone(app),
            count: *count,
        };
        directory.clients.extend(clients.map(client));
    }
    directory
        .clients
        .sort_by(|a, b| (a.node, &a.app).cmp(&(b.node, &b.app)));
    directory
}

fn nothing_to_run(file: &Section<'_>, problems: &mut Problems) {
    let help = if file.has("kind") {
        "this is the file of a single device: `switchlab replay` takes it"
    } else {
        "a node is a table such as `[node.sw]`, with a `kind`"
    };
    problems.helped(&(0..0), "the lab has no node", "no `[node.NAME]`", help);
}

/// Where links and timetables point to.
struct Place<'p> {
    nodes: &'p [Node],
    links: &'p Links,
}

impl<'p> Place<'p> {
    /// The node with this name; if there is none, it has been said.
    fn node(&self, name: &Located<String>, problems: &mut Problems) -> Option<(usize, &'p Node)> {
        let at = self
            .nodes
            .binary_search_by(|node| (*node.name).cmp(&name.value))
            .ok();
        if at.is_none() {
            let help = no_such_node(&name.value, self.nodes);
            let message = format!("there is no node {:?}", name.value);
            problems.helped(&name.span, message, "not in this lab", help);
        }
        at.map(|at| (at, &self.nodes[at]))
    }
}

/// What to write instead of the name of a node that is not there.
fn no_such_node(name: &str, nodes: &[Node]) -> String {
    let names = || nodes.iter().map(|node| &*node.name);
    match nearest(name, names()) {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("the nodes are {}", all_of(names())),
    }
}

/// What to write instead of a name that is not known here.
fn instead<'a>(given: &str, what: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(given, known.clone()) {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("{what} {}", one_of(known)),
    }
}
