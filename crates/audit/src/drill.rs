//! Drills: every node and every link of a lab fails in turn, and what its clients see of it is measured.
//!
//! A drill is a run of the lab for each failure, with nothing else on its timetable: a node crashes and is started again, a
//! cable is pulled out and put back. All runs are alike up to the failure, so what fails beside what failed in the run without
//! one is lost by it. Clients are HTTP clients and pings; a datagram that nobody answers tells nothing.

mod compare;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use switchlab_core::{Instant, PortId, RequestError, TargetState};
use switchlab_scenario::{Record, RunError, Scenario, ScenarioErrors, settings_from_toml};
use switchlab_sim::Action;
use switchlab_topology::{End, Topology};

use crate::audit;
use compare::judgement;

/// How many failures of two parts at once a drill may have.
pub const MOST_PAIRS: usize = 2000;

/// When parts fail, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrillPlan {
    /// When a part fails; 10 s by default.
    pub at: Duration,
    /// How long it is gone; 30 s by default.
    pub gone: Duration,
    /// How long the run goes on when it is back; 30 s by default.
    pub after: Duration,
    /// Whether two parts at once fail, too, each with each.
    pub pairs: bool,
}

impl Default for DrillPlan {
    fn default() -> Self {
        Self {
            at: Duration::from_secs(10),
            gone: Duration::from_secs(30),
            after: Duration::from_secs(30),
            pairs: false,
        }
    }
}

/// What came of a drill.
///
/// As JSON: an object of these fields. Times are integer nanoseconds, or null where they do not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drill {
    /// What the lab is called.
    pub lab: String,
    /// When parts fail, counted from the start of a run.
    #[serde(serialize_with = "nanoseconds")]
    pub at: Duration,
    /// When they are back.
    #[serde(serialize_with = "nanoseconds")]
    pub back: Duration,
    /// When runs end.
    #[serde(serialize_with = "nanoseconds")]
    pub end: Duration,
    /// Nodes in the order of their names, then links in the order of their ends, then pairs of them.
    pub failures: Vec<Failure>,
}

/// What came of one failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The nodes that were gone.
    pub nodes: Vec<String>,
    /// The links that were gone, by their ends `NODE:PORT`.
    pub links: Vec<[String; 2]>,
    /// The clients, in the order of their names; without those whose own node was gone.
    pub clients: Vec<Outage>,
    /// From the failure until a balancer saw a target, or DNS a balancer's node, as gone; null if none did.
    #[serde(serialize_with = "maybe_nanoseconds")]
    pub detected: Option<Duration>,
    /// From the repair until all clients were answered and all targets healthy again; null if that was not before the end.
    #[serde(serialize_with = "maybe_nanoseconds")]
    pub recovered: Option<Duration>,
}

/// What a client saw of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// The client, as reports call it.
    pub client: String,
    /// How often it asked while the part was gone.
    pub asked: u64,
    /// Requests and pings without a good answer that have one without the failure.
    pub lost: u64,
    /// How many others it asked and was answered well from the first of these to the last: none where it was dark.
    pub answered: u64,
    /// When the first of these was sent, counted from the start of the run.
    #[serde(serialize_with = "maybe_nanoseconds")]
    pub first: Option<Duration>,
    /// When the last of these was sent.
    #[serde(serialize_with = "maybe_nanoseconds")]
    pub last: Option<Duration>,
    /// From the last good answer before the first of these to the first good answer to what was asked after the last; zero
    /// if none is lost, null if no good answer came any more.
    #[serde(serialize_with = "maybe_nanoseconds")]
    pub outage: Option<Duration>,
    /// Whether the graph has it that the client cannot do without the part; null of two parts at once.
    pub on_paper: Option<bool>,
    /// Where graph and drill disagree, why; else null.
    pub because: Option<String>,
}

