//! `switchlab drill`: every part of a lab fails in turn.

use std::process::ExitCode;

use switchlab::audit::{self, DrillError, DrillPlan};

use crate::args::Drill;
use crate::failure::Failure;
use crate::progress::Rounds;
use crate::{files, terminal};

pub(crate) fn drill(args: &Drill) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.file)?;
    let default = DrillPlan::default();
    let plan = DrillPlan {
        at: args.at.unwrap_or(default.at),
        gone: args.gone.unwrap_or(default.gone),
        after: args.after.unwrap_or(default.after),
        pairs: args.pairs,
    };
    let rounds = Rounds::new();
    let drill = audit::drill(&text, &args.file.to_string_lossy(), plan, |done, all| {
        rounds.show(done, all);
    });
    drop(rounds);
    let mut drill = drill.map_err(|error| match error {
        DrillError::File(errors) => Failure::File(errors),
        source => Failure::Drill {
            path: args.file.clone(),
            source,
        },
    })?;
    // Where the file lies is nobody's business.
    drill.lab = files::name(&args.file);
    if args.json {
        terminal::print_as_json(&drill)?;
    } else {
        terminal::print(&drill.to_text())?;
    }
    Ok(ExitCode::SUCCESS)
}
