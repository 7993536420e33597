//! Labs as files: the file format, its errors, expectations and reports.
//!
//! | module | idea |
//! |---|---|
//! | [`mod@format`] | the file format, key by key |
//! | `scenario` | [`Scenario`], [`DeviceFile`], [`Expectation`]: what a file says, ready to run |
//! | `read` | a TOML document, asked for its keys one by one |
//! | `kinds` | the one factory of devices: a node's table becomes the plan of a device |
//! | `lab` | [`lab_from_toml`]: a file with nodes, links, timetable and expectations |
//! | `device` | [`device_from_toml`]: a file with one device |
//! | `ask` | [`balancers_from_toml`]: what the balancers of a lab would do with a request |
//! | `world` | where nodes stand, and which of them are nodes of a load balancer |
//! | `names` | what names may be, and the MAC addresses made from them |
//! | `directory` | [`Directory`]: who is who in a lab |
//! | `error` | [`ScenarioErrors`]: every mistake of a file with its place |
//! | `run` | [`Ready`]: a lab switched on, from there to its report |
//! | `record` | [`Record`]: requests and who answered them, pings, changes, deeds |
//! | `recorder` | the observer that keeps it |
//! | `judge` | [`Judged`]: whether what was expected came true |
//! | `report` | [`Report`]: what there is to tell, as text, JSON and JUnit |
//! | `settings` | [`Balancer`]: what can be asked of a lab that does not run |
//! | `wiretap` | [`Wiretap`]: the observer that captures what is sent |
//! | `access_log` | [`AccessLog`]: the observer that writes what balancers log |
#![forbid(unsafe_code)]

mod access_log;
mod ask;
mod device;
mod directory;
mod error;
pub mod format;
mod judge;
mod kinds;
mod lab;
mod names;
mod read;
mod record;
mod recorder;
mod report;
mod run;
mod scenario;
mod settings;
mod wiretap;
mod world;

pub use access_log::AccessLog;
pub use ask::{Balancers, RouteAnswer, balancers_from_toml};
pub use device::device_from_toml;
pub use directory::{BalancerNode, Client, Directory};
pub use error::{Problem, ScenarioErrors};
pub use judge::Judged;
pub use lab::{lab_from_toml, settings_from_toml};
pub use read::{QuantityError, duration};
pub use record::{AnswerChange, BadAnswer, ClientName, Record, Request};
pub use report::{Drop, Report};
pub use run::{Ready, RunError};
pub use scenario::{DeviceFile, Expectation, Operator, Scenario};
pub use settings::{Balancer, Lines, Switch};
pub use wiretap::Wiretap;
