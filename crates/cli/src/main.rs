//! The program `switchlab`: the command line around the library.
//!
//! | module | idea |
//! |---|---|
//! | `args` | what can be said on the command line |
//! | `replay` | `switchlab replay` |
//! | `files` | files in and out |
//! | `terminal` | colours there, plain text in pipes |
//! | `failure` | what went wrong, and the exit status |
#![forbid(unsafe_code)]

mod args;
mod failure;
mod files;
mod replay;
mod terminal;

use std::process::ExitCode;

use args::{Command, CommandLine};
use clap::Parser as _;

fn main() -> ExitCode {
    terminal::set_up();
    let done = match CommandLine::parse().command {
        Command::Replay(args) => replay::replay(&args),
    };
    done.unwrap_or_else(|failure| {
        let status = failure.status();
        terminal::complain(failure);
        status
    })
}
