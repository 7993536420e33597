//! `switchlab import`: a lab from the configuration of another system.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use switchlab::import::elbv2::{self, ImportError, Reply, Unreadable};
use switchlab::import::graphml;
use switchlab::scenario;

use crate::args::{Elbv2, Graphml, Import, System};
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
        System::Graphml(args) => graphml(args),
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
            let listeners = imported.listeners.iter();
            let listeners: String = listeners.map(|it| format!("listener {it}\n")).collect();
            let told = listeners + &noted(&imported.notes);
            write(&imported.lab, &args.output, &told, args.json)
        }
        Err(ImportError::Refused(refusals)) => Err(Failure::Refused { refusals }),
        Err(ImportError::Unreadable(unreadable)) => Err(Failure::Replies { unreadable }),
    }
}

fn graphml(args: &Graphml) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.file)?;
    files::are_different(&[Some(&args.file), Some(&args.output)])?;
    let network = graphml::read(&text, &args.file.to_string_lossy())?;
    let imported = graphml::lab(&network).map_err(|source| Failure::Graph {
        path: args.file.clone(),
        source,
    })?;
    write(&imported.lab, &args.output, &noted(&imported.notes), false)
}

/// Writes a lab that loads, and tells what there is to know of it; nothing of that to a reader of JSON.
fn write(lab: &str, output: &Path, told: &str, is_json: bool) -> Result<ExitCode, Failure> {
    // What is written is what `check` takes.
    scenario::lab_from_toml(lab, &output.to_string_lossy(), None)
        .map_err(|errors| Failure::Made { errors })?;
    if files::is_standard_output(output) {
        terminal::print_octets(lab.as_bytes())?;
        terminal::remark(told);
    } else {
        files::write(output, lab.as_bytes())?;
        let told = format!("wrote {}\n{told}", output.display());
        terminal::print(if is_json { "[]\n" } else { &told })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn noted(notes: &[String]) -> String {
    notes.iter().map(|note| format!("note: {note}\n")).collect()
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
