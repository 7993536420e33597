//! `switchlab route`: what a balancer of a lab would do with a request, and why.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::value::RawValue;
use switchlab::scenario::{self, Balancers, RouteAnswer};

use crate::args::Route;
use crate::failure::Failure;
use crate::question::{Named, Question, SOMEBODY, Unasked, is_field};
use crate::{files, terminal};

pub(crate) fn route(args: &Route) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.file)?;
    let balancers = scenario::balancers_from_toml(&text, &args.file.to_string_lossy())?;
    let listener = listener(args.listener.as_deref(), &balancers)?;
    let ask = |question: &Question| {
        let answer = balancers.ask(&listener, question.from, &question.octets);
        let mut answer = answer.expect("the listener is among the balancers' names");
        if let Some(is_secure) = question.is_secure {
            answer.asked_by_url(is_secure);
        }
        answer
    };
    if let Some(path) = &args.requests {
        answer_all(path, ask)?;
        return Ok(ExitCode::SUCCESS);
    }
    let answer = ask(&question(args)?);
    match args.json {
        true => terminal::print_octets(&written(|out| answer.write_json(out)))?,
        false => terminal::print(&answer.to_text())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What some editors put at the beginning of a text, and what is no part of it.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is answered to a line that is no question.
#[derive(Serialize)]
struct NoAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Box<RawValue>>,
    error: &'a str,
}

/// Answers the questions of a file, one a line, each as soon as it is read. A line that is none gets an
/// answer that says so at once, and the rest are answered all the same.
fn answer_all(path: &Path, ask: impl Fn(&Question) -> RouteAnswer) -> Result<(), Failure> {
    let mut bad = 0_u64;
    for (line, number) in lines(path)?.zip(1..) {
        let line = line.map_err(|source| unreadable(path, source))?;
        let line = match number {
            1 => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line),
            _ => &line,
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = match Named::read(line) {
            Ok(Named { id, question }) => {
                let answer = ask(&question);
                written(|out| answer.write_json_line(id.as_deref(), out))
            }
            Err(Unasked { id, because }) => {
                bad += 1;
                terminal::remark(&format!("line {number} of {}: {because}\n", path.display()));
                let error = &*because;
                let answer = NoAnswer { id, error };
                written(|mut out| {
                    serde_json::to_writer(&mut out, &answer)?;
                    out.write_all(b"\n")
                })
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

/// The one request that is asked about.
fn question(args: &Route) -> Result<Question, Failure> {
    let from = args.from.unwrap_or(SOMEBODY);
    if let Some(path) = &args.raw {
        return Ok(Question::raw(from, read(path)?));
    }
    let told = args.request.as_deref().unwrap_or_default();
    let wrong = |because: String| Failure::Question {
        what: format!("--request {told:?}"),
        because,
    };
    let Some((method, url)) = told.split_once(' ') else {
        return Err(wrong("it is not a method and a URL".to_owned()));
    };
    let headers = args.headers.iter().map(|header| self::header(header));
    let headers: Vec<_> = headers.collect::<Result<_, _>>()?;
    Question::new(from, method, url, &headers, b"").map_err(wrong)
}

/// Name and value of a header field.
fn header(header: &str) -> Result<(String, String), Failure> {
    let wrong = |because: String| Failure::Question {
        what: format!("--header {header:?}"),
        because,
    };
    let Some((name, value)) = header.split_once(':') else {
        let because = "it is not a name and a value with a colon between them";
        return Err(wrong(because.to_owned()));
    };
    let value = value.trim_start();
    is_field(name, value).map_err(wrong)?;
    Ok((name.to_owned(), value.to_owned()))
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
