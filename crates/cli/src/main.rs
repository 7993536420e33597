//! The program `switchlab`: the command line around the library.
//!
//! | module | idea |
//! |---|---|
//! | `args` | what can be said on the command line |
//! | `algorithms` | `switchlab algorithms` |
//! | `run` | `switchlab run` |
//! | `replay` | `switchlab replay` |
//! | `import` | `switchlab import` |
//! | `check` | `switchlab check` |
//! | `drill` | `switchlab drill` |
//! | `route`, `question` | `switchlab route` |
//! | `files` | files in and out |
//! | `progress` | how far a long run has come |
//! | `terminal` | colours, pipes |
//! | `failure` | what went wrong, and the exit status |
#![forbid(unsafe_code)]

mod algorithms;
mod args;
mod check;
mod drill;
mod failure;
mod files;
mod import;
mod progress;
mod question;
mod replay;
mod route;
mod run;
mod terminal;

use std::process::ExitCode;

use args::{Command, CommandLine};
use clap::Parser as _;

fn main() -> ExitCode {
    terminal::set_up();
    let done = match CommandLine::parse().command {
        Command::Algorithms(args) => algorithms::algorithms(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Route(args) => route::route(&args),
        Command::Run(args) => run::run(&args),
        Command::Import(args) => import::import(&args),
        Command::Check(args) => check::check(&args),
        Command::Drill(args) => drill::drill(&args),
    };
    done.unwrap_or_else(|failure| {
        let status = failure.status();
        terminal::complain(failure);
        status
    })
}
