//! Why the program could not do what it was asked, and the exit status that says so.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use miette::Diagnostic;
use switchlab::audit::DrillError;
use switchlab::capture::WriteError;
use switchlab::import::elbv2::{Refusal, Unreadable};
use switchlab::import::graphml::LabError;
use switchlab::live::ReplayError;
use switchlab::scenario::{RunError, ScenarioErrors};
use thiserror::Error;

/// Why the program could not do what it was asked.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum Failure {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write to standard output")]
    Print(#[source] io::Error),
    #[error("cannot write {}", path.display())]
    Capture { path: PathBuf, source: WriteError },
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] ScenarioErrors),
    #[error("--port {given:?} is no port of this lab")]
    #[diagnostic(help("{help}"))]
    Port { given: String, help: String },
    #[error("{}", match given {
        Some(given) => format!("--listener {given:?} is no listener of this lab"),
        None => "--listener is missing".to_owned(),
    })]
    #[diagnostic(help("{help}"))]
    Listener { given: Option<String>, help: String },
    #[error("{what} cannot be asked: {because}")]
    Question { what: String, because: String },
    #[error("not every line is a question: {bad} {}", if *bad == 1 { "is none" } else { "are none" })]
    #[diagnostic(help("the others are answered"))]
    Questions { bad: u64 },
    #[error("{} is named twice", path.display())]
    #[diagnostic(help("give each output a file of its own; what is read is not written over"))]
    SameFile { path: PathBuf },
    #[error("cannot run {}", path.display())]
    Run { path: PathBuf, source: RunError },
    #[error("cannot replay {}", path.display())]
    Replay { path: PathBuf, source: ReplayError },
    #[error("there is no .json file in {}", path.display())]
    NoReplies { path: PathBuf },
    #[error("cannot drill {}", path.display())]
    Drill { path: PathBuf, source: DrillError },
    #[error("{} makes no lab", path.display())]
    Graph { path: PathBuf, source: LabError },
    #[error("the lab that comes of this is none, and is not written:\n{}", errors.render(false))]
    #[diagnostic(help("this is a mistake of switchlab's: import promises labs that load"))]
    Made { errors: ScenarioErrors },
    #[error("these replies make no lab:{}", lines(unreadable))]
    Replies { unreadable: Vec<Unreadable> },
    #[error(
        "{}, so there is no lab:{}",
        Refusal::headline(refusals),
        lines(refusals)
    )]
    Refused { refusals: Vec<Refusal> },
}

impl Failure {
    /// What the program ends with: 2 for a bad file or argument, 3 for an exhausted event budget.
    pub(crate) fn status(&self) -> ExitCode {
        match self {
            Self::Replay {
                source: ReplayError::Busy { .. },
                ..
            }
            | Self::Run {
                source: RunError::Run(_),
                ..
            }
            | Self::Drill {
                source:
                    DrillError::Run {
                        source: RunError::Run(_),
                        ..
                    },
                ..
            } => ExitCode::from(3),
            _ => ExitCode::from(2),
        }
    }
}

/// Each on a line of its own.
fn lines(items: &[impl std::fmt::Display]) -> String {
    items.iter().map(|item| format!("\n{item}")).collect()
}
