//! Labs as files: the file format, its errors, expectations and reports.
//!
//! | module | idea |
//! |---|---|
//! | `scenario` | [`Scenario`], [`DeviceFile`], [`Expectation`]: what a file says, ready to run |
//! | `directory` | [`Directory`]: who is who in a lab |
//! | `error` | [`ScenarioErrors`]: every mistake of a file with its place |
#![forbid(unsafe_code)]

mod directory;
mod error;
mod scenario;

pub use directory::{Client, Directory};
pub use error::{Problem, ScenarioErrors};
pub use scenario::{DeviceFile, Expectation, Operator, Scenario};
