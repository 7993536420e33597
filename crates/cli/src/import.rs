//! `switchlab import`: a lab from the configuration of another system.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use switchlab::import::elbv2::{self, ImportError, Imported, Reply, Unreadable};
use switchlab::scenario;

use crate::args::{Elbv2, Import, System};
use crate::failure::Failure;
use crate::{files, terminal};

pub(crate) fn import(args: &Import) -> Result<ExitCode, Failure> {
    match &args.system {
        System::Elbv2(args) => elbv2(args).or_else(|failure| {
            if args.json {
                print_as_json(&failure)?;
            }
            Err(failure)
        }),
    }
}

fn elbv2(args: &Elbv2) -> Result<ExitCode, Failure> {
    let mut read = Vec::new();
    for path in replies(&args.replies)? {
        let text = files::read_text(&path)?;
        read.push((path, text));
    }
    let inputs = read.iter().map(|(path, _)| Some(path.as_path()));
    let outputs: Vec<_> = inputs.chain([Some(&*args.output)]).collect();
    files::are_different(&outputs)?;
    let names: Vec<_> = read
        .iter()
        .map(|(path, _)| path.to_string_lossy())
        .collect();
    let texts = read.iter().map(|(_, text)| text.as_str());
    let replies: Vec<Reply<'_>> = names
        .iter()
        .zip(texts)
        .map(|(name, text)| Reply { name, text })
        .collect();
    match elbv2::import_with(&replies, &args.quotas) {
        Ok(imported) => {
            // What is written is what `check` takes.
            let name = args.output.to_string_lossy();
            scenario::lab_from_toml(&imported.lab, &name, None)
                .map_err(|errors| Failure::Made { errors })?;
            let lab = imported.lab.as_bytes();
            let told = told(&imported, &args.output);
            if files::is_standard_output(&args.output) {
                terminal::print_octets(lab)?;
                terminal::remark(&told);
            } else {
                files::write(&args.output, lab)?;
                terminal::print(if args.json { "[]\n" } else { &told })?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(ImportError::Refused(refusals)) => Err(Failure::Refused { refusals }),
        Err(ImportError::Unreadable(unreadable)) => Err(Failure::Replies { unreadable }),
    }
}

/// Prints what is wrong with the replies, and with the files that they should be in.
fn print_as_json(failure: &Failure) -> Result<(), Failure> {
    match failure {
        Failure::Refused { refusals } => terminal::print_as_json(refusals),
        Failure::Replies { unreadable } => terminal::print_as_json(unreadable),
        Failure::Read { path, source } => print_file(path, source.to_string()),
        Failure::NoReplies { path } => print_file(path, "there is no .json file in it".to_owned()),
        _ => Ok(()),
    }
}

fn print_file(path: &Path, message: String) -> Result<(), Failure> {
    let resource = path.display().to_string();
    terminal::print_as_json(&[Unreadable {
        code: "UnreadableFile",
        resource,
        message,
    }])
}

/// The files that are named, and those in folders, in the order of their names.
fn replies(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for path in given {
        if path.is_dir() {
            let before = paths.len();
            paths.extend(files::ending_in(path, "json")?);
            if paths.len() == before {
                return Err(Failure::NoReplies { path: path.clone() });
            }
        } else {
            paths.push(path.clone());
        }
    }
    Ok(paths)
}

fn told(imported: &Imported, output: &Path) -> String {
    let mut text = match files::is_standard_output(output) {
        true => String::new(),
        false => format!("wrote {}\n", output.display()),
    };
    for listener in &imported.listeners {
        text += &format!("listener {listener}\n");
    }
    for note in &imported.notes {
        text += &format!("note: {note}\n");
    }
    text
}
