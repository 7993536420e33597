//! `switchlab route`: what a balancer of a lab would do with a request, and why.

use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;

use switchlab::scenario::{self, Balancers, RouteAnswer};

use crate::args::Route;
use crate::failure::Failure;
use crate::question::{Question, SOMEBODY, request};
use crate::{files, terminal};

pub(crate) fn route(args: &Route) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.file)?;
    let balancers = scenario::balancers_from_toml(&text, &args.file.to_string_lossy())?;
    let listener = listener(args.listener.as_deref(), &balancers)?;
    let ask = |from: IpAddr, octets: &[u8]| {
        let answer = balancers.ask(&listener, from, octets);
        answer.expect("the listener is among the balancers' names")
    };
    let mut out = Vec::new();
    if let Some(path) = &args.requests {
        for Question { id, from, octets } in questions(path)? {
            let answer = ask(from, &octets);
            written(answer.write_json_line(id.as_ref(), &mut out));
        }
    } else {
        let answer = ask(args.from.unwrap_or(SOMEBODY), &octets(args)?);
        match args.json {
            true => written(answer.write_json(&mut out)),
            false => out = RouteAnswer::to_text(&answer).into_bytes(),
        }
    }
    terminal::print_octets(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn written(result: std::io::Result<()>) {
    result.expect("writing to memory cannot fail");
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

/// The questions of a file, one a line.
fn questions(path: &Path) -> Result<Vec<Question>, Failure> {
    let octets = read(path)?;
    let failed = |number: usize, because: String| Failure::Question {
        what: format!("line {number} of {}", path.display()),
        because,
    };
    let lines = octets.split(|octet| *octet == b'\n').zip(1..);
    let lines = lines.filter(|(line, _)| !line.trim_ascii().is_empty());
    let read = |(line, number)| {
        let text = std::str::from_utf8(line).map_err(|error| failed(number, error.to_string()))?;
        Question::read(text).map_err(|because| failed(number, because))
    };
    lines.map(read).collect()
}

/// Reads a file, or standard input for a dash.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return files::read(path);
    }
    let mut octets = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut octets);
    read.map(|_| octets).map_err(|source| Failure::Read {
        path: path.to_owned(),
        source,
    })
}