/// Why there is no drill.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrillError {
    /// The lab is none.
    #[error(transparent)]
    File(#[from] ScenarioErrors),
    /// A run has no report.
    #[error("{}", match gone { Some(gone) => format!("no end was reached without {gone}"), None => "no end was reached, without any failure".to_owned() })]
    Run {
        /// What was gone.
        gone: Option<String>,
        /// Why.
        source: RunError,
    },
    /// There would be too many.
    #[error(
        "{pairs} pairs of nodes and links would fail; up to {MOST_PAIRS} would be right, which is a lab of up to 63 nodes and links"
    )]
    Pairs {
        /// How many there would be.
        pairs: usize,
    },
    /// A run would never end.
    #[error("a drill of {} s is too long; up to a day of lab time would be right", .seconds)]
    TooLong {
        /// How long it would be.
        seconds: u64,
    },
}

/// A part that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Node(String),
    Link([String; 2], [(String, PortId); 2]),
}

/// A run of the lab, as far as clients and balancers tell.
struct Told {
    record: Record,
    end: Instant,
}

/// Lets every node and every link of a lab fail in turn; `told` hears after each run how many are done, and of how many.
///
/// What the lab has on its timetable of its own is left out, and its clients ask as often as it says: what they are done with
/// before the failure nobody asks any more.
///
/// # Errors
/// [`DrillError`]: a file that is no lab, a run that comes to no end, too many pairs, runs of more than a day.
///
/// ```
/// use switchlab_audit::{DrillPlan, drill};
///
/// let lab = r#"
/// [node.client]
/// kind = "host"
/// address = "10.0.1.2/24"
/// app = [{ http_client = { url = "http://10.0.1.3/", every = "1 s", count = 60 } }]
///
/// [node.web]
/// kind = "host"
/// address = "10.0.1.3/24"
/// app = [{ http_server = {} }]
///
/// [[link]]
/// between = ["client", "web"]
/// "#;
/// let drill = drill(lab, "lab.toml", DrillPlan::default(), |_, _| {})?;
/// let without_web = &drill.failures[1];
/// assert_eq!(without_web.nodes, ["web"]);
/// let seen = &without_web.clients[0];
/// assert!(seen.lost >= 29 && seen.outage.unwrap().as_secs() >= 30);
/// assert_eq!(seen.on_paper, Some(true));
/// # Ok::<(), switchlab_audit::DrillError>(())
/// ```
pub fn drill(
    text: &str,
    name: &str,
    plan: DrillPlan,
    mut told: impl FnMut(usize, usize),
) -> Result<Drill, DrillError> {
    let (at, back) = (plan.at, plan.at.saturating_add(plan.gone));
    let end = back.saturating_add(plan.after);
    if end > Duration::from_secs(24 * 60 * 60) {
        let seconds = end.as_secs();
        return Err(DrillError::TooLong { seconds });
    }
    let whole = lab(text, name)?;
    let services = audit(&whole).services;
    let failures = failures(&whole.plan, plan.pairs)?;
    let all = failures.len() + 1;
    let run = |mut scenario: Scenario, gone: &[&Part]| {
        scenario.until = Some(Instant::ZERO + end);
        scenario.rest_after = None;
        for part in gone {
            part.fails(&mut scenario, Instant::ZERO + at, Instant::ZERO + back);
        }
        let report = scenario.run(&mut ()).map_err(|source| {
            let names: Vec<_> = gone.iter().map(|part| part.name()).collect();
            let gone = (!names.is_empty()).then(|| names.join(" and "));
            DrillError::Run { gone, source }
        })?;
        Ok::<_, DrillError>(Told {
            record: report.record,
            end: report.outcome.end,
        })
    };
    let usual = run(whole, &[])?;
    told(1, all);
    let mut drill = Drill {
        lab: name.to_owned(),
        at,
        back,
        end,
        failures: Vec::new(),
    };
    for (done, gone) in failures.iter().enumerate() {
        let gone: Vec<&Part> = gone.iter().collect();
        let seen = run(lab(text, name)?, &gone)?;
        let mut failure = drill.measure(&gone, &usual, &seen);
        if let [part] = &*gone {
            for client in &mut failure.clients {
                let paper = services
                    .iter()
                    .any(|it| it.client.as_deref() == Some(&*client.client) && part.is_in(it));
                client.on_paper = Some(paper);
                client.because = judgement(client, paper, failure.detected, drill.at, drill.back);
            }
        }
        drill.failures.push(failure);
        told(done + 2, all);
    }
    Ok(drill)
}

