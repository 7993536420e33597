//! A lab from being switched on to its report.

use std::fmt;

use switchlab_core::Instant;
use switchlab_sim::{self as sim, Digest, LabError, Observer, Simulation};
use switchlab_topology::Topology;

use crate::judge::Judged;
use crate::recorder::Recorder;
use crate::report::Report;
use crate::{Directory, Expectation, Scenario};

/// A scenario whose lab is switched on.
#[derive(Debug)]
pub struct Ready {
    name: String,
    simulation: Simulation,
    directory: Directory,
    expectations: Vec<Expectation>,
    until: Option<Instant>,
    rest_after: Option<Instant>,
    seed: u64,
    notes: Vec<String>,
}

/// Why a scenario has no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The lab cannot be built.
    #[error("the lab cannot be built: {}", Listed(_0))]
    Lab(Vec<LabError>),
    /// The run did not reach its end.
    #[error(transparent)]
    Run(#[from] sim::RunError),
}

impl Scenario {
    /// Switches the lab on.
    ///
    /// # Errors
    /// [`RunError::Lab`] with everything that is wrong with nodes, links and timetable.
    pub fn build(self) -> Result<Ready, RunError> {
        let Self {
            name,
            lab,
            directory,
            plan: _,
            hosts: _,
            switches: _,
            lines: _,
            expectations,
            until,
            rest_after,
            epoch: _,
            seed,
            balancers: _,
            notes,
        } = self;
        Ok(Ready {
            name,
            simulation: lab.build().map_err(RunError::Lab)?,
            directory,
            expectations,
            until,
            rest_after,
            seed,
            notes,
        })
    }

    /// Switches the lab on and lets everything happen: [`build`](Self::build), then [`Ready::run`].
    ///
    /// # Errors
    /// [`RunError`] if the lab cannot be built or does not come to an end.
    pub fn run<O: Observer>(self, observer: &mut O) -> Result<Report, RunError> {
        self.build()?.run(observer)
    }
}

impl Ready {
    /// The plan that was built: the names of nodes and ports.
    #[must_use]
    pub const fn topology(&self) -> &Topology {
        self.simulation.topology()
    }

    /// What a reader of anything made from this run should know.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The last instant of the run, if the file names one.
    #[must_use]
    pub const fn until(&self) -> Option<Instant> {
        self.until
    }

    /// How many requests and pings there will be, as far as that is known.
    #[must_use]
    pub fn expected(&self) -> u64 {
        let clients = self.directory.clients.iter();
        clients.filter_map(|client| client.count).sum()
    }

    /// Lets everything happen while `observer` watches, and reports.
    ///
    /// # Errors
    /// [`RunError::Run`] if the event budget is used up or a device is stuck.
    pub fn run<O: Observer>(self, observer: &mut O) -> Result<Report, RunError> {
        let Self {
            name,
            simulation,
            directory,
            expectations,
            until,
            rest_after,
            seed,
            notes,
        } = self;
        let topology = simulation.topology().clone();
        // With an end of its own, the run does not end with its clients.
        let rest_after = match until {
            Some(_) => None,
            None => Some(rest_after.unwrap_or(Instant::ZERO)),
        };
        let mut recorder = Recorder::new(&directory, rest_after);
        let mut digest = Digest::default();
        let outcome = simulation.run(until, &mut (&mut digest, (&mut recorder, observer)))?;
        let record = recorder.finish();
        let expectations = expectations
            .into_iter()
            .map(|expectation| Judged::new(expectation, &directory, &record, &outcome))
            .collect();
        Ok(Report {
            lab: name,
            seed,
            directory,
            topology,
            record,
            outcome,
            expectations,
            notes,
            digest,
        })
    }
}

struct Listed<'a>(&'a [LabError]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            let semicolon = if place > 0 { "; " } else { "" };
            write!(f, "{semicolon}{error}")?;
        }
        Ok(())
    }
}
