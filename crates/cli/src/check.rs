//! `switchlab check`: what is wrong with the balancers of a lab.

use std::process::ExitCode;

use switchlab::audit::{Audit, Finding, audit};
use switchlab::scenario;

use crate::args::Check;
use crate::failure::Failure;
use crate::{files, terminal};

/// What the program ends with if something denied was found.
const DENIED: u8 = 1;

pub(crate) fn check(args: &Check) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.file)?;
    let mut lab = scenario::settings_from_toml(&text, &args.file.to_string_lossy())?;
    // Where the file lies is nobody's business.
    lab.name = files::name(&args.file);
    let audit = audit(&lab);
    if args.json {
        terminal::print_as_json(&audit)?;
    } else {
        terminal::print(&page(&audit))?;
    }
    let is_denied = |finding: &Finding| args.deny.contains(&finding.kind);
    Ok(match audit.findings.iter().any(is_denied) {
        true => ExitCode::from(DENIED),
        false => ExitCode::SUCCESS,
    })
}

/// The findings, each with its place, its reason and its remedy.
fn page(audit: &Audit) -> String {
    if audit.findings.is_empty() {
        return "nothing found\n".to_owned();
    }
    let mut text = String::new();
    for finding in &audit.findings {
        let place = finding.place.as_deref().unwrap_or(&finding.node);
        let Finding {
            kind,
            because,
            remedy,
            ..
        } = finding;
        text += &format!("{place}: {kind}: {because}\n    {remedy}\n");
    }
    text
}
