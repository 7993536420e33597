//! `switchlab algorithms`: how evenly the balancing algorithms share, and what moves when a target leaves.

use std::process::ExitCode;

use serde_json::{Value, json};
use switchlab::balance::{Comparison, Measured};

use crate::args::Algorithms;
use crate::failure::Failure;
use crate::terminal;

pub(crate) fn algorithms(args: &Algorithms) -> Result<ExitCode, Failure> {
    let comparison = Comparison::of(args.targets, args.keys);
    terminal::print(&match args.json {
        true => format!("{:#}\n", object(&comparison)),
        false => comparison.to_string(),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn object(comparison: &Comparison) -> Value {
    let row = |row: &Measured| {
        json!({
            "algorithm": row.algorithm.name(),
            "hash_key": row.hash_key.as_ref().map(ToString::to_string),
            "busiest": row.busiest,
            "idlest": row.idlest,
            "deviation": row.deviation,
            "moved": row.moved,
            "moved_needlessly": row.moved_needlessly,
        })
    };
    json!({
        "targets": comparison.targets,
        "keys": comparison.keys,
        "algorithms": comparison.rows.iter().map(row).collect::<Vec<_>>(),
    })
}
