//! `switchlab route`: what a balancer of a lab would do with a request, and why.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;
use switchlab::scenario::{self, Balancers, RouteAnswer};

use crate::args::Route;
use crate::failure::Failure;
use crate::question::{Question, SOMEBODY, Unasked, request};
use crate::{files, terminal};

pub(crate) fn route(args: &Route) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.file)?;
    let balancers = scenario::balancers_from_toml(&text, &args.file.to_string_lossy())?;
    let listener = listener(args.listener.as_deref(), &balancers)?;
    let ask = |from: IpAddr, octets: &[u8]| {
        let answer = balancers.ask(&listener, from, octets);
        answer.expect("the listener is among the balancers' names")
    };
    if let Some(path) = &args.requests {
        answer_all(path, ask)?;
        return Ok(ExitCode::SUCCESS);
    }
    let answer = ask(args.from.unwrap_or(SOMEBODY), &octets(args)?);
    match args.json {
        true => terminal::print_octets(&written(|out| answer.write_json(out)))?,
        false => terminal::print(&answer.to_text())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Answers the questions of a file, one a line, each as soon as it is read. A line that is none gets an
/// answer that says so at once, and the rest are answered all the same.
fn answer_all(path: &Path, ask: impl Fn(IpAddr, &[u8]) -> RouteAnswer) -> Result<(), Failure> {
    let mut bad = 0_u64;
    for (line, number) in lines(path)?.zip(1..) {
        let line = line.map_err(|source| unreadable(path, source))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = match Question::read(&line) {
            Ok(Question { id, from, octets }) => {
                let answer = ask(from, &octets);
                written(|out| answer.write_json_line(id.as_ref(), out))
            }
            Err(Unasked { id, because }) => {
                let mut answer = serde_json::Map::new();
                answer.extend(id.map(|id| ("id".to_owned(), id)));
                answer.insert("error".to_owned(), because.clone().into());
                bad += 1;
                terminal::remark(&format!("line {number} of {}: {because}\n", path.display()));
                format!("{}\n", Value::from(answer)).into_bytes()
            }
        };
        terminal::print_octets(&answer)?;
    }
    match bad {
        0 => Ok(()),
        bad => Err(Failure::Questions { bad }),
    }
}

/// What a writer writes.
fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out).expect("writing to memory cannot fail");
    out
}

/// The name of the listener, if it is one.
fn listener(given: Option<&str>, balancers: &Balancers) -> Result<String, Failure> {
    let names = balancers.names();
    match given {
        Some(given) if names.iter().any(|name| name == given) => Ok(given.to_owned()),
        _ => Err(Failure::Listener {
            given: given.map(str::to_owned),
            help: match &*names {
                [] => "no l7-switch of this lab has a listener".to_owned(),
                names => format!("there is {}", names.join(", ")),
            },
        }),
    }
}

/// The octets of the one request that is asked about.
fn octets(args: &Route) -> Result<Vec<u8>, Failure> {
    if let Some(path) = &args.raw {
        return read(path);
    }
    let told = args.request.as_deref().unwrap_or_default();
    let Some((method, url)) = told.split_once(' ') else {
        return Err(Failure::Question {
            what: format!("--request {told:?}"),
            because: "it is not a method and a URL".to_owned(),
        });
    };
    let mut headers = Vec::new();
    for header in &args.headers {
        let Some((name, value)) = header.split_once(':') else {
            return Err(Failure::Question {
                what: format!("--header {header:?}"),
                because: "it is not a name and a value with a colon between them".to_owned(),
            });
        };
        headers.push((name.to_owned(), value.trim_start().to_owned()));
    }
    Ok(request(method, url, &headers, b""))
}

/// The lines of a file, or of standard input for a dash.
fn lines(path: &Path) -> Result<impl Iterator<Item = io::Result<Vec<u8>>>, Failure> {
    let from: Box<dyn BufRead> = match path == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => {
            let file = File::open(path).map_err(|source| unreadable(path, source))?;
            Box::new(BufReader::new(file))
        }
    };
    Ok(from.split(b'\n'))
}

/// Reads a file, or standard input for a dash.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return files::read(path);
    }
    let mut octets = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut octets);
    read.map(|_| octets)
        .map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> Failure {
    let path = path.to_owned();
    Failure::Read { path, source }
}