/// The lab with nothing on its timetable.
fn lab(text: &str, name: &str) -> Result<Scenario, ScenarioErrors> {
    // The end is the drill's.
    let mut scenario = settings_from_toml(text, name)?;
    scenario.lab.clear_timetable();
    scenario.expectations.clear();
    Ok(scenario)
}

/// All that fails: each part by itself, then each with each.
fn failures(plan: &Topology, pairs: bool) -> Result<Vec<Vec<Part>>, DrillError> {
    let nodes = plan.nodes().map(|(_, node)| Part::Node(node.name.clone()));
    let links = plan.links().map(|link| {
        let end = |end: End| (plan.node(end.node).name.clone(), end.port);
        Part::Link(link.ends.map(|it| plan.end_name(it)), link.ends.map(end))
    });
    let parts: Vec<_> = nodes.chain(links).collect();
    let mut all: Vec<_> = parts.iter().map(|part| vec![part.clone()]).collect();
    if pairs {
        let count = parts.len() * parts.len().saturating_sub(1) / 2;
        if count > MOST_PAIRS {
            return Err(DrillError::Pairs { pairs: count });
        }
        for (first, part) in parts.iter().enumerate() {
            all.extend(
                parts[first + 1..]
                    .iter()
                    .map(|other| vec![part.clone(), other.clone()]),
            );
        }
    }
    Ok(all)
}

impl Part {
    fn name(&self) -> String {
        match self {
            Self::Node(name) => name.clone(),
            Self::Link(ends, _) => format!("the link {}", ends.join(" - ")),
        }
    }

    fn fails(&self, scenario: &mut Scenario, at: Instant, back: Instant) {
        match self {
            Self::Node(name) => {
                scenario
                    .lab
                    .at(at, name, Action::Crash)
                    .at(back, name, Action::Start);
            }
            Self::Link(_, [(node, port), _]) => {
                scenario.lab.at(at, node, Action::Unplug(*port)).at(
                    back,
                    node,
                    Action::Plug(*port),
                );
            }
        }
    }

    /// Whether a service cannot do without the part, as the graph has it.
    fn is_in(&self, service: &crate::Service) -> bool {
        match self {
            Self::Node(name) => service.nodes.contains(name),
            Self::Link(_, ends) => {
                let mut pair = ends.clone().map(|(node, _)| node);
                pair.sort();
                service.links.contains(&pair)
            }
        }
    }
}

/// A request or ping: its number, when it was sent, and when it was answered well; `None` if that is not known at the end.
struct Attempt {
    number: u64,
    sent: Instant,
    good: Option<Option<Instant>>,
}

/// What a client tried, in the order of sending.
fn attempts(record: &Record, client: usize) -> Vec<Attempt> {
    let requests = record
        .requests
        .iter()
        .filter(|it| it.client as usize == client);
    let requests = requests.map(|it| Attempt {
        number: it.number,
        sent: it.sent,
        good: match it.error {
            Some(RequestError::Unfinished) => None,
            _ => Some(it.done.filter(|_| !it.has_failed())),
        },
    });
    let pings = record.pings.iter().filter(|(it, _)| *it as usize == client);
    let pings = pings.map(|(_, it)| Attempt {
        number: it.number,
        sent: it.sent,
        good: Some(it.round_trip.map(|time| it.sent + time)),
    });
    requests.chain(pings).collect()
}

impl Drill {
    fn measure(&self, gone: &[&Part], usual: &Told, seen: &Told) -> Failure {
        let [at, back] = [self.at, self.back].map(|it| Instant::ZERO + it);
        let dead: BTreeSet<_> = gone
            .iter()
            .filter_map(|part| match part {
                Part::Node(name) => Some(name.clone()),
                Part::Link(..) => None,
            })
            .collect();
        let mut restored = Some(back);
        let mut clients = Vec::new();
        for (client, name) in seen.record.clients.iter().enumerate() {
            if dead.contains(&*name.node) {
                continue;
            }
            let usual_place = usual.record.clients.iter().position(|it| it == name);
            let usual = usual_place.map_or_else(Vec::new, |place| attempts(&usual.record, place));
            let outage = self.outage(
                &name.shown,
                &usual,
                &attempts(&seen.record, client),
                &mut restored,
            );
            clients.push(outage);
        }
        clients.sort_by(|a, b| a.client.cmp(&b.client));
        // Targets that are not healthy at the end have not recovered.
        let mut last = BTreeMap::new();
        for (time, balancer, change) in seen.record.changes.iter().filter(|(time, ..)| *time >= at)
        {
            last.insert((balancer, &change.group, change.target), (change.to, *time));
        }
        for (state, time) in last.into_values() {
            restored = match state {
                TargetState::Healthy => restored.map(|it| it.max(time)),
                _ => None,
            };
        }
        let is_worse = |to: TargetState| !matches!(to, TargetState::Healthy | TargetState::Initial);
        let changes = seen
            .record
            .changes
            .iter()
            .filter(|(.., it)| is_worse(it.to))
            .map(|(time, ..)| *time);
        let left = seen
            .record
            .dns_changes
            .iter()
            .filter(|(.., it)| !it.is_in)
            .map(|(time, ..)| *time);
        let detected = changes
            .chain(left)
            .filter(|time| (at..back).contains(time))
            .min();
        Failure {
            nodes: dead.into_iter().collect(),
            links: gone
                .iter()
                .filter_map(|part| match part {
                    Part::Link(ends, _) => Some(ends.clone()),
                    Part::Node(_) => None,
                })
                .collect(),
            clients,
            detected: detected.map(|time| time.since(at)),
            recovered: restored
                .filter(|it| *it <= seen.end)
                .map(|time| time.since(back)),
        }
    }

    /// What a client saw; `restored` becomes the instant at which it was answered again, if that is later.
    fn outage(
        &self,
        client: &str,
        usual: &[Attempt],
        seen: &[Attempt],
        restored: &mut Option<Instant>,
    ) -> Outage {
        let [at, back] = [self.at, self.back].map(|it| Instant::ZERO + it);
        let fails = |it: &&Attempt| it.good == Some(None);
        let anyway: BTreeSet<_> = usual.iter().filter(fails).map(|it| it.number).collect();
        let lost: Vec<_> = seen
            .iter()
            .filter(fails)
            .filter(|it| !anyway.contains(&it.number))
            .collect();
        let good = || seen.iter().filter_map(|it| Some((it.sent, it.good??)));
        let outage = match &*lost {
            [] => Some(Duration::ZERO),
            [first, .., last] | [first @ last] => {
                let before = good()
                    .filter(|(sent, _)| *sent < first.sent)
                    .map(|(_, done)| done)
                    .max();
                let after = good()
                    .filter(|(sent, _)| *sent > last.sent)
                    .map(|(_, done)| done)
                    .min();
                *restored = after.and_then(|after| restored.map(|it| it.max(after)));
                after.map(|after| after.since(before.unwrap_or(first.sent)))
            }
        };
        let answered = good().filter(|(sent, done)| {
            let ends = lost.first().zip(lost.last());
            ends.is_some_and(|(first, last)| *sent >= first.sent && *done <= last.sent)
        });
        let answered = answered.count() as u64;
        let asked = seen
            .iter()
            .filter(|it| (at..back).contains(&it.sent))
            .count();
        Outage {
            client: client.to_owned(),
            asked: asked as u64,
            lost: lost.len() as u64,
            answered,
            first: lost.first().map(|it| it.sent.since(Instant::ZERO)),
            last: lost.last().map(|it| it.sent.since(Instant::ZERO)),
            outage,
            on_paper: None,
            because: None,
        }
    }
}

fn nanoseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

fn maybe_nanoseconds<S: serde::Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => nanoseconds(time, serializer),
        None => serializer.serialize_none(),
    }
}
